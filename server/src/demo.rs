//! `sealpost demo`: the whole product on loopback, with throw-away keys and data.
//!
//! It runs the same service as `sealpost run`; only the mail system behind the relay is replaced by
//! a [`sink`] that keeps every mail, and [`page`] shows them. Nothing is left when it ends.

pub mod page;
mod sample;
pub mod sink;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use keystore::{FileCustody, RootSecret};
use seal::{Handle, SystemRandom};
use tokio::sync::watch;

use crate::clock;
use crate::config::{Config, source};
use crate::keys::custody::PassphraseFrom;
use crate::service::{self, Role, ServiceError, share_horizon};

/// Where the demo is.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// SMTP in.
    pub smtp: u16,
    /// The recipients' pages.
    pub viewer: u16,
    /// The page with the mails.
    pub page: u16,
}

/// A folder that goes away with the value.
pub struct Folder(PathBuf);

impl Folder {
    /// A new folder of this user alone.
    pub fn create() -> std::io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let name = format!("sealpost-demo-{}", Handle::generate(&SystemRandom::new()));
        let path = std::env::temp_dir().join(name);
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed holds sealed files and keys of nothing real.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs the demo until `termination` resolves.
pub async fn run(
    folder: &Folder,
    ports: Ports,
    termination: impl Future<Output = ()>,
) -> Result<(), ServiceError> {
    let sink_listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let config = configuration(folder.path(), ports, sink_listener.local_addr()?.port())?;
    make_keys(&config)?;

    let (stop, stopping) = watch::channel(false);
    let mails = sink::Caught::default();
    let sink = tokio::spawn(sink::serve(
        vec![sink_listener],
        mails.clone(),
        stopping.clone(),
    ));
    let page = page::Page { mails, ports };
    let page_listeners = loopback(ports.page, "the demo's page (--page-port)")?;
    let page = service::serve_http(move || page::run(page_listeners, page, stopping))?;
    let result = service::run(config, Role::Both, PassphraseFrom::default(), termination).await;
    stop.send_replace(true);
    let _ = tokio::join!(sink, page);
    result
}

/// The demo's configuration is an ordinary one.
fn configuration(folder: &Path, ports: Ports, sink_port: u16) -> Result<Config, ServiceError> {
    let Ports { smtp, viewer, .. } = ports;
    let listen_six = if has_ipv6_loopback() {
        format!(", \"[::1]:{viewer}\"")
    } else {
        String::new()
    };
    let text = format!(
        r#"
        config_version = 1
        [organisation]
        name = "Example Trust"
        phone = "01632 960000"
        [gateway]
        hostname = "secure.example.org"
        domain = "secure.example.org"
        smtp_listen = ["127.0.0.1:{smtp}"]
        [gateway.submit]
        networks = ["127.0.0.0/8"]
        sender_domains = ["example.org"]
        [gateway.relay]
        host = "127.0.0.1"
        port = {sink_port}
        tls = "none"
        timeout_seconds = 30
        [policy]
        internal_domains = ["example.org"]
        [viewer]
        listen = ["127.0.0.1:{viewer}"{listen_six}]
        public_url = "http://localhost:{viewer}"
        [store]
        path = "data"
        [keystore]
        path = "keys"
        custody = {{ file = "root.key" }}
        [admin]
        listen = []
        "#
    );
    let path = folder.join("sealpost.toml");
    std::fs::write(&path, text)?;
    // The environment is for real installations.
    source::load(&path, std::iter::empty())
        .map_err(|error| ServiceError::Configuration(error.to_string()))
}

fn make_keys(config: &Config) -> Result<(), ServiceError> {
    let random = SystemRandom::new();
    let now = clock::system();
    let root = RootSecret::generate(&random);
    if let Some(path) = config.keystore.custody.path() {
        FileCustody::create(path, &root)?;
    }
    let horizon = share_horizon(config, now);
    Ok(keystore::Folder::new(&config.keystore.path).init(&root, now, horizon, &random)?)
}

fn has_ipv6_loopback() -> bool {
    TcpListener::bind(("::1", 0)).is_ok()
}

/// `localhost` is either of two addresses; browsers try both.
fn loopback(port: u16, key: &'static str) -> Result<Vec<TcpListener>, ServiceError> {
    let four = SocketAddr::from(([127, 0, 0, 1], port));
    let first = listener(four).map_err(|source| ServiceError::Listen {
        key,
        address: four,
        source,
    })?;
    let second = listener(SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], port)));
    Ok(std::iter::once(first).chain(second.ok()).collect())
}

fn listener(address: SocketAddr) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
