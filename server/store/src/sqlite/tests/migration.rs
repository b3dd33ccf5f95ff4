//! A store of format 1 becomes one of this format with what is in it.

use jiff::Timestamp;
use rusqlite::params;
use seal::KeyId;

use super::*;
use crate::contract::extending::{anew, extension, two};
use crate::contract::samples::*;
use crate::{Disposition, End, Guest, KeyPurpose, KeyedField, Outcome, Reindexed, Store};

/// What the program before wrote: one held and one relayed recipient, a relay copy, a waiting
/// notice, an armed code and an unsent reply.
struct Old {
    message: seal::MessageId,
    patient: seal::RecipientId,
    surgery: seal::RecipientId,
    token_index: [u8; 32],
    hashes: ([u8; 32], [u8; 32]),
    key: KeyId,
    /// Of a notice, and of a receipt.
    payloads: [Vec<u8>; 2],
}

/// A payload as formats 4 to 14 have it: version and key id, zeros, the rest.
fn apart(payload: &[u8]) -> Vec<u8> {
    let (head, rest) = payload.split_at(17);
    [head, &[0; 1_100], rest].concat()
}

fn format_1(home: &Home) -> Old {
    std::fs::create_dir(home.path()).unwrap();
    let mut old = Old {
        message: message_id(),
        patient: recipient_id(),
        surgery: recipient_id(),
        token_index: random32(),
        hashes: (random32(), random32()),
        key: key_id(),
        payloads: [Vec::new(), Vec::new()],
    };
    old.payloads = [wrapped(old.key), wrapped(old.key)];
    let (message, patient, surgery) = (
        old.message.as_bytes(),
        old.patient.as_bytes(),
        old.surgery.as_bytes(),
    );
    let sql = home.sql();
    sql.execute_batch(include_str!("../migrations/1.sql"))
        .unwrap();
    sql.pragma_update(None, "application_id", 0x5345_414c)
        .unwrap();
    sql.pragma_update(None, "user_version", 1).unwrap();
    let insert = |statement: &str, params: &[&dyn rusqlite::ToSql]| {
        assert_eq!(sql.execute(statement, params).unwrap(), 1);
    };
    let now = at(0).as_microsecond();
    insert(
        "INSERT INTO messages VALUES (?, 1, ?, ?, ?, ?, ?, 0)",
        params![
            message,
            now,
            wrapped(old.key),
            old.hashes.0,
            old.hashes.1,
            "hybrid"
        ],
    );
    for recipient in [patient, surgery] {
        insert(
            "INSERT INTO recipients VALUES (?, 1, ?, ?, ?, NULL)",
            params![recipient, message, wrapped(old.key), random32()],
        );
    }
    insert(
        "INSERT INTO grants VALUES (?, 1, ?, ?, ?, ?, ?, ?)",
        params![
            patient,
            &random32()[..16],
            wrapped(old.key),
            random32(),
            random32(),
            old.token_index,
            at(EXPIRY).as_microsecond()
        ],
    );
    for kind in ["view", "message", "spool"] {
        insert(
            "INSERT INTO contents VALUES (NULL, ?, 1, ?, ?, 3, x'010203')",
            params![content_id().as_bytes(), message, kind],
        );
    }
    for (kind, recipient, payload) in [
        ("notify", Some(patient), Some(old.payloads[0].clone())),
        ("advise-receipt", None, Some(apart(&old.payloads[1]))),
        ("relay", Some(surgery), None),
    ] {
        insert(
            "INSERT INTO tasks (id, format_version, kind, rank, message_id, recipient_id, payload,
                 first_due_at, due_at)
             VALUES (?1, 1, ?2, 1, ?3, ?4, ?5, ?6, ?6)",
            params![task_id().as_bytes(), kind, message, recipient, payload, now],
        );
    }
    insert(
        "INSERT INTO codes VALUES (?, 1, ?, ?, ?, ?, ?, 0)",
        params![
            code_id().as_bytes(),
            patient,
            random32(),
            now,
            random32(),
            at(CODE_LIFE).as_microsecond()
        ],
    );
    insert(
        "INSERT INTO replies VALUES (?, 1, ?, ?, NULL, NULL)",
        params![reply_id().as_bytes(), patient, now],
    );
    sql.execute("UPDATE totals SET value = 2", []).unwrap();
    old
}

#[tokio::test]
async fn a_store_of_format_1_is_migrated_with_its_records() {
    let home = Home::new();
    let old = format_1(&home);
    let store = home.open();
    let patient = store.recipient(old.patient).await.unwrap().unwrap();
    assert!(matches!(
        patient.disposition,
        Disposition::Held { share: Some(_), .. }
    ));
    let openings = store.openings(old.patient).await.unwrap();
    assert!(openings.is_unknown, "nobody wrote them down");
    assert_eq!((openings.count, openings.first), (0, None));
    let indexes = [random32(), old.token_index];
    let found = store.recipient_by_reply_token(&indexes).await.unwrap();
    assert_eq!(found.unwrap().id, old.patient);
    assert_eq!(store.balance().await.unwrap().in_progress, 2);
    for (field, count) in [
        (KeyedField::Share, 1),
        (KeyedField::Sender, 1),
        (KeyedField::Address, 2),
        (KeyedField::LinkSecret, 1),
        (KeyedField::SenderLinkSecret, 1),
    ] {
        assert_eq!(store.count_stale(field, &[]).await.unwrap(), count);
        assert_eq!(store.count_stale(field, &[old.key]).await.unwrap(), 0);
    }
    let payloads = [KeyedField::LinkSecret, KeyedField::SenderLinkSecret];
    for (field, payload) in payloads.into_iter().zip(&old.payloads) {
        let values = store.stale_values(field, &[], None, 10).await.unwrap();
        assert_eq!(values.len(), 1);
        assert_eq!(&values[0].sealed, payload);
    }
    let mut again = capture(&store, vec![held("patient@example.net")]);
    (again.message_id_index, again.content_index) = (Some(old.hashes.0), old.hashes.1);
    assert_eq!(store.capture(again).await.unwrap().sent_before(), 1);
    drop(store);
    let format: u32 = home
        .sql()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(format, 16);
    home.open();
}

/// Nobody knows which key the program before used: it may have been any.
#[tokio::test]
async fn no_key_of_a_purpose_is_closed_while_a_row_of_format_1_may_need_it() {
    let home = Home::new();
    let old = format_1(&home);
    let store = home.open();
    let key = key_id();
    let close = async |purpose, now: Timestamp| store.close_key(purpose, key, now).await.unwrap();
    assert_eq!(close(KeyPurpose::Spool, at(0)).await, 1);
    assert_eq!(
        close(KeyPurpose::Reply, at(0)).await,
        2,
        "a grant and a reply"
    );
    assert_eq!(
        close(KeyPurpose::Passcode, just_before(at(CODE_LIFE))).await,
        1
    );
    assert_eq!(close(KeyPurpose::Lookup, at(0)).await, 3);

    // Wrapped values have named theirs all along.
    for (purpose, uses) in [(KeyPurpose::Share, 1), (KeyPurpose::Outbox, 2)] {
        assert_eq!(close(purpose, at(0)).await, 0);
        let needed = store.close_key(purpose, old.key, at(0)).await.unwrap();
        assert_eq!(needed, uses);
    }

    // What is over, or made anew, needs no key any more.
    assert_eq!(close(KeyPurpose::Passcode, at(CODE_LIFE)).await, 0);
    let relay = lease_one(&store, at(0), |kind| {
        matches!(kind, crate::TaskKind::Relay(..))
    })
    .await;
    let done = Outcome::Done(Some(End::Notified));
    assert!(store.finish(&relay.lease, done, at(1)).await.unwrap());
    assert_eq!(close(KeyPurpose::Spool, at(0)).await, 0);
    store.expire(old.message, at(EXPIRY)).await.unwrap();
    assert_eq!(close(KeyPurpose::Reply, at(0)).await, 0);
    let reindexed =
        [(old.patient, true), (old.surgery, false)].map(|(recipient, held)| Reindexed {
            recipient,
            key: lookup_key(),
            address_index: random32(),
            reply_token_index: held.then(random32),
        });
    assert_eq!(store.reindex(reindexed.to_vec()).await.unwrap(), 2);
    assert_eq!(close(KeyPurpose::Lookup, at(0)).await, 1);
    assert_eq!(store.forget_message_indexes(key, at(0)).await.unwrap(), 0);
    assert_eq!(store.forget_message_indexes(key, at(1)).await.unwrap(), 1);
    assert_eq!(close(KeyPurpose::Lookup, at(0)).await, 0);
}

/// One commit forgets a thousand at most.
#[tokio::test]
async fn however_many_messages_there_are_all_their_hashes_are_forgotten() {
    let home = Home::new();
    let store = home.open();
    for (known, unknown) in [(999, 0), (1_000, 0), (1_001, 0), (600, 600), (0, 2_001)] {
        let fill = |count: i32, key: Option<KeyId>| {
            let statement = "
                WITH RECURSIVE numbers (n) AS (
                    SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n <= ?1)
                INSERT INTO messages (id, format_version, captured_at, sender, message_id_index,
                    content_index, sent_before, lookup_key)
                SELECT randomblob(16), 1, 0, x'00', randomblob(32), randomblob(32), 0, ?2
                FROM numbers WHERE n <= ?1";
            let key = key.as_ref().map(KeyId::as_bytes);
            home.sql().execute(statement, params![count, key]).unwrap();
        };
        fill(known, Some(lookup_key()));
        fill(unknown, None);
        let forgotten = store.forget_message_indexes(lookup_key(), at(0)).await;
        assert_eq!(forgotten.unwrap(), (known + unknown).unsigned_abs().into());
        let left = store.close_key(KeyPurpose::Lookup, key_id(), at(0)).await;
        assert_eq!(left.unwrap(), 0);
    }
}

/// The gateway's own path goes on over the migration: a code that was asked for before is armed.
#[tokio::test]
async fn a_migrated_grant_is_served() {
    let home = Home::new();
    let old = format_1(&home);
    let store = home.open();
    let token = open_session(&store, old.patient, 60).await;
    let session = store.session(&token, &session_limits(), at(61)).await;
    assert_eq!(session.unwrap().unwrap().recipient.id, old.patient);
}

/// The audit of the program before named the message. Who was meant is known where all were.
#[tokio::test]
async fn extensions_of_format_13_are_listed_where_they_say_to_whom() {
    let home = Home::new();
    let store = home.open();
    let (message, [a, b], _) = two(&store).await;
    let mut until = Vec::new();
    for (second, to) in [(1, vec![a, b]), (2, vec![a])] {
        let mut shares = Vec::new();
        for recipient in to {
            shares.push(anew(&store, recipient, key_id()).await);
        }
        let mut given = extension(message, shares);
        let end = at(EXPIRY + second * DAY);
        given.event.act = crate::Act::Extend(message, end);
        assert!(store.extend(given, at(second)).await.unwrap());
        until.push(crate::MoreTime {
            at: at(second),
            until: end,
        });
    }
    let told = async |store: &SqliteStore| -> Vec<_> {
        let courses = store.courses(message).await.unwrap();
        courses.into_iter().map(|course| course.extended).collect()
    };
    assert_eq!(told(&store).await, [until.clone(), vec![until[0]]]);
    drop(store);
    home.sql()
        .execute_batch(
            "ALTER TABLE grants DROP COLUMN damage_told_at;
             DROP TRIGGER payload_goes_with_its_task;
             DROP TRIGGER payload_is_given_up;
             ALTER TABLE tasks DROP COLUMN slot;
             DROP TABLE payloads;
             ALTER TABLE tasks ADD COLUMN payload BLOB;
             DROP TABLE extensions;
             PRAGMA user_version = 13;",
        )
        .unwrap();
    let store = home.open();
    assert_eq!(told(&store).await, [vec![until[0]], vec![until[0]]]);
}
