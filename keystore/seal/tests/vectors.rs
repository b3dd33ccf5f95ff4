//! `vectors/format-1.json`: fixed inputs → octets, for this package and for the browser's code.

use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use seal::{
    EscrowGrant, EscrowKeys, Handle, Identity, LinkSecret, MessageId, Place, Profile, Random,
    RecipientId, ReplyId, Sealer, Seed, WrapKey, padme, reply_signing_input, sha256_of,
    share_context,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/format-1.json")
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Octets that count up from a start: an input anyone can write down.
fn counting<const N: usize>(start: u8) -> [u8; N] {
    std::array::from_fn(|n| start.wrapping_add(n as u8))
}

struct Counting;

impl Random for Counting {
    fn fill(&self, out: &mut [u8]) {
        out.iter_mut()
            .enumerate()
            .for_each(|(n, octet)| *octet = n as u8);
    }
}

fn grant(start: u8) -> Value {
    let secret = LinkSecret::from_bytes(&counting(start));
    let seed = Seed::from_bytes(&counting(start.wrapping_add(64)));
    let message = MessageId::from_bytes(counting(start.wrapping_add(1)));
    let recipient = RecipientId::from_bytes(counting(start.wrapping_add(101)));
    let handle = Handle::from_bytes(counting(start.wrapping_add(151)));
    let zero = Seed::from_bytes(&[0; 32]);
    let proof = secret.open_proof(&handle);
    let signer = secret.reply_signer(message, recipient);
    let hybrid = Identity::from_seed(Profile::Hybrid, &seed);
    let classic = Identity::from_seed(Profile::X25519, &seed);
    let copy = secret.copy_seed(&seed, message, recipient);
    let key = secret.to_message_key();
    let fragment = secret.to_fragment();
    json!({
        "link_secret": hex(secret.expose_secret()),
        "seed": hex(seed.expose_secret()),
        "message_id": message.to_string(),
        "recipient_id": recipient.to_string(),
        "handle": hex(handle.as_bytes()),
        "handle_text": handle.to_string(),
        "reference": handle.reference(),
        "pad": hex(secret.split(&zero, message, recipient).expose_secret()),
        "server_share": hex(secret.split(&seed, message, recipient).expose_secret()),
        "copy_seed": hex(copy.expose_secret()),
        "copy_recipient_hybrid": Identity::from_seed(Profile::Hybrid, &copy).to_public().to_string(),
        "copy_recipient_x25519": Identity::from_seed(Profile::X25519, &copy).to_public().to_string(),
        "reply_public": hex(&signer.public()),
        "open_proof": proof.to_base64url(),
        "open_proof_sha256": hex(&proof.digest()),
        "fragment": fragment.expose_secret(),
        "message_key": key.expose_secret(),
        "identity_hybrid": hybrid.to_secret_string().expose_secret(),
        "recipient_hybrid": hybrid.to_public().to_string(),
        "identity_x25519": classic.to_secret_string().expose_secret(),
        "recipient_x25519": classic.to_public().to_string(),
    })
}

fn signature(parts: u8) -> Value {
    let secret = LinkSecret::from_bytes(&counting(5));
    let message = MessageId::from_bytes(counting(6));
    let recipient = RecipientId::from_bytes(counting(7));
    let reply = ReplyId::from_bytes(counting(8));
    let digests: Vec<[u8; 32]> = (0..parts).map(|part| sha256_of(&[&[part]])).collect();
    let input = reply_signing_input(message, recipient, reply, &digests);
    json!({
        "link_secret": hex(secret.expose_secret()),
        "message_id": message.to_string(),
        "recipient_id": recipient.to_string(),
        "reply_id": reply.to_string(),
        "part_sha256": digests.iter().map(|digest| hex(digest)).collect::<Vec<_>>(),
        "signing_input": hex(&input),
        "signature": hex(&secret.reply_signer(message, recipient).sign(&input)),
    })
}

fn wrap() -> Value {
    let id = seal::KeyId::from_bytes(counting(9));
    let message = MessageId::from_bytes(counting(6));
    let recipient = RecipientId::from_bytes(counting(7));
    let context = share_context(message, recipient, Profile::Hybrid, 1_800_000_000);
    let place = Place {
        field: "grants.share",
        record: recipient.as_bytes(),
        context: &context,
    };
    let key = WrapKey::new(id, "share", &counting(10));
    json!({
        "key_id": id.to_string(),
        "key": hex(&counting::<32>(10)),
        "purpose": "share",
        "field": place.field,
        "record": hex(place.record),
        "context": hex(&context),
        "plaintext": hex(&counting::<32>(11)),
        "wrapped": hex(&key.seal(&place, &counting::<32>(11), &Counting)),
    })
}

/// Sealed files carry fresh random octets, so they are written once and only opened afterwards.
fn sealed_file(profile: Profile, length: usize) -> Value {
    let seed = Seed::from_bytes(&counting(64));
    let identity = Identity::from_seed(profile, &seed);
    let plaintext: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
    let mut sealer = Sealer::new(&identity.to_public(), Vec::new()).expect("header");
    sealer.write_all(&plaintext).expect("memory takes all");
    let (file, _) = sealer.finish().expect("memory takes all");
    json!({
        "profile": profile.as_str(),
        "seed": hex(seed.expose_secret()),
        "plaintext_length": length,
        "plaintext_rule": "octet n is n mod 251",
        "plaintext_sha256": hex(&sha256_of(&[&plaintext])),
        "file_base64": BASE64_STANDARD.encode(file),
    })
}

/// As sealed files: written once, opened ever after.
fn escrow_grant(offline: Profile, profile: Profile) -> Value {
    let keys =
        [3, 4].map(|start| Identity::from_seed(offline, &Seed::from_bytes(&counting(start))));
    let recipients: Vec<_> = keys.iter().map(Identity::to_public).collect();
    let message = MessageId::from_bytes(counting(6));
    let seed = Seed::from_bytes(&counting(64));
    let identity = Identity::from_seed(profile, &seed).to_secret_string();
    let sealed = EscrowKeys::new(recipients).expect("two keys of a kind");
    let (file, _) = sealed
        .seal(message, profile, &seed, Vec::new())
        .expect("memory takes all");
    json!({
        "offline_identities": keys.map(|key| key.to_secret_string().expose_secret().to_owned()),
        "message_id": message.to_string(),
        "identity": identity.expose_secret(),
        "plaintext": format!(
            "# Sealpost escrow grant 1\n# message: {message}\n{}\n", identity.expose_secret()
        ),
        "file_base64": BASE64_STANDARD.encode(file),
    })
}

/// As sealed files: written once, opened ever after. To the recipient and message of `grant(0)`.
fn sent_copy(profile: Profile) -> Value {
    let secret = LinkSecret::from_bytes(&counting(0));
    let seed = Seed::from_bytes(&counting(64));
    let message = MessageId::from_bytes(counting(1));
    let recipient = RecipientId::from_bytes(counting(101));
    let reply = ReplyId::from_bytes(counting(8));
    let copy = Identity::from_seed(profile, &secret.copy_seed(&seed, message, recipient));
    let document = json!({
        "format": 1,
        "reply_id": reply.to_string(),
        "message_id": message.to_string(),
        "recipient_id": recipient.to_string(),
        "created_at": "2026-11-28T11:00:00Z",
        "to": ["clinic@example.org"],
        "text": "I will come on Thursday.\n",
        "cut": false,
        "files": [{ "name": "form.pdf", "type": "application/pdf", "size": 4 }],
    });
    let octets = serde_json::to_vec(&document).expect("JSON");
    let (file, _) =
        seal::seal_padded(&copy.to_public(), &octets, Vec::new()).expect("memory takes all");
    json!({
        "profile": profile.as_str(),
        "link_secret": hex(secret.expose_secret()),
        "seed": hex(seed.expose_secret()),
        "message_id": message.to_string(),
        "recipient_id": recipient.to_string(),
        "reply_id": reply.to_string(),
        "document": document,
        "file_base64": BASE64_STANDARD.encode(file),
    })
}

fn derived() -> Value {
    let padme = [
        0_u64, 1, 2, 9, 100, 1000, 4097, 65_537, 1_000_000, 50_000_001,
    ]
    .map(|length| json!([length, padme(length)]));
    json!({
        "about": "Sealpost format 1; see FORMAT.md. Hex unless said otherwise.",
        "grants": [grant(0), grant(77), grant(200)],
        "reply_signatures": [signature(1), signature(3)],
        "wraps": [wrap()],
        "padme": padme,
    })
}

#[test]
fn the_format_gives_the_octets_that_are_written_down() {
    let mut derived = derived();
    if std::env::var_os("SEALPOST_WRITE_VECTORS").is_some() {
        let files: Vec<Value> = [Profile::Hybrid, Profile::X25519]
            .into_iter()
            .flat_map(|profile| [0, 1, 65_536, 65_537].map(|length| sealed_file(profile, length)))
            .collect();
        derived["files"] = json!(files);
        derived["escrow_grants"] = json!([
            escrow_grant(Profile::Hybrid, Profile::Hybrid),
            escrow_grant(Profile::X25519, Profile::X25519),
            escrow_grant(Profile::Hybrid, Profile::X25519),
        ]);
        derived["sent_copies"] = json!([Profile::Hybrid, Profile::X25519].map(sent_copy));
        let text = serde_json::to_string_pretty(&derived).expect("JSON") + "\n";
        std::fs::write(path(), text).expect("vectors written");
        return;
    }
    let mut kept: Value =
        serde_json::from_slice(&std::fs::read(path()).expect("vectors")).expect("JSON");
    for written_once in ["files", "escrow_grants", "sent_copies"] {
        kept.as_object_mut()
            .expect("an object")
            .remove(written_once);
    }
    assert_eq!(derived, kept);
}

#[test]
fn the_sealed_files_that_are_written_down_open() {
    let kept: Value =
        serde_json::from_slice(&std::fs::read(path()).expect("vectors")).expect("JSON");
    let files = kept["files"].as_array().expect("files");
    assert_eq!(files.len(), 8);
    for file in files {
        let profile: Profile = file["profile"]
            .as_str()
            .expect("text")
            .parse()
            .expect("profile");
        let identity = Identity::from_seed(profile, &Seed::from_bytes(&counting(64)));
        let sealed = BASE64_STANDARD
            .decode(file["file_base64"].as_str().expect("text"))
            .expect("base64");
        let plaintext = seal::open(&identity, &sealed).expect("opens");
        assert_eq!(file["plaintext_length"], plaintext.len());
        assert_eq!(file["plaintext_sha256"], hex(&sha256_of(&[&plaintext])));
    }
}

#[test]
fn the_escrow_grants_that_are_written_down_open_with_either_key() {
    let kept: Value =
        serde_json::from_slice(&std::fs::read(path()).expect("vectors")).expect("JSON");
    let grants = kept["escrow_grants"].as_array().expect("grants");
    assert_eq!(grants.len(), 3);
    for grant in grants {
        let text = |member: &str| grant[member].as_str().expect("text").to_owned();
        let sealed = BASE64_STANDARD.decode(text("file_base64")).expect("base64");
        let keys = grant["offline_identities"].as_array().expect("identities");
        assert_eq!(keys.len(), 2);
        for key in keys {
            let key: Identity = key.as_str().expect("text").parse().expect("identity");
            let plaintext = seal::open(&key, &sealed).expect("opens");
            assert_eq!(
                String::from_utf8(plaintext).expect("text"),
                text("plaintext")
            );
            let opened = EscrowGrant::open(&[key], &sealed).expect("opens");
            assert_eq!(opened.message.to_string(), text("message_id"));
            let identity = opened.identity.to_secret_string();
            assert_eq!(identity.expose_secret(), text("identity"));
        }
    }
}

#[test]
fn the_copies_of_replies_that_are_written_down_open_for_their_recipient_alone() {
    let kept: Value =
        serde_json::from_slice(&std::fs::read(path()).expect("vectors")).expect("JSON");
    let copies = kept["sent_copies"].as_array().expect("copies");
    assert_eq!(copies.len(), 2);
    let secret = LinkSecret::from_bytes(&counting(0));
    let seed = Seed::from_bytes(&counting(64));
    for copy in copies {
        let text = |member: &str| copy[member].as_str().expect("text");
        let profile: Profile = text("profile").parse().expect("profile");
        let message: MessageId = text("message_id").parse().expect("id");
        let recipient: RecipientId = text("recipient_id").parse().expect("id");
        let sealed = BASE64_STANDARD.decode(text("file_base64")).expect("base64");
        let own = Identity::from_seed(profile, &secret.copy_seed(&seed, message, recipient));
        let plaintext = seal::open(&own, &sealed).expect("opens");
        assert_eq!(
            plaintext.len() as u64,
            padme(plaintext.len() as u64),
            "padded"
        );
        let document: Value = serde_json::from_slice(&plaintext).expect("JSON");
        assert_eq!(document, copy["document"]);
        let message_identity = Identity::from_seed(profile, &seed);
        assert!(seal::open(&message_identity, &sealed).is_err());
        let other = LinkSecret::from_bytes(&counting(1)).copy_seed(&seed, message, recipient);
        assert!(seal::open(&Identity::from_seed(profile, &other), &sealed).is_err());
    }
}
