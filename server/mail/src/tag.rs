//! The rule that decides whether a mail is sealed: the tag in its subject.
//!
//! Pure and total: every list of Subject fields has an answer, and doubt means sealing (promises
//! T1, T3, S5). What was meant to be the tag and is not quite it is looked for as well: `near_miss`.
//!
//! Deciding and removing one tag look at the whole subject, in time linear in its length. What
//! makes a subject for an answer works on its beginning ([`MAX_SUBJECT`]).
//!
//! Exact comparison folds case character by character and takes any run of white space for a space.
//! It does not normalise: an alias with accents is exact in the composed form it is written in, and
//! a near miss in others.

mod brackets;
mod distance;
mod near_miss;
mod prefix;
mod skeleton;

use std::fmt;
use std::ops::Range;

use crate::encoded_word::Decoded;
use crate::limit::{MAX_SUBJECT, first_chars};

use near_miss::{Near, Word};

pub(crate) use skeleton::is_invisible;

/// How many tags a subject can have removed. Each costs a search through the subject, which is
/// bounded where that happens.
const MAX_TAGS: usize = 100;

/// The tags that ask for sealing.
#[derive(Clone, PartialEq, Eq)]
pub struct TagRule {
    aliases: Vec<String>,
    words: Vec<Word>,
}

/// Why a list of tags is no rule. The fault is the configuration's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TagRuleError {
    /// Without any tag nothing would ever be sealed.
    #[error("at least one tag is needed, as in [secure]")]
    None,
    /// An empty tag would be in every subject.
    #[error("a tag is empty")]
    Empty,
    /// A subject cannot hold it.
    #[error("a tag has a control character")]
    ControlCharacter,
    /// More than 64 characters: a line of a subject should hold it.
    #[error("a tag is longer than 64 characters")]
    TooLong,
}

/// What the Subject fields of a mail say about sealing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tag {
    /// The tag stands at the start, behind `Re:` and the like (T1).
    Exact,
    /// The tag stands somewhere else in the subject (T3).
    Elsewhere,
    /// Something stands there that was meant to be the tag (T2). The sender should be told.
    NearMiss,
    /// The subject cannot be read, so it may say anything (T3).
    Undecodable,
    /// There are several subjects and one of them has the tag (T3).
    Conflicting,
    /// No tag.
    Absent,
}

impl Tag {
    /// Whether the mail must be sealed.
    pub fn is_tagged(self) -> bool {
        self != Self::Absent
    }
}

impl TagRule {
    /// A rule of these tags. The first is the one that answers carry.
    pub fn new<T: AsRef<str>>(tags: impl IntoIterator<Item = T>) -> Result<Self, TagRuleError> {
        let mut aliases = Vec::new();
        for tag in tags {
            let tag = tag.as_ref().trim();
            if tag.is_empty() {
                return Err(TagRuleError::Empty);
            }
            if tag.chars().any(char::is_control) {
                return Err(TagRuleError::ControlCharacter);
            }
            if tag.chars().count() > 64 {
                return Err(TagRuleError::TooLong);
            }
            aliases.push(tag.to_owned());
        }
        if aliases.is_empty() {
            Err(TagRuleError::None)
        } else {
            Ok(Self::of(aliases))
        }
    }

    fn of(aliases: Vec<String>) -> Self {
        let words = aliases.iter().filter_map(|tag| Word::of(tag)).collect();
        Self { aliases, words }
    }

    /// The tags, the one that answers carry first.
    pub fn aliases(&self) -> &[String] {
        &self.aliases
    }

    /// Decides by the Subject fields of a mail.
    pub fn decide(&self, subjects: &[Decoded]) -> Tag {
        let mut tags = subjects.iter().map(|subject| self.of_one(subject));
        match subjects.len() {
            0 | 1 => tags.next().unwrap_or(Tag::Absent),
            _ if tags
                .clone()
                .any(|tag| matches!(tag, Tag::Exact | Tag::Elsewhere)) =>
            {
                Tag::Conflicting
            }
            _ if tags.clone().any(|tag| tag == Tag::NearMiss) => Tag::NearMiss,
            _ => tags.find(|tag| tag.is_tagged()).unwrap_or(Tag::Absent),
        }
    }

    fn of_one(&self, subject: &Decoded) -> Tag {
        match self.find(subject.text()) {
            Some(Found {
                place: Place::Start,
                ..
            }) => Tag::Exact,
            Some(Found {
                place: Place::Inside,
                ..
            }) => Tag::Elsewhere,
            None if self.near(subject.text()).is_some() => Tag::NearMiss,
            None if subject.is_damaged() => Tag::Undecodable,
            None => Tag::Absent,
        }
    }

    /// The subject without its tag, as the recipient sees it (T4): `Re: [secure] résultats` becomes
    /// `Re: résultats`. One tag is removed, the one that decided; of near misses what was taken for
    /// it.
    pub fn strip(&self, subject: &str) -> String {
        let found = self.find(subject).map(|found| found.start..found.end);
        let near = || self.near(subject).map(|near| near.range);
        match found.or_else(near) {
            Some(range) => Self::without(subject, range),
            None => subject.to_owned(),
        }
    }

    fn without(subject: &str, range: Range<usize>) -> String {
        let before = &subject[..range.start];
        let after = &subject[range.end..];
        let gap_remains = before.is_empty() || before.ends_with(char::is_whitespace);
        let after = if gap_remains {
            after.trim_start()
        } else {
            after
        };
        format!("{before}{after}").trim_end().to_owned()
    }

    /// The subject with its tag exactly once, behind `Re:` and the like, so that a thread stays
    /// secure (T4): `Re: résultats` and `Re: [secure] résultats` both become the latter.
    ///
    /// A near miss in brackets gives way to the tag. A bare word stays: subjects for answers have lost
    /// their tag before, and `Secure parking` may be what is left.
    ///
    /// A subject of more than [`MAX_SUBJECT`] characters is cut before anything else, and the
    /// outcome has no more: it becomes a header value.
    pub fn restore(&self, subject: &str) -> String {
        // The tag comes back with a space on either side, and `answer` adds `Re: `.
        let room = MAX_SUBJECT - self.aliases[0].chars().count() - 2 - "Re: ".len();
        let mut bare = first_chars(subject, MAX_SUBJECT).to_owned();
        if self.find(&bare).is_none()
            && let Some(near) = self.near(&bare).filter(|near| near.is_bracketed)
        {
            bare = Self::without(&bare, near.range);
        }
        for _ in 0..MAX_TAGS {
            if let Some(found) = self.find(&bare) {
                bare = Self::without(&bare, found.start..found.end);
            } else if first_chars(&bare, room).len() < bare.len() {
                // May end a word early and so make it a tag: look again.
                bare = first_chars(&bare, room).to_owned();
            } else {
                break;
            }
        }
        if self.find(&bare).is_some() {
            bare.clear(); // hundreds of tags, perhaps in one another: nobody's subject
        }
        let (prefixes, rest) = bare.split_at(prefix::end(&bare));
        let words = [prefixes.trim(), &self.aliases[0], rest.trim()];
        words
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The subject of an answer: one `Re:` in front, unless an answer's prefix is there already,
    /// and the tag.
    pub fn answer(&self, subject: &str) -> String {
        let subject = self.restore(subject);
        if prefix::end(&subject) > 0 {
            subject
        } else {
            format!("Re: {subject}")
        }
    }

    fn near(&self, subject: &str) -> Option<Near> {
        near_miss::find(subject, &self.words)
    }

    fn find(&self, subject: &str) -> Option<Found> {
        let start = prefix::end(subject);
        let at = |start: usize| {
            self.aliases
                .iter()
                .find_map(|tag| matched(subject, start, tag))
                .map(|end| (start, end))
        };
        if let Some((start, end)) = at(start) {
            return Some(Found {
                place: Place::Start,
                start,
                end,
            });
        }
        let (start, end) = subject.char_indices().find_map(|(start, _)| at(start))?;
        Some(Found {
            place: Place::Inside,
            start,
            end,
        })
    }
}

impl Default for TagRule {
    fn default() -> Self {
        Self::of(vec!["[secure]".to_owned()])
    }
}

impl fmt::Debug for TagRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TagRule").field(&self.aliases).finish()
    }
}

struct Found {
    place: Place,
    start: usize,
    end: usize,
}

enum Place {
    Start,
    Inside,
}

/// Where `tag` ends if it stands at `start`. A tag that ends (or begins) in a letter or digit must
/// not run on into a word: the tag `secure` is not in `insecure`.
fn matched(subject: &str, start: usize, tag: &str) -> Option<usize> {
    let runs_on = |edge: Option<char>, outside: Option<char>| {
        edge.is_some_and(char::is_alphanumeric) && outside.is_some_and(char::is_alphanumeric)
    };
    let rest = &subject[start..];
    let mut left = rest.char_indices().peekable();
    let mut wanted = tag.chars();
    while let Some(want) = wanted.next() {
        if want.is_whitespace() {
            left.next_if(|&(_, c)| c.is_whitespace())?;
            while left.next_if(|&(_, c)| c.is_whitespace()).is_some() {}
            wanted = wanted.as_str().trim_start().chars();
        } else {
            left.next_if(|&(_, c)| is_same_letter(c, want))?;
        }
    }
    let end = left.peek().map_or(rest.len(), |&(offset, _)| offset);
    let outside_left = subject[..start].chars().next_back();
    let outside_right = rest[end..].chars().next();
    let part_of_a_word = runs_on(tag.chars().next(), outside_left)
        || runs_on(tag.chars().next_back(), outside_right);
    (!part_of_a_word).then_some(start + end)
}

/// Without case. Most characters of most subjects are ASCII, and this is asked at each of them.
fn is_same_letter(c: char, want: char) -> bool {
    if c.is_ascii() && want.is_ascii() {
        c.eq_ignore_ascii_case(&want)
    } else {
        folded(c).eq(folded(want))
    }
}

/// Case folding of one character. Upper case first, so that LONG S and final sigma fold too.
fn folded(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase)
}

#[cfg(test)]
#[path = "tag_tests.rs"]
mod tests;
