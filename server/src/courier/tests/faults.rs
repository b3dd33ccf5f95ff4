//! 421, 4xx, 5xx, hanging, hanging up and garbage at every stage: the failure says what it was,
//! nothing is in clear, and the mail arrives once the peer is well.

use super::peer::{Act, Behaviour};
use super::*;

const STAGES: [Stage; 7] = [
    Stage::Greeting,
    Stage::Hello,
    Stage::StartTls,
    Stage::Mail,
    Stage::Rcpt,
    Stage::Data,
    Stage::EndOfData,
];

struct Case {
    act: Act,
    kind: FailureKind,
    code: Option<u16>,
}

fn cases(stage: Stage) -> Vec<Case> {
    let case = |act, kind, code| Case { act, kind, code };
    // At STARTTLS any refusal and any nonsense means that there is no TLS.
    let tls = |kind| match stage {
        Stage::StartTls => FailureKind::NoTls,
        _ => kind,
    };
    vec![
        case(
            Act::SayAndClose("421 4.3.2 going down"),
            tls(FailureKind::PutOff),
            Some(421),
        ),
        case(
            Act::Say("451 4.7.1 later"),
            tls(FailureKind::PutOff),
            Some(451),
        ),
        case(
            Act::Say("554 5.7.1 never"),
            tls(FailureKind::Refused),
            Some(554),
        ),
        case(Act::Close, FailureKind::Unreachable, None),
        case(Act::Hang, FailureKind::Unreachable, None),
        case(
            Act::Say("HTTP/1.1 400 Bad Request"),
            FailureKind::Unreachable,
            None,
        ),
        case(Act::Say("\u{0}\u{1}\u{2}"), FailureKind::Unreachable, None),
    ]
}

async fn try_case(authority: &Authority, stage: Stage, case: Case) {
    let tls = authority.server("mx.example.org");
    let peer = TestPeer::start(Behaviour::good(Some(tls))).await;
    peer.behave(|b| b.always = Some((stage, case.act.clone())));
    let what = format!("{:?} at {stage:?}", case.act);
    let patience = match case.act {
        Act::Hang => 1,
        _ => 60,
    };
    let patience = Duration::from_secs(patience);
    let courier = courier_with(&peer, RelayTls::Required, authority, patience);
    let octets = content("");
    let failure = send(&courier, &octets, Tls::Required).await.unwrap_err();
    assert_eq!(failure.kind, case.kind, "{what}: {failure}");
    assert_eq!(failure.code, case.code, "{what}: {failure}");
    assert_eq!(failure.host, "127.0.0.1");
    assert!(
        !failure.to_string().contains("going down"),
        "no words of theirs"
    );
    assert_eq!(peer.seen().mails.len(), 0, "{what}");

    peer.behave(|b| b.always = None);
    let courier = super::courier(&peer, RelayTls::Required, authority);
    send(&courier, &octets, Tls::Required).await.unwrap();
    let seen = peer.seen();
    assert_eq!(seen.mails.len(), 1, "{what}");
    assert_eq!(seen.mails[0].content, octets, "{what}");
    let clear = String::from_utf8_lossy(&seen.clear);
    assert!(!clear.contains(CANARY), "{what}");
}

#[tokio::test]
async fn whatever_a_peer_does_at_any_stage_nothing_is_lost_and_nothing_is_in_clear() {
    let authority = Authority::new();
    let authority = &authority;
    let cases = STAGES
        .into_iter()
        .flat_map(|stage| cases(stage).into_iter().map(move |case| (stage, case)));
    let all = cases.map(|(stage, case)| try_case(authority, stage, case));
    let all: Vec<_> = all.collect();
    assert_eq!(all.len(), 49);
    futures_util::future::join_all(all).await;
}

#[tokio::test]
async fn a_port_where_nobody_listens_cannot_be_reached() {
    let authority = Authority::new();
    let peer = TestPeer::start(Behaviour::good(None)).await;
    let relay = peer.relay(RelayTls::None, &authority);
    drop(peer);
    tokio::task::yield_now().await;
    let courier = Courier::new(&relay, &[], &"x.example.org".parse().unwrap()).unwrap();
    let failure = send(&courier, &content(""), Tls::Required).await;
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert_eq!(failure.status.class, 4);
}

/// Promise D5: at most one duplicate, with the same Message-ID.
#[tokio::test]
async fn a_reply_that_is_lost_after_the_end_of_data_makes_one_duplicate_at_most() {
    let authority = Authority::new();
    let tls = authority.server("mx.example.org");
    let peer = TestPeer::start(Behaviour::good(Some(tls))).await;
    peer.behave(|b| b.acts.push_back((Stage::EndOfData, Act::TakeAndClose)));
    let courier = courier(&peer, RelayTls::Required, &authority);
    let failure = send(&courier, &content(""), Tls::Required).await;
    assert_eq!(failure.unwrap_err().kind, FailureKind::Unreachable);
    assert_eq!(
        peer.seen().mails.len(),
        1,
        "the courier does not try by itself"
    );
    send(&courier, &content(""), Tls::Required).await.unwrap();
    let seen = peer.seen();
    assert_eq!(seen.mails.len(), 2);
    assert_eq!(seen.mails[0].content, seen.mails[1].content);
}

#[tokio::test]
async fn a_flood_of_reply_lines_ends() {
    let authority = Authority::new();
    let peer = TestPeer::start(Behaviour::good(None)).await;
    let many: &'static str = Box::leak("250-x\r\n".repeat(129).into_boxed_str());
    let wide: &'static str = Box::leak("250 x".repeat(2_000).into_boxed_str());
    for flood in [many, wide] {
        peer.behave(|b| b.always = Some((Stage::Hello, Act::Say(flood))));
        let courier = courier(&peer, RelayTls::None, &authority);
        let failure = send(&courier, &content(""), Tls::AsConfigured).await;
        assert_eq!(failure.unwrap_err().kind, FailureKind::Unreachable);
    }
}
