// What a recipient's browser makes of mail in mail, invitations and signed mail, and how it gets a large reply over a
// bad line: the real gateway's views, the real server's pieces.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { MIB, Sealpost, Sink, browserPage, closeBrowser, codeOf, linkOf, run, submit } from "./harness.mjs";

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
const crlf = (text) => text.replace(/\r?\n/g, "\r\n");
const base64 = (octets) => octets.toString("base64").replace(/.{76}/g, "$&\r\n");

/** Sends what `mail` makes of an address to somebody new, and opens it. */
async function opened(mail) {
  const to = `letter-${++count}@example.com`;
  assert.match(await submit(sealpost.smtp, { to: [to], raw: Buffer.from(mail(to)) }), /^250 /);
  const page = await browserPage(sealpost.origin);
  await signIn(page, linkOf(await sink.of("notice", to)), to);
  return { page, to };
}

async function signIn(page, link, to) {
  await page.goto(link);
  await page.getByRole("button", { name: "Email me a security code" }).click();
  const field = page.getByRole("textbox", { name: "Security code" });
  await field.fill(codeOf(await sink.of("code", to)));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Reply securely" }).waitFor();
}

async function downloaded(page, click) {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  const file = await download.path();
  return { name: download.suggestedFilename(), file, octets: await fs.readFile(file) };
}

const head = (to, type) => crlf(`From: "The clinic" <clinic@example.org>
To: ${to}
Bcc: somebody@example.org
Subject: [secure] Forwarded
Date: Sun, 22 Nov 2026 10:00:00 +0000
Message-ID: <${randomBytes(8).toString("hex")}@example.org>
MIME-Version: 1.0
Content-Type: ${type}

`);

test("a forwarded message opens in place, its attachment is octet for octet, and all attachments come as one archive", async () => {
  const scan = randomBytes(3 * MIB);
  const { page } = await opened(
    (to) =>
      head(to, "multipart/mixed; boundary=o") +
      crlf("--o\nContent-Type: text/plain\n\nSee the attached letter.\n--o\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename=letter.eml\n\n") +
      crlf('From: Ann <ann@example.net>\nTo: clinic@example.org\nSubject: The first letter\nDate: Fri, 20 Nov 2026 09:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=i\n\n--i\nContent-Type: text/html\n\n<p>Inner <b>words</b></p><script>document.title = "owned"</script>\n--i\nContent-Type: application/octet-stream; name=scan.bin\nContent-Transfer-Encoding: base64\n\n') +
      base64(scan) +
      crlf("\n--i--\n--o\nContent-Type: application/octet-stream; name=scan.bin\nContent-Transfer-Encoding: base64\n\nAAEC\n--o--\n"),
  );
  await page.getByRole("button", { name: "Open letter here" }).click();
  const inner = page.getByRole("region", { name: "The first letter" });
  await inner.getByText("Ann <ann@example.net>").waitFor();
  await inner.frameLocator("iframe").getByText("Inner words").waitFor();
  const one = await downloaded(page, () => inner.getByRole("button", { name: "Download scan.bin" }).click());
  assert.equal(sha256(one.octets), sha256(scan));

  const all = await downloaded(page, () => page.getByRole("button", { name: "Download all" }).click());
  assert.match(all.name, /^Attachments .*\.zip$/);
  const script = "import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint(json.dumps([[i.filename,i.file_size] for i in z.infolist()]))";
  const { stdout } = await run("python3", ["-c", script, all.file]);
  const listed = JSON.parse(stdout);
  assert.deepEqual(listed.map(([name]) => name), ["letter.eml", "scan.bin"]);
  assert.equal(listed[1][1], 3);
  assert.deepEqual(page.strangers, []);
  assert.deepEqual(page.faults, []);
});

test("an invitation is summed up", async () => {
  const ics = crlf("BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Eye clinic\nLOCATION:Room 3\nORGANIZER;CN=The clinic:mailto:clinic@example.org\nDTSTART;TZID=GMT Standard Time:20261203T101500\nDTEND;TZID=GMT Standard Time:20261203T110000\nEND:VEVENT\nEND:VCALENDAR\n");
  const { page } = await opened(
    (to) => head(to, "multipart/alternative; boundary=o") + crlf("--o\nContent-Type: text/plain\n\nYou are invited.\n--o\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\nContent-Transfer-Encoding: base64\n\n") + base64(Buffer.from(ics)) + crlf("\n--o--\n"),
  );
  await page.getByText("You are invited.").first().waitFor();
  await page.getByRole("button", { name: /^View / }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: "Eye clinic" }).waitFor();
  const words = await dialog.innerText();
  for (const part of ["3 December 2026, 10:15am", "Room 3", "The clinic <clinic@example.org>"]) assert.ok(words.includes(part), words);
});

test("signed mail is shown and said to be signed, and no more", async () => {
  const { page } = await opened(
    (to) =>
      head(to, 'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=o') +
      crlf("--o\nContent-Type: text/plain\n\nSigned words.\n--o\nContent-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nAAEC\n--o--\n"),
  );
  await page.getByText("Signed words.").first().waitFor();
  await page.getByText("The signature is not checked here").waitFor();
});

test("a large reply goes up in pieces, goes on after a broken line, and can be read again in the thread", async () => {
  const { page } = await opened((address) => head(address, "text/plain") + "Please send the form.\r\n");
  const form = randomBytes(7 * MIB);
  const file = path.join(sealpost.folder, "large form.bin");
  await fs.writeFile(file, form);
  const ranges = [];
  let broken = true;
  await page.context().route("**/parts/1", async (route) => {
    const range = route.request().headers()["content-range"];
    ranges.push(range);
    if (broken && ranges.length > 3) await route.abort("connectionreset");
    else await route.continue();
  });
  await page.getByRole("button", { name: "Reply securely" }).click();
  await page.getByRole("textbox", { name: "Your message" }).fill("Here it is.");
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByRole("button", { name: "Send reply" }).click();
  await page.getByRole("alert").getByText("Your reply was not sent").waitFor();
  broken = false;
  const before = ranges.length;
  await page.getByRole("button", { name: "Send reply" }).click();
  await page.getByRole("heading", { level: 1, name: "Reply sent" }).waitFor();
  assert.match(ranges[before], /^bytes 3145728-/, "what had arrived is not sent again");

  const { parsed } = await sink.of("reply", "clinic@example.org");
  assert.equal(sha256(parsed.attachments[0].content), sha256(form));
  await page.getByRole("button", { name: "Back to the message" }).click();
  const thread = page.getByRole("region", { name: "Your replies" });
  await thread.locator("summary").click();
  await thread.getByText("Here it is.").waitFor();
});

test("a reply as large as a mail may be arrives whole, and one octet more is refused before it leaves", async () => {
  const { page } = await opened((address) => head(address, "text/plain") + "Please send all of it.\r\n");
  const grant = await page.evaluate(async () => (await fetch(location.pathname.replace("/m/", "/api/v1/m/") + "/grant")).json());
  const most = grant.reply.max_bytes;
  const parts = [randomBytes(20 * MIB), randomBytes(most - 20 * MIB - 2), Buffer.from("!"), Buffer.from("?"), Buffer.from("-")];
  const files = [];
  for (const [index, octets] of parts.entries()) {
    files.push(path.join(sealpost.folder, `part ${index}.bin`));
    await fs.writeFile(files[index], octets);
  }
  const uploads = [];
  page.on("request", (request) => request.url().includes("/replies") && uploads.push(request.url()));
  await page.getByRole("button", { name: "Reply securely" }).click();
  await page.getByText(`You can add up to 20 files, ${Math.floor(most / 1e6)} MB in all.`).waitFor();
  await page.locator("input[type=file]").setInputFiles(files);
  await page.getByRole("alert").getByText(`Not added, because your files can be ${Math.floor(most / 1e6)} MB together at most: part 4.bin`).waitFor();
  // The text counts too.
  await page.getByRole("textbox", { name: "Your message" }).fill("x");
  await page.getByRole("button", { name: "Send reply" }).click();
  await page.getByRole("alert").getByText(`larger than ${Math.floor(most / 1e6)} MB together`).waitFor();
  assert.deepEqual(uploads, []);
  await page.getByRole("textbox", { name: "Your message" }).fill("");
  await page.getByRole("button", { name: "Send reply" }).click();
  await page.getByRole("heading", { level: 1, name: "Reply sent" }).waitFor({ timeout: 120_000 });

  const size = (mail) => mail.raw.length > 40 * MIB;
  const { parsed, raw } = await sink.mail(size, "the large reply", 0, 120);
  assert.deepEqual(parsed.attachments.map(({ content }) => sha256(content)), parts.slice(0, 4).map(sha256));
  assert.ok(raw.length <= 50 * MIB, `${raw.length}`);
  const peak = /^VmHWM:\s*(\d+) kB$/m.exec(await fs.readFile(`/proc/${sealpost.process.pid}/status`, "utf8"))[1];
  console.log(`files of ${(most / MIB).toFixed(1)} MiB, a mail of ${(raw.length / MIB).toFixed(1)}; the program's memory at its peak: ${Math.round(peak / 1024)} MiB`);
  assert.deepEqual(page.faults, []);
});

test("a draft outlives the page that it was written in, sealed", async () => {
  const { page } = await opened((address) => head(address, "text/plain") + "Please answer.\r\n");
  page.on("dialog", (dialog) => void dialog.accept());
  await page.getByRole("button", { name: "Reply securely" }).click();
  await page.getByRole("textbox", { name: "Your message" }).fill("Half a letter");
  await page.getByRole("button", { name: "Back to the message" }).click();
  await page.getByText(/^Draft saved/).first().waitFor();
  await page.reload();
  await page.getByText("You began a reply on").waitFor();
  await page.getByRole("button", { name: "Reply securely" }).click();
  assert.equal(await page.getByRole("textbox", { name: "Your message" }).inputValue(), "Half a letter");
  await page.getByRole("button", { name: "Back to the message" }).click();
  await page.getByRole("button", { name: "Close message" }).click();
  await page.getByRole("button", { name: "Delete the draft and close" }).click();
  await page.getByText("You were signed out").waitFor();
  assert.equal(page.workers().length, 0);
});
