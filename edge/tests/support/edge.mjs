// The built edge in Cloudflare's own runtime, on this machine and without a network: started with the setup of wrangler.toml, called
// as a client calls it. Not here: what stands behind it (origin.mjs, server.mjs),
// whoever watches (streams.mjs, sockets.mjs).

import http from "node:http";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { KEY } from "./signed.mjs";

// Nothing is reported, looked up or written down elsewhere: what is imported then reads these when it is loaded.
const QUIET = { WRANGLER_SEND_METRICS: "false", WRANGLER_WRITE_LOGS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };
Object.assign(process.env, { CI: "1", ...QUIET });
const { createTestHarness, unstable_startWorker: startWorker } = await import("wrangler");

const FOLDER = fileURLToPath(new URL("../..", import.meta.url));
// Longer than anything takes on a busy machine.
export const PATIENCE = 30_000;
// A page of two files, where a test needs none in particular.
const PAGE = { "index.html": "<!doctype html><p>page</p>" };

// Changes to the setup that some tests need.
export const withPictures = (setup) => {
  const marked = /^# (\[\[r2_buckets\]\]|binding = "PICTURES"|bucket_name = .*)$/gm;
  return replaced(setup, marked, "$1");
};
export const withoutLimits = (setup) => replaced(setup, /^\[\[ratelimits\]\]\nname = .*\nnamespace_id = .*\nsimple = .*\n/gm, "");
export const withLimit = (name, limit) => (setup) =>
  replaced(setup, new RegExp(`(name = "${name}"\nnamespace_id = .*\nsimple = \\{ limit = )\\d+`), `$1${limit}`);
export const setupText = () => readFileSync(join(FOLDER, "wrangler.toml"), "utf8");

function replaced(text, what, by) {
  const changed = text.replace(what, by);
  if (changed === text) throw new Error(`wrangler.toml does not hold ${what}`);
  return changed;
}

export class Edge {
  // `origins` are what stands behind, in order; `key` is null where the operator gave none. With `evictable`, objects can be put to
  // sleep; but then calls to servers go through this process, which answers 500 where a server cannot be reached, and does not tell
  // it that nobody waits any more. Without, the runtime itself makes them, as it does everywhere else.
  static async start({ origins = [], key = KEY, vars = {}, change = (setup) => setup, page = PAGE, evictable = false }) {
    const edge = new Edge();
    edge.folder = mkdtempSync(join(tmpdir(), "throng-edge-"));
    const config = edge.write(change, page);
    const said = { ORIGINS: origins.map(({ url }) => url).join(","), ...vars };
    const secrets = key === null ? {} : { EDGE_KEY: key };
    try {
      await (evictable ? edge.harness(config, said, secrets) : edge.run(config, said, secrets));
    } catch (error) {
      rmSync(edge.folder, { recursive: true, force: true });
      throw error;
    }
    return edge;
  }

  // The setup as it is deployed, but for where things are: from a folder of its own, so that no developer's secret is found.
  write(change, page) {
    const assets = join(this.folder, "page");
    for (const [name, content] of Object.entries(page)) {
      mkdirSync(dirname(join(assets, name)), { recursive: true });
      writeFileSync(join(assets, name), content);
    }
    let setup = replaced(change(setupText()), 'main = "build/index.js"', `main = "${join(FOLDER, "build/index.js")}"`);
    setup = replaced(setup, 'base_dir = "build"', `base_dir = "${join(FOLDER, "build")}"`);
    setup = replaced(setup, 'directory = "../dist"', `directory = "${assets}"`);
    const config = join(this.folder, "wrangler.toml");
    writeFileSync(config, setup);
    return config;
  }

  async run(config, vars, secrets) {
    const typed = (type, all) => Object.entries(all).map(([name, value]) => [name, { type, value }]);
    const bindings = Object.fromEntries([...typed("plain_text", vars), ...typed("secret_text", secrets)]);
    const dev = { server: { hostname: "127.0.0.1", port: 0 }, logLevel: "none", watch: false, persist: false, inspector: false };
    const worker = await startWorker({ config, bindings, dev });
    this.end = () => worker.dispose();
    await worker.ready;
    this.url = new URL(await worker.url);
  }

  async harness(config, vars, secrets) {
    const server = createTestHarness({ workers: [{ configPath: config, vars, secrets }] });
    this.end = () => server.close();
    this.url = new URL((await server.listen()).url);
    this.worker = server.getWorker();
  }

  // Puts an object to sleep, as the runtime does with one that has nothing to do: it forgets everything but what it stored, and its
  // sockets stay open.
  async sleeps(className, name) {
    await this.worker.evictDurableObject(className, { name, webSockets: "hibernate" });
  }

  async stop() {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get(path, headers = {}) {
    return this.call("GET", path, { headers });
  }

  post(path, body, headers = {}) {
    const json = { "content-type": "application/json", ...headers };
    return this.call("POST", path, { headers: json, body: typeof body === "string" ? body : JSON.stringify(body) });
  }

  // Calls as a plain client does: no header but these and those of HTTP itself, and bytes as they come.
  async call(method, path, { headers = {}, body } = {}) {
    const answer = await this.begin(method, path, { headers, body });
    const pieces = [];
    for await (const piece of answer) pieces.push(piece);
    return new Answer(answer.statusCode, answer.headers, Buffer.concat(pieces));
  }

  // The same up to the head of the answer, for bodies that take their time. A `body` that is a function writes it by itself.
  begin(method, path, { headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
      const length = body === undefined || typeof body === "function" ? {} : { "content-length": Buffer.byteLength(body) };
      const address = new URL(this.url);
      // The path as it stands, for URL would tidy it.
      const options = { host: address.hostname, port: address.port, method, path, headers: { ...length, ...headers }, agent: false };
      const call = http.request(options, resolve);
      call.on("upgrade", (answer, socket) => {
        socket.destroy();
        reject(new Error(`${method} ${path}: answered with a WebSocket`));
      });
      call.on("error", reject);
      call.setTimeout(PATIENCE, () => call.destroy(new Error(`${method} ${path}: no answer within ${PATIENCE} ms`)));
      if (typeof body === "function") body(call);
      else call.end(body);
    });
  }
}

class Answer {
  constructor(status, headers, body) {
    Object.assign(this, { status, headers, body });
  }

  get text() {
    return this.body.toString();
  }

  get json() {
    return JSON.parse(this.text);
  }

  // How it came about.
  get how() {
    return this.headers["throng-edge"];
  }
}

// Does something again and again until it brings what is wanted, and gives that; ends with the last that came when it takes too long.
export async function until(act, wanted, { every = 50, patience = PATIENCE } = {}) {
  const end = performance.now() + patience;
  for (;;) {
    const came = await act();
    if (wanted(came)) return came;
    if (performance.now() > end) throw new Error(`not within ${patience} ms; the last was ${JSON.stringify(came)}`);
    await new Promise((wake) => setTimeout(wake, every));
  }
}
