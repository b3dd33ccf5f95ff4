//! The recipient's answer from a terminal: sealed and signed here.

use std::io::Write;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use seal::{Link, Recipient, ReplyId, Sealer, hex, reply_signing_input, seal_padded, sha256_of};

use super::client::ReplyTerms;
use super::{Client, ClientError, Letter, OpenFailure, Opened, SentFile};
use crate::reply_document::{FORMAT, ReplyDocument, ReplyFileEntry};

/// A file that goes with a reply.
pub struct Attachment {
    /// Its name, without a path.
    pub name: String,
    /// Its octets.
    pub octets: Vec<u8>,
}

/// What a person wants to answer.
pub struct Answer {
    /// What they wrote.
    pub text: String,
    /// To all whom the message lets a recipient answer; else to its sender alone.
    pub to_all: bool,
    /// The files that go with it.
    pub attachments: Vec<Attachment>,
}

/// What an answer belongs to.
pub struct Answered<'a> {
    /// The link, for its half of the secret signs.
    pub link: &'a Link,
    /// Ids.
    pub opened: &'a Opened,
    /// What a reply may be.
    pub terms: ReplyTerms,
    /// The message.
    pub letter: &'a Letter,
}

/// Seals, signs and sends a reply. The value is the server's reference for it.
///
/// It is sealed to the key *inside* the opened view, never to one that the server names elsewhere.
pub async fn send(
    client: &mut Client,
    answered: &Answered<'_>,
    answer: Answer,
    now: Timestamp,
) -> Result<String, OpenFailure> {
    let Answered {
        link,
        opened,
        terms,
        letter,
    } = *answered;
    let Answer {
        text,
        to_all,
        attachments,
    } = answer;
    let total: usize = attachments
        .iter()
        .map(|file| file.octets.len())
        .sum::<usize>()
        + text.len()
        // A line end is two octets in a mail.
        + text.bytes().filter(|octet| *octet == b'\n').count();
    if attachments.len() as u64 > u64::from(terms.max_files) || total as u64 > terms.max_bytes {
        let (max_bytes, max_files) = (terms.max_bytes, terms.max_files);
        return Err(OpenFailure::TooLarge {
            max_bytes,
            max_files,
        });
    }
    let view = &letter.view;
    let sender = view.reply.to.first().ok_or(OpenFailure::NoReply)?;
    let addressees = match to_all {
        true => view.reply.to.clone(),
        false => vec![sender.clone()],
    };
    let to: Recipient = view
        .reply
        .recipient
        .parse()
        .map_err(|_| OpenFailure::Damaged)?;
    let id = client.begin_reply().await?;
    let reply: ReplyId = id.parse().map_err(|_| OpenFailure::Damaged)?;

    let mut sealed_files = Vec::new();
    let mut entries = Vec::new();
    for file in attachments {
        let sealed = sealed(&to, &file.octets)?;
        let media_type = "application/octet-stream".to_owned();
        entries.push(ReplyFileEntry {
            name: file.name,
            media_type,
            size: file.octets.len() as u64,
            sealed_size: sealed.len() as u64,
            sealed_sha256: hex(&sha256_of(&[&sealed])),
        });
        sealed_files.push(sealed);
    }
    let mut copy = opened.copies.document(reply, now);
    copy.to.clone_from(&addressees);
    copy.text.clone_from(&text);
    copy.files = entries.iter().map(SentFile::from).collect();
    let document = ReplyDocument {
        format: FORMAT,
        reply_id: id.clone(),
        message_id: opened.message.to_string(),
        recipient_id: opened.recipient.to_string(),
        created_at: now,
        key_id: view.reply.key_id.clone(),
        to: addressees,
        subject: view.headers.subject.clone(),
        in_reply_to: view.headers.message_id.clone(),
        references: view.headers.references.clone(),
        text,
        files: entries,
    };
    let document = serde_json::to_vec(&document).map_err(|_| OpenFailure::NoReply)?;
    let (first, _) = seal_padded(&to, &document, Vec::new()).map_err(|_| OpenFailure::NoReply)?;
    let parts: Vec<Vec<u8>> = std::iter::once(first).chain(sealed_files).collect();
    let digests: Vec<[u8; 32]> = parts.iter().map(|part| sha256_of(&[part])).collect();
    let input = reply_signing_input(opened.message, opened.recipient, reply, &digests);
    let signature = link
        .secret
        .reply_signer(opened.message, opened.recipient)
        .sign(&input);
    let count = parts.len();
    for (index, part) in parts.into_iter().enumerate() {
        client.put_part(&id, index, part).await?;
    }
    if let Some(copy) = opened.copies.seal(copy)? {
        match client.put_copy(&id, copy).await {
            // Where the server will not have it, the reply goes without.
            Ok(()) | Err(ClientError::Refused { .. } | ClientError::NotUnderstood) => {}
            Err(error @ ClientError::Unreachable { .. }) => return Err(error.into()),
        }
    }
    let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
    Ok(client.send_reply(&id, count, &signature).await?)
}

fn sealed(to: &Recipient, octets: &[u8]) -> Result<Vec<u8>, OpenFailure> {
    let mut sealer = Sealer::new(to, Vec::new()).map_err(|_| OpenFailure::NoReply)?;
    sealer.write_all(octets).map_err(|_| OpenFailure::NoReply)?;
    let (sealed, _) = sealer.finish().map_err(|_| OpenFailure::NoReply)?;
    Ok(sealed)
}
