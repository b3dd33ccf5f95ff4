// The replies that were sent from here, kept sealed beside the drafts, so that their writer can read them again.

import { utf8 } from '../format/bytes.ts';
import { padDocument } from '../format/padme.ts';
import type { SentReply } from '../protocol.ts';
import { get, inTurn, namesUnder, opened, put, sealed, type Place } from './shelf.ts';

/** No draft's name begins so. */
const nameOf = ({ id }: Place) => `sent ${id}`;

export const keepSent = (place: Place, reply: SentReply): Promise<void> =>
  inTurn(async () => {
    const id = `${nameOf(place)}/${reply.reference}`;
    await put(await sealed(place, id, padDocument(utf8(JSON.stringify(reply))), Date.parse(reply.received_at)));
  });

/** The oldest first. What cannot be opened is passed over. */
export const sentFrom = (place: Place): Promise<SentReply[]> =>
  inTurn(async () => {
    const found: SentReply[] = [];
    for (const id of await namesUnder(nameOf(place))) {
      const kept = await get(id);
      try {
        if (kept) found.push(JSON.parse(new TextDecoder().decode(await opened(place, kept))) as SentReply);
      } catch {
        // changed, or of another key
      }
    }
    return found.sort((a, b) => Date.parse(a.received_at) - Date.parse(b.received_at));
  });
