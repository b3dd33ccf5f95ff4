// A recipient without a browser: `sealpost open`, for mail that ordinary clients sent.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import { Decrypter } from "age-encryption";
import {
  MIB,
  Sealpost,
  Sink,
  digest,
  plainLetter,
  linkOf,
  open,
  outcome,
  program,
  run,
  spellings,
  submit,
} from "./harness.mjs";

let sink, sealpost;
before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.start({ sink });
});
after(async () => {
  await sealpost?.stop();
  await sink?.stop();
});

/** Stands between a client and the gateway and keeps the octets that the client says. */
async function tap(port) {
  const said = [];
  const server = net.createServer((client) => {
    const gateway = net.connect(port, "127.0.0.1");
    for (const end of [client, gateway]) end.on("error", () => {});
    client.on("data", (octets) => said.push(octets));
    client.pipe(gateway).pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: server.address().port,
    stop: () => server.close(),
    /** What stood between DATA and the final dot, without the dots that SMTP stuffs in. */
    content() {
      const wire = Buffer.concat(said);
      const start = wire.indexOf("\r\nDATA\r\n") + 8;
      const end = wire.indexOf("\r\n.\r\n", start) + 2;
      const stuffed = wire.toString("latin1", start, end);
      return Buffer.from(stuffed.replace(/(^|\r\n)\./g, "$1"), "latin1");
    },
  };
}

/** A message to somebody whom nobody wrote to before, and the link in its notice. */
async function delivered(name, at = { sink, sealpost }) {
  const to = `${name}@example.com`;
  const raw = plainLetter({ subject: `[secure] For ${name}`, to, text: `Dear ${name}` });
  assert.match(await submit(at.sealpost.smtp, { to: [to], raw }), /^250 /);
  const notice = await at.sink.of("notice", to);
  return { to, raw, notice, link: linkOf(notice), folder: path.join(sealpost.folder, name) };
}

test("a mail with large files is read and answered at a terminal, byte for byte", async (t) => {
  const patient = "patient@example.com";
  const inside = (name) => path.join(sealpost.folder, name);
  const files = { "scan.bin": randomBytes(20 * MIB), "letter.pdf": randomBytes(12_345) };
  for (const [name, octets] of Object.entries(files)) await fs.writeFile(inside(name), octets);
  await fs.writeFile(inside("body.html"), "<p>Ihre Werte, <b>gut</b>.</p>\n.\n..ende\n");

  const wire = await tap(sealpost.smtp);
  t.after(wire.stop);
  await run("swaks", [
    ...["--server", "127.0.0.1", "--port", wire.port, "--suppress-data", "--from", "clinic@example.org"],
    ...["--to", `${patient},clerk@x.gov.uk,colleague@example.org`],
    ...["--h-Subject", "=?utf-8?q?=5BSECURE=5D_r=C3=A9sultats?="],
    ...["--h-Message-Id", "<original@example.org>", "--add-header", "References: <earlier@example.org>"],
    ...["--attach-type", "text/html; charset=utf-8", "--attach-body", `@${inside("body.html")}`],
    ...Object.keys(files).flatMap((name) => ["--attach", `@${inside(name)}`]),
  ]);
  const sent = wire.content();
  assert.ok(sent.length > 27 * MIB, `swaks sent ${sent.length} octets`);

  for (const insider of ["clerk@x.gov.uk", "colleague@example.org"]) {
    const { raw } = await sink.mail((mail) => mail.to.includes(insider), `the copy for ${insider}`);

    assert.ok(raw.subarray(-sent.length).equals(sent), `the copy for ${insider} has other octets`);
    const added = raw.toString("latin1", 0, raw.length - sent.length);
    assert.match(added, /^Received: from \[127\.0\.0\.1\] by [^]*\r\nX-Sealpost-Loop: secure\.example\.org\r\n$/);
  }
  const notice = await sink.of("notice", patient);
  const seen = [notice.raw, notice.parsed.subject, notice.parsed.text, notice.parsed.html].join("\n");
  for (const [form, octets] of [...spellings("résultats"), ...spellings("sultats")]) {
    assert.ok(!Buffer.from(seen).includes(octets), `the notice shows the subject as ${form}`);
  }

  const answer = randomBytes(100_000);
  await fs.writeFile(inside("answer.pdf"), answer);
  const reply = ["--reply-text", "Merci – bis bald.", "--attach", inside("answer.pdf")];
  const read = await open(sink, patient, linkOf(notice), ["--output", inside("read"), ...reply]);
  assert.equal(read.code, 0, read.stderr);
  assert.match(read.stdout, /^Subject: résultats$/m);
  assert.match(read.stdout, /Ihre Werte/);
  const written = (name) => fs.readFile(path.join(inside("read"), name));
  assert.equal(digest(await written("message.eml")), digest(sent));
  for (const [name, octets] of Object.entries(files)) {
    assert.equal(digest(await written(name)), digest(octets), name);
  }

  const came = await sink.of("reply", "clinic@example.org");
  const { parsed } = came;
  assert.equal(parsed.subject, "Re: [secure] résultats");
  assert.equal(parsed.inReplyTo, "<original@example.org>");
  assert.deepEqual(parsed.references, ["<earlier@example.org>", "<original@example.org>"]);
  assert.ok(!parsed.headers.has("auto-submitted"), "a person's answer is not automatic");
  assert.match(parsed.text, /^Merci – bis bald\.$/m);
  assert.deepEqual(
    parsed.attachments.map((file) => [file.filename, digest(file.content)]),
    [["answer.pdf", digest(answer)]],
  );
  const [from] = parsed.from.value;
  assert.match(from.name, /^patient@example\.com\b/);
  assert.match(from.address, /@secure\.example\.org$/, "nobody writes in a stranger's name");
  const [token] = parsed.replyTo.value;
  assert.match(token.address, /^reply\+[0-9a-z]+@secure\.example\.org$/);

  // The sender answers from an ordinary program and deletes the tag.
  const mails = sink.mails.length;
  const python = `
import smtplib, sys
from email.message import EmailMessage
mail = EmailMessage()
mail["From"], mail["To"], mail["Subject"] = "clinic@example.org", sys.argv[2], "Re: r\\u00e9sultats"
mail.set_content("Prochain rendez-vous: mardi.")
with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as smtp:
    smtp.send_message(mail)
`;
  await run("python3", ["-c", python, String(sealpost.smtp), token.address]);
  const second = await sink.of("notice", patient, 1);
  assert.ok(!second.raw.includes("mardi"));
  assert.equal(sink.mails.length, mails + 1, "one notice, and nothing in clear");
  const again = await open(sink, patient, linkOf(second), ["--output", inside("again")]);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /^Subject: Re: résultats$[^]*mardi/m);
});

test("a link with another secret opens nothing and sends no code", async () => {
  const { to, link } = await delivered("mallory");
  const at = link.indexOf("#1.") + 10;
  const other = link.slice(0, at) + (link[at] === "A" ? "B" : "A") + link.slice(at + 1);
  const refused = await outcome(program, ["open", other, "--code", "00000000"]);
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  assert.match(refused.stderr, /cannot find a message for this link/);
  assert.equal(sink.all("code", to).length, 0);
});

test("a wrong code opens nothing, and another one is not sent at once", async () => {
  const { to, link, folder } = await delivered("trudy");
  const wrong = await open(sink, to, link, ["--output", folder], (code) => String((Number(code) + 1) % 1e8).padStart(8, "0"));
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /not the code/);
  const hasty = await outcome(program, ["open", link, "--code", "00000000", "--output", folder]);
  assert.equal(hasty.code, 75, "asking again later may help");
  assert.match(hasty.stderr, /a moment ago/);
  assert.equal(sink.all("code", to).length, 1);
  await assert.rejects(fs.stat(folder), "nothing was written");
});

test("a broken link opens with the message key, and not without", async () => {
  const { to, notice, link, folder, raw } = await delivered("wendy");
  const broken = link.split("#")[0];
  const without = await outcome(program, ["open", broken, "--code", "-"]);
  assert.deepEqual([without.code, without.stdout], [2, ""]);
  assert.match(without.stderr, /^sealpost: .+\n$/, "one line");

  const key = /message key:\r?\n(\S+)\r?\n/.exec(notice.parsed.text)[1];
  const typo = key.replace(/.$/, (symbol) => (symbol === "0" ? "1" : "0"));
  const mistyped = await outcome(program, ["open", broken, "--message-key", typo]);
  assert.equal(mistyped.code, 2, mistyped.stderr);

  const read = await open(sink, to, broken, ["--message-key", key.toLowerCase(), "--output", folder]);
  assert.equal(read.code, 0, read.stderr);
  assert.deepEqual(await fs.readFile(path.join(folder, "message.eml")), raw);
});

test("--json says on standard output where everything is, and nothing else", async () => {
  const { to, link, folder } = await delivered("oscar");
  const read = await open(sink, to, link, ["--json", "--output", folder]);
  assert.deepEqual(JSON.parse(read.stdout), {
    message: path.join(folder, "message.eml"),
    attachments: [],
    sent: [],
    later: [],
    reply: null,
  });
});

test("--dry-run with a link from standard input looks and asks for no code", async () => {
  const { to, link } = await delivered("peggy");
  const looked = await outcome(program, ["open", "-", "--dry-run"], { input: `${link}\n` });
  assert.equal(looked.code, 0, looked.stderr);
  assert.match(looked.stderr, /Example Trust[^]*No code was asked for/);
  assert.equal(sink.all("code", to).length, 0);
});

test("what is kept sealed opens with stock age, of either profile", async (t) => {
  const hybrid = await delivered("heidi");
  const kept = await open(sink, hybrid.to, hybrid.link, ["--keep-sealed", "--output", hybrid.folder]);
  assert.equal(kept.code, 0, kept.stderr);
  const file = (folder, name) => fs.readFile(path.join(folder, name));
  const identity = (await file(hybrid.folder, "identity.txt")).toString().trim();
  assert.match(identity, /^AGE-SECRET-KEY-PQ-1/);
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  const opened = await decrypter.decrypt(await file(hybrid.folder, "message.age"));
  assert.ok(hybrid.raw.equals(opened));

  const old = await Sealpost.start({ sink, policy: 'profile = "x25519"' });
  t.after(() => old.stop());
  const classic = await delivered("ivan", { sink, sealpost: old });
  const { code, stderr } = await open(sink, classic.to, classic.link, ["--keep-sealed", "--output", classic.folder]);
  assert.equal(code, 0, stderr);
  const inside = (name) => path.join(classic.folder, name);
  const stock = await run("age", ["-d", "-i", inside("identity.txt"), inside("message.age")], { encoding: "buffer" });
  assert.ok(stock.stdout.equals(classic.raw));
  assert.ok((await file(classic.folder, "message.eml")).equals(classic.raw));
});
