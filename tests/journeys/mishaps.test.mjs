// What happens to readers: a tab that was left for a week, files that are empty or huge, names that turn the line
// round, and a line that breaks in the middle of opening, downloading and answering.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { MIB, Sealpost, Sink, browserPage, closeBrowser, codeOf, digest, freePort, linkOf, submit } from "./harness.mjs";
import { letter } from "./letters.mjs";
import { Line } from "./line.mjs";

const SUBJECT = "Your appointment on Thursday";
const LIBRARIES = ["x86_64", "aarch64"].map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`);
let sink, sealpost, line;
let count = 0;

before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.create({ sink });
  const port = await freePort();
  // Readers come over the line that breaks, as they come over an operator's proxy.
  const config = await fs.readFile(sealpost.config, "utf8");
  sealpost.origin = `http://localhost:${port}`;
  await fs.writeFile(sealpost.config, config.replace(/public_url = .*/, `public_url = "${sealpost.origin}"`));
  await sealpost.run();
  line = await Line.start(port, sealpost.http);
});
after(async () => {
  await closeBrowser();
  line?.stop();
  await sealpost?.stop();
  await sink?.stop();
});

async function announced(options = {}) {
  const to = `patient-${++count}@example.com`;
  assert.match(await submit(sealpost.smtp, { to: [to], raw: letter({ to, ...options }) }), /^250 /);
  return { to, link: linkOf(await sink.of("notice", to)) };
}

async function typeCode(page, { to }, n = 0) {
  await page.getByRole("button", { name: "Email me a security code" }).click();
  await page.getByRole("textbox", { name: "Security code" }).fill(codeOf(await sink.of("code", to, n)));
  await page.getByRole("button", { name: "Continue" }).click();
}

async function opened(message) {
  const page = await browserPage(sealpost.origin);
  await page.goto(message.link);
  await typeCode(page, message);
  await page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
  return page;
}

const press = (page, name) => page.getByRole("button", { name }).first().click();
const words = (page) => page.getByRole("textbox", { name: "Your message" });
/** The answer of one patient, among those of all. */
const isAnswerOf = (to) => ({ kind, raw }) => kind === "reply" && raw.includes(to);
const answerOf = (to) => sink.mail(isAnswerOf(to), `the reply of ${to}`);

async function downloaded(page, click) {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return { name: download.suggestedFilename(), octets: await fs.readFile(await download.path()) };
}

test("a line that breaks in the middle of opening is said so, and trying again opens", async () => {
  const message = await announced();
  const page = await browserPage(sealpost.origin);
  await page.goto(message.link);
  for (const [what, at] of [["grant", 20], ["view.age", 1500]]) {
    line.breaks = (_, where) => (where.endsWith(`/${what}`) ? { answer: at } : undefined);
    const before = line.broken;
    if (what === "grant") await typeCode(page, message);
    else await press(page, "Try again");
    await page.getByRole("heading", { level: 1, name: "We cannot reach the message" }).waitFor();
    assert.ok(line.broken > before, what);
    assert.ok(!(await page.content()).includes(SUBJECT));
  }
  line.breaks = () => undefined;
  await press(page, "Try again");
  await page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
  assert.equal(sink.all("code", message.to).length, 1, "the session was kept");
});

test("a line that breaks in the middle of a download is said so, and the next try goes on behind it", async () => {
  const scan = randomBytes(5 * MIB);
  const message = await announced({ attachments: [{ name: "scan.bin", type: "application/octet-stream", octets: scan }] });
  const page = await opened(message);
  // Some of it arrives: a line that broke is tried again, until it has broken too often.
  let asked = 0;
  line.breaks = (_, where) => (where.endsWith("/message.age") && ++asked > 4 ? { answer: 300_000 } : undefined);
  const fetch = page.getByRole("listitem").filter({ hasText: "scan" }).getByRole("button", { name: /Download/ });
  await fetch.click();
  await page.getByText("What has arrived is kept").first().waitFor();
  line.breaks = () => undefined;
  const before = line.asked.length;
  const { octets } = await downloaded(page, () => fetch.click());
  assert.equal(digest(octets), digest(scan));
  const ranges = line.asked.slice(before).filter(({ path: where }) => where.endsWith("/message.age")).map(({ range }) => Number(/^bytes=(\d+)-/.exec(range)[1]));
  assert.ok(Math.min(...ranges) > MIB, `it began again at ${Math.min(...ranges)}`);
});

test("a line that breaks in the middle of a reply loses nothing of it and sends it once", async () => {
  const message = await announced();
  const page = await opened(message);
  const [form, more] = [randomBytes(3 * MIB), randomBytes(3 * MIB)];
  await press(page, "Reply securely");
  await words(page).fill("Over a line that breaks");
  await page.locator("#reply-files").setInputFiles([["form.bin", form], ["more.bin", more]].map(([name, buffer]) => ({ name, mimeType: "application/octet-stream", buffer })));
  for (const [what, fits, at] of [
    ["a piece of the file", (where, piece) => where.endsWith("/parts/1") && piece > 0, { sent: 0 }],
    ["the copy", (where) => where.endsWith("/copy"), { sent: 100 }],
    ["the answer to the copy", (where) => where.endsWith("/copy"), { answer: 0 }],
    ["sending", (where) => where.endsWith("/send"), { sent: 10 }],
    ["the answer to sending", (where) => where.endsWith("/send"), { answer: 10 }],
  ]) {
    let pieces = 0;
    line.breaks = (_, where) => {
      // The second file goes over a line that breaks in the middle of each piece, and gets through by itself.
      if (where.endsWith("/parts/2")) return { sent: 400_000 };
      return fits(where, where.endsWith("/parts/1") ? pieces++ : 0) ? at : undefined;
    };
    const before = line.broken;
    await press(page, "Send reply");
    await page.getByRole("alert").getByText("Your reply was not sent. Nothing you wrote is lost").waitFor().catch((error) => {
      throw new Error(`${what}: not told`, { cause: error });
    });
    assert.ok(line.broken > before, what);
    assert.equal(await words(page).inputValue(), "Over a line that breaks", what);
  }
  line.breaks = () => undefined;
  await press(page, "Send reply");
  await page.getByRole("heading", { level: 1, name: "Reply sent" }).waitFor();
  const { parsed } = await answerOf(message.to);
  assert.match(parsed.text, /^Over a line that breaks\n/);
  assert.deepEqual(parsed.attachments.map(({ filename, content }) => [filename, digest(content)]), [["form.bin", digest(form)], ["more.bin", digest(more)]]);
  assert.ok(line.asked.filter(({ path: where }) => where.endsWith("/parts/2")).length > 8, "and the second file arrived in many pieces");
  const first = line.asked.filter(({ path: where, piece }) => where.endsWith("/parts/1") && piece?.startsWith("bytes 0-"));
  assert.equal(first.length, 1, "what had arrived was not sent again");
  await press(page, "Back to the message");
  await page.getByRole("region", { name: "Your replies" }).locator("details").waitFor();
  assert.equal(await page.getByRole("region", { name: "Your replies" }).locator("details").count(), 1);
  await sealpost.settled();
  assert.equal(sink.mails.filter(isAnswerOf(message.to)).length, 1);
});

test("an empty file is sent as it is, and one of 2 GB is refused in words before anything of it is read", async () => {
  const message = await announced();
  const page = await opened(message);
  const [empty, huge] = ["empty.txt", "film.mp4"].map((name) => path.join(sealpost.folder, name));
  await fs.writeFile(empty, "");
  // Sparse: it has no octets on the disk.
  await fs.writeFile(huge, "");
  await fs.truncate(huge, 2 * 1024 * MIB);
  await page.evaluate(() => {
    globalThis.reads = [];
    for (const way of ["arrayBuffer", "stream", "slice", "text"]) {
      const read = Blob.prototype[way];
      Blob.prototype[way] = function (...given) {
        globalThis.reads.push([way, this.size]);
        return read.apply(this, given);
      };
    }
  });
  await press(page, "Reply securely");
  await page.locator("#reply-files").setInputFiles(huge);
  await page.getByRole("alert").getByText("Not added, because your files can be 38 MB together at most: film.mp4").waitFor();
  assert.match(await page.title(), /^Error: /);
  assert.equal(await page.locator(".files li").count(), 0);
  await page.locator("#reply-files").setInputFiles(empty);
  await page.getByText("empty.txt (0 bytes)").waitFor();
  await words(page).fill("The film is too large.");
  // The draft is saved in between, with the empty file and nothing else.
  await page.getByText(/^Draft saved/).first().waitFor();
  await press(page, "Send reply");
  await page.getByRole("heading", { level: 1, name: "Reply sent" }).waitFor();
  const { parsed } = await answerOf(message.to);
  assert.deepEqual(parsed.attachments.map(({ filename, size }) => [filename, size]), [["empty.txt", 0]]);
  const read = await page.evaluate(() => globalThis.reads);
  assert.ok(!read.some(([, size]) => size > MIB), "nothing of the film was read in the page");
});

test("a name of 300 octets that turns the line round is shown and saved the right way round, both ways", async () => {
  const turned = `${"é".repeat(145)}\u202Egpj.exe`;
  assert.equal(Buffer.byteLength(turned), 300);
  const encoded = `=?utf-8?b?${Buffer.from(turned).toString("base64")}?=`;
  const message = await announced({ attachments: [{ name: encoded, type: "application/octet-stream", octets: Buffer.from("MZ") }] });
  const page = await opened(message);
  const row = page.locator(".attachments").getByRole("listitem");
  assert.equal(await row.count(), 1);
  const shown = await row.innerText();
  assert.ok(!shown.includes("\u202e") && shown.includes(".exe"), shown);
  const { name } = await downloaded(page, () => row.getByRole("button", { name: /Download/ }).click());
  assert.match(name, /^é+g?p?j?\.exe$/);
  assert.ok(Buffer.byteLength(name) <= 255, name);

  await press(page, "Reply securely");
  await words(page).fill("With a name");
  await page.locator("#reply-files").setInputFiles({ name: turned, mimeType: "image/jpeg", buffer: Buffer.from("MZ") });
  await page.locator(".files li").waitFor();
  const listed = await page.locator(".files").evaluate((list) => list.outerHTML);
  assert.ok(!listed.includes("\u202e") && listed.includes(".exe"), listed);
  await press(page, "Send reply");
  await page.getByRole("heading", { level: 1, name: "Reply sent" }).waitFor();
  const { parsed } = await answerOf(message.to);
  const [{ filename }] = parsed.attachments;
  assert.match(filename, /^é+(gpj)?\.exe$/);
  assert.ok(Buffer.byteLength(filename) <= 255);
  await press(page, "Back to the message");
  const thread = page.getByRole("region", { name: "Your replies" });
  await thread.locator("summary").click();
  const kept = await thread.innerText();
  assert.ok(!kept.includes("\u202e") && kept.includes(".exe"), kept);
});

test("a tab that is opened again after a week asks for a new code, shows nothing before it, and has kept the draft", async () => {
  const exists = (file) => fs.access(file).then(() => true, () => false);
  const found = await Promise.all(LIBRARIES.map(exists));
  const library = LIBRARIES[found.indexOf(true)];
  assert.ok(library, "libfaketime is missing: apt-get install faketime");
  const [message, waiting] = [await announced(), await announced()];
  const page = await opened(message);
  await press(page, "Reply securely");
  await words(page).fill("Half a sentence");
  await press(page, "Back to the message");
  await page.getByText(/^Draft saved/).waitFor();
  // Another tab waits for the code of a week ago.
  const other = await browserPage(sealpost.origin);
  await other.goto(waiting.link);
  await press(other, "Email me a security code");
  const stale = codeOf(await sink.of("code", waiting.to));

  assert.equal(await sealpost.kill("SIGTERM"), 0);
  Object.assign(sealpost.environment, { LD_PRELOAD: library, FAKETIME: "+7d", FAKETIME_DONT_FAKE_MONOTONIC: "1" });
  await sealpost.run();

  // A tab that the browser had put to sleep: what it still shows it may show, the next thing it wants it does not get.
  await press(page, "Download a copy");
  await page.getByRole("heading", { level: 1, name: "Your session has ended" }).waitFor();
  assert.ok(!(await page.content()).includes(SUBJECT));
  // And one that the browser had thrown away.
  await page.reload();
  await page.getByRole("button", { name: "Email me a security code" }).waitFor();
  assert.ok(!(await page.content()).includes(SUBJECT));
  await typeCode(page, message, 1);
  await page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
  await page.getByText("You began a reply").waitFor();
  await press(page, "Reply securely");
  assert.equal(await words(page).inputValue(), "Half a sentence");

  await other.getByRole("textbox", { name: "Security code" }).fill(stale);
  await press(other, "Continue");
  await other.getByRole("alert").waitFor();
  await other.getByRole("alert").getByText("This security code no longer works").waitFor();
  await other.getByRole("button", { name: "Send another code" }).waitFor();
});
