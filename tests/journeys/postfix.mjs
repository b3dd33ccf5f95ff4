// A real Postfix of its own: configuration, queue, data and log in a temporary folder, daemons of
// the package, ports above 10000. Needs root, as Postfix does.

import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { freePort, root, until } from "./harness.mjs";

const run = promisify(execFile);

/** The services that every instance has, as Debian's master.cf lists them, without chroot. */
export const SERVICES = `pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
proxywrite unix -       -       n       -       1       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
local     unix  -       n       n       -       -       local
virtual   unix  -       n       n       -       -       virtual
lmtp      unix  -       -       n       -       -       lmtp
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
`;

const SITE = `compatibility_level = 3.6
myhostname = mail.example.org
myorigin = example.org
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
smtp_tls_security_level = may
smtp_host_lookup = native
`;

/** One instance. */
export class Postfix {
  /** Its folders, and a port. */
  static async create({ name = "postfix", parent = os.tmpdir() } = {}) {
    if (process.getuid() !== 0) throw new Error("Postfix gives up root for other users: run this journey as root");
    const self = new Postfix();
    self.folder = await fs.mkdtemp(path.join(parent, `sealpost-${name}-`));
    // The daemons give up root before they open some of their files.
    await fs.chmod(self.folder, 0o755);
    self.port = await freePort();
    self.etc = path.join(self.folder, "etc");
    self.spool = path.join(self.folder, "spool");
    self.mailboxes = path.join(self.folder, "mailboxes");
    self.logFile = path.join(self.folder, "log");
    for (const folder of [self.etc, self.spool, self.mailboxes, path.join(self.folder, "lib")]) {
      await fs.mkdir(folder, { mode: 0o755 });
    }
    await run("chown", ["postfix", path.join(self.folder, "lib")]);
    await run("chown", ["nobody", self.mailboxes]);
    return self;
  }

  /** What any site's main.cf says, `more`, and the folder's paths. */
  async configure(more = "", { master = "", listener = `127.0.0.1:${this.port} inet n - n - - smtpd` } = {}) {
    await this.replace(`${SITE}${more}`, `${listener}\n${SERVICES}${master}`);
  }

  /** This main.cf and the folder's paths. */
  async replace(main, master) {
    await fs.writeFile(path.join(this.etc, "main.cf"), `${main}\n${this.paths}`);
    await fs.writeFile(path.join(this.etc, "master.cf"), master);
  }

  /** The lines that keep an instance in its folder. They come last, so that they win. */
  get paths() {
    return `queue_directory = ${this.spool}
data_directory = ${path.join(this.folder, "lib")}
maillog_file = ${this.logFile}
maillog_file_prefixes = ${this.folder}
`;
  }

  /** Adds to a file of the configuration, or makes one. */
  async append(file, text) {
    await fs.appendFile(path.join(this.etc, file), `\n${text}`);
  }

  /** `postfix -c` and a word. It makes the folders of the queue, with the owners that it wants. */
  async command(word) {
    // Its own words go to standard error and into the log.
    return run("postfix", ["-c", this.etc, word]).catch((fault) => {
      throw new Error(`postfix ${word}: ${fault.stderr}${fault.stdout}`);
    });
  }

  async start() {
    await this.command("start");
    await until(async () => (await this.log()).includes("daemon started"), "postfix to start");
    return this;
  }

  log() {
    return fs.readFile(this.logFile, "utf8").catch(() => "");
  }

  /** The first log line that has all these words. */
  logged(...words) {
    const fits = (line) => words.every((word) => line.includes(word));
    return until(
      async () => (await this.log()).split("\n").find(fits),
      `a line with ${words.join(", ")} in the log`,
    ).catch(async (fault) => {
      throw new Error(`${fault.message}:\n${await this.log()}`);
    });
  }

  /** The mails in a mailbox, as octets. */
  async mailbox(name) {
    const folder = path.join(this.mailboxes, name, "new");
    const files = (await fs.readdir(folder).catch(() => [])).sort();
    return Promise.all(files.map((file) => fs.readFile(path.join(folder, file))));
  }

  /** Names of the messages in the queue. */
  async queue() {
    const { stdout } = await run("postqueue", ["-c", this.etc, "-j"]);
    return stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  /** Stops it, whatever state it is in, and removes its folder. */
  async stop() {
    const pid = await fs.readFile(path.join(this.spool, "pid/master.pid"), "utf8").catch(() => undefined);
    if (pid) {
      await this.command("stop").catch(() => {});
      await until(() => fs.access(`/proc/${pid.trim()}`).then(() => false, () => true), "postfix to stop");
    }
    await fs.rm(this.folder, { recursive: true, force: true });
  }
}

/** Lines of main.cf that deliver addresses of a domain to mailboxes in the instance's folder. */
export const mailboxesFor = (postfix, domain, names) => `virtual_mailbox_domains = ${domain}
virtual_mailbox_base = ${postfix.mailboxes}
virtual_mailbox_maps = inline:{${names.map((name) => `{${name}@${domain}=${name}/}`).join(", ")}}
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
`;

/**
 * The blocks of deploy/postfix.md that name a file: [{ part, file, text }], in the order in which
 * they stand; `part` is the heading they are under.
 */
export async function guide() {
  const text = await fs.readFile(path.join(root, "deploy/postfix.md"), "utf8");
  const blocks = [];
  let part = "";
  let open;
  for (const line of text.split("\n")) {
    const fence = /^( *)```(\S*) ?(.*)$/.exec(line);
    if (open && fence) {
      if (open.file) blocks.push({ part, file: open.file, text: `${open.lines.join("\n")}\n` });
      open = undefined;
    } else if (open) {
      open.lines.push(line.slice(open.indent));
    } else if (fence) {
      open = { indent: fence[1].length, file: fence[3], lines: [] };
    } else if (line.startsWith("## ")) {
      part = line.slice(3);
    }
  }
  return blocks;
}
