//! One message to three kinds of people, with a real store, real keys and real sockets: each gets
//! exactly its end, and what cannot leave over TLS is held (promise S5).

mod answers;
mod conversations;
mod handshakes;
mod lanes;
mod reports;
mod waiting;
mod world;

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use keystore::{Credential, Folder, GatewayKeys, LiveKeys, Presence, RootSecret};
use mail::{BodyType, Envelope, EnvelopeDsn, MailObject, RecipientDsn, ReversePath, TagRule};
use seal::{EscrowKeys, MessageId, Profile, Random, RecipientId, SystemRandom};
use store::sqlite::{Options, SqliteStore};
use store::{Disposition, End, LeasedTask, Outcome, ReportAction, Store, TaskKind};
use tokio::sync::{Semaphore, watch};

use world::{ALL, World, has, queue, relay_task};

use super::divert::Diverting;
use super::{Attempted, Work};
use crate::clock;
use crate::config::{NhsNumbers, Receipts, RelayTls, ReplyAll, Route, UntaggedExternal};
use crate::courier::tests::CANARY;
use crate::courier::tests::peer::{Act, Authority, Behaviour, TestPeer};
use crate::courier::{Courier, FailureKind, Stage};
use crate::follow_up::FollowUp;
use crate::intake::{Intake, Trace};
use crate::mails::Mails;
use crate::policy::Facts;
use crate::queue::{Patience, Queue};
use crate::task_error::TaskError;

#[tokio::test(flavor = "multi_thread")]
async fn of_a_mixed_message_each_recipient_gets_its_end_and_the_broken_one_is_held() {
    let world = World::with(true, 0).await;
    world.accept("[secure]", &ALL).await;
    // The notice for the diverted one goes by the relay: its domain's own way has no TLS.
    let failures = world.work_off().await;
    assert!(failures.is_empty(), "{failures:?}");

    let balance = world.store.balance().await.unwrap();
    assert_eq!((balance.accepted, balance.notified), (3, 3));
    assert_eq!((balance.in_progress, balance.stranded), (0, 0));
    let relayed = world.relay.seen();
    let mut kinds = Vec::new();
    for mail in &relayed.mails {
        assert!(mail.secured);
        let kind = if has(&mail.content, CANARY) {
            "the mail itself"
        } else if has(&mail.content, "/m/") {
            "notice"
        } else {
            assert!(has(&mail.content, "was not sent in clear"));
            "advice"
        };
        kinds.push((mail.rcpt.as_str(), kind));
    }
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        [
            ("RCPT TO:<clinic@example.org>", "advice"),
            ("RCPT TO:<colleague@example.org>", "the mail itself"),
            ("RCPT TO:<patient@example.com>", "notice"),
            ("RCPT TO:<ward@trust.secure.nhs.uk>", "notice"),
        ]
    );
    assert!(!has(&relayed.clear, CANARY));
    let broken = world.trusted.seen();
    assert!(broken.mails.is_empty());
    assert!(has(&broken.clear, "EHLO"), "it was tried");
    for text in [CANARY, "ward@", "MAIL", "/m/"] {
        assert!(!has(&broken.clear, text), "{text}");
    }
}

/// The control: with working TLS the same peer gets the mail itself.
#[tokio::test(flavor = "multi_thread")]
async fn with_working_tls_the_trusted_domain_gets_the_mail_itself() {
    let world = World::with(false, 0).await;
    world.accept("[secure]", &ALL).await;
    assert!(world.work_off().await.is_empty());
    let balance = world.store.balance().await.unwrap();
    assert_eq!((balance.accepted, balance.notified), (3, 3));
    let trusted = world.trusted.seen();
    assert_eq!(trusted.mails.len(), 1);
    assert!(has(&trusted.mails[0].content, CANARY));
    assert!(!has(&trusted.clear, CANARY));
}
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_that_passes_diverts_nobody() {
    let world = World::with(true, 15).await;
    world.accept("[secure]", &ALL[2..]).await;
    let (task, recipient) = relay_task(&world).await;
    let failure = world.work.attempt(&task).await.unwrap_err();
    assert!(failure.is(FailureKind::NoTls), "{failure}");
    let tls = world.authority.server("mx.example.org");
    world.trusted.behave(|b| b.tls = Some(tls));
    let ended = world.work.attempt(&task).await.unwrap();
    let Attempted::Handed(ended, to) = ended else {
        panic!("{ended:?}")
    };
    assert!(matches!(*ended, Attempted::Done(Some(End::Notified))));
    assert_eq!(to.host, "127.0.0.1");
    let tls = to.tls.expect("over TLS");
    assert_eq!((&*tls.version, &tls.cipher[..8]), ("TLS 1.3", "TLS_AES_"));
    assert_eq!(world.trusted.seen().mails.len(), 1);
    let found = world.store.recipient(recipient).await.unwrap().unwrap();
    assert_eq!(found.disposition, Disposition::Relayed);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_diverted_is_told_by_a_notice_once_there_is_a_way() {
    let world = World::with(true, 0).await;
    world.accept("[secure]", &ALL[2..]).await;
    let (task, recipient) = relay_task(&world).await;
    let before = world.store.recipient(recipient).await.unwrap().unwrap();
    let ended = world.work.attempt(&task).await.unwrap();
    assert!(matches!(ended, Attempted::NotNow));
    let found = world.store.recipient(recipient).await.unwrap().unwrap();
    assert_ne!(found.message, before.message);
    assert!(matches!(
        found.disposition,
        Disposition::Held { share: Some(_), .. }
    ));
    // A second attempt under the same lease, as after a death between commit and answer.
    let again = world.work.attempt(&task).await;
    assert!(again.is_err(), "the copy is gone");
    let tls = world.authority.server("mx.example.org");
    world.trusted.behave(|b| b.tls = Some(tls));
    assert!(world.work_off().await.is_empty());
    let seen = world.trusted.seen();
    assert_eq!(seen.mails.len(), 1);
    assert!(has(&seen.mails[0].content, "/m/"));
    assert!(!has(&seen.mails[0].content, CANARY));
}

#[tokio::test(flavor = "multi_thread")]
async fn untagged_mail_and_unreachable_hosts_divert_nobody() {
    let world = World::with(true, 0).await;
    world.accept("x", &ALL[2..]).await;
    let failures = world.work_off().await;
    assert!(
        failures[0].is(FailureKind::NoTls),
        "the setting is required"
    );
    world.trusted.behave(|b| {
        b.always = Some((Stage::Greeting, Act::Close));
    });
    world.accept("[secure]", &ALL[2..]).await;
    let failures = world.work_off().await;
    assert!(failures[0].is(FailureKind::Unreachable));
    assert!(world.lease().await.is_empty());
    let balance = world.store.balance().await.unwrap();
    assert_eq!((balance.accepted, balance.in_progress), (2, 2));
}

/// A notice goes as ordinary mail: whose message it is stands there only where policy says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_notice_names_the_sender_only_where_policy_allows() {
    for names_sender in [false, true] {
        let mut world = World::with(false, 0).await;
        world.work.names_sender = names_sender;
        world.accept("[secure]", &ALL[..1]).await;
        assert!(world.work_off().await.is_empty());
        let seen = world.relay.seen();
        assert_eq!(seen.mails.len(), 1);
        let notice = &seen.mails[0].content;
        assert!(has(notice, "/m/"));
        let named = has(notice, "clinic@example.org at Example Trust has sent you");
        assert_eq!(named, names_sender);
        assert_eq!(has(notice, "clinic@"), names_sender);
    }
}
