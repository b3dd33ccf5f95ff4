//! The tree of MIME entities in a content (RFC 2046 §5.1), found in one pass over its lines.
//!
//! The pass is a loop, its cost is linear, and the limits of promise S2 are checked as entities
//! open, so that no nesting, however hostile, costs more than reading the mail. A delimiter is a
//! whole line: `--boundary` in the middle of text is text. A delimiter of an outer multipart
//! closes the inner ones that were never closed. Attached messages are leaves.

use std::collections::HashMap;
use std::ops::Range;

use memchr::{memchr, memmem};

use crate::header::HeaderSection;
use crate::mime::ParseError;
use crate::mime_part::{DefaultType, MimeFields};

/// How many multiparts may enclose one another (promise S2).
pub const MAX_DEPTH: usize = 100;
/// How many body parts, multiparts among them, there may be below the top (promise S2).
pub const MAX_PARTS: usize = 1_000;

/// One entity: the mail itself, a multipart in it, or a leaf.
pub(crate) struct Entity {
    pub(crate) fields: MimeFields,
    /// The encoded body in the content.
    pub(crate) body: Range<usize>,
    /// Indexes of the parts. Empty for a leaf, and for a multipart without any delimiter, which is
    /// a leaf too.
    pub(crate) children: Vec<usize>,
}

/// The entities of a content, the mail itself first, each before its parts.
pub(crate) fn entities(section: &HeaderSection<'_>) -> Result<Vec<Entity>, ParseError> {
    entities_by(section, State::passes_over_lines)
}

/// `may_skip` says in which states lines without a delimiter need not be looked at.
fn entities_by(
    section: &HeaderSection<'_>,
    may_skip: impl Fn(&State) -> bool,
) -> Result<Vec<Entity>, ParseError> {
    let content = section.content();
    let mut walk = Walk {
        content,
        entities: Vec::new(),
        open: Vec::new(),
        levels: HashMap::new(),
    };
    let fields = MimeFields::read(section, DefaultType::TextPlain);
    let mut state = walk.begin(fields, section.body_start())?;
    let mut previous_end = section.body_start(); // of the previous line, without its line end
    let mut start = section.body_start();
    // Once no multipart is open the rest of the content is one leaf, or text that is not shown.
    while start < content.len() && !walk.open.is_empty() {
        if may_skip(&state) && !content[start..].starts_with(b"--") {
            // Straight to the next line that may be a delimiter: most of a mail is one attachment.
            let Some(found) = memmem::find(&content[start..], b"\n--") else {
                break;
            };
            let next = start + found + 1;
            previous_end = start + without_line_end(&content[start..next]).len();
            start = next;
            continue;
        }
        let length = memchr(b'\n', &content[start..]);
        let next = length.map_or(content.len(), |length| start + length + 1);
        let line = without_line_end(&content[start..next]);
        if let Some(delimiter) = walk.delimiter(line) {
            walk.finish(state, start, previous_end)?;
            state = walk.cross(delimiter, next, previous_end)?;
        } else if line.is_empty()
            && let State::Header { parent, start } = state
        {
            state = walk.begin_part(parent, start, next)?;
        }
        previous_end = start + line.len();
        start = next;
    }
    walk.finish(state, content.len(), content.len())?;
    walk.close_down_to(0, content.len());
    Ok(walk.entities)
}

enum State {
    /// Reading the header of a part of `parent`.
    Header { parent: usize, start: usize },
    /// Reading a leaf.
    Body { entity: usize },
    /// Before the first delimiter or behind the last: text that is not shown.
    Between,
}

impl State {
    /// Whether no line means anything here but a delimiter.
    fn passes_over_lines(&self) -> bool {
        matches!(self, Self::Body { .. } | Self::Between)
    }
}

enum Delimiter {
    /// A part of the open multipart at this level begins.
    Part { level: usize },
    /// The open multipart at this level ends.
    Close { level: usize },
}

struct Open {
    entity: usize,
    boundary: Vec<u8>,
}

struct Walk<'a> {
    content: &'a [u8],
    entities: Vec<Entity>,
    /// The multiparts around the current line, the outermost first.
    open: Vec<Open>,
    /// The levels of each boundary that is open: one look-up per line, whatever the depth.
    levels: HashMap<Vec<u8>, Vec<usize>>,
}

impl Walk<'_> {
    fn delimiter(&self, line: &[u8]) -> Option<Delimiter> {
        if self.open.is_empty() {
            return None;
        }
        let name = trimmed(line.strip_prefix(b"--")?);
        let level = |name: &[u8]| {
            self.levels
                .get(name)
                .and_then(|levels| levels.last().copied())
        };
        if let Some(level) = level(name) {
            return Some(Delimiter::Part { level });
        }
        let level = level(name.strip_suffix(b"--")?)?;
        Some(Delimiter::Close { level })
    }

    /// Opens an entity whose body starts at `body_start`.
    fn begin(&mut self, fields: MimeFields, body_start: usize) -> Result<State, ParseError> {
        let entity = self.entities.len();
        let boundary = fields
            .multipart()
            .and(fields.boundary.as_deref())
            .unwrap_or_default();
        let boundary = boundary.as_bytes().to_vec();
        self.entities.push(Entity {
            fields,
            body: body_start..body_start,
            children: Vec::new(),
        });
        if boundary.is_empty() {
            return Ok(State::Body { entity });
        }
        if self.open.len() == MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        self.levels
            .entry(boundary.clone())
            .or_default()
            .push(self.open.len());
        self.open.push(Open { entity, boundary });
        Ok(State::Between)
    }

    fn begin_part(&mut self, parent: usize, start: usize, end: usize) -> Result<State, ParseError> {
        // A header beyond the limits is not read: such a part is text, and is not lost.
        let section = HeaderSection::split(&self.content[start..end])
            .or_else(|_| HeaderSection::split(b""))?;
        let default = match self.entities[parent].fields.multipart() {
            Some("digest") => DefaultType::Message,
            _ => DefaultType::TextPlain,
        };
        let fields = MimeFields::read(&section, default);
        let entity = self.entities.len();
        self.entities[parent].children.push(entity);
        self.begin(fields, start + section.body_start())
    }

    /// Ends what was being read. The line end before a delimiter belongs to the delimiter
    /// (RFC 2046 §5.1.1), so a leaf ends at `text_end`, not at `line_start`.
    fn finish(
        &mut self,
        state: State,
        line_start: usize,
        text_end: usize,
    ) -> Result<(), ParseError> {
        match state {
            State::Body { entity } => self.end(entity, text_end),
            State::Header { parent, start } => {
                // No blank line: a header without a body, or a body without a header.
                if let State::Body { entity } = self.begin_part(parent, start, line_start)? {
                    self.end(entity, text_end);
                }
            }
            State::Between => {}
        }
        Ok(())
    }

    fn cross(
        &mut self,
        delimiter: Delimiter,
        next: usize,
        end: usize,
    ) -> Result<State, ParseError> {
        match delimiter {
            Delimiter::Close { level } => {
                self.close_down_to(level, end);
                Ok(State::Between)
            }
            Delimiter::Part { level } => {
                self.close_down_to(level + 1, end);
                if self.entities.len() > MAX_PARTS {
                    return Err(ParseError::TooManyParts);
                }
                Ok(State::Header {
                    parent: self.open[level].entity,
                    start: next,
                })
            }
        }
    }

    fn close_down_to(&mut self, level: usize, end: usize) {
        while self.open.len() > level
            && let Some(closed) = self.open.pop()
        {
            if let Some(levels) = self.levels.get_mut(&closed.boundary) {
                levels.pop();
                if levels.is_empty() {
                    self.levels.remove(&closed.boundary);
                }
            }
            self.end(closed.entity, end);
        }
    }

    fn end(&mut self, entity: usize, end: usize) {
        let body = &mut self.entities[entity].body;
        body.end = end.max(body.start);
    }
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// White space may follow a delimiter (RFC 2046 §5.1.1).
fn trimmed(mut line: &[u8]) -> &[u8] {
    while let [shorter @ .., b' ' | b'\t'] = line {
        line = shorter;
    }
    line
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
