// A conversation goes on: the page of an earlier message tells its mailbox, and no other, of the later ones (decision
// 0033). By SMTP, in a browser and at a terminal.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { Sealpost, Sink, browserPage, closeBrowser, codeOf, linkOf, open, submit, until } from "./harness.mjs";
import { letter } from "./letters.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let sink, sealpost;
let count = 0;

before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.start({ sink });
});
after(async () => {
  await closeBrowser();
  await sealpost?.stop();
  await sink?.stop();
});

const uniqueId = () => `<message-${++count}@example.org>`;
const referenceOf = (notice) => /\b[0-9A-Z]{3}-[0-9A-Z]{4}\b/.exec(notice.parsed.text)[0];

/** A message to these mailboxes; its Message-ID, and for each mailbox the link and the reference of its notice. */
async function announced(to, { names = "", id = uniqueId(), subject, recipients = to } = {}) {
  const before = to.map((address) => sink.all("notice", address).length);
  const raw = letter({ to: to.join(", "), subject, id, extra: names });
  const taken = await submit(sealpost.smtp, { to: recipients, raw });
  assert.match(taken, /^250 /);
  const [message] = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(taken);
  const notices = await Promise.all(to.map((address, at) => sink.of("notice", address, before[at])));
  const people = notices.map((notice, at) => ({ to: to[at], link: linkOf(notice), reference: referenceOf(notice) }));
  return { id, message, people, handle: (at) => new URL(people[at].link).pathname.slice(3) };
}

/** A person of a mailbox opens their message, in a browser of their own. Codes of one message come thirty seconds apart. */
async function opened({ to, link }, options) {
  const page = await browserPage(sealpost.origin, options);
  const earlier = sink.all("code", to).length;
  await page.goto(link);
  const field = page.getByRole("textbox", { name: /Security code|Cod diogelwch/ });
  const next = page.getByRole("button", { name: /Email me a security code|Try again/ });
  await until(async () => {
    if (await next.isVisible()) await next.click().catch(() => {});
    return field.isVisible();
  }, "a code to be sent", 60);
  await field.fill(codeOf(await sink.of("code", to, earlier)));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.locator("h1.subject").waitFor();
  return page;
}

/** Opened again, in the same session: what is there by now is asked for anew. */
async function again(page) {
  const answered = page.waitForResponse((answer) => answer.url().endsWith("/later"));
  await page.reload();
  await page.locator("h1.subject").waitFor();
  await (await answered).finished();
}

const region = (page) => page.getByRole("region", { name: "Later in this conversation" });
const listed = async (page) => (await region(page).getByRole("listitem").allTextContents()).map((text) => /reference (\S+)$/.exec(text)[1]);
/** What is listed once so many are: a notice is told of when the relay has taken it. */
const told = async (page, ...people) => {
  await until(async () => {
    await again(page);
    return (await listed(page)).length >= people.length;
  }, "the page to list them");
  assert.deepEqual(await listed(page), people.map(({ reference }) => reference));
};
const untold = async (page) => {
  await again(page);
  const said = await page.evaluate(async () => (await fetch(`/api/v1${location.pathname}/later`)).json());
  assert.deepEqual(said, { messages: [] });
  assert.equal(await region(page).count(), 0);
};

test("an answer in the thread, and one to the reply's own address, are told of on the first message's page", async () => {
  const patient = "thread@example.com";
  const first = await announced([patient]);
  const page = await opened(first.people[0]);
  assert.equal(await region(page).count(), 0);
  await page.getByRole("button", { name: "Reply securely" }).click();
  await page.getByRole("textbox", { name: "Your message" }).fill("Thank you, I will come.");
  await page.getByRole("button", { name: "Send reply" }).click();
  await page.getByRole("heading", { level: 1, name: "Reply sent" }).waitFor();
  const { parsed } = await sink.of("reply", "clinic@example.org");

  // The clinic answers the reply as its mail program does, and the tag is kept.
  const asProgramsDo = `In-Reply-To: ${parsed.messageId}\nReferences: ${[].concat(parsed.references).join("\n ")}\n ${parsed.messageId}\n`;
  const second = await announced([patient], { names: asProgramsDo, subject: "Re: [secure] Your appointment on Thursday" });
  await told(page, second.people[0]);
  assert.match(await region(page).getByRole("listitem").textContent(), /^A message was sent to this mailbox on \d{1,2} \w+ \d{4}, reference /);
  assert.equal(await region(page).locator("a, button").count(), 0);

  // It names our mail alone, and nothing that the clinic wrote.
  const third = await announced([patient], { names: `In-Reply-To: (the mail\n of) ${parsed.messageId}\n` });
  await told(page, second.people[0], third.people[0]);

  // A new mail to the address that the reply asks for: it names nothing, and its subject has no tag.
  const [{ address }] = parsed.replyTo.value;
  const fourth = await announced([patient], { recipients: [address], subject: "One more thing" });
  await told(page, second.people[0], third.people[0], fourth.people[0]);

  // A10: nothing on the old page or in what it fetched leads to a newer message.
  const said = await page.evaluate(async () => (await (await fetch(`/api/v1${location.pathname}/later`)).text()));
  for (const { people: [{ link }], handle } of [second, third, fourth]) {
    for (const secret of [handle(0), link.split("#")[1]]) {
      assert.ok(!said.includes(secret) && !(await page.content()).includes(secret));
    }
  }
  assert.deepEqual(Object.keys(JSON.parse(said).messages[0]).sort(), ["day", "reference"]);

  // The later page does not count what came before it.
  const later = await opened(second.people[0]);
  await untold(later);
  await later.context().close();

  // At a terminal.
  const terminal = await until(async () => {
    const tried = await open(sink, patient, first.people[0].link, ["--output", `${sealpost.folder}/out-${Date.now()}`]);
    return tried.code === 75 ? undefined : tried;
  }, "another code", 60);
  assert.equal(terminal.code, 0, terminal.stderr);
  const lines = terminal.stderr.match(/^Later in this conversation: a message was sent to this mailbox on .*, reference (\S+)\.$/gm);
  assert.equal(lines.length, 3, terminal.stderr);
  assert.ok(lines[0].includes(second.people[0].reference));

  for (const lang of ["en", "cy"]) {
    if (lang === "cy") {
      await page.getByText("Cymraeg", { exact: true }).first().click();
      await page.getByText(`cyfeirnod ${fourth.people[0].reference}`).waitFor();
      await page.getByRole("region", { name: "Yn ddiweddarach yn y sgwrs hon" }).waitFor();
    }
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"], iframes: false }));
    assert.deepEqual(found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], lang);
  }
});

test("who did not get the later message is told of nothing, though they had the first one", async () => {
  const family = ["mother@example.com", "father@example.com"];
  const first = await announced(family);
  const [mothers, fathers] = await Promise.all(first.people.map((one) => opened(one)));
  const second = await announced([family[1]], { names: `References: ${first.id}\n` });
  await told(fathers, second.people[0]);
  await untold(mothers);
  const reference = second.people[0].reference;
  assert.ok(!(await mothers.content()).includes(reference));
  const hers = await mothers.evaluate(async () => (await (await fetch(`/api/v1${location.pathname}/later`)).json()));
  assert.deepEqual(hers, { messages: [] });
  // With her session she cannot ask about his.
  const his = await mothers.evaluate(async (handle) => (await fetch(`/api/v1/m/${handle}/later`)).status, first.handle(1));
  assert.equal(his, 401);
  for (const page of [mothers, fathers]) await page.context().close();
});

test("one mailbox that two people share is told of what it got", async () => {
  const shared = "family@example.com";
  const first = await announced([shared], { recipients: [shared, shared.toUpperCase().replace("EXAMPLE.COM", "example.com")] });
  const page = await opened(first.people[0]);
  const second = await announced([shared], { names: `In-Reply-To: ${first.id}\n` });
  await told(page, second.people[0]);
  await page.context().close();
});

test("a later message that is withdrawn is told of no more", async () => {
  const patient = "withdrawn@example.com";
  const first = await announced([patient]);
  const page = await opened(first.people[0]);
  const second = await announced([patient], { names: `In-Reply-To: ${first.id}\n` });
  const third = await announced([patient], { names: `In-Reply-To: ${second.id}\nReferences: ${first.id} ${second.id}\n` });
  await told(page, second.people[0], third.people[0]);
  await sealpost.command("--yes", "messages", "revoke", second.message);
  await again(page);
  assert.deepEqual(await listed(page), [third.people[0].reference]);
  await page.context().close();
});
