// How the page learns how far its requests are: it is told over a stream, and looks only where there is none. Here is what the walk
// checks of that; making pictures and stories is in walk.mjs.

import { Wrong } from "./browser.mjs";
import { askPicture } from "./horde.mjs";

const STREAMS = "**/watch/**";
// The first look of a page that is not told comes after 400 ms, and then one each second.
const LOOKS_MAX = 2;
// Long enough to tell the two apart: a page that is not told looks four times or more.
const LONG_MS = 5_000;
// Pictures that are asked for just before, so that the page's own has to wait; more of them where that was not long enough.
const AHEAD = [2, 6, 18];
const PICTURE = { prompt: "a green triangle", seed: "3", width: 256, height: 256, steps: 30 };
// How a request stands, as the server says it; the number is that of no real look.
const WAITING = {
  finished: 0, processing: 0, restarted: 0, waiting: 1, done: false, faulted: false,
  wait_time: 1, queue_position: 1, kudos: 1, is_possible: true,
};
const NUMBER = "7";

// Counts the page's calls about its requests, from now on.
export function askedBy(page) {
  const asked = { watches: 0, looks: 0 };
  page.on("request", (request) => {
    const path = new URL(request.url()).pathname;
    if (path.startsWith("/watch/")) asked.watches += 1;
    if (/^\/api\/v2\/generate\/(check|text\/status)\//.test(path)) asked.looks += 1;
  });
  return asked;
}

// What a browser writes about a call that was refused on purpose; were others refused, the page would look too often.
export const isRefusedWatch = (line) => line.text().includes("404") && line.location().url.includes("/watch/");

// Makes something; what came of it, and which calls it took.
async function counted(asked, make) {
  const before = { ...asked };
  const made = await make();
  return { made, watches: asked.watches - before.watches, looks: asked.looks - before.looks };
}

function wasTold({ watches, looks, made }) {
  if (watches === 0) throw new Wrong("the page did not ask to be told how far its request is");
  if (looks > LOOKS_MAX) throw new Wrong(`the page looked ${looks} times in ${made.ms} ms although it was told`);
}

// Makes something of which the page is told.
export async function told(asked, make) {
  const calls = await counted(asked, make);
  wasTold(calls);
  return calls.made;
}

// The same with a picture that takes several seconds.
export async function toldForLong(base, asked, makePicture) {
  for (const n of AHEAD) {
    await askPicture(base, { ...PICTURE, n });
    const calls = await counted(asked, makePicture);
    wasTold(calls);
    const { made: { ms }, watches, looks } = calls;
    if (ms >= LONG_MS) return { ms, watches, looks };
  }
  throw new Wrong(`with ${AHEAD.at(-1)} pictures before it the page's came within ${LONG_MS} ms: too soon to see whether it looks`);
}

// The stream breaks after its first event: the page comes back and says what it knows already.
export async function brokenOff(page, asked, makePicture) {
  const known = [];
  await page.route(STREAMS, async (route) => {
    known.push(route.request().headers()["last-event-id"]);
    if (known.length > 1) return route.continue();
    const body = `retry: 500\n\nid: ${NUMBER}\ndata: ${JSON.stringify(WAITING)}\n\n`;
    return route.fulfill({ status: 200, contentType: "text/event-stream", body });
  });
  const { made, watches, looks } = await counted(asked, makePicture);
  await page.unroute(STREAMS);
  if (known[0] !== undefined || known[1] !== NUMBER) throw new Wrong(`the page did not take up the broken stream: ${JSON.stringify(known)}`);
  wasTold({ made, watches, looks });
  return { ms: made.ms, watches, looks };
}

// A server that has no streams: the page asks for one, and then looks.
export async function notTold(page, asked, makePicture) {
  const refusal = { status: 404, contentType: "application/json", body: JSON.stringify({ message: "Not found" }) };
  await page.route(STREAMS, (route) => route.fulfill(refusal));
  const { made, watches, looks } = await counted(asked, makePicture);
  await page.unroute(STREAMS);
  if (watches !== 1) throw new Wrong(`the page asked ${watches} times for a stream that there is not`);
  if (looks === 0) throw new Wrong("the page did not look although it was not told");
  return { ms: made.ms, watches, looks };
}
