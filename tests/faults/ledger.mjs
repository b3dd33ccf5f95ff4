// What was sent and what was said to it, against what is stored, told and opened. A letter counts
// as acknowledged when its client has read the 250, by the id that stands in it.

import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { Smtp, linkOf, open, plainLetter, run } from "../journeys/harness.mjs";
import { each, sleep } from "../proofs/proof.mjs";

export const KIB = 1024;

/** What a letter says is drawn by lot, so that equal content is no chance. */
export function letter(size = 2 * KIB, name = randomBytes(6).toString("hex")) {
  const to = `reader.${name}@example.com`;
  const text = randomBytes(size / 2).toString("hex").replace(/.{72}/g, "$&\r\n");
  const fields = [`Message-ID: <${name}@example.org>`];
  return { to, raw: plainLetter({ subject: `[secure] ${name}`, to, text, fields }) };
}

/** One try. The value is the last reply, or why there was none; a 250 is noted in the letter. */
export async function send(port, letter, { onDot = () => {} } = {}) {
  let smtp;
  try {
    smtp = await Smtp.connect(port);
    await smtp.say("EHLO client.example.org");
    const said = smtp.say.bind(smtp);
    // The dot is the moment from which on a lost reply leaves the client in doubt.
    smtp.say = (line) => (line === "." ? (onDot(letter), said(line)) : said(line));
    const answer = await smtp.send({ to: [letter.to], raw: letter.raw });
    // Sealpost says the message's id, Postfix that of its queue.
    const id = /^250 .*?(?:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|queued as (\w+))/.exec(answer)?.slice(1).find(Boolean);
    if (id) letter.id = id;
    return answer;
  } catch (error) {
    return `none: ${error.message}`;
  } finally {
    smtp?.close();
  }
}

/** As an MTA does: again and again until there is a 250 or a refusal for good. */
export async function sendUntilTaken(port, letter, { pause = 100, while: goOn = () => true, ...options } = {}) {
  for (;;) {
    letter.tries = (letter.tries ?? 0) + 1;
    const answer = await send(port, letter, options);
    if (/^[25]/.test(answer) || !goOn()) return answer;
    await sleep(pause);
  }
}

const LOOK = `
import json, os, sqlite3, sys
data = sys.argv[1]
sql = sqlite3.connect(os.path.join(data, sys.argv[2]))
dash = lambda b: "-".join((b.hex()[:8], b.hex()[8:12], b.hex()[12:16], b.hex()[16:20], b.hex()[20:]))
messages = [dash(i) for (i,) in sql.execute("SELECT id FROM messages")]
files = [[dash(i), size] for (i, size) in sql.execute("SELECT id, size FROM contents WHERE octets IS NULL")]
whole = sql.execute("PRAGMA integrity_check").fetchone()[0]
print(json.dumps({"messages": messages, "files": files, "integrity": whole}))
`;

/** What the database names and the content folder has. Only for a store that nobody has open. */
export async function look(data) {
  const database = (await fs.readdir(data)).find((name) => /\.(db|sqlite3?)$/.test(name));
  const { stdout } = await run("python3", ["-c", LOOK, data, database], { maxBuffer: 1 << 28 });
  const { messages, files, integrity } = JSON.parse(stdout);
  const there = new Map();
  for (const entry of await fs.readdir(path.join(data, "content"), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.path, entry.name);
    there.set(entry.name, { file, size: (await fs.stat(file)).size });
  }
  const named = new Set(files.map(([id]) => id));
  return {
    messages: new Set(messages),
    integrity,
    files: files.length,
    /** Named and not there, or of another length. */
    missing: files.filter(([id, size]) => there.get(id)?.size !== size).map(([id]) => id),
    /** There and not named. */
    orphans: [...there].filter(([name]) => !named.has(name)).map(([, { file }]) => file),
  };
}

/** The notices of each address, by Message-ID. */
export function notices(sink) {
  const all = new Map();
  for (const mail of sink.mails) {
    if (mail.kind !== "notice") continue;
    const id = /^Message-ID: (.*)\r$/m.exec(mail.raw.toString("latin1"))[1];
    all.set(mail.to[0], [...(all.get(mail.to[0]) ?? []), id]);
  }
  return all;
}

/** Opens letters as their recipients; the value is how many were equal, and what was wrong. */
export async function openAll(proof, sink, letters, { atOnce = 3, patience = 600 } = {}) {
  const folder = await proof.folder();
  const result = { equal: 0, wrong: [] };
  await each(letters, atOnce, async (letter) => {
    const output = path.join(folder, letter.to);
    try {
      const link = linkOf(await sink.of("notice", letter.to, 0, patience));
      const { code, stderr } = await open(sink, letter.to, link, ["--output", output]);
      if (code !== 0) throw new Error(stderr.trim());
      const same = (await fs.readFile(path.join(output, "message.eml"))).equals(letter.raw);
      if (!same) throw new Error("OTHER CONTENT");
      result.equal++;
    } catch (error) {
      result.wrong.push(`${letter.to}: ${error.message}`);
    }
    await fs.rm(output, { recursive: true, force: true });
  });
  return result;
}

/** Puts the data somewhere else, for the program and for every command. */
export async function moveData(sealpost, data) {
  const text = await fs.readFile(sealpost.config, "utf8");
  await fs.writeFile(sealpost.config, text.replace(/(\[store\]\npath = ).*/, `$1${JSON.stringify(data)}`));
}

export const some = (list, most) =>
  list.length <= most ? list : Array.from({ length: most }, (_, n) => list[Math.floor((n * list.length) / most)]);
