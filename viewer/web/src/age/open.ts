// Opens a whole age file that is in memory, with typage.

import { Decrypter } from 'age-encryption';
import { orDamaged } from './damaged.ts';

export function openWhole(sealed: Uint8Array, identity: string): Promise<Uint8Array> {
  return orDamaged(() => {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    return decrypter.decrypt(sealed);
  });
}
