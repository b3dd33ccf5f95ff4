//! The script bundle: what was built from `web/` and committed, served under hashed names.
//!
//! Everything is checked once, at the start: a page that names a script which is not there, or
//! whose octets are not those of the published hash (promise B7), must never reach a reader.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::Write;

use actix_web::web::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use seal::sha256_of;

use crate::settings::Organisation;

/// Empty until the bundle has been built for the first time.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Dist;

const MANIFEST: &str = "manifest.json";
const HASHES: &str = "bundle.sha256";
/// What the pages need.
const NEEDED: [&str; 6] = [
    "main.js",
    "sender.js",
    "worker.js",
    "style.css",
    "sender.css",
    "icon.svg",
];

/// Why the bundle cannot be served.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// A file is not there.
    #[error("web/dist has no {0}; build it with `npm ci && npm run build` in viewer/web")]
    Missing(String),
    /// The manifest is not a JSON object of names.
    #[error("web/dist/manifest.json is not a table of file names")]
    Manifest,
    /// A file is not the one that `bundle.sha256` names.
    #[error("web/dist/{0} has another SHA-256 than web/dist/bundle.sha256 says")]
    Hash(String),
}

/// The files of a bundle, whole and checked.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// Logical name to hashed name.
    names: BTreeMap<String, String>,
    assets: HashMap<String, Asset>,
    hashes: Cow<'static, [u8]>,
}

/// One file to serve.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Its octets.
    pub(crate) octets: Bytes,
    /// The same with gzip, when that is smaller.
    pub(crate) gzip: Option<Bytes>,
    /// Its media type.
    pub(crate) media_type: &'static str,
}

impl Bundle {
    /// The bundle in this program.
    pub(crate) fn embedded() -> Result<Self, BundleError> {
        Self::from_files(|name| Dist::get(name).map(|file| file.data))
    }

    fn from_files(file: impl Fn(&str) -> Option<Cow<'static, [u8]>>) -> Result<Self, BundleError> {
        let needed = |name: &str| file(name).ok_or_else(|| BundleError::Missing(name.to_owned()));
        let names: BTreeMap<String, String> =
            serde_json::from_slice(&needed(MANIFEST)?).map_err(|_| BundleError::Manifest)?;
        if let Some(absent) = NEEDED.iter().find(|name| !names.contains_key(**name)) {
            return Err(BundleError::Missing((*absent).to_owned()));
        }
        let hashes = needed(HASHES)?;
        let listed = String::from_utf8_lossy(&hashes).into_owned();
        let mut assets = HashMap::new();
        for name in names.values() {
            let octets = needed(name)?;
            if !listed
                .lines()
                .any(|line| line == format!("{}  {name}", hex(&octets)))
            {
                return Err(BundleError::Hash(name.clone()));
            }
            let asset = Asset {
                gzip: gzip(&octets),
                octets: shared(octets),
                media_type: media_type_of(name),
            };
            assets.insert(name.clone(), asset);
        }
        Ok(Self {
            names,
            assets,
            hashes,
        })
    }

    /// What draws pages without a server, for [`crate::preview`]. It is not in the manifest, so it
    /// is never served.
    pub(crate) fn preview_script() -> Result<Vec<u8>, BundleError> {
        let script = Dist::get("preview.js").map(|file| file.data.into_owned());
        script.ok_or_else(|| BundleError::Missing("preview.js".to_owned()))
    }

    /// Every file that is served, by its path.
    pub(crate) fn files(&self) -> impl Iterator<Item = (String, &Asset)> {
        let files = self.assets.iter();
        files.map(|(name, asset)| (format!("assets/{name}"), asset))
    }

    /// Adds what is the organisation's own. It is no part of the published bundle: it holds no script.
    pub(crate) fn dress(&mut self, organisation: &Organisation) {
        if let Some(colours) = &organisation.colours {
            self.add(
                "brand.css",
                "css",
                media_type_of(".css"),
                colours.style().into(),
            );
        }
        if let Some(logo) = &organisation.logo {
            self.add("logo", logo.ending, logo.media_type, logo.octets.clone());
        }
    }

    fn add(&mut self, logical: &str, ending: &str, media_type: &'static str, octets: Vec<u8>) {
        let digest = hex(&octets);
        let stem = logical.split('.').next().unwrap_or_default();
        let name = format!("{stem}-{}.{ending}", &digest[..16]);
        let asset = Asset {
            gzip: gzip(&octets),
            octets: octets.into(),
            media_type,
        };
        self.names.insert(logical.to_owned(), name.clone());
        self.assets.insert(name, asset);
    }

    /// The path of a file that the pages need; the start has made sure that it is there.
    pub(crate) fn path_of(&self, logical: &str) -> String {
        self.names
            .get(logical)
            .map(|name| format!("/assets/{name}"))
            .unwrap_or_default()
    }

    /// A file by its hashed name.
    pub(crate) fn asset(&self, name: &str) -> Option<&Asset> {
        self.assets.get(name)
    }

    /// `bundle.sha256` as it was committed.
    pub(crate) fn hashes(&self) -> &[u8] {
        &self.hashes
    }
}

fn media_type_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        // Sent with nosniff, so a browser saves it and does nothing else with it.
        _ => "application/octet-stream",
    }
}

/// Once per start, at the best level: the bundle is the largest thing that most readers load.
fn gzip(octets: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(octets).ok()?;
    let packed = encoder.finish().ok()?;
    (packed.len() < octets.len()).then(|| packed.into())
}

/// What is embedded is not copied.
fn shared(octets: Cow<'static, [u8]>) -> Bytes {
    match octets {
        Cow::Borrowed(octets) => Bytes::from_static(octets),
        Cow::Owned(octets) => octets.into(),
    }
}

fn hex(octets: &[u8]) -> String {
    seal::hex(&sha256_of(&[octets]))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    const FILES: [(&str, &str); 6] = [
        ("main-1.js", "main"),
        ("sender-1.js", "sender"),
        ("worker-1.js", "worker"),
        ("style-1.css", "p{}"),
        ("sender-1.css", "p{}ol{}"),
        ("icon-1.svg", "<svg/>"),
    ];

    fn files() -> BTreeMap<String, Vec<u8>> {
        let manifest = r#"{"main.js":"main-1.js","sender.js":"sender-1.js","worker.js":"worker-1.js","style.css":"style-1.css","sender.css":"sender-1.css","icon.svg":"icon-1.svg"}"#;
        let hashes: String = FILES
            .iter()
            .map(|(name, text)| format!("{}  {name}\n", hex(text.as_bytes())))
            .collect();
        let mut files: BTreeMap<String, Vec<u8>> = FILES
            .iter()
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
            .collect();
        files.insert(MANIFEST.to_owned(), manifest.as_bytes().to_vec());
        files.insert(HASHES.to_owned(), hashes.into_bytes());
        files
    }

    fn bundle(files: &BTreeMap<String, Vec<u8>>) -> Result<Bundle, BundleError> {
        Bundle::from_files(|name| files.get(name).cloned().map(Cow::Owned))
    }

    #[test]
    fn a_whole_bundle_gives_its_files_by_hashed_name() {
        let bundle = bundle(&files()).expect("bundle");
        assert_eq!(bundle.path_of("main.js"), "/assets/main-1.js");
        let asset = bundle.asset("main-1.js").expect("asset");
        assert_eq!(
            (&*asset.octets, asset.media_type, asset.gzip.as_ref()),
            (&b"main"[..], "text/javascript; charset=utf-8", None)
        );
        assert!(
            bundle.asset("main.js").is_none(),
            "only hashed names may be kept for a year"
        );
        assert!(bundle.asset(MANIFEST).is_none());
    }

    #[test]
    fn only_what_grows_smaller_is_compressed_and_it_unpacks_to_the_same() {
        let text = b"the same words again. ".repeat(40);
        let packed = gzip(&text).expect("smaller");
        assert!(packed.len() < text.len() / 4);
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&*packed)
            .read_to_end(&mut unpacked)
            .expect("gzip");
        assert_eq!(unpacked, text);
        assert_eq!(gzip(b"main"), None);
    }

    #[test]
    fn a_missing_file_is_named_with_what_to_do_about_it() {
        for name in files().keys() {
            let mut left = files();
            left.remove(name);
            let error = bundle(&left).expect_err("must not start");
            assert_eq!(error, BundleError::Missing(name.clone()));
            assert!(error.to_string().contains("npm run build"));
        }
    }

    #[test]
    fn a_file_with_other_octets_than_published_is_refused() {
        for (name, _) in FILES {
            let mut changed = files();
            changed.insert(name.to_owned(), b"evil".to_vec());
            assert_eq!(
                bundle(&changed).err(),
                Some(BundleError::Hash(name.to_owned()))
            );
        }
    }

    #[test]
    fn a_manifest_that_lacks_a_page_s_script_is_refused() {
        let mut poor = files();
        poor.insert(MANIFEST.to_owned(), br#"{"main.js":"main-1.js"}"#.to_vec());
        assert_eq!(
            bundle(&poor).err(),
            Some(BundleError::Missing("sender.js".to_owned()))
        );
        poor.insert(MANIFEST.to_owned(), b"[]".to_vec());
        assert_eq!(bundle(&poor).err(), Some(BundleError::Manifest));
    }
}
