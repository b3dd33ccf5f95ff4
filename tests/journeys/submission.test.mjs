// Who may hand mail in from outside of the listed networks (S4), with swaks as the client: by account,
// by certificate, inside of TLS from the start and by STARTTLS; and what comes without a sender.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { Sealpost, Sink, Smtp, freePort, linkOf, outcome, plainLetter, program, run } from "./harness.mjs";

const PASSWORD = "correct horse battery";

let sink;
let sealpost;
let smtps;
let hash;

/** A key and a certificate that signed itself, for `name`. */
async function certificate(name, host) {
  const [cert, key] = ["cert", "key"].map((part) => path.join(sealpost.folder, `${name}.${part}.pem`));
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const names = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`];
  await run("openssl", ["req", "-x509", ...curve, "-days", "2", ...names, "-out", cert, "-keyout", key]);
  return { cert, key };
}

before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.create({ sink });
  smtps = await freePort();
  const server = await certificate("server", "localhost");
  const client = await certificate("client", "scanner.example.org");
  await certificate("stranger", "scanner.example.org");
  const fingerprint = new X509Certificate(await fs.readFile(client.cert)).fingerprint256;
  const hashed = await outcome(program, ["accounts", "hash"], { input: `${PASSWORD}\n` });
  assert.equal(hashed.code, 0, hashed.stderr);
  hash = hashed.stdout.trim();
  sealpost.environment = {
    SEALPOST__GATEWAY__TLS: `{ certificate = "${server.cert}", key = "${server.key}" }`,
    SEALPOST__GATEWAY__SMTPS_LISTEN: `["127.0.0.1:${smtps}"]`,
    // So this machine is outside.
    SEALPOST__GATEWAY__SUBMIT__NETWORKS: `["192.0.2.0/24"]`,
    SEALPOST__GATEWAY__SUBMIT__ACCOUNTS: `[{ name = "clinic", password_hash = "${hash}", sender_domains = ["example.org"] }]`,
    SEALPOST__GATEWAY__SUBMIT__CERTIFICATES: `[{ sha256 = "${fingerprint}", sender_domains = ["scans.example.org"] }]`,
  };
  await sealpost.run();
});

after(async () => {
  await sealpost?.stop();
  await sink?.stop();
});

/** One mail by swaks; what it said and heard. */
async function swaks(to, ways, from = "clinic@example.org") {
  const said = ["--from", from, "--to", to, "--h-Subject", "[secure] results", "--body", "All is well."];
  const { stdout, stderr } = await outcome("swaks", ["--server", "127.0.0.1", ...said, ...ways], { seconds: 60 });
  return stdout + stderr;
}

const account = (password) => ["--auth-user", "clinic", "--auth-password", password];
const fromTheStart = () => ["--tls-on-connect", "--port", `${smtps}`];
const starttls = () => ["--tls", "--port", `${sealpost.smtp}`];
const shows = (name) => ["cert", "key"].flatMap((part) => [`--tls-${part}`, path.join(sealpost.folder, `${name}.${part}.pem`)]);

for (const mechanism of ["PLAIN", "LOGIN"]) {
  for (const [name, way] of [["TLS from the start", fromTheStart], ["STARTTLS", starttls]]) {
    test(`an account hands mail in by AUTH ${mechanism} and ${name}`, async () => {
      const to = `${mechanism}-${way.name}@example.com`.toLowerCase();
      const talk = await swaks(to, [...way(), "--auth", mechanism, ...account(PASSWORD)]);
      assert.match(talk, /235 2\.7\.0/);
      assert.match(talk, /250 2\.0\.0 Stored as/);
      assert.ok(linkOf(await sink.of("notice", to)));
    });
  }
}

test("who proves nothing, or something else, hands nothing in", async () => {
  const to = "refused@example.com";
  assert.match(await swaks(to, fromTheStart()), /530 5\.7\.0 Authentication required/);
  assert.match(await swaks(to, ["--port", `${sealpost.smtp}`]), /530 5\.7\.0 Must issue a STARTTLS/);
  assert.match(await swaks(to, [...fromTheStart(), "--auth", "PLAIN", ...account("wrong")]), /535 5\.7\.8/);
  const right = [...fromTheStart(), "--auth", "PLAIN", ...account(PASSWORD)];
  assert.match(await swaks(to, right, "x@scans.example.org"), /550 5\.7\.1 This account may not/);
  assert.match(await swaks(to, [...fromTheStart(), ...shows("stranger")], "x@scans.example.org"), /530 5\.7\.0/);
  assert.match(await swaks(to, [...fromTheStart(), ...shows("client")]), /530 5\.7\.0/);
  assert.equal(sink.all("notice", to).length, 0);
});

test("a client certificate hands mail in for its own domain", async () => {
  for (const [name, way] of Object.entries({ fromTheStart, starttls })) {
    const to = `certificate-${name}@example.com`.toLowerCase();
    const talk = await swaks(to, [...way(), ...shows("client")], "x@scans.example.org");
    assert.match(talk, /250 2\.0\.0 Stored as/);
    assert.ok(linkOf(await sink.of("notice", to)));
  }
});

test("mail without a sender reaches our postmaster from anywhere, by DATA and by BDAT, and nobody else", async () => {
  const smtp = await Smtp.connect(sealpost.smtp);
  try {
    await smtp.say("EHLO stranger.example.net");
    for (const [word, path] of [["one", "Postmaster"], ["two", "postmaster@secure.example.org"]]) {
      assert.match(await smtp.say("MAIL FROM:<> BODY=8BITMIME"), /^250 /);
      assert.match(await smtp.say("RCPT TO:<stranger@example.com>"), /^550 5\.7\.1 Mail without a sender/);
      assert.match(await smtp.say("RCPT TO:<reply+00000000000000000000000000@secure.example.org>"), /^550 /);
      assert.match(await smtp.say(`RCPT TO:<${path}>`), /^250 /);
      const raw = plainLetter({ subject: word, to: "postmaster@secure.example.org", from: "x@example.net" });
      if (word === "one") {
        smtp.write(`BDAT ${raw.length} LAST\r\n${raw.toString("latin1")}`);
        assert.match(await smtp.reply(), /^250 2\.0\.0 Stored as/);
      } else {
        assert.match(await smtp.say("DATA"), /^354 /);
        smtp.write(raw);
        assert.match(await smtp.say("."), /^250 2\.0\.0 Stored as/);
      }
      const mail = await sink.mail((mail) => mail.raw.includes(`Subject: ${word}\r\n`), `mail ${word}`);
      assert.deepEqual([mail.from, ...mail.to], ["", "postmaster@example.org"]);
    }
  } finally {
    smtp.close();
  }
});

test("no password and no hash is logged or shown", async () => {
  const shown = await outcome(program, ["--config", sealpost.config, "config", "print-effective"], {
    env: { ...process.env, ...sealpost.environment },
  });
  assert.match(shown.stdout, /\(not shown\)/);
  const encoded = Buffer.from(`\0clinic\0${PASSWORD}`).toString("base64");
  for (const secret of [PASSWORD, hash, encoded, "argon2id"]) {
    assert.ok(!sealpost.log.includes(secret) && !shown.stdout.includes(secret), secret);
  }
});

test("a password is not taken from the command line, nor a short one at all", async () => {
  assert.equal((await outcome(program, ["accounts", "hash", PASSWORD])).code, 2);
  const short = await outcome(program, ["accounts", "hash"], { input: "elevenchars\n" });
  assert.equal(short.code, 1);
  assert.match(short.stderr, /12 characters or more/);
  assert.equal(short.stdout, "");
});
