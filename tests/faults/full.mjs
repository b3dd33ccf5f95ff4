// A disk without room, by octets and by inodes (D2): 452, nothing that had its 250 is lost, what is
// there can be read, and once there is room again mail is taken within ten seconds, by itself.
// Where no file system can be mounted that is said, and the kernel's answers are made up by strace.

import fs from "node:fs/promises";
import path from "node:path";
import { Sealpost, Sink, linkOf, until } from "../journeys/harness.mjs";
import { KIB, letter, look, moveData, openAll, send } from "./ledger.mjs";
import { mount } from "./disk.mjs";
import { Tracer } from "./tracer.mjs";

/** From when there is room again. */
const RECOVERED_WITHIN = 10;

export default async function (proof, { short }) {
  const sink = await Sink.start();
  proof.after(() => sink.stop());
  const folder = await proof.folder();
  for (const [what, option, size, fill] of [
    ["octets, small mail", "size=24m", 2 * KIB, fillOctets],
    ["octets, large mail", "size=24m", 300 * KIB, fillOctets],
    ["inodes, large mail", "size=200m,nr_inodes=64", 300 * KIB, fillInodes],
  ]) {
    const place = path.join(folder, what.replace(/\W+/g, "-"));
    const disk = await mount(proof, ["-t", "tmpfs", "-o", option, "tmpfs"], place).catch((error) => {
      proof.figure("NO DISK WAS FULL", "its answers were made up", error.message.split("\n")[0]);
    });
    await withoutRoom(proof, sink, disk ?? place, { what, size, fill: disk ? fill : makeUp, rounds: short ? 1 : 5 });
  }
}

/** Takes all octets but a few pages. Each of these returns how to give back what it took. */
async function fillOctets(disk) {
  const ballast = path.join(disk, "ballast");
  const { bavail, bsize } = await fs.statfs(disk);
  await fs.writeFile(ballast, Buffer.alloc(Math.max(0, (bavail - 16) * bsize)));
  return () => fs.rm(ballast);
}

async function fillInodes(disk) {
  const ballast = path.join(disk, "ballast");
  await fs.mkdir(ballast);
  for (let n = 0; ; n++) {
    const made = await fs.writeFile(path.join(ballast, String(n)), "").then(() => true, () => false);
    if (!made) return () => fs.rm(ballast, { recursive: true });
  }
}

/** What the database writes has no room. */
async function makeUp(_, sealpost) {
  const tracer = await Tracer.attach(sealpost.process.pid, "pwrite64:error=ENOSPC");
  return () => tracer.detach();
}

async function withoutRoom(proof, sink, disk, { what, size, fill, rounds }) {
  const data = path.join(disk, "data");
  const sealpost = await Sealpost.create({ sink });
  proof.after(() => sealpost.stop());
  await moveData(sealpost, data);
  await fs.mkdir(disk, { recursive: true });
  await sealpost.run();
  const letters = [];
  const answers = {};
  const send250 = async (size) => {
    const one = letter(size);
    const answer = await send(sealpost.smtp, one);
    answers[answer.slice(0, 9)] = (answers[answer.slice(0, 9)] ?? 0) + 1;
    if (one.id) letters.push(one);
    return one.id !== undefined;
  };
  for (let n = 0; n < 5; n++) await send250(n ? size : 300 * KIB);
  await sealpost.settled();

  let slowest = 0;
  let readable = 0;
  for (let round = 0; round < rounds; round++) {
    const giveBack = await fill(disk, sealpost);
    let refused = 0;
    for (let n = 0; n < 400 && refused < 12; n++) refused += Number(!(await send250(size)));
    // The page of a message that is there, while there is no room.
    const link = linkOf(await sink.of("notice", letters[0].to));
    const page = await fetch(link.split("#")[0]);
    readable += Number(page.ok);
    await page.text();
    await giveBack();
    const began = performance.now();
    await until(() => send250(size), "mail to be taken again", 60);
    await sink.of("notice", letters.at(-1).to);
    slowest = Math.max(slowest, (performance.now() - began) / 1000);
  }
  proof.figure(what, Object.entries(answers).map(([answer, n]) => `${n} × ${answer.trim()}`).join(", "));
  const codes = Object.keys(answers).map((answer) => answer.slice(0, 9).trim());
  proof.expect("  answers other than 250, 452 4.3.1 and 451", codes.filter((code) => !/^(250|452 4\.3\.1|451)/.test(code)), []);
  proof.expect("  control: some were refused", codes.some((code) => /^45/.test(code)), true);
  proof.expect("  pages that answered without room", readable, rounds);
  proof.expect(`  taken and told again within ${RECOVERED_WITHIN} s`, slowest < RECOVERED_WITHIN, true, `${slowest.toFixed(1)} s`);
  proof.expect("  the same process all along", sealpost.process.exitCode, null);
  const settled = await sealpost.settled(60);
  proof.expect("  balance", settled.balanced && settled.accepted === letters.length, true, JSON.stringify(settled));
  const opened = await openAll(proof, sink, letters.slice(-25));
  proof.expect("  opened, equal content", opened.equal, Math.min(25, letters.length), opened.wrong.slice(0, 2).join(" | "));
  await sealpost.kill("SIGTERM");
  const stored = await look(data);
  proof.expect("  lost: the id in a 250 has no record", letters.filter(({ id }) => !stored.messages.has(id)).length, 0, `${letters.length} with a 250`);
  proof.expect("  files that no record names", stored.orphans.length, 0);
}
