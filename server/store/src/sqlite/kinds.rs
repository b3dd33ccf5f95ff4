//! What a task is about, as columns and back.

use rusqlite::Row;
use seal::{CodeId, MessageId, RecipientId, ReplyId};

use super::fault::Result;
use crate::{TaskKind, Topic, Wish};

/// Passcodes go before all else: a person is waiting in front of a page.
const CODES: i64 = 0;
const OTHERS: i64 = 1;
/// All ranks, in their order.
pub(super) const RANKS: [i64; 2] = [CODES, OTHERS];

const NOT_FOR_ME: &str = "pass-on-not-for-me";
const MORE_TIME: &str = "pass-on-more-time";
const DAMAGED: &str = "pass-on-damaged";

/// The kind in the columns from the second on: kind, message, recipient, code, reply.
pub(super) fn read_kind(row: &Row<'_>) -> Result<Option<TaskKind>> {
    let message = row.get::<_, Option<_>>(2)?.map(MessageId::from_bytes);
    let recipient = row.get::<_, Option<_>>(3)?.map(RecipientId::from_bytes);
    let code = row.get::<_, Option<_>>(4)?.map(CodeId::from_bytes);
    let reply = row.get::<_, Option<_>>(5)?.map(ReplyId::from_bytes);
    Ok(
        match (
            row.get::<_, String>(1)?.as_str(),
            message,
            recipient,
            code,
            reply,
        ) {
            ("notify", Some(message), Some(recipient), None, None) => {
                Some(TaskKind::Notify(message, recipient))
            }
            ("relay", Some(message), Some(recipient), None, None) => {
                Some(TaskKind::Relay(message, recipient))
            }
            ("send-code", None, Some(recipient), Some(code), None) => {
                Some(TaskKind::SendCode(recipient, code))
            }
            ("send-sender-code", Some(message), None, Some(code), None) => {
                Some(TaskKind::SendSenderCode(message, code))
            }
            ("deliver-reply", None, None, None, Some(reply)) => Some(TaskKind::DeliverReply(reply)),
            ("tell-replier", None, None, None, Some(reply)) => Some(TaskKind::TellReplier(reply)),
            ("expire", Some(message), None, None, None) => Some(TaskKind::Expire(message)),
            ("report", Some(message), None, None, None) => Some(TaskKind::Report(message)),
            ("follow-up", Some(message), None, None, None) => Some(TaskKind::FollowUp(message)),
            ("remind", Some(message), Some(recipient), None, None) => {
                Some(TaskKind::Remind(message, recipient))
            }
            ("tell-unread", Some(message), None, None, None) => Some(TaskKind::TellUnread(message)),
            (NOT_FOR_ME, Some(message), Some(recipient), None, None) => {
                Some(TaskKind::PassOn(message, recipient, Wish::NotForMe))
            }
            (MORE_TIME, Some(message), Some(recipient), None, None) => {
                Some(TaskKind::PassOn(message, recipient, Wish::MoreTime))
            }
            (DAMAGED, Some(message), Some(recipient), None, None) => {
                Some(TaskKind::PassOn(message, recipient, Wish::Damaged))
            }
            (name, Some(message), None, None, None) => {
                topic_of(name).map(|topic| TaskKind::Advise(message, topic))
            }
            _ => None,
        },
    )
}

/// A kind as columns: its name, its rank, and the ids it is about.
pub(super) struct Columns {
    pub(super) name: &'static str,
    pub(super) rank: i64,
    pub(super) message: Option<[u8; 16]>,
    pub(super) recipient: Option<[u8; 16]>,
    pub(super) code: Option<[u8; 16]>,
    pub(super) reply: Option<[u8; 16]>,
}

impl Columns {
    pub(super) fn of(kind: &TaskKind) -> Self {
        let none = Self {
            name: "",
            rank: OTHERS,
            message: None,
            recipient: None,
            code: None,
            reply: None,
        };
        match kind {
            TaskKind::Notify(message, recipient) => Self {
                name: "notify",
                message: Some(*message.as_bytes()),
                recipient: Some(*recipient.as_bytes()),
                ..none
            },
            TaskKind::Relay(message, recipient) => Self {
                name: "relay",
                message: Some(*message.as_bytes()),
                recipient: Some(*recipient.as_bytes()),
                ..none
            },
            TaskKind::SendCode(recipient, code) => Self {
                name: "send-code",
                rank: CODES,
                recipient: Some(*recipient.as_bytes()),
                code: Some(*code.as_bytes()),
                ..none
            },
            TaskKind::SendSenderCode(message, code) => Self {
                name: "send-sender-code",
                rank: CODES,
                message: Some(*message.as_bytes()),
                code: Some(*code.as_bytes()),
                ..none
            },
            TaskKind::DeliverReply(reply) => Self {
                name: "deliver-reply",
                reply: Some(*reply.as_bytes()),
                ..none
            },
            TaskKind::TellReplier(reply) => Self {
                name: "tell-replier",
                reply: Some(*reply.as_bytes()),
                ..none
            },
            TaskKind::Expire(message) => Self {
                name: "expire",
                message: Some(*message.as_bytes()),
                ..none
            },
            TaskKind::Report(message) => Self {
                name: "report",
                message: Some(*message.as_bytes()),
                ..none
            },
            TaskKind::Advise(message, topic) => Self {
                name: topic_name(*topic),
                message: Some(*message.as_bytes()),
                ..none
            },
            TaskKind::FollowUp(message) => Self {
                name: "follow-up",
                message: Some(*message.as_bytes()),
                ..none
            },
            TaskKind::Remind(message, recipient) => Self {
                name: "remind",
                message: Some(*message.as_bytes()),
                recipient: Some(*recipient.as_bytes()),
                ..none
            },
            TaskKind::TellUnread(message) => Self {
                name: "tell-unread",
                message: Some(*message.as_bytes()),
                ..none
            },
            TaskKind::PassOn(message, recipient, wish) => Self {
                name: match wish {
                    Wish::NotForMe => NOT_FOR_ME,
                    Wish::MoreTime => MORE_TIME,
                    Wish::Damaged => DAMAGED,
                },
                message: Some(*message.as_bytes()),
                recipient: Some(*recipient.as_bytes()),
                ..none
            },
        }
    }
}

fn topic_name(topic: Topic) -> &'static str {
    match topic {
        Topic::NearMiss => "advise-near-miss",
        Topic::NhsNumber => "advise-nhs-number",
        Topic::SealedForNhsNumber => "advise-sealed-nhs-number",
        Topic::Receipt => "advise-receipt",
        Topic::Diverted => "advise-diverted",
    }
}

fn topic_of(name: &str) -> Option<Topic> {
    Topic::ALL
        .into_iter()
        .find(|topic| topic_name(*topic) == name)
}
