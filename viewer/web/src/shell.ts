// What the server put into the page: the contract with `templates/layout.html`.

import type { Language } from './texts.ts';

export interface Shell {
  handle: string;
  reference: string;
  names: Names;
  /** Where the organisation has a Welsh name or help line of its own. */
  welsh: Partial<Names>;
  worker: string;
  styleNonce: string;
  lang: string;
  main: HTMLElement;
}

/** The organisation as its readers know it. */
export interface Names {
  organisation: string;
  phone: string;
  /** What a phone dials for it; empty where it is not one number. */
  tel: string;
}

export const namesIn = ({ names, welsh }: Pick<Shell, 'names' | 'welsh'>, language: Language): Names =>
  language === 'cy' ? { organisation: welsh.organisation || names.organisation, ...(welsh.phone ? { phone: welsh.phone, tel: welsh.tel ?? '' } : { phone: names.phone, tel: names.tel }) } : names;

export function readShell(): Shell | null {
  const main = document.getElementById('main');
  const { handle, reference, organisation, phone, organisationCy, phoneCy, tel, telCy, worker, styleNonce } = document.body.dataset;
  if (!main || !worker) return null;
  return {
    handle: handle ?? '',
    reference: reference ?? '',
    names: { organisation: organisation ?? '', phone: phone ?? '', tel: tel ?? '' },
    welsh: { organisation: organisationCy ?? '', phone: phoneCy ?? '', tel: telCy ?? '' },
    worker,
    styleNonce: styleNonce ?? '',
    lang: document.documentElement.lang || 'en',
    main,
  };
}
