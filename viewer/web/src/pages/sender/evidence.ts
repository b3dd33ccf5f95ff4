// The evidence: what the service recorded, as one file that people and programs read. Made of the timeline as the
// server told it, so that the file says nothing that the page does not; its readable part is in every language.

import type { Timeline } from '../../protocol.ts';
import { inEach, type Language } from '../../texts.ts';
import { standing, steps } from './steps.ts';
import { t } from './texts.ts';

const PROOFS = ['sender.proof1', 'sender.proof2', 'sender.proof3', 'sender.proof4', 'sender.proof5', 'sender.proof6'] as const;

type Words = Record<Language, string>;

export interface Evidence {
  format: 'sealpost-evidence/1';
  service: string;
  reference: string;
  /** When the server said so. UTC, as every instant here. */
  as_of: string;
  taken_at: string;
  proves: Record<Language, string[]>;
  recipients: {
    address: string;
    way: 'link' | 'copy';
    standing: string;
    standing_in_words: Words;
    entries: { at: string; in_words: Words }[];
    /** As the server told it. */
    recorded: Omit<Timeline['recipients'][number], 'address' | 'can_be_withdrawn' | 'can_be_reminded' | 'remind_again_at'>;
  }[];
}

export function evidence(timeline: Timeline, origin: string): Evidence {
  return {
    format: 'sealpost-evidence/1',
    service: origin,
    reference: timeline.reference,
    as_of: timeline.checked_at,
    taken_at: timeline.captured_at,
    proves: inEach(() => PROOFS.map((proof) => t(proof, { origin }))),
    recipients: timeline.recipients.map((one) => {
      const { address, can_be_withdrawn: _, can_be_reminded: __, remind_again_at: ___, ...recorded } = one;
      const told = inEach(() => steps(timeline, one));
      return {
        address,
        way: one.way,
        standing: one.standing,
        standing_in_words: inEach(() => standing(one)),
        // The order is that of the instants, the same in every language.
        entries: told.en.map(({ at }, index) => ({ at, in_words: each(told, ({ [index]: step }) => [step!.words, step!.more].filter(Boolean).join('. ')) })),
        recorded,
      };
    }),
  };
}

const each = <T, U>(all: Record<Language, T>, of: (one: T) => U): Record<Language, U> => ({ en: of(all.en), cy: of(all.cy) });
