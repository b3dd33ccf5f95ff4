//! What the header of one MIME entity says about its body (RFC 2045, RFC 2183).

use crate::decode;
use crate::header::HeaderSection;
use crate::parameters::Parametrised;
use crate::transfer::TransferEncoding;
use crate::view::Protection;

/// The MIME fields of one entity. Absent or malformed ones have the default of RFC 2045 §5.2.
pub(crate) struct MimeFields {
    /// Type and subtype in lower case.
    pub(crate) media_type: String,
    pub(crate) charset: Option<String>,
    pub(crate) boundary: Option<String>,
    /// The Content-ID of the part that a `multipart/related` begins with (RFC 2387 §3.2).
    pub(crate) start: Option<String>,
    pub(crate) encoding: TransferEncoding,
    pub(crate) disposition: Disposition,
    /// The file's name as the sender chose it, decoded.
    pub(crate) name: Option<String>,
    /// Without angle brackets.
    pub(crate) content_id: Option<String>,
    pub(crate) protection: Option<Protection>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disposition {
    Attachment,
    /// `inline`, or nothing said.
    Inline,
}

/// What an entity is if it does not say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum DefaultType {
    TextPlain,
    /// In `multipart/digest` (RFC 2046 §5.1.5).
    Message,
}

impl MimeFields {
    pub(crate) fn read(section: &HeaderSection<'_>, default: DefaultType) -> Self {
        let parametrised = |name| {
            section
                .first(name)
                .map(|field| Parametrised::read(field.raw_value()))
        };
        let content_type = parametrised("Content-Type");
        let content_disposition = parametrised("Content-Disposition");

        let parameter = |name| content_type.as_ref().and_then(|field| field.get(name));
        let file_name = content_disposition
            .as_ref()
            .and_then(|field| field.get("filename"));
        let name = file_name.or_else(|| parameter("name"));

        // An unknown disposition is an attachment (RFC 2183 §2.8).
        let disposition = match content_disposition
            .as_ref()
            .map(|field| field.value.as_str())
        {
            None | Some("" | "inline") => Disposition::Inline,
            Some(_) => Disposition::Attachment,
        };
        let media_type = content_type
            .as_ref()
            .and_then(|field| media_type(&field.value));
        let media_type = media_type.unwrap_or_else(|| {
            let default = match (default, disposition) {
                (DefaultType::Message, _) => "message/rfc822",
                (DefaultType::TextPlain, Disposition::Attachment) => "application/octet-stream",
                (DefaultType::TextPlain, Disposition::Inline) => "text/plain",
            };
            default.to_owned()
        });
        let encoding = section
            .first("Content-Transfer-Encoding")
            .map(|field| TransferEncoding::named(&String::from_utf8_lossy(field.raw_value())));
        let content_id = section
            .first("Content-ID")
            .map(|field| bare_id(&String::from_utf8_lossy(field.raw_value())));
        let protection = protection(&media_type, |name| {
            content_type.as_ref().and_then(|field| field.get(name))
        });
        Self {
            media_type,
            charset: parameter("charset"),
            boundary: parameter("boundary").map(|text| text.trim_end().to_owned()),
            start: parameter("start").map(|text| bare_id(&text)),
            encoding: encoding.unwrap_or(TransferEncoding::Identity),
            disposition,
            name: name
                .map(|text| decode::printable(&text))
                .filter(|text| !text.is_empty()),
            content_id: content_id.filter(|text| !text.is_empty()),
            protection,
        }
    }

    /// The subtype, if this is a multipart.
    pub(crate) fn multipart(&self) -> Option<&str> {
        self.media_type.strip_prefix("multipart/")
    }
}

/// What the type of an entity says was done to it: S/MIME (RFC 8551 §3), OpenPGP (RFC 3156).
fn protection(media_type: &str, parameter: impl Fn(&str) -> Option<String>) -> Option<Protection> {
    let says = |name, values: &[&str]| {
        let value = parameter(name).map(|value| value.trim().to_ascii_lowercase());
        value.is_some_and(|value| values.contains(&value.as_str()))
    };
    let smime = [
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    ];
    match media_type {
        "multipart/signed" if says("protocol", &smime) => Some(Protection::SmimeSigned),
        "multipart/signed" if says("protocol", &["application/pgp-signature"]) => {
            Some(Protection::PgpSigned)
        }
        "multipart/encrypted" if says("protocol", &["application/pgp-encrypted"]) => {
            Some(Protection::PgpEncrypted)
        }
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
            if says("smime-type", &["signed-data"]) {
                Some(Protection::SmimeSigned)
            } else if says("smime-type", &["certs-only", "compressed-data"]) {
                None
            } else {
                // Without a word, it is what nobody can read.
                Some(Protection::SmimeEncrypted)
            }
        }
        _ => None,
    }
}

/// A well-formed type, with the one alias that programs write for JPEG images.
fn media_type(value: &str) -> Option<String> {
    let token = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|octet| octet.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&octet))
    };
    let (top, sub) = value.split_once('/')?;
    if !token(top) || !token(sub) {
        return None;
    }
    Some(match value {
        "image/jpg" | "image/pjpeg" => "image/jpeg".to_owned(),
        _ => value.to_owned(),
    })
}

fn bare_id(text: &str) -> String {
    decode::printable(text.trim().trim_start_matches('<').trim_end_matches('>'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str, default: DefaultType) -> MimeFields {
        MimeFields::read(&HeaderSection::split(header.as_bytes()).unwrap(), default)
    }

    #[test]
    fn what_is_absent_or_malformed_has_its_default() {
        use DefaultType::*;
        for (header, default, expected) in [
            ("", TextPlain, "text/plain"),
            ("", Message, "message/rfc822"),
            ("Content-Type: text\r\n", TextPlain, "text/plain"),
            ("Content-Type: te xt/pl\"ain\r\n", TextPlain, "text/plain"),
            ("Content-Type: /\r\n", TextPlain, "text/plain"),
            (
                "Content-Disposition: attachment\r\n",
                TextPlain,
                "application/octet-stream",
            ),
            (
                "Content-Type: Text/HTML; charset=x\r\n",
                TextPlain,
                "text/html",
            ),
            (
                "Content-Type: text/html\r\nContent-Type: text/plain\r\n",
                TextPlain,
                "text/html",
            ),
            ("Content-Type: image/JPG\r\n", Message, "image/jpeg"),
        ] {
            assert_eq!(read(header, default).media_type, expected, "{header:?}");
        }
    }

    #[test]
    fn what_was_signed_or_encrypted_before_it_came_here_is_known_by_its_type() {
        use Protection::*;
        for (content_type, expected) in [
            (
                "multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b",
                Some(SmimeSigned),
            ),
            (
                "multipart/signed; protocol=application/X-PKCS7-Signature; boundary=b",
                Some(SmimeSigned),
            ),
            (
                "multipart/signed; protocol=\"application/pgp-signature\"; boundary=b",
                Some(PgpSigned),
            ),
            ("multipart/signed; boundary=b", None),
            (
                "multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b",
                Some(PgpEncrypted),
            ),
            (
                "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
                Some(SmimeSigned),
            ),
            (
                "application/x-pkcs7-mime; smime-type=enveloped-data",
                Some(SmimeEncrypted),
            ),
            (
                "application/pkcs7-mime; name=smime.p7m",
                Some(SmimeEncrypted),
            ),
            ("application/pkcs7-mime; smime-type=certs-only", None),
            (
                "multipart/mixed; protocol=\"application/pgp-signature\"; boundary=b",
                None,
            ),
        ] {
            let header = format!("Content-Type: {content_type}\r\n");
            assert_eq!(
                read(&header, DefaultType::TextPlain).protection,
                expected,
                "{content_type}"
            );
        }
    }

    #[test]
    fn the_name_of_the_disposition_goes_before_the_name_of_the_type() {
        let of = |header| read(header, DefaultType::TextPlain).name;
        let both =
            "Content-Type: a/b; name=type.pdf\r\nContent-Disposition: inline; filename=d.pdf\r\n";
        assert_eq!(of(both).as_deref(), Some("d.pdf"));
        assert_eq!(
            of("Content-Type: a/b; name=type.pdf\r\n").as_deref(),
            Some("type.pdf")
        );
        assert_eq!(
            of("Content-Type: a/b; name=\"a\tb\0.pdf\"\r\n").as_deref(),
            Some("a b.pdf")
        );
        assert_eq!(of("Content-Type: a/b; name=\" \"\r\n"), None);
    }

    #[test]
    fn identifiers_lose_their_brackets() {
        let fields = read(
            "Content-ID: <logo@example.org>\r\nContent-Type: multipart/related; start=\"<a@b>\"\r\n",
            DefaultType::TextPlain,
        );
        assert_eq!(fields.content_id.as_deref(), Some("logo@example.org"));
        assert_eq!(fields.start.as_deref(), Some("a@b"));
        assert_eq!(fields.multipart(), Some("related"));
    }
}
