//! `policy.triggers`: header fields and labels that seal as the tag does.

use serde::{Deserialize, Serialize};

use crate::policy::{Test, Trigger};

/// A trigger as it stands in the file.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    equals: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contains: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
}

/// What is sealed when nobody says otherwise: what a program of ours, or a person in Outlook
/// (message options, *Confidential*), asks for in so many words.
pub(super) fn defaults() -> Vec<Trigger> {
    let field = |name: &str, value: &str| Trigger::Field {
        name: name.to_owned(),
        test: Test::Equals(value.to_owned()),
    };
    vec![
        field("X-Sealpost", "secure"),
        field("Sensitivity", "Company-Confidential"),
    ]
}

impl TryFrom<Entry> for Trigger {
    type Error = &'static str;

    fn try_from(entry: Entry) -> Result<Self, Self::Error> {
        let is_empty = |text: &Option<String>| text.as_ref().is_some_and(|t| t.trim().is_empty());
        if [&entry.equals, &entry.contains, &entry.label]
            .into_iter()
            .any(is_empty)
        {
            return Err("a trigger with an empty value would seal nothing or everything; give one");
        }
        match (entry.header, entry.equals, entry.contains, entry.label) {
            (None, None, None, Some(label)) => Ok(Self::Label(label.trim().to_owned())),
            (Some(name), equals, contains, None) => {
                let is_name = |octet: u8| octet.is_ascii_graphic() && octet != b':';
                if name.is_empty() || !name.bytes().all(is_name) {
                    return Err("header must be the name of a header field, without its colon");
                }
                let test = match (equals, contains) {
                    (Some(value), None) => Test::Equals(value),
                    (None, Some(value)) => Test::Contains(value),
                    _ => return Err("a header needs one of equals and contains"),
                };
                Ok(Self::Field { name, test })
            }
            _ => Err("a trigger is either a header, with equals or contains, or a label alone"),
        }
    }
}

impl From<Trigger> for Entry {
    fn from(trigger: Trigger) -> Self {
        let none = Self::default();
        match trigger {
            Trigger::Label(label) => Self {
                label: Some(label),
                ..none
            },
            Trigger::Field { name, test } => {
                let (equals, contains) = match test {
                    Test::Equals(value) => (Some(value), None),
                    Test::Contains(value) => (None, Some(value)),
                };
                Self {
                    header: Some(name),
                    equals,
                    contains,
                    ..none
                }
            }
        }
    }
}
