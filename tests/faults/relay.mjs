// What a relay can do to us (D3, D5), at every stage of a delivery: a refusal for now or for good,
// 421, silence, a reset, a close, no TLS where TLS is asked for. It is well afterwards: then
// everything is there, and nothing twice but where our reply was lost.

import { Sealpost, freePort, until } from "../journeys/harness.mjs";
import { KIB, letter, send } from "./ledger.mjs";
import { Peer, STAGES } from "./peer.mjs";

/** How long the relay is waited for in this configuration. */
const TIMEOUT = 5;

export default async function (proof) {
  const port = await freePort();
  const peer = await Peer.start(port);
  proof.after(() => peer.stop());
  const sealpost = await Sealpost.create({ sink: { port } });
  proof.after(() => sealpost.stop());
  await replace(sealpost, 'tls = "none"', `tls = "none"\ntimeout_seconds = ${TIMEOUT}`);
  await sealpost.run();
  const letters = [];
  const take = async (what) => {
    const one = Object.assign(letter(2 * KIB), { what });
    letters.push(one);
    const answer = await send(sealpost.smtp, one);
    if (!one.id) throw new Error(answer);
    return one;
  };

  /** (recipient) → replies to it that were lost. */
  const lost = new Map();
  for (const stage of STAGES) {
    const acts = ["421 4.3.2 going away", "450 4.2.0 later", "554 5.7.1 never", "hang", "reset", "close"];
    if (stage === "content") acts.push("hang after taking it", "reset after taking it", "451 4.3.0 later, after taking it");
    for (const act of acts) {
      let struck = false;
      // Whoever comes next is struck: that may be a letter that comes again.
      peer.fault(stage, act).then((to) => {
        struck = true;
        if (/after taking it/.test(act)) lost.set(to, (lost.get(to) ?? 0) + 1);
      });
      await take(`${act} at ${stage}`);
      // A destination that has not been reached a few times in a row is left alone for up to two minutes.
      await until(() => struck, `${act} at ${stage}`, 180);
    }
  }
  peer.heal();
  proof.figure("faults", letters.length, `${STAGES.join(", ")}; ${TIMEOUT} s of patience`);

  // Nobody there at all, for a while.
  peer.stop();
  const alone = await take("no relay at all");
  await until(() => sealpost.log.match(/put off/g)?.length > letters.length / 2, "the refusals", 60);
  const again = await Peer.start(port);
  again.mails = peer.mails;
  proof.after(() => again.stop());
  proof.expect("control: not there while there is no relay", times(peer, alone), 0);
  const settled = await sealpost.settled(400);
  const missing = letters.filter((one) => times(peer, one) === 0).map(({ what }) => what);
  proof.expect("arrived after the relay was well again", missing, [], `${letters.length} of ${letters.length} by the balance: ${JSON.stringify(settled)}`);
  const twice = letters.filter((one) => !lost.has(one.to) && times(peer, one) > 1).map(({ what }) => what);
  proof.expect("twice without a lost reply", twice, []);
  const doubled = letters.filter((one) => lost.has(one.to));
  proof.expect("control: replies that were lost", [...lost.values()].reduce((sum, n) => sum + n, 0), 3);
  proof.expect("control: once more for each reply that was lost", doubled.map((one) => times(peer, one)), doubled.map(({ to }) => 1 + lost.get(to)));
  const ids = doubled.map(({ to }) => new Set(peer.mails.filter((mail) => mail.to === to).map(({ id }) => id)).size);
  proof.expect("and by one Message-ID", ids, doubled.map(() => 1));
  proof.expect("balance", [settled.balanced, settled.notified], [true, letters.length]);
  await sealpost.kill("SIGTERM");

  await withoutTls(proof, sealpost, peer, take);
}

const times = (peer, { to }) => peer.mails.filter((mail) => mail.to === to).length;

async function replace(sealpost, before, after) {
  const fs = await import("node:fs/promises");
  const text = await fs.readFile(sealpost.config, "utf8");
  if (!text.includes(before)) throw new Error(`no ${before} in the configuration`);
  await fs.writeFile(sealpost.config, text.replace(before, after));
}

/** TLS is asked for, and the relay has none: nothing leaves in clear, and nothing is lost. */
async function withoutTls(proof, sealpost, peer, take) {
  await replace(sealpost, 'tls = "none"', 'tls = "required"');
  await sealpost.run();
  const seen = sealpost.log.length;
  const one = await take("no STARTTLS");
  await until(() => /put off/.test(sealpost.log.slice(seen)), "the refusal to go without TLS", 30);
  proof.expect("TLS is asked for and not offered: sent in clear", times(peer, one), 0);
  await sealpost.kill("SIGTERM");
  await replace(sealpost, 'tls = "required"', 'tls = "none"');
  await sealpost.run();
  await until(() => times(peer, one) > 0, "it, once TLS is not asked for", 60);
  proof.expect("control: sent, once TLS is not asked for", times(peer, one), 1);
}
