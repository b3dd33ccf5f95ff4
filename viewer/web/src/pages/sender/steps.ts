// Where a recipient stands, and what happened to it, in words: the same on the page and in the evidence.

import type { RecipientTimeline, Standing, Timeline } from '../../protocol.ts';
import { day } from '../../words.ts';
import { t, tn, type Key } from './texts.ts';

const STANDING: Record<Exclude<Standing, 'opened'>, Key> = {
  telling: 'sender.telling',
  told: 'sender.told',
  disowned: 'sender.disowned',
  withdrawn: 'sender.withdrawn',
  over: 'sender.over',
  failed: 'sender.failed',
  'came-back': 'sender.cameBack',
  stopped: 'sender.stopped',
  'passing-on': 'sender.passingOn',
  'passed-on': 'sender.passedOn',
};

export const standing = (one: RecipientTimeline): string => (one.standing === 'opened' ? tn('sender.opened', one.openings) : t(STANDING[one.standing]));

/** One thing that happened. */
export interface Step {
  at: string;
  words: string;
  /** Whereto and over what. */
  more?: string;
}

/** In the order in which they happened. What has the same instant stays in the order of this list. */
export function steps(timeline: Timeline, one: RecipientTimeline): Step[] {
  const link = one.way === 'link';
  const each = (instants: string[], words: string): [string, string][] => instants.map((at) => [at, words]);
  const all: [string | undefined, string, (string | undefined)?][] = [
    [timeline.captured_at, t(link ? 'sender.didSeal' : 'sender.didTake')],
    [one.notified_at, t(link ? 'sender.didNotify' : 'sender.didPass'), handed(one)],
    ...each(one.reminders_asked_at, t('sender.didRemind')),
    [one.exposed_at, t('sender.didExpose')],
    [one.code_asked_at, tn('sender.didAsk', one.codes_asked)],
    ...each(one.opened_at, t('sender.didOpen')),
    ...each(one.fetched_at, t('sender.didFetch')),
    ...each(one.replied_at, t('sender.didReply')),
    [one.more_time_asked_at, t('sender.didWish')],
    ...one.extended.map(({ at, until }): [string, string] => [at, t('sender.didExtend', { date: day(new Date(until)) })]),
    [one.disowned_at, t('sender.didDisown')],
    [one.withdrawn_at, t('sender.didWithdraw')],
    [one.standing === 'over' ? one.available_until : undefined, t('sender.didEnd')],
  ];
  const happened = all.flatMap(([at, words, more]) => (at === undefined ? [] : [{ at, words, ...(more ? { more } : {}) }]));
  return happened.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function handed({ handed_to }: RecipientTimeline): string | undefined {
  if (!handed_to) return undefined;
  const { host, tls } = handed_to;
  return tls ? t('sender.handedTls', { host, version: tls.version, cipher: tls.cipher }) : t('sender.handedClear', { host });
}
