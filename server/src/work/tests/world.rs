//! What all these tests run in: a gateway between a relay and a trusted domain.

use super::*;

pub(super) struct World {
    pub(super) relay: TestPeer,
    pub(super) trusted: TestPeer,
    pub(super) authority: Authority,
    pub(super) store: SqliteStore,
    pub(super) intake: Arc<Intake>,
    pub(super) work: Work,
    pub(super) folder: Folder,
    pub(super) live: Arc<LiveKeys>,
    _home: tempfile::TempDir,
}

impl World {
    /// The relay is sound; the trusted domain's own route is as told.
    pub(super) async fn with(broken: bool, divert_after_minutes: u16) -> Self {
        Self::of(broken, divert_after_minutes, Receipts::OnProblem).await
    }

    pub(super) async fn of(broken: bool, divert_after_minutes: u16, receipts: Receipts) -> Self {
        Self::under(broken, divert_after_minutes, receipts, ReplyAll::Never).await
    }

    pub(super) async fn under(
        broken: bool,
        divert_after_minutes: u16,
        receipts: Receipts,
        reply_all: ReplyAll,
    ) -> Self {
        let authority = Authority::new();
        let good = || authority.server("mx.example.org");
        let relay = TestPeer::start(Behaviour::good(Some(good()))).await;
        let tls = (!broken).then(good);
        let trusted = TestPeer::start(Behaviour::good(tls)).await;

        let home = tempfile::tempdir().unwrap();
        let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
        let root = RootSecret::generate(&*random);
        let folder = Folder::new(home.path().join("keys"));
        let now = clock::system();
        let horizon = now + SignedDuration::from_hours(24 * 60);
        folder.init(&root, now, horizon, &*random).unwrap();
        let live = LiveKeys::open(
            folder.clone(),
            &Credential::Root(root),
            Presence::Visitor,
            clock::system,
            &*random,
        )
        .unwrap();
        let keys = Arc::new(GatewayKeys::of(&live).unwrap());
        let store = SqliteStore::open(&home.path().join("data"), Options::default()).unwrap();
        let host: mail::Domain = "secure.example.org".parse().unwrap();
        let intake = Arc::new(Intake {
            facts: Facts {
                own_domain: host.clone(),
                internal: vec!["example.org".parse().unwrap()],
                trusted: vec!["*.secure.nhs.uk".parse().unwrap()],
                untagged_external: UntaggedExternal::Relay,
                triggers: Vec::new(),
                nhs_numbers: NhsNumbers::Off,
                reply_all,
            },
            rule: TagRule::default(),
            profile: Profile::X25519,
            expiry: SignedDuration::from_hours(24),
            escrow: EscrowKeys::default(),
            receipts,
            organisation: mail::view::Organisation {
                name: "Example Trust".to_owned(),
                phone: "01632 960000".to_owned(),
            },
            postmaster: "postmaster@example.org".parse().unwrap(),
            hostname: host.clone(),
            keys: keys.clone(),
            store: Arc::new(store.clone()),
            sealing: Arc::new(Semaphore::new(crate::intake::SEALING_AT_ONCE)),
            random: random.clone(),
            clock: clock::system,
        });
        let route = Route {
            domains: vec!["*.secure.nhs.uk".parse().unwrap()],
            host: "127.0.0.1".to_owned(),
            port: trusted.address.port(),
            tls: RelayTls::Required,
            authority: Some(authority.file()),
            server_name: Some("mx.example.org".to_owned()),
        };
        let to_relay = relay.relay(RelayTls::Required, &authority);
        let work = Work {
            store: Arc::new(store.clone()),
            keys,
            mails: Mails::new("Example Trust", &host, &host),
            courier: Courier::new(&to_relay, &[route], &host).unwrap(),
            intake: intake.clone(),
            diverting: Diverting::after_minutes(divert_after_minutes),
            rule: TagRule::default(),
            hostname: "secure.example.org".to_owned(),
            names_sender: false,
            notices: store::NoticeLimit {
                most: 20,
                window: Duration::from_secs(3600),
                together: 49,
            },
            keep_ended: Duration::from_secs(7 * 24 * 3600),
            follow_up: FollowUp::OFF,
            reply_memory: crate::work::ReplyMemory::for_replies_of(1 << 20),
            hold: Duration::from_secs(600),
            public_url: "https://secure.example.org".to_owned(),
            clock: clock::system,
            random,
        };
        Self {
            relay,
            trusted,
            authority,
            store,
            intake,
            work,
            folder,
            live,
            _home: home,
        }
    }

    pub(super) async fn accept(&self, subject: &str, recipients: &[&str]) {
        self.accept_asking(subject, recipients, RecipientDsn::default())
            .await;
    }

    /// With what the sender's system wants to be told of each.
    pub(super) async fn accept_asking(
        &self,
        subject: &str,
        recipients: &[&str],
        asked: RecipientDsn,
    ) {
        let fields = format!("Subject: {subject} {CANARY}\r\n");
        let _stored = self.accept_fields(&fields, recipients, asked).await;
    }

    /// With these fields of its header.
    pub(super) async fn accept_fields(
        &self,
        fields: &str,
        recipients: &[&str],
        asked: RecipientDsn,
    ) -> MessageId {
        let mail = MailObject {
            envelope: Envelope {
                reverse_path: ReversePath::Address("clinic@example.org".parse().unwrap()),
                recipients: recipients.iter().map(|to| to.parse().unwrap()).collect(),
                recipient_dsn: recipients.iter().map(|_| asked.clone()).collect(),
                dsn: EnvelopeDsn::default(),
                smtp_utf8: false,
                body: BodyType::default(),
            },
            content: format!("From: clinic@example.org\r\n{fields}\r\n{CANARY}\r\n")
                .into_bytes()
                .into(),
        };
        let trace = Trace {
            peer: [127, 0, 0, 1].into(),
            protocol: "ESMTP",
        };
        self.intake.accept(trace, mail).await.unwrap().message()
    }

    pub(super) async fn end(&self, task: &LeasedTask, outcome: Outcome) {
        let ended = self.store.finish(&task.lease, outcome, clock::system());
        assert!(ended.await.unwrap());
    }

    pub(super) async fn lease(&self) -> Vec<LeasedTask> {
        let hold = Duration::from_secs(600);
        self.store.lease(clock::system(), hold, 100).await.unwrap()
    }

    /// Does what is due and records it as the queue does; gives what failed.
    pub(super) async fn work_off(&self) -> Vec<TaskError> {
        let mut failures = Vec::new();
        loop {
            let tasks = self.lease().await;
            if tasks.is_empty() {
                return failures;
            }
            for task in tasks {
                match self.work.attempt(&task).await {
                    Ok(Attempted::NotNow) => {}
                    Ok(Attempted::Done(end)) => self.end(&task, Outcome::Done(end)).await,
                    Ok(Attempted::Handed(attempted, to)) => {
                        let Attempted::Done(end) = *attempted else {
                            panic!("nobody asked to be told")
                        };
                        let outcome = Box::new(Outcome::Done(end));
                        self.end(&task, Outcome::Handed { outcome, to }).await;
                    }
                    Ok(_) => panic!("nobody asked to be told, and nothing goes together"),
                    Err(error) => failures.push(error),
                }
            }
        }
    }
}

pub(super) fn has(octets: &[u8], text: &str) -> bool {
    octets.windows(text.len()).any(|w| w == text.as_bytes())
}

pub(super) const ALL: [&str; 3] = [
    "patient@example.com",
    "colleague@example.org",
    "ward@trust.secure.nhs.uk",
];

/// A message's one relay task, leased, and whom it is for.
pub(super) async fn relay_task(world: &World) -> (LeasedTask, RecipientId) {
    let task = world.lease().await.remove(0);
    let TaskKind::Relay(_, recipient) = task.kind else {
        panic!("a relay task")
    };
    (task, recipient)
}

pub(super) fn queue(store: &SqliteStore, work: Work, delay_notice_after: SignedDuration) -> Queue {
    let patience = Patience {
        give_up_after: SignedDuration::from_hours(120),
        delay_notice_after,
    };
    Queue::new(
        Arc::new(store.clone()),
        Arc::new(work),
        clock::system,
        Arc::new(SystemRandom::new()),
        Duration::from_secs(600),
        4,
        patience,
    )
}
