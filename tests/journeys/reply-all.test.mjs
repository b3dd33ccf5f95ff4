// Reply to all, as policy allows it (decision 0036): from the page and from a terminal to each colleague's mail system.

import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { Sealpost, Sink, browserPage, closeBrowser, codeOf, linkOf, open, plainLetter, submit, until } from "./harness.mjs";

const CLINIC = "clinic@example.org";
const WARD = "ward@example.org";
const GONE = "gone@example.org";
const COUNCIL = "council@sheffield.gov.uk";
const SCHOOL = "school@example.net";
const BLIND = "records@example.org";

let sink, sealpost;

before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.start({ sink, policy: 'reply_all = "trusted"' });
});
after(async () => {
  await closeBrowser();
  await sealpost?.stop();
  await sink?.stop();
});

/** A message that names colleagues, a council and a school; only the parent (and a blind copy) get it by the gateway. */
async function announced(to, { from = sealpost, cc = `${COUNCIL}, ${SCHOOL}` } = {}) {
  const fields = [`Cc: ${cc}`, `Message-ID: <${to}>`];
  const raw = plainLetter({ subject: "[secure] The plan", to: `${to}>, <${WARD}`, fields });
  assert.match(await submit(from.smtp, { to: [to, BLIND], raw }), /^250 /);
  return linkOf(await sink.of("notice", to));
}

const replies = () => sink.mails.filter((mail) => mail.kind === "reply");
const whoGot = (mails) => mails.flatMap((mail) => mail.to).sort();

async function answering(link, to) {
  const page = await browserPage(sealpost.origin, { viewport: { width: 360, height: 640 } });
  await page.goto(link);
  await page.getByRole("button", { name: "Email me a security code" }).click();
  await page.getByRole("textbox", { name: "Security code" }).fill(codeOf(await sink.of("code", to)));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Reply securely" }).click();
  await page.getByRole("textbox", { name: "Your message" }).fill("We agree.");
  return page;
}

async function sent(page) {
  await page.getByRole("button", { name: "Send reply" }).click();
  await page.getByRole("heading", { name: "Reply sent" }).waitFor();
  return page.locator("main").textContent();
}

test("the page names whom a reply can go to, and sends it to the sender alone unless it is told otherwise", async () => {
  const to = "parent@example.com";
  const page = await answering(await announced(to), to);
  const all = page.getByRole("checkbox", { name: new RegExp(WARD) });
  assert.equal(await all.isChecked(), false);
  const label = await page.locator("label[for=everyone]").textContent();
  for (const one of [WARD, COUNCIL]) assert.ok(label.includes(one), label);
  for (const one of [SCHOOL, BLIND, to, CLINIC]) assert.ok(!label.includes(one), label);
  const before = replies().length;
  await sent(page);
  await until(() => replies().length > before, "the reply");
  await sealpost.settled();
  assert.deepEqual(whoGot(replies().slice(before)), [CLINIC]);
});

test("a reply to all reaches the sender and each of them, once, with all in To", async () => {
  const to = "parent-of-two@example.com";
  const page = await answering(await announced(to), to);
  await page.getByRole("checkbox", { name: new RegExp(WARD) }).check();
  const before = replies().length;
  const words = await sent(page);
  for (const one of [CLINIC, WARD, COUNCIL]) assert.ok(words.includes(one), words);
  await until(() => replies().length >= before + 3, "three mails");
  await sealpost.settled();
  const got = replies().slice(before);
  assert.deepEqual(whoGot(got), [CLINIC, COUNCIL, WARD]);
  const [first] = got;
  for (const mail of got) {
    assert.ok(mail.raw.equals(first.raw), "it is one mail");
    assert.equal(mail.from, mail.to[0] === CLINIC ? "bounce@secure.example.org" : CLINIC);
  }
  const { parsed } = await sink.mail((mail) => mail === sink.mails.find(({ raw }) => raw === first.raw), "the mail");
  assert.deepEqual(parsed.to.value.map(({ address }) => address), [CLINIC, WARD, COUNCIL]);
  assert.match(parsed.text, /^We agree\./);
  assert.equal(parsed.inReplyTo, `<${to}>`);
  // A colleague's answer goes to the parent, sealed, whatever its subject says.
  const answer = plainLetter({ from: WARD, subject: "Thank you", to: parsed.replyTo.value[0].address });
  const earlier = sink.all("notice", to).length;
  assert.match(await submit(sealpost.smtp, { from: WARD, to: [parsed.replyTo.value[0].address], raw: answer }), /^250 /);
  await sink.of("notice", to, earlier);
});

test("a colleague whom it does not reach keeps nobody else from it, and the sender is told in words of its own", async () => {
  const to = "guardian@example.com";
  const link = await announced(to, { cc: `${GONE}, ${COUNCIL}` });
  sink.refuse = (address) => address === GONE && Object.assign(new Error("no such mailbox"), { responseCode: 550 });
  const before = replies().length;
  const folder = path.join(sealpost.folder, "guardian");
  const said = await open(sink, to, link, ["--output", folder, "--reply-text", "We agree.", "--reply-all"]);
  assert.equal(said.code, 0, said.stderr);
  assert.match(said.stderr, new RegExp(`With --reply-all a reply goes to these people as well: ${WARD}, ${GONE}, ${COUNCIL}\n`));
  const report = await sink.of("dsn", CLINIC);
  sink.refuse = () => undefined;
  assert.match(report.parsed.subject, /^A secure reply did not reach everybody$/);
  assert.match(report.parsed.text.replace(/\s+/g, " "), /guardian@example\.com has answered a message of yours, to you and to others\..*It did not reach: gone@example\.org The address does not exist/);
  await sealpost.settled();
  assert.deepEqual(whoGot(replies().slice(before)), [CLINIC, COUNCIL, WARD]);
  const { accepted, notified, dsn } = await sealpost.balance();
  assert.equal(accepted, notified + dsn);
  assert.equal(dsn, 1);
});

test("policy explain names whom a recipient may answer, and without the setting the page offers nobody", async () => {
  const file = path.join(sealpost.folder, "plan.eml");
  await fs.writeFile(file, plainLetter({ subject: "[secure] x", to: `parent@example.com>, <${WARD}`, fields: [`Cc: ${COUNCIL}, ${SCHOOL}`] }));
  const explain = async (of, ...args) => (await of.command(...args, "policy", "explain", file)).stdout;
  assert.match(await explain(sealpost), new RegExp(`^Beside the sender a recipient may answer: ${WARD}, ${COUNCIL} \\(policy.reply_all\\)$`, "m"));
  assert.deepEqual(JSON.parse(await explain(sealpost, "--json")).answered_as_well, [WARD, COUNCIL]);
  const strict = await Sealpost.start({ sink });
  try {
    assert.doesNotMatch(await explain(strict), /may answer/);
    const to = "parent-of-one@example.com";
    const link = await announced(to, { from: strict });
    const said = await open(sink, to, link, ["--output", path.join(strict.folder, "out"), "--reply-text", "We agree.", "--reply-all"]);
    assert.equal(said.code, 0, said.stderr);
    assert.doesNotMatch(said.stderr, /With --reply-all/);
    const answers = () => replies().filter((mail) => mail.raw.includes(`<${to}>`));
    await until(() => answers().length > 0, "the reply");
    await strict.settled();
    assert.deepEqual(whoGot(answers()), [CLINIC]);
  } finally {
    await strict.stop();
  }
});
