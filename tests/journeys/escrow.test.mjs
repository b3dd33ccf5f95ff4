// An organisation with an offline key: who is told, what leaves the gateway, and that the key alone
// opens it, away from everything else.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { Decrypter } from "age-encryption";
import {
  Sealpost,
  Sink,
  browserPage,
  closeBrowser,
  codeOf,
  linkOf,
  open,
  outcome,
  program,
  run,
  spellings,
  submit,
} from "./harness.mjs";

const SENTENCE = "Example Trust keeps an offline key that can open this message.";

/** The machine in the safe: a folder that the gateway knows nothing of. */
let offline, sink;
let receipts = 0;
const inside = (name) => path.join(offline, name);
const read = (...names) => fs.readFile(path.join(...names));

before(async () => {
  offline = await fs.mkdtemp(path.join(os.tmpdir(), "sealpost-safe-"));
  sink = await Sink.start();
});
after(async () => {
  await closeBrowser();
  await sink?.stop();
  await fs.rm(offline, { recursive: true, force: true });
});

/** Runs the program where there is no configuration, in an empty environment. */
const alone = (args, options = {}) => outcome(program, args, { cwd: offline, env: {}, ...options });

async function keygen(name, ...more) {
  const made = await alone(["escrow", "keygen", "--out", name, ...more]);
  assert.equal(made.code, 0, made.stderr);
  return made.stdout.trim();
}

/** A gateway with these keys in escrow, and its name for a configuration that is appended to. */
async function gateway(keys, policy = "") {
  return Sealpost.start({ sink, policy: `${policy}\n[escrow]\nrecipients = ${JSON.stringify(keys)}` });
}

async function deliver(sealpost, name) {
  const to = `${name}@example.com`;
  const file = randomBytes(300_000);
  const raw = Buffer.from(
    [
      "From: <clinic@example.org>",
      `To: <${to}>`,
      `Subject: [secure] For ${name}`,
      "MIME-Version: 1.0",
      'Content-Type: multipart/mixed; boundary="b"',
      "",
      "--b",
      "Content-Type: text/plain; charset=utf-8",
      "",
      `Dear ${name}, the colour is ultramarine.`,
      "--b",
      'Content-Type: application/pdf; name="scan.pdf"',
      "Content-Transfer-Encoding: base64",
      "",
      ...file.toString("base64").match(/.{1,76}/g),
      "--b--",
      "",
    ].join("\r\n"),
  );
  assert.match(await submit(sealpost.smtp, { to: [to], raw }), /^250 /);
  const notice = await sink.of("notice", to);
  const id = /message\.id=(\S+)/.exec(sealpost.log.split("\n").findLast((line) => line.includes("message captured")))[1];
  return { to, raw, file, notice, link: linkOf(notice), id };
}

const exported = (sealpost, args) =>
  outcome(program, ["--config", sealpost.config, "escrow", "export", ...args], { cwd: sealpost.folder });

const REASON = ["--reason", "case 4711"];

for (const [profile, start] of [["mlkem768x25519", /^age1pq1/], ["x25519", /^age1(?!pq)/]]) {
  test(`${profile}: a message is opened offline, octet for octet, with everything else gone`, async () => {
    const key = `org-${profile}.key`;
    const recipient = await keygen(key, "--profile", profile);
    assert.match(recipient, start);
    assert.equal((await fs.stat(inside(key))).mode & 0o777, 0o600);
    const sealpost = await gateway([recipient], `profile = "${profile}"\nreceipts = "always"`);
    try {
      const sent = await deliver(sealpost, `alice-${profile}`);
      for (const part of ["text", "html"]) assert.ok(sent.notice.parsed[part].includes(SENTENCE), part);
      const receipt = await sink.of("receipt", "clinic@example.org", receipts++);
      assert.match(receipt.parsed.text, /keeps an offline key that can open this message too\./);
      assert.doesNotMatch(receipt.raw.toString(), /colour|For alice/);
      const terminal = await open(sink, sent.to, sent.link, ["--output", inside(`terminal-${profile}`)]);
      assert.ok(terminal.stderr.includes(SENTENCE), terminal.stderr);

      const bundle = inside(`bundle-${profile}`);
      const dry = await exported(sealpost, [sent.id, "--out", bundle, ...REASON, "--dry-run"]);
      assert.equal(dry.code, 0, dry.stderr);
      await assert.rejects(fs.stat(bundle), "a dry run writes nothing");
      const done = await exported(sealpost, [sent.id, "--out", bundle, ...REASON]);
      assert.equal(done.code, 0, done.stderr);
      const line = done.stderr.split("\n").filter((said) => said.includes("case 4711"));
      assert.equal(line.length, 1, done.stderr);
      assert.ok(line[0].includes(sent.id) && line[0].includes("exported"), line[0]);
      assert.deepEqual((await fs.readdir(bundle)).sort(), ["README.txt", "escrow.age", "message.age", "view.age"]);
      const all = Buffer.concat(await Promise.all((await fs.readdir(bundle)).map((name) => read(bundle, name))));
      for (const word of ["ultramarine", sent.to, "scan.pdf"]) {
        for (const [form, octets] of spellings(word)) assert.ok(!all.includes(octets), `${word} as ${form}`);
      }
      const again = await exported(sealpost, [sent.id, "--out", bundle, ...REASON]);
      assert.equal(again.code, 1);
      assert.match(again.stderr, /exists/);

      // Nothing but the bundle, the key and the program is left.
      assert.equal(await sealpost.kill("SIGTERM"), 0);
      await fs.rm(sealpost.folder, { recursive: true });
      const opened = await alone(["escrow", "open", bundle, "--identity", key, "--out", `opened-${profile}`]);
      assert.equal(opened.code, 0, opened.stderr);
      assert.match(opened.stdout, /^Subject: For alice[^]*ultramarine/m);
      const folder = inside(`opened-${profile}`);
      assert.ok((await read(folder, "message.eml")).equals(sent.raw));
      assert.ok((await read(folder, "scan.pdf")).equals(sent.file));
      const over = await alone(["escrow", "open", bundle, "--identity", key, "--out", `opened-${profile}`]);
      assert.equal(over.code, 1, "never over what is there");
      assert.match(over.stderr, /nothing was written/);

      // And without us: another implementation, and for the classic kind the one in Debian.
      const secret = (await read(inside(key))).toString().trim().split("\n").at(-1);
      const decrypt = async (identity, name) => {
        const decrypter = new Decrypter();
        decrypter.addIdentity(identity);
        return Buffer.from(await decrypter.decrypt(await read(bundle, name)));
      };
      const grant = (await decrypt(secret, "escrow.age")).toString();
      assert.match(grant, new RegExp(`^# Sealpost escrow grant 1\n# message: ${sent.id}\nAGE-SECRET-KEY-\\S+\n$`));
      assert.ok((await decrypt(grant.trim().split("\n").at(-1), "message.age")).equals(sent.raw));
      if (profile === "x25519") {
        const words = `umask 077; age -d -i ${key} ${bundle}/escrow.age > id.txt && age -d -i id.txt ${bundle}/message.age`;
        const stock = await run("sh", ["-c", words], { cwd: offline, encoding: "buffer", maxBuffer: 1 << 28 });
        assert.ok(stock.stdout.equals(sent.raw));
        assert.equal((await run("age-keygen", ["-y", inside(key)])).stdout.trim(), recipient, "age reads our file");
      }
    } finally {
      await sealpost.stop();
    }
  });
}

test("a wrong key, an open key file and a damaged bundle open nothing", async (t) => {
  const recipients = [await keygen("one.key"), await keygen("two.key")];
  await keygen("stranger.key");
  const sealpost = await gateway(recipients);
  t.after(() => sealpost.stop());
  const sent = await deliver(sealpost, "bob");
  // By the header of the notice, which somebody has forwarded.
  const bundle = inside("bundle-bob");
  const done = await exported(sealpost, [sent.notice.parsed.messageId, "--out", bundle, ...REASON]);
  assert.equal(done.code, 0, done.stderr);

  let n = 0;
  const attempt = async (key, options) => {
    const out = `attempt-${n++}`;
    const ended = await alone(["escrow", "open", bundle, "--identity", key, "--out", out], options);
    const written = await fs.readdir(inside(out)).catch(() => []);
    return { ...ended, written };
  };
  const refuses = async (key, code, words, options) => {
    const ended = await attempt(key, options);
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stderr, words);
    assert.deepEqual([ended.stdout, ended.written], ["", []]);
  };
  for (const key of ["one.key", "two.key"]) assert.equal((await attempt(key)).code, 0, key);
  const both = Buffer.concat([await read(inside("stranger.key")), await read(inside("two.key"))]);
  assert.equal((await attempt("-", { input: both })).code, 0, "several identities, from a pipe");

  await refuses("stranger.key", 1, /for another key[^]*or it is damaged/);
  await refuses("absent.key", 78, /absent\.key/);
  await fs.writeFile(inside("public.txt"), `${recipients[0]}\n`, { mode: 0o600 });
  await refuses("public.txt", 78, /line 1 is a public key/);
  await fs.chmod(inside("two.key"), 0o644);
  await refuses("two.key", 78, /mode 0644[^]*chmod 600/);

  for (const name of ["escrow.age", "view.age", "message.age"]) {
    const whole = await read(bundle, name);
    for (const at of [40, whole.length >> 1, whole.length - 1]) {
      const changed = Buffer.from(whole);
      changed[at] ^= 1;
      await fs.writeFile(path.join(bundle, name), changed);
      await refuses("one.key", 1, /damaged/);
    }
    await fs.writeFile(path.join(bundle, name), whole.subarray(0, -1));
    await refuses("one.key", 1, /damaged/);
    await fs.rm(path.join(bundle, name));
    await refuses("one.key", 1, new RegExp(name.replace(".", "\\.")));
    await fs.writeFile(path.join(bundle, name), whole);
  }
  assert.equal((await attempt("one.key")).code, 0, "whole again, it opens");
});

test("an export needs a reason and a message, and a secret link is not taken", async (t) => {
  const sealpost = await gateway([await keygen("reasons.key")]);
  t.after(() => sealpost.stop());
  const { id, link } = await deliver(sealpost, "carol");
  const out = ["--out", inside("bundle-carol")];
  const refuses = async (args, code, words) => {
    const ended = await exported(sealpost, args);
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stderr, words);
    assert.ok(!ended.stderr.includes("is exported"), "nothing was exported and nothing says so");
    await assert.rejects(fs.stat(inside("bundle-carol")));
  };
  await refuses([id, ...out], 2, /--reason TEXT/);
  await refuses([id, ...out, "--reason", " "], 2, /--reason TEXT/);
  await refuses(["K7Q-4MDX", ...out, ...REASON], 2, /not a message id/);
  await refuses([link, ...out, ...REASON], 2, /up to the # only/);
  await refuses(["0193a1b2-0000-7000-8000-000000000001", ...out, ...REASON], 1, /no such message/);
  const done = await exported(sealpost, [link.split("#")[0], ...out, "--reason", "two\nlines", "--json"]);
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(JSON.parse(done.stdout), { message_id: id, folder: inside("bundle-carol") });
  assert.ok(done.stderr.split("\n").some((line) => line.includes("two") && line.includes("lines")), done.stderr);

  // The record keeps it, and a withdrawal too; what was refused or only asked about left no event.
  const withdraw = ["messages", "revoke", id, "--yes", "--reason", "asked by the ward"];
  await sealpost.command("messages", "revoke", id, "--dry-run");
  await sealpost.command(...withdraw);
  await sealpost.command(...withdraw);
  const acts = async () => {
    const { stdout } = await sealpost.command("--json", "audit", "list", "--show-reasons");
    return JSON.parse(stdout).map(({ act, message, changed, reason }) => [act, message, changed, reason]);
  };
  const expected = [
    ["escrow export", id, 1, "two\nlines"],
    ["messages revoke", id, 1, "asked by the ward"],
    ["messages revoke", id, 0, "asked by the ward"],
  ];
  assert.deepEqual(await acts(), expected);
  // The reasons go along when the key that seals them is rotated, and need the old one no more.
  const active = async () => {
    const keys = JSON.parse((await sealpost.command("--json", "keys", "list", "--purpose", "metadata")).stdout);
    return keys.find((key) => key.state === "active").id;
  };
  const old = await active();
  await sealpost.command("keys", "rotate", "metadata", "--reason", "a test");
  assert.notEqual(await active(), old);
  await sealpost.command("keys", "destroy", old, "--yes", "--reason", "a test");
  assert.deepEqual(await acts(), expected);
});

/** The message page's words for a message that was just delivered. */
async function pageOf(sealpost, { to, link }) {
  const page = await browserPage(sealpost.origin);
  await page.goto(link);
  await page.getByRole("button", { name: "Email me a security code" }).click();
  const code = codeOf(await sink.of("code", to));
  await page.getByRole("textbox", { name: "Security code" }).fill(code);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.locator("h1.subject").waitFor();
  const words = await page.locator("main").innerText();
  assert.deepEqual(page.faults, []);
  await page.context().close();
  return words;
}

test("the page says it as well, for what was sealed so, whatever the configuration says later", async (t) => {
  const sealpost = await gateway([await keygen("later.key")]);
  t.after(() => sealpost.stop());
  const before = await deliver(sealpost, "dora");
  assert.equal(await sealpost.kill("SIGTERM"), 0);
  const text = (await read(sealpost.config)).toString();
  await fs.writeFile(sealpost.config, text.replace(/recipients = \["age1.*/, "recipients = []"));
  await sealpost.run();
  assert.ok((await pageOf(sealpost, before)).includes(SENTENCE));
  const done = await exported(sealpost, [before.id, "--out", inside("bundle-dora"), ...REASON]);
  assert.equal(done.code, 0, done.stderr);

  // Without a key there is no grant, no word of one, and nothing to export.
  const after = await deliver(sealpost, "emil");
  for (const part of ["text", "html"]) assert.doesNotMatch(after.notice.parsed[part], /offline/, part);
  assert.doesNotMatch(await pageOf(sealpost, after), /offline/);
  const refused = await exported(sealpost, [after.id, "--out", inside("bundle-emil"), ...REASON]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /no escrow grant/);
  await assert.rejects(fs.stat(inside("bundle-emil")));
});

test("without [escrow] nothing is said of a key, and check-config refuses a secret one unseen", async (t) => {
  const sealpost = await Sealpost.start({ sink });
  t.after(() => sealpost.stop());
  const sent = await deliver(sealpost, "frank");
  const terminal = await open(sink, sent.to, sent.link, ["--output", inside("frank")]);
  const said = [sent.notice.parsed.text, sent.notice.parsed.html, terminal.stderr, sealpost.log].join("\n");
  assert.doesNotMatch(said, /offline|escrow/i);
  const refused = await exported(sealpost, [sent.id, "--out", inside("bundle-frank"), ...REASON]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /no escrow grant/);

  await keygen("pasted.key", "--profile", "x25519");
  const secret = (await read(inside("pasted.key"))).toString().trim().split("\n").at(-1);
  await fs.appendFile(sealpost.config, `\n[escrow]\nrecipients = ["${secret}"]\n`);
  const checked = await outcome(program, ["--config", sealpost.config, "check-config"]);
  assert.equal(checked.code, 3, checked.stderr);
  assert.match(checked.stderr, /there is a secret identity/);
  assert.ok(!checked.stderr.includes(secret.slice(20, 40)));
});

test("keygen overwrites nothing, and its file can be told by anybody", async () => {
  const recipient = await keygen("mine.key");
  const text = (await read(inside("mine.key"))).toString();
  assert.match(text, new RegExp(`^# created: \\d{4}-\\S+Z\n# public key: ${recipient}\nAGE-SECRET-KEY-PQ-1[0-9A-Z]+\n$`));
  const again = await alone(["escrow", "keygen", "--out", "mine.key"]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /mine\.key: .*exists/);
  assert.equal((await read(inside("mine.key"))).toString(), text);
  const wrong = await alone(["escrow", "keygen", "--out", "other.key", "--profile", "rsa"]);
  assert.equal(wrong.code, 2);
});
