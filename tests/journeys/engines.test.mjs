// The same journey in the other engine, and what a browser shows that lacks what is needed.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { Sealpost, Sink, browserPage, closeBrowser, codeOf, linkOf, submit } from "./harness.mjs";
import { box, button, closeFirefox, downloaded, firefoxPage, heading, press } from "./firefox.mjs";
import { letter, png } from "./letters.mjs";

const ASK = "Email me a security code";
const SUBJECT = "Your appointment on Thursday";

let sink;
let sealpost;
let count = 0;

before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.start({ sink });
});

after(async () => {
  await closeFirefox();
  await closeBrowser();
  await sealpost?.stop();
  await sink?.stop();
});

async function announced(options = {}) {
  const to = `patient-${++count}@example.com`;
  const raw = letter({ to, ...options });
  assert.match(await submit(sealpost.smtp, { to: [to], raw }), /^250 /);
  return { to, raw, link: linkOf(await sink.of("notice", to)) };
}

const sha256 = (octets) => createHash("sha256").update(octets).digest("hex");

test("in Firefox: from the notice to the answer in the sender's mailbox", async () => {
  const large = randomBytes(5 * 1024 * 1024);
  const message = await announced({
    attachments: [
      { name: "X-ray.png", type: "image/png", octets: png },
      { name: "scan.bin", type: "application/octet-stream", octets: large },
    ],
  });
  const page = await firefoxPage();
  await page.goto(message.link.replace("#", "%23"));
  await press(page, ASK);
  assert.equal(page.url(), message.link, "the link is mended here too");
  const code = codeOf(await sink.of("code", message.to));
  const wrong = code === "11111111" ? "22222222" : "11111111";
  await box(page, "Security code").fill(wrong);
  await press(page, "Continue");
  await page.waitForFunction(() => document.querySelector(".error-summary")?.textContent.includes("4 tries left"));
  await box(page, "Security code").fill(code);
  await press(page, "Continue");
  await heading(page, SUBJECT);

  // The body is in its frame, without scripts and without our origin.
  const frame = await page.waitForSelector("iframe");
  const sandbox = await frame.evaluate((one) => one.getAttribute("sandbox"));
  assert.ok(!/allow-(scripts|same-origin)/.test(sandbox));
  const words = await frame.evaluate((one) => one.getAttribute("srcdoc") ?? "");
  assert.match(words, /your appointment is on/);

  await press(page, "Download scan.bin");
  assert.equal(sha256(await downloaded(page, /^scan.*bin$/, large.length)), sha256(large));
  await press(page, "Download a copy");
  assert.equal(sha256(await downloaded(page, /eml$/, message.raw.length)), sha256(message.raw));

  await press(page, "Reply securely");
  await heading(page, "Reply securely");
  await box(page, "Your message").fill("Thank you.\nGrüße, a patient");
  const file = path.join(sealpost.folder, "form.bin");
  const form = randomBytes(300_000);
  await fs.writeFile(file, form);
  await (await page.$("input[type=file]")).uploadFile(file);
  await page.waitForFunction(() => document.body.innerText.includes("form"));
  await press(page, "Send reply");
  await heading(page, "Reply sent");
  const { parsed } = await sink.of("reply", "clinic@example.org");
  assert.match(parsed.text, /^Thank you\.\nGrüße, a patient\n/);
  assert.equal(sha256(parsed.attachments[0].content), sha256(form));
  assert.deepEqual(page.faults.filter((fault) => !/403/.test(fault)), []);
});

test("in Firefox: hostile mail runs nothing and loads nothing", async () => {
  const host = `http://127.0.0.1:${sink.port}`;
  const message = await announced({
    html: `<p>Hello</p><script>top.pwned=1</script><img src=x onerror="top.pwned=1"><svg onload="top.pwned=1"></svg>
<iframe srcdoc="<script>top.pwned=1</script>"></iframe><style>@import "${host}/b.css"</style><img src="${host}/e.png">
<p style="position:fixed;inset:0;background:url(${host}/d.png)">x</p><form action="${host}/i"><button>Send</button></form>`,
  });
  const page = await firefoxPage();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(message.link);
  await press(page, ASK);
  await box(page, "Security code").fill(codeOf(await sink.of("code", message.to)));
  await press(page, "Continue");
  await heading(page, SUBJECT);
  await page.waitForSelector("iframe");
  await page.waitForNetworkIdle();
  assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
  assert.deepEqual(asked.filter((url) => !url.startsWith(sealpost.origin) && !/^(data|blob|about):/.test(url)), []);
});

test("in Firefox: a press that a script made sends no code", async () => {
  const message = await announced();
  const page = await firefoxPage();
  await page.goto(message.link);
  await button(page, ASK).waitHandle();
  await page.evaluate(() => document.querySelector("main button").click());
  await heading(page, "Press the button yourself");
  assert.equal(sink.all("code", message.to).length, 0);
});

/** What an old or a locked-down browser lacks, and the words for it. */
const LACKS = [
  ["no Worker", () => delete globalThis.Worker],
  ["no crypto.subtle", () => Object.defineProperty(crypto, "subtle", { value: undefined })],
  ["no BigInt", () => delete globalThis.BigInt],
  ["no streams", () => delete globalThis.TransformStream],
  ["no dialogs", () => delete globalThis.HTMLDialogElement],
  ["no sandboxed frames", () => delete HTMLIFrameElement.prototype.sandbox],
];

test("a browser that lacks what is needed is told so in words, with the phone line", async () => {
  const { link, to } = await announced();
  const told = new Map();
  for (const [name, take] of LACKS) {
    const page = await browserPage(sealpost.origin);
    await page.addInitScript(take);
    const asked = [];
    page.on("request", (request) => asked.push(request.method()));
    await page.goto(link);
    await page.getByRole("heading", { level: 1, name: "cannot open" }).or(page.getByRole("heading", { level: 1, name: /browser/i })).first().waitFor();
    const words = await page.locator("main").innerText();
    assert.match(words, /01632 960000/, name);
    assert.match(words, /Chrome|Firefox|Safari/, name);
    assert.equal(await page.getByRole("button", { name: ASK }).count(), 0, name);
    assert.ok(!asked.includes("POST"), `${name}: nothing was asked`);
    assert.deepEqual(page.faults, [], name);
    told.set(name, words.split("\n").find((line) => /missing|lacks|needs/i.test(line)) ?? "");
    await page.context().close();
  }
  console.log([...told].map(([name, words]) => `${name.padEnd(20)}  ${words}`).join("\n"));
  assert.equal(new Set(told.values()).size, LACKS.length, "each says what is missing");
  assert.equal(sink.all("code", to).length, 0);
});

test("without script, and where the script is not understood, the page says so", async () => {
  const { link } = await announced();
  const off = await browserPage(sealpost.origin, { javaScriptEnabled: false });
  await off.goto(link);
  const words = await off.locator("main").innerText();
  assert.match(words, /This page needs JavaScript/);
  assert.match(words, /01632\s960000/);

  // As a browser before modules: the script is there and never runs.
  const old = await browserPage(sealpost.origin);
  await old.route("**/assets/main-*.js", (route) => route.fulfill({ contentType: "text/javascript", body: "syntax from the future (" }));
  await old.goto(link);
  const slow = old.getByText("your browser may be too old to open this message");
  await slow.waitFor();
  assert.match(await old.locator("main").innerText(), /Chrome or Edge 109, Firefox 115, Safari 15.4/);
});
