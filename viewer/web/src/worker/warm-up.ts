// What opening a message takes, done once with nothing in it: the browser compiles it while the reader looks for the
// code. On a phone the first opening costs three times the second.

import { openWhole } from '../age/open.ts';
import { recipientOf, seal } from '../age/seal.ts';
import { utf8, wipe } from '../format/bytes.ts';
import { identityOf, type Profile } from '../format/profile.ts';
import { parseView } from '../format/view.ts';

/** Nearly every message has it; the other one is its half. */
const PROFILE: Profile = 'mlkem768x25519';

export async function warmUp(): Promise<void> {
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const identity = identityOf(PROFILE, seed);
  wipe(seed);
  const { blob } = await seal(await recipientOf(identity), utf8('{}'));
  parseView(await openWhole(new Uint8Array(await blob.arrayBuffer()), identity));
}
