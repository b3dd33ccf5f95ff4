// Transfer encodings, decoded in pieces of every size.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { decoder } from '../src/mime/decode.ts';
import type { Encoding } from '../src/format/view.ts';

function decode(encoding: Encoding, text: string | Buffer, piece: number): Buffer {
  const octets = Buffer.from(text);
  const decode = decoder(encoding);
  const out: Uint8Array[] = [];
  for (let at = 0; at < octets.length; at += piece) out.push(decode.push(octets.subarray(at, at + piece)).slice());
  out.push(decode.finish());
  return Buffer.concat(out);
}

const PIECES = [1, 2, 3, 4, 5, 7, 64, 65_536];

const same = (encoding: Encoding, encoded: string | Buffer, plain: string | Buffer) => {
  for (const piece of PIECES) assert.deepEqual(decode(encoding, encoded, piece), Buffer.from(plain), `pieces of ${piece}`);
};

describe('base64', () => {
  test('lengths 0 to 100, in lines', () => {
    for (let length = 0; length <= 100; length++) {
      const plain = randomBytes(length);
      same('base64', plain.toString('base64').replace(/.{76}/g, '$&\r\n'), plain);
    }
  });
  test('without its padding', () => same('base64', 'aGVsbG8', 'hello'));
  test('with symbols that do not belong', () => same('base64', 'aG*Vs\tbG-8=\r\n', 'hello'));
  test('in several padded runs', () => same('base64', 'aGU=\r\nbGxv\r\nIQ==', 'hello!'));
  test('with a lone symbol at the end', () => same('base64', 'aGVsbG8hA', 'hello!'));
});

describe('quoted-printable', () => {
  test('escapes in either case', () => same('quoted-printable', 'caf=C3=A9 =c3=a9', 'café é'));
  test('soft line breaks, with white space behind them', () => same('quoted-printable', 'one=\r\n two= \t\r\nthree=\nfour', 'one twothreefour'));
  test('white space at the end of a line is dropped, inside it stays', () => same('quoted-printable', 'a  b \t\r\nc \r\n d', 'a  b\r\nc\r\n d'));
  test('white space at the very end is dropped', () => same('quoted-printable', 'a \t ', 'a'));
  test('an encoded space stays', () => same('quoted-printable', 'a=20\r\nb', 'a \r\nb'));
  test('what is no escape stays as it is', () => same('quoted-printable', 'a=ZZ b=4 c==41', 'a=ZZ b=4 c=A'));
  test('a trailing equals sign is a soft break', () => same('quoted-printable', 'abc=', 'abc'));
  test('carriage returns that are not line ends stay', () => same('quoted-printable', 'a \rb', 'a \rb'));
});

/** The gateway's own cases (server/mail/src/transfer.rs): the size in the view is what both sides make of a part. */
test('what the gateway reads, the browser reads', () => {
  const base64 = [['', ''], ['aGVsbG8=', 'hello'], ['aGVs\r\nbG8=\r\n', 'hello'], ['aGVsbG8', 'hello'], ['aGVsbG9', 'hello'], ['aGVsb', 'hel'], ['aGVs\0bG8=', 'hello'], ['aA==\r\naQ==\r\n', 'hi'], ['a', ''], ['====', '']];
  const quoted = [
    ['', ''], ['r=C3=A9sultats', 'résultats'], ['r=c3=a9', 'ré'], ['one=\r\ntwo\r\n', 'onetwo\r\n'], ['one= \t\r\ntwo', 'onetwo'], ['one=\ntwo\n', 'onetwo\n'],
    ['one  \r\ntwo\t', 'one\r\ntwo'], ['one=20\r\n', 'one \r\n'], ['a=GGb=', 'a=GGb'], ['a=4', 'a=4'], ['==41', '=A'], ['=\r\n', ''], ['a==\r\nb', 'a=b'], ['== ', '='], ['a=\r', 'a=\r'],
  ];
  for (const [encoded, plain] of base64) same('base64', encoded!, plain!);
  for (const [encoded, plain] of quoted) same('quoted-printable', encoded!, plain!);
});

test('identity is left alone', () => same('identity', 'a=20\r\n', 'a=20\r\n'));
