// The page from the edge: files as they were built, small where the browser takes that, kept for ever where their name says what is in
// them, and guarded as the server guards its own.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from "node:zlib";
import { Edge } from "./support/edge.mjs";
import { Origin } from "./support/origin.mjs";

const HASHED = "/throng-app-0123456789abcdef.js";
const SCRIPT = `${"run(); ".repeat(400)}\n`;
const INDEX = "<!doctype html><p>page</p>\n";
const PROGRAM = Buffer.concat([Buffer.from("\0asm\x01\0\0\0", "latin1"), Buffer.alloc(3000, 7)]);
const UNPACKED = { br: brotliDecompressSync, gzip: gunzipSync, identity: (body) => body };
const PAGE = {
  "index.html": INDEX,
  "index.html.br": brotliCompressSync(INDEX),
  [HASHED.slice(1)]: SCRIPT,
  [`${HASHED.slice(1)}.br`]: brotliCompressSync(SCRIPT),
  "throng-app-0123456789abcdef_bg.wasm": PROGRAM,
  "throng-app-0123456789abcdef_bg.wasm.br": brotliCompressSync(PROGRAM),
  "lend/worker.js": "work()",
  "logo.png": Buffer.from([137, 80, 78, 71]),
};

let origin;
let edge;

before(async () => {
  origin = await Origin.start();
  edge = await Edge.start({ origins: [origin], page: PAGE });
});

after(async () => {
  await edge.stop();
  await origin.stop();
});

test("the page answers its own paths", async () => {
  for (const path of ["/", "/index.html", "/create", "/request/12"]) {
    const answer = await edge.get(path);
    assert.deepEqual([answer.status, answer.text], [200, INDEX], path);
    assert.match(answer.headers["content-type"], /^text\/html/);
    assert.equal(answer.headers["cache-control"], "no-cache", "it is asked for anew, at the cost of a 304");
  }
  assert.equal(origin.calls.length, 0);
});

test("files with a hash in their name are kept for ever, others are asked for anew", async () => {
  const files = [[HASHED, true], ["/throng-app-0123456789abcdef_bg.wasm", true], ["/lend/worker.js", false], ["/logo.png", false]];
  for (const [path, forEver] of files) {
    const answer = await edge.get(path);
    const keep = forEver ? "public, max-age=31536000, immutable" : "no-cache";
    assert.deepEqual([answer.status, answer.headers["cache-control"]], [200, keep], path);
  }
});

test("whoever takes Brotli gets what the build packed, and everybody gets the same file", async () => {
  const packed = await edge.get(HASHED, { "accept-encoding": "br, gzip" });
  assert.equal(packed.headers["content-encoding"], "br");
  assert.ok(packed.body.equals(PAGE[`${HASHED.slice(1)}.br`]), "as it was packed, not packed anew");
  assert.match(packed.headers["content-type"], /javascript/);
  const program = await edge.get("/throng-app-0123456789abcdef_bg.wasm", { "accept-encoding": "br" });
  assert.deepEqual([program.headers["content-encoding"], program.headers["content-type"]], ["br", "application/wasm"]);
  assert.ok(brotliDecompressSync(program.body).equals(PROGRAM));
  for (const taken of ["gzip", "gzip, deflate, br, zstd", "identity", "br;q=0, gzip", undefined]) {
    const answer = await edge.get(HASHED, taken === undefined ? {} : { "accept-encoding": taken });
    const encoding = answer.headers["content-encoding"];
    assert.ok(encoding === undefined || taken?.includes(encoding), `${encoding} for ${taken}`);
    assert.equal(UNPACKED[encoding ?? "identity"](answer.body).toString(), SCRIPT, taken);
    assert.equal(answer.headers["cache-control"], "public, max-age=31536000, immutable");
  }
});

test("what the browser has already is not sent again", async () => {
  const first = await edge.get("/lend/worker.js");
  assert.ok(first.headers.etag);
  const second = await edge.get("/lend/worker.js", { "if-none-match": first.headers.etag });
  assert.deepEqual([second.status, second.body.length], [304, 0]);
});

test("a page that is misused is of no use", async () => {
  for (const path of ["/", HASHED, "/request/12", "/missing.js"]) {
    const { headers } = await edge.get(path);
    const policy = headers["content-security-policy"];
    for (const part of ["default-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", "object-src 'none'", "frame-ancestors 'none'"]) {
      assert.ok(policy.includes(part), `${path}: ${policy}`);
    }
    const guards = [headers["x-frame-options"], headers["referrer-policy"], headers["x-content-type-options"]];
    assert.deepEqual(guards, ["DENY", "no-referrer", "nosniff"]);
    assert.match(headers["permissions-policy"], /camera=\(\)/);
  }
});

test("a file that is not there is no page: a browser would run it", async () => {
  const missing = ["/missing.js", "/throng-app-fedcba9876543210.js", "/lend/missing.wasm", "/%2e%2e/wrangler.toml", "/../wrangler.toml"];
  for (const path of missing) {
    const answer = await edge.get(path);
    assert.equal(answer.status, 404, path);
    assert.equal(answer.text.includes("page"), false, path);
    assert.notEqual(answer.headers["cache-control"], "public, max-age=31536000, immutable", path);
  }
});

test("the interface is the server's, though the page has every other path", async () => {
  for (const path of ["/api/v2/nothing", "/register", "/metrics", "/weights/none", "/.well-known/serviceinfo"]) {
    origin.on("GET", path, { body: { from: "server" } });
    assert.deepEqual((await edge.get(path)).json, { from: "server" }, path);
  }
});
