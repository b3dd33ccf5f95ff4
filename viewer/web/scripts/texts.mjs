// Makes src/texts/ of the Fluent files in ../locales: `node scripts/texts.mjs`; with `--check` it only compares. What the
// browser gets is plain strings, so it needs no Fluent of its own. Anything beyond text, placeables and one choice by
// `$n` is an error here. The words of the sender's page are modules of their own, which no recipient loads.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from '@fluent/syntax';

const here = fileURLToPath(new URL('..', import.meta.url));
/** By the folder of src/texts/ that they go to. */
export const GROUPS = { '': ['shell', 'dates', 'web', 'message'], 'sender/': ['sender'] };

export const LANGUAGES = { en: ['one', 'other'], cy: ['zero', 'one', 'two', 'few', 'many', 'other'] };

/** One module of `src/texts/`, as it has to be. */
export function moduleOf(language, group) {
  const entries = GROUPS[group].flatMap((file) => messagesOf(language, file));
  const twice = entries.find(([key], index) => entries.findIndex(([other]) => other === key) !== index);
  if (twice) throw new Error(`${language}: ${twice[0]} stands there twice`);
  const lines = entries.map(([key, value]) => `  ${literal(key)}: ${typeof value === 'string' ? literal(value) : forms(value)},`);
  const shape = `import type { en } from './en.ts';\nimport type { Texts } from '${group ? '../' : './'}shape.ts';\n\n`;
  const [type, name] = language === 'en' ? ['', 'en'] : [shape, `${language}: Texts<typeof en, ${LANGUAGES[language].map(literal).join(' | ')}>`];
  return `// Made of viewer/locales/${language} by \`npm run texts\`: change the words there.\n\n${type}export const ${name} = {\n${lines.join('\n')}\n};\n`;
}

const literal = (text) => `'${text.replace(/[\\']/g, '\\$&')}'`;
const forms = (value) => `{ ${Object.entries(value).map(([form, text]) => `${form}: ${literal(text)}`).join(', ')} }`;

function messagesOf(language, file) {
  const place = `locales/${language}/${file}.ftl`;
  const { body } = parse(readFileSync(join(here, '..', place), 'utf8'), { withSpans: false });
  return body.flatMap((entry) => {
    if (entry.type === 'Junk') throw new Error(`${place}: ${entry.annotations[0]?.message ?? 'not Fluent'}: ${entry.content}`);
    if (entry.type !== 'Message') return [];
    const { name } = entry.id;
    const fail = (why) => {
      throw new Error(`${place}: ${name}: ${why}`);
    };
    if (!entry.value || entry.attributes.length > 0) fail('must be a value, without attributes');
    return [[name.replace('-', '.'), valueOf(entry.value, LANGUAGES[language], fail)]];
  });
}

function valueOf(pattern, wanted, fail) {
  const [only, ...more] = pattern.elements;
  if (only?.type !== 'Placeable' || only.expression.type !== 'SelectExpression') return textOf(pattern, fail);
  if (more.length > 0) fail('a choice must be the whole of it');
  const { selector, variants } = only.expression;
  if (selector.type !== 'VariableReference' || selector.id.name !== 'n') fail('a choice must be by $n');
  const found = variants.map(({ key }) => key.name);
  if (found.join() !== wanted.join()) fail(`has the forms ${found.join(', ')} and needs ${wanted.join(', ')}`);
  return Object.fromEntries(variants.map(({ key, value }) => [key.name, textOf(value, fail)]));
}

/** `{ $name }` becomes `{name}`, as `fill` in src/texts.ts knows it. */
function textOf(pattern, fail) {
  return pattern.elements
    .map((element) => {
      if (element.type === 'TextElement') return element.value.includes('{') ? fail('has a brace') : element.value.replace(/\n/g, ' ');
      const { expression } = element;
      if (expression.type === 'StringLiteral') return expression.parse().value;
      return expression.type === 'VariableReference' ? `{${expression.id.name}}` : fail('has more than text and variables');
    })
    .join('');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [language, group] of Object.keys(LANGUAGES).flatMap((one) => Object.keys(GROUPS).map((group) => [one, group]))) {
    const path = `src/texts/${group}${language}.ts`;
    const made = moduleOf(language, group);
    if (!process.argv.includes('--check')) writeFileSync(join(here, path), made);
    else if (readFileSync(join(here, path), 'utf8') !== made) {
      console.error(`${path} is not what viewer/locales says: run \`npm run texts\`.`);
      process.exitCode = 1;
    }
  }
}
