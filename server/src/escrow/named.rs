//! How an operator names a message: by what stands in the log, in a notice's header, or on a page.

use std::str::FromStr;

use seal::{Handle, MessageId, RecipientId};
use store::{Guest, Store, StoreError};
use uuid::Uuid;

/// What an operator has in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The id of a message, as in the log, or of a recipient.
    Id(Uuid),
    /// A recipient's link without its secret.
    Link(Handle),
}

/// A text that names no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// No known form.
    #[error(
        "not a message id; give the message.id of the log, the Message-ID of the notice, or the link up to the #"
    )]
    Unknown,
    /// It has the recipient's secret in it.
    #[error("give the link up to the # only; what follows is the recipient's secret")]
    Secret,
}

impl Named {
    /// The message, if there is one.
    pub async fn find<S: Store + Guest>(self, store: &S) -> Result<Option<MessageId>, StoreError> {
        let recipient = match self {
            Self::Id(id) => {
                let message = MessageId::from_bytes(*id.as_bytes());
                if store.message(message).await?.is_some() {
                    return Ok(Some(message));
                }
                let recipient = RecipientId::from_bytes(*id.as_bytes());
                store.recipient(recipient).await?
            }
            Self::Link(handle) => store.recipient_by_handle(&handle).await?,
        };
        Ok(recipient.map(|recipient| recipient.message))
    }
}

impl FromStr for Named {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if let Some((_, path)) = text.split_once("/m/") {
            if path.contains(['#', '%']) {
                return Err(NameError::Secret);
            }
            let handle = path.trim_end_matches('/').parse();
            return handle.map(Self::Link).map_err(|_| NameError::Unknown);
        }
        // `<…32 digits….notice@host>` and `bounce+…32 digits…@domain` of a notice.
        let id = text.trim_start_matches('<').trim_start_matches("bounce+");
        let id = id.split(['.', '@', '>']).next().unwrap_or_default();
        match id.len() {
            32 | 36 => Uuid::try_parse(id)
                .map(Self::Id)
                .map_err(|_| NameError::Unknown),
            _ => Err(NameError::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_have_in_hand_names_a_message() {
        let id = "0193a1b2-0000-7000-8000-000000000001";
        let uuid = Named::Id(id.parse().expect("an id"));
        for text in [
            id,
            " 0193A1B2-0000-7000-8000-000000000001\n",
            "0193a1b2000070008000000000000001",
            "<0193a1b2000070008000000000000001.notice@secure.example.org>",
            "0193a1b2000070008000000000000001.notice@secure.example.org",
            "bounce+0193a1b2000070008000000000000001@secure.example.org",
        ] {
            assert_eq!(text.parse(), Ok(uuid), "{text}");
        }
        let handle = Handle::from_bytes([7; 16]);
        let link = format!("https://secure.example.org/m/{handle}");
        assert_eq!(link.parse(), Ok(Named::Link(handle)));
    }

    #[test]
    fn a_secret_is_refused_and_so_is_nonsense() {
        let handle = Handle::from_bytes([7; 16]);
        for secret in ["#1.AAAA", "%231.AAAA"] {
            let link = format!("https://secure.example.org/m/{handle}{secret}");
            assert_eq!(link.parse::<Named>(), Err(NameError::Secret));
        }
        for text in [
            "",
            "K7Q-4MDX",
            "0193a1b2-0000-7000-8000-00000000000",
            "https://secure.example.org/m/short",
            "{0193a1b2-0000-7000-8000-000000000001}",
            "<other@example.org>",
        ] {
            assert_eq!(text.parse::<Named>(), Err(NameError::Unknown), "{text}");
        }
    }
}
