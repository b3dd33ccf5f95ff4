// What rewriters, filters and mail programs make of a link, as the address that then arrives here.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { arrived, fragmentInWords } from '../src/format/arrived.ts';

const HANDLE = '0123456789abcdefghjkmnpqr0';
// Both symbols beyond letters and digits are in it.
const SECRET = 'AbCd-fGh_jKlMnOpQrStUvWxYz0123456789-_aBcD8';
const FRAGMENT = `#1.${SECRET}`;
const GOOD = `/m/${HANDLE}`;
const [FRONT, BACK] = [SECRET.slice(0, 20), SECRET.slice(20)];

/** As a browser hands it over: it drops line ends and tabs, and escapes what an address cannot hold. */
const at = (address: string) => arrived(new URL(address, 'https://secure.example.org'));

type Outcome = 'whole' | 'exposed' | 'key';

const TABLE: [string, string, Outcome][] = [
  ['as it was sent', `${GOOD}${FRAGMENT}`, 'whole'],
  ['another scheme and host, same path', `http://secure.example.org${GOOD}${FRAGMENT}`, 'whole'],
  ['handle in capitals', `/m/${HANDLE.toUpperCase()}${FRAGMENT}`, 'whole'],
  ['doubled slash before the path', `//m/${HANDLE}${FRAGMENT}`.replace(/^/, 'https://secure.example.org'), 'whole'],
  ['doubled slash in the path', `/m//${HANDLE}${FRAGMENT}`, 'whole'],
  ['slash behind the handle', `${GOOD}/${FRAGMENT}`, 'whole'],
  ['parameters before the fragment', `${GOOD}?utm_source=mail&utm_id=1.5${FRAGMENT}`, 'whole'],
  ['parameters behind the fragment', `${GOOD}${FRAGMENT}?utm_source=mail`, 'whole'],
  ['parameters joined to the fragment', `${GOOD}${FRAGMENT}&utm_source=mail`, 'whole'],
  ...['.', ',', ')', '>', '"', "'", ';', '!', ':', '*', '.)', '&gt;', '%3E', '%20', ' and', '\u00a0', '”', '/', '|'].map(
    (mark): [string, string, Outcome] => [`${mark} behind it`, `${GOOD}${FRAGMENT}${mark}`, 'whole'],
  ),
  ['angle brackets escaped', `${GOOD}${FRAGMENT}%3E`, 'whole'],
  ['wrapped, joined by a space', `${GOOD}#1.${FRONT} ${BACK}`, 'whole'],
  ['wrapped, line end escaped', `${GOOD}#1.${FRONT}%0D%0A${BACK}`, 'whole'],
  ['wrapped and quoted', `${GOOD}#1.${FRONT}%0A%3E%20${BACK}`, 'whole'],
  ['soft line break left in', `${GOOD}#1.${FRONT}=%0D%0A${BACK}`, 'whole'],
  ['soft line break, line end dropped', `${GOOD}#1.${FRONT}=${BACK}`, 'whole'],
  ['soft line break behind the mark', `${GOOD}#1.=${SECRET}`, 'whole'],
  ['soft hyphen put in', `${GOOD}#1.${FRONT}\u00ad${BACK}`, 'whole'],
  ['fragment escaped inside', `${GOOD}#1%2E${SECRET.replace(/_/g, '%5F')}`, 'whole'],
  ['# twice', `${GOOD}#${FRAGMENT}`, 'whole'],
  ['# and its escape', `${GOOD}#%231.${SECRET}`, 'whole'],
  ['# as a character reference', `${GOOD}&#35;1.${SECRET}`, 'whole'],
  ['# as a hexadecimal reference', `${GOOD}&#x23;1.${SECRET}`, 'whole'],
  ['# escaped', `${GOOD}%231.${SECRET}`, 'exposed'],
  ['# escaped twice', `${GOOD}%25231.${SECRET}`, 'exposed'],
  ['# escaped three times', `${GOOD}%2525231.${SECRET}`, 'exposed'],
  ['# and . escaped', `${GOOD}%231%2e${SECRET}`, 'exposed'],
  ['# escaped, wrapped', `${GOOD}%231.${FRONT}%20${BACK}`, 'exposed'],
  ['# escaped, soft line break', `${GOOD}%231.${FRONT}=%0D%0A${BACK}`, 'exposed'],
  ['# escaped, _ escaped', `${GOOD}%231.${SECRET.replace(/_/g, '%5F')}`, 'exposed'],
  ['# a slash', `${GOOD}/1.${SECRET}`, 'exposed'],
  ['# a star (URL Defense v3, half undone)', `${GOOD}*1.${SECRET}`, 'exposed'],
  ['# lost', `${GOOD}1.${SECRET}`, 'exposed'],
  ['# named', `${GOOD}&num;1.${SECRET}`, 'exposed'],
  ['# escaped behind a parameter', `${GOOD}?utm_source=mail%231.${SECRET}`, 'exposed'],
  ['# a question mark', `${GOOD}?1.${SECRET}`, 'exposed'],
  ['escaped, and a fragment of its own', `${GOOD}%231.${SECRET}#top`, 'exposed'],
  ['in path and fragment', `${GOOD}%231.${SECRET}${FRAGMENT}`, 'exposed'],
  ['fragment dropped', GOOD, 'key'],
  ['fragment emptied', `${GOOD}#`, 'key'],
  ['cut in the middle', `${GOOD}#1.${FRONT}`, 'key'],
  ['one symbol too many', `${GOOD}${FRAGMENT}A`, 'key'],
  ['another version', `${GOOD}#2.${SECRET}`, 'key'],
];

describe('a link that arrives', () => {
  for (const [name, address, outcome] of TABLE) {
    test(`${name}: ${outcome}`, () => {
      const { handle, fragment, exposed } = at(address);
      assert.equal(handle?.toLowerCase(), HANDLE);
      assert.equal(fragment, outcome === 'key' ? '' : FRAGMENT);
      assert.equal(exposed, outcome === 'exposed');
    });
  }
  test('in small letters is another secret, and the server will say so', () => {
    const { fragment } = at(`${GOOD}${FRAGMENT}`.toLowerCase());
    assert.ok(fragment === '' || fragment === FRAGMENT.toLowerCase());
  });
  test('at another address holds no handle and exposes nothing', () => {
    for (const path of [`/x/${HANDLE}%231.${SECRET}`, '/m/', '/m/short', '/genuine']) assert.deepEqual(at(path), { handle: null, fragment: '', exposed: false });
  });
  test('is not looked for in a text without end', () => {
    assert.equal(at(`${GOOD}#${'x.'.repeat(3_000)}1.${SECRET}`).fragment, '');
    assert.equal(at(`${GOOD}#${'%25'.repeat(50_000)}`).fragment, '');
  });
});

test('a whole link, or its end, is found in what was pasted', () => {
  for (const words of [`https://secure.example.org${GOOD}${FRAGMENT}`, FRAGMENT, `see <https://secure.example.org${GOOD}%231.${SECRET}>.`, `https://secure.example.org${GOOD}#1.${FRONT}\n> ${BACK}\n`]) {
    assert.equal(fragmentInWords(words), FRAGMENT, words);
  }
  for (const words of ['', GOOD, '7K2M-QX4D', SECRET]) assert.equal(fragmentInWords(words), '', words);
});
