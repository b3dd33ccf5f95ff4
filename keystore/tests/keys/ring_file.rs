//! A ring that was cut, changed, put together by hand or brought from elsewhere (K7).

use std::fs;

use keystore::{Credential, Custody, FileCustody, Folder, KeyFacts};
use toml::{Table, Value};

use crate::fixture::{Fixture, checked, noon};

/// A fixture with a rotation on its way, so that every kind of row is there.
fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.rotate(keystore::Purpose::Metadata);
    assert!(fixture.begin(keystore::Purpose::Outbox));
    fixture
}

/// Reads the ring with a credential that is unlocked once.
struct Reader {
    credential: Credential,
    folder: Folder,
}

impl Reader {
    fn of(fixture: &Fixture) -> Self {
        Self {
            credential: FileCustody::new(fixture.root_path())
                .unlock()
                .expect("root"),
            folder: fixture.folder(),
        }
    }

    fn read(&self, text: &[u8]) -> Result<(u64, Vec<KeyFacts>), String> {
        let path = self.folder.ring_path();
        fs::write(&path, text).expect("written");
        match self.folder.read(&self.credential, noon()) {
            Ok(ring) => Ok((ring.generation(), keystore::facts(&ring))),
            Err(error) => Err(checked(&error, &path)),
        }
    }
}

#[test]
fn a_ring_cut_at_any_octet_is_refused() {
    let fixture = fixture();
    let reader = Reader::of(&fixture);
    let text = fixture.ring_text();
    for length in (0..text.len() - 1).step_by(7).chain([text.len() - 2]) {
        assert!(reader.read(&text.as_bytes()[..length]).is_err(), "{length}");
    }
    assert!(reader.read(text.as_bytes()).is_ok(), "the control");
}

#[test]
fn a_ring_with_any_octet_changed_is_refused_or_says_the_same() {
    let fixture = fixture();
    let reader = Reader::of(&fixture);
    let text = fixture.ring_text().into_bytes();
    let whole = reader.read(&text).expect("opens");
    for at in (0..text.len()).step_by(3) {
        let flip = match at / 3 % 3 {
            0 => 0x01,
            1 => 0x20,
            _ => 0x80,
        };
        let mut changed = text.clone();
        changed[at] ^= flip;
        // TOML has letters that do not matter, such as the `t` in `12:00:00`'s instant.
        if let Ok(found) = reader.read(&changed) {
            assert_eq!(found, whole, "octet {at}");
            assert_eq!(
                flip, 0x20,
                "octet {at}: only the case of a letter may not matter"
            );
        }
    }
}

#[test]
fn what_means_nothing_in_toml_means_nothing_here() {
    let fixture = fixture();
    let reader = Reader::of(&fixture);
    let text = fixture.ring_text();
    let whole = reader.read(text.as_bytes());
    let commented = format!("# kept by hand\n\n{}\n\n", text.replace(" = ", "  =  "));
    assert_eq!(reader.read(commented.as_bytes()), whole);
    assert!(whole.is_ok());
}

fn table(text: &str) -> Table {
    text.parse().expect("TOML")
}

fn rows(table: &mut Table) -> &mut Vec<Value> {
    table["key"].as_array_mut().expect("rows")
}

fn written(table: &Table) -> String {
    toml::to_string(table).expect("TOML")
}

#[test]
fn rows_are_not_taken_out_swapped_doubled_or_brought_from_elsewhere() {
    let fixture = fixture();
    let reader = Reader::of(&fixture);
    let stranger = Fixture::new();
    let foreign = rows(&mut table(&stranger.ring_text())).clone();
    let ours = table(&fixture.ring_text());
    let count = rows(&mut ours.clone()).len();
    assert!(
        reader.read(written(&ours).as_bytes()).is_ok(),
        "the control"
    );
    let refused = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut changed = ours.clone();
        change(rows(&mut changed));
        reader
            .read(written(&changed).as_bytes())
            .expect_err("a refusal")
    };
    for at in 0..count {
        refused(&|rows| {
            rows.remove(at);
        });
        refused(&|rows| rows.swap(at, (at + 1) % count));
        let twice = refused(&|rows| rows.push(rows[at].clone()));
        assert!(twice.contains("twice"), "{twice}");
        for row in &foreign {
            refused(&|rows| rows[at] = row.clone());
        }
    }
    for row in &foreign {
        refused(&|rows| rows.push(row.clone()));
    }
    let all = refused(&|rows| *rows = foreign.clone());
    assert!(all.contains("another root secret"), "{all}");
    refused(&|rows| rows.clear());
}

#[test]
fn the_ring_of_another_keystore_is_refused() {
    let fixture = Fixture::new();
    let stranger = Fixture::new();
    fixture.put_ring(&stranger.ring_text());
    let text = fixture.refusal(&fixture.ring_path());
    assert!(text.contains("another root secret"), "{text}");
    fixture.viewer_refusal(&fixture.ring_path());
}

#[test]
fn nothing_beside_a_key_is_changed_by_hand() {
    let fixture = fixture();
    let reader = Reader::of(&fixture);
    let text = fixture.ring_text();
    for (from, to) in [
        ("state = \"pending\"", "state = \"active\""),
        ("state = \"retired\"", "state = \"active\""),
        ("state = \"active\"", "state = \"retired\""),
        ("state = \"active\"", "state = \"destroyed\""),
        ("epoch = \"2026-12\"", "epoch = \"2027-12\""),
        ("epoch = \"2026-12\"\n", ""),
        ("epoch = \"2026-12\"", "epoch = \"2026-13\""),
        ("created_at = \"2026-11-22", "created_at = \"2026-11-21"),
        ("changed_at = \"2026-11-22", "changed_at = \"2026-11-21"),
        ("begun_at = \"2026-11-22", "begun_at = \"2026-11-21"),
        ("purpose = \"spool\"", "purpose = \"reply\""),
        ("purpose = \"spool\"", "purpose = \"metadata\""),
        ("purpose = \"metadata\"", "purpose = \"spool\""),
        ("purpose = \"spool\"", "purpose = \"mail\""),
        ("format = 1", "format = 2"),
        ("generation = 5", "generation = 6"),
        ("generation = 5", "generation = 4"),
        ("generation = 5", "generation = -5"),
        ("generation = 5", "generation = 99999999999999999999"),
        ("[[key]]", "[[key]]\nnote = \"mine\""),
        ("[[key]]", "[[kee]]"),
        ("[[key]]", "[[key]]\n\"a\\nb\\u001b[2J\" = 1"),
        ("purpose = \"spool\"", "purpose = \"a\\nb\""),
        ("format = 1", "format = \"1\\n2\""),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from} is there");
        reader.read(changed.as_bytes()).expect_err("a refusal");
    }
    let rotations = table(&text);
    for change in ["removed", "doubled"] {
        let mut changed = rotations.clone();
        let list = changed["rotation"].as_array_mut().expect("rotations");
        match change {
            "removed" => list.clear(),
            _ => list.push(list[0].clone()),
        }
        reader
            .read(written(&changed).as_bytes())
            .expect_err("a refusal");
    }
}

#[test]
fn texts_of_any_length_are_refused_in_words() {
    let fixture = fixture();
    let reader = Reader::of(&fixture);
    for length in [1_000, 10_000, 70_000] {
        for field in ["purpose", "id", "epoch", "public", "secret"] {
            let mut changed = table(&fixture.ring_text());
            let row = rows(&mut changed)[0].as_table_mut().expect("a row");
            row.insert(field.into(), Value::String("x\n".repeat(length)));
            let text = fixture.ring_text();
            reader
                .read(written(&changed).as_bytes())
                .expect_err("a refusal");
            fixture.put_ring(&text);
        }
    }
}

#[test]
fn a_ring_that_is_no_text_is_refused() {
    let fixture = fixture();
    let reader = Reader::of(&fixture);
    for octets in [&b"\xff\xfe"[..], b"", b"\0", b"key = []", b"\n\n"] {
        reader.read(octets).expect_err("a refusal");
    }
}
