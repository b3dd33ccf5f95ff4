//! The end of a message's time.

use seal::MessageId;

use super::Work;
use crate::task_error::TaskError;

impl Work {
    pub(super) async fn expire(&self, message: MessageId) -> Result<(), TaskError> {
        Ok(self.store.expire(message, (self.clock)()).await?)
    }
}
