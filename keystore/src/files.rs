//! Private files: who may have rights on them, and how they are written.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::KeystoreError;

/// Who may read a file beside its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Nobody.
    Owner,
    /// The file's group, so that the viewer can run as another user.
    Group,
}

/// Refuses a file or folder that others have rights on, or that a stranger owns.
pub(crate) fn check_private(
    path: &Path,
    file: &File,
    readers: Readers,
) -> Result<(), KeystoreError> {
    let about = file.metadata().map_err(KeystoreError::io(path))?;
    let rights = Rights {
        is_folder: about.is_dir(),
        mode: about.mode() & 0o7777,
        owner: about.uid(),
    };
    judge(path, rights, rustix::process::geteuid().as_raw(), readers)
}

/// What a file says of itself.
#[derive(Clone, Copy)]
struct Rights {
    is_folder: bool,
    mode: u32,
    owner: u32,
}

fn judge(path: &Path, rights: Rights, ours: u32, readers: Readers) -> Result<(), KeystoreError> {
    let Rights {
        is_folder,
        mode,
        owner,
    } = rights;
    let (forbidden, wanted) = match (readers, is_folder) {
        (Readers::Owner, false) => (0o077, 0o600),
        (Readers::Owner, true) => (0o077, 0o700),
        (Readers::Group, false) => (0o037, 0o640),
        (Readers::Group, true) => (0o027, 0o750),
    };
    if mode & forbidden != 0 {
        return Err(KeystoreError::Permissions {
            path: path.into(),
            mode,
            wanted,
        });
    }
    // The group reads a file that the gateway's user owns.
    let group_may = readers == Readers::Group && mode & 0o040 != 0;
    if owner != 0 && owner != ours && !group_may {
        return Err(KeystoreError::Owner {
            path: path.into(),
            owner,
        });
    }
    Ok(())
}

/// Makes a folder for this user alone.
pub(crate) fn make_folder(path: &Path) -> Result<(), KeystoreError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(KeystoreError::io(path))
}

/// Writes a new file of mode 0600, durable when this returns. Under its name it is whole or not
/// there, and nothing that exists is overwritten.
pub(crate) fn create(path: &Path, octets: &[u8]) -> Result<(), KeystoreError> {
    let half = half_of(path);
    let written = write_half(&half, octets, 0o600)
        // Unlike a rename, a link does not replace what is there.
        .and_then(|()| std::fs::hard_link(&half, path).map_err(KeystoreError::io(path)));
    let removed = std::fs::remove_file(&half).map_err(KeystoreError::io(&half));
    written.and(removed)?;
    sync_parent(path)
}

/// A file that is about to take the place of another: whole, durable, with the rights of that one,
/// and under another name. Everything that can go wrong but the renaming has not.
pub(crate) struct Replacement {
    path: PathBuf,
    half: PathBuf,
    octets: usize,
}

/// Prepares a file to take the place of another.
pub(crate) fn prepare(path: &Path, octets: &[u8]) -> Result<Replacement, KeystoreError> {
    let half = half_of(path);
    let before = std::fs::metadata(path).map_err(KeystoreError::io(path))?;
    write_half(&half, octets, before.mode() & 0o640)?;
    let made = std::fs::metadata(&half).map_err(KeystoreError::io(&half))?;
    if (made.uid(), made.gid()) != (before.uid(), before.gid()) {
        std::os::unix::fs::chown(&half, Some(before.uid()), Some(before.gid()))
            .map_err(KeystoreError::io(&half))?;
    }
    Ok(Replacement {
        path: path.into(),
        half,
        octets: octets.len(),
    })
}

impl Replacement {
    /// Puts it in its place, durable when this returns: a reader or a crash meets the old file or
    /// the new one, whole. What the old one held is overwritten, as far as the disk does that.
    pub(crate) fn put(self) -> Result<(), KeystoreError> {
        let Self { path, half, .. } = &self;
        let old = OpenOptions::new().write(true).open(path);
        std::fs::rename(half, path).map_err(KeystoreError::io(path))?;
        sync_parent(path)?;
        if let Ok(old) = old {
            self.overwrite(old);
        }
        Ok(())
    }

    /// A copy that shares the file under another name (a backup by hard links) is left alone. What
    /// cannot be overwritten is no reason to call a change failed that was made.
    fn overwrite(&self, mut old: File) {
        let Ok(about) = old.metadata() else { return };
        if about.nlink() > 0 {
            return;
        }
        let length = usize::try_from(about.len()).unwrap_or(self.octets);
        let _ = old
            .write_all(&vec![0; length])
            .and_then(|()| old.sync_all());
    }
}

fn half_of(path: &Path) -> std::path::PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

fn write_half(half: &Path, octets: &[u8], mode: u32) -> Result<(), KeystoreError> {
    // What a crash has left under this name was never a key.
    match std::fs::remove_file(half) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(KeystoreError::io(half)(error));
        }
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(half)
        .map_err(KeystoreError::io(half))?;
    // The umask may have taken rights away that the group needs.
    let rights = std::os::unix::fs::PermissionsExt::from_mode(mode);
    file.set_permissions(rights)
        .and_then(|()| file.write_all(octets))
        .and_then(|()| file.sync_all())
        .map_err(KeystoreError::io(half))
}

fn sync_parent(path: &Path) -> Result<(), KeystoreError> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    File::open(parent)
        .and_then(|folder| folder.sync_all())
        .map_err(KeystoreError::io(parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_replaced_file_held_is_overwritten_and_a_linked_copy_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ring");
        create(&path, b"the first").expect("made");
        let mut open = File::open(&path).expect("open");
        prepare(&path, b"the second")
            .and_then(Replacement::put)
            .expect("put");
        let mut left = Vec::new();
        std::io::Read::read_to_end(&mut open, &mut left).expect("read");
        assert_eq!(left, [0; 9]);
        let link = folder.path().join("backup");
        std::fs::hard_link(&path, &link).expect("linked");
        prepare(&path, b"the third")
            .and_then(Replacement::put)
            .expect("put");
        assert_eq!(std::fs::read(&link).expect("read"), b"the second");
        assert_eq!(std::fs::read(&path).expect("read"), b"the third");
    }

    const US: u32 = 1000;
    const STRANGER: u32 = 12345;

    fn fits(readers: Readers, is_folder: bool, mode: u32, owner: u32) -> bool {
        let rights = Rights {
            is_folder,
            mode,
            owner,
        };
        judge(Path::new("f"), rights, US, readers).is_ok()
    }

    #[test]
    fn a_strangers_file_is_refused_and_ours_and_roots_are_not() {
        for readers in [Readers::Owner, Readers::Group] {
            for is_folder in [false, true] {
                let mode = if is_folder { 0o700 } else { 0o600 };
                assert!(fits(readers, is_folder, mode, US));
                assert!(fits(readers, is_folder, mode, 0));
                assert!(!fits(readers, is_folder, mode, STRANGER));
            }
        }
        // The viewer as another user reads what the gateway's user owns, through the group.
        assert!(fits(Readers::Group, false, 0o640, STRANGER));
        assert!(fits(Readers::Group, true, 0o750, STRANGER));
        assert!(!fits(Readers::Owner, false, 0o640, STRANGER));
    }

    #[test]
    fn every_right_beyond_those_wanted_is_refused() {
        for (readers, is_folder, most) in [
            (Readers::Owner, false, 0o7700),
            (Readers::Owner, true, 0o7700),
            (Readers::Group, false, 0o7740),
            (Readers::Group, true, 0o7750),
        ] {
            for mode in 0..=0o7777 {
                let expected = mode & !most == 0;
                assert_eq!(fits(readers, is_folder, mode, US), expected, "{mode:o}");
            }
        }
    }
}
