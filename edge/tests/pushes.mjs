// What the server tells: only whoever holds the key is believed, only now, and only for the very bytes that were signed. Told twice,
// nothing changes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Edge } from "./support/edge.mjs";
import { Origin, looked } from "./support/origin.mjs";
import { KEY, OTHER_KEY, batch, change, newId, push, seconds, sign, told } from "./support/signed.mjs";

const PATH = "/edge/changes";
const AGENT = { "client-agent": "tests:1:nobody" };
const check = (id) => `/api/v2/generate/check/${id}`;

let origin;
let edge;

before(async () => {
  origin = await Origin.start();
  edge = await Edge.start({ origins: [origin] });
});

after(async () => {
  await edge.stop();
  await origin.stop();
});

const news = (id, sequence, now) => change(id, sequence, told("image", { check: JSON.stringify({ now }) }));
const sent = (body, signature) => edge.post(PATH, body, signature === undefined ? {} : { "throng-signature": signature });

// What is known of a request; nothing if the server has to be asked.
async function known(id) {
  origin.on("GET", check(id), { status: 404, body: { message: "no", rc: "RequestNotFound" } });
  const answer = await edge.get(check(id), AGENT);
  return answer.how === "told" ? answer.json.now : undefined;
}

test("signatures are made here as they are there", () => {
  // The known answer of crates/policy/src/sign.rs.
  assert.equal(sign(KEY, 5, "{}"), "t=5,v1=2305a5fd546e74c2dd34bb786af471c066fb6614f3ca2b650cd737e66560f4be");
});

test("whoever is not the server is not believed", async () => {
  const id = newId();
  const body = batch([news(id, 5, "forged")]);
  const [now, late] = [sign(KEY, seconds(), body), 400];
  const forged = [undefined, "", "t=1", "nonsense", "t=x,v1=00", sign(OTHER_KEY, seconds(), body), sign(KEY, seconds(), `${body} `),
    now.slice(0, -2), now.replace(/t=\d+/, `t=${seconds() + 1}`), sign(KEY, seconds() - late, body), sign(KEY, seconds() + late, body)];
  for (const signature of forged) {
    const answer = await sent(body, signature);
    assert.equal(answer.status, 401, `${signature}`);
    assert.ok(answer.json.message, "it says why");
  }
  assert.equal(await known(id), undefined);
  assert.equal(origin.count("POST", PATH), 0, "it is nobody's but the edge's");
  assert.equal((await sent(body, now)).status, 204, "and the genuine one is");
  assert.equal(await known(id), "forged");
});

test("a little late is not too late", async () => {
  const id = newId();
  for (const [sequence, at] of [[1, seconds() - 240], [2, seconds() + 240]]) {
    assert.equal((await push(edge, [news(id, sequence, sequence)], { at })).status, 204);
    assert.equal(await known(id), sequence);
  }
});

test("what is signed and cannot be read is refused", async () => {
  for (const body of ["", "{", "{}", "[]", '{"sequence":1}', '{"sequence":1,"changes":[{"request":7}]}']) {
    const answer = await sent(body, sign(KEY, seconds(), body));
    assert.equal(answer.status, 400, body);
    assert.ok(answer.json.message);
  }
});

test("a replay changes nothing", async () => {
  const id = newId();
  const old = batch([news(id, 5, "old")]);
  const signature = sign(KEY, seconds(), old);
  assert.equal((await sent(old, signature)).status, 204);
  await push(edge, [news(id, 9, "new")]);
  for (let time = 0; time < 3; time += 1) {
    assert.equal((await sent(old, signature)).status, 204, "it is genuine");
    assert.equal(await known(id), "new");
  }
});

test("of a batch, every request hears its own", async () => {
  const ids = Array.from({ length: 120 }, newId);
  const forgotten = newId();
  await push(edge, [news(forgotten, 1, "soon forgotten")]);
  await push(edge, [...ids.map((id, at) => news(id, 10 + at, at)), change(forgotten, 200)]);
  for (const at of [0, 1, 60, 119]) assert.equal(await known(ids[at]), at);
  assert.equal(await known(forgotten), undefined);
});

test("an empty batch is taken, and so is one with members of a newer server", async () => {
  const id = newId();
  assert.equal((await push(edge, [])).status, 204);
  const body = JSON.stringify({ sequence: 5, changes: [{ ...news(id, 5, "taken"), more: 1 }], more: [2] });
  assert.equal((await sent(body, sign(KEY, seconds(), body))).status, 204);
  assert.equal(await known(id), "taken");
});

test("nothing but a telling is taken there", async () => {
  origin.on("GET", PATH, { body: { from: "server" } });
  for (const method of ["GET", "PUT", "DELETE"]) {
    const answer = await edge.call(method, PATH, { headers: { "throng-signature": sign(KEY, seconds(), "") } });
    assert.ok(answer.status >= 400 && answer.status < 500, `${method}: ${answer.status}`);
  }
  assert.equal(origin.count("GET", PATH), 0);
});

test("an edge without the key believes nobody", async () => {
  const stranger = await Edge.start({ origins: [origin], key: null });
  try {
    const id = newId();
    for (const key of [KEY, "", Buffer.alloc(32).toString("base64url")]) {
      assert.equal((await push(stranger, [news(id, 5, "forged")], { key })).status, 401);
    }
    origin.on("GET", check(id), looked(1, { now: "asked" }));
    assert.deepEqual((await stranger.get(check(id), AGENT)).json, { now: "asked" });
  } finally {
    await stranger.stop();
  }
});
