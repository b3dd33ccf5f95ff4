//! STARTTLS over a real handshake, with raw public keys (RFC 7250) in place of certificates, so
//! that no test key is kept anywhere.

use ring::signature::Ed25519KeyPair;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::crypto::ring::sign::any_eddsa_type;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{
    CertificateDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime,
};
use rustls::server::AlwaysResolvesServerRawPublicKeys;
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, NamedGroup, ServerConfig, SignatureScheme,
};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;

/// A server's configuration with a fresh key, and that of a client that trusts this key alone.
fn pair() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    pair_with(default_provider())
}

/// The same for a client with primitives of its own; the server has Sealpost's.
fn pair_with(client: CryptoProvider) -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let provider = Arc::new(client);
    let key = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).unwrap();
    let key = any_eddsa_type(&PrivatePkcs8KeyDer::from(key.as_ref())).unwrap();
    let public = CertificateDer::from(key.public_key().unwrap().to_vec());
    let key = Arc::new(CertifiedKey::new(vec![public.clone()], key));
    let server = ServerConfig::builder_with_provider(Arc::new(crate::tls::provider()))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(key)));
    let algorithms = provider.signature_verification_algorithms;
    let client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(ThisKey { public, algorithms }))
        .with_no_client_auth();
    (Arc::new(server), Arc::new(client))
}

#[derive(Debug)]
struct ThisKey {
    public: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for ThisKey {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        assert_eq!(*end_entity, self.public);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("raw public keys need TLS 1.3".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = SubjectPublicKeyInfoDer::from(key.as_ref());
        verify_tls13_signature_with_raw_key(message, &key, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

/// Says STARTTLS and whatever shall come with it, then takes up TLS.
pub(super) async fn secured(
    mut client: Peered<TcpStream>,
    config: Arc<ClientConfig>,
    behind: &str,
) -> Peered<TlsStream<TcpStream>> {
    client.says(format!("STARTTLS\r\n{behind}")).await;
    client.hears("220 2.0.0 Ready for TLS").await;
    let name = ServerName::try_from("mx.example.org").unwrap();
    let connecting = TlsConnector::from(config).connect(name, client.0.into_inner());
    Peered(BufStream::new(
        timeout(AT_LAST, connecting).await.unwrap().unwrap(),
    ))
}

#[tokio::test]
async fn a_message_travels_inside_of_tls() {
    let (server, trust) = pair();
    let served = Served::new(|settings| settings.tls = Some(server)).await;
    let mut client = served.client().await;
    assert!(client.greets().await.contains(&"STARTTLS".into()));
    let mut client = secured(client, trust, "").await;
    assert!(!client.greets().await.contains(&"STARTTLS".into()));
    client.comes_to_data("b").await;
    client.says("x\r\n.\r\nQUIT\r\n").await;
    client.hears("250 2.0.0").await;
    client.hears("221").await;
    client.hears_the_end().await;
    let clerk = served.stopped().await;
    assert_eq!(
        clerk.taken.lock().unwrap()[0]
            .0
            .client
            .protocol
            .keyword(false),
        "ESMTPS"
    );
}

#[tokio::test]
async fn starttls_agrees_on_the_hybrid_and_with_a_classic_client_on_x25519() {
    for (provider, expected) in [
        (crate::tls::provider(), NamedGroup::X25519MLKEM768),
        (default_provider(), NamedGroup::X25519),
    ] {
        let (server, trust) = pair_with(provider);
        let served = Served::new(|settings| settings.tls = Some(server)).await;
        let mut client = served.client().await;
        client.greets().await;
        let client = secured(client, trust, "").await;
        let tls = client.0.get_ref().get_ref().1;
        let group = tls.negotiated_key_exchange_group().unwrap().name();
        assert_eq!(group, expected);
        drop(client);
        served.stopped().await;
    }
}

#[tokio::test]
async fn what_came_in_clear_is_not_acted_on_inside_of_tls() {
    let (server, trust) = pair();
    let served = Served::new(|settings| settings.tls = Some(server)).await;
    let mut client = served.client().await;
    client.greets().await;
    let injected = "EHLO evil.example\r\nMAIL FROM:<evil@example.net>\r\nNOOP\r\n";
    let mut client = secured(client, trust, injected).await;
    client.says("MAIL FROM:<a@example.org>\r\n").await;
    client.hears("503 5.5.1 Say EHLO or HELO first").await;
    client.comes_to_data("b").await;
    client.says(".\r\nQUIT\r\n").await;
    client.hears("250 2.0.0").await;
    let clerk = served.stopped().await;
    let taken = clerk.taken.lock().unwrap();
    assert_eq!(taken[0].1.envelope.reverse_path.as_str(), "a@example.org");
}

#[tokio::test]
async fn a_handshake_that_does_not_come_ends_the_session() {
    let (server, _) = pair();
    let served = Served::new(|settings| {
        settings.tls = Some(server);
        settings.patience.handshake = SHORT;
    })
    .await;
    let mut client = served.client().await;
    client.greets().await;
    client.says("STARTTLS\r\n").await;
    client.hears("220").await;
    client.hears_the_end().await;
    served.stopped().await;
}

#[tokio::test]
async fn octets_in_clear_in_place_of_a_handshake_end_the_session() {
    let (server, _) = pair();
    let served = Served::new(|settings| settings.tls = Some(server)).await;
    let mut client = served.client().await;
    client.greets().await;
    client.says("STARTTLS\r\n").await;
    client.hears("220").await;
    client.says("MAIL FROM:<a@example.org>\r\n").await;
    // A TLS alert may come first; no reply does.
    let mut rest = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut client.0, &mut rest).await;
    assert!(!rest.starts_with(b"250"));
    served.stopped().await;
}

#[tokio::test]
async fn a_sender_that_must_not_come_in_clear_comes_inside_of_tls() {
    let (server, trust) = pair();
    let served = Served::new(|settings| settings.tls = Some(server)).await;
    let mut client = served.client().await;
    client.greets().await;
    client.says("MAIL FROM:<secret@example.org>\r\n").await;
    client
        .hears("530 5.7.0 Must issue a STARTTLS command first")
        .await;
    let mut client = secured(client, trust, "").await;
    // No keyword is registered for HELO inside of TLS; it is inside all the same.
    for hello in ["HELO", "EHLO"] {
        client.says(format!("{hello} client.example\r\n")).await;
        while !client.line().await.unwrap().starts_with("250 ") {}
        client.says("MAIL FROM:<secret@example.org>\r\n").await;
        client.hears("250 2.1.0").await;
        client.says("RSET\r\n").await;
        client.hears("250 2.0.0").await;
    }
    drop(client);
    served.stopped().await;
}
