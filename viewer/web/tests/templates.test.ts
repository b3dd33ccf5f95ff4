// The server's pages: every template renders with exactly the variables that README.md promises it.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { render } from './mock/server.ts';

const DIR = '../templates';
const names = readdirSync(DIR).filter((name) => name.endsWith('.html')).map((name) => name.replace('.html', ''));
const table = [...readFileSync(`${DIR}/README.md`, 'utf8').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
const VARIABLES = ['lang', 'title', 'organisation', 'phone', 'style_href', 'icon_href', 'main_src', 'worker_src', 'style_nonce', 'handle', 'reference', 'message'];

test('the README names every variable, and no other', () => {
  assert.deepEqual(table.filter((name) => VARIABLES.includes(name)), VARIABLES);
  const used = new Set(names.flatMap((name) => [...readFileSync(`${DIR}/${name}.html`, 'utf8').matchAll(/\{\{(?:#if )?(\w+)\}\}/g)].map(([, variable]) => variable!)));
  assert.deepEqual([...used].sort(), [...VARIABLES].sort());
});

describe('each page', () => {
  for (const name of names.filter((one) => one !== 'layout')) {
    test(name, () => {
      const values = Object.fromEntries(VARIABLES.map((variable) => [variable, name === 'landing' || !/src|nonce|handle|reference/.test(variable) ? `<${variable}>` : '']));
      const html = render(name, values);
      assert.equal([...html.matchAll(/<h1[ >]/g)].length, 1);
      assert.match(html, /<main id="main" class="wrap">/);
      assert.match(html, /Phone &#60;organisation&#62; on/);
      assert.doesNotMatch(html, /\{\{|<\w+_(?:src|href|nonce)>|<(?:organisation|handle|message)>/);
      assert.doesNotMatch(html, /\sstyle=|\son\w+=|<style|javascript:/i);
      assert.equal(html.includes('<script'), name === 'landing');
    });
  }
});
