//! Puts the parts together and runs them: the one place that knows all of them.
//!
//! Start: keys, store, listeners, and only then workers, so that whatever is wrong is told before
//! the first mail is taken (promise K7). Stop: no new work, what is in flight ends, exit 0; after a
//! failed commit at once and not 0 (promise D7).

mod files;
mod http;
mod settings;

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use keystore::{Credential, Folder, GatewayKeys, KeystoreError, LiveKeys, Presence, ViewerKeys};
use seal::{Random, SystemRandom};
use store::sqlite::SqliteStore;
use store::{Store, StoreError};
use tokio::sync::{Semaphore, watch};
use tracing::{error, info, warn};

use crate::admin::Readiness;
use crate::config::Config;
use crate::courier::Courier;
use crate::follow_up::FollowUp;
use crate::gatekeeper::Gatekeeper;
use crate::intake::{Intake, SEALING_AT_ONCE};
use crate::keys::custody::{self, PassphraseFrom};
use crate::keys::schedule::Schedule;
use crate::keys::{self, Rotator};
use crate::listen::{self, Listener, TlsFrom};
use crate::mails::Mails;
use crate::queue::Queue;
use crate::tls;
use crate::work::divert::Diverting;
use crate::work::{ReplyMemory, Work, housekeeping};
use crate::{admin, clock};

use files::ListenerCertificates;
pub use files::{FileError, check_files};
pub use http::serve as serve_http;
pub use settings::{facts, share_horizon, tag_rule, viewer_settings};

/// Links in one notice at most.
const NOTICES_TOGETHER: usize = 50;
/// How long a stop may take in all: longer than the listener and the queue take to drain.
const STOP_WITHIN: Duration = Duration::from_secs(40);
/// And after the store has failed: nothing that is still under way can be kept.
const STOP_AFTER_FAILURE: Duration = Duration::from_secs(2);
/// The file whose lock says that a gateway runs on this data.
const GATEWAY_LOCK: &str = "gateway.lock";

/// What one process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Both of the following.
    Both,
    /// Takes mail, works on tasks.
    Gateway,
    /// Serves the recipients' pages.
    Viewer,
}

impl Role {
    fn is_gateway(self) -> bool {
        self != Self::Viewer
    }

    fn is_viewer(self) -> bool {
        self != Self::Gateway
    }

    fn name(self) -> &'static str {
        match self {
            Self::Both => "gateway and viewer",
            Self::Gateway => "gateway",
            Self::Viewer => "viewer",
        }
    }
}

/// Why the service does not start, or has stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// Keys.
    #[error(transparent)]
    Keys(#[from] KeystoreError),
    /// The store, at the start.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// A file or value that the configuration names.
    #[error("{0}")]
    Configuration(String),
    /// An address that cannot be listened on.
    #[error("{key}: cannot listen on {address}: {source}")]
    Listen {
        /// The key in the configuration.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Another gateway uses the same data.
    #[error("another gateway runs on {0}; stop it first")]
    SecondGateway(String),
    /// What was built into the program is not whole.
    #[error(transparent)]
    Viewer(#[from] viewer::StartError),
    /// A commit failed while running (promise D7).
    #[error(
        "the store has failed; nothing that was acknowledged is lost. Look at the disk, then start again"
    )]
    StoreFailed,
    /// A part ended by itself.
    #[error("{0} stopped unexpectedly")]
    PartStopped(&'static str),
    /// The operating system.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Opens the embedded store.
pub fn open_store(config: &Config) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(&config.store.path, store_options(config))
}

fn store_options(config: &Config) -> store::sqlite::Options {
    let mut options = store::sqlite::Options::default();
    if config.store.shared_with_group {
        options.access = store::sqlite::Access::Group;
    }
    options
}

/// Resolves at SIGTERM or SIGINT.
pub async fn termination() {
    use tokio::signal::unix::{SignalKind, signal};
    match (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        _ => {
            error!("signals cannot be received; stop the process by force");
            std::future::pending().await
        }
    }
}

/// Runs until `termination` resolves, the store fails, or a part ends by itself.
pub async fn run(
    config: Config,
    role: Role,
    passphrase: PassphraseFrom,
    termination: impl Future<Output = ()>,
) -> Result<(), ServiceError> {
    let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
    let configuration = |error: FileError| ServiceError::Configuration(error.to_string());
    check_files(&config, role).map_err(configuration)?;
    let certificates = ListenerCertificates::open(&config, role).map_err(configuration)?;
    let folder = Folder::new(&config.keystore.path);
    let live = open_keys(&config, role, passphrase, &folder, &random)?;
    // Nothing below may be half open when one of these is in use already.
    let smtp_listeners = bind(
        role.is_gateway(),
        "gateway.smtp_listen",
        &config.gateway.smtp_listen,
    )?;
    let smtps_listeners = bind(
        role.is_gateway(),
        "gateway.smtps_listen",
        &config.gateway.smtps_listen,
    )?;
    let viewer_listeners = bind(role.is_viewer(), "viewer.listen", &config.viewer.listen)?;
    let admin_listeners = bind(true, "admin.listen", &config.admin.listen)?;

    let (path, options) = (config.store.path.clone(), store_options(&config));
    let open = move || SqliteStore::open(&path, options);
    let store = tokio::task::spawn_blocking(open)
        .await
        .map_err(std::io::Error::other)??;
    let (stop, stopping) = watch::channel(false);
    let readiness = Readiness::default();
    let mut parts = Parts::default();

    parts.add(
        "looking after the keys",
        tokio::spawn(keys::watch(live.clone(), stopping.clone())),
    );
    let gateway_keys = GatewayKeys::of(&live).filter(|_| role.is_gateway());
    let _lock = if let Some(keys) = gateway_keys {
        let lock = lock_data(&config.store.path)?;
        // Whoever held leases here before is gone, or the lock would not be free.
        store.release_leases().await?;
        // What a clock that was ahead has put off would wait for that time.
        store
            .recall(clock::believed(), crate::queue::NO_PAUSE_IS_LONGER)
            .await?;
        let shared = Shared {
            store: Arc::new(store.clone()),
            keys: Arc::new(keys),
            live: live.clone(),
            random: random.clone(),
        };
        let settings = files::listen_settings(&config, &certificates).map_err(configuration)?;
        let listening = ((smtp_listeners, smtps_listeners), settings);
        start_gateway(&config, listening, shared, &stopping, &mut parts)?;
        Some(lock)
    } else {
        None
    };
    if role.is_viewer() {
        let mut settings = viewer_settings(&config);
        settings.organisation.logo = config
            .organisation
            .read_logo()
            .map_err(ServiceError::Configuration)?;
        let viewer = viewer::Viewer::new(
            settings,
            Arc::new(store.clone()),
            ViewerKeys::of(&live),
            random.clone(),
            Arc::new(clock::believed),
        )?;
        let (tls, stopping) = (
            certificates.viewer_tls().map_err(configuration)?,
            stopping.clone(),
        );
        parts.add(
            "the viewer",
            http::serve(move || viewer::run(viewer_listeners, tls, viewer, http::until(stopping)))?,
        );
    }
    let certificates = certificates.all();
    if !certificates.is_empty() {
        let fresh = tls::keep_fresh(certificates, stopping.clone());
        parts.add("certificate renewal", tokio::spawn(fresh));
    }
    if !admin_listeners.is_empty() {
        let (ready, until) = (readiness.clone(), stopping.clone());
        let figures: Arc<dyn Store> = Arc::new(store.clone());
        parts.add(
            "admin",
            http::serve(move || admin::run(admin_listeners, ready, figures, until))?,
        );
    }

    readiness.set(true);
    info!(role = ?role, version = env!("CARGO_PKG_VERSION"), "ready");
    let result = tokio::select! {
        () = termination => Ok(()),
        () = store.failed() => Err(ServiceError::StoreFailed),
        name = parts.one_ended() => Err(ServiceError::PartStopped(name)),
    };
    readiness.set(false);
    match &result {
        Ok(()) => info!("stopping"),
        Err(error) => error!(error = %error, "stopping"),
    }
    stop.send_replace(true);
    let patience = match &result {
        Err(ServiceError::StoreFailed) => STOP_AFTER_FAILURE,
        _ => STOP_WITHIN,
    };
    if tokio::time::timeout(patience, parts.all_ended())
        .await
        .is_err()
    {
        error!("some work did not end in time; what was acknowledged is stored");
    }
    info!("stopped");
    result
}

/// What the gateway's parts have in common.
struct Shared {
    store: Arc<dyn Store>,
    keys: Arc<GatewayKeys>,
    live: Arc<LiveKeys>,
    random: Arc<dyn Random>,
}

fn start_gateway(
    config: &Config,
    ((clear, secure), settings): ((Vec<TcpListener>, Vec<TcpListener>), listen::Settings),
    shared: Shared,
    stopping: &watch::Receiver<bool>,
    parts: &mut Parts,
) -> Result<(), ServiceError> {
    let Shared {
        store,
        keys,
        live,
        random,
    } = shared;
    let configuration =
        |error: &dyn std::fmt::Display| ServiceError::Configuration(error.to_string());
    let gateway = &config.gateway;
    let rule = tag_rule(config).map_err(|error| configuration(&error))?;
    let intake = Arc::new(Intake {
        facts: facts(config),
        rule: rule.clone(),
        profile: config.policy.profile,
        expiry: jiff::SignedDuration::from_hours(24 * i64::from(config.policy.expiry_days)),
        escrow: config
            .escrow
            .keys()
            .map_err(|error| configuration(&error))?,
        receipts: config.policy.receipts,
        organisation: mail::view::Organisation {
            name: config.organisation.name.clone(),
            phone: config.organisation.phone.clone(),
        },
        postmaster: gateway.postmaster().ok_or_else(|| {
            configuration(&"gateway.postmaster: is not set, and there is no sender domain")
        })?,
        hostname: gateway.hostname.clone(),
        keys: keys.clone(),
        store: store.clone(),
        sealing: Arc::new(Semaphore::new(SEALING_AT_ONCE)),
        random: random.clone(),
        clock: clock::believed,
    });
    let schedule = Schedule {
        rotator: Rotator {
            folder: Folder::new(&config.keystore.path),
            live,
            keys: keys.clone(),
            store: store.clone(),
            random: random.clone(),
            clock: clock::system,
            rate: None,
            patience: Some(keys::schedule::PATIENCE),
            stop: stopping.clone(),
        },
        periods: (&config.keystore.rotation).into(),
        horizon: {
            let config = config.clone();
            Box::new(move |now| share_horizon(&config, now))
        },
    };
    parts.add("the key schedule", tokio::spawn(schedule.run()));
    if intake.escrow.is_on() {
        let keys = config.escrow.recipients.len();
        info!(
            keys,
            "escrow is on: offline keys open every message that is taken from now on"
        );
    }
    let courier = Courier::new(&gateway.relay, &gateway.routes, &gateway.hostname)
        .map_err(|error| configuration(&error))?;
    // A lease outlives the longest wait for a turn and the longest attempt.
    let hold = courier.longest_delivery() + Duration::from_secs(180);
    let work = Arc::new(Work {
        store: store.clone(),
        keys,
        mails: Mails::under(
            config.organisation.letterhead(),
            &gateway.hostname,
            &gateway.domain,
        ),
        courier,
        intake: intake.clone(),
        diverting: Diverting::after_minutes(gateway.relay.divert_after_minutes),
        rule,
        hostname: gateway.hostname.as_str().to_owned(),
        names_sender: config.policy.notice_names_sender,
        notices: store::NoticeLimit {
            most: config.queue.notices_per_hour,
            window: Duration::from_secs(60 * 60),
            together: NOTICES_TOGETHER - 1,
        },
        keep_ended: Duration::from_secs(24 * 3600 * u64::from(config.store.keep_ended_days)),
        follow_up: FollowUp::of(&config.policy),
        reply_memory: ReplyMemory::for_replies_of(config.reply_octets()),
        hold,
        public_url: config.viewer.public_url.origin().to_owned(),
        clock: clock::believed,
        random: random.clone(),
    });
    let tidy = housekeeping::run(
        store.clone(),
        jiff::SignedDuration::from_hours(24 * i64::from(config.store.keep_ended_days)),
        clock::system,
        stopping.clone(),
    );
    parts.add("housekeeping", tokio::spawn(tidy));
    let queue = Arc::new(Queue::new(
        store,
        work,
        clock::believed,
        random.clone(),
        hold,
        usize::from(gateway.relay.connections),
        (&config.queue).into(),
    ));
    parts.add("the queue", tokio::spawn(queue.run(stopping.clone())));

    let gatekeeper = Gatekeeper::new(intake, &gateway.submit, &gateway.limits)
        .map_err(|error| configuration(&error))?;
    let clear = clear.into_iter().map(|socket| (socket, TlsFrom::StartTls));
    let secure = secure.into_iter().map(|socket| (socket, TlsFrom::Start));
    let listeners = clear
        .chain(secure)
        .map(|(socket, tls)| {
            let socket = tokio::net::TcpListener::from_std(socket)?;
            Ok(Listener { socket, tls })
        })
        .collect::<Result<Vec<_>, std::io::Error>>()?;
    let listening = listen::serve(listeners, settings, Arc::new(gatekeeper), stopping.clone());
    parts.add("SMTP", tokio::spawn(listening));

    Ok(())
}

/// Opens the keys of a role and says what they lie in. The gateway first cuts the share keys of the
/// months that grants made from now on can end in.
fn open_keys(
    config: &Config,
    role: Role,
    passphrase: PassphraseFrom,
    folder: &Folder,
    random: &Arc<dyn Random>,
) -> Result<Arc<LiveKeys>, KeystoreError> {
    let custody = custody::of(&config.keystore.custody, passphrase);
    let credential = custody.unlock()?;
    let credential = if role.is_gateway() {
        custody::for_gateway(credential, &*custody)?
    } else {
        let (credential, more) = custody::for_viewer(credential);
        if more {
            warn!(
                "the viewer was started with the root secret; give it its own part, see `sealpost keys viewer-credential`"
            );
        }
        credential
    };
    if let Credential::Root(root) = &credential {
        let now = clock::system();
        let horizon = share_horizon(config, now);
        for epoch in folder.cut_share_keys(root, now, horizon, &**random)? {
            info!(%epoch, "cut the share key of a coming month");
        }
    }
    let live = LiveKeys::open(
        folder.clone(),
        &credential,
        Presence::Node(role.name()),
        clock::system,
        &**random,
    )?;
    info!(
        memory = %live.memory(),
        generation = live.generation(),
        custody = custody.describe(),
        "keys are loaded"
    );
    Ok(live)
}

fn bind(
    wanted: bool,
    key: &'static str,
    addresses: &[SocketAddr],
) -> Result<Vec<TcpListener>, ServiceError> {
    let addresses = if wanted { addresses } else { &[] };
    let bind = |address: &SocketAddr| {
        let listener = TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok(listener)
        });
        listener.map_err(|source| ServiceError::Listen {
            key,
            address: *address,
            source,
        })
    };
    addresses.iter().map(bind).collect()
}

/// Keeps a second gateway away from the same data; the lock ends with the process.
fn lock_data(path: &Path) -> Result<File, ServiceError> {
    let file = File::options()
        .create(true)
        .append(true)
        .open(path.join(GATEWAY_LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(ServiceError::SecondGateway(path.display().to_string()))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

/// The parts that run, by name.
#[derive(Default)]
struct Parts {
    running: tokio::task::JoinSet<&'static str>,
}

impl Parts {
    fn add<T: Send + 'static>(
        &mut self,
        name: &'static str,
        part: impl Future<Output = T> + Send + 'static,
    ) {
        self.running.spawn(async move {
            part.await;
            name
        });
    }

    async fn one_ended(&mut self) -> &'static str {
        match self.running.join_next().await {
            Some(Ok(name)) => name,
            Some(Err(_)) => "a part",
            None => std::future::pending().await,
        }
    }

    async fn all_ended(&mut self) {
        while self.running.join_next().await.is_some() {}
    }
}
