//! Which later messages an earlier one's reader is told of, from the SMTP content to the list
//! (decision 0033).

use keystore::{Actor, Purpose};
use seal::ReplyId;
use store::{Guest, RecipientRecord};
use uuid::Uuid;

use super::*;
use crate::keys::Rotator;
use crate::mails::reply_of_message_id;
use crate::metadata::RecipientFacts;
use crate::reply_token;

const MOTHER: &str = "mother@example.com";
const FATHER: &str = "father@example.com";

impl World {
    /// A held message with these fields. Returns its recipients, in the order of their addresses.
    async fn held(&self, fields: &str, recipients: &[&str]) -> Vec<RecipientRecord> {
        let fields = format!("Subject: [secure] x\r\n{fields}");
        let message = self
            .accept_fields(&fields, recipients, RecipientDsn::default())
            .await;
        let mut people = self.store.recipients(message).await.unwrap();
        people.sort_by_key(|one| self.address_of(one).0);
        people
    }

    /// Where a recipient's notices go, and the address that answers to it are sent to.
    fn address_of(&self, recipient: &RecipientRecord) -> (String, String) {
        let facts = RecipientFacts::open(
            &self.work.keys.metadata,
            recipient.message,
            recipient.id,
            &recipient.address,
        );
        let facts = facts.unwrap();
        let local = reply_token::local_part(&facts.reply_token.unwrap_or_default());
        let address = facts.address.as_str().to_owned();
        (address, format!("{local}@secure.example.org"))
    }

    /// How many later messages a recipient's page lists, once all notices have left.
    async fn later(&self, recipient: &RecipientRecord) -> usize {
        assert!(self.work_off().await.is_empty());
        let found = self.store.later_messages(recipient.id, clock::system());
        found.await.unwrap().len()
    }
}

fn reference(recipient: &RecipientRecord) -> String {
    let Disposition::Held { handle, .. } = &recipient.disposition else {
        panic!("it is held")
    };
    handle.reference()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gets_an_answer_in_the_thread_is_told_of_it_with_the_first_message() {
    let world = World::with(false, 15).await;
    let first = world
        .held("Message-ID: <a@example.org>\r\n", &[FATHER, MOTHER])
        .await;
    let second = world
        .held(
            "In-Reply-To:\r\n <a@example.org> (of Monday)\r\n",
            &[FATHER],
        )
        .await;
    let (father, mother) = (&first[0], &first[1]);
    assert_eq!(world.later(father).await, 1);
    assert_eq!(world.later(mother).await, 0, "it went to somebody else");
    assert_eq!(world.later(&second[0]).await, 0, "nothing came after it");
    let listed = world.store.later_messages(father.id, clock::system());
    assert_eq!(listed.await.unwrap()[0].reference, reference(&second[0]));
    // The mailbox is the same however its address is written.
    world
        .held("References: <a@example.org>\r\n", &["MOTHER@Example.com"])
        .await;
    assert_eq!(world.later(mother).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_no_message_of_ours_or_not_as_it_should_goes_on_for_nobody() {
    let world = World::with(false, 15).await;
    let first = world
        .held("Message-ID: <a@example.org>\r\n", &[MOTHER])
        .await;
    for fields in [
        "",
        "Message-ID: <a@example.org>\r\n",
        "In-Reply-To: a@example.org\r\n",
        "In-Reply-To: (<a@example.org>)\r\n",
        "In-Reply-To: <b@example.org>\r\nX-Reply-To: <a@example.org>\r\n",
        "References: <00000000000000000000000000000000.reply@secure.example.org>\r\n",
    ] {
        world.held(fields, &[MOTHER]).await;
        assert_eq!(world.later(&first[0]).await, 0, "{fields}");
    }
    // The control.
    world
        .held("In-Reply-To: <a@example.org>\r\n", &[MOTHER])
        .await;
    assert_eq!(world.later(&first[0]).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_header_that_names_thousands_the_nearest_twenty_are_looked_for() {
    let world = World::with(false, 15).await;
    let first = world
        .held("Message-ID: <a@example.org>\r\n", &[MOTHER])
        .await;
    let named = |behind: usize, all: usize| {
        let ids = (0..all).map(|n| match n == all - 1 - behind {
            true => "<a@example.org>".to_owned(),
            false => format!("<{n}@example.org>"),
        });
        let ids: Vec<_> = ids.collect();
        format!("References: {}\r\n", ids.join("\r\n "))
    };
    for (behind, all, listed) in [(20, 21, 0), (19, 20, 1), (20, 2_000, 1), (19, 2_000, 2)] {
        world.held(&named(behind, all), &[MOTHER]).await;
        assert_eq!(world.later(&first[0]).await, listed, "{behind} of {all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_the_address_of_a_reply_belongs_to_whom_it_answers() {
    let world = World::with(false, 15).await;
    let first = world.held("", &[FATHER, MOTHER]).await;
    let (father, mother) = (&first[0], &first[1]);
    let (_, reply_address) = world.address_of(mother);
    let fields = "Subject: about your answer\r\n";
    let asked = RecipientDsn::default;
    world
        .accept_fields(fields, &[&reply_address], asked())
        .await;
    assert_eq!(world.later(mother).await, 1);
    assert_eq!(world.later(father).await, 0);
    // Named twice, by both its addresses, it is one message.
    let both = [MOTHER, reply_address.as_str(), FATHER];
    world.held("", &both).await;
    assert_eq!(world.later(mother).await, 2);
    assert_eq!(world.later(father).await, 0, "nothing names his");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_found_again_after_the_lookup_key_was_replaced() {
    let world = World::with(false, 15).await;
    let first = world
        .held("Message-ID: <a@example.org>\r\n", &[MOTHER])
        .await;
    let second = "References: <a@example.org>\r\nMessage-ID: <b@example.org>\r\n";
    let second = world.held(second, &[MOTHER]).await;
    assert_eq!(world.later(&first[0]).await, 1);
    let (_stop, stop) = tokio::sync::watch::channel(false);
    let rotator = Rotator {
        folder: world.folder.clone(),
        live: world.live.clone(),
        keys: world.work.keys.clone(),
        store: Arc::new(world.store.clone()),
        random: world.work.random.clone(),
        clock: clock::system,
        rate: None,
        patience: None,
        stop,
    };
    let hashed = rotator.rotate(Purpose::Lookup, Actor::SCHEDULE, &|_| {});
    assert_eq!(hashed.await.unwrap(), 2);
    assert_eq!(world.later(&first[0]).await, 1, "what was found stays");
    // Their Message-IDs are still hashed under the older key, their addresses under the new one.
    let third = "References: <a@example.org>\r\n <b@example.org>\r\n";
    world.held(third, &[MOTHER]).await;
    assert_eq!(world.later(&first[0]).await, 2);
    assert_eq!(world.later(&second[0]).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_diverted_to_a_hold_gets_a_later_message_too() {
    let world = World::with(true, 0).await;
    let ward = ALL[2];
    let first = world.held("Message-ID: <a@example.org>\r\n", &[ward]).await;
    assert!(world.work_off().await.is_empty());
    world.held("References: <a@example.org>\r\n", &[ward]).await;
    // Both are held by now, and the first one under a message of its own.
    assert_eq!(world.later(&first[0]).await, 1);
}

#[test]
fn the_mail_of_a_reply_is_known_by_its_own_message_id() {
    let id = Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0001);
    let reply: ReplyId = id.to_string().parse().unwrap();
    let simple = id.simple();
    for host in ["secure.example.org", "earlier.example.org"] {
        let text = format!("<{simple}.reply@{host}>");
        assert_eq!(reply_of_message_id(&text), Some(reply), "{text}");
    }
    for other in [
        format!("<{simple}.notice@secure.example.org>"),
        format!("<{id}.reply@secure.example.org>"),
        format!("<{simple}@secure.example.org>"),
        format!("{simple}.reply@secure.example.org"),
        format!("<x{simple}.reply@secure.example.org>"),
        "<.reply@secure.example.org>".to_owned(),
        "<a@example.org>".to_owned(),
    ] {
        assert_eq!(reply_of_message_id(&other), None, "{other}");
    }
}
