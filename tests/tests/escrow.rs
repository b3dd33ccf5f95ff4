//! What `sealpost escrow` stands on: identity files, exports from a real store, bundles that were
//! tampered with. The journey is in `journeys/escrow.test.mjs`.

use std::fs::{self, Permissions, set_permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use mail::view::{KeepingPolicy, Organisation, ViewDocument, ViewFacts};
use mail::{ReversePath, TagRule};
use seal::{
    ContentId, EscrowKeys, Handle, Identity, KeyId, MessageId, Profile, RecipientId, Sealer, Seed,
    SystemRandom, seal_padded, sha256_of,
};
use sealpost::escrow::{Bundle, BundleError, ExportError, Exportable, Named, identity_file};
use serde_json::Value;
use store::sqlite::{Options, SqliteStore};
use store::{
    Capture, CaptureKeys, ContentKind, Disposition, HeldMessage, Mentions, NewRecipient,
    StagedContent, Store,
};

const CONTENT: &[u8] = b"Subject: [secure] x\r\n\r\nDear reader,\r\n";

/// An identity of the public vectors, as text.
fn identity_text(n: usize) -> String {
    let vectors = include_str!("../../keystore/seal/vectors/format-1.json");
    let vectors: Value = serde_json::from_str(vectors).expect("JSON");
    let text = vectors["grants"][n]["identity_x25519"].as_str();
    text.expect("text").to_owned()
}

fn offline(n: usize) -> Identity {
    identity_text(n).parse().expect("an identity")
}

/// The three sealed files of one message, as intake makes them.
struct Sealed {
    id: MessageId,
    files: [(&'static str, ContentKind, Vec<u8>); 3],
}

fn sealed(profile: Profile) -> Sealed {
    let random = SystemRandom::new();
    let id = MessageId::generate(1_790_000_000_000, &random);
    let seed = Seed::generate(&random);
    let to = Identity::from_seed(profile, &seed).to_public();
    let mut sealer = Sealer::new(&to, Vec::new()).expect("header");
    sealer.write_all(CONTENT).expect("memory takes all");
    let (message, about) = sealer.finish().expect("memory takes all");
    let view = ViewDocument::new(
        mail::parse(CONTENT, &TagRule::default()).expect("a mail"),
        ViewFacts {
            message_id: id.to_string(),
            profile: profile.as_str().to_owned(),
            captured_at: "2026-11-22T12:00:00Z".parse().expect("instant"),
            expires_at: "2026-12-22T12:00:00Z".parse().expect("instant"),
            organisation: Organisation {
                name: "Example Trust".to_owned(),
                phone: "01632 960000".to_owned(),
            },
            sender: &ReversePath::Null,
            recipients: &[],
            sealed_size: about.size,
            sealed_sha256: about.sha256,
            reply_recipient: String::new(),
            reply_key_id: String::new(),
            reply_to: &[],
            policy: KeepingPolicy { escrow: true },
        },
    );
    let (view, _) = seal_padded(&to, &view.to_json(), Vec::new()).expect("memory takes all");
    let keys = EscrowKeys::new(vec![offline(0).to_public()]).expect("a key");
    let (grant, _) = keys.seal(id, profile, &seed, Vec::new()).expect("sealed");
    Sealed {
        id,
        files: [
            ("message.age", ContentKind::Message, message),
            ("view.age", ContentKind::View, view),
            ("escrow.age", ContentKind::Escrow, grant),
        ],
    }
}

impl Sealed {
    fn write(&self, folder: &Path) {
        for (name, _, octets) in &self.files {
            fs::write(folder.join(name), octets).expect("written");
        }
    }

    fn stage(&self, store: &SqliteStore, wanted: ContentKind) -> StagedContent {
        let octets = self.files.iter().find(|(_, kind, _)| *kind == wanted);
        let id = ContentId::generate(1_790_000_000_000, &SystemRandom::new());
        let mut writer = store.stage(id, wanted).expect("a stage");
        writer
            .write_all(&octets.expect("a file").2)
            .expect("staged");
        writer.finish().expect("staged")
    }

    /// Into a store, with its grant or without, held or relayed. Returns recipient and handle.
    async fn capture(
        &self,
        store: &SqliteStore,
        escrow: bool,
        held: bool,
    ) -> (RecipientId, Handle) {
        let random = SystemRandom::new();
        let id = RecipientId::generate(1_790_000_000_000, &random);
        let handle = Handle::generate(&random);
        let now = "2026-11-22T12:00:00Z".parse().expect("instant");
        let capture = Capture {
            id: self.id,
            captured_at: now,
            sender: vec![1],
            message_id_index: None,
            content_index: [1; 32],
            earlier_indexes: Vec::new(),
            mentions: Mentions::default(),
            keys: CaptureKeys {
                lookup: KeyId::from_bytes([1; 16]),
                reply: held.then(|| KeyId::from_bytes([2; 16])),
                spool: None,
            },
            held: held.then(|| HeldMessage {
                profile: Profile::Hybrid,
                expires_at: "2026-12-22T12:00:00Z".parse().expect("instant"),
                view: self.stage(store, ContentKind::View),
                message: self.stage(store, ContentKind::Message),
                escrow: escrow.then(|| self.stage(store, ContentKind::Escrow)),
            }),
            spool: None,
            recipients: vec![NewRecipient {
                id,
                address: vec![1],
                address_index: [1; 32],
                disposition: match held {
                    true => Disposition::Held {
                        handle,
                        share: Some(vec![1]),
                        proof_digest: [1; 32],
                        reply_public: [1; 32],
                        reply_token_index: sha256_of(&[handle.as_bytes()]),
                    },
                    false => Disposition::Relayed,
                },
            }],
            tasks: Vec::new(),
        };
        let _stored = store.capture(capture).await.expect("committed");
        (id, handle)
    }
}

#[test]
fn an_identity_file_is_made_for_its_owner_alone_once_and_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("org.key");
    identity_file::create(&path, &identity_text(0)).expect("made");
    let mode = fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(identity_file::read(&path).expect("read").len(), 1);
    let again = identity_file::create(&path, "other").expect_err("never overwritten");
    assert!(again.to_string().contains("exists"), "{again}");
    assert_eq!(fs::read_to_string(&path).expect("there"), identity_text(0));
}

#[test]
fn an_identity_file_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("org.key");
    identity_file::create(&path, &identity_text(0)).expect("made");
    let set = |mode| set_permissions(&path, Permissions::from_mode(mode)).expect("set");
    for mode in [0o604, 0o640, 0o601, 0o660] {
        set(mode);
        let error = identity_file::read(&path).err().expect("a refusal");
        assert!(error.to_string().contains("chmod 600"), "{mode:o}: {error}");
    }
    for mode in [0o600, 0o400] {
        set(mode);
        assert!(identity_file::read(&path).is_ok(), "{mode:o}");
    }
}

#[test]
fn what_is_no_identity_file_is_refused_with_its_name_and_at_its_limit() {
    const LONGEST: usize = 64 * 1024;
    let read = |octets: &[u8]| identity_file::read_from(octets, Path::new("org.key"));
    let refused = |octets: &[u8]| read(octets).err().expect("a refusal").to_string();
    assert!(refused(b"").contains("org.key: holds no identity"));
    assert!(refused(b"\xFF\xFE").contains("org.key: is no identity file"));
    let start = format!("{}\n#", identity_text(0));
    let padded = |length: usize| format!("{start}{}", "x".repeat(length - start.len()));
    assert!(read(padded(LONGEST).as_bytes()).is_ok());
    assert!(refused(padded(LONGEST + 1).as_bytes()).contains("is no identity file"));
}

#[test]
fn a_bundle_opens_and_no_flipped_octet_of_any_file_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, key) = (folder.path(), [offline(0)]);
    let open = || Bundle::read(path).expect("read").open(&key);
    // X25519 throughout, so that every octet can be tried.
    let sealed = sealed(Profile::X25519);
    sealed.write(path);
    let (id, letter) = open().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((id, letter.content.as_slice()), (sealed.id, CONTENT));
    assert!(letter.view.policy.escrow);
    for (name, kind, octets) in &sealed.files {
        for at in 0..octets.len() {
            let mut changed = octets.clone();
            changed[at] ^= 1;
            fs::write(path.join(name), &changed).expect("written");
            let error = open().err().expect("a refusal");
            match kind {
                ContentKind::Escrow => assert!(matches!(error, BundleError::Grant), "{at}"),
                _ => assert!(matches!(error, BundleError::Damaged), "{name} {at}"),
            }
        }
        fs::write(path.join(name), &octets[..octets.len() - 1]).expect("written");
        assert!(open().is_err(), "{name} cut");
        fs::remove_file(path.join(name)).expect("removed");
        assert!(
            Bundle::read(path)
                .err()
                .expect("missing")
                .to_string()
                .contains(name)
        );
        fs::write(path.join(name), octets).expect("written");
    }
    assert!(open().is_ok());
    let other = Bundle::read(path).expect("read").open(&[offline(1)]);
    assert!(matches!(other.err(), Some(BundleError::Grant)));
}

#[test]
fn a_bundle_of_two_messages_does_not_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let [one, two] = [sealed(Profile::Hybrid), sealed(Profile::Hybrid)];
    for (name, _, octets) in &two.files {
        one.write(folder.path());
        fs::write(folder.path().join(name), octets).expect("written");
        let bundle = Bundle::read(folder.path()).expect("read");
        let error = bundle.open(&[offline(0)]).err();
        assert!(matches!(error, Some(BundleError::Damaged)), "{name}");
    }
    two.write(folder.path());
    assert!(
        Bundle::read(folder.path())
            .expect("read")
            .open(&[offline(0)])
            .is_ok()
    );
}

/// A grant that is sealed to the right key for the right identity, but says another message.
#[test]
fn a_grant_that_names_another_message_does_not_open_this_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let sealed = sealed(Profile::X25519);
    sealed.write(folder.path());
    let grant = seal::open(&offline(0), &sealed.files[2].2).expect("opens");
    let grant = String::from_utf8(grant).expect("text");
    let id = sealed.id.to_string();
    for (other, opens) in [(id.clone(), true), (id.replace("7", "8"), false)] {
        let text = grant.replace(&id, &other);
        let mut sealer = Sealer::new(&offline(0).to_public(), Vec::new()).expect("header");
        sealer.write_all(text.as_bytes()).expect("memory takes all");
        let (octets, _) = sealer.finish().expect("memory takes all");
        fs::write(folder.path().join("escrow.age"), octets).expect("written");
        let bundle = Bundle::read(folder.path()).expect("read");
        assert_eq!(bundle.open(&[offline(0)]).is_ok(), opens, "{other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_message_is_exported_by_each_of_its_names_and_over_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("data");
    fs::create_dir(&path).expect("made");
    let store = SqliteStore::open(&path, Options::default()).expect("a store");
    let sealed = sealed(Profile::Hybrid);
    let (recipient, handle) = sealed.capture(&store, true, true).await;
    let simple = recipient.as_uuid().simple();
    for (n, name) in [
        sealed.id.to_string(),
        format!("<{simple}.notice@secure.example.org>"),
        format!("https://secure.example.org/m/{handle}"),
    ]
    .iter()
    .enumerate()
    {
        let named: Named = name.parse().expect("a name");
        let found = named.find(&store).await.expect("looked up");
        assert_eq!(found, Some(sealed.id), "{name}");
        let export = Exportable::find(&store, sealed.id)
            .await
            .expect("exportable");
        let out = folder.path().join(format!("bundle-{n}"));
        export.write(&store, &out).await.expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&out), 0o700);
        for (file, _, octets) in &sealed.files {
            assert_eq!(&fs::read(out.join(file)).expect("there"), octets, "{file}");
            assert_eq!(mode(&out.join(file)), 0o600);
        }
        let readme = fs::read_to_string(out.join("README.txt")).expect("there");
        assert!(
            readme.contains(&sealed.id.to_string()) && !readme.contains('{'),
            "{readme}"
        );
        assert!(readme.contains("age (1.3 or newer"), "{readme}");
        let bundle = Bundle::read(&out).expect("read");
        assert!(bundle.open(&[offline(0)]).is_ok());

        fs::write(out.join("README.txt"), "mine").expect("written");
        let again = export
            .write(&store, &out)
            .await
            .expect_err("never over another");
        assert!(matches!(again, ExportError::File { .. }), "{again}");
        assert_eq!(
            fs::read_to_string(out.join("README.txt")).expect("there"),
            "mine"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_without_a_grant_relayed_over_or_unknown_is_not_exported() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path(), Options::default()).expect("a store");
    let refusal = async |id| Exportable::find(&store, id).await.expect_err("a refusal");
    let [unknown, without, relayed, over] = [(); 4].map(|()| sealed(Profile::Hybrid));
    assert!(matches!(refusal(unknown.id).await, ExportError::Unknown));
    let unknown = Named::Id(unknown.id.as_uuid()).find(&store).await;
    assert_eq!(unknown.expect("looked up"), None);
    without.capture(&store, false, true).await;
    assert!(matches!(refusal(without.id).await, ExportError::NoGrant));
    relayed.capture(&store, false, false).await;
    assert!(matches!(refusal(relayed.id).await, ExportError::NotHeld));

    over.capture(&store, true, true).await;
    let export = Exportable::find(&store, over.id)
        .await
        .expect("not over yet");
    let later = "2026-12-23T12:00:00Z".parse().expect("instant");
    store.expire(over.id, later).await.expect("expired");
    assert!(matches!(refusal(over.id).await, ExportError::Over));
    // And when it ends between the look and the reading, nothing half written stays.
    let out = folder.path().join("bundle");
    let error = export.write(&store, &out).await.expect_err("too late");
    assert!(matches!(error, ExportError::Over), "{error}");
    assert!(!out.exists());
}
