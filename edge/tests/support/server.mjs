// A real server: `throng-server` with a private database in a folder of its own, which is gone when it stops. THRONG_SERVER_BIN names the
// binary; `cargo xtask edge test` builds it and says where it is.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./edge.mjs";

// A fresh cluster on a busy machine.
const START_MILLIS_MAX = 90_000;
const STOP_MILLIS_MAX = 30_000;

export class Server {
  // Prepares a server at a free port; `start` starts it, `key` tells the edge's key before.
  static async prepare() {
    const binary = process.env.THRONG_SERVER_BIN;
    if (!binary) throw new Error("THRONG_SERVER_BIN does not say where the server is; `cargo xtask edge test` does");
    const server = new Server();
    server.binary = binary;
    server.data = mkdtempSync(join(tmpdir(), "throng-server-"));
    // PostgreSQL may have to run as another user, who must be able to enter the folder.
    chmodSync(server.data, 0o755);
    server.port = await freePort();
    server.url = `http://127.0.0.1:${server.port}`;
    return server;
  }

  // Starts a role of the binary on the data; what it logs is shown when a test fails to understand it.
  spawn(role, more, stdout) {
    const { DATABASE_URL, THRONG_DATA, THRONG_LISTEN, ...env } = process.env;
    const child = spawn(this.binary, [role, "--data", this.data, ...more], { env, stdio: ["ignore", stdout, "pipe"] });
    child.log = "";
    child.stderr.on("data", (text) => (child.log = (child.log + text).slice(-20_000)));
    return child;
  }

  // The key that the edge knows it by.
  async key() {
    const child = this.spawn("edge-key", [], "pipe");
    let said = "";
    child.stdout.on("data", (text) => (said += text));
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`edge-key ended with ${code}: ${child.log}`);
    return said.trim();
  }

  async start(flags) {
    this.child = this.spawn("serve", ["--listen", `127.0.0.1:${this.port}`, ...flags], "ignore");
    await until(async () => {
      if (this.child.exitCode !== null) throw new Error(`the server ended with ${this.child.exitCode}: ${this.child.log}`);
      return fetch(`${this.url}/api/v2/status/heartbeat`).then(({ ok }) => ok, () => false);
    }, (is_there) => is_there, { patience: START_MILLIS_MAX });
  }

  // Asks it to finish, and waits for that.
  async end() {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MILLIS_MAX);
    await ended;
    clearTimeout(timer);
  }

  async stop() {
    await this.end();
    rmSync(this.data, { recursive: true, force: true });
  }
}

async function freePort() {
  const listener = net.createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  await once(listener, "close");
  return port;
}
