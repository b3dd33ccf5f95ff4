//! A mail system to deliver to, which does what a test wants of it and keeps every octet it saw.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::config::{Relay, RelayTls};
use crate::courier::Stage;

/// An authority whose file a courier can be given.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Two of the same name would be told apart by their signatures only.
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("authority {number}");
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        std::fs::write(folder.path().join("ca.pem"), pem).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            folder,
        }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A server's TLS with a certificate for this name.
    pub(crate) fn server(&self, name: &str) -> Arc<ServerConfig> {
        self.server_until(name, 2096)
    }

    pub(crate) fn server_until(&self, name: &str, year: i32) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(crate::tls::provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Arc::new(config)
    }
}

/// What it does when a stage comes.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Says this in the place of its answer, and goes on.
    Say(&'static str),
    /// Says this and hangs up.
    SayAndClose(&'static str),
    /// Says nothing more.
    Hang,
    /// Hangs up.
    Close,
    /// Keeps the mail (at the end of data) and hangs up before it says so.
    TakeAndClose,
}

/// What it does when the handshake has begun.
#[derive(Clone, Debug)]
pub(crate) enum Handshake {
    /// Says nothing more.
    Hang,
    /// Hangs up.
    Close,
    /// Says this and waits.
    Say(&'static [u8]),
}

/// What it can.
#[derive(Clone)]
pub(crate) struct Behaviour {
    pub(crate) tls: Option<Arc<ServerConfig>>,
    pub(crate) extensions: Vec<&'static str>,
    /// At this stage, so often.
    pub(crate) acts: VecDeque<(Stage, Act)>,
    /// The same on every connection.
    pub(crate) always: Option<(Stage, Act)>,
    /// In the place of its own handshake.
    pub(crate) handshake: Option<Handshake>,
}

impl Behaviour {
    pub(crate) fn good(tls: Option<Arc<ServerConfig>>) -> Self {
        Self {
            tls,
            extensions: vec!["8BITMIME", "SIZE 60000000", "SMTPUTF8", "DSN"],
            acts: VecDeque::new(),
            always: None,
            handshake: None,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) mail: String,
    pub(crate) rcpt: String,
    /// Without stuffed dots.
    pub(crate) content: Vec<u8>,
    pub(crate) secured: bool,
}

#[derive(Default)]
pub(crate) struct Seen {
    /// Every octet that came outside of TLS.
    pub(crate) clear: Vec<u8>,
    /// Every command, in order.
    pub(crate) commands: Vec<String>,
    pub(crate) mails: Vec<Taken>,
    pub(crate) connections: usize,
}

struct Shared {
    behaviour: Mutex<Behaviour>,
    seen: Mutex<Seen>,
}

pub(crate) struct TestPeer {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    listening: tokio::task::JoinHandle<()>,
}

impl Drop for TestPeer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl TestPeer {
    pub(crate) async fn start(behaviour: Behaviour) -> Self {
        crate::tls::install();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            behaviour: Mutex::new(behaviour),
            seen: Mutex::default(),
        });
        let serving = shared.clone();
        let listening = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                serving.seen.lock().unwrap().connections += 1;
                tokio::spawn(serve(stream, serving.clone()));
            }
        });
        Self {
            address,
            shared,
            listening,
        }
    }

    pub(crate) fn relay(&self, tls: RelayTls, authority: &Authority) -> Relay {
        Relay {
            host: "127.0.0.1".to_owned(),
            port: self.address.port(),
            tls,
            authority: (tls != RelayTls::None).then(|| authority.file()),
            server_name: Some("mx.example.org".to_owned()),
            timeout_seconds: 20,
            divert_after_minutes: 15,
            connections: 4,
        }
    }

    pub(crate) fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.shared.behaviour.lock().unwrap());
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.shared.seen.lock().unwrap()
    }
}

trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

struct Session<S> {
    stream: S,
    buffer: Vec<u8>,
    secured: bool,
    shared: Arc<Shared>,
}

/// The end of a session, on purpose or not.
struct Over;

impl From<io::Error> for Over {
    fn from(_: io::Error) -> Self {
        Self
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let mut session = Session {
        stream,
        buffer: Vec::new(),
        secured: false,
        shared: shared.clone(),
    };
    if session.answer(Stage::Greeting, "220 mx").await.is_err() {
        return;
    }
    let Ok(true) = session.talk().await else {
        return;
    };
    let (tls, handshake) = {
        let behaviour = shared.behaviour.lock().unwrap();
        (behaviour.tls.clone(), behaviour.handshake.clone())
    };
    let Some(tls) = tls else { return };
    let mut recorded = session.stream;
    if let Some(handshake) = handshake {
        let mut hello = [0; 4_096];
        let count = recorded.read(&mut hello).await.unwrap_or_default();
        {
            let mut seen = shared.seen.lock().unwrap();
            seen.clear.extend_from_slice(&hello[..count]);
        }
        match handshake {
            Handshake::Close => return,
            Handshake::Hang => {}
            Handshake::Say(octets) => {
                let _ = recorded.write_all(octets).await;
            }
        }
        return std::future::pending().await;
    }
    if let Ok(stream) = TlsAcceptor::from(tls).accept(recorded).await {
        let mut session = Session {
            stream,
            buffer: Vec::new(),
            secured: true,
            shared,
        };
        let _ = session.talk().await;
    }
}

impl<S: Duplex> Session<S> {
    /// `true` when a handshake follows.
    async fn talk(&mut self) -> Result<bool, Over> {
        let (mut mail, mut rcpt) = (String::new(), String::new());
        loop {
            let line = self.line().await?;
            let upper = line.to_ascii_uppercase();
            let verb = upper.split([' ', ':']).next().unwrap_or_default();
            match verb {
                "EHLO" => {
                    let mut lines = vec!["250-mx".to_owned()];
                    {
                        let behaviour = self.shared.behaviour.lock().unwrap();
                        let extensions = behaviour.extensions.iter();
                        lines.extend(extensions.map(|name| format!("250-{name}")));
                        if behaviour.tls.is_some() && !self.secured {
                            lines.push("250-STARTTLS".to_owned());
                        }
                    }
                    lines.push("250 HELP".to_owned());
                    self.answer(Stage::Hello, &lines.join("\r\n")).await?;
                }
                "STARTTLS" => {
                    self.answer(Stage::StartTls, "220 go on").await?;
                    return Ok(true);
                }
                "MAIL" => {
                    mail = line;
                    self.answer(Stage::Mail, "250 ok").await?;
                }
                "RCPT" => {
                    rcpt = line;
                    self.answer(Stage::Rcpt, "250 ok").await?;
                }
                "DATA" => {
                    self.answer(Stage::Data, "354 go on").await?;
                    let content = self.content().await?;
                    let taken = Taken {
                        mail: mail.clone(),
                        rcpt: rcpt.clone(),
                        content,
                        secured: self.secured,
                    };
                    self.end_of_data(taken).await?;
                }
                "QUIT" => {
                    self.say("221 bye").await?;
                    return Ok(false);
                }
                "HELO" | "RSET" => self.say("250 ok").await?,
                _ => self.say("500 what").await?,
            }
        }
    }

    fn act(&self, stage: Stage) -> Option<Act> {
        let mut behaviour = self.shared.behaviour.lock().unwrap();
        let next = behaviour.acts.front().is_some_and(|(at, _)| *at == stage);
        if next {
            return behaviour.acts.pop_front().map(|(_, act)| act);
        }
        let always = behaviour.always.as_ref();
        always
            .filter(|(at, _)| *at == stage)
            .map(|(_, act)| act.clone())
    }

    async fn answer(&mut self, stage: Stage, usual: &str) -> Result<(), Over> {
        match self.act(stage) {
            None => self.say(usual).await,
            Some(act) => self.misbehave(act).await,
        }
    }

    async fn misbehave(&mut self, act: Act) -> Result<(), Over> {
        match act {
            Act::Say(text) => self.say(text).await,
            Act::SayAndClose(text) => {
                self.say(text).await?;
                Err(Over)
            }
            Act::Hang => std::future::pending().await,
            Act::Close | Act::TakeAndClose => Err(Over),
        }
    }

    async fn end_of_data(&mut self, taken: Taken) -> Result<(), Over> {
        let act = self.act(Stage::EndOfData);
        if matches!(act, None | Some(Act::TakeAndClose)) {
            self.shared.seen.lock().unwrap().mails.push(taken);
        }
        match act {
            None => self.say("250 taken").await,
            Some(act) => self.misbehave(act).await,
        }
    }

    async fn say(&mut self, text: &str) -> Result<(), Over> {
        self.stream
            .write_all(format!("{text}\r\n").as_bytes())
            .await?;
        Ok(self.stream.flush().await?)
    }

    async fn line(&mut self) -> Result<String, Over> {
        let line = self.octets_to(b"\r\n").await?;
        let line = String::from_utf8(line).map_err(|_| Over)?;
        let line = line.trim_end().to_owned();
        self.shared.seen.lock().unwrap().commands.push(line.clone());
        Ok(line)
    }

    async fn content(&mut self) -> Result<Vec<u8>, Over> {
        let mut content = Vec::new();
        loop {
            let line = self.octets_to(b"\r\n").await?;
            if line == b".\r\n" {
                return Ok(content);
            }
            content.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }

    async fn octets_to(&mut self, end: &[u8]) -> Result<Vec<u8>, Over> {
        loop {
            let found = self.buffer.windows(end.len()).position(|w| w == end);
            if let Some(at) = found {
                return Ok(self.buffer.drain(..at + end.len()).collect());
            }
            let mut more = [0; 65_536];
            let count = self.stream.read(&mut more).await?;
            if count == 0 {
                return Err(Over);
            }
            if !self.secured {
                let mut seen = self.shared.seen.lock().unwrap();
                seen.clear.extend_from_slice(&more[..count]);
            }
            self.buffer.extend_from_slice(&more[..count]);
        }
    }
}
