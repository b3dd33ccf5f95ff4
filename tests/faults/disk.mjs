// File systems of one's own: images in files, on loop devices. Where a machine has none, that is
// said, and what needs them has failed.

import fs from "node:fs/promises";
import path from "node:path";
import { run } from "../journeys/harness.mjs";

/** Mounts something for as long as the proof runs. */
export async function mount(proof, words, place) {
  await fs.mkdir(place, { recursive: true });
  await run("mount", [...words, place]).catch((error) => {
    throw new Error(`cannot mount (root, loop devices and XFS are needed): mount ${words.join(" ")}: ${error.stderr}`);
  });
  proof.after(() => unmount(place));
  return place;
}

/** Takes it away; what was taken away before is no error. */
export async function unmount(place) {
  const busy = await run("umount", [place]).then(() => false, ({ stderr }) => !/not mounted|no mount point/.test(stderr));
  if (busy) await run("umount", ["-l", place]).catch(() => {});
}

/** A new XFS in a sparse image. */
export async function xfs(file, mib) {
  await fs.writeFile(file, "");
  await fs.truncate(file, mib * 2 ** 20);
  await run("mkfs.xfs", ["-q", "-m", "reflink=1", file]);
  return file;
}

/** A disk whose whole state can be taken at one instant: an XFS image on an XFS that can reflink. */
export async function cuttable(proof, { outer = 3000, inner = 1000 } = {}) {
  const folder = await proof.folder();
  const host = await mount(proof, ["-o", "loop", await xfs(path.join(folder, "host.img"), outer)], path.join(folder, "host"));
  const image = await xfs(path.join(host, "disk.img"), inner);
  const disk = await mount(proof, ["-o", "loop", image], path.join(folder, "disk"));
  let cuts = 0;
  return {
    disk,
    /**
     * The power fails: what the disk was given until now, and nothing that only memory had. The
     * copy is one reflink, during which the image takes no write. Mounting it replays its log.
     */
    async cut() {
      const copy = path.join(host, `cut${cuts}.img`);
      const began = performance.now();
      await run("cp", ["--reflink=always", image, copy]);
      const ms = performance.now() - began;
      const place = await mount(proof, ["-o", "loop,nouuid", copy], path.join(folder, `cut${cuts++}`));
      return { place, ms };
    },
  };
}
