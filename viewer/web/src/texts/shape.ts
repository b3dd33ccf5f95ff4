// What every language must have: the keys of the English one, counted where that one counts.

import type { en } from './en.ts';

export type Texts<Form extends string> = { [K in keyof typeof en]: (typeof en)[K] extends string ? string : Record<Form, string> };
