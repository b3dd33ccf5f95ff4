//! Whom a secure reply reaches: from the notice's link to the mail systems (decision 0036).

use std::io::Write;

use seal::{ContentId, Link, ReplyId, TaskId, reply_signing_input, seal_padded, sha256_of};
use store::{Guest, NewTask, RecipientRecord, ReplyRecord};

use super::*;
use crate::courier::tests::peer::Taken;
use crate::metadata::SenderFacts;
use crate::reply_document::{FORMAT, ReplyDocument};

const CLINIC: &str = "clinic@example.org";
const CONSULTANT: &str = "consultant@example.org";
const COLLEAGUE: &str = ALL[1];
const WARD: &str = ALL[2];
const SCHOOL: &str = "school@example.net";
const BLIND: &str = "records@example.org";

/// A mail that names an outsider besides, and sends a blind copy.
const NAMED: &str = "To: patient@example.com, colleague@example.org\r\n\
    Cc: ward@trust.secure.nhs.uk, school@example.net, clinic@example.org\r\n\
    Subject: [secure] x\r\n";

/// Somebody who got a notice.
struct Reader {
    link: Link,
    recipient: RecipientRecord,
}

impl World {
    async fn answering(broken: bool, reply_all: ReplyAll) -> Self {
        Self::under(broken, 0, Receipts::OnProblem, reply_all).await
    }

    /// The patient has the notice.
    async fn reader(&self) -> Reader {
        let mail = self.accept_fields(NAMED, &[ALL[0], BLIND], RecipientDsn::default());
        let message = mail.await;
        assert!(self.work_off().await.is_empty());
        let mut people = self.store.recipients(message).await.unwrap();
        people.retain(|one| matches!(one.disposition, Disposition::Held { .. }));
        let recipient = people.remove(0);
        let seen = self.relay.seen();
        let notice = seen.mails.iter().find(|mail| has(&mail.content, "/m/"));
        let text = String::from_utf8(notice.unwrap().content.clone()).unwrap();
        let text = text.replace("=\r\n", "");
        let link = text.split_once("https://").unwrap().1;
        let link = link.split_whitespace().next().unwrap();
        Reader {
            link: Link::parse(&format!("https://{link}")).unwrap(),
            recipient,
        }
    }

    async fn facts_of(&self, reader: &Reader) -> SenderFacts {
        let message = self.store.message(reader.recipient.message).await;
        let message = message.unwrap().unwrap();
        SenderFacts::open(&self.work.keys.metadata, message.id, &message.sender).unwrap()
    }

    /// Sends a reply to these addresses, as a browser does that says what it likes.
    async fn reply(&self, reader: &Reader, to: &[&str]) -> ReplyRecord {
        let (now, random) = (clock::system(), &*self.work.random);
        let millis = u64::try_from(now.as_millisecond()).unwrap();
        let Reader { link, recipient } = reader;
        let id = ReplyId::generate(millis, random);
        let begun = self.store.begin_reply(id, recipient.id, 10, now).await;
        begun.unwrap().unwrap();
        let (key_id, key) = self.intake.keys.reply.recipient();
        let document = ReplyDocument {
            format: FORMAT,
            reply_id: id.to_string(),
            message_id: recipient.message.to_string(),
            recipient_id: recipient.id.to_string(),
            created_at: now,
            key_id: key_id.to_string(),
            to: to.iter().map(|to| (*to).to_owned()).collect(),
            subject: "x".to_owned(),
            in_reply_to: None,
            references: Vec::new(),
            text: CANARY.to_owned(),
            files: Vec::new(),
        };
        let document = serde_json::to_vec(&document).unwrap();
        let (sealed, _) = seal_padded(&key.recipient, &document, Vec::new()).unwrap();
        let place = ContentId::generate(millis, random);
        let mut part = self.store.stage_part(place).unwrap();
        part.write_all(&sealed).unwrap();
        let digest = sha256_of(&[&sealed]);
        let part = part.finish().unwrap();
        assert!(
            self.store
                .put_part(id, recipient.id, 0, digest, part)
                .await
                .unwrap()
        );
        let input = reply_signing_input(recipient.message, recipient.id, id, &[digest]);
        let signer = link.secret.reply_signer(recipient.message, recipient.id);
        let task = NewTask {
            id: TaskId::generate(millis, random),
            kind: TaskKind::DeliverReply(id),
            due_at: now,
            payload: None,
        };
        let sent = self.store.send_reply(id, signer.sign(&input), task, now);
        assert!(sent.await.unwrap());
        self.store.reply(id).await.unwrap().unwrap()
    }

    /// Who got the reply itself, and from whom.
    fn replies(&self) -> Vec<(String, String)> {
        let is_reply = |mail: &&Taken| has(&mail.content, "X-Sealpost-Kind: reply");
        let (relayed, trusted) = (self.relay.seen(), self.trusted.seen());
        let all = relayed.mails.iter().chain(&trusted.mails).filter(is_reply);
        let path = |command: &str| {
            let path = command.split_once('<').unwrap().1;
            path.split('>').next().unwrap().to_owned()
        };
        let mut all: Vec<_> = all
            .inspect(|mail| assert!(mail.secured))
            .map(|mail| (path(&mail.rcpt), path(&mail.mail)))
            .collect();
        all.sort();
        all
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(to, from): &(&str, &str)| ((*to).to_owned(), (*from).to_owned());
    pairs.iter().map(owned).collect()
}

const BOUNCE: &str = "bounce@secure.example.org";

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_to_all_reaches_each_whom_policy_allows_once_and_no_outsider() {
    for (reply_all, allowed) in [
        (ReplyAll::Trusted, vec![COLLEAGUE, WARD]),
        (ReplyAll::Inside, vec![COLLEAGUE]),
        (ReplyAll::Never, vec![]),
    ] {
        let world = World::answering(false, reply_all).await;
        let reader = world.reader().await;
        let participants = world.facts_of(&reader).await.participants;
        let named: Vec<&str> = participants.iter().map(mail::Address::as_str).collect();
        assert_eq!(named, allowed);
        // Written otherwise, and twice: they are the same mailboxes.
        let mut to = vec!["Clinic@example.org"];
        to.extend(&named);
        to.extend(&named);
        world.reply(&reader, &to).await;
        assert!(world.work_off().await.is_empty());
        let mut expected = owned(&[(CLINIC, BOUNCE)]);
        expected.extend(
            allowed
                .iter()
                .map(|to| ((*to).to_owned(), CLINIC.to_owned())),
        );
        expected.sort();
        assert_eq!(world.replies(), expected, "{reply_all:?}");
        let balance = world.store.balance().await.unwrap();
        let people = 2 + allowed.len() as u64;
        assert_eq!((balance.accepted, balance.notified), (people, people));
        for mail in &world.relay.seen().mails {
            if has(&mail.content, "X-Sealpost-Kind: reply") {
                for to in std::iter::once(&CLINIC).chain(&allowed) {
                    assert!(has(&mail.content, to));
                }
                assert!(!has(&mail.content, SCHOOL) && !has(&mail.content, "Received:"));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_to_anybody_else_reaches_nobody() {
    let world = World::answering(false, ReplyAll::Inside).await;
    let reader = world.reader().await;
    for to in [
        &[CLINIC, SCHOOL][..],
        &[CLINIC, BLIND],
        &[CLINIC, WARD],
        &[CLINIC, CONSULTANT],
        &[CLINIC, "stranger@example.com"],
        &[CLINIC, COLLEAGUE, "colleague@example.org.example.com"],
        &[CLINIC, "nonsense"],
        &[COLLEAGUE],
        &[],
    ] {
        let reply = world.reply(&reader, to).await;
        let task = world.lease().await.remove(0);
        assert_eq!(task.kind, TaskKind::DeliverReply(reply.id));
        let refused = world.work.attempt(&task).await.unwrap_err();
        assert!(matches!(refused, TaskError::Permanent(_)), "{to:?}");
        assert!(world.work_off().await.is_empty(), "no task was added");
        assert!(world.replies().is_empty(), "{to:?}");
    }
    // The control.
    world.reply(&reader, &[CLINIC, COLLEAGUE]).await;
    assert!(world.work_off().await.is_empty());
    assert_eq!(world.replies().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_reached_keeps_nobody_waiting_and_nobody_gets_it_twice() {
    let world = World::answering(false, ReplyAll::Trusted).await;
    let reader = world.reader().await;
    world.reply(&reader, &[CLINIC, COLLEAGUE, WARD]).await;
    let task = world.lease().await.remove(0);
    let off = (Stage::Rcpt, Act::Say("451 4.3.0 later\r\n"));
    world.relay.behave(|b| b.acts.push_back(off));
    let failed = world.work.attempt(&task).await.unwrap_err();
    assert!(failed.is(FailureKind::PutOff), "{failed}");
    assert!(world.replies().is_empty());
    // The sender's mail system puts it off: the others do not wait.
    assert!(world.work_off().await.is_empty());
    let others = [(COLLEAGUE, CLINIC), (WARD, CLINIC)];
    assert_eq!(world.replies(), owned(&others));
    let done = world.work.attempt(&task).await.unwrap();
    assert!(matches!(done, Attempted::Done(None)));
    assert!(world.work_off().await.is_empty());
    let [colleague, ward] = others;
    assert_eq!(world.replies(), owned(&[(CLINIC, BOUNCE), colleague, ward]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_cannot_leave_over_tls_is_held_and_its_reader_answers_the_sender() {
    let world = World::answering(true, ReplyAll::Trusted).await;
    let reader = world.reader().await;
    world.reply(&reader, &[CLINIC, WARD]).await;
    assert!(world.work_off().await.is_empty());
    assert_eq!(world.replies(), owned(&[(CLINIC, BOUNCE)]));
    assert!(!has(&world.trusted.seen().clear, CANARY));
    let seen = world.relay.seen();
    let to_ward = |mail: &&Taken| mail.rcpt.contains(WARD) && has(&mail.content, "/m/");
    assert_eq!(seen.mails.iter().filter(to_ward).count(), 1, "a notice");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wrote_a_reply_that_is_not_delivered_is_told_and_the_reply_is_kept() {
    let world = World::answering(false, ReplyAll::Never).await;
    let reader = world.reader().await;
    let reply = world.reply(&reader, &[CLINIC]).await;
    let task = world.lease().await.remove(0);
    let gone = (Stage::Rcpt, Act::Say("550 5.1.1 no such mailbox\r\n"));
    world.relay.behave(|b| b.acts.push_back(gone));
    let error = world.work.attempt(&task).await.unwrap_err();
    let told = |outcome| world.work.tell(&task, outcome, &error);
    let cause = || error.to_string();

    // What is tried again is not told.
    let retry = Outcome::Retry {
        at: clock::system(),
        cause: cause(),
    };
    assert!(matches!(told(retry).await, Outcome::Retry { .. }));
    let failed = Outcome::Failed {
        end: None,
        cause: cause(),
    };
    let outcome = told(failed).await;
    world.end(&task, outcome).await;
    assert!(world.work_off().await.is_empty());

    let mails = world.relay.seen().mails.clone();
    let is_alert = |mail: &&Taken| has(&mail.content, "X-Sealpost-Kind: alert");
    let alerts: Vec<_> = mails.iter().filter(is_alert).collect();
    let [alert] = alerts.as_slice() else {
        panic!("{}", alerts.len())
    };
    assert_eq!(alert.rcpt, format!("RCPT TO:<{}>", ALL[0]));
    assert!(has(&alert.content, &viewer::reply_reference(reply.id)));
    assert!(!has(&alert.content, CANARY) && !has(&alert.content, "/m/"));
    // An operator puts it back.
    let again = world
        .store
        .retry_failed(task.lease.task, clock::system())
        .await;
    assert!(again.unwrap());
    assert!(world.work_off().await.is_empty());
    assert_eq!(world.replies(), owned(&[(CLINIC, BOUNCE)]));
}
