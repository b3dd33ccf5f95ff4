// Two gateways that point at each other come to an end (promise S6).

import assert from "node:assert/strict";
import fs from "node:fs/promises";
import { test } from "node:test";
import { plainLetter, Sealpost, submit, until } from "./harness.mjs";

test("a mail between two gateways that relay to each other ends, and nothing is left over", async () => {
  const first = await Sealpost.create({});
  const second = await Sealpost.create({});
  const point = async (from, at, hostname) => {
    let text = await fs.readFile(from.config, "utf8");
    text = text.replace(/port = 1\n/, `port = ${at.smtp}\n`);
    text = text.replaceAll("secure.example.org", hostname);
    await fs.writeFile(from.config, text);
  };
  await point(first, second, "first.example.org");
  await point(second, first, "second.example.org");
  await Promise.all([first.run(), second.run()]);
  try {
    const to = ["colleague@example.org"];
    const reply = await submit(first.smtp, { to, raw: plainLetter({ subject: "round", to: to[0] }) });
    assert.match(reply, /^250/);
    const both = async () => Promise.all([first.balance(), second.balance()]);
    // Refused as a loop (554), which may be about the relay's settings: it waits to be believed.
    await until(() => / 554 at the end of data/.test(first.log + second.log), "the loop to be seen");
    const seen = await both();
    const accepted = seen[0].accepted + seen[1].accepted;
    assert.ok(accepted <= 8, `${accepted} passes`);
    assert.equal(seen[0].in_progress + seen[1].in_progress, 1);
    // Given up, it is reported to a sender behind the other gateway, which takes no report: held.
    for (const gateway of [first, second]) {
      const { stdout } = await gateway.command("--json", "queue", "list", "--all");
      for (const { id } of JSON.parse(stdout)) await gateway.command("--yes", "queue", "drop", id);
    }
    const ended = await until(async () => {
      const now = await both();
      return now.every((balance) => balance.in_progress === 0) && now;
    }, "the end");
    assert.equal(ended[0].accepted + ended[1].accepted, accepted, "no report went round");
    assert.equal(ended[0].held + ended[1].held, 1);
    for (const balance of ended) assert.ok(balance.balanced);
  } finally {
    await Promise.all([first.stop(), second.stop()]);
  }
});
