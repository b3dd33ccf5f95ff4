// Bits that flip and files that are cut, in everything that is stored (D7, D8). What is damaged is
// refused with one error and without a piece of plaintext; it is named to the operator; nothing is
// deleted; everything else opens. SQLite pages have no checksum: of the octets outside of sealed
// values it is checked that nothing wrong opens, nothing breaks off and nothing goes.

import fs from "node:fs/promises";
import path from "node:path";
import { Sealpost, Sink, linkOf, open, outcome, program, run, until } from "../journeys/harness.mjs";
import { each } from "../proofs/proof.mjs";
import { KIB, letter, send } from "./ledger.mjs";

const flip = (octets, at) => {
  const damaged = Buffer.from(octets);
  damaged[Math.min(at, damaged.length - 1)] ^= 1 << Math.floor(Math.random() * 8);
  return damaged;
};

/** What is done to a file, or to a sealed value in the database. */
const HARM = {
  "a bit at the start": (octets) => flip(octets, 3),
  "a bit in the middle": (octets) => flip(octets, octets.length >> 1),
  "a bit at the end": (octets) => flip(octets, octets.length - 1),
  "cut by one octet": (octets) => octets.subarray(0, -1),
  "cut in half": (octets) => octets.subarray(0, octets.length >> 1),
  "one octet more": (octets) => Buffer.concat([octets, Buffer.of(0)]),
};
const FILE_HARM = { ...HARM, "cut to nothing": () => Buffer.alloc(0), "another's content": undefined, gone: undefined };
/** Sealed values that opening needs, by table and column. */
const SEALED = [
  ["contents", "octets", "message_id = ? AND kind = 'message'"],
  ["contents", "octets", "message_id = ? AND kind = 'view'"],
  ["grants", "share", "recipient_id IN (SELECT id FROM recipients WHERE message_id = ?)"],
  ["recipients", "address", "message_id = ?"],
];

export default async function (proof, { short }) {
  const sink = await Sink.start();
  proof.after(() => sink.stop());
  const sealpost = await Sealpost.start({ sink });
  proof.after(() => sealpost.stop());
  const damaged = new Damage(proof, sealpost, sink, short);
  await damaged.take();
  await damaged.files();
  await damaged.values();
  await damaged.tasks();
  await damaged.pages();
  await damaged.database();
  await damaged.keys();
}

class Damage {
  letters = [];
  errors = new Map();

  constructor(proof, sealpost, sink, short) {
    Object.assign(this, { proof, sealpost, sink, short });
    this.data = path.join(sealpost.folder, "data");
  }

  async #send(size) {
    const one = letter(size);
    const answer = await send(this.sealpost.smtp, one);
    if (!one.id) throw new Error(answer);
    this.letters.push(one);
    return one;
  }

  /** A store to damage again and again. */
  async take() {
    const { proof, sealpost } = this;
    this.small = [];
    this.large = [];
    for (let n = 0; n < SEALED.length * 2 + 2; n++) this.small.push(await this.#send(2 * KIB));
    for (let n = 0; n < Object.keys(FILE_HARM).length + 2; n++) this.large.push(await this.#send(200 * KIB));
    await sealpost.settled();
    for (const one of this.letters) one.link = linkOf(await this.sink.of("notice", one.to));
    await sealpost.kill("SIGTERM");
    this.whole = path.join(await proof.folder(), "data");
    await run("cp", ["-a", this.data, this.whole]);
  }

  /** The store as it was. */
  async #restore() {
    await fs.rm(this.data, { recursive: true, force: true });
    await run("cp", ["-a", this.whole, this.data]);
  }

  sql(statements, ...values) {
    const script = "import json,sqlite3,sys\nsql=sqlite3.connect(sys.argv[1])\nv=[bytes.fromhex(a) for a in sys.argv[3:]]\nfound=[[c.hex() if isinstance(c,bytes) else c for c in r] for r in sql.execute(sys.argv[2], v)]\nsql.commit()\nprint(json.dumps(found))";
    return run("python3", ["-c", script, path.join(this.data, "sealpost.sqlite3"), statements, ...values], { maxBuffer: 1 << 28 }).then(({ stdout }) => JSON.parse(stdout));
  }

  /** Opens each; "equal", "other", or the refusal without what is this message's own. */
  async open(letters) {
    const outcomes = new Map();
    const folder = await this.proof.folder();
    await each(letters, 3, async (one) => {
      const output = path.join(folder, one.to);
      let result;
      try {
        const { code, stderr } = await open(this.sink, one.to, one.link, ["--output", output]);
        const got = await fs.readFile(path.join(output, "message.eml")).catch(() => undefined);
        if (code === 0) result = got?.equals(one.raw) ? "equal" : "OTHER CONTENT";
        else result = got?.length ? "PLAINTEXT LEFT" : stderr.trim().split("\n").at(-1);
      } catch (error) {
        result = `no answer: ${error.message}`;
      }
      outcomes.set(one, result);
      await fs.rm(output, { recursive: true, force: true });
    });
    return outcomes;
  }

  /** Runs the program on damaged data and expects a refusal of some and content of others. */
  async #judge(what, harmed, others) {
    const { proof, sealpost } = this;
    const before = await census(this.data);
    sealpost.log = "";
    await sealpost.run();
    const outcomes = await this.open([...harmed, ...others]);
    await sealpost.kill("SIGTERM");
    const refused = harmed.filter((one) => !/^(equal|OTHER|PLAIN|no answer)/.test(outcomes.get(one)));
    proof.expect(`${what}: refused`, refused.length, harmed.length, harmed.filter((one) => !refused.includes(one)).map((one) => `${one.harm}: ${outcomes.get(one)}`).join(" | "));
    for (const one of refused) this.errors.set(outcomes.get(one), [...(this.errors.get(outcomes.get(one)) ?? []), one.harm]);
    proof.expect("  the others, equal content", others.filter((one) => outcomes.get(one) === "equal").length, others.length);
    proof.expect("  panics", (sealpost.log.match(/panicked/g) ?? []).length, 0);
    const after = await census(this.data);
    proof.expect("  deleted", before.filter((name) => !after.includes(name)), []);
    return outcomes;
  }

  async #content(one) {
    const id = one.id.replaceAll("-", "");
    const [[hex]] = await this.sql("SELECT id FROM contents WHERE message_id = ? AND octets IS NULL AND kind = 'message'", id);
    const name = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    return path.join(this.data, "content", name.slice(6, 8), name);
  }

  async files() {
    const [spare, ...letters] = this.large;
    const kinds = Object.entries(FILE_HARM);
    for (const [n, [harm, change]] of kinds.entries()) {
      const file = await this.#content(letters[n]);
      letters[n].harm = `file, ${harm}`;
      if (harm === "gone") await fs.rm(file);
      else {
        const octets = harm === "another's content" ? await fs.readFile(await this.#content(spare)) : change(await fs.readFile(file));
        await fs.writeFile(file, octets);
      }
    }
    const harmed = letters.slice(0, kinds.length);
    await this.#judge(`content files, each in another way`, harmed, [spare, ...letters.slice(kinds.length), this.small[0]]);
    const named = harmed.filter(({ harm }) => /gone|cut|more/.test(harm));
    const ids = await Promise.all(named.map(async (one) => path.basename(await this.#content(one))));
    this.proof.expect("  of those that are cut or gone, named in the log", ids.filter((id) => this.sealpost.log.includes(id)).length, ids.length);
    await this.#restore();
  }

  async values() {
    const harmed = [];
    for (const [n, [table, column, where]] of SEALED.entries()) {
      for (const [m, harm] of ["a bit in the middle", "cut by one octet"].entries()) {
        const one = this.small[2 * n + m];
        const id = one.id.replaceAll("-", "");
        const [[hex]] = await this.sql(`SELECT ${column} FROM ${table} WHERE ${where}`, id);
        const octets = HARM[harm](Buffer.from(hex, "hex")).toString("hex");
        const size = table === "contents" ? `, size = ${octets.length / 2}` : "";
        await this.sql(`UPDATE ${table} SET ${column} = ?${size} WHERE ${where}`, octets, id);
        // A shorter value may not even be asked a code for: there is no address to send it to.
        one.harm = `${table}.${column}, ${harm}`;
        one.mute = table === "recipients";
        harmed.push(one);
      }
    }
    const others = [...this.small.slice(harmed.length), this.large[0]];
    await this.#judge("sealed values in the database", harmed.filter(({ mute }) => !mute), others);
    const uniform = [...this.errors];
    // Octets that were changed, a file that is not there as it was, a share that does not open.
    this.proof.expect("refusals of damaged content, in how many words", uniform.length <= 3, true, uniform.map(([words, harms]) => `${harms.length} × ${words}`).join(" | "));
    await this.#restore();
  }

  /** A notice that cannot be read is named, its sender is told, and the message is kept; the others go on. */
  async tasks() {
    const { proof, sealpost, sink } = this;
    sink.refuse = () => Object.assign(new Error("later"), { responseCode: 451 });
    await sealpost.run();
    const [damaged, well] = [await this.#send(2 * KIB), await this.#send(2 * KIB)];
    await sealpost.kill("SIGTERM");
    const id = damaged.id.replaceAll("-", "");
    const [[task, kind]] = await this.sql("SELECT hex(id), kind FROM tasks WHERE message_id = ? AND kind = 'notify'", id);
    await this.sql("UPDATE payloads SET octets = zeroblob(120) WHERE slot = (SELECT slot FROM tasks WHERE message_id = ? AND kind = 'notify')", id);
    sealpost.log = "";
    sink.refuse = () => undefined;
    await sealpost.run();
    await sink.of("notice", well.to);
    await until(async () => (await sealpost.balance()).dsn === 1, "the sender of the damaged notice to be told").catch(() => {});
    const balance = await sealpost.balance();
    const reports = sink.all("dsn", "clinic@example.org").length;
    proof.expect("a damaged notice: the sender is told, the other recipient too", [balance.dsn, reports, sink.all("notice", damaged.to).length, sink.all("notice", well.to).length], [1, 1, 0, 1], JSON.stringify(balance));
    const name = task.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    proof.expect("  named in the log", sealpost.log.includes(name) && /ERROR/.test(sealpost.log), true, kind);
    await sealpost.kill("SIGTERM");
    const [[left]] = await this.sql("SELECT count(*) FROM recipients r JOIN grants g ON g.recipient_id = r.id WHERE r.message_id = ? AND g.share IS NOT NULL", id);
    proof.expect("  its grant is kept", left, 1);
    await this.#restore();
  }

  /** One bit in one page, of many pages. */
  async pages() {
    const { proof, sealpost } = this;
    const file = path.join(this.data, "sealpost.sqlite3");
    const { size } = await fs.stat(file);
    const pages = size / 4096;
    const trials = this.short ? 10 : pages;
    const counts = { "not started": 0, "others served": 0, refused: 0, equal: 0 };
    const bad = [];
    for (let n = 0; n < trials; n++) {
      const octets = await fs.readFile(path.join(this.whole, "sealpost.sqlite3"));
      const page = Math.floor((n * pages) / trials);
      // Most of what matters in a page stands at its beginning and at its end.
      const at = page * 4096 + [Math.floor(Math.random() * 40), Math.floor(Math.random() * 4096)][n % 2];
      await this.#restore();
      await fs.writeFile(file, flip(octets, at));
      const before = await census(this.data);
      sealpost.log = "";
      const started = await sealpost.run().then(() => true, () => false);
      if (!started) {
        counts["not started"]++;
        const words = sealpost.log.split("\n").find((line) => line.startsWith("sealpost: ")) ?? sealpost.log.slice(-200);
        if (!/database|store|format/i.test(words)) bad.push(`page ${page}: ${words}`);
        sealpost.process?.kill("SIGKILL");
      } else {
        const sample = [this.small[n % this.small.length], this.large[n % this.large.length]];
        const outcomes = [...(await this.open(sample)).values()];
        for (const result of outcomes) {
          if (/OTHER|PLAIN/.test(result)) bad.push(`page ${page}: ${result}`);
          counts[result === "equal" ? "equal" : "refused"]++;
        }
        const code = sealpost.process.exitCode ?? (await sealpost.kill("SIGTERM"));
        if (code === 0) counts["others served"]++;
      }
      if (/panicked/.test(sealpost.log)) bad.push(`page ${page}: a panic`);
      const gone = before.filter((name) => !/-(wal|shm)$/.test(name));
      const after = await census(this.data);
      for (const name of gone) if (!after.includes(name)) bad.push(`page ${page}: ${name} is gone`);
    }
    proof.figure(`a bit in one page, ${trials} of ${pages} pages`, Object.entries(counts).map(([what, n]) => `${n} ${what}`).join(", "));
    proof.expect("  other content, plaintext, panics, deletions", bad.slice(0, 3), []);
    await this.#restore();
  }

  /** The database as a whole: cut, emptied, gone. Its contents must not be taken for left-overs. */
  async database() {
    const { proof, sealpost } = this;
    const file = path.join(this.data, "sealpost.sqlite3");
    for (const [what, change] of [
      ["cut in half", (octets) => octets.subarray(0, octets.length >> 1)],
      ["cut in the first page", (octets) => octets.subarray(0, 1000)],
      ["cut to nothing", () => Buffer.alloc(0)],
      ["gone", undefined],
    ]) {
      if (change) await fs.writeFile(file, change(await fs.readFile(file)));
      else await fs.rm(file);
      for (const rest of ["-wal", "-shm"]) await fs.rm(file + rest, { force: true });
      const before = (await census(this.data)).filter((name) => name.startsWith("content"));
      const old = Date.now() / 1000 - 2 * 3600;
      for (const name of before) await fs.utimes(path.join(this.data, name), old, old);
      const { code, stderr } = await outcome(program, ["run", "--config", sealpost.config], { seconds: 6 });
      const after = await census(this.data);
      const gone = before.filter((name) => !after.includes(name)).length;
      proof.expect(`the database ${what}: content files deleted`, gone, 0, stderr.split("\n").find((line) => line.startsWith("sealpost: "))?.slice(0, 150) ?? "it runs");
      proof.expect("  start refused", code !== 0 && code !== null, true, `exit ${code}`);
      await this.#restore();
    }
  }

  async keys() {
    const { proof, sealpost } = this;
    const results = [];
    for (const name of ["keys/keyring.toml", "root.key"]) {
      const file = path.join(sealpost.folder, name);
      const whole = await fs.readFile(file);
      // The last octet is the end of a line, which nothing needs.
      const harms = Object.entries({ ...HARM, "cut by five octets": (octets) => octets.subarray(0, -5) }).filter(([harm]) => !/one octet/.test(harm));
      for (const [harm, change] of harms) {
        await fs.writeFile(file, change(whole));
        const { code, stderr } = await outcome(program, ["keys", "verify", "--config", sealpost.config]);
        const started = await outcome(program, ["run", "--config", sealpost.config], { seconds: 3 });
        const told = started.code !== null && started.code !== 0;
        results.push(told && /^sealpost: /m.test(started.stderr) ? "refused" : `${name}, ${harm}: exit ${started.code}, verify ${code} ${stderr.slice(0, 80)}`);
        if (whole.length > 40 && started.stderr.includes(whole.toString("latin1").slice(-40, -8))) results.push(`${name}: it stands in the error`);
        await fs.writeFile(file, whole);
      }
    }
    proof.expect("key files, each in several ways: start refused", results.filter((result) => result !== "refused").slice(0, 3), [], `${results.length} ways`);
    await sealpost.run();
    const outcomes = await this.open([this.small[0], this.large[0]]);
    proof.expect("control: with everything as it was", [...outcomes.values()], ["equal", "equal"]);
  }
}

async function census(folder) {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.relative(folder, path.join(entry.path, entry.name)));
}
