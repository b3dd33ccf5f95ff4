//! An attacker who has seized everything but the links: databases, sealed files, configuration,
//! logs, a backup and every key. Opens what it can and says how.
//!
//! It shares formulas with the product (`FORMAT.md`), not the product's way of asking: it knows
//! neither sessions nor passcodes, because nobody is there any more to ask for them.

mod attack;
mod guesses;
mod loot;
mod ring;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use seal::Link;
use serde_json::json;

use attack::{Loot, Tally};
use guesses::Texts;
use loot::{Found, Records};

const USAGE: &str = "usage: attacker --scratch FOLDER --store FOLDER… --secret FILE… --ring FILE… \
                     [--look PATH…] [--links FILE] [--canary WORD] [--guess no]";

#[derive(Default)]
struct Words {
    scratch: PathBuf,
    stores: Vec<PathBuf>,
    secrets: Vec<PathBuf>,
    rings: Vec<PathBuf>,
    look: Vec<PathBuf>,
    links: Option<PathBuf>,
    canary: Option<String>,
    does_not_guess: bool,
}

fn words() -> Words {
    let mut words = Words::default();
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let value = given.next().expect(USAGE);
        match name.as_str() {
            "--scratch" => words.scratch = value.into(),
            "--store" => words.stores.push(value.into()),
            "--secret" => words.secrets.push(value.into()),
            "--ring" => words.rings.push(value.into()),
            "--look" => words.look.push(value.into()),
            "--links" => words.links = Some(value.into()),
            "--canary" => words.canary = Some(value),
            "--guess" => words.does_not_guess = value == "no",
            _ => panic!("{USAGE}"),
        }
    }
    words
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a file that can be read")
}

fn main() {
    let words = words();
    let mut records = Records::default();
    let mut stores = Vec::new();
    for (n, folder) in words.stores.iter().enumerate() {
        loot::read(folder, &words.scratch.join(n.to_string()), &mut records);
        loot::files(folder, &mut stores);
    }
    let mut roots: Vec<_> = words
        .secrets
        .iter()
        .flat_map(|path| ring::credentials(&text(path)))
        .collect();
    let mut keys = std::collections::BTreeMap::new();
    for path in &words.rings {
        keys.extend(ring::open(&text(path), &roots));
    }
    let derived: Vec<_> = roots.iter().flat_map(ring::role_secrets).collect();
    roots.extend(derived);

    let mut looked = Vec::new();
    for path in words.look.iter().chain(&words.secrets).chain(&words.rings) {
        loot::files(path, &mut looked);
    }
    let mut texts = Texts::default();
    for file in &looked {
        guesses::of_text(&file.octets, &mut texts);
    }
    let links = words.links.as_deref().map(text).unwrap_or_default();
    let links = links
        .lines()
        .map(|line| Link::parse(line).unwrap_or_else(|error| panic!("{error}")));
    let loot = Loot {
        links: links.collect(),
        records,
        stores,
        keys,
        roots,
        texts,
        guesses: !words.does_not_guess,
    };
    let tally = loot.attack();
    report(&loot, &tally, &looked, words.canary.as_deref());
}

fn report(loot: &Loot, tally: &Tally, looked: &[Found], canary: Option<&str>) {
    let count = |counter: &std::sync::atomic::AtomicUsize| counter.load(Ordering::Relaxed);
    let opened = tally.opened.lock().expect("no thread panics");
    let mut by = std::collections::BTreeMap::<&str, u64>::new();
    for how in opened.values() {
        *by.entry(how).or_default() += 1;
    }
    let plaintexts = tally.plaintexts.lock().expect("no thread panics");
    let canaries = canary.map(|word| {
        let files = loot.stores.iter().chain(looked);
        let named = files.map(|file| (file.path.display().to_string(), &file.octets));
        let opened = plaintexts
            .iter()
            .map(|value| ("an opened value".to_owned(), value));
        let all = named.chain(opened);
        let hits = all.filter(|(_, octets)| holds(octets, word));
        hits.map(|(name, _)| name).collect::<Vec<_>>()
    });
    let octets: usize = loot.stores.iter().map(|file| file.octets.len()).sum();
    let report = json!({
        "recipients": loot.records.victims.len(),
        "files": loot.stores.len() + looked.len(),
        "store_octets": octets,
        "keys": loot.keys.len(),
        "opened_shares": count(&tally.shares),
        "opened_addresses": count(&tally.addresses),
        "opened_senders": count(&tally.senders),
        "opened_link_secrets": count(&tally.payloads),
        "wrapped_link_secrets_seen": count(&tally.remains),
        "link_secrets_at": *tally.places.lock().expect("no thread panics"),
        "tried_as_link_secret": tally.link_secrets.load(Ordering::Relaxed),
        "tried_as_identity": tally.seeds.load(Ordering::Relaxed),
        "link_secrets_without_share": count(&tally.fits_alone),
        "opened": opened.len(),
        "opened_by": by,
        "canaries_in": canaries,
    });
    writeln!(std::io::stdout(), "{report}").expect("standard output");
}

/// Whether a word stands in octets, plain or as mail, web and programs encode it.
fn holds(octets: &[u8], word: &str) -> bool {
    let plain = word.as_bytes();
    let mut forms = vec![plain.to_vec(), seal::hex(plain).into_bytes()];
    forms.push(word.encode_utf16().flat_map(u16::to_le_bytes).collect());
    for shift in 0..3 {
        let mut shifted = vec![0; shift];
        shifted.extend(plain);
        let encoded = BASE64_STANDARD_NO_PAD.encode(&shifted);
        // Characters that neighbours have a share in tell nothing.
        let start = (shift * 8).div_ceil(6);
        let end = (shift + plain.len()) * 8 / 6;
        forms.push(encoded.as_bytes()[start..end].to_vec());
    }
    forms
        .iter()
        .any(|form| memchr::memmem::find(octets, form).is_some())
}
