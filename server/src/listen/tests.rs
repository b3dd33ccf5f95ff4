//! The listener over real sockets on loopback.

mod bounds;
mod doors;
mod submission;
mod tls;

use std::net::SocketAddr;
use std::sync::Mutex;

use smtp::Tls;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;

/// Long enough for anything that happens at all.
const AT_LAST: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(50);

/// Keeps messages in memory; a message to `wait@…` waits for `release`, one to `panic@…` panics, for
/// one to `fail@…` the store has failed. Mail of `secret@…` is taken inside of TLS only.
#[derive(Default)]
struct Clerk {
    closed_to: Mutex<Option<IpAddr>>,
    taken: Mutex<Vec<(Peer, MailObject)>>,
    arrived: Notify,
    release: Notify,
}

struct Receipt(usize);

impl Gatekeeper for Clerk {
    type Stored = Receipt;

    fn admits(&self, address: IpAddr) -> Result<(), Refusal> {
        let closed = *self.closed_to.lock().unwrap() == Some(address);
        let refusal = || Refusal::permanent(554, Status::new(7, 1), "Not from your address");
        if closed { Err(refusal()) } else { Ok(()) }
    }

    async fn authenticate(&self, peer: &Peer, said: &Credentials) -> Result<(), Refusal> {
        assert_eq!(peer.client.tls, Tls::Active);
        if (said.name(), said.expose_password()) == ("clinic", "password") {
            Ok(())
        } else {
            Err(Refusal::permanent(535, Status::new(7, 8), "Wrong"))
        }
    }

    fn may_submit(&self, peer: &Peer, sender: &ReversePath) -> Result<(), Refusal> {
        assert!(peer.address.is_loopback());
        if sender.as_str() == "secret@example.org" && peer.client.tls != Tls::Active {
            let words = "Must issue a STARTTLS command first";
            return Err(Refusal::permanent(530, Status::new(7, 0), words));
        }
        let stranger = sender.as_str() == "stranger@example.net";
        let refusal = || Refusal::permanent(550, Status::new(7, 1), "Not from here");
        if stranger { Err(refusal()) } else { Ok(()) }
    }

    async fn recipient(&self, _: &Peer, _: &ReversePath, to: &Address) -> Result<(), Refusal> {
        tokio::task::yield_now().await;
        let refusal = || Refusal::permanent(550, Status::new(1, 1), "Unknown");
        if to.local() == "unknown" {
            Err(refusal())
        } else {
            Ok(())
        }
    }

    async fn message(&self, peer: &Peer, mail: MailObject) -> Result<Receipt, Refusal> {
        self.arrived.notify_one();
        match mail.envelope.recipients[0].local() {
            "wait" => self.release.notified().await,
            "panic" => panic!("as the test wants"),
            "fail" => {
                let status = Status::new(3, 0);
                return Err(Refusal::transient(421, status, "The store failed"));
            }
            _ => {}
        }
        let mut taken = self.taken.lock().unwrap();
        taken.push((peer.clone(), mail));
        Ok(Receipt(taken.len()))
    }

    fn reference(&self, stored: &Receipt) -> String {
        format!("receipt-{}", stored.0)
    }
}

/// A listener that serves, and the order to stop it.
struct Served {
    address: SocketAddr,
    clerk: Arc<Clerk>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Served {
    async fn new(change: impl FnOnce(&mut Settings)) -> Self {
        Self::at("127.0.0.1:0", TlsFrom::StartTls, change).await
    }

    async fn at(address: &str, tls: TlsFrom, change: impl FnOnce(&mut Settings)) -> Self {
        let socket = TcpListener::bind(address).await.unwrap();
        let address = socket.local_addr().unwrap();
        let listener = Listener { socket, tls };
        let mut settings = Settings::new("mx.example.org".parse().unwrap());
        change(&mut settings);
        let clerk = Arc::new(Clerk::default());
        let (stop, stopping) = watch::channel(false);
        let serving = tokio::spawn(serve(
            vec![listener],
            settings,
            Arc::clone(&clerk),
            stopping,
        ));
        Self {
            address,
            clerk,
            stop,
            serving,
        }
    }

    /// A client that has read the greeting.
    async fn client(&self) -> Peered<TcpStream> {
        let mut client = Peered(BufStream::new(
            TcpStream::connect(self.address).await.unwrap(),
        ));
        client.hears("220 mx.example.org ESMTP Sealpost").await;
        client
    }

    /// Orders the stop and waits until nothing is left.
    async fn stopped(self) -> Arc<Clerk> {
        self.stop.send_replace(true);
        timeout(AT_LAST, self.serving).await.unwrap().unwrap();
        self.clerk
    }
}

/// The client's side of a session.
struct Peered<S: AsyncRead + AsyncWrite + Unpin>(BufStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> Peered<S> {
    async fn says(&mut self, octets: impl AsRef<[u8]>) {
        self.0.write_all(octets.as_ref()).await.unwrap();
        self.0.flush().await.unwrap();
    }

    /// The next line, without its CRLF; nothing when the server has closed.
    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let reading = self.0.read_line(&mut line);
        match timeout(AT_LAST, reading)
            .await
            .expect("the server says something")
            .unwrap()
        {
            0 => None,
            _ => Some(line.strip_suffix("\r\n").expect("CRLF").into()),
        }
    }

    async fn hears(&mut self, start: &str) {
        let line = self.line().await.unwrap_or("nothing".into());
        assert!(line.starts_with(start), "heard {line}, not {start}");
    }

    async fn hears_the_end(&mut self) {
        assert_eq!(self.line().await, None);
    }

    /// EHLO, and all lines of its reply.
    async fn greets(&mut self) -> Vec<String> {
        self.says("EHLO client.example\r\n").await;
        let mut lines = Vec::new();
        loop {
            let line = self.line().await.expect("a reply to EHLO");
            let last = line.starts_with("250 ");
            lines.push(line[4..].into());
            if last {
                return lines;
            }
        }
    }

    /// All up to the 354, for a message to this local part.
    async fn comes_to_data(&mut self, to: &str) {
        self.greets().await;
        self.says(format!(
            "MAIL FROM:<a@example.org>\r\nRCPT TO:<{to}@example.com>\r\nDATA\r\n"
        ))
        .await;
        for reply in ["250 2.1.0", "250 2.1.5", "354"] {
            self.hears(reply).await;
        }
    }
}

#[tokio::test]
async fn a_message_is_answered_by_what_the_gatekeeper_says_of_it() {
    let served = Served::new(|_| {}).await;
    let mut client = served.client().await;
    client.greets().await;
    client.says("MAIL FROM:<stranger@example.net>\r\n").await;
    client.hears("550 5.7.1 Not from here").await;
    client
        .says("MAIL FROM:<a@example.org>\r\nRCPT TO:<unknown@example.com>\r\n")
        .await;
    client.hears("250 2.1.0").await;
    client.hears("550 5.1.1 Unknown").await;
    client.says("RCPT TO:<b@example.com>\r\nDATA\r\n").await;
    client.hears("250 2.1.5").await;
    client.hears("354").await;
    client
        .says("Subject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n")
        .await;
    client.hears("250 2.0.0 Stored as receipt-1").await;
    client.hears("221 2.0.0").await;
    client.hears_the_end().await;

    let clerk = served.stopped().await;
    let taken = clerk.taken.lock().unwrap();
    let (peer, mail) = &taken[0];
    assert_eq!(&*mail.content, b"Subject: x\r\n\r\n.dot\r\n");
    assert_eq!(peer.client.name, "client.example");
    assert_eq!(peer.client.protocol.keyword(false), "ESMTP");
}

#[tokio::test]
async fn a_client_that_says_nothing_is_sent_away() {
    let served = Served::new(|settings| settings.limits.patience.command = SHORT).await;
    let mut client = served.client().await;
    client.hears("421 4.4.2").await;
    client.hears_the_end().await;
    drop(client);
    served.stopped().await;
}

#[tokio::test]
async fn at_the_stop_idle_clients_are_let_go_and_messages_in_flight_are_finished() {
    let served = Served::new(|_| {}).await;
    let mut idle = served.client().await;
    let mut sending = served.client().await;
    sending.comes_to_data("b").await;
    let mut deciding = served.client().await;
    deciding.comes_to_data("wait").await;
    deciding.says("x\r\n.\r\n").await;
    timeout(AT_LAST, served.clerk.arrived.notified())
        .await
        .unwrap();

    served.stop.send(true).unwrap();
    idle.hears("421 4.3.2 Server is stopping").await;
    idle.hears_the_end().await;
    drop(idle);
    sending.says("y\r\n.\r\n").await;
    sending.hears("250 2.0.0").await;
    sending.hears("421 4.3.2").await;
    sending.hears_the_end().await;
    drop(sending);
    served.clerk.release.notify_one();
    deciding.hears("250 2.0.0").await;
    deciding.hears("421 4.3.2").await;
    drop(deciding);
    assert!(
        TcpStream::connect(served.address).await.is_err(),
        "nobody is admitted any more"
    );
    assert_eq!(served.stopped().await.taken.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn at_the_stop_nobody_is_waited_for_without_end() {
    let served = Served::new(|settings| settings.patience.shutdown = SHORT).await;
    let mut sending = served.client().await;
    sending.comes_to_data("b").await;
    let mut deciding = served.client().await;
    deciding.comes_to_data("wait").await;
    deciding.says("x\r\n.\r\n").await;
    timeout(AT_LAST, served.clerk.arrived.notified())
        .await
        .unwrap();
    served.stop.send(true).unwrap();
    sending.hears("421 4.3.2").await;
    // Its decision is never made: the client hears nothing and sends the message again.
    deciding.hears_the_end().await;
    assert_eq!(served.stopped().await.taken.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn a_decision_that_takes_too_long_is_a_refusal() {
    let served = Served::new(|settings| settings.patience.decision = SHORT).await;
    let mut client = served.client().await;
    client.comes_to_data("wait").await;
    client.says("x\r\n.\r\n").await;
    client.hears("451 4.3.0").await;
    client.says("NOOP\r\n").await;
    client.hears("250").await;
    drop(client);
    assert_eq!(served.stopped().await.taken.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn a_panic_in_one_session_is_the_end_of_that_one_only() {
    let served = Served::new(|settings| settings.connections = 2).await;
    let mut other = served.client().await;
    let mut client = served.client().await;
    client.comes_to_data("panic").await;
    client.says("x\r\n.\r\n").await;
    client.hears_the_end().await;
    other.comes_to_data("b").await;
    other.says(".\r\n").await;
    other.hears("250 2.0.0").await;
    drop(other);
    served.stopped().await;
}

#[tokio::test]
async fn a_client_that_still_sends_is_not_reset_before_it_has_read_our_last_words() {
    let served = Served::new(|_| {}).await;
    let mut client = served.client().await;
    client.says("GET / HTTP/1.1\r\n").await;
    client.hears("554 5.5.1").await;
    client.hears_the_end().await;
    // More than the buffers of both sides hold: somebody must read it.
    client.says(vec![b'x'; 16 * 1024 * 1024]).await;
    drop(client);
    served.stopped().await;
}

#[tokio::test]
async fn a_store_that_failed_is_told_and_ends_the_session() {
    let served = Served::new(|_| {}).await;
    let mut client = served.client().await;
    client.comes_to_data("fail").await;
    client.says("x\r\n.\r\nNOOP\r\n").await;
    client.hears("421 4.3.0 The store failed").await;
    client.hears_the_end().await;
    drop(client);
    assert_eq!(served.stopped().await.taken.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn postmaster_without_a_domain_is_one_of_ours() {
    let served = Served::new(|_| {}).await;
    let mut client = served.client().await;
    client.greets().await;
    client
        .says("MAIL FROM:<a@example.org>\r\nRCPT TO:<PostMaster>\r\nDATA\r\n")
        .await;
    for reply in ["250", "250", "354"] {
        client.hears(reply).await;
    }
    client.says(".\r\n").await;
    client.hears("250").await;
    drop(client);
    let clerk = served.stopped().await;
    let taken = clerk.taken.lock().unwrap();
    let recipient = &taken[0].1.envelope.recipients[0];
    assert_eq!(recipient.local(), "postmaster");
    assert_eq!(recipient.domain().to_string(), "mx.example.org");
}
