// Seals the parts of a reply, with typage, as streams: a file is read in pieces and never held whole in the clear.

import { Encrypter, identityToRecipient } from 'age-encryption';

export interface SealedPart {
  blob: Blob;
  sha256: Uint8Array;
}

/** Native recipients only. The tag kinds wrap to a hardware key, which no gateway has. */
function encrypterTo(recipient: string): Encrypter {
  if (!recipient.startsWith('age1pq1') && !/^age1(?!tag)/.test(recipient)) throw new RangeError('not a native recipient');
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return encrypter;
}

/** `sealed` hears how many octets exist so far. */
export async function seal(recipient: string, plain: Blob | Uint8Array<ArrayBuffer>, sealed?: (octets: number) => void): Promise<SealedPart> {
  const source = plain instanceof Blob ? plain : new Blob([plain]);
  const stream = await encrypterTo(recipient).encrypt(source.stream() as ReadableStream<Uint8Array>);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value as Uint8Array<ArrayBuffer>);
    length += value.length;
    sealed?.(length);
  }
  const blob = new Blob(pieces, { type: 'application/octet-stream' });
  return { blob, sha256: new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())) };
}

/** The public half of a native identity. */
export const recipientOf = (identity: string): Promise<string> => identityToRecipient(identity);

/** Refused before anybody types a reply that could not be sealed. */
export function canSealTo(recipient: string): boolean {
  try {
    encrypterTo(recipient);
    return true;
  } catch {
    return false;
  }
}
