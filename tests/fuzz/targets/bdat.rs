//! Content in chunks (RFC 3030), against the definition (promise S1): as many octets as were said,
//! one reply for each chunk, and the chunks together are the content, dots and all. It is taken if
//! no CR, LF or NUL in it stands alone, wherever the chunks are cut.

use smtp::Limits;

use super::session::{Client, Seen, is_lawful, unbounded};

/// Octets that say where the chunks are cut.
const CUTS: usize = 4;

/// The first octets cut the others into chunks.
pub(crate) fn check(octets: &[u8]) {
    let (cuts, content) = octets.split_at(CUTS.min(octets.len()));
    let mut sent = Vec::new();
    let mut rest = content;
    for &cut in cuts {
        let (chunk, tail) = rest.split_at(usize::from(cut) % (rest.len() + 1));
        sent.extend(format!("BDAT {}\r\n", chunk.len()).bytes());
        sent.extend(chunk);
        rest = tail;
    }
    sent.extend(format!("BDAT {} LAST\r\n", rest.len()).bytes());
    sent.extend(rest);

    let whole = run(|client| client.send(&sent));
    let cut = run(|client| client.send_cut(&sent));
    assert_eq!(cut, whole, "how the network cuts changes nothing");
    assert!(
        cut.messages == whole.messages,
        "and no octet of the message"
    );
    whole.check_replies();
    assert_eq!(whole.count(), cuts.len() + 1, "one chunk, one reply");

    if is_lawful(content) {
        let mut expected = content.to_vec();
        if !content.is_empty() && !content.ends_with(b"\r\n") {
            expected.extend(b"\r\n");
        }
        assert_eq!(whole.messages.len(), 1, "{}", whole.replies);
        assert_eq!(&*whole.messages[0].content, &expected[..]);
    } else {
        assert_eq!(whole.messages.len(), 0, "a CR, LF or NUL alone");
        assert!(whole.replies.contains("550 5."), "{}", whole.replies);
    }
}

fn run(send: impl Fn(&mut Client)) -> Seen {
    let limits = Limits {
        errors: 1_000,
        ..unbounded()
    };
    let commands = ["EHLO c", "MAIL FROM:<>", "RCPT TO:<a@example.com>"];
    let mut client = Client::behind(limits, &commands);
    send(&mut client);
    client.seen
}
