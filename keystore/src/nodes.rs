//! The processes that share a keystore: each says in a small file which generation of the ring it
//! has seen, and again every few seconds. A new key seals only when all have seen it.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use seal::{KeyId, Random};
use serde::{Deserialize, Serialize};

use crate::error::KeystoreError;

/// How often a node says that it is there.
pub const SAYS_EVERY: SignedDuration = SignedDuration::from_secs(2);
/// A node that was silent for this long is taken to have ended. Should it only have slept, nothing
/// is lost: who meets an unknown key looks into the ring again.
pub const SILENT_AFTER: SignedDuration = SignedDuration::from_secs(20);
/// What clocks of processes that share a keystore may differ.
const AHEAD: SignedDuration = SignedDuration::from_mins(1);
/// What silent nodes leave behind is cleared away after this.
const CLEARED_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// The longest file of a node.
const LONGEST: u64 = 1024;

/// One process that shares the keystore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its name, made at its start.
    pub name: String,
    /// What it does: `gateway`, `viewer`.
    pub role: String,
    /// Its process id.
    pub pid: u32,
    /// The ring's generation that it works with.
    pub generation: u64,
    /// When it said so.
    pub at: Timestamp,
}

impl Node {
    /// Whether it counts.
    pub fn is_there(&self, now: Timestamp) -> bool {
        let silent = self
            .at
            .saturating_add(SILENT_AFTER)
            .is_ok_and(|until| until < now);
        // Who is there says so every two seconds: a date in the future is what a process left that
        // ended before the clock was set back.
        let from_the_future = now
            .saturating_add(AHEAD)
            .is_ok_and(|latest| latest < self.at);
        !silent && !from_the_future
    }
}

/// Those that have not seen `generation` yet.
pub(crate) fn behind(nodes: &[Node], generation: u64, now: Timestamp) -> Vec<&Node> {
    nodes
        .iter()
        .filter(|node| node.is_there(now) && node.generation < generation)
        .collect()
}

/// Every node that has left a file; one that cannot be read is left out.
pub(crate) fn list(folder: &Path) -> Result<Vec<Node>, KeystoreError> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(KeystoreError::io(folder))?,
    };
    let mut nodes: Vec<Node> = entries
        .filter_map(|entry| read(&entry.ok()?.path()))
        .collect();
    nodes.sort_by(|a, b| (&a.role, &a.name).cmp(&(&b.role, &b.name)));
    Ok(nodes)
}

/// Reads one node's file. The viewer's process can write into the folder, so nothing in it is
/// trusted: no link and no pipe is opened, and a name stands for no other path than its own.
fn read(path: &Path) -> Option<Node> {
    let about = std::fs::symlink_metadata(path).ok()?;
    if !about.is_file() || path.extension()? != "json" {
        return None;
    }
    let mut text = String::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    let node: Node = serde_json::from_str(&text).ok()?;
    let plain = node.name.parse::<KeyId>().is_ok()
        && path.file_stem()?.to_str()? == node.name
        && node
            .role
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || [' ', '-'].contains(&c));
    plain.then_some(node)
}

/// Clears away what long silent nodes have left.
pub(crate) fn clear(folder: &Path, now: Timestamp) {
    for node in list(folder).unwrap_or_default() {
        let gone = node
            .at
            .saturating_add(CLEARED_AFTER)
            .is_ok_and(|at| at < now);
        if gone {
            let _ = std::fs::remove_file(folder.join(format!("{}.json", node.name)));
        }
    }
}

/// This process's own file; removed when it ends.
pub(crate) struct OwnNode {
    path: PathBuf,
    name: String,
    role: &'static str,
}

impl OwnNode {
    pub(crate) fn new(
        folder: &Path,
        role: &'static str,
        now: Timestamp,
        random: &dyn Random,
    ) -> Self {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        let name = KeyId::generate(millis, random).to_string();
        Self {
            path: folder.join(format!("{name}.json")),
            name,
            role,
        }
    }

    /// Writes the file anew.
    pub(crate) fn say(&self, generation: u64, now: Timestamp) -> Result<(), KeystoreError> {
        let node = Node {
            name: self.name.clone(),
            role: self.role.to_owned(),
            pid: std::process::id(),
            generation,
            at: now,
        };
        let text = serde_json::to_string(&node).expect("texts and numbers are JSON");
        let half = self.path.with_extension("new");
        let _ = std::fs::remove_file(&half);
        OpenOptions::new()
            .write(true)
            // Never through a link that somebody has put there.
            .create_new(true)
            .mode(0o644)
            .open(&half)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| std::fs::rename(&half, &self.path))
            .map_err(KeystoreError::io(&self.path))
    }
}

impl Drop for OwnNode {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(generation: u64, seconds_ago: i64, now: Timestamp) -> Node {
        Node {
            name: generation.to_string(),
            role: "viewer".into(),
            pid: 1,
            generation,
            at: now - SignedDuration::from_secs(seconds_ago),
        }
    }

    #[test]
    fn only_nodes_that_are_there_hold_a_new_key_back() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().expect("instant");
        let nodes = [
            node(4, 0, now),
            node(5, 0, now),
            node(3, 20, now),
            node(2, 21, now),
        ];
        let names: Vec<u64> = behind(&nodes, 5, now)
            .iter()
            .map(|node| node.generation)
            .collect();
        assert_eq!(names, [4, 3], "20 s of silence are none, 21 s are");
    }

    fn named(folder: &Path, name: &str, node: &Node) -> PathBuf {
        let path = folder.join(name);
        let text = serde_json::to_string(node).expect("JSON");
        std::fs::write(&path, text).expect("written");
        path
    }

    /// What a hostile process that may write into the folder can leave there.
    #[test]
    fn hostile_files_are_passed_over_and_name_no_other_path() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().expect("instant");
        let folder = tempfile::tempdir().expect("a folder");
        let nodes = folder.path().join("nodes");
        std::fs::create_dir(&nodes).expect("made");
        let victim = folder.path().join("victim.json");
        std::fs::write(&victim, "precious").expect("written");
        let id = KeyId::from_bytes([7; 16]).to_string();
        let long_ago = |name: &str| Node {
            name: name.into(),
            ..node(0, 100_000, now)
        };
        named(&nodes, "a.json", &long_ago("../victim"));
        let absolute = victim.with_extension("").display().to_string();
        named(&nodes, "b.json", &long_ago(&absolute));
        std::fs::write(nodes.join("c.json"), vec![b' '; 1 << 20]).expect("written");
        std::os::unix::fs::symlink("/dev/zero", nodes.join(format!("{id}.json"))).expect("a link");
        std::fs::create_dir(nodes.join("d.json")).expect("made");
        let mut odd = long_ago(&KeyId::from_bytes([8; 16]).to_string());
        odd.role = "viewer\u{1b}[2J\n".into();
        named(&nodes, &format!("{}.json", odd.name), &odd);
        // Well written, under a name that is another's, and behind a link.
        let honest = long_ago(&KeyId::from_bytes([9; 16]).to_string());
        let linked = long_ago(&KeyId::from_bytes([10; 16]).to_string());
        named(&nodes, "e.json", &honest);
        let outside = named(folder.path(), "outside", &linked);
        let link = nodes.join(format!("{}.json", linked.name));
        std::os::unix::fs::symlink(outside, link).expect("a link");
        assert_eq!(list(&nodes).expect("a list"), []);
        clear(&nodes, now);
        assert_eq!(std::fs::read_to_string(&victim).expect("there"), "precious");

        // The control: an honest file is listed, and cleared away when it is old.
        let path = named(&nodes, &format!("{}.json", honest.name), &honest);
        assert_eq!(list(&nodes).expect("a list"), [honest]);
        clear(&nodes, now);
        assert!(!path.exists());
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().expect("instant");
        let folder = tempfile::tempdir().expect("a folder");
        let victim = folder.path().join("victim");
        std::fs::write(&victim, "precious").expect("written");
        let own = OwnNode::new(folder.path(), "gateway", now, &seal::SystemRandom::new());
        std::os::unix::fs::symlink(&victim, own.path.with_extension("new")).expect("a link");
        own.say(3, now).expect("said");
        assert_eq!(std::fs::read_to_string(&victim).expect("there"), "precious");
        assert_eq!(list(folder.path()).expect("a list")[0].generation, 3);
        drop(own);
        assert_eq!(list(folder.path()).expect("a list"), []);
    }

    /// The name of the process that does both was once passed over, and no rotation waited for it.
    #[test]
    fn a_node_of_every_role_is_listed() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().expect("instant");
        let folder = tempfile::tempdir().expect("a folder");
        let random = seal::SystemRandom::new();
        let roles = ["gateway", "gateway and viewer", "viewer"];
        let nodes = roles.map(|role| OwnNode::new(folder.path(), role, now, &random));
        for node in &nodes {
            node.say(1, now).expect("said");
        }
        let listed = list(folder.path()).expect("a list");
        let listed: Vec<&str> = listed.iter().map(|node| node.role.as_str()).collect();
        assert_eq!(listed, roles);
    }

    #[test]
    fn a_node_from_the_future_has_ended_before_the_clock_was_set_back() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().expect("instant");
        assert!(node(1, -60, now).is_there(now));
        assert!(!node(1, -61, now).is_there(now));
    }
}
