//! What we accept, another parser reads alike; and it reads our replies.
//!
//! Two servers in a row that read one line differently are how mail is smuggled. `smtp-proto` is
//! the more lenient of the two, so it must take everything that we take, and see the same in it.

use crate::client::Client;
use proptest::prelude::*;
use smtp::{Event, Limits};
use smtp_proto::response::parser::ResponseReceiver;
use smtp_proto::{EhloResponse, Request};

fn address() -> impl Strategy<Value = String> {
    let local = prop_oneof![
        4 => "[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,8}(\\.[a-z0-9]{1,4}){0,2}",
        1 => "\"[a-z ]{0,6}[ .,;:<>@]{1,3}\"",
        1 => "[a-z.@]{0,6}",
    ];
    let domain = prop_oneof![4 => "[a-z]{1,8}(\\.[a-z]{2,5}){0,2}", 1 => "[a-z.-]{0,8}"];
    (local, domain).prop_map(|(local, domain)| format!("{local}@{domain}"))
}

fn parameters() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            (0_u64..60_000_000).prop_map(|size| format!(" SIZE={size}")),
            Just(" BODY=8BITMIME".into()),
            Just(" body=7bit".into()),
            Just(" SMTPUTF8".into()),
            " [A-Z=]{1,6}",
        ],
        0..3,
    )
    .prop_map(|parameters| parameters.concat())
}

/// The address that we hand on for a line, and whether it came behind MAIL.
fn ours(line: &str) -> Option<(bool, String)> {
    let mut client = Client::new(Limits::default());
    client.send(b"EHLO client.example\r\n");
    if line.starts_with("RCPT") {
        client.send(b"MAIL FROM:<>\r\n");
    }
    client
        .session
        .handle_input(format!("{line}\r\n").as_bytes());
    while let Some(event) = client.session.poll_event() {
        match event {
            Event::Sender(question) => return Some((true, question.sender().as_str().into())),
            Event::Recipient(question) => {
                return Some((false, question.recipient().as_str().into()));
            }
            _ => {}
        }
    }
    None
}

/// The same, as the other parser sees it: it drops the quotes of a local part, so that `"@"@a`
/// becomes `@@a`. That is no address, and one more reason not to parse with it.
fn theirs(line: &str) -> Option<(bool, String)> {
    let line = format!("{line}\r\n");
    match Request::parse(&mut line.as_bytes().iter()).ok()? {
        Request::Mail { from } => Some((true, from.address.into_owned())),
        Request::Rcpt { to } => Some((false, to.address.into_owned())),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn paths_that_we_accept_are_read_alike_elsewhere(
        address in address(), parameters in parameters(), mail in any::<bool>(),
    ) {
        let line = match mail {
            true => format!("MAIL FROM:<{address}>{parameters}"),
            false => format!("RCPT TO:<{address}>"),
        };
        if let Some(ours) = ours(&line) {
            let ours = (ours.0, ours.1.replace('"', ""));
            prop_assert_eq!(Some(ours), theirs(&line), "{}", line);
        }
    }
}

#[test]
fn the_comparison_compares_something() {
    let line = "MAIL FROM:<a@example.org> SIZE=1 BODY=8BITMIME";
    assert_eq!(ours(line), Some((true, "a@example.org".into())));
    assert_eq!(theirs(line), ours(line));
    assert_eq!(
        ours("RCPT TO:<a@example.com>"),
        Some((false, "a@example.com".into()))
    );
    assert_eq!(ours("RCPT TO:<a@>"), None);
}

#[test]
fn the_reply_to_ehlo_is_understood() {
    let mut client = Client::new(Limits::default());
    client.seen.replies.clear();
    client.send(b"EHLO client.example\r\n");
    let reply = EhloResponse::parse(&mut client.seen.replies.as_bytes().iter()).unwrap();
    assert_eq!(reply.hostname, "mx.example.org");
    assert_eq!(reply.size, 50 * 1024 * 1024);
    let expected = smtp_proto::EXT_PIPELINING
        | smtp_proto::EXT_SIZE
        | smtp_proto::EXT_8BIT_MIME
        | smtp_proto::EXT_SMTP_UTF8
        | smtp_proto::EXT_ENHANCED_STATUS_CODES
        | smtp_proto::EXT_CHUNKING
        | smtp_proto::EXT_DSN;
    assert_eq!(
        reply.capabilities, expected,
        "nothing more and nothing less"
    );
}

#[test]
fn every_other_reply_is_understood_with_its_enhanced_status() {
    let mut client = Client::new(Limits::default());
    client.send(b"HELO c\r\n");
    client.seen.replies.clear();
    client.send(b"MAIL FROM:<>\r\nRCPT TO:<a@>\r\nNOOP\r\nVRFY a\r\nHELP\r\nXYZZY\r\nQUIT\r\n");
    let mut replies = client.seen.replies.as_bytes().iter();
    let mut codes = Vec::new();
    while !replies.as_slice().is_empty() {
        let reply = ResponseReceiver::default().parse(&mut replies).unwrap();
        assert_eq!(u16::from(reply.esc[0]), reply.code / 100, "{reply:?}");
        codes.push(reply.code);
    }
    assert_eq!(codes, [250, 501, 250, 252, 214, 500, 221]);
}
