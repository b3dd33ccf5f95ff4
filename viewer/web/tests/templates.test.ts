// The server's pages: every template renders with exactly the variables that README.md promises it.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { render, VARIABLES } from './mock/server.ts';

const DIR = '../templates';
const names = readdirSync(DIR).filter((name) => name.endsWith('.html')).map((name) => name.replace('.html', ''));
const table = [...readFileSync(`${DIR}/README.md`, 'utf8').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);

test('the README names every variable, and no other', () => {
  assert.deepEqual(table.filter((name) => VARIABLES.includes(name)), VARIABLES);
  const used = new Set(names.flatMap((name) => [...readFileSync(`${DIR}/${name}.html`, 'utf8').matchAll(/\{\{(?:#if )?(?!else)(\w+)\}\}|lang=(other)/g)].map(([, variable, value]) => (variable ?? value)!)));
  assert.deepEqual([...used].sort(), [...VARIABLES].sort());
});

describe('each page', () => {
  for (const lang of ['en', 'cy']) {
    for (const name of names.filter((one) => one !== 'layout')) {
      test(`${name} in ${lang}`, () => {
        const other = lang === 'en' ? 'cy' : 'en';
        const values = Object.fromEntries(VARIABLES.map((variable) => [variable, name === 'landing' || !/src|nonce|handle|reference/.test(variable) ? `<${variable}>` : '']));
        const html = render(name, { ...values, lang, other });
        assert.equal([...html.matchAll(/<h1[ >]/g)].length, 1);
        assert.match(html, /<main id="main" class="wrap">/);
        assert.ok(html.startsWith(`<!DOCTYPE html>\n<html lang="${lang}" dir="ltr">`));
        assert.match(html, lang === 'en' ? /Phone &#60;organisation&#62; on/ : /Ffoniwch &#60;organisation&#62; ar/);
        assert.match(html, />English<[\s\S]*>Cymraeg</);
        assert.doesNotMatch(html, /\{\{|<\w+_(?:src|href|nonce)>|<(?:organisation|handle|message)>/);
        assert.doesNotMatch(html, /\sstyle=|\son\w+=|<style|javascript:/i);
        assert.equal(html.includes('<script'), name === 'landing');
      });
    }
  }
});
