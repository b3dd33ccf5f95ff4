// What every proof stands on: figures in a table, checks that are all made, things to undo.

import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { example, run } from "../journeys/harness.mjs";

export class Proof {
  failures = [];
  #rows = [];
  #undo = [];
  #began = performance.now();

  constructor(name) {
    this.name = name;
  }

  /** Runs it, undoes what it left, prints what came of it. */
  async run(prove) {
    try {
      await prove(this);
    } catch (error) {
      this.failures.push(`it broke off: ${error.stack}\n${error.stderr ?? ""}`);
    }
    for (const undo of this.#undo.reverse()) await undo();
    this.#print();
  }

  after(undo) {
    this.#undo.push(undo);
  }

  /** A folder of its own. */
  async folder() {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), `sealpost-${this.name}-`));
    this.after(() => fs.rm(folder, { recursive: true, force: true }));
    return folder;
  }

  figure(what, figure, note = "") {
    this.#rows.push([what, String(figure), note]);
  }

  /** A figure that has to be what it should be. */
  expect(what, figure, wanted, note = "") {
    const holds = JSON.stringify(figure) === JSON.stringify(wanted);
    const text = typeof figure === "object" ? JSON.stringify(figure) : figure;
    this.figure(what, text, [holds ? "as it should be" : `NOT ${JSON.stringify(wanted)}`, note].filter(Boolean).join("; "));
    if (!holds) this.failures.push(`${what}: ${text}, not ${JSON.stringify(wanted)}`);
  }

  #print() {
    const seconds = ((performance.now() - this.#began) / 1000).toFixed(0);
    const verdict = this.failures.length ? "FAILED" : "holds";
    console.log(`\n${this.name}: ${verdict} (${seconds} s)`);
    const widths = [0, 1].map((n) => Math.max(0, ...this.#rows.map((cells) => cells[n].length)));
    for (const [what, figure, note] of this.#rows) {
      console.log(`  ${what.padEnd(widths[0])}  ${figure.padEnd(widths[1])}  ${note}`.trimEnd());
    }
    for (const failure of this.failures) console.log(`  ! ${failure}`);
  }
}

/** What the attacker makes of its loot; `loot` has lists by the names of its options. */
export async function attack(proof, loot) {
  const words = ["--scratch", await proof.folder()];
  for (const [name, values] of Object.entries(loot)) {
    for (const value of [values].flat()) words.push(`--${name}`, value);
  }
  const { stdout } = await run(example("attacker"), words, { maxBuffer: 1 << 28 });
  return JSON.parse(stdout);
}

/** Runs `work` for each item, so many at once. */
export async function each(items, atOnce, work) {
  const left = [...items];
  const worker = async () => {
    while (left.length) await work(left.shift());
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, Math.max(0, ms)));
