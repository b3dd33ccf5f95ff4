// deploy/postfix.md, run: its own lines given to a real Postfix in front of and behind the program.
// Nothing here repeats a line of the guide, so that guide and test cannot part.

import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { Sealpost, Sink, Smtp, freePort, kindOf, linkOf, open, outcome, plainLetter, submit } from "./harness.mjs";
import { Postfix, SERVICES, guide, mailboxesFor } from "./postfix.mjs";

const CLINIC = "clinic@example.org";
const PATIENT = "patient@example.com";
const blocks = await guide();

/**
 * Postfix as the guide says, for way "A" or "B", with the program behind it and a sink for the
 * world. `edit` changes the guide's text of a file, for controls.
 */
async function world(t, way, edit = (_, text) => text) {
  const made = {};
  t.after(async () => {
    for (const part of ["first", "out", "sealpost", "sink"]) await made[part]?.stop();
  });
  made.sink = await Sink.start();
  made.first = await Postfix.create();
  const back = await freePort();
  const sealpost = await Sealpost.create({ sink: { port: back } });
  made.sealpost = { stop: () => sealpost.process && sealpost.stop() };
  if (way === "A") made.out = await Postfix.create({ name: "postfix-out" });
  const { first, out, sink } = made;

  // The guide's paths and ports are an operator's; these are the test's.
  const here = (text) =>
    text
      .replaceAll("/etc/postfix-out", out?.etc)
      .replaceAll("/etc/postfix", first.etc)
      .replace(/^queue_directory = .*|^data_directory = .*/gm, "")
      .replaceAll("127.0.0.1]:25\n", `127.0.0.1]:${first.port}\n`)
      .replaceAll(":2525", `:${sealpost.smtp}`)
      .replaceAll("port = 10026", `port = ${back}`)
      .replaceAll(":10026", `:${back}`);
  const lines = (file) =>
    blocks
      .filter((block) => block.file === file && (!/^[AB]:/.test(block.part) || block.part.startsWith(way)))
      .map((block) => here(edit(file, block.text)))
      .join("\n");

  // The program's own part of the guide is what every journey runs with.
  const configuration = await fs.readFile(sealpost.config, "utf8");
  for (const line of lines("sealpost.toml").split("\n")) {
    assert.ok(configuration.split("\n").includes(line), `the journeys' configuration lacks ${line}`);
  }

  // A site with mailboxes and a smart host. Other addresses of loopback are the outside.
  const site = `mynetworks = 127.0.0.1/32\nrelayhost = [127.0.0.1]:${sink.port}\n`;
  await first.configure(site + mailboxesFor(first, "example.org", ["clinic", "colleague", "surgeon"]) + lines("/etc/postfix/main.cf"), {
    master: lines("/etc/postfix/master.cf"),
  });
  const named = new Set(blocks.map((block) => block.file));
  for (const file of named) {
    const [, folder, name] = /^\/etc\/(postfix|postfix-out)\/(sealpost_\w+|transport|tls_policy)$/.exec(file) ?? [];
    if (name && lines(file)) await (folder === "postfix" ? first : out).append(name, lines(file));
  }
  await first.start();
  if (out) {
    const main = `${lines("/etc/postfix-out/main.cf")}\nrelayhost = [127.0.0.1]:${sink.port}`;
    await out.replace(main, lines("/etc/postfix-out/master.cf") + SERVICES);
    await out.start();
  }
  await sealpost.run();
  return { first, out, sink, sealpost, back };
}

/** Hands a mail to Postfix as a person's program does. */
async function swaks(port, ...args) {
  const all = ["--server", "127.0.0.1", "--port", port, "--helo", "pc.example.org", "--from", CLINIC, ...args];
  return outcome("swaks", all.map(String));
}

/** A word in the log: Postfix handed a mail to Sealpost. */
const toSealpost = ({ sealpost }) => `relay=127.0.0.1[127.0.0.1]:${sealpost.smtp}`;

const emptied = async (...instances) => {
  for (const postfix of instances.filter(Boolean)) {
    for (let n = 0; (await postfix.queue()).length > 0; n++) {
      assert.ok(n < 200, "the queue stays full");
      await new Promise((done) => setTimeout(done, 50));
    }
  }
};

const WAYS = { A: "transport map, two instances", B: "content filter, one instance" };

for (const [way, name] of Object.entries(WAYS)) {
  test(`${way}: ${name}`, async (t) => {
    const all = await world(t, way);
    const { first, out, sink, sealpost } = all;

    await t.test("a tagged mail is sealed; notice, code and secure reply go through Postfix", async () => {
      const sent = await swaks(first.port, "--to", `${PATIENT},colleague@example.org`, "--h-Subject", "[secure] Results", "--body", "All is well.");
      assert.equal(sent.code, 0, sent.stdout);
      await first.logged(`to=<${PATIENT}>`, toSealpost(all), "status=sent (250 2.0.0 Stored");
      const notice = await sink.of("notice", PATIENT);
      assert.match(notice.raw.toString(), /^Received: from secure\.example\.org .*\r\n\tby \w+\.example\.org \(Postfix\)/m);
      assert.ok(!notice.raw.includes("All is well"), "the notice shows the mail");
      assert.ok(!sink.mails.some((mail) => mail.to.includes(PATIENT) && kindOf(mail) === undefined), "a copy in clear");

      const read = await open(sink, PATIENT, linkOf(notice), ["--output", path.join(sealpost.folder, "read"), "--reply-text", "Thank you."]);
      assert.equal(read.code, 0, read.stderr);
      assert.match(read.stdout, /All is well\./);
      await first.logged(`to=<${CLINIC}>`, "relay=virtual", "status=sent");
      const [reply] = await first.mailbox("clinic");
      assert.match(reply.toString(), /^X-Sealpost-Kind: reply$/m);
      assert.match(reply.toString(), /Thank you\./);

      const [copy] = await first.mailbox("colleague");
      assert.match(copy.toString(), /All is well\./);
      const passed = /^X-Sealpost-Loop/m.test(copy.toString());
      assert.equal(passed, way === "B", "a colleague's mail meets Sealpost in way B only");
    });

    await t.test("the answer to a secure reply is sealed without the tag", async () => {
      const [reply] = await first.mailbox("clinic");
      const token = /^Reply-To: .*?(reply\+\w+@secure\.example\.org)/m.exec(reply.toString())[1];
      const earlier = sink.all("notice", PATIENT).length;
      const sent = await swaks(first.port, "--to", token, "--h-Subject", "Re: Results", "--body", "Until Thursday.");
      assert.equal(sent.code, 0, sent.stdout);
      await sink.of("notice", PATIENT, earlier);
      // The token is worth nothing outside.
      const outside = await swaks(first.port, "--local-interface", "127.0.0.2", "--to", token);
      assert.match(outside.stdout, /^<\*\* 554 5\.7\.1 .*Write to this address from inside$/m);
    });

    await t.test("untagged mail reaches the outside as it was, stuffed dots and long lines and all", async () => {
      const to = "supplier@example.net";
      const text = [".", "..", ".a", "x".repeat(990), "", "Grüße", "  trailing  ", "From here", "."].join("\r\n");
      const raw = plainLetter({ subject: "An order", to, text, fields: ["Date: Sun, 22 Nov 2026 10:00:00 +0000", "Message-ID: <order@example.org>", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"] });
      const smtp = await Smtp.connect(first.port);
      await smtp.say("EHLO pc.example.org");
      await smtp.say(`MAIL FROM:<${CLINIC}> BODY=8BITMIME`);
      await smtp.say(`RCPT TO:<${to}>`);
      await smtp.say("DATA");
      smtp.write(Buffer.from(raw.toString("latin1").replace(/(^|\r\n)\./g, "$1.."), "latin1"));
      assert.match(await smtp.say("."), /^250 /);
      smtp.close();
      const came = await sink.mail((mail) => mail.to.includes(to), "the order");
      assert.ok(came.raw.subarray(-raw.length).equals(raw), "octets changed");
      assert.match(came.raw.toString(), /^X-Sealpost-Loop: secure\.example\.org\r$/m);
      assert.equal(came.from, CLINIC);
    });

    await t.test("mail whose sender is not ours goes where it went", async () => {
      for (const [from, to] of [["<>", "away@example.net"], ["stranger@example.com", "forwarded@example.net"]]) {
        const sent = await swaks(first.port, "--from", from, "--to", to, "--h-Subject", "Out of office");
        assert.equal(sent.code, 0, sent.stdout);
        const came = await sink.mail((mail) => mail.to.includes(to), `mail from ${from}`);
        assert.doesNotMatch(came.raw.toString(), /X-Sealpost/);
      }
    });

    await t.test("a bounce of a notice finds the way to Sealpost; other addresses there are none", async () => {
      const token = "bounce+0123456789abcdefghjkmnpqrs@secure.example.org";
      const bounce = await swaks(first.port, "--local-interface", "127.0.0.2", "--from", "<>", "--to", token);
      assert.equal(bounce.code, 0, bounce.stdout);
      await first.logged(`to=<${token}>`, toSealpost(all));
      const nobody = await swaks(first.port, "--local-interface", "127.0.0.2", "--to", "nobody@secure.example.org");
      assert.match(nobody.stdout, /^<\*\* 550 5\.1\.1 /m);
      const relayed = await swaks(first.port, "--local-interface", "127.0.0.2", "--to", PATIENT);
      assert.match(relayed.stdout, /^<\*\* 454 4\.7\.1 .*Relay access denied/m);
    });

    await t.test("what Sealpost refuses comes back to its sender with Sealpost's words", async () => {
      const before = (await first.mailbox("surgeon")).length;
      const wide = Array.from({ length: 70 }, (_, n) => `X-Wide-${n}: ${"w".repeat(950)}`);
      const raw = plainLetter({ subject: "[secure] Wide", from: "surgeon@example.org", to: PATIENT, fields: wide });
      assert.match(await submit(first.port, { from: "surgeon@example.org", to: [PATIENT], raw }), /^250 /);
      await first.logged("to=<surgeon@example.org>", "relay=virtual", "status=sent");
      const returned = (await first.mailbox("surgeon"))[before].toString();
      assert.match(returned, /said:\s+5\d\d 5\./);
      assert.match(returned, /header/i);
    });

    await t.test("while Sealpost is away, mail waits and takes no other way", async () => {
      await sealpost.kill("SIGTERM");
      const to = "waiting@example.com";
      assert.equal((await swaks(first.port, "--to", to, "--h-Subject", "[secure] Later")).code, 0);
      await first.logged(`to=<${to}>`, "status=deferred");
      assert.equal(sink.mails.filter((mail) => mail.to.includes(to)).length, 0);
      await sealpost.run();
      await first.command("flush");
      await sink.of("notice", to);
      assert.deepEqual(sink.mails.filter((mail) => mail.to.includes(to)).map(kindOf), ["notice"]);
    });

    await t.test("every queue is empty in the end, and Postfix warned of nothing", async () => {
      await emptied(first, out);
      const balance = await sealpost.settled();
      assert.equal(balance.held, 0, JSON.stringify(balance));
      for (const postfix of [first, out].filter(Boolean)) {
        const log = await postfix.log();
        // A sink that does not know a PTR record is no fault of the guide's.
        const warnings = log.split("\n").filter((line) => /warning|fatal|error:|panic/.test(line));
        assert.deepEqual(warnings, []);
      }
    });
  });
}

// The two places where the guide cuts the loop, each taken away.
const UNCUT = {
  A: (file, text) =>
    file === "/etc/postfix-out/transport" ? `${text}*  smtp:[127.0.0.1]:25\n` : text,
  B: (file, text) =>
    file === "/etc/postfix/master.cf" ? text.replace(/^ *-o smtpd_sender_restrictions=\n/m, "") : text,
};
for (const way of Object.keys(WAYS)) {
  test(`${way}: a control: where the guide's loop is not cut, Sealpost ends it and the sender hears of it`, async (t) => {
    const all = await world(t, way, UNCUT[way]);
    const { first, sink } = all;
    const to = "round@example.net";
    assert.equal((await swaks(first.port, "--to", to, "--h-Subject", "Round and round")).code, 0);
    await first.logged(`to=<${to}>`, toSealpost(all), "status=bounced", "554 5.4.6");
    await first.logged(`to=<${CLINIC}>`, "relay=virtual", "status=sent");
    const passes = (await first.log()).split("\n").filter((line) => line.includes(`to=<${to}>`) && line.includes("status=sent"));
    assert.equal(passes.length, 4);
    assert.equal(sink.mails.filter((mail) => mail.to.includes(to)).length, 0);
  });
}
