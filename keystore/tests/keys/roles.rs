//! What the viewer's process can and cannot do, tried with everything it holds (DESIGN §4).
//!
//! A compromised viewer that may also write the ring file can forge what it opens anyway: other
//! viewers take its share, metadata, lookup, passcode and session keys. It cannot make the gateway
//! take any of them, nor open or make a key of the gateway's own purposes.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use keystore::{GatewayKeys, Holder, Place, Purpose};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::hmac;
use seal::{KeyId, WrapKey, push_length_prefixed, wrapped_key_id};
use toml::{Table, Value};

use crate::fixture::{Fixture, PLACE, checked, clock, random};

const LABELS: [&[u8]; 5] = [
    b"sealpost/v1 keystore viewer",
    b"sealpost/v1 keystore gateway",
    b"sealpost/v1 keystore wrap",
    b"sealpost/v1 keystore mac",
    b"",
];

fn derive(secret: &[u8; 32], label: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    let key = Salt::new(HKDF_SHA256, &[]).extract(secret);
    let okm = key
        .expand(&[label], HKDF_SHA256)
        .map(|okm| okm.fill(&mut out));
    okm.expect("expands").expect("fills");
    out
}

/// The secret that a custody's file holds.
fn secret_in(path: &std::path::Path) -> [u8; 32] {
    let text = std::fs::read_to_string(path).expect("a credential");
    let encoded = text.trim().split_once(' ').expect("two words").1;
    let octets = BASE64_URL_SAFE_NO_PAD.decode(encoded).expect("base64url");
    octets.try_into().expect("32 octets")
}

/// Every secret that is two derivations away, the plain ones included.
fn derivations(secret: &[u8; 32]) -> Vec<[u8; 32]> {
    let mut all = vec![*secret];
    for first in LABELS {
        let once = derive(secret, first);
        all.push(once);
        all.extend(LABELS.iter().map(|second| derive(&once, second)));
    }
    all
}

struct Row {
    purpose: Purpose,
    id: KeyId,
    context: Vec<u8>,
    sealed: Vec<u8>,
}

fn text<'a>(row: &'a Table, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn context(row: &Table) -> Vec<u8> {
    let mut context = Vec::new();
    for field in [
        "purpose",
        "state",
        "created_at",
        "changed_at",
        "epoch",
        "public",
    ] {
        push_length_prefixed(&mut context, text(row, field).as_bytes());
    }
    context
}

fn rows(ring: &str) -> Vec<Row> {
    let table: Table = ring.parse().expect("TOML");
    let rows = table["key"].as_array().expect("rows").iter();
    rows.map(|row| {
        let row = row.as_table().expect("a row");
        Row {
            purpose: text(row, "purpose").parse().expect("a purpose"),
            id: text(row, "id").parse().expect("an id"),
            context: context(row),
            sealed: BASE64_STANDARD.decode(text(row, "secret")).expect("base64"),
        }
    })
    .collect()
}

fn opens(row: &Row, secret: &[u8; 32]) -> bool {
    let id = wrapped_key_id(&row.sealed).expect("a wrap");
    let place = Place {
        field: "keystore.key",
        record: row.id.as_bytes(),
        context: &row.context,
    };
    WrapKey::new(id, "root", secret)
        .open(&place, &row.sealed)
        .is_ok()
}

#[test]
fn no_derivation_of_the_viewers_secret_opens_a_key_of_the_gateway() {
    let fixture = Fixture::new();
    let of_viewer = derivations(&secret_in(&fixture.viewer_path()));
    let of_root = derivations(&secret_in(&fixture.root_path()));
    let mut tried = 0;
    for row in rows(&fixture.ring_text()) {
        let any = |secrets: &[[u8; 32]]| secrets.iter().any(|secret| opens(&row, secret));
        let shared = row.purpose.holder() == Holder::ViewerAndGateway;
        assert_eq!(
            any(&of_viewer),
            shared,
            "{}: the attack works where it may",
            row.purpose
        );
        // The control: every row opens, by the same means, for who has the root secret.
        assert!(any(&of_root), "{}", row.purpose);
        tried += usize::from(!shared);
    }
    assert_eq!(tried, 4, "outbox, spool, reply, audit");
}

#[test]
fn the_viewers_process_cannot_name_or_open_what_is_the_gateways() {
    let fixture = Fixture::new();
    let (gateway_live, gateway) = fixture.gateway();
    let (viewer_live, viewer) = fixture.viewer();
    assert!(GatewayKeys::of(&viewer_live).is_none());
    assert!(GatewayKeys::of(&gateway_live).is_some());
    let wrapped = gateway.outbox.seal(&PLACE, b"link secret", &random());
    assert!(viewer.metadata.open(&PLACE, &wrapped).is_err());
    assert!(viewer.share.open(&PLACE, &wrapped).is_err());
    assert!(gateway.outbox.open(&PLACE, &wrapped).is_ok());
}

#[test]
fn the_viewers_credential_changes_nothing() {
    let fixture = Fixture::new();
    let before = fixture.ring_text();
    let acts = fixture.folder().acts().expect("acts").len();
    let (viewer, _) = fixture.viewer();
    let tried = fixture.folder().begin_rotation(
        &*viewer,
        Purpose::Share,
        &crate::fixture::OPERATOR,
        clock(),
        &random(),
    );
    assert!(tried.is_err());
    assert_eq!(fixture.ring_text(), before);
    assert_eq!(fixture.folder().acts().expect("acts").len(), acts);
}

/// The viewer's authenticator, made by who has the viewer's secret.
fn viewer_mac(ring: &Table, secret: &[u8; 32]) -> String {
    let mut content = Vec::new();
    push_length_prefixed(&mut content, &1_u32.to_be_bytes());
    let generation = ring["generation"].as_integer().expect("a number");
    push_length_prefixed(&mut content, &generation.to_be_bytes());
    for row in ring["key"].as_array().expect("rows") {
        let row = row.as_table().expect("a row");
        let purpose: Purpose = text(row, "purpose").parse().expect("a purpose");
        if purpose.holder() == Holder::ViewerAndGateway {
            push_length_prefixed(&mut content, text(row, "id").as_bytes());
            push_length_prefixed(&mut content, &context(row));
            push_length_prefixed(&mut content, text(row, "secret").as_bytes());
        }
    }
    let key = derive(secret, b"sealpost/v1 keystore mac");
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    BASE64_STANDARD.encode(hmac::sign(&key, &content))
}

#[test]
fn what_a_compromised_viewer_forges_the_gateway_refuses() {
    let fixture = Fixture::new();
    let secret = secret_in(&fixture.viewer_path());
    let honest: Table = fixture.ring_text().parse().expect("TOML");
    assert_eq!(
        text(&honest, "viewer_mac"),
        viewer_mac(&honest, &secret),
        "the control"
    );

    let wrap = derive(&secret, b"sealpost/v1 keystore wrap");
    let known_secret = |ring: &mut Table| {
        let id = wrapped_key_id(&rows(&written(ring))[0].sealed).expect("a wrap");
        let row = ring["key"].as_array_mut().expect("rows")[0]
            .as_table_mut()
            .expect("a row");
        let key: KeyId = text(row, "id").parse().expect("an id");
        let context = context(row);
        let place = Place {
            field: "keystore.key",
            record: key.as_bytes(),
            context: &context,
        };
        let sealed = WrapKey::new(id, "root", &wrap).seal(&place, &[7; 32], &random());
        row.insert(
            "secret".into(),
            Value::String(BASE64_STANDARD.encode(sealed)),
        );
    };
    let newer = |ring: &mut Table| {
        ring.insert("generation".into(), Value::Integer(9));
    };
    let without_a_row = |ring: &mut Table| {
        let rows = ring["key"].as_array_mut().expect("rows");
        let december = rows
            .iter()
            .position(|row| text(row.as_table().expect("a row"), "epoch") == "2026-12");
        rows.remove(december.expect("a share key of December"));
    };
    let forgeries: [&dyn Fn(&mut Table); 3] = [&known_secret, &newer, &without_a_row];
    for forge in forgeries {
        let mut forged = honest.clone();
        forge(&mut forged);
        let mac = viewer_mac(&forged, &secret);
        forged.insert("viewer_mac".into(), Value::String(mac));
        fixture.put_ring(&written(&forged));
        let text = fixture.refusal(&fixture.ring_path());
        assert!(text.contains("taken out of it, added or changed"), "{text}");
        // The limit: a second viewer takes it. It would have had to be written into a file that
        // the viewer's user may only read.
        assert!(fixture.viewer_process().is_ok());
    }
    fixture.put_ring(&written(&honest));
    assert!(fixture.gateway_process().is_ok());
}

/// The viewer cannot check the gateway's rows; it refuses a ring in which none of them seals.
#[test]
fn the_viewer_notices_a_purpose_that_is_gone_altogether() {
    let fixture = Fixture::new();
    let mut ring: Table = fixture.ring_text().parse().expect("TOML");
    let rows = ring["key"].as_array_mut().expect("rows");
    rows.retain(|row| text(row.as_table().expect("a row"), "purpose") != "spool");
    fixture.put_ring(&written(&ring));
    let text = fixture.viewer_refusal(&fixture.ring_path());
    assert!(text.contains("no active spool key"), "{text}");
}

#[test]
fn a_command_that_needs_the_root_secret_says_so() {
    use keystore::{Custody, FileCustody};
    let fixture = Fixture::new();
    let custody = FileCustody::new(fixture.viewer_path());
    let credential = custody.unlock().expect("the viewer's");
    let error = credential.into_root(&custody).err().expect("a refusal");
    checked(&error, &fixture.viewer_path());
}

fn written(table: &Table) -> String {
    toml::to_string(table).expect("TOML")
}
