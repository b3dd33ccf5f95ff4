//! Secure replies.

use super::Home;
use super::samples::*;
use crate::{
    End, Guest, INLINE_LIMIT, Outcome, REPLIES_A_DAY, REPLY_OCTETS, REPLY_PARTS, Store, StoreError,
    TaskKind,
};
use seal::{RecipientId, ReplyId};

async fn begun<B: Guest>(store: &B, recipient: RecipientId) -> ReplyId {
    let reply = reply_id();
    store
        .begin_reply(reply, recipient, 10, at(0))
        .await
        .unwrap()
        .unwrap();
    reply
}

async fn put<B: Guest>(
    store: &B,
    reply: ReplyId,
    recipient: RecipientId,
    index: u32,
    size: usize,
) -> bool {
    let part = staged_part(store, &octets(size));
    store
        .put_part(reply, recipient, index, [index as u8; 32], part)
        .await
        .unwrap()
}

async fn send<B: Guest>(store: &B, reply: ReplyId) -> Result<bool, StoreError> {
    let deliver = task(TaskKind::DeliverReply(reply), at(60));
    store.send_reply(reply, [9; 64], deliver, at(60)).await
}

fn is_delivery(kind: &TaskKind) -> bool {
    matches!(kind, TaskKind::DeliverReply(_))
}

pub async fn a_reply_is_filled_sent_and_read_back(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let reply = begun(&store, letter.recipient).await;
    let sizes = [300, INLINE_LIMIT + 1, 0];
    for index in [2, 0, 1] {
        assert!(
            put(
                &store,
                reply,
                letter.recipient,
                index,
                sizes[index as usize]
            )
            .await
        );
    }
    let unsent = store.reply(reply).await.unwrap().unwrap();
    assert_eq!((unsent.sent_at, unsent.signature), (None, None));
    assert!(send(&store, reply).await.unwrap());

    let sent = store.reply(reply).await.unwrap().unwrap();
    assert_eq!(
        (sent.id, sent.recipient, sent.message),
        (reply, letter.recipient, letter.message)
    );
    assert_eq!((sent.begun_at, sent.sent_at), (at(0), Some(at(60))));
    assert_eq!(sent.signature, Some([9; 64]));
    let indexes: Vec<_> = sent.parts.iter().map(|part| part.index).collect();
    assert_eq!(indexes, [0, 1, 2]);
    for (part, size) in sent.parts.iter().zip(sizes) {
        assert_eq!(
            (part.size, part.sha256),
            (size as u64, [part.index as u8; 32])
        );
        assert!(store.read(part.content, 0, size + 1).await.unwrap() == octets(size));
    }
    let task = lease_one(&store, at(60), is_delivery).await;
    assert_eq!(task.kind, TaskKind::DeliverReply(reply));
}

pub async fn a_part_that_is_put_again_replaces_the_earlier_one(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let reply = begun(&store, letter.recipient).await;
    for (size, next) in [(100, 200_000), (200_000, 100)] {
        assert!(put(&store, reply, letter.recipient, 1, size).await);
        let earlier = store.reply(reply).await.unwrap().unwrap().parts[0].clone();
        assert!(put(&store, reply, letter.recipient, 1, next).await);
        let parts = store.reply(reply).await.unwrap().unwrap().parts;
        assert_eq!(
            (parts.len(), parts[0].index, parts[0].size),
            (1, 1, next as u64)
        );
        assert!(matches!(
            store.read(earlier.content, 0, 1).await,
            Err(StoreError::NotFound)
        ));
    }
}

pub async fn a_reply_is_its_recipients_alone(home: impl Home) {
    let store = home.open().await;
    let (letter, other) = (letter(&store).await, letter(&store).await);
    let reply = begun(&store, letter.recipient).await;
    assert!(!put(&store, reply, other.recipient, 0, 10).await);
    assert!(!put(&store, reply_id(), letter.recipient, 0, 10).await);
    assert!(
        store
            .reply_of(reply, other.recipient)
            .await
            .unwrap()
            .is_none()
    );
    let mine = store
        .reply_of(reply, letter.recipient)
        .await
        .unwrap()
        .unwrap();
    assert!(mine.parts.is_empty());
    assert!(matches!(
        send(&store, reply_id()).await,
        Err(StoreError::NotFound)
    ));
    let nobodys = store
        .begin_reply(reply_id(), recipient_id(), 10, at(0))
        .await;
    assert!(matches!(nobodys, Err(StoreError::NotFound)));
    let late = store
        .begin_reply(reply_id(), letter.recipient, 10, at(EXPIRY))
        .await;
    assert!(matches!(late, Err(StoreError::NotFound)));
}

pub async fn a_reply_is_sent_once_by_twenty_at_the_same_time(home: impl Home) {
    let stores = [home.open().await, home.open().await];
    let letter = letter(&stores[0]).await;
    let reply = begun(&stores[0], letter.recipient).await;
    assert!(put(&stores[0], reply, letter.recipient, 0, 10).await);
    let mut attempts = tokio::task::JoinSet::new();
    for attempt in 0..20 {
        let store = stores[attempt % 2].clone();
        attempts.spawn(async move { send(&store, reply).await.unwrap() });
    }
    let sent = attempts
        .join_all()
        .await
        .into_iter()
        .filter(|sent| *sent)
        .count();
    assert_eq!(sent, 1);
    let tasks = lease_all(&stores[0], at(60)).await;
    assert_eq!(
        tasks.iter().filter(|task| is_delivery(&task.kind)).count(),
        1
    );
}

pub async fn a_sent_reply_takes_no_more_parts(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let reply = begun(&store, letter.recipient).await;
    assert!(put(&store, reply, letter.recipient, 0, 10).await);
    assert!(send(&store, reply).await.unwrap());
    assert!(!put(&store, reply, letter.recipient, 0, 20).await);
    assert!(!put(&store, reply, letter.recipient, 1, 20).await);
    let parts = store.reply(reply).await.unwrap().unwrap().parts;
    assert_eq!((parts.len(), parts[0].size), (1, 10));
}

pub async fn as_many_replies_are_open_as_allowed_and_no_more(home: impl Home) {
    let store = home.open().await;
    let (letter, other) = (letter(&store).await, letter(&store).await);
    let begin = async |recipient| {
        let reply = reply_id();
        store
            .begin_reply(reply, recipient, 2, at(0))
            .await
            .unwrap()
            .map(|()| reply)
    };
    let first = begin(letter.recipient).await.unwrap();
    begin(letter.recipient).await.unwrap();
    assert!(begin(letter.recipient).await.is_none());
    begin(other.recipient).await.unwrap();
    assert!(send(&store, first).await.unwrap(), "a sent one is not open");
    assert!(begin(letter.recipient).await.is_some());
}

pub async fn an_unsent_reply_makes_room_after_a_day(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let old = begun(&store, letter.recipient).await;
    assert!(put(&store, old, letter.recipient, 0, INLINE_LIMIT + 1).await);
    let content = store.reply(old).await.unwrap().unwrap().parts[0].content;
    let begin = async |now| {
        store
            .begin_reply(reply_id(), letter.recipient, 1, now)
            .await
            .unwrap()
    };
    assert!(begin(just_before(at(DAY))).await.is_none());
    assert!(store.reply(old).await.unwrap().is_some());
    assert!(begin(at(DAY)).await.is_some());
    assert!(store.reply(old).await.unwrap().is_none());
    assert!(matches!(
        store.read(content, 0, 1).await,
        Err(StoreError::NotFound)
    ));
}

pub async fn the_content_of_a_delivered_reply_is_destroyed_and_its_record_stays(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let reply = begun(&store, letter.recipient).await;
    for (index, size) in [(0, 10), (1, INLINE_LIMIT + 1)] {
        assert!(put(&store, reply, letter.recipient, index, size).await);
    }
    assert!(send(&store, reply).await.unwrap());
    let task = lease_one(&store, at(60), is_delivery).await;
    assert!(
        store
            .finish(&task.lease, Outcome::Done(None), at(61))
            .await
            .unwrap()
    );
    let record = store
        .reply_of(reply, letter.recipient)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((record.sent_at, record.parts.len()), (Some(at(60)), 2));
    for part in record.parts {
        assert!(matches!(
            store.read(part.content, 0, 1).await,
            Err(StoreError::NotFound)
        ));
    }
    assert!(!send(&store, reply).await.unwrap(), "sent before");
}

pub async fn a_reply_that_failed_keeps_its_content(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let reply = begun(&store, letter.recipient).await;
    assert!(put(&store, reply, letter.recipient, 0, 10).await);
    assert!(send(&store, reply).await.unwrap());
    let task = lease_one(&store, at(60), is_delivery).await;
    let failed = Outcome::Failed {
        end: Some(End::Held),
        cause: "bad signature".into(),
    };
    assert!(store.finish(&task.lease, failed, at(61)).await.unwrap());
    let parts = store.reply(reply).await.unwrap().unwrap().parts;
    assert_eq!(
        store.read(parts[0].content, 0, 10).await.unwrap(),
        octets(10)
    );
}

pub async fn no_more_replies_are_begun_in_a_day_than_the_store_allows(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let begin = async |seconds| {
        let begun = store.begin_reply(reply_id(), letter.recipient, u32::MAX, at(seconds));
        begun.await.unwrap().is_some()
    };
    for _ in 0..REPLIES_A_DAY {
        assert!(begin(0).await);
    }
    assert!(!begin(0).await);
    assert!(!begin(DAY - 1).await);
    assert!(begin(DAY).await);
}

pub async fn no_more_parts_and_octets_are_put_than_the_store_allows(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let many = begun(&store, letter.recipient).await;
    for index in 0..REPLY_PARTS {
        assert!(put(&store, many, letter.recipient, index, 1).await);
    }
    assert!(!put(&store, many, letter.recipient, REPLY_PARTS, 1).await);
    assert!(
        put(&store, many, letter.recipient, 7, 2).await,
        "in place of another"
    );

    let large = begun(&store, letter.recipient).await;
    let half = usize::try_from(REPLY_OCTETS / 2).unwrap();
    assert!(put(&store, large, letter.recipient, 0, half).await);
    assert!(!put(&store, large, letter.recipient, 1, half + 1).await);
    assert!(put(&store, large, letter.recipient, 1, half).await);
    assert!(!put(&store, large, letter.recipient, 2, 1).await);
    assert!(put(&store, large, letter.recipient, 1, 5).await);
    assert_eq!(store.reply(large).await.unwrap().unwrap().parts[1].size, 5);
}
