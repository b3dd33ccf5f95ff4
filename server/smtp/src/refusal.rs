//! A refusal that is decided outside of the session: by the policy, by the store.
//!
//! What the session itself refuses is a [`Fault`](crate::fault::Fault).

use std::str::FromStr;

use crate::reply::{Reply, Status, printable};

/// A 4xx or 5xx reply with an enhanced status and words that a postmaster can act on.
///
/// Whatever it is made of, it refuses: a code outside of its class is replaced, so a slip of the
/// caller cannot turn a refusal into an acceptance. Words lose everything but printable ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    code: u16,
    status: Status,
    text: String,
}

impl Refusal {
    /// The client shall try again later. A `code` outside of 400 to 499 becomes 451. Code 421 also
    /// ends the session.
    pub fn transient(code: u16, status: Status, text: &str) -> Self {
        let code = if (400..500).contains(&code) {
            code
        } else {
            451
        };
        Self {
            code,
            status,
            text: printable(text),
        }
    }

    /// Trying again will not help. A `code` outside of 500 to 599 becomes 550.
    pub fn permanent(code: u16, status: Status, text: &str) -> Self {
        let code = if (500..600).contains(&code) {
            code
        } else {
            550
        };
        Self {
            code,
            status,
            text: printable(text),
        }
    }

    /// The three digits.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The enhanced status; its class is the code's first digit.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The words.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the client may succeed later with the same request.
    pub fn is_transient(&self) -> bool {
        self.code < 500
    }

    pub(crate) fn reply(&self) -> Reply {
        Reply::new(self.code, self.status, self.text.clone())
    }
}

/// A text that is not `code class.subject.detail words`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a refusal reads like `550 5.7.1 words`, with a code of 4xx or 5xx and a status of its class"
)]
pub struct RefusalSyntax;

impl FromStr for Refusal {
    type Err = RefusalSyntax;

    /// Reads `550 5.7.1 words`.
    fn from_str(line: &str) -> Result<Self, RefusalSyntax> {
        let mut parts = line.splitn(3, ' ');
        let mut next = || parts.next().ok_or(RefusalSyntax);
        let (code, status, text) = (next()?, next()?, next()?);
        let code = digits(code, 3)?;
        let mut numbers = status.split('.').map(|number| digits(number, 3));
        let mut next = || numbers.next().ok_or(RefusalSyntax)?;
        let (class, subject, detail) = (next()?, next()?, next()?);
        if numbers.next().is_some() || class != code / 100 {
            return Err(RefusalSyntax);
        }
        match class {
            4 => Ok(Self::transient(code, Status::new(subject, detail), text)),
            5 => Ok(Self::permanent(code, Status::new(subject, detail), text)),
            _ => Err(RefusalSyntax),
        }
    }
}

fn digits(text: &str, most: usize) -> Result<u16, RefusalSyntax> {
    if text.len() > most || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(RefusalSyntax);
    }
    text.parse().map_err(|_| RefusalSyntax)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_never_becomes_an_acceptance() {
        let status = Status::new(7, 1);
        assert_eq!(Refusal::permanent(250, status, "no").code(), 550);
        assert_eq!(Refusal::transient(550, status, "no").code(), 451);
        assert_eq!(
            Refusal::transient(354, status, "no").reply().to_string(),
            "451 4.7.1 no\r\n"
        );
    }

    #[test]
    fn a_refusal_is_read_from_a_line() {
        let refusal: Refusal = "550 5.1.1 No such mailbox".parse().unwrap();
        assert_eq!(
            refusal,
            Refusal::permanent(550, Status::new(1, 1), "No such mailbox")
        );
        assert!(!refusal.is_transient());
    }

    #[test]
    fn lines_that_are_no_refusals_are_not_read() {
        for line in [
            "",
            "550",
            "550 5.1.1",
            "250 2.0.0 ok",
            "550 4.1.1 x",
            "55 5.1.1 x",
            "+50 5.1.1 x",
            "550 5.1 x",
            "550 5.1.1.1 x",
            "550 5..1 x",
            "550 5.1.9999 x",
            "5500 5.1.1 x",
        ] {
            assert_eq!(line.parse::<Refusal>(), Err(RefusalSyntax), "{line:?}");
        }
    }

    #[test]
    fn words_with_a_line_end_stay_on_one_line() {
        let refusal = Refusal::permanent(550, Status::new(7, 1), "no\r\n250 2.0.0 stored");
        assert_eq!(
            refusal.reply().to_string(),
            "550 5.7.1 no??250 2.0.0 stored\r\n"
        );
    }
}
