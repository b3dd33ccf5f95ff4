//! Paths: `<local@domain>` and what may stand in its place (RFC 5321 §4.1.2).
//!
//! This file finds where a path ends and what is inside; what an address is says [`mail::Address`].

use mail::{Address, Domain, ReversePath};

use crate::fault::Fault;

/// What a client named as recipient.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum ForwardPath {
    Address(Address),
    /// `<Postmaster>` without a domain, which every server takes (RFC 5321 §4.5.1).
    Postmaster,
}

/// Splits `<path> rest` into what is between the angle brackets and what follows them. A bracket
/// in a quoted local part does not end the path.
pub(crate) fn split(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('<')?;
    let mut quoted = false;
    let mut escaped = false;
    for (at, octet) in inner.bytes().enumerate() {
        match octet {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'>' if !quoted => return Some((&inner[..at], &inner[at + 1..])),
            _ => {}
        }
    }
    None
}

/// Reads the inside of MAIL's path.
pub(crate) fn reverse(inner: &str) -> Result<ReversePath, Fault> {
    if inner.is_empty() {
        return Ok(ReversePath::Null);
    }
    let address = mailbox(inner).ok_or(Fault::BadSender)?;
    Ok(ReversePath::Address(address))
}

/// Reads the inside of RCPT's path.
pub(crate) fn forward(inner: &str) -> Result<ForwardPath, Fault> {
    if inner.eq_ignore_ascii_case("postmaster") {
        return Ok(ForwardPath::Postmaster);
    }
    mailbox(inner)
        .map(ForwardPath::Address)
        .ok_or(Fault::BadRecipient)
}

/// An address, perhaps behind a source route `@relay,@relay:`, which a server must take and ignore
/// (RFC 5321 §4.1.1.3). Only the mailbox behind it is ever acted on.
fn mailbox(inner: &str) -> Option<Address> {
    let mailbox = match inner.strip_prefix('@') {
        None => inner,
        Some(route) => {
            let (route, mailbox) = route.split_once(':')?;
            if !route
                .split(",@")
                .all(|domain| domain.parse::<Domain>().is_ok())
            {
                return None;
            }
            mailbox
        }
    };
    mailbox.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_ends_at_the_first_bracket_outside_of_quotes() {
        assert_eq!(
            split("<a@b.example> SIZE=1"),
            Some(("a@b.example", " SIZE=1"))
        );
        assert_eq!(split("<>"), Some(("", "")));
        assert_eq!(
            split(r#"<"a>b"@c.example>"#),
            Some((r#""a>b"@c.example"#, ""))
        );
        assert_eq!(
            split(r#"<"a\">b"@c.example>x"#),
            Some((r#""a\">b"@c.example"#, "x"))
        );
        for text in [
            "",
            "a@b.example",
            "<a@b.example",
            r#"<"a@b.example>"#,
            " <a@b.example>",
        ] {
            assert_eq!(split(text), None, "{text}");
        }
    }

    #[test]
    fn a_source_route_is_ignored_when_it_is_one() {
        let plain = forward("user@example.org").unwrap();
        assert_eq!(forward("@relay.example:user@example.org").unwrap(), plain);
        assert_eq!(
            forward("@a.example,@b.example:user@example.org").unwrap(),
            plain
        );
        for inner in [
            "@:user@example.org",
            "@a b:user@example.org",
            "@a.example",
            "@a.example:",
            "@a.example,b.example:user@example.org",
            "@a.example:@b.example:user@example.org",
        ] {
            assert_eq!(forward(inner), Err(Fault::BadRecipient), "{inner}");
        }
    }

    #[test]
    fn the_null_path_is_a_sender_and_no_recipient() {
        assert_eq!(reverse(""), Ok(ReversePath::Null));
        assert_eq!(forward(""), Err(Fault::BadRecipient));
    }

    #[test]
    fn postmaster_needs_no_domain_as_recipient_only() {
        assert_eq!(forward("PostMaster"), Ok(ForwardPath::Postmaster));
        assert_eq!(reverse("postmaster"), Err(Fault::BadSender));
    }
}
