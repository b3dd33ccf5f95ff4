//! Many who change one keystore at the same time: no change is lost and every record verifies.

use std::collections::BTreeSet;
use std::process::Command;

use keystore::{
    Act, Actor, Custody, FileCustody, Folder, KeyState, KeystoreError, Purpose, Unneeded,
};

use crate::fixture::{Fixture, at, noon, random};

const BUSY: Actor<'static> = Actor {
    by: "busy",
    reason: None,
};
const PURPOSES: [Purpose; 3] = [Purpose::Reply, Purpose::Audit, Purpose::Share];

/// Rotates, destroys and cuts for a while; returns how many rotations it began.
fn work(folder: &Folder, root_path: &std::path::Path, rounds: usize) -> usize {
    let custody = FileCustody::new(root_path);
    let credential = custody.unlock().expect("root");
    let root = credential.into_root(&custody).expect("root");
    let now = noon();
    let mut begun = 0;
    for round in 0..rounds {
        let purpose = PURPOSES[round % PURPOSES.len()];
        let new = folder.begin_rotation(&root, purpose, &BUSY, now, &random());
        begun += usize::from(new.expect("begun"));
        let behind = folder.promote(&root, purpose, &BUSY, now, &random());
        assert_eq!(behind.expect("promoted"), []);
        folder
            .end_rotation(&root, purpose, &BUSY, now, &random())
            .expect("ended");
        let ring = folder.read_all(&root, now).expect("always whole");
        for key in keystore::facts(&ring) {
            if key.state != KeyState::Retired {
                continue;
            }
            let proof = Unneeded::after_scan(key.id, 0).expect("unneeded");
            match folder.destroy(&root, &proof, &BUSY, now, &random()) {
                // Somebody else was faster.
                Ok(()) | Err(KeystoreError::Unlawful(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
        let cut = folder.cut_share_keys(&root, now, at("2027-01-31"), &random());
        cut.expect("cut");
    }
    begun
}

/// Nothing is lost: each generation has its acts, and the record tells the ring's whole story.
fn check(fixture: &Fixture) {
    let ring = fixture
        .folder()
        .read_all(&fixture.root(), noon())
        .expect("whole");
    let acts = fixture.folder().acts().expect("verifies");
    let generations: BTreeSet<u64> = acts.iter().map(|act| act.generation).collect();
    assert!(generations.iter().copied().eq(1..=ring.generation()));
    let facts = keystore::facts(&ring);
    let count = |wanted: Act| acts.iter().filter(|act| act.act == wanted).count();
    assert_eq!(count(Act::Made), facts.len(), "no key was lost");
    let destroyed = facts.iter().filter(|key| key.state == KeyState::Destroyed);
    assert_eq!(count(Act::Destroyed), destroyed.count());
    assert!(facts.iter().all(|key| key.state != KeyState::Pending) || count(Act::Made) > 0);
    assert!(fixture.gateway_process().is_ok());
}

#[test]
fn threads_lose_nothing_of_each_other() {
    let fixture = Fixture::new();
    let (live, _) = fixture.gateway();
    // It would be waited for.
    drop(live);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| work(&fixture.folder(), &fixture.root_path(), 6));
        }
    });
    check(&fixture);
}

/// This test starts its own program again, with a folder in the environment, as other processes.
#[test]
fn processes_lose_nothing_of_each_other() {
    const FOLDER: &str = "SEALPOST_TEST_KEYSTORE";
    if let Some(path) = std::env::var_os(FOLDER) {
        let path = std::path::PathBuf::from(path);
        work(&Folder::new(path.join("keys")), &path.join("root.key"), 4);
        return;
    }
    let fixture = Fixture::new();
    let program = std::env::current_exe().expect("this program");
    let children: Vec<_> = (0..3)
        .map(|_| {
            Command::new(&program)
                .args(["--exact", "together::processes_lose_nothing_of_each_other"])
                .env(FOLDER, fixture.path())
                .stdout(std::process::Stdio::null())
                .spawn()
                .expect("started")
        })
        .collect();
    for mut child in children {
        assert!(child.wait().expect("ended").success());
    }
    assert!(fixture.generation() > 10, "they did change it");
    check(&fixture);
}

#[test]
fn readers_meet_a_whole_ring_at_every_moment() {
    let fixture = Fixture::new();
    let (live, gateway) = fixture.gateway();
    let done = std::sync::atomic::AtomicBool::new(false);
    let order = std::sync::atomic::Ordering::SeqCst;
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut newest = 0;
                    while !done.load(order) {
                        live.refresh().expect("whole");
                        live.say().ok();
                        let generation = live.generation();
                        assert!(generation >= newest, "never an older one");
                        newest = generation;
                        let wrapped =
                            gateway
                                .metadata
                                .seal(&crate::fixture::PLACE, b"v", &random());
                        let opened = gateway.metadata.open(&crate::fixture::PLACE, &wrapped);
                        assert!(opened.is_ok());
                    }
                })
            })
            .collect();
        for _ in 0..10 {
            fixture.begin(Purpose::Metadata);
            fixture.promote(Purpose::Metadata);
            fixture.end(Purpose::Metadata);
        }
        done.store(true, order);
        for reader in readers {
            reader.join().expect("no reader failed");
        }
    });
    live.refresh().expect("whole");
    assert_eq!(live.generation(), fixture.generation());
}
