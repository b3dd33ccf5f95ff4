//! What seals besides the tag: header fields that a program or a person set, and sensitivity labels.
//!
//! A field that is there several times counts if any of them matches, and one that cannot be
//! decoded matches: doubt means sealing (S5).

use std::fmt;

use mail::header::{Field, HeaderSection};
use serde::{Deserialize, Serialize};

use super::label;
use crate::config::TriggerEntry;

/// One reason to seal that stands in a header section.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "TriggerEntry", into = "TriggerEntry")]
pub enum Trigger {
    /// A field of that name with such a value.
    Field {
        /// Without case.
        name: String,
        /// What of its value.
        test: Test,
    },
    /// A Microsoft sensitivity label, by its name or its id.
    Label(String),
}

/// How a value is compared: decoded, without case, any run of white space as one space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is all of the value, comments in parentheses left out or not.
    Equals(String),
    /// It is somewhere in the value.
    Contains(String),
}

impl Trigger {
    /// Whether a header section has what this looks for.
    pub fn matches(&self, header: &HeaderSection<'_>) -> bool {
        match self {
            Self::Field { name, test } => header.all(name).any(|field| test.holds(field)),
            Self::Label(wanted) => header
                .all(label::FIELD)
                .any(|field| label::is_set(field, &folded(wanted))),
        }
    }
}

/// For `policy explain`: what the operator configured, nothing of the mail.
impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { name, test } => match test {
                Test::Equals(value) => write!(f, "{name} is {value:?}"),
                Test::Contains(value) => write!(f, "{name} contains {value:?}"),
            },
            Self::Label(label) => write!(f, "the sensitivity label {label:?} is set"),
        }
    }
}

impl Test {
    fn holds(&self, field: &Field<'_>) -> bool {
        let decoded = field.decoded();
        let value = folded(decoded.text());
        decoded.is_damaged()
            || match self {
                Self::Equals(wanted) => {
                    let wanted = folded(wanted);
                    value == wanted || folded(&without_comments(&value)) == wanted
                }
                Self::Contains(wanted) => value.contains(&folded(wanted)),
            }
    }
}

/// Without case, any run of white space as one space.
pub(super) fn folded(text: &str) -> String {
    let upper_first = |word: &str| word.to_uppercase().to_lowercase();
    let words: Vec<String> = text.split_whitespace().map(upper_first).collect();
    words.join(" ")
}

fn without_comments(value: &str) -> String {
    let mut depth = 0_usize;
    let outside = |c: &char| {
        let was_inside = depth > 0;
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        !was_inside && depth == 0
    };
    value.chars().filter(outside).collect()
}

#[cfg(test)]
#[path = "trigger_tests.rs"]
mod tests;
