//! A mail system that keeps every mail in memory: what stands behind the demo's relay.
//!
//! It speaks through the same session and sockets as the gateway. Nothing is durable here, and
//! nothing needs to be: it is the world outside, for a demonstration.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use mail::{Address, Content, MailObject, ReversePath};
use smtp::Refusal;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::clock;
use crate::listen::{self, Peer};

/// A mail that would have left.
#[derive(Clone)]
pub struct Mail {
    /// Counts from 1.
    pub number: usize,
    /// When it came.
    pub at: Timestamp,
    /// Envelope sender, empty for the null path.
    pub sender: String,
    /// Envelope recipients.
    pub recipients: Vec<String>,
    /// The RFC 5322 content.
    pub content: Content,
}

/// All of them. Clones are one collection.
#[derive(Clone, Default)]
pub struct Caught(Arc<Mutex<Vec<Mail>>>);

impl Caught {
    /// The mails, the last one first.
    pub fn newest_first(&self) -> Vec<Mail> {
        let mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().rev().cloned().collect()
    }

    fn keep(&self, mail: MailObject) {
        let mut mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recipients = mail
            .envelope
            .recipients
            .iter()
            .map(|a| a.as_str().to_owned())
            .collect();
        let number = mails.len() + 1;
        mails.push(Mail {
            number,
            at: clock::system(),
            sender: mail.envelope.reverse_path.as_str().to_owned(),
            recipients,
            content: mail.content,
        });
    }
}

/// Serves until `stop` turns true.
pub async fn serve(listeners: Vec<TcpListener>, mails: Caught, stop: watch::Receiver<bool>) {
    let hostname = "mail.example.org".parse().expect("a valid name");
    let settings = listen::Settings::new(hostname);
    listen::serve(listeners, settings, Arc::new(Everything(mails)), stop).await;
}

/// Takes every mail.
struct Everything(Caught);

impl listen::Gatekeeper for Everything {
    type Stored = ();

    fn may_submit(&self, _: &Peer, _: &ReversePath) -> Result<(), Refusal> {
        Ok(())
    }

    async fn recipient(&self, _: &Peer, _: &ReversePath, _: &Address) -> Result<(), Refusal> {
        Ok(())
    }

    async fn message(&self, _: &Peer, mail: MailObject) -> Result<(), Refusal> {
        self.0.keep(mail);
        Ok(())
    }

    fn reference(&self, (): &()) -> String {
        "caught".to_owned()
    }
}
