// strace as the hand that does it: it hangs itself on a running process and makes its system calls
// fail, lie or kill.

import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";

/** Where strace cannot attach, that is a failure of the run, not a fault that was withstood. */
export class Tracer {
  /** `inject` is what `strace -e inject=` takes, or a list of them; `options` come before it. */
  static async attach(pid, inject, { out, options = [] } = {}) {
    const self = new Tracer();
    self.out = out;
    const rules = [inject].flat();
    const calls = rules.map((rule) => rule.split(":")[0]).join(",");
    const words = ["-f", "-p", pid, "-o", out ?? "/dev/null", "-e", `trace=${calls}`, ...options];
    for (const rule of rules.filter((rule) => rule.includes(":"))) words.push("-e", `inject=${rule}`);
    self.process = spawn("strace", words.map(String), { stdio: ["ignore", "ignore", "pipe"] });
    self.ended = once(self.process, "close");
    let said = "";
    await new Promise((done, fail) => {
      self.process.on("error", fail);
      self.process.on("close", () => fail(new Error(`strace cannot attach (root or CAP_SYS_PTRACE is needed): ${said}`)));
      self.process.stderr.setEncoding("utf8").on("data", (text) => {
        said += text;
        if (/attached/.test(said)) done();
      });
    });
    return self;
  }

  /** Lets the process go on without it. */
  async detach() {
    this.process.kill("SIGTERM");
    await this.ended;
  }

  /** The calls that were seen, by thread and in order; with the second halves of those that others
   * came between, when `all` is wanted. */
  async calls({ all = false } = {}) {
    await this.ended;
    const text = await fs.readFile(this.out, "utf8");
    return text.split("\n").filter((line) => (all ? /^\d+ +(<\.\.\. )?\w+/ : /^\d+ +\w+\(/).test(line));
  }
}
