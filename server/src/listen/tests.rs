//! The listener over real sockets on loopback.

mod tls;

use std::sync::Mutex;

use smtp::Status;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;

/// Long enough for anything that happens at all.
const AT_LAST: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(50);

/// Keeps messages in memory; a message to `wait@…` waits for `release`, one to `panic@…` panics.
#[derive(Default)]
struct Clerk {
    taken: Mutex<Vec<(Peer, MailObject)>>,
    arrived: Notify,
    release: Notify,
}

struct Receipt(usize);

impl Gatekeeper for Clerk {
    type Stored = Receipt;

    fn may_submit(&self, peer: &Peer, sender: &ReversePath) -> Result<(), Refusal> {
        assert!(peer.address.is_loopback());
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
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
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
async fn a_connection_too_many_is_told_so_and_the_place_is_free_again_later() {
    let served = Served::new(|settings| settings.connections = 1).await;
    let mut first = served.client().await;
    let mut second = Peered(BufStream::new(
        TcpStream::connect(served.address).await.unwrap(),
    ));
    second.hears("421 4.3.2 Too many connections").await;
    second.hears_the_end().await;
    first.says("QUIT\r\n").await;
    first.hears("221").await;
    drop(first);
    // The place is free when the server has seen the end, so a client may have to come again.
    let mut line = String::new();
    while !line.starts_with("220") {
        let mut third = Peered(BufStream::new(
            TcpStream::connect(served.address).await.unwrap(),
        ));
        line = third.line().await.unwrap();
    }
    served.stopped().await;
}

#[tokio::test]
async fn memory_is_shared_by_all_sessions_and_waited_for_before_it_is_refused() {
    let served = Served::new(|settings| {
        settings.memory = 100 * 1024;
        settings.patience.memory = SHORT;
    })
    .await;
    let mut first = served.client().await;
    first.comes_to_data("b").await; // takes 64 KiB
    let mut second = served.client().await;
    second.greets().await;
    let command = "MAIL FROM:<> SIZE=50000\r\nRCPT TO:<b@example.com>\r\nDATA\r\n";
    second.says(command).await;
    second.hears("250").await;
    second.hears("250").await;
    second.hears("452 4.3.1").await;
    first.says(".\r\n").await;
    first.hears("250 2.0.0").await;
    second.says("DATA\r\n").await;
    second.hears("354").await;
    // More than the whole budget, and the client hears of it when it is done.
    let line = [&[b'a'; 998][..], b"\r\n"].concat();
    second.says(line.repeat(200)).await;
    second.says(".\r\n").await;
    second.hears("452 4.3.1").await;
    // All of it was given back.
    second.says(command).await;
    second.hears("250").await;
    second.hears("250").await;
    second.hears("354").await;
    served.stop.send(true).unwrap();
    second.says(".\r\n").await;
    second.hears("250 2.0.0 Stored as receipt-2").await;
    served.stopped().await;
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
async fn memory_is_held_until_the_message_is_decided() {
    let served = Served::new(|settings| {
        settings.memory = 100 * 1024;
        settings.patience.memory = SHORT;
    })
    .await;
    let mut first = served.client().await;
    first.comes_to_data("wait").await;
    first.says("x\r\n.\r\n").await;
    timeout(AT_LAST, served.clerk.arrived.notified())
        .await
        .unwrap();
    let mut second = served.client().await;
    second.greets().await;
    second
        .says("MAIL FROM:<>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
        .await;
    second.hears("250").await;
    second.hears("250").await;
    second.hears("452 4.3.1").await;
    served.clerk.release.notify_one();
    first.hears("250 2.0.0").await;
    second.says("DATA\r\n").await;
    second.hears("354").await;
    drop((first, second));
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
