// Phones throw a tab away while its reader looks for the code in another program. These few words, kept for this tab
// only, let the page go on where it was: no secret, no content.

import type { Limits } from './idle.ts';
import type { CodeAsked } from './protocol.ts';

export interface Visit {
  asked?: CodeAsked;
  /** A session may be open. */
  opened?: boolean;
  session?: Limits;
}

const keyOf = (handle: string) => `sealpost-visit-${handle}`;

export function rememberVisit(handle: string, visit: Visit): void {
  try {
    sessionStorage.setItem(keyOf(handle), JSON.stringify(visit));
  } catch {
    // Storage is off: the reader starts from the landing page.
  }
}

export function recallVisit(handle: string, now = Date.now()): Visit | null {
  try {
    const visit = JSON.parse(sessionStorage.getItem(keyOf(handle)) ?? 'null') as Visit | null;
    if (!visit?.asked) return visit;
    const until = Date.parse(visit.asked.requested_at) + visit.asked.valid_minutes * 60_000;
    return now < until ? visit : null;
  } catch {
    return null;
  }
}

export function forgetVisit(handle: string): void {
  try {
    sessionStorage.removeItem(keyOf(handle));
  } catch {
    // nothing to forget
  }
}
