//! What was meant to be the tag (promise T2, decision 0012).
//!
//! Brackets cut a subject into stretches. A stretch between two brackets is compared whole, wherever
//! it stands; one that is not closed by how it begins, one that was not opened by how it ends. Where
//! no bracket is, the first words are compared. Letters alone count, so spaces and punctuation
//! inside brackets do not matter; words that were torn apart elsewhere must be right to the letter.
//!
//! Every stretch is looked at as far as the tag is long, so the cost is linear in the subject.

use std::ops::Range;

use super::brackets::Side;
use super::distance::Distance;
use super::prefix;
use super::skeleton::{Kind, Sign, is_invisible, letters, signs};

/// A tag as it is compared.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Word {
    letters: Vec<char>,
    backwards: Vec<char>,
    /// How many words it is made of.
    parts: usize,
}

/// What was found, in octets of the subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Near {
    pub(super) range: Range<usize>,
    /// With a bracket. A bare word may be part of what the sender had to say.
    pub(super) is_bracketed: bool,
}

impl Word {
    /// `None` for a tag without letters, which is only ever exact.
    pub(super) fn of(tag: &str) -> Option<Self> {
        let is_outside = |c: char| !c.is_alphanumeric();
        let parts = tag
            .split(is_outside)
            .filter(|part| !part.is_empty())
            .count();
        let letters = letters(tag);
        let backwards = letters.iter().rev().copied().collect();
        (!letters.is_empty()).then_some(Self {
            letters,
            backwards,
            parts,
        })
    }

    /// How many wrong letters are taken beside a bracket.
    fn within_brackets(&self) -> usize {
        match self.letters.len() {
            0..=3 => 0,
            4 => 1,
            _ => 2,
        }
    }

    /// How many wrong letters are taken in a bare word; `None` for words that are too short to
    /// mean anything.
    fn bare(&self) -> Option<usize> {
        (self.letters.len() > 4).then_some(1)
    }
}

/// The first near miss in brackets; without any, a bare one.
pub(super) fn find(subject: &str, words: &[Word]) -> Option<Near> {
    let start = start(subject);
    let signs = signs(&subject[start..], start);
    let mut stretch = Stretch::default();
    let ends = (0..signs.len()).filter(|&at| matches!(signs[at].kind, Kind::Bracket(_)));
    for end in ends.chain([signs.len()]) {
        stretch.end = end;
        if let Some(range) = words.iter().find_map(|word| stretch.look(&signs, word)) {
            return Some(Near {
                range,
                is_bracketed: true,
            });
        }
        stretch.start = end + 1;
    }
    let bare = words.iter().find_map(|word| bare(&signs, word))?;
    Some(Near {
        range: bare,
        is_bracketed: false,
    })
}

/// Where the subject begins, behind prefixes and what cannot be seen.
fn start(subject: &str) -> usize {
    let mut start = 0;
    loop {
        let rest = &subject[start..];
        let seen = rest.trim_start_matches(is_invisible);
        let begun = start + rest.len() - seen.len();
        let next = begun + prefix::end(seen);
        if next == begun {
            return start; // what cannot be seen here goes with the tag
        }
        start = next;
    }
}

/// Signs between two brackets, or before the first or behind the last.
#[derive(Default)]
struct Stretch {
    start: usize,
    end: usize,
}

impl Stretch {
    fn look(&self, signs: &[Sign], word: &Word) -> Option<Range<usize>> {
        let side = |at: Option<usize>| match signs.get(at?)?.kind {
            Kind::Bracket(side) => Some(side),
            _ => None,
        };
        let inner = &signs[self.start..self.end];
        inner.iter().find_map(Sign::letter)?;
        let left = side(self.start.checked_sub(1));
        let limit = word.within_brackets();
        match (left, side(Some(self.end))) {
            (Some(Side::Open), Some(Side::Close)) => (whole(inner, &word.letters) <= limit)
                .then(|| signs[self.start - 1].start..signs[self.end].end),
            (Some(Side::Open), right) => {
                let end = beginning(inner.iter(), &word.letters, word.parts, limit)
                    .or_else(|| runs_on(inner, word).filter(|_| right.is_none()))?;
                Some(signs[self.start - 1].start..inner[end].end)
            }
            (_, Some(Side::Close)) => {
                // Punctuation before it draws a face: `secure :)`.
                let behind = inner.iter().rposition(|sign| sign.kind != Kind::Space)?;
                inner[behind].letter()?;
                let ending = inner[..=behind].iter().rev();
                let taken = beginning(ending, &word.backwards, word.parts, limit)?;
                Some(inner[behind - taken].start..signs[self.end].end)
            }
            _ => None,
        }
    }
}

/// The distance of all letters of a stretch.
fn whole(inner: &[Sign], word: &[char]) -> usize {
    let mut distance = Distance::new(word);
    let mut many = 0;
    for letter in inner.iter().filter_map(Sign::letter) {
        many += 1;
        if many > word.len() + 2 {
            return many - word.len();
        }
        distance.push(letter);
    }
    distance.of_all()
}

/// The index of the last sign of the whole words that a stretch begins with and that are the tag.
fn beginning<'s>(
    inner: impl Iterator<Item = &'s Sign> + Clone,
    word: &[char],
    parts: usize,
    limit: usize,
) -> Option<usize> {
    let mut distance = Distance::new(word);
    let mut best: Option<(usize, usize)> = None;
    let (mut many, mut seen_parts, mut in_part) = (0, 0, false);
    let mut following = inner.clone().skip(1);
    for (at, sign) in inner.enumerate() {
        let next = following.next().and_then(Sign::letter);
        let Some(letter) = sign.letter() else {
            in_part = false;
            continue;
        };
        many += 1;
        if many > word.len() + limit {
            break;
        }
        seen_parts += usize::from(!in_part);
        in_part = true;
        distance.push(letter);
        let wrong = distance.of_all();
        let allowed = if seen_parts > parts { 0 } else { limit };
        let is_better = best.is_none_or(|(fewest, _)| wrong < fewest);
        if next.is_none() && wrong <= allowed && is_better {
            best = Some((wrong, at));
        }
    }
    best.map(|(_, at)| at)
}

/// The index of the last sign of the tag when nothing parts it from the next word: `[secureresults`.
fn runs_on(inner: &[Sign], word: &Word) -> Option<usize> {
    let begins = word.letters.len() > 4
        && inner.len() > word.letters.len()
        && (inner.iter().zip(&word.letters)).all(|(sign, &letter)| sign.letter() == Some(letter));
    begins.then(|| word.letters.len() - 1)
}

/// The first words of the subject, with what adorns them: `*secure*`, `secure:`, `]secure[`.
fn bare(signs: &[Sign], word: &Word) -> Option<Range<usize>> {
    let limit = word.bare()?;
    let first = signs.iter().position(|sign| sign.letter().is_some())?;
    let words = signs[first..]
        .iter()
        .take_while(|sign| !matches!(sign.kind, Kind::Bracket(_)));
    let last = first + beginning(words, &word.letters, word.parts, limit)?;
    let mut end = last + 1;
    let is_space = |at: usize| signs.get(at).is_none_or(|sign| sign.kind == Kind::Space);
    while let Some(sign) = signs.get(end) {
        match sign.kind {
            Kind::Other(_) | Kind::Bracket(Side::Close) => end += 1,
            Kind::Bracket(Side::Open) if is_space(end + 1) => end += 1,
            _ => break,
        }
    }
    // A dash that stood between tag and subject.
    let dash = |sign: &Sign| matches!(sign.kind, Kind::Other('-' | '–' | '—' | ':' | '|'));
    if is_space(end) && signs.get(end + 1).is_some_and(dash) && is_space(end + 2) {
        end += 2;
    }
    Some(signs[0].start..signs[end - 1].end)
}

#[cfg(test)]
#[path = "near_miss_tests.rs"]
mod tests;
