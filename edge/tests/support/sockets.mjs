// Whoever watches over a WebSocket, frame by frame (RFC 6455): a client that knows the word with which it is closed as soon as it is said,
// where others wait for the connection to end, and that sees how it is refused.

import http from "node:http";
import { randomBytes } from "node:crypto";
import { PATIENCE } from "./edge.mjs";
import { Queue } from "./streams.mjs";

const TEXT = 1;
const CLOSE = 8;
const FINAL = 0x80;
const MASKED = 0x80;

// What a client sends that wants a WebSocket, but for what it says of itself.
export const HANDSHAKE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": Buffer.alloc(16, 1).toString("base64"),
};

export class Socket {
  // Opens one, which has to be there.
  static open(edge, path, { headers = {} } = {}) {
    const { hostname: host, port } = edge.url;
    const call = http.request({ host, port, path, headers: { ...HANDSHAKE, ...headers }, agent: false });
    const socket = new Socket();
    return new Promise((resolve, reject) => {
      call.on("upgrade", (answer, wire, first) => {
        socket.begin(answer, wire, first);
        resolve(socket);
      });
      call.on("response", (answer) => {
        answer.resume();
        reject(new Error(`${path}: ${answer.statusCode} instead of a WebSocket`));
      });
      call.on("error", reject);
      call.setTimeout(PATIENCE, () => call.destroy(new Error(`${path}: no answer within ${PATIENCE} ms`)));
      call.end();
    });
  }

  begin(answer, wire, first) {
    this.headers = answer.headers;
    this.wire = wire;
    this.queue = new Queue();
    this.rest = first;
    // With the code it was closed with; without one if the connection just ended.
    this.closed = new Promise((resolve) => (this.over = resolve));
    wire.setTimeout(0);
    wire.on("data", (bytes) => {
      this.rest = Buffer.concat([this.rest, bytes]);
      this.read();
    });
    wire.on("error", () => {});
    wire.on("close", () => this.over({ code: undefined }));
    this.read();
  }

  // Reads the frames that are there as a whole. What a server sends is not masked, and nothing here is sent in pieces.
  read() {
    for (;;) {
      if (this.rest.length < 2) return;
      const short = this.rest[1];
      const head = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (this.rest.length < head) return;
      const length = short < 126 ? short : short === 126 ? this.rest.readUInt16BE(2) : Number(this.rest.readBigUInt64BE(2));
      if (this.rest.length < head + length) return;
      const [kind, content] = [this.rest[0] & 15, this.rest.subarray(head, head + length)];
      this.rest = this.rest.subarray(head + length);
      if (kind === TEXT) this.queue.push(content.toString());
      if (kind === CLOSE) this.answerClose(content);
    }
  }

  answerClose(content) {
    this.over({ code: content.length < 2 ? undefined : content.readUInt16BE(0) });
    this.write(CLOSE, content);
    this.wire.end();
  }

  write(kind, content) {
    const mask = randomBytes(4);
    const masked = Buffer.from(content.map((byte, at) => byte ^ mask[at % 4]));
    const length = content.length < 126 ? [MASKED | content.length] : [MASKED | 126, content.length >> 8, content.length & 255];
    this.wire.write(Buffer.concat([Buffer.from([FINAL | kind, ...length]), mask, masked]));
  }

  // The next message as it came.
  next() {
    return this.queue.next();
  }

  // The next message, read.
  async news() {
    return JSON.parse(await this.next());
  }

  say(text) {
    this.write(TEXT, Buffer.from(text));
  }

  // Says that it goes, and goes when that was heard.
  async close() {
    const code = Buffer.alloc(2);
    code.writeUInt16BE(1000);
    this.write(CLOSE, code);
    await this.closed;
    this.wire.destroy();
  }
}
