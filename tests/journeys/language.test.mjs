// A bilingual organisation: the notice in both, the choice on the page, and every mail after it in Welsh.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Sealpost, Sink, browserPage, closeBrowser, linkOf, submit } from "./harness.mjs";
import { letter } from "./letters.mjs";

let sink;
let sealpost;

before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.start({ sink, extra: { SEALPOST__ORGANISATION__LANGUAGE: '"bilingual"' } });
});

after(async () => {
  await closeBrowser();
  await sealpost?.stop();
  await sink?.stop();
});

const languages = (mail) => /^Content-Language: (.*)\r$/m.exec(mail.raw.toString("latin1"))?.[1];

async function announced(to, n = 0) {
  assert.match(await submit(sealpost.smtp, { to: [to], raw: letter({ to }) }), /^250 /);
  return sink.of("notice", to, n);
}

test("a notice in both languages, and after the switch was pressed everything in Welsh", async () => {
  const to = "claf@example.com";
  const notice = await announced(to);
  assert.equal(languages(notice), "cy, en");
  const { text } = notice.parsed;
  assert.ok(text.indexOf("wedi anfon neges ddiogel atoch") < text.indexOf("has sent you a secure message"), text);
  assert.equal(text.match(/^https?:/gm).length, 1, "one link");

  const page = await browserPage();
  await page.goto(linkOf(notice));
  await page.getByRole("button", { name: "Cymraeg", exact: true }).click();
  const secret = new URL(page.url()).hash;
  assert.match(secret, /^#1\./);
  await page.getByRole("button", { name: "Anfonwch god diogelwch ataf drwy e-bost" }).click();
  const code = await sink.of("code", to);
  assert.equal(languages(code), "cy");
  assert.match(code.parsed.text, /^\d{4} \d{4} yw eich cod diogelwch gan /);
  assert.doesNotMatch(code.parsed.text, /security code/);
  await page.getByRole("textbox", { name: "Cod diogelwch" }).fill(/^\d{4} \d{4}/.exec(code.parsed.text)[0]);
  await page.getByRole("button", { name: "Parhau" }).click();
  await page.getByRole("button", { name: "Ateb yn ddiogel" }).waitFor();
  await page.getByRole("button", { name: "Lawrlwytho copi" }).waitFor();
  await page.close();

  const later = await announced(to, 1);
  assert.equal(languages(later), "cy", "the next message knows");
  assert.doesNotMatch(later.parsed.text, /secure message/);
  const stranger = await announced("somebody.else@example.com");
  assert.equal(languages(stranger), "cy, en", "and nobody else's does");
});
