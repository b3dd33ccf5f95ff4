//! The fuzz targets on stable: every file of each corpus, and ten thousand mutations of them from
//! a fixed seed. libFuzzer finds what this does not; what it found is in the corpus from then on.

#[path = "targets/bounce.rs"]
mod bounce;
#[path = "targets/policy.rs"]
mod policy;
#[path = "targets/mod.rs"]
mod targets;

use std::fs;
use std::path::Path;

/// Mutations of each target.
const MUTATIONS: u64 = 10_000;

/// Scraps that mean something to one parser or another.
const WORDS: [&[u8]; 24] = [
    b"\r\n",
    b"\n",
    b"\r",
    b".",
    b"\r\n.\r\n",
    b"\0",
    b" ",
    b"\t",
    b"<",
    b">",
    b"@",
    b":",
    b"=?utf-8?q?",
    b"?=",
    b"[secure]",
    b"Re: ",
    b"Bcc: ",
    b"Subject: ",
    b"Content-Type: multipart/mixed; boundary=x\r\n",
    b"--x\r\n",
    b"--x--\r\n",
    b"*.",
    b"\xC3\xA9",
    b"\xFF",
];

/// SplitMix64: enough to mutate by, the same on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).expect("below a usize")
    }
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|fault| panic!("{}: {fault}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    assert!(files.len() >= 3, "{target} has hardly a corpus");
    files
        .iter()
        .map(|file| fs::read(file).expect("a file"))
        .collect()
}

fn mutated(chance: &mut Chance, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut octets = corpus[chance.below(corpus.len())].clone();
    for _ in 0..=chance.below(6) {
        let at = chance.below(octets.len() + 1);
        let to = (at + chance.below(9)).min(octets.len());
        match chance.below(5) {
            0 => drop(octets.drain(at..to)),
            1 if at < octets.len() => octets[at] ^= 1 << chance.below(8),
            2 => {
                let copied = octets[at..to].to_vec();
                octets.splice(at..at, copied);
            }
            3 => {
                let other = &corpus[chance.below(corpus.len())];
                octets.truncate(at);
                octets.extend(&other[chance.below(other.len() + 1)..]);
            }
            _ => {
                let word = WORDS[chance.below(WORDS.len())];
                octets.splice(at..at, word.iter().copied());
            }
        }
    }
    octets
}

fn smoke(target: &str, check: fn(&[u8])) {
    let corpus = corpus(target);
    for octets in &corpus {
        check(octets);
    }
    let mut chance = Chance(1);
    for _ in 0..MUTATIONS {
        let octets = mutated(&mut chance, &corpus);
        let named = octets.clone();
        let outcome = std::panic::catch_unwind(move || check(&octets));
        assert!(
            outcome.is_ok(),
            "{target} fails on b\"{}\"",
            named.escape_ascii()
        );
    }
}

#[test]
fn every_command_line_gets_one_reply() {
    smoke("command", targets::command::check);
}

#[test]
fn content_ends_where_the_definition_says() {
    smoke("data", targets::data::check);
}

#[test]
fn chunks_are_the_content_wherever_they_are_cut() {
    smoke("bdat", targets::bdat::check);
}

#[test]
fn only_a_failure_for_good_is_one() {
    smoke("bounce", bounce::check);
}

#[test]
fn header_and_tag_lose_nothing() {
    smoke("header", targets::header::check);
}

#[test]
fn a_view_comes_back_and_knows_no_bcc() {
    smoke("view", targets::view::check);
}

#[test]
fn policy_never_relays_a_tagged_mail_as_ordinary() {
    smoke("policy", policy::check);
}
