// The clock jumps while messages wait (D3, decision 0017). A year ahead must destroy nothing; when
// the clock is back nothing may wait for that year; and what is over by the right time ends without
// a restart. libfaketime (Debian's faketime) sets the wall clock of this one process, and leaves
// alone the one that only runs; the machine's own clock is not touched.

import fs from "node:fs/promises";
import path from "node:path";
import { Sealpost, Sink, until } from "../journeys/harness.mjs";
import { sleep } from "../proofs/proof.mjs";
import { KIB, letter, notices, openAll, send } from "./ledger.mjs";

const LIBRARIES = ["x86_64", "aarch64"].map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`);

export default async function (proof) {
  const library = await LIBRARIES.reduce(async (found, file) => (await found) ?? fs.access(file).then(() => file, () => undefined), Promise.resolve());
  if (!library) throw new Error("libfaketime is missing: apt-get install faketime");
  const sink = await Sink.start();
  proof.after(() => sink.stop());
  const folder = await proof.folder();
  const file = path.join(folder, "time");
  const set = (offset) => fs.writeFile(`${file}.new`, `${offset}\n`).then(() => fs.rename(`${file}.new`, file));
  await set("+0");
  const extra = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    FAKETIME_NO_CACHE: "1",
  };
  const sealpost = await Sealpost.create({ sink, policy: "expiry_days = 1", extra });
  proof.after(() => sealpost.stop());
  await sealpost.run();
  const take = async () => {
    const one = letter(2 * KIB);
    const answer = await send(sealpost.smtp, one);
    if (!one.id) throw new Error(answer);
    return one;
  };
  const later = () => Object.assign(new Error("later"), { responseCode: 451 });

  // Some told, some not yet, when the clock jumps a year.
  const letters = [await take(), await take(), await take()];
  await sealpost.settled();
  let relayIsDown = true;
  sink.refuse = () => (relayIsDown ? later() : undefined);
  letters.push(await take());
  await until(() => /put off/.test(sealpost.log), "a notice to be put off");
  await set("+365d");
  letters.push(await take());
  const jumped = () => /the clock jumped/.test(sealpost.log);
  await until(jumped, "the jump to be seen").catch(() => {});
  proof.expect("the jump is told to the operator", jumped(), true, "+365 d, and every message had one day");
  relayIsDown = false;
  // The key schedule and the queue look meanwhile; the put-off notice leaves after its pause.
  await until(() => letters.every(({ to }) => notices(sink).has(to)), "notices under the wrong clock", 60).catch(() => {});
  proof.expect("told while the clock is wrong", letters.filter(({ to }) => notices(sink).has(to)).length, letters.length);
  const during = await openAll(proof, sink, letters.slice(0, 1));
  proof.expect("opened while the clock is wrong", during.equal, 1, during.wrong.join());

  // A year back, and on to now: what was put off under either clock may not wait for it.
  relayIsDown = true;
  letters.push(await take());
  await sleep(1000);
  await set("-365d");
  letters.push(await take());
  await sleep(1000);
  relayIsDown = false;
  await set("+0");
  letters.push(await take());
  await until(() => letters.every(({ to }) => notices(sink).has(to)), "every notice", 90).catch(() => {});
  const settled = await sealpost.balance();
  proof.expect("told, none expired", [settled.notified, settled.expired, settled.held], [letters.length, 0, 0], `${letters.length} taken before, during and after +365 d and -365 d`);
  const after = await openAll(proof, sink, letters.slice(1));
  proof.expect("opened, equal content", after.equal, letters.length - 1, after.wrong.slice(0, 2).join(" | "));

  // In small steps, as an honest clock goes, the day passes: then all ends, by itself.
  for (let minutes = 50; minutes <= 26 * 60; minutes += 50) {
    await set(`+${minutes}m`);
    await sleep(700);
  }
  const pages = async () => {
    const states = await Promise.all(letters.map(async ({ to }) => {
      const left = await openAll(proof, sink, [{ to, raw: Buffer.alloc(0) }]);
      return /expired|over/.test(left.wrong[0] ?? "");
    }));
    return states.filter(Boolean).length;
  };
  proof.expect("control: over when their day has passed, without a restart", await pages(), letters.length);
  const left = await shares(path.join(sealpost.folder, "data"));
  proof.expect("and their shares are destroyed", left, 0);
}

/** Shares that the store still has. */
async function shares(data) {
  const { run } = await import("../journeys/harness.mjs");
  const query = "import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(share) FROM grants').fetchone()[0])";
  return Number((await run("python3", ["-c", query, path.join(data, "sealpost.sqlite3")])).stdout);
}
