// The server as a requester without an account sees it, over the plain wire.

import { Wrong } from "./browser.mjs";

const ANONYMOUS = "0000000000";
// Slower than the tightest rate limit of a status route: one a second.
const LOOK_EVERY_MS = 1100;

export async function ask(base, method, path, body, key = ANONYMOUS) {
  const headers = { apikey: key, "content-type": "application/json", "throng-extensions": "1" };
  const answer = await fetch(`${base}${path}`, { method, headers, body: body && JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) throw new Wrong(`${method} ${path}: ${answer.status} ${JSON.stringify(said)}`);
  return said;
}

// Asks for a picture, or for `n`; its id, or with `whole` an object whose `result` waits for it.
export async function askPicture(base, { prompt, seed, width, height, steps, n }, whole = false) {
  const params = { seed, width, height, steps, n, sampler_name: "k_euler", cfg_scale: 5 };
  const asked = await ask(base, "POST", "/api/v2/generate/async", { prompt, models: ["throng-shapes"], nsfw: false, r2: false, params });
  return whole ? { id: asked.id, result: (patience) => result(base, `/api/v2/generate/status/${asked.id}`, patience) } : asked.id;
}

// Asks for a story in which nothing is left to chance: always the likeliest token.
export async function askStory(base, { prompt, tokens }, whole = false) {
  const params = { max_length: tokens, max_context_length: 512, top_k: 1 };
  const asked = await ask(base, "POST", "/api/v2/generate/text/async", { prompt, models: ["throng-fables"], nsfw: false, params });
  return whole ? { id: asked.id, result: (patience) => result(base, `/api/v2/generate/text/status/${asked.id}`, patience) } : asked.id;
}

export const look = (base, id) => ask(base, "GET", `/api/v2/generate/check/${id}`);

async function result(base, path, patience) {
  const end = performance.now() + patience;
  while (performance.now() < end) {
    const status = await ask(base, "GET", path);
    if (status.faulted) throw new Wrong(`given up: ${JSON.stringify(status)}`);
    if (status.done) {
      const { img, text, worker_name: worker } = status.generations[0];
      return { img, text, worker };
    }
    await new Promise((wake) => setTimeout(wake, LOOK_EVERY_MS));
  }
  throw new Wrong(`${path}: no result within ${patience / 1000} s`);
}

// What a key's owner and their workers have, in hundredths of a kudos.
export async function owned(base, key) {
  const user = await ask(base, "GET", "/api/v2/find_user", undefined, key);
  const hundredths = (kudos) => Math.round((kudos ?? 0) * 100);
  let generated = 0;
  let uptime = 0;
  for (const id of user.worker_ids ?? []) {
    const worker = await ask(base, "GET", `/api/v2/workers/${id}`, undefined, key);
    generated += hundredths(worker.kudos_details?.generated);
    uptime += hundredths(worker.kudos_details?.uptime);
  }
  return { generated, uptime, kudos: hundredths(user.kudos), escrow: hundredths(user.evaluating_kudos) };
}
