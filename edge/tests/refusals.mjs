// What needs nobody to be asked: browsers that ask what a page may do, and calls that cannot be right, refused in the server's own bytes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Edge } from "./support/edge.mjs";
import { Origin } from "./support/origin.mjs";
import { newId } from "./support/signed.mjs";

const AGENT = { "client-agent": "tests:1:nobody" };
const POP = "/api/v2/generate/pop";
const ASK = "/api/v2/generate/async";
const UNREADABLE = '{"message":"The browser (or proxy) sent a request that this server could not understand."}';
const TOO_LARGE = '{"message":"Failed to buffer the request body: length limit exceeded"}';
// As crates/policy/src/bodies.rs says.
const PLAIN_BYTES_MAX = 2 * 1024 * 1024;
const READ_BYTES_MAX = 64 * 1024;

let origin;
let edge;

before(async () => {
  origin = await Origin.start();
  edge = await Edge.start({ origins: [origin] });
  for (const path of [POP, ASK]) origin.on("POST", path, ({ body }) => ({ body: { bytes: body.length } }));
});

after(async () => {
  await edge.stop();
  await origin.stop();
});

// Sees to it that nobody was asked.
async function unasked(act) {
  const before = origin.calls.length;
  const came = await act();
  assert.equal(origin.calls.length, before, "the server was asked");
  return came;
}

test("browsers are told at the edge what a page may do", async () => {
  const asking = { origin: "https://page.example", "access-control-request-method": "POST", "access-control-request-headers": "apikey" };
  for (const [path, allow] of [[ASK, "POST, OPTIONS"], [`/api/v2/generate/check/${newId()}`, "GET, HEAD, OPTIONS"],
    ["/api/v2/status/modes", "GET, HEAD, PUT, OPTIONS"], ["/images/x.webp", "GET, HEAD, PUT, OPTIONS"]]) {
    const answer = await unasked(() => edge.call("OPTIONS", path, { headers: asking }));
    assert.deepEqual([answer.status, answer.body.length, answer.headers.allow], [200, 0, allow], path);
    assert.equal(answer.headers["access-control-max-age"], "86400");
    assert.equal(answer.headers["access-control-allow-origin"], "*");
    assert.match(answer.headers["access-control-allow-headers"], /\bapikey\b.*\bIdempotency-Key\b/);
    assert.match(answer.headers["access-control-allow-methods"], /\bPATCH\b/);
  }
});

test("every answer may be read by pages, whoever gives it", async () => {
  origin.on("GET", "/api/v2/find_user", { body: { username: "ada#1" } });
  origin.on("POST", "/register", { headers: { "access-control-allow-origin": "https://elsewhere.example" }, body: {} });
  const answers = [await edge.get("/api/v2/find_user", { apikey: "k" }), await edge.post("/register", {}), await edge.get("/"),
    await edge.get("/api/v2/generate/check/x", AGENT), await edge.post("/edge/changes", "{}"), await edge.get("/api/v2/none")];
  for (const { headers } of answers) {
    assert.equal(headers["access-control-allow-origin"], "*");
    assert.match(headers["access-control-expose-headers"], /\bThrong-Sequence\b/);
    assert.equal(headers["x-content-type-options"], "nosniff");
  }
});

test("what can be no id is refused in the server's words", async () => {
  const no = (id) => JSON.stringify({ message: `Request with ID '${id}' not found.`, rc: "RequestNotFound" });
  const long = "%C3%BC".repeat(100);
  for (const [method, path, id] of [["GET", "/api/v2/generate/check/x", "x"], ["GET", "/api/v2/generate/status/a%20b?x=y", "a b"],
    ["GET", `/api/v2/generate/text/status/${long}`, "ü".repeat(64)], ["GET", "/api/v2/interrogate/status/%7Bx", "{x"],
    ["DELETE", "/api/v2/generate/text/status/x", "x"]]) {
    const answer = await unasked(() => edge.call(method, path, { headers: AGENT }));
    assert.deepEqual([answer.status, answer.text], [404, no(id)], `${method} ${path}`);
    assert.equal(answer.headers["content-type"], "application/json; charset=utf-8");
  }
});

test("what is no JSON, or does not say that it is, is refused", async () => {
  for (const body of ["", "{", "{]", "nope", '{"prompt": "unfinished}', "\u0000", '{"a":1}}']) {
    const answer = await unasked(() => edge.post(POP, body, { apikey: "k" }));
    assert.deepEqual([answer.status, answer.text], [400, UNREADABLE], JSON.stringify(body));
  }
  for (const headers of [{}, { "content-type": "text/plain" }, { "content-type": "multipart/form-data" }]) {
    const answer = await unasked(() => edge.call("POST", POP, { headers, body: "{}" }));
    assert.deepEqual([answer.status, answer.text], [400, UNREADABLE], JSON.stringify(headers));
  }
});

test("JSON is passed on byte for byte, with its length", async () => {
  let came;
  origin.on("POST", "/api/v2/generate/text/async", ({ body, headers }) => {
    came = { text: body.toString(), length: headers["content-length"] };
    return { status: 202, body: { id: "r" } };
  });
  for (const body of ['{ "prompt" :  "Größe \\u00e9" }\n', `{"prompt":"${"x".repeat(READ_BYTES_MAX)}"}`]) {
    const answer = await edge.post("/api/v2/generate/text/async", body, { apikey: "k" });
    assert.deepEqual([answer.status, answer.json], [202, { id: "r" }]);
    assert.deepEqual(came, { text: body, length: String(Buffer.byteLength(body)) });
  }
});

test("a body that is larger than its path takes is refused by what it says of itself", async () => {
  const json = { "content-type": "application/json" };
  // What is refused is not waited for: the answer comes while the body is still to come.
  const large = { ...json, "content-length": String(PLAIN_BYTES_MAX + 1) };
  const only = (call) => {
    call.on("response", (answer) => answer.on("end", () => call.destroy()));
    call.flushHeaders();
  };
  const said = await unasked(() => edge.call("POST", POP, { headers: large, body: only }));
  assert.deepEqual([said.status, said.text], [413, TOO_LARGE]);
  const sources = Buffer.alloc(PLAIN_BYTES_MAX + 1, " ");
  const asked = await edge.call("POST", ASK, { headers: json, body: sources });
  assert.deepEqual(asked.json, { bytes: sources.length }, "pictures may come along there");
});

test("what does not say how large it is, is passed on for the server to see", async () => {
  const headers = { "content-type": "application/json", "transfer-encoding": "chunked" };
  const answer = await edge.call("POST", POP, { headers, body: (call) => call.end('{"name":"x"}') });
  assert.deepEqual([answer.status, answer.json], [200, { bytes: 12 }]);
});

test("what comes with a mask or may come twice is looked at by the server first", async () => {
  for (const headers of [{ "x-fields": "{id}" }, { "idempotency-key": "k1" }]) {
    origin.on("POST", POP, { status: 400, body: { from: "server" } });
    assert.deepEqual((await edge.post(POP, "nope", headers)).json, { from: "server" }, JSON.stringify(headers));
  }
});

test("a path that only a newer server knows is passed on", async () => {
  origin.on("POST", "/api/v3/things", ({ body }) => ({ status: 201, body: { got: body.toString() } }));
  const answer = await edge.call("POST", "/api/v3/things", { headers: { "content-type": "text/plain" }, body: "anything" });
  assert.deepEqual([answer.status, answer.json], [201, { got: "anything" }]);
});
