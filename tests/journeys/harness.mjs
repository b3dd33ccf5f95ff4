// What every journey stands on: the real program on loopback with a configuration like an
// operator's, a real SMTP server behind its relay, real clients in front of it.

import { spawn, execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import fs from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { simpleParser } from "mailparser";
import { chromium } from "playwright-core";
import { SMTPServer } from "smtp-server";

export const run = promisify(execFile);
export const MIB = 1024 * 1024;
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const program = process.env.SEALPOST ?? path.join(root, "target/debug/sealpost");
/** An example program of a package, built beside the program. */
export const example = (name) => path.join(path.dirname(program), "examples", name);

const given = new Set();

/**
 * A port that nobody listens on, each once. From below the range that outgoing connections take
 * theirs from: one of those could have it before it is listened on.
 */
export async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (given.has(port)) continue;
    given.add(port);
    const server = net.createServer().listen(port, "127.0.0.1");
    const free = await once(server, "listening").then(() => true, () => false);
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

/** How a command ended and what it said; nothing throws. `seconds` bounds one that should end. */
export async function outcome(file, args, { input, seconds = 60, ...options } = {}) {
  const child = spawn(file, args, { ...options, stdio: "pipe" });
  const said = { stdout: "", stderr: "" };
  child.stdin.on("error", () => {}).end(input);
  for (const stream of ["stdout", "stderr"]) {
    child[stream].setEncoding("utf8").on("data", (text) => (said[stream] += text));
  }
  const alarm = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
  const [code] = await once(child, "close");
  clearTimeout(alarm);
  return { code, ...said };
}

/** Asks until the answer is neither undefined nor false, or time is over. */
export async function until(question, what, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await question();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((done) => setTimeout(done, 25));
  }
}

/** The mail system behind the relay: takes everything, keeps it as octets. */
export class Sink {
  mails = [];
  /** Set to refuse: (address) => Error with responseCode, or undefined, or a promise of either. */
  refuse = () => undefined;

  static async start(port) {
    const sink = new Sink();
    sink.server = new SMTPServer({
      disabledCommands: ["AUTH", "STARTTLS"],
      logger: false,
      size: 100 * MIB,
      onRcptTo: async (address, _, callback) => callback(await sink.refuse(address.address)),
      onData: (stream, session, callback) => {
        const chunks = [];
        stream.on("data", (chunk) => chunks.push(chunk));
        stream.on("end", () => {
          const raw = Buffer.concat(chunks);
          sink.mails.push({
            from: session.envelope.mailFrom.address ?? "",
            to: session.envelope.rcptTo.map((to) => to.address),
            raw,
            kind: kindIn(raw),
          });
          callback();
        });
      },
    });
    sink.server.on("error", () => {});
    sink.port = port ?? (await freePort());
    await new Promise((done) => sink.server.listen(sink.port, "127.0.0.1", done));
    return sink;
  }

  async stop() {
    await new Promise((done) => this.server.close(done));
  }

  /** The n-th mail that `fits`, parsed, as soon as it is there. */
  async mail(fits, what, n = 0, seconds = 30) {
    const found = await until(() => this.mails.filter(fits)[n], what, seconds);
    return { ...found, parsed: await simpleParser(found.raw) };
  }

  /** All mails of a kind to an address. */
  all(kind, to) {
    return this.mails.filter((mail) => mail.to.includes(to) && kindOf(mail) === kind);
  }

  of(kind, to, n = 0, seconds = 30) {
    return this.mail((mail) => mail.to.includes(to) && kindOf(mail) === kind, `${kind} to ${to}`, n, seconds);
  }
}

/** The value of X-Sealpost-Kind. */
export const kindOf = (mail) => mail.kind;

function kindIn(raw) {
  const header = raw.toString("latin1", 0, 65536).split("\r\n\r\n", 1)[0];
  return /^X-Sealpost-Kind: (.*)$/m.exec(header)?.[1].trim();
}

export const linkOf = (notice) => /^https?:\S+\/m\/\S+#1\.\S+$/m.exec(notice.parsed.text)[0];
export const codeOf = (mail) => /^(\d{4}) (\d{4}) is/.exec(mail.parsed.text).slice(1).join("");

/** The running program with a folder of its own. */
export class Sealpost {
  log = "";

  /** `extra` goes into the program's environment; `under` is a command that starts it. */
  static async create({ sink, policy = "", extra = {}, under = [] } = {}) {
    const self = new Sealpost();
    self.words = [...under, program];
    self.folder = await fs.mkdtemp(path.join(os.tmpdir(), "sealpost-journey-"));
    self.smtp = await freePort();
    self.http = await freePort();
    self.health = await freePort();
    self.origin = `http://localhost:${self.http}`;
    self.config = path.join(self.folder, "sealpost.toml");
    self.environment = extra;
    await fs.writeFile(
      self.config,
      `config_version = 1
[organisation]
name = "Example Trust"
phone = "01632 960000"
[gateway]
hostname = "secure.example.org"
domain = "secure.example.org"
smtp_listen = ["127.0.0.1:${self.smtp}"]
[gateway.submit]
networks = ["127.0.0.0/8"]
sender_domains = ["example.org"]
[gateway.relay]
host = "127.0.0.1"
port = ${sink?.port ?? 1}
tls = "none"
[policy]
internal_domains = ["example.org"]
${policy}
[viewer]
listen = ["127.0.0.1:${self.http}"]
public_url = "${self.origin}"
[store]
path = "data"
[keystore]
path = "keys"
custody = { file = "root.key" }
[admin]
listen = ["127.0.0.1:${self.health}"]
`,
    );
    await self.command("init");
    return self;
  }

  static async start(options) {
    const self = await Sealpost.create(options);
    await self.run();
    return self;
  }

  command(...args) {
    return run(program, ["--config", this.config, ...args], { maxBuffer: 1 << 28 });
  }

  async run() {
    const started = this.launch("run");
    this.process = started.process;
    this.exited = started.exited;
    await started.ready;
  }

  /**
   * Starts a part of the program: `run`, `gateway` or `viewer`. `extra` goes into its environment;
   * `health` is where it answers whether it is ready.
   */
  launch(part, { extra = {}, health = this.health } = {}) {
    const [file, ...words] = this.words;
    const child = spawn(file, [...words, part, "--config", this.config], {
      env: { ...process.env, ...this.environment, ...extra },
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr.setEncoding("utf8").on("data", (text) => (this.log += text));
    const exited = once(child, "close");
    let ended = false;
    exited.then(() => (ended = true));
    const ready = until(async () => {
      if (ended) throw new Error(`the program ended:\n${this.log}`);
      const answer = await fetch(`http://127.0.0.1:${health}/health/ready`).catch(() => undefined);
      return answer?.ok;
    }, "the program to be ready", 60);
    return { process: child, exited, ready };
  }

  /** The counts of `queue balance`. */
  async balance() {
    return JSON.parse((await this.command("--json", "queue", "balance")).stdout);
  }

  /** Waits until every recipient's end is reached. */
  settled(seconds) {
    const all = async () => {
      const now = await this.balance();
      return now.in_progress === 0 && now;
    };
    return until(all, "every notice to have left", seconds);
  }

  async kill(signal = "SIGKILL") {
    this.process.kill(signal);
    return (await this.exited)[0];
  }

  async stop() {
    const code = this.process.exitCode ?? (await this.kill("SIGTERM"));
    await fs.rm(this.folder, { recursive: true, force: true });
    return code;
  }
}

/** Opens a message as its recipient at a terminal, who types the code out of the mail, or another. */
export async function open(sink, to, link, args = [], typed = (code) => code) {
  const earlier = sink.all("code", to).length;
  const child = spawn(program, ["open", link, "--code", "-", ...args], { stdio: "pipe" });
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"]) {
    child[stream].setEncoding("utf8").on("data", (text) => (said[stream] += text));
  }
  child.stdin.on("error", () => {});
  let code;
  child.on("close", (value) => (code = value));
  await until(() => code !== undefined || sink.all("code", to).length > earlier, "a code or the end");
  if (code === undefined) {
    const mail = await sink.of("code", to, earlier);
    child.stdin.end(`${typed(codeOf(mail))}\n`);
  }
  await until(() => code !== undefined, "the message to be open", 60);
  return { code, ...said };
}

/** A plain SMTP conversation: octets as they are, one reply at a time. */
export class Smtp {
  #pending = "";
  #replies = [];
  #wake = () => {};

  static async connect(port) {
    const self = new Smtp();
    self.socket = net.connect(port, "127.0.0.1").setNoDelay(true).setEncoding("latin1");
    self.socket.on("data", (text) => self.#hear(text));
    for (const end of ["error", "close"]) self.socket.on(end, () => self.#wake());
    await self.reply();
    return self;
  }

  #hear(text) {
    this.#pending += text;
    for (let end; (end = /^(\d{3}) [^\n]*\r\n/m.exec(this.#pending)); ) {
      this.#replies.push(end[0].trim());
      this.#pending = this.#pending.slice(end.index + end[0].length);
    }
    this.#wake();
  }

  /** The last line of the next reply. */
  async reply() {
    while (!this.#replies.length) {
      if (this.socket.destroyed) throw new Error("the connection closed");
      await new Promise((done) => (this.#wake = done));
    }
    return this.#replies.shift();
  }

  write(octets) {
    this.socket.write(octets);
  }

  say(line) {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  /** One message; the value is the reply that settled it. */
  async send({ from = "clinic@example.org", to, raw }) {
    for (const line of [`MAIL FROM:<${from}>`, ...to.map((address) => `RCPT TO:<${address}>`), "DATA"]) {
      const answer = await this.say(line);
      if (!/^[23]/.test(answer)) return answer;
    }
    // In latin1 every octet is one character.
    const text = raw.toString("latin1").replace(/(^|\r\n)\./g, "$1..");
    this.write(Buffer.from(text.endsWith("\r\n") ? text : `${text}\r\n`, "latin1"));
    return this.say(".");
  }

  close() {
    this.socket.destroy();
  }
}

/** Sends one message in a conversation of its own; returns the reply that settled it. */
export async function submit(port, message) {
  const smtp = await Smtp.connect(port);
  try {
    await smtp.say("EHLO client.example.org");
    return await smtp.send(message);
  } finally {
    smtp.close();
  }
}

/** A mail of one plain text, by lines; letters.mjs has richer ones. */
export function plainLetter({ subject, from = "clinic@example.org", to, text = "Text.", fields = [] }) {
  const header = [`From: <${from}>`, `To: <${to}>`, `Subject: ${subject}`, ...fields];
  return Buffer.from([...header, "", text, ""].join("\r\n"));
}

export const digest = (octets) => createHash("sha256").update(octets).digest("hex");

/** How a word, or a secret's octets, can stand in octets: plain, wide, encoded as mail and web do. */
export function spellings(word) {
  const octets = Buffer.from(word);
  const text = octets.toString("latin1");
  const isWord = typeof word === "string";
  const base64 = (offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), octets]).toString("base64");
    // Characters that neighbours have a share in tell nothing.
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + octets.length) * 8) / 6));
  };
  const quoted = (octet) => `=${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  const forms = {
    "itself": octets,
    hex: octets.toString("hex"),
    HEX: octets.toString("hex").toUpperCase(),
    ...(isWord && {
      "UTF-16LE": Buffer.from(word, "utf16le"),
      "quoted-printable": text.replace(/[^!-<>-~ ]/g, quoted),
      "percent-encoded": encodeURIComponent(word),
    }),
  };
  for (const offset of [0, 1, 2]) {
    forms[`base64 at ${offset}`] = base64(offset);
    forms[`base64url at ${offset}`] = base64(offset).replace(/\+/g, "-").replace(/\//g, "_");
  }
  // A spelling that is the same as one before it is searched for once.
  const all = Object.entries(forms).map(([name, form]) => [name, Buffer.from(form)]);
  return all.filter(([, form], n) => all.findIndex(([, other]) => other.equals(form)) === n);
}

/**
 * Which words occur in files, how they are spelt there, and how often. `place` names where a hit
 * is, from the file and the offset.
 */
export async function search(files, words, place = (file) => path.basename(file)) {
  const forms = Object.entries(words).flatMap(([what, word]) =>
    spellings(word).map(([spelling, octets]) => ({ what, spelling, octets })),
  );
  const longest = Math.max(...forms.map(({ octets }) => octets.length));
  const hits = {};
  for (const file of files) {
    let before = Buffer.alloc(0);
    let start = 0;
    for await (const chunk of createReadStream(file, { highWaterMark: 16 * MIB })) {
      const octets = Buffer.concat([before, chunk]);
      for (const { what, spelling, octets: form } of forms) {
        for (let at = -1; (at = octets.indexOf(form, at + 1)) >= 0; ) {
          // What lies in `before` alone was found with the chunk before.
          if (at + form.length <= before.length) continue;
          const hit = `${what} as ${spelling} in ${place(file, start - before.length + at)}`;
          hits[hit] = (hits[hit] ?? 0) + 1;
        }
      }
      start += chunk.length;
      before = octets.subarray(-longest);
    }
  }
  return hits;
}

/** Every file below a folder. */
export async function filesIn(folder) {
  const all = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isFile()).map((entry) => path.join(entry.path, entry.name));
}

let shared;

/** A page in a browser context of its own, which notes every request that leaves the origin. */
export async function browserPage(origin, options = {}) {
  shared ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const context = await shared.newContext({ acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.strangers = [];
  page.faults = [];
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(blob|data|about):/.test(url)) page.strangers.push(url);
  });
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") page.faults.push(message.text());
  });
  return page;
}

export async function closeBrowser() {
  await shared?.close();
  shared = undefined;
}
