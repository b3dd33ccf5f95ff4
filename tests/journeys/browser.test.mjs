// A recipient with a browser: from the notice to the answer in the sender's mailbox.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { Sealpost, Sink, browserPage, closeBrowser, codeOf, kindOf, linkOf, submit, until } from "./harness.mjs";
import { letter, png } from "./letters.mjs";

let sink;
let sealpost;
let count = 0;

before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.start({ sink });
});

after(async () => {
  await closeBrowser();
  await sealpost?.stop();
  await sink?.stop();
});

const sha256 = (octets) => createHash("sha256").update(octets).digest("hex");

/** Sends a letter to somebody new; the notice and its link. */
async function announced(options = {}) {
  const to = `patient-${++count}@example.com`;
  const raw = letter({ to, ...options });
  assert.match(await submit(sealpost.smtp, { to: [to], raw }), /^250 /);
  const notice = await sink.of("notice", to);
  return { to, raw, notice, link: linkOf(notice) };
}

/** From the link to the message, as a person does it: open, button, code. */
async function opened(page, { link, to }) {
  await page.goto(link);
  await page.getByRole("button", { name: "Email me a security code" }).click();
  const field = page.getByRole("textbox", { name: "Security code" });
  await field.fill(codeOf(await sink.of("code", to)));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Reply securely" }).first().waitFor();
}

async function downloaded(page, click) {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return { name: download.suggestedFilename(), octets: await fs.readFile(await download.path()) };
}

test("a message with a large attachment is read, downloaded and answered", async () => {
  const large = randomBytes(20 * 1024 * 1024);
  const message = await announced({
    subject: "=?utf-8?q?=5BSECURE=5D_r=C3=A9sultats?=",
    id: "<results-1@example.org>",
    extra: "References: <first@example.org> <second@example.org>\r\n",
    attachments: [
      { name: "X-ray.png", type: "image/png", octets: png },
      { name: "scan.bin", type: "application/octet-stream", octets: large },
    ],
  });
  assert.ok(!message.notice.raw.toString("latin1").includes("sultats"), "no subject in the notice");

  const page = await browserPage(sealpost.origin);
  const secret = message.link.split("#1.")[1];
  const sent = [];
  page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
  await opened(page, message);

  // The body is there before any attachment is fetched.
  await page.getByRole("heading", { level: 1, name: "résultats" }).waitFor();
  const body = page.frameLocator("iframe").getByText("your appointment is on");
  await body.waitFor();
  assert.ok(!sent.some((request) => request.includes("message.age")), "nothing but the view was fetched");

  const row = (name) => page.getByRole("listitem").filter({ hasText: name });
  const small = await downloaded(page, () => row("X-ray").getByRole("button", { name: /Download/ }).click());
  assert.equal(small.name, "X-ray.png");
  assert.equal(sha256(small.octets), sha256(png));
  const scan = await downloaded(page, () => row("scan").getByRole("button", { name: /Download/ }).click());
  assert.equal(sha256(scan.octets), sha256(large));
  const copy = await downloaded(page, () => page.getByRole("button", { name: "Download a copy" }).click());
  assert.match(copy.name, /\.eml$/);
  assert.equal(sha256(copy.octets), sha256(message.raw), "the copy is what was sent, byte for byte");

  await page.getByRole("button", { name: "Reply securely" }).first().click();
  await page.getByRole("textbox", { name: "Your message" }).fill("Thank you.\nGrüße, a patient");
  const file = path.join(sealpost.folder, "form.bin");
  const form = randomBytes(300_000);
  await fs.writeFile(file, form);
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByRole("button", { name: "Send reply" }).click();
  await page.getByRole("heading", { level: 1, name: "Reply sent" }).waitFor();

  const { parsed, raw } = await sink.of("reply", "clinic@example.org");
  assert.equal(parsed.subject, "Re: [secure] résultats");
  assert.equal(parsed.inReplyTo, "<results-1@example.org>");
  assert.deepEqual(parsed.references, ["<first@example.org>", "<second@example.org>", "<results-1@example.org>"]);
  assert.match(parsed.text, /^Thank you\.\nGrüße, a patient\n/);
  assert.equal(parsed.from.value[0].name, `${message.to} (secure reply)`);
  assert.match(parsed.replyTo.value[0].address, /^reply\+[0-9a-z]{26}@secure\.example\.org$/);
  assert.equal(parsed.attachments[0].filename, "form.bin");
  assert.equal(sha256(parsed.attachments[0].content), sha256(form));
  assert.ok(!/^Auto-Submitted:/m.test(raw.toString("latin1")), "a person wrote it");

  assert.ok(!sent.some((request) => request.includes(secret)), "the link secret never left the browser");
  assert.deepEqual(page.strangers, [], "no request left the origin");
  assert.deepEqual(page.faults, []);
});

test("opening the link, however often and by whom, sends no code and uses nothing up", async () => {
  const message = await announced();
  const address = message.link.split("#")[0];
  for (const method of ["GET", "HEAD", "GET"]) await fetch(address, { method });
  const scanner = await browserPage(sealpost.origin);
  await scanner.goto(message.link);
  await scanner.getByRole("button", { name: "Email me a security code" }).waitFor();
  // Time for what would run by itself.
  await scanner.waitForTimeout(1_000);
  const codes = sink.mails.filter((mail) => kindOf(mail) === "code" && mail.to.includes(message.to));
  assert.equal(codes.length, 0);
  await opened(await browserPage(sealpost.origin), message);
});

test("a link that lost its end is mended by the message key", async () => {
  const message = await announced();
  const page = await browserPage(sealpost.origin);
  await page.goto(message.link.split("#")[0]);
  const field = page.getByRole("textbox", { name: "Message key" });
  const key = /^([0-9A-Z]{4}-){13}[0-9A-Z*~$=]$/m.exec(message.notice.parsed.text)[0];
  await field.fill(key.replace(/^./, (first) => (first === "7" ? "8" : "7")));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText(/typing|mistake|check/i).first().waitFor();
  await field.fill(key.toLowerCase().replaceAll("-", " "));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Email me a security code" }).click();
  await page.getByRole("textbox", { name: "Security code" }).fill(codeOf(await sink.of("code", message.to)));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { level: 1, name: "Your appointment on Thursday" }).waitFor();
});

test("wrong codes are counted down, and a new code opens", async () => {
  const message = await announced();
  const page = await browserPage(sealpost.origin);
  await page.goto(message.link);
  await page.getByRole("button", { name: "Email me a security code" }).click();
  const field = page.getByRole("textbox", { name: "Security code" });
  const code = codeOf(await sink.of("code", message.to));
  const wrong = code === "11111111" ? "22222222" : "11111111";
  for (const left of [4, 3]) {
    await field.fill(wrong);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText(`You have ${left} tries left`).first().waitFor();
    assert.match(await page.title(), /^Error: /);
  }
  const typed = [...code].map((digit) => String.fromCharCode(0xff10 + Number(digit))).join("");
  await field.fill(`${typed.slice(0, 4)} ${typed.slice(4)}`);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { level: 1, name: "Your appointment on Thursday" }).waitFor();
});

test("hostile mail runs nothing, loads nothing and stays in its frame", async () => {
  const host = `http://127.0.0.1:${sink.port}`;
  const message = await announced({
    html: `<p>Hello</p><script>top.pwned=1;parent.pwned=1</script><img src=x onerror="top.pwned=1">
<svg onload="top.pwned=1"><script>top.pwned=1</script></svg><iframe srcdoc="<script>top.pwned=1</script>"></iframe>
<link rel=stylesheet href="${host}/a.css"><style>@import "${host}/b.css"; p{background:url(${host}/c.png);position:fixed;inset:0}</style>
<p style="background:url(${host}/d.png);position:fixed;top:0;left:0;width:100vw;height:100vh">x</p>
<img src="${host}/e.png"><img srcset="${host}/f.png 2x"><video src="${host}/g.mp4" autoplay poster="${host}/h.png"></video>
<form action="${host}/i"><input name=q><button>Send</button></form><meta http-equiv=refresh content="0;url=${host}/j">
<base href="${host}/"><a href="javascript:top.pwned=1">click</a><object data="${host}/k"></object><embed src="${host}/l">
<math><mtext></form><form><mglyph><style></math><img src onerror=top.pwned=1>`,
    attachments: [{ name: "page.html", type: "text/html", octets: Buffer.from("<script>top.pwned=1</script>") }],
  });
  const page = await browserPage(sealpost.origin);
  await opened(page, message);
  await page.frameLocator("iframe").getByText("Hello").waitFor();
  // Time for what would run or load.
  await page.waitForTimeout(1_000);
  assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
  assert.deepEqual(page.strangers, []);
  const row = page.getByRole("listitem").filter({ hasText: "web page" });
  assert.equal(await row.getByRole("button", { name: /^View/ }).count(), 0, "web pages are only downloaded");
  const frame = page.locator("iframe");
  assert.ok(!/allow-(scripts|same-origin)/.test(await frame.getAttribute("sandbox")));
});

test("a session that has ended keeps what was typed, and a new code brings it back", async () => {
  const message = await announced();
  const page = await browserPage(sealpost.origin);
  await opened(page, message);
  await page.getByRole("button", { name: "Reply securely" }).first().click();
  await page.getByRole("textbox", { name: "Your message" }).fill("Half a sentence");
  await page.context().clearCookies();
  await page.getByRole("button", { name: "Send reply" }).click();
  // Codes come thirty seconds apart; until then the page says when, and lets the reader try again.
  const field = page.getByRole("textbox", { name: "Security code" });
  const next = page.getByRole("button", { name: /Email me a security code|Try again/ });
  await until(async () => {
    if (await next.isVisible()) await next.click().catch(() => {});
    return field.isVisible();
  }, "another code to be sent", 60);
  await field.fill(codeOf(await sink.of("code", message.to, 1)));
  await page.getByRole("button", { name: "Continue" }).click();
  const text = page.getByRole("textbox", { name: "Your message" });
  await page.getByRole("button", { name: "Reply securely" }).or(text).first().waitFor();
  if (!(await text.isVisible())) await page.getByRole("button", { name: "Reply securely" }).first().click();
  assert.equal(await text.inputValue(), "Half a sentence");
});

test("every page carries the policy, and no page can be framed or cached", async () => {
  const { link } = await announced();
  for (const address of [link.split("#")[0], `${sealpost.origin}/genuine`, `${sealpost.origin}/nowhere`]) {
    const { headers } = await fetch(address);
    const policy = headers.get("content-security-policy");
    for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"]) {
      assert.ok(policy.includes(rule), `${rule} in ${policy}`);
    }
    assert.ok(!/unsafe-(inline|eval)/.test(policy));
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  }
});
