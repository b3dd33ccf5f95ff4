//! Promise S1 against a model: every short content over the octets that matter.

use crate::client::Client;
use proptest::prelude::*;
use smtp::Limits;

const OCTETS: [u8; 5] = [b'\r', b'\n', b'.', 0, b'a'];

/// The definition, as plainly as it can be written: behind DATA's CRLF, content ends with the
/// first CRLF.CRLF and is lawful if no CR, LF or NUL in it stands alone.
fn model(octets: &[u8]) -> Option<(Result<Vec<u8>, ()>, usize)> {
    let framed = [b"\r\n", octets].concat();
    let end = framed
        .windows(5)
        .position(|window| window == b"\r\n.\r\n")?;
    let content = String::from_utf8(framed[..end + 2].to_vec()).expect("ASCII");
    let lines: Vec<&str> = content.split("\r\n").collect();
    let lawful = !lines.iter().any(|line| line.contains(['\r', '\n', '\0']));
    let unstuffed: Vec<&str> = lines
        .iter()
        .map(|l| l.strip_prefix('.').unwrap_or(l))
        .collect();
    // The first line is the empty one before DATA's CRLF.
    let content = unstuffed[1..].join("\r\n").into_bytes();
    Some((if lawful { Ok(content) } else { Err(()) }, end + 5 - 2))
}

fn check(octets: &[u8]) {
    let named = octets.escape_ascii();
    let mut client = Client::at_data(Limits::default());
    let mut consumed = 0;
    for octet in octets {
        client.send(std::slice::from_ref(octet));
        consumed += 1;
        if !client.seen.replies.is_empty() {
            break;
        }
    }
    match model(octets) {
        None => assert_eq!(client.seen.replies, "", "{named}"),
        Some((content, end)) => {
            assert_eq!(consumed, end, "{named}");
            match content {
                Ok(content) => {
                    assert_eq!(&*client.seen.messages[0].content, &content[..], "{named}");
                    assert!(client.seen.replies.starts_with("250 "), "{named}");
                }
                Err(()) => {
                    assert_eq!(client.seen.messages.len(), 0, "{named}");
                    assert!(client.seen.replies.starts_with("550 "), "{named}");
                }
            }
        }
    }
}

#[test]
fn every_content_of_up_to_six_octets_ends_where_the_definition_says() {
    for length in 0..=6 {
        for number in 0..OCTETS.len().pow(length) {
            let digit = |place| OCTETS[number / OCTETS.len().pow(place) % OCTETS.len()];
            let octets: Vec<u8> = (0..length).map(digit).collect();
            check(&octets);
            check(&[&octets[..], b"\r\n.\r\n"].concat());
        }
    }
}

/// Behind BDAT: lawful if no CR, LF or NUL stands alone; a last line without its CRLF gets one.
fn chunk_model(content: &[u8]) -> Result<Vec<u8>, ()> {
    let text = std::str::from_utf8(content).expect("ASCII");
    let mut lines: Vec<&str> = text.split("\r\n").collect();
    if lines.iter().any(|line| line.contains(['\r', '\n', '\0'])) {
        return Err(());
    }
    if lines.last() != Some(&"") {
        lines.push("");
    }
    Ok(lines.join("\r\n").into_bytes())
}

/// Sends content in two chunks and what follows in one go; only the count may decide.
fn check_chunks(content: &[u8], cut: usize) {
    let named = format!("{} at {cut}", content.escape_ascii());
    let (first, last) = content.split_at(cut);
    let mut client = Client::at_recipient(Limits::default());
    client.send(
        &[
            format!("BDAT {}\r\n", first.len()).as_bytes(),
            first,
            format!("BDAT {} LAST\r\n", last.len()).as_bytes(),
            last,
            b"NOOP\r\n",
        ]
        .concat(),
    );
    let replies: Vec<&str> = client.seen.replies.split_terminator("\r\n").collect();
    assert_eq!(replies.len(), 3, "{named}: {replies:?}");
    assert_eq!(replies[2], "250 2.0.0 Still here", "{named}");
    match chunk_model(content) {
        Ok(content) => {
            assert!(replies[1].starts_with("250 "), "{named}: {replies:?}");
            assert_eq!(&*client.seen.messages[0].content, &content[..], "{named}");
        }
        Err(()) => {
            assert_eq!(client.seen.messages.len(), 0, "{named}");
            let refused = replies.iter().any(|reply| reply.starts_with("550 "));
            assert!(refused, "{named}: {replies:?}");
        }
    }
}

#[test]
fn every_content_of_up_to_five_octets_in_two_chunks_ends_where_the_count_says() {
    for length in 0..=5 {
        for number in 0..OCTETS.len().pow(length) {
            let digit = |place| OCTETS[number / OCTETS.len().pow(place) % OCTETS.len()];
            let octets: Vec<u8> = (0..length).map(digit).collect();
            for cut in 0..=octets.len() {
                check_chunks(&octets, cut);
            }
        }
    }
}

/// Pieces that some server or other has taken for an end, and commands to be smuggled behind them.
fn scrap() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        3 => prop_oneof![
            Just("\n.\n"), Just("\n.\r\n"), Just("\r.\r"), Just("\r.\r\n"), Just("\r\n.\r"),
            Just("\r\n.\n"), Just("\r.\n"), Just("\n.\r"), Just("\r\n\0.\r\n"),
        ],
        1 => Just("\r\n.\r\n"),
        2 => Just("\r\n"),
        1 => prop_oneof![Just("."), Just(".."), Just("\r"), Just("\n"), Just("\0")],
        2 => prop_oneof![Just("a"), Just("MAIL FROM:<x@example.org>"), Just("BDAT 3 LAST"), Just("QUIT")],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn any_mixture_of_false_ends_ends_where_the_definition_says(
        scraps in proptest::collection::vec(scrap(), 0..12), cut in any::<prop::sample::Index>(),
    ) {
        let octets = scraps.concat().into_bytes();
        check(&octets);
        check(&[&octets[..], b"\r\n.\r\n"].concat());
        check_chunks(&octets, cut.index(octets.len() + 1));
    }
}

#[test]
fn the_model_itself_knows_an_end_from_what_is_none() {
    assert_eq!(model(b".\r\n"), Some((Ok(vec![]), 3)));
    assert_eq!(model(b"a\r\n.\r\nb"), Some((Ok(b"a\r\n".to_vec()), 6)));
    assert_eq!(model(b"..\r\n.\r\n"), Some((Ok(b".\r\n".to_vec()), 7)));
    assert_eq!(model(b"\n.\n"), None);
    assert_eq!(model(b"\n.\r\n"), None);
    assert_eq!(model(b"\n.\r\n\r\n.\r\n"), Some((Err(()), 9)));
}
