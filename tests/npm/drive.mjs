// Drives a server with the AI Horde's npm client, unmodified: images, texts, alchemy, users, teams, shared keys, as requester and
// as worker. `node drive.mjs BASE KEY WEBP`, where the key's owner is trusted and has kudos, bob#2 is there, and WEBP is a picture in
// base64. Any surprise ends it with a failure.

import assert from "node:assert/strict";
import { AIHorde, APIError } from "@zeldafan0225/ai_horde";

const [base, key, webp] = process.argv.slice(2);
// Nothing is kept by the client: every look is a call.
const horde = new AIHorde({
  api_route: `${base}/api/v2`,
  default_token: key,
  client_agent: "throng-tests:1:npm",
  cache_interval: 0,
  cache: {},
});
const mine = { token: key };
const fresh = { force: true };

async function refused(call, status, rc) {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof APIError, `${error}`);
    assert.equal(error.rawError.rc, rc);
    assert.equal(error.rawResponse?.status ?? status, status);
    assert.ok(error.rawError.message.length > 0);
    return;
  }
  assert.fail(`${rc} was expected`);
}

async function images() {
  const asked = await horde.postAsyncImageGenerate(
    { prompt: "a red circle", models: ["throng-shapes"], r2: false, params: { width: 64, height: 64, seed: "7" } },
    mine,
  );
  assert.equal(typeof asked.id, "string");
  assert.equal((await horde.getImageGenerationCheck(asked.id, fresh)).waiting, 1);
  const job = await horde.postImageGenerationPop({ name: "npm dreamer", models: ["throng-shapes"], max_pixels: 262144 }, mine);
  assert.equal(job.payload.seed, "7");
  const sent = await horde.postImageGenerationSubmit({ id: job.id, generation: webp, seed: 7, state: "ok" }, mine);
  assert.equal(typeof sent.reward, "number");
  const status = await horde.getImageGenerationStatus(asked.id, fresh);
  assert.equal(status.done, true);
  assert.equal(status.generations[0].worker_name, "npm dreamer");
  assert.ok(Buffer.from(status.generations[0].img, "base64").subarray(8, 12).equals(Buffer.from("WEBP")));
  const masked = await horde.getImageGenerationCheck(asked.id, { ...fresh, fields: ["done"] });
  assert.deepEqual(masked, { done: true });

  const other = await horde.postAsyncImageGenerate({ prompt: "p", models: ["throng-shapes"] }, mine);
  assert.equal((await horde.deleteImageGenerationRequest(other.id)).waiting, 0);
  await refused(() => horde.getImageGenerationCheck("00000000-0000-4000-8000-000000000000"), 404, "RequestNotFound");
  await refused(() => horde.postAsyncImageGenerate({ prompt: "p" }, { token: "x".repeat(22) }), 401, "InvalidAPIKey");
}

async function texts() {
  const wish = { prompt: "Once", models: ["throng-fables"], params: { max_length: 20, max_context_length: 512 } };
  const asked = await horde.postAsyncTextGenerate(wish, mine);
  const offer = { name: "npm scribe", models: ["throng-fables"], max_length: 512, max_context_length: 2048 };
  const job = await horde.postTextGenerationPop(offer, mine);
  assert.equal(job.payload.prompt, "Once");
  const sent = await horde.postTextGenerationSubmit({ id: job.id, generation: "upon a time", state: "ok" }, mine);
  assert.ok(sent.reward > 0);
  const status = await horde.getTextGenerationStatus(asked.id, fresh);
  assert.equal(status.generations[0].text, "upon a time");
  const other = await horde.postAsyncTextGenerate(wish, mine);
  assert.equal((await horde.deleteTextGenerationRequest(other.id)).waiting, 0);
}

async function alchemy() {
  const asked = await horde.postAsyncInterrogate({ source_image: webp, forms: [{ name: "caption" }] }, mine);
  const popped = await horde.postInterrogationPop({ name: "npm alchemist", forms: ["caption"], amount: 1 }, mine);
  const form = popped.forms[0];
  assert.equal(form.form, "caption");
  const sent = await horde.postInterrogationSubmit({ id: form.id, result: { caption: "a dot" }, state: "ok" }, mine);
  assert.equal(typeof sent.reward, "number");
  const status = await horde.getInterrogationStatus(asked.id, fresh);
  assert.equal(status.state, "done");
  assert.deepEqual(status.forms[0].result, { caption: "a dot" });
  const other = await horde.postAsyncInterrogate({ source_image: webp, forms: [{ name: "caption" }] }, mine);
  assert.equal((await horde.deleteInterrogationRequest(other.id)).forms[0].state, "cancelled");
}

async function users() {
  const me = await horde.findUser(mine);
  assert.equal(me.trusted, true);
  assert.ok((await horde.getUsers()).some((user) => user.username === me.username));
  assert.equal((await horde.getUserDetails(me.id, { ...fresh, ...mine })).username, me.username);
  assert.equal((await horde.updateUser({ public_workers: true }, me.id, mine)).public_workers, true);
  await refused(() => horde.getUserDetails(99_999, fresh), 404, "UserNotFound");
  await refused(() => horde.updateUser({ trusted: true }, me.id, mine), 403, "NotModerator");
  assert.deepEqual(await horde.postKudosTransfer({ username: "bob#2", amount: 5 }, mine), { transferred: 5 });
  const workers = await horde.getWorkers();
  assert.deepEqual(workers.map((worker) => worker.name).sort(), ["npm alchemist", "npm dreamer", "npm scribe"]);
  const worker = workers.find((worker) => worker.name === "npm scribe");
  assert.equal((await horde.updateWorker({ info: "a pen" }, worker.id, mine)).info, "a pen");
  assert.equal((await horde.getWorkerDetails(worker.id, fresh)).info, "a pen");
}

async function teams() {
  const made = await horde.createTeam({ name: "Lamps", info: "we make light" }, mine);
  assert.equal(typeof made.id, "string");
  assert.deepEqual((await horde.getTeams()).map((team) => team.name), ["Lamps"]);
  assert.equal((await horde.updateTeam({ info: "we make dark" }, made.id, mine)).info, "we make dark");
  assert.equal((await horde.deleteTeam(made.id, mine)).deleted_id, made.id);
}

async function sharedKeys() {
  const made = await horde.putSharedKey({ name: "for friends", kudos: 100, expiry: 3 }, mine);
  assert.equal(made.id.length, 36);
  assert.equal((await horde.getSharedKey(made.id, fresh)).name, "for friends");
  assert.equal((await horde.updateSharedKey({ kudos: 200 }, made.id, mine)).kudos, 200);
  const asked = await horde.postAsyncImageGenerate({ prompt: "p", models: ["throng-shapes"] }, { token: made.id });
  assert.equal(typeof asked.id, "string");
  await horde.deleteImageGenerationRequest(asked.id);
  assert.equal((await horde.deleteSharedKey(made.id, mine)).message, "OK");
  await refused(() => horde.getSharedKey(made.id, fresh), 401, "InvalidAPIKey");
}

async function looks() {
  assert.equal(await horde.getHeartbeat(), true);
  for (const look of ["getModels", "getNews", "getTeams"]) assert.ok(Array.isArray(await horde[look](fresh)), look);
  assert.equal(typeof (await horde.getPerformance(fresh)).worker_count, "number");
  for (const look of ["getImageModelStats", "getTextModelStats"]) assert.equal(typeof (await horde[look]()).day, "object", look);
  for (const look of ["getImageTotalStats", "getTextTotalStats"]) assert.equal(typeof (await horde[look]()).total, "object", look);
  assert.equal((await horde.getModel("throng-shapes"))[0].name, "throng-shapes");
  await refused(() => horde.getFilters({}, mine), 403, "NotModerator");
}

for (const part of [images, texts, alchemy, users, teams, sharedKeys, looks]) {
  try {
    await part();
  } catch (error) {
    console.error(`${part.name}: ${error.stack}\n${JSON.stringify(error.rawError ?? null)}`);
    process.exit(1);
  }
}
console.log("images, texts, alchemy, users, teams, shared keys, looks: all as the client expects");
