// Runs proofs and prints their figures; fails when one does not hold.

import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

const NAMES = ["rotation", "seizure", "old-backup", "residue", "start"];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { short: { type: "boolean" } } });
const strange = positionals.find((name) => !NAMES.includes(name));
if (strange || !process.env.SEALPOST) {
  console.error(strange ? `no such proof: ${strange}; there are ${NAMES.join(", ")}` : "use tests/proofs/run");
  process.exit(2);
}
const { Proof, each } = await import("./proof.mjs");
const build = path.basename(path.dirname(process.env.SEALPOST));
console.log(`${os.cpus().length} × ${os.cpus()[0].model}, ${build} build, ${values.short ? "short" : "long"} form`);

let failed = 0;
// Rotations wait for processes most of the time; the long forms have the machine for themselves.
await each(positionals.length ? positionals : NAMES, values.short ? 2 : 1, async (name) => {
  const { default: prove } = await import(`./${name}.mjs`);
  const proof = new Proof(name);
  await proof.run((proof) => prove(proof, { short: values.short }));
  failed += proof.failures.length;
});
process.exit(failed ? 1 : 0);
