// What the walks share: finding the browser, starting it with an empty profile, and ending with one line of JSON or a sentence.

import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"];

// No call home of its own, and no sandbox, which root may not have.
export const QUIET = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

// Something is not as a person would expect; the words say what.
export class Wrong extends Error {}

export function options(program) {
  const words = process.argv.slice(2);
  const base = words.find((word) => word.startsWith("http"));
  if (!base) throw new Wrong(`usage: node ${program} http://HOST:PORT [--shots FOLDER] [--seconds N]`);
  const after = (flag) => (words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined);
  return { base, shots: after("--shots"), patience: Number(after("--seconds") ?? 90) * 1000 };
}

function browserPath() {
  const places = process.env.THRONG_BROWSER ? [process.env.THRONG_BROWSER] : PLACES;
  for (const place of places) {
    try {
      accessSync(place, constants.X_OK);
      return place;
    } catch {
      // Not there: the next.
    }
  }
  throw new Wrong(`no browser: looked at ${places.join(", ")}; set THRONG_BROWSER`);
}

// Runs a visit in a fresh browser and sweeps up behind it.
export async function withBrowser(args, visit) {
  const profile = mkdtempSync(join(tmpdir(), "throng-walk-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: browserPath(), headless: true, args, viewport: { width: 1280, height: 900 },
  });
  try {
    return await visit(context);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

export async function run(visit) {
  try {
    process.stdout.write(`${JSON.stringify(await visit())}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Wrong ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}
