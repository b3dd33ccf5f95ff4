// SMTP smuggling (promise S1; CVE-2023-51764, -51765, -51766) with a real Postfix as peer on both
// sides. The dialogues hold the session to the same sequences; here two servers in a row must agree
// on where a message ends, however the first is set.

import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { test } from "node:test";
import { simpleParser } from "mailparser";
import { Sealpost, Sink, Smtp, linkOf, open, plainLetter, submit, until } from "./harness.mjs";
import { Postfix, mailboxesFor } from "./postfix.mjs";

/** What some server has taken for the end of the data: the nine that were published, and mixes. */
const PUBLISHED = ["\n.\n", "\n.\r\n", "\n.\r", "\r.\r", "\r.\r\n", "\r.\n", "\r\n.\n", "\r\n.\r", "\r\n.\r\r\n"];
const MIXES = ["\r\r\n.\n", "\n\r.\n\r", "\n\n.\n\n", "\r\r.\r\r", "\r\n.\n\r\n", "\r\n\r.\r\n", "\r.\r\n\n", "\n.\n\r\n.\r", "\r\n..\n.\n"];
const SEQUENCES = [...PUBLISHED, ...MIXES];

/** One content that is two mails to whoever ends it at `sequence`. */
const smuggler = (n, sequence) =>
  Buffer.from(
    `From: <clinic@example.org>\r\nTo: <one-${n}@example.com>\r\nSubject: [secure] one\r\n\r\nfirst` +
      `${sequence}MAIL FROM:<clinic@example.org>\r\nRCPT TO:<victim-${n}@example.com>\r\nDATA\r\n` +
      `Subject: [secure] two\r\n\r\nsecond`,
    "latin1",
  );

/**
 * Says it as an attacker does: octets as they are, and the true end. Returns all replies behind the
 * 354 but that to QUIT; a server that hangs up is heard out.
 */
async function attack(port, n, sequence) {
  const smtp = await Smtp.connect(port);
  await smtp.say("EHLO attacker.example.org");
  for (const line of ["MAIL FROM:<clinic@example.org>", `RCPT TO:<one-${n}@example.com>`, "DATA"]) {
    assert.match(await smtp.say(line), /^[23]/);
  }
  smtp.write(Buffer.concat([smuggler(n, sequence), Buffer.from("\r\n.\r\nQUIT\r\n")]));
  const replies = [];
  try {
    for (;;) replies.push(await smtp.reply());
  } catch {
    // Closed, as QUIT asks.
  }
  smtp.close();
  return replies.filter((reply) => !reply.startsWith("221"));
}

/** A receiver that ends data at LF.LF, as many did: what the sequences are for. */
async function naive(t) {
  const mails = [];
  const server = net.createServer((socket) => {
    let data;
    let pending = "";
    socket.setEncoding("latin1").on("error", () => {}).write("220 naive\r\n");
    socket.on("data", (text) => {
      pending += text;
      for (let end; (end = (data === undefined ? /\r?\n/ : /(^|\r?\n)\.\r?\n/).exec(pending)); ) {
        const line = pending.slice(0, end.index);
        pending = pending.slice(end.index + end[0].length);
        if (data !== undefined) mails.push(line);
        data = data === undefined && /^DATA/i.test(line) ? true : undefined;
        if (data === undefined && /^QUIT/i.test(line)) return void socket.end("221 bye\r\n");
        socket.write(data ? "354 go\r\n" : "250 ok\r\n");
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { mails, port: server.address().port };
}

test("a receiver that ends data elsewhere is smuggled to: the control", async (t) => {
  const receiver = await naive(t);
  await attack(receiver.port, 0, "\n.\n");
  assert.equal(receiver.mails.length, 2);
  assert.match(receiver.mails[1], /^Subject: \[secure\] two/);
});

test("each sequence sent to Sealpost is refused, with the session in step", async (t) => {
  const sink = await Sink.start();
  t.after(() => sink.stop());
  const sealpost = await Sealpost.start({ sink });
  t.after(() => sealpost.stop());
  for (const [n, sequence] of SEQUENCES.entries()) {
    const replies = await attack(sealpost.smtp, n, sequence);
    assert.equal(replies.length, 1, `${JSON.stringify(sequence)}: ${replies}`);
    assert.match(replies[0], /^550 5\.5\.2 /, JSON.stringify(sequence));
  }
  assert.equal((await sealpost.settled()).accepted, 0);
  // The same content with lawful line ends and stuffed dots is one mail.
  const raw = smuggler(99, "\r\n.\r\n");
  assert.match(await submit(sealpost.smtp, { to: ["one-99@example.com"], raw }), /^250 /);
  assert.equal((await sealpost.settled()).accepted, 1);
});

// How a Postfix in front may be set: as the guide says, and ever more careless. What the last two
// let through, Sealpost must not make worse.
const FRONTS = {
  "normalize": { lines: "smtpd_forbid_bare_newline = normalize", splits: false, refused: false },
  "reject": { lines: "smtpd_forbid_bare_newline = reject", splits: false, refused: false },
  "its default": { lines: "", splits: true, refused: false },
  "no, and stray CRs kept": {
    lines: "smtpd_forbid_bare_newline = no\ncleanup_replace_stray_cr_lf = no",
    splits: true,
    refused: true,
  },
};

for (const [name, { lines, splits, refused }] of Object.entries(FRONTS)) {
  test(`through a Postfix in front, with smtpd_forbid_bare_newline ${name}, one mail stays one`, async (t) => {
    const sink = await Sink.start();
    t.after(() => sink.stop());
    const sealpost = await Sealpost.start({ sink });
    t.after(() => sealpost.stop());
    const front = await Postfix.create();
    t.after(() => front.stop());
    await front.configure(
      `mynetworks = 127.0.0.0/8\nrelayhost = [127.0.0.1]:${sealpost.smtp}\n` +
        `${mailboxesFor(front, "example.org", ["clinic"])}smtpd_forbid_bare_newline_exclusions =\n${lines}\n`,
    );
    await front.start();
    for (const [n, sequence] of SEQUENCES.entries()) await attack(front.port, n, sequence);
    await until(async () => (await front.queue()).length === 0, "the queue to be empty");
    const balance = await sealpost.settled();

    // Every mail that Sealpost took is one that Postfix had as one.
    const handed = (await front.log()).split("\n").filter((line) => line.includes(`:${sealpost.smtp},`));
    const sent = handed.filter((line) => line.includes("status=sent"));
    assert.equal(balance.accepted, sent.length);
    assert.ok(sent.length >= 1, "nothing came through at all");
    const noticed = (address) => sink.all("notice", address).length;
    let smuggled = 0;
    for (const n of SEQUENCES.keys()) {
      assert.ok(noticed(`one-${n}@example.com`) <= 1, `${n}: the first mail came twice`);
      const took = sent.filter((line) => line.includes(`to=<victim-${n}@example.com>`)).length;
      assert.equal(noticed(`victim-${n}@example.com`), took, `${n}: two out of one`);
      smuggled += took;
    }
    // A Postfix that lets it happen shows that the sequences work.
    assert.equal(smuggled > 0, splits, `${smuggled} mails were smuggled into Postfix`);
    const answers = handed.filter((line) => line.includes("said: 550 5.5.2"));
    assert.equal(answers.length > 0, refused, answers.join("\n"));
  });
}

/** Text and file that hold every sequence, raw. */
const ALL = SEQUENCES.map((sequence, n) => `before ${n}${sequence}MAIL FROM:<x@example.org>\r\n`).join("");

/** Every octet that means something to SMTP, encoded; lines of 25 octets. */
const quoted = (text) =>
  text
    .match(/[^]{1,25}/g)
    .map((line) => line.replace(/[\r\n.= ]/g, (c) => `=${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`))
    .join("=\r\n");

/** Mails of people whose content stands for the sequences, and dots where SMTP stuffs them. */
const LETTERS = {
  "quoted-printable": ["quoted-printable", quoted(ALL)],
  "base64": ["base64", Buffer.from(ALL).toString("base64").replace(/.{76}/g, "$&\r\n")],
  "dots": ["7bit", [".", "..", "...", ".\t", ". ", "a.", ".a", ".", "MAIL FROM:<x@example.org>", "DATA", ".", "."].join("\r\n")],
};

/** The program with a relay at `port`, each letter sent through it. */
async function output(t, port) {
  const sealpost = await Sealpost.start({ sink: { port } });
  t.after(() => sealpost.stop());
  const letters = Object.entries(LETTERS).map(([name, [encoding, text]]) => {
    // Postfix adds these two where they are missing.
    const own = ["Date: Sun, 22 Nov 2026 10:00:00 +0000", `Message-ID: <${name}@example.org>`];
    const fields = [...own, "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", `Content-Transfer-Encoding: ${encoding}`];
    return plainLetter({ subject: name, to: "colleague@example.org", text, fields });
  });
  for (const raw of letters) {
    assert.match(await submit(sealpost.smtp, { to: ["colleague@example.org"], raw }), /^250 /);
  }
  await sealpost.settled();
  return { sealpost, letters };
}

test("Sealpost's relay copies reach even a naive receiver as they were", async (t) => {
  const receiver = await naive(t);
  const { letters } = await output(t, receiver.port);
  assert.equal(receiver.mails.length, letters.length);
  for (const raw of letters) {
    const stuffed = raw.toString("latin1").replace(/(^|\r\n)\./g, "$1..");
    assert.ok(receiver.mails.some((mail) => `${mail}\r\n`.endsWith(stuffed)), stuffed.slice(0, 100));
  }
});

test("relay copies and secure replies go through the most lenient Postfix as one mail each", async (t) => {
  const sink = await Sink.start();
  t.after(() => sink.stop());
  const back = await Postfix.create();
  t.after(() => back.stop());
  await back.configure(
    `mynetworks = 127.0.0.0/8\nrelayhost = [127.0.0.1]:${sink.port}\n` +
      `${mailboxesFor(back, "example.org", ["clinic", "colleague", "x"])}` +
      "smtpd_forbid_bare_newline = no\ncleanup_replace_stray_cr_lf = no\n",
  );
  await back.start();
  const { sealpost, letters } = await output(t, back.port);
  await until(async () => (await back.mailbox("colleague")).length === letters.length, "the copies");
  for (const raw of letters) {
    const kept = raw.toString("latin1").replaceAll("\r\n", "\n");
    const mails = (await back.mailbox("colleague")).map((mail) => mail.toString("latin1"));
    assert.ok(mails.some((mail) => mail.endsWith(kept)), kept.slice(0, 100));
  }

  const to = "patient@example.com";
  await submit(sealpost.smtp, { to: [to], raw: plainLetter({ subject: "[secure] x", to }) });
  const file = path.join(sealpost.folder, "answer.txt");
  await fs.writeFile(file, ALL);
  const args = ["--output", path.join(sealpost.folder, "read"), "--reply-text", ALL, "--attach", file];
  const read = await open(sink, to, linkOf(await sink.of("notice", to)), args);
  assert.equal(read.code, 0, read.stderr);
  await back.logged("to=<clinic@example.org>", "status=sent");
  await until(async () => (await back.queue()).length === 0, "the queue to be empty");
  const [reply, ...more] = await back.mailbox("clinic");
  assert.equal(more.length, 0, "the reply came as several mails");
  assert.equal((await back.mailbox("x")).length, 0);
  assert.equal((await back.mailbox("colleague")).length, letters.length);
  const parsed = await simpleParser(Buffer.from(reply.toString("latin1").replaceAll("\n", "\r\n"), "latin1"));
  assert.equal(parsed.attachments[0].content.toString(), ALL, "the file changed");
  for (const n of SEQUENCES.keys()) assert.match(parsed.text, new RegExp(`before ${n}\\b`));
});
