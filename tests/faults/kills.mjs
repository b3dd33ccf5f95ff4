// Random kills under load: clients send as mail systems do, again until they have a 250, while the
// process is killed at any moment (D1, D3, D4, D5).

import path from "node:path";
import { Sealpost, Sink, until } from "../journeys/harness.mjs";
import { sleep } from "../proofs/proof.mjs";
import { KIB, letter, look, notices, openAll, send, sendUntilTaken, some } from "./ledger.mjs";

const CLIENTS = 10;
/** Workers of the queue: so many notices can be in flight when it dies. */
const IN_FLIGHT = 8;

export default async function (proof, { short }) {
  const kills = short ? 10 : 200;
  const sink = await Sink.start();
  proof.after(() => sink.stop());
  const sealpost = await Sealpost.start({ sink });
  proof.after(() => sealpost.stop());

  const letters = [];
  let dots = 0;
  let sending = true;
  const client = async () => {
    while (sending) {
      // Every tenth stands in a file.
      const one = letter(letters.length % 10 === 9 ? 200 * KIB : 2 * KIB);
      letters.push(one);
      one.answer = await sendUntilTaken(sealpost.smtp, one, { onDot: () => dots++ });
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  for (let n = 0; n < kills; n++) {
    const before = letters.filter(({ id }) => id).length;
    await until(() => letters.filter(({ id }) => id).length > before + 3, "some mail between kills", 60);
    await sleep(Math.random() * 700);
    await sealpost.kill();
    await sealpost.run();
  }
  sending = false;
  await Promise.all(clients);

  // The control: clients that take the dot for an answer and never send again.
  const hasty = [];
  for (let n = 0; n < (short ? 3 : 10); n++) {
    const more = Array.from({ length: CLIENTS }, () => letter(200 * KIB));
    hasty.push(...more);
    let dotted = 0;
    const sent = more.map((one) => send(sealpost.smtp, one, { onDot: () => (one.dotted = ++dotted) }));
    await until(() => dotted > CLIENTS / 2, "some dots");
    await sealpost.kill();
    await Promise.all(sent);
    await sealpost.run();
  }

  // Under load notices leave more slowly than mail comes.
  const settled = await sealpost.settled(short ? 180 : 900).catch(() => sealpost.balance());
  const told = notices(sink);
  const acknowledged = letters.filter(({ id }) => id);
  const twice = [...told.values()].filter((ids) => ids.length > 1);
  const tries = letters.reduce((sum, one) => sum + one.tries, 0);
  proof.figure("kills", kills, `${letters.length} messages, ${tries} tries, ${dots} ends of data`);
  proof.expect("with a 250 in the end", acknowledged.length, letters.length);
  proof.expect("lost: a 250 and nobody told", acknowledged.filter(({ to }) => !told.has(to)).length, 0);
  proof.expect("balance", settled.balanced && settled.notified === settled.accepted, true, JSON.stringify(settled));
  // A message whose 250 was lost is sent again and is a second one, with a notice of its own.
  const seconds = settled.accepted - told.size;
  proof.expect("second messages for a lost 250, at most one for each client and kill", seconds <= kills * CLIENTS, true, seconds);
  const copies = [...told.values()].map((ids) => ids.length - new Set(ids).size).reduce((a, b) => a + b, 0);
  proof.expect("one notice twice, at most those in flight at a kill", copies <= kills * IN_FLIGHT, true, `${copies}, ${twice.length} addresses with more than one mail`);
  const ids = [...told.values()].reduce((sum, list) => sum + new Set(list).size, 0);
  proof.expect("notices, by Message-ID: as many as messages", ids, settled.accepted);
  const sample = some(acknowledged, short ? 30 : 300);
  const opened = await openAll(proof, sink, sample);
  proof.expect("opened, equal content", opened.equal, sample.length, opened.wrong.slice(0, 2).join(" | "));
  await sealpost.kill("SIGTERM");
  const stored = await look(path.join(sealpost.folder, "data"));
  proof.expect("lost: the id in a 250 has no record", acknowledged.filter(({ id }) => !stored.messages.has(id)).length, 0);
  proof.expect("records, by the balance", stored.messages.size, settled.accepted);
  proof.expect("named files that are missing or of another length", stored.missing, []);
  const lost = hasty.filter(({ dotted, to }) => dotted && !told.has(to)).length;
  proof.expect("control: lost by clients who take the dot for a 250", lost > 0, true, `${lost} of ${hasty.length}`);
}
