//! The SMTP listener: the one place where sessions meet sockets, clocks and TLS.
//!
//! What a session says is decided in the package `smtp`, who may submit and what becomes of a
//! message by a [`Gatekeeper`]. Here is what needs a runtime: accepting, reading and writing,
//! waiting, the bounds over all sessions, the end.
//!
//! Memory is bounded by [`Settings::memory`] for content, and by 72 KiB for each connection, of which
//! one that never sent content has 8. What the gatekeeper needs to seal a message comes on top.

mod budget;
mod client_certificate;
mod connection;
mod places;
#[cfg(test)]
mod tests;
mod wire;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mail::{Address, Domain, MailObject, ReversePath};
use rustls::pki_types::CertificateDer;
use smtp::{Client, Credentials, Limits, Refusal, Status};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument, error, info, info_span, warn};

use crate::config;
use crate::metrics::{self, Counter};
use budget::Budget;
use connection::Ending;
use places::{Full, Place, Places};

pub use client_certificate::{ClientCertificates, server_config};
pub(crate) use places::one_client;

/// How long accepting rests after it failed. It fails when the process has no file descriptor
/// left, and would fail again at once.
const AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(100);

/// How much longer than [`Patience::shutdown`] a session may take to say so, and its client to read
/// it: more than [`connection::LAST_WORDS`].
const AFTER_THE_DEADLINE: Duration = Duration::from_secs(3);

/// Decides what sessions ask.
pub trait Gatekeeper: Send + Sync + 'static {
    /// That a message is on stable storage. Only a value of this type makes a session say 250
    /// behind the end of data, and nothing in this module can make one.
    type Stored: Send;

    /// May this peer talk to us at all? Asked before the greeting and for each connection, so it
    /// has to be quick. A refused peer reads the refusal, takes no place, and is closed at once:
    /// RFC 5321 §3.1 would have a 554 wait for QUIT, and so lend strangers our memory; clients
    /// take a 421 or 554 and a close alike.
    fn admits(&self, address: IpAddr) -> Result<(), Refusal> {
        let _ = address;
        Ok(())
    }

    /// Is this name's password that one? Asked inside of TLS only, and only with
    /// [`Settings::auth`]. A refusal for good is `535 5.7.8`.
    fn authenticate(
        &self,
        peer: &Peer,
        credentials: &Credentials,
    ) -> impl Future<Output = Result<(), Refusal>> + Send {
        let _ = (peer, credentials);
        let refusal = Refusal::permanent(535, Status::new(7, 8), "There are no accounts here");
        std::future::ready(Err(refusal))
    }

    /// May this peer submit mail of this sender? A session in clear that should not be is refused
    /// here with `530 5.7.0 Must issue a STARTTLS command first`; [`Client::tls`] says whether it
    /// is, and whether STARTTLS was offered.
    fn may_submit(&self, peer: &Peer, sender: &ReversePath) -> Result<(), Refusal>;

    /// Is this recipient acceptable? `<Postmaster>` without a domain is seen here, and in the
    /// message, as `postmaster@` and [`Settings::hostname`]. Who wants to treat it apart compares
    /// the domain with that name, and the local part without regard to case, as a client may also
    /// write the address out.
    fn recipient(
        &self,
        peer: &Peer,
        sender: &ReversePath,
        recipient: &Address,
    ) -> impl Future<Output = Result<(), Refusal>> + Send;

    /// Takes a message. A refusal with 421 is said and ends the session: that is for a store that
    /// failed for good. The future is dropped when [`Patience::decision`] or
    /// [`Patience::shutdown`] is over; the client then hears 4xx or nothing and sends the message
    /// again, so a commit that was under way may make a second one (promise D4).
    fn message(
        &self,
        peer: &Peer,
        mail: MailObject,
    ) -> impl Future<Output = Result<Self::Stored, Refusal>> + Send;

    /// By what the operator finds the message again; the client reads it in the 250.
    fn reference(&self, stored: &Self::Stored) -> String;
}

/// The other end of a session.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Numbers the sessions of this process, for records.
    pub session: u64,
    /// Where the connection comes from. An IPv4 address that an IPv6 socket saw is IPv4 here.
    pub address: IpAddr,
    /// How the client introduced itself, and whether inside of TLS.
    pub client: Client,
    /// The certificates that it showed and whose first key it holds, not looked at any further;
    /// mostly none.
    pub certificates: Arc<[CertificateDer<'static>]>,
}

/// A socket to accept connections at.
pub struct Listener {
    /// The socket.
    pub socket: TcpListener,
    /// When TLS is taken up there.
    pub tls: TlsFrom,
}

/// When TLS is taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFrom {
    /// When the client says STARTTLS, if there is a certificate.
    StartTls,
    /// Before the greeting (RFC 8314 §3.3).
    Start,
}

impl From<TcpListener> for Listener {
    fn from(socket: TcpListener) -> Self {
        Self {
            socket,
            tls: TlsFrom::StartTls,
        }
    }
}

/// How the listener is set up.
#[derive(Clone)]
pub struct Settings {
    /// Our name in the greeting.
    pub hostname: Domain,
    /// The bounds of each session.
    pub limits: Limits,
    /// The certificate; without one STARTTLS is not offered.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Whether AUTH is offered, inside of TLS.
    pub auth: smtp::Auth,
    /// Connections at one time, over all addresses. One more is told 421 and closed.
    pub connections: usize,
    /// Connections at one time of one client that is not loopback, over all our addresses: an IPv4
    /// address, or an IPv6 /64. One more is told 421 and closed.
    pub connections_per_client: usize,
    /// The same of a loopback address. A mail system on this machine has no other way here, so its
    /// part is everything unless that is wanted otherwise.
    pub connections_per_local_client: usize,
    /// Octets of content that all sessions together may hold.
    pub memory: usize,
    /// How long the listener waits.
    pub patience: Patience,
}

/// How long the listener waits for whom. How long a session waits for its client stands in
/// [`Limits`].
#[derive(Clone, Debug)]
pub struct Patience {
    /// A message for memory, before it is put off with 452: below the three minutes in which a
    /// client must get rid of a block of data (RFC 5321 §4.5.3.2.5), and long enough for the dozen
    /// large ones that may be before it, since one that is put off comes whole again.
    pub memory: Duration,
    /// The client's part of a TLS handshake.
    pub handshake: Duration,
    /// The client, to take our replies.
    pub writing: Duration,
    /// The gatekeeper's decision about a message: below the ten minutes in which RFC 1047 and
    /// RFC 5321 §4.5.3.2.6 have a client hear something.
    pub decision: Duration,
    /// Messages in flight when the server stops. With the seconds that the last words take this
    /// must be less than whoever stops the listener gives it.
    pub shutdown: Duration,
}

impl Settings {
    /// What the product promises, for a gateway of this name.
    pub fn new(hostname: Domain) -> Self {
        let connections = 1_000;
        Self {
            hostname,
            limits: Limits::default(),
            tls: None,
            auth: smtp::Auth::Absent,
            connections,
            connections_per_client: 100,
            connections_per_local_client: connections,
            memory: 256 * 1024 * 1024,
            patience: Patience::default(),
        }
    }

    /// Takes over what the operator decides.
    pub fn limit(&mut self, limits: &config::Limits, timeouts: &config::Timeouts) {
        self.connections = limits.connections;
        self.connections_per_client = limits.connections_per_client;
        self.connections_per_local_client = limits.connections;
        let seconds = Duration::from_secs;
        self.limits.patience = smtp::Patience {
            command: seconds(timeouts.command_seconds),
            content: seconds(timeouts.data_block_seconds),
            whole_content: seconds(timeouts.message_seconds),
        };
        self.patience.memory = seconds(timeouts.data_start_seconds);
        self.patience.handshake = seconds(timeouts.handshake_seconds);
        self.patience.decision = seconds(timeouts.message_end_seconds);
    }

    /// How many connections this address may have.
    fn connections_of(&self, address: IpAddr) -> usize {
        if address.is_loopback() {
            self.connections_per_local_client
        } else {
            self.connections_per_client
        }
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            memory: Duration::from_secs(100),
            handshake: Duration::from_secs(60),
            writing: Duration::from_secs(5 * 60),
            decision: Duration::from_secs(9 * 60),
            shutdown: Duration::from_secs(25),
        }
    }
}

/// Serves all `listeners` until `stop` becomes true or its sender is dropped, then lets messages
/// in flight finish within [`Patience::shutdown`]. When this returns, no session is left.
pub async fn serve<G: Gatekeeper>(
    listeners: Vec<impl Into<Listener>>,
    settings: Settings,
    gatekeeper: Arc<G>,
    stop: watch::Receiver<bool>,
) {
    let door = Arc::new(Door {
        places: Places::new(settings.connections),
        budget: Budget::new(settings.memory),
        sessions: AtomicU64::new(1),
        settings,
        gatekeeper,
    });
    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn(Arc::clone(&door).accept(listener.into(), stop.clone()));
    }
    while let Some(ended) = accepting.join_next().await {
        note_panic(ended);
    }
}

/// What all sessions share.
struct Door<G> {
    settings: Settings,
    gatekeeper: Arc<G>,
    budget: Budget,
    places: Arc<Places>,
    sessions: AtomicU64,
}

impl<G: Gatekeeper> Door<G> {
    async fn accept(self: Arc<Self>, listener: Listener, mut stop: watch::Receiver<bool>) {
        let Listener { socket, tls } = listener;
        let mut sessions = JoinSet::new();
        loop {
            tokio::select! {
                () = stopped(&mut stop) => break,
                accepted = socket.accept() => match accepted {
                    Ok((stream, peer)) => {
                        // One peer has one address, whichever of our sockets it came to.
                        let address = peer.ip().to_canonical();
                        self.admit(&mut sessions, (stream, tls), address, &stop);
                    }
                    Err(error) => {
                        warn!(error = %error, "cannot accept a connection");
                        sleep(AFTER_FAILED_ACCEPT).await;
                    }
                },
                Some(ended) = sessions.join_next() => note_panic(ended),
            }
        }
        drop(socket);
        // Sessions end by themselves at their deadline; one that cannot is in the gatekeeper.
        let deadline = Instant::now() + self.settings.patience.shutdown + AFTER_THE_DEADLINE;
        while let Ok(Some(ended)) = timeout_at(deadline, sessions.join_next()).await {
            note_panic(ended);
        }
        if !sessions.is_empty() {
            warn!(
                sessions = sessions.len(),
                "sessions were cut off; their clients try again"
            );
            sessions.shutdown().await;
        }
    }

    fn admit(
        self: &Arc<Self>,
        sessions: &mut JoinSet<()>,
        (stream, tls): (TcpStream, TlsFrom),
        address: IpAddr,
        stop: &watch::Receiver<bool>,
    ) {
        let place = match self.place(address) {
            Ok(place) => place,
            // Inside of TLS nothing can be said before a handshake, which is not worth it.
            Err(_) if tls == TlsFrom::Start => return,
            Err(refusal) => return turn_away(stream, &refusal),
        };
        let number = self.sessions.fetch_add(1, Ordering::Relaxed);
        let span = info_span!("smtp", session.id = number);
        let session = Arc::clone(self)
            .session((stream, tls), address, number, place, stop.clone())
            .instrument(span);
        sessions.spawn(session);
    }

    /// A place for this peer, or what it reads in place of the greeting.
    fn place(&self, address: IpAddr) -> Result<Place, Refusal> {
        self.gatekeeper.admits(address).inspect_err(|refusal| {
            metrics::TURNED_AWAY_PEER.count();
            info!(smtp.code = refusal.code(), "a peer was not let in");
        })?;
        let most = self.settings.connections_of(address);
        self.places.take(address, most).map_err(|full| {
            let (counter, connections, status, words) = match full {
                Full::Everybodys => (
                    &metrics::TURNED_AWAY_FULL,
                    self.settings.connections,
                    Status::new(3, 2),
                    "Too many connections at this server; try again later",
                ),
                Full::ThisAddresses => (
                    &metrics::TURNED_AWAY_ADDRESS,
                    most,
                    Status::new(7, 0),
                    "Too many connections from your address; try again later",
                ),
            };
            counter.count();
            warn!(connections, full = ?full, "a connection too many was turned away");
            Refusal::transient(421, status, words)
        })
    }

    async fn session(
        self: Arc<Self>,
        stream: (TcpStream, TlsFrom),
        address: IpAddr,
        number: u64,
        place: Place,
        stop: watch::Receiver<bool>,
    ) {
        metrics::CONNECTIONS.count();
        // One that panics or is cut off is broken too.
        let mut counted = Counted(&metrics::ENDED_BROKEN);
        match connection::serve(&self, stream, address, number, stop).await {
            Ok(ending) => {
                counted.0 = match ending {
                    Ending::Closed => &metrics::ENDED_CLOSED,
                    Ending::Left => &metrics::ENDED_LEFT,
                };
                info!(ending = ?ending, "session ended");
            }
            Err(error) => info!(error = %error, "session broke off"),
        }
        drop(place);
    }
}

/// Counts the end of a session, however it comes.
struct Counted(&'static Counter);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.count();
    }
}

/// Says why and closes. A fresh socket has room for one line, so this waits for nobody.
fn turn_away(stream: TcpStream, refusal: &Refusal) {
    let said = stream
        .into_std()
        .and_then(|stream| io::Write::write(&mut &stream, &smtp::turned_away(refusal)));
    if let Err(error) = said {
        info!(error = %error, "a connection that was turned away left by itself");
    }
}

/// Waits for the order to stop; it also counts when nobody is left to give it.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

fn note_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        error!("a session panicked; its client got no reply");
    }
}
