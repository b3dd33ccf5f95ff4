// Seizure: everything that Sealpost has, in one hand, and no link (K1, K8). The attacker gets the
// store as a killed program left it, a backup, configuration, logs at the most talkative level, and
// every key with the root secret. It opens nothing that was announced.
//
// The limit is part of the proof: while a notice waits, its link secret lies under an outbox key,
// and who has that key opens that message. Once the notice has left and the outbox key was rotated
// and destroyed, a copy taken in that moment is worth nothing either.

import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { Sealpost, Sink, linkOf, open, plainLetter, submit, until } from "../journeys/harness.mjs";
import { attack, each, sleep } from "./proof.mjs";

/** Behind each destroyed value the store empties its log within a second. */
const LOG_IS_EMPTIED = 3000;
const LARGE = 300_000;

export default async function (proof, { short }) {
  const messages = short ? 16 : 1000;
  const large = short ? 2 : 10;
  const canary = `Saatkraehe${randomBytes(6).toString("hex")}`;
  const sink = await Sink.start();
  proof.after(() => sink.stop());
  const sealpost = await Sealpost.start({ sink, extra: { SEALPOST_LOG: "trace" } });
  proof.after(() => sealpost.stop());
  const outside = await proof.folder();
  const inside = (name) => path.join(sealpost.folder, name);
  const to = (n) => `canary.keeper.${n}@example.com`;

  const deliver = async (n) => {
    const lines = n % Math.ceil(messages / large) === 0 ? LARGE / canary.length : 3;
    const text = `${canary}-${n}\r\n`.repeat(lines);
    const raw = plainLetter({ subject: `[secure] ${canary}-${n}`, to: to(n), text });
    const answer = await submit(sealpost.smtp, { to: [to(n)], raw });
    if (!answer.startsWith("250 ")) throw new Error(answer);
  };
  const copy = async (name) => {
    const folder = path.join(outside, name);
    await fs.cp(inside("data"), folder, { recursive: true });
    return folder;
  };
  const numbers = Array.from({ length: messages }, (_, n) => n);
  await each(numbers.slice(0, messages / 2), 10, deliver);
  await sealpost.settled(300);
  for (const n of [0, 1, 2]) {
    const read = await open(sink, to(n), linkOf(await sink.of("notice", to(n))), ["--output", path.join(outside, `read.${n}`)]);
    if (read.code !== 0 || !read.stdout.includes(canary)) throw new Error(read.stderr);
  }
  await sleep(LOG_IS_EMPTIED);
  const backup = await copy("backup");
  await each(numbers.slice(messages / 2), 10, deliver);
  const settled = await sealpost.settled(300);
  await sleep(LOG_IS_EMPTIED);
  await sealpost.kill();
  const log = path.join(outside, "log");
  await fs.writeFile(log, sealpost.log);
  await sealpost.command("keys", "viewer-credential", "--out", inside("viewer.key"));

  const keys = (at) => ({ secret: [inside("root.key"), inside("viewer.key")], ring: path.join(at, "keyring.toml") });
  const loot = {
    store: [await copy("store"), backup],
    ...keys(inside("keys")),
    look: [log, sealpost.config, inside("keys")],
    canary,
  };
  const report = await attack(proof, loot);
  proof.figure("messages", report.recipients, `${settled.notified} notices left, ${large} messages of ${LARGE / 1000} kB`);
  const mib = (octets) => `${(octets / 2 ** 20).toFixed(1)} MiB`;
  proof.figure("seized", `${report.files} files, ${report.keys} keys`, `${mib(report.store_octets)} of store, ${mib(sealpost.log.length)} of log`);
  proof.expect("server shares that the keys open", report.opened_shares, messages);
  proof.expect("addresses that the keys open", report.opened_addresses, messages);
  proof.expect("link secrets that the keys open", report.opened_link_secrets, 0, report.link_secrets_at.join(", "));
  proof.figure("tried as a link secret", report.tried_as_link_secret);
  proof.figure("tried as a message's identity", report.tried_as_identity);
  proof.expect("messages opened", report.opened, 0, `of ${report.recipients}`);
  proof.expect("files and values with a canary", report.canaries_in, []);

  // Controls do without the guessing, which takes most of the time.
  const straight = { ...loot, guess: "no" };
  const links = path.join(outside, "links");
  await fs.writeFile(links, linkOf(await sink.of("notice", to(messages - 1))));
  const withLink = await attack(proof, { ...straight, links });
  proof.expect("control: opened with one link", withLink.opened_by, { "its link": 1 });

  const planted = path.join(outside, "planted");
  await fs.writeFile(planted, Buffer.from(`..${canary}-7..`).toString("base64"));
  const found = await attack(proof, { ...straight, look: planted });
  proof.expect("control: a planted canary found", found.canaries_in, [planted]);

  let release;
  sink.refuse = () => new Promise((done) => (release = done));
  await sealpost.run();
  await deliver(messages);
  await until(() => release, "the relay to be asked");
  const waiting = await copy("waiting");
  const during = await attack(proof, { ...straight, store: waiting });
  proof.expect("control: opened while its notice waits", during.opened_by, { "a link secret under an outbox key": 1 });

  sink.refuse = () => undefined;
  release();
  await sealpost.settled(60);
  await sealpost.command("keys", "rotate", "outbox");
  const { stdout } = await sealpost.command("--json", "keys", "list", "--purpose", "outbox");
  for (const { id, state } of JSON.parse(stdout)) {
    if (state === "retired") await sealpost.command("--yes", "keys", "destroy", id);
  }
  const later = await attack(proof, { ...straight, store: waiting });
  proof.expect("the same copy, the outbox key destroyed", later.opened, 0);
}
