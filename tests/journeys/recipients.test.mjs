// What recipients can say with one button, and what becomes of it: "this is not for me" closes the
// link and tells the sender; "more time" tells the sender, whose operator can give it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Sealpost, Sink, browserPage, closeBrowser, codeOf, linkOf, open, outcome, program, submit, until } from "./harness.mjs";
import { letter } from "./letters.mjs";

const ASK = "Email me a security code";
const CLOSE = "Tell the sender and close the link";
const SUBJECT = "Your appointment on Thursday";
const CLINIC = "clinic@example.org";

let sink, sealpost;
let count = 0;

before(async () => {
  sink = await Sink.start();
  // So short that every page offers to ask for more.
  sealpost = await Sealpost.start({ sink, policy: "expiry_days = 5" });
});
after(async () => {
  await closeBrowser();
  await sealpost?.stop();
  await sink?.stop();
});

/** A message to several people: its id, and the link of each. */
async function announced(names) {
  const to = names.map((name) => `${name}-${++count}@example.com`);
  const from = sealpost.log.length;
  assert.match(await submit(sealpost.smtp, { to, raw: letter({ to: to[0] }) }), /^250 /);
  const links = await Promise.all(to.map(async (address) => linkOf(await sink.of("notice", address))));
  await sealpost.settled();
  const id = /message\.id=([0-9a-f-]{36})/.exec(sealpost.log.slice(from))[1];
  return { id, to, links };
}

const alerts = () => sink.all("alert", CLINIC);
const show = async (id, ...args) => JSON.parse((await sealpost.command("--json", "messages", "show", id, ...args)).stdout);
/** The recipient of an address, as the operator sees it. */
const seen = async (id, address) => (await show(id, "--show-addresses")).recipients.find((each) => each.address === address);

async function read(page, to, link) {
  await page.goto(link);
  await page.getByRole("button", { name: ASK }).click();
  await page.getByRole("textbox", { name: "Security code" }).fill(codeOf(await sink.of("code", to)));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
}

test("a message that is not for its reader is closed, and its sender hears of it", async () => {
  const { id, to, links } = await announced(["wrong", "right"]);
  const before = await sealpost.balance();
  const reader = await browserPage(sealpost.origin);
  await read(reader, to[0], links[0]);
  const page = await browserPage(sealpost.origin);
  await page.goto(links[0]);
  await page.getByText("This is not for me").click();
  await page.getByRole("button", { name: CLOSE }).click();
  await page.getByText("We tell the sender, and this link stops working.").waitFor();
  await page.getByRole("button", { name: "Yes, close the link" }).click();
  await page.getByRole("heading", { name: "Thank you. The link is closed." }).waitFor();

  const alert = await sink.of("alert", CLINIC);
  const text = alert.parsed.text.replace(/\s+/g, " ");
  assert.match(text, new RegExp(`link of ${to[0]} says that your message of .* is not for them`));
  assert.match(text, /Before that, the message was opened with that link/);
  assert.doesNotMatch(alert.raw.toString(), /appointment|Thursday/i, "no subject");
  assert.equal(alert.from, "");

  // Whoever had it open reads no further, and nobody opens it again.
  await reader.getByRole("button", { name: "Download a copy" }).click();
  // The session is over, and no code would open it again: the page says which it is.
  await reader.getByRole("heading", { name: "Thank you. The link is closed." }).waitFor();
  const again = await outcome(program, ["open", links[0], "--code", "-"]);
  assert.notEqual(again.code, 0);
  assert.match(again.stderr, /disowned|not for them/);
  await page.reload();
  await page.getByRole("heading", { name: "Thank you. The link is closed." }).waitFor();

  const other = await open(sink, to[1], links[1], ["--output", `${sealpost.folder}/right`]);
  assert.equal(other.code, 0, other.stderr);
  const wrong = await seen(id, to[0]);
  assert.deepEqual([wrong.state, wrong.end, wrong.openings.count], ["withdrawn", "withdrawn", 1]);
  assert.ok(Date.parse(wrong.not_for_them_at) > Date.parse(wrong.openings.newest[0]) - 1_000);
  const right = await seen(id, to[1]);
  assert.deepEqual([right.state, right.end, right.openings.count], ["open", "notified", 1]);
  const now = await sealpost.balance();
  assert.deepEqual([now.revoked - before.revoked, before.notified - now.notified, now.balanced], [1, 1, true]);
  const events = JSON.parse((await sealpost.command("--json", "audit", "list")).stdout);
  const kept = events.filter((event) => event.act === "not for me");
  assert.deepEqual(kept.map(({ who, message, recipient }) => [who, message, recipient]), [["recipient", id, wrong.recipient]]);
  assert.equal(alerts().length, 1, "told once");
  assert.doesNotMatch(sealpost.log, new RegExp(to[0]), "nobody's address is in the log");
  assert.deepEqual([page.faults, reader.faults.filter((fault) => !/40[1-9]|410/.test(fault))], [[], []]);
});

test("a script that presses every button closes nothing and asks for nothing", async () => {
  const { id, to, links } = await announced(["scanned"]);
  const posted = [];
  const landing = async () => {
    const page = await browserPage(sealpost.origin);
    page.on("request", (request) => request.method() === "POST" && posted.push(new URL(request.url()).pathname.split("/").pop()));
    await page.goto(links[0]);
    await page.getByText("This is not for me").click();
    return page;
  };
  // One button at a time, so that no other one's page hides it; and the question, opened by a hand.
  for (const press of [
    (page) => page.getByRole("button", { name: CLOSE }).evaluate((button) => button.click()),
    async (page) => {
      await page.getByRole("button", { name: CLOSE }).click();
      await page.evaluate(() => document.querySelectorAll("dialog button").forEach((button) => button.dispatchEvent(new MouseEvent("click", { bubbles: true }))));
    },
    (page) => page.evaluate(() => document.querySelectorAll("button, summary").forEach((button) => button.click())),
  ]) {
    const page = await landing();
    await press(page);
    await page.getByText("told nobody anything").or(page.getByText("ni ddywedwyd dim wrth neb")).waitFor();
    await page.context().close();
  }
  assert.deepEqual([...new Set(posted)], ["summary"]);
  assert.equal((await seen(id, to[0])).state, "open");
  // The control: a hand does it.
  const page = await landing();
  await page.getByRole("button", { name: CLOSE }).click();
  await page.getByRole("button", { name: "Yes, close the link" }).click();
  await page.getByRole("heading", { name: "Thank you. The link is closed." }).waitFor();
  assert.ok(posted.includes("not-for-me"));
});

test("who asks for more time gets it by the command that the sender is told", async () => {
  const { id, to, links } = await announced(["slow", "gone", "other"]);
  const told = alerts().length;
  const page = await browserPage(sealpost.origin);
  await read(page, to[0], links[0]);
  await page.getByRole("button", { name: "Ask for more time" }).click();
  await page.getByText("We are asking the sender by email.").waitFor();
  const alert = await sink.of("alert", CLINIC, told);
  assert.match(alert.parsed.text.replace(/\s+/g, " "), new RegExp(`${to[0]} asks for more time to read your message`));
  const command = /^ {2}sealpost (messages extend .*)$/m.exec(alert.parsed.text)[1].split(" ");
  assert.equal(command[2], id);

  const [slow, gone] = [await seen(id, to[0]), await seen(id, to[1])];
  await sealpost.command("--yes", "messages", "revoke", id, "--recipient", gone.recipient);
  // More than a year, in a month that has no key yet, and as the mail says.
  await assert.rejects(sealpost.command("--yes", "messages", "extend", id, "--days", "366"), /366 days from now/);
  const far = await sealpost.command("--yes", "--reason", "the patient is away", "messages", "extend", id, "--days", "200");
  assert.match(far.stderr, new RegExp(`recipient ${gone.recipient}: it was withdrawn and cannot be extended`));
  assert.match(far.stderr, /2 recipients can open it until/);
  await sealpost.command("--yes", ...command);
  const later = await seen(id, to[0]);
  assert.equal((Date.parse(later.expires_at) - Date.parse(slow.expires_at)) / 86_400_000, 214);
  assert.equal((await seen(id, to[1])).expires_at, gone.expires_at);

  // The running viewer finds the new month's key, the open page reads on, and the link opens anew.
  const opened = await open(sink, to[2], links[2], ["--output", `${sealpost.folder}/other`]);
  assert.equal(opened.code, 0, opened.stderr);
  await page.reload();
  await page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
  const year = new Date(later.expires_at).getUTCFullYear();
  await page.getByText(new RegExp(`\\b${year}, `)).first().waitFor();
  assert.equal(await page.getByRole("button", { name: "Ask for more time" }).count(), 0);
  const events = JSON.parse((await sealpost.command("--json", "audit", "list")).stdout);
  const kept = events.filter((event) => event.act === "messages extend" && event.message === id);
  assert.deepEqual(kept.map(({ who, changed, has_reason }) => [who, changed, has_reason]), [["operator", 2, true], ["operator", 2, false]]);
  assert.equal(kept[1].until.slice(0, 19), later.expires_at.slice(0, 19));

  const refused = await outcome(program, ["--config", sealpost.config, "--yes", "messages", "extend", id, "--days", "1", "--recipient", gone.recipient]);
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(refused.stderr, /must be sent again/);
  await until(async () => (await sealpost.balance()).balanced, "the balance");
});
