//! `keys verify` and `keys status`: is everything as it should be, and who shares the keystore.

use keystore::{Credential, KeyState, Purpose, due};
use serde_json::json;

use super::super::output::print;
use super::super::{Failure, Global};
use super::Opened;
use crate::clock;

/// Opens every key and checks the chain of the record of key acts.
pub(super) fn verify(global: &Global) -> Result<(), Failure> {
    let opened = Opened::new(global)?;
    let now = clock::system();
    let ring = opened.folder.read(&opened.credential, now)?;
    let is_root = matches!(opened.credential, Credential::Root(_));
    let mut report = json!({
        "generation": ring.generation(),
        "keys": ring.keys().len(),
        "opened_with": if is_root { "root secret" } else { "viewer's credential" },
    });
    let mut text = format!(
        "ring        generation {}, {} keys, every one that this credential opens is whole\n",
        ring.generation(),
        ring.keys().len()
    );
    if is_root {
        let acts = opened.folder.acts_of_ring(opened.root()?, now)?;
        report["acts"] = acts.len().into();
        text += &format!(
            "key acts    {} lines, chain and signatures are whole\n",
            acts.len()
        );
    }
    let text = if global.json {
        format!("{report}\n")
    } else {
        text
    };
    print(text.as_bytes())
}

/// Who shares the keystore, what is on its way, what is due.
pub(super) fn status(global: &Global) -> Result<(), Failure> {
    let opened = Opened::new(global)?;
    let now = clock::system();
    let ring = opened.folder.read(&opened.credential, now)?;
    let nodes = opened.folder.nodes()?;
    let due = due(&ring, &(&opened.config.keystore.rotation).into(), now);
    let names = |purposes: &[Purpose]| -> Vec<&'static str> {
        purposes.iter().copied().map(Purpose::as_str).collect()
    };
    let count = |state| {
        ring.keys()
            .iter()
            .filter(|key| key.state() == state)
            .count()
    };
    let states = [
        KeyState::Pending,
        KeyState::Active,
        KeyState::Retired,
        KeyState::Destroyed,
    ];
    let text = if global.json {
        let counts: serde_json::Map<_, _> = states
            .iter()
            .map(|state| (state.as_str().to_owned(), count(*state).into()))
            .collect();
        let nodes: Vec<_> = nodes
            .iter()
            .map(|node| {
                json!({
                    "role": node.role,
                    "process": node.pid,
                    "generation": node.generation,
                    "last_seen": node.at.to_string(),
                    "there": node.is_there(now),
                })
            })
            .collect();
        let rotations: Vec<_> = ring
            .rotations()
            .iter()
            .map(|rotation| {
                json!({
                    "purpose": rotation.purpose.as_str(),
                    "begun_at": rotation.begun_at.to_string(),
                })
            })
            .collect();
        let report = json!({
            "generation": ring.generation(),
            "keys": counts,
            "nodes": nodes,
            "rotations": rotations,
            "due": names(&due.rotate),
        });
        serde_json::to_string_pretty(&report).map_err(Failure::failed)? + "\n"
    } else {
        let mut text = format!("generation  {}\n", ring.generation());
        let counts: Vec<String> = states
            .iter()
            .map(|state| format!("{} {}", count(*state), state.as_str()))
            .collect();
        text += &format!("keys        {}\n", counts.join(", "));
        for node in &nodes {
            let seen = match (node.is_there(now), node.generation == ring.generation()) {
                (true, true) => "up to date",
                (true, false) => "behind",
                (false, _) => "silent",
            };
            text += &format!(
                "node        {} (process {}), generation {}, {seen}\n",
                node.role, node.pid, node.generation
            );
        }
        for rotation in ring.rotations() {
            text += &format!(
                "rotating    {} since {}\n",
                rotation.purpose,
                rotation.begun_at.strftime("%Y-%m-%d %H:%M")
            );
        }
        if !due.rotate.is_empty() {
            text += &format!("due         {}\n", names(&due.rotate).join(", "));
        }
        text
    };
    print(text.as_bytes())
}
