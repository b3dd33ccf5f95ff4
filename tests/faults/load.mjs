// More than there is room for: 10,000 idle sessions, hundreds of slow senders, fifty messages of 50
// MB at once inside a memory limit of 1 GiB. Memory is bounded, and other mail is taken, or told
// when it is not, without a wait.

import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { MIB, Sealpost, Sink, Smtp, root, until } from "../journeys/harness.mjs";
import { each, sleep } from "../proofs/proof.mjs";
import { KIB, letter, openAll, send, sendUntilTaken, some } from "./ledger.mjs";

/** How soon a client hears something, taken or not, while others press. */
const PROMPTLY = 30;

export default async function (proof, { short }) {
  const sink = await Sink.start();
  proof.after(() => sink.stop());
  const sealpost = await Sealpost.create({ sink });
  proof.after(() => sealpost.stop());
  // The places for connections are 1,000, unless the configuration knows of more.
  const sample = await fs.readFile(path.join(root, "deploy/sealpost.toml"), "utf8");
  const places = sample.includes("[gateway.limits]") ? 11_000 : 1_000;
  if (places > 1_000) await fs.appendFile(sealpost.config, `[gateway.limits]\nconnections = ${places}\n`);
  await sealpost.run();
  const letters = [];
  const others = async () => {
    const one = letter(2 * KIB);
    const began = performance.now();
    const answer = await send(sealpost.smtp, one);
    if (one.id) letters.push(one);
    return { answer, seconds: (performance.now() - began) / 1000 };
  };
  await others();
  proof.figure("memory when idle", `${(await memory(sealpost)).now} MiB`);
  await idle(proof, sealpost, others, { wanted: short ? 3_000 : 10_000, places });
  await slow(proof, sealpost, others, short);
  await sealpost.kill("SIGTERM");
  await large(proof, sealpost, sink, letters, short);
}

/** What the process has in memory and has had at most, in MiB. */
async function memory({ process: { pid } }) {
  const status = await fs.readFile(`/proc/${pid}/status`, "utf8");
  const mib = (name) => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)[1]) / 1024);
  return { now: mib("VmRSS"), peak: mib("VmHWM") };
}

async function idle(proof, sealpost, others, { wanted, places }) {
  const sockets = [];
  const heard = { 220: 0, 421: 0, none: 0 };
  const began = performance.now();
  await each(Array.from({ length: wanted }), 100, async () => {
    const socket = net.connect(sealpost.smtp, "127.0.0.1");
    sockets.push(socket);
    const said = await new Promise((done) => {
      socket.once("data", (octets) => done(octets.toString("latin1", 0, 3)));
      for (const end of ["error", "close"]) socket.once(end, () => done("none"));
    });
    heard[said] = (heard[said] ?? 0) + 1;
  });
  const seconds = (performance.now() - began) / 1000;
  const { now } = await memory(sealpost);
  proof.figure(`${wanted} sessions that say nothing`, `${heard[220]} greeted, ${heard[421]} told 421`, `in ${seconds.toFixed(1)} s; memory ${now} MiB`);
  proof.expect("  heard nothing, or something else", wanted - heard[220] - heard[421], 0);
  proof.expect("  greeted: as many as there are places", heard[220], Math.min(wanted, places));
  // Where all places are taken, whoever comes is told so, at once, and comes again.
  const during = await others();
  proof.expect("  other mail: taken, or told 421 promptly", /^(250|none|421)/.test(during.answer) && during.seconds < PROMPTLY, true, `${during.seconds.toFixed(2)} s: ${during.answer.slice(0, 50)}`);
  proof.expect("  memory below 300 MiB", now < 300, true, `${now} MiB`);
  for (const socket of sockets) socket.destroy();
  const after = await until(async () => (await others()).answer.startsWith("250"), "mail to be taken again", 20);
  proof.expect("  control: taken when they have gone", after, true);
}

async function slow(proof, sealpost, others, short) {
  const senders = short ? 200 : 800;
  const sockets = [];
  await each(Array.from({ length: senders }), 50, async () => {
    const smtp = await Smtp.connect(sealpost.smtp);
    for (const line of ["EHLO slow.example.org", "MAIL FROM:<clinic@example.org>", "RCPT TO:<slow@example.com>", "DATA"]) await smtp.say(line);
    smtp.write("Subject: [secure] slow\r\n\r\n");
    sockets.push(smtp);
  });
  const drip = setInterval(() => sockets.forEach((smtp) => smtp.socket.destroyed || smtp.write("x")), 1000);
  let slowest = 0;
  let taken = 0;
  const tries = short ? 40 : 200;
  for (let n = 0; n < tries; n++) {
    const { answer, seconds } = await others();
    taken += Number(answer.startsWith("250"));
    slowest = Math.max(slowest, seconds);
    await sleep(100);
  }
  clearInterval(drip);
  const { now } = await memory(sealpost);
  proof.expect(`${senders} senders of an octet a second: other mail taken`, taken, tries, `slowest ${slowest.toFixed(2)} s; memory ${now} MiB`);
  proof.expect("  slowest of them, promptly", slowest < PROMPTLY, true, `${slowest.toFixed(2)} s`);
  for (const smtp of sockets) smtp.close();
}

/** A memory limit for a process that starts in it; cgroup 1 or 2, or, without, none. */
async function limited(proof, mib) {
  for (const [root, limit, swap] of [
    ["/sys/fs/cgroup/memory", "memory.limit_in_bytes"],
    ["/sys/fs/cgroup", "memory.max", "memory.swap.max"],
  ]) {
    const place = path.join(root, `sealpost-faults-${process.pid}`);
    try {
      await fs.mkdir(place);
      await fs.writeFile(path.join(place, limit), String(mib * MIB));
      if (swap) await fs.writeFile(path.join(place, swap), "0").catch(() => {});
      proof.after(() => fs.rmdir(place).catch(() => {}));
      return { enter: (pid) => fs.writeFile(path.join(place, "cgroup.procs"), String(pid)), what: limit };
    } catch {
      await fs.rmdir(place).catch(() => {});
    }
  }
  return { enter: async () => {}, what: "no cgroup with a memory limit here: resident memory is watched alone" };
}

async function large(proof, sealpost, sink, letters, short) {
  const [count, size] = short ? [9, 34] : [50, 34];
  const limit = await limited(proof, 1024);
  await sealpost.run();
  await limit.enter(sealpost.process.pid);
  // As base64 of one letter that all share: the clients' memory is not what is measured. 50 MB are
  // 48 MiB on the line; the listener takes no more than 50 MiB.
  const body = randomBytes(size * MIB).toString("base64").replace(/.{76}/g, "$&\r\n");
  const bulk = Array.from({ length: count }, () => {
    const one = letter(64);
    one.raw = Buffer.concat([one.raw, Buffer.from(body.slice(0, 48 * MIB), "latin1"), Buffer.from("\r\n")]);
    return one;
  });
  const answers = {};
  const began = performance.now();
  let done = false;
  const sending = Promise.all(
    bulk.map(async (one) => {
      const answer = await sendUntilTaken(sealpost.smtp, one, { pause: 1000, while: () => performance.now() - began < 240_000 });
      answers[answer.slice(0, 9).trim()] = (answers[answer.slice(0, 9).trim()] ?? 0) + 1;
    }),
  ).then(() => (done = true));
  const small = { taken: 0, put: 0, other: [], slowest: 0 };
  while (!done) {
    const one = letter(2 * KIB);
    const at = performance.now();
    const answer = await send(sealpost.smtp, one);
    small.slowest = Math.max(small.slowest, (performance.now() - at) / 1000);
    if (one.id) small.taken++, letters.push(one);
    else if (/^4/.test(answer)) small.put++;
    else small.other.push(answer);
    await sleep(200);
  }
  await sending;
  const { peak } = await memory(sealpost);
  const seconds = (performance.now() - began) / 1000;
  const tries = bulk.reduce((sum, one) => sum + one.tries, 0);
  proof.figure(`${count} × 50 MB at once, 1 GiB`, `${seconds.toFixed(0)} s`, `${tries} tries; ${Object.entries(answers).map(([answer, n]) => `${n} × ${answer}`).join(", ")}; ${limit.what}`);
  proof.expect("  taken in the end", bulk.filter(({ id }) => id).length, count);
  proof.expect("  peak memory below 1 GiB", peak < 1024, true, `${peak} MiB`);
  proof.expect("  the process lives", sealpost.process.exitCode ?? sealpost.process.signalCode, null);
  proof.expect("  small mail meanwhile: neither taken nor put off", small.other, [], `${small.taken} taken, ${small.put} put off with 4xx, slowest answer ${small.slowest.toFixed(1)} s`);
  // Before small mail had memory of its own, nearly all of it waited these 30 s and was put off.
  proof.expect("  most of it taken", small.taken > 3 * small.put, true);
  const settled = await sealpost.settled(120);
  proof.expect("  balance", settled.balanced, true, JSON.stringify(settled));
  const opened = await openAll(proof, sink, [...some(letters, 6), ...some(bulk.filter(({ id }) => id), 2)]);
  proof.expect("  opened, equal content", opened.equal, 8, opened.wrong.slice(0, 2).join(" | "));
  // A group with a process in it cannot be removed.
  await sealpost.kill("SIGTERM");
}
