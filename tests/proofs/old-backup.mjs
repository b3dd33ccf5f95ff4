// An old backup of the data, from before every key was rotated and the old ones destroyed (K6, K8).
// With the keys as they are now it opens nothing, even for who has every link; with a copy of the
// ring from that time it opens everything. So copies of the ring are kept apart from those of the
// data, and are destroyed when a key is.

import fs from "node:fs/promises";
import path from "node:path";
import { Sealpost, Sink, linkOf, open, plainLetter, submit } from "../journeys/harness.mjs";
import { attack, each } from "./proof.mjs";

/**
 * What opens a backup of the data. A lookup key finds in it whether a message was sent again, for
 * six days; the other purposes open only what is on its way.
 */
const OPENS_RECORDS = ["share", "metadata"];

export default async function (proof, { short }) {
  const messages = short ? 6 : 20;
  const sink = await Sink.start();
  proof.after(() => sink.stop());
  const sealpost = await Sealpost.start({ sink });
  proof.after(() => sealpost.stop());
  const outside = await proof.folder();
  const inside = (name) => path.join(sealpost.folder, name);
  const list = async () => JSON.parse((await sealpost.command("--json", "keys", "list")).stdout);

  const mails = Array.from({ length: messages }, (_, n) => {
    const to = `keeper.${n}@example.com`;
    return { to, raw: plainLetter({ subject: `[secure] Old ${n}`, to, text: `Message ${n}.` }) };
  });
  await each(mails, 5, async ({ to, raw }) => {
    const answer = await submit(sealpost.smtp, { to: [to], raw });
    if (!answer.startsWith("250 ")) throw new Error(answer);
  });
  await sealpost.settled(60);
  for (const mail of mails) mail.link = linkOf(await sink.of("notice", mail.to));
  const backup = path.join(outside, "backup");
  await fs.cp(inside("data"), backup, { recursive: true });
  const ringThen = path.join(outside, "keyring.toml");
  await fs.copyFile(inside("keys/keyring.toml"), ringThen);

  const { nodes } = JSON.parse((await sealpost.command("--json", "keys", "status")).stdout);
  proof.expect("processes that a rotation waits for", nodes.length, 1);
  const began = performance.now();
  await sealpost.command("keys", "rotate", "--all");
  const rotated = ((performance.now() - began) / 1000).toFixed(1);
  const retired = (await list()).filter(({ state }) => state === "retired");
  const refused = [];
  for (const { id, purpose } of retired) {
    const done = await sealpost.command("--yes", "--reason", "proof", "keys", "destroy", id).then(
      () => true,
      (error) => refused.push(`${purpose}: ${error.stderr.trim()}`) && false,
    );
    if (!done && OPENS_RECORDS.includes(purpose)) proof.failures.push(refused.at(-1));
  }
  const left = (await list()).filter(({ state }) => state === "retired").map(({ purpose }) => purpose);
  proof.figure("keys retired by rotate --all", retired.length, `in ${rotated} s`);
  proof.figure("destroyed", retired.length - left.length, `kept, because live records need them: ${left.join(", ") || "none"}`);
  proof.expect("of share and metadata kept", left.filter((purpose) => OPENS_RECORDS.includes(purpose)).length, 0);
  await sealpost.command("keys", "verify");

  let read = 0;
  await each(mails, 2, async ({ to, link, raw }) => {
    const folder = path.join(outside, to);
    const { code } = await open(sink, to, link, ["--output", folder]);
    const same = code === 0 && (await fs.readFile(path.join(folder, "message.eml"))).equals(raw);
    read += Number(same);
  });
  proof.expect("the live system opens, by link", read, messages);

  const links = path.join(outside, "links");
  await fs.writeFile(links, mails.map(({ link }) => link).join("\n"));
  const loot = { store: backup, secret: inside("root.key"), links };
  const now = await attack(proof, { ...loot, ring: inside("keys/keyring.toml"), look: inside("keys") });
  proof.expect("links that fit a record of the backup", now.link_secrets_without_share, messages);
  proof.expect("server shares opened, keys of now", now.opened_shares, 0);
  proof.expect("messages opened, keys of now and all links", now.opened, 0, `${now.tried_as_identity} identities tried`);
  const then = await attack(proof, { ...loot, ring: ringThen, guess: "no" });
  proof.expect("control: with the ring of then", then.opened_by, { "its link": messages });
}
