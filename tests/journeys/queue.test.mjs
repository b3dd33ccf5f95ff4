// What senders are told when something does not arrive, what comes back, and what an operator can
// do about it (promises D3, D6, S6).

import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { outcome, plainLetter, Sealpost, Sink, Smtp, submit, until } from "./harness.mjs";
import { readReport as read } from "./reports.mjs";

const CLINIC = "clinic@example.org";
let sink, gateway;

before(async () => {
  sink = await Sink.start();
  gateway = await Sealpost.start({ sink });
});
after(async () => {
  await gateway.stop();
  await sink.stop();
});

const error = (code, words) => Object.assign(new Error(words), { responseCode: code });
const dsn = (n = 0) => sink.of("dsn", CLINIC, n);
const reports = () => sink.all("dsn", CLINIC).length;

test("a sender is told of a refused copy and a refused notice in one report", async () => {
  sink.refuse = (address) => (/^gone/.test(address) ? error(550, "5.1.1 gone@x is\ttheir word") : undefined);
  const to = ["gone@example.org", "gone-too@example.com", "fine@example.com"];
  const raw = plainLetter({
    subject: "[secure] Results of Mrs Jones",
    to: to[0],
    text: "Plaintext.",
    fields: ["Message-ID: <one@example.org>", "Date: Sun, 22 Nov 2026 12:00:00 +0000"],
  });
  const reply = await submit(gateway.smtp, { to, raw });
  assert.match(reply, /^250/);
  const mail = await dsn();
  sink.refuse = () => undefined;
  assert.equal(mail.from, "");
  const text = mail.raw.toString();
  for (const secret of ["Jones", "Results", "Plaintext", "[secure]"]) {
    assert.ok(!text.includes(secret), `${secret} in ${text}`);
  }
  const report = await read(mail.raw);
  assert.deepEqual(report.defects, []);
  assert.match(text, /^MIME-Version: 1\.0\r$/m);
  assert.equal(report.header.match(/^To:/gm).length, 1);
  assert.equal(report.type, "multipart/report");
  assert.equal(report.report, "delivery-status");
  assert.deepEqual(report.types, ["text/plain", "message/delivery-status", "text/rfc822-headers"]);
  assert.equal(report.subject, "Your message could not be delivered");
  assert.equal(report.auto, "auto-replied");
  assert.equal(report.message["Reporting-MTA"], "dns; secure.example.org");
  const failed = report.recipients.map((each) => each["Final-Recipient"]).sort();
  assert.deepEqual(failed, ["rfc822; gone-too@example.com", "rfc822; gone@example.org"]);
  for (const each of report.recipients) {
    assert.equal(each.Action, "failed");
    assert.equal(each.Status, "5.1.1");
    assert.equal(each["Diagnostic-Code"], "smtp; 550 5.1.1 gone@x is their word");
    assert.match(each["Remote-MTA"], /^dns; \[?[\w.]+\]?$/);
  }
  assert.match(report.text, /gone@example\.org/);
  assert.match(report.text, /The address does not exist/);
  assert.match(report.header, /^Message-ID: <one@example\.org>/m);
  assert.doesNotMatch(report.header, /Subject|fine@/);
  const balance = await gateway.settled();
  assert.deepEqual([balance.dsn, balance.notified, balance.balanced], [2, 1, true]);
});

test("nobody is told who must not be, and the recipient is held with an alarm", async () => {
  sink.refuse = (address) => (/^gone/.test(address) ? error(550, "no") : undefined);
  const before = reports();
  for (const field of ["Auto-Submitted: auto-generated", "Precedence: bulk", "List-Id: <x.example.org>"]) {
    const raw = plainLetter({ subject: "x", to: "gone@example.org", fields: [field] });
    assert.match(await submit(gateway.smtp, { to: ["gone@example.org"], raw }), /^250/);
  }
  const balance = await gateway.settled();
  sink.refuse = () => undefined;
  assert.equal(balance.held, 3);
  assert.equal(reports(), before);
  assert.match(gateway.log, /nobody is told/);
  const { stdout } = await gateway.command("--json", "queue", "list");
  const tasks = JSON.parse(stdout);
  assert.deepEqual(tasks.map((task) => task.state), ["held", "held", "held"]);
  assert.doesNotMatch(stdout, /example/);
  const shown = await gateway.command("queue", "show", tasks[0].id, "--show-addresses");
  assert.match(shown.stdout, /gone@example\.org/);
});

test("an operator puts back, holds and drops", async () => {
  await gateway.command("queue", "retry", "--all");
  let balance = await gateway.settled();
  assert.equal(balance.held, 0);
  sink.refuse = () => error(451, "later");
  const raw = plainLetter({ subject: "x", to: "slow@example.org" });
  await submit(gateway.smtp, { to: ["slow@example.org"], raw });
  const waiting = async () => {
    const all = JSON.parse((await gateway.command("--json", "queue", "list", "--all")).stdout);
    return all.find((task) => task.failures > 0 && task.state === "waiting");
  };
  const { id } = await until(waiting, "a task that waits");
  const held = await gateway.command("queue", "hold", id, "--reason", "the ward asked");
  assert.match(held.stderr, /held by an operator: the ward asked/);
  assert.equal((await gateway.balance()).held, 1);
  const refused = await outcome(process.env.SEALPOST, ["--config", gateway.config, "queue", "drop", id]);
  assert.equal(refused.code, 2, "it asks, and there is no terminal");
  await gateway.command("--dry-run", "queue", "drop", id);
  assert.equal((await gateway.balance()).held, 1);
  const before = reports();
  sink.refuse = () => undefined;
  await gateway.command("--yes", "queue", "drop", id);
  const report = await read((await dsn(before)).raw);
  assert.match(report.text, /operator of the mail gateway has given it up/);
  balance = await gateway.settled();
  assert.ok(balance.balanced);

  // What was done stands in the record, with the reason sealed.
  const { stdout } = await gateway.command("--json", "audit", "list", "--show-reasons");
  const acts = JSON.parse(stdout);
  assert.deepEqual(acts.map((each) => each.number), acts.map((_, n) => n + 1));
  assert.deepEqual(
    acts.map((each) => [each.act, each.changed, each.reason]),
    [
      ...Array.from({ length: 3 }, () => ["queue retry", 1, null]),
      ["queue hold", 1, "the ward asked"],
      ["queue drop", 1, null],
    ],
  );
  assert.ok(acts.every((each) => each.who === "operator" && each.at.endsWith("Z")));
  assert.equal(acts.at(-1).task, id);
  const plain = (await gateway.command("audit", "list")).stdout;
  assert.match(plain, /queue hold task [-0-9a-f]+: reason sealed/);
  assert.doesNotMatch(plain, /example|ward/);
  for (const name of (await fs.readdir(path.join(gateway.folder, "data"))).filter((name) => /\.db|sqlite|wal/.test(name))) {
    const octets = await fs.readFile(path.join(gateway.folder, "data", name));
    assert.ok(!octets.includes("the ward asked"), name);
  }
});

test("a notice that comes back is told once, and what is no failure is dropped", async () => {
  const raw = plainLetter({ subject: "[secure] x", to: "later-gone@example.com" });
  await submit(gateway.smtp, { to: ["later-gone@example.com"], raw });
  const notice = await sink.of("notice", "later-gone@example.com");
  assert.match(notice.from, /^bounce\+\w+@secure\.example\.org$/);
  await gateway.settled();
  const bounce = (action, status) =>
    Buffer.from(
      [
        "From: MAILER-DAEMON@mx.example.com",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        "",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example.com",
        "",
        "Final-Recipient: rfc822; later-gone@example.com",
        `Action: ${action}`,
        `Status: ${status}`,
        "",
        "--b--",
        "",
      ].join("\r\n"),
    );
  const before = reports();
  const start = await gateway.balance();
  const back = (raw) => submit(gateway.smtp, { from: "", to: [notice.from], raw });
  assert.match(await back(bounce("delayed", "4.4.1")), /^250/);
  assert.match(await back(plainLetter({ subject: "Out of office", to: notice.from })), /^250/);
  assert.match(await back(bounce("failed", "5.1.1")), /^250/);
  assert.match(await back(bounce("failed", "5.1.1")), /^250/);
  const report = await read((await dsn(before)).raw);
  assert.equal(report.recipients[0].Status, "5.1.1");
  const moved = await until(async () => {
    const now = await gateway.balance();
    return now.dsn === start.dsn + 1 && now;
  }, "the end to move");
  assert.equal(moved.notified, start.notified - 1);
  assert.ok(moved.balanced);
  assert.equal(reports(), before + 1);
  // Nobody else is written to without a sender.
  for (const to of ["clinic@example.org", "patient@example.com", "bounce+0000000000000000000000000@secure.example.org"]) {
    assert.match(await submit(gateway.smtp, { from: "", to: [to], raw }), /^550/);
  }
});

test("metrics say what the balance says, and nobody's address", async () => {
  const text = await (await fetch(`http://127.0.0.1:${gateway.health}/metrics`)).text();
  const balance = await gateway.balance();
  const figure = (name) => Number(new RegExp(`^${name.replace(/[{}]/g, "\\$&")} (\\d+)$`, "m").exec(text)?.[1]);
  assert.equal(figure("sealpost_recipients_accepted"), balance.accepted);
  for (const end of ["notified", "dsn", "expired", "revoked", "held", "in_progress"]) {
    assert.equal(figure(`sealpost_recipients{end="${end}"}`), balance[end], end);
  }
  assert.equal(figure("sealpost_held_total"), 3);
  assert.ok(figure("sealpost_bounces_failed_total") >= 1);
  assert.doesNotMatch(text, /@/);
});

test("metrics count what comes in by SMTP", async () => {
  const figures = async () => {
    const text = await (await fetch(`http://127.0.0.1:${gateway.health}/metrics`)).text();
    const lines = text.split("\n").filter((line) => line.startsWith("sealpost_smtp_"));
    const families = new Set(lines.map((line) => line.split(/[ {]/)[0]));
    for (const name of families) {
      assert.equal(text.split(`# HELP ${name} `).length, 2, name);
      const kind = name.endsWith("_total") ? "counter" : "gauge";
      assert.ok(text.includes(`# TYPE ${name} ${kind}\n`), name);
    }
    return Object.fromEntries(lines.map((line) => line.replace("sealpost_smtp_", "").split(" ")));
  };
  const idle = async () => {
    const now = await figures();
    return now.sessions === "0" && now;
  };
  const before = await until(idle, "no session");
  const raw = plainLetter({ subject: "[secure] x", to: "counted@example.com" });
  const smtp = await Smtp.connect(gateway.smtp);
  await smtp.say("EHLO client.example.org");
  assert.equal((await figures()).sessions, "1");
  assert.match(await smtp.say("MAIL FROM:<stranger@example.net>"), /^5/);
  assert.match(await smtp.send({ to: ["counted@example.com"], raw }), /^250/);
  smtp.close();
  const after = await until(idle, "the session to end");
  const grown = Object.keys(after)
    .map((name) => [name, after[name] - before[name]])
    .filter(([, more]) => more > 0);
  const { 'received_bytes_total{what="read"}': read, ...exact } = Object.fromEntries(grown);
  assert.deepEqual(exact, {
    connections_total: 1,
    'sessions_ended_total{how="left"}': 1,
    'refusals_total{class="5xx"}': 1,
    messages_accepted_total: 1,
    'received_bytes_total{what="accepted"}': raw.length,
  });
  assert.ok(read > raw.length && read < raw.length + 300, `${read} octets`);
  await gateway.settled();
});

test("a mail bomb of twenty-two is twenty notices now, and two that wait", async () => {
  const to = "bombed@example.com";
  const smtp = await Smtp.connect(gateway.smtp);
  await smtp.say("EHLO client.example.org");
  for (let n = 0; n < 22; n += 1) {
    const reply = await smtp.send({ to: [to], raw: plainLetter({ subject: `[secure] ${n}`, to }) });
    assert.match(reply, /^250/);
  }
  smtp.close();
  await until(() => sink.all("notice", to).length === 20, "twenty notices");
  const gathered = async () => {
    const all = JSON.parse((await gateway.command("--json", "queue", "list", "--all")).stdout);
    const waiting = all.filter((task) => task.kind === "notice" && task.state === "waiting");
    return waiting.length === 2 && waiting;
  };
  for (const task of await until(gathered, "two that wait")) {
    const wait = Date.parse(task.due_at) - Date.now();
    assert.ok(wait > 0 && wait <= 3_600_000, `${wait} ms`);
  }
  const balance = await gateway.balance();
  assert.equal(balance.in_progress, 2);
  assert.ok(balance.balanced);
  assert.equal(sink.all("notice", to).length, 20);
});
