// Workers who wait for work: the server says whether one may wait, and tells the edge of new work; the edge wakes those that serve it,
// over Server-Sent Events or a WebSocket, asleep or not.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Edge } from "./support/edge.mjs";
import { Origin } from "./support/origin.mjs";
import { push } from "./support/signed.mjs";
import { HANDSHAKE, Socket } from "./support/sockets.mjs";
import { Events } from "./support/streams.mjs";

const WORKER = { apikey: "a-workers-key" };
const REFUSAL = { message: "No user matching sent API Key.", rc: "InvalidAPIKey" };

let origin;
let edge;

before(async () => {
  origin = await Origin.start();
  const gate = ({ headers, method }) =>
    headers.apikey === WORKER.apikey ? { status: 200 } : { status: 401, body: method === "HEAD" ? "" : REFUSAL };
  origin.on("HEAD", "/wake", gate).on("GET", "/wake", gate);
  edge = await Edge.start({ origins: [origin], evictable: true });
});

after(async () => {
  await edge.stop();
  await origin.stop();
});

// Tells of new work; each telling has a higher number than the one before.
let sequence = 9_007_199_254_740_993n;
async function hasWork(...work) {
  sequence += 1n;
  assert.equal((await push(edge, [], { work, sequence })).status, 204);
}

// Somebody who waits over a socket. The first bells ring at once, one for each kind that is served: what came a moment before is found
// by asking.
async function sleeper(query, kinds) {
  const socket = await Socket.open(edge, `/wake?${query}`, { headers: WORKER });
  const rung = [];
  while (rung.length < kinds.length) rung.push(...(await socket.news()).kinds);
  assert.deepEqual(rung.sort(), [...kinds].sort());
  return socket;
}

test("a worker is woken by work that it serves, and by no other", async () => {
  const socket = await sleeper("image=one&image=two&text=fables&name=ignored", ["image", "text"]);
  await hasWork({ kind: "image", model: "other", jobs: 5 }, { kind: "alchemy", model: "caption", jobs: 1 });
  await hasWork({ kind: "text", model: "fables", jobs: 1 });
  assert.deepEqual(await socket.news(), { kinds: ["text"] }, "the first that rings is the one it serves");
  await hasWork({ kind: "image", model: "two", jobs: 1 });
  assert.deepEqual(await socket.news(), { kinds: ["image"] });
  await hasWork({ kind: "text", jobs: 1 });
  assert.deepEqual(await socket.news(), { kinds: ["text"] }, "work for any model is for everybody of its kind");
  await socket.close();
});

test("it is woken out of the sleep of what holds its socket", async () => {
  const socket = await sleeper("image=dreams", ["image"]);
  for (let time = 0; time < 2; time += 1) {
    await edge.sleeps("Sleepers", "all");
    await hasWork({ kind: "image", model: "other", jobs: 1 }, { kind: "image", model: "dreams", jobs: 1 });
    assert.deepEqual(await socket.news(), { kinds: ["image"] });
  }
  await edge.sleeps("Sleepers", "all");
  socket.say("ping");
  assert.equal(await socket.next(), "pong", "nothing else rang");
  await socket.close();
});

test("work that is told twice, or too late, wakes nobody", async () => {
  const socket = await sleeper("text=once", ["text"]);
  await hasWork({ kind: "text", model: "once", jobs: 1 });
  assert.deepEqual(await socket.news(), { kinds: ["text"] });
  for (const told of [sequence, sequence - 1n]) {
    assert.equal((await push(edge, [], { work: [{ kind: "text", model: "once", jobs: 1 }], sequence: told })).status, 204);
  }
  socket.say("ping");
  assert.equal(await socket.next(), "pong", "nothing else rang");
  await socket.close();
});

test("names of models are read as they are written in an address", async () => {
  const name = "Größe & Maß/v1.5 +";
  const socket = await sleeper(`image=${encodeURIComponent(name)}`, ["image"]);
  await edge.sleeps("Sleepers", "all");
  await hasWork({ kind: "image", model: name, jobs: 1 });
  assert.deepEqual(await socket.news(), { kinds: ["image"] });
  await socket.close();
});

test("a stream of events wakes as well", async () => {
  const events = await Events.open(edge, "/wake?text=tales", WORKER);
  assert.match(events.headers["content-type"], /^text\/event-stream/);
  const first = await events.next();
  assert.deepEqual([first.name, JSON.parse(first.data)], ["wake", { kinds: ["text"] }]);
  await hasWork({ kind: "text", model: "other", jobs: 1 }, { kind: "text", model: "tales", jobs: 1 });
  const second = await events.next();
  assert.deepEqual([second.name, JSON.parse(second.data)], ["wake", { kinds: ["text"] }]);
  events.close();
});

test("few are woken for one job, and next time others", async () => {
  const crowd = await Promise.all(Array.from({ length: 8 }, () => sleeper("image=rare", ["image"])));
  const heard = new Map(crowd.map((socket) => [socket, 0]));
  // A ping behind what was sent: whoever answers it has heard all that came before.
  const count = async () => {
    let woken = 0;
    for (const socket of crowd) {
      socket.say("ping");
      for (let said = await socket.next(); said !== "pong"; said = await socket.next()) {
        heard.set(socket, heard.get(socket) + 1);
        woken += 1;
      }
    }
    return woken;
  };
  assert.equal(await count(), 0);
  const first = await (await hasWork({ kind: "image", model: "rare", jobs: 1 }), count());
  assert.ok(first >= 1 && first < crowd.length, `${first} of ${crowd.length} were woken for one job`);
  const second = await (await hasWork({ kind: "image", model: "rare", jobs: 1 }), count());
  assert.equal(second, first);
  assert.ok([...heard.values()].every((times) => times <= 1), "nobody is woken twice while others slept on");
  await Promise.all(crowd.map((socket) => socket.close()));
});

test("who went is not waited for", async () => {
  const gone = await sleeper("image=alone", ["image"]);
  await gone.close();
  const there = await sleeper("image=alone", ["image"]);
  await hasWork({ kind: "image", model: "alone", jobs: 1 });
  assert.deepEqual(await there.news(), { kinds: ["image"] });
  await there.close();
});

test("the server says who may wait, with its own words", async () => {
  for (const headers of [{}, { apikey: "nobodys" }]) {
    for (const way of [{}, HANDSHAKE]) {
      const answer = await edge.get("/wake?image=one", { ...headers, ...way });
      assert.deepEqual([answer.status, answer.json], [401, REFUSAL]);
    }
  }
  const asked = origin.callsTo("HEAD", "/wake").at(-1);
  assert.equal(asked.query, "image=one", "and is told what for");
});

test("without the key the server's own stream is passed on", async () => {
  const stranger = await Edge.start({ origins: [origin], key: null });
  origin.on("GET", "/wake", (call, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write('event: wake\ndata: {"kinds":["image"]}\n\n');
  });
  try {
    const events = await Events.open(stranger, "/wake?image=one", WORKER);
    assert.deepEqual(JSON.parse((await events.next()).data), { kinds: ["image"] });
    events.close();
  } finally {
    await stranger.stop();
  }
});
