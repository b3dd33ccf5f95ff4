//! Sealed files: binary age v1, one recipient (an escrow grant: several), streamed.

use std::io::{self, Read, Write};

use crate::digest::DigestWriter;
use crate::identity::{Identity, Recipient};
use crate::padding::padme;

/// Why a file was not sealed.
#[derive(Debug, thiserror::Error)]
#[error("sealing failed")]
pub struct SealError(#[source] io::Error);

impl SealError {
    /// The cause: what the writer behind said, or `Other` from the cipher.
    pub fn into_io(self) -> io::Error {
        self.0
    }

    pub(crate) fn from_io(error: io::Error) -> Self {
        Self(error)
    }
}

/// The one answer to whatever is wrong with a sealed file (promise K2): wrong identity, flipped
/// bit, truncation, foreign format. It says no more, so that nobody learns more by trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed file does not open")]
pub struct OpenError;

/// The finished file: its size in octets and SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedFile {
    /// Octets.
    pub size: u64,
    /// SHA-256 of the whole file.
    pub sha256: [u8; 32],
}

/// A sealed file under way: write plaintext, then [`Sealer::finish`].
pub struct Sealer<W: Write>(age::stream::StreamWriter<DigestWriter<W>>);

impl<W: Write> Sealer<W> {
    /// Writes the header to `output`.
    pub fn new(recipient: &dyn age::Recipient, output: W) -> Result<Self, SealError> {
        Self::to_each(std::iter::once(recipient), output)
    }

    /// The same for several recipients, each of whom opens it alone. age refuses none, and kinds
    /// that do not go together.
    pub(crate) fn to_all(recipients: &[Recipient], output: W) -> Result<Self, SealError> {
        Self::to_each(recipients.iter().map(|one| one as _), output)
    }

    fn to_each<'a>(
        recipients: impl Iterator<Item = &'a dyn age::Recipient>,
        output: W,
    ) -> Result<Self, SealError> {
        let encryptor = age::Encryptor::with_recipients(recipients)
            .map_err(|error| SealError(io::Error::other(error)))?;
        encryptor
            .wrap_output(DigestWriter::new(output))
            .map(Self)
            .map_err(SealError)
    }

    /// Writes the last chunk, which alone makes the file whole, and gives the writer back.
    pub fn finish(self) -> Result<(W, SealedFile), SealError> {
        let (output, size, sha256) = self.0.finish().map_err(SealError)?.finish();
        Ok((output, SealedFile { size, sha256 }))
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Seals a JSON document followed by spaces up to its Padmé length, so that the sealed size tells
/// little of the length.
pub fn seal_padded<W: Write>(
    recipient: &dyn age::Recipient,
    document: &[u8],
    output: W,
) -> Result<(W, SealedFile), SealError> {
    let mut sealer = Sealer::new(recipient, output)?;
    let missing = padme(document.len() as u64) - document.len() as u64;
    sealer.write_all(document).map_err(SealError)?;
    io::copy(&mut io::repeat(b' ').take(missing), &mut sealer).map_err(SealError)?;
    sealer.finish()
}

/// Opens a sealed file as a stream. The header is checked here; each chunk when it is read, as an
/// [`io::Error`] that means [`OpenError`]. What was read before the end of file is authentic, but
/// only reaching the end says that nothing was cut off.
pub fn open_stream<R: Read>(identity: &Identity, input: R) -> Result<impl Read, OpenError> {
    stream_with(std::slice::from_ref(identity), input)
}

fn stream_with<R: Read>(identities: &[Identity], input: R) -> Result<impl Read, OpenError> {
    let decryptor = age::Decryptor::new(input).map_err(|_| OpenError)?;
    if decryptor.is_scrypt() {
        return Err(OpenError);
    }
    decryptor
        .decrypt(identities.iter().map(|one| one as &dyn age::Identity))
        .map_err(|_| OpenError)
}

/// Opens a whole sealed file in memory; releases nothing unless all of it is authentic.
pub fn open(identity: &Identity, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    open_with(std::slice::from_ref(identity), sealed)
}

/// [`open`] with whichever of several identities fits.
pub(crate) fn open_with(identities: &[Identity], sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    // Enough for all of it: a buffer that grows leaves copies behind.
    let mut plaintext = Vec::with_capacity(sealed.len());
    stream_with(identities, sealed)?
        .read_to_end(&mut plaintext)
        .map_err(|_| OpenError)?;
    Ok(plaintext)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Seed;
    use crate::profile::Profile;

    fn identity(profile: Profile) -> Identity {
        Identity::from_seed(profile, &Seed::from_bytes(&[9; 32]))
    }

    fn sealed(identity: &Identity, plaintext: &[u8]) -> Vec<u8> {
        let mut sealer = Sealer::new(&identity.to_public(), Vec::new()).expect("header");
        sealer.write_all(plaintext).expect("memory takes all");
        let (file, about) = sealer.finish().expect("memory takes all");
        assert_eq!(about.size, file.len() as u64);
        assert_eq!(about.sha256, crate::sha256_of(&[&file]));
        file
    }

    #[test]
    fn files_of_both_profiles_come_back_at_every_chunk_boundary() {
        for profile in [Profile::Hybrid, Profile::X25519] {
            for length in [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000] {
                let plaintext: Vec<u8> = (0..length).map(|n| n as u8).collect();
                let identity = identity(profile);
                let file = sealed(&identity, &plaintext);
                assert_eq!(
                    open(&identity, &file).as_deref(),
                    Ok(&plaintext[..]),
                    "{length}"
                );
            }
        }
    }

    #[test]
    fn no_flipped_bit_and_no_truncation_opens() {
        let identity = identity(Profile::X25519);
        let file = sealed(&identity, &[1; 70_000]);
        for at in (0..file.len()).step_by(997).chain([file.len() - 1]) {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert_eq!(open(&identity, &changed), Err(OpenError), "octet {at}");
            assert_eq!(open(&identity, &file[..at]), Err(OpenError), "cut at {at}");
        }
    }

    #[test]
    fn swapped_chunks_do_not_open() {
        let identity = identity(Profile::Hybrid);
        let file = sealed(&identity, &[1; 3 * 65_536]);
        let chunk = 65_536 + 16;
        let payload = file.len() - 3 * chunk;
        let mut changed = file.clone();
        changed[payload..payload + chunk]
            .copy_from_slice(&file[payload + chunk..payload + 2 * chunk]);
        changed[payload + chunk..payload + 2 * chunk]
            .copy_from_slice(&file[payload..payload + chunk]);
        assert_eq!(open(&identity, &changed), Err(OpenError));
    }

    #[test]
    fn another_identity_does_not_open() {
        let file = sealed(&identity(Profile::Hybrid), b"x");
        let other = Identity::from_seed(Profile::Hybrid, &Seed::from_bytes(&[10; 32]));
        assert_eq!(open(&other, &file), Err(OpenError));
        assert_eq!(open(&identity(Profile::X25519), &file), Err(OpenError));
    }

    #[test]
    fn padding_is_spaces_up_to_the_padme_length() {
        let identity = identity(Profile::Hybrid);
        let (file, _) =
            seal_padded(&identity.to_public(), &[b'x'; 1001], Vec::new()).expect("seal");
        let plaintext = open(&identity, &file).expect("open");
        assert_eq!(plaintext.len() as u64, padme(1001));
        assert!(plaintext[1001..].iter().all(|octet| *octet == b' '));
    }
}
