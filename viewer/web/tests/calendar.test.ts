// Calendar entries as mail programs write them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readCalendar, type CalendarTime } from '../src/format/calendar.ts';

const calendar = (...event: string[]) => ['BEGIN:VCALENDAR', 'METHOD:REQUEST', 'BEGIN:VEVENT', ...event, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n');
const only = (...event: string[]) => readCalendar(calendar(...event))![0]!;
const said = (time: CalendarTime | null) => time && `${time.kind} ${time.at.toISOString()}${time.kind === 'local' ? ` ${time.zone}` : ''}`;

test('an invitation is read with its words unfolded and unescaped', () => {
  const entry = only(
    'SUMMARY;LANGUAGE=en-gb:Eye clinic\\, first',
    '  visit',
    'LOCATION:Room 3\\; upstairs',
    'DESCRIPTION:Bring your glasses.\\nDo not drive.',
    'ORGANIZER;CN="Clinic: eyes; ears":MAILTO:clinic@example.org',
    'DTSTART:20261203T101500Z',
    'DTEND:20261203T110000Z',
    'BEGIN:VALARM',
    'DESCRIPTION:Reminder',
    'SUMMARY:Alarm',
    'END:VALARM',
  );
  assert.deepEqual(
    { ...entry, start: said(entry.start), end: said(entry.end) },
    {
      summary: 'Eye clinic, first visit',
      location: 'Room 3; upstairs',
      description: 'Bring your glasses.\nDo not drive.',
      organiser: { name: 'Clinic: eyes; ears', address: 'clinic@example.org' },
      start: 'moment 2026-12-03T10:15:00.000Z',
      end: 'moment 2026-12-03T11:00:00.000Z',
      repeats: false,
      cancelled: false,
    },
  );
});

describe('times', () => {
  for (const [name, line, expected] of [
    ['of a zone in winter', 'DTSTART;TZID=Europe/London:20261203T101500', 'moment 2026-12-03T10:15:00.000Z'],
    ['of a zone in summer', 'DTSTART;TZID=Europe/London:20260703T101500', 'moment 2026-07-03T09:15:00.000Z'],
    ['as Outlook names the zone', 'DTSTART;TZID=GMT Standard Time:20260703T101500', 'moment 2026-07-03T09:15:00.000Z'],
    ['in quotes', 'DTSTART;TZID="W. Europe Standard Time":20261203T101500', 'moment 2026-12-03T09:15:00.000Z'],
    ['with a prefix', 'DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Paris:20261203T101500', 'moment 2026-12-03T09:15:00.000Z'],
    ['just after the clocks change', 'DTSTART;TZID=Europe/London:20261025T020000', 'moment 2026-10-25T02:00:00.000Z'],
    ['of a zone that nobody knows', 'DTSTART;TZID=Customized:20261203T101500', 'local 2026-12-03T10:15:00.000Z Customized'],
    ['of no zone', 'DTSTART:20261203T101500', 'local 2026-12-03T10:15:00.000Z '],
    ['a whole day', 'DTSTART;VALUE=DATE:20261203', 'day 2026-12-03T00:00:00.000Z'],
    ['that is none', 'DTSTART:20261341T101500', null],
    ['that is rubbish', 'DTSTART:tomorrow', null],
  ] as const) {
    test(name, () => assert.equal(said(only(line).start), expected));
  }
  test('a duration makes an end', () => {
    assert.equal(said(only('DTSTART:20261203T101500Z', 'DURATION:PT1H30M').end), 'moment 2026-12-03T11:45:00.000Z');
    assert.equal(only('DTSTART:20261203T101500Z', 'DURATION:-PT1H').end, null);
  });
  test('the end of whole days is the last of them', () => {
    assert.equal(said(only('DTSTART;VALUE=DATE:20261203', 'DTEND;VALUE=DATE:20261206').end), 'day 2026-12-05T00:00:00.000Z');
    assert.equal(only('DTSTART;VALUE=DATE:20261203', 'DTEND;VALUE=DATE:20261204').end, null);
  });
});

test('a cancelled one and a repeating one say so', () => {
  assert.equal(only('STATUS:CANCELLED').cancelled, true);
  assert.equal(readCalendar(calendar('SUMMARY:x').replace('REQUEST', 'CANCEL'))![0]!.cancelled, true);
  assert.equal(only('RRULE:FREQ=WEEKLY').repeats, true);
});

test('what is no calendar is none, and a long one ends after twenty', () => {
  assert.equal(readCalendar('hello'), null);
  assert.deepEqual(readCalendar('BEGIN:VCALENDAR\nEND:VCALENDAR'), []);
  assert.equal(readCalendar(`BEGIN:VCALENDAR\n${'BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n'.repeat(21)}`)!.length, 20);
  assert.equal(readCalendar(`BEGIN:VCALENDAR\n${'BEGIN:VEVENT\n'.repeat(100_000)}`)!.length, 0);
});
