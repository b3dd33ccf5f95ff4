// Gateway and viewer as two Unix users of one group, with the rights that deploy/keys.md gives:
// mail arrives and is answered, and neither user has what is the other's.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { after, before, describe, test } from "node:test";
import { Sealpost, Sink, linkOf, open, outcome, plainLetter, program as built, root, submit, until } from "./harness.mjs";

const run = promisify(execFile);
/** Numbers that no user of the system has. */
const GROUP = 61000;
const GATEWAY = 61001;
const VIEWER = 61002;
const as = (user) => ["setpriv", `--reuid=${user}`, `--regid=${user}`, `--groups=${GROUP}`, "--no-new-privs"];
const who = { skip: process.getuid() !== 0 && "other users can be had as root only" };

describe("gateway and viewer are two users", who, () => {
  let sink, sealpost, program, gateway, viewer;
  const inside = (name) => path.join(sealpost.folder, name);
  const own = (user, ...names) => run("chown", ["-R", `${user}:${user}`, ...names.map(inside)]);

  before(async () => {
    sink = await Sink.start();
    sealpost = await Sealpost.create({ sink });
    await fs.chmod(sealpost.folder, 0o755);
    // Where it was built other users may not look.
    program = inside("sealpost");
    await fs.copyFile(built, program);
    await sealpost.command("keys", "viewer-credential", "--out", inside("viewer.key"));
    await own(GATEWAY, "data", "keys", "root.key");
    await own(VIEWER, "viewer.key");
    const guide = await fs.readFile(path.join(root, "deploy/keys.md"), "utf8");
    const lines = guide.match(/^### Two users\n[^#]*/m)[0].match(/^ {4}.*$/gm);
    assert.equal(lines.length, 4, "the guide's commands");
    const commands = lines.join("\n").replaceAll("sealpost-shared", GROUP).replaceAll("/var/lib/sealpost/keys", inside("keys"));
    await run("sh", ["-ec", commands.replaceAll("/var/lib/sealpost", inside("data"))]);
  });
  after(async () => {
    for (const part of [viewer, gateway]) part?.process.kill("SIGTERM");
    await Promise.all([viewer?.exited, gateway?.exited]);
    await fs.rm(sealpost.folder, { recursive: true, force: true });
    await sink.stop();
  });

  const extra = { SEALPOST__STORE__SHARED_WITH_GROUP: "true" };
  const asViewer = { ...extra, SEALPOST__KEYSTORE__CUSTODY__FILE: "viewer.key", SEALPOST__ADMIN__LISTEN: "[]" };

  test("the parts start, a message goes the whole way, twice with a rotation between", async () => {
    sealpost.words = [...as(GATEWAY), program];
    gateway = sealpost.launch("gateway", { extra });
    await gateway.ready;
    sealpost.words = [...as(VIEWER), program];
    viewer = sealpost.launch("viewer", { extra: asViewer, health: sealpost.http });
    viewer.ready.catch(() => {});
    await until(() => fetch(sealpost.origin).then(() => true, () => false), "the viewer");
    for (let n = 0; n < 2; n++) {
      const to = `reader.${n}@example.com`;
      assert.match(await submit(sealpost.smtp, { to: [to], raw: plainLetter({ subject: "[secure] x", to, text: `Dear ${n}` }) }), /^250 /);
      const read = await open(sink, to, linkOf(await sink.of("notice", to)), ["--output", inside(`read-${n}`), "--reply-text", `Thanks ${n}`]);
      assert.equal(read.code, 0, `${read.stderr}\n${sealpost.log}`);
      assert.match((await sink.of("reply", "clinic@example.org", n)).parsed.text, new RegExp(`Thanks ${n}`));
      if (n === 0) {
        const [file, ...words] = [...as(GATEWAY), program, "--config", sealpost.config, "keys", "rotate", "--all", "--reason", "a test"];
        const rotated = await outcome(file, words, { seconds: 120, env: { ...process.env, ...extra } });
        assert.equal(rotated.code, 0, rotated.stderr);
      }
    }
  });

  test("the viewer's user has no right to what is the gateway's, nor others to anything", async () => {
    const may = async (user, flag, name) => (await outcome(...split([...as(user), "test", flag, inside(name)]))).code === 0;
    const split = ([file, ...words]) => [file, words];
    assert.deepEqual(
      await Promise.all([may(VIEWER, "-r", "root.key"), may(VIEWER, "-w", "keys"), may(VIEWER, "-w", "keys/keyring.toml"), may(VIEWER, "-w", "keys/acts.jsonl")]),
      [false, false, false, false],
    );
    assert.equal(await may(GATEWAY, "-r", "viewer.key"), false);
    // The control: what the viewer needs it has.
    assert.deepEqual(await Promise.all([may(VIEWER, "-r", "keys/keyring.toml"), may(VIEWER, "-w", "keys/nodes"), may(VIEWER, "-w", "data")]), [true, true, true]);
    const stranger = ["setpriv", "--reuid=61003", "--regid=61003", "--clear-groups"];
    for (const name of ["data", "keys/keyring.toml"]) {
      const [file, ...words] = [...stranger, "test", "-r", inside(name)];
      assert.notEqual((await outcome(file, words)).code, 0, name);
    }
  });
});
