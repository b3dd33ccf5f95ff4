// Every word that the script shows, by language. The words stand in viewer/locales; `npm run texts` makes src/texts/ of
// them. A key that a language lacks is a compile error.

import { cy } from './texts/cy.ts';
import { en } from './texts/en.ts';

type Shape = typeof en;
export type Key = { [K in keyof Shape]: Shape[K] extends string ? K : never }[keyof Shape];
/** Texts that are counted, by the name of the language's own forms. */
export type Counted = Exclude<keyof Shape, Key>;

export const LANGUAGES = ['en', 'cy'] as const;
export type Language = (typeof LANGUAGES)[number];

const texts = { en, cy };

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

export const t = (key: Key, values: Values = {}): string => fill(texts[language][key], values);

export function tn(key: Counted, n: number, values: Values = {}): string {
  const forms: Record<string, string> = texts[language][key];
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
