// The journey in the engine that Safari and every browser on an iPhone are made of.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { selfSigned } from "./certificate.mjs";
import { Sealpost, Sink, codeOf, linkOf, submit, until } from "./harness.mjs";
import { letter } from "./letters.mjs";
import { WebKit } from "./webkit.mjs";

const ASK = "Email me a security code";
const SUBJECT = "Your appointment on Thursday";

let sink;
let sealpost;
let webkit;
let count = 0;

before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.create({ sink });
  await selfSigned(sealpost.folder);
  // Unlike the other engines, this one takes no Secure cookie from http://localhost.
  sealpost.origin = `https://localhost:${sealpost.http}`;
  sealpost.environment = {
    SEALPOST__VIEWER__TLS: `{ certificate = "cert.pem", key = "key.pem" }`,
    SEALPOST__VIEWER__PUBLIC_URL: sealpost.origin,
  };
  await sealpost.run();
  webkit = await WebKit.start();
});

after(async () => {
  await webkit?.stop();
  await sealpost?.stop();
  await sink?.stop();
});

async function announced(options = {}) {
  const to = `patient-${++count}@example.com`;
  const raw = letter({ to, ...options });
  assert.match(await submit(sealpost.smtp, { to: [to], raw }), /^250 /);
  return { to, raw, link: linkOf(await sink.of("notice", to)) };
}

async function opened({ link, to }) {
  await webkit.open(link);
  await webkit.press(ASK);
  await webkit.type("Security code", codeOf(await sink.of("code", to)));
  await webkit.press("Continue");
  await webkit.heading(SUBJECT);
}

const sha256 = (octets) => createHash("sha256").update(octets).digest("hex");
const frames = () => webkit.ask(() => [...document.querySelectorAll("iframe")].map((one) => [one.getAttribute("sandbox"), one.srcdoc, one.clientHeight]));

test("from the notice to the answer in the sender's mailbox", async () => {
  const message = await announced();
  await webkit.open(message.link.replace("#", "%23"));
  await webkit.press(ASK);
  assert.equal(await webkit.url(), message.link, "the link is mended here too");
  const code = codeOf(await sink.of("code", message.to));
  await webkit.type("Security code", code === "11111111" ? "22222222" : "11111111");
  await webkit.press("Continue");
  await until(() => webkit.ask(() => document.querySelector(".error-summary")?.textContent.includes("4 tries left") ?? false), "the error");
  await webkit.type("Security code", `${code.slice(0, 4)} ${code.slice(4)}`);
  await webkit.press("Continue");
  await webkit.heading(SUBJECT);

  const [[sandbox, words, height]] = await frames();
  assert.doesNotMatch(sandbox, /allow-(scripts|same-origin)/);
  assert.match(words, /your appointment is on/);
  assert.ok(height > 100, `${height} px`);
  await webkit.press("View X-ray");
  await until(() => webkit.ask(() => document.querySelector("dialog img")?.naturalWidth === 10), "the picture");
  await webkit.press("Close");

  await webkit.press("Reply securely");
  await webkit.heading("Reply securely");
  await webkit.type("Your message", "Thank you. Grüße, a patient");
  const file = path.join(sealpost.folder, "form.bin");
  const form = randomBytes(300_000);
  await fs.writeFile(file, form);
  await webkit.choose("#reply-files", file);
  await webkit.press("Remove form.bin");
  await webkit.choose("#reply-files", file);
  await webkit.press("Send reply");
  await webkit.heading("Reply sent");
  const { parsed } = await sink.of("reply", "clinic@example.org");
  assert.match(parsed.text, /^Thank you\. Grüße, a patient\n/);
  assert.equal(sha256(parsed.attachments[0].content), sha256(form));
  await webkit.press("Back to the message");
  await webkit.press("Close message");
  await webkit.heading("Message closed");
  console.log(`WebKit ${webkit.version}: opened, read, viewed, answered, closed`);
});

test("hostile mail runs nothing and stays in its frame", async () => {
  await opened(
    await announced({
      html: `<p>Hello</p><script>top.pwned=1</script><img src=x onerror="top.pwned=1"><svg onload="top.pwned=1"></svg>
<iframe srcdoc="<script>top.pwned=1</script>"></iframe><a href="javascript:top.pwned=1">x</a><form action="https://localhost:1/"><button>Send</button></form>`,
    }),
  );
  const [[sandbox, words]] = await frames();
  assert.doesNotMatch(sandbox, /allow-(scripts|same-origin|forms)/);
  assert.match(words, /Hello/);
  assert.equal(await webkit.ask(() => globalThis.pwned ?? null), null);
});

test("a press that a script made sends no code", async () => {
  const message = await announced();
  await webkit.open(message.link);
  await until(() => webkit.ask((name) => document.querySelector("main button")?.textContent === name, ASK), "the button");
  await webkit.ask(() => document.querySelector("main button").click());
  await webkit.heading("Press the button yourself");
  assert.equal(sink.all("code", message.to).length, 0);
});
