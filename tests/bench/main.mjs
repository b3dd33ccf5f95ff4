// The benchmark behind `tests/bench/run`: three ways to take a mail, measured in turns.
//
// Intake is what is measured: Sealpost's relay is a closed port, so that notices are made, tried
// once in vain and put off; Postfix holds its queue. Every mail to Sealpost is tagged and for an
// outsider, so each is sealed. Zeyple seals behind Postfix's 250, so for it the time counts until a
// sink has all mails.

import fs from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { Sealpost, run } from "../journeys/harness.mjs";
import { Postfix } from "../journeys/postfix.mjs";
import { burn, cpu, fsyncs, highWater, quiet, resident } from "./process.mjs";
import { load, smtpSource } from "./clients.mjs";
import { zeyple } from "./zeyple.mjs";

const KIB = 1024;
const { values: asked } = parseArgs({ options: { quick: { type: "boolean" }, only: { type: "string" }, rounds: { type: "string" } } });
const parts = asked.only?.split(",") ?? ["start", "throughput", "recipients", "memory", "fsyncs", "zeyple"];
const ROUNDS = Number(asked.rounds ?? (asked.quick ? 1 : 3));
const SIZES = asked.quick ? [10 * KIB, 1024 * KIB] : [10 * KIB, 100 * KIB, 1024 * KIB, 10 * 1024 * KIB];
const SESSIONS = asked.quick ? [1, 50] : [1, 10, 50];

/** How many mails a run sends: enough for a second or so, bounded by what is written. */
function count(size, sessions) {
  const many = { 1: 300, 10: 1500, 50: 3000 }[sessions];
  const octets = (asked.quick ? 100 : 300) * 1024 * KIB;
  return Math.max(sessions, Math.min(asked.quick ? many / 3 : many, Math.floor(octets / size)));
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];
const fixed = (number) => (number === undefined ? "–" : number.toFixed(number < 10 ? 2 : number < 100 ? 1 : 0));
const named = (size) => (size < 1024 * KIB ? `${size / KIB} KB` : `${size / 1024 / KIB} MB`);

function table(title, columns, rows) {
  console.log(`\n### ${title}\n\n| ${columns.join(" | ")} |\n|${columns.map(() => "---").join("|")}|`);
  for (const row of rows) console.log(`| ${row.map((cell) => (typeof cell === "number" ? fixed(cell) : cell)).join(" | ")} |`);
}

/** A gateway whose relay is down. */
async function gateway({ memory = 1024 } = {}) {
  const sealpost = await Sealpost.create({ sink: { port: 1 } });
  const configuration = await fs.readFile(sealpost.config, "utf8");
  await fs.writeFile(sealpost.config, configuration.replace("[gateway.submit]", `memory_mib = ${memory}\n[gateway.submit]`));
  await sealpost.run();
  return { name: "Sealpost", port: sealpost.smtp, pid: sealpost.process.pid, sealpost, stop: () => sealpost.stop(), clear: async () => {} };
}

/** A Postfix that takes everything and delivers nothing. */
async function held() {
  const postfix = await Postfix.create();
  await postfix.configure(`mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = check_recipient_access static:HOLD, permit_mynetworks, reject
message_size_limit = 0
virtual_mailbox_limit = 0
mailbox_size_limit = 0
`);
  await postfix.start();
  const pid = Number(await fs.readFile(path.join(postfix.spool, "pid/master.pid"), "utf8"));
  const clear = () => run("postsuper", ["-c", postfix.etc, "-d", "ALL", "hold"]);
  return { name: "Postfix", port: postfix.port, pid, stop: () => postfix.stop(), clear };
}

/**
 * The gateway as a server of `rounds`: a fresh one for each run, because notices that were put off
 * come back after 15 s and would be part of whatever runs then. `peak` is the most memory of all.
 */
function freshGateways() {
  let now;
  const server = { name: "Sealpost", peak: 0, clear: async () => {} };
  server.begin = async () => {
    now = await gateway();
    Object.assign(server, { port: now.port, pid: now.pid, sealpost: now.sealpost });
    // The first mails open files and fill caches.
    await load(now.port, { size: 10 * KIB, sessions: 4, messages: 20 });
    await quiet(now.pid);
  };
  server.end = async () => {
    server.peak = Math.max(server.peak, await highWater(now.pid));
    await now.stop();
    now = undefined;
  };
  server.stop = async () => now?.stop();
  return server;
}

/** One run of one client against one server, with the processor time it cost the server. */
async function measure(server, client, { size, sessions, recipients = 1 }) {
  const messages = Math.min(count(size, sessions), Math.ceil(6000 / recipients));
  await server.begin?.();
  const before = await cpu(server.pid);
  const figures = await client(server.port, { size, sessions, messages, recipients });
  const intake = await cpu(server.pid);
  if (server.sealpost) await quiet(server.pid);
  const all = await cpu(server.pid);
  await server.clear();
  await server.end?.();
  return {
    rate: figures.messages / figures.seconds,
    cpu: ((intake - before) * 1000) / figures.messages,
    cpuAll: ((all - before) * 1000) / figures.messages,
    ...figures,
  };
}

/** Medians of the rounds; the servers take turns. */
async function rounds(servers, client, job) {
  const seen = new Map(servers.map((server) => [server.name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of round % 2 ? servers.toReversed() : servers) {
      try {
        seen.get(server.name).push(await measure(server, client, job));
      } catch (fault) {
        if (server.begin) await server.stop();
        console.error(`${server.name}, ${named(job.size)} x ${job.sessions}: ${fault.message.split("\n")[0]}`);
      }
    }
  }
  return [...seen.values()].map((runs) => {
    const keys = Object.keys(runs[0] ?? {});
    return Object.fromEntries(keys.map((key) => [key, median(runs.map((one) => one[key]))]));
  });
}

async function throughput() {
  const COLUMNS = ["size × sessions", "Sealpost /s", "Postfix /s", "ratio", "Sealpost CPU ms, with the notice's try", "Postfix CPU ms"];
  const TIMES = ["dot to 250 Sealpost p50", "p99", "Postfix p50", "p99", "whole p50 Sealpost", "Postfix"];
  const rows = { "smtp-source, a connection for each mail": [], "connections that stay, pipelined": [] };
  const peaks = [];
  for (const size of SIZES) {
    const servers = [freshGateways(), await held()];
    try {
      await load(servers[1].port, { size: 10 * KIB, sessions: 4, messages: 20 });
      for (const sessions of SESSIONS) {
        for (const [name, client] of Object.entries({ "smtp-source, a connection for each mail": smtpSource, "connections that stay, pipelined": load })) {
          const [ours, theirs] = await rounds(servers, client, { size, sessions });
          const row = [`${named(size)} × ${sessions}`, ours.rate, theirs.rate, ours.rate / theirs.rate, `${fixed(ours.cpu)}, ${fixed(ours.cpuAll)}`, theirs.cpu];
          if (client === load) row.push(ours.dot_p50, ours.dot_p99, theirs.dot_p50, theirs.dot_p99, ours.whole_p50, theirs.whole_p50);
          rows[name].push(row);
          console.error(name, row.map((cell) => (typeof cell === "number" ? fixed(cell) : cell)).join(" | "));
        }
      }
      peaks.push([named(size), servers[0].peak / KIB, (await highWater(servers[1].pid)) / KIB]);
    } finally {
      for (const server of servers) await server.stop();
    }
  }
  const [first, second] = Object.keys(rows);
  table(`Messages a second: ${first}`, COLUMNS, rows[first]);
  table(`Messages a second: ${second} (times in ms)`, [...COLUMNS, ...TIMES], rows[second]);
  table("Peak memory over these runs (VmHWM, MiB; Postfix: sum of its processes at the end)", ["size", "Sealpost, memory_mib = 1024", "Postfix"], peaks);
}

async function recipients() {
  const servers = [freshGateways(), await held()];
  try {
    const rows = [];
    for (const many of asked.quick ? [1, 100] : [1, 10, 100]) {
      const [ours, theirs] = await rounds(servers, load, { size: 10 * KIB, sessions: 10, recipients: many });
      rows.push([String(many), ours.rate, theirs.rate, ours.rate / theirs.rate, ours.cpu, theirs.cpu, ours.dot_p50, theirs.dot_p50]);
    }
    const columns = ["recipients", "Sealpost /s", "Postfix /s", "ratio", "Sealpost CPU ms", "Postfix CPU ms", "dot to 250 Sealpost", "Postfix"];
    table("10 KB to several recipients, 10 connections that stay", columns, rows);
  } finally {
    for (const server of servers) await server.stop();
  }
}

async function memory() {
  const server = await gateway({ memory: 256 });
  try {
    const idle = await resident(server.pid);
    const [sessions, size] = asked.quick ? [10, 20] : [50, 49];
    const figures = await load(server.port, { size: size * 1024 * KIB, sessions, messages: sessions });
    const rows = [
      ["idle", idle / KIB, ""],
      [`${sessions} × ${size} MB at once, memory_mib = 256`, (await highWater(server.pid)) / KIB, `${figures.put_off} times put off with 452, all taken in ${fixed(figures.seconds)} s`],
    ];
    table("Memory of Sealpost (MiB)", ["when", "resident or peak", ""], rows);
  } finally {
    await server.stop();
  }
}

async function start() {
  const server = await gateway();
  const times = [];
  for (let n = 0; n < 9; n++) {
    await server.sealpost.kill("SIGTERM");
    server.sealpost.log = "";
    const began = performance.now();
    const running = server.sealpost.run();
    await new Promise((ready) => server.sealpost.process.stderr.on("data", () => / ready /.test(server.sealpost.log) && ready()));
    times.push(performance.now() - began);
    await running;
  }
  table("Start to ready (ms)", ["median of 9", "worst"], [[median(times), Math.max(...times)]]);
  await server.stop();
}

async function flushes() {
  const rows = [];
  for (const sessions of [1, 10, 50]) {
    const row = [String(sessions)];
    for (const make of [gateway, held]) {
      const server = await make();
      try {
        await load(server.port, { size: 10 * KIB, sessions, messages: 100 });
        const messages = sessions === 1 ? 100 : 500;
        let figures;
        const calls = await fsyncs(server.pid, async () => {
          figures = await load(server.port, { size: 10 * KIB, sessions, messages });
        });
        row.push(calls / figures.messages);
      } finally {
        await server.stop();
      }
    }
    rows.push(row);
  }
  table("fsync and fdatasync for each 10 KB message, under strace", ["sessions", "Sealpost, notices' tries among them", "Postfix"], rows);
}

async function withZeyple() {
  if (!process.env.ZEYPLE) {
    console.log("\nZeyple: not measured, ZEYPLE is not set");
    return;
  }
  const rows = [];
  const theirs = await zeyple(process.env.ZEYPLE);
  const ours = await gateway();
  try {
    for (const [size, messages] of asked.quick ? [[10 * KIB, 60]] : [[10 * KIB, 200], [1024 * KIB, 40]]) {
      const rate = [];
      for (let round = 0; round < (asked.quick ? 1 : 2); round++) {
        const slow = await theirs.time(() => load(theirs.port, { size, sessions: 50, messages, to: theirs.recipient }), messages);
        const figures = await load(ours.port, { size, sessions: 50, messages: count(size, 50) });
        rate.push([figures.messages / figures.seconds, messages / slow]);
      }
      const [sealpost, zeypled] = [0, 1].map((n) => median(rate.map((one) => one[n])));
      rows.push([`${named(size)} × 50`, sealpost, zeypled, sealpost / zeypled]);
    }
    table("Postfix with Zeyple and gpg, until a sink has every mail sealed", ["", "Sealpost, until 250 /s", "Zeyple /s", "ratio"], rows);
  } finally {
    await ours.stop();
    await theirs.stop();
  }
}

const machine = (await fs.readFile("/proc/cpuinfo", "utf8")).match(/^model name\s*: (.*)$/m)?.[1];
const { stdout: version } = await run("postconf", ["-dh", "mail_version"]);
console.log(`${machine}, ${await burn()} MB/s SHA-256 on one core, load ${(await fs.readFile("/proc/loadavg", "utf8")).split(" ")[0]}; Postfix ${version.trim()}; ${ROUNDS} rounds, medians`);
const all = { start, throughput, recipients, memory, fsyncs: flushes, zeyple: withZeyple };
for (const part of parts) await all[part]();
