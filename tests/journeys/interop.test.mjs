// Files sealed here open elsewhere and the other way round (promise K5): the unmodified package
// age-encryption for both profiles, Debian's age for X25519 (it is older than the hybrid).

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { Decrypter, Encrypter } from "age-encryption";
import { example } from "./harness.mjs";

const LENGTHS = [0, 1, 65_536, 65_537, 10_000_000];

let folder;
before(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "sealpost-interop-"));
});
after(() => fs.rm(folder, { recursive: true, force: true }));

/** Runs a program over octets. */
async function filter(program, args, input = Buffer.alloc(0)) {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const chunks = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  const [code] = await once(child, "close");
  assert.equal(code, 0, `${program} ${args[0]}`);
  return Buffer.concat(chunks);
}

const plaintext = (length) => Buffer.from(Uint8Array.from({ length }, (_, n) => (n * 31 + (n >> 8)) & 255));

async function keys(profile) {
  const text = (await filter(example("age"), ["keys", profile])).toString();
  const [identity, recipient] = text.trim().split("\n");
  return { identity, recipient };
}

for (const profile of ["mlkem768x25519", "x25519"]) {
  for (const length of LENGTHS) {
    test(`${profile}: ${length} octets go to age-encryption and come back`, async () => {
      const { identity, recipient } = await keys(profile);
      const octets = plaintext(length);

      const ours = await filter(example("age"), ["seal", recipient], octets);
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity);
      assert.ok(Buffer.from(await decrypter.decrypt(ours)).equals(octets));

      const encrypter = new Encrypter();
      encrypter.addRecipient(recipient);
      const theirs = Buffer.from(await encrypter.encrypt(octets));
      assert.ok((await filter(example("age"), ["open", identity], theirs)).equals(octets));
    });
  }
}

for (const length of LENGTHS) {
  test(`x25519: ${length} octets go to Debian's age and come back`, async () => {
    const { identity, recipient } = await keys("x25519");
    const octets = plaintext(length);
    const file = path.join(folder, `identity-${length}`);
    await fs.writeFile(file, identity + "\n", { mode: 0o600 });
    const ours = await filter(example("age"), ["seal", recipient], octets);
    assert.ok((await filter("age", ["--decrypt", "--identity", file], ours)).equals(octets));
    const theirs = await filter("age", ["--encrypt", "--recipient", recipient], octets);
    assert.ok((await filter(example("age"), ["open", identity], theirs)).equals(octets));
  });
}
