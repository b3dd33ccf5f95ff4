// *Download all*: the attachments as one ZIP archive, put together here so that only one file is handed to the page.

import { Zip } from '../format/zip.ts';
import { Failed } from '../problem.ts';
import type { Report, Vault } from './vault.ts';

export interface Entry {
  index: number;
  name: string;
}

/** A part that gateway and browser read differently is left out; every other failure ends the whole. */
export async function archive(vault: Vault, entries: Entry[], report: Report, cancelled: AbortSignal): Promise<{ zip: Blob; unreadable: number[] }> {
  const { view } = vault;
  const lengths = entries.map(({ index }) => view.all[index]?.length ?? 0);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const zip = new Zip(new Date(view.headers.date ?? view.captured_at));
  const unreadable: number[] = [];
  let before = 0;
  for (const [n, { index, name }] of entries.entries()) {
    try {
      zip.add(name, await vault.part(index, (done) => report(before + done, total), cancelled));
    } catch (error) {
      if (!(error instanceof Failed) || error.problem.kind !== 'unreadable-part') throw error;
      unreadable.push(index);
    }
    before += lengths[n]!;
  }
  return { zip: zip.finish(), unreadable };
}
