// Where Cloudflare enters (edge/entry.mjs), around a program that panics when it is told to, which the real one never is: whoever comes
// after a panic meets a new program, and objects that lived through it are made anew from what they stored.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

// What stands where wasm-bindgen writes its glue: it counts its lives, and objects of an earlier life are of no use, as there.
const PROGRAM = `
const life = { criticalError: false, instanceId: 0 };
export const initSync = ({ module }) => { if (module === "program") life.instanceId += 1; };
export const __worker_init_state = () => life;
export const __wbg_reset_state = () => { life.instanceId += 1; };
function panics(what) { if (what === "panic") { life.criticalError = true; throw new WebAssembly.RuntimeError("unreachable"); } }
export async function fetch(request) { panics(request); return "life " + life.instanceId; }
class Made {
  constructor(state, env) { Object.assign(this, { state, env, born: life.instanceId }); }
  async fetch(request) {
    if (this.born !== life.instanceId) throw new Error("Invalid stale object");
    panics(request);
    return this.state.stored + " " + this.env.bound + ", life " + this.born;
  }
  async webSocketMessage(socket, message) { return this.fetch(message); }
  async alarm() { return this.fetch("alarm"); }
}
export class Watched extends Made {}
export class Sleepers extends Made {}
`;

let folder;
let entry;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "throng-entry-"));
  const text = readFileSync(new URL("../entry.mjs", import.meta.url), "utf8");
  const wasm = 'import program from "./index_bg.wasm";';
  assert.ok(text.includes(wasm));
  // Node.js loads no wasm this way.
  writeFileSync(join(folder, "entry.mjs"), text.replace(wasm, 'const program = "program";'));
  writeFileSync(join(folder, "index.js"), PROGRAM);
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  entry = await import(pathToFileURL(join(folder, "entry.mjs")));
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("whoever comes after a panic meets a new program, and so do objects", async () => {
  const calls = (request) => entry.default.fetch(request, {}, {});
  assert.equal(await calls("hello"), "life 1");
  const [watched, sleepers] = [entry.Watched, entry.Sleepers].map((Kind) => new Kind({ stored: "kept" }, { bound: "here" }));
  assert.equal(await watched.fetch("hello"), "kept here, life 1");
  await assert.rejects(calls("panic"), WebAssembly.RuntimeError);
  assert.equal(await calls("hello"), "life 2");
  assert.equal(await watched.webSocketMessage({}, "hello"), "kept here, life 2");
  await assert.rejects(watched.fetch("panic"), WebAssembly.RuntimeError);
  assert.equal(await sleepers.alarm(), "kept here, life 3", "whoever comes first renews it");
  assert.equal(await watched.fetch("hello"), "kept here, life 3");
  assert.equal(await calls("hello"), "life 3", "and once is enough");
});
