// What every language must have: the keys of the English one, counted where that one counts.

export type Texts<English, Form extends string> = { [K in keyof English]: English[K] extends string ? string : Record<Form, string> };
