// Figures of a release build, as a table: node tests/figures/run.mjs target/release/sealpost
//
// They depend on the machine, so nothing is asserted here. What is a promise is tested elsewhere.

import fs from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";

const [binary] = process.argv.slice(2);
if (!binary) {
  console.error("usage: node tests/figures/run.mjs PROGRAM");
  process.exit(2);
}
process.env.SEALPOST = path.resolve(binary);
const harness = await import("../journeys/harness.mjs");
const { MIB, Sealpost, Sink, Smtp, browserPage, closeBrowser, codeOf, linkOf, run, submit, until } = harness;
const { letter } = await import("../journeys/letters.mjs");

const STARTS = 9;
const MAILS = 300;
const OPENINGS = 5;

const rows = [];
const row = (what, figure, note = "") => rows.push([what, figure, note]);
const quantile = (numbers, part) => numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) * part)];
const median = (numbers) => quantile(numbers, 0.5);
const ms = (number) => `${number.toFixed(number < 10 ? 1 : 0)} ms`;
const mib = (octets) => `${(octets / MIB).toFixed(1)} MiB`;

async function size() {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "sealpost-figures-"));
  const stripped = path.join(folder, "stripped");
  await run("strip", ["-o", stripped, process.env.SEALPOST]);
  const [{ size: whole }, { size: small }] = await Promise.all([fs.stat(process.env.SEALPOST), fs.stat(stripped)]);
  await fs.rm(folder, { recursive: true });
  row("size of the program", `${mib(whole)}, stripped ${mib(small)}`);
}

async function start(sealpost) {
  const times = [];
  for (let n = 0; n < STARTS; n++) {
    if (n > 0) await sealpost.kill("SIGTERM");
    sealpost.log = "";
    const began = performance.now();
    const running = sealpost.run();
    await new Promise((ready) =>
      sealpost.process.stderr.on("data", () => / ready /.test(sealpost.log) && ready()),
    );
    times.push(performance.now() - began);
    await running;
  }
  row("start to ready", ms(median(times)), `median of ${STARTS}; worst ${ms(Math.max(...times))}`);
}

async function memory(sealpost) {
  const resident = async () => {
    const status = await fs.readFile(`/proc/${sealpost.process.pid}/status`, "utf8");
    return /^VmRSS:\s+(\d+) kB/m.exec(status)[1] * 1024;
  };
  let last = -1;
  const idle = await until(async () => {
    const now = await resident();
    const settled = now === last;
    last = now;
    return settled && now;
  }, "memory to settle");
  return idle;
}

/** From the final dot to the 250, of small mails over sessions that stay open. */
async function latency(sealpost, sessions) {
  const raw = letter({ attachments: [], text: `${"A line of ordinary length, as people write them.\n".repeat(180)}` });
  const times = [];
  const session = async (number) => {
    const smtp = await Smtp.connect(sealpost.smtp);
    await smtp.say("EHLO client.example.org");
    for (let n = 0; n < MAILS / sessions; n++) {
      for (const word of ["MAIL FROM:<clinic@example.org>", `RCPT TO:<p${sessions}.${number}.${n}@example.com>`, "DATA"]) {
        await smtp.say(word);
      }
      smtp.write(raw);
      const began = performance.now();
      const answer = await smtp.say(".");
      if (!answer.startsWith("250 ")) throw new Error(answer);
      times.push(performance.now() - began);
    }
    smtp.close();
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: sessions }, (_, number) => session(number)));
  const rate = (times.length / (performance.now() - began)) * 1000;
  const figure = `p50 ${ms(quantile(times, 0.5))}, p95 ${ms(quantile(times, 0.95))}`;
  const kib = Math.round(raw.length / 1024);
  row(`dot to 250, ${sessions} at once`, figure, `${times.length} mails of ${kib} KiB, ${rate.toFixed(0)} a second`);
}

/** Octets of an answer's body as they cross the wire. */
function transferred(url) {
  return new Promise((done, failed) => {
    const request = http.get(url, { headers: { "Accept-Encoding": "gzip" } }, (answer) => {
      let octets = 0;
      answer.on("data", (chunk) => (octets += chunk.length)).on("end", () => done(octets));
    });
    request.on("error", failed);
  });
}

async function announced(sink, sealpost, name, raw) {
  const to = `${name}@example.com`;
  const answer = await submit(sealpost.smtp, { to: [to], raw });
  if (!answer.startsWith("250 ")) throw new Error(answer);
  return { to, link: linkOf(await sink.of("notice", to)) };
}

async function firstLoad(sink, sealpost) {
  const { link } = await announced(sink, sealpost, "first", letter({ attachments: [] }));
  const page = await browserPage(sealpost.origin);
  const urls = new Set();
  page.on("requestfinished", (request) => urls.add(request.url().split("#")[0]));
  await page.goto(link);
  await page.getByRole("button", { name: "Email me a security code" }).waitFor();
  await page.waitForLoadState("networkidle");
  const pages = [...urls].filter((url) => !url.includes("/api/"));
  const sizes = await Promise.all(pages.map(transferred));
  const sum = sizes.reduce((a, b) => a + b, 0);
  const list = pages.map((url, n) => `${path.basename(new URL(url).pathname).slice(0, 24)} ${(sizes[n] / 1024).toFixed(1)}`);
  row("first load, gzip", `${(sum / 1024).toFixed(1)} KiB`, list.join(", "));
  await page.context().close();
}

/** From the click on Continue to a body that can be read. */
async function opening(sink, sealpost, name, raw) {
  const { to, link } = await announced(sink, sealpost, name, raw);
  const page = await browserPage(sealpost.origin);
  await page.goto(link);
  await page.getByRole("button", { name: "Email me a security code" }).click();
  const field = page.getByRole("textbox", { name: "Security code" });
  await field.fill(codeOf(await sink.of("code", to)));
  const began = performance.now();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.frameLocator("iframe").getByText("your appointment is on").waitFor();
  const time = performance.now() - began;
  await page.context().close();
  return time;
}

async function openings(sink, sealpost) {
  const without = letter({ attachments: [] });
  const octets = Buffer.alloc(20 * MIB, "A scan, line by line. ");
  const large = letter({ attachments: [{ name: "scan.bin", type: "application/octet-stream", octets }] });
  const times = { without: [], large: [] };
  await opening(sink, sealpost, "warm", without);
  for (let n = 0; n < OPENINGS; n++) {
    times.without.push(await opening(sink, sealpost, `small${n}`, without));
    times.large.push(await opening(sink, sealpost, `large${n}`, large));
  }
  const [small, big] = [median(times.without), median(times.large)];
  row("Continue to readable body", ms(small), `median of ${OPENINGS}`);
  row("the same, beside 20 MiB attached", ms(big), `${(big / small).toFixed(2)} times as long`);
}

const sink = await Sink.start();
const sealpost = await Sealpost.create({ sink });
try {
  await size();
  await start(sealpost);
  const idle = await memory(sealpost);
  await latency(sealpost, 1);
  await latency(sealpost, 10);
  await until(() => sink.mails.length >= 2 * MAILS, "all notices", 120);
  await firstLoad(sink, sealpost);
  await openings(sink, sealpost);
  row("memory when idle", mib(idle), `${mib(await memory(sealpost))} after all of this`);
} finally {
  await closeBrowser();
  await sealpost.stop();
  await sink.stop();
}
const { model } = os.cpus()[0];
console.log(`${os.cpus().length} × ${model}, Node ${process.versions.node}\n`);
const widths = [0, 1].map((n) => Math.max(...rows.map((cells) => cells[n].length)));
for (const [what, figure, note] of rows) {
  console.log(`${what.padEnd(widths[0])}  ${figure.padEnd(widths[1])}  ${note}`.trimEnd());
}
