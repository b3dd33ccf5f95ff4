// How many files a reply takes, and how large.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fit } from '../src/pages/reply/files.ts';

const sized = (...sizes: number[]) => sizes.map((size) => ({ size }));
const sizes = (files: { size: number }[]) => files.map(({ size }) => size);

test('as many files as the limit are taken, and not one more', () => {
  const most = { octets: 1_000, files: 20 };
  const nineteen = sized(...Array<number>(19).fill(1));
  assert.deepEqual(fit(nineteen, sized(7), most), { taken: sized(7), tooMany: [], tooLarge: [] });
  assert.deepEqual(fit(nineteen, sized(7, 8), most), { taken: sized(7), tooMany: sized(8), tooLarge: [] });
  assert.deepEqual(fit([...nineteen, { size: 7 }], sized(8), most), { taken: [], tooMany: sized(8), tooLarge: [] });
  assert.equal(fit([], sized(...Array<number>(21).fill(0)), most).taken.length, 20);
});

test('they are taken to the octet, and a smaller one after one that is too large', () => {
  const most = { octets: 100, files: 20 };
  assert.deepEqual(sizes(fit(sized(60), sized(40), most).taken), [40]);
  const { taken, tooLarge } = fit(sized(60), sized(41, 40, 1), most);
  assert.deepEqual([sizes(taken), sizes(tooLarge)], [[40], [41, 1]]);
});
