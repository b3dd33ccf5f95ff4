//! Removes files that no record names: what a crash between a rename and its commit left, or one
//! between a commit and the removal that follows it.
//!
//! Another process may be staging at this very moment. A file is therefore swept only when
//! - nothing was written to it for an hour (an SMTP transaction or an upload ends long before), and
//! - no record names it while this process holds the write lock. Files get their final names with
//!   that lock held, so none can be between its rename and its commit.
//!
//! Ages are taken from the file system's own clock: the lock file was touched a moment ago.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, TransactionBehavior};
use seal::ContentId;

use super::fault::Result;
use super::folder::{Folder, PART};
use super::rows;

/// How long a file must have been left alone.
const ALONE: Duration = Duration::from_secs(3600);

/// Sweeps the folder; returns how many files went.
pub(super) fn sweep(sql: &mut Connection, folder: &Folder, now: SystemTime) -> Result<usize> {
    let mut orphans = Vec::new();
    for shard in 0..=u8::MAX {
        for file in files(folder, shard)? {
            if !named(sql, &file)? && left_alone(&file, now) {
                orphans.push(file);
            }
        }
    }
    if orphans.is_empty() {
        return Ok(0);
    }
    // Looked at once more, with the lock that every commit needs.
    let lock = sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut swept = 0;
    for file in orphans {
        if !named(&lock, &file)? && left_alone(&file, now) && fs::remove_file(&file.path).is_ok() {
            tracing::info!(content.id = %file.id, "a file that no record names was removed");
            swept += 1;
        }
    }
    Ok(swept)
}

/// A file whose name is a content's.
struct Candidate {
    id: ContentId,
    path: PathBuf,
    /// It has its final name, so a record may name it.
    published: bool,
}

/// The files of one directory. What is not named after a content is not ours to touch.
fn files(folder: &Folder, shard: u8) -> Result<Vec<Candidate>> {
    let entries = match fs::read_dir(folder.directory(shard)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let (stem, published) = match name.split_once('.') {
            None => (name, true),
            Some((stem, PART)) => (stem, false),
            Some(_) => continue,
        };
        if let Ok(id) = stem.parse() {
            found.push(Candidate {
                id,
                path,
                published,
            });
        }
    }
    Ok(found)
}

fn named(sql: &Connection, file: &Candidate) -> Result<bool> {
    let query = "SELECT 1 FROM contents WHERE id = ? AND octets IS NULL";
    Ok(file.published && rows::exists(sql, query, [file.id.as_bytes()])?)
}

/// A file whose age cannot be told stays.
fn left_alone(file: &Candidate, now: SystemTime) -> bool {
    let modified = fs::metadata(&file.path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| now.duration_since(modified).is_ok_and(|age| age >= ALONE))
}
