// What the server says of later messages to the same mailbox (decision 0033). None of it is sealed, so nothing is taken
// but what a day and a reference look like: words of the server's own choice never stand on the page of a message.

export interface LaterMessage {
  /** The day in UK time: `2026-12-03`. */
  day: string;
  /** As the email about it has it: `K7Q-4MDX`. */
  reference: string;
}

/** As the server lists at most. */
const MOST = 20;
const REFERENCE = /^[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{4}$/;

/** Those of a list that are well formed, in its order; the newest, where there are too many. */
export function laterMessages(list: unknown): LaterMessage[] {
  if (!Array.isArray(list)) return [];
  return list.slice(-MOST).flatMap((one: unknown) => {
    const { day, reference } = (one ?? {}) as Record<string, unknown>;
    return isDay(day) && typeof reference === 'string' && REFERENCE.test(reference) ? [{ day, reference }] : [];
  });
}

/** Noon: the same day everywhere in the UK. */
export const noon = (day: string): Date => new Date(`${day}T12:00:00Z`);

function isDay(day: unknown): day is string {
  return typeof day === 'string' && /^2\d{3}-\d\d-\d\d$/.test(day) && noon(day).toJSON()?.startsWith(day);
}
