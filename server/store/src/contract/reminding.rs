//! Recipients who are told again because somebody asks for it: how often, whom, and what it does.

use seal::{MessageId, RecipientId};

use super::Home;
use super::samples::*;
use crate::{
    Act, End, EventId, Guest, NewEvent, NoReminder, Outcome, Reminded, ReminderLimits, Reminding,
    ReportAction, SenderGuest, Store, TaskKind,
};

const HOUR: i64 = 3_600;

fn reminding(message: MessageId, recipient: RecipientId) -> Reminding {
    Reminding {
        event: NewEvent {
            id: EventId::from_bytes(*task_id().as_bytes()),
            act: Act::Remind(message, recipient),
            cause: String::new(),
            reason: None,
        },
        message,
        recipient,
        task: task(TaskKind::Remind(message, recipient), at(0)),
    }
}

async fn ask(store: &impl Store, letter: &Letter, second: i64) -> Result<Reminded, NoReminder> {
    let reminding = reminding(letter.message, letter.recipient);
    let limits = ReminderLimits::default();
    let asked = store.remind(reminding, &limits, at(second)).await;
    asked.unwrap()
}

/// A letter whose notice was taken.
async fn told(store: &impl Store) -> Letter {
    let letter = letter(store).await;
    let notice = lease_one(
        store,
        at(0),
        |kind| matches!(kind, TaskKind::Notify(_, recipient) if *recipient == letter.recipient),
    )
    .await;
    let done = Outcome::Done(Some(End::Notified));
    assert!(store.finish(&notice.lease, done, at(1)).await.unwrap());
    letter
}

async fn reminders(store: &impl Store, letter: &Letter, second: i64) -> usize {
    let wanted = TaskKind::Remind(letter.message, letter.recipient);
    let due = lease_all(store, at(second)).await;
    let mut count = 0;
    for task in due {
        if task.kind == wanted {
            assert!(task.payload.is_none());
            let done = Outcome::Done(None);
            assert!(store.finish(&task.lease, done, at(second)).await.unwrap());
            count += 1;
        }
    }
    count
}

pub async fn a_recipient_is_told_again_once_an_hour_and_three_times_in_all(home: impl Home) {
    let store = home.open().await;
    let (letter, other) = (told(&store).await, told(&store).await);
    let too_soon = |second| {
        Err(NoReminder::TooSoon {
            retry_at: at(second),
        })
    };
    assert_eq!(ask(&store, &letter, 10).await, Ok(Reminded::Mail));
    assert_eq!(
        ask(&store, &letter, 10 + HOUR - 1).await,
        too_soon(10 + HOUR)
    );
    assert_eq!(
        ask(&store, &other, 10).await,
        Ok(Reminded::Mail),
        "each its own"
    );
    assert_eq!(ask(&store, &letter, 10 + HOUR).await, Ok(Reminded::Mail));
    assert_eq!(
        ask(&store, &letter, 10 + 2 * HOUR).await,
        Ok(Reminded::Mail)
    );
    let fourth = ask(&store, &letter, 20 * DAY).await;
    assert_eq!(fourth, Err(NoReminder::TooMany));
    assert_eq!(reminders(&store, &letter, 20 * DAY).await, 3);

    let courses = store.courses(letter.message).await.unwrap();
    let asked = [10, 10 + HOUR, 10 + 2 * HOUR].map(at);
    assert_eq!(courses[0].reminders_asked, asked);
    // Refusals are recorded too.
    let events = store.events(0, 10).await.unwrap();
    let own = Act::Remind(letter.message, letter.recipient);
    let own = events.iter().filter(|event| event.act == own);
    let changed: Vec<_> = own.map(|event| (&*event.who, event.changed)).collect();
    let expected = [1, 0, 1, 1, 0].map(|changed| ("operator", changed));
    assert_eq!(changed, expected);
}

/// Two processes that ask at once.
pub async fn of_several_who_ask_at_once_one_is_heard(home: impl Home) {
    let store = home.open().await;
    let letter = told(&store).await;
    let mut asking = Vec::new();
    for _ in 0..20 {
        let store = store.clone();
        let reminding = reminding(letter.message, letter.recipient);
        asking.push(tokio::spawn(async move {
            let limits = ReminderLimits::default();
            let asked = store.have_reminded(reminding, &limits, at(10)).await;
            asked.unwrap().is_ok()
        }));
    }
    let mut heard = 0;
    for one in asking {
        heard += u32::from(one.await.unwrap());
    }
    assert_eq!(heard, 1);
    assert_eq!(reminders(&store, &letter, 10).await, 1);
    let events = store.events(0, 30).await.unwrap();
    assert!(events.iter().all(|event| event.who == "sender"));
    assert_eq!(events.iter().map(|event| event.changed).sum::<u64>(), 1);
}

pub async fn a_notice_that_has_not_left_is_tried_at_once_and_nothing_is_added(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let is_notice = |kind: &TaskKind| matches!(kind, TaskKind::Notify(..));
    let notice = lease_one(&store, at(0), is_notice).await;
    // In the middle of an attempt there is nothing to hurry, and who is at it finishes.
    assert_eq!(ask(&store, &letter, 1).await, Ok(Reminded::Notice));
    let late = Outcome::Retry {
        at: at(DAY),
        cause: "no".into(),
    };
    assert!(store.finish(&notice.lease, late, at(2)).await.unwrap());
    let due = async |second| {
        let all = lease_all(&store, at(second)).await;
        all.into_iter().find(|task| is_notice(&task.kind))
    };
    assert!(due(HOUR + 1).await.is_none());
    assert_eq!(ask(&store, &letter, HOUR + 1).await, Ok(Reminded::Notice));
    let notice = due(HOUR + 1).await.expect("a notice");
    assert_eq!((notice.first_due_at, notice.failures), (at(0), 1));
    assert!(notice.payload.is_some(), "its link is in it");
    assert_eq!(reminders(&store, &letter, DAY).await, 0);
}

pub async fn who_waits_for_a_windows_end_goes_on_waiting(home: impl Home) {
    let store = home.open().await;
    let limit = crate::NoticeLimit {
        most: 1,
        window: std::time::Duration::from_secs(3 * 3_600),
        together: 10,
    };
    let address = random32();
    for _ in 0..2 {
        let mut person = held("patient@example.net");
        person.address_index = address;
        let _ = store.capture(capture(&store, vec![person])).await.unwrap();
    }
    let is_notice = |kind: &TaskKind| matches!(kind, TaskKind::Notify(..));
    let mut waiting = None;
    for notice in lease_all(&store, at(0)).await {
        let TaskKind::Notify(message, recipient) = notice.kind else {
            continue;
        };
        let admitted = store.admit_notice(&notice.lease, limit, HOLD, at(0)).await;
        match admitted.unwrap() {
            crate::Admission::Later(until) => waiting = Some((message, recipient, until)),
            _ => {
                let done = Outcome::Done(Some(End::Notified));
                assert!(store.finish(&notice.lease, done, at(0)).await.unwrap());
            }
        }
    }
    let (message, recipient, until) = waiting.expect("one beyond the limit");
    let asked = reminding(message, recipient);
    let asked = store.remind(asked, &ReminderLimits::default(), at(5)).await;
    assert_eq!(asked.unwrap(), Ok(Reminded::Notice));
    let early = lease_all(&store, just_before(until)).await;
    assert!(!early.iter().any(|task| is_notice(&task.kind)));
    let then = lease_all(&store, until).await;
    assert!(then.iter().any(|task| is_notice(&task.kind)));
}

pub async fn nobody_is_told_again_who_has_nothing_to_open_or_has_opened_it(home: impl Home) {
    let store = home.open().await;
    let refused = async |letter: &Letter, second: i64| {
        let asked = ask(&store, letter, second).await;
        assert_eq!(asked, Err(NoReminder::NotWaiting));
        let course = &store.courses(letter.message).await.unwrap()[0];
        assert!(course.reminders_asked.is_empty(), "it counts for nothing");
    };
    let opened = told(&store).await;
    open_session(&store, opened.recipient, 60).await;
    refused(&opened, 100).await;
    let withdrawn = told(&store).await;
    store.revoke(withdrawn.message, None, at(60)).await.unwrap();
    refused(&withdrawn, 100).await;
    let disowned = told(&store).await;
    let event = EventId::from_bytes(*task_id().as_bytes());
    let wish = TaskKind::PassOn(disowned.message, disowned.recipient, crate::Wish::NotForMe);
    let said = store.disown(disowned.recipient, event, task(wish, at(60)), at(60));
    assert!(said.await.unwrap());
    refused(&disowned, 100).await;
    let bounced = told(&store).await;
    let report = telling(bounced.message, bounced.recipient, ReportAction::Bounced);
    let bounce = crate::Bounce::Failed(Some(report));
    let (_stored, changed) = store
        .bounced(bounced.recipient, bounce, at(60))
        .await
        .unwrap();
    assert!(changed);
    for task in lease_all(&store, at(DAY)).await {
        if matches!(task.kind, TaskKind::Report(_)) {
            let done = Outcome::Done(Some(End::Dsn));
            assert!(store.finish(&task.lease, done, at(DAY)).await.unwrap());
        }
    }
    refused(&bounced, DAY).await;
    let late = told(&store).await;
    refused(&late, EXPIRY).await;
    // A second before, it is.
    assert_eq!(ask(&store, &late, EXPIRY - 1).await, Ok(Reminded::Mail));
    // Nobody's, and another message's.
    let (one, other) = (told(&store).await, told(&store).await);
    for (message, recipient) in [
        (one.message, other.recipient),
        (message_id(), recipient_id()),
    ] {
        let asked = reminding(message, recipient);
        let asked = store.remind(asked, &ReminderLimits::default(), at(5)).await;
        assert_eq!(asked.unwrap(), Err(NoReminder::NotWaiting));
    }
}
