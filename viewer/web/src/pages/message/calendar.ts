// A calendar entry as a summary. It is only read: nothing is answered and nothing put into a calendar.

import { el, p, rows } from '../../dom.ts';
import { readCalendar, type CalendarEntry, type CalendarTime } from '../../format/calendar.ts';
import { t } from '../../texts.ts';
import { bothTimes, clock, day, dayAndClock } from '../../words.ts';

export function calendarSummary(text: string): Node[] {
  const entries = readCalendar(text);
  if (!entries || entries.length === 0) return [p(t('calendar.none'))];
  return entries.map((entry) =>
    el(
      'section',
      { class: 'calendar-entry' },
      el('h3', {}, entry.summary || t('calendar.noSummary')),
      entry.cancelled ? p(t('calendar.cancelled'), 'notice') : null,
      rows('headers', [t('calendar.when'), when(entry)], [t('calendar.where'), entry.location], [t('calendar.organiser'), organiser(entry)]),
      entry.repeats ? p(t('calendar.repeats'), 'hint') : null,
      entry.description ? el('div', { class: 'calendar-words', dir: 'auto' }, entry.description) : null,
      p(t('calendar.hint'), 'hint'),
    ),
  );
}

function when({ start, end }: CalendarEntry): string {
  if (!start) return t('message.unknown');
  if (!end) return said(start);
  const until = said(end);
  // The day is not said twice.
  const sameDay = start.kind !== 'day' && until.startsWith(`${day(end.at)}, `) && said(start).startsWith(`${day(end.at)}, `) && !until.includes('(');
  return t('calendar.fromTo', { start: said(start), end: sameDay ? clock(end.at) : until });
}

/** A time that is not of a known zone is written as UTC, and so it is shown. */
function said(time: CalendarTime): string {
  if (time.kind === 'day') return day(time.at, 'UTC');
  if (time.kind === 'moment') return bothTimes(time.at);
  const at = dayAndClock(time.at, 'UTC');
  return time.zone ? t('calendar.inZone', { time: at, zone: time.zone }) : at;
}

const organiser = ({ organiser: { name, address } }: CalendarEntry): string => (name && address ? `${name} <${address}>` : name || address);
