//! The notice: the one mail that carries a link secret.

use seal::{Link, LinkSecret, RecipientId};
use secrecy::ExposeSecret;
use store::{ContentKind, Disposition, End, LeasedTask, place};

use super::Work;
use crate::mails::{Notice, day_in_words};
use crate::policy::Tls;
use crate::task_error::TaskError;

impl Work {
    pub(super) async fn notify(
        &self,
        task: &LeasedTask,
        recipient: RecipientId,
    ) -> Result<End, TaskError> {
        let recipient = self.recipient(recipient).await?;
        let now = (self.clock)();
        if now >= recipient.expires_at {
            return Ok(End::Expired);
        }
        let Disposition::Held {
            handle,
            share: Some(_),
            ..
        } = &recipient.disposition
        else {
            return Err(TaskError::permanent("the grant is gone"));
        };
        let sealed = task.payload.as_deref();
        let sealed = sealed.ok_or_else(|| TaskError::permanent("the link secret is gone"))?;
        let place = place::link_secret(&task.lease.task, &recipient.id);
        let secret = self.keys.outbox.open(&place, sealed)?;
        let secret = secret.as_slice().try_into().map(LinkSecret::from_bytes);
        let secret = secret.map_err(|_| TaskError::permanent("the link secret is damaged"))?;
        let facts = self.facts(&recipient)?;
        // What was sealed counts, not what the configuration says now.
        let message = self.store.message(recipient.message).await?;
        let escrow = message.is_some_and(|message| message.content(ContentKind::Escrow).is_some());
        let notice = self.mails.notice(
            &facts.address,
            recipient.id.as_uuid(),
            &Notice {
                reference: &handle.reference(),
                link: Link::text(&self.public_url, handle, &secret).expose_secret(),
                message_key: secret.to_message_key().expose_secret(),
                expires: &day_in_words(recipient.expires_at),
                escrow,
            },
            now,
        )?;
        self.courier.deliver(&notice, Tls::AsConfigured).await?;
        Ok(End::Notified)
    }
}
