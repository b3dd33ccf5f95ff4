// Mails that people and programs really sent, out of packages that are installed anyway. None is
// kept in this repository: they belong to others.

import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { digest, outcome, root, run } from "./harness.mjs";

/** Where cargo has unpacked a crate of the lock file. */
async function crate(name) {
  const { stdout } = await run("cargo", ["metadata", "--format-version", "1", "--locked"], {
    cwd: root,
    maxBuffer: 1 << 28,
  });
  const found = JSON.parse(stdout).packages.filter((one) => one.name === name);
  return found.map((one) => path.dirname(one.manifest_path));
}

/** A folder of a Debian package: of the installed one, or else unpacked beside. */
async function debian(name, folder) {
  if (await fs.stat(path.join("/", folder)).catch(() => undefined)) return [path.join("/", folder)];
  const cache = path.join(os.tmpdir(), `sealpost-corpus-${name}`);
  await fs.mkdir(cache, { recursive: true });
  const fetch = 'ls "$1"_*.deb || apt-get download "$1" || { apt-get update && apt-get download "$1"; }';
  const words = ["-c", `{ ${fetch}; } && dpkg-deb -x "$1"_*.deb .`, "sh", name];
  await outcome("sh", words, { cwd: cache, seconds: 180 });
  return [path.join(cache, folder)];
}

/** The test data of Python's own email package, where this Python has it. */
async function python() {
  const where = "import os, test.test_email as it; print(os.path.dirname(it.__file__))";
  const { code, stdout } = await outcome("python3", ["-c", where]);
  return code === 0 ? [path.join(stdout.trim(), "data")] : [];
}

const SOURCES = [
  // What the reader of mails that the gateway is built on is tested with: legacy charsets,
  // malformed structure, the samples of RFCs.
  { source: "mail-parser", folders: () => crate("mail-parser"), fits: /\.eml$|\/(cur|new)\/[^/]+$/ },
  { source: "lettre", folders: () => crate("lettre"), fits: /\.eml$/ },
  // Bounces of twenty years and as many mail systems.
  {
    source: "flufl.bounce",
    folders: () => debian("python3-flufl.bounce", "usr/lib/python3/dist-packages/flufl/bounce/tests/data"),
    fits: /\.txt$/,
  },
  { source: "Python", folders: python, fits: /msg_.*\.txt$/ },
];

/** Every sample once: its source, its name, its octets with CRLF, which is all that SMTP carries. */
export async function samples() {
  const found = new Map();
  for (const { source, folders, fits } of SOURCES) {
    for (const folder of await folders()) {
      const names = await fs.readdir(folder, { recursive: true }).catch(() => []);
      for (const name of names.filter((name) => fits.test(`/${name}`)).sort()) {
        const text = await fs.readFile(path.join(folder, name), "latin1");
        const octets = Buffer.from(text.replace(/\r?\n/g, "\r\n"), "latin1");
        found.set(digest(octets), { source, name, octets });
      }
    }
  }
  return [...found.values()];
}
