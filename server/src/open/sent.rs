//! What this recipient has sent already, from here or with a browser.

use seal::ReplyId;
use store::{SENT_COPIES, SENT_COPY_OCTETS};

use super::{Client, ClientError, CopyKey, SentCopy};

/// The copies that the server has.
pub struct Reread {
    /// Those that opened, in the server's order.
    pub copies: Vec<SentCopy>,
    /// How many are damaged, or not this recipient's.
    pub unreadable: usize,
}

/// Fetches and opens all copies. What the server says of one is not believed: it opens with this
/// recipient's key and names its own reply, or it is not shown.
pub async fn reread(client: &mut Client, key: &CopyKey) -> Result<Reread, ClientError> {
    let listed = client.sent_replies().await?;
    let over = listed.len().saturating_sub(SENT_COPIES as usize);
    let mut found = Reread {
        copies: Vec::new(),
        unreadable: 0,
    };
    for (id, size) in listed.into_iter().skip(over) {
        match one(client, key, &id, size).await? {
            Some(copy) => found.copies.push(copy),
            None => found.unreadable += 1,
        }
    }
    Ok(found)
}

async fn one(
    client: &mut Client,
    key: &CopyKey,
    id: &str,
    size: u64,
) -> Result<Option<SentCopy>, ClientError> {
    let Ok(reply) = id.parse::<ReplyId>() else {
        return Ok(None);
    };
    if size > SENT_COPY_OCTETS {
        return Ok(None);
    }
    let name = format!("sent/{reply}");
    match client.sealed_file(&name, size, |_| ()).await {
        Ok(sealed) => Ok(key.open(reply, &sealed)),
        Err(ClientError::NotUnderstood) => Ok(None),
        Err(ClientError::Refused { code, .. }) if code == "not-found" => Ok(None),
        Err(error) => Err(error),
    }
}
