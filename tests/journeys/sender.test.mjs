// Who sent a message: the receipt, their own page, what became of it, and withdrawing it. Decision
// 0027; promises A1, A8, K9, B8.

import assert from "node:assert/strict";
import fs from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { Sealpost, Sink, browserPage, closeBrowser, codeOf, filesIn, linkOf, outcome, program, search, submit, until } from "./harness.mjs";
import { letter } from "./letters.mjs";

const SENDER = "clinic@example.org";
const ASK = "Email me a security code";
const SUBJECT = "Your appointment on Thursday";
const H1 = "What became of your message";
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

let sink;
let sealpost;
let axe;
let codes = 0;

before(async () => {
  axe = await fs.readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  sink = await Sink.start();
  sealpost = await Sealpost.start({ sink, policy: 'receipts = "always"' });
});

after(async () => {
  await closeBrowser();
  await sealpost?.stop();
  await sink?.stop();
});

const sendersLinkOf = (receipt) => /^https?:\S+\/s\/\S+#1\.\S+$/m.exec(receipt.parsed.text)[0];

/** Asks for a code, reads the mail and types it. `press` presses a button of that name. */
async function withCode(page, to, nth, press = (name) => page.getByRole("button", { name }).first().click()) {
  await page.getByRole("button", { name: ASK }).waitFor();
  await press(ASK);
  const field = page.getByRole("textbox", { name: "Security code" });
  // Codes for one recipient are 30 seconds apart: the page says so and lets its button be pressed then.
  const early = page.getByRole("heading", { name: "We have just sent a code" });
  await field.or(early).waitFor();
  if (await early.isVisible()) await page.getByRole("button", { name: ASK }).click({ timeout: 60_000 });
  await field.waitFor();
  await field.fill(codeOf(await sink.of("code", to, nth)));
  await press("Continue");
}

async function reads(page, link, to, nth) {
  await page.goto(link);
  await withCode(page, to, nth);
  await page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
}

/** What axe says, and what is too wide at 320 px, in both languages, light and dark. */
async function faults(page) {
  const found = [];
  for (const lang of ["cy", "en"]) {
    await page.locator(`button[data-language=${lang}]`).click();
    assert.equal(await page.evaluate(() => document.documentElement.lang), lang);
    found.push(...(await faultsIn(page, lang)));
  }
  return found;
}

async function faultsIn(page, lang) {
  const found = [];
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags }), TAGS);
    found.push(...violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${lang} ${colorScheme} ${id} ${target.join(" ")}`)));
  }
  const { width, height } = page.viewportSize();
  for (const small of [{ width: 320, height: 640 }, { width: 320, height: 256 }]) {
    await page.setViewportSize(small);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) found.push(`${lang} ${wide} px too wide`);
  }
  // With text twice as large nothing sticks out of the card that it stands in, and no word of a heading of ours is broken.
  const outside = await page.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
    const right = (one) => one.getBoundingClientRect().right;
    const all = [...document.querySelectorAll(".course, .letter, .notice")].flatMap((card) => [...card.querySelectorAll("*")].filter((one) => right(one) > right(card)));
    const names = all.map((one) => `sticks out: ${one.className || one.nodeName} ${one.textContent}`);
    for (const heading of document.querySelectorAll("h1, main h2")) {
      if (heading.matches(".course > h2")) continue;
      const texts = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        for (const { 0: word, index } of texts.currentNode.data.matchAll(/[\p{L}\p{M}’']+/gu)) {
          const range = document.createRange();
          range.setStart(texts.currentNode, index);
          range.setEnd(texts.currentNode, index + word.length);
          if (new Set(Array.from(range.getClientRects(), ({ top }) => Math.round(top))).size > 1) names.push(`broken in a heading: ${word}`);
        }
      }
    }
    document.documentElement.style.fontSize = "";
    return names;
  });
  found.push(...outside.map((one) => `${lang} ${one}`));
  await page.setViewportSize({ width, height });
  return found;
}

const stands = (page, address) => page.getByRole("region", { name: address }).locator(".standing").textContent();

test("a sender sees who opened a message, and withdraws it", async (t) => {
  const [anna, wrong] = ["anna@example.com", "wrong.person@example.net"];
  assert.match(await submit(sealpost.smtp, { to: [anna, wrong, "colleague@example.org"], raw: letter({ to: anna, cc: wrong }) }), /^250 /);
  const links = Object.fromEntries(await Promise.all([anna, wrong].map(async (to) => [to, linkOf(await sink.of("notice", to))])));
  const receipt = await sink.of("receipt", SENDER);
  const { text } = receipt.parsed;
  t.diagnostic(text);

  // The receipt, as somebody reads it.
  assert.equal(receipt.from, "", "nothing comes back");
  for (const line of [
    /^ {2}anna@example\.com\n {4}Sealed, and told by email with a link\.$/m,
    /^ {2}wrong\.person@example\.net\n {4}Sealed, and told by email with a link\.$/m,
    /^ {2}colleague@example\.org\n {4}Passed on as ordinary email, over a protected connection\.$/m,
    /^Sent to the wrong person\? Withdraw it now\./m,
  ]) assert.match(text, line);
  assert.ok(!text.includes(SUBJECT));
  const link = sendersLinkOf(receipt);
  const [address, secret] = link.split("#1.");
  // Spent, its secret is nowhere: neither on disk nor in the log (K1, K8).
  await until(async () => Object.keys(await search(await filesIn(sealpost.folder), { secret: Buffer.from(secret, "base64url") })).length === 0, "the secret to be gone");
  assert.ok(!sealpost.log.includes(secret));

  // Opening the link does nothing, and without it there is nothing (A1, A5).
  const phone = await browserPage(sealpost.origin, { viewport: { width: 375, height: 740 } });
  await phone.goto(link);
  await phone.getByRole("button", { name: ASK }).waitFor();
  await phone.getByText("and withdraw it if it went to the wrong person").waitFor();
  assert.equal(phone.url(), link);
  assert.equal(sink.all("code", SENDER).length, 0);
  assert.deepEqual(await faults(phone), []);
  const stranger = await browserPage(sealpost.origin);
  for (const other of [`${address}#1.${"A".repeat(43)}`, links[anna].replace("/m/", "/s/")]) {
    await stranger.goto("about:blank");
    await stranger.goto(other);
    await stranger.getByRole("heading", { level: 1, name: "We cannot find this page" }).waitFor();
  }
  assert.deepEqual(await faults(stranger), []);
  assert.equal(sink.all("code", SENDER).length, 0);

  // Anna reads it in two browsers; the second is the sender's own.
  const first = await browserPage(sealpost.origin);
  await reads(first, links[anna], anna, 0);
  const shared = await browserPage(sealpost.origin);
  await reads(shared, links[anna], anna, 1);

  // By keyboard alone, in the same browser as a recipient: neither session ends the other.
  const page = await shared.context().newPage();
  const presses = async (name) => {
    const button = page.getByRole("button", { name, exact: true }).first();
    for (let n = 0; n < 60 && !(await button.evaluate((one) => one === document.activeElement)); n++) await page.keyboard.press("Tab");
    assert.ok(await button.evaluate((one) => one === document.activeElement), `${name} is reached`);
    await page.keyboard.press("Enter");
  };
  await page.goto(link);
  await withCode(page, SENDER, codes++, presses);
  await page.getByRole("heading", { level: 1, name: H1 }).waitFor();
  assert.equal(await stands(page, anna), "Opened 2 times");
  assert.equal(await stands(page, wrong), "Not opened yet");
  assert.equal(await stands(page, "colleague@example.org"), "Passed on as ordinary email");
  const annas = page.getByRole("region", { name: anna });
  assert.equal(await annas.getByText("Opened with a security code").count(), 2);
  await annas.getByText("The next mail system took the email with the link").waitFor();
  await annas.getByText("To 127.0.0.1, without TLS").waitFor();
  await annas.getByText("A security code was asked for, 2 times so far").waitFor();
  // Reading fetched nothing. However much is fetched in one visit is one entry.
  const fetched = annas.getByText("Attachments, pictures or a copy were fetched.");
  assert.equal(await fetched.count(), 0);
  for (let n = 0; n < 2; n++) {
    await Promise.all([first.waitForEvent("download"), first.getByRole("button", { name: "Download a copy" }).click()]);
  }
  await presses("Check again");
  await fetched.waitFor();
  assert.equal(await fetched.count(), 1);
  assert.deepEqual(await faults(page), []);
  await shared.reload();
  await shared.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();

  // Withdrawn from one: asked once, with the harmless answer first; the other reads on.
  await presses(`Withdraw from ${wrong}`);
  const dialog = page.getByRole("dialog", { name: "Withdraw your message?" });
  await dialog.getByText(`${wrong} can then no longer open it.`).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await stands(page, wrong), "Not opened yet");
  await presses(`Withdraw from ${wrong}`);
  await presses("Withdraw it");
  await page.getByText("It was withdrawn before anybody had opened it.").waitFor();
  assert.equal(await stands(page, wrong), "Withdrawn");
  const late = await browserPage(sealpost.origin);
  await late.goto(links[wrong]);
  await late.getByRole("heading", { level: 1, name: "The sender has withdrawn this message" }).waitFor();
  await first.reload();
  await first.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();

  // Withdrawn from Anna: her sessions are dead at once, and who had opened it is named.
  await presses(`Withdraw from ${anna}`);
  await presses("Withdraw it");
  await page.getByRole("heading", { name: "You cannot take back what was opened before" }).waitFor();
  assert.deepEqual(await page.locator(".notice li").allTextContents(), [anna]);
  assert.deepEqual(await faults(page), []);
  for (const reader of [first, shared]) {
    const status = await reader.evaluate(async () => (await fetch(`/api/v1/m/${location.pathname.split("/")[2]}/grant`)).status);
    assert.equal(status, 401);
    await reader.reload();
    await reader.getByRole("heading", { level: 1, name: "The sender has withdrawn this message" }).waitFor();
  }
  // Nobody is offered to withdraw what is withdrawn.
  assert.equal(await page.getByRole("button", { name: /withdraw/i }).count(), 0);
  await phone.reload();
  await phone.getByText("See who has opened your message, and when.").waitFor();
  assert.doesNotMatch(await phone.locator("main").innerText(), /withdraw/i);
  // The control: a heading as large as it once was.
  await page.locator("button[data-language=cy]").click();
  await page.locator("h1").evaluate((one) => (one.style.fontSize = "12vw"));
  assert.deepEqual(await faultsIn(page, "cy"), ["cy broken in a heading: ddigwyddodd"]);
  await page.locator("button[data-language=en]").click();
  // The sender's own session goes on, and what it says stays said.
  await page.reload();
  await page.getByRole("heading", { name: "You cannot take back what was opened before" }).waitFor();
  const listed = JSON.parse((await sealpost.command("--json", "audit", "list")).stdout);
  assert.deepEqual(listed.map(({ who, act, changed }) => [who, act, changed]), [["sender", "messages revoke", 1], ["sender", "messages revoke", 1]]);
  const balance = await sealpost.settled();
  assert.deepEqual([balance.accepted, balance.notified, balance.balanced], [3, 3, true]);

  await presses("Close this page");
  await page.getByText("You were signed out.").waitFor();
  assert.ok(!(await page.content()).includes(anna));
  assert.equal(new URL(page.url()).hash, "");
  for (const one of [phone, stranger, first, shared, late]) assert.deepEqual(one.strangers, []);
  for (const one of [phone, late]) assert.deepEqual(one.faults, []);
});

/** Signs in on the sender's page of a receipt. */
async function senders(link) {
  const page = await browserPage(sealpost.origin);
  await page.goto(link);
  await withCode(page, SENDER, codes++);
  await page.getByRole("heading", { level: 1, name: H1 }).waitFor();
  return page;
}

/** Sends to these, and gives the link of each and the sender's. */
async function announced(...to) {
  const earlier = sink.all("receipt", SENDER).length;
  assert.match(await submit(sealpost.smtp, { to, raw: letter({ to: to[0] }) }), /^250 /);
  const links = await Promise.all(to.map(async (address) => linkOf(await sink.of("notice", address))));
  return { links, link: sendersLinkOf(await sink.of("receipt", SENDER, earlier)) };
}

const events = async () => JSON.parse((await sealpost.command("--json", "audit", "list")).stdout);

test("a sender gives more time, and both see the new date", async () => {
  const slow = "slow@example.com";
  const { links, link } = await announced(slow);
  let page = await senders(link);
  const more = () => page.getByRole("button", { name: /^Keep it available until / });
  assert.equal(await more().count(), 0, "nobody would have a day more");

  // The organisation gives messages more time from now on.
  await sealpost.kill("SIGTERM");
  const config = await fs.readFile(sealpost.config, "utf8");
  await fs.writeFile(sealpost.config, config.replace("[policy]", "[policy]\nexpiry_days = 45"));
  await sealpost.run();
  page = await senders(link);
  const reader = await browserPage(sealpost.origin);
  await reads(reader, links[0], slow, 0);
  const until = reader.getByText("Available until").locator("xpath=following-sibling::*[1]");
  const before = await until.textContent();
  await page.reload();
  const date = (await more().textContent()).replace("Keep it available until ", "");
  assert.ok(!before.startsWith(date));
  await more().click();
  await page.getByText(`Can be opened until ${date}`).waitFor();
  assert.equal(await more().count(), 0);
  await page.locator(".steps").getByText(`Made available for longer, until ${date}`).waitFor();
  await reader.reload();
  await reader.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
  assert.ok((await until.textContent()).startsWith(date), await until.textContent());
  const kept = (await events()).filter(({ act }) => act === "messages extend");
  assert.deepEqual(kept.map(({ who, changed }) => [who, changed]), [["sender", 1]]);
  const [{ message }] = kept;

  // An operator's is listed as the sender's own.
  await sealpost.command("--yes", "messages", "extend", message, "--days", "3");
  await page.reload();
  await page.locator(".steps").getByText("Made available for longer").nth(1).waitFor();
  const shown = (await sealpost.command("messages", "show", message)).stdout;
  assert.equal(shown.match(/^ {2}extended {2}20\S+Z, until 20\S+Z$/gm)?.length, 2, shown);
});

test("a sender has somebody reminded who has not opened the message", async () => {
  const [late, prompt] = ["late@example.com", "prompt@example.com"];
  const { links, link } = await announced(late, prompt);
  const reader = await browserPage(sealpost.origin);
  await reads(reader, links[1], prompt, 0);
  await sealpost.settled();
  const page = await senders(link);
  assert.equal(await page.getByRole("button", { name: `Remind ${prompt}` }).count(), 0, "who has opened it is not reminded");
  const button = page.getByRole("button", { name: `Remind ${late}` });
  const lates = page.getByRole("region", { name: late });
  await lates.getByText("It has no link: we no longer have it.").waitFor();
  assert.deepEqual(await faults(page), []);
  await button.click();
  await page.getByText("A reminder is on its way.").waitFor({ state: "attached" });
  await lates.getByText("A reminder, or another try, was asked for").waitFor();
  await lates.getByText("You can remind them again from").waitFor();
  assert.equal(await button.count(), 0);
  assert.deepEqual(await faults(page), []);
  const { parsed } = await sink.of("reminder", late);
  const notice = await sink.of("notice", late);
  const reference = /\b[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3,4}\b/.exec(notice.parsed.text)[0];
  assert.ok(parsed.text.includes(reference), parsed.text);
  assert.doesNotMatch(parsed.text, /\/m\/|#1\.|appointment/i);
  assert.equal(sink.all("reminder", prompt).length, 0);

  // The operator's command knows the same limit.
  const id = (await events()).filter(({ act }) => act === "messages remind");
  assert.deepEqual(id.map(({ who, changed }) => [who, changed]), [["sender", 1]]);
  const message = id[0].message;
  const soon = await outcome(program, ["--config", sealpost.config, "--yes", "messages", "remind", message]);
  assert.equal(soon.code, 1, soon.stderr);
  assert.match(soon.stderr, /was reminded less than an hour ago/);
  assert.match(soon.stderr, /nobody can be reminded now/);
  const shown = (await sealpost.command("messages", "show", message)).stdout;
  assert.match(shown, /^ {2}taken by {2}127\.0\.0\.1, without TLS$/m);
  assert.match(shown, /^ {2}reminded {2}20\d\d-/m);
  assert.equal(sink.all("reminder", late).length, 1);
});

test("a sender takes the evidence along", async (t) => {
  const [anna, other] = ["anna.evidence@example.com", "other.evidence@example.com"];
  const { links, link } = await announced(anna, other);
  const reader = await browserPage(sealpost.origin);
  await reads(reader, links[0], anna, 0);
  const page = await senders(link);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download the evidence" }).click()]);
  const reference = await page.locator(".reference").textContent();
  assert.equal(download.suggestedFilename(), `Evidence ${reference}.json`);
  const text = await fs.readFile(await download.path(), "utf8");
  t.diagnostic(text);
  const evidence = JSON.parse(text);
  assert.deepEqual([evidence.format, evidence.service, evidence.reference], ["sealpost-evidence/1", sealpost.origin, reference]);
  assert.deepEqual(evidence.recipients.map(({ address, standing }) => [address, standing]).sort(), [[anna, "opened"], [other, "told"]]);
  const words = evidence.recipients.find(({ address }) => address === anna).entries.map(({ in_words }) => in_words.en);
  assert.deepEqual(words, [
    "Taken and sealed",
    "The next mail system took the email with the link. To 127.0.0.1, without TLS",
    "A security code was asked for",
    "Opened with a security code",
  ]);
  const instants = evidence.recipients.flatMap(({ entries }) => entries.map(({ at }) => at));
  for (const at of instants) assert.match(at, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.ok(evidence.proves.en.length > 3 && evidence.proves.cy.length === evidence.proves.en.length);
  for (const secret of [SUBJECT, link.split("#1.")[1], links[0].split("#1.")[1], "csrf"]) assert.ok(!text.includes(secret), secret);
  assert.deepEqual(page.faults, []);
});

test("every state of the page can be used by everybody, those that take hours too", async () => {
  const folder = `${sealpost.folder}/preview`;
  await sealpost.command("preview", "--out", folder);
  const page = await browserPage("file://");
  let states = 0;
  for (const lang of ["en", "cy"]) {
    for (const name of await fs.readdir(`${folder}/${lang}`)) {
      if (!name.startsWith("s-") || name === "s-without-script.html") continue;
      await page.goto(`file://${folder}/${lang}/${name}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      assert.deepEqual(await faultsIn(page, lang), [], `${lang} ${name}`);
      states += 1;
    }
  }
  assert.equal(states, 24);
});
