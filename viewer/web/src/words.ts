// Dates, sizes and kinds of file, in words. The reader's clock is a parameter where it decides anything.

import { fileName } from './file-name.ts';
import type { Mailbox, Part } from './format/view.ts';
import { t, tn, type Key } from './texts.ts';

const UK = 'Europe/London';

/** "22 November 2026", "22 Tachwedd 2026" */
export function day(at: Date, zone = UK): string {
  const { day, month, year } = parts(at, zone);
  return t('date', { day: Number(day), month: t(`month.${Number(month)}` as Key), year: year! });
}

/** "2:32pm", "2:32yp" */
export function clock(at: Date, zone = UK): string {
  const { hour, minute } = parts(at, zone);
  const time = `${Number(hour) % 12 || 12}:${minute}`;
  return t(Number(hour) < 12 ? 'clock.am' : 'clock.pm', { time });
}

/** "22 November 2026, 2:32pm" */
export const dayAndClock = (at: Date, zone = UK): string => t('dateTime', { date: day(at, zone), time: clock(at, zone) });

/** Numbers only: no browser is trusted to have the words of every language. */
function parts(at: Date, zone: string): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'numeric', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone });
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}

/** UK time, and the reader's own where the two differ at that moment. */
export function bothTimes(at: Date, zone = Intl.DateTimeFormat().resolvedOptions().timeZone): string {
  const time = dayAndClock(at);
  const local = dayAndClock(at, zone);
  return time === local ? time : t('message.bothTimes', { time, local });
}

export function mailboxes(boxes: Mailbox[]): string {
  return boxes.map(({ name, address }) => (name && address ? `${name} <${address}>` : (name ?? address ?? ''))).join(', ');
}

/** Thousands, as phones and computers count files. */
export function size(octets: number): string {
  if (octets < 1_000) return tn('size.bytes', octets);
  if (octets < 999_500) return t('size.KB', { n: Math.round(octets / 1_000) });
  const mega = octets / 1_000_000;
  return t('size.MB', { n: mega < 9.95 ? mega.toFixed(1).replace(/\.0$/, '') : Math.round(mega) });
}

/** A limit: rounded down, so that nobody is told of room that there is not. */
export function atMost(octets: number): string {
  const step = octets < 1_000 ? 1 : octets < 1_000_000 ? 1_000 : octets < 10_000_000 ? 100_000 : 1_000_000;
  return size(Math.floor(octets / step) * step);
}

interface KindOf {
  types: RegExp;
  extensions: RegExp;
  key: Key;
}

const KINDS: KindOf[] = [
  { types: /^application\/pdf$/, extensions: /^pdf$/, key: 'kind.PDF' },
  { types: /^application\/(msword|vnd\.openxmlformats-officedocument\.wordprocessingml\.document|vnd\.oasis\.opendocument\.text)$/, extensions: /^(docx?|odt)$/, key: 'kind.word' },
  { types: /^application\/(vnd\.ms-excel|vnd\.openxmlformats-officedocument\.spreadsheetml\.sheet|vnd\.oasis\.opendocument\.spreadsheet)$/, extensions: /^(xlsx?|ods)$/, key: 'kind.sheet' },
  { types: /^application\/(vnd\.ms-powerpoint|vnd\.openxmlformats-officedocument\.presentationml\.presentation)$/, extensions: /^pptx?$/, key: 'kind.slides' },
  { types: /^image\//, extensions: /^(jpe?g|png|gif|webp|bmp|tiff?|heic)$/, key: 'kind.picture' },
  { types: /^text\/plain$/, extensions: /^(txt|text|log)$/, key: 'kind.text' },
  { types: /^text\/csv$/, extensions: /^csv$/, key: 'kind.csv' },
  { types: /^message\/rfc822$/, extensions: /^eml$/, key: 'kind.email' },
  { types: /^application\/(zip|x-zip-compressed)$/, extensions: /^zip$/, key: 'kind.zip' },
  { types: /^(text\/html|application\/xhtml\+xml)$/, extensions: /^(html?|xhtml)$/, key: 'kind.web' },
  { types: /^text\/calendar$/, extensions: /^ics$/, key: 'kind.calendar' },
  { types: /^text\/(x-)?vcard$/, extensions: /^vcf$/, key: 'kind.contact' },
];

/**
 * "Referral letter (PDF, 340 KB)". The ending is dropped only where it and the media type agree; otherwise the whole
 * name stands there, so that `letter.pdf.exe` cannot pass for a letter.
 */
export function partTitle(part: Pick<Part, 'name' | 'type' | 'size'>, n: number): string {
  const { stem, kind } = partNames(part, n);
  return `${stem} (${kind}, ${size(part.size)})`;
}

export function partNames(part: Pick<Part, 'name' | 'type'>, n: number): { stem: string; kind: string } {
  const name = fileName(part.name, t('message.unnamed', { n }));
  const ending = /\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1] ?? '';
  const byEnding = KINDS.find((kind) => kind.extensions.test(ending.toLowerCase()));
  const byType = KINDS.find((kind) => kind.types.test(part.type));
  if (byEnding && (byEnding === byType || part.type === 'application/octet-stream')) {
    return { stem: name.slice(0, -ending.length - 1) || name, kind: t(byEnding.key, { name: ending.toUpperCase() }) };
  }
  if (!ending && byType) return { stem: name, kind: t(byType.key, { name: part.type.replace(/^.*\//, '').toUpperCase() }) };
  return { stem: name, kind: ending ? t('kind.file', { name: ending.toUpperCase() }) : t('kind.unknown') };
}

/** What may be shown in this page. Everything else is only ever downloaded (PROMISES B5). */
export type Shown = 'picture' | 'pdf' | 'text' | 'calendar';

export function shownAs(type: string): Shown | null {
  if (/^image\/(png|jpeg|gif|webp)$/.test(type)) return 'picture';
  if (type === 'application/pdf') return 'pdf';
  // Its words only.
  if (type === 'text/calendar') return 'calendar';
  return type === 'text/plain' ? 'text' : null;
}
