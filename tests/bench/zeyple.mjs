// Postfix with Zeyple as content filter and a sink behind it. Zeyple is not ours and not in this
// repository: its zeyple.py is given.

import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { freePort, run, until } from "../journeys/harness.mjs";
import { Postfix } from "../journeys/postfix.mjs";

const RECIPIENT = "patient@example.com";

/** A started one. `time` says how long `send` takes until the sink has so many mails more. */
export async function zeyple(program) {
  const postfix = await Postfix.create({ name: "zeyple" });
  const sinkPort = await freePort();
  const home = path.join(postfix.folder, "gnupg");
  await fs.mkdir(home, { mode: 0o700 });
  const gpg = ["--homedir", home, "--batch", "--passphrase", "", "--quick-gen-key", RECIPIENT, "rsa3072", "encrypt", "never"];
  await run("gpg", gpg);
  await run("gpgconf", ["--homedir", home, "--kill", "all"]);
  await run("chown", ["-R", "nobody", home]);
  const copy = path.join(postfix.folder, "zeyple.py");
  await fs.copyFile(program, copy);
  await fs.chmod(copy, 0o755);
  const work = path.join(postfix.folder, "work");
  await fs.mkdir(work);
  await fs.writeFile(
    path.join(work, "zeyple.conf"),
    `[zeyple]\nlog_file = ${work}/log\nforce_encrypt = 1\n[gpg]\nhome = ${home}\n[relay]\nhost = 127.0.0.1\nport = ${sinkPort}\n`,
  );
  await run("chown", ["-R", "nobody", work]);
  await postfix.configure(
    `mynetworks = 127.0.0.0/8\nrelayhost = [127.0.0.1]:1\ncontent_filter = zeyple:\nmessage_size_limit = 0\n` +
      // The time of a process for each mail is what counts; two cores want no more at once.
      `zeyple_destination_concurrency_limit = 8\nzeyple_destination_recipient_limit = 1\n`,
    { master: `zeyple unix - n n - 8 pipe flags=Rq user=nobody directory=${work} argv=/usr/bin/python3 ${copy} \${recipient}\n` },
  );
  await postfix.start();
  const sink = spawn("smtp-sink", ["-u", "nobody", "-c", `127.0.0.1:${sinkPort}`, "1000"], { stdio: "ignore" });
  const sent = async () => (await postfix.log()).split("status=sent").length - 1;
  return {
    port: postfix.port,
    recipient: RECIPIENT,
    async time(send, messages) {
      const before = await sent();
      const began = performance.now();
      await send();
      await until(async () => (await sent()) >= before + messages, "Zeyple to be done", 300);
      return (performance.now() - began) / 1000;
    },
    async stop() {
      await postfix.stop();
      sink.kill();
    },
  };
}
