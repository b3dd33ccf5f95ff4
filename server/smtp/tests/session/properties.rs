//! What holds for any client: no panic, no dependence on how the network cuts, no octet lost.

use crate::client::{Client, Seen};
use proptest::prelude::*;
use smtp::Limits;

/// Bounds low enough for random input to meet.
fn low() -> Limits {
    Limits {
        command_line: 64,
        text_line: 20,
        header: 60,
        header_fields: 3,
        recipients: 2,
        content: 100,
        errors: 4,
        first_reservation: 16,
        declared_reservation: 32,
        ..Limits::default()
    }
}

/// Sends each octet string in pieces of the given lengths, in turn.
fn converse(limits: Limits, sent: &[Vec<u8>], lengths: &[usize]) -> Seen {
    let mut client = Client::new(limits);
    let mut lengths = lengths.iter().copied().cycle();
    for octets in sent {
        let mut rest = &octets[..];
        while !rest.is_empty() && !client.seen.closed {
            let (piece, tail) = rest.split_at(lengths.next().unwrap_or(1).min(rest.len()));
            client.send(piece);
            rest = tail;
        }
    }
    client.seen
}

/// Commands and scraps of content, so that random input gets somewhere. A client that lawfully
/// waits behind DATA sends nothing with it.
fn phrase() -> impl Strategy<Value = Vec<u8>> {
    let fixed = |text: &'static str| Just(text.as_bytes().to_vec());
    prop_oneof![
        4 => fixed("EHLO client.example\r\n"),
        4 => fixed("MAIL FROM:<a@example.org> SIZE=90 BODY=8BITMIME\r\n"),
        4 => fixed("RCPT TO:<b@example.com>\r\n"),
        2 => fixed("RCPT TO:<c@example.com>\r\nRCPT TO:<d@example.com>\r\n"),
        8 => fixed("DATA\r\n"),
        6 => fixed("\r\n.\r\n"),
        2 => fixed("BDAT 12\r\n"),
        2 => fixed("BDAT 33 LAST\r\n"),
        1 => fixed("BDAT 0 LAST\r\n"),
        1 => fixed("BDAT 5\r\nab\r\nBDAT 3 LAST\r\n\nc\n"),
        1 => fixed("BDAT 6\r\nab: c\r\nBDAT 7 LAST\r\n\n\r\nd\r\n\r\n"),
        1 => fixed("BDAT 1000 LAST\r\n"),
        2 => fixed("a: b\r\n c\r\n\r\n..d\r\n"),
        1 => fixed("RSET\r\n"),
        1 => fixed("HELO c\r\n"),
        1 => fixed("QUIT\r\n"),
        1 => fixed("STARTTLS\r\n"),
        1 => fixed("MAIL FROM:<"),
        2 => "[a.\r\n\\x00 ]{0,30}".prop_map(String::into_bytes),
        2 => "[a-z. :\r\n]{0,130}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

/// Whole phrases are sent one after the other; phrases between two DATAs come together.
fn conversation() -> impl Strategy<Value = Vec<Vec<u8>>> {
    proptest::collection::vec(phrase(), 0..30).prop_map(|phrases| {
        let ends = |octets: &Vec<u8>| octets.to_ascii_uppercase().ends_with(b"DATA\r\n");
        phrases
            .split_inclusive(ends)
            .map(<[Vec<u8>]>::concat)
            .collect()
    })
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(1_usize..12, 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arbitrary_octets_never_panic_and_replies_stay_well_formed(
        sent in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..10),
        lengths in lengths(),
    ) {
        well_formed(&converse(low(), &sent, &lengths))?;
    }

    #[test]
    fn arbitrary_conversations_never_panic_and_replies_stay_well_formed(
        sent in conversation(), lengths in lengths(),
    ) {
        well_formed(&converse(low(), &sent, &lengths))?;
    }

    #[test]
    fn how_the_network_cuts_never_changes_the_outcome(
        sent in conversation(), lengths in lengths(),
    ) {
        let whole = converse(low(), &sent, &[usize::MAX]);
        prop_assert_eq!(&converse(low(), &sent, &[1]), &whole);
        prop_assert_eq!(&converse(low(), &sent, &lengths), &whole);
    }

    #[test]
    fn content_within_its_bounds_arrives_as_it_was_stuffed(
        lines in proptest::collection::vec(
            proptest::collection::vec(prop_oneof![Just(b'.'), 1_u8..10, 14_u8..=255], 0..100), 0..60,
        ),
        lengths in proptest::collection::vec(1_usize..200, 1..20),
    ) {
        let content = lines.iter().flat_map(|line| [&line[..], b"\r\n"].concat());
        let content: Vec<u8> = content.collect();
        let stuff = |line: &Vec<u8>| if line.starts_with(b".") { b"."[..].into() } else { vec![] };
        let stuffed = lines.iter().flat_map(|line| [&stuff(line)[..], line, b"\r\n"].concat());
        let sent: Vec<u8> = stuffed.chain(*b".\r\n").collect();

        let limits = Limits { first_reservation: 16, ..Limits::default() };
        let mut client = Client::at_data(limits);
        let mut lengths = lengths.iter().copied().cycle();
        let mut rest = &sent[..];
        while !rest.is_empty() {
            let (piece, tail) = rest.split_at(lengths.next().unwrap_or(1).min(rest.len()));
            client.send(piece);
            rest = tail;
        }
        prop_assert_eq!(&client.seen.replies, "250 2.0.0 Stored as message-1\r\n");
        prop_assert_eq!(&*client.seen.messages[0].content, &content[..]);
        prop_assert!(client.seen.most_room <= 16.max(2 * content.len()), "room in proportion");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn content_in_chunks_arrives_as_it_was_however_it_is_cut(
        lines in proptest::collection::vec(
            proptest::collection::vec(prop_oneof![Just(b'.'), 1_u8..10, 14_u8..=255], 0..100), 1..60,
        ),
        chunks in proptest::collection::vec(0_usize..300, 1..20),
        lengths in proptest::collection::vec(1_usize..200, 1..20),
    ) {
        let content: Vec<u8> = lines.iter().flat_map(|l| [&l[..], b"\r\n"].concat()).collect();
        let mut sent = Vec::new();
        let mut rest = &content[..];
        for chunk in chunks {
            let (piece, tail) = rest.split_at(chunk.min(rest.len()));
            sent.extend_from_slice(format!("BDAT {}\r\n", piece.len()).as_bytes());
            sent.extend_from_slice(piece);
            rest = tail;
        }
        sent.extend_from_slice(format!("BDAT {} LAST\r\n", rest.len()).as_bytes());
        sent.extend_from_slice(rest);
        sent.extend_from_slice(b"NOOP\r\n");

        let limits = Limits { first_reservation: 16, ..Limits::default() };
        let mut client = Client::at_recipient(limits);
        let mut lengths = lengths.iter().copied().cycle();
        let mut rest = &sent[..];
        while !rest.is_empty() {
            let (piece, tail) = rest.split_at(lengths.next().unwrap_or(1).min(rest.len()));
            client.send(piece);
            rest = tail;
        }
        prop_assert!(
            client.seen.replies.ends_with("250 2.0.0 Stored as message-1\r\n250 2.0.0 Still here\r\n"),
            "{}", client.seen.replies
        );
        prop_assert_eq!(&*client.seen.messages[0].content, &content[..]);
        prop_assert!(
            client.seen.most_room <= 300.max(2 * content.len()), "room in proportion"
        );
    }
}

/// Every reply line is a code, a separator, and printable ASCII; 250 behind content means that a
/// message was handed out.
fn well_formed(seen: &Seen) -> Result<(), TestCaseError> {
    prop_assert!(seen.replies.ends_with("\r\n"));
    for line in seen.replies.split_terminator("\r\n") {
        let (code, rest) = line.split_at(3);
        prop_assert!(
            code.parse::<u16>()
                .is_ok_and(|code| (200..600).contains(&code)),
            "{line}"
        );
        prop_assert!(rest.starts_with([' ', '-']), "{line}");
        prop_assert!(
            line.len() <= 510 && line.bytes().all(|b| (b' '..=b'~').contains(&b)),
            "{line}"
        );
    }
    prop_assert_eq!(
        seen.replies.matches("Stored as").count(),
        seen.messages.len()
    );
    Ok(())
}
