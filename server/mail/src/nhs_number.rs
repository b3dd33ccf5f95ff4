//! Whether a mail shows an NHS number: ten digits of which the last one checks the others.
//!
//! Looked at are the subject and every text and HTML body that is not attached, decoded, each as far
//! as [`MAX_READ`] and all together as far as [`MAX_READ_ALL`]. Attachments and attached messages are not. The digits stand together or as
//! 3-3-4, with spaces or hyphens between, and are no piece of a longer number, of a telephone
//! number with its country code, or of a word.
//!
//! One in eleven numbers of ten digits passes the check by chance, so a number here is a suspicion.
//! Ten times the same digit always passes and is taken for a placeholder. What is found is not told,
//! only that something is: a number that nobody passes on stands in no log and no mail.

use crate::body;
use crate::header::HeaderSection;
use crate::limit::MAX_LEAF_READ;
use crate::mime::ParseError;
use crate::tag::is_invisible;
use crate::tree;

/// Decoded octets of one body that are read.
pub const MAX_READ: usize = MAX_LEAF_READ;
/// Octets of text of all bodies after which no further one is begun.
pub const MAX_READ_ALL: usize = 4 * MAX_READ;
/// Characters before a number that can make it a telephone number or a piece of a word.
const LOOK_BACK: usize = 24;
/// Separators between two groups: `943 - 476`.
const MOST_SEPARATORS: usize = 3;
/// What may touch a number from the left. Other words make it their own: `INV9434765919`.
const LABELS: [&str; 6] = ["nhs", "no", "nhsno", "number", "nhsnumber", "chi"];

/// Whether subject or bodies of a mail show one.
pub fn is_shown(header: &HeaderSection<'_>) -> Result<bool, ParseError> {
    if header
        .subjects()
        .iter()
        .any(|subject| is_in(subject.text()))
    {
        return Ok(true);
    }
    let content = header.content();
    let entities = tree::entities(header)?;
    let mut read = 0;
    for entity in entities.iter().filter(|entity| entity.children.is_empty()) {
        let Some(text) = body::readable(content, entity) else {
            continue;
        };
        read += text.len();
        if is_in(&text) {
            return Ok(true);
        }
        if read >= MAX_READ_ALL {
            break;
        }
    }
    Ok(false)
}

/// Whether a text has one. The time is linear in its length.
pub fn is_in(text: &str) -> bool {
    let mut after_digit = false;
    for (at, c) in text.char_indices() {
        if is_invisible(c) {
            continue;
        }
        let begins = digit(c).is_some() && !after_digit;
        after_digit = digit(c).is_some();
        if begins && number(&text[at..]) && stands_alone(&text[..at]) {
            return true;
        }
    }
    false
}

/// In ASCII or full-width.
fn digit(c: char) -> Option<u32> {
    match c {
        '０'..='９' => Some(u32::from(c) - u32::from('０')),
        _ => c.to_digit(10),
    }
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}')
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || is_hyphen(c)
}

/// Whether a text begins with a valid number that ends where a number may end.
fn number(text: &str) -> bool {
    let mut seen = text.chars().filter(|&c| !is_invisible(c)).peekable();
    let mut digits: Vec<u32> = Vec::with_capacity(11);
    let mut group = |most: usize, digits: &mut Vec<u32>| {
        let before = digits.len();
        while let Some(digit) = seen.peek().copied().and_then(digit)
            && digits.len() - before < most
        {
            digits.push(digit);
            seen.next();
        }
        let length = digits.len() - before;
        let mut separators = 0;
        if length == 3 {
            while separators < MOST_SEPARATORS && seen.next_if(|&c| is_separator(c)).is_some() {
                separators += 1;
            }
        }
        (length, separators)
    };
    let is_grouped = match group(11, &mut digits) {
        (10, _) => true,
        (3, 1..) => {
            matches!(group(4, &mut digits), (3, 1..)) && matches!(group(5, &mut digits), (4, _))
        }
        _ => false,
    };
    is_grouped && is_valid(&digits) && {
        let (next, after) = (seen.next(), seen.next());
        let goes_on = next.is_some_and(|c| is_hyphen(c) || c == '.' || c == ',')
            && after.and_then(digit).is_some();
        !goes_on && !next.is_some_and(|c| c.is_alphanumeric() || c == '_' || digit(c).is_some())
    }
}

/// Modulus 11 with weights from ten to two.
fn is_valid(digits: &[u32]) -> bool {
    let Some((&check, rest)) = digits.split_last().filter(|_| digits.len() == 10) else {
        return false;
    };
    let sum: u32 = rest.iter().zip((2..=10).rev()).map(|(d, w)| d * w).sum();
    let expected = (11 - sum % 11) % 11; // ten is no digit, so it never agrees
    check == expected && digits.iter().any(|&digit| digit != check)
}

/// Whether what stands before a number leaves it one.
fn stands_alone(before: &str) -> bool {
    let visible = before.chars().rev().filter(|&c| !is_invisible(c));
    let back: Vec<char> = visible.take(LOOK_BACK).collect();
    let word = |from: &[char]| -> String {
        let letters = from.iter().take_while(|c| c.is_alphabetic());
        let mut letters: Vec<char> = letters.flat_map(|c| c.to_lowercase()).collect();
        letters.reverse();
        letters.into_iter().collect()
    };
    let second = back.get(1).copied();
    match back.first() {
        None => true,
        Some('+' | '_') => false,
        Some(c) if c.is_alphabetic() => LABELS.contains(&word(&back).as_str()),
        Some(&c) if is_hyphen(c) || c == '.' || c == ',' => second.and_then(digit).is_none(),
        Some(&c) if c.is_whitespace() || c == ')' => {
            let spaces = back.iter().take_while(|c| c.is_whitespace()).count();
            let mut token: Vec<char> = (back[spaces..].iter().copied())
                .take_while(|c| !c.is_whitespace())
                .collect();
            token.reverse();
            !is_dialled(&token)
        }
        Some(_) => true,
    }
}

/// A country code, or the 0 that is dialled at home: `+44`, `0044`, `(0)`, `+44(0)`.
fn is_dialled(token: &[char]) -> bool {
    let plain: String = token.iter().filter(|c| !"()".contains(**c)).collect();
    let is_bracketed_zero = token.ends_with(&['(', '0', ')']);
    let code = plain.strip_prefix('+').or(plain.strip_prefix("00"));
    let is_code = code.is_some_and(|code| {
        (1..=4).contains(&code.len()) && code.bytes().all(|octet| octet.is_ascii_digit())
    });
    is_bracketed_zero || is_code
}

#[cfg(test)]
#[path = "nhs_number_tests.rs"]
mod tests;
