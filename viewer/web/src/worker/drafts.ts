// The draft of a reply, sealed and kept in this browser until it is sent, closed, or the message is gone.
//
// Text and files are records of their own, so that a file is sealed once and not every ten seconds.

import { utf8 } from '../format/bytes.ts';
import { padDocument } from '../format/padme.ts';
import { get, inTurn, namesUnder, opened, put, remove, sealed, sweep, type Place } from './shelf.ts';
import type { DraftFile, SavedDraft, WrittenDraft } from '../protocol.ts';

interface Document {
  text: string;
  everyone: boolean;
  files: { id: string; name: string; type: string }[];
}

export const saveDraft = (place: Place, draft: WrittenDraft, saved: number): Promise<void> =>
  inTurn(async () => {
    const keep = async (id: string, plain: Uint8Array<ArrayBuffer>) => put(await sealed(place, id, plain, saved));
    const there = new Set(await namesUnder(place.id));
    for (const { id, file } of draft.files) {
      const name = `${place.id}/${id}`;
      if (!there.delete(name)) await keep(name, new Uint8Array(await file.arrayBuffer()));
    }
    const document: Document = { text: draft.text, everyone: draft.everyone, files: draft.files.map(({ id, file }) => ({ id, name: file.name, type: file.type })) };
    await keep(place.id, padDocument(utf8(JSON.stringify(document))));
    there.delete(place.id);
    for (const gone of there) await remove(gone);
  });

export const loadDraft = (place: Place, now = Date.now()): Promise<SavedDraft | null> =>
  inTurn(async () => {
    await sweep(now);
    const kept = await get(place.id);
    if (!kept) return null;
    try {
      const { text, everyone, files } = JSON.parse(new TextDecoder().decode(await opened(place, kept))) as Document;
      const found: DraftFile[] = [];
      for (const { id, name, type } of files) {
        const content = await get(`${place.id}/${id}`);
        if (content) found.push({ id, file: new File([await opened(place, content)], name, { type }) });
      }
      return { text, everyone, files: found, missing: files.length - found.length, saved: kept.saved };
    } catch {
      // Not ours, or damaged: a draft that cannot be opened is none.
      return null;
    }
  });

export const dropDraft = (place: Place): Promise<void> =>
  inTurn(async () => {
    for (const id of await namesUnder(place.id)) await remove(id);
  });
