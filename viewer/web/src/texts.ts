// The words that the script shows, by language. They stand in viewer/locales; `npm run texts` makes src/texts/ of them. A
// key that a language lacks is a compile error. Those of the sender's page are added by pages/sender/texts.ts, so that no
// recipient loads them.

import { cy } from './texts/cy.ts';
import { en } from './texts/en.ts';

export type PlainIn<Shape> = { [K in keyof Shape]: Shape[K] extends string ? K : never }[keyof Shape];
export type Key = PlainIn<typeof en>;
/** Texts that are counted, by the name of the language's own forms. */
export type Counted = Exclude<keyof typeof en, Key>;

export const LANGUAGES = ['en', 'cy'] as const;
export type Language = (typeof LANGUAGES)[number];

type Words = Record<string, string | Record<string, string>>;

const texts: Record<Language, Words> = { en: { ...en }, cy: { ...cy } };

/** More words than every page has. */
export function learn(more: Record<Language, Words>): void {
  for (const one of LANGUAGES) Object.assign(texts[one], more[one]);
}

export type Values = Record<string, string | number>;

let language: Language = 'en';

export function speak(lang: string): void {
  language = languageOf(lang) ?? 'en';
}

export const spoken = (): Language => language;

/** The same in every language, for what is read later, by whom nobody knows. */
export function inEach<T>(make: () => T): Record<Language, T> {
  const before = language;
  const made = LANGUAGES.map((one) => {
    language = one;
    return [one, make()];
  });
  language = before;
  return Object.fromEntries(made) as Record<Language, T>;
}

export const languageOf = (lang: unknown): Language | null => LANGUAGES.find((one) => one === lang) ?? null;

export const t = (key: Key, values: Values = {}): string => fill(texts[language][key] as string, values);

export function tn(key: Counted, n: number, values: Values = {}): string {
  const forms = texts[language][key] as Record<string, string>;
  return fill(forms[formOf[language](n)] ?? forms.other!, { n, ...values });
}

/** The plural rules of CLDR for whole numbers. Few browsers carry Welsh, so they cannot be asked. */
const formOf: Record<Language, (n: number) => string> = {
  en: (n) => (n === 1 ? 'one' : 'other'),
  cy: (n) => ({ 0: 'zero', 1: 'one', 2: 'two', 3: 'few', 6: 'many' })[n] ?? 'other',
};

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => (name in values ? String(values[name]) : all));
}
