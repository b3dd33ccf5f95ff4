//! What comes back to the bounce address of a notice: a failure for good, or anything else.
//!
//! A pure function over any octets, bounded in what it looks at. It reads a report as RFC 3464
//! defines it where there is one, and guesses otherwise, rather too little than too much: a
//! failure that is missed leaves the recipient with a notice that did not arrive and a sender who
//! is told when the message expires unopened; one that is made up tells the sender at once
//! something wrong. Nothing of the mail is kept (decision 0016).

use mail::header::{AutoSubmitted, HeaderSection};

/// Octets of a bounce that are looked at.
pub const LOOKED_AT: usize = 256 * 1024;
/// Lines of one field of a report, or of a guess, that are looked at.
const LINES: usize = 10_000;

/// What a mail to a bounce address says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The notice will not arrive.
    Failed(Status),
    /// A delay, a vacation, a receipt, or something that nobody can tell.
    Passing,
}

/// An enhanced status code (RFC 3463) of class 4 or 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    class: u8,
    subject: u16,
    detail: u16,
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

impl Status {
    const UNKNOWN: Self = Self {
        class: 5,
        subject: 0,
        detail: 0,
    };

    /// Reads `5.1.1` at the start of a text, and nothing longer.
    fn parse(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
        let mut parts = text[..end.unwrap_or(text.len())]
            .trim_end_matches('.')
            .split('.');
        let mut number = |most: usize| {
            let part = parts.next()?;
            let fits = (1..=most).contains(&part.len());
            fits.then(|| part.parse::<u16>().ok())?
        };
        let (class, subject, detail) = (number(1)?, number(3)?, number(3)?);
        if parts.next().is_some() {
            return None; // an IP address
        }
        let class = u8::try_from(class).ok()?;
        matches!(class, 4 | 5).then_some(Self {
            class,
            subject,
            detail,
        })
    }
}

/// Reads a bounce.
pub fn read(content: &[u8]) -> Verdict {
    let Ok(header) = HeaderSection::split(content) else {
        return Verdict::Passing;
    };
    let body = &content[header.body_start().min(content.len())..];
    let body = String::from_utf8_lossy(&body[..body.len().min(LOOKED_AT)]);
    if let Some(verdict) = read_report(&body) {
        return verdict;
    }
    // A vacation is no failure, whatever it says.
    if header.auto_submitted() == AutoSubmitted::Replied && !is_from_daemon(&header) {
        return Verdict::Passing;
    }
    if is_from_daemon(&header) {
        return guess(&body);
    }
    Verdict::Passing
}

/// The verdict of a `message/delivery-status` part, if the body has one: failed when any recipient
/// has. There was one recipient; what an alias made of it is its owner's business.
fn read_report(body: &str) -> Option<Verdict> {
    let mut lines = body.lines().take(LINES);
    lines.by_ref().find(|line| {
        let line = line.to_ascii_lowercase();
        line.strip_prefix("content-type:").is_some_and(|value| {
            let value = value.trim_start();
            value.starts_with("message/delivery-status")
                || value.starts_with("message/global-delivery-status")
        })
    })?;
    // The rest of the part's own header.
    lines.by_ref().find(|line| line.trim().is_empty())?;
    let (mut failed, mut any, mut status) = (false, false, None);
    let mut verdict = None;
    for line in lines.take_while(|line| !line.starts_with("--")).chain([""]) {
        if line.trim().is_empty() {
            if failed {
                verdict = verdict.or(Some(status.unwrap_or(Status::UNKNOWN)));
            }
            (failed, status) = (false, None);
            continue;
        }
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        if name.eq_ignore_ascii_case("Action") {
            any = true;
            failed = first_word(value).eq_ignore_ascii_case("failed");
        } else if name.eq_ignore_ascii_case("Status") {
            status = Status::parse(value);
        }
    }
    any.then(|| verdict.map_or(Verdict::Passing, Verdict::Failed))
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_ascii_alphabetic() && c != '-')
        .next()
        .unwrap_or_default()
}

/// Whether the mail says that a mail system wrote it.
fn is_from_daemon(header: &HeaderSection<'_>) -> bool {
    header.first("From").is_some_and(|from| {
        let from = String::from_utf8_lossy(from.raw_value()).to_ascii_lowercase();
        [
            "mailer-daemon",
            "postmaster",
            "mail delivery",
            "mail-daemon",
        ]
        .iter()
        .any(|name| from.contains(name))
    })
}

/// Words in front of which a mail system means it for good.
const FOR_GOOD: [&str; 12] = [
    "user unknown",
    "unknown user",
    "no such user",
    "no such recipient",
    "no mailbox here",
    "mailbox unavailable",
    "mailbox not found",
    "does not exist",
    "recipient rejected",
    "address rejected",
    "account has been disabled",
    "host or domain name not found",
];
/// And by which it says that it still tries.
const STILL_TRIES: [&str; 5] = [
    "will be retried",
    "still being retried",
    "delivery delayed",
    "do not need to resend",
    "warning message only",
];

/// A mail system's words without a report: an enhanced status of class 5, or a phrase.
fn guess(body: &str) -> Verdict {
    let mut found = None;
    for line in body.lines().take(LINES) {
        let lower = line.to_ascii_lowercase();
        if STILL_TRIES.iter().any(|phrase| lower.contains(phrase)) {
            return Verdict::Passing;
        }
        let status = lower
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .find_map(|word| Status::parse(word).filter(|status| status.class == 5));
        let phrase = FOR_GOOD.iter().any(|phrase| lower.contains(phrase));
        found = found.or(status).or(phrase.then_some(Status::UNKNOWN));
    }
    found.map_or(Verdict::Passing, Verdict::Failed)
}

#[cfg(test)]
#[path = "bounces_tests.rs"]
mod tests;
