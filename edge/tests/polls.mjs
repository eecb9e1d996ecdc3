// Whoever looks how far a request is: answered from the request's own object in the bytes that the server told, without asking it; asked
// of the server wherever the object knows nothing, or may not say it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Edge, PATIENCE, until } from "./support/edge.mjs";
import { Origin, looked } from "./support/origin.mjs";
import { change, newId, push, seconds, told } from "./support/signed.mjs";

const AGENT = { "client-agent": "tests:1:nobody" };
// For how long an answer about an unfinished request is repeated.
const LATEST = readFileSync(new URL("../../crates/policy/src/latest.rs", import.meta.url), "utf8");
const OPEN_MILLIS_MAX = Number(/OPEN_MILLIS_MAX: i64 = ([\d_]+)/.exec(LATEST)[1].replaceAll("_", ""));
const check = (id) => `/api/v2/generate/check/${id}`;
const text = (id) => `/api/v2/generate/text/status/${id}`;
const alchemy = (id) => `/api/v2/interrogate/status/${id}`;

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

const tells = async (...changes) => assert.equal((await push(edge, changes)).status, 204);
const asks = (id) => origin.count("GET", check(id));
const looks = (id) => edge.get(check(id), AGENT);

test("an object that knows nothing asks the server, and knows from then on", async () => {
  const id = newId();
  const body = '{"finished": 0,  "waiting": 1, "done": false, "ü": "\\u00e9"}';
  origin.on("GET", check(id), looked(10, body));
  const first = await looks(id);
  assert.deepEqual([first.status, first.text, first.headers["throng-sequence"]], [200, body, "10"]);
  assert.notEqual(first.how, "told");
  const second = await looks(id);
  assert.deepEqual([second.status, second.text, second.headers["throng-sequence"], second.how], [200, body, "10", "told"]);
  assert.equal(second.headers["content-type"], first.headers["content-type"]);
  assert.equal(second.headers["access-control-allow-origin"], "*");
  assert.equal(asks(id), 1);
});

test("what the server tells is answered in its bytes and without it", async () => {
  const id = newId();
  const body = `{"waiting":  2, "wait_time": 1.50, "kudos": 10.0, "text": "a\\"b\\nü"}`;
  await tells(change(id, 7, told("image", { check: body })));
  const answer = await looks(id);
  assert.deepEqual([answer.status, answer.how, answer.text, answer.headers["throng-sequence"]], [200, "told", body, "7"]);
  assert.equal(asks(id), 0);
});

test("a newer telling replaces an older one, and an older one that comes late does not", async () => {
  const id = newId();
  await tells(change(id, 20, told("image", { check: '{"now":20}' })));
  await tells(change(id, 30, told("image", { check: '{"now":30}' })));
  await tells(change(id, 25, told("image", { check: '{"now":25}', done: true })));
  await tells(change(id, 29));
  assert.deepEqual((await looks(id)).json, { now: 30 });
  // Numbers are compared as whole numbers, not as scripts round them.
  await tells(change(id, 9_007_199_254_740_993n, told("image", { check: '{"now":"exact"}' })));
  await tells(change(id, 9_007_199_254_740_992n, told("image", { check: '{"now":"rounded"}' })));
  const answer = await looks(id);
  assert.deepEqual([answer.json, answer.headers["throng-sequence"]], [{ now: "exact" }, "9007199254740993"]);
});

test("an answer of the server that is older than what was told does not replace it", async () => {
  const id = newId();
  const slow = Promise.withResolvers();
  origin.on("GET", check(id), () => slow.promise);
  const looking = looks(id);
  await until(() => asks(id), (count) => count === 1);
  await tells(change(id, 50, told("image", { check: '{"now":50}' })));
  slow.resolve(looked(40, '{"now":40}'));
  assert.deepEqual((await looking).json, { now: 40 }, "whoever asked gets what they asked for");
  assert.deepEqual((await looks(id)).json, { now: 50 });
});

test("told to forget, the object asks", async () => {
  const id = newId();
  await tells(change(id, 5, told("image", { check: '{"now":5}' })));
  await tells(change(id, 6));
  origin.on("GET", check(id), looked(7, { now: 7 }));
  assert.deepEqual([(await looks(id)).json, asks(id)], [{ now: 7 }, 1]);
});

test("an unfinished request is asked after again before long, a finished one is not", async () => {
  const [open, done] = [newId(), newId()];
  await tells(change(open, 5, told("image", { check: '{"done":false}' })));
  await tells(change(done, 5, told("image", { check: '{"done":true}', done: true })));
  const begun = performance.now();
  origin.on("GET", check(open), looked(6, { done: "soon" }));
  await until(() => looks(open), ({ how }) => how !== "told", { every: 200, patience: OPEN_MILLIS_MAX + PATIENCE });
  const after = performance.now() - begun;
  assert.ok(after > OPEN_MILLIS_MAX - 2_000, `it was asked after already after ${after} ms`);
  assert.deepEqual([(await looks(done)).how, asks(done)], ["told", 0]);
});

test("what the server has forgotten is not told any more", async () => {
  const id = newId();
  await tells(change(id, 5, told("image", { check: '{"done":true}', done: true, goneAt: seconds() + 2 })));
  assert.equal((await looks(id)).how, "told");
  origin.on("GET", check(id), { status: 404, body: { message: "gone", rc: "RequestNotFound" } });
  const gone = await until(() => looks(id), ({ how }) => how !== "told");
  assert.deepEqual([gone.status, gone.json.rc], [404, "RequestNotFound"]);
});

test("texts and forms are told by their status, in every spelling of an id", async () => {
  const id = newId();
  await tells(change(id, 5, told("text", { status: '{"generations":[{"text":"Es war einmal"}]}', done: true })));
  for (const spelled of [id, id.toUpperCase(), id.replaceAll("-", ""), `urn:uuid:${id}`]) {
    const answer = await edge.get(text(spelled));
    assert.deepEqual([answer.status, answer.how, answer.json.generations?.[0].text], [200, "told", "Es war einmal"], spelled);
  }
  const encoded = `%7B${id}%7D`;
  origin.on("GET", text(encoded), { body: { from: "server" } });
  assert.deepEqual((await edge.get(text(encoded))).json, { from: "server" }, "what is encoded may be an id to the server");
  const form = newId();
  await tells(change(form, 5, told("alchemy", { status: '{"state":"done"}', done: true })));
  assert.deepEqual((await edge.get(alchemy(form))).json, { state: "done" });
});

test("a picture's status, whoever does not say who they are, and whoever wants a part are the server's", async () => {
  const id = newId();
  await tells(change(id, 5, told("image", { check: '{"from":"edge"}', done: true })));
  const status = `/api/v2/generate/status/${id}`;
  origin.on("GET", check(id), { body: { from: "server" } }).on("GET", status, { body: { from: "server" } });
  for (const [path, headers] of [[status, AGENT], [check(id), {}], [check(id), { "client-agent": "unknown:0:unknown" }],
    [check(id), { ...AGENT, "x-fields": "{done}" }]]) {
    assert.deepEqual((await edge.get(path, headers)).json, { from: "server" }, JSON.stringify(headers));
  }
});

test("noes of the server are told and not remembered", async () => {
  const id = newId();
  origin.on("GET", check(id), { status: 404, headers: { "throng-sequence": "9" }, body: { message: "no", rc: "RequestNotFound" } });
  for (let time = 1; time <= 2; time += 1) {
    assert.deepEqual([(await looks(id)).status, asks(id)], [404, time]);
  }
  origin.on("GET", check(id), { body: { without: "a number" } });
  for (let time = 3; time <= 4; time += 1) {
    assert.deepEqual([(await looks(id)).json, asks(id)], [{ without: "a number" }, time], "an answer without a number cannot be ordered");
  }
});

test("requests do not know each other", async () => {
  const ids = Array.from({ length: 20 }, newId);
  await tells(...ids.map((id, at) => change(id, 100 + at, told("image", { check: `{"at":${at}}` }))));
  const answers = await Promise.all(ids.map(looks));
  assert.deepEqual(answers.map((answer) => answer.json.at), ids.map((_, at) => at));
});

test("an edge without the key asks about everything", async () => {
  const stranger = await Edge.start({ origins: [origin], key: null });
  try {
    const id = newId();
    origin.on("GET", check(id), looked(5, { now: 5 }));
    for (let time = 1; time <= 2; time += 1) {
      assert.deepEqual([(await stranger.get(check(id), AGENT)).json, asks(id)], [{ now: 5 }, time]);
    }
  } finally {
    await stranger.stop();
  }
});
