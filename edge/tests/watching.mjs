// Whoever watches a request over Server-Sent Events: hears how it stands, every change of it, and that it is over. The server is asked
// once, when somebody comes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Edge } from "./support/edge.mjs";
import { Origin, looked } from "./support/origin.mjs";
import { change, newId, push, told } from "./support/signed.mjs";
import { Events } from "./support/streams.mjs";

const AGENT = { "client-agent": "tests:1:nobody" };
const check = (id) => `/api/v2/generate/check/${id}`;
const watch = (id) => `/watch/image/${id}`;

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

const news = (id, sequence, body, done = false) => change(id, sequence, told("image", { check: body, done }));
const tells = async (...changes) => assert.equal((await push(edge, changes)).status, 204);

// A request that the server knows, and whoever watches it.
async function watched(sequence = 10, headers = {}) {
  const id = newId();
  origin.on("GET", check(id), looked(sequence, `{"waiting": 1,  "at": ${sequence}}`));
  return { id, events: await Events.open(edge, watch(id), { ...AGENT, ...headers }) };
}

test("a watcher hears how it stands, each change, and the end, in the very bytes of a look", async () => {
  const { id, events } = await watched();
  assert.match(events.headers["content-type"], /^text\/event-stream/);
  assert.equal(events.headers["cache-control"], "no-store");
  assert.equal(events.headers["access-control-allow-origin"], "*");
  assert.deepEqual(await events.next(), { id: "10", name: undefined, data: '{"waiting": 1,  "at": 10}' });
  assert.equal(events.retry, 3000);
  const making = '{"processing":  1, "text": "ü\\n"}';
  await tells(news(id, 9_007_199_254_740_993n, making));
  assert.deepEqual(await events.next(), { id: "9007199254740993", name: undefined, data: making });
  await tells(news(id, 9_007_199_254_740_994n, '{"done":true}', true));
  assert.equal((await events.next()).data, '{"done":true}');
  assert.equal(await events.next(), null, "it ends with the request");
  assert.equal(origin.count("GET", check(id)), 1);
  assert.equal(origin.count("GET", watch(id)), 0);
});

test("all who watch hear the same", async () => {
  const id = newId();
  origin.on("GET", check(id), looked(1, "{}"));
  const crowd = await Promise.all(Array.from({ length: 8 }, () => Events.open(edge, watch(id), AGENT)));
  for (const events of crowd) assert.equal((await events.next()).id, "1");
  // One goes, which is nobody else's trouble.
  crowd.pop().close();
  await tells(news(id, 2, '{"now":2}'));
  await tells(news(id, 3, '{"now":3}', true));
  for (const events of crowd) {
    assert.deepEqual([(await events.next()).id, (await events.next()).id, await events.next()], ["2", "3", null]);
  }
});

test("what comes twice or too late is heard once, in order", async () => {
  const { id, events } = await watched();
  await events.next();
  const changes = [news(id, 20, '{"now":20}'), news(id, 20, '{"now":20}'), news(id, 15, '{"now":15}'), news(id, 30, '{"now":20}'),
    news(id, 40, '{"now":40}')];
  for (const one of changes) await tells(one);
  assert.deepEqual([(await events.next()).data, (await events.next()).data], ['{"now":20}', '{"now":40}']);
  events.close();
});

test("whoever comes back is not told again what they know", async () => {
  for (const comesBack of [(seen) => [{ "last-event-id": seen }, ""], (seen) => [{}, `?since=${seen}`]]) {
    const { id, events } = await watched();
    const [headers, query] = comesBack((await events.next()).id);
    events.close();
    // A later look that brings nothing new.
    origin.on("GET", check(id), looked(11, '{"waiting": 1,  "at": 10}'));
    const again = await Events.open(edge, watch(id) + query, { ...AGENT, ...headers });
    await tells(news(id, 20, '{"now":20}'));
    assert.equal((await again.next()).data, '{"now":20}', "the first that is heard is new");
    again.close();
  }
});

test("whoever has not seen the end is told, whoever has is told that there is nothing more", async () => {
  const { id, events } = await watched();
  await events.next();
  await tells(news(id, 20, '{"done":true}', true));
  const last = await events.next();
  assert.equal(await events.next(), null);
  origin.on("GET", check(id), looked(21, '{"done":true}'));
  const late = await Events.open(edge, watch(id), { ...AGENT, "last-event-id": "10" });
  assert.deepEqual([await late.next(), await late.next()], [last, null]);
  const over = await edge.get(watch(id), { ...AGENT, "last-event-id": last.id });
  assert.deepEqual([over.status, over.body.length], [204, 0], "so that browsers do not come back for ever");
});

test("nobody watches what is not there", async () => {
  const id = newId();
  const no = `{"message":"Request with ID '${id}' not found.","rc":"RequestNotFound"}`;
  origin.on("GET", check(id), { status: 404, body: no });
  const answer = await edge.get(watch(id), AGENT);
  assert.deepEqual([answer.status, answer.text], [404, no], "the server says so");
  const malformed = await edge.get("/watch/image/x", AGENT);
  assert.deepEqual([malformed.status, malformed.json.rc], [404, "RequestNotFound"]);
  assert.equal(origin.calls.filter(({ path }) => path.endsWith("/x")).length, 0, "what can be no id is refused unasked");
});

test("whom the server does not let look may not watch", async () => {
  const id = newId();
  origin.on("GET", check(id), (call) =>
    call.headers["client-agent"] ? looked(1, "{}") : { status: 403, body: { message: "no", rc: "Forbidden" } });
  const refused = await edge.get(watch(id));
  assert.deepEqual([refused.status, refused.json.rc], [403, "Forbidden"]);
  const events = await Events.open(edge, watch(id), AGENT);
  assert.equal((await events.next()).id, "1");
  events.close();
});

test("texts and forms are watched by their status", async () => {
  for (const [kind, look] of [["text", "/api/v2/generate/text/status/"], ["alchemy", "/api/v2/interrogate/status/"]]) {
    const id = newId();
    origin.on("GET", look + id, looked(5, '{"now":"waiting"}'));
    const events = await Events.open(edge, `/watch/${kind}/${id}`);
    assert.equal((await events.next()).data, '{"now":"waiting"}');
    await tells(change(id, 6, told(kind, { status: '{"now":"done"}', done: true })));
    assert.deepEqual([(await events.next()).data, await events.next()], ['{"now":"done"}', null]);
  }
});

test("told to forget, streams end, and whoever comes back hears what holds", async () => {
  const { id, events } = await watched();
  await events.next();
  await tells(change(id, 20));
  assert.equal(await events.next(), null);
  origin.on("GET", check(id), looked(21, '{"now":21}'));
  const again = await Events.open(edge, watch(id), { ...AGENT, "last-event-id": "10" });
  assert.equal((await again.next()).data, '{"now":21}');
  again.close();
});

test("where nothing can be known, the server's own stream is passed on piece by piece", async () => {
  const id = newId();
  let send;
  origin.on("GET", check(id), { body: "{}" });
  origin.on("GET", watch(id), (call, response) => {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    send = (text) => response.write(text);
    send("retry: 3000\n\nid: 1\ndata: first\n\n");
  });
  const stranger = await Edge.start({ origins: [origin], key: null });
  try {
    for (const from of [edge, stranger]) {
      const events = await Events.open(from, watch(id), AGENT);
      assert.equal((await events.next()).data, "first");
      send("id: 2\ndata: second\n\n");
      assert.equal((await events.next()).data, "second", "it came before the stream ended");
      events.close();
    }
  } finally {
    await stranger.stop();
  }
});
