// The edge before a real server with a database of its own: somebody asks for a picture, a worker makes it, and whoever looks or watches
// learns of it, all of it through the edge. What the server tells and how it is believed is tested here on both sides at once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Edge, until } from "./support/edge.mjs";
import { Server } from "./support/server.mjs";
import { Socket } from "./support/sockets.mjs";
import { Events } from "./support/streams.mjs";

const ANYBODY = { apikey: "0000000000", "client-agent": "tests:1:nobody" };
// One white pixel.
const PICTURE = Buffer.from("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==", "base64");
const STORY = "a fox met a crow and both were wiser for it";

let server;
let edge;
let worker;

before(async () => {
  server = await Server.prepare();
  edge = await Edge.start({ origins: [server], key: await server.key() });
  // All links lead through the edge, as they do for everybody.
  server.flags = ["--edge-url", edge.url.origin, "--public-url", edge.url.origin];
  await server.start(server.flags);
  worker = await registered("maker");
});

after(async () => {
  await edge?.stop();
  await server?.stop();
});

async function registered(username) {
  const answer = await edge.post("/register", { username }, { accept: "application/json" });
  assert.equal(answer.status, 200, answer.text);
  return { apikey: answer.json.api_key, "client-agent": "tests:1:nobody" };
}

// Somebody else each time, as the server counts calls by the address that the edge tells it.
let people = 0;
async function asks(path, body) {
  people += 1;
  const answer = await edge.post(path, body, { ...ANYBODY, "cf-connecting-ip": `203.0.113.${people}` });
  assert.equal(answer.status, 202, answer.text);
  return answer.json.id;
}

const asksForPicture = () =>
  asks("/api/v2/generate/async", { prompt: "a red circle", models: ["throng-shapes"], params: { width: 64, height: 64, steps: 1 } });
const asksForText = () =>
  asks("/api/v2/generate/text/async", { prompt: "Once upon a time", models: ["throng-fables"], params: { max_length: 20 } });

async function pops(path, offer) {
  const answer = await edge.post(path, { bridge_agent: "AI Horde Worker reGen:13:tests", ...offer }, worker);
  assert.equal(answer.status, 200, answer.text);
  assert.ok(answer.json.id, `no job: ${answer.text}`);
  return answer.json;
}

const popsPicture = () =>
  pops("/api/v2/generate/pop", { name: "rig", models: ["throng-shapes"], max_pixels: 4_194_304, nsfw: true, amount: 1, threads: 1 });
const popsText = () =>
  pops("/api/v2/generate/text/pop", { name: "pen", models: ["throng-fables"], max_length: 512, max_context_length: 2048 });

async function submits(path, job, generation) {
  const answer = await edge.post(path, { id: job.id, generation, seed: 1, state: "ok", censored: false }, worker);
  assert.equal(answer.status, 200, answer.text);
}

async function handsIn(job) {
  const link = new URL(job.r2_upload);
  assert.equal(link.origin, edge.url.origin, "links lead through the edge");
  const put = await edge.call("PUT", link.pathname + link.search, { headers: { "content-type": "image/webp" }, body: PICTURE });
  assert.equal(put.status, 200, put.text);
  await submits("/api/v2/generate/submit", job, "R2");
}

// The next event that is as wanted.
async function hears(stream, wanted) {
  for (;;) {
    const event = await stream.next();
    assert.ok(event, "the stream ended before");
    if (wanted(JSON.parse(event.data))) return event;
  }
}

async function messages(socket, wanted) {
  for (;;) {
    const message = await socket.news();
    if (wanted(message.news)) return message;
  }
}

// What the server itself answers.
async function direct(path) {
  return (await fetch(server.url + path, { headers: ANYBODY })).text();
}

test("a picture is asked for, made and got through the edge, and whoever looks or watches learns of it from the edge", async () => {
  const id = await asksForPicture();
  const check = `/api/v2/generate/check/${id}`;
  const events = await Events.open(edge, `/watch/image/${id}`, ANYBODY);
  const socket = await Socket.open(edge, `/watch/image/${id}`, { headers: ANYBODY });
  await hears(events, ({ waiting, done }) => waiting === 1 && !done);
  await messages(socket, ({ waiting }) => waiting === 1);

  const job = await popsPicture();
  await hears(events, ({ processing }) => processing === 1);
  await messages(socket, ({ processing }) => processing === 1);
  await handsIn(job);
  const last = await hears(events, ({ done }) => done);
  assert.equal(await events.next(), null, "the stream ends with the request");
  const message = await messages(socket, ({ done }) => done);
  assert.deepEqual([message.done, JSON.stringify(message.news)], [true, JSON.stringify(JSON.parse(last.data))]);
  assert.equal((await socket.closed).code, 1000);

  const polled = await edge.get(check, ANYBODY);
  assert.deepEqual([polled.how, polled.text], ["told", last.data]);
  assert.equal(polled.text, await direct(check), "in the very bytes of the server");
  const status = await edge.get(`/api/v2/generate/status/${id}`, ANYBODY);
  const link = new URL(status.json.generations[0].img);
  const picture = await edge.get(link.pathname + link.search);
  assert.deepEqual([picture.status, picture.headers["content-type"]], [200, "image/webp"]);
  assert.ok(picture.body.equals(PICTURE));
});

test("a text is told with all that is in it", async () => {
  const id = await asksForText();
  const status = `/api/v2/generate/text/status/${id}`;
  const events = await Events.open(edge, `/watch/text/${id}`, ANYBODY);
  await hears(events, ({ waiting }) => waiting === 1);
  const job = await popsText();
  await hears(events, ({ processing }) => processing === 1);
  await submits("/api/v2/generate/text/submit", job, STORY);
  const last = await hears(events, ({ done }) => done);
  assert.equal(JSON.parse(last.data).generations[0].text, STORY);
  const polled = await edge.get(status, ANYBODY);
  assert.deepEqual([polled.how, polled.text], ["told", last.data]);
  assert.equal(polled.text, await direct(status));
});

test("a request that is taken back is told so", async () => {
  const id = await asksForPicture();
  const socket = await Socket.open(edge, `/watch/image/${id}`, { headers: ANYBODY });
  await socket.next();
  const taken = await edge.call("DELETE", `/api/v2/generate/status/${id}`, { headers: ANYBODY });
  assert.equal(taken.status, 200, taken.text);
  await messages(socket, ({ done, waiting }) => done && waiting === 0);
  assert.equal((await socket.closed).code, 1000);
});

test("an idle worker is woken when somebody asks", async () => {
  const sleeper = await Socket.open(edge, "/wake?image=throng-shapes", { headers: worker });
  // The first bell rings at once.
  assert.deepEqual(await sleeper.news(), { kinds: ["image"] });
  await asksForPicture();
  assert.deepEqual(await sleeper.news(), { kinds: ["image"] });
  await handsIn(await popsPicture());
  await sleeper.close();
  for (const headers of [ANYBODY, { apikey: "nobodys-key-at-all-000" }]) {
    const refused = await edge.get("/wake?image=throng-shapes", headers);
    assert.ok([401, 403].includes(refused.status), `${refused.status} ${refused.text}`);
    assert.ok(refused.json.rc, "in the server's words");
  }
});

test("the server's public answers are kept by the edge, whatever it tells browsers", async () => {
  for (const path of ["/api/v2/status/news", "/api/v2/stats/img/totals"]) {
    const first = await edge.get(path);
    assert.deepEqual([first.status, first.how], [200, "miss"]);
    const second = await edge.get(path);
    assert.deepEqual([second.how, second.text], ["hit", first.text]);
  }
});

test("the server believes the edge whose call it is, and counts by that", async () => {
  const calls = (address) => edge.post("/api/v2/generate/async", {}, { ...ANYBODY, "cf-connecting-ip": address });
  const { json } = await until(() => calls("198.51.100.1"), ({ status }) => status === 429, { every: 0 });
  assert.match(json.message, / per /);
  assert.equal((await calls("198.51.100.2")).status, 400, "another one is not counted along");
});

test("whoever is not the server tells the edge nothing of its requests", async () => {
  const id = await asksForPicture();
  const told = { kind: "image", check: "{}", done: true, gone_at: 9e9 };
  const body = JSON.stringify({ sequence: 2, changes: [{ request: id, sequence: 2, told }] });
  assert.equal((await edge.post("/edge/changes", body, { "throng-signature": "t=1,v1=00" })).status, 401);
  assert.equal((await edge.get(`/api/v2/generate/check/${id}`, ANYBODY)).json.waiting, 1);
  await handsIn(await popsPicture());
});

test("the edge knows through a restart of the server what it was told, and believes what the server says after it", async () => {
  const [done, open] = [await asksForText(), await asksForText()];
  const status = (id) => edge.get(`/api/v2/generate/text/status/${id}`, ANYBODY);
  const models = "/api/v2/status/models?type=text";
  await submits("/api/v2/generate/text/submit", await popsText(), STORY);
  const before = await until(() => status(done), ({ how, json }) => how === "told" && json.done);
  const kept = await edge.get(models);
  assert.equal(kept.status, 200);

  await server.end();
  assert.equal((await status(done)).text, before.text, "what is finished is told without the server");
  const old = await edge.get(models);
  assert.deepEqual([old.status, old.text], [200, kept.text]);
  const asked = await edge.post("/api/v2/generate/text/async", { prompt: "Once upon a time" }, ANYBODY);
  assert.equal(asked.status, 503, "what changes something needs the server");

  await server.start(server.flags);
  const events = await Events.open(edge, `/watch/text/${open}`, ANYBODY);
  await hears(events, ({ waiting, processing }) => waiting + processing === 1);
  await submits("/api/v2/generate/text/submit", await popsText(), STORY);
  const last = await hears(events, (news) => news.done);
  assert.ok(BigInt(last.id) > BigInt(before.headers["throng-sequence"]), "a later leader's numbers are higher");
  assert.deepEqual([(await status(open)).how, (await status(open)).text], ["told", last.data]);
});
