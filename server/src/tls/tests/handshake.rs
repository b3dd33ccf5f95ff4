//! Whole handshakes in memory, between our listeners' configuration and clients of every kind.

use std::sync::Arc;

use rustls::client::ClientConnection;
use rustls::crypto::{
    ActiveKeyExchange, CompletedKeyExchange, CryptoProvider, SharedSecret, SupportedKxGroup, ring,
};
use rustls::version::{TLS12, TLS13};
use rustls::{
    AlertDescription, ClientConfig, CommonState, Error, HandshakeKind, NamedGroup, RootCertStore,
    ServerConfig, ServerConnection, SupportedProtocolVersion,
};

use super::self_signed;
use crate::config::TlsFiles;
use crate::tls::hybrid::X25519MLKEM768;
use crate::tls::{Certificates, TlsKeys, provider, server_config};

/// A listener's configuration out of files, and the roots with which a client trusts it.
fn listener() -> (ServerConfig, RootCertStore) {
    let folder = tempfile::tempdir().unwrap();
    let pair = self_signed();
    let files = TlsFiles {
        certificate: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
    };
    std::fs::write(&files.certificate, pair.cert.pem()).unwrap();
    std::fs::write(&files.key, pair.signing_key.serialize_pem()).unwrap();
    let keys = TlsKeys {
        certificate: "certificate",
        key: "key",
    };
    let certificates = Arc::new(Certificates::open(&files, keys).unwrap());
    let mut roots = RootCertStore::empty();
    roots.add(pair.cert.der().clone()).unwrap();
    (server_config(certificates).unwrap(), roots)
}

/// Plays a handshake to its end, or to the first error on either side with the side that had it.
fn shaken(
    server: ServerConfig,
    roots: RootCertStore,
    client: CryptoProvider,
    versions: &[&'static SupportedProtocolVersion],
) -> (ClientConnection, ServerConnection, Result<(), Error>) {
    let client = ClientConfig::builder_with_provider(Arc::new(client))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let mut client = ClientConnection::new(Arc::new(client), name).unwrap();
    let mut server = ServerConnection::new(Arc::new(server)).unwrap();
    for _ in 0..8 {
        let mut octets = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut octets).unwrap();
        }
        let mut octets = &octets[..];
        while !octets.is_empty() {
            server.read_tls(&mut octets).unwrap();
        }
        let heard = server.process_new_packets().map(drop);
        let mut octets = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut octets).unwrap();
        }
        let mut octets = &octets[..];
        while !octets.is_empty() {
            client.read_tls(&mut octets).unwrap();
        }
        let told = client.process_new_packets().map(drop);
        if let Err(error) = told.and(heard) {
            return (client, server, Err(error));
        }
    }
    (client, server, Ok(()))
}

fn group(side: &CommonState) -> NamedGroup {
    side.negotiated_key_exchange_group().unwrap().name()
}

/// What both sides agree on.
fn agreed(
    server: (ServerConfig, RootCertStore),
    client: CryptoProvider,
    versions: &[&'static SupportedProtocolVersion],
) -> NamedGroup {
    let (client, server, end) = shaken(server.0, server.1, client, versions);
    end.unwrap();
    assert!(!client.is_handshaking() && !server.is_handshaking());
    let kind = client.handshake_kind();
    assert_eq!(kind, Some(HandshakeKind::Full), "no second hello");
    assert_eq!(group(&client), group(&server));
    group(&client)
}

fn classic() -> CryptoProvider {
    let provider = ring::default_provider();
    let groups = &provider.kx_groups;
    assert!(
        groups
            .iter()
            .all(|group| group.name() != NamedGroup::X25519MLKEM768)
    );
    provider
}

#[test]
fn who_knows_the_hybrid_gets_it() {
    let group = agreed(listener(), provider(), &[&TLS13, &TLS12]);
    assert_eq!(group, NamedGroup::X25519MLKEM768);
}

#[test]
fn a_client_that_knows_nothing_else_gets_it_as_well() {
    let mut only = provider();
    only.kx_groups = vec![X25519MLKEM768];
    assert_eq!(
        agreed(listener(), only, &[&TLS13]),
        NamedGroup::X25519MLKEM768
    );
}

#[test]
fn a_classic_client_gets_x25519() {
    let group = agreed(listener(), classic(), &[&TLS13, &TLS12]);
    assert_eq!(group, NamedGroup::X25519);
}

#[test]
fn a_client_of_tls_1_2_gets_x25519_whatever_it_knows() {
    for client in [provider(), classic()] {
        assert_eq!(agreed(listener(), client, &[&TLS12]), NamedGroup::X25519);
    }
}

/// And at once, since the client's X25519 share goes along.
#[test]
fn our_client_gets_x25519_from_a_classic_server() {
    let (mut server, roots) = listener();
    server = ServerConfig::builder_with_provider(Arc::new(classic()))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(server.cert_resolver);
    let group = agreed((server, roots), provider(), &[&TLS13]);
    assert_eq!(group, NamedGroup::X25519);
}

/// The hybrid with one octet of what it sends changed, on either side.
#[derive(Debug)]
struct Tampered {
    at: usize,
    to: u8,
}

struct TamperedStart(Box<dyn ActiveKeyExchange>, Vec<u8>);

impl Tampered {
    fn change(&self, share: &[u8]) -> Vec<u8> {
        let mut share = share.to_vec();
        let end = share
            .len()
            .min(self.at + if self.at >= 1088 { 32 } else { 2 });
        share[self.at..end].fill(self.to);
        share
    }
}

impl SupportedKxGroup for Tampered {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let inner = X25519MLKEM768.start()?;
        let share = self.change(inner.pub_key());
        Ok(Box::new(TamperedStart(inner, share)))
    }

    fn start_and_complete(&self, share: &[u8]) -> Result<CompletedKeyExchange, Error> {
        let mut done = X25519MLKEM768.start_and_complete(share)?;
        done.pub_key = self.change(&done.pub_key);
        Ok(done)
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519MLKEM768
    }
}

impl ActiveKeyExchange for TamperedStart {
    fn complete(self: Box<Self>, share: &[u8]) -> Result<SharedSecret, Error> {
        self.0.complete(share)
    }

    fn pub_key(&self) -> &[u8] {
        &self.1
    }

    fn group(&self) -> NamedGroup {
        self.0.group()
    }
}

#[test]
fn a_client_with_an_invalid_share_is_told_illegal_parameter() {
    static KEY: Tampered = Tampered { at: 0, to: 0xff };
    static POINT: Tampered = Tampered { at: 1184, to: 0 };
    for tampered in [&KEY, &POINT] {
        let (server, roots) = listener();
        let mut client = provider();
        client.kx_groups = vec![tampered];
        let (_, _, end) = shaken(server, roots, client, &[&TLS13]);
        let told = Error::AlertReceived(AlertDescription::IllegalParameter);
        assert_eq!(end, Err(told), "{tampered:?}");
    }
}

#[test]
fn a_server_share_that_was_tampered_with_ends_the_handshake() {
    static CIPHERTEXT: Tampered = Tampered { at: 0, to: 0x5a };
    static POINT: Tampered = Tampered { at: 1088, to: 0 };
    for tampered in [&CIPHERTEXT, &POINT] {
        let (server, roots) = listener();
        let mut changed = provider();
        changed.kx_groups = vec![tampered];
        let server = ServerConfig::builder_with_provider(Arc::new(changed))
            .with_protocol_versions(&[&TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(server.cert_resolver);
        let (client, _, end) = shaken(server, roots, provider(), &[&TLS13]);
        assert!(end.is_err() && client.is_handshaking(), "{tampered:?}");
    }
}
