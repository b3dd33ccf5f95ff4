// Keys in an operator's hands: rotated while mail flows between two processes, destroyed when
// nothing needs them, moved to another custody, split and put together, messages withdrawn.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { Sealpost, Sink, linkOf, open, outcome, plainLetter, program, submit, until } from "./harness.mjs";

/** A program of one role beside others, with an environment of its own. */
class Role {
  log = "";
  constructor(sealpost, role, environment = {}) {
    this.process = spawn(program, [role, "--config", sealpost.config], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.process.stderr.setEncoding("utf8").on("data", (text) => (this.log += text));
    this.exited = once(this.process, "close");
  }

  async ready() {
    await until(() => / ready /.test(this.log), `ready:\n${this.log}`);
    return this;
  }

  async stop() {
    this.process.kill("SIGTERM");
    return (await this.exited)[0];
  }
}

/** What `sealpost ARGS` says and how it ends; it has no terminal. */
const say = (sealpost, args, more) => outcome(program, ["--config", sealpost.config, ...args], { input: "", ...more });
const keys = async (sealpost) => JSON.parse((await sealpost.command("keys", "list", "--all", "--json")).stdout);
const status = async (sealpost) => JSON.parse((await sealpost.command("keys", "status", "--json")).stdout);

async function deliver(sink, sealpost, name) {
  const to = `${name}@example.com`;
  const raw = plainLetter({ subject: `[secure] For ${name}`, to, text: `Dear ${name}` });
  assert.match(await submit(sealpost.smtp, { to: [to], raw }), /^250 /);
  return { to, link: linkOf(await sink.of("notice", to)) };
}

describe("two processes share a keystore", () => {
  let sink, sealpost, gateway, viewer;
  before(async () => {
    sink = await Sink.start();
    sealpost = await Sealpost.create({ sink });
    await sealpost.command("keys", "viewer-credential", "--out", path.join(sealpost.folder, "viewer.key"));
    gateway = await new Role(sealpost, "gateway").ready();
    viewer = await new Role(sealpost, "viewer", {
      SEALPOST__KEYSTORE__CUSTODY__FILE: "viewer.key",
      SEALPOST__ADMIN__LISTEN: "[]",
    }).ready();
  });
  after(async () => {
    await viewer?.stop();
    await gateway?.stop();
    await fs.rm(sealpost.folder, { recursive: true, force: true });
    await sink.stop();
  });

  test("each holds its purposes, and says what keys lie in", async () => {
    assert.match(gateway.log, /keys are loaded memory=locked pages, never in a dump .*root\.key/);
    assert.match(viewer.log, /keys are loaded memory=locked pages, never in a dump .*viewer\.key/);
    const { nodes } = await status(sealpost);
    assert.deepEqual(nodes.map((node) => [node.role, node.there]), [["gateway", true], ["viewer", true]]);
    // With the viewer's credential nothing can be rotated, split or read of the gateway's purposes.
    const env = { ...process.env, SEALPOST__KEYSTORE__CUSTODY__FILE: "viewer.key" };
    for (const args of [["rotate", "reply"], ["split", "--of", "3", "--need", "2", "--out", "x"], ["viewer-credential", "--out", "x"]]) {
      const refused = await say(sealpost, ["keys", ...args], { env });
      assert.equal(refused.code, 78, refused.stderr);
      assert.match(refused.stderr, /viewer's credential/);
    }
    const seen = JSON.parse((await outcome(program, ["--config", sealpost.config, "keys", "list", "--json"], { env })).stdout);
    const shown = seen.filter((key) => key.public !== null).map((key) => key.purpose);
    assert.deepEqual(shown, [], "public halves are made of secrets that the viewer does not have");
    const gatewayAsViewer = await outcome(program, ["--config", sealpost.config, "gateway"], { env });
    assert.equal(gatewayAsViewer.code, 78);
  });

  test("every purpose is rotated: old links open, answers arrive, old keys go when nothing needs them", async () => {
    const early = await deliver(sink, sealpost, "early");
    const unread = await deliver(sink, sealpost, "unread");
    const before = await keys(sealpost);
    const rotated = await say(sealpost, ["keys", "rotate", "--all", "--reason", "a test"], { seconds: 120 });
    assert.equal(rotated.code, 0, rotated.stderr);
    assert.match(rotated.stderr, /share: rotated, 2 records re-wrapped/);
    assert.match(rotated.stderr, /metadata: rotated, 4 records re-wrapped/);
    assert.match(rotated.stderr, /lookup: rotated, 2 records re-wrapped/);
    const now = await keys(sealpost);
    for (const { id, purpose } of before) {
      const key = now.find((one) => one.id === id);
      assert.equal(key.state, "retired", purpose);
      const active = now.filter((one) => one.purpose === purpose && one.epoch === key.epoch && one.state === "active");
      assert.equal(active.length, 1, `${purpose} has one active key`);
    }
    assert.deepEqual((await status(sealpost)).rotations, []);

    // The message sealed before the rotation: opened, and answered to a retired reply key.
    const read = await open(sink, early.to, early.link, ["--output", path.join(sealpost.folder, "early"), "--reply-text", "Thank you"]);
    assert.equal(read.code, 0, read.stderr);
    assert.match(read.stdout, /Dear early/);
    const answer = await sink.of("reply", "clinic@example.org");
    assert.match(answer.parsed.text, /Thank you/);
    // An answer to it, to the token address that the old lookup key had indexed.
    const token = answer.parsed.replyTo.value[0].address;
    const again = plainLetter({ subject: "Re: For early", to: token, text: "You are welcome" });
    assert.match(await submit(sealpost.smtp, { to: [token], raw: again }), /^250 /);
    await sink.of("notice", early.to, 1);

    // Nothing needs the old share, metadata and lookup keys; the old reply key is named in a view.
    const old = (purpose) => before.filter((key) => key.purpose === purpose);
    const active = now.find((key) => key.purpose === "metadata" && key.state === "active");
    const refused = await say(sealpost, ["keys", "destroy", active.id, "--yes"]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /is active; run `sealpost keys rotate metadata` first/);
    const [reply] = old("reply");
    const needed = await say(sealpost, ["keys", "destroy", reply.id, "--yes"]);
    assert.equal(needed.code, 1, needed.stderr);
    assert.match(needed.stderr, /2 live records still need key/);
    for (const { id } of [...old("share"), ...old("metadata")]) {
      const unasked = await say(sealpost, ["keys", "destroy", id]);
      assert.equal(unasked.code, 2, "without a terminal and without --yes nothing is destroyed");
      const gone = await say(sealpost, ["keys", "destroy", id, "--yes", "--reason", "a test"]);
      assert.equal(gone.code, 0, gone.stderr);
    }
    const late = await open(sink, unread.to, unread.link, ["--output", path.join(sealpost.folder, "unread")]);
    assert.equal(late.code, 0, late.stderr);
    const verified = await say(sealpost, ["keys", "verify"]);
    assert.equal(verified.code, 0, verified.stderr);
    const acts = (await fs.readFile(path.join(sealpost.folder, "keys/acts.jsonl"), "utf8")).trim().split("\n").map(JSON.parse);
    const destroyed = acts.filter((act) => act.act === "destroyed" && act.by === "operator");
    assert.deepEqual(destroyed.map((act) => act.reason), destroyed.map(() => "a test"));
    assert.equal(destroyed.length, old("share").length + 1);
  });

  test("a withdrawn message releases nothing more (K9)", async () => {
    const { to, link } = await deliver(sink, sealpost, "withdrawn");
    const first = await open(sink, to, link, ["--output", path.join(sealpost.folder, "first")]);
    assert.equal(first.code, 0, first.stderr);
    const captured = [...gateway.log.matchAll(/message captured message\.id=(\S+)/g)].at(-1)[1];
    const unasked = await say(sealpost, ["messages", "revoke", captured]);
    assert.equal(unasked.code, 2);
    const revoked = await say(sealpost, ["messages", "revoke", captured, "--yes"]);
    assert.equal(revoked.code, 0, revoked.stderr);
    assert.match(revoked.stderr, /withdrawn from 1 recipients/);
    const codes = sink.all("code", to).length;
    const late = await open(sink, to, link, ["--output", path.join(sealpost.folder, "late")]);
    assert.notEqual(late.code, 0);
    assert.match(late.stderr, /withdrawn|no longer|expired|ended/i);
    assert.equal(sink.all("code", to).length, codes, "no code is sent for it");
    const unknown = await say(sealpost, ["messages", "revoke", "01a20000-0000-7000-8000-000000000000", "--yes"]);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /there is no message/);
  });
});

describe("the root secret changes hands", () => {
  let sink, sealpost;
  const inside = (name) => path.join(sealpost.folder, name);
  before(async () => {
    sink = await Sink.start();
    sealpost = await Sealpost.create({ sink });
  });
  after(async () => {
    await fs.rm(sealpost.folder, { recursive: true, force: true });
    await sink.stop();
  });

  /** Runs the program until a message was delivered and opened; more arguments and environment. */
  async function works(name, { args = "", environment = {} } = {}) {
    const command = `exec "${program}" run --config "${sealpost.config}" ${args}`;
    const child = spawn("bash", ["-c", command], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (log += text));
    const exited = once(child, "close");
    try {
      await until(() => / ready /.test(log) || child.exitCode !== null, `ready:\n${log}`);
      assert.equal(child.exitCode, null, log);
      const unread = await deliver(sink, sealpost, `${name}-unread`);
      const { to, link } = await deliver(sink, sealpost, name);
      const read = await open(sink, to, link, ["--output", inside(`read-${name}`)]);
      assert.equal(read.code, 0, read.stderr);
      return unread;
    } finally {
      child.kill("SIGTERM");
      await exited;
    }
  }
  const custody = async (text) => {
    const config = await fs.readFile(sealpost.config, "utf8");
    await fs.writeFile(sealpost.config, config.replace(/^custody = .*$/m, `custody = ${text}`));
  };

  test("from a file behind a passphrase, and on to a systemd credential; messages stay readable", async () => {
    const unread = await works("file");
    const passphrase = "correct horse battery staple";
    const short = await outcome("bash", ["-c", `"${program}" --config "${sealpost.config}" keys custody --to-passphrase "${inside("short.age")}" --yes --passphrase-fd 3 3<<<"fifteen letters"`]);
    assert.equal(short.code, 2, short.stderr);
    assert.match(short.stderr, /needs 16 characters/);
    const changed = await outcome("bash", ["-c", `"${program}" --config "${sealpost.config}" keys custody --to-passphrase "${inside("root.age")}" --yes --passphrase-fd 3 3<<<"${passphrase}"`]);
    assert.equal(changed.code, 0, changed.stderr);
    assert.match(changed.stderr, /custody = \{ passphrase = ".*root\.age" \}/);

    const oldSecret = await say(sealpost, ["keys", "verify"]);
    assert.equal(oldSecret.code, 78, "the old root secret opens nothing any more");
    assert.match(oldSecret.stderr, /keyring\.toml was sealed under another root secret/);
    await custody('{ passphrase = "root.age" }');
    const wrong = await outcome("bash", ["-c", `"${program}" --config "${sealpost.config}" run --passphrase-fd 3 3<<<"correct horse battery stapler"`]);
    assert.equal(wrong.code, 78);
    assert.match(wrong.stderr, /root\.age does not open with this passphrase/);
    const nobody = await say(sealpost, ["run"]);
    assert.equal(nobody.code, 78);
    assert.match(nobody.stderr, /--passphrase-fd/);
    await works("passphrase", { args: `--passphrase-fd 3 3<<<"${passphrase}"` });

    // What systemd does with LoadCredentialEncrypted: a file in a folder of the service's own.
    const moved = await outcome("bash", ["-c", `"${program}" --config "${sealpost.config}" keys custody --to-file "${inside("new.key")}" --yes --passphrase-fd 3 3<<<"${passphrase}"`]);
    assert.equal(moved.code, 0, moved.stderr);
    await fs.mkdir(inside("credentials"), { mode: 0o700 });
    await fs.rename(inside("new.key"), inside("credentials/sealpost-root"));
    await custody('{ systemd = "sealpost-root" }');
    const absent = await say(sealpost, ["run"]);
    assert.equal(absent.code, 78);
    assert.match(absent.stderr, /the systemd credential sealpost-root is not there/);
    const environment = { CREDENTIALS_DIRECTORY: inside("credentials") };
    await works("systemd", { environment });

    // The first message is readable after two changes of custody.
    const child = spawn(program, ["run", "--config", sealpost.config], { env: { ...process.env, ...environment }, stdio: "ignore" });
    const exited = once(child, "close");
    await until(() => fetch(`http://127.0.0.1:${sealpost.health}/health/ready`).then((answer) => answer.ok, () => false), "ready");
    const read = await open(sink, unread.to, unread.link, ["--output", inside("read-unread")]);
    child.kill("SIGTERM");
    await exited;
    assert.equal(read.code, 0, read.stderr);

    // Split and put together: three of five, not two.
    const env = { ...process.env, ...environment };
    const split = await say(sealpost, ["keys", "split", "--of", "5", "--need", "3", "--out", inside("parts")], { env });
    assert.equal(split.code, 0, split.stderr);
    const parts = (await fs.readdir(inside("parts"))).map((name) => path.join(inside("parts"), name));
    assert.equal(parts.length, 5);
    const few = await say(sealpost, ["keys", "combine", ...parts.slice(0, 2), "--out", inside("few.key")]);
    assert.equal(few.code, 2);
    assert.match(few.stderr, /3 parts are needed, 2 are here/);
    const tried = await say(sealpost, ["keys", "combine", ...parts.slice(2), "--dry-run"]);
    assert.equal(tried.code, 0, tried.stderr);
    const whole = await say(sealpost, ["keys", "combine", ...parts.slice(2), "--out", inside("whole.key")]);
    assert.equal(whole.code, 0, whole.stderr);
    assert.equal(await fs.readFile(inside("whole.key"), "utf8"), await fs.readFile(inside("credentials/sealpost-root"), "utf8"));
    await custody('{ file = "whole.key" }');
    const verified = await say(sealpost, ["keys", "verify"]);
    assert.equal(verified.code, 0, verified.stderr);
  });

  test("what is wrong with a key stops the start with one line (K7)", async () => {
    const ring = inside("keys/keyring.toml");
    const whole = await fs.readFile(ring);
    const start = async () => {
      const { code, stderr } = await say(sealpost, ["run"]);
      const lines = stderr.split("\n").filter((line) => line.startsWith("sealpost: "));
      assert.equal(lines.length, 1, stderr);
      return `${code} ${lines[0]}`;
    };
    await fs.rename(ring, `${ring}.away`);
    assert.match(await start(), /^78 .*keyring\.toml is missing; restore it from the key backup/);
    assert.ok(!(await fs.readdir(inside("keys"))).includes("keyring.toml"), "no key is made silently");
    await fs.rename(`${ring}.away`, ring);
    await fs.chmod(ring, 0o644);
    assert.match(await start(), /^78 .*keyring\.toml is open to other users \(mode 0644\); run `chmod 0640`/);
    await fs.chmod(ring, 0o600);
    await fs.writeFile(ring, whole.subarray(0, whole.length / 2));
    assert.match(await start(), /^78 .*keyring\.toml is not a whole key file/);
    await fs.writeFile(ring, whole);
    await fs.chmod(inside("whole.key"), 0o640);
    assert.match(await start(), /^78 .*whole\.key is open to other users \(mode 0640\); run `chmod 0600`/);
    await fs.chmod(inside("whole.key"), 0o600);
    assert.equal((await say(sealpost, ["check-config"])).code, 0);
  });
});
