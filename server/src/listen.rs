//! The SMTP listener: the one place where sessions meet sockets, clocks and TLS.
//!
//! What a session says is decided in the package `smtp`, who may submit and what becomes of a
//! message by a [`Gatekeeper`]. Here is what needs a runtime: accepting, reading and writing,
//! waiting, the bounds over all sessions, the end.
//!
//! Memory is bounded by [`Settings::memory`] for content, and by 64 KiB for each connection. What
//! the gatekeeper needs to seal a message comes on top.

mod budget;
mod connection;
#[cfg(test)]
mod tests;
mod wire;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mail::{Address, Domain, MailObject, ReversePath};
use smtp::{Client, Limits, Refusal};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument, error, info, info_span, warn};

use budget::Budget;

/// How long accepting rests after it failed. It fails when the process has no file descriptor
/// left, and would fail again at once.
const AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(100);

/// How much longer than its deadline a session may take to say so.
const AFTER_THE_DEADLINE: Duration = Duration::from_secs(1);

/// Decides what sessions ask.
pub trait Gatekeeper: Send + Sync + 'static {
    /// That a message is on stable storage. Only a value of this type makes a session say 250
    /// behind the end of data, and nothing in this module can make one.
    type Stored: Send;

    /// May this peer submit mail of this sender?
    fn may_submit(&self, peer: &Peer, sender: &ReversePath) -> Result<(), Refusal>;

    /// Is this recipient acceptable?
    fn recipient(
        &self,
        peer: &Peer,
        sender: &ReversePath,
        recipient: &Address,
    ) -> impl Future<Output = Result<(), Refusal>> + Send;

    /// Takes a message. The future is dropped when [`Patience::decision`] or
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
    /// Where the connection comes from.
    pub address: IpAddr,
    /// How the client introduced itself, and whether inside of TLS.
    pub client: Client,
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
    /// Connections at one time, over all addresses. One more is told 421 and closed.
    pub connections: usize,
    /// Octets of content that all sessions together may hold.
    pub memory: usize,
    /// How long the listener waits.
    pub patience: Patience,
}

/// How long the listener waits for whom. How long a session waits for its client stands in
/// [`Limits`].
#[derive(Clone, Debug)]
pub struct Patience {
    /// A message for memory, before it is put off with 452.
    pub memory: Duration,
    /// The client's part of a TLS handshake.
    pub handshake: Duration,
    /// The client, to take our replies.
    pub writing: Duration,
    /// The gatekeeper's decision about a message: below the ten minutes in which RFC 1047 and
    /// RFC 5321 §4.5.3.2.6 have a client hear something.
    pub decision: Duration,
    /// Messages in flight when the server stops.
    pub shutdown: Duration,
}

impl Settings {
    /// What the product promises, for a gateway of this name.
    pub fn new(hostname: Domain) -> Self {
        Self {
            hostname,
            limits: Limits::default(),
            tls: None,
            connections: 1_000,
            memory: 256 * 1024 * 1024,
            patience: Patience::default(),
        }
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            memory: Duration::from_secs(30),
            handshake: Duration::from_secs(60),
            writing: Duration::from_secs(5 * 60),
            decision: Duration::from_secs(9 * 60),
            shutdown: Duration::from_secs(30),
        }
    }
}

/// Serves all `listeners` until `stop` becomes true or its sender is dropped, then lets messages
/// in flight finish within [`Patience::shutdown`]. When this returns, no session is left.
pub async fn serve<G: Gatekeeper>(
    listeners: Vec<TcpListener>,
    settings: Settings,
    gatekeeper: Arc<G>,
    stop: watch::Receiver<bool>,
) {
    let door = Arc::new(Door {
        places: Arc::new(Semaphore::new(settings.connections)),
        budget: Budget::new(settings.memory),
        sessions: AtomicU64::new(1),
        settings,
        gatekeeper,
    });
    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn(Arc::clone(&door).accept(listener, stop.clone()));
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
    places: Arc<Semaphore>,
    sessions: AtomicU64,
}

impl<G: Gatekeeper> Door<G> {
    async fn accept(self: Arc<Self>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        let mut sessions = JoinSet::new();
        loop {
            tokio::select! {
                () = stopped(&mut stop) => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.admit(&mut sessions, stream, peer, &stop),
                    Err(error) => {
                        warn!(error = %error, "cannot accept a connection");
                        sleep(AFTER_FAILED_ACCEPT).await;
                    }
                },
                Some(ended) = sessions.join_next() => note_panic(ended),
            }
        }
        drop(listener);
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
        stream: TcpStream,
        peer: SocketAddr,
        stop: &watch::Receiver<bool>,
    ) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            warn!(
                connections = self.settings.connections,
                "a connection too many was turned away"
            );
            return turn_away(stream);
        };
        let number = self.sessions.fetch_add(1, Ordering::Relaxed);
        let span = info_span!("smtp", session.id = number);
        let session = Arc::clone(self)
            .session(stream, peer.ip(), number, place, stop.clone())
            .instrument(span);
        sessions.spawn(session);
    }

    async fn session(
        self: Arc<Self>,
        stream: TcpStream,
        address: IpAddr,
        number: u64,
        place: OwnedSemaphorePermit,
        stop: watch::Receiver<bool>,
    ) {
        match connection::serve(&self, stream, address, number, stop).await {
            Ok(ending) => info!(ending = ?ending, "session ended"),
            Err(error) => info!(error = %error, "session broke off"),
        }
        drop(place);
    }
}

/// Says why and closes. A fresh socket has room for one line, so this waits for nobody.
fn turn_away(stream: TcpStream) {
    let said = stream
        .into_std()
        .and_then(|stream| io::Write::write(&mut &stream, &smtp::overloaded()));
    if let Err(error) = said {
        info!(error = %error, "a connection too many left by itself");
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
