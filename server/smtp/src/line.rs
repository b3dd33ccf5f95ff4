//! Command lines out of octets that come in pieces of any size.
//!
//! A command ends at CRLF. A CR or an LF alone ends the session: what one server takes for one
//! line the next may take for two, and of such a peer no further line can be trusted. Of a line
//! that is too long only the end is looked for.

use memchr::memchr2;

use crate::fault::Fault;

/// Collects one command line.
#[derive(Debug, Default)]
pub(crate) struct LineReader {
    line: Vec<u8>,
    after_cr: bool,
    too_long: bool,
}

impl LineReader {
    /// Takes octets off `input` up to the end of the line, which it returns without its CRLF;
    /// `None` when `input` is used up before.
    pub(crate) fn read(
        &mut self,
        input: &mut &[u8],
        longest: usize,
    ) -> Option<Result<Vec<u8>, Fault>> {
        loop {
            let (&octet, rest) = input.split_first()?;
            if self.after_cr && octet == b'\n' {
                *input = rest;
                return Some(self.finish(longest));
            }
            if self.after_cr || octet == b'\n' {
                return Some(Err(Fault::BareLineEnd));
            }
            let end = memchr2(b'\r', b'\n', input).unwrap_or(input.len());
            let (text, rest) = input.split_at(end);
            if self.line.len() + text.len() > longest {
                self.too_long = true;
                self.line.clear();
            }
            if !self.too_long {
                self.line.extend_from_slice(text);
            }
            *input = match rest {
                [b'\r', rest @ ..] => {
                    self.after_cr = true;
                    rest
                }
                rest => rest,
            };
        }
    }

    /// Forgets what was collected.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn finish(&mut self, longest: usize) -> Result<Vec<u8>, Fault> {
        let Self { line, too_long, .. } = std::mem::take(self);
        if too_long || line.len() + 2 > longest {
            return Err(Fault::CommandTooLong);
        }
        Ok(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reader: &mut LineReader, mut input: &[u8]) -> Vec<Result<Vec<u8>, Fault>> {
        std::iter::from_fn(|| reader.read(&mut input, 8))
            .take(4)
            .collect()
    }

    #[test]
    fn a_line_ends_at_crlf_however_the_octets_arrive() {
        let mut reader = LineReader::default();
        assert_eq!(read(&mut reader, b"NO"), []);
        assert_eq!(read(&mut reader, b"OP\r"), []);
        assert_eq!(
            read(&mut reader, b"\nQUIT\r\n"),
            [Ok(b"NOOP".to_vec()), Ok(b"QUIT".to_vec())]
        );
    }

    #[test]
    fn a_line_of_the_longest_length_passes_and_one_octet_more_does_not() {
        let mut reader = LineReader::default();
        assert_eq!(read(&mut reader, b"123456\r\n"), [Ok(b"123456".to_vec())]);
        assert_eq!(
            read(&mut reader, b"1234567\r\n"),
            [Err(Fault::CommandTooLong)]
        );
        assert_eq!(
            read(&mut reader, b"123456789012\r\nNOOP\r\n"),
            [Err(Fault::CommandTooLong), Ok(b"NOOP".to_vec())],
            "the rest of a line that is too long is no command"
        );
    }

    #[test]
    fn a_cr_or_lf_alone_is_no_end_of_line() {
        for input in [
            &b"NOOP\nQUIT\r\n"[..],
            b"NOOP\rQUIT\r\n",
            b"NOOP\r\r\n",
            b"\n",
            b"\r\0\n",
        ] {
            let first = read(&mut LineReader::default(), input).swap_remove(0);
            assert_eq!(
                first,
                Err(Fault::BareLineEnd),
                "{:?}",
                input.escape_ascii().to_string()
            );
        }
    }

    #[test]
    fn a_line_that_never_ends_is_not_kept() {
        let mut reader = LineReader::default();
        for _ in 0..1_000 {
            assert_eq!(read(&mut reader, &[b'a'; 1_000]), []);
        }
        assert!(reader.line.capacity() <= 8);
    }
}
