//! The configuration of who may hand mail in, and the errors of bad ones.

use std::fs;

use sealpost::config::source::{SAMPLE, load};

fn environment() -> std::iter::Empty<(String, String)> {
    std::iter::empty()
}

fn refusal(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sealpost.toml");
    fs::write(&path, text).expect("written");
    load(&path, environment())
        .expect_err("a refusal")
        .to_string()
}

/// A hash as `sealpost accounts hash` makes it, of nothing that is used.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";

fn with_tls(more: &str) -> String {
    let tls = "tls = { certificate = \"cert.pem\", key = \"key.pem\" }";
    let sample = SAMPLE.replacen("# tls = { certificate", &format!("{tls}\n# tls = {{"), 1);
    format!("{sample}\n{more}\n")
}

fn account(name: &str, hash: &str) -> String {
    format!(
        "[[gateway.submit.accounts]]\nname = \"{name}\"\npassword_hash = \"{hash}\"\nsender_domains = [\"example.org\"]\n"
    )
}

fn certificate(keys: &str) -> String {
    format!("[[gateway.submit.certificates]]\n{keys}\nsender_domains = [\"example.org\"]\n")
}

#[test]
fn accounts_and_certificates_are_taken_and_their_hashes_not_shown() {
    let sha256 = format!("sha256 = \"{}\"", "ab".repeat(32));
    let text = with_tls(&format!(
        "{}{}{}",
        account("clinic", HASH),
        certificate(&sha256),
        certificate("authority = \"ca.pem\"\nname = \"mx.example.org\""),
    ));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sealpost.toml");
    fs::write(&path, text).expect("written");
    let config = load(&path, environment()).expect("valid");
    let submit = &config.gateway.submit;
    assert_eq!((submit.accounts.len(), submit.certificates.len()), (1, 2));
    let authority = submit.certificates[1].authority.as_ref();
    assert_eq!(authority, Some(&folder.path().join("ca.pem")));
    assert!(!toml::to_string(&config).expect("TOML").contains("argon2id"));
}

#[test]
fn each_wrong_way_in_is_told_with_its_place_and_a_remedy() {
    let sha256 = format!("sha256 = \"{}\"", "ab".repeat(32));
    for (text, told) in [
        (
            format!("{SAMPLE}\n{}", account("clinic", HASH)),
            "gateway.tls: is needed for gateway.submit.accounts",
        ),
        (
            with_tls(&account("", HASH)),
            "gateway.submit.accounts[0].name: must be 1 to 255 octets",
        ),
        (
            with_tls(&account("a", HASH).repeat(2)),
            "gateway.submit.accounts[1].name: is given twice",
        ),
        (
            with_tls(&account("clinic", "password")),
            "sealpost accounts hash",
        ),
        (
            with_tls(&account("clinic", HASH).replace("[\"example.org\"]", "[]")),
            "gateway.submit.accounts[0].sender_domains: is empty",
        ),
        (
            with_tls(&certificate("name = \"mx.example.org\"")),
            "gateway.submit.certificates[0]: needs either sha256, or authority and name",
        ),
        (
            with_tls(&certificate(&format!("{sha256}\nname = \"a.example\""))),
            "gateway.submit.certificates[0]: needs either",
        ),
        (with_tls(&certificate("sha256 = \"ab\"")), "is no SHA-256"),
        (
            SAMPLE.replacen(
                "smtps_listen = []",
                "smtps_listen = [\"127.0.0.1:2465\"]",
                1,
            ),
            "gateway.tls: is needed for gateway.smtps_listen",
        ),
        (
            SAMPLE.replacen(
                "# postmaster = \"postmaster@example.org\"",
                "postmaster = \"postmaster@secure.example.org\" #",
                1,
            ),
            "gateway.postmaster: is an address of the gateway itself",
        ),
        (
            SAMPLE.replacen("connections = 1000 ", "connections = 0 ", 1),
            "gateway.limits",
        ),
        (
            SAMPLE.replacen("data_start_seconds = 30", "data_start_seconds = 121", 1),
            "gateway.timeouts",
        ),
        (
            SAMPLE.replacen("message_end_seconds = 540", "message_end_seconds = 591", 1),
            "gateway.timeouts",
        ),
        (
            SAMPLE.replacen("command_seconds = 300", "command_seconds = 0", 1),
            "gateway.timeouts",
        ),
    ] {
        let error = refusal(&text);
        assert!(error.contains(told), "{told}: {error}");
        assert!(!error.contains("argon2id"), "{error}");
    }
}
