import { chromium } from "playwright-core";
const base = process.argv[2]; const secs = Number(process.argv[3] ?? 60);
const ctx = await chromium.launchPersistentContext("/tmp/lend/profile2", { executablePath: "/usr/bin/chromium", headless: true, args: ["--no-sandbox","--disable-quic","--no-first-run","--disable-background-networking","--disable-component-update","--disable-sync","--enable-unsafe-webgpu", ...process.argv.slice(4)], viewport: { width: 1280, height: 900 } });
const page = ctx.pages()[0];
page.on("pageerror", (e) => console.log("pageerror", String(e).slice(0,500)));
await page.addInitScript(() => { const W = Worker; window.Worker = class extends W { constructor(...a) { super(...a); this.addEventListener("message", (e) => { if (!/Moved|Fetching|Tested/.test(e.data)) console.log("msg", String(e.data).slice(0,260))}); this.addEventListener("error", (e) => console.log("workererror", e.message)); } }; });
page.on("console", (m) => console.log(((performance.now())/1000).toFixed(2), m.text().slice(0,300)));
const PATCH = `
self.n = { pipelines: 0, modules: 0, dispatch: 0, submit: 0, map: 0, write: 0, buffers: 0, wait: 0, bind: 0, t: {} };
const wrap = (proto, name, key) => { const f = proto[name]; proto[name] = function (...a) { self.n[key] += 1; const t = performance.now(); const r = f.apply(this, a); self.n.t[key] = (self.n.t[key] ?? 0) + performance.now() - t; return r; }; };
wrap(GPUDevice.prototype, "createComputePipeline", "pipelines");
wrap(GPUDevice.prototype, "createShaderModule", "modules");
wrap(GPUDevice.prototype, "createBuffer", "buffers");
wrap(GPUDevice.prototype, "createBindGroup", "bind");
wrap(GPUComputePassEncoder.prototype, "dispatchWorkgroups", "dispatch");
wrap(GPUQueue.prototype, "submit", "submit");
wrap(GPUQueue.prototype, "writeBuffer", "write");
const m = GPUBuffer.prototype.mapAsync; GPUBuffer.prototype.mapAsync = function (...a) { self.n.map += 1; const t = performance.now(); const p = m.apply(this, a); p.then(() => { self.n.wait += performance.now() - t; }); return p; };
`;
await page.route("**/lend/worker.js", async (route) => { const answer = await route.fetch(); const lines = await answer.text(); await route.fulfill({ response: answer, body: lines.replace("start().catch", PATCH + "\nstart().catch") }); });
await page.goto(base + "/#lend");
await page.locator("#lend-start").click();
for (let i = 0; i < secs / 5; i++) { await page.waitForTimeout(5000); const w = page.workers()[0]; if (w) console.log((performance.now()/1000).toFixed(2), JSON.stringify(await w.evaluate(() => self.n))); }
await ctx.close();
