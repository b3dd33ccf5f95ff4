//! One message to three kinds of people, with a real store, real keys and real sockets: each gets
//! exactly its end, and what cannot leave over TLS is held (promise S5).

mod answers;
mod conversations;
mod handshakes;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use keystore::{Credential, Folder, GatewayKeys, LiveKeys, Presence, RootSecret};
use mail::{BodyType, Envelope, EnvelopeDsn, MailObject, RecipientDsn, ReversePath, TagRule};
use seal::{EscrowKeys, MessageId, Profile, Random, RecipientId, SystemRandom};
use store::sqlite::{Options, SqliteStore};
use store::{Disposition, End, LeasedTask, Outcome, ReportAction, Store, TaskKind};
use tokio::sync::{Semaphore, watch};

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

struct World {
    relay: TestPeer,
    trusted: TestPeer,
    authority: Authority,
    store: SqliteStore,
    intake: Arc<Intake>,
    work: Work,
    folder: Folder,
    live: Arc<LiveKeys>,
    _home: tempfile::TempDir,
}

impl World {
    /// The relay is sound; the trusted domain's own route is as told.
    async fn with(broken: bool, divert_after_minutes: u16) -> Self {
        Self::of(broken, divert_after_minutes, Receipts::OnProblem).await
    }

    async fn of(broken: bool, divert_after_minutes: u16, receipts: Receipts) -> Self {
        Self::under(broken, divert_after_minutes, receipts, ReplyAll::Never).await
    }

    async fn under(
        broken: bool,
        divert_after_minutes: u16,
        receipts: Receipts,
        reply_all: ReplyAll,
    ) -> Self {
        let authority = Authority::new();
        let good = || authority.server("mx.example.org");
        let relay = TestPeer::start(Behaviour::good(Some(good()))).await;
        let tls = (!broken).then(good);
        let trusted = TestPeer::start(Behaviour::good(tls)).await;

        let home = tempfile::tempdir().unwrap();
        let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
        let root = RootSecret::generate(&*random);
        let folder = Folder::new(home.path().join("keys"));
        let now = clock::system();
        let horizon = now + SignedDuration::from_hours(24 * 60);
        folder.init(&root, now, horizon, &*random).unwrap();
        let live = LiveKeys::open(
            folder.clone(),
            &Credential::Root(root),
            Presence::Visitor,
            clock::system,
            &*random,
        )
        .unwrap();
        let keys = Arc::new(GatewayKeys::of(&live).unwrap());
        let store = SqliteStore::open(&home.path().join("data"), Options::default()).unwrap();
        let host: mail::Domain = "secure.example.org".parse().unwrap();
        let intake = Arc::new(Intake {
            facts: Facts {
                own_domain: host.clone(),
                internal: vec!["example.org".parse().unwrap()],
                trusted: vec!["*.secure.nhs.uk".parse().unwrap()],
                untagged_external: UntaggedExternal::Relay,
                triggers: Vec::new(),
                nhs_numbers: NhsNumbers::Off,
                reply_all,
            },
            rule: TagRule::default(),
            profile: Profile::X25519,
            expiry: SignedDuration::from_hours(24),
            escrow: EscrowKeys::default(),
            receipts,
            organisation: mail::view::Organisation {
                name: "Example Trust".to_owned(),
                phone: "01632 960000".to_owned(),
            },
            postmaster: "postmaster@example.org".parse().unwrap(),
            hostname: host.clone(),
            keys: keys.clone(),
            store: Arc::new(store.clone()),
            sealing: Arc::new(Semaphore::new(crate::intake::SEALING_AT_ONCE)),
            random: random.clone(),
            clock: clock::system,
        });
        let route = Route {
            domains: vec!["*.secure.nhs.uk".parse().unwrap()],
            host: "127.0.0.1".to_owned(),
            port: trusted.address.port(),
            tls: RelayTls::Required,
            authority: Some(authority.file()),
            server_name: Some("mx.example.org".to_owned()),
        };
        let to_relay = relay.relay(RelayTls::Required, &authority);
        let work = Work {
            store: Arc::new(store.clone()),
            keys,
            mails: Mails::new("Example Trust", &host, &host),
            courier: Courier::new(&to_relay, &[route], &host).unwrap(),
            intake: intake.clone(),
            diverting: Diverting::after_minutes(divert_after_minutes),
            rule: TagRule::default(),
            hostname: "secure.example.org".to_owned(),
            notices: store::NoticeLimit {
                most: 20,
                window: Duration::from_secs(3600),
                together: 49,
            },
            keep_ended: Duration::from_secs(7 * 24 * 3600),
            follow_up: FollowUp::OFF,
            reply_memory: super::ReplyMemory::for_replies_of(1 << 20),
            hold: Duration::from_secs(600),
            public_url: "https://secure.example.org".to_owned(),
            clock: clock::system,
            random,
        };
        Self {
            relay,
            trusted,
            authority,
            store,
            intake,
            work,
            folder,
            live,
            _home: home,
        }
    }

    async fn accept(&self, subject: &str, recipients: &[&str]) {
        self.accept_asking(subject, recipients, RecipientDsn::default())
            .await;
    }

    /// With what the sender's system wants to be told of each.
    async fn accept_asking(&self, subject: &str, recipients: &[&str], asked: RecipientDsn) {
        let fields = format!("Subject: {subject} {CANARY}\r\n");
        let _stored = self.accept_fields(&fields, recipients, asked).await;
    }

    /// With these fields of its header.
    async fn accept_fields(
        &self,
        fields: &str,
        recipients: &[&str],
        asked: RecipientDsn,
    ) -> MessageId {
        let mail = MailObject {
            envelope: Envelope {
                reverse_path: ReversePath::Address("clinic@example.org".parse().unwrap()),
                recipients: recipients.iter().map(|to| to.parse().unwrap()).collect(),
                recipient_dsn: recipients.iter().map(|_| asked.clone()).collect(),
                dsn: EnvelopeDsn::default(),
                smtp_utf8: false,
                body: BodyType::default(),
            },
            content: format!("From: clinic@example.org\r\n{fields}\r\n{CANARY}\r\n")
                .into_bytes()
                .into(),
        };
        let trace = Trace {
            peer: [127, 0, 0, 1].into(),
            protocol: "ESMTP",
        };
        self.intake.accept(trace, mail).await.unwrap().message()
    }

    async fn end(&self, task: &LeasedTask, outcome: Outcome) {
        let ended = self.store.finish(&task.lease, outcome, clock::system());
        assert!(ended.await.unwrap());
    }

    async fn lease(&self) -> Vec<LeasedTask> {
        let hold = Duration::from_secs(600);
        self.store.lease(clock::system(), hold, 100).await.unwrap()
    }

    /// Does what is due and records it as the queue does; gives what failed.
    async fn work_off(&self) -> Vec<TaskError> {
        let mut failures = Vec::new();
        loop {
            let tasks = self.lease().await;
            if tasks.is_empty() {
                return failures;
            }
            for task in tasks {
                match self.work.attempt(&task).await {
                    Ok(Attempted::NotNow) => {}
                    Ok(Attempted::Done(end)) => self.end(&task, Outcome::Done(end)).await,
                    Ok(Attempted::Handed(attempted, to)) => {
                        let Attempted::Done(end) = *attempted else {
                            panic!("nobody asked to be told")
                        };
                        let outcome = Box::new(Outcome::Done(end));
                        self.end(&task, Outcome::Handed { outcome, to }).await;
                    }
                    Ok(_) => panic!("nobody asked to be told, and nothing goes together"),
                    Err(error) => failures.push(error),
                }
            }
        }
    }
}

fn has(octets: &[u8], text: &str) -> bool {
    octets.windows(text.len()).any(|w| w == text.as_bytes())
}

const ALL: [&str; 3] = [
    "patient@example.com",
    "colleague@example.org",
    "ward@trust.secure.nhs.uk",
];

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

async fn relay_task(world: &World) -> (LeasedTask, RecipientId) {
    let task = world.lease().await.remove(0);
    let TaskKind::Relay(_, recipient) = task.kind else {
        panic!("a relay task")
    };
    (task, recipient)
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

fn queue(store: &SqliteStore, work: Work, delay_notice_after: SignedDuration) -> Queue {
    let patience = Patience {
        give_up_after: SignedDuration::from_hours(120),
        delay_notice_after,
    };
    Queue::new(
        Arc::new(store.clone()),
        Arc::new(work),
        clock::system,
        Arc::new(SystemRandom::new()),
        Duration::from_secs(600),
        4,
        patience,
    )
}

/// After four failures a destination's lane is closed, and whoever waits there goes back untried.
/// Their senders hear of the delay all the same, once for each.
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_behind_a_closed_lane_is_told_of_as_late_too() {
    let world = World::with(false, 15).await;
    world.trusted.behave(|b| {
        b.always = Some((Stage::Greeting, Act::Close));
    });
    for _ in 0..20 {
        world.accept("[secure]", &ALL[2..]).await;
    }
    let World {
        relay,
        trusted,
        store,
        work,
        ..
    } = world;
    let queue = queue(&store, work, SignedDuration::ZERO);
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(Arc::new(queue).run(stopping));
    let late = || {
        let seen = relay.seen();
        let is_late = |octets: &[u8]| has(octets, "Action: delayed");
        seen.mails.iter().filter(|m| is_late(&m.content)).count()
    };
    while late() < 20 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let balance = store.balance().await.unwrap();
    assert_eq!((balance.accepted, balance.in_progress), (20, 20));
    let connections = trusted.seen().connections;
    assert!(connections < 20, "most were never tried: {connections}");
    stop.send_replace(true);
    running.abort();
    assert_eq!(late(), 20);
}

/// Behind a closed lane, too, nobody waits for what is not tried any more; and who waits there has
/// failed at nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_ends_at_once_although_its_lane_is_closed() {
    let world = World::with(false, 15).await;
    let dead = (Stage::Greeting, Act::Close);
    world.trusted.behave(|b| b.always = Some(dead));
    for _ in 0..20 {
        world.accept("[secure]", &ALL[2..]).await;
    }
    let World {
        relay, store, work, ..
    } = world;
    let queue = queue(&store, work, SignedDuration::from_hours(4));
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(Arc::new(queue).run(stopping));
    let closed = "its destination cannot be reached; one task tries from time to time";
    let waiting = async || {
        let mut tasks = store.tasks(100).await.unwrap();
        tasks.retain(|task| task.cause.as_deref() == Some(closed));
        tasks
    };
    let mut others = loop {
        match waiting().await {
            tasks if tasks.len() < 2 => tokio::time::sleep(Duration::from_millis(20)).await,
            tasks => break tasks,
        }
    };
    let dropped = others.remove(0);
    assert!(others.iter().all(|task| task.failures == 0));
    let now = clock::system();
    assert!(store.drop_task(dropped.id, "x", now).await.unwrap());
    while relay.seen().mails.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The lane is closed still.
    for other in others {
        let now = store.task(other.id).await.unwrap().unwrap();
        assert_eq!(now.due_at, other.due_at);
    }
    let seen = relay.seen();
    assert_eq!(seen.mails.len(), 1);
    assert!(has(&seen.mails[0].content, "Action: failed"));
    stop.send_replace(true);
    running.abort();
}

/// 200 mails for a peer that never answers, and then one for somebody else: it goes out while none
/// of the others has got an answer, and the hanging peer has seen no more connections than its lane
/// is wide.
#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_peer_keeps_nobody_else_waiting() {
    let world = World::with(false, 15).await;
    let hangs = (Stage::Greeting, Act::Hang);
    world.trusted.behave(|b| b.always = Some(hangs));
    for _ in 0..200 {
        world.accept("[secure]", &ALL[2..]).await;
    }
    world.accept("[secure]", &ALL[1..2]).await;
    let World {
        relay,
        trusted,
        store,
        work,
        ..
    } = world;
    let queue = queue(&store, work, SignedDuration::from_hours(4));
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(Arc::new(queue).run(stopping));
    while store.balance().await.unwrap().notified == 0 {
        tokio::task::yield_now().await;
    }
    let balance = store.balance().await.unwrap();
    assert_eq!((balance.notified, balance.in_progress), (1, 200));
    assert_eq!(relay.seen().mails.len(), 1);
    let connections = trusted.seen().connections;
    assert!(connections <= 4, "{connections}");
    stop.send_replace(true);
    running.abort();
}

/// RFC 3461 §5.2.2: of two systems that were asked to report success, the last one does.
#[tokio::test(flavor = "multi_thread")]
async fn success_is_reported_by_us_only_when_the_next_system_cannot() {
    let asked = RecipientDsn {
        notify: Some(mail::Notify::On {
            success: true,
            failure: true,
            delay: false,
        }),
        orcpt: None,
    };
    for (extension, reported_by_us) in [("DSN", false), ("X-DSN", true)] {
        let world = World::with(false, 15).await;
        world
            .trusted
            .behave(|b| b.extensions = vec!["8BITMIME", extension]);
        let asked = asked.clone();
        world.accept_asking("[secure]", &ALL[2..], asked).await;
        let (task, recipient) = relay_task(&world).await;
        let ended = world.work.attempt(&task).await.unwrap();
        let seen = world.trusted.seen();
        assert_eq!(seen.mails.len(), 1);
        let passed_on = seen.mails[0].rcpt.contains(" NOTIFY=SUCCESS,FAILURE");
        assert_eq!(passed_on, !reported_by_us, "{}", seen.mails[0].rcpt);
        let Attempted::Handed(ended, _) = ended else {
            panic!("{ended:?}")
        };
        match *ended {
            Attempted::Done(Some(End::Notified)) => assert!(!reported_by_us),
            Attempted::Told(Some(End::Notified), telling) => {
                assert!(reported_by_us);
                assert_eq!(telling.reports[0].recipient, recipient);
                assert_eq!(telling.reports[0].action, ReportAction::Relayed);
            }
            other => panic!("{other:?}"),
        }
    }
}

/// The report that the sender gets when the peer says this of the recipient.
async fn report_of(said: &'static str) -> String {
    let world = World::with(false, 15).await;
    let refuse = (Stage::Rcpt, Act::Say(said));
    world.trusted.behave(|b| b.always = Some(refuse));
    world.accept("[secure]", &ALL[2..]).await;
    let World {
        relay, store, work, ..
    } = world;
    let queue = queue(&store, work, SignedDuration::from_hours(4));
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(Arc::new(queue).run(stopping));
    while relay.seen().mails.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.send_replace(true);
    running.abort();
    let report = relay.seen().mails[0].content.clone();
    String::from_utf8(report).unwrap()
}

/// RFC 3464: the peer's own status where that fits its code, and its words on one line.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_carries_the_peers_own_status_and_words() {
    let cases = [
        (
            "550 5.1.1 <ward@trust.secure.nhs.uk>: nobody here",
            "5.1.1",
            "550 5.1.1 <ward@trust.secure.nhs.uk>: nobody here",
        ),
        ("550 nobody here", "5.0.0", "550 nobody here"),
        ("550 2.0.0 which is it", "5.0.0", "550 2.0.0 which is it"),
        (
            "550-5.7.1 not\r\n550 5.7.1 you",
            "5.7.1",
            "550 5.7.1 not 5.7.1 you",
        ),
        ("553 5.1.3 a\tb\u{1b}[2J", "5.1.3", "553 5.1.3 a b?[2J"),
        ("550", "5.0.0", "550 5.0.0 (its words are withheld)"),
    ];
    let all = cases.map(|(said, ..)| tokio::spawn(report_of(said)));
    for (report, (_, status, diagnostic)) in futures_util::future::join_all(all)
        .await
        .into_iter()
        .zip(cases)
    {
        let report = report.unwrap();
        for line in [
            "Action: failed".to_owned(),
            format!("Status: {status}"),
            format!("Diagnostic-Code: smtp; {diagnostic}"),
            "Remote-MTA: dns; [127.0.0.1]".to_owned(),
        ] {
            assert!(
                report.contains(&format!("\r\n{line}\r\n")),
                "{line}\n{report}"
            );
        }
    }
}
