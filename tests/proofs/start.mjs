// Start with many held messages: nothing in it grows with what the store holds (D3). The figures
// are of the machine; what is checked is that it starts and counts what it has.

import fs from "node:fs/promises";
import path from "node:path";
import { Sealpost, Sink, example, filesIn, run } from "../journeys/harness.mjs";

const STARTS = 5;

export default async function (proof, { short }) {
  const messages = short ? 3_000 : 100_000;
  const sink = await Sink.start();
  proof.after(() => sink.stop());
  const sealpost = await Sealpost.create({ sink });
  proof.after(() => sealpost.stop());
  const inside = (name) => path.join(sealpost.folder, name);

  const starts = async (what) => {
    const times = [];
    for (let n = 0; n < STARTS; n++) {
      sealpost.log = "";
      const began = performance.now();
      const running = sealpost.run();
      await new Promise((ready) => sealpost.process.stderr.on("data", () => / ready /.test(sealpost.log) && ready()));
      times.push(performance.now() - began);
      await running;
      // The last one dies: the next start, or the count, finds a log to replay.
      await sealpost.kill(n < STARTS - 1 ? "SIGTERM" : "SIGKILL");
    }
    const [median, worst] = [times.toSorted((a, b) => a - b)[STARTS >> 1], Math.max(...times)];
    proof.figure(what, `${median.toFixed(0)} ms`, `median of ${STARTS}; worst ${worst.toFixed(0)} ms`);
  };
  await starts("start to ready, empty store");
  const began = performance.now();
  await run(example("hoard"), [inside("data"), inside("keys"), inside("root.key"), String(messages)]);
  const seconds = (performance.now() - began) / 1000;
  const sizes = (await filesIn(inside("data"))).map(async (file) => (await fs.stat(file)).size);
  const mib = (await Promise.all(sizes)).reduce((a, b) => a + b) / 2 ** 20;
  proof.figure("held messages", messages, `${mib.toFixed(0)} MiB, captured in ${seconds.toFixed(0)} s`);
  await starts(`start to ready, ${messages} held`);
  const { accepted } = await sealpost.balance();
  proof.expect("accepted, by the balance", accepted, messages);
}
