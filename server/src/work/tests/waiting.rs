//! Messages that nobody reads, and what recipients say on their page: who is told what, by mails
//! that a relay has taken.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use seal::{CodeId, TaskId};
use store::{CodeRequest, EventId, Guest, NewSession, NewTask, RecipientRecord, TryLimits, Wish};

use super::*;

/// Seconds by which this module's clock is ahead. One test turns it.
static AHEAD: AtomicI64 = AtomicI64::new(0);

fn ahead() -> Timestamp {
    clock::system() + SignedDuration::from_secs(AHEAD.load(Ordering::SeqCst))
}

fn wait(hours: i64) {
    AHEAD.store(hours * 3_600, Ordering::SeqCst);
}

fn outcome(attempted: Attempted) -> Outcome {
    match attempted {
        Attempted::Done(end) => Outcome::Done(end),
        Attempted::Again(at) => Outcome::Again { at },
        Attempted::And(attempted, tasks) => Outcome::And {
            outcome: Box::new(outcome(*attempted)),
            tasks,
        },
        Attempted::Told(end, telling) => Outcome::Told {
            outcome: Box::new(Outcome::Done(end)),
            telling,
        },
        Attempted::Handed(attempted, to) => Outcome::Handed {
            outcome: Box::new(outcome(*attempted)),
            to,
        },
        other => panic!("{other:?}"),
    }
}

/// Does what is due by this module's clock.
async fn run(world: &World) {
    loop {
        let hold = Duration::from_secs(600);
        let tasks = world.store.lease(ahead(), hold, 100).await.unwrap();
        if tasks.is_empty() {
            return;
        }
        for task in tasks {
            let done = outcome(world.work.attempt(&task).await.unwrap());
            assert!(
                world
                    .store
                    .finish(&task.lease, done, ahead())
                    .await
                    .unwrap()
            );
        }
    }
}

/// Mails of a kind since the last time: to whom, and what they say.
fn mails(world: &World, seen: &mut usize) -> Vec<(String, String, String)> {
    let taken = world.relay.seen();
    let all = &taken.mails;
    let new = all.iter().skip(*seen).map(|mail| {
        let text = String::from_utf8(mail.content.clone()).unwrap();
        let (_, kind) = text
            .split_once("X-Sealpost-Kind: ")
            .unwrap_or(("", "mail\r\n"));
        let kind = kind.lines().next().unwrap_or_default().to_owned();
        // Lines that were folded at words.
        (mail.rcpt.clone(), kind, text.replace("\r\n", " "))
    });
    let mut new: Vec<_> = new.collect();
    new.sort();
    *seen = all.len();
    new
}

fn kinds(mails: &[(String, String, String)]) -> Vec<(&str, &str)> {
    mails
        .iter()
        .map(|(to, kind, _)| (to.trim_start_matches("RCPT TO:"), kind.as_str()))
        .collect()
}

fn fresh() -> [u8; 16] {
    *TaskId::generate(0, &SystemRandom::new()).as_bytes()
}

fn new_task(kind: TaskKind) -> NewTask {
    NewTask {
        id: TaskId::from_bytes(fresh()),
        kind,
        due_at: ahead(),
        payload: None,
    }
}

async fn open(world: &World, recipient: RecipientId) {
    let code = CodeId::from_bytes(fresh());
    let request = CodeRequest {
        code,
        recipient,
        browser: [7; 32],
        task: new_task(TaskKind::SendCode(recipient, code)),
    };
    let (store, now, limits) = (&world.store, ahead(), TryLimits::default());
    let asked = store.request_code(request, &limits, now);
    asked.await.unwrap().unwrap();
    run(world).await;
    let session = NewSession {
        token: [8; 32],
        recipient,
        ends_at: now + SignedDuration::from_hours(8),
    };
    assert!(store.redeem(code, session, ahead()).await.unwrap());
}

/// The one message and its held recipient of this address.
async fn held(world: &World, address: &str) -> (MessageId, RecipientRecord) {
    let tasks = world.lease().await;
    let message = tasks.iter().find_map(|task| match task.kind {
        TaskKind::Notify(message, _) => Some(message),
        _ => None,
    });
    world.store.release_leases().await.unwrap();
    let message = message.unwrap();
    let all = world.store.recipients(message).await.unwrap();
    let is_one = |one: &RecipientRecord| {
        let facts = world.work.facts(one).unwrap();
        facts.address.as_str() == address
    };
    (message, all.into_iter().find(is_one).unwrap())
}

/// As the viewer and the operator's command give it; the share's key is not what this is about.
async fn more_time(world: &World, to: &RecipientRecord, until: Timestamp) -> bool {
    let Disposition::Held {
        share: Some(share), ..
    } = &to.disposition
    else {
        panic!("a held recipient")
    };
    let extension = store::Extension {
        event: store::NewEvent {
            id: EventId::from_bytes(fresh()),
            act: store::Act::Extend(to.message, until),
            cause: String::new(),
            reason: None,
        },
        shares: vec![store::Rewrapped {
            id: *to.id.as_bytes(),
            old: share.clone(),
            new: share.clone(),
        }],
        expiry: new_task(TaskKind::Expire(to.message)),
        follow_up: new_task(TaskKind::FollowUp(to.message)),
    };
    world.store.extend(extension, ahead()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_reminded_without_a_link_and_the_sender_hears_of_it_once() {
    let mut world = World::with(false, 0).await;
    world.work.clock = ahead;
    world.work.follow_up = FollowUp {
        reminders: true,
        alert_after: Some(SignedDuration::from_hours(18)),
    };
    let to = [
        "patient@example.com",
        "reader@example.com",
        "gone@example.com",
        "colleague@example.org",
    ];
    world.accept("[secure]", &to).await;
    let (message, first) = held(&world, "patient@example.com").await;
    let patient = first.id;
    let (_, reader) = held(&world, "reader@example.com").await;
    let (_, gone) = held(&world, "gone@example.com").await;
    let mut seen = 0;
    run(&world).await;
    let sent = mails(&world, &mut seen);
    assert_eq!(
        kinds(&sent),
        [
            ("<colleague@example.org>", "mail"),
            ("<gone@example.com>", "notice"),
            ("<patient@example.com>", "notice"),
            ("<reader@example.com>", "notice"),
        ]
    );
    open(&world, reader.id).await;
    world
        .store
        .revoke(message, Some(gone.id), ahead())
        .await
        .unwrap();
    mails(&world, &mut seen);
    // The message has a day.
    wait(11);
    run(&world).await;
    assert!(mails(&world, &mut seen).is_empty(), "not before half of it");
    wait(13);
    run(&world).await;
    let sent = mails(&world, &mut seen);
    assert_eq!(kinds(&sent), [("<patient@example.com>", "reminder")]);
    let text = &sent[0].2;
    let Disposition::Held { handle, .. } = &first.disposition else {
        panic!("a held recipient")
    };
    let reference: String = handle.reference();
    assert!(text.contains(&format!("for {reference}:")), "{text}");
    assert!(text.contains("noreply@secure.example.org"), "{text}");
    for secret in ["/m/", "https://secure.example.org", CANARY] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    wait(19);
    run(&world).await;
    let sent = mails(&world, &mut seen);
    assert_eq!(kinds(&sent), [("<clinic@example.org>", "alert")]);
    let text = &sent[0].2;
    assert!(text.contains("have not opened it:"), "{text}");
    assert!(text.contains("patient@example.com"), "{text}");
    for other in ["reader@", "gone@", "colleague@", CANARY] {
        assert!(!text.contains(other), "{other} in {text}");
    }
    wait(23);
    run(&world).await;
    assert!(mails(&world, &mut seen).is_empty(), "each once");
    let queue = world.store.tasks(10).await.unwrap();
    assert!(queue.is_empty(), "{queue:?}");

    // With two days more there is a new half; who was told of the old one hears nothing before it.
    let longer = first.expires_at + SignedDuration::from_hours(48);
    assert!(more_time(&world, &first, longer).await);
    run(&world).await;
    wait(35);
    run(&world).await;
    assert!(mails(&world, &mut seen).is_empty(), "not before half of it");
    wait(37);
    run(&world).await;
    let sent = mails(&world, &mut seen);
    assert_eq!(kinds(&sent), [("<patient@example.com>", "reminder")]);
    let day = longer.in_tz("Europe/London").unwrap();
    let day = day.strftime("%-d %B %Y").to_string();
    assert!(sent[0].2.contains(&day), "{day} in {}", sent[0].2);
    let record = world.store.recipient(patient).await.unwrap().unwrap();
    assert_eq!(record.end, Some(End::Notified));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_recipients_say_reaches_the_sender_by_their_address_and_without_the_subject() {
    let world = World::with(false, 0).await;
    let to = ["patient@example.com", "slow@example.com"];
    world.accept("[secure]", &to).await;
    let (message, patient) = held(&world, "patient@example.com").await;
    let (_, slow) = held(&world, "slow@example.com").await;
    let (patient, slow) = (patient.id, slow.id);
    assert!(world.work_off().await.is_empty());
    let mut seen = 0;
    mails(&world, &mut seen);
    let wish = |recipient, wish| new_task(TaskKind::PassOn(message, recipient, wish));
    let store = &world.store;
    let said = wish(patient, Wish::NotForMe);
    let event = EventId::from_bytes(fresh());
    let now = clock::system();
    assert!(store.disown(patient, event, said, now).await.unwrap());
    let asked = store.ask_more_time(slow, wish(slow, Wish::MoreTime), now);
    asked.await.unwrap().unwrap();
    let damaged = store.tell_damage(slow, wish(slow, Wish::Damaged), now);
    assert!(damaged.await.unwrap());
    let mut told = Vec::new();
    for hold in [1, 2] {
        assert!(world.work_off().await.is_empty());
        told.extend(mails(&world, &mut seen));
        if hold == 1 {
            // Its time is over when the second wish is passed on.
            store.revoke(message, Some(slow), now).await.unwrap();
            let later = now + SignedDuration::from_hours(24);
            let asked = store.ask_more_time(slow, wish(slow, Wish::MoreTime), later);
            asked.await.unwrap().unwrap();
        }
    }
    for (to, kind, text) in &told {
        assert_eq!(to, "RCPT TO:<clinic@example.org>");
        assert_eq!(kind, "alert");
        assert!(!text.contains(CANARY), "{text}");
        assert!(text.contains("Auto-Submitted: auto-replied"), "{text}");
    }
    for (words, count) in [
        ("link of patient@example.com says that", 1),
        ("nobody can open the message with it any more", 1),
        ("slow@example.com asks for more time", 1),
        (
            format!("sealpost messages extend {message} --days").as_str(),
            1,
        ),
        ("slow@example.com asks for your message", 1),
        ("send it again", 1),
        ("The browser of slow@example.com could not open", 1),
    ] {
        let found = told.iter().filter(|(.., text)| text.contains(words));
        assert_eq!(found.count(), count, "{words}");
    }
    assert_eq!(told.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_that_is_refused_for_good_is_told_as_a_bounce_and_a_late_one_is_not() {
    let world = World::with(false, 0).await;
    world.accept("[secure]", &["patient@example.com"]).await;
    let (message, patient) = held(&world, "patient@example.com").await;
    assert!(world.work_off().await.is_empty());
    let reminder = world_task(&world, TaskKind::Remind(message, patient.id)).await;
    let gone = (Stage::Rcpt, Act::Say("550 5.1.1 no such mailbox"));
    world.relay.behave(|b| b.always = Some(gone));
    let error = world.work.attempt(&reminder).await.unwrap_err();
    let failed = Outcome::Failed {
        end: None,
        cause: error.to_string(),
    };
    let late = Outcome::Retry {
        at: clock::system(),
        cause: error.to_string(),
    };
    assert!(matches!(
        world.work.tell(&reminder, late, &error).await,
        Outcome::Retry { .. }
    ));
    let told = world.work.tell(&reminder, failed, &error).await;
    let Outcome::Told { telling, .. } = &told else {
        panic!("{told:?}")
    };
    let [report] = &telling.reports[..] else {
        panic!("one report")
    };
    assert_eq!(
        (report.recipient, report.action, report.status.as_str()),
        (patient.id, ReportAction::Bounced, "5.1.1")
    );
    world.relay.behave(|b| b.always = None);
    let now = clock::system();
    assert!(
        world
            .store
            .finish(&reminder.lease, told, now)
            .await
            .unwrap()
    );
    let later = now + SignedDuration::from_secs(60);
    let hold = Duration::from_secs(60);
    let report = world.store.lease(later, hold, 1).await.unwrap().remove(0);
    let done = outcome(world.work.attempt(&report).await.unwrap());
    assert!(
        world
            .store
            .finish(&report.lease, done, later)
            .await
            .unwrap()
    );
    let record = world.store.recipient(patient.id).await.unwrap().unwrap();
    assert_eq!(record.end, Some(End::Dsn));
    let again = outcome(world.work.attempt(&reminder).await.unwrap());
    assert!(matches!(again, Outcome::Done(None)), "no more reminders");
}

/// A task as a follow-up would make it, leased.
async fn world_task(world: &World, kind: TaskKind) -> LeasedTask {
    let TaskKind::Remind(_, recipient) = kind else {
        panic!("a reminder")
    };
    // The one way by which a task of a guest's choice gets in.
    let asked = world
        .store
        .ask_more_time(recipient, new_task(kind), clock::system());
    asked.await.unwrap().unwrap();
    world.lease().await.remove(0)
}

/// The link of the sender's page cannot be repeated, so mails say where it is.
#[tokio::test(flavor = "multi_thread")]
async fn an_alert_and_a_failure_report_name_the_receipt_where_there_is_one() {
    for receipts in [Receipts::Always, Receipts::OnProblem] {
        let world = World::of(false, 0, receipts).await;
        world
            .accept("[secure]", &["patient@example.com", "other@example.com"])
            .await;
        let (message, patient) = held(&world, "patient@example.com").await;
        let (_, other) = held(&world, "other@example.com").await;
        assert!(world.work_off().await.is_empty());
        let (store, now) = (&world.store, clock::system());
        // A receipt waits for what it tells of.
        let (later, hold) = (now + SignedDuration::from_mins(10), Duration::from_secs(60));
        for task in store.lease(later, hold, 10).await.unwrap() {
            let done = outcome(world.work.attempt(&task).await.unwrap());
            assert!(store.finish(&task.lease, done, now).await.unwrap());
        }
        let sender = store.sender(message, now).await.unwrap();
        assert_eq!(sender.is_some(), receipts == Receipts::Always);
        let mut seen = 0;
        mails(&world, &mut seen);

        let alert = new_task(TaskKind::TellUnread(message));
        let asked = store.ask_more_time(patient.id, alert, now).await;
        asked.unwrap().unwrap();
        assert!(world.work_off().await.is_empty());
        let came_back = async |recipient| {
            let report = store::Report {
                recipient,
                action: ReportAction::Bounced,
                status: "5.1.1".to_owned(),
                cause: String::new(),
                remote: None,
            };
            let task = NewTask {
                due_at: now,
                ..world.work.report_task(message)
            };
            let telling = store::Telling {
                reports: vec![report],
                task,
            };
            let bounce = store::Bounce::Failed(Some(telling));
            let (_stored, changed) = store.bounced(recipient, bounce, now).await.unwrap();
            assert!(changed);
        };
        came_back(patient.id).await;
        assert!(world.work_off().await.is_empty());

        let told = mails(&world, &mut seen);
        assert_eq!(
            kinds(&told),
            [
                ("<clinic@example.org>", "alert"),
                ("<clinic@example.org>", "dsn")
            ]
        );
        for (.., text) in &told {
            assert!(!text.contains("/s/"), "{text}");
            match &sender {
                Some(sender) => {
                    let reference: String = sender.handle.reference();
                    let words = format!("with the reference {reference}.");
                    assert!(text.contains(&words), "{text}");
                    assert!(text.contains("or to withdraw it"), "{text}");
                }
                None => assert!(!text.contains("your receipt"), "{text}"),
            }
        }

        // What is over is looked at, and no more.
        came_back(other.id).await;
        store.revoke(message, None, now).await.unwrap();
        assert!(world.work_off().await.is_empty());
        let told = mails(&world, &mut seen);
        assert_eq!(kinds(&told), [("<clinic@example.org>", "dsn")]);
        let (.., text) = &told[0];
        assert!(!text.contains("withdraw"), "{text}");
        assert_eq!(
            text.contains("To see what became of it"),
            sender.is_some(),
            "{text}"
        );
    }
}
