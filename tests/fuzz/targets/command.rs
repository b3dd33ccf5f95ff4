//! Command lines: one reply for each, the same however they arrive, and what was understood of a
//! path means the same when it is written out again.

use mail::ReversePath;
use smtp::Limits;

use super::session::Client;

/// Octets are the lines of a client that got as far as EHLO. DATA and BDAT, behind which come octets
/// that are no lines, are no matter of this target.
pub(crate) fn check(octets: &[u8]) {
    let limits = || Limits {
        errors: 1_000,
        ..Limits::default()
    };
    let lines: Vec<&[u8]> = octets
        .split(|&octet| octet == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !begins_content(line))
        .take(20)
        .collect();

    let mut client = Client::behind(limits(), &["EHLO c"]);
    let mut sent = Vec::new();
    for line in &lines {
        let before = client.seen.count();
        let was_closed = client.seen.closed;
        let line = [line, &b"\r\n"[..]].concat();
        client.send(&line);
        sent.extend(line);
        let replies = client.seen.count() - before;
        assert_eq!(replies, usize::from(!was_closed), "one line, one reply");
    }
    client.seen.check_replies();

    let mut cut = Client::behind(limits(), &["EHLO c"]);
    cut.send_cut(&sent);
    assert_eq!(
        cut.seen, client.seen,
        "how the network cuts changes nothing"
    );

    for sender in &client.seen.senders {
        let line = format!(
            "MAIL FROM:<{sender}>{}",
            utf8(sender.as_str()),
            sender = sender.as_str()
        );
        let again = Client::answering(&["EHLO c"], &line).seen.senders;
        assert_eq!(
            again,
            std::slice::from_ref(sender),
            "what was parsed is what is printed"
        );
        if let ReversePath::Address(address) = sender {
            assert_eq!(address.as_str().parse().as_ref(), Ok(address));
        }
    }
    for recipient in &client.seen.recipients {
        let text = recipient.as_str();
        let sender = format!("MAIL FROM:<>{}", utf8(text));
        let line = format!("RCPT TO:<{text}>");
        let again = Client::answering(&["EHLO c", &sender], &line)
            .seen
            .recipients;
        assert_eq!(
            again,
            std::slice::from_ref(recipient),
            "what was parsed is what is printed"
        );
        assert_eq!(text.parse().as_ref(), Ok(recipient));
    }
}

fn begins_content(line: &[u8]) -> bool {
    let verb = line.trim_ascii().get(..4).unwrap_or_default();
    verb.eq_ignore_ascii_case(b"DATA") || verb.eq_ignore_ascii_case(b"BDAT")
}

fn utf8(text: &str) -> &'static str {
    if text.is_ascii() { "" } else { " SMTPUTF8" }
}

impl Client {
    /// A session behind some commands, and one more whose outcome counts.
    fn answering(commands: &[&str], line: &str) -> Self {
        let mut client = Self::behind(Limits::default(), commands);
        client.send(format!("{line}\r\n").as_bytes());
        client
    }
}
