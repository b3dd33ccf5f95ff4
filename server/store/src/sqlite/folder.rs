//! The content folder: sealed files too large for the database.
//!
//! A content stands in `content/XX/ID`. XX is the fourth octet of its UUIDv7, which counts steps
//! of 65 seconds: all 256 directories fill alike, and yet the files of one group of commits stand
//! in one directory (seldom two), which is then fsynced once for all of them.
//!
//! Before its commit a file is called `ID.part`. The order is fsync of the file, rename, fsync of
//! the directory (and of its parent when this process has not yet seen it synced), COMMIT. A crash
//! anywhere before the COMMIT leaves a file that no record names; [`super::sweep`] takes it.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use seal::ContentId;

use super::Access;

/// What a file is called that no commit has named yet.
pub(super) const PART: &str = "part";

/// The folder `content` of a store.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    access: Access,
}

impl Folder {
    pub(super) fn new(root: PathBuf, access: Access) -> Self {
        Self { root, access }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The number of the directory that holds a content.
    pub(super) fn shard(id: &ContentId) -> u8 {
        id.as_bytes()[3]
    }

    /// The directory of this number.
    pub(super) fn directory(&self, shard: u8) -> PathBuf {
        self.root.join(format!("{shard:02x}"))
    }

    /// Where a committed content stands.
    pub(super) fn path(&self, id: &ContentId) -> PathBuf {
        self.directory(Self::shard(id)).join(id.to_string())
    }

    /// Whether a content's file, or what is left of one, stands in any directory.
    pub(super) fn holds_files(&self) -> io::Result<bool> {
        for shard in 0..=u8::MAX {
            match fs::read_dir(self.directory(shard)) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                entries => {
                    if entries?.next().transpose()?.is_some() {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    /// A new file for a content that is being written.
    pub(super) fn create(&self, id: &ContentId) -> io::Result<(File, StagedFile)> {
        make_directory(&self.directory(Self::shard(id)), self.access)?;
        let path = self.path(id).with_extension(PART);
        let file = create_file(&path, self.access)?;
        Ok((
            file,
            StagedFile {
                path,
                on_drop: OnDrop::Remove,
            },
        ))
    }

    /// Gives a staged file its final name. Its directory is not yet synced.
    pub(super) fn publish(&self, id: &ContentId, mut staged: StagedFile) -> io::Result<StagedFile> {
        let path = self.path(id);
        fs::rename(&staged.path, &path)?;
        staged.path = path;
        Ok(staged)
    }

    /// Up to `length` octets from `offset` on of a content of `size` octets.
    pub(super) fn read(
        &self,
        id: &ContentId,
        size: u64,
        offset: u64,
        length: usize,
    ) -> io::Result<Vec<u8>> {
        let file = File::open(self.path(id))?;
        if file.metadata()?.len() != size {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let rest = usize::try_from(size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut octets = vec![0; length.min(rest)];
        file.read_exact_at(&mut octets, offset)?;
        Ok(octets)
    }

    /// Removes a content's file. One that is gone already was swept by another process.
    pub(super) fn remove(&self, id: &ContentId) {
        match fs::remove_file(self.path(id)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                // The sweep of the next start takes it.
                tracing::warn!(content.id = %id, %error, "a file that no record names stays");
            }
            _ => {}
        }
    }
}

/// A file that is removed on drop unless a commit has named it.
#[derive(Debug)]
pub(crate) struct StagedFile {
    path: PathBuf,
    on_drop: OnDrop,
}

#[derive(Debug, PartialEq, Eq)]
enum OnDrop {
    Remove,
    Keep,
}

impl StagedFile {
    /// Leaves the file where it is: a commit names it, or may.
    pub(super) fn keep(mut self) {
        self.on_drop = OnDrop::Keep;
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if self.on_drop == OnDrop::Remove {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes a directory with the mode that `access` asks for, unless it is there.
pub(super) fn make_directory(path: &Path, access: Access) -> io::Result<()> {
    match DirBuilder::new().mode(access.directory_mode()).create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        other => other?,
    }
    widen(path, access, access.directory_mode())
}

/// Makes a new file with the mode that `access` asks for.
pub(super) fn create_file(path: &Path, access: Access) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(access.file_mode())
        .open(path)?;
    widen(path, access, access.file_mode())?;
    Ok(file)
}

/// Makes a file that is to be opened by name, unless it is there; then it is tightened.
///
/// It is not opened here: when a process closes any descriptor of a database file, it loses the
/// locks that SQLite holds on that file through another (fcntl(2)).
pub(super) fn make_file(path: &Path, access: Access) -> io::Result<()> {
    match create_file(path, access) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => tighten(path, access.file_mode()),
        other => other.map(drop),
    }
}

/// Whether every user of the host may write to a directory.
pub(super) fn is_everybodys(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o002 != 0)
}

/// Takes away what a path that was there before allows beyond `mode`.
pub(super) fn tighten(path: &Path, mode: u32) -> io::Result<()> {
    let found = fs::metadata(path)?.permissions().mode() & 0o7777;
    match found & mode {
        kept if kept == found => Ok(()),
        kept => fs::set_permissions(path, Permissions::from_mode(kept)),
    }
}

/// The umask can only take away from the owner's modes; the group's have to be set against it.
fn widen(path: &Path, access: Access, mode: u32) -> io::Result<()> {
    match access {
        Access::Owner => Ok(()),
        Access::Group => fs::set_permissions(path, Permissions::from_mode(mode)),
    }
}

/// Makes the entries of a directory durable.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
