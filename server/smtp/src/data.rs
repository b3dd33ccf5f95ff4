//! The content behind DATA or BDAT: measured, unstuffed, read to its true end whatever is in it.
//!
//! Content that is refused is still read up to CRLF.CRLF or to the end of its chunk, so the session stays in step with its
//! peer and no line of a refused mail is ever taken for a command; what it had used of memory is
//! given back at once. Content is kept only within room that was granted (see
//! [`Event::Room`](crate::Event::Room)).

mod framing;
mod measure;

use mail::Growing;

use crate::fault::Fault;
use crate::limits::Limits;
use framing::{Dots, Framing, Token};
use measure::Measure;

/// Reads one message's content out of octets that come in pieces of any size.
#[derive(Debug)]
pub(crate) struct DataReader {
    framing: Framing,
    dots: Dots,
    measure: Measure,
    content: Result<Growing, Fault>,
    room: usize,
}

/// Why reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The input is used up.
    Hungry,
    /// The content fills the room granted so far; some input is left.
    Full,
    /// The content's end was read; what is left of the input comes after it.
    Ended,
}

impl DataReader {
    /// For what comes behind DATA.
    pub(crate) fn stuffed() -> Self {
        Self::new(Dots::Stuffed)
    }

    /// For what comes behind BDAT, in any number of chunks.
    pub(crate) fn chunked() -> Self {
        Self::new(Dots::Plain)
    }

    fn new(dots: Dots) -> Self {
        Self {
            framing: Framing::LineStart,
            dots,
            measure: Measure::default(),
            content: Ok(Growing::default()),
            room: 0,
        }
    }

    /// The room granted so far.
    pub(crate) fn room(&self) -> usize {
        self.room
    }

    /// How much content there is.
    pub(crate) fn octets(&self) -> usize {
        self.content.as_ref().map_or(0, |content| content.len())
    }

    /// Allows `octets` more content. Memory is taken as content comes, never more than granted.
    pub(crate) fn grant(&mut self, octets: usize) {
        self.room = self.room.saturating_add(octets);
    }

    /// Refuses the content, which is then read to its end and not kept. The first reason stays.
    pub(crate) fn refuse(&mut self, fault: Fault) {
        if self.content.is_ok() {
            self.content = Err(fault);
        }
    }

    /// Whether the content is already refused.
    pub(crate) fn is_refused(&self) -> bool {
        self.content.is_err()
    }

    /// The content, or why it is refused.
    pub(crate) fn finish(self) -> Result<Growing, Fault> {
        self.content
    }

    /// Takes octets off `input`.
    pub(crate) fn read(&mut self, input: &mut &[u8], limits: &Limits) -> Progress {
        loop {
            self.take_whole_lines(input, limits);
            let before = (self.framing, *input);
            let Some(token) = self.framing.next(input, self.dots) else {
                return Progress::Hungry;
            };
            let Ok(content) = &mut self.content else {
                if token == Token::End {
                    return Progress::Ended;
                }
                continue;
            };
            let room = room_left(self.room, content.len(), limits);
            let kept = match token {
                Token::End => return Progress::Ended,
                Token::BareLineEnd => Err(Fault::BareLineEndInData),
                Token::Nul => Err(Fault::NulInData),
                Token::LineEnd if room < 2 => {
                    (self.framing, *input) = before;
                    return Progress::Full;
                }
                Token::LineEnd => {
                    let counted = self.measure.line_end(limits);
                    counted.map(|()| content.push(b"\r\n", self.room))
                }
                Token::Text(_) if room == 0 => {
                    (self.framing, *input) = before;
                    return Progress::Full;
                }
                Token::Text(text) => {
                    let fitting = &text[..text.len().min(room)];
                    let left_over = text.len() - fitting.len();
                    // The text stands right before what is left of the input.
                    *input = &before.1[before.1.len() - input.len() - left_over..];
                    let counted = self.measure.text(fitting, limits);
                    counted.map(|()| content.push(fitting, self.room))
                }
            };
            if let Err(fault) = kept {
                self.refuse(fault);
            }
        }
    }

    /// Takes lines of the body in one piece, as far as they need no closer look.
    fn take_whole_lines(&mut self, input: &mut &[u8], limits: &Limits) {
        let Ok(content) = &mut self.content else {
            return;
        };
        let room = room_left(self.room, content.len(), limits).min(self.measure.body_room(limits));
        let fitting = &input[..input.len().min(room)];
        let octets = self
            .framing
            .whole_lines(fitting, limits.text_line, self.dots);
        content.push(&input[..octets], self.room);
        self.measure.body_lines(octets);
        *input = &input[octets..];
    }

    /// The last chunk was read. A last line without its CRLF is completed, as it must be on its way
    /// on: what is sent by DATA has no other lines. That may need room for two octets more.
    pub(crate) fn end(&mut self, limits: &Limits) -> Progress {
        let Ok(content) = &mut self.content else {
            return Progress::Ended;
        };
        let completed = match self.framing {
            Framing::LineStart => Ok(()),
            Framing::Text if room_left(self.room, content.len(), limits) < 2 => {
                return Progress::Full;
            }
            Framing::Text => {
                let counted = self.measure.line_end(limits);
                counted.map(|()| content.push(b"\r\n", self.room))
            }
            Framing::Cr | Framing::Dot | Framing::DotCr => Err(Fault::BareLineEndInData),
        };
        self.framing = Framing::LineStart;
        if let Err(fault) = completed {
            self.refuse(fault);
        }
        Progress::Ended
    }
}

/// With all of its room granted, content is bounded by its measure alone.
fn room_left(granted: usize, taken: usize, limits: &Limits) -> usize {
    if granted >= limits.content {
        usize::MAX
    } else {
        granted - taken
    }
}
