// What happens to mail when the gateway dies, stops or is started twice (D1, D3, D4, D5).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Sealpost, Sink, Smtp, freePort, plainLetter, outcome, program, submit, until } from "./harness.mjs";

const KILLS = 20;
const SUBMITTERS = 10;

const note = (to, text) => ({ to: [to], raw: plainLetter({ subject: "[secure] Note", to, text }) });

/** A gateway and a sink for one test. */
async function pair(t, options) {
  const sink = await Sink.start();
  t.after(() => sink.stop());
  const sealpost = await Sealpost.start({ sink, ...options });
  t.after(() => sealpost.stop());
  return { sink, sealpost };
}

/** Every recipient's end is reached, and it is the notice. */
async function allNotified(sealpost, seconds) {
  const settled = await sealpost.settled(seconds);
  assert.equal(settled.notified, settled.accepted, JSON.stringify(settled));
  assert.equal(settled.balanced, true);
  return settled;
}

/** Says the words up to the middle of a message; the value goes on from there. */
async function halfAMessage(port, to) {
  const smtp = await Smtp.connect(port);
  const words = ["EHLO client.example.org", "MAIL FROM:<clinic@example.org>", `RCPT TO:<${to}>`, "DATA"];
  for (const word of words) assert.match(await smtp.say(word), /^[23]/);
  smtp.write(`Subject: [secure] Slow\r\nTo: <${to}>\r\n\r\nThe first half`);
  return smtp;
}

// All at once: most of them wait for the gateway's patience to end.
describe("a gateway that is killed, stopped or started twice", { concurrency: true }, () => {
  test("after a kill between 250 and the notice, the notice leaves once, and soon", async (t) => {
    const { sink, sealpost } = await pair(t);
    const reached = new Set();
    sink.refuse = (to) => {
      reached.add(to);
      // One relay that never answers, one that puts off.
      return to.startsWith("hung") ? new Promise(() => {}) : Object.assign(new Error("later"), { responseCode: 451 });
    };
    for (const to of ["hung@example.com", "late@example.com"]) {
      assert.match(await submit(sealpost.smtp, note(to)), /^250 /);
    }
    await until(() => reached.size === 2, "the relay to be asked");
    await until(() => /put off/.test(sealpost.log), "the refusal to be noted");
    await sealpost.kill();
    assert.equal(sink.mails.length, 0);

    sink.refuse = () => undefined;
    await sealpost.run();
    const ready = Date.now();
    await sink.of("notice", "hung@example.com");
    const seconds = (Date.now() - ready) / 1000;
    t.diagnostic(`the notice in flight left ${seconds.toFixed(1)} s after the restart`);
    assert.ok(seconds < 60, "its lease, of six minutes, ended with its worker");
    await until(() => sink.all("notice", "late@example.com").length, "the notice that was put off", 60);
    const settled = await allNotified(sealpost);
    assert.equal(settled.accepted, 2);
    assert.equal(sink.mails.length, 2, "each notice once");
  });

  test("a message in the middle of its content is taken when a stop is asked for", async (t) => {
    const { sink, sealpost } = await pair(t);
    const idle = await Smtp.connect(sealpost.smtp);
    const slow = await halfAMessage(sealpost.smtp, "slow@example.com");
    sealpost.process.kill("SIGTERM");
    assert.match(await idle.reply(), /^421 /, "who has nothing under way is told at once");
    slow.write("\r\nand the second.\r\n");
    assert.match(await slow.say("."), /^250 /);
    assert.match(await slow.reply(), /^421 /);
    assert.equal((await sealpost.exited)[0], 0);
    await sealpost.run();
    await sink.of("notice", "slow@example.com");
    assert.equal((await allNotified(sealpost)).accepted, 1);
    assert.equal(sink.mails.length, 1);
  });

  test("a client that stays silent in the middle of its content does not hold up a stop", async (t) => {
    const { sealpost } = await pair(t);
    const silent = await halfAMessage(sealpost.smtp, "silent@example.com");
    sealpost.process.kill("SIGTERM");
    assert.match(await silent.reply(), /^421 /, "the client knows that it still has the message");
    assert.equal((await sealpost.exited)[0], 0);
    assert.equal((await sealpost.balance()).accepted, 0);
  });

  test("a stop with idle sessions alone takes seconds", async (t) => {
    const { sealpost } = await pair(t);
    const sessions = await Promise.all([0, 1, 2].map(() => Smtp.connect(sealpost.smtp)));
    await sessions[2].say("EHLO client.example.org");
    const asked = Date.now();
    sealpost.process.kill("SIGTERM");
    for (const session of sessions) assert.match(await session.reply(), /^421 /);
    assert.equal((await sealpost.exited)[0], 0);
    assert.ok(Date.now() - asked < 10_000, `${Date.now() - asked} ms`);
  });

  test("a second gateway on the same data is refused, and the first goes on", async (t) => {
    const { sink, sealpost } = await pair(t);
    const { code: same, stderr: taken } = await outcome(program, ["run", "--config", sealpost.config]);
    assert.equal(same, 1);
    assert.match(taken, /^sealpost: gateway\.smtp_listen: cannot listen on 127\.0\.0\.1:\d+: .+$/m);

    const env = { ...process.env };
    for (const key of ["GATEWAY__SMTP_LISTEN", "VIEWER__LISTEN", "ADMIN__LISTEN"]) {
      env[`SEALPOST__${key}`] = `["127.0.0.1:${await freePort()}"]`;
    }
    const second = await outcome(program, ["run", "--config", sealpost.config], { env });
    assert.equal(second.code, 1);
    assert.match(second.stderr, /^sealpost: another gateway runs on .*data; stop it first$/m);

    assert.match(await submit(sealpost.smtp, note("first@example.com")), /^250 /);
    await sink.of("notice", "first@example.com");
    await allNotified(sealpost);
  });

  test("no message that got its 250 is lost over many kills under load", async (t) => {
    const { sink, sealpost } = await pair(t);
    const acknowledged = [];
    let sent = 0;
    /** Submits until the gateway is gone. */
    const submitter = async () => {
      for (;;) {
        const to = `load${sent++}@example.com`;
        const answer = await submit(sealpost.smtp, note(to, "x".repeat(2000))).catch(() => "");
        if (!answer.startsWith("250 ")) return;
        acknowledged.push(to);
      }
    };
    for (let kills = 0; kills < KILLS; kills++) {
      const before = acknowledged.length;
      const submitters = Array.from({ length: SUBMITTERS }, submitter);
      await until(() => acknowledged.length > before, "the first 250");
      await new Promise((done) => setTimeout(done, Math.random() * 500));
      await sealpost.kill();
      await Promise.all(submitters);
      await sealpost.run();
    }
    const settled = await allNotified(sealpost, 120);
    const copies = new Map();
    for (const mail of sink.mails) {
      const id = /^Message-ID: (.*)\r$/m.exec(mail.raw.toString("latin1"))[1];
      copies.set(mail.to[0], [...(copies.get(mail.to[0]) ?? []), id]);
    }
    const lost = acknowledged.filter((to) => !copies.has(to));
    const twice = [...copies.values()].filter((ids) => ids.length > 1);
    t.diagnostic(
      `${KILLS} kills, ${sent} tries, ${acknowledged.length} with a 250, ${settled.accepted} stored, ` +
        `${lost.length} lost, ${twice.length} notified twice`,
    );
    assert.deepEqual(lost, []);
    assert.equal(copies.size, settled.accepted, "each stored message was announced");
    assert.ok(settled.accepted - acknowledged.length <= KILLS * SUBMITTERS, "more than the 250s that were lost");
    // At least once: a notice in flight at a kill may leave again, and is then known by its id (D5).
    assert.ok(twice.length <= KILLS * 8, `${twice.length} duplicates`);
    for (const ids of twice) assert.equal(new Set(ids).size, 1, `two ids for one notice: ${ids}`);
  });
});
