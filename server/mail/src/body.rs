//! Which leaves of a mail are its body, and what the reader sees of them.
//!
//! The body has a text and an HTML side. Of alternatives (RFC 2046 §5.1.4) the last one of each
//! side counts; of a `multipart/related` (RFC 2387) its root; everything else is read in sequence.
//! What is not shown is a part, so nothing is lost.

use crate::decode;
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

/// Chooses the body. `entities` are those of `tree::entities`, whose depth is bounded, so the
/// recursion is too.
pub(crate) fn choose(entities: &[Entity]) -> Body {
    shown(entities, 0, Context::Alone).unwrap_or_default()
}

impl Body {
    /// Whether the leaf is shown on either side.
    pub(crate) fn shows(&self, leaf: usize) -> bool {
        self.text.contains(&leaf) || (self.has_html && self.html.contains(&leaf))
    }

    /// The text side; made from HTML where there is no text, so that a reader can always ask for
    /// plain text. Lines end in LF.
    pub(crate) fn text(&self, content: &[u8], entities: &[Entity]) -> Option<String> {
        let mut text = String::new();
        for &leaf in &self.text {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            let leaf_text = decoded(content, &entities[leaf]);
            match side(&entities[leaf]) {
                Some(Side::Html) => text.push_str(&plain_text::of_html(&leaf_text)),
                _ => text.push_str(&leaf_text.replace("\r\n", "\n")),
            }
        }
        (!self.text.is_empty()).then_some(text)
    }

    /// The HTML side as the sender wrote it, if any of the body is HTML. Text in sequence with it
    /// is escaped and keeps its place.
    pub(crate) fn html(&self, content: &[u8], entities: &[Entity]) -> Option<String> {
        let mut html = String::new();
        for &leaf in self.html.iter().filter(|_| self.has_html) {
            let leaf_text = decoded(content, &entities[leaf]);
            match side(&entities[leaf]) {
                Some(Side::Html) => html.push_str(&leaf_text),
                _ => html.push_str(&plain_text::to_html(&leaf_text)),
            }
        }
        self.has_html.then_some(html)
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
            // A root that cannot be shown, such as an image, gives way to the first that can.
            let mut candidates = start.into_iter().chain(&entity.children);
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

/// Which side a leaf can be shown on. A multipart without any delimiter is broken; its octets are
/// shown as text rather than lost.
fn side(entity: &Entity) -> Option<Side> {
    match entity.fields.media_type.as_str() {
        "text/html" => Some(Side::Html),
        "text/plain" => Some(Side::Text),
        _ => entity.fields.multipart().map(|_| Side::Text),
    }
}

fn decoded(content: &[u8], entity: &Entity) -> String {
    let encoded = &content[entity.body.clone()];
    let octets = entity.fields.encoding.believed(encoded).decode(encoded);
    let labelled = entity
        .fields
        .charset
        .as_deref()
        .and_then(|label| decode::charset(label, &octets));
    match labelled {
        // A wrong label is more likely than text that means U+FFFD.
        Some(text) if text.contains(char::REPLACEMENT_CHARACTER) => std::str::from_utf8(&octets)
            .map(str::to_owned)
            .unwrap_or(text),
        Some(text) => text,
        None => decode::guessed_charset(&octets),
    }
}

#[cfg(test)]
#[path = "body_tests.rs"]
pub(crate) mod tests;
