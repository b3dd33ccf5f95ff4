// Both languages: the same keys (that is a matter of types) with the same places to fill, and every form of a number.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { afterEach, describe, test } from 'node:test';
import { speak, t, tn, type Key } from '../src/texts.ts';
import { cy } from '../src/texts/cy.ts';
import { en } from '../src/texts/en.ts';
import { cy as senderCy } from '../src/texts/sender/cy.ts';
import { en as senderEn } from '../src/texts/sender/en.ts';
import { bothTimes, clock, day, dayAndClock, partTitle, size } from '../src/words.ts';

type Value = string | Record<string, string>;
const english = Object.entries({ ...en, ...senderEn }) as [string, Value][];
const welsh = { ...cy, ...senderCy } as Record<string, Value>;
const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
const placesOf = (value: Value) => [...new Set(typeof value === 'string' ? places(value) : Object.values(value).flatMap(places))].filter((name) => name !== 'n' || typeof value === 'string').sort();

afterEach(() => speak('en'));

test('the modules are what viewer/locales says', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/texts.mjs', '--check'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('no key is missing in either language, and each has the same places', () => {
  assert.deepEqual(Object.keys(welsh).sort(), english.map(([key]) => key).sort());
  // Added to the others, none of the sender's may take another's place.
  assert.equal(english.length, Object.keys(en).length + Object.keys(senderEn).length);
  for (const [key, value] of english) assert.deepEqual(placesOf(welsh[key]!), placesOf(value), key);
});

test('no text is empty, and none is left in English by mistake', () => {
  // The same word in both languages.
  const shared = new Set(['date', 'dateTime', 'kind.PDF', 'size.KB', 'size.MB']);
  for (const [key, value] of english) {
    assert.ok(Object.values(typeof value === 'string' ? [value] : value).every((text) => text.trim()), key);
    if (!shared.has(key)) assert.notDeepEqual(welsh[key], value, key);
  }
});

describe('Welsh', () => {
  test('counts in six forms', () => {
    speak('cy');
    const tries = (n: number) => tn('code.wrong', n).replace(/^.*\. (?:Mae|Nid oes) gennych | ar ôl .*$/g, '');
    assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7, 21].map(tries), ['gynnig', '1 cynnig', '2 gynnig', '3 chynnig', '4 cynnig', '5 cynnig', '6 chynnig', '7 cynnig', '21 cynnig']);
    assert.match(tn('code.sent', 15, { address: 'a', time: '2:32yp' }), /am 15 munud\.$/);
  });
  test('tells UK time, days, sizes and kinds', () => {
    speak('cy');
    const at = new Date('2026-11-22T14:32:00Z');
    assert.equal(day(at), '22 Tachwedd 2026');
    assert.equal(clock(at), '2:32yp');
    assert.equal(clock(new Date('2026-01-01T00:05:00Z')), '12:05yb');
    assert.equal(dayAndClock(new Date('2026-08-01T11:05:00Z')), '1 Awst 2026, 12:05yp');
    assert.equal(bothTimes(at, 'Europe/Paris'), '22 Tachwedd 2026, 2:32yp (amser y DU), 22 Tachwedd 2026, 3:32yp lle rydych chi');
    assert.deepEqual([0, 1, 2, 3, 6, 999, 1_240_000].map(size), ['0 beit', '1 beit', '2 feit', '3 beit', '6 beit', '999 beit', '1.2 MB']);
    assert.equal(partTitle({ name: 'llythyr.docx', type: 'application/octet-stream', size: 340_000 }, 1), 'llythyr (dogfen Word, 340 KB)');
  });
  test('has all twelve months', () => {
    speak('cy');
    const months = Array.from({ length: 12 }, (_, index) => t(`month.${index + 1}` as Key));
    assert.equal(new Set(months).size, 12);
  });
});

test('a language that is not there is English', () => {
  speak('de');
  assert.equal(t('tryAgain'), 'Try again');
});
