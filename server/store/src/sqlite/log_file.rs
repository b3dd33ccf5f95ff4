//! The write-ahead log's file is kept longer than what is in it.
//!
//! The sync of a commit that makes a file longer also waits for the file system's own journal: on
//! ext4 three times as long as one that changes octets in place. SQLite writes from the log's
//! beginning again after a checkpoint, but emptying cuts the file to nothing, and a gateway whose
//! notices leave empties it every second (see `emptying`). So zeros are put where frames will come.
//! To SQLite a log that begins with zeros is an empty one, and so it is after a crash.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use crate::error::is_no_room;

/// A frame: its header and a page.
const FRAME: u64 = 24 + 4096;
/// The log's own header.
const HEADER: u64 = 32;
/// Frames there is room for at least.
const LEAST: u64 = 64;
/// Octets written at once.
const CHUNK: usize = 256 * 1024;

/// The log, as a file.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    /// Frames there is room for, and at most.
    frames: u64,
    most: u64,
}

impl LogFile {
    /// A log in which up to `most` frames are kept room for, so many at first.
    pub(super) fn new(path: PathBuf, most: u64) -> Self {
        Self {
            path,
            frames: most,
            most,
        }
    }

    /// Makes room for as many frames as are likely to come, when `used` were there at the end.
    ///
    /// The caller holds SQLite's write lock. Does nothing when the log is not empty, and leaves it
    /// empty when the disk has no room.
    ///
    /// # Errors
    /// When the file cannot be written or synced: as with every other sync, nobody knows then what
    /// of it is on the disk (promise D7).
    pub(super) fn lengthen(&mut self, used: u64) -> io::Result<()> {
        let file = File::options().write(true).open(&self.path)?;
        if file.metadata()?.len() > 0 {
            return Ok(());
        }
        self.frames = room(used, self.frames, self.most);
        match write_zeros(&file, HEADER + self.frames * FRAME) {
            Err(error) if is_no_room(&error) || error.kind() == ErrorKind::FileTooLarge => {
                file.set_len(0)
            }
            other => other,
        }?;
        file.sync_data()
    }
}

/// As many frames as were used, but at least half of what there was room for: an hour's traffic
/// comes in bursts.
fn room(used: u64, before: u64, most: u64) -> u64 {
    used.max(before / 2).max(LEAST).min(most)
}

fn write_zeros(file: &File, length: u64) -> io::Result<()> {
    let zeros = vec![0; CHUNK];
    let mut at = 0;
    while at < length {
        let rest = usize::try_from(length - at).unwrap_or(CHUNK).min(CHUNK);
        file.write_all_at(&zeros[..rest], at)?;
        at += rest as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_made_for_what_was_used_within_its_bounds() {
        const MOST: u64 = 2000;
        assert_eq!(room(0, 0, MOST), LEAST);
        assert_eq!(room(LEAST + 1, 0, MOST), LEAST + 1);
        assert_eq!(room(10, 1000, MOST), 500, "it is given back slowly");
        assert_eq!(room(MOST + 1, 0, MOST), MOST);
    }

    #[test]
    fn an_empty_file_is_lengthened_with_zeros_and_another_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, []).unwrap();
        let mut log = LogFile::new(path.clone(), 100);
        log.lengthen(80).unwrap();
        let written = std::fs::read(&path).unwrap();
        assert_eq!(written.len() as u64, HEADER + 80 * FRAME);
        assert!(written.iter().all(|octet| *octet == 0));

        std::fs::write(&path, b"frames").unwrap();
        log.lengthen(80).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"frames");
    }
}
