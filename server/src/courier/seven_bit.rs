//! A mail for those who take no 8-bit content (RFC 6152 §3), or with lines that nobody has to take
//! (RFC 5322 §2.1.1): the same mail with its parts encoded anew.
//!
//! What is signed, or has a structure that is not clear, is left as it is: `None` says so.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail::HeaderSection;

use super::parcel::LONGEST_LINE;

/// As deep as intake lets anything nest (promise S2).
const DEEPEST: usize = 100;
/// Of an encoded line (RFC 2045 §6.7, §6.8).
const WIDTH: usize = 76;

/// The mail in ASCII and with short lines, or `None` when that would break it.
pub(super) fn convert(octets: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(octets.len() + octets.len() / 4);
    entity(octets, &mut out, 0)?;
    Some(out)
}

/// How a part may be written anew.
enum Shape {
    /// Its parts lie between lines of this boundary.
    Multipart(Vec<u8>),
    /// Another mail.
    Message,
    Text,
    Octets,
}

fn entity(octets: &[u8], out: &mut Vec<u8>, depth: usize) -> Option<()> {
    if is_plain(octets) {
        out.extend_from_slice(octets);
        return Some(());
    }
    if depth == DEEPEST {
        return None;
    }
    let header = HeaderSection::split(octets).ok()?;
    let body = &octets[header.body_start()..];
    let only = |name: &str| {
        let mut found = header.all(name);
        let first = found.next();
        found.next().is_none().then_some(first)
    };
    let media_type = only("Content-Type")?.map(|field| unfolded(field.raw_value()));
    let encoding = only("Content-Transfer-Encoding")?.map(|field| unfolded(field.raw_value()));
    let encoding = encoding.map_or_else(String::new, |text| text.trim().to_ascii_lowercase());
    if !matches!(encoding.as_str(), "" | "7bit" | "8bit" | "binary") && !is_plain(body) {
        return None; // Not what it says.
    }
    let shape = shape(media_type.as_deref())?;
    let name = match &shape {
        _ if is_plain(body) => None,
        Shape::Multipart(_) | Shape::Message => Some("7bit"),
        Shape::Text => Some("quoted-printable"),
        Shape::Octets => Some("base64"),
    };
    for field in header.fields() {
        if name.is_none() || !field.is("Content-Transfer-Encoding") {
            fold(&octets[field.range()], out)?;
        }
    }
    if let Some(name) = name {
        if depth == 0 && header.first("MIME-Version").is_none() {
            out.extend_from_slice(b"MIME-Version: 1.0\r\n");
            if media_type.is_none() {
                // RFC 1428 §3: nobody knows in which letters it was written.
                out.extend_from_slice(b"Content-Type: text/plain; charset=unknown-8bit\r\n");
            }
        }
        out.extend_from_slice(format!("Content-Transfer-Encoding: {name}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    match shape {
        _ if name.is_none() => out.extend_from_slice(body),
        Shape::Multipart(boundary) => multipart(body, &boundary, out, depth)?,
        Shape::Message => entity(body, out, depth + 1)?,
        Shape::Text => quoted_printable(body, out),
        Shape::Octets => base64_lines(body, out),
    }
    Some(())
}

fn multipart(body: &[u8], boundary: &[u8], out: &mut Vec<u8>, depth: usize) -> Option<()> {
    let (mut part, mut start, mut closed) = (None::<usize>, 0, false);
    // A delimiter owns the line end before it.
    while start < body.len() {
        let end = line_end(body, start);
        let line = trimmed(&body[start..end]);
        let delimiter = line
            .strip_prefix(b"--")
            .and_then(|rest| rest.strip_prefix(boundary));
        let closes = match delimiter {
            Some(b"") => Some(false),
            Some(b"--") => Some(true),
            _ => None,
        };
        if let Some(closes) = closes.filter(|_| !closed) {
            let before = start.saturating_sub(2);
            match part {
                Some(from) if before >= from => {
                    entity(&body[from..before], out, depth + 1)?;
                    out.extend_from_slice(b"\r\n");
                }
                Some(_) => {}
                None => out.extend_from_slice(plain(&body[..start])?),
            }
            out.extend_from_slice(&body[start..end]);
            closed = closes;
            part = Some(end);
        }
        start = end;
    }
    let rest = part?;
    if closed {
        out.extend_from_slice(plain(&body[rest..])?);
        return Some(());
    }
    // Never closed: the last part goes to the end.
    entity(&body[rest..], out, depth + 1)
}

fn shape(media_type: Option<&str>) -> Option<Shape> {
    let Some(text) = media_type else {
        return Some(Shape::Text);
    };
    let (name, parameters) = text.split_once(';').unwrap_or((text, ""));
    let name = name.trim().to_ascii_lowercase();
    match name.split_once('/')? {
        ("multipart", "signed" | "encrypted") => None,
        ("multipart", _) => boundary(parameters).map(Shape::Multipart),
        ("message", "rfc822") => Some(Shape::Message),
        ("message", _) => None,
        ("text", _) => Some(Shape::Text),
        _ => Some(Shape::Octets),
    }
}

/// The value of `boundary`: a token or a quoted string, once.
fn boundary(parameters: &str) -> Option<Vec<u8>> {
    let lower = parameters.to_ascii_lowercase();
    let at = lower.find("boundary=")?;
    if lower[at + 1..].contains("boundary=") || lower.contains("boundary*") {
        return None;
    }
    let value = &parameters[at + "boundary=".len()..];
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => value.split([';', ' ', '\t']).next()?,
    };
    let fits = !value.is_empty() && value.len() <= 70 && !value.contains('\\');
    fits.then(|| value.trim_end().as_bytes().to_vec())
}

fn unfolded(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).replace(['\r', '\n'], "")
}

/// A field with no line longer than allowed; `None` when there is no white space to fold at.
fn fold(field: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut start = 0;
    while start < field.len() {
        let end = line_end(field, start);
        let mut line = trimmed_end(&field[start..end]);
        while line.len() > LONGEST_LINE {
            let is_space = |octet: &u8| matches!(octet, b' ' | b'\t');
            let at = line[1..=LONGEST_LINE].iter().rposition(is_space)? + 1;
            // A line of white space alone would end the header for some.
            if line[..at].iter().all(is_space) || line[at..].iter().all(is_space) {
                return None;
            }
            out.extend_from_slice(&line[..at]);
            out.extend_from_slice(b"\r\n");
            line = &line[at..];
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
        start = end;
    }
    Some(())
}

fn is_plain(octets: &[u8]) -> bool {
    octets.is_ascii()
        && octets
            .split(|&octet| octet == b'\n')
            .all(|line| trimmed_end(line).len() <= LONGEST_LINE)
}

fn plain(octets: &[u8]) -> Option<&[u8]> {
    is_plain(octets).then_some(octets)
}

fn line_end(octets: &[u8], start: usize) -> usize {
    let length = octets[start..].iter().position(|&octet| octet == b'\n');
    length.map_or(octets.len(), |length| start + length + 1)
}

fn trimmed_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn trimmed(line: &[u8]) -> &[u8] {
    trimmed_end(line).trim_ascii_end()
}

/// RFC 2045 §6.7, for text: its line ends stay line ends.
fn quoted_printable(body: &[u8], out: &mut Vec<u8>) {
    let mut start = 0;
    while start < body.len() {
        let end = line_end(body, start);
        let line = trimmed_end(&body[start..end]);
        let mut width = 0;
        for (place, &octet) in line.iter().enumerate() {
            let last = place + 1 == line.len();
            let literal = match octet {
                b' ' | b'\t' => !last,
                b'!'..=b'<' | b'>'..=b'~' => true,
                _ => false,
            };
            // One column is kept for the `=` of a soft line end.
            if width + if literal { 1 } else { 3 } > WIDTH - 1 {
                out.extend_from_slice(b"=\r\n");
                width = 0;
            }
            if literal {
                out.push(octet);
                width += 1;
            } else {
                out.extend_from_slice(format!("={octet:02X}").as_bytes());
                width += 3;
            }
        }
        if line.len() < end - start {
            out.extend_from_slice(b"\r\n");
        }
        start = end;
    }
}

fn base64_lines(body: &[u8], out: &mut Vec<u8>) {
    for line in body.chunks(WIDTH / 4 * 3) {
        out.extend_from_slice(STANDARD.encode(line).as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders};

    use super::*;

    fn converted(text: &str) -> Option<String> {
        let out = convert(text.as_bytes())?;
        assert!(is_plain(&out), "{}", String::from_utf8_lossy(&out));
        Some(String::from_utf8(out).unwrap())
    }

    fn texts(octets: &[u8]) -> Vec<Vec<u8>> {
        let mail = MessageParser::default().parse(octets).unwrap();
        let leaf = |part: &&mail_parser::MessagePart<'_>| !part.is_multipart();
        let parts = mail.parts.iter().filter(leaf);
        parts.map(|part| part.contents().to_vec()).collect()
    }

    #[test]
    fn a_text_is_written_as_quoted_printable_and_reads_the_same() {
        let text = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nr\u{e9}sultats = ok \r\n.\r\n\r\n";
        let out = converted(text).unwrap();
        assert!(
            out.ends_with(
                "\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nr=C3=A9sultats =3D ok=20\r\n.\r\n\r\n"
            ),
            "{out}"
        );
        assert_eq!(out.matches("Content-Transfer-Encoding").count(), 1);
        assert_eq!(texts(out.as_bytes()), texts(text.as_bytes()));
    }

    #[test]
    fn every_part_is_written_as_it_needs_and_the_others_stay() {
        let long = "wide \u{e9} ".repeat(300);
        let text = format!(
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=\"a b\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\npreamble\r\n--a b\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n--in\r\n\r\nplain\r\n--in\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{long}\r\n--in--\r\n--a b\r\nContent-Type: image/x; name=x\r\n\r\n\u{e9}\u{e9}\r\n--a b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\nMIME-Version: 1.0\r\n\r\n\u{e9}\r\n\r\n--a b--\r\nepilogue\r\n"
        );
        let out = converted(&text).unwrap();
        assert_eq!(texts(out.as_bytes())[..3], texts(text.as_bytes())[..3]);
        for expected in [
            "preamble\r\n--a b\r\n",
            "\r\n--in\r\n\r\nplain\r\n--in\r\n",
            "Content-Transfer-Encoding: base64\r\n\r\nw6nDqQ==\r\n",
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9\r\n",
            "\r\n--a b--\r\nepilogue\r\n",
        ] {
            assert!(out.contains(expected), "{expected} in {out}");
        }
        let mail = MessageParser::default().parse(out.as_bytes()).unwrap();
        let image = mail.parts.iter().find(|part| {
            part.content_type()
                .is_some_and(|kind| kind.ctype() == "image")
        });
        assert_eq!(image.unwrap().contents(), "\u{e9}\u{e9}".as_bytes());
    }

    #[test]
    fn a_mail_without_mime_gets_it() {
        let out = converted("Subject: x\r\n\r\n\u{e9}\r\n").unwrap();
        assert!(out.contains("\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=unknown-8bit\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9\r\n"), "{out}");
    }

    #[test]
    fn what_is_signed_or_unclear_is_not_touched() {
        let e = "\u{e9}";
        for text in [
            format!(
                "Content-Type: multipart/signed; boundary=a\r\n\r\n--a\r\n\r\n{e}\r\n--a--\r\n"
            ),
            format!("Content-Type: multipart/mixed\r\n\r\n{e}\r\n"),
            format!("Content-Type: multipart/mixed; boundary=a\r\n\r\n{e}\r\n"),
            format!(
                "Content-Type: multipart/mixed; boundary=a\r\n\r\n{e}\r\n--a\r\n\r\nx\r\n--a--\r\n"
            ),
            format!("Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n{e}\r\n"),
            format!("Content-Transfer-Encoding: base64\r\n\r\n{e}\r\n"),
            format!("Content-Type: message/partial; id=x\r\n\r\n{e}\r\n"),
        ] {
            assert_eq!(convert(text.as_bytes()), None, "{text}");
        }
        let signed = "Content-Type: multipart/signed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n";
        assert_eq!(
            converted(signed).as_deref(),
            Some(signed),
            "it is fit as it is"
        );
    }

    #[test]
    fn long_lines_are_folded_in_the_header_and_encoded_in_the_body() {
        let words = "word ".repeat(400);
        let out = converted(&format!("Subject: {words}x\r\n\r\n{}\r\n", "y".repeat(999))).unwrap();
        let header = HeaderSection::split(out.as_bytes()).unwrap();
        let subject = header.first("Subject").unwrap().decoded();
        assert!(format!("{words}x").starts_with(subject.text().trim_end()));
        assert!(texts(out.as_bytes())[0].starts_with(&[b'y'; 999]));
        assert_eq!(
            converted(&format!("Subject: {}\r\n\r\n", "x".repeat(999))),
            None
        );
        let exact = format!("\r\n{}\r\n", "x".repeat(998));
        assert_eq!(converted(&exact).as_deref(), Some(exact.as_str()));
    }
}
