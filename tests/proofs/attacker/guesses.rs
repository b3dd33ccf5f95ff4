//! Where 32 octets can hide: in texts, in every encoding that Sealpost uses anywhere, and in pages
//! of a database.

use std::collections::{BTreeSet, HashMap};

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::loot::Found;

/// What a file's texts give.
#[derive(Default)]
pub(crate) struct Texts {
    /// Whole strings of 32 octets, and both ends of longer ones.
    pub(crate) whole: BTreeSet<[u8; 32]>,
    /// Every 32 octets in a row inside what a string decodes to.
    pub(crate) inside: BTreeSet<[u8; 32]>,
    /// age identities.
    pub(crate) identities: BTreeSet<String>,
}

/// Reads all strings of a text file.
pub(crate) fn of_text(octets: &[u8], into: &mut Texts) {
    let is_in_word = |octet: &u8| octet.is_ascii_alphanumeric() || b"+/=_-".contains(octet);
    for word in octets.split(|octet| !is_in_word(octet)) {
        let text = String::from_utf8_lossy(word);
        if text.starts_with("AGE-SECRET-KEY-") {
            into.identities.insert(text.to_string());
        }
        // Separators may stand inside a word: groups of a message key, `name=value`.
        let parts: Vec<String> = std::iter::once(text.to_string())
            .chain(text.split('=').map(str::to_owned))
            .chain([text.replace('-', "")])
            .collect();
        for part in parts.iter().filter(|part| part.len() >= 42) {
            for decoded in decodings(part) {
                add(&decoded, into);
            }
        }
    }
}

fn add(decoded: &[u8], into: &mut Texts) {
    let window = |at: usize| decoded[at..at + 32].try_into().expect("32 octets");
    let Some(last) = decoded.len().checked_sub(32) else {
        return;
    };
    into.whole.insert(window(0));
    into.whole.insert(window(last));
    into.inside.extend((0..=last.min(4096)).map(window));
}

const CROCKFORD: &str = "0123456789abcdefghjkmnpqrstvwxyz";

fn decodings(text: &str) -> Vec<Vec<u8>> {
    if let Some(octets) = by_symbols(text, "0123456789abcdef", 4) {
        return vec![octets];
    }
    let loose = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let mut found = Vec::new();
    for alphabet in [&STANDARD, &URL_SAFE] {
        found.extend(GeneralPurpose::new(alphabet, loose).decode(text).ok());
    }
    // A message key, without its check symbol or with it.
    if let (52 | 53, Some(symbols)) = (text.len(), text.get(..52)) {
        found.extend(by_symbols(symbols, CROCKFORD, 5));
    }
    found.dedup();
    found
}

fn by_symbols(text: &str, alphabet: &str, bits: u32) -> Option<Vec<u8>> {
    let (mut octets, mut held, mut count) = (Vec::new(), 0u32, 0);
    for symbol in text.chars() {
        let value = alphabet.find(symbol.to_ascii_lowercase())?;
        held = held << bits | u32::try_from(value).ok()?;
        count += bits;
        if count >= 8 {
            count -= 8;
            octets.push((held >> count & 0xff) as u8);
            held &= (1 << count) - 1;
        }
    }
    Some(octets)
}

/// Octets around a place where an id occurs in a file.
pub(crate) struct Around<'a> {
    pub(crate) octets: &'a [u8],
}

const PAGE: usize = 4096;

/// For each id, the stretches of the files in which it occurs: a page's length to either side, so
/// that the page is in it wherever the file's pages begin. Overlapping ones are one.
pub(crate) fn around<'a>(
    files: &'a [Found],
    ids: &HashMap<[u8; 16], usize>,
    victims: usize,
) -> Vec<Vec<Around<'a>>> {
    let mut found: Vec<Vec<Around<'a>>> = (0..victims).map(|_| Vec::new()).collect();
    // A filter of two octets spares most look-ups.
    let mut first = vec![false; 1 << 16];
    for id in ids.keys() {
        first[usize::from(id[14]) << 8 | usize::from(id[15])] = true;
    }
    for file in files {
        let octets = &file.octets;
        let mut open: HashMap<usize, (usize, usize)> = HashMap::new();
        for end in 16..=octets.len() {
            let tail = usize::from(octets[end - 2]) << 8 | usize::from(octets[end - 1]);
            if !first[tail] {
                continue;
            }
            let id: [u8; 16] = octets[end - 16..end].try_into().expect("16 octets");
            let Some(victim) = ids.get(&id).copied() else {
                continue;
            };
            let stretch = (end.saturating_sub(PAGE), (end + PAGE).min(octets.len()));
            let before = open.entry(victim).or_insert(stretch);
            if stretch.0 <= before.1 {
                before.1 = stretch.1;
            } else {
                let (start, end) = std::mem::replace(before, stretch);
                found[victim].push(Around {
                    octets: &octets[start..end],
                });
            }
        }
        for (victim, (start, end)) in open {
            found[victim].push(Around {
                octets: &octets[start..end],
            });
        }
    }
    found
}
