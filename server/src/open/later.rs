//! That later messages of the conversation were sent to this mailbox: the server's word, and no part
//! of the sealed message (decision 0033).

use jiff::civil::Date;
use seal::Handle;
use serde::{Deserialize, Serialize};

/// As the server lists at most.
const MOST: usize = store::LATER_MESSAGES as usize;

/// A later message, as the email about it names it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct LaterMessage {
    /// On which day it was sent, in UK time.
    pub day: Date,
    /// Such as `K7Q-4MDX`.
    pub reference: String,
}

/// Those of the server's list that look as they should, the last ones where there are too many.
pub(super) fn believed(mut listed: Vec<LaterMessage>) -> Vec<LaterMessage> {
    listed.drain(..listed.len().saturating_sub(MOST));
    // No words: what a terminal prints here is not for the server to choose.
    listed.retain(|later| Handle::is_reference(&later.reference));
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later(reference: &str) -> LaterMessage {
        LaterMessage {
            day: jiff::civil::date(2026, 12, 3),
            reference: reference.to_owned(),
        }
    }

    #[test]
    fn what_does_not_look_like_a_reference_is_left_out() {
        for bad in [
            "",
            "K7Q4MDXX",
            "k7q-4mdx",
            "K7Q-4MDU",
            "K7Q-4MDXX",
            "K7Q-4M\u{1b}[",
            "Ring us!",
        ] {
            assert_eq!(
                believed(vec![later(bad), later("K7Q-4MDX")]),
                [later("K7Q-4MDX")]
            );
        }
    }

    #[test]
    fn of_more_than_a_server_of_ours_lists_the_last_are_taken() {
        let list = |count: usize| -> Vec<_> {
            (0..count).map(|n| later(&format!("000-{n:04}"))).collect()
        };
        for (listed, from) in [(MOST - 1, 0), (MOST, 0), (MOST + 1, 1)] {
            assert_eq!(believed(list(listed)), list(listed)[from..]);
        }
    }

    #[test]
    fn what_is_no_day_is_no_answer() {
        for (text, good) in [
            (r#"{"day":"2026-12-03","reference":"K7Q-4MDX"}"#, true),
            (r#"{"day":"2026-02-30","reference":"K7Q-4MDX"}"#, false),
            (r#"{"day":"today","reference":"K7Q-4MDX"}"#, false),
        ] {
            assert_eq!(
                serde_json::from_str::<LaterMessage>(text).is_ok(),
                good,
                "{text}"
            );
        }
    }
}
