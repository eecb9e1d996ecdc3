// Where Cloudflare enters: loads the program, hands every call to it, and makes it anew after a panic, which leaves nothing in its
// memory that could be trusted. What the program does is in src/; it knows nothing of this file.

import program from "./index_bg.wasm";
import * as edge from "./index.js";

edge.initSync({ module: program });
// Kept outside of the program: whether it panicked, and how many times it was begun.
const life = edge.__worker_init_state();

// Whoever waited for the program that panicked is answered by Cloudflare with a 500; whoever comes later meets a new one.
function renew() {
  if (!life.criticalError) return;
  life.criticalError = false;
  edge.__wbg_reset_state();
}

// An object of the program behind one that Cloudflare may keep for longer than the program lives. What it has to remember is in
// its storage, so it is made anew from that.
function lasting(name) {
  return class {
    constructor(state, env) {
      this.made = { state, env };
      this.renewed();
    }

    renewed() {
      renew();
      if (this.begun !== life.instanceId) {
        this.inner = new edge[name](this.made.state, this.made.env);
        this.begun = life.instanceId;
      }
      return this.inner;
    }

    fetch(request) {
      return this.renewed().fetch(request);
    }

    alarm(why) {
      return this.renewed().alarm(why);
    }

    webSocketMessage(socket, message) {
      return this.renewed().webSocketMessage(socket, message);
    }

    webSocketClose(socket, code, reason, clean) {
      return this.renewed().webSocketClose(socket, code, reason, clean);
    }

    webSocketError(socket, error) {
      return this.renewed().webSocketError(socket, error);
    }
  };
}

export const Watched = lasting("Watched");
export const Sleepers = lasting("Sleepers");

export default {
  fetch(request, env, context) {
    renew();
    return edge.fetch(request, env, context);
  },
};
