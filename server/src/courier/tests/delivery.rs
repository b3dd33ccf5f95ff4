//! What gets to a peer that behaves.

use super::peer::{Act, Behaviour};
use super::*;

async fn secure_peer() -> (Authority, TestPeer) {
    let authority = Authority::new();
    let tls = authority.server("mx.example.org");
    (authority, TestPeer::start(Behaviour::good(Some(tls))).await)
}

fn has(octets: &[u8], text: &str) -> bool {
    octets.windows(text.len()).any(|w| w == text.as_bytes())
}

#[tokio::test]
async fn a_mail_arrives_as_it_is_over_tls_and_nothing_of_it_in_clear() {
    let (authority, peer) = secure_peer().await;
    let courier = courier(&peer, RelayTls::Required, &authority);
    let octets = content("..\r\n.\r\n\r\n.x\r\n");
    send(&courier, &octets, Tls::Required).await.unwrap();
    let seen = peer.seen();
    let [mail] = &seen.mails[..] else {
        panic!("one mail")
    };
    assert_eq!(mail.content, octets);
    assert!(mail.secured);
    assert_eq!(mail.rcpt, "RCPT TO:<colleague@example.org>");
    assert!(!has(&seen.clear, CANARY) && !has(&seen.clear, "example.org>"));
    assert!(has(&seen.clear, "STARTTLS"), "what was clear was looked at");
}

/// The control to every search for canaries: without TLS they are found.
#[tokio::test]
async fn without_tls_the_peer_sees_it_in_clear() {
    let peer = TestPeer::start(Behaviour::good(None)).await;
    let courier = courier(&peer, RelayTls::None, &Authority::new());
    send(&courier, &content(""), Tls::Required).await.unwrap();
    assert!(has(&peer.seen().clear, CANARY));
}

#[tokio::test]
async fn a_content_without_a_last_line_end_gets_one_and_no_more() {
    let peer = TestPeer::start(Behaviour::good(None)).await;
    let courier = courier(&peer, RelayTls::None, &Authority::new());
    for (sent, taken) in [
        ("a: b\r\n\r\nx", "a: b\r\n\r\nx\r\n"),
        ("a: b\r\n\r\n", "a: b\r\n\r\n"),
    ] {
        send(&courier, sent.as_bytes(), Tls::AsConfigured)
            .await
            .unwrap();
        assert_eq!(peer.seen().mails.last().unwrap().content, taken.as_bytes());
    }
}

#[tokio::test]
async fn several_mails_go_over_one_connection_with_rset_between() {
    let (authority, peer) = secure_peer().await;
    let courier = courier(&peer, RelayTls::Required, &authority);
    for _ in 0..3 {
        send(&courier, &content(""), Tls::Required).await.unwrap();
    }
    let seen = peer.seen();
    assert_eq!((seen.connections, seen.mails.len()), (1, 3));
    let resets = seen.commands.iter().filter(|line| *line == "RSET").count();
    assert_eq!(resets, 2);
}

#[tokio::test]
async fn a_connection_carries_fifty_mails_and_then_another_begins() {
    let peer = TestPeer::start(Behaviour::good(None)).await;
    let courier = courier(&peer, RelayTls::None, &Authority::new());
    for expected in [(50, 1), (51, 2)] {
        while peer.seen().mails.len() < expected.0 {
            send(&courier, b"\r\nx\r\n", Tls::AsConfigured)
                .await
                .unwrap();
        }
        assert_eq!(peer.seen().connections, expected.1);
    }
}

#[tokio::test]
async fn a_connection_that_went_stale_costs_no_attempt() {
    let (authority, peer) = secure_peer().await;
    let courier = courier(&peer, RelayTls::Required, &authority);
    send(&courier, &content(""), Tls::Required).await.unwrap();
    // Whoever closes an idle connection answers the next RSET with a reset, or with 421.
    courier.peers[0].1.clear_for_test().await;
    send(&courier, &content(""), Tls::Required).await.unwrap();
    assert_eq!(peer.seen().mails.len(), 2);
}

#[tokio::test]
async fn after_a_refusal_the_connection_serves_the_next_mail() {
    let peer = TestPeer::start(Behaviour::good(None)).await;
    let courier = courier(&peer, RelayTls::None, &Authority::new());
    peer.behave(|b| {
        b.acts
            .push_back((Stage::Rcpt, Act::Say("550 5.1.1 nobody")))
    });
    let failure = send(&courier, &content(""), Tls::AsConfigured).await;
    assert_eq!(failure.unwrap_err().status.to_string(), "5.1.1");
    send(&courier, &content(""), Tls::AsConfigured)
        .await
        .unwrap();
    let seen = peer.seen();
    assert_eq!((seen.connections, seen.mails.len()), (1, 1));
}

#[tokio::test]
async fn an_unverified_connection_is_not_used_for_what_needs_tls() {
    let authority = Authority::new();
    let peer = TestPeer::start(Behaviour::good(None)).await;
    let courier = courier(&peer, RelayTls::Opportunistic, &authority);
    send(&courier, b"\r\nordinary\r\n", Tls::AsConfigured)
        .await
        .unwrap();
    let failure = send(&courier, &content(""), Tls::Required)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::NoTls);
    assert!(!has(&peer.seen().clear, CANARY));
    assert!(has(&peer.seen().clear, "ordinary"));
}

#[tokio::test]
async fn eight_bit_content_is_encoded_for_who_does_not_take_it() {
    let peer = TestPeer::start(Behaviour::good(None)).await;
    let courier = courier(&peer, RelayTls::None, &Authority::new());
    let octets = content("r\u{e9}sultats\r\n");
    send(&courier, &octets, Tls::AsConfigured).await.unwrap();
    assert_eq!(peer.seen().mails[0].content, octets);
    assert!(peer.seen().mails[0].mail.contains(" BODY=8BITMIME"));

    let peer = TestPeer::start(Behaviour {
        extensions: vec![],
        ..Behaviour::good(None)
    })
    .await;
    let courier = super::courier(&peer, RelayTls::None, &Authority::new());
    send(&courier, &octets, Tls::AsConfigured).await.unwrap();
    assert!(has(&peer.seen().mails[0].content, "r=C3=A9sultats"));
    let signed =
        b"Content-Type: multipart/signed; boundary=a\r\n\r\n--a\r\n\r\n\xc3\xa9\r\n--a--\r\n";
    let failure = send(&courier, signed, Tls::AsConfigured).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unsendable);
    assert_eq!(failure.status.to_string(), "5.6.3");
    let failure = send_to(&courier, "\u{f6}@example.org", b"\r\n", Tls::AsConfigured).await;
    assert_eq!(failure.unwrap_err().status.to_string(), "5.6.7");
}

#[tokio::test]
async fn mail_takes_the_route_of_its_recipients_domain() {
    let authority = Authority::new();
    let (relay, other) = (
        TestPeer::start(Behaviour::good(None)).await,
        TestPeer::start(Behaviour::good(None)).await,
    );
    let route = Route {
        domains: vec!["*.secure.nhs.uk".parse().unwrap()],
        host: "127.0.0.1".to_owned(),
        port: other.address.port(),
        tls: RelayTls::None,
        authority: None,
        server_name: None,
    };
    let relayed = relay.relay(RelayTls::None, &authority);
    let hostname = "secure.example.org".parse().unwrap();
    let courier = Courier::new(&relayed, &[route], &hostname).unwrap();
    assert_eq!(courier.destinations(), 2);
    for (to, mails) in [
        ("a@x.secure.nhs.uk", (0, 1)),
        ("a@evilsecure.nhs.uk", (1, 1)),
        ("a@example.org", (2, 1)),
    ] {
        send_to(&courier, to, b"\r\n", Tls::Required).await.unwrap();
        let counts = (relay.seen().mails.len(), other.seen().mails.len());
        assert_eq!(counts, mails, "{to}");
    }
}
