// What this browser keeps of a message, sealed: drafts and replies that were sent.
//
// AES-256-GCM, because every browser has it; the key needs the link and a code (format/grant.ts, decision 0024).

import { concat, lp, toHex, wipe } from '../format/bytes.ts';
import { Failed } from '../problem.ts';

/** Where one message's things lie and how they are sealed. The opening key goes with the message, the sealing key stays. */
export interface Place {
  id: string;
  sealing: CryptoKey;
  opening: CryptoKey | null;
  expires: number;
}

export interface Kept {
  id: string;
  expires: number;
  saved: number;
  sealed: Uint8Array<ArrayBuffer>;
}

const NONCE = 12;
const CIPHER = 'AES-GCM';

export async function placeOf(id: Uint8Array, key: Uint8Array<ArrayBuffer>, expires: number): Promise<Place> {
  const bring = (use: KeyUsage) => crypto.subtle.importKey('raw', key, CIPHER, false, [use]);
  const [sealing, opening] = await Promise.all([bring('encrypt'), bring('decrypt')]);
  wipe(key);
  return { id: toHex(id), sealing, opening, expires };
}

/** One after the other: what is saved last must be what stays. */
let queue: Promise<unknown> = Promise.resolve();

export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const done = queue.then(work, work);
  queue = done.catch(() => {});
  return done.catch(() => {
    throw new Failed('no-storage');
  });
}

const bound = (id: string) => concat(lp('sealpost/v1 kept'), lp(id));

/** A record under `id`, ready to be put. */
export async function sealed({ sealing, expires }: Place, id: string, plain: Uint8Array<ArrayBuffer>, saved: number): Promise<Kept> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE));
  const content = new Uint8Array(await crypto.subtle.encrypt({ name: CIPHER, iv, additionalData: bound(id) }, sealing, plain));
  return { id, expires, saved, sealed: concat(iv, content) };
}

export async function opened({ opening }: Place, { id, sealed: octets }: Kept): Promise<Uint8Array<ArrayBuffer>> {
  const [iv, content] = [octets.subarray(0, NONCE), octets.subarray(NONCE)];
  return new Uint8Array(await crypto.subtle.decrypt({ name: CIPHER, iv, additionalData: bound(id) }, opening!, content));
}

// The browser's database, as far as it is needed.

const STORE = 'kept';

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

export const put = (kept: Kept) => run('readwrite', (store) => store.put(kept));
export const get = (id: string): Promise<Kept | undefined> => run('readonly', (store) => store.get(id) as IDBRequest<Kept | undefined>);
export const remove = (id: string) => run('readwrite', (store) => store.delete(id));

/** The record of that name, and those whose names begin with it and a slash. */
export const namesUnder = async (id: string): Promise<string[]> =>
  (await run('readonly', (store) => store.getAllKeys(IDBKeyRange.bound(id, `${id}/\uffff`)))) as string[];

/** Removes what is kept of messages whose time is over. */
export async function sweep(now: number): Promise<void> {
  const ids = (await run('readonly', (store) => store.getAllKeys())) as string[];
  for (const id of ids) {
    const kept = await get(id);
    if (kept && kept.expires < now) await remove(id);
  }
}
