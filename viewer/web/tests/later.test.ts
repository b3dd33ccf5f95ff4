// What a server may make the page say of later messages: a day and a reference, or nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laterMessages } from '../src/format/later.ts';

const one = (day: unknown, reference: unknown) => ({ day, reference });

test('a day and a reference are taken and nothing beside them', () => {
  assert.deepEqual(laterMessages([{ ...one('2026-12-03', 'K7Q-4MDX'), subject: 'x', link: 'https://evil.example' }]), [one('2026-12-03', 'K7Q-4MDX')]);
});

test('what does not look like a day or a reference is left out', () => {
  const good = one('2028-02-29', '000-ZZZZ');
  const bad = [
    null, 7, 'x', [], {},
    one('2026-12-3', 'K7Q-4MDX'), one('2026-02-30', 'K7Q-4MDX'), one('2026-13-01', 'K7Q-4MDX'), one('2026-12-03T10:00:00Z', 'K7Q-4MDX'), one(20261203, 'K7Q-4MDX'),
    one('2026-12-03', 'K7Q4MDX'), one('2026-12-03', 'k7q-4mdx'), one('2026-12-03', 'K7Q-4MDU'), one('2026-12-03', 'K7Q-4MDXX'), one('2026-12-03', 'phone 0900 1234'), one('2026-12-03', 'K7Q-4MDX\n'), one('2026-12-03', 7),
  ];
  for (const each of bad) assert.deepEqual(laterMessages([each, good]), [good], JSON.stringify(each));
  for (const list of [undefined, null, {}, 'x', 7]) assert.deepEqual(laterMessages(list), []);
});

test('of more than a server of ours lists the last are taken', () => {
  const days = (count: number) => Array.from({ length: count }, (_, at) => one(`2026-12-${String(at + 1).padStart(2, '0')}`, 'K7Q-4MDX'));
  for (const count of [19, 20]) assert.deepEqual(laterMessages(days(count)), days(count));
  assert.deepEqual(laterMessages(days(21)), days(21).slice(1));
});
