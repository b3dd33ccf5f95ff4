//! From the captured content to what a reader is shown of it: headers, body, list of parts.
//!
//! Structure comes from `tree`, the choice of the body from `body`, field syntax and character sets
//! from `decode`, which alone uses the parsing library. Nothing here fails on malformed mail: what
//! cannot be understood is text or an attachment. Only the limits of promise S2 refuse.
//!
//! # Positions
//! The content may still have its Bcc fields, so that nobody must copy 50 MiB to remove them. All
//! positions are in the content *without* them, which is what is sealed.

use std::collections::HashSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::body::{self, Shown};
use crate::decode;
use crate::encoded_word::Decoded;
use crate::file_name::safe_file_name;
use crate::header::{HeaderError, HeaderSection};
use crate::limit::{MAX_MEDIA_TYPE, MAX_PART_NAME};
use crate::nested::{self, MAX_NESTED, MAX_NESTED_OCTETS};
use crate::parameters::percent_decoded;
use crate::tag::{Tag, TagRule};
use crate::tree::{self, Entity};
use crate::view::{Headers, Mailbox, Part, Protection};

pub use crate::tree::{MAX_DEPTH, MAX_PARTS};

/// Decoded octets of one image that the view carries itself.
pub const MAX_INLINE_IMAGE: usize = 64 * 1024;
/// Decoded octets of all images that the view carries itself.
pub const MAX_INLINE_IMAGES: usize = 512 * 1024;
/// What the view carries: types that every browser shows and none of them runs.
const INLINE_IMAGE_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
/// Octets of a Content-ID. Longer ones are none, and so are references to them.
const MAX_CONTENT_ID: usize = 998;

/// Why a mail is refused. The fault is the sender's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The header section is beyond its limits.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// More than 100 multiparts enclose one another.
    #[error("the mail is nested more than 100 levels deep")]
    TooDeep,
    /// More than 1,000 body parts.
    #[error("the mail has more than 1,000 parts")]
    TooManyParts,
}

/// What the view is made of.
#[derive(Clone, PartialEq)]
pub struct ParsedMail {
    /// What the Subject fields say about sealing.
    pub tag: Tag,
    /// The displayed headers; the subject has lost its tag.
    pub headers: Headers,
    /// The text body, at most [`MAX_TEXT`](crate::view::MAX_TEXT) octets: a longer one is cut and
    /// its last line says so. Absent only if the mail has no body but files.
    pub text: Option<String>,
    /// The HTML body as the sender wrote it, but for line ends and control characters. Absent also
    /// if it is longer than [`MAX_HTML`](crate::view::MAX_HTML).
    pub html: Option<String>,
    /// The leaves that are not the shown body, and those of it that are not shown whole.
    pub parts: Vec<Part>,
    /// What was done to the mail before it came here.
    pub protection: Option<Protection>,
    /// Octets of the content without its Bcc fields.
    pub content_size: u64,
}

impl fmt::Debug for ParsedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ParsedMail({:?}, {} parts, {} octets)",
            self.tag,
            self.parts.len(),
            self.content_size
        )
    }
}

/// Reads a captured content.
pub fn parse(content: &[u8], rule: &TagRule) -> Result<ParsedMail, ParseError> {
    let section = HeaderSection::split(content)?;
    let content_size: usize = section.without_bcc().iter().map(|range| range.len()).sum();
    // Bcc fields stand before every body, so one shift does for all positions.
    let shift = content.len() - content_size;

    let entities = tree::entities(&section)?;
    let shown = body::choose(&entities).show(content, &entities);
    let place = Place {
        content,
        base: 0,
        shift,
    };
    let parts = parts(place, &entities, &shown, 1, &mut Room::default());

    let subjects = section.subjects();
    Ok(ParsedMail {
        tag: rule.decide(&subjects),
        headers: headers(&section, &subjects, |subject| rule.strip(subject)),
        text: shown.text,
        html: shown.html,
        parts,
        protection: entities.first().and_then(|mail| mail.fields.protection),
        content_size: content_size as u64,
    })
}

pub(crate) fn headers(
    section: &HeaderSection<'_>,
    subjects: &[Decoded],
    strip: impl Fn(&str) -> String,
) -> Headers {
    let mailboxes = |name| -> Vec<Mailbox> {
        section
            .all(name)
            .flat_map(|field| decode::mailboxes(field.raw_value()))
            .collect()
    };
    // Several subjects are all shown: which one a program would show cannot be known.
    let mut shown: Vec<&str> = subjects.iter().map(Decoded::text).collect();
    shown.dedup();
    Headers {
        from: mailboxes("From"),
        to: mailboxes("To"),
        cc: mailboxes("Cc"),
        subject: strip(&shown.join(" / ")),
        date: section
            .first("Date")
            .and_then(|field| decode::date(field.raw_value())),
        message_id: section.message_id(),
        references: section.references(),
    }
}

/// Where positions are counted: from `base` in the content, of which `shift` octets of Bcc fields before
/// it are not sealed.
#[derive(Clone, Copy)]
pub(crate) struct Place<'c> {
    pub(crate) content: &'c [u8],
    pub(crate) base: usize,
    pub(crate) shift: usize,
}

/// What a view still has room for.
pub(crate) struct Room {
    /// Octets of images.
    images: usize,
    /// Attached messages.
    pub(crate) messages: usize,
    /// Octets of what attached messages say.
    pub(crate) octets: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            images: MAX_INLINE_IMAGES,
            messages: MAX_NESTED,
            octets: MAX_NESTED_OCTETS,
        }
    }
}

/// The leaves that `shown` does not show whole. `depth`: how many messages they are in.
pub(crate) fn parts(
    place: Place<'_>,
    entities: &[Entity],
    shown: &Shown,
    depth: usize,
    room: &mut Room,
) -> Vec<Part> {
    let referenced = shown.html.as_deref().map(referenced_ids);
    let referenced = referenced.unwrap_or_default();
    entities
        .iter()
        .enumerate()
        .filter(|(_, entity)| entity.children.is_empty())
        .filter_map(|(index, entity)| Some((entity, shown.listed_as(index, entity)?)))
        .map(|(entity, media_type)| part(place, entity, media_type, &referenced, depth, room))
        .collect()
}

fn part(
    place: Place<'_>,
    entity: &Entity,
    media_type: &str,
    referenced: &HashSet<String>,
    depth: usize,
    room: &mut Room,
) -> Part {
    let fields = &entity.fields;
    let range = place.base + entity.body.start..place.base + entity.body.end;
    let encoded = &place.content[range.clone()];
    let encoding = fields.encoding.believed(encoded);
    let size = encoding.decoded_len(encoded);
    let inline = fields
        .content_id
        .as_ref()
        .is_some_and(|id| referenced.contains(id));
    let carried = inline
        && INLINE_IMAGE_TYPES.contains(&media_type)
        && size <= MAX_INLINE_IMAGE.min(room.images);
    let data = carried.then(|| {
        room.images -= size;
        STANDARD.encode(encoding.decode(encoded))
    });
    let message = (media_type == "message/rfc822")
        .then(|| nested::message(place, range.clone(), encoding, depth, room))
        .flatten();
    Part {
        // A thousand names of 64 KiB would make the view as long as the mail.
        name: fields.name.as_deref().map(|name| match name.len() {
            ..=MAX_PART_NAME => name.to_owned(),
            _ => safe_file_name(name),
        }),
        media_type: match media_type.len() {
            ..=MAX_MEDIA_TYPE => media_type.to_owned(),
            _ => "application/octet-stream".to_owned(),
        },
        size: size as u64,
        encoding,
        offset: (range.start - place.shift) as u64,
        length: encoded.len() as u64,
        content_id: (fields.content_id.clone()).filter(|id| id.len() <= MAX_CONTENT_ID),
        inline,
        data,
        message: message.map(Box::new),
    }
}

/// The Content-IDs that an HTML document refers to by `cid:` (RFC 2392), wherever they stand.
fn referenced_ids(html: &str) -> HashSet<String> {
    let ends = |octet: &u8| octet.is_ascii_whitespace() || b"\"'<>()".contains(octet);
    let octets = html.as_bytes();
    let mut ids = HashSet::new();
    let mut at = 0;
    while let Some(found) = octets[at..]
        .windows(4)
        .position(|four| four.eq_ignore_ascii_case(b"cid:"))
    {
        let start = at + found + 4;
        let length = octets[start..]
            .iter()
            .position(ends)
            .unwrap_or(octets.len() - start);
        at = start + length; // behind the whole reference: `cid:cid:cid:` is searched once
        if length <= MAX_CONTENT_ID {
            let decoded = percent_decoded(&octets[start..at]);
            ids.insert(String::from_utf8_lossy(&decoded).replace("&amp;", "&"));
        }
    }
    ids
}

#[cfg(test)]
#[path = "mime_tests.rs"]
mod tests;
