//! The ring file, opened by who knows its format and has stolen a root secret or a viewer's
//! credential. Nothing of the keystore is used: an attacker would not.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use seal::{KeyId, Place, WrapKey, push_length_prefixed, sha256_of};

/// 32 octets with a name for the report.
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) octets: [u8; 32],
}

struct Octets32;

impl KeyType for Octets32 {
    fn len(&self) -> usize {
        32
    }
}

/// HKDF-SHA-256 with an empty salt.
pub(crate) fn hkdf(key: &[u8; 32], info: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    Salt::new(HKDF_SHA256, &[])
        .extract(key)
        .expand(info, Octets32)
        .and_then(|okm| okm.fill(&mut out))
        .expect("32 octets are one block");
    out
}

/// A stolen credential and what is derived from it: each is a role's secret, or leads to one.
pub(crate) fn credentials(text: &str) -> Vec<Secret> {
    let text = text.trim();
    let mut found = Vec::new();
    let mut add = |name: &str, octets| {
        let name = name.to_owned();
        found.push(Secret { name, octets });
    };
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok();
    if let Some(root) = text.strip_prefix("SEALPOST-ROOT-1 ").and_then(decode) {
        add("root secret", root);
        for (name, label) in [
            ("viewer's credential", "sealpost/v1 keystore viewer"),
            ("gateway's half of the root", "sealpost/v1 keystore gateway"),
        ] {
            add(name, hkdf(&root, &[label.as_bytes()]));
        }
    }
    if let Some(viewer) = text.strip_prefix("SEALPOST-VIEWER-1 ").and_then(decode) {
        add("viewer's credential", viewer);
    }
    found
}

/// What seals and authenticates the ring, of one role.
pub(crate) fn role_secrets(role: &Secret) -> Vec<Secret> {
    ["sealpost/v1 keystore wrap", "sealpost/v1 keystore mac"]
        .into_iter()
        .map(|label| Secret {
            name: format!("{}, {}", role.name, &label[21..]),
            octets: hkdf(&role.octets, &[label.as_bytes()]),
        })
        .collect()
}

/// Every key of a ring that one of the credentials opens, by id.
pub(crate) fn open(text: &str, credentials: &[Secret]) -> BTreeMap<[u8; 16], Secret> {
    let file: toml::Table = text.parse().expect("a ring is TOML");
    let rows = file["key"].as_array().expect("a ring has keys");
    let field = |row: &toml::Value, name: &str| match row.get(name) {
        Some(toml::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let mut keys = BTreeMap::new();
    for row in rows {
        let id: KeyId = field(row, "id").parse().expect("an id");
        let sealed = BASE64_STANDARD.decode(field(row, "secret"));
        let mut context = Vec::new();
        let beside = [
            "purpose",
            "state",
            "created_at",
            "changed_at",
            "epoch",
            "public",
        ];
        for name in beside {
            push_length_prefixed(&mut context, field(row, name).as_bytes());
        }
        let place = Place {
            field: "keystore.key",
            record: id.as_bytes(),
            context: &context,
        };
        for role in credentials {
            let digest = sha256_of(&[b"sealpost root id", &role.octets]);
            let mut wrap_id = [0; 16];
            wrap_id.copy_from_slice(&digest[..16]);
            let wrap = hkdf(&role.octets, &[b"sealpost/v1 keystore wrap"]);
            let wrap = WrapKey::new(KeyId::from_bytes(wrap_id), "root", &wrap);
            let Ok(opened) = wrap.open(&place, sealed.as_deref().unwrap_or_default()) else {
                continue;
            };
            let octets = opened.as_slice().try_into().expect("a key has 32 octets");
            let name = format!(
                "{} key {id}, {}",
                field(row, "purpose"),
                field(row, "state")
            );
            keys.insert(*id.as_bytes(), Secret { name, octets });
        }
    }
    keys
}
