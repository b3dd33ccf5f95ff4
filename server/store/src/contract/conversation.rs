//! Later messages of a conversation, for the mailbox that got them (decision 0033).

use std::time::Duration;

use jiff::Timestamp;
use seal::{RecipientId, ReplyId};

use super::Home;
use super::samples::*;
use crate::{
    Bounce, Capture, End, EventId, Guest, LATER_MESSAGES, Lease, MENTIONED_RECIPIENTS, Mentions,
    Named, NewRecipient, Outcome, Reindexed, Store, TaskKind,
};

/// A mailbox by its keyed hash.
const MOTHER: [u8; 32] = [71; 32];
const FATHER: [u8; 32] = [72; 32];

fn in_mailbox(mailbox: [u8; 32]) -> NewRecipient {
    NewRecipient {
        address_index: mailbox,
        ..held("family@example.net")
    }
}

fn reference(recipient: &NewRecipient) -> String {
    handle_of(recipient).reference()
}

/// A capture to these mailboxes that names an earlier message.
fn naming(store: &impl Store, mailboxes: &[[u8; 32]], named: Vec<Named>) -> Capture {
    let people = mailboxes.iter().map(|mailbox| in_mailbox(*mailbox));
    let mut capture = capture(store, people.collect());
    let theirs = capture.recipients.iter().map(|r| (r.address_index, r.id));
    capture.mentions = Mentions {
        named,
        mailboxes: theirs.collect(),
    };
    capture
}

fn id_of(capture: &Capture) -> Named {
    Named::Message(capture.message_id_index.expect("it has a Message-ID"))
}

async fn keep(store: &impl Store, capture: Capture) {
    let _ = store.capture(capture).await.unwrap();
}

/// The lease of a recipient's notice.
async fn notice_of(store: &impl Store, recipient: RecipientId) -> Lease {
    lease_one(
        store,
        at(0),
        |kind| matches!(kind, TaskKind::Notify(_, to) if *to == recipient),
    )
    .await
    .lease
}

/// Ends every notice that waits: the relay took it.
async fn notify_all(store: &impl Store) {
    for task in lease_all(store, at(0)).await {
        let taken = Outcome::Done(Some(End::Notified));
        assert!(store.finish(&task.lease, taken, at(1)).await.unwrap());
    }
}

async fn listed(store: &impl Guest, recipient: RecipientId, now: Timestamp) -> Vec<String> {
    let found = store.later_messages(recipient, now).await.unwrap();
    found.into_iter().map(|later| later.reference).collect()
}

/// An earlier message to the mother, and a later one that names it, both notified.
struct Two {
    earlier: RecipientId,
    later: RecipientId,
    later_message: seal::MessageId,
    reference: String,
}

async fn two<B: Store>(store: &B) -> Two {
    let first = naming(store, &[MOTHER], vec![]);
    let second = naming(store, &[MOTHER], vec![id_of(&first)]);
    let two = Two {
        earlier: first.recipients[0].id,
        later: second.recipients[0].id,
        later_message: second.id,
        reference: reference(&second.recipients[0]),
    };
    keep(store, first).await;
    keep(store, second).await;
    notify_all(store).await;
    two
}

pub async fn a_later_message_is_listed_with_its_instant_and_reference(home: impl Home) {
    let store = home.open().await;
    let first = naming(&store, &[MOTHER], vec![]);
    let mut second = naming(&store, &[MOTHER], vec![id_of(&first)]);
    second.captured_at = at(DAY);
    let (earlier, later) = (first.recipients[0].id, second.recipients[0].id);
    let expected = reference(&second.recipients[0]);
    keep(&store, first).await;
    keep(&store, second).await;
    notify_all(&store).await;
    let found = store.later_messages(earlier, at(1)).await.unwrap();
    let [one] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!((&one.reference, one.captured_at), (&expected, at(DAY)));
    assert!(listed(&store, later, at(1)).await.is_empty(), "not back");
    drop(store);
    let store = home.open().await;
    assert_eq!(listed(&store, earlier, at(1)).await, [expected]);
}

pub async fn nobody_but_the_same_mailbox_is_told_of_a_later_message(home: impl Home) {
    let store = home.open().await;
    let first = naming(&store, &[MOTHER, FATHER], vec![]);
    let stranger = naming(&store, &[MOTHER], vec![]);
    let (mother, father) = (first.recipients[0].id, first.recipients[1].id);
    let unnamed = stranger.recipients[0].id;
    // The answer goes to the father alone.
    let second = naming(&store, &[FATHER], vec![id_of(&first)]);
    let expected = reference(&second.recipients[0]);
    for capture in [first, stranger, second] {
        keep(&store, capture).await;
    }
    notify_all(&store).await;
    assert_eq!(listed(&store, father, at(1)).await, [expected]);
    assert!(listed(&store, mother, at(1)).await.is_empty());
    assert!(listed(&store, unnamed, at(1)).await.is_empty());
    let nobody = recipient_id();
    assert!(listed(&store, nobody, at(1)).await.is_empty());
}

pub async fn a_message_that_names_nothing_of_ours_goes_on_for_nobody(home: impl Home) {
    let store = home.open().await;
    let first = naming(&store, &[MOTHER], vec![]);
    let (earlier, id) = (first.recipients[0].id, id_of(&first));
    keep(&store, first).await;
    let unknown = vec![
        Named::Message(random32()),
        Named::Reply(reply_id()),
        Named::Recipient(recipient_id()),
    ];
    keep(&store, naming(&store, &[MOTHER], unknown)).await;
    keep(&store, naming(&store, &[MOTHER], vec![])).await;
    // Names the message, and is not held for this mailbox.
    let mut relay = capture(&store, vec![relayed("family@example.net")]);
    relay.recipients[0].address_index = MOTHER;
    relay.mentions.named = vec![id];
    keep(&store, relay).await;
    notify_all(&store).await;
    assert!(listed(&store, earlier, at(1)).await.is_empty());
}

pub async fn a_message_that_names_itself_follows_nothing(home: impl Home) {
    let store = home.open().await;
    let mut own = naming(&store, &[MOTHER], vec![]);
    own.mentions.named = vec![id_of(&own), Named::Recipient(own.recipients[0].id)];
    let recipient = own.recipients[0].id;
    keep(&store, own).await;
    notify_all(&store).await;
    assert!(listed(&store, recipient, at(1)).await.is_empty());
}

pub async fn a_reply_and_a_reply_address_name_the_message_that_was_answered(home: impl Home) {
    let store = home.open().await;
    let first = naming(&store, &[MOTHER, FATHER], vec![]);
    let (mother, father) = (first.recipients[0].id, first.recipients[1].id);
    keep(&store, first).await;
    let reply: ReplyId = reply_id();
    let begun = store.begin_reply(reply, mother, 5, at(0)).await.unwrap();
    begun.unwrap();
    let unsent = naming(&store, &[MOTHER], vec![Named::Reply(reply)]);
    keep(&store, unsent).await;
    let deliver = task(TaskKind::DeliverReply(reply), at(DAY));
    assert!(
        store
            .send_reply(reply, [9; 64], deliver, at(0))
            .await
            .unwrap()
    );
    // The mother's reply is answered to both; the father's own record is found by the message.
    let both = naming(&store, &[MOTHER, FATHER], vec![Named::Reply(reply)]);
    let to_both = [
        reference(&both.recipients[0]),
        reference(&both.recipients[1]),
    ];
    keep(&store, both).await;
    // An address is one recipient's: it says nothing of the other, also when both get the answer.
    let token = naming(&store, &[MOTHER, FATHER], vec![Named::Recipient(father)]);
    let to_father = reference(&token.recipients[1]);
    keep(&store, token).await;
    notify_all(&store).await;
    let [mothers, fathers] = to_both;
    assert_eq!(listed(&store, mother, at(1)).await, [mothers]);
    assert_eq!(listed(&store, father, at(1)).await, [fathers, to_father]);
}

pub async fn what_names_one_message_in_several_ways_is_listed_once(home: impl Home) {
    let store = home.open().await;
    let first = naming(&store, &[MOTHER], vec![]);
    let earlier = first.recipients[0].id;
    let named = vec![id_of(&first), Named::Recipient(earlier), id_of(&first)];
    let mut again = naming(&store, &[MOTHER], vec![]);
    again.message_id_index = first.message_id_index;
    let copy = again.recipients[0].id;
    let second = naming(&store, &[MOTHER], named);
    let expected = reference(&second.recipients[0]);
    for capture in [first, again, second] {
        keep(&store, capture).await;
    }
    notify_all(&store).await;
    assert_eq!(listed(&store, earlier, at(1)).await, [expected.as_str()]);
    // The first message was sent twice, under one Message-ID: whichever its reader opens.
    assert_eq!(listed(&store, copy, at(1)).await, [expected]);
}

pub async fn a_later_message_is_listed_once_its_notice_was_taken(home: impl Home) {
    let store = home.open().await;
    let first = naming(&store, &[MOTHER], vec![]);
    let second = naming(&store, &[MOTHER], vec![id_of(&first)]);
    let (earlier, later) = (first.recipients[0].id, second.recipients[0].id);
    let expected = reference(&second.recipients[0]);
    keep(&store, first).await;
    keep(&store, second).await;
    let lease = notice_of(&store, later).await;
    assert!(listed(&store, earlier, at(1)).await.is_empty(), "it waits");
    let taken = Outcome::Done(Some(End::Notified));
    assert!(store.finish(&lease, taken, at(1)).await.unwrap());
    assert_eq!(listed(&store, earlier, at(1)).await, [expected]);
    let bounced = store.bounced(later, Bounce::Failed(None), at(2)).await;
    assert!(bounced.unwrap().1);
    assert!(
        listed(&store, earlier, at(2)).await.is_empty(),
        "it came back"
    );
}

pub async fn what_was_withdrawn_disowned_or_is_over_is_listed_no_more(home: impl Home) {
    let store = home.open().await;
    let made = two(&store).await;
    assert_eq!(
        listed(&store, made.earlier, just_before(at(EXPIRY))).await,
        [made.reference.as_str()]
    );
    let over = listed(&store, made.earlier, at(EXPIRY)).await;
    assert!(over.is_empty(), "whose time is over");
    store.revoke(made.later_message, None, at(2)).await.unwrap();
    assert!(listed(&store, made.earlier, at(2)).await.is_empty());

    let made = two(&store).await;
    let event = EventId::from_bytes(*reply_id().as_bytes());
    let telling = task(TaskKind::Expire(made.later_message), at(DAY));
    let said = store.disown(made.later, event, telling, at(2)).await;
    assert!(said.unwrap());
    assert!(listed(&store, made.earlier, at(2)).await.is_empty());

    // With the earlier one's own grant goes all that was kept about it.
    let made = two(&store).await;
    let record = store.recipient(made.earlier).await.unwrap().unwrap();
    store.revoke(record.message, None, at(2)).await.unwrap();
    assert!(listed(&store, made.earlier, at(2)).await.is_empty());
    let other = naming(&store, &[MOTHER], vec![Named::Recipient(made.earlier)]);
    keep(&store, other).await;
    notify_all(&store).await;
    assert!(listed(&store, made.earlier, at(2)).await.is_empty());
}

pub async fn the_newest_later_messages_are_listed_the_oldest_first(home: impl Home) {
    let store = home.open().await;
    let first = naming(&store, &[MOTHER], vec![]);
    let (earlier, id) = (first.recipients[0].id, id_of(&first));
    keep(&store, first).await;
    let mut expected = Vec::new();
    for _ in 0..LATER_MESSAGES {
        let next = naming(&store, &[MOTHER], vec![id]);
        expected.push(reference(&next.recipients[0]));
        keep(&store, next).await;
    }
    notify_all(&store).await;
    assert_eq!(listed(&store, earlier, at(1)).await, expected);
    let one_more = naming(&store, &[MOTHER], vec![id]);
    expected.push(reference(&one_more.recipients[0]));
    keep(&store, one_more).await;
    assert_eq!(
        listed(&store, earlier, at(1)).await.len(),
        LATER_MESSAGES as usize,
        "one that is not listed yet takes nobody's place"
    );
    assert!(listed(&store, earlier, at(1)).await.contains(&expected[0]));
    notify_all(&store).await;
    assert_eq!(listed(&store, earlier, at(1)).await, expected[1..]);
}

pub async fn no_more_recipients_are_looked_at_than_allowed(home: impl Home) {
    let store = home.open().await;
    let crowd = MENTIONED_RECIPIENTS as usize - 1;
    let people: Vec<_> = (0..crowd).map(|_| held("list@example.net")).collect();
    let list = capture(&store, people);
    let one = naming(&store, &[MOTHER], vec![]);
    let next = naming(&store, &[FATHER], vec![]);
    let named = vec![id_of(&list), id_of(&one), id_of(&next)];
    let (mother, father) = (one.recipients[0].id, next.recipients[0].id);
    for capture in [list, one, next] {
        keep(&store, capture).await;
    }
    let later = naming(&store, &[MOTHER, FATHER], named.clone());
    let expected = reference(&later.recipients[0]);
    keep(&store, later).await;
    // With the nearest first, it is the furthest that is not found.
    let turned = vec![named[0], named[2], named[1]];
    let other = naming(&store, &[MOTHER, FATHER], turned);
    let to_father = reference(&other.recipients[1]);
    keep(&store, other).await;
    for _ in 0..4 {
        notify_all(&store).await;
    }
    assert_eq!(listed(&store, mother, at(1)).await, [expected]);
    assert_eq!(listed(&store, father, at(1)).await, [to_father]);
}

pub async fn mailboxes_meet_under_any_kept_key(home: impl Home) {
    let store = home.open().await;
    let old = naming(&store, &[MOTHER], vec![]);
    let (earlier, id) = (old.recipients[0].id, id_of(&old));
    keep(&store, old).await;
    // The later capture is made with a newer key, and knows the hashes under the older one too.
    let newer = [91; 32];
    let mut second = naming(&store, &[newer], vec![Named::Message(random32()), id]);
    let later = second.recipients[0].id;
    second.mentions.mailboxes.push((MOTHER, later));
    let expected = reference(&second.recipients[0]);
    keep(&store, second).await;
    notify_all(&store).await;
    assert_eq!(listed(&store, earlier, at(1)).await, [expected.as_str()]);
    // The earlier recipient's hash goes to the newer key; its message's cannot.
    let fresh = key_id();
    let reindexed = Reindexed {
        recipient: earlier,
        key: fresh,
        address_index: newer,
        reply_token_index: Some(random32()),
    };
    assert_eq!(store.reindex(vec![reindexed]).await.unwrap(), 1);
    assert_eq!(listed(&store, earlier, at(1)).await, [expected.as_str()]);
    let third = naming(&store, &[newer], vec![id]);
    let next = reference(&third.recipients[0]);
    keep(&store, third).await;
    // Under the older key alone the mailbox is not found any more.
    keep(&store, naming(&store, &[MOTHER], vec![id])).await;
    notify_all(&store).await;
    assert_eq!(listed(&store, earlier, at(1)).await, [expected, next]);
    // A forgotten Message-ID is nobody's.
    let forgotten = store.forget_message_indexes(lookup_key(), at(DAY)).await;
    assert!(forgotten.unwrap() > 0);
    keep(&store, naming(&store, &[newer], vec![id])).await;
    notify_all(&store).await;
    assert_eq!(listed(&store, earlier, at(1)).await.len(), 2);
}

pub async fn who_was_diverted_goes_on_and_is_gone_on_for(home: impl Home) {
    let store = home.open().await;
    let first = naming(&store, &[MOTHER], vec![]);
    let (earlier, first_id) = (first.recipients[0].id, id_of(&first));
    keep(&store, first).await;
    let mut relay = capture(&store, vec![relayed("family@example.net")]);
    relay.recipients[0].address_index = MOTHER;
    let (diverted, relay_id) = (relay.recipients[0].id, id_of(&relay));
    keep(&store, relay).await;
    let lease = lease_one(&store, at(0), |kind| matches!(kind, TaskKind::Relay(..))).await;
    let mut own = naming(&store, &[MOTHER], vec![first_id, relay_id]);
    own.message_id_index = None;
    let to = own.recipients[0].id;
    own.recipients[0].id = diverted;
    own.mentions.mailboxes[0].1 = diverted;
    for task in &mut own.tasks {
        if task.kind == TaskKind::Notify(own.id, to) {
            task.kind = TaskKind::Notify(own.id, diverted);
        }
    }
    let own_reference = reference(&own.recipients[0]);
    assert!(store.divert(&lease.lease, own).await.unwrap());
    // Who answers the first copy names its Message-ID; the diverted message has none.
    let answer = naming(&store, &[MOTHER], vec![relay_id]);
    let answered = reference(&answer.recipients[0]);
    keep(&store, answer).await;
    let later = at(HOLD.as_secs().cast_signed());
    for task in store
        .lease(later, Duration::from_secs(60), 100)
        .await
        .unwrap()
    {
        let taken = Outcome::Done(Some(End::Notified));
        assert!(store.finish(&task.lease, taken, later).await.unwrap());
    }
    assert_eq!(listed(&store, earlier, later).await, [own_reference]);
    assert_eq!(listed(&store, diverted, later).await, [answered]);
}

pub async fn a_conversation_is_forgotten_with_either_message(home: impl Home) {
    let store = home.open().await;
    let made = two(&store).await;
    let record = store.recipient(made.earlier).await.unwrap().unwrap();
    for message in [record.message, made.later_message] {
        store.expire(message, at(EXPIRY)).await.unwrap();
    }
    for task in lease_all(&store, at(EXPIRY)).await {
        let done = store.finish(&task.lease, Outcome::Done(None), at(EXPIRY));
        assert!(done.await.unwrap());
    }
    assert_eq!(store.purge(at(EXPIRY + DAY), 10).await.unwrap(), 2);
    assert!(store.recipient(made.later).await.unwrap().is_none());
    assert!(store.recipient(made.earlier).await.unwrap().is_none());
}

pub async fn a_refused_capture_goes_on_for_nobody(home: impl Home) {
    let store = home.open().await;
    let first = naming(&store, &[MOTHER], vec![]);
    let (earlier, id) = (first.recipients[0].id, id_of(&first));
    keep(&store, first).await;
    let mut refused = naming(&store, &[MOTHER], vec![id]);
    refused.keys.reply = None;
    assert!(store.capture(refused).await.is_err());
    notify_all(&store).await;
    assert!(listed(&store, earlier, at(1)).await.is_empty());
}
