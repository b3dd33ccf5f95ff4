// Lighthouse on every page of the way, the ones behind a gesture included; what moves while a page stands; and what the
// first page weighs.

import assert from "node:assert/strict";
import net from "node:net";
import { after, before, test } from "node:test";
import { desktopConfig, startFlow } from "lighthouse";
import puppeteer from "puppeteer-core";
import { Sealpost, Sink, codeOf, freePort, linkOf, submit, until } from "./harness.mjs";
import { letter } from "./letters.mjs";

const ASK = "Email me a security code";
/** What a page may weigh when nothing of it is cached, as it travels (PAGES). */
const FIRST_LOAD = 150_000;
const JUDGED = ["accessibility", "best-practices"];
const WINDOWS = {
  phone: { extends: "lighthouse:default", screen: { width: 375, height: 740, deviceScaleFactor: 2, mobile: true }, formFactor: "mobile" },
  desktop: { ...desktopConfig, screen: { width: 1280, height: 900, deviceScaleFactor: 1, mobile: false }, formFactor: "desktop" },
};

let sink;
let sealpost;
let browser;
let wire;

before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.create({ sink });
  wire = await Wire.start(sealpost.http);
  sealpost.origin = `http://localhost:${wire.port}`;
  sealpost.environment = { SEALPOST__VIEWER__PUBLIC_URL: sealpost.origin };
  await sealpost.run();
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args });
});

after(async () => {
  await browser?.close();
  await sealpost?.stop();
  wire?.server.close();
  await sink?.stop();
});

/** Lies before the viewer and counts what comes from it, headers and all. */
class Wire {
  octets = 0;

  static async start(to) {
    const self = new Wire();
    self.server = net.createServer((near) => {
      const far = net.connect(to, "127.0.0.1");
      near.pipe(far).pipe(near);
      far.on("data", (octets) => (self.octets += octets.length));
      for (const end of [near, far]) end.on("error", () => [near, far].forEach((one) => one.destroy()));
    });
    self.port = await freePort();
    await new Promise((done) => self.server.listen(self.port, "127.0.0.1", done));
    return self;
  }
}

async function announced(to) {
  assert.match(await submit(sealpost.smtp, { to: [to], raw: letter({ to }) }), /^250 /);
  return { to, link: linkOf(await sink.of("notice", to)) };
}

/** Counts what moves without a gesture half a second before it, as the layout shift of the Web Vitals does. */
const watchShifts = () => {
  globalThis.shifts = [];
  const shown = ({ node, previousRect, currentRect }) => `${node?.className || node?.nodeName}: ${previousRect.y} to ${currentRect.y}`;
  const hear = (list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) if (!hadRecentInput) globalThis.shifts.push({ value, what: sources.map(shown) });
  };
  new PerformanceObserver(hear).observe({ type: "layout-shift", buffered: true });
};

const rows = [];
const faults = [];

function report(device, name, { categories, audits }, moved) {
  rows.push([device, name, ...JUDGED.map((one) => Math.round(100 * categories[one].score)), moved.reduce((sum, { value }) => sum + value, 0)]);
  const short = JUDGED.flatMap((one) => categories[one].auditRefs.filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 1));
  faults.push(...short.map(({ id }) => `${device}, ${name}: ${id}: ${JSON.stringify(audits[id].details?.items ?? "").slice(0, 400)}`));
  faults.push(...moved.map(({ value, what }) => `${device}, ${name}: moved by ${value}: ${what.join("; ")}`));
}

for (const [device, { screen, formFactor, ...rest }] of Object.entries(WINDOWS)) {
  test(`on a ${device}: nothing for Lighthouse to find, nothing that jumps`, async () => {
    const message = await announced(`patient-${device}@example.com`);
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await page.setViewport({ ...screen, isMobile: screen.mobile, hasTouch: screen.mobile });
    await page.evaluateOnNewDocument(watchShifts);
    const settings = { onlyCategories: JUDGED, formFactor, screenEmulation: { ...screen, disabled: false }, throttlingMode: "provided", disableFullPageScreenshot: true, skipAboutBlank: true, pauseAfterFcpMs: 0, pauseAfterLoadMs: 0, networkQuietThresholdMs: 250, cpuQuietThresholdMs: 0 };
    const flow = await startFlow(page, { config: { ...rest, settings: { ...rest.settings, ...settings } } });

    const moves = [];
    const judge = async (looking) => {
      await looking();
      moves.push(await page.evaluate(() => globalThis.shifts.splice(0)));
    };
    const snapshot = (name) => judge(() => flow.snapshot({ name }));
    const button = (name) => page.locator(`::-p-aria([name="${name}"][role="button"])`);
    const heading = (words) => page.waitForFunction((wanted) => document.querySelector("h1")?.textContent.trim() === wanted, {}, words);

    await judge(() => flow.navigate(message.link, { name: "landing, as it loads" }));
    await button(ASK).wait();
    await snapshot("landing");
    await button(ASK).click();
    const code = page.locator("#code");
    await code.wait();
    await snapshot("code");
    await code.fill("1");
    await button("Continue").click();
    await page.waitForSelector(".error-summary");
    await snapshot("code, error");
    await code.fill(codeOf(await sink.of("code", message.to)));
    await button("Continue").click();
    await heading("Your appointment on Thursday");
    await page.waitForNetworkIdle();
    await snapshot("message");
    await button("Reply securely").click();
    await heading("Reply securely");
    await page.locator("#reply-text").fill("Thank you");
    await snapshot("reply");
    await button("Send reply").click();
    await heading("Reply sent");
    await snapshot("reply sent");
    await button("Back to the message").click();
    await heading("Your appointment on Thursday");
    await button("Close message").click();
    await heading("Message closed");
    await snapshot("closed");
    // They are made of the same parts, so one window is enough for them.
    for (const name of device === "phone" ? ["", "genuine", "privacy", "accessibility", "cookies"] : []) {
      await page.goto(`${sealpost.origin}/${name}`);
      await snapshot(`/${name}`);
    }
    (await flow.createFlowResult()).steps.forEach(({ name, lhr }, n) => report(device, name, lhr, moves[n]));
    await context.close();
  });
}

test("the table", () => {
  const line = ([device, name, access, practice, moved]) => `${device.padEnd(8)}  ${name.padEnd(20)}  ${String(access).padStart(13)}  ${String(practice).padStart(14)}  ${moved.toFixed(3).padStart(6)}`;
  console.log([`${"".padEnd(30)}  accessibility  best practices  shifts`, ...rows.map(line)].join("\n"));
  assert.equal(rows.length, 21);
  assert.deepEqual(faults, []);
});

test("Lighthouse and the count of shifts see what is wrong (negative control)", async () => {
  const page = await browser.newPage();
  await page.evaluateOnNewDocument(watchShifts);
  await page.goto(`${sealpost.origin}/genuine`);
  await page.bringToFront();
  // A shift is seen against what was painted before, so the first picture may come too early.
  await until(async () => {
    await page.evaluate(() => {
      const image = document.createElement("img");
      image.height = 200;
      document.querySelector("main").prepend(image);
    });
    await page.evaluate(() => new Promise((done) => setTimeout(done, 200)));
    return page.evaluate(() => globalThis.shifts.length > 0);
  }, "a shift");
  const flow = await startFlow(page, { config: { extends: "lighthouse:default", settings: { onlyCategories: JUDGED } } });
  await flow.snapshot();
  const { lhr } = (await flow.createFlowResult()).steps[0];
  assert.ok(lhr.categories.accessibility.score < 1);
});

test("the first page with all that it loads is light, as it travels", async () => {
  const message = await announced("patient-light@example.com");
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  wire.octets = 0;
  await page.goto(message.link);
  await page.locator(`::-p-aria([name="${ASK}"][role="button"])`).wait();
  await page.waitForNetworkIdle();
  const files = await page.evaluate(() => performance.getEntries().filter(({ transferSize }) => transferSize > 0).map(({ name, transferSize }) => [new URL(name).pathname, transferSize]));
  await context.close();
  const line = ([name, octets]) => `${String(octets).padStart(8)}  ${name.replace(/\/m\/[^/]*/, "/m/…")}`;
  const rest = wire.octets - files.reduce((sum, [, octets]) => sum + octets, 0);
  console.log([...files, ["the answer about the message, and headers", rest], [`octets of at most ${FIRST_LOAD}`, wire.octets]].map(line).join("\n"));
  assert.ok(files.some(([name]) => /main-.*js$/.test(name)), "the script is counted");
  assert.ok(wire.octets > 90_000, `nothing came from a cache: ${wire.octets} octets`);
  assert.ok(wire.octets <= FIRST_LOAD, `${wire.octets} octets`);
});
