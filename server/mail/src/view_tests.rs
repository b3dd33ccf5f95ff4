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
        }
    });
    assert_eq!(json_of(&view()), expected);
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
