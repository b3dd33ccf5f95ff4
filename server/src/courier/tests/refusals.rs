//! TLS that is not there, not valid, or not what it seems: nothing confidential leaves.

use std::sync::Arc;

use rustls::ServerConfig;

use super::peer::{Act, Behaviour};
use super::*;

async fn failure_with(tls: Option<Arc<ServerConfig>>, authority: &Authority) -> RemoteFailure {
    let peer = TestPeer::start(Behaviour::good(tls)).await;
    for setting in [RelayTls::Required, RelayTls::Opportunistic] {
        let courier = courier(&peer, setting, authority);
        let failure = send(&courier, &content(""), Tls::Required).await;
        let failure = failure.unwrap_err();
        assert_eq!(failure.kind, FailureKind::NoTls, "{failure}");
        let seen = peer.seen();
        assert!(seen.mails.is_empty());
        assert!(!seen.commands.iter().any(|line| line.starts_with("MAIL")));
    }
    let courier = courier(&peer, RelayTls::Required, authority);
    send(&courier, &content(""), Tls::AsConfigured)
        .await
        .unwrap_err()
}

#[tokio::test]
async fn every_kind_of_broken_tls_is_told_apart_and_takes_no_mail() {
    let (ours, foreign) = (Authority::new(), Authority::new());
    let name = "mx.example.org";
    for (tls, cause) in [
        (None, "offers no STARTTLS"),
        (Some(ours.server("mx.example.com")), "for another name"),
        (Some(ours.server_until(name, 2020)), "has expired"),
        (Some(foreign.server(name)), "not trusted"),
    ] {
        let failure = failure_with(tls, &ours).await;
        assert!(failure.to_string().contains(cause), "{failure}: {cause}");
        assert_eq!(failure.status.to_string(), "4.7.5");
    }
}

#[tokio::test]
async fn starttls_that_is_answered_with_454_is_no_tls() {
    let authority = Authority::new();
    let tls = authority.server("mx.example.org");
    let peer = TestPeer::start(Behaviour::good(Some(tls))).await;
    peer.behave(|b| b.always = Some((Stage::StartTls, Act::Say("454 4.7.0 not now"))));
    let courier = courier(&peer, RelayTls::Required, &authority);
    let failure = send(&courier, &content(""), Tls::Required).await;
    let failure = failure.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::NoTls, Some(454))
    );
    assert_eq!(failure.status.to_string(), "4.7.5");
}

#[tokio::test]
async fn a_handshake_that_breaks_is_no_tls() {
    let authority = Authority::new();
    let tls = authority.server("mx.example.org");
    for nonsense in [
        "220 go on\r\n\u{1}\u{2}not a record",
        "220 go on\r\n250-x\r\n250 y",
    ] {
        let peer = TestPeer::start(Behaviour::good(Some(tls.clone()))).await;
        let act = Act::SayAndClose(nonsense);
        peer.behave(|b| b.always = Some((Stage::StartTls, act)));
        let courier = courier(&peer, RelayTls::Required, &authority);
        let failure = send(&courier, &content(""), Tls::Required).await;
        assert_eq!(failure.unwrap_err().kind, FailureKind::NoTls);
        assert!(peer.seen().mails.is_empty());
    }
}

/// Whoever stands between can append replies to the one before the handshake; they must not be
/// taken for something that was said inside it.
#[tokio::test]
async fn what_is_said_behind_the_answer_to_starttls_in_clear_ends_it() {
    let authority = Authority::new();
    let tls = authority.server("mx.example.org");
    let peer = TestPeer::start(Behaviour::good(Some(tls))).await;
    let act = Act::Say("220 go on\r\n250 injected");
    peer.behave(|b| b.always = Some((Stage::StartTls, act)));
    let courier = courier(&peer, RelayTls::Required, &authority);
    let failure = send(&courier, &content(""), Tls::Required).await;
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NoTls);
    assert!(peer.seen().mails.is_empty());
}

#[test]
fn a_way_out_that_cannot_be_used_is_told_with_its_key() {
    crate::tls::install();
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "nothing").unwrap();
    let relay = Relay {
        host: "mx.example.org".to_owned(),
        port: 25,
        tls: RelayTls::Required,
        authority: Some(folder.path().join("absent.pem")),
        server_name: None,
        timeout_seconds: 300,
        divert_after_minutes: 15,
        connections: 4,
    };
    let told = |relay: &Relay| {
        let courier = Courier::new(relay, &[], &"x.example.org".parse().unwrap());
        courier.err().unwrap().to_string()
    };
    assert!(told(&relay).starts_with("gateway.relay.authority: "));
    let relay = Relay {
        authority: Some(empty),
        ..relay
    };
    assert!(told(&relay).contains("holds no certificate"));
    let relay = Relay {
        server_name: Some("a b".to_owned()),
        ..relay
    };
    assert!(told(&relay).contains("gateway.relay.server_name"));
}
