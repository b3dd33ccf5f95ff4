// Runs faults and prints their figures; fails when a promise does not hold.

import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

// The longest first: they run beside each other in the short form.
const NAMES = ["load", "syscalls", "clock", "power", "relay", "damage", "kills", "full", "sync"];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { short: { type: "boolean" } } });
const strange = positionals.find((name) => !NAMES.includes(name));
if (strange || !process.env.SEALPOST) {
  console.error(strange ? `no such fault: ${strange}; there are ${NAMES.join(", ")}` : "use tests/faults/run");
  process.exit(2);
}
const { Proof, each } = await import("../proofs/proof.mjs");
const build = path.basename(path.dirname(process.env.SEALPOST));
console.log(`${os.cpus().length} × ${os.cpus()[0].model}, ${build} build, ${values.short ? "short" : "long"} form`);

let failed = 0;
// Most of the time of a fault is waiting. The long forms have the machine for themselves.
await each(positionals.length ? positionals : NAMES, values.short ? 3 : 1, async (name) => {
  const { default: prove } = await import(`./${name}.mjs`);
  const proof = new Proof(name);
  await proof.run((proof) => prove(proof, { short: values.short }));
  failed += proof.failures.length;
});
process.exit(failed ? 1 : 0);
