//! The promised size of 50 MiB, to the octet (promise S2). The other bounds are dialogues.

use std::time::Instant;

use crate::client::Client;
use smtp::Limits;

const MIB: usize = 1024 * 1024;

/// An empty header and lines of base64's length, `octets` in all.
fn content(octets: usize) -> Vec<u8> {
    let line = [&[b'A'; 76][..], b"\r\n"].concat();
    let mut content = b"\r\n".to_vec();
    while content.len() + line.len() + 2 <= octets {
        content.extend_from_slice(&line);
    }
    let left = octets - content.len() - 2;
    content.extend(std::iter::repeat_n(b'B', left));
    content.extend_from_slice(b"\r\n");
    assert_eq!(content.len(), octets);
    content
}

fn send(content: &[u8]) -> Client {
    let mut client = Client::at_data(Limits::default());
    let start = Instant::now();
    for piece in content.chunks(64 * 1024) {
        client.send(piece);
    }
    client.send(b".\r\n");
    let rate = content.len() as f64 / MIB as f64 / start.elapsed().as_secs_f64();
    eprintln!("{} octets at {rate:.0} MiB/s", content.len());
    client
}

#[test]
fn fifty_mebibytes_are_taken_and_one_octet_more_is_not() {
    let client = send(&content(50 * MIB));
    assert_eq!(client.seen.replies, "250 2.0.0 Stored as message-1\r\n");
    assert_eq!(client.seen.messages[0].content.len(), 50 * MIB);
    assert_eq!(
        client.seen.most_room,
        50 * MIB,
        "no more room is asked for than is announced"
    );

    let client = send(&content(50 * MIB + 1));
    assert_eq!(
        client.seen.replies,
        "552 5.3.4 Message exceeds 52428800 octets\r\n"
    );
    assert_eq!(client.seen.messages.len(), 0);
}

#[test]
fn content_that_just_fits_what_was_declared_needs_no_more_room() {
    let mut client = Client::new(Limits::default());
    client.send(b"EHLO c\r\nMAIL FROM:<> SIZE=200000\r\nRCPT TO:<a@example.com>\r\nDATA\r\n");
    client.send(&content(200_000));
    client.send(b".\r\n");
    assert_eq!(client.seen.messages[0].content.len(), 200_000);
    assert_eq!(client.seen.most_room, 200_000);
}

#[test]
fn what_is_declared_is_not_reserved_before_it_comes() {
    let mut client = Client::new(Limits::default());
    client.send(b"EHLO c\r\nMAIL FROM:<> SIZE=52428800\r\nRCPT TO:<a@example.com>\r\nDATA\r\n");
    assert!(client.seen.replies.contains("\r\n354 "));
    assert_eq!(client.seen.asked, [MIB]);
    let content = content(50 * MIB);
    client.send(&content[..MIB]);
    assert_eq!(client.seen.asked, [MIB]);
    client.send(&content[MIB..]);
    assert_eq!(client.seen.asked, [MIB, 49 * MIB]);
}

/// Were it to ask in pieces and hold what it has, fifty of them could each wait for what the others
/// hold.
#[test]
fn a_message_holds_little_while_it_waits_for_memory_and_then_all_it_needs() {
    let mut client = Client::new(Limits::default());
    client.send(b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nDATA\r\n");
    client.send(&content(50 * MIB));
    let asked = &client.seen.asked;
    let (rest, held) = asked.split_last().unwrap();
    assert_eq!(held.iter().sum::<usize>(), MIB, "{asked:?}");
    assert_eq!(*rest, 49 * MIB);
}

#[test]
fn more_than_what_was_declared_is_asked_for_only_when_it_comes() {
    let limits = Limits {
        declared_reservation: 1_000,
        first_reservation: 100,
        ..Limits::default()
    };
    let mut client = Client::new(limits);
    client.send(b"EHLO c\r\nMAIL FROM:<> SIZE=1500\r\nRCPT TO:<a@example.com>\r\nDATA\r\n");
    client.send(&content(1_500));
    assert_eq!(client.seen.asked, [1_000, 500]);
    client.send(b"x");
    assert_eq!(client.seen.asked, [1_000, 500, 50 * MIB - 1_500]);
}

#[test]
fn the_defaults_are_the_promised_figures() {
    let limits = Limits::default();
    assert_eq!(limits.text_line, 8_192);
    assert_eq!((limits.header, limits.header_fields), (64 * 1024, 1_000));
    assert_eq!((limits.recipients, limits.errors), (1_000, 10));
    assert_eq!(limits.content, 50 * MIB);
    assert_eq!(limits.discarded, 1024 * MIB);
    assert_eq!((limits.command_line, limits.auth_line), (2_048, 12_288));
    assert_eq!(limits.patience.command.as_secs(), 300);
    assert_eq!(limits.patience.content.as_secs(), 180);
    assert_eq!(limits.patience.whole_content.as_secs(), 1_200);
}
