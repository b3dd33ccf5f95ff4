//! The offline backup of the root secret in parts: any `need` of them bring it back, fewer say
//! nothing about it (Shamir's scheme over GF(256)).
//!
//! A part is one line that a person can print or write down:
//! `SEALPOST-PART-1 <root id> <need> of <of> <octets in hex, in groups> <check>`.

use rand_core::{TryCryptoRng, TryRng};
use seal::{Random, hex, sha256_of};
use vsss_rs::Gf256;
use zeroize::Zeroizing;

use crate::custody::RootSecret;

const PREFIX: &str = "SEALPOST-PART-1";
/// The fewest parts that may be needed: with one, each part would be the secret.
pub const FEWEST: u8 = 2;
/// The most parts.
pub const MOST: u8 = 100;

/// Why parts cannot be made or put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// The numbers make no sense.
    #[error("--need must be between {FEWEST} and --of, and --of at most {MOST}")]
    Numbers,
    /// A line is no part.
    #[error("part {0} was not read right: a letter is wrong or missing")]
    Mistyped(usize),
    /// Parts of different root secrets.
    #[error("part {0} belongs to another root secret or another splitting than the first")]
    Foreign(usize),
    /// The same part twice.
    #[error("part {0} is there twice")]
    Twice(usize),
    /// Not enough.
    #[error("{need} parts are needed, {have} are here")]
    TooFew {
        /// Needed.
        need: u8,
        /// There.
        have: usize,
    },
    /// The parts fit each other, yet not the root secret they name.
    #[error("these parts do not give the root secret that they name; one of them is wrong")]
    Wrong,
}

/// Splits a root secret into `of` lines of which any `need` bring it back.
pub fn split(
    root: &RootSecret,
    need: u8,
    of: u8,
    random: &dyn Random,
) -> Result<Vec<Zeroizing<String>>, SplitError> {
    if need < FEWEST || need > of || of > MOST {
        return Err(SplitError::Numbers);
    }
    let parts = Gf256::split_bytes(
        usize::from(need),
        usize::from(of),
        root.expose(),
        Draws(random),
    );
    let parts = Zeroizing::new(parts.map_err(|_| SplitError::Numbers)?);
    seal::wipe_stack();
    let line = |octets: &Vec<u8>| {
        let octets = Zeroizing::new(hex(octets));
        let groups: Vec<&str> = (0..octets.len())
            .step_by(6)
            .map(|at| &octets[at..octets.len().min(at + 6)])
            .collect();
        let groups = Zeroizing::new(groups.join("-"));
        let front = Zeroizing::new(format!(
            "{PREFIX} {} {need} of {of} {}",
            root.id(),
            groups.as_str()
        ));
        Zeroizing::new(format!("{} {}", front.as_str(), check(&front)))
    };
    Ok(parts.iter().map(line).collect())
}

/// Puts parts together again. Lines that are empty are passed over.
pub fn combine<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<RootSecret, SplitError> {
    let mut parts: Vec<Part> = Vec::new();
    let lines = lines
        .into_iter()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    for (at, line) in lines.enumerate() {
        let number = at + 1;
        let part = Part::parse(line).ok_or(SplitError::Mistyped(number))?;
        if let Some(first) = parts.first()
            && (&first.root, first.need, first.of) != (&part.root, part.need, part.of)
        {
            return Err(SplitError::Foreign(number));
        }
        if parts.iter().any(|known| known.octets[0] == part.octets[0]) {
            return Err(SplitError::Twice(number));
        }
        parts.push(part);
    }
    let need = parts.first().map_or(FEWEST, |part| part.need);
    if parts.len() < usize::from(need) {
        return Err(SplitError::TooFew {
            need,
            have: parts.len(),
        });
    }
    let named = parts[0].root.clone();
    let octets: Vec<Vec<u8>> = parts.iter().map(|part| part.octets.to_vec()).collect();
    let octets = Zeroizing::new(octets);
    let secret = Gf256::combine_bytes(&octets[..]).map_err(|_| SplitError::Wrong)?;
    let secret = Zeroizing::new(secret);
    seal::wipe_stack();
    let secret = secret
        .as_slice()
        .try_into()
        .map_err(|_| SplitError::Wrong)?;
    let root = RootSecret::from_octets(secret);
    if root.id() == named {
        Ok(root)
    } else {
        Err(SplitError::Wrong)
    }
}

struct Part {
    root: String,
    need: u8,
    of: u8,
    octets: Zeroizing<Vec<u8>>,
}

impl Part {
    fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [PREFIX, root, need, "of", of, groups, given] = words[..] else {
            return None;
        };
        let front = Zeroizing::new(format!("{PREFIX} {root} {need} of {of} {groups}"));
        if check(&front) != given {
            return None;
        }
        let digits = Zeroizing::new(groups.replace('-', ""));
        let octets = crate::acts::unhex(&digits)?;
        // The part's number, then 32 octets.
        (octets.len() == 33).then_some(())?;
        Some(Self {
            root: root.to_owned(),
            need: need.parse().ok()?,
            of: of.parse().ok()?,
            octets: Zeroizing::new(octets),
        })
    }
}

/// Six digits that find a mistyped letter.
fn check(front: &str) -> String {
    hex(&sha256_of(&[front.as_bytes()])[..3])
}

/// Our source of randomness for the library's.
struct Draws<'a>(&'a dyn Random);

impl TryRng for Draws<'_> {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut octets = Zeroizing::new([0; 4]);
        self.0.fill(&mut octets[..]);
        Ok(u32::from_le_bytes(*octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut octets = Zeroizing::new([0; 8]);
        self.0.fill(&mut octets[..]);
        Ok(u64::from_le_bytes(*octets))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Draws<'_> {}

#[cfg(test)]
mod tests {
    use seal::SystemRandom;

    use super::*;

    fn parts(need: u8, of: u8) -> (RootSecret, Vec<Zeroizing<String>>) {
        let random = SystemRandom::new();
        let root = RootSecret::generate(&random);
        let parts = split(&root, need, of, &random).expect("parts");
        (root, parts)
    }

    fn together(parts: &[&Zeroizing<String>]) -> Result<String, SplitError> {
        combine(parts.iter().map(|part| part.as_str())).map(|root| root.id())
    }

    #[test]
    fn any_three_of_five_bring_it_back_and_two_do_not() {
        let (root, parts) = parts(3, 5);
        assert_eq!(parts.len(), 5);
        for a in 0..5 {
            for b in (0..5).filter(|b| *b != a) {
                let two = [&parts[a], &parts[b]];
                assert_eq!(together(&two), Err(SplitError::TooFew { need: 3, have: 2 }));
                for c in (0..5).filter(|c| *c != a && *c != b) {
                    let three = [&parts[a], &parts[b], &parts[c]];
                    assert_eq!(together(&three), Ok(root.id()), "{a} {b} {c}");
                }
            }
        }
        assert_eq!(together(&parts.iter().collect::<Vec<_>>()), Ok(root.id()));
    }

    #[test]
    fn numbers_have_limits() {
        let random = SystemRandom::new();
        let root = RootSecret::generate(&random);
        for (need, of, fine) in [
            (1, 5, false),
            (2, 2, true),
            (3, 2, false),
            (2, MOST, true),
            (2, MOST + 1, false),
        ] {
            assert_eq!(
                split(&root, need, of, &random).is_ok(),
                fine,
                "{need} of {of}"
            );
        }
    }

    #[test]
    fn wrong_parts_are_named() {
        let (_, ours) = parts(2, 3);
        let (_, other) = parts(2, 3);
        assert_eq!(
            together(&[&ours[0], &other[1]]),
            Err(SplitError::Foreign(2))
        );
        assert_eq!(together(&[&ours[0], &ours[0]]), Err(SplitError::Twice(2)));
        for at in [3, 20, 40, 60, 90] {
            let mut text = ours[1].to_string();
            let wrong = if &text[at..=at] == "7" { "8" } else { "7" };
            text.replace_range(at..=at, wrong);
            let found = together(&[&ours[0], &Zeroizing::new(text)]);
            assert_eq!(found, Err(SplitError::Mistyped(2)), "{at}");
        }
        assert_eq!(
            combine([]).err(),
            Some(SplitError::TooFew { need: 2, have: 0 })
        );
    }
}
