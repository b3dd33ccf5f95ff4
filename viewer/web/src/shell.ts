// What the server put into the page: the contract with `templates/layout.html`.

export interface Shell {
  handle: string;
  reference: string;
  organisation: string;
  phone: string;
  worker: string;
  styleNonce: string;
  lang: string;
  main: HTMLElement;
}

export function readShell(): Shell | null {
  const main = document.getElementById('main');
  const { handle, reference, organisation, phone, worker, styleNonce } = document.body.dataset;
  if (!main || !worker) return null;
  return {
    handle: handle ?? '',
    reference: reference ?? '',
    organisation: organisation ?? '',
    phone: phone ?? '',
    worker,
    styleNonce: styleNonce ?? '',
    lang: document.documentElement.lang || 'en',
    main,
  };
}
