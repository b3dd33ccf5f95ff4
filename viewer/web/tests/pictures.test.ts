// Which pictures stand in the body, and which are listed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InlinePictures } from '../src/pages/message/pictures.ts';
import { makeMessage, type PartSpec } from './mock/message.ts';

const picture = (contentId: string, embedded = false): PartSpec => ({ name: null, type: 'image/png', data: Uint8Array.of(1), contentId, embedded });
const of = async (...parts: PartSpec[]) => new InlinePictures((await makeMessage({ html: '<p>', parts })).view);

test('of two parts with one Content-ID, the first is meant', async () => {
  const pictures = await of(picture('a', true), picture('a', true));
  assert.ok(pictures.find('a'));
  assert.deepEqual([...pictures.inBody], [0]);
});

test('a picture that the HTML has no place for is not in the body', async () => {
  const pictures = await of(picture('a', true), picture('b'));
  pictures.find('b');
  assert.deepEqual([...pictures.inBody], [1]);
});

test('a picture that did not come is told, and the others come', async () => {
  const pictures = await of(picture('a'), picture('b'));
  pictures.find('a');
  pictures.find('b');
  const lost: number[] = [];
  const any = await pictures.fetchRest(
    async (index) => (index === 0 ? Promise.reject(new Error('no')) : new ArrayBuffer(1)),
    (index) => lost.push(index) > 0,
  );
  assert.deepEqual([any, lost, pictures.find('a'), pictures.find('b')], [true, [0], null, 'data:image/png;base64,AA==']);
});
