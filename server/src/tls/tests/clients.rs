//! The clients in the program: what they offer to whom they connect.

use rustls::NamedGroup;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::LazyConfigAcceptor;

use crate::config::{Relay, RelayTls};
use crate::courier::Courier;
use crate::mails::Outgoing;
use crate::open::Client;
use crate::policy::Tls;

const OFFERED: [NamedGroup; 2] = [NamedGroup::X25519MLKEM768, NamedGroup::X25519];

/// The groups in the hello of whoever is at the other end, best first.
async fn offered(stream: TcpStream) -> Vec<NamedGroup> {
    let hello = LazyConfigAcceptor::new(Default::default(), stream)
        .await
        .unwrap();
    hello.client_hello().named_groups().unwrap().to_vec()
}

#[tokio::test]
async fn the_courier_offers_the_hybrid_first() {
    crate::tls::install();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let relay = Relay {
        host: "localhost".to_owned(),
        port: listener.local_addr().unwrap().port(),
        tls: RelayTls::Required,
        authority: None,
        server_name: None,
        timeout_seconds: 20,
        divert_after_minutes: 15,
        connections: 4,
    };
    let courier = Courier::new(&relay, &[], &"mx.example.org".parse().unwrap()).unwrap();
    let from = "clinic@example.org".parse().unwrap();
    let to = vec!["patient@example.com".parse().unwrap()];
    let mail = Outgoing {
        envelope: lettre::address::Envelope::new(Some(from), to).unwrap(),
        octets: b"Subject: x\r\n\r\n".to_vec(),
    };
    let relay = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        for reply in ["220 mx", "250-mx\r\n250 STARTTLS", "220 go on"] {
            let reply = format!("{reply}\r\n");
            stream.write_all(reply.as_bytes()).await.unwrap();
            if !reply.contains("go on") {
                stream.read_line(&mut String::new()).await.unwrap();
            }
        }
        offered(stream.into_inner()).await
    };
    let (groups, delivery) = tokio::join!(relay, courier.deliver(&mail, Tls::Required));
    assert_eq!(groups[..2], OFFERED);
    assert!(delivery.is_err(), "the relay hung up after the hello");
}

#[tokio::test]
async fn a_recipient_at_a_terminal_offers_the_hybrid_first() {
    crate::tls::install();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let link = seal::Link {
        origin: format!("https://localhost:{port}"),
        handle: seal::Handle::generate(&seal::SystemRandom::new()),
        secret: seal::LinkSecret::generate(&seal::SystemRandom::new()),
    };
    let mut client = Client::new(&link).unwrap();
    let server = async { offered(listener.accept().await.unwrap().0).await };
    let (groups, summary) = tokio::join!(server, client.summary());
    assert_eq!(groups[..2], OFFERED);
    assert!(summary.is_err(), "the server hung up after the hello");
}
