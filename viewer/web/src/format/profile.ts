// Which age identity a seed stands for. FORMAT.md §1.

import { bech32 } from '@scure/base';

export type Profile = 'mlkem768x25519' | 'x25519';

const PREFIX: Record<Profile, string> = {
  mlkem768x25519: 'AGE-SECRET-KEY-PQ-',
  x25519: 'AGE-SECRET-KEY-',
};

export const isProfile = (s: string): s is Profile => s === 'mlkem768x25519' || s === 'x25519';

/** The identity as stock `age` reads it. A secret. */
export const identityOf = (profile: Profile, seed: Uint8Array): string =>
  bech32.encodeFromBytes(PREFIX[profile], seed).toUpperCase();
