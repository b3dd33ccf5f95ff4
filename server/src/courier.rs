//! Hands mail to the configured relay, by lettre, each delivery under a timeout.
//!
//! Confidential mail leaves over TLS with a checked certificate or waits; there is no setting that
//! sends it in clear (promise S5), but for a relay on loopback, which no network carries.

use std::time::Duration;

use lettre::transport::smtp::client::{
    Certificate, CertificateStore, Tls as LettreTls, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use mail::Domain;

use crate::config::{Relay, RelayTls};
use crate::mails::Outgoing;
use crate::policy::Tls;
use crate::task_error::TaskError;

/// Takes mails to the relay.
pub struct Courier {
    confidential: AsyncSmtpTransport<Tokio1Executor>,
    ordinary: AsyncSmtpTransport<Tokio1Executor>,
    timeout: Duration,
}

/// A relay's configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CourierError {
    /// The authority's file cannot be read.
    #[error("gateway.relay.authority: {0}")]
    Unreadable(std::io::Error),
    /// The authority's file or the host's name does not suit TLS.
    #[error("gateway.relay: {0}")]
    Tls(lettre::transport::smtp::Error),
}

impl Courier {
    /// Prepares the ways to the relay; connects to nothing yet.
    pub fn new(relay: &Relay, hostname: &Domain) -> Result<Self, CourierError> {
        let parameters = || -> Result<TlsParameters, CourierError> {
            let mut builder = TlsParameters::builder(relay.host.clone());
            if let Some(path) = &relay.authority {
                let pem = std::fs::read(path).map_err(CourierError::Unreadable)?;
                builder = builder
                    .certificate_store(CertificateStore::None)
                    .add_root_certificate(Certificate::from_pem(&pem).map_err(CourierError::Tls)?);
            }
            builder.build_rustls().map_err(CourierError::Tls)
        };
        let (confidential, ordinary) = match relay.tls {
            RelayTls::Required => (
                LettreTls::Required(parameters()?),
                LettreTls::Required(parameters()?),
            ),
            RelayTls::Opportunistic => (
                LettreTls::Required(parameters()?),
                LettreTls::Opportunistic(parameters()?),
            ),
            // The configuration check allows this on loopback only.
            RelayTls::None => (LettreTls::None, LettreTls::None),
        };
        let timeout = Duration::from_secs(relay.timeout_seconds);
        let transport = |tls| {
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(relay.host.clone())
                .port(relay.port)
                .tls(tls)
                .hello_name(ClientId::Domain(hostname.as_str().to_owned()))
                .timeout(Some(timeout))
                .build()
        };
        Ok(Self {
            confidential: transport(confidential),
            ordinary: transport(ordinary),
            timeout,
        })
    }

    /// Delivers one mail to the relay; returns when the relay has taken it.
    pub async fn deliver(&self, mail: &Outgoing, tls: Tls) -> Result<(), TaskError> {
        if !has_mail_lines(&mail.octets) {
            return Err(TaskError::permanent(
                "a mail of ours has a bare CR or LF; it is not sent",
            ));
        }
        let transport = match tls {
            Tls::Required => &self.confidential,
            Tls::AsConfigured => &self.ordinary,
        };
        // lettre's own timeout covers connecting and single reads, not the whole delivery.
        // lettre ends every message with a line end of its own. A content that has one already
        // would reach its recipient with a line more than it had.
        let octets = mail.octets.strip_suffix(b"\r\n").unwrap_or(&mail.octets);
        let sending = transport.send_raw(&mail.envelope, octets);
        match tokio::time::timeout(self.timeout, sending).await {
            Err(_) => Err(TaskError::transient("the relay did not answer in time")),
            Ok(Err(error)) => Err(judge(&error)),
            Ok(Ok(_)) => Ok(()),
        }
    }
}

/// Whether every CR is followed by LF and every LF comes after CR, and there is no NUL: what a peer
/// might take for the end of the data must never leave us inside it (promise S1).
pub(crate) fn has_mail_lines(octets: &[u8]) -> bool {
    let mut last = 0;
    for &octet in octets {
        if octet == 0 || (octet == b'\n') != (last == b'\r') {
            return false;
        }
        last = octet;
    }
    last != b'\r'
}

/// A relay's own words can hold an address, so only the code goes into records.
fn judge(error: &lettre::transport::smtp::Error) -> TaskError {
    match error.status() {
        Some(code) if error.is_permanent() => {
            TaskError::Refused(format!("the relay refused with {code}"))
        }
        Some(code) => TaskError::transient(format!("the relay put it off with {code}")),
        None if error.is_tls() => TaskError::transient("no valid TLS with the relay"),
        None if error.is_timeout() => TaskError::transient("the relay did not answer in time"),
        None if error.is_client() => TaskError::Refused(
            "the relay lacks an extension that this mail needs (8BITMIME or SMTPUTF8)".to_owned(),
        ),
        None => TaskError::transient("the relay cannot be reached"),
    }
}

#[cfg(test)]
mod tests {
    use super::has_mail_lines;

    #[test]
    fn octets_that_could_end_the_data_early_do_not_leave() {
        for good in ["", "a\r\nb\r\n", "\r\n.\r\n", "a"] {
            assert!(has_mail_lines(good.as_bytes()), "{good:?}");
        }
        for bad in [
            "\n", "\r", "a\n.\r\n", "a\r.\r\n", "\r\r\n", "\r\n\n", "a\0b", "a\r",
        ] {
            assert!(!has_mail_lines(bad.as_bytes()), "{bad:?}");
        }
    }
}
