// What comes by the passing of time: the delay notice, the report of who was given up, of who was
// never told and of who never opened it, the notices that a mail bomb has gathered (D3, D6), reminders,
// and what the sender hears of who does not read.
//
// libfaketime sets the wall clock of the gateway alone. It goes in steps of less than an hour, as no
// clock that jumped does (decision 0017).

import assert from "node:assert/strict";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { linkOf, open, plainLetter, Sealpost, Sink, submit, until } from "./harness.mjs";
import { readReport } from "./reports.mjs";

const CLINIC = "clinic@example.org";
const LIBRARIES = ["x86_64", "aarch64"].map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`);
const STEP = 50;
let sink, gateway, folder, minutes;

const set = async (to) => {
  const file = path.join(folder, "time");
  await fs.writeFile(`${file}.new`, `+${to}m\n`);
  await fs.rename(`${file}.new`, file);
  minutes = to;
};
/** Lets the clock go until something is there. */
const goUntil = async (question, what, hours) => {
  while (minutes < hours * 60) {
    for (let n = 0; n < 7; n++) {
      const found = await question();
      if (found) return found;
      await new Promise((done) => setTimeout(done, 100));
    }
    await set(minutes + STEP);
  }
  return until(question, what);
};
const reports = (sender) => sink.all("dsn", sender);
const fields = (report, name) => report.recipients.map((each) => each[name]);

before(async () => {
  const exists = (file) => fs.access(file).then(() => true, () => false);
  const found = await Promise.all(LIBRARIES.map(exists));
  const library = LIBRARIES[found.indexOf(true)];
  assert.ok(library, "libfaketime is missing: apt-get install faketime");
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "sealpost-late-"));
  await set(0);
  sink = await Sink.start();
  const extra = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: path.join(folder, "time"),
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    FAKETIME_NO_CACHE: "1",
  };
  const policy = `expiry_days = 1
alert_unread_after_hours = 18
[queue]
delay_notice_after_hours = 4
give_up_after_days = 2
notices_per_hour = 2`;
  gateway = await Sealpost.create({ sink, policy, extra });
  await gateway.run();
});
after(async () => {
  await gateway.stop();
  await sink.stop();
  await fs.rm(folder, { recursive: true });
});

const take = async (to, subject, from = CLINIC) => {
  const fields = ["Message-ID: <late@example.org>", "Date: Sun, 22 Nov 2026 12:00:00 +0000"];
  const raw = plainLetter({ subject, from, to: to[0], fields });
  assert.match(await submit(gateway.smtp, { from, to, raw }), /^250/);
};

test("a mail bomb's last notices come in one mail an hour later, and each of its links opens", async () => {
  const to = "bombed@example.com";
  for (let n = 1; n <= 5; n += 1) await take([to], `[secure] number ${n}`);
  await until(() => sink.all("notice", to).length === 2, "two notices");
  assert.equal((await gateway.balance()).in_progress, 3);
  assert.ok(!sink.all("notice", to)[2]);
  await goUntil(() => sink.all("notice", to)[2], "the gathered notice", 3);
  const gathered = await sink.of("notice", to, 2);
  const links = gathered.parsed.text.match(/^https?:\S+\/m\/\S+#1\.\S+$/gm);
  assert.equal(new Set(links).size, 3, gathered.parsed.text);
  const first = [linkOf(await sink.of("notice", to, 0)), linkOf(await sink.of("notice", to, 1))];
  assert.equal(new Set([...first, ...links]).size, 5);
  // Which two go at once is nobody's promise: they are on their way together.
  const opened = [];
  for (const [n, link] of links.entries()) {
    const output = path.join(folder, `opened-${n}`);
    const { code, stderr } = await open(sink, to, link, ["--output", output]);
    assert.equal(code, 0, stderr);
    const mail = await fs.readFile(path.join(output, "message.eml"), "latin1");
    opened.push(/number (\d)/.exec(mail)[1]);
  }
  assert.equal(new Set(opened).size, 3, opened.join());
  const balance = await gateway.settled();
  assert.deepEqual([balance.notified, balance.balanced], [5, true]);
  assert.equal(sink.all("notice", to).length, 3);
  assert.equal(reports(CLINIC).length, 0);
});

test("a delay is told once, and then who was given up, never told, or never looked", async () => {
  const later = Object.assign(new Error("4.2.2 the mailbox is full"), { responseCode: 452 });
  sink.refuse = (address) => (/^full/.test(address) ? later : undefined);
  const from = "ward@example.org";
  const start = minutes;
  const before = await gateway.balance();
  await take(["full@example.org", "full-too@example.com", "looks-not@example.com"], "[secure] Mrs Jones", from);
  await sink.of("notice", "looks-not@example.com");

  await goUntil(() => reports(from)[0], "the delay notice", start / 60 + 8);
  assert.ok(minutes - start >= 4 * 60 - STEP, `${minutes - start} minutes`);
  // Whoever is late is told of in one mail, or in one each.
  const delayed = () => Promise.all(reports(from).map(({ raw }) => readReport(raw)));
  const both = async () => (await delayed()).flatMap((report) => fields(report, "Final-Recipient")).length === 2;
  await goUntil(both, "both delays", start / 60 + 8);
  for (const report of await delayed()) {
    assert.deepEqual(report.defects, []);
    assert.equal(report.type, "multipart/report");
    assert.match(report.subject, /delay|late|not (yet )?been delivered/i);
    assert.ok(fields(report, "Action").every((action) => action === "delayed"));
    assert.ok(fields(report, "Status").every((status) => status === "4.2.2"));
    assert.ok(fields(report, "Diagnostic-Code").every((code) => code === "smtp; 452 4.2.2 the mailbox is full"));
    assert.match(report.text, /full(-too)?@example/);
    assert.match(report.header, /^Message-ID: <late@example\.org>/m);
    assert.doesNotMatch(report.text + report.header, /Jones|Subject|looks-not/);
  }
  assert.equal((await gateway.balance()).in_progress, before.in_progress + 2);
  const told = reports(from).length;

  // At half of the day who was told and has not looked is reminded, and nobody else.
  const [first, relayed] = ["looks-not@example.com", "full@example.org"];
  await goUntil(() => sink.all("reminder", first)[0], "the reminder", start / 60 + 14);
  assert.ok(minutes - start >= 12 * 60 - STEP, `${minutes - start} minutes`);
  const reminder = await sink.of("reminder", first);
  const notice = await sink.of("notice", first);
  const [, reference] = /Reference: (\S+)/.exec(notice.parsed.text);
  assert.match(reminder.parsed.text, new RegExp(`Search your mailbox for ${reference}: our email of .* from noreply@secure\\.example\\.org`));
  assert.doesNotMatch(reminder.raw.toString(), /https?:|\/m\/|#1\.|Jones/, "no link");
  assert.match(reminder.raw.toString(), /^Auto-Submitted: auto-generated/m);
  // Six hours later the sender hears of both who have not read it.
  await goUntil(() => sink.all("alert", from)[0], "the alert", start / 60 + 20);
  assert.ok(minutes - start >= 18 * 60 - STEP, `${minutes - start} minutes`);
  const { parsed, raw } = await sink.of("alert", from);
  assert.match(parsed.text, /have not opened it:\s+looks-not@example\.com\s/);
  assert.match(parsed.text, /could not be told of your message .* yet.*:\s+full-too@example\.com\s/);
  assert.doesNotMatch(raw.toString(), /Jones|full@example\.org/);

  // The message's day is over: one was never told, the other never looked.
  const gone = async () => {
    const all = await Promise.all(reports(from).slice(told).map(({ raw }) => readReport(raw)));
    const recipients = all.flatMap((report) => report.recipients.map((each) => ({ ...each, text: report.text })));
    return recipients.length === 2 && recipients;
  };
  const over = await goUntil(gone, "the end of the message's time", start / 60 + 30);
  assert.ok(minutes - start >= 24 * 60 - STEP, `${minutes - start} minutes`);
  over.sort((a, b) => a["Final-Recipient"].localeCompare(b["Final-Recipient"]));
  assert.deepEqual(
    over.map((each) => [each["Final-Recipient"], each.Action, each.Status]),
    [
      ["rfc822; full-too@example.com", "failed", "5.4.7"],
      ["rfc822; looks-not@example.com", "failed", "5.4.7"],
    ],
  );
  assert.match(over[0].text, /could not be told of it in time/);
  assert.match(over[1].text, /was sent a link and has not opened it/);

  // And the copy that never left is given up after its two days.
  const failure = () => reports(from).slice(told).find(({ raw }) => raw.includes("full@example.org"));
  const failed = await goUntil(failure, "the report of failure", start / 60 + 54);
  assert.ok(minutes - start >= 48 * 60 - STEP, `${minutes - start} minutes`);
  const report = await readReport(failed.raw);
  assert.deepEqual(report.defects, []);
  assert.deepEqual(fields(report, "Final-Recipient"), ["rfc822; full@example.org"]);
  assert.deepEqual([...fields(report, "Action"), ...fields(report, "Status")], ["failed", "4.2.2"]);
  const settled = await gateway.settled();
  // The bomb's messages ran out meanwhile: three were opened, two were not.
  assert.deepEqual([settled.dsn, settled.expired, settled.held], [1, 4, 0], JSON.stringify(settled));
  assert.ok(settled.balanced);
  sink.refuse = () => undefined;
  const count = (kind, to) => sink.all(kind, to).length;
  assert.deepEqual([count("reminder", first), count("reminder", relayed), count("reminder", "full-too@example.com"), count("alert", from)], [1, 0, 0, 1], "each once");
  // Of the bomb's five messages two were not opened: they are gathered like notices, or came before.
  const bombed = sink.all("reminder", "bombed@example.com");
  assert.ok(bombed.length >= 1 && bombed.length <= 2, String(bombed.length));
});
