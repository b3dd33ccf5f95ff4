// Real mails of many kinds, malformed ones among them, come back byte for byte.

import assert from "node:assert/strict";
import fs from "node:fs/promises";
import http from "node:http";
import { once } from "node:events";
import path from "node:path";
import { test } from "node:test";
import { samples } from "./corpus.mjs";
import { Sealpost, Sink, Smtp, linkOf, open } from "./harness.mjs";

const LEAST = 200;
/** A bare CR or LF (S1), a NUL, and what goes beyond the limits of S2. */
const LAWFUL = /^5\d\d 5\.(5\.2|6\.0|3\.4) /;
const MOST_REFUSED = 10;

/**
 * A reverse proxy, as operators have one. To the viewer each request comes from another client: one
 * client alone may not ask as often as this test does.
 */
async function proxy() {
  let requests = 0;
  const server = http.createServer((request, answer) => {
    const n = requests++;
    const headers = { ...request.headers, "x-forwarded-for": `10.0.${(n >> 8) & 255}.${n & 255}` };
    const { method, url } = request;
    const onward = http.request({ port: server.onward, method, path: url, headers }, (response) => {
      answer.writeHead(response.statusCode, response.headers);
      response.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    request.pipe(onward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** The one thing that the gateway takes out of a mail. */
function withoutBcc(octets) {
  const text = octets.toString("latin1");
  const end = text.indexOf("\r\n\r\n") + 2;
  const header = text.slice(0, end).replace(/^(Resent-)?Bcc:.*\r\n([ \t].*\r\n)*/gim, "");
  return Buffer.from(header + text.slice(end), "latin1");
}

test("real mails come back byte for byte", async (t) => {
  const corpus = await samples();
  const from = (source) => corpus.filter((one) => one.source === source).length;
  const sources = [...new Set(corpus.map((one) => one.source))].map((name) => `${name} ${from(name)}`);
  t.diagnostic(`${corpus.length} mails: ${sources.join(", ")}`);
  assert.ok(corpus.length >= LEAST, `only ${corpus.length} mails; is python3-flufl.bounce there?`);

  const front = await proxy();
  t.after(() => front.close());
  const sink = await Sink.start();
  t.after(() => sink.stop());
  const sealpost = await Sealpost.start({
    sink,
    extra: {
      SEALPOST__VIEWER__PUBLIC_URL: `http://localhost:${front.address().port}`,
      SEALPOST__VIEWER__TRUSTED_PROXIES: '["127.0.0.1/32"]',
    },
  });
  t.after(() => sealpost.stop());
  front.onward = sealpost.http;

  const refused = [];
  const taken = [];
  let smtp;
  for (const [n, { source, name, octets }] of corpus.entries()) {
    if (!smtp) {
      smtp = await Smtp.connect(sealpost.smtp);
      await smtp.say("EHLO client.example.org");
    }
    // A second Subject on top seals any mail (T3) and changes none.
    const raw = Buffer.concat([Buffer.from("Subject: [secure] corpus\r\n"), octets]);
    const to = `patient${n}@example.com`;
    const answer = await smtp.send({ to: [to], raw });
    if (answer.startsWith("250 ")) {
      taken.push({ title: `${source} ${name}`, to, raw });
    } else {
      refused.push({ title: `${source} ${name}`, answer });
      smtp.close();
      smtp = undefined;
    }
  }
  smtp?.close();
  for (const { title, answer } of refused) {
    t.diagnostic(`refused: ${title}: ${answer}`);
    assert.match(answer, LAWFUL);
  }
  assert.ok(refused.length <= MOST_REFUSED, `${refused.length} are too many`);

  const wrong = [];
  const reader = async () => {
    for (let mail; (mail = taken.shift()); ) {
      const { title, to, raw } = mail;
      const folder = path.join(sealpost.folder, to);
      const read = await open(sink, to, linkOf(await sink.of("notice", to)), ["--output", folder]);
      const written = await fs.readFile(path.join(folder, "message.eml")).catch(() => Buffer.of());
      // SMTP ends the last line of a mail that does not.
      const whole = raw.toString("latin1").endsWith("\r\n") ? raw : Buffer.concat([raw, Buffer.from("\r\n")]);
      if (read.code !== 0) wrong.push(`${title}: exit code ${read.code}\n${read.stderr}`);
      else if (!written.equals(withoutBcc(whole))) wrong.push(`${title}: other octets`);
    }
  };
  const opened = taken.length;
  await Promise.all([reader(), reader()]);
  assert.deepEqual(wrong, []);
  t.diagnostic(`${opened} opened, byte for byte`);
  assert.ok(opened >= LEAST, `only ${opened} mails were opened`);
  assert.doesNotMatch(sealpost.log, /panicked/);
});
