// kill -9 at every system call by which intake changes anything (D1, D2, D4): the calls that write,
// sync, name, remove, receive and send. Between two of them a kill is a kill at the later one.
//
// strace kills at the N-th call of one kind that any thread makes, for N from 1 until a message
// went through whole. Twice: small mail stands in the database, large mail in a file of its own.

import fs from "node:fs/promises";
import path from "node:path";
import { Sealpost, Sink, until } from "../journeys/harness.mjs";
import { sleep } from "../proofs/proof.mjs";
import { KIB, letter, look, notices, openAll, send, some } from "./ledger.mjs";
import { Tracer } from "./tracer.mjs";

/** By kind, and how many calls the short form goes on from kill to kill. */
const KINDS = {
  pwrite64: 6, // the write-ahead log
  write: 3, // the large file; the log of the process
  fdatasync: 1,
  fsync: 1,
  rename: 1,
  mkdir: 1,
  openat: 1,
  unlink: 1,
  ftruncate: 1,
  recvfrom: 8, // the client's octets
  sendto: 2, // every reply, and the notice
};
const ALTERNATIVES = { write: "write,writev", rename: "rename,renameat,renameat2", mkdir: "mkdir,mkdirat", unlink: "unlink,unlinkat", sendto: "sendto,sendmsg,writev" };

export default async function (proof, { short }) {
  const sink = await Sink.start();
  proof.after(() => sink.stop());
  // One runtime thread: then what is counted by thread is nearly what is counted in all.
  const sealpost = await Sealpost.start({ sink, extra: { TOKIO_WORKER_THREADS: "1" } });
  proof.after(() => sealpost.stop());
  const letters = [];
  for (const [what, size] of [["small", 2 * KIB], ["large", 200 * KIB]]) {
    const counts = {};
    for (const kind of Object.keys(KINDS)) {
      const step = short ? KINDS[kind] * (what === "large" && kind !== "fdatasync" ? 2 : 1) : 1;
      counts[kind] = await killAtEach(sealpost, sink, letters, { kind, size, step });
    }
    proof.figure(`kills, ${what} mail`, Object.values(counts).reduce((a, b) => a + b), Object.entries(counts).map(([k, n]) => `${k} ${n}`).join(", "));
  }
  await judge(proof, sealpost, sink, letters, short);
}

/** Kills at the first, the next … call of a kind; returns how many kills it took. */
async function killAtEach(sealpost, sink, letters, { kind, size, step }) {
  let kills = 0;
  for (let when = 1; when < 200; when += step) {
    const one = letter(size);
    const { accepted: before } = await sealpost.balance();
    const tracer = await Tracer.attach(sealpost.process.pid, `${ALTERNATIVES[kind] ?? kind}:signal=SIGKILL:when=${when}`);
    let ended = false;
    sealpost.exited.then(() => (ended = true));
    one.answer = await send(sealpost.smtp, one);
    // Behind the 250 come the notice and its own commits.
    await until(() => ended || (sink.all("notice", one.to).length > 0 && sleep(50).then(() => true)), "a kill or the notice");
    if (!ended) {
      await tracer.detach();
      // The kill may have come in the last moment, in a commit behind the notice.
      await Promise.race([sealpost.exited, sleep(200)]);
    }
    one.killed = ended ? `${kind} ${when}` : undefined;
    if (ended) {
      await tracer.ended;
      kills++;
      await sealpost.run();
    }
    // Settled: the next kill shall find no notice of this one in flight.
    one.stored = (await sealpost.settled()).accepted - before;
    letters.push(one);
    if (!ended) break;
  }
  return kills;
}

async function judge(proof, sealpost, sink, letters, short) {
  const settled = await sealpost.settled(90);
  const told = notices(sink);
  const acknowledged = letters.filter(({ id }) => id);
  const silent = letters.filter(({ id, killed }) => !id && killed);
  const stored = letters.filter(({ stored }) => stored === 1);
  proof.expect("250 and stored exactly once", acknowledged.filter(({ stored }) => stored === 1).length, acknowledged.length, `${letters.length} sent`);
  proof.expect("stored more than once", letters.filter(({ stored }) => stored > 1).length, 0);
  proof.expect("stored, and the recipient told", stored.filter(({ to }) => told.has(to)).length, stored.length);
  proof.expect("not stored, and the recipient told", letters.filter(({ to, stored }) => !stored && told.has(to)).length, 0);
  proof.figure("killed before the 250", silent.length, `${silent.filter(({ stored }) => stored).length} of them stored whole: the reply was lost (D4)`);
  proof.expect("balance", settled.balanced && settled.accepted === settled.notified, true, JSON.stringify(settled));
  const twice = [...told.values()].filter((ids) => ids.length > 1);
  proof.expect("told twice under two ids", twice.filter((ids) => new Set(ids).size > 1).length, 0, `${twice.length} told twice, by one Message-ID (D5)`);
  proof.expect("told more than twice", twice.filter((ids) => ids.length > 2).length, 0);
  const sample = some(stored, short ? 16 : stored.length);
  const opened = await openAll(proof, sink, sample);
  proof.expect("opened, equal content", opened.equal, sample.length, opened.wrong.slice(0, 2).join(" | "));
  // Had the 250 been said at the dot, before the commit, the same check would count losses.
  const early = letters.filter(({ stored, killed }) => killed && !stored).length;
  proof.expect("control: lost, had the 250 been said first", early > 0, true, early);

  // Nothing is left over: files of kills before their commit go an hour later.
  const data = path.join(sealpost.folder, "data");
  await sealpost.kill("SIGTERM");
  const before = await look(data);
  const old = Date.now() / 1000 - 2 * 3600;
  for (const file of before.orphans) await fs.utimes(file, old, old);
  await sealpost.run();
  await until(async () => !(await orphansLeft(before.orphans)), "the sweep", 20).catch(() => {});
  await sealpost.kill("SIGTERM");
  const after = await look(data);
  proof.expect("control: files that no record names, before the sweep", before.orphans.length > 0, true, before.orphans.length);
  proof.expect("after it", after.orphans.length, 0, `${after.files} named`);
  proof.expect("named files that are missing or of another length", after.missing, []);
  proof.expect("the database, by SQLite's own check", after.integrity, "ok");
  await sealpost.run();
}

async function orphansLeft(files) {
  const left = await Promise.all(files.map((file) => fs.access(file).then(() => true, () => false)));
  return left.some(Boolean);
}
