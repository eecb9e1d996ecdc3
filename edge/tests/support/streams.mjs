// Whoever watches over Server-Sent Events: read one at a time, with patience. WebSockets are in sockets.mjs.

import { PATIENCE } from "./edge.mjs";

// What came and was not looked at yet.
export class Queue {
  came = [];
  waiting = [];

  push(value) {
    const first = this.waiting.shift();
    if (first) first(value);
    else this.came.push(value);
  }

  async next() {
    if (this.came.length > 0) return this.came.shift();
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`nothing came within ${PATIENCE} ms`)), PATIENCE);
    });
    const next = new Promise((resolve) => this.waiting.push(resolve));
    try {
      return await Promise.race([next, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

// A stream of events.
export class Events {
  // Opens one, which has to be there.
  static async open(edge, path, headers = {}) {
    const answer = await edge.begin("GET", path, { headers: { accept: "text/event-stream", ...headers } });
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode}`);
    const events = new Events();
    events.headers = answer.headers;
    events.answer = answer;
    events.queue = new Queue();
    events.rest = "";
    answer.setEncoding("utf8");
    answer.on("data", (text) => events.read(text));
    // However it ends, nothing more comes.
    answer.on("close", () => events.queue.push(null));
    answer.on("error", () => {});
    return events;
  }

  read(text) {
    const blocks = (this.rest + text).split("\n\n");
    this.rest = blocks.pop();
    for (const block of blocks) {
      const fields = block.split("\n").map((line) => /^([^:]*): ?(.*)$/.exec(line)?.slice(1) ?? [line, ""]);
      const all = (name) => fields.filter(([known]) => known === name).map(([, value]) => value);
      if (all("retry").length > 0) this.retry = Number(all("retry")[0]);
      // Comments and settings are no events.
      if (all("data").length > 0) this.queue.push({ id: all("id")[0], name: all("event")[0], data: all("data").join("\n") });
    }
  }

  // The next event; null when the stream has ended.
  next() {
    return this.queue.next();
  }

  close() {
    this.answer.destroy();
  }
}
