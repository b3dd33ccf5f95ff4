//! The sender's page (decision 0027): the same way to a session as a recipient's, with the same
//! answers to strangers; what became of the message; and withdrawing it (promise K9).

use actix_web::http::Method;
use serde_json::{Value, json};
use store::{Act, Store, TaskKind};

use crate::browser::{Answer, Browser, Site};
use crate::strangers::{plant_cookie, seen};
use crate::watched_store::{READING, Watched};
use crate::world::{Sent, World};

const ZERO_PROOF: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

async fn timeline(browser: &Browser, sent: &Sent) -> Answer {
    browser.get(&Browser::sender_path(sent, "timeline")).await
}

/// What the page says before the code.
async fn offers_to_withdraw(browser: &Browser, sent: &Sent) -> Value {
    let path = Browser::sender_path(sent, "summary");
    let answer = browser.post(&path, &json!({"proof": sent.proof()})).await;
    answer.json()["can_be_withdrawn"].clone()
}

async fn withdraw(browser: &Browser, sent: &Sent, body: &Value) -> Answer {
    browser
        .post(&Browser::sender_path(sent, "withdraw"), body)
        .await
}

fn loads(html: &str, stem: &str, ending: &str) -> bool {
    let mut names = html.split("\"/assets/").skip(1);
    names.any(|rest| {
        let name = rest.split('"').next().unwrap_or_default();
        name.starts_with(stem) && name.ends_with(ending)
    })
}

#[actix_web::test]
async fn the_page_is_the_same_for_every_handle_and_asks_the_store_nothing() {
    let world = World::new();
    let (held, sent) = world.message_and_sender().await;
    let watched = Watched::new(world.store.clone());
    let site = Site::new(&world.viewer_over(watched.clone())).await;
    let mut pages = Vec::new();
    for handle in [&sent.handle, &held.handle] {
        let handle = handle.to_string();
        for method in [Method::GET, Method::HEAD] {
            let browser = Browser::new(&site);
            let answer = browser
                .ask(browser.request(method.clone(), &format!("/s/{handle}")))
                .await;
            assert_eq!(answer.status, 200);
            assert!(answer.cookie().is_none());
            if method == Method::GET {
                let text = answer.text().replace(&handle, "HANDLE");
                let reference = handle.parse::<seal::Handle>().unwrap().reference();
                let text = text.replace(&reference, "REFERENCE");
                let (front, rest) = text.split_once("data-style-nonce=\"").unwrap();
                let (_, rest) = rest.split_once('"').unwrap();
                pages.push(format!("{front}{rest}"));
            }
        }
    }
    assert_eq!(pages[0], pages[1]);
    let own = [".js", ".css"].map(|kind| loads(&pages[0], "sender-", kind));
    assert_eq!(own, [true, true]);
    assert!(!loads(&pages[0], "main-", ".js") && !loads(&pages[0], "style-", ".css"));
    let browser = Browser::new(&site);
    let recipients = browser.get(&format!("/m/{}", held.handle)).await;
    let recipients = recipients.text();
    assert!(loads(recipients, "main-", ".js") && loads(recipients, "style-", ".css"));
    assert!(!recipients.contains("/assets/sender-"));
    assert_eq!(watched.taken(), [""; 0]);
    assert!(world.tasks().await.is_empty());
}

#[actix_web::test]
async fn without_the_proof_all_handles_are_alike_to_summary_and_code() {
    let world = World::new();
    let (_, over) = world.message_and_sender().await;
    world.pass_minutes(60 * 24 * 38);
    let (held, sent) = world.message_and_sender().await;
    let (_, other) = world.message_and_sender().await;
    let unknown = "0123456789abcdefghjkmnpqr0".to_owned();
    let handle = sent.handle.to_string();
    let cases = [
        ("another's proof", handle.clone(), other.proof()),
        ("a proof of zeros", handle.clone(), ZERO_PROOF.to_owned()),
        (
            "a proof that is none",
            handle.clone(),
            "nonsense".to_owned(),
        ),
        ("the recipient's proof", handle, held.proof()),
        (
            "the recipient's link",
            held.handle.to_string(),
            held.proof(),
        ),
        (
            "one whose time is over, with its proof",
            over.handle.to_string(),
            over.proof(),
        ),
        ("an unknown handle", unknown, sent.proof()),
        ("the handle of zeros", "0".repeat(26), ZERO_PROOF.to_owned()),
        ("a handle that is none", "%22%3E".to_owned(), sent.proof()),
        ("a long handle", "z".repeat(3000), sent.proof()),
    ];
    let watched = Watched::new(world.store.clone());
    let site = Site::new(&world.viewer_over(watched.clone())).await;
    for endpoint in ["summary", "code"] {
        let mut answers = Vec::new();
        for (what, handle, proof) in &cases {
            let path = format!("/api/v1/s/{handle}/{endpoint}");
            let answer = Browser::new(&site)
                .post(&path, &json!({"proof": proof}))
                .await;
            assert_eq!(answer.refusal(), "404 not-found", "{what}");
            assert_eq!(
                watched.taken(),
                ["sender_by_handle"],
                "the same work: {what}"
            );
            answers.push(seen(&answer));
        }
        assert!(
            answers.iter().all(|answer| *answer == answers[0]),
            "{endpoint}"
        );
    }
    // The control: with the proof there is something to tell.
    let path = Browser::sender_path(&sent, "summary");
    let answer = Browser::new(&site)
        .post(&path, &json!({"proof": sent.proof()}))
        .await;
    assert_eq!(
        answer.json(),
        json!({
            "captured_at": "2026-12-30T09:00:00Z",
            "reference": sent.handle.reference(),
            "masked_address": "c••••@example.org",
            "expires_at": "2027-02-05T09:00:00Z",
            "can_be_withdrawn": true,
        })
    );
    assert!(world.tasks().await.is_empty());
}

#[actix_web::test]
async fn a_stranger_with_any_cookie_is_told_the_same_whatever_the_handle() {
    let world = World::new();
    let (_, over) = world.message_and_sender().await;
    world.pass_minutes(60 * 24 * 38);
    let (held, sent) = world.message_and_sender().await;
    let (_, used) = world.message_and_sender().await;
    let watched = Watched::new(world.store.clone());
    let site = Site::new(&world.viewer_over(watched.clone())).await;
    Browser::new(&site).sign_in_sender(&world, &used).await;
    watched.taken();
    let handles = [&sent.handle, &used.handle, &over.handle, &held.handle];
    let handles = handles.map(ToString::to_string);
    let unknown = ["0123456789abcdefghjkmnpqr0".to_owned(), "0".repeat(26)];
    for (method, rest, work) in [
        (
            Method::POST,
            "verify",
            &["sender_by_handle", "take_sender_guess"][..],
        ),
        (Method::GET, "timeline", &["sender_session"]),
        (Method::POST, "touch", &["sender_session"]),
        (Method::POST, "extend", &["sender_session"]),
        (Method::POST, "remind", &["sender_session"]),
        (Method::POST, "withdraw", &["sender_session"]),
        (Method::POST, "close", &["sender_session"]),
    ] {
        let mut answers = Vec::new();
        for handle in handles.iter().chain(&unknown) {
            let browser = Browser::new(&site);
            plant_cookie(&browser, handle);
            let request = browser.changing(method.clone(), &format!("/api/v1/s/{handle}/{rest}"));
            let answer = browser
                .ask(request.set_json(json!({"code": "12345678"})))
                .await;
            assert_eq!(answer.status, 401, "{rest} {handle}");
            assert_eq!(watched.taken(), work, "{rest} {handle}");
            answers.push(seen(&answer));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{rest}");
    }
}

#[actix_web::test]
async fn the_sender_sees_each_step_of_each_recipient() {
    let world = World::new();
    let (held, sent) = world.message_and_sender().await;
    let site = Site::new(&world.viewer()).await;
    world.pass_minutes(1);
    Browser::new(&site).sign_in(&world, &held).await;
    world.pass_minutes(1);
    let reader = Browser::new(&site);
    reader.sign_in(&world, &held).await;
    reader.note_exposed(&held).await;
    // Reading the text is no fetch, and however much is fetched in a session is one.
    reader.get(&Browser::path(&held, "view.age")).await;
    let file = Browser::path(&held, "message.age");
    let head = reader.request(Method::HEAD, &file);
    assert_eq!(reader.ask(head).await.status, 200);
    let courses = async || Store::courses(&world.store, held.message).await.unwrap();
    assert!(courses().await[0].fetched.is_empty());
    for (range, status) in [("bytes=0-1", 206), ("bytes=900-", 416), ("bytes=2-3", 206)] {
        let part = reader.request(Method::GET, &file);
        let part = part.insert_header(("Range", range));
        assert_eq!(reader.ask(part).await.status, status);
    }
    world.pass_minutes(1);
    let browser = Browser::new(&site);
    browser.sign_in_sender(&world, &sent).await;
    let answer = timeline(&browser, &sent).await;
    assert_eq!(answer.status, 200);
    let mut told = answer.json();
    assert_eq!(told["csrf"].as_str().unwrap(), browser.csrf());
    told["csrf"] = Value::Null;
    assert_eq!(
        told,
        json!({
            "reference": sent.handle.reference(),
            "captured_at": "2026-11-22T09:00:00Z",
            "checked_at": "2026-11-22T09:03:00Z",
            "csrf": null,
            "idle_minutes": 20,
            "session_ends_at": "2026-11-22T17:03:00Z",
            "recipients": [{
                "id": held.recipient.to_string(),
                "address": "anna@example.net",
                "way": "link",
                "standing": "opened",
                "available_until": "2026-12-22T09:00:00Z",
                "reminders_asked_at": [],
                "codes_asked": 2,
                "code_asked_at": "2026-11-22T09:02:00Z",
                "openings": 2,
                "opened_at": ["2026-11-22T09:01:00Z", "2026-11-22T09:02:00Z"],
                "fetched_at": ["2026-11-22T09:02:00Z"],
                "replied_at": [],
                "extended": [],
                "exposed_at": "2026-11-22T09:02:00Z",
                "can_be_withdrawn": true,
            }],
        })
    );
}

#[actix_web::test]
async fn what_is_withdrawn_releases_nothing_and_who_opened_it_is_named() {
    let world = World::new();
    let (held, sent) = world.message_and_sender().await;
    let (other, _) = world.message_and_sender().await;
    let site = Site::new(&world.viewer()).await;
    let (reader, sender) = (Browser::new(&site), Browser::new(&site));
    reader.sign_in(&world, &held).await;
    sender.sign_in_sender(&world, &sent).await;
    assert_eq!(reader.grant(&held).await.status, 200);

    // Not without the CSRF value, not from elsewhere, not what is no id, and nothing of others.
    let one = json!({"recipient": held.recipient.to_string()});
    let csrf = sender.csrf();
    sender.forget_csrf();
    assert_eq!(withdraw(&sender, &sent, &one).await.refusal(), "403 csrf");
    sender.set_csrf(&csrf);
    let path = Browser::sender_path(&sent, "withdraw");
    let foreign = sender
        .request(Method::POST, &path)
        .insert_header(("Origin", "https://evil.example"))
        .insert_header(("X-Sealpost-Csrf", csrf))
        .set_json(&one);
    assert_eq!(sender.ask(foreign).await.refusal(), "403 cross-origin");
    let none = json!({"recipient": "anna@example.net"});
    assert_eq!(
        withdraw(&sender, &sent, &none).await.refusal(),
        "400 malformed"
    );
    let others = json!({"recipient": other.recipient.to_string()});
    let answer = withdraw(&sender, &sent, &others).await;
    assert_eq!(answer.json()["recipients"][0]["standing"], "opened");
    assert_eq!(reader.grant(&held).await.status, 200);

    world.pass_minutes(1);
    assert_eq!(offers_to_withdraw(&sender, &sent).await, true);
    let answer = withdraw(&sender, &sent, &one).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(offers_to_withdraw(&sender, &sent).await, false);
    let recipient = &answer.json()["recipients"][0];
    assert_eq!(recipient["standing"], "withdrawn");
    assert_eq!(recipient["withdrawn_at"], "2026-11-22T09:01:00Z");
    assert_eq!(recipient["openings"], 1, "who had opened it");
    assert_eq!(recipient["can_be_withdrawn"], false);
    for rest in ["grant", "view.age", "message.age"] {
        let answer = reader.get(&Browser::path(&held, rest)).await;
        assert_eq!(answer.refusal(), "401 session-ended", "{rest}");
    }
    assert_eq!(reader.summary(&held).await.json()["state"], "withdrawn");
    assert_eq!(reader.ask_code(&held).await.refusal(), "410 withdrawn");
    // All of what is left: nothing; and the sender may go on looking.
    assert_eq!(withdraw(&sender, &sent, &json!({})).await.status, 200);
    assert_eq!(timeline(&sender, &sent).await.status, 200);
    let events = world.store.events(0, 10).await.unwrap();
    let acts: Vec<_> = events
        .iter()
        .map(|event| (&*event.who, event.act, event.changed))
        .collect();
    let revoke = |recipient| Act::Revoke(held.message, recipient);
    assert_eq!(
        acts,
        [
            ("sender", revoke(Some(other.recipient)), 0),
            ("sender", revoke(Some(held.recipient)), 1),
            ("sender", revoke(None), 0),
        ]
    );
}

#[actix_web::test]
async fn who_can_still_open_it_gets_as_much_time_as_a_message_of_now() {
    let world = World::new();
    let (held, sent) = world.message_and_sender().await;
    let site = Site::new(&world.viewer()).await;
    let (reader, sender) = (Browser::new(&site), Browser::new(&site));
    sender.sign_in_sender(&world, &sent).await;
    let told = timeline(&sender, &sent).await.json();
    assert_eq!(
        told["extends_to"],
        Value::Null,
        "nobody would have a day more"
    );
    world.pass_minutes(60 * 24 * 20);
    reader.sign_in(&world, &held).await;
    world.pass_minutes(1);
    let share = reader.grant(&held).await.json()["share"].clone();
    sender.sign_in_sender(&world, &sent).await;
    let told = timeline(&sender, &sent).await.json();
    assert_eq!(told["extends_to"], "2027-01-11T09:01:00Z");
    let path = Browser::sender_path(&sent, "extend");
    let csrf = sender.csrf();
    sender.forget_csrf();
    assert_eq!(sender.post(&path, &json!({})).await.refusal(), "403 csrf");
    sender.set_csrf(&csrf);
    let answer = sender.post(&path, &json!({})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let recipient = &answer.json()["recipients"][0];
    assert_eq!(recipient["available_until"], "2027-01-11T09:01:00Z");
    assert_eq!(answer.json()["extends_to"], Value::Null);
    let extended = json!([{"at": "2026-12-12T09:01:00Z", "until": "2027-01-11T09:01:00Z"}]);
    assert_eq!(recipient["extended"], extended);
    // The same share, and the reader reads on, beyond the first end too.
    let grant = reader.grant(&held).await.json();
    assert_eq!(
        (&grant["share"], &grant["expires_at"]),
        (&share, &json!("2027-01-11T09:01:00Z"))
    );
    world.pass_minutes(60 * 24 * 20);
    world.tasks().await;
    assert_eq!(reader.summary(&held).await.json()["state"], "open");
    let events = world.store.events(0, 10).await.unwrap();
    let [event] = &events[..] else {
        panic!("{events:?}")
    };
    assert!(matches!(event.act, Act::Extend(message, _) if message == held.message));
    assert_eq!((&*event.who, event.changed), ("sender", 1));

    // What is over is not brought back. Its expiry waited for the new end.
    world.pass_minutes(60 * 24 * 10);
    let due = world.tasks().await;
    assert!(matches!(due[..], [(TaskKind::Expire(message), None)] if message == held.message));
    assert_eq!(offers_to_withdraw(&sender, &sent).await, false);
    sender.sign_in_sender(&world, &sent).await;
    let answer = sender.post(&path, &json!({})).await;
    assert_eq!(answer.json()["recipients"][0]["standing"], "over");
    assert_eq!(world.store.events(0, 10).await.unwrap().len(), 1);
}

#[actix_web::test]
async fn a_recipient_is_told_again_once_an_hour_and_three_times_in_all() {
    let world = World::new();
    let (held, sent) = world.message_and_sender().await;
    let (other, _) = world.message_and_sender().await;
    let site = Site::new(&world.viewer()).await;
    let sender = Browser::new(&site);
    sender.sign_in_sender(&world, &sent).await;
    let path = Browser::sender_path(&sent, "remind");
    let one = json!({"recipient": held.recipient.to_string()});
    let csrf = sender.csrf();
    sender.forget_csrf();
    assert_eq!(sender.post(&path, &one).await.refusal(), "403 csrf");
    sender.set_csrf(&csrf);
    for none in [json!({}), json!({"recipient": "anna@example.net"})] {
        let refused = sender.post(&path, &none).await;
        assert_eq!(refused.refusal(), "400 malformed");
    }
    let told = |answer: &Answer| {
        let one = answer.json()["recipients"][0].clone();
        (
            one["reminders_asked_at"].clone(),
            one["can_be_reminded"].clone(),
            one["remind_again_at"].clone(),
        )
    };
    // Of another message: nothing, and it counts for nothing.
    let others = json!({"recipient": other.recipient.to_string()});
    let answer = sender.post(&path, &others).await;
    assert_eq!(told(&answer), (json!([]), json!("notice"), Value::Null));

    let hours = [
        "2026-11-22T09:00:00Z",
        "2026-11-22T10:00:00Z",
        "2026-11-22T11:00:00Z",
    ];
    for number in 0..3 {
        let answer = sender.post(&path, &one).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let again = match hours.get(number + 1) {
            Some(next) => json!(next),
            None => Value::Null,
        };
        assert_eq!(
            told(&answer),
            (json!(hours[..=number]), Value::Null, again.clone())
        );
        world.pass_minutes(59);
        sender.sign_in_sender(&world, &sent).await;
        let early = sender.post(&path, &one).await;
        let refusal = match number {
            2 => "429 reminded-enough",
            _ => "429 reminded-already",
        };
        assert_eq!(early.refusal(), refusal);
        assert_eq!(early.json()["error"]["retry_at"], again);
        world.pass_minutes(1);
    }
    let fourth = sender.post(&path, &one).await;
    assert_eq!(fourth.refusal(), "429 reminded-enough");
    let answer = timeline(&sender, &sent).await;
    assert_eq!(told(&answer), (json!(hours), Value::Null, Value::Null));
}

#[actix_web::test]
async fn sender_and_recipient_in_one_browser_do_not_disturb_each_other() {
    let world = World::new();
    let (held, sent) = world.message_and_sender().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    browser.sign_in(&world, &held).await;
    let reading = browser.csrf();
    browser.sign_in_sender(&world, &sent).await;
    let sending = browser.csrf();
    assert_eq!(browser.grant(&held).await.status, 200);
    assert_eq!(timeline(&browser, &sent).await.status, 200);
    // The CSRF value of one is none for the other.
    let of_reader = Browser::path(&held, "touch");
    let of_sender = Browser::sender_path(&sent, "touch");
    let nothing = json!({});
    let refused = browser.post(&of_reader, &nothing).await;
    assert_eq!(refused.refusal(), "403 csrf");
    assert_eq!(browser.post(&of_sender, &nothing).await.status, 200);
    browser.set_csrf(&reading);
    let refused = browser.post(&of_sender, &nothing).await;
    assert_eq!(refused.refusal(), "403 csrf");
    assert_eq!(browser.post(&of_reader, &nothing).await.status, 200);
    // One is closed, the other goes on.
    let closed = browser
        .post(&Browser::path(&held, "close"), &json!({}))
        .await;
    assert_eq!(closed.status, 204);
    assert_eq!(browser.grant(&held).await.status, 401);
    assert_eq!(timeline(&browser, &sent).await.status, 200);
    browser.set_csrf(&sending);
    let closed = browser
        .post(&Browser::sender_path(&sent, "close"), &json!({}))
        .await;
    assert_eq!(closed.status, 204);
    assert_eq!(
        timeline(&browser, &sent).await.refusal(),
        "401 session-ended"
    );
}

#[actix_web::test]
async fn a_token_of_one_kind_opens_nothing_of_the_other() {
    let world = World::new();
    let (held, sent) = world.message_and_sender().await;
    let site = Site::new(&world.viewer()).await;
    let (reader, sender) = (Browser::new(&site), Browser::new(&site));
    reader.sign_in(&world, &held).await;
    sender.sign_in_sender(&world, &sent).await;
    let ((reader_name, reader_token), (sender_name, sender_token)) =
        (reader.only_cookie(), sender.only_cookie());
    reader.set_cookie(&sender_name, &reader_token);
    sender.set_cookie(&reader_name, &sender_token);
    assert_eq!(
        timeline(&reader, &sent).await.refusal(),
        "401 session-ended"
    );
    assert_eq!(sender.grant(&held).await.refusal(), "401 session-ended");
    assert_eq!(reader.grant(&held).await.status, 200, "the control");
    assert_eq!(timeline(&sender, &sent).await.status, 200, "the control");
}

#[actix_web::test]
async fn the_sixth_wrong_code_of_a_sender_finds_none_to_answer() {
    let world = World::new();
    let (_, sent) = world.message_and_sender().await;
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let proof = json!({"proof": sent.proof()});
    let asked = browser
        .post(&Browser::sender_path(&sent, "code"), &proof)
        .await;
    assert_eq!(asked.json()["codes_left"], 9);
    let again = browser
        .post(&Browser::sender_path(&sent, "code"), &proof)
        .await;
    assert_eq!(again.refusal(), "429 wait");
    let code = world.mailed_codes().await.remove(0);
    let verify = Browser::sender_path(&sent, "verify");
    let wrong = json!({"code": "00000000"});
    for left in (0..5).rev() {
        let answer = browser.post(&verify, &wrong).await;
        assert_eq!(answer.refusal(), "403 wrong-code");
        assert_eq!(answer.json()["error"]["tries_left"], left);
    }
    let late = browser.post(&verify, &json!({"code": code})).await;
    assert_eq!(late.refusal(), "403 code-expired", "right, and too late");
}

#[actix_web::test]
async fn reading_requests_of_a_sender_change_nothing() {
    let world = World::new();
    let (_, sent) = world.message_and_sender().await;
    let watched = Watched::new(world.store.clone());
    let site = Site::new(&world.viewer_over(watched.clone())).await;
    let browser = Browser::new(&site);
    browser.sign_in_sender(&world, &sent).await;
    watched.taken();
    for rest in [
        "timeline", "summary", "code", "verify", "touch", "withdraw", "close",
    ] {
        for method in [Method::GET, Method::HEAD] {
            browser
                .ask(browser.request(method, &Browser::sender_path(&sent, rest)))
                .await;
            let asked = watched.taken();
            assert!(
                asked.iter().all(|call| READING.contains(call)),
                "{rest}: {asked:?}"
            );
        }
    }
    assert!(world.tasks().await.is_empty());
}
