// Pictures by signed link: with a bucket they go past the server, in and out; without one they are the server's. A link permits one
// thing, to one picture, for a while.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Edge, withPictures } from "./support/edge.mjs";
import { Origin } from "./support/origin.mjs";
import { OTHER_KEY, link, seconds } from "./support/signed.mjs";

// As crates/policy/src/bodies.rs says.
const PICTURE_BYTES_MAX = 32 * 1024 * 1024;

let origin;
let edge;

before(async () => {
  origin = await Origin.start();
  edge = await Edge.start({ origins: [origin], change: withPictures });
});

after(async () => {
  await edge.stop();
  await origin.stop();
});

let names = 0;
const newName = () => `picture-${(names += 1)}.webp`;

// Something that begins as every WebP does, of some bytes, no two of them alike.
function webp(bytes, seed = 1) {
  const picture = Buffer.alloc(bytes);
  for (let at = 12; at < bytes; at += 1) picture[at] = (at * 31 + (at >> 8) * 17 + seed) & 255;
  picture.write("RIFF", 0);
  picture.writeUInt32LE(bytes - 8, 4);
  picture.write("WEBP", 8);
  return picture;
}

const put = (name, body, query = link("PUT", name)) =>
  edge.call("PUT", `/images/${name}?${query}`, { headers: { "content-type": "image/webp" }, body });
const get = (name, query = link("GET", name)) => edge.get(`/images/${name}?${query}`);
const asked = (name) => origin.calls.filter(({ path }) => path === `/images/${name}`).length;

test("a picture goes into the bucket and comes out of it, and the server need not be there", async () => {
  const [name, picture] = [newName(), webp(300_000)];
  const alone = await Origin.start();
  const far = await Edge.start({ origins: [alone], change: withPictures });
  try {
    const address = `/images/${name}`;
    const taken = await far.call("PUT", `${address}?${link("PUT", name)}`, { body: picture });
    assert.deepEqual([taken.status, taken.body.length], [200, 0], "exactly 200: workers take any other success for failure");
    await alone.stop();
    for (let look = 0; look < 2; look += 1) {
      const given = await far.get(`${address}?${link("GET", name)}`);
      assert.deepEqual([given.status, given.headers["content-type"]], [200, "image/webp"]);
      assert.ok(given.body.equals(picture), "byte for byte");
    }
    assert.equal(alone.calls.length, 0);
  } finally {
    await far.stop();
    await alone.stop();
  }
});

test("whoever got a picture may keep it as long as their link holds", async () => {
  const name = newName();
  await put(name, webp(1_000));
  for (const left of [1_500, 60]) {
    const given = await get(name, link("GET", name, { expires: seconds() + left }));
    const keep = given.headers["cache-control"];
    const age = Number(/^private, max-age=(\d+), immutable$/.exec(keep)?.[1]);
    assert.ok(age <= left && age > left - 30, `${keep} of ${left} seconds`);
    assert.equal(given.headers["access-control-allow-origin"], "*");
  }
});

test("a link permits one thing, to one picture, for a while", async () => {
  const [name, other] = [newName(), newName()];
  const until = seconds() + 600;
  const genuine = link("PUT", name, { expires: until });
  const forged = [
    "", "expires=1", `expires=${until}`, link("GET", name), link("PUT", other), link("PUT", name, { key: OTHER_KEY }),
    link("PUT", name, { expires: seconds() - 2 }), genuine.replace(String(until), String(until + 1)),
    genuine.replace(/signature=[^&]*/, "signature="), genuine.replace(String(until), `${until}.0`),
  ];
  for (const query of forged) {
    const refused = await put(name, webp(100), query);
    assert.equal(refused.status, 403, query);
    assert.ok(refused.json.message);
  }
  assert.equal((await put(name, webp(100), genuine)).status, 200);
  const past = { expires: seconds() - 2 };
  for (const query of ["", link("PUT", name), link("GET", other), link("GET", name, past), link("GET", name, { key: OTHER_KEY })]) {
    assert.equal((await get(name, query)).status, 403, query);
  }
  assert.equal((await get(name)).status, 200);
  for (const strange of ["page.html", ".webp", `${"x".repeat(200)}.webp`, "a%2Fb.webp"]) {
    assert.equal((await put(strange, webp(100))).status, 403, `${strange} is no picture's name, whoever signed it`);
  }
  assert.equal(asked(name), 0, "what is forged is not passed on either");
});

test("a picture that comes again takes the place of the first, as long as nobody has seen it", async () => {
  const name = newName();
  const query = link("PUT", name);
  for (const seed of [1, 2]) assert.equal((await put(name, webp(500, seed), query)).status, 200);
  assert.ok((await get(name)).body.equals(webp(500, 2)));
});

test("what is no picture is refused by how it begins", async () => {
  for (const body of ["", "RIFF", "RIFFxxxxWEB", "RIFFxxxxJUNKxxxx", "\x89PNG\r\n\x1a\n and more", "<script>alert(1)</script>"]) {
    const name = newName();
    assert.equal((await put(name, body)).status, 400, JSON.stringify(body));
    origin.on("GET", `/images/${name}`, { status: 404, body: { message: "not here" } });
    assert.equal((await get(name)).status, 404, "and is not kept");
  }
});

test("how large it is has to be said, and may not be too much", async () => {
  const name = newName();
  const unsaid = (call) => call.end(webp(1_000));
  const headers = { "transfer-encoding": "chunked" };
  const begun = await edge.begin("PUT", `/images/${name}?${link("PUT", name)}`, { headers, body: unsaid });
  assert.equal(begun.statusCode, 411);
  begun.resume();
  const largest = await put(name, webp(PICTURE_BYTES_MAX));
  assert.equal(largest.status, 200, "the largest there may be");
  assert.equal((await get(name)).body.length, PICTURE_BYTES_MAX);
  // Answered by what it says of itself, before all of it came.
  const over = { "content-length": PICTURE_BYTES_MAX + 1 };
  const refused = await edge.begin("PUT", `/images/${name}?${link("PUT", name)}`, { headers: over, body: (call) => call.write(webp(100)) });
  assert.equal(refused.statusCode, 413);
  refused.destroy();
  assert.equal((await get(name)).body.length, PICTURE_BYTES_MAX, "what was there is still there");
});

test("a picture that breaks off is not kept", async () => {
  const name = newName();
  const picture = webp(200_000);
  const broken = (call) => {
    call.write(picture.subarray(0, 100_000), () => call.destroy(new Error("broken off")));
  };
  const headers = { "content-length": picture.length };
  await assert.rejects(edge.begin("PUT", `/images/${name}?${link("PUT", name)}`, { headers, body: broken }));
  origin.on("GET", `/images/${name}`, { status: 404, body: { message: "not here" } });
  assert.equal((await get(name)).status, 404);
  assert.equal((await put(name, picture)).status, 200, "and may come again");
  assert.ok((await get(name)).body.equals(picture));
});

test("what is not in the bucket is asked of the server, with the link as it came", async () => {
  const name = newName();
  const headers = { "content-type": "image/webp", "cache-control": "private, max-age=7, immutable" };
  origin.on("GET", `/images/${name}`, { headers, body: webp(50) });
  const query = link("GET", name);
  const given = await get(name, query);
  assert.deepEqual([given.status, given.headers["cache-control"]], [200, "private, max-age=7, immutable"]);
  assert.ok(given.body.equals(webp(50)));
  assert.equal(origin.callsTo("GET", `/images/${name}`)[0].query, query);
});

test("without a bucket pictures are the server's, in and out, whatever the link says", async () => {
  const [name, picture] = [newName(), webp(100_000)];
  const plain = await Edge.start({ origins: [origin] });
  try {
    const path = `/images/${name}`;
    origin.on("PUT", path, ({ body }) => ({ status: body.equals(picture) ? 200 : 400 }));
    origin.on("GET", path, { headers: { "content-type": "image/webp" }, body: picture });
    assert.equal((await plain.call("PUT", `${path}?expires=1&signature=x`, { body: picture })).status, 200);
    const came = origin.callsTo("PUT", path)[0];
    assert.deepEqual([came.query, came.headers["content-length"]], ["expires=1&signature=x", String(picture.length)]);
    assert.ok((await plain.get(`${path}?expires=1&signature=x`)).body.equals(picture));
  } finally {
    await plain.stop();
  }
});

test("without the key a bucket is of no use, and the server is asked", async () => {
  const name = newName();
  const stranger = await Edge.start({ origins: [origin], key: null, change: withPictures });
  try {
    origin.on("PUT", `/images/${name}`, { status: 403, body: { message: "the server's no" } });
    const answer = await stranger.call("PUT", `/images/${name}?${link("PUT", name)}`, { body: webp(100) });
    assert.deepEqual([answer.status, answer.json.message], [403, "the server's no"]);
  } finally {
    await stranger.stop();
  }
});
