//! What became of one recipient of a message, step by step: what its sender is told.

use jiff::Timestamp;
use seal::{MessageId, RecipientId};

use crate::record::{End, HandedTo, Openings};
use crate::reminding::{NoReminder, Reminded, ReminderLimits};

/// The steps of one recipient, as far as they are known. No share is among it, and no handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// Of whom.
    pub recipient: RecipientId,
    /// The message whose record the recipient is in: another one for who was diverted.
    pub message: MessageId,
    /// The sealed address.
    pub address: Vec<u8>,
    /// How it is served.
    pub way: Way,
    /// Its end, if it has reached one.
    pub end: Option<End>,
    /// When the next system took the notice, or the copy.
    pub notified_at: Option<Timestamp>,
    /// Which system that was.
    pub handed_to: Option<HandedTo>,
    /// When the recipient was to be told again, because somebody asked for it, the earliest first.
    pub reminders_asked: Vec<Timestamp>,
    /// How often a passcode was asked for.
    pub codes_asked: u32,
    /// When that was last.
    pub code_asked_at: Option<Timestamp>,
    /// When passcodes opened the message.
    pub opened: Openings,
    /// The first time in each session that something of `message.age` was fetched: attachments,
    /// larger pictures, or a copy. The earliest first, of many the newest.
    pub fetched: Vec<Timestamp>,
    /// When secure replies were sent, the earliest first.
    pub replied: Vec<Timestamp>,
    /// When it was first told that the link's secret had reached a server (promise B1).
    pub exposed_at: Option<Timestamp>,
    /// When the recipient last asked for more time.
    pub more_time_asked_at: Option<Timestamp>,
    /// When the recipient was given more time, the earliest first, of many the newest.
    pub extended: Vec<MoreTime>,
    /// When the recipient said that the message is not for them.
    pub disowned_at: Option<Timestamp>,
    /// When the grant was withdrawn before its time.
    pub withdrawn_at: Option<Timestamp>,
}

/// More time that a recipient was given, whoever gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoreTime {
    /// When.
    pub at: Timestamp,
    /// The end from then on.
    pub until: Timestamp,
}

/// How a recipient is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By a link grant.
    Held {
        /// When it ends.
        expires_at: Timestamp,
        /// Its share is there.
        has_share: bool,
    },
    /// By a copy through the relay.
    Relayed,
}

/// Where one recipient stands, in the one word that matters most to a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// The notice has not left yet.
    Telling,
    /// The next system took the notice. Nobody has opened the message.
    Told,
    /// Opened with a passcode, and still to be had.
    Opened,
    /// Closed by the recipient, who said that it is not for them.
    Disowned,
    /// Withdrawn before its time.
    Withdrawn,
    /// Its time is over.
    Over,
    /// The recipient could not be told.
    Failed,
    /// The notice came back after it had been taken.
    CameBack,
    /// Nothing more is tried until an operator looks.
    Stopped,
    /// The copy has not left yet.
    PassingOn,
    /// The next system took the copy.
    PassedOn,
}

impl Course {
    /// Where the recipient stands at `now`. What closes the message comes before what has happened
    /// to it, and time before records: the task that expires it may be late.
    pub fn standing(&self, now: Timestamp) -> Standing {
        let Way::Held {
            expires_at,
            has_share,
        } = self.way
        else {
            return match self.end {
                None => Standing::PassingOn,
                Some(End::Notified) => Standing::PassedOn,
                Some(End::Held) => Standing::Stopped,
                Some(_) => Standing::Failed,
            };
        };
        if self.disowned_at.is_some() {
            return Standing::Disowned;
        }
        if self.withdrawn_at.is_some() || self.end == Some(End::Revoked) {
            return Standing::Withdrawn;
        }
        if now >= expires_at || !has_share || self.end == Some(End::Expired) {
            return Standing::Over;
        }
        if self.opened.count > 0 {
            return Standing::Opened;
        }
        match self.end {
            Some(End::Dsn) if self.notified_at.is_some() => Standing::CameBack,
            Some(End::Dsn) => Standing::Failed,
            Some(End::Held) => Standing::Stopped,
            Some(_) => Standing::Told,
            None => Standing::Telling,
        }
    }

    /// What telling the recipient again would do at `now`, or why it is not done.
    pub fn reminder(
        &self,
        limits: &ReminderLimits,
        now: Timestamp,
    ) -> Result<Reminded, NoReminder> {
        let reminded = match self.standing(now) {
            Standing::Told if !self.opened.is_unknown => Reminded::Mail,
            Standing::Telling => Reminded::Notice,
            _ => return Err(NoReminder::NotWaiting),
        };
        limits.allow(&self.reminders_asked, now)?;
        Ok(reminded)
    }

    /// Whether there is something to withdraw.
    pub fn can_be_withdrawn(&self, now: Timestamp) -> bool {
        matches!(self.way, Way::Held { has_share: true, expires_at } if now < expires_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("an instant")
    }

    fn once() -> Openings {
        Openings {
            count: 1,
            first: Some(at(7)),
            newest: vec![at(7)],
            is_unknown: false,
        }
    }

    fn held(end: Option<End>) -> Course {
        Course {
            recipient: RecipientId::from_bytes([1; 16]),
            message: MessageId::from_bytes([2; 16]),
            address: Vec::new(),
            way: Way::Held {
                expires_at: at(100),
                has_share: true,
            },
            end,
            notified_at: end.map(|_| at(5)),
            handed_to: None,
            reminders_asked: Vec::new(),
            codes_asked: 0,
            code_asked_at: None,
            opened: Openings::default(),
            fetched: Vec::new(),
            replied: Vec::new(),
            exposed_at: None,
            more_time_asked_at: None,
            extended: Vec::new(),
            disowned_at: None,
            withdrawn_at: None,
        }
    }

    #[test]
    fn a_held_recipient_stands_where_its_end_says_until_it_opens_or_its_time_is_over() {
        for (end, standing) in [
            (None, Standing::Telling),
            (Some(End::Notified), Standing::Told),
            (Some(End::Dsn), Standing::CameBack),
            (Some(End::Held), Standing::Stopped),
            (Some(End::Revoked), Standing::Withdrawn),
            (Some(End::Expired), Standing::Over),
        ] {
            let course = held(end);
            assert_eq!(course.standing(at(99)), standing, "{end:?}");
            let later = match standing {
                Standing::Withdrawn => Standing::Withdrawn,
                _ => Standing::Over,
            };
            assert_eq!(course.standing(at(100)), later, "{end:?}");
        }
        let opened = Course {
            opened: once(),
            ..held(Some(End::Notified))
        };
        assert_eq!(opened.standing(at(99)), Standing::Opened);
        let never_told = Course {
            notified_at: None,
            ..held(Some(End::Dsn))
        };
        assert_eq!(never_told.standing(at(99)), Standing::Failed);
    }

    #[test]
    fn what_was_withdrawn_stays_withdrawn_whoever_had_opened_it() {
        let withdrawn = Course {
            way: Way::Held {
                expires_at: at(100),
                has_share: false,
            },
            opened: once(),
            withdrawn_at: Some(at(8)),
            ..held(Some(End::Notified))
        };
        for now in [9, 99, 100, 200] {
            assert_eq!(withdrawn.standing(at(now)), Standing::Withdrawn);
            assert!(!withdrawn.can_be_withdrawn(at(now)));
            let disowned = Course {
                disowned_at: Some(at(8)),
                ..withdrawn.clone()
            };
            assert_eq!(disowned.standing(at(now)), Standing::Disowned);
        }
        assert!(held(Some(End::Notified)).can_be_withdrawn(at(99)));
        assert!(!held(Some(End::Notified)).can_be_withdrawn(at(100)));
    }

    #[test]
    fn a_copy_is_passed_on_and_never_withdrawn() {
        for (end, standing) in [
            (None, Standing::PassingOn),
            (Some(End::Notified), Standing::PassedOn),
            (Some(End::Dsn), Standing::Failed),
            (Some(End::Held), Standing::Stopped),
        ] {
            let course = Course {
                way: Way::Relayed,
                ..held(end)
            };
            assert_eq!(course.standing(at(99)), standing, "{end:?}");
            assert!(!course.can_be_withdrawn(at(99)));
        }
    }
}
