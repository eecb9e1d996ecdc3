// What the server is told of whoever calls: their address, signed, and everything they said, as they said it; nothing that only the
// edge may say is believed of them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Edge } from "./support/edge.mjs";
import { Origin, looked } from "./support/origin.mjs";
import { KEY, isSigned, newId } from "./support/signed.mjs";

const FIND = "/api/v2/find_user";

let origin;
let edge;

before(async () => {
  origin = await Origin.start();
  origin.on("GET", FIND, { body: {} }).on("POST", "/api/v2/generate/async", { body: {} }).on("GET", "/api/v2/users", { body: [] });
  edge = await Edge.start({ origins: [origin] });
});

after(async () => {
  await edge.stop();
  await origin.stop();
});

// The address that the server is told of its last caller, if it is signed.
function vouched() {
  const [address, signature, ...more] = (origin.calls.at(-1).headers["throng-client"] ?? "").split(";");
  assert.deepEqual(more, []);
  assert.ok(isSigned(KEY, signature, address), `not signed: ${origin.calls.at(-1).headers["throng-client"]}`);
  return address;
}

test("every call carries the caller's address, signed", async () => {
  const id = newId();
  origin.on("GET", `/api/v2/generate/check/${id}`, looked(1, "{}")).on("PUT", "/images/x.webp", {});
  const from = (address) => ({ "cf-connecting-ip": address, apikey: "k" });
  const calls = [
    () => edge.get(FIND, from("203.0.113.9")),
    () => edge.post("/api/v2/generate/async", { prompt: "x" }, from("203.0.113.9")),
    () => edge.get("/api/v2/users", { "cf-connecting-ip": "203.0.113.9" }),
    () => edge.get(`/api/v2/generate/check/${id}`, { ...from("203.0.113.9"), "client-agent": "a:1:b" }),
    () => edge.call("PUT", "/images/x.webp", { headers: from("203.0.113.9"), body: "x" }),
    () => edge.call("HEAD", FIND, { headers: from("203.0.113.9") }),
  ];
  for (const call of calls) {
    const before = origin.calls.length;
    await call();
    assert.equal(origin.calls.length, before + 1);
    assert.equal(vouched(), "203.0.113.9");
  }
  await edge.get(FIND, from("2001:db8::1"));
  assert.equal(vouched(), "2001:db8::1");
});

test("nobody says by themselves who they are", async () => {
  const genuine = origin.calls.at(-1).headers["throng-client"];
  for (const claimed of ["192.0.2.66", "192.0.2.66;t=1,v1=00", genuine]) {
    await edge.get(FIND, { "throng-client": claimed, "x-forwarded-for": "192.0.2.66", "cf-connecting-ip": "203.0.113.10", apikey: "k" });
    assert.equal(vouched(), "203.0.113.10", claimed);
    assert.ok(!(origin.calls.at(-1).headers["x-forwarded-for"] ?? "").includes("192.0.2.66"));
  }
  const stranger = await Edge.start({ origins: [origin], key: null });
  try {
    await stranger.get(FIND, { "throng-client": genuine, apikey: "k" });
    assert.equal(origin.calls.at(-1).headers["throng-client"], undefined, "without the key nobody is vouched for");
  } finally {
    await stranger.stop();
  }
});

test("what a caller says arrives as they said it", async () => {
  const headers = { apikey: "key", "client-agent": "a:1:b", "x-fields": "{id, kudos}", "throng-extensions": "1", accept: "application/json",
    "proxied-for": "192.0.2.1", "proxy-authorization": "passkey", "idempotency-key": "once" };
  await edge.post("/api/v2/generate/async?a=%2F&b=+&a=2", '{"prompt":"ü"}', headers);
  const call = origin.calls.at(-1);
  for (const [name, value] of Object.entries(headers)) assert.equal(call.headers[name], value, name);
  assert.deepEqual([call.path, call.query, call.body.toString()], ["/api/v2/generate/async", "a=%2F&b=+&a=2", '{"prompt":"ü"}']);
  assert.equal(call.headers.host, `127.0.0.1:${origin.port}`);
});

test("what the server answers arrives as it answered it", async () => {
  const body = Buffer.from([0, 255, 1, 254]);
  const headers = { "content-type": "application/x-weights", "x-ratelimit-limit": "2 per 1 second", "horde-node": "one", etag: '"e"',
    "content-range": "bytes 0-3/9" };
  origin.on("GET", "/weights/piece", { status: 206, headers, body });
  const answer = await edge.get("/weights/piece", { range: "bytes=0-3" });
  assert.equal(answer.status, 206);
  assert.ok(answer.body.equals(body));
  for (const [name, value] of Object.entries(headers)) assert.equal(answer.headers[name], value, name);
  assert.equal(origin.calls.at(-1).headers.range, "bytes=0-3");
});

test("where the server sends somebody, they go by themselves", async () => {
  origin.on("GET", "/register", { status: 303, headers: { location: "https://elsewhere.example/form" } });
  const answer = await edge.get("/register");
  assert.deepEqual([answer.status, answer.headers.location], [303, "https://elsewhere.example/form"]);
});
