// Residue of what lives long: the root secret, what is derived from it, and every key of the ring,
// before a rotation and after it, are searched for in data, log, memory and swap of the running
// program (K7, K8). What messages leave is in journeys/residue.test.mjs.
//
// Two pictures of the same memory: one as the kernel writes it when a program dies, where pages
// that are marked as not to be dumped are missing, and one with all that a debugger running as root
// can read. In the second the keys are found, and in locked pages only.

import fs from "node:fs/promises";
import path from "node:path";
import { MIB, Sealpost, Sink, example, filesIn, linkOf, open, outcome, plainLetter, run, search, submit } from "../journeys/harness.mjs";

/** In memory for certain: it stands in the program's environment. */
const CONTROL = "Eichelhaeher-Kontrolle";
/** In the clear for certain, and then wiped. */
const CANARY = "Zilpzalp-im-Unterholz";

export default async function (proof, { short }) {
  const messages = short ? 3 : 20;
  const sink = await Sink.start();
  proof.after(() => sink.stop());
  const sealpost = await Sealpost.start({ sink, extra: { SEARCHED_FOR_BY_A_PROOF: CONTROL } });
  proof.after(() => sealpost.stop());
  const outside = await proof.folder();
  const inside = (name) => path.join(sealpost.folder, name);

  const secrets = {};
  const learn = async () => {
    const { stdout } = await run(example("ring_secrets"), [inside("keys/keyring.toml"), inside("root.key")]);
    for (const [, hex, name] of stdout.matchAll(/^(\S+) (.*)$/gm)) secrets[name.split(",")[0] + hex.slice(0, 4)] = Buffer.from(hex, "hex");
  };
  const traffic = async (from) => {
    for (let n = from; n < from + messages; n++) {
      const to = `keeper.${n}@example.com`;
      const raw = plainLetter({ subject: `[secure] ${CANARY}`, to, text: CANARY });
      const answer = await submit(sealpost.smtp, { to: [to], raw });
      if (!answer.startsWith("250 ")) throw new Error(answer);
      const link = linkOf(await sink.of("notice", to));
      const read = await open(sink, to, link, ["--output", path.join(outside, to), "--reply-text", CANARY]);
      if (read.code !== 0) throw new Error(read.stderr);
    }
  };
  await learn();
  await traffic(0);
  await sealpost.command("keys", "rotate", "--all");
  await learn();
  await traffic(messages);
  // The schedule looks after keys in the same process.
  await sealpost.settled(60);
  const words = { ...secrets, canary: CANARY };
  const sum = (hits) => Object.values(hits).reduce((all, count) => all + count, 0);
  proof.figure("secrets searched for", Object.keys(secrets).length, "keys, root secret and what is derived, in every spelling");

  const log = path.join(outside, "log");
  await fs.writeFile(log, sealpost.log);
  const files = (await filesIn(sealpost.folder)).filter((file) => file !== inside("root.key"));
  proof.expect("hits in data, keys and log", await search([...files, log], words), {}, `${files.length + 1} files`);
  const root = await search([inside("root.key")], words);
  proof.expect("control: hits in root.key", sum(root) > 0, true, Object.keys(root)[0]);

  const { pid } = sealpost.process;
  const status = await fs.readFile(`/proc/${pid}/status`, "utf8");
  const kib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)[1]);
  proof.expect("memory in swap", `${kib("VmSwap")} kB`, "0 kB");
  proof.expect("memory locked against swap", kib("VmLck") > 0, true, `${kib("VmLck")} kB`);

  // Nothing moves between the list of pages and the pictures: the schedule may change the ring.
  process.kill(pid, "SIGSTOP");
  const maps = await mappings(pid);
  const there = (await fs.readdir(`/proc/${pid}/task`)).length;
  const dump = async (name, args) => {
    const made = await outcome("gcore", [...args, "-o", path.join(outside, name), pid], { seconds: 120 });
    const core = path.join(outside, `${name}.${pid}`);
    const about = await fs.stat(core).catch(() => undefined);
    if (!about?.size) throw new Error(`no core dump can be made here: ${made.stderr}`);
    return { core, size: `${Math.round(about.size / MIB)} MiB` };
  };
  const dead = await dump("core", []);
  const all = await dump("all", ["-a"]);
  process.kill(pid, "SIGCONT");
  const { "control as itself in core": control, ...hits } = await search([dead.core], { ...words, control: CONTROL }, () => "core");
  proof.expect("hits in a core dump", hits, {}, dead.size);
  proof.expect("control: the environment is in it", control > 0, true);

  // What a thread had in its registers when it stopped stands beside the memory. Ciphers take keys
  // by halves.
  const { threads, found } = await inRegisters(dead.core, secrets);
  proof.expect("halves of keys in registers", found, [], `${threads} threads`);
  proof.expect("control: registers of every thread are in it", threads, there);

  const segments = await loaded(all.core);
  const places = await search([all.core], words, (_, offset) => {
    const segment = segments.find(({ start, size }) => offset >= start && offset < start + size);
    const address = segment && segment.address + BigInt(offset - segment.start);
    const map = maps.find(({ from, to }) => address >= from && address < to);
    return map?.isVault ? "a locked page" : `${map?.name ?? "no mapping"} ${address?.toString(16)}`;
  });
  const strays = Object.fromEntries(Object.entries(places).filter(([hit]) => !hit.endsWith("a locked page")));
  proof.expect("hits with all pages, outside locked ones", strays, {}, all.size);
  proof.expect("control: hits in locked pages", sum(places) - sum(strays) > 0, true, `${sum(places) - sum(strays)}`);
}

/** What lies where in a process; a vault's page is locked and left out of dumps. */
async function mappings(pid) {
  const found = [];
  for (const line of (await fs.readFile(`/proc/${pid}/smaps`, "utf8")).split("\n")) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)$/.exec(line);
    if (head) {
      const [, from, to, rights, name] = head;
      found.push({ from: BigInt(`0x${from}`), to: BigInt(`0x${to}`), name: `${name || "anonymous"} ${rights}` });
    }
    const flags = /^VmFlags: (.*)$/.exec(line)?.[1].trim().split(" ");
    if (flags) found.at(-1).isVault = flags.includes("lo") && flags.includes("dd");
  }
  return found;
}

/** Which halves of which secrets stand in the registers of threads, extended state included. */
async function inRegisters(core, secrets) {
  const [PT_NOTE, NT_X86_XSTATE] = [4, 0x202];
  const found = new Set();
  let threads = 0;
  const file = await fs.open(core);
  for (const { start, size } of await segmentsOf(core, PT_NOTE)) {
    const notes = (await file.read(Buffer.alloc(size), 0, size, start)).buffer;
    const aligned = (length) => (length + 3) & ~3;
    for (let at = 0; at + 12 <= size; ) {
      const [name, length, kind] = [0, 4, 8].map((field) => notes.readUInt32LE(at + field));
      const from = at + 12 + aligned(name);
      at = from + aligned(length);
      if (kind !== NT_X86_XSTATE) continue;
      threads++;
      const registers = notes.subarray(from, from + length);
      for (const [what, secret] of Object.entries(secrets)) {
        for (let half = 0; half + 16 <= secret.length; half += 16) {
          if (registers.includes(secret.subarray(half, half + 16))) found.add(`${what}, from ${half}`);
        }
      }
    }
  }
  await file.close();
  return { threads, found: [...found] };
}

/** What a core file has of memory. */
const loaded = (core) => segmentsOf(core, 1);

/** The segments of a core file: where each lies in the file, and in memory (ELF-64). */
async function segmentsOf(core, kind) {
  const file = await fs.open(core);
  try {
    const head = (await file.read(Buffer.alloc(64), 0, 64, 0)).buffer;
    const [at, size] = [Number(head.readBigUInt64LE(32)), head.readUInt16LE(54)];
    // With 65,535 segments or more the number stands elsewhere; a process of ours has hundreds.
    const length = size * head.readUInt16LE(56);
    const table = (await file.read(Buffer.alloc(length), 0, length, at)).buffer;
    const found = [];
    for (let row = 0; row < length; row += size) {
      if (table.readUInt32LE(row) !== kind) continue;
      found.push({
        start: Number(table.readBigUInt64LE(row + 8)),
        address: table.readBigUInt64LE(row + 16),
        size: Number(table.readBigUInt64LE(row + 32)),
      });
    }
    return found;
  } finally {
    await file.close();
  }
}
