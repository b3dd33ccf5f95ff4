//! Tests of the view document: the exact JSON of the format, and what a reader refuses.

use serde_json::{Value, json};

use super::*;
use crate::mime::parse;
use crate::tag::TagRule;

const CONTENT: &str = concat!(
    "From: Front Desk <clinic@example.org>\r\n",
    "To: Post@example.com\r\n",
    "Cc: Ward: ward@example.com;\r\n",
    "Bcc: silent@example.com\r\n",
    "Subject: [secure] =?utf-8?q?r=C3=A9sultats?=\r\n",
    "Date: Mon, 2 Nov 2026 09:05:00 +0100\r\n",
    "Message-ID: <one@example.org>\r\n",
    "References: <zero@example.com>\r\n",
    "Content-Type: multipart/related; boundary=b\r\n\r\n",
    "--b\r\nContent-Type: text/html\r\n\r\n<p>hello <img src=\"cid:logo@example.org\"></p>\r\n",
    "--b\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <logo@example.org>\r\n",
    "Content-Transfer-Encoding: base64\r\n\r\niVBORw0=\r\n",
    "--b--\r\n",
);

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn view() -> ViewDocument {
    let recipients = ["post@example.com", "silent@example.com", "ward@example.com"]
        .map(address)
        .to_vec();
    let sender = ReversePath::from(address("clinic@example.org"));
    let facts = ViewFacts {
        message_id: "0193a1b2-0000-7000-8000-000000000001".to_owned(),
        profile: "mlkem768x25519".to_owned(),
        captured_at: "2026-11-02T08:05:07Z".parse().unwrap(),
        expires_at: "2026-12-02T08:05:07Z".parse().unwrap(),
        organisation: Organisation {
            name: "Example Trust".to_owned(),
            phone: "01632 960000".to_owned(),
        },
        sender: &sender,
        recipients: &recipients,
        sealed_size: 1_234,
        sealed_sha256: [0xAB; 32],
        reply_recipient: "age1pq1example".to_owned(),
        reply_key_id: "0193a1b2-0000-7000-8000-000000000002".to_owned(),
        reply_to: &[address("clinic@example.org"), address("ward@example.com")],
        policy: KeepingPolicy { escrow: true },
    };
    ViewDocument::new(
        parse(CONTENT.as_bytes(), &TagRule::default()).unwrap(),
        facts,
    )
}

fn json_of(view: &ViewDocument) -> Value {
    serde_json::from_slice(&view.to_json()).unwrap()
}

#[test]
fn the_json_is_that_of_the_format() {
    let sealed = CONTENT.replace("Bcc: silent@example.com\r\n", "");
    let offset = sealed.find("iVBORw0=").unwrap();
    let expected = json!({
        "format": 1,
        "message_id": "0193a1b2-0000-7000-8000-000000000001",
        "profile": "mlkem768x25519",
        "captured_at": "2026-11-02T08:05:07Z",
        "expires_at": "2026-12-02T08:05:07Z",
        "organisation": {"name": "Example Trust", "phone": "01632 960000"},
        "sender": "clinic@example.org",
        "recipients": ["post@example.com", "ward@example.com"],
        "headers": {
            "from": [{"name": "Front Desk", "address": "clinic@example.org"}],
            "to": [{"name": null, "address": "Post@example.com"}],
            "cc": [{"name": null, "address": "ward@example.com"}],
            "subject": "résultats",
            "date": "2026-11-02T09:05:00+01:00",
            "message_id": "<one@example.org>",
            "references": ["<zero@example.com>"]
        },
        "text": "hello",
        "html": "<p>hello <img src=\"cid:logo@example.org\"></p>",
        "parts": [{
            "name": "logo.png", "type": "image/png", "size": 5, "encoding": "base64",
            "offset": offset, "length": 8, "content_id": "logo@example.org", "inline": true,
            "data": "iVBORw0="
        }],
        "message": {"size": 1234, "sha256": "ab".repeat(32), "content_size": sealed.len()},
        "reply": {
            "recipient": "age1pq1example",
            "key_id": "0193a1b2-0000-7000-8000-000000000002",
            "to": ["clinic@example.org", "ward@example.com"]
        },
        "policy": {"escrow": true}
    });
    assert_eq!(json_of(&view()), expected);
}

#[test]
fn a_view_of_an_earlier_version_says_that_there_is_no_escrow() {
    let read = |policy: Option<Value>| {
        let mut json = json_of(&view());
        match policy {
            Some(policy) => json["policy"] = policy,
            None => drop(json.as_object_mut().unwrap().remove("policy")),
        }
        let view = ViewDocument::from_json(json.to_string().as_bytes());
        view.ok().map(|view| view.policy.escrow)
    };
    assert_eq!(read(Some(json!({"escrow": true}))), Some(true));
    assert_eq!(read(Some(json!({"escrow": false, "more": 1}))), Some(false));
    assert_eq!(read(Some(json!({}))), Some(false));
    assert_eq!(read(None), Some(false));
    for wrong in [
        json!(null),
        json!(true),
        json!({"escrow": null}),
        json!({"escrow": "yes"}),
        json!({"escrow": 1}),
    ] {
        assert_eq!(read(Some(wrong.clone())), None, "{wrong}");
    }
}

fn view_of(content: &[u8], recipients: &[Address]) -> ViewDocument {
    let whole = view();
    let facts = ViewFacts {
        message_id: whole.message_id,
        profile: whole.profile,
        captured_at: whole.captured_at,
        expires_at: whole.expires_at,
        organisation: whole.organisation,
        sender: &ReversePath::Null,
        recipients,
        sealed_size: whole.message.size,
        sealed_sha256: [0xAB; 32],
        reply_recipient: whole.reply.recipient,
        reply_key_id: whole.reply.key_id,
        reply_to: &[],
        policy: KeepingPolicy::default(),
    };
    ViewDocument::new(parse(content, &TagRule::default()).unwrap(), facts)
}

#[test]
fn a_mail_of_control_characters_makes_no_view_longer_than_itself() {
    for kind in ["text/html", "text/plain"] {
        for octet in [b'\x01', b'"', b'\n', b'\\', b'\x81', b'\0'] {
            let mut content = format!("Content-Type: {kind}\r\n\r\n").into_bytes();
            content.resize(16 * 1024 * 1024, octet);
            let json = view_of(&content, &[]).to_json();
            assert!(
                json.len() < 2 * (MAX_HTML + MAX_TEXT) + 10_000,
                "{kind} {octet}"
            );
        }
    }
}

#[test]
fn names_of_parts_do_not_make_the_view_long() {
    let long = "x".repeat(60_000);
    let mut content = String::from("Content-Type: multipart/mixed; boundary=b\r\n\r\n");
    for field in [
        format!("Content-Disposition: attachment; filename={long}.pdf"),
        format!("Content-ID: <{long}@x>\r\nContent-Type: a/b"),
        format!("Content-Type: application/{long}"),
    ] {
        content += &format!("--b\r\n{field}\r\n\r\nx\r\n");
    }
    let parts = view_of(content.as_bytes(), &[]).parts;
    let name = parts[0].name.as_deref().unwrap();
    assert!(name.len() <= 255 && name.ends_with(".pdf"), "{name}");
    assert_eq!(parts[1].content_id, None);
    assert_eq!(parts[2].media_type, "application/octet-stream");
}

#[test]
fn headers_are_limited_in_the_view_only() {
    let to = "a@x, ".repeat(MAX_MAILBOXES) + "last@example.com";
    let subject = "y".repeat(2 * MAX_SUBJECT);
    let ids = "<a@x>\r\n ".repeat(MAX_REFERENCES + 1);
    let content = format!("To: {to}\r\nSubject: {subject}\r\nReferences: {ids}\r\n\r\n");
    let headers = parse(content.as_bytes(), &TagRule::default())
        .unwrap()
        .headers;
    assert_eq!(
        (
            headers.to.len(),
            headers.subject.len(),
            headers.references.len()
        ),
        (MAX_MAILBOXES + 1, 2 * MAX_SUBJECT, MAX_REFERENCES + 1)
    );
    // A recipient whom To names is named, whether the list that is shown reaches so far or not.
    let view = view_of(content.as_bytes(), &[address("last@example.com")]);
    assert_eq!(view.recipients, ["last@example.com"]);
    assert_eq!(
        (
            view.headers.to.len(),
            view.headers.subject.chars().count(),
            view.headers.references.len()
        ),
        (MAX_MAILBOXES, MAX_SUBJECT, MAX_REFERENCES)
    );
}

#[test]
fn a_bcc_recipient_stands_nowhere_in_the_view() {
    assert!(
        !String::from_utf8(view().to_json())
            .unwrap()
            .contains("silent")
    );
}

#[test]
fn the_null_sender_is_an_empty_string() {
    let mut document = view();
    document.sender = ReversePath::Null.as_str().to_owned();
    assert_eq!(json_of(&document)["sender"], "");
}

#[test]
fn a_view_is_read_back_with_its_padding_and_with_members_unknown() {
    let mut padded = view().to_json();
    padded.extend([b' '; 300]);
    assert!(ViewDocument::from_json(&padded).unwrap() == view());
    let mut newer = json_of(&view());
    newer["colour"] = json!("blue");
    newer["parts"][0]["colour"] = json!({"deep": ["blue"]});
    assert!(ViewDocument::from_json(newer.to_string().as_bytes()).unwrap() == view());
}

#[test]
fn what_is_no_view_is_refused() {
    use ViewError::*;
    let changed = |change: fn(&mut Value)| {
        let mut value = json_of(&view());
        change(&mut value);
        ViewDocument::from_json(value.to_string().as_bytes()).unwrap_err()
    };
    assert_eq!(changed(|v| v["format"] = json!(2)), UnknownFormat);
    assert_eq!(
        changed(|v| *v = json!({"format": 2, "all": "new"})),
        UnknownFormat
    );
    assert_eq!(
        changed(|v| v["parts"][0]["length"] = json!(100_000)),
        PartOutOfBounds
    );
    assert_eq!(
        changed(|v| v["parts"][0]["offset"] = json!(u64::MAX)),
        PartOutOfBounds
    );
    assert_eq!(changed(|v| v["message"]["sha256"] = json!("ab")), BadDigest);
    assert_eq!(
        changed(|v| v["message"]["sha256"] = json!("AB".repeat(32))),
        BadDigest
    );
    let malformed: [fn(&mut Value); 7] = [
        |v| v["format"] = json!("1"),
        |v| v["format"] = Value::Null,
        |v| v["message_id"] = json!(7),
        |v| v["captured_at"] = json!("yesterday"),
        |v| v["parts"][0]["encoding"] = json!("uuencode"),
        |v| v["parts"][0]["size"] = json!(-1),
        |v| v["reply"] = Value::Null,
    ];
    for change in malformed {
        assert!(matches!(changed(change), Malformed { .. }));
    }
    for octets in [&b""[..], b"{", b"[]", b"{\"format\":1} x", b"\xFF"] {
        assert!(matches!(
            ViewDocument::from_json(octets),
            Err(Malformed { .. })
        ));
    }
}

#[test]
fn an_error_about_a_view_shows_none_of_it() {
    let mut value = json_of(&view());
    value["expires_at"] = json!("results of somebody");
    let error = ViewDocument::from_json(value.to_string().as_bytes()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("results"), "{error}");
}

#[test]
fn debug_shows_no_content() {
    assert_eq!(format!("{:?}", view()), "ViewDocument(…)");
    assert_eq!(
        format!("{:?}", view().parts),
        "[Part(image/png Base64 477+8)]"
    );
}
