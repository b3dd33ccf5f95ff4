// The language switch in the page's head, and the words around the page that the server wrote. The switch changes this
// page in place: a reload would ask the server again, and a link elsewhere would lose the fragment with the secret.

import { phoneLink, together } from './dom.ts';
import { namesIn, type Shell } from './shell.ts';
import { languageOf, speak, spoken, t, type Key, type Language } from './texts.ts';

/** Kept because a reader pressed the switch, and only then. */
const KEPT = 'sealpost-language';

let pressed: Language | null = null;

export function chosenLanguage(): Language | null {
  try {
    return pressed ?? languageOf(localStorage.getItem(KEPT));
  } catch {
    // Storage is off: this page alone remembers.
    return null;
  }
}

/** What mails are to be in: the choice; or Welsh, where a browser asks for it by itself, which nobody's does by chance. */
export const languageForMails = (): Language | null => chosenLanguage() ?? (languageOf(navigator.language.slice(0, 2)) === 'cy' ? 'cy' : null);

/** Speaks what the reader chose at another time or in another browser, unless something was chosen in this one. */
export function follow(shell: Shell, language: string | undefined): void {
  const known = languageOf(language);
  if (known && known !== spoken() && !chosenLanguage()) turnTo(shell, known);
}

function keep(language: Language): void {
  pressed = language;
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // as above
  }
}

/** Speaks `language` from now on, with the frame of the page. What stands in `main` is the caller's. */
export function turnTo(shell: Shell, language: Language): void {
  speak(language);
  document.documentElement.lang = language;
  const names = namesIn(shell, language);
  for (const place of places('[data-text]')) place.textContent = t(place.dataset.text as Key, { ...names });
  for (const place of places('[data-label]')) place.setAttribute('aria-label', t(place.dataset.label as Key));
  for (const place of places('[data-organisation-here]')) place.textContent = names.organisation;
  for (const place of places('[data-help-en]')) {
    place.textContent = (language === 'cy' ? place.dataset.helpCy : place.dataset.helpEn) ?? '';
    together(place, [], names);
  }
  for (const place of places('[data-language]')) {
    if (place.dataset.language === language) place.setAttribute('aria-current', 'true');
    else place.removeAttribute('aria-current');
  }
  // The pages around know of the choice by this alone.
  for (const link of Array.from(document.querySelectorAll<HTMLAnchorElement>('.site-links a'))) link.search = `?lang=${language}`;
  for (const place of places('[data-phone-here]')) place.replaceChildren(phoneLink(names) ?? names.phone);
}

/** `changed` draws the page anew. */
export function listenToSwitch(shell: Shell, changed: (language: Language) => void): void {
  for (const place of places('[data-language]')) {
    place.addEventListener('click', () => {
      const language = languageOf(place.dataset.language);
      if (!language) return;
      keep(language);
      if (language === spoken()) return;
      turnTo(shell, language);
      changed(language);
    });
  }
}

const places = (selector: string) => Array.from(document.querySelectorAll<HTMLElement>(selector));
