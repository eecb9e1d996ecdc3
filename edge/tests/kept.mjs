// Public answers: kept for the seconds that the policy allows, fetched once however many ask, given once more while a new one is
// fetched, and old, saying so, when no server answers. Nothing that comes with a key is kept.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Edge, until } from "./support/edge.mjs";
import { Origin } from "./support/origin.mjs";

// Kept for one second, and for one more while a new one is fetched.
const ONE_MODEL = "/api/v2/status/models/";
// Kept for two.
const MODELS = "/api/v2/status/models";
// Kept for minutes: whatever a test takes, it is still fresh.
const NEWS = "/api/v2/status/news";
const TERMS = "/api/v2/documents/terms";
// Kept for ten.
const USERS = "/api/v2/users";

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

// Answers with how often it was asked.
const counting = (path) => {
  let times = 0;
  origin.on("GET", path, () => {
    times += 1;
    return { headers: { "x-request-id": `r${times}`, "horde-node": "one" }, body: { times } };
  });
};

test("a second look is answered without the server, says how old it is, and is byte for byte the first", async () => {
  const spaced = '{"news": [ 1,2 ],  "ü": "\\u00e9"}\n';
  origin.on("GET", NEWS, { headers: { "x-request-id": "first" }, body: spaced });
  const first = await edge.get(NEWS);
  assert.deepEqual([first.status, first.how, first.text], [200, "miss", spaced]);
  const second = await edge.get(NEWS);
  assert.deepEqual([second.status, second.how, second.text], [200, "hit", spaced]);
  assert.match(second.headers.age, /^\d+$/);
  assert.equal(second.headers["content-type"], "application/json; charset=utf-8");
  assert.equal(second.headers["x-request-id"], undefined, "a number that belongs to another call is not given again");
  assert.equal(second.headers["throng-stale"], undefined);
  assert.equal(origin.count("GET", NEWS), 1);
});

test("nothing that comes with a key is kept, nor answered from what is kept", async () => {
  counting(USERS);
  assert.equal((await edge.get(USERS)).json.times, 1);
  const personal = [["apikey", "0000000000"], ["apikey", ""], ["authorization", "x"], ["cookie", "a=b"], ["proxied-for", "192.0.2.1"],
    ["proxy-authorization", "x"]];
  let asked = 1;
  for (const [name, value] of personal) {
    asked += 1;
    const answer = await edge.get(USERS, { [name]: value });
    assert.deepEqual([answer.json.times, answer.headers.age], [asked, undefined], name);
  }
  for (const query of ["?apikey=x", "?API_KEY=x", "?sort=kudos&api_key=x"]) {
    asked += 1;
    assert.equal((await edge.get(USERS + query)).json.times, asked, query);
  }
  assert.deepEqual((await edge.get(USERS)).json, { times: 1 }, "and what was kept is still there for everybody else");
});

test("equal questions have one answer, however they are spelled", async () => {
  counting(MODELS);
  const path = `${MODELS}?type=text&model_state=all`;
  const { times } = (await edge.get(path)).json;
  for (const spelled of ["?model_state=all&type=text", "?type=%74ext&&model_state=all&", "?type=image&type=text&model_state=all",
    "?utm=x&type=text&_=17&model_state=all"]) {
    const answer = await edge.get(MODELS + spelled);
    assert.deepEqual([answer.json.times, answer.how], [times, "hit"], spelled);
  }
  assert.equal((await edge.get(`${MODELS}/?type=text&model_state=all`)).json.times, times, "a slash more");
});

test("different questions have different answers", async () => {
  origin.on("GET", USERS, (call) => ({ body: { query: call.query, fields: call.headers["x-fields"] ?? "" } }));
  const questions = [["sort=age", ""], ["sort=age&page=2", ""], ["page=2", ""], ["sort=age", "{username}"], ["sort=age%26page%3D2", ""]];
  for (const [query, fields] of questions) {
    for (let look = 0; look < 2; look += 1) {
      const answer = await edge.get(`${USERS}?${query}`, fields ? { "x-fields": fields } : {});
      assert.deepEqual(answer.json, { query, fields });
    }
  }
});

test("noes are not kept, and neither is what the server says not to keep", async () => {
  const path = "/api/v2/teams";
  const answers = [
    { status: 400, body: { message: "no" } },
    { status: 503, body: { message: "not now" } },
    { headers: { "cache-control": "no-store" }, body: { for: "one" } },
    { headers: { "cache-control": "private, max-age=9" }, body: { for: "two" } },
    { headers: { "set-cookie": "a=b" }, body: { for: "three" } },
  ];
  for (const answer of answers) {
    origin.on("GET", path, answer);
    const came = await edge.get(path);
    assert.deepEqual([came.status, came.json], [answer.status ?? 200, answer.body]);
  }
  assert.equal(origin.count("GET", path), answers.length);
});

test("however many ask at once, the server is asked once", async () => {
  const { promise, resolve } = Promise.withResolvers();
  const path = "/api/v2/stats/img/totals";
  origin.on("GET", path, () => promise);
  const asking = Array.from({ length: 30 }, () => edge.get(path));
  await until(() => origin.count("GET", path), (count) => count > 0);
  resolve({ body: { total: 7 } });
  for (const answer of await Promise.all(asking)) {
    assert.deepEqual([answer.status, answer.json], [200, { total: 7 }]);
  }
  assert.equal(origin.count("GET", path), 1);
});

test("an answer that grew old is given once more while a new one is fetched", async () => {
  const path = `${ONE_MODEL}stale`;
  counting(path);
  const isFirst = (answer) => answer.json.times === 1;
  // Were nobody to look for a whole second, as on a machine that stands still, the old one would be gone: then it is tried again.
  const stale = await until(() => edge.get(path), ({ how }) => how === "stale", { every: 20 });
  const before = stale.json.times;
  if (isFirst(stale)) assert.ok(Number(stale.headers.age) >= 1, `it is ${stale.headers.age} s old`);
  assert.equal(stale.headers["throng-stale"], undefined, "it is no emergency");
  const next = await until(() => edge.get(path), ({ json }) => json.times > before, { every: 20 });
  assert.equal(next.json.times, before + 1, "one new one was fetched");
});

test("nobody waits for the new one, and one is fetched for all", async () => {
  const path = `${ONE_MODEL}slow`;
  counting(path);
  await edge.get(path);
  const { promise, resolve } = Promise.withResolvers();
  origin.on("GET", path, () => promise);
  const asked = origin.count("GET", path);
  // As long as the new one does not come the old one is given, to all who ask at the same time too.
  const all = () => Promise.all(Array.from({ length: 5 }, () => edge.get(path)));
  const stale = await until(all, (answers) => answers.some(({ how }) => how === "stale"));
  for (const answer of stale) assert.deepEqual(answer.json, { times: 1 });
  assert.equal(origin.count("GET", path), asked + 1);
  resolve({ body: { times: "new" } });
  await until(() => edge.get(path), ({ json }) => json.times === "new");
});

test("an answer that is too old to be given is fetched anew once, however many ask", async () => {
  const path = `${ONE_MODEL}crowd`;
  counting(path);
  await edge.get(path);
  const came = performance.now();
  await until(() => performance.now(), (now) => now > came + 2_500);
  const { promise, resolve } = Promise.withResolvers();
  origin.on("GET", path, () => promise);
  const asking = Array.from({ length: 30 }, () => edge.get(path));
  await until(() => origin.count("GET", path), (count) => count > 1);
  // Time enough for whoever would ask besides.
  await until(() => performance.now(), (now) => now > came + 3_500);
  resolve({ body: { times: "new" } });
  for (const answer of await Promise.all(asking)) assert.deepEqual([answer.status, answer.json], [200, { times: "new" }]);
  assert.equal(origin.count("GET", path), 2);
});

test("when no server answers, the old answer is given and says that it is old, and noes are told apart", async () => {
  const path = `${ONE_MODEL}spare`;
  const other = await Origin.start();
  const alone = await Edge.start({ origins: [other] });
  try {
    other.on("GET", path, { body: { good: "for long" } });
    assert.equal((await alone.get(path)).how, "miss");
    await other.stop();
    const old = await until(async () => {
      const answer = await alone.get(path);
      assert.deepEqual([answer.status, answer.json], [200, { good: "for long" }]);
      return answer;
    }, ({ headers }) => headers["throng-stale"] === "1");
    assert.ok(Number(old.headers.age) >= 2 && old.how === "stale", `${old.how}, ${old.headers.age} s old`);
    const nothing = await alone.get(`${ONE_MODEL}never-seen`);
    assert.equal(nothing.status, 503);
    assert.ok(nothing.json.message && Number(nothing.headers["retry-after"]) > 0);
    await other.again();
    const fresh = await until(() => alone.get(path), ({ headers }) => headers["throng-stale"] === undefined);
    assert.deepEqual([fresh.status, fresh.json], [200, { good: "for long" }]);
  } finally {
    await alone.stop();
    await other.stop();
  }
});

test("a server that says 500 is in trouble, too", async () => {
  const path = `${ONE_MODEL}trouble`;
  origin.on("GET", path, { body: { good: true } });
  await edge.get(path);
  origin.on("GET", path, { status: 500, body: { message: "trouble" } });
  const old = await until(() => edge.get(path), ({ headers }) => headers["throng-stale"] === "1");
  assert.deepEqual([old.status, old.json], [200, { good: true }]);
});

test("documents are kept by their format", async () => {
  origin.on("GET", TERMS, (call) => ({ body: { query: call.query } }));
  assert.equal((await edge.get(`${TERMS}?format=html`)).json.query, "format=html");
  assert.equal((await edge.get(`${TERMS}?format=markdown`)).json.query, "format=markdown");
  assert.equal((await edge.get(`${TERMS}?format=html`)).how, "hit");
});

test("HEAD and whatever changes something is the server's", async () => {
  origin.on("HEAD", NEWS, { body: "" }).on("POST", "/api/v2/teams", { status: 201, body: { id: "t" } });
  for (let time = 1; time <= 2; time += 1) {
    assert.equal((await edge.call("HEAD", NEWS)).status, 200);
    assert.equal((await edge.post("/api/v2/teams", { name: "team" }, { apikey: "k" })).status, 201);
    assert.deepEqual([origin.count("HEAD", NEWS), origin.count("POST", "/api/v2/teams")], [time, time]);
  }
});
