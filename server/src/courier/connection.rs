//! One SMTP session as a client, from the connection to the reply that says the mail is taken.

use store::{HandedTo, TlsUsed};
use tokio::net::TcpStream;

use super::extensions::Extensions;
use super::failure::{FailureKind, Fault, Stage};
use super::parcel::Parcel;
use super::peer::{Need, Peer};
use super::reply::Reply;
use super::wire::Wire;

/// Mails over one connection; some servers begin to refuse at a hundred.
const MOST_MAILS: u32 = 50;

/// A session that is ready for a transaction.
pub(super) struct Connection {
    wire: Wire,
    extensions: Extensions,
    /// There once it is secured, with a certificate that proves the name.
    tls: Option<TlsUsed>,
    mails: u32,
}

/// The other side has the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Who has it, and over what.
    pub by: HandedTo,
    /// It has taken over what the sender wants to be told too (`NOTIFY`, RFC 3461 §5.2): reporting
    /// success is its business now.
    pub reports: bool,
}

/// How a transaction on a connection ended.
pub(super) struct Ended {
    pub(super) result: Result<Taken, Fault>,
    /// The connection, when it can take another mail.
    pub(super) connection: Option<Connection>,
    /// The connection had carried mails before and turned out to be gone before this one was begun.
    pub(super) was_stale: bool,
}

impl Connection {
    /// Connects, and takes TLS as far as it is needed.
    pub(super) async fn open(peer: &Peer, need: Need, hello: &str) -> Result<Self, Fault> {
        let patience = peer.patience;
        let connecting = TcpStream::connect((peer.host.as_str(), peer.port));
        let stream = tokio::time::timeout(patience.connect(), connecting)
            .await
            .map_err(|_| Fault::late(Stage::Connect))?
            .map_err(|_| Fault::lost(Stage::Connect))?;
        // Commands are small and wait for their answers.
        let _ = stream.set_nodelay(true);
        let mut wire = Wire::clear(stream);
        let greeting = wire.reply(Stage::Greeting, patience.command()).await?;
        if !greeting.is_positive() {
            return Err(greeting.into_fault(Stage::Greeting));
        }
        let mut session = Self {
            extensions: hello_to(&mut wire, peer, hello).await?,
            wire,
            tls: None,
            mails: 0,
        };
        match need {
            Need::Clear => Ok(session),
            Need::Opportunistic if !session.extensions.starttls => Ok(session),
            Need::Verified if !session.extensions.starttls => {
                session.wire.quit().await;
                Err(Fault::no_tls("offers no STARTTLS"))
            }
            Need::Verified | Need::Opportunistic => {
                let starttls =
                    session
                        .wire
                        .command("STARTTLS", Stage::StartTls, patience.command());
                let reply = starttls.await?;
                if !reply.is_positive() {
                    return Err(refused_tls(reply));
                }
                session.secured(peer, hello).await
            }
        }
    }

    /// Behind the 220 to STARTTLS: the handshake, and EHLO again (RFC 3207 §4.2).
    async fn secured(self, peer: &Peer, hello: &str) -> Result<Self, Fault> {
        let stream = self.wire.into_clear().ok_or_else(|| {
            Fault::no_tls("said something in clear behind its answer to STARTTLS")
        })?;
        let connector = peer
            .connector()
            .ok_or_else(|| Fault::no_tls("is configured without TLS"))?;
        let handshake = connector.connect(peer.name.clone(), stream);
        let stream = tokio::time::timeout(peer.patience.command(), handshake)
            .await
            .map_err(|_| Fault::late(Stage::StartTls))?
            .map_err(|error| why(&error).map_or(Fault::lost(Stage::StartTls), Fault::no_tls))?;
        let tls = used(stream.get_ref().1);
        let mut wire = Wire::tls(stream);
        let extensions = hello_to(&mut wire, peer, hello).await?;
        Ok(Self {
            wire,
            extensions,
            tls: Some(tls),
            mails: 0,
        })
    }

    /// Whether what needs this much may go over it.
    pub(super) fn serves(&self, need: Need) -> bool {
        self.tls.is_some() || need != Need::Verified
    }

    /// Hands one mail over.
    pub(super) async fn deliver(mut self, peer: &Peer, parcel: &Parcel<'_>) -> Ended {
        let patience = peer.patience.command();
        if self.mails > 0 {
            let reset = self.wire.command("RSET", Stage::Mail, patience).await;
            if !reset.is_ok_and(|reply| reply.is_positive()) {
                return Ended {
                    result: Err(Fault::lost(Stage::Mail)),
                    connection: None,
                    was_stale: true,
                };
            }
        }
        self.mails += 1;
        let result = self.transaction(peer, parcel).await;
        let usable = result.as_ref().err().is_none_or(|fault| fault.usable);
        let connection = if usable && self.mails < MOST_MAILS {
            Some(self)
        } else {
            if usable {
                self.wire.quit().await;
            }
            None
        };
        Ended {
            result,
            connection,
            was_stale: false,
        }
    }

    async fn transaction(&mut self, peer: &Peer, parcel: &Parcel<'_>) -> Result<Taken, Fault> {
        let patience = peer.patience;
        let prepared = prepare(parcel, &self.extensions)?;
        for (command, stage) in [(&prepared.mail, Stage::Mail), (&prepared.rcpt, Stage::Rcpt)] {
            let reply = self
                .wire
                .command(command, stage, patience.command())
                .await?;
            if !reply.is_positive() {
                return Err(reply.into_fault(stage));
            }
        }
        let data = self.wire.command("DATA", Stage::Data, patience.command());
        let reply = data.await?;
        if reply.code != 354 {
            // A 2xx here would leave both sides with different ideas of what comes next.
            return Err(match reply.is_positive() {
                true => Fault::garbage(Stage::Data),
                false => reply.into_fault(Stage::Data),
            });
        }
        self.wire
            .content(&prepared.octets, patience.block())
            .await?;
        let taken = self.wire.reply(Stage::EndOfData, patience.end_of_data());
        let reply = taken.await?;
        if reply.is_positive() {
            Ok(Taken {
                by: HandedTo {
                    host: peer.host.clone(),
                    tls: self.tls.clone(),
                },
                reports: prepared.asks_for_reports,
            })
        } else {
            Err(reply.into_fault(Stage::EndOfData))
        }
    }

    /// One whose other end is gone.
    #[cfg(test)]
    pub(super) async fn broken_for_test(mut self) -> Self {
        let goodbye = self
            .wire
            .command("QUIT", Stage::Mail, std::time::Duration::MAX);
        goodbye.await.unwrap();
        self
    }

    /// Ends it.
    pub(super) async fn close(self) {
        self.wire.quit().await;
    }
}

/// What a handshake has agreed on, in the words of RFC 8446 and IANA.
fn used(session: &rustls::ClientConnection) -> TlsUsed {
    let version = match session.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
        // No other is spoken here.
        _ => "TLS",
    };
    let cipher = session.negotiated_cipher_suite();
    let cipher = cipher.and_then(|suite| suite.suite().as_str());
    TlsUsed {
        version: version.to_owned(),
        cipher: cipher.unwrap_or_default().replace("TLS13_", "TLS_"),
    }
}

/// Encoding a large mail anew is work for a processor.
fn prepare<'a>(
    parcel: &'a Parcel<'_>,
    extensions: &Extensions,
) -> Result<super::parcel::Prepared<'a>, Fault> {
    use tokio::runtime::{Handle, RuntimeFlavor};
    if Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
        tokio::task::block_in_place(|| parcel.prepare(extensions))
    } else {
        parcel.prepare(extensions)
    }
}

async fn hello_to(wire: &mut Wire, peer: &Peer, hello: &str) -> Result<Extensions, Fault> {
    let patience = peer.patience.command();
    let ehlo = format!("EHLO {hello}");
    let reply = wire.command(&ehlo, Stage::Hello, patience).await?;
    if reply.is_positive() {
        return Ok(Extensions::of(&reply));
    }
    // RFC 5321 §3.2: who does not know EHLO may know HELO.
    if !matches!(reply.code, 500..=504 | 550) {
        return Err(reply.into_fault(Stage::Hello));
    }
    let helo = format!("HELO {hello}");
    let reply = wire.command(&helo, Stage::Hello, patience).await?;
    if reply.is_positive() {
        Ok(Extensions::default())
    } else {
        Err(reply.into_fault(Stage::Hello))
    }
}

/// 454 and every other refusal: an attacker on the way can say them too (RFC 3207 §6).
fn refused_tls(reply: Reply) -> Fault {
    let fault = reply.into_fault(Stage::StartTls);
    if fault.kind == FailureKind::Unreachable {
        return Fault::no_tls("answered STARTTLS with something else");
    }
    Fault {
        kind: FailureKind::NoTls,
        status: Fault::no_tls("").status,
        cause: "refused STARTTLS with",
        usable: false,
        ..fault
    }
}

/// What was wrong in the handshake, without the names that a certificate holds; `None` when the
/// connection broke, which says nothing for certain.
fn why(error: &std::io::Error) -> Option<&'static str> {
    use rustls::CertificateError as Certificate;
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    Some(match inner? {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                "has a certificate that has expired"
            }
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                "has a certificate that is not valid yet"
            }
            Certificate::UnknownIssuer => "has a certificate of an authority that is not trusted",
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                "has a certificate for another name"
            }
            Certificate::Revoked => "has a certificate that was revoked",
            _ => "has a certificate that is not valid",
        },
        rustls::Error::AlertReceived(_) => "refused the TLS handshake",
        _ => "speaks no TLS that is accepted (1.2 or newer)",
    })
}
