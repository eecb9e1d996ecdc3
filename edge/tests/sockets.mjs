// Whoever watches a request over a WebSocket: hears the same as over Server-Sent Events, and goes on hearing it while the object that
// holds the socket sleeps and forgets.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Edge } from "./support/edge.mjs";
import { Origin, looked } from "./support/origin.mjs";
import { change, newId, push, told } from "./support/signed.mjs";
import { HANDSHAKE, Socket } from "./support/sockets.mjs";

const AGENT = { "client-agent": "tests:1:nobody" };
const check = (id) => `/api/v2/generate/check/${id}`;
const watch = (id) => `/watch/image/${id}`;

let origin;
let edge;

before(async () => {
  origin = await Origin.start();
  edge = await Edge.start({ origins: [origin], evictable: true });
});

after(async () => {
  await edge.stop();
  await origin.stop();
});

const news = (id, sequence, body, done = false) => change(id, sequence, told("image", { check: body, done }));
const tells = async (...changes) => assert.equal((await push(edge, changes)).status, 204);

async function watched(sequence = 10n) {
  const id = newId();
  origin.on("GET", check(id), looked(sequence, `{"waiting": 1,  "at": ${sequence}}`));
  return { id, socket: await Socket.open(edge, watch(id), { headers: AGENT }) };
}

test("a socket hears how it stands, each change, and the end, and is closed", async () => {
  const { id, socket } = await watched(9_007_199_254_740_993n);
  assert.equal(await socket.next(), '{"sequence":"9007199254740993","done":false,"news":{"waiting": 1,  "at": 9007199254740993}}');
  await tells(news(id, 9_007_199_254_740_994n, '{"now":  2}'));
  assert.equal(await socket.next(), '{"sequence":"9007199254740994","done":false,"news":{"now":  2}}');
  await tells(news(id, 9_007_199_254_740_995n, '{"now":3}', true));
  assert.deepEqual(await socket.news(), { sequence: "9007199254740995", done: true, news: { now: 3 } });
  assert.equal((await socket.closed).code, 1000);
  assert.equal(origin.count("GET", check(id)), 1);
});

test("a socket hears through its object's sleep, and the object knows after it what it knew before", async () => {
  const { id, socket } = await watched();
  await socket.next();
  for (let sleep = 1; sleep <= 3; sleep += 1) {
    await edge.sleeps("Watched", id);
    await tells(news(id, 10 + sleep, `{"sleep":${sleep}}`));
    assert.deepEqual(await socket.news(), { sequence: String(10 + sleep), done: false, news: { sleep } });
  }
  await edge.sleeps("Watched", id);
  const polled = await edge.get(check(id), AGENT);
  assert.deepEqual([polled.how, polled.json, polled.headers["throng-sequence"]], ["told", { sleep: 3 }, "13"]);
  await edge.sleeps("Watched", id);
  await tells(news(id, 12, '{"too":"late"}'));
  await tells(news(id, 14, '{"sleep":"over"}', true));
  assert.deepEqual(await socket.news(), { sequence: "14", done: true, news: { sleep: "over" } }, "what came too late was not heard");
  assert.equal((await socket.closed).code, 1000);
  assert.equal(origin.count("GET", check(id)), 1);
});

test("a ping is answered, asleep or not", async () => {
  const { id, socket } = await watched();
  await socket.next();
  socket.say("ping");
  assert.equal(await socket.next(), "pong");
  await edge.sleeps("Watched", id);
  socket.say("ping");
  assert.equal(await socket.next(), "pong");
  // Whatever else it says is not answered, and changes nothing.
  socket.say('{"sequence":"99","done":true}');
  await tells(news(id, 11, '{"now":11}'));
  assert.equal((await socket.news()).sequence, "11");
  await socket.close();
});

test("many sockets of one request hear the same, and one that goes is nobody else's trouble", async () => {
  const { id, socket } = await watched();
  const crowd = await Promise.all(Array.from({ length: 6 }, () => Socket.open(edge, watch(id), { headers: AGENT })));
  for (const one of [socket, ...crowd]) assert.equal((await one.news()).sequence, "10");
  await socket.close();
  await edge.sleeps("Watched", id);
  await tells(news(id, 11, '{"now":11}', true));
  for (const one of crowd) {
    assert.deepEqual(await one.news(), { sequence: "11", done: true, news: { now: 11 } });
    assert.equal((await one.closed).code, 1000);
  }
});

test("whoever comes back with what they know hears only what is new, or that it is over", async () => {
  const { id, socket } = await watched();
  const { sequence } = await socket.news();
  await socket.close();
  const again = await Socket.open(edge, `${watch(id)}?since=${sequence}`, { headers: AGENT });
  const end = '{"now":20,"done":true}';
  await tells(news(id, 20, end, true));
  assert.equal((await again.news()).sequence, "20");
  assert.equal((await again.closed).code, 1000);
  origin.on("GET", check(id), looked(21, end));
  const late = await Socket.open(edge, `${watch(id)}?since=${sequence}`, { headers: AGENT });
  assert.deepEqual(await late.news(), { sequence: "20", done: true, news: { now: 20, done: true } });
  assert.equal((await late.closed).code, 1000);
});

test("told to forget, sockets are closed, so that whoever holds one comes back", async () => {
  const { id, socket } = await watched();
  await socket.next();
  await tells(change(id, 20));
  assert.notEqual((await socket.closed).code, 1000, "1000 says that there is nothing more");
  origin.on("GET", check(id), looked(21, '{"now":21}'));
  const again = await Socket.open(edge, `${watch(id)}?since=10`, { headers: AGENT });
  assert.deepEqual((await again.news()).news, { now: 21 });
  await again.close();
});

test("nobody opens a socket to what is not there", async () => {
  const id = newId();
  origin.on("GET", check(id), { status: 404, body: { message: "no", rc: "RequestNotFound" } });
  for (const path of [watch(id), "/watch/image/x"]) {
    const answer = await edge.get(path, { ...AGENT, ...HANDSHAKE });
    assert.deepEqual([answer.status, answer.json.rc], [404, "RequestNotFound"], path);
  }
});
