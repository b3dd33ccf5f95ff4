//! Which leaves of a mail are its body, and what the reader sees of them.
//!
//! The body has a text and an HTML side. Of alternatives (RFC 2046 §5.1.4) the last one of each
//! side counts; of a `multipart/related` (RFC 2387) its root; everything else is read in sequence.
//! What is not shown is a part, so nothing is lost; that goes for a body beyond the limits of
//! `limit` too. Its text is cut and says so, its HTML is left out, and the leaf is a part.

use std::collections::HashSet;

use crate::decode;
use crate::limit::{MAX_HTML, MAX_LEAF_READ, MAX_TEXT, cut_with_note, legible};
use crate::mime_part::Disposition;
use crate::plain_text;
use crate::tree::Entity;

/// The leaves that are shown, as indexes of entities.
#[derive(Default)]
pub(crate) struct Body {
    text: Vec<usize>,
    html: Vec<usize>,
    has_html: bool,
}

/// The two sides of the body as the view carries them.
pub(crate) struct Shown {
    /// The text side; made from HTML where there is no text, so that a reader can always ask for
    /// plain text. At most [`MAX_TEXT`] octets.
    pub(crate) text: Option<String>,
    /// The HTML side, if any of the body is HTML. Text in sequence with it is escaped and keeps
    /// its place. At most [`MAX_HTML`] octets.
    pub(crate) html: Option<String>,
    body: HashSet<usize>,
    /// Those of the body that a reader cannot see whole.
    incomplete: HashSet<usize>,
}

/// Chooses the body. `entities` are those of `tree::entities`, whose depth is bounded, so the
/// recursion is too. Every entity is looked at once: looking twice at each level of a nest would
/// cost exponential time.
pub(crate) fn choose(entities: &[Entity]) -> Body {
    shown(entities, 0, Context::Alone).unwrap_or_default()
}

impl Body {
    /// Decodes what is shown. Lines end in LF.
    pub(crate) fn show(&self, content: &[u8], entities: &[Entity]) -> Shown {
        let mut incomplete = HashSet::new();
        let text = self.text(content, entities, &mut incomplete);
        let html = self.html(content, entities, &mut incomplete);
        let html_leaves = self.html.iter().filter(|_| self.has_html);
        Shown {
            text,
            html,
            body: self.text.iter().chain(html_leaves).copied().collect(),
            incomplete,
        }
    }

    fn text(
        &self,
        content: &[u8],
        entities: &[Entity],
        incomplete: &mut HashSet<usize>,
    ) -> Option<String> {
        let mut text = String::new();
        let mut ends = Vec::new();
        for (place, &leaf) in self.text.iter().enumerate() {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            let read = Read::of(content, &entities[leaf]);
            match side(&entities[leaf]) {
                // An entity such as `&#1;` is a control character only now.
                Some(Side::Html) => text.push_str(&legible(&plain_text::of_html(&read.text))),
                _ => text.push_str(&read.text),
            }
            if read.is_cut || text.len() > MAX_TEXT {
                let note = format!(
                    "[The rest of this message is in the attachment of type {}.]",
                    listed_type(&entities[leaf])
                );
                let kept = cut_with_note(&mut text, MAX_TEXT, &note);
                // The note takes its room from whatever stood there, earlier leaves too.
                let whole = ends.iter().take_while(|&&end| end <= kept).count();
                incomplete.extend(&self.text[whole.min(place)..]);
                break;
            }
            ends.push(text.len());
        }
        (!self.text.is_empty()).then_some(text)
    }

    fn html(
        &self,
        content: &[u8],
        entities: &[Entity],
        incomplete: &mut HashSet<usize>,
    ) -> Option<String> {
        if !self.has_html {
            return None;
        }
        let mut html = String::new();
        for &leaf in &self.html {
            let read = Read::of(content, &entities[leaf]);
            match side(&entities[leaf]) {
                Some(Side::Html) => html.push_str(&read.text),
                _ => html.push_str(&plain_text::to_html(&read.text)),
            }
            if read.is_cut || html.len() > MAX_HTML {
                // Plain text that the text side shows needs no HTML to be seen.
                let seen = |leaf: &usize| {
                    matches!(side(&entities[*leaf]), Some(Side::Text)) && self.text.contains(leaf)
                };
                incomplete.extend(self.html.iter().filter(|leaf| !seen(leaf)));
                return None;
            }
        }
        Some(html)
    }
}

impl Shown {
    /// The type under which the leaf is listed as a part; `None` if the body shows all of it.
    pub(crate) fn listed_as<'e>(&self, leaf: usize, entity: &'e Entity) -> Option<&'e str> {
        match (self.body.contains(&leaf), self.incomplete.contains(&leaf)) {
            (true, false) => None,
            (true, true) => Some(listed_type(entity)),
            (false, _) => Some(&entity.fields.media_type),
        }
    }
}

enum Side {
    Text,
    Html,
}

/// Where a leaf stands: a name makes it a file, except where it can only be a body.
#[derive(Clone, Copy)]
enum Context {
    /// The mail is this leaf.
    Alone,
    /// Its siblings say the same thing.
    Alternative,
    Sequence,
}

fn shown(entities: &[Entity], index: usize, context: Context) -> Option<Body> {
    let entity = &entities[index];
    if entity.children.is_empty() {
        return leaf(entity, index, context);
    }
    let child = |context| move |&child: &usize| shown(entities, child, context);
    match entity.fields.multipart() {
        Some("alternative") => alternatives(
            entity
                .children
                .iter()
                .filter_map(child(Context::Alternative)),
        ),
        Some("related") => {
            let start = entity.fields.start.as_deref().and_then(|start| {
                let named =
                    |&&child: &&usize| entities[child].fields.content_id.as_deref() == Some(start);
                entity.children.iter().find(named)
            });
            // A root that cannot be shown, such as an image, gives way to the first that can. It is
            // not asked again: twice at each of 100 levels would be 2¹⁰⁰ times.
            let others = entity.children.iter().filter(|&child| Some(child) != start);
            let mut candidates = start.into_iter().chain(others);
            candidates.find_map(|&child| shown(entities, child, context))
        }
        _ => entity
            .children
            .iter()
            .filter_map(child(Context::Sequence))
            .reduce(|mut all, next| {
                all.text.extend(next.text);
                all.html.extend(next.html);
                all.has_html |= next.has_html;
                all
            }),
    }
}

fn leaf(entity: &Entity, index: usize, context: Context) -> Option<Body> {
    let side = side(entity)?;
    let is_file = entity.fields.disposition == Disposition::Attachment
        || (entity.fields.name.is_some() && matches!(context, Context::Sequence));
    (!is_file).then(|| Body {
        text: vec![index],
        html: vec![index],
        has_html: matches!(side, Side::Html),
    })
}

fn alternatives(bodies: impl Iterator<Item = Body>) -> Option<Body> {
    let (mut text, mut html) = (None, None);
    for body in bodies {
        let last = if body.has_html { &mut html } else { &mut text };
        *last = Some(body);
    }
    match (text, html) {
        (Some(text), Some(html)) => Some(Body {
            text: text.text,
            ..html
        }),
        (text, html) => text.or(html),
    }
}

/// The text of a leaf that a reader may be shown and that is no file, as far as anything is read.
/// Which of several alternatives a program shows cannot be known, so all are readable.
pub(crate) fn readable(content: &[u8], entity: &Entity) -> Option<String> {
    if entity.fields.disposition == Disposition::Attachment {
        return None;
    }
    let side = side(entity)?;
    let text = Read::of(content, entity).text;
    Some(match side {
        Side::Html => plain_text::of_html(&text),
        Side::Text => text,
    })
}

/// Which side a leaf can be shown on. A multipart without any delimiter is broken; its octets are
/// shown as text rather than lost.
fn side(entity: &Entity) -> Option<Side> {
    match entity.fields.media_type.as_str() {
        "text/html" => Some(Side::Html),
        "text/plain" => Some(Side::Text),
        _ => entity.fields.multipart().map(|_| Side::Text),
    }
}

/// What a reader is told that a leaf of the body is. A broken multipart is shown as text, so it is
/// listed as text too.
fn listed_type(entity: &Entity) -> &'static str {
    match side(entity) {
        Some(Side::Html) => "text/html",
        _ => "text/plain",
    }
}

/// A leaf as text.
struct Read {
    text: String,
    /// It is longer than anything that is shown, and only its beginning was read.
    is_cut: bool,
}

impl Read {
    fn of(content: &[u8], entity: &Entity) -> Self {
        let encoded = &content[entity.body.clone()];
        let encoding = entity.fields.encoding.believed(encoded);
        let octets = encoding.decode_up_to(encoded, MAX_LEAF_READ);
        let is_cut = octets.len() == MAX_LEAF_READ && encoding.decoded_len(encoded) > MAX_LEAF_READ;
        let octets = if is_cut {
            whole_characters(&octets)
        } else {
            &octets
        };
        let text = decoded(octets, entity.fields.charset.as_deref());
        Self {
            text: legible(&text),
            is_cut,
        }
    }
}

/// The octets without a last UTF-8 character that was cut, which would make all of them look like
/// no UTF-8. Octets of a wide character set, which have zeros among them, stay in pairs.
fn whole_characters(octets: &[u8]) -> &[u8] {
    match std::str::from_utf8(octets) {
        Err(error) if error.error_len().is_none() && !octets.contains(&0) => {
            &octets[..error.valid_up_to()]
        }
        _ => octets,
    }
}

fn decoded(octets: &[u8], charset: Option<&str>) -> String {
    match charset.and_then(|label| decode::charset(label, octets)) {
        // A wrong label is more likely than text that means U+FFFD.
        Some(text) if text.contains(char::REPLACEMENT_CHARACTER) => std::str::from_utf8(octets)
            .map(str::to_owned)
            .unwrap_or(text),
        Some(text) => text,
        None => decode::guessed_charset(octets),
    }
}

#[cfg(test)]
#[path = "body_tests.rs"]
pub(crate) mod tests;

#[cfg(test)]
#[path = "body_limit_tests.rs"]
mod limit_tests;
