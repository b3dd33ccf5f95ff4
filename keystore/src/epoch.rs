//! Expiry epochs: the calendar month (UTC) in which a grant ends.
//!
//! A server share is sealed under the key of its epoch, so destroying that key when the month is
//! over shreds every copy of every share in it, those in backups included (DESIGN §4).

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A calendar month, `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch {
    year: i16,
    month: i8,
}

impl Epoch {
    /// The month that contains an instant.
    pub fn of(instant: Timestamp) -> Self {
        let date = instant.to_zoned(TimeZone::UTC).date();
        Self {
            year: date.year(),
            month: date.month(),
        }
    }

    /// The month after.
    pub fn next(self) -> Self {
        match self.month {
            12 => Self {
                year: self.year + 1,
                month: 1,
            },
            month => Self {
                year: self.year,
                month: month + 1,
            },
        }
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Epoch {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (year, month) = text.split_once('-').ok_or(())?;
        let epoch = Self {
            year: year.parse().map_err(|_| ())?,
            month: month.parse().map_err(|_| ())?,
        };
        ((1..=12).contains(&epoch.month) && epoch.to_string() == text)
            .then_some(epoch)
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_and_ends_at_midnight_utc() {
        let at = |text: &str| Epoch::of(text.parse().expect("instant")).to_string();
        assert_eq!(at("2026-11-30T23:59:59.999Z"), "2026-11");
        assert_eq!(at("2026-12-01T00:00:00Z"), "2026-12");
        assert_eq!(at("2026-12-01T00:30:00+01:00"), "2026-11");
    }

    #[test]
    fn december_is_followed_by_january() {
        let december: Epoch = "2026-12".parse().expect("epoch");
        assert_eq!(december.next().to_string(), "2027-01");
        assert!(december < december.next());
    }

    #[test]
    fn other_texts_are_no_months() {
        for text in [
            "",
            "2026",
            "2026-00",
            "2026-13",
            "2026-1",
            "26-01",
            "2026-01-01",
        ] {
            assert!(text.parse::<Epoch>().is_err(), "{text}");
        }
    }
}
