// A server as the edge sees it, for tests of the edge alone: it answers what it was told to answer, notes every call, can be gone and
// come back. It decides nothing; what the real server answers is tested with the real one (real.mjs).

import http from "node:http";

export class Origin {
  static async start() {
    const origin = new Origin();
    origin.calls = [];
    origin.answers = new Map();
    origin.connections = 0;
    // Whether it hangs up on whoever calls.
    origin.hangsUp = false;
    await origin.listen(0);
    return origin;
  }

  async listen(port) {
    this.http = http.createServer((request, response) => this.answer(request, response));
    this.http.on("connection", (socket) => {
      this.connections += 1;
      if (this.hangsUp) socket.destroy();
    });
    await new Promise((resolve, reject) => {
      this.http.once("error", reject);
      this.http.listen(port, "127.0.0.1", resolve);
    });
    this.port = this.http.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  // Is gone: nobody listens there any more. It may be gone already.
  async stop() {
    const closed = new Promise((resolve) => this.http.close(resolve));
    this.http.closeAllConnections();
    await closed;
  }

  // Is back at the same address.
  again() {
    return this.listen(this.port);
  }

  // What to answer: `{ status, headers, body }`, where an object as body is JSON, or a function of the call that gives it, or a
  // promise of it; a function that takes a response too may write it by itself and gives nothing.
  on(method, path, answer) {
    this.answers.set(`${method} ${path}`, answer);
    return this;
  }

  // The calls of a method to a path, whatever their query.
  callsTo(method, path) {
    return this.calls.filter((call) => call.method === method && call.path === path);
  }

  count(method, path) {
    return this.callsTo(method, path).length;
  }

  async answer(request, response) {
    const [path, query = ""] = request.url.split("?");
    const call = { method: request.method, path, query, headers: request.headers, body: Buffer.alloc(0) };
    this.calls.push(call);
    try {
      for await (const piece of request) call.body = Buffer.concat([call.body, piece]);
    } catch {
      // It was hung up on: there is nobody to answer.
      return;
    }
    const known = this.answers.get(`${request.method} ${path}`) ?? unknown;
    const answer = typeof known === "function" ? await known(call, response) : known;
    if (answer) write(response, answer);
  }
}

const unknown = { status: 404, body: { message: "There is no such path.", rc: "PathNotFound" } };

function write(response, { status = 200, headers = {}, body = "" }) {
  const isJson = typeof body === "object" && !Buffer.isBuffer(body);
  const bytes = isJson ? JSON.stringify(body) : body;
  const kind = { "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(bytes) };
  response.writeHead(status, { ...kind, ...headers });
  response.end(bytes);
}

// An answer about a request with the number of the look.
export const looked = (sequence, body) => ({ headers: { "throng-sequence": String(sequence) }, body });
