//! Mails attached to a mail, as the view shows them in place.
//!
//! An attached message cannot have an encoding that moves its octets (RFC 2046 §5.2.1), so its parts
//! are places in the content like all others. One that has, one that is nested too deep, and one that
//! would make the view too long are attachments and nothing more: they can still be downloaded.

use std::ops::Range;

use crate::body;
use crate::header::HeaderSection;
use crate::mime::{self, Place, Room};
use crate::transfer::TransferEncoding;
use crate::tree;
use crate::view::{Headers, NestedMessage};

/// How deep attached mails are shown inside each other.
pub(crate) const MAX_NESTED_DEPTH: usize = 3;
/// How many of them are looked at, in one mail.
pub(crate) const MAX_NESTED: usize = 20;
/// Octets of text, HTML and names that all of them together may have in a view.
pub(crate) const MAX_NESTED_OCTETS: usize = 1024 * 1024;

/// The message at `range`, if a view can show it. `depth`: how many messages are around it.
pub(crate) fn message(
    place: Place<'_>,
    range: Range<usize>,
    encoding: TransferEncoding,
    depth: usize,
    room: &mut Room,
) -> Option<NestedMessage> {
    if encoding != TransferEncoding::Identity || depth > MAX_NESTED_DEPTH || room.messages == 0 {
        return None;
    }
    room.messages -= 1;
    let inner = place.content.get(range.clone())?;
    let section = HeaderSection::split(inner).ok()?;
    let entities = tree::entities(&section).ok()?;
    let shown = body::choose(&entities).show(inner, &entities);
    // Its own subject, whatever tag stands in it: nothing was decided by this one.
    let headers = mime::headers(&section, &section.subjects(), str::to_owned).limited();
    let bodies = [&shown.text, &shown.html].into_iter().flatten();
    let octets = bodies.map(String::len).sum::<usize>() + octets_of(&headers);
    room.octets = room.octets.checked_sub(octets)?;
    let place = Place {
        base: range.start,
        ..place
    };
    let parts = mime::parts(place, &entities, &shown, depth + 1, room);
    Some(NestedMessage {
        protection: entities.first().and_then(|top| top.fields.protection),
        headers,
        text: shown.text,
        html: shown.html,
        parts,
    })
}

/// What the header says, in octets.
fn octets_of(headers: &Headers) -> usize {
    let mailboxes = [&headers.from, &headers.to, &headers.cc]
        .into_iter()
        .flatten();
    let of_mailboxes: usize = mailboxes
        .flat_map(|mailbox| [&mailbox.name, &mailbox.address].into_iter().flatten())
        .map(String::len)
        .sum();
    of_mailboxes + headers.subject.len() + headers.references.iter().map(String::len).sum::<usize>()
}

#[cfg(test)]
#[path = "nested_tests.rs"]
mod tests;
