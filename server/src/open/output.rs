//! Writes an opened message to a folder: files of this user alone, and never over others.

use std::collections::HashSet;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use mail::safe_file_name;

use super::{Letter, OpenFailure};

/// The mail, byte for byte.
const MAIL: &str = "message.eml";
/// The text body, for reading at once.
const TEXT: &str = "message.txt";

/// What was written.
#[derive(Debug)]
pub struct Written {
    /// The mail.
    pub mail: PathBuf,
    /// The attachments, in the order of the mail.
    pub attachments: Vec<PathBuf>,
}

/// Writes mail, text and attachments into `folder`, which is made when it is not there. When a
/// file is there already, nothing is written.
pub fn write(letter: &Letter, folder: &Path) -> Result<Written, OpenFailure> {
    let mut taken: HashSet<String> = HashSet::from([MAIL.to_owned(), TEXT.to_owned()]);
    let mut files = vec![(folder.join(MAIL), letter.content.clone())];
    if let Some(text) = &letter.view.text {
        files.push((folder.join(TEXT), text.clone().into_bytes()));
    }
    let mut attachments = Vec::new();
    for part in &letter.view.parts {
        let name = free_name(
            &safe_file_name(part.name.as_deref().unwrap_or("")),
            &mut taken,
        );
        let path = folder.join(name);
        files.push((path.clone(), letter.part(part)?));
        attachments.push(path);
    }
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenFailure::File { path, source }
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(failed(folder))?;
    if let Some((path, _)) = files
        .iter()
        .find(|(path, _)| path.symlink_metadata().is_ok())
    {
        let source = std::io::Error::new(
            ErrorKind::AlreadyExists,
            "exists already; nothing was written",
        );
        return Err(OpenFailure::File {
            path: path.clone(),
            source,
        });
    }
    for (path, octets) in &files {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        file.and_then(|mut file| file.write_all(octets))
            .map_err(failed(path))?;
    }
    Ok(Written {
        mail: folder.join(MAIL),
        attachments,
    })
}

/// `name.pdf`, `name (2).pdf`, … Names that differ only in case are one on some file systems.
fn free_name(name: &str, taken: &mut HashSet<String>) -> String {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let numbered = (2..).map(|n| format!("{stem} ({n}){extension}"));
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(|candidate| taken.insert(candidate.to_lowercase()))
        .expect("numbers do not end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_numbered() {
        let mut taken = HashSet::new();
        let mut name = |text| free_name(text, &mut taken);
        assert_eq!(name("a.pdf"), "a.pdf");
        assert_eq!(name("A.PDF"), "A (2).PDF");
        assert_eq!(name("a.pdf"), "a (3).pdf");
        assert_eq!(name(".hidden"), ".hidden");
        assert_eq!(name("none"), "none");
    }
}
