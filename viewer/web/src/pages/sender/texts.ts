// The words of the sender's page, beside those that every page has: what shows or saves one of them takes `t` from here.

import * as shared from '../../texts.ts';
import { cy } from '../../texts/sender/cy.ts';
import { en } from '../../texts/sender/en.ts';

type Own = shared.PlainIn<typeof en>;
export type Key = shared.Key | Own;
export type Counted = shared.Counted | Exclude<keyof typeof en, Own>;

shared.learn({ en, cy });

export const t = shared.t as (key: Key, values?: shared.Values) => string;
export const tn = shared.tn as (key: Counted, n: number, values?: shared.Values) => string;
