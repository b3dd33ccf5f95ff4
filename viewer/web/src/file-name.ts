// Names of files that strangers chose, made safe to show and to save under.

import { utf8 } from './format/bytes.ts';

/** File systems stop at 255 octets; this leaves room for " (2)" and for what browsers add. */
const MOST_OCTETS = 200;

/** Names that Windows keeps for devices, with whatever ending. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** No path, no control or direction-changing character, no hidden file, no device, and short enough to save. */
export function fileName(name: string | null, otherwise: string): string {
  const last = (name ?? '').normalize('NFC').split(/[/\\]/).pop()!;
  const clean = last
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}<>:"|?*]/gu, '')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  if (!clean) return otherwise;
  const { stem, ending } = split(DEVICES.test(clean) ? `_${clean}` : clean);
  return shortened(stem, MOST_OCTETS - ending.length) + ending;
}

/**
 * The names of one folder: what is there already gets a number. Compared as Windows and macOS compare them, without
 * regard to case.
 */
export function toldApart(names: string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const { stem, ending } = split(name);
    let unique = name;
    for (let n = 2; taken.has(folded(unique)); n++) unique = `${stem} (${n})${ending}`;
    taken.add(folded(unique));
    return unique;
  });
}

const folded = (name: string): string => name.normalize('NFC').toLowerCase();

function split(name: string): { stem: string; ending: string } {
  const ending = /\.[A-Za-z0-9]{1,8}$/.exec(name)?.[0] ?? '';
  return { stem: name.slice(0, name.length - ending.length), ending };
}

/** Whole characters, never half of one. */
function shortened(text: string, octets: number): string {
  let out = '';
  let length = 0;
  for (const character of text) {
    length += utf8(character).length;
    if (length > octets) break;
    out += character;
  }
  return out;
}
