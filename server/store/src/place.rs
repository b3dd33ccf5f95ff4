//! Where each sealed value stands: the associated data that binds it there (promise K3).
//!
//! The store opens none of them; it keeps the list, because the places are its records and fields.

use seal::{MessageId, Place, RecipientId, TaskId};

use crate::EventId;

/// What is personal of a recipient.
pub fn recipient_address<'a>(message: &'a MessageId, recipient: &'a RecipientId) -> Place<'a> {
    Place {
        field: "recipients.address",
        record: recipient.as_bytes(),
        context: message.as_bytes(),
    }
}

/// What is personal of a message's sender.
pub fn message_sender(message: &MessageId) -> Place<'_> {
    Place {
        field: "messages.sender",
        record: message.as_bytes(),
        context: &[],
    }
}

/// What another system said of a recipient, in a report that waits.
pub fn report_remote<'a>(message: &'a MessageId, recipient: &'a RecipientId) -> Place<'a> {
    Place {
        field: "reports.remote",
        record: recipient.as_bytes(),
        context: message.as_bytes(),
    }
}

/// Why an operator did something.
pub fn event_reason(event: &EventId) -> Place<'_> {
    Place {
        field: "audit.reason",
        record: event.as_bytes(),
        context: &[],
    }
}

/// A recipient's server share; `context` is [`seal::share_context`].
pub fn server_share<'a>(recipient: &'a RecipientId, context: &'a [u8]) -> Place<'a> {
    Place {
        field: "grants.share",
        record: recipient.as_bytes(),
        context,
    }
}

/// The link secret that waits in a notice's task.
pub fn link_secret<'a>(task: &'a TaskId, recipient: &'a RecipientId) -> Place<'a> {
    Place {
        field: "tasks.link_secret",
        record: task.as_bytes(),
        context: recipient.as_bytes(),
    }
}

/// The sender's link secret that waits in a receipt's task.
pub fn sender_link_secret<'a>(task: &'a TaskId, message: &'a MessageId) -> Place<'a> {
    Place {
        field: "tasks.sender_link_secret",
        record: task.as_bytes(),
        context: message.as_bytes(),
    }
}
