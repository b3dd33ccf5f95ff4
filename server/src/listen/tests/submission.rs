//! Who a client can prove to be, TLS from the start, IPv6: with true certificates.

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::sign::SingleCertAndKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::tls::secured;
use super::*;

/// NUL clinic NUL password.
const RIGHT: &str = "AUTH PLAIN AGNsaW5pYwBwYXNzd29yZA==\r\n";

fn certificate(name: &str) -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(vec![name.to_owned()]).unwrap()
}

fn key(certified: &CertifiedKey<KeyPair>) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()).into()
}

fn server(own: &CertifiedKey<KeyPair>, clients: ClientCertificates) -> Arc<ServerConfig> {
    let signing = any_supported_type(&key(own)).unwrap();
    let certified = rustls::sign::CertifiedKey::new(vec![own.cert.der().clone()], signing);
    let resolver = Arc::new(SingleCertAndKey::from(certified));
    Arc::new(server_config(resolver, clients).unwrap())
}

fn client_with(
    trusts: &CertifiedKey<KeyPair>,
    shows: Option<&CertifiedKey<KeyPair>>,
    version: &'static SupportedProtocolVersion,
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(trusts.cert.der().clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(crate::tls::provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots);
    Arc::new(match shows {
        None => builder.with_no_client_auth(),
        Some(own) => builder
            .with_client_auth_cert(vec![own.cert.der().clone()], key(own))
            .unwrap(),
    })
}

/// Connects and takes up TLS before anything is said.
async fn secure_from_the_start(
    served: &Served,
    config: Arc<ClientConfig>,
) -> Peered<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(served.address).await.unwrap();
    let name = ServerName::try_from("mx.example.org").unwrap();
    let connecting = TlsConnector::from(config).connect(name, stream);
    let stream = timeout(AT_LAST, connecting).await.unwrap().unwrap();
    let mut client = Peered(BufStream::new(stream));
    client.hears("220 mx.example.org ESMTP Sealpost").await;
    client
}

#[tokio::test]
async fn tls_from_the_start_is_spoken_before_the_greeting_and_on_ipv6_too() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let own = certificate("mx.example.org");
        let tls = server(&own, ClientCertificates::NotAsked);
        let served = Served::at(address, TlsFrom::Start, |s| s.tls = Some(tls)).await;
        let mut client = secure_from_the_start(&served, client_with(&own, None, &TLS13)).await;
        let offered = client.greets().await;
        assert!(!offered.contains(&"STARTTLS".into()), "{offered:?}");
        client.says("STARTTLS\r\n").await;
        client.hears("503 5.5.1 TLS is active already").await;
        client.comes_to_data("b").await;
        client.says("x\r\n.\r\nQUIT\r\n").await;
        client.hears("250 2.0.0").await;
        client.hears("221").await;
        client.hears_the_end().await;
        let clerk = served.stopped().await;
        let taken = clerk.taken.lock().unwrap();
        let peer = &taken[0].0;
        assert_eq!(peer.client.protocol.keyword(false), "ESMTPS");
        assert_eq!(peer.address.is_ipv6(), address.starts_with('['));
    }
}

#[tokio::test]
async fn in_clear_nothing_is_said_where_tls_comes_first() {
    let own = certificate("mx.example.org");
    let tls = server(&own, ClientCertificates::NotAsked);
    let served = Served::at("127.0.0.1:0", TlsFrom::Start, |settings| {
        settings.tls = Some(tls);
        settings.patience.handshake = SHORT;
    })
    .await;
    for said in ["", "EHLO client.example\r\nMAIL FROM:<a@example.org>\r\n"] {
        let mut client = Peered(BufStream::new(
            TcpStream::connect(served.address).await.unwrap(),
        ));
        client.says(said).await;
        let mut heard = Vec::new();
        // A TLS alert may come first, or a reset; no reply does.
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut client.0, &mut heard).await;
        assert!(!heard.starts_with(b"220") && !heard.starts_with(b"421"));
    }
    served.stopped().await;
}

#[tokio::test]
async fn a_message_comes_over_ipv6() {
    let served = Served::at("[::1]:0", TlsFrom::StartTls, |_| {}).await;
    let mut client = served.client().await;
    client.comes_to_data("b").await;
    client.says("x\r\n.\r\n").await;
    client.hears("250 2.0.0").await;
    drop(client);
    let clerk = served.stopped().await;
    assert_eq!(
        clerk.taken.lock().unwrap()[0].0.address,
        "::1".parse::<IpAddr>().unwrap()
    );
}

#[tokio::test]
async fn an_account_is_proved_inside_of_tls_only_and_named_to_the_gatekeeper() {
    let own = certificate("mx.example.org");
    let tls = server(&own, ClientCertificates::NotAsked);
    let served = Served::new(|settings| {
        settings.tls = Some(tls);
        settings.auth = smtp::Auth::Offered;
    })
    .await;
    let mut client = served.client().await;
    let offered = client.greets().await;
    assert!(!offered.iter().any(|line| line.starts_with("AUTH")));
    client.says(RIGHT).await;
    client.hears("538 5.7.11").await;
    let mut client = secured(client, client_with(&own, None, &TLS13), "").await;
    assert!(
        client
            .greets()
            .await
            .contains(&"AUTH PLAIN LOGIN".to_owned())
    );
    client.says("AUTH PLAIN AGNsaW5pYwB3cm9uZw==\r\n").await;
    client.hears("535 5.7.8 Wrong").await;
    client.says(RIGHT).await;
    client.hears("235 2.7.0").await;
    client.comes_to_data("b").await;
    client.says("x\r\n.\r\n").await;
    client.hears("250 2.0.0").await;
    drop(client);
    let clerk = served.stopped().await;
    let taken = clerk.taken.lock().unwrap();
    let client = &taken[0].0.client;
    assert_eq!(client.account.as_deref(), Some("clinic"));
    assert_eq!(client.protocol.keyword(true), "UTF8SMTPSA");
}

#[tokio::test]
async fn a_client_certificate_is_asked_for_and_not_needed() {
    let (own, shown) = (certificate("mx.example.org"), certificate("a.example"));
    for version in [&TLS12, &TLS13] {
        for (clients, shows, seen) in [
            (ClientCertificates::Asked, Some(&shown), true),
            (ClientCertificates::Asked, None, false),
            (ClientCertificates::NotAsked, Some(&shown), false),
        ] {
            let tls = server(&own, clients);
            let served = Served::new(|settings| settings.tls = Some(tls)).await;
            let mut client = served.client().await;
            client.greets().await;
            let mut client = secured(client, client_with(&own, shows, version), "").await;
            client.comes_to_data("b").await;
            client.says("x\r\n.\r\n").await;
            client.hears("250 2.0.0").await;
            drop(client);
            let clerk = served.stopped().await;
            let taken = clerk.taken.lock().unwrap();
            let certificates = taken[0].0.certificates.to_vec();
            let expected = seen.then(|| shown.cert.der().clone());
            assert_eq!(certificates, expected.into_iter().collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn exchange_sends_by_bdat_and_is_answered_once_for_all() {
    let served = Served::new(|_| {}).await;
    let mut client = served.client().await;
    assert!(client.greets().await.contains(&"CHUNKING".to_owned()));
    let content = [
        &b"Subject: x\r\n\r\n"[..],
        &b"0123456789abcdef\r\n".repeat(20_000),
    ]
    .concat();
    let head = format!(
        "MAIL FROM:<a@example.org> SIZE={0} BODY=8BITMIME\r\nRCPT TO:<b@example.com>\r\nBDAT {0} LAST\r\n",
        content.len()
    );
    client.says([head.as_bytes(), &content].concat()).await;
    for reply in ["250 2.1.0", "250 2.1.5", "250 2.0.0 Stored as receipt-1"] {
        client.hears(reply).await;
    }
    drop(client);
    let clerk = served.stopped().await;
    assert_eq!(&*clerk.taken.lock().unwrap()[0].1.content, &content[..]);
}
