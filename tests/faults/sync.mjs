// An fsync that fails (D7): 421 to whoever waits, no second fsync of what failed, exit not 0, and
// the next process has all that was acknowledged.

import path from "node:path";
import { Sealpost, Sink } from "../journeys/harness.mjs";
import { KIB, letter, look, openAll, send } from "./ledger.mjs";
import { Tracer } from "./tracer.mjs";

const SYNCS = "fsync,fdatasync";
/** What writes to a store. After a failed sync nothing may go on with it. */
const WATCHED = `${SYNCS},sync_file_range,pwrite64,rename`;

export default async function (proof, { short }) {
  const sink = await Sink.start();
  proof.after(() => sink.stop());
  const sealpost = await Sealpost.create({ sink });
  proof.after(() => sealpost.stop());
  const out = path.join(await proof.folder(), "calls");
  const letters = [];
  const send250 = async (size) => {
    const one = letter(size);
    const answer = await send(sealpost.smtp, one);
    letters.push(one);
    if (!one.id) throw new Error(answer);
  };

  let refused = 0;
  const cases = [];
  // strace counts by call: files and directories are synced by fsync, the log by fdatasync.
  for (const [what, size, call, most] of [["small", 2 * KIB, "fdatasync", 1], ["large", 200 * KIB, "fsync", short ? 2 : 4], ["large", 200 * KIB, "fdatasync", short ? 2 : 3]]) {
    for (let when = 1; when <= most; when++) cases.push({ what, size, call, when, errno: "EIO" });
  }
  if (!short) cases.push({ what: "small", size: 2 * KIB, call: "fdatasync", when: 1, errno: "EDQUOT" });
  for (const { what, size, call, when, errno } of cases) {
    await sealpost.run();
    await send250(2 * KIB);
    await send250(200 * KIB);
    await sealpost.settled();
    const rules = SYNCS.split(",").map((one) => (one === call ? `${call}:error=${errno}:when=${when}` : one));
    const tracer = await Tracer.attach(sealpost.process.pid, [...rules, "sync_file_range", "pwrite64", "rename"], { out, options: ["-y"] });
    const one = letter(size);
    const answers = [await send(sealpost.smtp, one)];
    const [code] = await Promise.race([sealpost.exited, new Promise((done) => setTimeout(done, 15_000, ["still runs"]))]);
    if (code === "still runs") {
      await tracer.detach();
      await sealpost.kill();
    }
    const calls = await tracer.calls();
    const failed = calls.findIndex((line) => line.includes("(INJECTED)"));
    const name = `${what} mail, ${errno} at ${call} ${when}`;
    if (failed < 0) {
      // Fewer syncs than that: the message is as good as any.
      proof.figure(name, "no such sync", answers[0]);
      if (one.id) letters.push(one);
      continue;
    }
    const file = (line) => /<([^>]*)>/.exec(line)?.[1];
    const target = file(calls[failed]);
    const again = calls.slice(failed + 1).filter((line) => /sync/.test(line) && file(line) === target);
    // Who has a 250 by then has it rightly: what failed is a commit that comes after, a lease.
    if (one.id) letters.push(one);
    else refused += Number(/^421 /.test(answers[0]));
    const said = answers[0].slice(0, 3);
    proof.expect(`${name}: client, exit`, [one.id ? "421" : said, code === 0 || code === "still runs" ? code : "not 0"], ["421", "not 0"], `${path.basename(target ?? "?")}${one.id ? "; after the 250" : ""}`);
    proof.expect("  synced again after the failure", again.length, 0);
  }
  proof.expect("told 421 by a failing sync of their own", refused >= 4, true, refused);

  // The control: the same eyes, no error.
  await sealpost.run();
  const tracer = await Tracer.attach(sealpost.process.pid, SYNCS.split(","), { out });
  const fine = letter(200 * KIB);
  const answer = await send(sealpost.smtp, fine);
  await tracer.detach();
  if (fine.id) letters.push(fine);
  const calls = await tracer.calls();
  proof.expect("control: without the error", [answer.slice(0, 3), sealpost.process.exitCode], ["250", null], `${calls.length} syncs`);

  const settled = await sealpost.settled(60);
  const opened = await openAll(proof, sink, letters);
  proof.expect("opened at the end, of those with a 250", opened.equal, letters.length, opened.wrong.slice(0, 2).join(" | "));
  proof.expect("balance", settled.balanced, true, JSON.stringify(settled));
  await sealpost.kill("SIGTERM");
  const stored = await look(path.join(sealpost.folder, "data"));
  proof.expect("lost: the id in a 250 has no record", letters.filter(({ id }) => !stored.messages.has(id)).length, 0);
}
