use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use smtp::{Auth, Config, Event, Limits, Proofs, Session, Tls};

use super::*;

enum Nothing {}

impl Proofs for Nothing {
    type Stored = ();
    type Room = ();
}

/// Credentials come out of a session only, so one is held.
async fn try_at(
    now: Instant,
    accounts: &Accounts,
    address: &str,
    name: &str,
    password: &str,
) -> u16 {
    let mut session = Session::<Nothing>::new(Config {
        hostname: "mx.example.org".parse().unwrap(),
        limits: Limits::default(),
        tls: Tls::Active,
        auth: Auth::Offered,
    });
    let plain = STANDARD.encode(format!("\0{name}\0{password}"));
    session.handle_input(format!("EHLO c\r\nAUTH PLAIN {plain}\r\n").as_bytes());
    let Some(Event::Account(question)) = session.poll_event() else {
        panic!("a question")
    };
    let address = address.parse().unwrap();
    let verdict = accounts.verify(address, question.credentials(), now).await;
    verdict.map_or_else(|refusal| refusal.code(), |()| 235)
}

/// Cheaper than the configuration lets through: these tests are about counting.
fn accounts(wrong_per_minute: u32) -> Accounts {
    let argon = Argon2::new(
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        Params::new(9_500, 1, 1, None).unwrap(),
    );
    let salt = Salt::from_b64("c29tZXNhbHQ").unwrap();
    let hash = argon.hash_password(b"right", salt).unwrap().to_string();
    let account = |name: &str| Account {
        name: name.into(),
        password_hash: hash.parse().unwrap(),
        sender_domains: vec!["example.org".parse().unwrap()],
    };
    Accounts::new(&[account("clinic"), account("ward")], wrong_per_minute)
}

#[tokio::test]
async fn only_the_right_password_of_a_known_name_is_right() {
    let now = Instant::now();
    let accounts = accounts(100);
    for (name, password, code) in [
        ("clinic", "right", 235),
        ("clinic", "wrong", 535),
        ("clinic", "right ", 535),
        ("Clinic", "right", 535),
        ("nobody", "right", 535),
        ("nobody", " ", 535),
    ] {
        let seen = try_at(now, &accounts, "192.0.2.1", name, password).await;
        assert_eq!(seen, code, "{name} {password}");
    }
    assert_eq!(accounts.sender_domains("clinic").len(), 1);
    assert!(accounts.sender_domains("nobody").is_empty());
}

#[tokio::test]
async fn wrong_passwords_are_counted_by_client_and_right_ones_are_not() {
    let now = Instant::now();
    let accounts = accounts(3);
    for _ in 0..5 {
        assert_eq!(
            try_at(now, &accounts, "192.0.2.1", "clinic", "right").await,
            235
        );
    }
    for name in ["clinic", "ward", "nobody"] {
        assert_eq!(
            try_at(now, &accounts, "192.0.2.1", name, "wrong").await,
            535
        );
    }
    assert_eq!(
        try_at(now, &accounts, "192.0.2.1", "clinic", "right").await,
        454
    );
    assert_eq!(
        try_at(now, &accounts, "192.0.2.2", "clinic", "right").await,
        235
    );
    let later = now + std::time::Duration::from_secs(20);
    assert_eq!(
        try_at(later, &accounts, "192.0.2.1", "clinic", "right").await,
        235
    );
}

#[tokio::test]
async fn wrong_passwords_are_counted_by_name_whether_it_is_known_or_not() {
    let now = Instant::now();
    for name in ["clinic", "nobody"] {
        let accounts = accounts(2);
        assert_eq!(
            try_at(now, &accounts, "192.0.2.1", name, "wrong").await,
            535
        );
        assert_eq!(
            try_at(now, &accounts, "192.0.2.2", name, "wrong").await,
            535
        );
        assert_eq!(
            try_at(now, &accounts, "192.0.2.3", name, "right").await,
            454
        );
        assert_eq!(
            try_at(now, &accounts, "192.0.2.3", "ward", "right").await,
            235
        );
    }
}

#[test]
fn nobody_costs_as_much_as_the_dearest_account() {
    let accounts = accounts(1);
    let nobody = params(accounts.nobody.as_deref().unwrap()).unwrap();
    assert_eq!((nobody.m_cost(), nobody.t_cost()), (9_500, 1));
}
