//! Sealed files on their way in: small ones in memory, large ones in a file of the content folder.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use seal::ContentId;

use super::folder::{Folder, StagedFile};
use super::signals::Signals;
use crate::content::{Place, Stage, StagedContent};
use crate::{ContentKind, INLINE_LIMIT, Result, StoreError};

/// Octets gathered before they go to the file: one chunk of age.
const BUFFER: usize = 64 * 1024;

pub(super) struct Staging {
    id: ContentId,
    kind: ContentKind,
    size: u64,
    octets: Octets,
    folder: Arc<Folder>,
    signals: Arc<Signals>,
}

enum Octets {
    Memory(Vec<u8>),
    File(BufWriter<File>, StagedFile),
}

impl Staging {
    pub(super) fn new(
        id: ContentId,
        kind: ContentKind,
        folder: Arc<Folder>,
        signals: Arc<Signals>,
    ) -> Self {
        Self {
            id,
            kind,
            size: 0,
            octets: Octets::Memory(Vec::new()),
            folder,
            signals,
        }
    }
}

impl Write for Staging {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if let Octets::Memory(held) = &mut self.octets
            && held.len() + more.len() > INLINE_LIMIT
        {
            let (file, staged) = self.folder.create(&self.id)?;
            let mut file = BufWriter::with_capacity(BUFFER, file);
            file.write_all(held)?;
            self.octets = Octets::File(file, staged);
        }
        let written = match &mut self.octets {
            Octets::Memory(held) => held.write(more)?,
            Octets::File(file, _) => file.write(more)?,
        };
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.octets {
            Octets::Memory(_) => Ok(()),
            Octets::File(file, _) => file.flush(),
        }
    }
}

impl Stage for Staging {
    fn finish(self: Box<Self>) -> Result<StagedContent> {
        let place = match self.octets {
            Octets::Memory(octets) => Place::Inline(octets),
            Octets::File(file, staged) => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.sync_all().map_err(|error| {
                    // The kernel may have dropped the pages it could not write, and a second fsync
                    // would say that all is well (promise D7).
                    self.signals
                        .fail(&format!("fsync of content {}: {error}", self.id));
                    StoreError::Fatal(Some(Box::new(error)))
                })?;
                Place::File(staged)
            }
        };
        Ok(StagedContent {
            id: self.id,
            kind: self.kind,
            size: self.size,
            place,
        })
    }
}

#[cfg(test)]
mod tests {
    use seal::SystemRandom;

    use super::*;
    use crate::sqlite::Access;

    fn staging(folder: &Arc<Folder>) -> Box<Staging> {
        let id = ContentId::generate(0, &SystemRandom::new());
        let signals = Arc::new(Signals::new());
        Box::new(Staging::new(
            id,
            ContentKind::Message,
            folder.clone(),
            signals,
        ))
    }

    fn files(folder: &Folder) -> usize {
        walk(folder.root())
    }

    fn walk(path: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        entries
            .map(|path| if path.is_dir() { walk(&path) } else { 1 })
            .sum()
    }

    #[test]
    fn content_up_to_the_limit_stays_in_memory_and_one_octet_more_goes_to_a_file() {
        let place = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::new(place.path().to_owned(), Access::Owner));
        for (size, in_file) in [(0, false), (INLINE_LIMIT, false), (INLINE_LIMIT + 1, true)] {
            let mut staging = staging(&folder);
            staging.write_all(&vec![7; size]).unwrap();
            let staged = staging.finish().unwrap();
            assert_eq!(staged.size, size as u64);
            assert_eq!(
                matches!(staged.place, Place::File(_)),
                in_file,
                "{size} octets"
            );
        }
    }

    #[test]
    fn the_limit_counts_all_writes_together() {
        let place = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::new(place.path().to_owned(), Access::Owner));
        let mut staging = staging(&folder);
        for chunk in vec![7; INLINE_LIMIT + 1].chunks(1000) {
            staging.write_all(chunk).unwrap();
        }
        let staged = staging.finish().unwrap();
        assert_eq!(staged.size, INLINE_LIMIT as u64 + 1);
        assert!(matches!(staged.place, Place::File(_)));
    }

    #[test]
    fn what_is_dropped_before_or_after_finish_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::new(place.path().to_owned(), Access::Owner));
        let mut unfinished = staging(&folder);
        unfinished.write_all(&vec![7; 2 * INLINE_LIMIT]).unwrap();
        let mut finished = staging(&folder);
        finished.write_all(&vec![7; 2 * INLINE_LIMIT]).unwrap();
        let finished = finished.finish().unwrap();
        assert_eq!(files(&folder), 2);
        drop(unfinished);
        assert_eq!(files(&folder), 1);
        drop(finished);
        assert_eq!(files(&folder), 0);
    }
}
