// The two clients: Postfix's own smtp-source, and one that keeps its connections (load.rs).

import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { run } from "../journeys/harness.mjs";

const folder = await fs.mkdtemp(path.join(os.tmpdir(), "sealpost-bench-"));
process.on("exit", () => process.getBuiltinModule("node:fs").rmSync(folder, { recursive: true, force: true }));
const made = new Map();

/** A file with a tagged mail of so many octets: one base64 attachment, as large mails are. */
export async function content(size) {
  if (made.has(size)) return made.get(size);
  const header = [
    "From: <clinic@example.org>",
    "To: <patient@example.com>",
    "Subject: [secure] Results",
    "Date: Sun, 22 Nov 2026 10:00:00 +0000",
    "Message-ID: <bench@example.org>",
    "MIME-Version: 1.0",
    "Content-Type: multipart/mixed; boundary=bench",
    "",
    "--bench",
    "Content-Type: text/plain; charset=utf-8",
    "",
    "Dear patient, your results are attached.",
    "--bench",
    "Content-Type: application/octet-stream; name=results.bin",
    "Content-Disposition: attachment; filename=results.bin",
    "Content-Transfer-Encoding: base64",
    "",
    "",
  ].join("\r\n");
  const line = Buffer.from(Array.from({ length: 57 }, (_, n) => n * 4 + 1)).toString("base64") + "\r\n";
  const end = "--bench--\r\n";
  const lines = Math.max(1, Math.floor((size - header.length - end.length) / line.length));
  const file = path.join(folder, `${size}.eml`);
  await fs.writeFile(file, header + line.repeat(lines) + end);
  // smtp-source ends lines itself.
  await fs.writeFile(`${file}.lf`, (header + line.repeat(lines) + end).replaceAll("\r\n", "\n"));
  made.set(size, file);
  return file;
}

/** Connections that stay; every mail has recipients of its own. */
export async function load(port, { size, sessions, messages, recipients = 1, to }) {
  const file = await content(size);
  const all = to ? [to] : Array.from({ length: recipients }, (_, n) => `patient-#-${n}@example.com`);
  const { stdout } = await run(process.env.LOAD, [port, sessions, messages, file, "clinic@example.org", ...all].map(String));
  return JSON.parse(stdout);
}

/** A connection for each mail. */
export async function smtpSource(port, { size, sessions, messages }) {
  const file = await content(size);
  const began = performance.now();
  await run("smtp-source", [
    ...["-s", sessions, "-m", messages, "-F", `${file}.lf`, "-M", "client.example.org"],
    ...["-f", "clinic@example.org", "-N", "-t", "patient@example.com", `127.0.0.1:${port}`],
  ].map(String));
  return { messages, seconds: (performance.now() - began) / 1000 };
}
