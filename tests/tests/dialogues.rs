//! Plays the SMTP dialogues in `tests/dialogues/*.smtp` against a session without a socket.
//!
//! Each dialogue is played several times, with the client's octets cut in different places: as
//! written, octet by octet, and at random. What a line means stands in `dialogues/play.rs`.

#[path = "dialogues/client.rs"]
mod client;
#[path = "dialogues/play.rs"]
mod play;

use std::fs;
use std::path::Path;

use play::Play;

/// The client's octets in random pieces, besides whole and octet by octet.
const RANDOM_CUTS: u64 = 6;

#[test]
fn every_dialogue_goes_as_it_is_written() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("dialogues");
    let (mut dialogues, mut plays) = (0, 0);
    let mut failures = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "smtp") {
            continue;
        }
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        for dialogue in split(&fs::read_to_string(&path).unwrap()) {
            dialogues += 1;
            for cut in cuts() {
                plays += 1;
                if let Err(failure) = Play::new(cut).play(&dialogue.lines) {
                    failures.push(format!("{file}: {}\n  {failure} ({cut:?})", dialogue.name));
                    break;
                }
            }
        }
    }
    eprintln!("{dialogues} dialogues, {plays} plays");
    assert!(
        failures.is_empty(),
        "{} failed\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(
        dialogues > 100,
        "only {dialogues} dialogues: are they where they should be?"
    );
}

#[test]
fn a_dialogue_that_goes_otherwise_is_noticed() {
    let mail = "S: 220...\nC: HELO c\nS: 250...\nC: MAIL FROM:<>\nS: 250...\n\
                C: RCPT TO:<a@b.example>\nS: 250...\nC: DATA\nS: 354...\nC: x\nC: .\n";
    let right = [
        "S: 220...\nC: NOOP\nS: 250...".into(),
        "S: 220...\nC: QUIT\nS: 221...\nX: close".into(),
        format!("{mail}M: <> to <a@b.example>\nM| x\nS: 250..."),
    ];
    let wrong = [
        "S: 220...\nC: NOOP\nS: 500...".into(),
        "S: 220...\nC: NOOP\nS: 250 2.0.0 Still".into(),
        "S: 220...\nC: NOOP".into(),
        "S: 220...\nC: NOOP\nS: 250...\nS: 250...".into(),
        "S: 220...\nC: QUIT\nS: 221...".into(),
        "S: 220...\nX: close".into(),
        "S: 220...\n#! no-room\nC: NOOP\nS: 250...".into(),
        "S: 220...\n? NOOP".into(),
        format!("{mail}S: 250..."),
        format!("{mail}M: <> to <b@b.example>\nS: 250..."),
        format!("{mail}M: <> to <a@b.example>\nM| y\nS: 250..."),
        format!("{mail}M: <> to <a@b.example>\nM| x\nM| x\nS: 250..."),
        format!("{mail}M: <> to <a@b.example>\nM|\nS: 250..."),
    ];
    let play =
        |text: String| Play::new(Cut::Whole).play(&split(&format!("=== a\n{text}\n"))[0].lines);
    for text in right {
        assert_eq!(play(text.clone()), Ok(()), "{text}");
    }
    for text in wrong {
        assert!(play(text.clone()).is_err(), "{text}");
    }
}

struct Dialogue {
    name: String,
    lines: Vec<String>,
}

fn split(file: &str) -> Vec<Dialogue> {
    let mut dialogues: Vec<Dialogue> = Vec::new();
    for line in file.lines() {
        match (line.strip_prefix("=== "), dialogues.last_mut()) {
            (Some(name), _) => dialogues.push(Dialogue {
                name: name.into(),
                lines: Vec::new(),
            }),
            (None, Some(dialogue)) => dialogue.lines.push(line.into()),
            (None, None) => {}
        }
    }
    dialogues
}

/// Where the client's octets are cut.
#[derive(Clone, Copy, Debug)]
enum Cut {
    Whole,
    EveryOctet,
    Random(u64),
}

fn cuts() -> impl Iterator<Item = Cut> {
    [Cut::Whole, Cut::EveryOctet]
        .into_iter()
        .chain((1..=RANDOM_CUTS).map(Cut::Random))
}

impl Cut {
    /// The length of the next piece of `left` octets.
    fn next(&mut self, left: usize) -> usize {
        match self {
            Self::Whole => left,
            Self::EveryOctet => 1,
            Self::Random(state) => {
                *state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                // Half of the pieces are tiny: line ends are where it matters.
                let most = if *state >> 63 == 0 { left.min(3) } else { left };
                1 + (*state >> 33) as usize % most
            }
        }
    }
}
