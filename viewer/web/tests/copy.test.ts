// The document of a sent copy: how much text it holds, and what is refused for one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_OF_A_COPY, copyDocument, parseCopy } from '../src/format/copy.ts';
import { utf8 } from '../src/format/bytes.ts';

const place = {
  reply_id: '00000000-0000-7000-8000-000000000001',
  message_id: '00000000-0000-7000-8000-000000000002',
  recipient_id: '00000000-0000-7000-8000-000000000003',
};
const whole = { ...place, created_at: '2026-11-28T11:00:00.000Z', to: ['clinic@example.org'], files: [{ name: 'form.pdf', type: 'application/pdf', size: 4 }] };
const frame = utf8(JSON.stringify({ format: 1, ...whole, text: '', cut: false })).length;

const made = (text: string) => {
  const octets = copyDocument({ ...whole, text })!;
  assert.ok(octets.length <= MOST_OF_A_COPY, `${octets.length} octets`);
  return parseCopy(octets, place)!;
};

test('a text that has room is whole, and with one octet more it is cut and says so', () => {
  const most = 'x'.repeat(MOST_OF_A_COPY - frame);
  assert.deepEqual([made(most).text === most, made(most).cut], [true, false]);
  const over = made(`${most}y`);
  assert.equal(over.cut, true);
  assert.equal(over.text.length, most.length);
  assert.ok(`${most}y`.startsWith(over.text));
});

test('a long text is cut between characters, whatever JSON makes of them', () => {
  for (const [what, unit] of [['letters', 'a'], ['accents', 'ŵ'], ['pictures', '🙂'], ['quotes', '"'], ['controls', '\u0001'], ['a mixture', 'a🙂"ŷ\n']] as const) {
    const text = unit.repeat(300_000);
    const copy = made(text);
    assert.equal(copy.cut, true, what);
    assert.ok(text.startsWith(copy.text), what);
    assert.doesNotMatch(copy.text, /[\ud800-\udbff]$/, what);
    const next = text.slice(copy.text.length, copy.text.length + 2);
    const longer = utf8(JSON.stringify({ format: 1, ...whole, text: copy.text + next, cut: false })).length;
    assert.ok(longer > MOST_OF_A_COPY, `${what}: as much as has room`);
  }
});

test('names of files that leave no room leave no copy', () => {
  const files = [{ name: 'x'.repeat(MOST_OF_A_COPY), type: 'application/pdf', size: 4 }];
  assert.equal(copyDocument({ ...whole, files, text: 'short' }), null);
});

test('what is no copy, or of another place, is refused', () => {
  const good = { format: 1, ...whole, text: 'I will come.', cut: false };
  assert.deepEqual(parseCopy(utf8(JSON.stringify(good)), place), good);
  const changes: [string, unknown][] = [
    ['format', 2], ['reply_id', place.message_id], ['message_id', place.reply_id], ['recipient_id', 'x'], ['text', 5], ['cut', 'no'],
    ['created_at', 'yesterday'], ['created_at', 5], ['to', 'clinic@example.org'], ['to', [5]], ['files', {}], ['files', [null]],
    ['files', [{ name: 'x', type: 'y', size: -1 }]], ['files', [{ name: 5, type: 'y', size: 1 }]],
  ];
  for (const [member, value] of changes) assert.equal(parseCopy(utf8(JSON.stringify({ ...good, [member]: value })), place), null, member);
  for (const none of ['', 'null', '[]', '5', '{', JSON.stringify(good).slice(1)]) assert.equal(parseCopy(utf8(none), place), null, none);
  assert.equal(parseCopy(Uint8Array.of(0xff, 0xfe), place), null);
});
