//! Where the root secret and the viewer's credential rest, and what is refused there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use keystore::{
    Credential, Custody, FileCustody, KeystoreError, MIN_PASSPHRASE, Passphrase, PassphraseCustody,
    RootSecret, SystemdCustody,
};

use crate::fixture::{Fixture, checked, noon, random};

fn error_of(custody: &dyn Custody) -> KeystoreError {
    custody.unlock().err().expect("a refusal")
}

fn private(path: &Path, text: impl AsRef<[u8]>) {
    fs::write(path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("mode");
}

#[test]
fn a_secret_comes_back_from_its_file() {
    let fixture = Fixture::new();
    let custody = FileCustody::new(fixture.root_path());
    let Ok(Credential::Root(root)) = custody.unlock() else {
        panic!("a root secret");
    };
    assert_eq!(root.id(), fixture.root().id());
    assert_eq!(root.id().len(), 16);
    assert_eq!(
        custody.describe(),
        fixture.root_path().display().to_string()
    );
    let viewer = FileCustody::new(fixture.viewer_path()).unlock();
    assert!(matches!(viewer, Ok(Credential::Viewer(_))));
    let mode = fs::metadata(fixture.root_path())
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o600);
}

#[test]
fn a_secret_that_is_cut_changed_or_doubled_is_refused() {
    let fixture = Fixture::new();
    let path = fixture.path().join("bad.key");
    for whole in [fixture.root_path(), fixture.viewer_path()] {
        let text = fs::read_to_string(whole).expect("text");
        for length in 0..text.len() - 1 {
            private(&path, &text[..length]);
            checked(&error_of(&FileCustody::new(&path)), &path);
        }
        for bad in [
            text.repeat(2),
            format!("{text}{text}"),
            format!(" {text}"),
            format!("{}A\n", text.trim_end()),
            text.to_lowercase(),
            text.replace("-1 ", "-2 "),
            text.replace("SEALPOST", "\u{1b}[2J"),
        ] {
            private(&path, bad);
            checked(&error_of(&FileCustody::new(&path)), &path);
        }
        // The control, with what editors add.
        private(&path, format!("{}\r\n\n", text.trim_end()));
        assert!(FileCustody::new(&path).unlock().is_ok());
    }
    private(&path, b"\xff\xfe");
    checked(&error_of(&FileCustody::new(&path)), &path);
    private(&path, vec![b'A'; 1 << 20]);
    checked(&error_of(&FileCustody::new(&path)), &path);
}

#[test]
fn no_bit_of_a_secret_can_be_changed() {
    let fixture = Fixture::new();
    let text = fs::read(fixture.root_path()).expect("text");
    for at in 0..text.len() - 1 {
        let mut changed = text.clone();
        changed[at] ^= 1;
        private(&fixture.root_path(), &changed);
        let error = fixture
            .gateway_process()
            .err()
            .expect("a refusal")
            .to_string();
        assert!(!error.contains('\n'), "octet {at}: {error:?}");
    }
}

#[test]
fn the_secrets_of_the_two_roles_do_not_stand_in_for_each_other() {
    let fixture = Fixture::new();
    let viewer = fs::read_to_string(fixture.viewer_path()).expect("text");
    // The viewer's octets under the root's name are another root secret.
    private(&fixture.root_path(), viewer.replace("VIEWER", "ROOT"));
    let text = fixture.refusal(&fixture.ring_path());
    assert!(text.contains("another root secret"), "{text}");
    let root = fs::read_to_string(fixture.path().join("root.key")).expect("text");
    private(&fixture.viewer_path(), root.replace("ROOT", "VIEWER"));
    assert!(
        fixture.viewer_process().is_ok(),
        "the same octets again: the control"
    );
    private(
        &fixture.viewer_path(),
        Fixture::new().root().viewer().expose_text().as_bytes(),
    );
    fixture.viewer_refusal(&fixture.ring_path());
}

fn passphrase(text: &str) -> Passphrase {
    text.to_owned().into()
}

fn behind(path: &Path, text: &'static str) -> PassphraseCustody {
    PassphraseCustody::new(path, Box::new(move |_| Ok(passphrase(text))))
}

const RIGHT: &str = "six random words are a good one";

#[test]
fn a_secret_behind_a_passphrase_opens_with_the_right_one_only() {
    let fixture = Fixture::new();
    let path = fixture.path().join("root.age");
    PassphraseCustody::create(&path, &fixture.root(), &passphrase(RIGHT)).expect("made");
    let text = fs::read_to_string(&path).expect("armour");
    assert!(text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
    assert_eq!(
        fs::metadata(&path).expect("there").permissions().mode() & 0o7777,
        0o600
    );
    let again = PassphraseCustody::create(&path, &fixture.root(), &passphrase(RIGHT));
    assert!(matches!(again, Err(KeystoreError::Exists(_))));

    let Ok(Credential::Root(root)) = behind(&path, RIGHT).unlock() else {
        panic!("a root secret");
    };
    assert!(fixture.folder().read_all(&root, noon()).is_ok());

    let error = error_of(&behind(&path, "six random words are a good two"));
    assert!(matches!(error, KeystoreError::WrongPassphrase(_)));
    checked(&error, &path);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("mode");
    checked(&error_of(&behind(&path, RIGHT)), &path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode");

    for length in (0..text.len() - 1).step_by(61) {
        private(&path, &text[..length]);
        checked(&error_of(&behind(&path, RIGHT)), &path);
    }
    private(&path, text.replacen("-----\n", "-----\nAAAA", 1));
    checked(&error_of(&behind(&path, RIGHT)), &path);
    fs::remove_file(&path).expect("removed");
    checked(&error_of(&behind(&path, RIGHT)), &path);
    assert!(!path.exists());
}

#[test]
fn a_passphrase_has_sixteen_characters_at_least() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = RootSecret::generate(&random());
    // Characters, not octets.
    let short = "ä".repeat(MIN_PASSPHRASE - 1);
    let path = folder.path().join("short.age");
    let error = PassphraseCustody::create(&path, &root, &passphrase(&short));
    assert!(matches!(error, Err(KeystoreError::WeakPassphrase)));
    assert!(!path.exists());
    let enough = "ä".repeat(MIN_PASSPHRASE);
    assert!(PassphraseCustody::create(&path, &root, &passphrase(&enough)).is_ok());
}

#[test]
fn without_a_passphrase_it_is_said_what_for() {
    let fixture = Fixture::new();
    let path = fixture.path().join("root.age");
    PassphraseCustody::create(&path, &fixture.root(), &passphrase(RIGHT)).expect("made");
    let ask = Box::new(|_: &str| Err(std::io::Error::other("there is no terminal")));
    let text = error_of(&PassphraseCustody::new(&path, ask)).to_string();
    assert!(
        text.contains("root.age needs a passphrase: there is no terminal"),
        "{text}"
    );
}

#[test]
fn an_age_file_that_is_sealed_otherwise_is_refused_before_anybody_is_asked() {
    let fixture = Fixture::new();
    let path = fixture.path().join("root.age");
    let to = age::x25519::Identity::generate().to_public();
    let text = fixture.root().expose_text();
    let sealed = age::encrypt_and_armor(&to, text.as_bytes()).expect("sealed");
    private(&path, sealed);
    let ask = Box::new(|_: &str| -> std::io::Result<Passphrase> { panic!("nobody is asked") });
    let error = error_of(&PassphraseCustody::new(&path, ask));
    let text = checked(&error, &path);
    assert!(text.contains("not sealed by a passphrase"), "{text}");
}

fn systemd(name: &str, folder: Option<PathBuf>) -> SystemdCustody {
    SystemdCustody::new(name, folder)
}

#[test]
fn a_systemd_credential_is_found_by_its_name() {
    let fixture = Fixture::new();
    let folder = fixture.path().join("credentials");
    fs::create_dir(&folder).expect("made");
    let text = fixture.root().expose_text();
    // systemd sets 0440 and the like; that is its business.
    fs::write(folder.join("sealpost.root"), text.as_bytes()).expect("written");
    let found = systemd("sealpost.root", Some(folder.clone()));
    assert!(matches!(found.unlock(), Ok(Credential::Root(_))));
    assert!(found.describe().contains("sealpost.root"));

    let outside = format!("../{}", "root.key");
    for (name, folder) in [
        ("sealpost.other", Some(folder.clone())),
        ("sealpost.root", None),
        ("", Some(folder.clone())),
        ("..", Some(folder.clone())),
        (outside.as_str(), Some(folder.clone())),
        ("a/b", Some(folder.clone())),
    ] {
        let error = error_of(&systemd(name, folder));
        assert!(matches!(error, KeystoreError::NoCredential(_)), "{error}");
        checked(&error, Path::new(name));
    }
    checked(&error_of(&systemd(".", Some(folder.clone()))), &folder);
    fs::write(folder.join("cut"), &text.as_bytes()[..40]).expect("written");
    checked(
        &error_of(&systemd("cut", Some(folder.clone()))),
        &folder.join("cut"),
    );
}

#[test]
fn no_error_tells_a_secret() {
    let fixture = Fixture::new();
    let text = fs::read_to_string(fixture.root_path()).expect("text");
    let secret = text.trim().split_once(' ').expect("two words").1;
    for bad in [
        text.replace("ROOT-1", "ROOT-9"),
        format!("{}!\n", text.trim_end()),
        format!("{}\n", &text[..text.len() - 4]),
    ] {
        private(&fixture.root_path(), bad);
        let error = error_of(&FileCustody::new(fixture.root_path()));
        assert!(!format!("{error} {error:?}").contains(&secret[..8]));
    }
}
