//! Drives one session: answers what it asks, writes, then reads.

use std::io;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use smtp::{Client, Config, Event, Proofs, Refusal, Session, Shutdown, Status, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::{debug, error, info, warn};

use super::budget::Room;
use super::wire::Wire;
use super::{Door, Gatekeeper, Peer, TlsFrom, stopped};
use crate::metrics;

/// Octets read at once while commands are awaited: what an idle connection costs.
const READ_COMMANDS: usize = 8 * 1024;

/// Octets read at once while content streams in. Every read is a step into the kernel, and content
/// is most of what there is to read.
const READ_CONTENT: usize = 64 * 1024;

/// How long a client that we leave may take to leave too. To close with octets unread resets the
/// connection, and the reset would overtake the reply that says why.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(2);

/// How a session ended when nothing broke.
#[derive(Debug)]
pub(super) enum Ending {
    /// We closed, having said why.
    Closed,
    /// The client closed without QUIT.
    Left,
}

/// Who proves storage and memory to a session that is driven here.
struct By<G>(PhantomData<G>);

impl<G: Gatekeeper> Proofs for By<G> {
    type Stored = G::Stored;
    type Room = Room;
}

/// What a session wants when no question is open.
enum Want {
    Input,
    Tls,
    Close,
}

/// Serves one connection to its end.
pub(super) async fn serve<G: Gatekeeper>(
    door: &Door<G>,
    (stream, from): (TcpStream, TlsFrom),
    address: IpAddr,
    number: u64,
    mut stop: watch::Receiver<bool>,
) -> io::Result<Ending> {
    let settings = &door.settings;
    // Replies are written at once and whole; waiting for more would only delay them.
    stream.set_nodelay(true)?;
    let mut wire = Wire::Clear(stream);
    if from == TlsFrom::Start {
        let handshake = wire.secure(settings.tls.as_ref(), settings.patience.handshake);
        wire = tokio::select! {
            secured = handshake => secured?,
            () = stopped(&mut stop) => return Ok(Ending::Closed),
        };
    }
    let mut certificates = wire.client_certificates();
    let mut session = Session::<By<G>>::new(Config {
        hostname: settings.hostname.clone(),
        limits: settings.limits.clone(),
        tls: match (from, &settings.tls) {
            (TlsFrom::Start, _) => Tls::Active,
            (TlsFrom::StartTls, Some(_)) => Tls::Offered,
            (TlsFrom::StartTls, None) => Tls::Absent,
        },
        auth: settings.auth,
    });
    let mut buffer = vec![0; READ_COMMANDS];
    let mut stopping_until = None;
    loop {
        let peer = |client: &Client| Peer {
            session: number,
            address,
            client: client.clone(),
            certificates: Arc::clone(&certificates),
        };
        let want = answer(door, &mut session, peer, &mut stop).await;
        if let Some(replies) = session.poll_transmit() {
            timeout(settings.patience.writing, wire.write_all(&replies)).await??;
            timeout(settings.patience.writing, wire.flush()).await??;
        }
        match want {
            Want::Input => {}
            Want::Tls => {
                let patience = settings.patience.handshake;
                wire = wire.secure(settings.tls.as_ref(), patience).await?;
                certificates = wire.client_certificates();
                session.tls_established();
                debug!("TLS is taken up");
                continue;
            }
            Want::Close => {
                timeout(settings.patience.writing, wire.shutdown()).await??;
                let _ = timeout(LAST_WORDS, discard(&mut wire, &mut buffer)).await;
                return Ok(Ending::Closed);
            }
        }
        if session.is_receiving() && buffer.len() < READ_CONTENT {
            buffer = vec![0; READ_CONTENT];
        }
        let silence = session
            .poll_timeout()
            .unwrap_or(settings.limits.patience.command);
        let since = Instant::now();
        tokio::select! {
            read = wire.read(&mut buffer) => match read? {
                0 => return Ok(Ending::Left),
                octets => {
                    metrics::READ_OCTETS.add(octets);
                    session.handle_wait(since.elapsed());
                    session.handle_input(&buffer[..octets]);
                }
            },
            () = sleep(silence) => session.handle_timeout(),
            () = stopped(&mut stop), if stopping_until.is_none() => {
                stopping_until = Some(Instant::now() + settings.patience.shutdown);
                session.handle_wait(since.elapsed());
                session.handle_shutdown(Shutdown::AfterTransaction);
            }
            () = sleep_until(stopping_until.unwrap_or_else(Instant::now)),
                if stopping_until.is_some() => session.handle_shutdown(Shutdown::Now),
        }
    }
}

/// Reads until the client closes.
async fn discard(wire: &mut Wire, buffer: &mut [u8]) -> io::Result<()> {
    while wire.read(buffer).await? > 0 {}
    Ok(())
}

/// Answers until the session wants something else.
async fn answer<G: Gatekeeper>(
    door: &Door<G>,
    session: &mut Session<By<G>>,
    peer: impl Fn(&Client) -> Peer,
    stop: &mut watch::Receiver<bool>,
) -> Want {
    let gatekeeper = &*door.gatekeeper;
    let patience = &door.settings.patience;
    while let Some(event) = session.poll_event() {
        match event {
            Event::Refused(refused) => {
                match refused.code {
                    500.. => metrics::REFUSED_FOR_GOOD.count(),
                    _ => metrics::REFUSED_FOR_NOW.count(),
                }
                let Status { subject, detail } = refused.status.unwrap_or(Status::new(0, 0));
                info!(
                    smtp.code = refused.code,
                    smtp.status = format!("{}.{subject}.{detail}", refused.code / 100),
                    "refused"
                );
            }
            Event::Account(question) => {
                let peer = peer(question.client());
                let verdict = gatekeeper.authenticate(&peer, question.credentials()).await;
                question.answer(verdict);
            }
            Event::Sender(question) => {
                let verdict = gatekeeper.may_submit(&peer(question.client()), question.sender());
                question.answer(verdict);
            }
            Event::Recipient(question) => {
                let peer = peer(question.client());
                let verdict = gatekeeper
                    .recipient(&peer, question.sender(), question.recipient())
                    .await;
                question.answer(verdict);
            }
            Event::Room(question) => {
                // A server that stops has no time to wait for what others give back.
                let room = tokio::select! {
                    biased;
                    room = door.budget.take(question.octets(), patience.memory) => room,
                    () = stopped(stop) => None,
                };
                match room {
                    Some(room) => question.grant(room),
                    None => {
                        warn!(octets = question.octets(), "memory for messages is spent");
                        question.deny();
                    }
                }
            }
            Event::Message(captured, question) => {
                let peer = peer(&captured.client);
                let octets = captured.mail.content.len();
                let deciding = gatekeeper.message(&peer, captured.mail);
                match timeout(patience.decision, deciding).await {
                    Ok(Ok(stored)) => {
                        metrics::MESSAGES.count();
                        metrics::MESSAGE_OCTETS.add(octets);
                        let reference = gatekeeper.reference(&stored);
                        question.stored(stored, &reference);
                    }
                    Ok(Err(refusal)) => question.refuse(refusal),
                    Err(_) => {
                        error!("a message was not decided in time");
                        let status = Status::new(3, 0);
                        let words = "Message was not stored in time; try again later";
                        question.refuse(Refusal::transient(451, status, words));
                    }
                }
                drop(captured.room);
            }
            Event::StartTls => return Want::Tls,
            Event::Close => return Want::Close,
        }
    }
    Want::Input
}
