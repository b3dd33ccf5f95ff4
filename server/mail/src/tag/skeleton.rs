//! A subject as a person reads it: which letters its characters look like.
//!
//! Compatibility decomposition (UAX #15), format characters and marks dropped, the skeleton of
//! UTS #39, case folded. Composition would only bring accents back, so there is none. Where the
//! standard's table has no Latin letter for a character, the other case of it may (Greek epsilon has
//! none, its capital has), and a few alphabets of signs are added.
//!
//! I, l, i and 1 are one letter here, 0 and o are, and m is r and n, as UTS #39 has it.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};
use unicode_security::confusable_detection::skeleton;

use super::brackets::{Side, side};

/// One thing that a reader sees, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sign {
    pub(super) kind: Kind,
    /// In octets of the subject. What cannot be seen belongs to the sign before it.
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Letter(char),
    Bracket(Side),
    Space,
    Other(char),
}

impl Sign {
    pub(super) fn letter(&self) -> Option<char> {
        match self.kind {
            Kind::Letter(letter) => Some(letter),
            _ => None,
        }
    }
}

/// The signs of a text. Places are counted from `offset`.
pub(super) fn signs(text: &str, offset: usize) -> Vec<Sign> {
    let mut signs: Vec<Sign> = Vec::with_capacity(text.len());
    let mut unseen = None; // where invisible characters began, before anything visible
    for (at, c) in text.char_indices() {
        let (at, end) = (offset + at, offset + at + c.len_utf8());
        if is_invisible(c) {
            match signs.last_mut() {
                Some(last) => last.end = end,
                None => unseen = unseen.or(Some(at)),
            }
            continue;
        }
        let start = unseen.take().unwrap_or(at);
        kinds(c, &mut |kind| signs.push(Sign { kind, start, end }));
    }
    signs
}

/// Its letters alone.
pub(super) fn letters(text: &str) -> Vec<char> {
    signs(text, 0).iter().filter_map(Sign::letter).collect()
}

/// Format characters (Cf), marks, and the letters and selectors that are drawn as nothing.
pub(crate) fn is_invisible(c: char) -> bool {
    !c.is_ascii() && (is_format(c) || is_combining_mark(c))
}

fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

fn kinds(c: char, push: &mut impl FnMut(Kind)) {
    if let Some(side) = side(c) {
        push(Kind::Bracket(side));
    } else if c.is_ascii() {
        kind_of_plain(c, push);
    } else if let Some(letter) = letter_of_sign(c) {
        each_letter(letter, push);
    } else if c.is_whitespace() {
        push(Kind::Space);
    } else {
        decompose_compatible(c, |part| {
            if let Some(side) = side(part) {
                push(Kind::Bracket(side));
            } else if part.is_ascii() {
                kind_of_plain(part, push);
            } else if is_invisible(part) {
                // An accent.
            } else if part.is_alphanumeric() {
                look_alike(part, push);
            } else {
                push(Kind::Other(part));
            }
        });
    }
}

fn kind_of_plain(c: char, push: &mut impl FnMut(Kind)) {
    if c.is_ascii_alphanumeric() {
        each_letter(c, push);
    } else if c.is_whitespace() {
        push(Kind::Space);
    } else {
        push(Kind::Other(c));
    }
}

/// The letters of an ASCII letter or digit.
fn each_letter(c: char, push: &mut impl FnMut(Kind)) {
    match c.to_ascii_lowercase() {
        'i' | '1' => push(Kind::Letter('l')),
        '0' => push(Kind::Letter('o')),
        'm' => {
            push(Kind::Letter('r'));
            push(Kind::Letter('n'));
        }
        letter => push(Kind::Letter(letter)),
    }
}

/// The letters that a letter beyond ASCII looks like; itself, folded, if like none.
fn look_alike(c: char, push: &mut impl FnMut(Kind)) {
    let upper = c.to_uppercase().next().filter(|&upper| upper != c);
    let lower = c.to_lowercase().next().filter(|&lower| lower != c);
    let latin = [Some(c), upper, lower].into_iter().flatten().find_map(|c| {
        let drawn: String = skeleton(c.encode_utf8(&mut [0; 4]))
            .filter(|&part| !is_invisible(part))
            .collect();
        let is_latin = !drawn.is_empty() && drawn.chars().all(|part| part.is_ascii_alphanumeric());
        is_latin.then_some(drawn)
    });
    match latin {
        Some(drawn) => drawn.chars().for_each(|part| each_letter(part, push)),
        None => c.to_lowercase().for_each(|part| push(Kind::Letter(part))),
    }
}

/// Letters that are neither decomposed nor in the table of UTS #39: small capitals, and those in
/// squares and circles.
fn letter_of_sign(c: char) -> Option<char> {
    let small_capitals = "aᴀbʙcᴄdᴅeᴇfꜰgɢhʜiɪjᴊkᴋlʟmᴍnɴoᴏpᴘrʀsꜱtᴛuᴜvᴠwᴡyʏzᴢ";
    let from = |first: u32| char::from_u32(u32::from('a') + (u32::from(c) - first));
    match c {
        '\u{1f150}'..='\u{1f169}' => from(0x1f150),
        '\u{1f170}'..='\u{1f189}' => from(0x1f170),
        '\u{1f1e6}'..='\u{1f1ff}' => from(0x1f1e6),
        'ʀ'..='ʟ' | 'ɢ' | 'ɪ' | 'ɴ' | 'ᴀ'..='ᴢ' | 'ꜰ' | 'ꜱ' => {
            let mut pairs = small_capitals.chars();
            while let (Some(plain), Some(small)) = (pairs.next(), pairs.next()) {
                if small == c {
                    return Some(plain);
                }
            }
            None
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_scripts_and_more_look_like_latin() {
        let wanted = letters("secure");
        for text in [
            "SECURE",
            "ѕесᴜге",
            "ѕеcurе",
            "ЅЕСURЕ",
            "ѕεсυrε",
            "ΣECURE",
            "տecսre",
            "ՏЕСՍRЕ",
            "ᏚᎬᏟuᎡᎬ",
            "ꓢꓰꓚꓴꓣꓰ",
            "ｓｅｃｕｒｅ",
            "ＳＥＣＵＲＥ",
            "𝐬𝐞𝐜𝐮𝐫𝐞",
            "𝔰𝔢𝔠𝔲𝔯𝔢",
            "𝚜𝚎𝚌𝚞𝚛𝚎",
            "ⓢⓔⓒⓤⓡⓔ",
            "🅂🄴🄲🅄🅁🄴",
            "🆂🅴🅲🆄🆁🅴",
            "🇸🇪🇨🇺🇷🇪",
            "ꜱᴇᴄᴜʀᴇ",
            "śécùrę",
            "s\u{301}e\u{200b}c\u{ad}u\u{2060}r\u{fe0f}e",
            "\u{200f}secure\u{200e}",
            "\u{202e}secure\u{202c}",
        ] {
            let read = letters(text);
            let mut distance = super::super::distance::Distance::new(&wanted);
            read.iter().for_each(|&letter| distance.push(letter));
            let allowed = usize::from(text.contains(['г', 'Σ']));
            assert!(distance.of_all() <= allowed, "{text} reads {read:?}");
        }
    }

    #[test]
    fn what_looks_the_same_is_the_same() {
        for (one, other) in [
            ("Illl1", "lIiI1"),
            ("MODERN", "rnodern"),
            ("O0", "oo"),
            ("ﬁle", "flle"),
            ("naïve", "naive"),
        ] {
            assert_eq!(letters(one), letters(other), "{one}");
        }
        assert_ne!(letters("secure"), letters("secund"));
    }

    #[test]
    fn what_cannot_be_seen_belongs_to_the_sign_before_it() {
        let signs = signs("\u{200b}a\u{301}\u{200b} b", 10);
        let places: Vec<_> = signs.iter().map(|sign| (sign.start, sign.end)).collect();
        assert_eq!(places, [(10, 19), (19, 20), (20, 21)]);
    }
}
