//! Files and folders with more rights than they should have, or of another owner (K7).

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use keystore::{Custody, KeystoreError};

use crate::fixture::{Fixture, checked};

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("mode");
}

#[test]
fn a_ring_may_be_read_by_its_group_and_by_nobody_else() {
    let fixture = Fixture::new();
    for (allowed, bits) in [
        (true, 0o600),
        (true, 0o400),
        (true, 0o640),
        (true, 0o440),
        (false, 0o660),
        (false, 0o620),
        (false, 0o644),
        (false, 0o604),
        (false, 0o650),
        (false, 0o602),
    ] {
        mode(&fixture.ring_path(), bits);
        assert_eq!(fixture.gateway_process().is_ok(), allowed, "{bits:o}");
        if !allowed {
            assert!(fixture.refusal(&fixture.ring_path()).contains("chmod 0640"));
            fixture.viewer_refusal(&fixture.ring_path());
        }
    }
}

#[test]
fn a_folder_may_be_read_by_its_group_and_by_nobody_else() {
    let fixture = Fixture::new();
    for (allowed, bits) in [
        (true, 0o700),
        (true, 0o750),
        (true, 0o710),
        (false, 0o701),
        (false, 0o755),
        (false, 0o770),
        (false, 0o720),
    ] {
        mode(&fixture.keys_path(), bits);
        assert_eq!(fixture.gateway_process().is_ok(), allowed, "{bits:o}");
        if !allowed {
            assert!(fixture.refusal(&fixture.keys_path()).contains("chmod 0750"));
        }
    }
}

#[test]
fn a_credential_is_its_owners_alone() {
    let fixture = Fixture::new();
    for (allowed, bits) in [
        (true, 0o600),
        (true, 0o400),
        (false, 0o640),
        (false, 0o604),
        (false, 0o610),
        (false, 0o601),
    ] {
        mode(&fixture.root_path(), bits);
        mode(&fixture.viewer_path(), bits);
        assert_eq!(fixture.gateway_process().is_ok(), allowed, "{bits:o}");
        assert_eq!(fixture.viewer_process().is_ok(), allowed, "{bits:o}");
        if !allowed {
            assert!(fixture.refusal(&fixture.root_path()).contains("chmod 0600"));
            fixture.viewer_refusal(&fixture.viewer_path());
        }
    }
}

/// Only root can give a file away. Without root this shows that the system forbids it; what is
/// then decided is in the unit tests of `files.rs`, whoever runs them.
#[test]
fn a_strangers_file_is_refused() {
    let fixture = Fixture::new();
    for path in [
        fixture.root_path(),
        fixture.ring_path(),
        fixture.keys_path(),
    ] {
        let ours = fs::metadata(&path).expect("there").uid();
        match chown(&path, Some(12345), None) {
            Ok(()) => {
                let text = fixture.refusal(&path);
                assert!(text.contains("belongs to user 12345"), "{text}");
                chown(&path, Some(ours), None).expect("given back");
                assert!(fixture.gateway_process().is_ok());
            }
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied),
        }
    }
}

#[test]
fn the_record_of_acts_is_its_owners_alone() {
    let fixture = Fixture::new();
    let path = fixture.folder().acts_path();
    let before = fixture.ring_text();
    mode(&path, 0o640);
    let error = fixture.folder().begin_rotation(
        &fixture.root(),
        keystore::Purpose::Reply,
        &keystore::Actor::SCHEDULE,
        crate::fixture::noon(),
        &crate::fixture::random(),
    );
    checked(&error.expect_err("a refusal"), &path);
    assert_eq!(
        fixture.ring_text(),
        before,
        "what is not on record is not done"
    );
}

#[test]
fn a_new_ring_has_the_rights_of_the_old_one() {
    let fixture = Fixture::new();
    for bits in [0o600, 0o640] {
        mode(&fixture.ring_path(), bits);
        fixture.rotate(keystore::Purpose::Reply);
        let now = fs::metadata(fixture.ring_path()).expect("there").mode();
        assert_eq!(now & 0o7777, bits);
    }
}

/// An operator who works as root leaves nothing behind that keeps the keystore's own user out.
#[test]
fn what_root_writes_belongs_to_the_keystores_user() {
    let fixture = Fixture::new();
    let keys = fixture.keys_path();
    let lock = keys.join("lock");
    fs::remove_file(&lock).expect("removed");
    let given = [keys.clone(), fixture.ring_path()].map(|path| chown(path, Some(12345), None));
    if given.iter().all(Result::is_ok) {
        mode(&keys, 0o750);
        mode(&fixture.ring_path(), 0o640);
        fixture.rotate(keystore::Purpose::Reply);
        for path in [lock, fixture.ring_path()] {
            assert_eq!(
                fs::metadata(&path).expect("there").uid(),
                12345,
                "{}",
                path.display()
            );
        }
    } else {
        fixture.rotate(keystore::Purpose::Reply);
        let ours = fs::metadata(&keys).expect("there").uid();
        assert_eq!(fs::metadata(&lock).expect("there").uid(), ours);
    }
}

#[test]
fn a_folder_in_the_place_of_a_file_is_refused() {
    let fixture = Fixture::new();
    fs::remove_file(fixture.ring_path()).expect("removed");
    fs::create_dir(fixture.ring_path()).expect("made");
    mode(&fixture.ring_path(), 0o700);
    fixture.refusal(&fixture.ring_path());

    let folder = fixture.path().join("folder.key");
    fs::create_dir(&folder).expect("made");
    mode(&folder, 0o700);
    let error = keystore::FileCustody::new(&folder).unlock().err();
    let error = error.expect("a refusal");
    assert!(matches!(error, KeystoreError::Malformed { .. }));
    checked(&error, &folder);
}
