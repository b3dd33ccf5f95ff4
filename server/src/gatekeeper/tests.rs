use smtp::{Client, Protocol};

use super::*;
use crate::config::submit::Account;

/// `argon2id` of something; nobody logs in here.
const HASH: &str = "$argon2id$v=19$m=9500,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";

fn submit(accounts: bool) -> Submit {
    let account = Account {
        name: "clinic".into(),
        password_hash: HASH.parse().unwrap(),
        sender_domains: vec!["clinic.example".parse().unwrap()],
    };
    Submit {
        networks: ["127.0.0.0/8", "10.0.0.0/8", "::1"]
            .map(|n| n.parse().expect(n))
            .into(),
        sender_domains: vec!["example.org".parse().expect("domain")],
        accounts: if accounts { vec![account] } else { Vec::new() },
        certificates: Vec::new(),
    }
}

fn peer(address: &str, tls: Tls, account: Option<&str>) -> Peer {
    Peer {
        session: 1,
        address: address.parse().expect("an address"),
        client: Client {
            name: "c".into(),
            protocol: Protocol::Esmtp,
            tls,
            account: account.map(String::from),
        },
        certificates: Arc::default(),
    }
}

fn code(submitters: &Submitters, peer: &Peer, sender: &str) -> Option<u16> {
    let now = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));
    let verdict = submitters.admit(peer, &sender.parse().expect("an address"), now);
    verdict.err().map(|refusal| refusal.code())
}

#[test]
fn mail_is_taken_from_our_networks_and_senders_over_tls_or_loopback_only() {
    let submitters = Submitters::new(&submit(false), &Limits::default()).unwrap();
    for (address, tls, sender, expected) in [
        ("127.0.0.1", Tls::Absent, "a@example.org", None),
        ("::1", Tls::Offered, "a@example.org", None),
        ("::ffff:127.0.0.1", Tls::Offered, "a@example.org", None),
        ("10.1.2.3", Tls::Active, "a@example.org", None),
        ("10.1.2.3", Tls::Active, "a@Example.ORG", None),
        ("10.1.2.3", Tls::Offered, "a@example.org", Some(530)),
        ("192.0.2.1", Tls::Active, "a@example.org", Some(554)),
        ("192.0.2.1", Tls::Offered, "a@example.org", Some(554)),
        ("127.0.0.1", Tls::Absent, "a@example.com", Some(550)),
        ("127.0.0.1", Tls::Absent, "a@sub.example.org", Some(550)),
    ] {
        let seen = code(&submitters, &peer(address, tls, None), sender);
        assert_eq!(seen, expected, "{address} {tls:?} {sender}");
    }
}

#[test]
fn an_account_may_write_for_its_own_domains_from_anywhere_and_for_no_other() {
    let submitters = Submitters::new(&submit(true), &Limits::default()).unwrap();
    let clinic = Some("clinic");
    for (address, tls, account, sender, expected) in [
        ("192.0.2.1", Tls::Active, clinic, "a@clinic.example", None),
        ("192.0.2.1", Tls::Active, clinic, "a@example.org", Some(550)),
        ("192.0.2.1", Tls::Active, clinic, "a@example.com", Some(550)),
        (
            "192.0.2.1",
            Tls::Active,
            None,
            "a@clinic.example",
            Some(530),
        ),
        (
            "192.0.2.1",
            Tls::Offered,
            None,
            "a@clinic.example",
            Some(530),
        ),
        (
            "192.0.2.1",
            Tls::Active,
            Some("other"),
            "a@clinic.example",
            Some(550),
        ),
        // From our networks an account adds its domains to theirs.
        ("10.1.2.3", Tls::Active, clinic, "a@clinic.example", None),
        ("10.1.2.3", Tls::Active, clinic, "a@example.org", None),
        ("10.1.2.3", Tls::Active, None, "a@clinic.example", Some(550)),
    ] {
        let seen = code(&submitters, &peer(address, tls, account), sender);
        assert_eq!(seen, expected, "{address} {tls:?} {account:?} {sender}");
    }
}

#[test]
fn a_certificate_may_write_for_its_own_domains_from_anywhere_and_for_no_other() {
    let shown = rustls::pki_types::CertificateDer::from(b"a certificate".to_vec());
    let digest = ring::digest::digest(&ring::digest::SHA256, &shown);
    let mut submit = submit(false);
    submit.certificates = vec![crate::config::submit::ClientCertificate {
        sha256: Some(crate::config::submit::Fingerprint(
            digest.as_ref().try_into().unwrap(),
        )),
        authority: None,
        name: None,
        sender_domains: vec!["clinic.example".parse().unwrap()],
    }];
    let submitters = Submitters::new(&submit, &Limits::default()).unwrap();
    let mut from = peer("192.0.2.1", Tls::Active, None);
    assert_eq!(code(&submitters, &from, "a@clinic.example"), Some(554));
    from.certificates = [shown].into();
    assert_eq!(code(&submitters, &from, "a@clinic.example"), None);
    assert_eq!(code(&submitters, &from, "a@example.org"), Some(554));
}

#[test]
fn mails_and_recipients_a_minute_are_counted_apart_inside_and_outside() {
    let pace = Pace::new(&Limits {
        mails_per_minute: 2,
        recipients_per_minute: 3,
        outside_mails_per_minute: 1,
        outside_recipients_per_minute: 2,
        ..Limits::default()
    });
    let (now, address) = (Instant::now(), "192.0.2.1".parse().unwrap());
    for (is_inside, mails, recipients) in [(true, 2, 3), (false, 1, 2)] {
        for _ in 0..mails {
            assert_eq!(pace.mail(is_inside, address, now), Ok(()));
        }
        for _ in 0..recipients {
            assert_eq!(pace.recipient(is_inside, address, now), Ok(()));
        }
        for refusal in [
            pace.mail(is_inside, address, now),
            pace.recipient(is_inside, address, now),
        ] {
            let refusal = refusal.unwrap_err();
            assert_eq!((refusal.code(), refusal.status()), (451, Status::new(7, 1)));
        }
        assert_eq!(
            pace.mail(is_inside, "192.0.2.2".parse().unwrap(), now),
            Ok(())
        );
    }
    let later = now + Duration::from_secs(60);
    assert_eq!(pace.mail(true, address, later), Ok(()));
}
