//! The header section of a mail, split byte for byte (RFC 5322 §2.2, §4.5).
//!
//! Splitting never changes an octet: every field knows the range it came from. It is lenient in
//! one direction only. A line that is no field does not end the section, because a Subject behind
//! it must still be seen (promise S5) and a Bcc behind it must still be removed.
//!
//! A section in which no line is a field is none: then the whole content is body. Without any
//! blank line, the lines behind the last field are body: the separator was forgotten.

use std::fmt;
use std::ops::Range;

use crate::encoded_word::{Decoded, decode_unstructured};
use crate::identifiers::identifiers;

pub use crate::insert::{ExtraField, ExtraFieldError};

/// Octets of a header section, its blank line not counted (promise S2).
pub const MAX_HEADER_OCTETS: usize = 64 * 1024;
/// Fields of a header section (promise S2).
pub const MAX_HEADER_FIELDS: usize = 1_000;
/// Says which of our mails this is: `notice`, `code`, `receipt` and so on.
pub const KIND_FIELD: &str = "X-Sealpost-Kind";
/// Carries the name of each gateway that a mail has passed (promise S6).
pub const LOOP_FIELD: &str = "X-Sealpost-Loop";

/// Why a header section is refused. The fault is the sender's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// More than 64 KiB before the blank line.
    #[error("the header section is longer than 65,536 octets")]
    TooLong,
    /// More than 1,000 fields.
    #[error("the header section has more than 1,000 fields")]
    TooManyFields,
}

/// One field, folded as it came, or one line that should have been a field.
#[derive(Clone)]
pub struct Field<'a> {
    content: &'a [u8],
    range: Range<usize>,
    name: Option<&'a str>,
    value_start: usize,
}

impl<'a> Field<'a> {
    /// Where the field stands in the content, its last line end included.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The name as written; `None` if the line is no field.
    pub fn name(&self) -> Option<&'a str> {
        self.name
    }

    /// Whether this is the field of that name. Names have no case.
    pub fn is(&self, name: &str) -> bool {
        self.name.is_some_and(|own| own.eq_ignore_ascii_case(name))
    }

    fn is_bcc(&self) -> bool {
        self.is("Bcc") || self.is("Resent-Bcc")
    }

    /// The octets after the colon, still folded.
    pub fn raw_value(&self) -> &'a [u8] {
        &self.content[self.value_start..self.range.end]
    }

    /// The value as unstructured text: unfolded, encoded words decoded, trimmed.
    pub fn decoded(&self) -> Decoded {
        decode_unstructured(self.raw_value())
    }
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Field({} at {:?})",
            self.name.unwrap_or("malformed"),
            self.range
        )
    }
}

/// What `Auto-Submitted` says (RFC 3834 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoSubmitted {
    /// `no`, or the field is absent: a person sent it.
    No,
    /// `auto-generated`.
    Generated,
    /// `auto-replied`.
    Replied,
    /// A keyword that is not known here; treated as automatic.
    Other,
}

/// A header section and where the body begins.
#[derive(Clone)]
pub struct HeaderSection<'a> {
    content: &'a [u8],
    fields: Vec<Field<'a>>,
    body_start: usize,
}

impl<'a> HeaderSection<'a> {
    /// Splits the section that `content` begins with. It ends at the first empty line, which both
    /// CRLF and a lone LF can make, or with the content.
    pub fn split(content: &'a [u8]) -> Result<Self, HeaderError> {
        let mut fields: Vec<Field<'a>> = Vec::new();
        let mut next = 0;
        while next < content.len() {
            let start = next;
            // Two octets more than allowed are enough to see an end or to know there is none.
            let window = &content[start..content.len().min(MAX_HEADER_OCTETS + 2)];
            next = match window.iter().position(|&octet| octet == b'\n') {
                Some(newline) => start + newline + 1,
                None => start + window.len(),
            };
            let line = &content[start..next];
            if matches!(line, b"\r\n" | b"\n") {
                return Ok(Self::separated(content, fields, next));
            }
            if next > MAX_HEADER_OCTETS {
                return Err(HeaderError::TooLong);
            }
            match fields.last_mut() {
                Some(last) if line.starts_with(b" ") || line.starts_with(b"\t") => {
                    last.range.end = next;
                }
                _ => fields.push(field(content, start..next)),
            }
            if fields.len() > MAX_HEADER_FIELDS {
                return Err(HeaderError::TooManyFields);
            }
        }
        Ok(Self::unseparated(content, fields))
    }

    fn separated(content: &'a [u8], fields: Vec<Field<'a>>, body_start: usize) -> Self {
        if !fields.is_empty() && fields.iter().all(|field| field.name.is_none()) {
            return Self {
                content,
                fields: Vec::new(),
                body_start: 0,
            };
        }
        Self {
            content,
            fields,
            body_start,
        }
    }

    fn unseparated(content: &'a [u8], mut fields: Vec<Field<'a>>) -> Self {
        let last = fields.iter().rposition(|field| field.name.is_some());
        let body = last.map_or(0, |last| last + 1);
        // What stands behind a Bcc may be the rest of it, which must not become visible text.
        let may_be_bcc = last.is_some_and(|last| fields[last].is_bcc());
        let body_start = match fields.get(body) {
            Some(line) if !may_be_bcc => line.range.start,
            _ => {
                return Self {
                    content,
                    fields,
                    body_start: content.len(),
                };
            }
        };
        fields.truncate(body);
        Self {
            content,
            fields,
            body_start,
        }
    }

    /// The content this was split from.
    pub fn content(&self) -> &'a [u8] {
        self.content
    }

    /// Every field in order, malformed lines among them.
    pub fn fields(&self) -> &[Field<'a>] {
        &self.fields
    }

    /// Where the body begins: behind the blank line; without one, behind the last field.
    pub fn body_start(&self) -> usize {
        self.body_start
    }

    /// The fields of that name, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(move |field| field.is(name))
    }

    /// The first field of that name.
    pub fn first(&self, name: &str) -> Option<&Field<'a>> {
        self.all(name).next()
    }

    /// Every Subject, decoded, for [`TagRule::decide`](crate::tag::TagRule::decide).
    pub fn subjects(&self) -> Vec<Decoded> {
        self.all("Subject").map(Field::decoded).collect()
    }

    /// How many hops the mail says it has made.
    pub fn received_count(&self) -> usize {
        self.all("Received").count()
    }

    /// What `Auto-Submitted` says. Of several fields the first that is not `no` counts.
    pub fn auto_submitted(&self) -> AutoSubmitted {
        self.all("Auto-Submitted")
            .map(|field| match keyword(field).as_str() {
                "no" => AutoSubmitted::No,
                "auto-generated" => AutoSubmitted::Generated,
                "auto-replied" => AutoSubmitted::Replied,
                _ => AutoSubmitted::Other,
            })
            .find(|&said| said != AutoSubmitted::No)
            .unwrap_or(AutoSubmitted::No)
    }

    /// Whether a program sent this, by `Auto-Submitted` or the older `Precedence`. Nothing is
    /// ever answered automatically then (promise S6).
    pub fn is_automatic(&self) -> bool {
        self.auto_submitted() != AutoSubmitted::No
            || self
                .all("Precedence")
                .any(|f| matches!(keyword(f).as_str(), "bulk" | "junk" | "list"))
    }

    /// The first well-formed message identifier of `Message-ID`, with its angle brackets.
    pub fn message_id(&self) -> Option<String> {
        self.first("Message-ID")
            .and_then(|field| identifiers(field.raw_value()).next())
    }

    /// The identifiers of `References`, or of `In-Reply-To` where there are none.
    pub fn references(&self) -> Vec<String> {
        let ids = |name| -> Vec<String> {
            self.all(name)
                .flat_map(|field| identifiers(field.raw_value()))
                .collect()
        };
        let references = ids("References");
        if references.is_empty() {
            ids("In-Reply-To")
        } else {
            references
        }
    }

    /// Up to `most` identifiers of earlier mails that this one names, each once, the nearest first:
    /// what it answers by `In-Reply-To`, then `References` from its end.
    pub fn names_earlier(&self, most: usize) -> Vec<String> {
        let of = |name| {
            let fields: Vec<_> = self.all(name).collect();
            let ids = fields.into_iter().rev().flat_map(|field| {
                let ids: Vec<String> = identifiers(field.raw_value()).collect();
                ids.into_iter().rev()
            });
            ids.collect::<Vec<_>>()
        };
        let mut nearest: Vec<String> = Vec::new();
        for id in of("In-Reply-To").into_iter().chain(of("References")) {
            if nearest.len() == most {
                break;
            }
            if !nearest.contains(&id) {
                nearest.push(id);
            }
        }
        nearest
    }

    /// What `X-Sealpost-Kind` says, in lower case.
    pub fn kind(&self) -> Option<String> {
        self.first(KIND_FIELD).map(keyword)
    }

    /// The gateways that have marked this mail, in lower case.
    pub fn loop_markers(&self) -> impl Iterator<Item = String> {
        self.all(LOOP_FIELD).map(keyword)
    }

    /// The ranges of the content that may be kept: everything but the Bcc and Resent-Bcc fields.
    /// In order, not empty, not touching.
    ///
    /// A malformed line right behind such a field goes with it: it can only be a list that lost
    /// its folding, and it would tell every recipient who the others are.
    pub fn without_bcc(&self) -> Vec<Range<usize>> {
        let mut kept = Vec::new();
        let mut from = 0;
        let mut in_bcc = false;
        for field in &self.fields {
            in_bcc = field.is_bcc() || (in_bcc && field.name.is_none());
            if in_bcc {
                if from < field.range.start {
                    kept.push(from..field.range.start);
                }
                from = field.range.end;
            }
        }
        if from < self.content.len() {
            kept.push(from..self.content.len());
        }
        kept
    }
}

impl fmt::Debug for HeaderSection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "HeaderSection({} fields, body at {})",
            self.fields.len(),
            self.body_start
        )
    }
}

/// The pieces of `content` less its Bcc fields: what is sealed, and nothing else.
pub fn without_bcc(content: &[u8]) -> Result<impl Iterator<Item = &[u8]>, HeaderError> {
    let kept = HeaderSection::split(content)?.without_bcc();
    Ok(kept.into_iter().map(|range| &content[range]))
}

fn field(content: &[u8], range: Range<usize>) -> Field<'_> {
    let malformed = Field {
        content,
        range: range.clone(),
        name: None,
        value_start: range.start,
    };
    let line = &content[range.clone()];
    let Some(colon) = line.iter().position(|&octet| octet == b':') else {
        return malformed;
    };
    // White space before the colon is obsolete syntax (§4.5.8); before the name it can only be on
    // the first line of all, and a Bcc that is hidden so is a Bcc.
    let name = line[..colon].trim_ascii();
    match std::str::from_utf8(name) {
        Ok(name) if !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_graphic()) => {
            Field {
                name: Some(name),
                value_start: range.start + colon + 1,
                ..malformed
            }
        }
        _ => malformed,
    }
}

/// The first word of a structured value, in lower case.
fn keyword(field: &Field<'_>) -> String {
    let value = String::from_utf8_lossy(field.raw_value()).to_ascii_lowercase();
    let ends = |c: char| c == ';' || c == '(' || c.is_whitespace();
    value
        .trim()
        .split(ends)
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
#[path = "header_tests.rs"]
mod tests;
