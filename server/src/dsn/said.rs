//! What another mail system said when it did not take a mail, as a report keeps it: sealed, because
//! its words often repeat an address.

use keystore::{KeyError, Metadata, Ring};
use seal::{MessageId, Random, RecipientId};
use serde::{Deserialize, Serialize};
use store::place;

use crate::courier::{RemoteFailure, Stage};
use crate::metadata::json;

/// A reply of another mail system.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Which, as the configuration names it.
    pub host: String,
    /// Its three digits.
    pub code: u16,
    /// Its enhanced status, or one of the class alone.
    status: String,
    /// Its words, when it can have known no more than the envelope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words: Option<String>,
}

impl Said {
    /// Of a failure, when there was a reply. Who has seen the content may quote it, so its words go
    /// no further (promise D6); before that they can repeat the envelope only.
    pub fn of(failure: &RemoteFailure) -> Option<Self> {
        let words = match failure.stage {
            Stage::EndOfData => None,
            _ => failure.remote_words.as_deref(),
        };
        Some(Self {
            host: failure.host.clone(),
            code: failure.code?,
            status: failure.status.to_string(),
            words: words.map(str::trim).filter(|w| !w.is_empty()).map(into_one),
        })
    }

    /// The text behind `smtp;` (RFC 3464 §2.3.6, Appendix B): the reply as it was, on one line.
    pub fn diagnostic(&self) -> String {
        match &self.words {
            Some(words) => format!("{} {words}", self.code),
            None => format!("{} {} (its words are withheld)", self.code, self.status),
        }
    }

    /// Seals for a recipient's report.
    pub fn seal(
        &self,
        keys: &Ring<Metadata>,
        message: MessageId,
        recipient: RecipientId,
        random: &dyn Random,
    ) -> Vec<u8> {
        let place = place::report_remote(&message, &recipient);
        keys.seal(&place, &json(self), random)
    }

    /// Opens a recipient's report.
    pub fn open(
        keys: &Ring<Metadata>,
        message: MessageId,
        recipient: RecipientId,
        sealed: &[u8],
    ) -> Result<Self, KeyError> {
        let opened = keys.open(&place::report_remote(&message, &recipient), sealed)?;
        serde_json::from_slice(&opened).map_err(|_| KeyError::Refused)
    }
}

/// Printable ASCII on one line, whatever came (promise S3). The courier has seen to it already.
fn into_one(words: &str) -> String {
    let one = |c: char| if (' '..='~').contains(&c) { c } else { '?' };
    words.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::courier::{FailureKind, Status};

    fn failure(stage: Stage, words: Option<&str>) -> RemoteFailure {
        RemoteFailure {
            kind: FailureKind::Refused,
            stage,
            status: Status {
                class: 5,
                subject: 1,
                detail: 1,
            },
            code: Some(550),
            host: "mx.example.net".to_owned(),
            remote_words: words.map(str::to_owned),
            cause: "refused it with",
        }
    }

    #[test]
    fn the_words_of_who_knows_the_envelope_only_are_repeated_on_one_line() {
        let said = |words| Said::of(&failure(Stage::Rcpt, words)).map(|said| said.diagnostic());
        assert_eq!(
            said(Some("5.1.1 <p@example.com>\r\nSubject: x \u{1b}[2J \u{e9}")).as_deref(),
            Some("550 5.1.1 <p@example.com>??Subject: x ?[2J ?")
        );
        let withheld = "550 5.1.1 (its words are withheld)";
        assert_eq!(said(Some("  ")).as_deref(), Some(withheld));
        assert_eq!(said(None).as_deref(), Some(withheld));
    }

    #[test]
    fn who_has_seen_the_content_is_not_quoted() {
        let quoted = "5.7.1 the subject \"HIV result\" is not wanted";
        let said = Said::of(&failure(Stage::EndOfData, Some(quoted))).expect("a reply");
        assert_eq!(said.diagnostic(), "550 5.1.1 (its words are withheld)");
        let sealed = serde_json::to_string(&said).expect("JSON");
        assert!(!sealed.contains("HIV"), "nor kept: {sealed}");
        let quoted = Said::of(&failure(Stage::Data, Some(quoted))).expect("a reply");
        assert!(quoted.diagnostic().contains("HIV"), "the control");
    }

    #[test]
    fn who_did_not_answer_said_nothing() {
        let silent = RemoteFailure {
            code: None,
            ..failure(Stage::Rcpt, None)
        };
        assert!(Said::of(&silent).is_none());
    }
}
