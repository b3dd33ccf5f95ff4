// What processes cost: time, memory, calls; of a process with all its children.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs/promises";

const TICKS = 100; // a second, on every Linux that Debian builds
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** The fields of /proc/PID/stat behind the name, or undefined when the process is gone. */
async function stat(pid) {
  const text = await fs.readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** The process and everything below it. */
async function tree(pid) {
  const parents = new Map();
  for (const name of await fs.readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const fields = await stat(name);
    if (fields) parents.set(Number(name), Number(fields[1]));
  }
  const found = [pid];
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child);
  return found;
}

/** Seconds of processor time of the tree, children that have ended among them. */
export async function cpu(pid) {
  let ticks = 0;
  for (const one of await tree(pid)) {
    const fields = await stat(one);
    if (fields) ticks += Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]);
  }
  return ticks / TICKS;
}

/** Waits until the tree has next to nothing to do. */
export async function quiet(pid) {
  for (let n = 0; n < 200; n++) {
    const before = await cpu(pid);
    await sleep(300);
    if ((await cpu(pid)) - before <= 0.01) return;
  }
}

async function status(pid, field) {
  let sum = 0;
  for (const one of await tree(pid)) {
    const text = await fs.readFile(`/proc/${one}/status`, "utf8").catch(() => "");
    sum += Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
  }
  return sum;
}

/** KiB at most so far. */
export const highWater = (pid) => status(pid, "VmHWM");
/** KiB now. */
export const resident = (pid) => status(pid, "VmRSS");

/** How many flushes the tree asks for during `work`. */
export async function fsyncs(pid, work) {
  const pids = (await tree(pid)).flatMap((one) => ["-p", String(one)]);
  const strace = spawn("strace", ["-c", "-f", "-e", "trace=fsync,fdatasync", ...pids], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  strace.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = once(strace, "close");
  while (!said.includes("attached")) await sleep(50);
  await sleep(500);
  await work();
  await sleep(500);
  strace.kill("SIGINT");
  await ended;
  const calls = [...said.matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) .*\b(?:fsync|fdatasync)$/gm)];
  return calls.reduce((sum, [, many]) => sum + Number(many), 0);
}

/** How fast this machine is, so that figures of two machines can be held side by side. */
export async function burn() {
  const octets = Buffer.alloc(1 << 20);
  const began = performance.now();
  let n = 0;
  for (; performance.now() - began < 300; n++) createHash("sha256").update(octets).digest();
  return Math.round((n * 1000) / (performance.now() - began));
}
