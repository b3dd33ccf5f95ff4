// Names, sizes and times as people read them; codes as people type them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileName, toldApart } from '../src/file-name.ts';
import { parseView } from '../src/format/view.ts';
import { readCode } from '../src/pages/code.ts';
import { t, tn } from '../src/texts.ts';
import { atMost, bothTimes, clock, dayAndClock, mailboxes, partTitle, shownAs, size } from '../src/words.ts';
import { makeMessage } from './mock/message.ts';

describe('attachments', () => {
  const title = (name: string | null, type: string, octets = 340_000) => partTitle({ name, type, size: octets }, 1);
  test('are called by name, kind and size', () => {
    assert.equal(title('Referral letter.pdf', 'application/pdf'), 'Referral letter (PDF, 340 KB)');
    assert.equal(title('scan.JPEG', 'image/jpeg', 1_234_567), 'scan (JPEG picture, 1.2 MB)');
    assert.equal(title('a.docx', 'application/octet-stream'), 'a (Word document, 340 KB)');
    assert.equal(title(null, 'application/pdf'), 'Attachment 1 (PDF, 340 KB)');
    assert.equal(title('data.xyz', 'application/x-xyz', 1), 'data.xyz (XYZ file, 1 byte)');
  });
  test('have limits that are rounded down', () => {
    for (const [octets, told] of [[38_217_531, '38 MB'], [37_748_736, '37 MB'], [9_999_999, '9.9 MB'], [10_000_000, '10 MB'], [1_048_576, '1 MB'], [999_999, '999 KB'], [100_000, '100 KB']] as const) {
      assert.equal(atMost(octets), told);
    }
  });
  test('keep their ending when it and the type disagree', () => {
    assert.equal(title('letter.pdf.exe', 'application/pdf'), 'letter.pdf.exe (EXE file, 340 KB)');
    assert.equal(title('letter.pdf', 'text/html'), 'letter.pdf (PDF file, 340 KB)');
  });
  test('are saved under harmless names', () => {
    assert.equal(fileName('../../etc/passwd', 'x'), 'passwd');
    assert.equal(fileName('C:\\a\\b.txt', 'x'), 'b.txt');
    assert.equal(fileName('invoice\u202Efdp.exe', 'x'), 'invoicefdp.exe');
    assert.equal(fileName('.htaccess', 'x'), 'htaccess');
    assert.equal(fileName('a\r\nb\0.txt', 'x'), 'ab.txt');
    assert.equal(fileName(' . ', 'x'), 'x');
    assert.equal(fileName(null, 'x'), 'x');
    assert.equal(fileName(`${'a'.repeat(196)}.pdf`, 'x'), `${'a'.repeat(196)}.pdf`);
    assert.equal(fileName(`${'a'.repeat(197)}.pdf`, 'x'), `${'a'.repeat(196)}.pdf`);
    // 300 octets and a right-to-left override: whole characters, the ending kept.
    assert.equal(fileName(`${'é'.repeat(150)}\u202Egpj.exe`, 'x'), `${'é'.repeat(98)}.exe`);
    assert.equal(fileName(`${'😀'.repeat(75)}.pdf`, 'x'), `${'😀'.repeat(49)}.pdf`);
    assert.equal(fileName('con.txt', 'x'), '_con.txt');
    assert.equal(fileName('contact.txt', 'x'), 'contact.txt');
  });
  test('of one archive are told apart, without regard to case', () => {
    assert.deepEqual(toldApart(['a.pdf', 'A.pdf', 'a.pdf', 'a (2).pdf', 'b', 'b']), ['a.pdf', 'A (2).pdf', 'a (3).pdf', 'a (2) (2).pdf', 'b', 'b (2)']);
  });
  test('are shown only when they are pictures, PDF or plain text', () => {
    assert.deepEqual(['image/png', 'application/pdf', 'text/plain', 'text/calendar'].map(shownAs), ['picture', 'pdf', 'text', 'calendar']);
    for (const type of ['text/html', 'image/svg+xml', 'application/xml', 'text/xml', 'application/xhtml+xml', 'image/tiff', 'application/octet-stream', 'text/plain; charset=x', 'IMAGE/PNG', 'text/javascript']) assert.equal(shownAs(type), null, type);
  });
});

test('sizes', () => {
  assert.deepEqual([0, 1, 999, 1_000, 340_400, 999_499, 999_500, 1_240_000, 25_000_000].map(size), ['0 bytes', '1 byte', '999 bytes', '1 KB', '340 KB', '999 KB', '1 MB', '1.2 MB', '25 MB']);
});

test('times are UK times, and the reader’s own where they differ', () => {
  const at = new Date('2026-07-01T11:05:00Z');
  assert.equal(dayAndClock(at), '1 July 2026, 12:05pm');
  assert.equal(clock(new Date('2026-01-01T00:30:00Z')), '12:30am');
  assert.equal(bothTimes(at, 'Europe/London'), '1 July 2026, 12:05pm');
  assert.equal(bothTimes(at, 'Europe/Paris'), '1 July 2026, 12:05pm (UK time), 1 July 2026, 1:05pm where you are');
});

test('mailboxes', () => {
  assert.equal(mailboxes([{ name: 'A B', address: 'a@b' }, { name: null, address: 'c@d' }, { name: 'Only', address: null }]), 'A B <a@b>, c@d, Only');
});

test('codes as people type them', () => {
  for (const good of ['12345678', '1234 5678', '12.34.56.78', '1234-5678', ' 1234–5678\u00a0', '１２３４５６７８', '1234\u200b5678']) assert.equal(readCode(good), '12345678', good);
  for (const bad of ['', '1234567', '123456789', '1234567a', 'O2345678']) assert.equal(readCode(bad), null, bad);
});

test('texts fill their places and count', () => {
  assert.equal(t('landing.to', { address: '{organisation}' }), 'We will send it to {organisation}.');
  assert.match(tn('code.wrong', 1), /1 try left/);
  assert.match(tn('code.wrong', 3), /3 tries left/);
});

describe('the view', () => {
  const read = (view: unknown) => parseView(new TextEncoder().encode(`${JSON.stringify(view)}   `));
  test('is read, with members that it does not know left aside', async () => {
    const { view } = await makeMessage({ parts: [{ name: 'a', type: 'text/plain', data: new Uint8Array(3) }] });
    assert.deepEqual(read({ ...view, surprise: 1 }), view);
  });
  test('is refused with a member missing or of another kind', async () => {
    const { view } = await makeMessage({ parts: [{ name: 'a', type: 'text/plain', data: new Uint8Array(3) }] });
    for (const key of Object.keys(view)) {
      if (['text', 'html', 'policy', 'protection', 'all'].includes(key)) continue;
      const { [key as 'format']: _, ...rest } = view;
      assert.equal(read(rest), null, key);
      assert.equal(read({ ...view, [key]: 7 }), null, key);
    }
    assert.equal(read({ ...view, format: 2 }), null);
    assert.equal(read({ ...view, message: { ...view.message, sha256: 'AB' } }), null);
    assert.equal(read({ ...view, message: { ...view.message, size: -1 } }), null);
    assert.equal(read({ ...view, parts: [{ ...view.parts[0], encoding: 'uuencode' }] }), null);
    assert.equal(read({ ...view, parts: [{ ...view.parts[0], offset: 1e9 }] }), null);
    assert.equal(parseView(Uint8Array.of(0xff, 0xfe)), null);
    assert.equal(parseView(new Uint8Array(0)), null);
  });
  test('of an earlier gateway says that there is no escrow, and a policy of another kind is refused', async () => {
    const { view } = await makeMessage({ escrow: true });
    const escrow = (policy: unknown) => read({ ...view, policy })?.policy.escrow;
    assert.equal(escrow({ escrow: true }), true);
    assert.equal(escrow({ escrow: false, more: 1 }), false);
    assert.equal(escrow({}), false);
    assert.equal(escrow(undefined), false);
    for (const wrong of [null, true, 'yes', [], { escrow: null }, { escrow: 'yes' }, { escrow: 1 }]) {
      assert.equal(read({ ...view, policy: wrong }), null, JSON.stringify(wrong));
    }
  });
});
