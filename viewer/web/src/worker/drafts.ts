// The draft of a reply, sealed and kept in this browser until it is sent, closed, or the message is gone.
//
// AES-256-GCM, because every browser has it; the key needs the link and a code (format/grant.ts). Text and files are
// records of their own, so that a file is sealed once and not every ten seconds.

import { concat, lp, toHex, utf8, wipe } from '../format/bytes.ts';
import { padDocument } from '../format/padme.ts';
import { Failed } from '../problem.ts';
import type { DraftFile, SavedDraft, WrittenDraft } from '../protocol.ts';

/** Where one message's draft lies and how it is sealed. The opening key goes with the message, the sealing key stays. */
export interface DraftPlace {
  id: string;
  sealing: CryptoKey;
  opening: CryptoKey | null;
  expires: number;
}

interface Kept {
  /** `ID` for the text, `ID/FILE` for a file. */
  id: string;
  expires: number;
  saved: number;
  sealed: Uint8Array<ArrayBuffer>;
}

interface Document {
  text: string;
  everyone: boolean;
  files: { id: string; name: string; type: string }[];
}

const NONCE = 12;
const CIPHER = 'AES-GCM';

export async function draftPlace(id: Uint8Array, key: Uint8Array<ArrayBuffer>, expires: number): Promise<DraftPlace> {
  const bring = (use: KeyUsage) => crypto.subtle.importKey('raw', key, CIPHER, false, [use]);
  const [sealing, opening] = await Promise.all([bring('encrypt'), bring('decrypt')]);
  wipe(key);
  return { id: toHex(id), sealing, opening, expires };
}

/** One after the other: what is saved last must be what stays. */
let queue: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const done = queue.then(work, work);
  queue = done.catch(() => {});
  return done.catch(() => {
    throw new Failed('no-storage');
  });
}

export const saveDraft = (place: DraftPlace, draft: WrittenDraft, saved: number): Promise<void> =>
  inTurn(async () => {
    const keep = async (id: string, plain: Uint8Array<ArrayBuffer>): Promise<Kept> => ({ id, expires: place.expires, saved, sealed: await sealed(place, id, plain) });
    const there = new Set(await keysOf(place));
    for (const { id, file } of draft.files) {
      const name = `${place.id}/${id}`;
      if (!there.delete(name)) await put(await keep(name, new Uint8Array(await file.arrayBuffer())));
    }
    const document: Document = { text: draft.text, everyone: draft.everyone, files: draft.files.map(({ id, file }) => ({ id, name: file.name, type: file.type })) };
    await put(await keep(place.id, padDocument(utf8(JSON.stringify(document)))));
    there.delete(place.id);
    for (const gone of there) await remove(gone);
  });

export const loadDraft = (place: DraftPlace, now = Date.now()): Promise<SavedDraft | null> =>
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

export const dropDraft = (place: DraftPlace): Promise<void> =>
  inTurn(async () => {
    for (const id of await keysOf(place)) await remove(id);
  });

const bound = (id: string) => concat(lp('sealpost/v1 draft'), lp(id));

async function sealed({ sealing }: DraftPlace, id: string, plain: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE));
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt({ name: CIPHER, iv, additionalData: bound(id) }, sealing, plain)));
}

async function opened({ opening }: DraftPlace, { id, sealed: octets }: Kept): Promise<Uint8Array<ArrayBuffer>> {
  const [iv, content] = [octets.subarray(0, NONCE), octets.subarray(NONCE)];
  return new Uint8Array(await crypto.subtle.decrypt({ name: CIPHER, iv, additionalData: bound(id) }, opening!, content));
}

// The browser's database, as far as it is needed.

const STORE = 'drafts';

let database: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  database ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('sealpost', 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('no database'));
    request.onblocked = () => reject(new Error('blocked'));
  });
  database.catch(() => (database = null));
  return database;
}

async function run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await open()).transaction(STORE, mode);
  const request = work(transaction.objectStore(STORE));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error('not kept'));
  });
}

const put = (kept: Kept) => run('readwrite', (store) => store.put(kept));
const get = (id: string): Promise<Kept | undefined> => run('readonly', (store) => store.get(id) as IDBRequest<Kept | undefined>);
const remove = (id: string) => run('readwrite', (store) => store.delete(id));

/** The text's record and those of the files, whose names begin with its own and a slash. */
const keysOf = async ({ id }: DraftPlace): Promise<string[]> =>
  (await run('readonly', (store) => store.getAllKeys(IDBKeyRange.bound(id, `${id}/\uffff`)))) as string[];

/** Drafts of messages whose time is over. */
async function sweep(now: number): Promise<void> {
  const ids = (await run('readonly', (store) => store.getAllKeys())) as string[];
  for (const id of ids) {
    const kept = await get(id);
    if (kept && kept.expires < now) await remove(id);
  }
}
