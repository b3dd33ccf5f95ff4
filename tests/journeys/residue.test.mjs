// No plaintext and no spent secret rests (D8, K1, K8): data, keys, log and the memory of the running
// program are searched for what messages held that were delivered, opened and answered.

import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { bech32 } from "@scure/base";
import { generateHybridIdentity, identityToRecipient } from "age-encryption";
import {
  MIB,
  Sealpost,
  Sink,
  codeOf,
  filesIn,
  plainLetter,
  linkOf,
  open,
  outcome,
  search,
  spellings,
  submit,
} from "./harness.mjs";

/** Words that occur nowhere else; beyond ASCII where that can be. */
const WORDS = {
  body: "Kanarienvögel-zwitschern",
  "last line": "Pirol-am-Ende-flötet",
  subject: "Wellensittich-für-Ursula",
  "file name": "Zaunkönig-Befund.pdf",
  file: "Rotkehlchen-ist-größer",
  address: "bluethroat.fledgling",
  reply: "Nachtigall-schlägt-früh",
  "reply's file name": "Goldammer-Gruß.pdf",
};
/** In memory for certain: it stands in the program's environment. */
const CONTROL = "Eichelhäher-Kontrolle";
const MESSAGES = 4;
/** Lines of the file in a mail. The first mail is one of those that lie in pages of their own (0035). */
const LINES = 4_000;
const LINES_OF_THE_FIRST = 160_000;
/** Its identity exists nowhere; with a grant to it, identities pass the gateway as text too. */
const ESCROW = await generateHybridIdentity().then(identityToRecipient);

let sink, sealpost, outside;
before(async () => {
  sink = await Sink.start();
  sealpost = await Sealpost.start({
    sink,
    // Whoever holds its identity could open all; the gateway has the public half alone.
    policy: `[escrow]\nrecipients = ["${ESCROW}"]`,
    extra: { SEARCHED_FOR_BY_A_TEST: CONTROL },
    under: ["prlimit", "--core=unlimited"],
  });
  outside = await fs.mkdtemp(`${sealpost.folder}-outside-`);
});
after(async () => {
  await sealpost?.stop();
  await sink?.stop();
  if (outside) await fs.rm(outside, { recursive: true });
});

/** A mail with every word in it, plain and encoded, as mails have them. */
function mail(to, lineCount) {
  const base64 = (text) => Buffer.from(text).toString("base64").replace(/.{76}/g, "$&\r\n");
  const b = (what) => `=?utf-8?b?${base64(WORDS[what])}?=`;
  const q = (what) => `=?utf-8?q?${encodeURIComponent(WORDS[what]).replaceAll("%", "=")}?=`;
  const lines = [
    ...["--b", "Content-Type: text/plain; charset=utf-8", "", WORDS.body],
    ...["--b", "Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: base64", ""],
    base64(`<p>${WORDS.body}</p>`),
    ...["--b", `Content-Type: application/pdf; name="${q("file name")}"`],
    ...[`Content-Disposition: attachment; filename="${b("file name")}"`],
    ...["Content-Transfer-Encoding: base64", "", base64(`${WORDS.file}\n`.repeat(lineCount))],
    ...["--b--", WORDS["last line"]],
  ];
  const fields = ["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"'];
  return plainLetter({ subject: `[secure] ${q("subject")} ${b("subject")}`, to, text: lines.join("\r\n"), fields });
}

/** Has a message delivered, opened and answered; what should be gone then. */
async function spentSecrets(n) {
  const to = `${WORDS.address}.${n}@example.com`;
  const raw = mail(to, n === 0 ? LINES_OF_THE_FIRST : LINES);
  assert.match(await submit(sealpost.smtp, { to: [to], raw }), /^250 /);
  const notice = await sink.of("notice", to);
  const link = linkOf(notice);
  const folder = path.join(outside, String(n));
  const file = path.join(outside, WORDS["reply's file name"]);
  await fs.writeFile(file, `${WORDS.reply}\n`.repeat(2000));
  const reply = ["--reply-text", `${WORDS.reply}\n`.repeat(3), "--attach", file];
  const read = await open(sink, to, link, ["--output", folder, "--keep-sealed", ...reply]);
  assert.equal(read.code, 0, read.stderr);
  assert.ok(read.stdout.includes(WORDS.body) && read.stdout.includes(WORDS.subject), read.stdout);
  await sink.of("reply", "clinic@example.org", n);
  const identity = (await fs.readFile(path.join(folder, "identity.txt"), "utf8")).trim();
  return {
    [`link secret ${n}`]: Buffer.from(link.split("#1.")[1], "base64url"),
    [`message key ${n}`]: /message key:\r?\n(\S+)/.exec(notice.parsed.text)[1],
    [`seed ${n}`]: Buffer.from(bech32.decodeToBytes(identity).bytes),
    [`identity ${n}`]: identity,
    [`identity ${n} in lower case`]: identity.toLowerCase(),
    [`passcode ${n}`]: codeOf(await sink.of("code", to)),
  };
}

test("nothing of a message that was read and answered rests", async (t) => {
  const words = { ...WORDS };
  for (let n = 0; n < MESSAGES; n++) Object.assign(words, await spentSecrets(n));

  await t.test("on disk or in the log", async () => {
    const files = await filesIn(sealpost.folder);
    const log = path.join(outside, "log");
    await fs.writeFile(log, sealpost.log);
    for (const end of [".sqlite3", ".sqlite3-wal", "root.key"]) {
      assert.ok(files.some((name) => name.endsWith(end)), `${end} in ${files}`);
    }
    assert.deepEqual(await search([...files, log], words), {});

    // The same search finds what is planted, in each spelling.
    const planted = path.join(outside, "planted");
    await fs.writeFile(planted, Buffer.concat(spellings(WORDS.body).flatMap(([, form]) => [form, Buffer.of(0)])));
    const found = Object.keys(await search([planted], WORDS));
    assert.equal(found.length, spellings(WORDS.body).length, String(found));
  });

  await t.test("in memory", async (t) => {
    const { pid } = sealpost.process;
    // -a: all memory, that included which is marked as not to be dumped.
    const dumped = await outcome("gcore", ["-a", "-o", path.join(outside, "core"), pid], { seconds: 120 });
    const core = path.join(outside, `core.${pid}`);
    const { size } = await fs.stat(core).catch(() => ({ size: 0 }));
    if (!size) return t.skip(`no core dump can be made here: ${dumped.stderr.trim().split("\n").at(-1)}`);
    t.diagnostic(`searched ${Math.round(size / MIB)} MiB of memory`);
    const { [`control as itself in core.${pid}`]: control, ...hits } = await search([core], { ...words, control: CONTROL });
    assert.ok(control > 0, "the search finds what is there");
    assert.deepEqual(hits, {});
  });
});

test("a program that dies leaves no core dump, whatever the system allows", async () => {
  const limits = await fs.readFile(`/proc/${sealpost.process.pid}/limits`, "utf8");
  assert.match(limits, /^Max core file size\s+0\s+0\s/m);
});
