// The outer wall: whoever calls much too often is turned away at the edge, by address and by key; others are not, and when the counting
// fails, nobody is.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Edge, setupText, withLimit, withoutLimits } from "./support/edge.mjs";
import { Origin } from "./support/origin.mjs";

const ASK = "/api/v2/generate/async";
// So many in a minute, so that a test need not call hundreds of times.
const FEW = 5;

let origin;
let edge;

before(async () => {
  origin = await Origin.start();
  origin.on("POST", ASK, { status: 202, body: { id: "r" } });
  edge = await Edge.start({ origins: [origin], change: withLimit("ASKING", FEW) });
});

after(async () => {
  await edge.stop();
  await origin.stop();
});

const from = (address, key) => ({ "cf-connecting-ip": address, ...(key && { apikey: key }) });
const ask = (address, key, at = edge) => at.post(ASK, { prompt: "x" }, from(address, key));

// Asks until it is refused. Where a minute ends meanwhile the counting begins anew, so it takes twice as many at most.
async function refused(address, key) {
  for (let passed = 0; passed <= 2 * FEW; passed += 1) {
    const before = origin.count("POST", ASK);
    const answer = await ask(address, key);
    if (answer.status === 429) return { passed, answer, asked: origin.count("POST", ASK) - before };
    assert.equal(answer.status, 202);
  }
  return assert.fail(`${2 * FEW + 1} calls passed`);
}

test("whoever calls too often is turned away in the server's words, and told when to come back", async () => {
  const { passed, answer, asked } = await refused("203.0.113.1", "one-key");
  assert.ok(passed >= FEW, `refused after ${passed}`);
  assert.equal(asked, 0, "the server hears nothing of it");
  assert.deepEqual(answer.json, { message: "270 per 1 minute" });
  assert.ok(Number(answer.headers["retry-after"]) > 0);
  assert.equal(answer.headers["access-control-allow-origin"], "*");
});

test("others are not refused with them", async () => {
  await refused("203.0.113.2", "busy-key");
  assert.equal((await ask("203.0.113.3", "other-key")).status, 202, "another address with another key");
  origin.on("GET", "/api/v2/find_user", { body: {} });
  assert.equal((await edge.get("/api/v2/find_user", from("203.0.113.2", "busy-key"))).status, 200, "other things are counted apart");
});

test("a key is counted wherever it calls from", async () => {
  await refused("203.0.113.4", "wandering-key");
  assert.equal((await ask("203.0.113.5", "wandering-key")).status, 429);
});

test("the key that everybody has is nobody's", async () => {
  await refused("203.0.113.6", "0000000000");
  assert.equal((await ask("203.0.113.7", "0000000000")).status, 202);
  assert.equal((await ask("203.0.113.6", "0000000000")).status, 429);
});

test("an address of the sixth version is counted with all that its holder has", async () => {
  await refused("2001:db8:1:2::1");
  assert.equal((await ask("2001:db8:1:2:ffff::9")).status, 429);
  assert.equal((await ask("2001:db8:1:3::1")).status, 202);
});

test("a service that calls for many is not counted as one", async () => {
  for (let call = 0; call <= 2 * FEW; call += 1) {
    const headers = { ...from("203.0.113.8", "service-key"), "proxy-authorization": "passkey", "proxied-for": "192.0.2.1" };
    assert.equal((await edge.post(ASK, { prompt: "x" }, headers)).status, 202);
  }
});

test("what is answered at the edge is not counted", async () => {
  await refused("203.0.113.9");
  assert.equal((await edge.call("OPTIONS", ASK, { headers: from("203.0.113.9") })).status, 200);
  assert.equal((await edge.call("POST", ASK, { headers: from("203.0.113.9"), body: "x" })).status, 400);
});

test("where the counting fails, everybody passes", async () => {
  const open = await Edge.start({ origins: [origin], change: withoutLimits });
  try {
    for (let call = 0; call < 2 * FEW; call += 1) assert.equal((await ask("203.0.113.1", "one-key", open)).status, 202);
  } finally {
    await open.stop();
  }
});

test("the numbers of the setup are those of the policy", () => {
  const policy = readFileSync(new URL("../../crates/policy/src/limits.rs", import.meta.url), "utf8");
  const said = [...policy.matchAll(/Bucket \{ name: "(\w+)", calls: ([\d_]+), seconds: (\d+) \}/g)];
  const bound = [...setupText().matchAll(/name = "(\w+)"\nnamespace_id = "(\d+)"\nsimple = \{ limit = (\d+), period = (\d+) \}/g)];
  const sorted = (all) => all.map((one) => one.join(" ")).sort();
  assert.ok(said.length > 0);
  assert.deepEqual(
    sorted(bound.map(([, name, , limit, period]) => [name, limit, period])),
    sorted(said.map(([, name, calls, seconds]) => [name.toUpperCase(), calls.replaceAll("_", ""), seconds])),
  );
  assert.equal(new Set(bound.map(([, , counter]) => counter)).size, bound.length, "each has a counter of its own");
});
