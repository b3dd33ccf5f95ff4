// What the bundle is made of: each package once, its licence told, nothing that runs text as code.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { cy } from '../src/texts/sender/cy.ts';
import { en } from '../src/texts/sender/en.ts';

interface Package {
  version: string;
}

describe('the bundle', () => {
  const inputs: Record<string, string[]> = {};
  before(async () => {
    for (const entry of ['main', 'sender', 'worker']) {
      const { metafile } = await build({ entryPoints: [`src/${entry}.ts`], bundle: true, write: false, metafile: true });
      inputs[entry] = Object.keys(metafile.inputs).filter((path) => Object.values(metafile.outputs).some(({ inputs }) => (inputs[path]?.bytesInOutput ?? 0) > 0));
    }
  });

  test('has each package once, and THIRD-PARTY.txt has its licence', () => {
    const told = readFileSync('THIRD-PARTY.txt', 'utf8');
    const packages = new Set(Object.values(inputs).flat().filter((path) => path.startsWith('node_modules/')).map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)![1]!));
    for (const name of packages) {
      const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as Package;
      assert.ok(told.includes(`===== ${name} ${version} (`), `${name} ${version}`);
    }
    assert.ok(packages.size >= 7);
    for (const path of Object.values(inputs).flat()) assert.equal(path.lastIndexOf('node_modules/'), path.indexOf('node_modules/'), `bundled twice: ${path}`);
  });

  test('keeps cryptography out of the page', () => {
    for (const page of ['main', 'sender']) assert.deepEqual(inputs[page]!.filter((path) => /@noble|@scure|age-encryption|src\/worker/.test(path)), [], page);
  });

  test('has nothing of the sender’s page in what a recipient loads', () => {
    const senders = /src\/(?:pages\/sender\/|texts\/sender\/|sender)/;
    assert.deepEqual(inputs.main!.filter((path) => senders.test(path)), []);
    assert.ok(inputs.sender!.filter((path) => senders.test(path)).length >= 10);
    const manifest = JSON.parse(readFileSync('dist/manifest.json', 'utf8')) as Record<string, string>;
    const read = (name: string) => readFileSync(`dist/${manifest[name]}`, 'utf8');
    const every = [en, cy].flatMap((texts) => Object.values<string | Record<string, string>>(texts)).flatMap((text) => (typeof text === 'string' ? text : Object.values(text)));
    const words = every.map((text) => text.split('{')[0]!).filter((text) => text.length > 20);
    const said = (name: string) => words.filter((text) => read(name).includes(text)).length;
    assert.deepEqual([said('main.js'), said('worker.js'), said('sender.js')], [0, 0, words.length]);
    assert.deepEqual(['style.css', 'sender.css'].map((name) => read(name).includes('.standing-opened')), [false, true]);
  });

  test('never turns text into code, and has no wasm', () => {
    for (const name of readdirSync('dist').filter((one) => one.endsWith('.js'))) {
      assert.doesNotMatch(readFileSync(`dist/${name}`, 'utf8'), /\beval\s*\(|new Function\b|WebAssembly|importScripts/);
    }
  });
});
