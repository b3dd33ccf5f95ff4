//! The lengths that bound content while it streams: lines, header, fields, the whole (promise S2).

use crate::fault::Fault;
use crate::limits::Limits;

/// What was counted so far. The first bound to be exceeded, in the order of the octets, is the one
/// that is named; so the answer does not depend on how the network cut the octets.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measure {
    content: usize,
    line: usize,
    section: Section,
}

#[derive(Clone, Copy, Debug)]
enum Section {
    /// Before the first empty line.
    Header {
        octets: usize,
        fields: usize,
    },
    Body,
}

impl Default for Section {
    fn default() -> Self {
        Self::Header {
            octets: 0,
            fields: 0,
        }
    }
}

impl Measure {
    /// Counts octets of the current line.
    pub(crate) fn text(&mut self, text: &[u8], limits: &Limits) -> Result<(), Fault> {
        if let Section::Header { fields, .. } = &mut self.section
            && self.line == 0
            && !matches!(text.first(), Some(b' ' | b'\t'))
        {
            *fields += 1;
            if *fields > limits.header_fields {
                return Err(Fault::FieldsExceeded);
            }
        }
        self.count(
            text.len(),
            limits,
            limits.text_line.saturating_sub(self.line),
        )?;
        self.line += text.len();
        Ok(())
    }

    /// Counts a CRLF; an empty line ends the header section and is not part of it.
    pub(crate) fn line_end(&mut self, limits: &Limits) -> Result<(), Fault> {
        if self.line == 0 {
            self.section = Section::Body;
        }
        self.line = 0;
        self.count(2, limits, usize::MAX)
    }

    /// How many octets of whole lines may come without another look: none before the header is over.
    pub(crate) fn body_room(&self, limits: &Limits) -> usize {
        match self.section {
            Section::Header { .. } => 0,
            Section::Body => limits.content.saturating_sub(self.content),
        }
    }

    /// Counts whole lines of the body, each within its bound and all within [`Self::body_room`].
    pub(crate) fn body_lines(&mut self, octets: usize) {
        self.content += octets;
    }

    fn count(&mut self, octets: usize, limits: &Limits, line_room: usize) -> Result<(), Fault> {
        let content_room = limits.content.saturating_sub(self.content);
        let header_room = match self.section {
            Section::Header { octets, .. } => limits.header.saturating_sub(octets),
            Section::Body => usize::MAX,
        };
        let room = content_room.min(header_room).min(line_room);
        if octets > room {
            return Err(match room {
                room if room == content_room => Fault::SizeExceeded,
                room if room == header_room => Fault::HeaderExceeded,
                _ => Fault::LineExceeded,
            });
        }
        self.content += octets;
        if let Section::Header { octets: header, .. } = &mut self.section {
            *header += octets;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            text_line: 10,
            header: 20,
            header_fields: 3,
            content: 40,
            ..Limits::default()
        }
    }

    /// Counts a whole content of lines that end in LF here and in CRLF there.
    fn measure(content: &str) -> Result<(), Fault> {
        let mut measure = Measure::default();
        for line in content.split_inclusive('\n') {
            let text = line.trim_end_matches('\n');
            if !text.is_empty() {
                measure.text(text.as_bytes(), &limits())?;
            }
            if line.ends_with('\n') {
                measure.line_end(&limits())?;
            }
        }
        Ok(())
    }

    #[test]
    fn each_bound_is_the_largest_value_still_accepted() {
        assert_eq!(measure("0123456789\n"), Ok(()));
        assert_eq!(measure("0123456789a\n"), Err(Fault::LineExceeded));
        // 10 and 6 octets with two CRLFs are 20.
        assert_eq!(measure("a:23456789\nb:2345\n\n"), Ok(()));
        assert_eq!(
            measure("a:23456789\nb:23456\n\n"),
            Err(Fault::HeaderExceeded)
        );
        assert_eq!(measure("a:\nb:\nc:\n\n"), Ok(()));
        assert_eq!(measure("a:\nb:\nc:\nd:\n\n"), Err(Fault::FieldsExceeded));
        assert_eq!(measure("\n12345678\n12345678\n12345678\n123456\n"), Ok(()));
        assert_eq!(
            measure("\n12345678\n12345678\n12345678\n1234567\n"),
            Err(Fault::SizeExceeded)
        );
    }

    #[test]
    fn a_folded_field_counts_once() {
        assert_eq!(measure("a:\n b\n\tc\nd:\n\n"), Ok(()));
    }

    #[test]
    fn the_header_ends_at_the_first_empty_line() {
        assert_eq!(measure("a:\n\n1\n2\n3\n4\n5\n6\n7\n8\n"), Ok(()));
    }

    #[test]
    fn a_header_that_never_ends_is_bounded_too() {
        assert_eq!(measure("a:2345678\nb:2345678"), Ok(()));
        assert_eq!(measure("a:2345678\nb:23456789"), Err(Fault::HeaderExceeded));
        assert_eq!(
            measure("a:2345678\nb:2345678\n"),
            Err(Fault::HeaderExceeded)
        );
    }
}
