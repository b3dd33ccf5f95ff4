// What a picture's header says about its size.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pictureSize } from '../src/frame/picture-size.ts';

const of = (hex: string) => pictureSize(new Uint8Array(Buffer.from(hex.replace(/ /g, ''), 'hex')));

/** A JPEG whose frame comes after a segment of `before` octets. */
const jpeg = (before: number, frame = 'c2') => `ffd8 ffe1 ${(before + 2).toString(16).padStart(4, '0')} ${'00'.repeat(before)} ff${frame} 0011 08 0078 00a0 03`;

const HEADERS: [string, string, { width: number; height: number } | null][] = [
  ['PNG', '89504e470d0a1a0a 0000000d 49484452 00000280 000001e0', { width: 640, height: 480 }],
  ['GIF', '474946383961 4001 c800', { width: 320, height: 200 }],
  ['WebP, lossy', '52494646 00000000 57454250 56503820 00000000 000000 9d012a 4001 f000', { width: 320, height: 240 }],
  ['WebP, lossless', '52494646 00000000 57454250 5650384c 00000000 2f 3fc13b00', { width: 320, height: 240 }],
  ['WebP, extended', '52494646 00000000 57454250 56503858 0a000000 00000000 3f0100 ef0000', { width: 320, height: 240 }],
  ['JPEG, frame first', jpeg(0, 'c0'), { width: 160, height: 120 }],
  ['JPEG, behind other segments', jpeg(300), { width: 160, height: 120 }],
  ['a table is no frame', jpeg(4, 'c4'), null],
  ['cut off', jpeg(300).slice(0, 60), null],
  ['a PNG of no width', '89504e470d0a1a0a 0000000d 49484452 00000000 000001e0', null],
  ['a PNG wider than any screen', '89504e470d0a1a0a 0000000d 49484452 00008000 000001e0', null],
  ['as wide as is believed', '89504e470d0a1a0a 0000000d 49484452 00007fff 000001e0', { width: 32_767, height: 480 }],
  ['not a picture', '48656c6c6f2c20776f726c6421', null],
  ['nothing', '', null],
];

for (const [name, hex, size] of HEADERS) test(name, () => assert.deepEqual(of(hex), size));
