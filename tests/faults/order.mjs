// The order in which intake writes, syncs and answers, as the kernel is asked for it: when a 250 is
// sent, nothing that the message needs is only written (D1).

import path from "node:path";
import { Sealpost } from "../journeys/harness.mjs";
import { KIB, letter, send } from "./ledger.mjs";
import { Tracer } from "./tracer.mjs";

const CALLS = ["pwrite64", "write", "ftruncate", "rename", "mkdir", "fsync", "fdatasync", "sendto"];

export async function order(proof, sink) {
  const sealpost = await Sealpost.start({ sink });
  proof.after(() => sealpost.stop());
  const out = path.join(await proof.folder(), "calls");
  const tracer = await Tracer.attach(sealpost.process.pid, CALLS, { out, options: ["-y", "-s", "16"] });
  const sent = [];
  for (const size of [2 * KIB, 200 * KIB, 2 * KIB, 300 * KIB, 1024 * KIB]) {
    const one = letter(size);
    await send(sealpost.smtp, one);
    sent.push(one);
    await sealpost.settled();
  }
  await tracer.detach();
  const calls = await tracer.calls({ all: true });
  await sealpost.kill("SIGTERM");
  const data = path.join(sealpost.folder, "data");
  const { answers, early } = judge(calls, data);
  proof.expect("250s seen on their way", answers, sent.filter(({ id }) => id).length);
  proof.expect("unsynced files of the store at any of them", early, []);
  const blind = judge(calls.filter((line) => !/\bf(data)?sync\b/.test(line)), data);
  proof.expect("control: the same, blind to syncs", blind.early.length > 0, true, `${blind.early.length} files`);
}

/**
 * Goes through the calls with what is written and not synced. Behind the sync that a 250 waits for,
 * the next commit may begin to write before the 250 is sent: a file that was synced since the 354 is
 * not early.
 */
function judge(calls, data) {
  const dirty = new Set();
  const synced = new Set();
  const begun = new Map();
  const early = new Set();
  let answers = 0;
  const begins = (call, line) => {
    const file = /<([^>]*)>/.exec(line)?.[1] ?? "";
    const [from, to] = [...line.matchAll(/"([^"]*)"/g)].map(([, name]) => name);
    if (call === "sendto" && /"250 2\.0\.0/.test(line)) {
      answers++;
      for (const name of dirty) if (!synced.has(name)) early.add(path.relative(data, name));
    } else if (call === "sendto" && /"354 /.test(line)) {
      synced.clear();
    } else if (call === "rename" && to?.startsWith(data)) {
      // The octets go with the name; the name itself is its directory's.
      if (dirty.delete(from)) dirty.add(to);
      dirty.add(path.dirname(to));
    } else if (call === "mkdir") return from;
    else if (/write|truncate/.test(call) && file.startsWith(data) && !/-shm|\.lock/.test(file)) dirty.add(file);
    return file;
  };
  for (const line of calls) {
    const [, thread, call] = /^(\d+) +(?:<\.\.\. )?(\w+)/.exec(line) ?? [];
    const resumed = / resumed>/.test(line);
    const file = resumed ? begun.get(thread) : begins(call, line);
    if (/<unfinished/.test(line)) begun.set(thread, file);
    else if (/sync$/.test(call) && / = 0/.test(line)) {
      dirty.delete(file);
      synced.add(file);
    }
    // One that was there already is no new name.
    else if (call === "mkdir" && / = 0/.test(line) && file?.startsWith(data)) dirty.add(path.dirname(file));
  }
  return { answers, early: [...early] };
}
