// Who gives a message more time moves what is due with its end: reminders come at half of the new
// time and two days before the new end, none at the old ones; the sender still hears of who has not
// read it; and it ends at the new end (decision 0026).
//
// libfaketime sets the wall clock of the program alone. Weeks pass by a restart, by which an operator
// says that the clock is right (decision 0017); what comes by itself comes while it goes on in
// steps of less than an hour.

import assert from "node:assert/strict";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { Sealpost, Sink, browserPage, closeBrowser, codeOf, linkOf, submit, until } from "./harness.mjs";
import { letter } from "./letters.mjs";
import { readReport } from "./reports.mjs";

const [SENDER, ANNA] = ["clinic@example.org", "anna@example.com"];
/** Theirs is not given more time. */
const [WARD, BEN] = ["ward@example.org", "ben@example.com"];
const LIBRARIES = ["x86_64", "aarch64"].map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`);
const ASK = "Email me a security code";
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
let sink, sealpost, folder, file;

/** The program's clock. */
const set = async (at) => {
  const seconds = Math.round((at - Date.now()) / 1000);
  await fs.writeFile(`${file}.new`, `${seconds < 0 ? "" : "+"}${seconds}\n`);
  await fs.rename(`${file}.new`, file);
};
const restartAt = async (at) => {
  await sealpost.kill("SIGTERM");
  await set(at);
  await sealpost.run();
};
const count = (kind, to) => sink.all(kind, to).length;
const told = () => [count("reminder", ANNA), count("alert", SENDER), count("dsn", SENDER)];
/** "10 January 2027", as mails and pages have it. */
const day = (at) => new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "Europe/London" }).format(at);
/** Lets the clock pass an instant; gives the mail that comes by it, and makes sure that nothing came before. */
const passing = async (at, kind, to) => {
  const before = told();
  await restartAt(at - 20 * MINUTE);
  // What is due at the start has come by the time that the clock has gone on for a while.
  await new Promise((done) => setTimeout(done, 2000));
  assert.deepEqual(told(), before, "before its time");
  await set(at + 20 * MINUTE);
  return sink.of(kind, to, count(kind, to));
};
/** The same where nothing may come of this message. Of the one that was not given more time there does (the control). */
const passingInSilence = async (at, ...control) => {
  const before = told();
  await passing(at, ...control);
  await new Promise((done) => setTimeout(done, 1000));
  assert.deepEqual(told(), before, "at the old time");
};

before(async () => {
  const exists = (one) => fs.access(one).then(() => true, () => false);
  const found = await Promise.all(LIBRARIES.map(exists));
  const library = LIBRARIES[found.indexOf(true)];
  assert.ok(library, "libfaketime is missing: apt-get install faketime");
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "sealpost-extended-"));
  file = path.join(folder, "time");
  await set(Date.now());
  sink = await Sink.start();
  const extra = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_DONT_FAKE_MONOTONIC: "1", FAKETIME_NO_CACHE: "1" };
  const policy = `receipts = "always"\nexpiry_days = 30\nalert_unread_after_hours = ${17 * 24}`;
  sealpost = await Sealpost.start({ sink, policy, extra });
});

after(async () => {
  await closeBrowser();
  await sealpost?.stop();
  await sink?.stop();
  await fs.rm(folder, { recursive: true });
});

test("reminders, the alert and the end go by the new end, and none by the old one", async (t) => {
  const begun = Date.now();
  assert.match(await submit(sealpost.smtp, { to: [ANNA], raw: letter({ to: ANNA }) }), /^250 /);
  assert.match(await submit(sealpost.smtp, { from: WARD, to: [BEN], raw: letter({ to: BEN }) }), /^250 /);
  const notice = await sink.of("notice", ANNA);
  await sink.of("notice", BEN);
  const receipt = await sink.of("receipt", SENDER);
  const [, reference] = /Reference: (\S+)/.exec(notice.parsed.text);
  assert.ok(notice.parsed.text.includes(day(begun + 30 * DAY)), notice.parsed.text);

  // Ten days on the sender gives it as much time as a message of that day has.
  await restartAt(begun + 10 * DAY);
  assert.deepEqual(told(), [0, 0, 0]);
  const page = await browserPage(sealpost.origin);
  await page.goto(/^https?:\S+\/s\/\S+#1\.\S+$/m.exec(receipt.parsed.text)[0]);
  await page.getByRole("button", { name: ASK }).click();
  await page.getByRole("textbox", { name: "Security code" }).fill(codeOf(await sink.of("code", SENDER)));
  await page.getByRole("button", { name: "Continue" }).click();
  const end = begun + 40 * DAY;
  await page.getByRole("button", { name: `Keep it available until ${day(end)}` }).click();
  await page.getByText(`Can be opened until ${day(end)}`).waitFor();
  const anna = await browserPage(sealpost.origin);
  const untilOnPage = async () => {
    await anna.goto("about:blank");
    await anna.goto(linkOf(notice));
    await anna.getByRole("button", { name: ASK }).waitFor();
    return anna.getByText("Available until").locator("xpath=following-sibling::*[1]").textContent();
  };
  assert.ok((await untilOnPage()).startsWith(day(end)));

  // Half of the old time.
  await passingInSilence(begun + 15 * DAY, "reminder", BEN);
  // The sender's own limit knows no end.
  const alert = await passing(begun + 17 * DAY, "alert", SENDER);
  t.diagnostic(alert.parsed.text);
  assert.match(alert.parsed.text, /have not opened it:\s+anna@example\.com\s/);
  assert.deepEqual(told(), [0, 1, 0]);
  // Half of the new one.
  const first = await passing(begun + 20 * DAY, "reminder", ANNA);
  t.diagnostic(first.parsed.text);
  // Two days before the old end, and that end itself: the message is there.
  await passingInSilence(begun + 28 * DAY, "reminder", BEN);
  await passingInSilence(begun + 30 * DAY, "dsn", WARD);
  assert.ok((await untilOnPage()).startsWith(day(end)));
  // Two days before the new one.
  const last = await passing(begun + 38 * DAY, "reminder", ANNA);
  t.diagnostic(last.parsed.text);
  for (const { parsed, raw } of [first, last]) {
    assert.match(parsed.text, new RegExp(`Search your mailbox for ${reference}: our email of ${day(begun)} from noreply@secure\\.example\\.org`));
    assert.ok(parsed.text.includes(`You can read that message until ${day(end)}`), parsed.text);
    assert.doesNotMatch(raw.toString(), /https?:|\/m\/|#1\./, "no link");
  }
  assert.deepEqual([first, last].map(({ parsed }) => Math.round((parsed.date - begun) / DAY)), [20, 38]);
  assert.deepEqual(told(), [2, 1, 0]);

  // And the new end is one.
  const over = await passing(end, "dsn", SENDER);
  const report = await readReport(over.raw);
  t.diagnostic(report.text);
  assert.deepEqual(report.defects, []);
  assert.match(report.text, /was sent a link and has not opened it/);
  await anna.goto("about:blank");
  await anna.goto(linkOf(notice));
  await anna.getByRole("heading", { level: 1, name: "This message is no longer available" }).waitFor();
  assert.deepEqual(told(), [2, 1, 1]);
  await until(async () => (await sealpost.balance()).in_progress === 0, "every task to be done");
  for (const one of [page, anna]) assert.deepEqual(one.strangers, []);
});
