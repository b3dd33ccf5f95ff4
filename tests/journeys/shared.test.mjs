// One mailbox, several devices or people: a second code ends nobody's session, and what was sent from one is read on
// the others, at a terminal too.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Sealpost, Sink, browserPage, closeBrowser, codeOf, linkOf, open, submit, until } from "./harness.mjs";
import { letter } from "./letters.mjs";

const SUBJECT = "Your appointment on Thursday";
let sink, sealpost;

before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.start({ sink });
});
after(async () => {
  await closeBrowser();
  await sealpost?.stop();
  await sink?.stop();
});

async function announced(to) {
  assert.match(await submit(sealpost.smtp, { to: [to], raw: letter({ to }) }), /^250 /);
  return { to, link: linkOf(await sink.of("notice", to)) };
}

/** A person of that mailbox, in a browser of their own. Codes come thirty seconds apart. */
async function person({ to, link }) {
  const page = await browserPage(sealpost.origin);
  const earlier = sink.all("code", to).length;
  await page.goto(link);
  const field = page.getByRole("textbox", { name: "Security code" });
  const next = page.getByRole("button", { name: /Email me a security code|Try again/ });
  await until(async () => {
    if (await next.isVisible()) await next.click().catch(() => {});
    return field.isVisible();
  }, "another code to be sent", 60);
  await field.fill(codeOf(await sink.of("code", to, earlier)));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
  return page;
}

async function answer(page, text) {
  await page.getByRole("button", { name: "Reply securely" }).click();
  await page.getByRole("textbox", { name: "Your message" }).fill(text);
  await page.getByRole("button", { name: "Send reply" }).click();
  await page.getByRole("heading", { level: 1, name: "Reply sent" }).waitFor();
  await page.getByRole("button", { name: "Back to the message" }).click();
}

const thread = (page) => page.getByRole("region", { name: "Your replies" });
const replies = async (page, count) => {
  await thread(page).locator("details").nth(count - 1).waitFor();
  return thread(page).locator(".paper").allTextContents();
};
const downloads = async (page) => {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download a copy" }).click()]);
  assert.match(download.suggestedFilename(), /\.eml$/);
};

test("a second person's code does not end the first one's session, and each reads what the other sent", async () => {
  const message = await announced("family@example.com");
  const first = await person(message);
  await answer(first, "From the first");
  const second = await person(message);
  assert.deepEqual(await replies(second, 1), ["From the first"]);
  await downloads(first);
  await downloads(second);
  await answer(second, "From the second");
  await answer(first, "Once more from the first");
  for (const page of [first, second]) {
    await page.reload();
    await page.getByRole("heading", { level: 1, name: SUBJECT }).waitFor();
    assert.deepEqual(await replies(page, 3), ["From the first", "From the second", "Once more from the first"]);
  }
  // One leaves; the other stays.
  await second.getByRole("button", { name: "Close message" }).click();
  await second.getByText("You were signed out").waitFor();
  await downloads(first);
  await answer(first, "Still here");
  assert.equal(sink.all("code", message.to).length, 2);
  for (const n of [0, 1, 2, 3]) await sink.of("reply", "clinic@example.org", n);
});

test("what was sent at a terminal is read in a browser, and the other way round", async () => {
  const message = await announced("terminal@example.com");
  const { to, link } = message;
  const inside = (name) => ["--output", `${sealpost.folder}/${name}`];
  const sent = await open(sink, to, link, [...inside("one"), "--reply-text", "From the terminal, ŵith an \"accent\""]);
  assert.equal(sent.code, 0, sent.stderr);
  const page = await person(message);
  assert.deepEqual(await replies(page, 1), ["From the terminal, ŵith an \"accent\""]);
  await answer(page, "From the browser");
  await page.getByRole("button", { name: "Close message" }).click();
  // A code was sent a moment ago; the terminal says when to come back.
  const read = await until(async () => {
    const tried = await open(sink, to, link, ["--json", ...inside(`two-${Date.now()}`)]);
    return tried.code === 75 ? undefined : tried;
  }, "another code", 60);
  assert.equal(read.code, 0, read.stderr);
  const copies = JSON.parse(read.stdout).sent;
  assert.deepEqual(copies.map(({ text, to: whom }) => [text, whom]), [
    ["From the terminal, ŵith an \"accent\"", ["clinic@example.org"]],
    ["From the browser", ["clinic@example.org"]],
  ]);
});

test("another recipient of the same message neither reads nor sees what this one sent", async () => {
  const people = ["mother@example.com", "father@example.com"];
  assert.match(await submit(sealpost.smtp, { to: people, raw: letter({ to: people.join(", ") }) }), /^250 /);
  const [mother, father] = await Promise.all(people.map(async (to) => ({ to, link: linkOf(await sink.of("notice", to)) })));
  const hers = await person(mother);
  await answer(hers, "From the mother");
  const his = await person(father);
  // The page has asked the same before. (A browser whose worker asks does not always say that its line is idle.)
  const listed = await his.evaluate(async () => (await (await fetch(`/api/v1${location.pathname}/sent`)).json()).replies);
  assert.deepEqual(listed, []);
  assert.equal(await thread(his).count(), 0);
  assert.ok(!(await his.content()).includes("From the mother"));
  const [id] = await hers.evaluate(async () => (await (await fetch(`/api/v1${location.pathname}/sent`)).json()).replies.map(({ reply_id }) => reply_id));
  const statuses = await his.evaluate(
    async ([theirs, reply]) => [(await fetch(`/api/v1${location.pathname}/sent/${reply}`)).status, (await fetch(`/api/v1${theirs}/sent/${reply}`)).status],
    [new URL(mother.link).pathname, id],
  );
  assert.deepEqual(statuses, [404, 401]);
});
