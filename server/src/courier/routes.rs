//! Which way a mail takes: by its recipient's domain. Pure.

use mail::{Domain, DomainPattern};

use crate::config::Route;

/// One of the configured ways out, by its number: 0 is the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination(pub(crate) usize);

impl Destination {
    /// The relay, which takes whatever has no route of its own.
    pub const RELAY: Self = Self(0);
}

/// The patterns of all routes.
#[derive(Debug, Default)]
pub struct Routes(Vec<(DomainPattern, Destination)>);

impl Routes {
    /// The routes in their order, behind the relay.
    pub fn new(routes: &[Route]) -> Self {
        let numbered = routes.iter().enumerate().flat_map(|(number, route)| {
            let patterns = route.domains.iter().cloned();
            patterns.map(move |pattern| (pattern, Destination(number + 1)))
        });
        Self(numbered.collect())
    }

    /// The way of the most specific pattern that matches, on label boundaries (promise T5); the
    /// relay when none does.
    pub fn of(&self, domain: &Domain) -> Destination {
        let matching = self.0.iter().filter(|(pattern, _)| pattern.matches(domain));
        matching
            .max_by_key(|(pattern, _)| specificity(pattern))
            .map_or(Destination::RELAY, |(_, destination)| *destination)
    }
}

/// Of two patterns that take the same domain the longer is the more specific: each is a suffix of
/// that domain, and the one without a star is all of it.
fn specificity(pattern: &DomainPattern) -> usize {
    let text = pattern.to_string();
    text.strip_prefix("*.").unwrap_or(&text).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_pattern_decides_whatever_the_order() {
        let patterns = [
            ("*.uk", 1),
            ("*.nhs.uk", 2),
            ("*.secure.nhs.uk", 3),
            ("trust.secure.nhs.uk", 4),
            ("nhs.uk", 5),
            ("[192.0.2.1]", 6),
        ];
        let routes = |turn: usize| {
            let mut patterns = patterns.to_vec();
            patterns.rotate_left(turn);
            let parse =
                |(text, number): (&str, usize)| (text.parse().unwrap(), Destination(number));
            Routes(patterns.into_iter().map(parse).collect())
        };
        for turn in 0..patterns.len() {
            for (domain, expected) in [
                ("example.org", 0),
                ("uk", 0),
                ("x.uk", 1),
                ("nhs.uk", 5),
                ("evilnhs.uk", 1),
                ("x.nhs.uk", 2),
                ("secure.nhs.uk", 2),
                ("evilsecure.nhs.uk", 2),
                ("a.secure.nhs.uk", 3),
                ("trust.secure.nhs.uk", 4),
                ("x.trust.secure.nhs.uk", 3),
                ("nhs.uk.example.com", 0),
                ("[192.0.2.1]", 6),
                ("[192.0.2.2]", 0),
            ] {
                let found = routes(turn).of(&domain.parse().unwrap());
                assert_eq!(found, Destination(expected), "{domain} turn {turn}");
            }
        }
    }
}
