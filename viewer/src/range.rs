//! The one range of octets that a request asks for, or brings (RFC 9110 §14).
//!
//! A single `bytes` range is honoured. Several ranges and malformed ones are refused with 416,
//! which §14.2 allows: answering them with the whole file would send 50 MiB by mistake. A unit that
//! we do not know is ignored, which §14.2 demands.

/// What to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it, with 200.
    Whole,
    /// `first..=last`, with 206.
    Part {
        /// First octet.
        first: u64,
        /// Last octet, inside the file.
        last: u64,
    },
    /// Nothing, with 416.
    Refused,
}

/// Reads a `Range` header for a file of `size` octets.
pub(crate) fn wanted(header: Option<&str>, size: u64) -> Wanted {
    let Some((unit, set)) = header.map(|text| text.split_once('=').unwrap_or((text, ""))) else {
        return Wanted::Whole;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    single(set.trim(), size).unwrap_or(Wanted::Refused)
}

/// `first-last`, `first-` or `-length`; `None` for all else and for what lies outside.
fn single(text: &str, size: u64) -> Option<Wanted> {
    let end = size.checked_sub(1)?;
    let (first, last) = text.split_once('-')?;
    let (first, last) = match (first, last) {
        ("", length) => match number(length)? {
            0 => return None,
            length => (size.saturating_sub(length), end),
        },
        (first, "") => (number(first)?, end),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                return None;
            }
            (first, last.min(end))
        }
    };
    (first <= end).then_some(Wanted::Part { first, last })
}

/// A piece of a part that is put: octets `first..=last` of `total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Brought {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) total: u64,
}

/// Reads `Content-Range: bytes first-last/total` of a partial PUT (§14.5).
pub(crate) fn brought(header: &str) -> Option<Brought> {
    let (range, total) = header.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total) = (number(first)?, number(last)?, number(total)?);
    (first <= last && last < total).then_some(Brought { first, last, total })
}

/// Digits only: `str::parse` would take a plus sign. A number too long for 64 bits is as large as
/// any.
fn number(text: &str) -> Option<u64> {
    let digits_only = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    digits_only.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(first: u64, last: u64) -> Wanted {
        Wanted::Part { first, last }
    }

    #[test]
    fn a_single_range_is_honoured() {
        for (header, expected) in [
            ("bytes=0-0", part(0, 0)),
            ("bytes=0-99", part(0, 99)),
            ("bytes=99-99", part(99, 99)),
            ("bytes=99-", part(99, 99)),
            ("bytes=0-", part(0, 99)),
            ("bytes=-1", part(99, 99)),
            ("bytes=-100", part(0, 99)),
            ("bytes=-5000", part(0, 99)),
            ("bytes=50-5000", part(50, 99)),
            ("bytes=50-99999999999999999999999", part(50, 99)),
            ("Bytes=1-2", part(1, 2)),
            ("bytes= 1-2", part(1, 2)),
        ] {
            assert_eq!(wanted(Some(header), 100), expected, "{header}");
        }
    }

    #[test]
    fn a_range_outside_the_file_is_refused() {
        for header in [
            "bytes=100-",
            "bytes=100-100",
            "bytes=99999999999999999999999-",
            "bytes=-0",
        ] {
            assert_eq!(wanted(Some(header), 100), Wanted::Refused, "{header}");
        }
        assert_eq!(wanted(Some("bytes=0-0"), 0), Wanted::Refused);
    }

    #[test]
    fn several_and_malformed_ranges_are_refused() {
        for header in [
            "bytes=0-0,2-3",
            "bytes=0-0, 2-3",
            "bytes=2-1",
            "bytes=",
            "bytes",
            "bytes=-",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=1--2",
            "bytes=0x1-2",
            "bytes=1-2-3",
        ] {
            assert_eq!(wanted(Some(header), 100), Wanted::Refused, "{header}");
        }
    }

    #[test]
    fn a_piece_names_its_first_and_last_octet_and_the_whole() {
        let piece = Brought {
            first: 0,
            last: 9,
            total: 10,
        };
        assert_eq!(brought("bytes 0-9/10"), Some(piece));
        for header in [
            "",
            "bytes",
            "bytes */10",
            "bytes 0-9/*",
            "bytes 0-10/10",
            "bytes 3-2/10",
            "bytes=0-9/10",
            "bytes 0-9",
            "bytes -9/10",
            "items 0-9/10",
        ] {
            assert_eq!(brought(header), None, "{header}");
        }
    }

    #[test]
    fn no_header_and_foreign_units_give_the_whole_file() {
        assert_eq!(wanted(None, 100), Wanted::Whole);
        assert_eq!(wanted(Some("chunks=0-1"), 100), Wanted::Whole);
        assert_eq!(wanted(Some("bytes=0-"), 100), part(0, 99));
    }
}
