//! A recipient's own copies of its replies.

use super::Home;
use super::samples::*;
use crate::{
    End, Guest, INLINE_LIMIT, Outcome, SENT_COPIES, SENT_COPY_OCTETS, Store, StoreError, TaskKind,
};
use seal::{ContentId, RecipientId, ReplyId};

const LARGE: usize = INLINE_LIMIT + 1;

async fn begun<B: Guest>(store: &B, recipient: RecipientId, now: i64) -> ReplyId {
    let reply = reply_id();
    let begun = store.begin_reply(reply, recipient, u32::MAX, at(now));
    begun.await.unwrap().unwrap();
    reply
}

/// Puts a copy; says whether it was taken, and what holds it.
async fn put<B: Guest>(
    store: &B,
    reply: ReplyId,
    recipient: RecipientId,
    octets: &[u8],
) -> (bool, ContentId) {
    let copy = staged_part(store, octets);
    let id = copy.id;
    (store.put_copy(reply, recipient, copy).await.unwrap(), id)
}

async fn send<B: Guest>(store: &B, reply: ReplyId, now: i64) {
    let deliver = task(TaskKind::DeliverReply(reply), at(now));
    let sent = store.send_reply(reply, [9; 64], deliver, at(now)).await;
    assert!(sent.unwrap());
}

/// A reply with a copy, sent.
async fn sent<B: Guest>(store: &B, recipient: RecipientId, now: i64, octets: &[u8]) -> ReplyId {
    let reply = begun(store, recipient, now).await;
    assert!(put(store, reply, recipient, octets).await.0);
    send(store, reply, now).await;
    reply
}

async fn listed<B: Guest>(store: &B, recipient: RecipientId) -> Vec<ReplyId> {
    let copies = store.sent_copies(recipient).await.unwrap();
    copies.into_iter().map(|copy| copy.reply).collect()
}

async fn is_gone<B: Store>(store: &B, content: ContentId) -> bool {
    matches!(store.read(content, 0, 1).await, Err(StoreError::NotFound))
}

pub async fn a_copy_is_there_from_the_commit_that_sends_its_reply(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    for (n, size) in [(1, 300), (2, LARGE)] {
        let reply = begun(&store, letter.recipient, 0).await;
        assert!(put(&store, reply, letter.recipient, &octets(size)).await.0);
        let unsent = store.read_copy(reply, letter.recipient).await.unwrap();
        assert_eq!(unsent, None, "not sent yet");
        assert!(!listed(&store, letter.recipient).await.contains(&reply));
        send(&store, reply, 60 * n).await;
        let copies = store.sent_copies(letter.recipient).await.unwrap();
        let copy = copies.last().unwrap();
        assert_eq!(
            (copy.reply, copy.sent_at, copy.size),
            (reply, at(60 * n), size as u64)
        );
        let read = store.read_copy(reply, letter.recipient).await.unwrap();
        assert!(read.unwrap() == octets(size));
    }
    assert_eq!(listed(&store, letter.recipient).await.len(), 2);
    let without = begun(&store, letter.recipient, 0).await;
    send(&store, without, 300).await;
    assert_eq!(listed(&store, letter.recipient).await.len(), 2);
    let none = store.read_copy(without, letter.recipient).await.unwrap();
    assert_eq!(none, None);
}

pub async fn a_copy_that_is_put_again_replaces_the_earlier_one(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    for (first, next) in [(100, LARGE), (LARGE, 100)] {
        let reply = begun(&store, letter.recipient, 0).await;
        let (_, earlier) = put(&store, reply, letter.recipient, &octets(first)).await;
        assert!(put(&store, reply, letter.recipient, &octets(next)).await.0);
        assert!(is_gone(&store, earlier).await);
        send(&store, reply, 60).await;
        let read = store.read_copy(reply, letter.recipient).await.unwrap();
        assert!(read.unwrap() == octets(next));
    }
}

pub async fn a_copy_is_its_recipients_alone(home: impl Home) {
    let store = home.open().await;
    let people = vec![held("patient@example.net"), held("parent@example.net")];
    let (mine, colleagues) = (people[0].id, people[1].id);
    let _ = store.capture(capture(&store, people)).await.unwrap();
    let stranger = letter(&store).await.recipient;
    let reply = begun(&store, mine, 0).await;
    for other in [colleagues, stranger] {
        assert!(!put(&store, reply, other, b"not theirs").await.0);
    }
    assert!(!put(&store, reply_id(), mine, b"no such reply").await.0);
    assert!(put(&store, reply, mine, b"mine").await.0);
    send(&store, reply, 60).await;
    for other in [colleagues, stranger] {
        assert_eq!(store.read_copy(reply, other).await.unwrap(), None);
        assert!(listed(&store, other).await.is_empty());
    }
    let read = store.read_copy(reply, mine).await.unwrap();
    assert_eq!(read.as_deref(), Some(&b"mine"[..]));
}

pub async fn a_reply_that_was_sent_takes_no_copy(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let reply = sent(&store, letter.recipient, 60, b"as it was sent").await;
    assert!(
        !put(&store, reply, letter.recipient, b"changed later")
            .await
            .0
    );
    let read = store.read_copy(reply, letter.recipient).await.unwrap();
    assert_eq!(read.as_deref(), Some(&b"as it was sent"[..]));
}

pub async fn a_copy_outlives_the_delivery_of_its_reply(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let reply = sent(&store, letter.recipient, 60, b"mine").await;
    let deliver = lease_one(&store, at(60), |kind| {
        matches!(kind, TaskKind::DeliverReply(_))
    });
    let lease = deliver.await.lease;
    let done = store.finish(&lease, Outcome::Done(None), at(61)).await;
    assert!(done.unwrap());
    let read = store.read_copy(reply, letter.recipient).await.unwrap();
    assert_eq!(read.as_deref(), Some(&b"mine"[..]));
}

pub async fn a_copy_is_as_large_as_the_store_allows_and_no_larger(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let most = usize::try_from(SENT_COPY_OCTETS).unwrap();
    let reply = begun(&store, letter.recipient, 0).await;
    assert!(put(&store, reply, letter.recipient, &octets(most)).await.0);
    assert!(
        !put(&store, reply, letter.recipient, &octets(most + 1))
            .await
            .0
    );
    send(&store, reply, 60).await;
    let read = store.read_copy(reply, letter.recipient).await.unwrap();
    assert!(
        read.unwrap() == octets(most),
        "the one that was taken stays"
    );
}

pub async fn as_many_copies_are_kept_as_allowed_and_the_oldest_goes(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let mut replies = Vec::new();
    // Over days, because no more replies are begun in one.
    for n in 0..i64::from(SENT_COPIES) {
        let hours = n * 3600;
        replies.push(sent(&store, letter.recipient, hours, &n.to_be_bytes()).await);
    }
    assert_eq!(listed(&store, letter.recipient).await, replies);
    let without = begun(&store, letter.recipient, 3 * DAY).await;
    send(&store, without, 3 * DAY).await;
    assert_eq!(listed(&store, letter.recipient).await, replies);
    replies.push(sent(&store, letter.recipient, 3 * DAY + 1, b"one more").await);
    assert_eq!(listed(&store, letter.recipient).await, replies[1..]);
    let oldest = store.read_copy(replies[0], letter.recipient).await;
    assert_eq!(oldest.unwrap(), None);
    let record = store.reply_of(replies[0], letter.recipient).await.unwrap();
    assert!(record.is_some(), "the reply itself is as it was");
}

pub async fn copies_end_with_the_grant_and_no_one_elses_do(home: impl Home) {
    let store = home.open().await;
    for expires in [true, false] {
        let people = vec![held("patient@example.net"), held("parent@example.net")];
        let (mine, colleagues) = (people[0].id, people[1].id);
        let letter = capture(&store, people);
        let message = letter.id;
        let _ = store.capture(letter).await.unwrap();
        let mut contents = Vec::new();
        for (recipient, size) in [(mine, 300), (mine, LARGE), (colleagues, 300)] {
            let reply = begun(&store, recipient, 0).await;
            contents.push(put(&store, reply, recipient, &octets(size)).await.1);
            send(&store, reply, 60).await;
        }
        if expires {
            store
                .expire(message, just_before(at(EXPIRY)))
                .await
                .unwrap();
            assert_eq!(listed(&store, mine).await.len(), 2);
            store.expire(message, at(EXPIRY)).await.unwrap();
            assert!(listed(&store, colleagues).await.is_empty());
        } else {
            store.revoke(message, Some(mine), at(61)).await.unwrap();
            let theirs = listed(&store, colleagues).await;
            assert_eq!(theirs.len(), 1, "theirs was not withdrawn");
            assert!(!is_gone(&store, contents[2]).await);
            store.revoke(message, None, at(62)).await.unwrap();
        }
        assert!(listed(&store, mine).await.is_empty());
        for content in contents {
            assert!(is_gone(&store, content).await);
        }
    }
}

pub async fn the_copy_of_a_reply_that_was_never_sent_goes_with_it(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let mut contents = Vec::new();
    for now in [0, 1, 2] {
        let reply = begun(&store, letter.recipient, now).await;
        contents.push(put(&store, reply, letter.recipient, &octets(300)).await.1);
    }
    assert_eq!(store.sweep_replies(at(1)).await.unwrap(), 1);
    assert!(is_gone(&store, contents[0]).await, "swept");
    assert!(!is_gone(&store, contents[1]).await);
    begun(&store, letter.recipient, DAY + 1).await;
    assert!(is_gone(&store, contents[1]).await, "made room");
    assert!(!is_gone(&store, contents[2]).await);
    store.revoke(letter.message, None, at(DAY)).await.unwrap();
    assert!(is_gone(&store, contents[2]).await, "withdrawn");
}

pub async fn a_message_whose_replies_had_copies_is_forgotten_whole(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    sent(&store, letter.recipient, 60, &octets(LARGE)).await;
    for task in lease_all(&store, at(EXPIRY)).await {
        if let TaskKind::Expire(message) = task.kind {
            store.expire(message, at(EXPIRY)).await.unwrap();
        }
        let end = matches!(task.kind, TaskKind::Notify(..)).then_some(End::Notified);
        let done = store.finish(&task.lease, Outcome::Done(end), at(EXPIRY));
        assert!(done.await.unwrap());
    }
    assert_eq!(store.purge(at(EXPIRY + DAY), 10).await.unwrap(), 1);
    assert!(store.message(letter.message).await.unwrap().is_none());
}
