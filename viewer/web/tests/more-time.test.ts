// When a reader is offered to ask for more time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isShort } from '../src/pages/more-time.ts';

const DAY = 86_400_000;

test('more time is offered in the last third, and in the last week', () => {
  for (const [days, left, short] of [
    [90, 30, false],
    [90, 30 - 1e-6, true],
    [12, 7, false],
    [12, 7 - 1e-6, true],
    [1, 1, true],
  ] as const) {
    assert.equal(isShort(0, days * DAY, (days - left) * DAY), short, `${left} of ${days}`);
  }
});
