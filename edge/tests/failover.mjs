// More than one server: the first that answers in time does, one that failed is asked last for a while, and what changes something is sent
// once, unless it may come twice. Counted where it arrives.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Edge, until } from "./support/edge.mjs";
import { Origin } from "./support/origin.mjs";

const FIND = "/api/v2/find_user";
const ASK = "/api/v2/generate/async";
// How long a server has for a look, so that a test need not wait as long as a caller would.
const WAIT = { ORIGIN_WAIT_SECONDS: "1" };

let first;
let second;
let edge;

// One edge for each test: it remembers who failed.
beforeEach(async () => {
  first = await Origin.start();
  second = await Origin.start();
  for (const [name, origin] of [["first", first], ["second", second]]) {
    origin.on("GET", FIND, { body: { from: name } });
    for (const [method, path] of [["POST", ASK], ["PUT", "/api/v2/workers/x"], ["DELETE", "/api/v2/teams/x"]]) {
      origin.on(method, path, ({ body }) => ({ status: 202, body: { from: name, body: body.toString() } }));
    }
  }
  edge = await Edge.start({ origins: [first, second], vars: WAIT });
});

afterEach(async () => {
  await edge.stop();
  await Promise.all([first.stop(), second.stop()]);
});

const find = async () => edge.get(FIND, { apikey: "k" });
const never = () => new Promise(() => {});

test("the first is asked as long as it answers, whatever it answers", async () => {
  for (const status of [200, 404, 400, 500]) {
    first.on("GET", FIND, { status, body: { from: "first" } });
    const answer = await find();
    assert.deepEqual([answer.status, answer.json], [status, { from: "first" }]);
  }
  assert.equal(second.calls.length, 0);
});

test("one that is not there is passed over, and asked first again after a while", async () => {
  await first.stop();
  assert.deepEqual((await find()).json, { from: "second" });
  await first.again();
  const begun = performance.now();
  assert.deepEqual((await find()).json, { from: "second" }, "it is not tried again with every call");
  assert.equal(first.count("GET", FIND), 0);
  await until(find, ({ json }) => json.from === "first");
  assert.ok(performance.now() - begun > 3_000, "seconds have passed");
});

test("one that hangs up is passed over, and not bothered for a while", async () => {
  first.hangsUp = true;
  assert.deepEqual((await find()).json, { from: "second" });
  const tried = first.connections;
  assert.ok(tried > 0, "it was asked first");
  for (let call = 0; call < 3; call += 1) assert.deepEqual((await find()).json, { from: "second" });
  assert.equal(first.connections, tried);
});

test("one that takes too long is passed over, and let go", async () => {
  const letGo = Promise.withResolvers();
  first.on("GET", FIND, (call, response) => {
    response.on("close", () => letGo.resolve());
    return never();
  });
  const begun = performance.now();
  assert.deepEqual((await find()).json, { from: "second" });
  const took = performance.now() - begun;
  assert.ok(took > 900 && took < 10_000, `it took ${took} ms`);
  await letGo.promise;
});

test("one that only something before it answers for is passed over", async () => {
  for (const status of [502, 504, 521, 523, 530]) {
    const [far, near] = [await Origin.start(), await Origin.start()];
    const other = await Edge.start({ origins: [far, near] });
    try {
      far.on("GET", FIND, { status, body: "error code" });
      near.on("GET", FIND, { body: { from: "near" } });
      assert.deepEqual((await other.get(FIND, { apikey: "k" })).json, { from: "near" }, `${status}`);
    } finally {
      await other.stop();
      await Promise.all([far.stop(), near.stop()]);
    }
  }
});

test("the first byte counts, not the last", async () => {
  let send;
  first.on("GET", FIND, (call, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"from":');
    send = () => response.end('"first"}');
  });
  const answer = await edge.begin("GET", FIND, { headers: { apikey: "k" } });
  // Longer than it had for the first byte.
  await new Promise((wake) => setTimeout(wake, 1_500));
  send();
  const pieces = [];
  for await (const piece of answer) pieces.push(piece);
  assert.equal(Buffer.concat(pieces).toString(), '{"from":"first"}');
  assert.equal(second.calls.length, 0);
});

test("what changes something is sent once", async () => {
  first.on("POST", ASK, (call, response) => response.destroy());
  const answer = await edge.post(ASK, { prompt: "x" }, { apikey: "k" });
  assert.equal(answer.status, 503);
  assert.ok(answer.json.message && Number(answer.headers["retry-after"]) > 0);
  assert.deepEqual([first.count("POST", ASK), second.calls.length], [1, 0]);
  for (const [method, path] of [["PUT", "/api/v2/workers/x"], ["DELETE", "/api/v2/teams/x"]]) {
    const [far, near] = [await Origin.start(), await Origin.start()];
    const other = await Edge.start({ origins: [far, near], vars: WAIT });
    try {
      far.on(method, path, (call, response) => response.destroy());
      const headers = { apikey: "k", "idempotency-key": "i", "content-type": "application/json" };
      const refused = await other.call(method, path, { headers, body: method === "PUT" ? "{}" : undefined });
      assert.deepEqual([refused.status, far.count(method, path), near.calls.length], [503, 1, 0], method);
    } finally {
      await other.stop();
      await Promise.all([far.stop(), near.stop()]);
    }
  }
});

test("a POST that may come twice is sent to the next, whole", async () => {
  first.on("POST", ASK, (call, response) => response.destroy());
  const body = `{"prompt":"${"x".repeat(200_000)}"}`;
  const answer = await edge.post(ASK, body, { apikey: "k", "idempotency-key": "once" });
  assert.deepEqual([answer.status, answer.json], [202, { from: "second", body }]);
  assert.deepEqual([first.count("POST", ASK), second.count("POST", ASK)], [1, 1]);
  const [sent] = second.callsTo("POST", ASK);
  assert.deepEqual([sent.headers["idempotency-key"], sent.headers.apikey], ["once", "k"]);
  assert.ok(first.callsTo("POST", ASK)[0].body.equals(sent.body), "the first saw the same");
});

test("whatever changes something has longer than a look", async () => {
  first.on("POST", ASK, () => new Promise((answer) => setTimeout(answer, 2_000, { status: 202, body: { from: "first" } })));
  const answer = await edge.post(ASK, { prompt: "x" }, { apikey: "k" });
  assert.deepEqual([answer.status, answer.json], [202, { from: "first" }]);
  assert.equal(second.calls.length, 0);
});

test("a POST that is sent once goes to the next while the first is known to be away", async () => {
  await first.stop();
  await find();
  const answer = await edge.post(ASK, { prompt: "x" }, { apikey: "k" });
  assert.deepEqual([answer.status, answer.json.from], [202, "second"]);
});

test("when all are away, that is said, and everybody is tried each time", async () => {
  await first.stop();
  await second.stop();
  const nobody = await find();
  assert.equal(nobody.status, 503);
  assert.ok(nobody.json.message && Number(nobody.headers["retry-after"]) > 0);
  assert.equal(nobody.headers["access-control-allow-origin"], "*");
  await second.again();
  assert.deepEqual((await find()).json, { from: "second" }, "one that was away a moment ago is better than none");
});

test("a server's own word that it cannot now is passed on when no other can", async () => {
  const no = { status: 503, headers: { "retry-after": "7" }, body: { message: "The network is in maintenance." } };
  first.on("GET", FIND, no);
  assert.deepEqual((await find()).json, { from: "second" });
  second.on("GET", FIND, no);
  const answer = await find();
  assert.deepEqual([answer.status, answer.json, answer.headers["retry-after"]], [503, no.body, "7"]);
});

test("an edge that was told of no server says that nobody is there", async () => {
  const lost = await Edge.start({ origins: [] });
  try {
    const answer = await lost.get(FIND, { apikey: "k" });
    assert.equal(answer.status, 503);
    assert.ok(answer.json.message);
  } finally {
    await lost.stop();
  }
});
