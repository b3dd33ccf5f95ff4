// The power is cut under load (D1). The data lie on a disk of which an instant is taken, without
// its knowledge and while it writes; Sealpost starts on that instant. Whatever had its 250 before
// is there. Postfix goes through the same as an anchor; as a control, Sealpost on a disk whose
// syncs are lies. Where there are no loop devices that is said, and what was seen is the order of
// writes, syncs and answers alone.

import fs from "node:fs/promises";
import path from "node:path";
import { Sealpost, Sink, freePort, run, until } from "../journeys/harness.mjs";
import { SERVICES } from "../journeys/postfix.mjs";
import { sleep } from "../proofs/proof.mjs";
import { KIB, letter, look, moveData, openAll, send, some } from "./ledger.mjs";
import { cuttable } from "./disk.mjs";
import { order } from "./order.mjs";
import { Tracer } from "./tracer.mjs";

const CLIENTS = 8;
/** Between two mails of a client, so that the sink keeps up with their notices; */
const PAUSE = 25;
/** except for so long before a cut: then there is none. */
const RUSH = 400;

export default async function (proof, { short }) {
  const cuts = short ? 3 : 20;
  const sink = await Sink.start();
  proof.after(() => sink.stop());
  await order(proof, sink);
  const power = await cuttable(proof).catch((error) => proof.figure("NO POWER WAS CUT", "the order of syncs is all that was seen", error.message.split("\n")[0]));
  if (!power) return;
  const data = path.join(power.disk, "data");
  const sealpost = await Sealpost.create({ sink });
  proof.after(() => sealpost.stop());
  await moveData(sealpost, data);
  await sealpost.run();

  const load = new Load(() => sealpost.smtp, PAUSE);
  const seen = { acknowledged: 0, lost: 0, missing: 0, whole: 0, opened: 0, wrong: [] };
  for (let n = 0; n < cuts; n++) {
    await sleep(1000 + Math.random() * 1500 - RUSH);
    load.pause = 0;
    await sleep(RUSH);
    const before = load.acknowledged();
    const { place, ms } = await power.cut();
    load.pause = PAUSE;
    if (n === 0) proof.figure("the instant is taken in", `${ms.toFixed(0)} ms`);
    await load.hold();
    await sealpost.kill();
    // The first start replays the log of the database; a look by hand alone would do it, too.
    await moveData(sealpost, path.join(place, "data"));
    await sealpost.run();
    const sample = some(before.filter(({ seen }) => !seen), 12);
    for (const one of before) one.seen = true;
    const opened = await openAll(proof, sink, sample);
    await sealpost.kill("SIGTERM");
    const stored = await look(path.join(place, "data"));
    seen.acknowledged += before.length;
    seen.lost += before.filter(({ id }) => !stored.messages.has(id)).length;
    seen.missing += stored.missing.length;
    seen.whole += Number(stored.integrity === "ok");
    seen.opened += sample.length - opened.equal;
    seen.wrong.push(...opened.wrong);
    await run("umount", [place]).catch(() => {});
    // The life before the cut goes on.
    await moveData(sealpost, data);
    await sealpost.run();
    load.go();
  }
  await load.stop();
  proof.figure("cuts", cuts, `${seen.acknowledged} times a 250 from before a cut was looked for`);
  proof.expect("lost: the id in a 250 has no record", seen.lost, 0);
  proof.expect("named files that are missing or of another length", seen.missing, 0);
  proof.expect("databases whole, by SQLite's own check", seen.whole, cuts);
  proof.expect("did not open with equal content", seen.opened, 0, seen.wrong.slice(0, 2).join(" | "));
  await sealpost.kill("SIGTERM");

  await lying(proof, sealpost, power);
  await postfix(proof, power, short ? 1 : 5);
}

/** The control: fsync and fdatasync say that all is well and do nothing. */
async function lying(proof, sealpost, power) {
  await sealpost.run();
  const tracer = await Tracer.attach(sealpost.process.pid, ["fsync,fdatasync:retval=0"]);
  const load = new Load(() => sealpost.smtp);
  await until(() => load.acknowledged().length > 40, "mail on a lying disk");
  const before = load.acknowledged();
  const { place } = await power.cut();
  await load.stop();
  await tracer.detach();
  await sealpost.kill();
  const stored = await look(path.join(place, "data")).catch((error) => ({ messages: new Set(), integrity: error.message }));
  const lost = before.filter(({ id }) => !stored.messages.has(id)).length;
  proof.expect("control: lost on a disk whose syncs are lies", lost > 0, true, `${lost} of ${before.length}; the database: ${stored.integrity.slice(0, 40)}`);
  await run("umount", [place]).catch(() => {});
}

/** Clients that can be held for a while. */
class Load {
  letters = [];
  #goes = true;
  #held = false;
  #busy = 0;

  /** `pause`: milliseconds that each client waits between two mails. */
  constructor(port, pause = 0) {
    this.pause = pause;
    this.clients = Array.from({ length: CLIENTS }, async () => {
      while (this.#goes) {
        if (this.#held) await sleep(20);
        else {
          await this.#one(port());
          await sleep(this.pause);
        }
      }
    });
  }

  async #one(port) {
    const one = letter(this.letters.length % 8 === 7 ? 200 * KIB : 2 * KIB);
    this.letters.push(one);
    this.#busy++;
    await send(port, one);
    this.#busy--;
  }

  /** Whose client has read the 250 by now. */
  acknowledged() {
    return this.letters.filter(({ id }) => id);
  }

  async hold() {
    this.#held = true;
    await until(() => this.#busy === 0, "clients to end their messages", 60);
  }

  go() {
    this.#held = false;
  }

  async stop() {
    this.#goes = false;
    await Promise.all(this.clients);
  }
}

/** The anchor: a Postfix of one's own that keeps all it takes in its queue, on the same disk. */
async function postfix(proof, power, cuts) {
  const folder = await proof.folder();
  await fs.chmod(folder, 0o755);
  const port = await freePort();
  const queue = path.join(power.disk, "postfix");
  const [config, state] = ["etc", "state"].map((name) => path.join(folder, name));
  for (const place of [queue, config, state]) await fs.mkdir(place, { mode: 0o755 });
  await run("chown", ["postfix", state]);
  await fs.writeFile(path.join(config, "main.cf"), `compatibility_level = 3.6
queue_directory = ${queue}
data_directory = ${state}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = anchor.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
maillog_file =
syslog_name = anchor
smtpd_client_restrictions = static:HOLD
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_client_connection_rate_limit = 0
alias_maps =
`);
  await fs.writeFile(path.join(config, "master.cf"), `127.0.0.1:${port} inet n - n - - smtpd
${SERVICES}`);
  const command = (...words) => run("postfix", ["-c", config, ...words]);
  await command("start").catch((error) => {
    throw new Error(`Postfix, the anchor, does not start: ${error.stderr}`);
  });
  proof.after(() => command("stop").catch(() => {}));
  const load = new Load(() => port);
  let [acknowledged, lost] = [0, 0];
  for (let n = 0; n < cuts; n++) {
    const had = load.acknowledged().length;
    await until(() => load.acknowledged().length > had + 40, "mail for Postfix", 60);
    const before = load.acknowledged();
    const { place } = await power.cut();
    const held = new Set(await queued(path.join(place, "postfix")));
    acknowledged += before.length;
    lost += before.filter(({ id }) => !held.has(id)).length;
    await run("umount", [place]).catch(() => {});
  }
  await load.stop();
  proof.expect("anchor: Postfix lost, by the queue ids in its 250s", lost, 0, `${acknowledged} looked for in ${cuts} cuts`);
}

/** The ids of whole messages in a queue. */
async function queued(queue) {
  const ids = [];
  for (const part of ["incoming", "active", "deferred", "hold"]) {
    const entries = await fs.readdir(path.join(queue, part), { recursive: true, withFileTypes: true }).catch(() => []);
    // Postfix marks a message that it has taken by this bit (0700).
    for (const entry of entries.filter((entry) => entry.isFile())) {
      const { mode } = await fs.stat(path.join(entry.path, entry.name));
      if (mode & 0o100) ids.push(entry.name);
    }
  }
  return ids;
}
