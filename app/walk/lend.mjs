// Lends a tab as a volunteer would, in headless Chromium with a software WebGPU adapter: one click, a picture and a story made and
// credited, an idle tab told of a job, the device lost and found again, another tab kept waiting, Stop, a second start with the
// weights at hand; and all of it on the processor where there is no WebGPU. Prints one line of JSON with what it saw; ends with 1 and a
// sentence when something is not as a person would expect.
//
//   node lend.mjs http://127.0.0.1:7001 [--shots FOLDER] [--seconds 300]
//
// THRONG_BROWSER names the browser; without it the usual places are tried.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Wrong, QUIET, options, run, withBrowser } from "./browser.mjs";
import { ask, askPicture, askStory, look, owned } from "./horde.mjs";

const WEBGPU = ["--enable-unsafe-webgpu"];
// Every job asks for the same, so that another kind of worker can be asked for it, too.
const PICTURE = { prompt: "a red circle left of a blue square", seed: "7", width: 128, height: 128, steps: 10 };
const STORY = { prompt: "Write a fable about a fox and a crow.", tokens: 32 };
// A picture that keeps a software renderer busy for half a minute, while something else is tried.
const LONG = { ...PICTURE, seed: "8", steps: 14 };

// An idle tab asks by itself no sooner than after ten seconds, where it is told when there is work.
const TOLD_MS_MAX = 8_000;

// Before the worker's own lines: keeps every device it opens, so that one can be taken away; breaks off the first pieces of weights,
// as a bad line would, and counts those that come; and counts how often the worker asks to be told of work.
const WATCHED = `
  self.line = { broken: 0, came: 0, wakes: 0 };
  const fetched = self.fetch;
  self.fetch = (request) => {
    const path = new URL(request.url ?? request, self.location.href).pathname;
    if (path === "/wake") self.line.wakes += 1;
    if (!path.includes("/weights/")) return fetched.call(self, request);
    if (self.line.broken < 2) {
      self.line.broken += 1;
      return Promise.reject(new TypeError("the line broke"));
    }
    self.line.came += 1;
    return fetched.call(self, request);
  };
  self.devices = [];
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...given) {
    const device = await request.apply(this, given);
    self.devices.push(device);
    return device;
  };
`;

// Every worker that was started, the last one last.
const started = [];

async function watch(page, base) {
  page.on("worker", (worker) => started.push(worker));
  const lines = await (await fetch(`${base}/lend/worker.js`)).text();
  // Imports come first in a module, whatever stands before them; the patch runs before the program opens a device.
  const body = lines.replace("start().catch", `${WATCHED}\nstart().catch`);
  await page.route("**/lend/worker.js", (route) => route.fulfill({ contentType: "text/javascript", body }));
}

// What travelled today, by the page's own count.
const bytes = (page) => page.evaluate(() => JSON.parse(localStorage.getItem("throng.lend.travelled"))?.bytes ?? 0);
// What became of the weights on their way to the worker that was started last.
const line = () => started.at(-1).evaluate(() => self.line);

const state = (page) => page.locator("#lend-state").getAttribute("data-state");
const earned = async (page) => Number(await page.locator("#lend-earned").first().getAttribute("data-hundredths"));
const jobs = async (page) => Number(await page.locator("#lend-jobs").first().getAttribute("data-jobs"));

async function until(what, patience, look) {
  const end = performance.now() + patience;
  while (performance.now() < end) {
    const found = await look();
    if (found) return found;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Wrong(`${what}: not within ${patience / 1000} s`);
}

async function inState(page, wanted, patience) {
  const seen = new Set();
  try {
    await until(`the state ${wanted}`, patience, async () => {
      const now = await state(page);
      seen.add(now);
      if (now === "ended" && !wanted.includes("ended")) {
        throw new Wrong(`it ended: ${await page.locator("#lend-why").textContent()}`);
      }
      return wanted.includes(now);
    });
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    throw new Wrong(`${error.message} (went through ${[...seen].join(", ")}; "${await page.locator("#lend-state").textContent()}")`);
  }
}

async function begin(page, base, patience) {
  await page.goto(`${base}/#lend`, { timeout: patience });
  const button = page.locator("#lend-start");
  await button.waitFor({ timeout: patience });
  if ((await page.locator("#lend-stop").count()) > 0 && (await page.locator("#lend-stop").isVisible())) {
    throw new Wrong("it lends before anybody asked for it");
  }
  await button.click();
}

// Every promise of the ledger: what the page counted is what the owner and the worker have.
async function booksAgree(page, base) {
  const key = await page.evaluate(() => localStorage.getItem("throng.key"));
  const counted = await earned(page);
  const books = await until("the ledger and the page agree", 20_000, async () => {
    const found = await owned(base, key);
    return found.generated === counted && found.kudos + found.escrow === counted + found.uptime && found;
  }).catch(async () => {
    throw new Wrong(`the page counted ${counted} hundredths, the ledger ${JSON.stringify(await owned(base, key))}`);
  });
  return { ...books, counted };
}

// While a long picture is being made: what a person does on the page is answered at once.
async function interact(page) {
  await page.evaluate(() => {
    window.slowest = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.slowest = Math.max(window.slowest, entry.duration);
    }).observe({ type: "event", durationThreshold: 16, buffered: false });
  });
  await page.locator("#lend-duty").focus();
  for (let times = 0; times < 6; times += 1) {
    await page.keyboard.press("ArrowLeft");
    await page.waitForTimeout(150);
    await page.keyboard.press("ArrowRight");
    await page.waitForTimeout(150);
  }
  return page.evaluate(() => Math.round(window.slowest));
}

async function loseDevice(page, base, patience) {
  const before = await jobs(page);
  const request = await askPicture(base, LONG);
  await inState(page, ["busy"], patience);
  const lost = await started.at(-1).evaluate(() => {
    const device = self.devices.at(-1);
    device.destroy();
    return device.lost.then((info) => info.reason);
  });
  // Given back at once: long before a lease of minutes would end.
  const began = performance.now();
  await until("the job of the lost device is given back", 20_000, async () => {
    const progress = await look(base, request);
    return progress.processing === 0 && progress.waiting === 1;
  });
  const back_ms = Math.round(performance.now() - began);
  await inState(page, ["working", "busy"], patience);
  await until("the new worker finishes it", patience, async () => (await look(base, request)).done);
  await until("it is credited", patience, async () => (await jobs(page)) > before);
  return { lost, back_ms };
}

// An idle tab takes a job as soon as there is one: it is told, over one call that stays open.
async function wakes(page, base, patience) {
  await until("the tab listens for work", 10_000, async () => (await line()).wakes > 0);
  const done = await jobs(page);
  const began = performance.now();
  const request = await askPicture(base, PICTURE);
  await until("the idle tab takes a job", TOLD_MS_MAX, async () => (await look(base, request)).waiting === 0);
  const told_ms = Math.round(performance.now() - began);
  await until("it is credited", patience, async () => (await jobs(page)) > done);
  const { wakes: calls } = await line();
  // Once, or once more where the machine was too busy for a minute to listen.
  if (calls > 2) throw new Wrong(`the tab asked ${calls} times to be told of work`);
  return told_ms;
}

async function secondTab(context, base, patience) {
  const other = await context.newPage();
  await begin(other, base, patience);
  await inState(other, ["waiting"], patience);
  await other.locator("#lend-stop").click();
  await inState(other, ["ended", "idle"], 10_000);
  await other.close();
}

// Stop, in the middle of a picture: the worker is gone and its lock is free.
async function stop(page, base, patience) {
  const request = await askPicture(base, LONG);
  await inState(page, ["busy"], patience);
  const stopped_ms = await page.evaluate(async () => {
    const free = () => navigator.locks.request("throng.lend", { ifAvailable: true }, (lock) => lock !== null);
    const began = performance.now();
    document.getElementById("lend-stop").click();
    while (!(await free())) await new Promise((wake) => setTimeout(wake, 5));
    return Math.round(performance.now() - began);
  });
  await until("the job is given back", 10_000, async () => {
    const progress = await look(base, request);
    return progress.processing === 0;
  });
  await ask(base, "DELETE", `/api/v2/generate/status/${request}`);
  return stopped_ms;
}

// A browser without WebGPU: it says so, and the processor makes a small picture and a story all the same.
async function onTheProcessor({ base, patience }) {
  return withBrowser([...QUIET, "--disable-gpu"], async (context) => {
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(`${base}/#lend`, { timeout: patience });
    const offer = page.locator("#lend-cpu");
    // Some browsers have the name and no card behind it: then the offer comes when the start has failed.
    if (!(await offer.isVisible())) await page.locator("#lend-start").click();
    await offer.waitFor({ timeout: patience });
    await offer.click();
    await inState(page, ["working", "busy"], patience);
    const device = await page.locator("#lend-device").textContent();
    const picture = await (await askPicture(base, PICTURE, true)).result(patience);
    const story = await (await askStory(base, STORY, true)).result(patience);
    await until("both are credited", patience, async () => (await jobs(page)) >= 2);
    return { device, picture, story };
  });
}

// The tab is closed in the middle of a picture: its job is given back at once.
async function close(page, base, patience) {
  const request = await askPicture(base, LONG);
  await inState(page, ["busy"], patience);
  const began = performance.now();
  // As a person leaves: the page hears that it is going.
  await page.goto("about:blank");
  await until("the job of the closed tab is given back", 20_000, async () => (await look(base, request)).processing === 0);
  await ask(base, "DELETE", `/api/v2/generate/status/${request}`);
  return Math.round(performance.now() - began);
}

async function lend({ base, shots, patience }) {
  return withBrowser([...QUIET, ...WEBGPU], async (context) => {
    const page = context.pages()[0] ?? (await context.newPage());
    const troubles = [];
    page.on("pageerror", (error) => troubles.push(String(error)));
    await watch(page, base);
    const shoot = async (name) => shots && page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
    if (shots) mkdirSync(shots, { recursive: true });

    const began = performance.now();
    await begin(page, base, patience);
    await shoot("preparing");
    await inState(page, ["working", "busy"], patience);
    const ready_ms = Math.round(performance.now() - began);
    const first = await line();
    if (first.broken !== 2 || first.came === 0) throw new Wrong(`the line did what nobody expected: ${JSON.stringify(first)}`);
    const failed = await page.locator("#lend-tests").getAttribute("data-failed");
    if (failed !== "0") throw new Wrong(`${failed} kernel families failed: ${await page.locator("#lend-tests").textContent()}`);

    const picture = await (await askPicture(base, PICTURE, true)).result(patience);
    const story = await (await askStory(base, STORY, true)).result(patience);
    await until("both are credited", patience, async () => (await jobs(page)) >= 2);
    const books = await booksAgree(page, base);
    await shoot("earned");
    const told_ms = await wakes(page, base, patience);

    await secondTab(context, base, patience);
    const long = await askPicture(base, LONG);
    await inState(page, ["busy"], patience);
    await shoot("busy");
    const interaction_ms = await interact(page);
    await until("the long picture", patience, async () => (await look(base, long)).done);
    const loss = await loseDevice(page, base, patience);
    const after = await booksAgree(page, base);
    const stopped_ms = await stop(page, base, patience);
    await shoot("stopped");

    await page.unroute("**/lend/worker.js");
    const [travelled, done] = [await bytes(page), await jobs(page)];
    const again = performance.now();
    const waiting = await askPicture(base, PICTURE);
    await page.locator("#lend-start").click();
    await until("the first job after a second start", patience, async () => (await jobs(page)) > done);
    const credited_ms = Math.round(performance.now() - again);
    await look(base, waiting);
    const more = (await bytes(page)) - travelled;
    if (more > 1_000_000) throw new Wrong(`weights were fetched again: ${more} bytes travelled`);
    const device = await page.locator("#lend-device").textContent();
    const closed_ms = await close(page, base, patience);
    if (troubles.length > 0) throw new Wrong(`the page complained: ${troubles.join(" | ")}`);
    return { device, ready_ms, told_ms, credited_ms, interaction_ms, stopped_ms, closed_ms, loss, books, after, picture, story };
  });
}

await run(async () => {
  const given = options("lend.mjs");
  return { ...(await lend(given)), processor: await onTheProcessor(given) };
});
