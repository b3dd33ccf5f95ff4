//! What stands behind DATA, against the definition (promise S1): it ends with the first CRLF.CRLF,
//! and is taken if no CR, LF or NUL in it stands alone.

use super::session::{Client, Seen, is_lawful, unbounded};

/// Octets are everything that a client sends behind the 354.
pub(crate) fn check(octets: &[u8]) {
    let framed = [b"\r\n", octets].concat();
    let end = framed.windows(5).position(|window| window == b"\r\n.\r\n");
    // What follows the true end are commands again: another target's matter.
    let octets = end.map_or(octets, |end| &octets[..end + 3]);
    let whole = run(|client| client.send(octets));
    let cut = run(|client| client.send_cut(octets));
    assert_eq!(cut, whole, "how the network cuts changes nothing");
    assert!(
        cut.messages == whole.messages,
        "and no octet of the message"
    );
    whole.check_replies();

    let Some(end) = end else {
        assert_eq!(whole.messages.len(), 0, "a message without CRLF.CRLF");
        assert_eq!(whole.count(), 0, "no reply before the end");
        return;
    };
    assert_eq!(whole.count(), 1, "one end of data, one reply");
    let content = &framed[2..end + 2];
    if !is_lawful(content) {
        assert_eq!(whole.messages.len(), 0, "a CR, LF or NUL alone");
        assert!(whole.replies.starts_with("550 5."), "{}", whole.replies);
        return;
    }
    assert!(whole.replies.starts_with("250 2.0.0 "), "{}", whole.replies);
    assert_eq!(&*whole.messages[0].content, &unstuffed(content)[..]);
}

fn run(send: impl Fn(&mut Client)) -> Seen {
    let commands = ["EHLO c", "MAIL FROM:<>", "RCPT TO:<a@example.com>", "DATA"];
    let mut client = Client::behind(unbounded(), &commands);
    send(&mut client);
    client.seen
}

fn unstuffed(content: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(content.len());
    for line in content.split_inclusive(|&octet| octet == b'\n') {
        kept.extend(line.strip_prefix(b".").unwrap_or(line));
    }
    kept
}
