// Walks through the page as a person would, in headless Chromium: types a prompt, presses Create, waits for the picture and
// checks that the browser decoded it; then does the same for a story. Sees, too, that the page is told how far its requests are
// and does not ask again and again (watch.mjs). Prints one line of JSON with what it saw and how long it took; ends with 1 and a
// sentence when something is not as a person would expect.
//
//   node walk.mjs http://127.0.0.1:7001 [--shots FOLDER] [--seconds 90]
//
// THRONG_BROWSER names the browser; without it the usual places are tried.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Wrong, QUIET, options, run, withBrowser } from "./browser.mjs";
import { askedBy, brokenOff, isRefusedWatch, notTold, told, toldForLong } from "./watch.mjs";

const PICTURE_PROMPT = "a red circle left of a blue square";
const STORY_PROMPT = "Write a fable about a fox and a crow";

// Waits for something to be seen, or for the page to say why it will not be.
async function seen(page, selector, what, patience) {
  const came = page.locator(selector).first().waitFor({ state: "visible", timeout: patience }).then(() => "came");
  const refused = page.locator(".failed .headline, .complaint").first().waitFor({ timeout: patience }).then(() => "refused");
  const first = await Promise.any([came, refused]).catch(() => "late");
  if (first === "came") return;
  const said = await page.locator("[role=status]").first().textContent().catch(() => "");
  throw new Wrong(first === "refused" ? `${what}: the page says "${said}"` : `${what}: not within ${patience / 1000} s; the page says "${said}"`);
}

async function makePicture(page, patience) {
  await page.getByLabel("What should the picture show?").fill(PICTURE_PROMPT);
  const made = page.locator(".print img");
  const before = (await made.count()) > 0 ? await made.first().getAttribute("src") : "";
  const began = performance.now();
  await page.getByRole("button", { name: "Create picture" }).click();
  await seen(page, `.print img:not([src="${before}"])`, "the picture", patience);
  const image = made.first();
  const size = await image.evaluate(async (node) => {
    await node.decode();
    return { width: node.naturalWidth, height: node.naturalHeight, src: node.currentSrc };
  });
  if (!(size.width >= 64 && size.height >= 64)) throw new Wrong(`the picture is ${size.width} × ${size.height}`);
  return { ...size, ms: Math.round(performance.now() - began), facts: await facts(page) };
}

async function makeStory(page, patience) {
  await page.getByRole("radio", { name: "Story" }).check({ force: true });
  await page.getByLabel("What should the story tell?").fill(STORY_PROMPT);
  const began = performance.now();
  await page.keyboard.press("Control+Enter");
  await seen(page, ".leaf .text", "the story", patience);
  const text = (await page.locator(".leaf .text").textContent()).trim();
  if (text.split(/\s+/).length < 10) throw new Wrong(`the story is too short to be one: "${text}"`);
  return { words: text.split(/\s+/).length, text, ms: Math.round(performance.now() - began), facts: await facts(page) };
}

async function facts(page) {
  return page.locator(".facts").first().evaluate((list) =>
    Object.fromEntries([...list.querySelectorAll("dt")].map((name) => [name.textContent, name.nextElementSibling.textContent])));
}

async function walk({ base, shots, patience }) {
  return withBrowser([...QUIET, "--disable-gpu"], async (context) => {
    const troubles = [];
    const page = context.pages()[0] ?? (await context.newPage());
    page.on("pageerror", (error) => troubles.push(String(error)));
    page.on("console", (line) => line.type() === "error" && !isRefusedWatch(line) && troubles.push(line.text()));
    const asked = askedBy(page);
    const began = performance.now();
    await page.goto(base, { timeout: patience });
    await page.getByRole("button", { name: "Create picture" }).waitFor({ timeout: patience });
    const start_ms = Math.round(performance.now() - began);
    const shoot = async (name) => shots && page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
    if (shots) mkdirSync(shots, { recursive: true });
    await shoot("empty");
    const picture = await told(asked, () => makePicture(page, patience));
    await page.waitForTimeout(shots ? 700 : 0);
    await shoot("picture");
    if (shots) await otherLooks(page, shoot, "picture");
    const story = await told(asked, () => makeStory(page, patience));
    await shoot("story");
    if (shots) await otherLooks(page, shoot, "story");
    await page.getByRole("radio", { name: "Picture" }).check({ force: true });
    const another = () => makePicture(page, patience);
    const watching = {
      long: await toldForLong(base, asked, another),
      broken: await brokenOff(page, asked, another),
      untold: await notTold(page, asked, another),
    };
    if (troubles.length > 0) throw new Wrong(`the page complained: ${troubles.join(" | ")}`);
    return { base, start_ms, picture, story, watching };
  });
}

async function otherLooks(page, shoot, name) {
  await page.emulateMedia({ colorScheme: "dark" });
  await shoot(`${name}-dark`);
  await page.setViewportSize({ width: 390, height: 844 });
  await shoot(`${name}-phone-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await shoot(`${name}-phone`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) throw new Wrong(`the page is ${wide} pixels wider than a phone`);
  await page.setViewportSize({ width: 1280, height: 900 });
}

await run(() => walk(options("walk.mjs")));
