//! What mail programs put before the subject of an answer or a forwarded mail.

/// The words, without the colon. Longer lists exist; a prefix that is missing here costs `Elsewhere`
/// for `Exact`, and a bare word behind it is not taken for the tag.
const WORDS: [&str; 58] = [
    "re",
    "fw",
    "fwd", // English, and most programs
    "ynghylch",
    "atb",
    "ateb",
    "yml",
    "ymlaen", // Welsh
    "aw",
    "antw",
    "antwort",
    "wg",
    "doorst", // German, Dutch
    "sv",
    "vs",
    "vb",
    "vl",
    "fs",
    "ang",
    "videres", // Scandinavian, Finnish
    "tr",
    "rv",
    "rvs",
    "réf",
    "ref",
    "res",
    "enc", // French, Spanish, Portuguese
    "r",
    "i",
    "rif",
    "inoltra", // Italian
    "odp",
    "pd",
    "ats",
    "přep",
    "vá",
    "továbbítás", // Polish, Czech, Hungarian
    "răsp",
    "redirec", // Romanian
    "απ",
    "πρθ",
    "σχετ", // Greek
    "отв",
    "на",
    "пересл", // Russian
    "ynt",
    "ilt",
    "i̇lt", // Turkish
    "bls",
    "trs", // Indonesian
    "回复",
    "答复",
    "回覆",
    "转发",
    "轉寄",
    "返信",
    "転送",
    "회신", // Chinese, Japanese, Korean
];

/// Where the subject goes on behind white space and any chain of `Re:`, `Fwd:`, `RE[2]:`, `Re^2:`.
pub(super) fn end(subject: &str) -> usize {
    let mut rest = subject.trim_start();
    while let Some(behind) = behind_one(rest) {
        rest = behind.trim_start();
    }
    subject.len() - rest.len()
}

fn behind_one(text: &str) -> Option<&str> {
    // İ becomes an i with a mark in lower case, which is no letter: marks belong to the word.
    let is_word = |c: char| c.is_alphabetic() || c == '\u{307}';
    let word = text.find(|c: char| !is_word(c))?;
    if word > LONGEST || !WORDS.contains(&text[..word].to_lowercase().as_str()) {
        return None;
    }
    let counter = |c: char| c.is_ascii_digit() || "[]()^*".contains(c);
    let behind_counter = text[word..].trim_start().trim_start_matches(counter);
    behind_counter.trim_start().strip_prefix([':', '：'])
}

/// Octets of the longest word, and some for letters that are longer in upper case.
const LONGEST: usize = 24;
