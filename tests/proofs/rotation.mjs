// Rotation under load (K6, D1): mail is captured, opened and answered without a pause while every
// purpose rotates again and again and the rotators are killed. Gateway and viewer are two
// processes, the viewer with its own credential, so that each has to learn of keys from the other.

import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { Sealpost, Sink, Smtp, freePort, linkOf, open, outcome, plainLetter, program, until } from "../journeys/harness.mjs";
import { each, sleep } from "./proof.mjs";

const PURPOSES = ["share", "metadata", "lookup", "passcode", "session", "outbox", "spool", "reply", "audit"];
/** A rotator lives for so long at most before it is killed: some have ended by then. */
const LONGEST_LIFE = 6000;
/** Captured and not yet opened: senders wait for readers. */
const AHEAD = 30;
/** Between two codes for one mailbox (A5). */
const BETWEEN_CODES = 31_000;
/** A node that says nothing for so long is taken to have ended (keystore::SILENT_AFTER). */
const SILENT_AFTER = 20;

export default async function (proof, { short }) {
  const wanted = short ? 9 : 50;
  const sink = await Sink.start();
  proof.after(() => sink.stop());
  const site = await Site.start(proof, sink);

  const load = new Load(site, sink);
  const working = load.work({ senders: 3, readers: 2 });
  const rotators = await rotations(site, wanted);
  // What was captured between keys is read, too.
  await load.stop(working);

  // What a killed rotator has left is on its way until somebody goes on with it.
  for (const { purpose } of (await site.status()).rotations) {
    const { code, stderr } = await site.keys("rotate", purpose);
    if (code !== 0) load.failures.push(`the last rotation of ${purpose}: ${stderr}`);
  }
  const status = await site.status();
  const verified = await site.keys("verify");
  const again = short ? load.letters.slice(0, 10) : load.letters;
  const read = await load.readAgain(again);
  const balance = await site.gateway.settled(60);
  const { letters } = load;
  const replies = letters.filter(({ reply }) => reply);
  await until(() => replies.every(({ reply }) => load.delivered(reply)), "every reply to be delivered", 60).catch(() => {});

  proof.figure("messages captured (250)", letters.length, `balance: ${balance.accepted} accepted, ${balance.notified} notified`);
  proof.expect("rotators killed", rotators.killed, wanted, `${rotators.ended} ended before, ${rotators.together} times two at once`);
  proof.figure(
    "meanwhile",
    `${rotators.made} keys made, ${rotators.promoted} promoted`,
    `${rotators["rotation-ended"]} rotations ended, ${rotators.destroyed} keys destroyed, in ${rotators.seconds.toFixed(0)} s`,
  );
  proof.expect("opened under load, equal content", letters.filter(({ opened }) => opened).length, letters.length);
  proof.expect("opened again at the end, equal content", read, again.length);
  proof.expect("secure replies delivered", replies.filter(({ reply }) => load.delivered(reply)).length, replies.length);
  proof.expect("failures: SMTP replies, pages, rotations", load.failures.length, 0, load.failures.slice(0, 3).join(" | "));
  const errors = [...site.gateway.log.matchAll(/^.* ERROR .*$/gm)].map(([line]) => line);
  proof.expect("errors in the log", errors.length, 0, errors.slice(0, 3).join(" | "));
  proof.expect("rotations left after a last resume", status.rotations, []);
  proof.expect("pending keys left", status.keys.pending, 0);
  proof.expect("keys verify", verified.code, 0, verified.stdout.trim().replace(/\s+/g, " "));

  await stopped(proof, site, load);
  await withoutAKey(proof, site, load);
}

/** A gateway and a viewer as two processes on one store. */
class Site {
  static async start(proof, sink) {
    const site = new Site();
    site.gateway = await Sealpost.create({ sink });
    site.proof = proof;
    site.inside = (name) => path.join(site.gateway.folder, name);
    proof.after(() => fs.rm(site.gateway.folder, { recursive: true, force: true }));
    await site.gateway.command("keys", "viewer-credential", "--out", site.inside("viewer.key"));
    await site.launch();
    return site;
  }

  /** Starts both; `extra` goes into the environment of both. */
  async launch(extra = {}) {
    const health = await freePort();
    const own = {
      SEALPOST__KEYSTORE__CUSTODY: '{ file = "viewer.key" }',
      SEALPOST__ADMIN__LISTEN: `["127.0.0.1:${health}"]`,
    };
    const parts = [
      this.gateway.launch("gateway", { extra }),
      this.gateway.launch("viewer", { extra: { ...extra, ...own }, health }),
    ];
    this.viewer = parts[1].process;
    this.stop = async () => {
      for (const { process, exited } of parts) {
        process.kill("SIGCONT");
        process.kill("SIGTERM");
        await exited;
      }
      this.stop = async () => {};
    };
    this.proof.after(() => this.stop());
    await Promise.all(parts.map(({ ready }) => ready));
  }

  keys(...words) {
    return outcome(program, ["--config", this.gateway.config, "--yes", "keys", ...words], { seconds: 180 });
  }

  async status() {
    return JSON.parse((await this.gateway.command("--json", "keys", "status")).stdout);
  }

  async list() {
    return JSON.parse((await this.gateway.command("--json", "keys", "list")).stdout);
  }
}

/** Senders, and readers who answer now and then. Every answer that is not as hoped is kept. */
class Load {
  letters = [];
  failures = [];
  #sending = true;
  #unread = [];

  constructor(site, sink) {
    Object.assign(this, { site, sink });
  }

  work({ senders, readers }) {
    return [
      ...Array.from({ length: senders }, () => this.#sender()),
      ...Array.from({ length: readers }, () => this.#reader()),
    ];
  }

  async stop(working) {
    this.#sending = false;
    await Promise.all(working);
  }

  async #sender() {
    let smtp;
    while (this.#sending) {
      if (this.#unread.length > AHEAD) await sleep(50);
      else smtp = await this.#send(smtp);
    }
    smtp?.close();
  }

  /** Sends one message over a session that stays open; returns the session. */
  async #send(smtp) {
    const n = this.letters.length + Math.random().toString(36).slice(2, 8);
    const to = `reader.${n}@example.com`;
    const fields = [`Message-ID: <${n}@example.org>`];
    const raw = plainLetter({ subject: `[secure] ${n}`, to, text: `Text ${n}. `.repeat(200), fields });
    try {
      if (!smtp) {
        smtp = await Smtp.connect(this.site.gateway.smtp);
        await smtp.say("EHLO client.example.org");
      }
      const answer = await smtp.send({ to: [to], raw });
      if (!answer.startsWith("250 ")) throw new Error(answer);
      const letter = { to, raw, at: Date.now() };
      this.letters.push(letter);
      this.#unread.push(letter);
      return smtp;
    } catch (error) {
      this.failures.push(`SMTP: ${error.message}`);
      return undefined;
    }
  }

  async #reader() {
    for (let n = 0; this.#sending || this.#unread.length; n++) {
      // The newest and the oldest in turn: some were sealed just now, some many keys ago.
      const letter = n % 2 ? this.#unread.pop() : this.#unread.shift();
      if (!letter) await sleep(50);
      else letter.opened = await this.read(letter, n % 4 === 0 ? `Answer ${letter.to}.` : undefined);
    }
  }

  /** Opens a message as `sealpost open` and compares; the value is whether it is what was sent. */
  async read(letter, reply) {
    try {
      const folder = path.join(this.site.gateway.folder, "read", `${letter.to}.${Date.now()}`);
      await sleep((letter.asked ?? 0) + BETWEEN_CODES - Date.now());
      letter.asked = Date.now();
      letter.link ??= linkOf(await this.sink.of("notice", letter.to));
      const answer = reply ? ["--reply-text", reply] : [];
      const { code, stderr } = await open(this.sink, letter.to, letter.link, ["--output", folder, ...answer]);
      if (code !== 0) throw new Error(stderr.trim());
      const same = (await fs.readFile(path.join(folder, "message.eml"))).equals(letter.raw);
      await fs.rm(folder, { recursive: true });
      if (!same) throw new Error("other content");
      if (reply) letter.reply = reply;
      return true;
    } catch (error) {
      this.failures.push(`${letter.to}: ${error.message}`);
      return false;
    }
  }

  async readAgain(letters) {
    let read = 0;
    await each(letters, 2, async (letter) => {
      if (await this.read(letter)) read++;
    });
    return read;
  }

  /** Whether the sender has the answer. */
  delivered(reply) {
    return this.sink.mails.some((mail) => mail.kind === "reply" && mail.raw.includes(reply));
  }

  /** One more message. */
  async fresh() {
    const smtp = await this.#send();
    smtp?.close();
    return this.letters.at(-1);
  }
}

/** Rotates every purpose until so many rotators were killed in the middle of their work. */
async function rotations(site, wanted) {
  const counts = { killed: 0, ended: 0, together: 0, destroyed: 0 };
  const began = performance.now();
  const before = (await acts(site)).length;
  const rotate = async (purpose) => {
    const child = spawn(program, ["--config", site.gateway.config, "keys", "rotate", purpose, "--rate", "200"], { stdio: "ignore" });
    const ended = new Promise((done) => child.on("close", (_, signal) => done(signal)));
    const alarm = setTimeout(() => child.kill("SIGKILL"), Math.random() * LONGEST_LIFE);
    const signal = await ended;
    clearTimeout(alarm);
    if (signal === "SIGKILL") counts.killed++;
    else counts.ended++;
  };
  for (let n = 0; counts.killed < wanted; n++) {
    const purpose = PURPOSES[n % PURPOSES.length];
    const both = n % 4 === 3 && counts.killed < wanted - 1;
    if (both) counts.together++;
    await Promise.all(Array.from({ length: both ? 2 : 1 }, () => rotate(purpose)));
    if (n % 6 === 5) counts.destroyed += await destroyRetired(site);
  }
  const since = (await acts(site)).slice(before);
  for (const act of ["made", "promoted", "rotation-ended"]) counts[act] = since.filter((known) => known === act).length;
  counts.seconds = (performance.now() - began) / 1000;
  return counts;
}

/** Destroys what nothing needs; a refusal is the rule. Returns how many it was. */
async function destroyRetired(site) {
  let destroyed = 0;
  for (const { id, state } of await site.list()) {
    if (state === "retired" && (await site.keys("destroy", id)).code === 0) destroyed++;
  }
  return destroyed;
}

async function acts(site) {
  const text = await fs.readFile(site.inside("keys/acts.jsonl"), "utf8");
  return text.trim().split("\n").map((line) => JSON.parse(line).act);
}

/** A viewer that is stopped holds a new key back until it counts as silent, and opens afterwards. */
async function stopped(proof, site, load) {
  site.viewer.kill("SIGSTOP");
  const began = Date.now();
  const { code, stderr } = await site.keys("rotate", "share");
  const seconds = (Date.now() - began) / 1000;
  const letter = await load.fresh();
  await load.sink.of("notice", letter.to);
  site.viewer.kill("SIGCONT");
  proof.expect("control: a stopped viewer holds a rotation back", code === 0 && seconds > SILENT_AFTER - 3, true, `${seconds.toFixed(1)} s ${code ? stderr : ""}`);
  proof.expect("and opens what came under the new key, once it goes on", await load.read(letter), true);
}

/** The same check against a ring without the share keys of now: openings fail, and are counted. */
async function withoutAKey(proof, site, load) {
  const ring = site.inside("keys/keyring.toml");
  const record = site.inside("keys/acts.jsonl");
  const older = await fs.readFile(ring);
  const told = await fs.readFile(record);
  const rotated = await site.keys("rotate", "share");
  if (rotated.code !== 0) throw new Error(rotated.stderr);
  const [letters, others] = [load.letters.slice(-3), load.letters.slice(-6, -3)];
  const before = load.failures.length;
  proof.expect("before the control: opened", await load.readAgain(others), others.length);
  await site.stop();
  await fs.writeFile(ring, older);
  const refused = await site.keys("rotate", "audit");
  proof.expect("an older ring beside a newer record is refused", refused.code, 4, refused.stderr.slice(0, 60));
  // With the record of then nobody can know: that is what a whole backup that is put back looks like.
  await fs.writeFile(record, told);
  await site.launch();
  const read = await load.readAgain(letters);
  proof.expect("control: opened without the newest share keys", read, 0);
  proof.expect("control: counted as failures", load.failures.length - before, letters.length, load.failures.at(-1)?.slice(0, 90));
}
