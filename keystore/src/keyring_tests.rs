//! The pure steps: each alone, then any of them in any order.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use seal::SystemRandom;

use super::*;
use crate::purpose::Purpose;

fn at(text: &str) -> Timestamp {
    text.parse().expect("instant")
}

fn noon() -> Timestamp {
    at("2026-11-22T12:00:00Z")
}

fn ring() -> Keyring {
    Keyring::new(noon(), at("2027-01-15T00:00:00Z"), &SystemRandom::new())
}

fn unneeded(key: KeyId) -> Unneeded {
    Unneeded::after_scan(key, 0).expect("no uses")
}

#[test]
fn a_new_ring_has_one_active_key_of_each_purpose_and_month() {
    let ring = ring();
    assert_eq!(ring.keys.len(), 8 + 3);
    assert!(ring.keys.iter().all(|key| key.state() == KeyState::Active));
    assert_eq!(ring.all_sealing(Purpose::Share).len(), 3);
    assert_eq!(ring.all_sealing(Purpose::Reply).len(), 1);
}

#[test]
fn the_newest_active_key_seals() {
    let mut ring = ring();
    let old = ring.all_sealing(Purpose::Reply);
    assert!(ring.begin(Purpose::Reply, noon(), &SystemRandom::new()));
    assert_eq!(
        ring.all_sealing(Purpose::Reply),
        old,
        "pending does not seal"
    );
    assert!(ring.promote(Purpose::Reply, noon()));
    assert_ne!(ring.all_sealing(Purpose::Reply), old);
    assert!(
        !ring.promote(Purpose::Reply, noon()),
        "there is nothing left to promote"
    );
}

#[test]
fn a_rotation_that_was_ended_too_early_leaves_no_second_active_key() {
    let mut ring = ring();
    let random = SystemRandom::new();
    ring.begin(Purpose::Reply, noon(), &random);
    assert!(ring.end(Purpose::Reply));
    assert!(ring.begin(Purpose::Reply, noon(), &random));
    ring.promote(Purpose::Reply, noon());
    let active = ring
        .of(Purpose::Reply)
        .filter(|key| key.state() == KeyState::Active);
    assert_eq!(active.count(), 1);
}

#[test]
fn a_proof_about_another_key_destroys_nothing_else() {
    let mut ring = ring();
    let random = SystemRandom::new();
    for purpose in [Purpose::Reply, Purpose::Spool] {
        ring.begin(purpose, noon(), &random);
        ring.promote(purpose, noon());
    }
    let retired = |ring: &Keyring, purpose: Purpose| {
        let found = ring
            .of(purpose)
            .find(|key| key.state() == KeyState::Retired);
        found.map(|key| key.about().id)
    };
    let reply = retired(&ring, Purpose::Reply).expect("a retired key");
    ring.destroy(&unneeded(reply), noon()).expect("destroyed");
    assert_eq!(retired(&ring, Purpose::Reply), None);
    assert!(retired(&ring, Purpose::Spool).is_some());
    assert!(ring.find(reply).expect("its id stays").sealed().is_none());
}

#[test]
fn a_month_that_is_lost_is_not_cut_anew() {
    let mut ring = ring();
    let december: Epoch = "2026-12".parse().expect("a month");
    ring.keys.retain(|key| key.about().epoch != Some(december));
    let horizon = at("2027-02-01T00:00:00Z");
    let before = ring.keys.len();
    let cut = ring.cut(noon(), horizon, &SystemRandom::new());
    assert_eq!(cut, Err(Unlawful::LostShareKey(december)));
    assert_eq!(ring.keys.len(), before);
    // Once its month is over, a lost key stands in nobody's way.
    let january = at("2027-01-01T00:00:00Z");
    let cut = ring
        .cut(january, horizon, &SystemRandom::new())
        .expect("cut");
    assert_eq!(
        cut.iter().map(Epoch::to_string).collect::<Vec<_>>(),
        ["2027-02"]
    );
}

#[test]
fn a_month_is_over_at_midnight_and_not_before() {
    for (now, retired) in [
        ("2026-11-30T23:59:59.999999999Z", 0),
        ("2026-12-01T00:00:00Z", 1),
    ] {
        let mut ring = ring();
        assert_eq!(ring.retire_past_months(at(now)).len(), retired, "{now}");
    }
}

#[test]
fn months_that_were_rotated_are_not_cut_again() {
    let mut ring = ring();
    let random = SystemRandom::new();
    ring.begin(Purpose::Share, noon(), &random);
    ring.promote(Purpose::Share, noon());
    let count = ring.keys.len();
    let cut = ring.cut(noon(), at("2027-01-15T00:00:00Z"), &random);
    assert_eq!(cut, Ok(Vec::new()));
    assert_eq!(ring.keys.len(), count);
}

#[test]
fn ids_of_destroyed_keys_stay_for_four_hundred_days() {
    for (later, kept) in [(0, true), (1, false)] {
        let mut ring = ring();
        let random = SystemRandom::new();
        let mut rotate_and_destroy = |now: Timestamp| {
            let old = ring.all_sealing(Purpose::Reply)[0];
            ring.begin(Purpose::Reply, now, &random);
            ring.promote(Purpose::Reply, now);
            ring.end(Purpose::Reply);
            ring.destroy(&unneeded(old), now).expect("destroyed");
            old
        };
        let first = rotate_and_destroy(noon());
        let day = SignedDuration::from_hours(24);
        rotate_and_destroy(noon() + day * 400 + SignedDuration::from_nanos(later));
        assert_eq!(
            ring.find(first).is_some(),
            kept,
            "{later} ns after 400 days"
        );
    }
}

#[derive(Debug, Clone)]
enum Step {
    Begin(Purpose),
    Promote(Purpose),
    End(Purpose),
    Destroy(prop::sample::Index),
    Cut,
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let purpose = || prop::sample::select(&Purpose::ALL[..]);
    let step = prop_oneof![
        4 => purpose().prop_map(Step::Begin),
        4 => purpose().prop_map(Step::Promote),
        2 => purpose().prop_map(Step::End),
        4 => any::<prop::sample::Index>().prop_map(Step::Destroy),
        2 => Just(Step::Cut),
        2 => (1..24 * 40_i64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..60)
}

type Seen = HashMap<KeyId, (Purpose, Option<Epoch>, KeyState)>;

fn seen(ring: &Keyring) -> Seen {
    let keys = ring.keys.iter();
    keys.map(|key| {
        (
            key.about().id,
            (key.about().purpose, key.about().epoch, key.state()),
        )
    })
    .collect()
}

fn lawful(before: KeyState, after: KeyState) -> bool {
    use KeyState::{Active, Destroyed, Pending, Retired};
    before == after
        || matches!(
            (before, after),
            (Pending, Active | Destroyed) | (Active, Retired) | (Retired, Destroyed)
        )
}

fn check(before: &Seen, ring: &Keyring) -> Result<(), TestCaseError> {
    let ids: HashSet<KeyId> = ring.keys.iter().map(|key| key.about().id).collect();
    prop_assert_eq!(ids.len(), ring.keys.len(), "ids are unique");
    for key in &ring.keys {
        prop_assert_eq!(key.sealed().is_none(), key.state() == KeyState::Destroyed);
    }
    for purpose in Purpose::ALL {
        let mut months = HashSet::new();
        for key in ring
            .of(purpose)
            .filter(|key| key.state() == KeyState::Active)
        {
            prop_assert!(
                months.insert(key.about().epoch),
                "{purpose}: two active keys"
            );
        }
        prop_assert!(!months.is_empty(), "{purpose} has no active key");
    }
    let after = seen(ring);
    for (id, (purpose, epoch, state)) in before {
        match after.get(id) {
            None => prop_assert_eq!(*state, KeyState::Destroyed, "only tombstones go"),
            Some((same, month, now)) => {
                prop_assert_eq!((same, month), (purpose, epoch));
                prop_assert!(lawful(*state, *now), "{state:?} to {now:?}");
            }
        }
    }
    for (id, (.., state)) in &after {
        let new = !before.contains_key(id);
        prop_assert!(!new || matches!(state, KeyState::Pending | KeyState::Active));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_order_of_steps_breaks_a_ring(steps in steps()) {
        let random = SystemRandom::new();
        let mut ring = ring();
        let mut now = noon();
        for step in steps {
            let before = seen(&ring);
            let rotations = ring.rotations.clone();
            let changed = match step {
                Step::Begin(purpose) => ring.begin(purpose, now, &random),
                Step::Promote(purpose) => ring.promote(purpose, now),
                Step::End(purpose) => ring.end(purpose),
                Step::Destroy(index) => {
                    let key = index.get(&ring.keys);
                    let (id, state) = (key.about().id, key.state());
                    let done = ring.destroy(&unneeded(id), now).is_ok();
                    prop_assert_eq!(done, matches!(state, KeyState::Pending | KeyState::Retired));
                    done
                }
                // Months go by only together with the cut that follows them.
                Step::Cut | Step::Wait(_) => {
                    if let Step::Wait(hours) = step {
                        now += SignedDuration::from_hours(hours);
                    }
                    let horizon = now + SignedDuration::from_hours(24 * 60);
                    let cut = ring.cut(now, horizon, &random);
                    prop_assert!(cut.is_ok(), "{cut:?}");
                    let retired = ring.retire_past_months(now);
                    for epoch in months(now, horizon) {
                        prop_assert!(ring.sealing(Purpose::Share, Some(epoch)).is_some());
                    }
                    !retired.is_empty() || cut.is_ok_and(|cut| !cut.is_empty())
                }
            };
            check(&before, &ring)?;
            let same = seen(&ring) == before && ring.rotations == rotations;
            prop_assert!(changed != same, "it says whether it changed anything");
        }
    }
}
