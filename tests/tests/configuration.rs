//! The sample configuration and the errors of bad ones.

use std::fs;
use std::path::Path;

use sealpost::config::source::{ConfigError, SAMPLE, load, parse};
use sealpost::config::{Config, Policy};

fn environment(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    pairs.into_iter()
}

fn sample() -> Config {
    parse(SAMPLE, "sample", environment(&[])).expect("the sample is valid")
}

fn refusal(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sealpost.toml");
    fs::write(&path, text).expect("written");
    load(&path, environment(&[]))
        .expect_err("a refusal")
        .to_string()
}

#[test]
fn the_sample_is_valid_and_shows_the_defaults() {
    let sample = sample();
    let defaults = Policy::default();
    assert_eq!(
        toml::to_string(&sample.policy).expect("TOML"),
        toml::to_string(&defaults).expect("TOML")
    );
    sealpost::config::check::check(&sample).expect("the sample is consistent");
}

#[test]
fn triggers_are_written_as_they_are_read() {
    let label =
        "{ header = \"X-Class\", contains = \"In Confidence\" },\n  { label = \"Secret\" },\n]";
    let text = SAMPLE.replacen("\n]", &format!("\n  {label}"), 1);
    let config = parse(&text, "sample", environment(&[])).expect("valid");
    let written = toml::to_string(&config).expect("TOML");
    let again = parse(&written, "written", environment(&[])).expect("valid");
    assert_eq!(again.policy.triggers, config.policy.triggers);
    assert_eq!(config.policy.triggers.len(), 4);
    let none = environment(&[("SEALPOST__POLICY__TRIGGERS", "[]")]);
    let none = parse(SAMPLE, "sample", none).expect("valid");
    assert!(none.policy.triggers.is_empty());
}

/// Every key that is optional is in the sample with its default: leaving it out changes nothing.
#[test]
fn leaving_out_what_has_a_default_changes_nothing() {
    let lines = SAMPLE.lines().filter(|line| {
        let key = line.split('=').next().unwrap_or_default().trim();
        let has_default = [
            "smtp_listen",
            "mail_mib",
            "memory_mib",
            "reply_mib",
            "port",
            "tls",
            "timeout_seconds",
            "divert_after_minutes",
            "connections",
            "listen",
            "trusted_proxies",
            "shared_with_group",
            "outbox_days",
            "reply_days",
            "other_days",
            "smtps_listen",
            "connections",
            "connections_per_client",
            "mails_per_minute",
            "recipients_per_minute",
            "outside_mails_per_minute",
            "outside_recipients_per_minute",
            "wrong_passwords_per_minute",
            "command_seconds",
            "data_start_seconds",
            "data_block_seconds",
            "message_seconds",
            "message_end_seconds",
            "handshake_seconds",
        ];
        !has_default.contains(&key)
    });
    let shorter: String = lines.map(|line| format!("{line}\n")).collect();
    assert!(shorter.lines().count() + 25 < SAMPLE.lines().count());
    let shorter = parse(&shorter, "sample", environment(&[])).expect("still valid");
    assert_eq!(
        toml::to_string(&shorter).expect("TOML"),
        toml::to_string(&sample()).expect("TOML")
    );
}

#[test]
fn the_file_in_deploy_is_the_one_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/sealpost.toml");
    assert_eq!(fs::read_to_string(path).expect("the sample"), SAMPLE);
}

#[test]
fn each_wrong_value_is_told_with_its_place_and_a_remedy() {
    let replaced = |from: &str, to: &str| {
        assert!(SAMPLE.contains(from), "{from}");
        refusal(&SAMPLE.replacen(from, to, 1))
    };
    for (from, to, told) in [
        (
            "phone =",
            "fone =",
            "there is no key `fone`; did you mean `phone`?",
        ),
        (
            "[policy]",
            "[polizy]",
            "there is no key `polizy`; did you mean `policy`?",
        ),
        (
            "expiry_days = 30",
            "expiry_days = \"a\"",
            "sealpost.toml, line ",
        ),
        (
            "expiry_days = 30",
            "expiry_days = 0",
            "policy.expiry_days: must be from 1 to 366",
        ),
        (
            "expiry_days = 30",
            "expiry_days = 367",
            "policy.expiry_days: must be from 1 to 366",
        ),
        ("config_version = 1", "config_version = 2", "config_version"),
        (
            "name = \"Example Trust\"",
            "name = \"\"",
            "organisation.name",
        ),
        ("name = \"Example Trust\"", "name = \"a\\nb\"", "one line"),
        ("127.0.0.1:2525", "0.0.0.0:25", "gateway.tls: is needed"),
        ("127.0.0.1:2525", "127.0.0.1", "sealpost.toml, line "),
        (
            "networks = [\"127.0.0.0/8\"]",
            "networks = []",
            "gateway.submit.networks",
        ),
        ("127.0.0.0/8", "127.0.0.0/33", "is not a network"),
        (
            "sender_domains = [\"example.org\"]",
            "sender_domains = [\"a b\"]",
            "line",
        ),
        ("tls = \"required\"", "tls = \"maybe\"", "maybe"),
        (
            "untagged_external = \"relay\"",
            "untagged_external = \"drop\"",
            "drop",
        ),
        (
            "profile = \"mlkem768x25519\"",
            "profile = \"rsa\"",
            "mlkem768x25519",
        ),
        ("\"*.gov.uk\"", "\"*gov.uk\"", "line"),
        ("tags = [\"[secure]\"]", "tags = []", "policy.tags"),
        (
            "reply_all = \"never\"",
            "reply_all = \"everybody\"",
            "policy.reply_all",
        ),
        (
            "nhs_numbers = \"warn\"",
            "nhs_numbers = \"on\"",
            "policy.nhs_numbers",
        ),
        (
            "equals = \"secure\"",
            "is = \"secure\"",
            "there is no key `is`; known here: header, equals, contains, label",
        ),
        (
            "equals = \"secure\"",
            "equals = \"secure\", contains = \"x\"",
            "a header needs one of equals and contains",
        ),
        (
            ", equals = \"secure\"",
            "",
            "a header needs one of equals and contains",
        ),
        (
            "equals = \"secure\"",
            "equals = \" \"",
            "a trigger with an empty value",
        ),
        (
            "header = \"X-Sealpost\"",
            "header = \"X-Sealpost:\"",
            "without its colon",
        ),
        (
            "header = \"X-Sealpost\", equals = \"secure\"",
            "header = \"X-Sealpost\", label = \"secure\"",
            "or a label alone",
        ),
        (
            "https://secure.example.org",
            "http://secure.example.org",
            "https://",
        ),
        (
            "https://secure.example.org",
            "https://secure.example.org/x",
            "end after the host",
        ),
        ("127.0.0.1:9090", "127.0.0.1:8080", "admin.listen"),
        (
            "/etc/sealpost/root.key",
            "/var/lib/sealpost/keys/root.key",
            "lies beside",
        ),
        ("memory_mib = 256", "memory_mib = 63", "gateway.memory_mib"),
        (
            "mail_mib = 50",
            "mail_mib = 151",
            "gateway.mail_mib: must be from 1 to 150",
        ),
        ("mail_mib = 50", "mail_mib = 0", "gateway.mail_mib"),
        (
            "reply_mib = 0",
            "reply_mib = 37",
            "viewer.reply_mib: a reply of 37 MiB is a mail of more than 50 MiB (gateway.mail_mib)",
        ),
        ("reply_mib = 0", "reply_mib = 37", "at most 36, or 0"),
        (
            "reply_mib = 0",
            "reply_mib = 4294967295",
            "viewer.reply_mib",
        ),
        (
            "timeout_seconds = 300",
            "timeout_seconds = 0",
            "timeout_seconds",
        ),
        (
            "connections = 4",
            "connections = 0",
            "gateway.relay.connections: must be from 1 to 64",
        ),
        (
            "connections = 4",
            "connections = 65",
            "gateway.relay.connections: must be from 1 to 64",
        ),
        (
            "[policy]",
            "[[gateway.routes]]\ndomains = []\nhost = \"mx.example.net\"\n[policy]",
            "gateway.routes.domains: is empty",
        ),
        (
            "[policy]",
            "[[gateway.routes]]\ndomains = [\"a.example\", \"a.example\"]\nhost = \"mx.example.net\"\n[policy]",
            "gateway.routes.domains: a.example is named twice",
        ),
        (
            "[policy]",
            "[[gateway.routes]]\ndomains = [\"a.example\"]\nhost = \"mx.example.net\"\ntls = \"none\"\n[policy]",
            "gateway.routes.tls: \"none\" is allowed only when gateway.routes.host is on loopback",
        ),
        (
            "[policy]",
            "[[gateway.routes]]\ndomains = [\"*uk\"]\nhost = \"mx.example.net\"\n[policy]",
            "sealpost.toml, line ",
        ),
        (
            "timeout_seconds = 300",
            "timeout_seconds = 3601",
            "timeout_seconds",
        ),
    ] {
        let error = replaced(from, to);
        assert!(error.contains(told), "{to}: {error}");
    }
}

#[test]
fn a_reply_may_be_as_large_as_a_mail_holds_and_no_larger() {
    let octets = |mail: &str, reply: &str| {
        let text = SAMPLE
            .replacen("mail_mib = 50", mail, 1)
            .replacen("reply_mib = 0", reply, 1);
        let config = parse(&text, "sample", environment(&[])).expect("well formed");
        sealpost::config::check::check(&config).map(|()| config.reply_octets())
    };
    let mib = |n: u64| n * 1024 * 1024;
    let all = octets("mail_mib = 50", "reply_mib = 0").expect("the default");
    assert!((mib(36)..mib(37)).contains(&all), "{all}");
    assert_eq!(all, sealpost::mails::largest_reply(mib(50)));
    assert_eq!(octets("mail_mib = 50", "reply_mib = 1").ok(), Some(mib(1)));
    assert_eq!(
        octets("mail_mib = 50", "reply_mib = 36").ok(),
        Some(mib(36))
    );
    assert!(octets("mail_mib = 50", "reply_mib = 37").is_err());
    assert_eq!(
        octets("mail_mib = 150", "reply_mib = 109").ok(),
        Some(mib(109))
    );
    assert!(octets("mail_mib = 150", "reply_mib = 110").is_err());
    assert!(octets("mail_mib = 1", "reply_mib = 0").is_ok());
}

/// Public halves of throw-away keys.
fn escrow_keys(profile: seal::Profile, count: u8) -> Vec<String> {
    let public =
        |n| seal::Identity::from_seed(profile, &seal::Seed::from_bytes(&[n; 32])).to_public();
    (0..count).map(|n| public(n).to_string()).collect()
}

fn with_escrow(recipients: &str) -> String {
    format!("{SAMPLE}\n[escrow]\nrecipients = {recipients}\n")
}

#[test]
fn escrow_is_off_unless_keys_are_named_and_each_kind_is_taken() {
    assert!(sample().escrow.recipients.is_empty());
    for (profile, warned) in [
        (seal::Profile::Hybrid, false),
        (seal::Profile::X25519, true),
    ] {
        let keys = escrow_keys(profile, 20);
        let text = with_escrow(&format!("{keys:?}"));
        let config = parse(&text, "sample", environment(&[])).expect("valid");
        sealpost::config::check::check(&config).expect("consistent");
        assert_eq!(config.escrow.recipients.len(), 20);
        let effective = toml::to_string(&config).expect("TOML");
        assert!(effective.contains(&keys[19]), "{effective}");
        let warnings = sealpost::config::check::warnings(&config).join("\n");
        assert_eq!(warnings.contains("escrow.recipients"), warned, "{warnings}");
    }
}

#[test]
fn escrow_keys_that_do_not_serve_are_refused_with_a_remedy() {
    let (hybrid, classic) = (
        escrow_keys(seal::Profile::Hybrid, 2),
        escrow_keys(seal::Profile::X25519, 21),
    );
    let mixed = [&hybrid[0], &classic[1]];
    let twice = [&classic[0], &classic[1], &classic[0]];
    for (recipients, told) in [
        (
            format!("{classic:?}"),
            "escrow.recipients: names more than 20 keys",
        ),
        (
            format!("{mixed:?}"),
            "escrow.recipients: mixes post-quantum keys",
        ),
        (format!("{twice:?}"), "escrow.recipients: names a key twice"),
        ("[\"ssh-ed25519 AAAA\"]".to_owned(), "not an age public key"),
        ("[\"age1wrong\"]".to_owned(), "not an age public key"),
        ("\"age1wrong\"".to_owned(), "expected a sequence"),
    ] {
        let error = refusal(&with_escrow(&recipients));
        assert!(error.contains(told), "{recipients}: {error}");
    }
}

#[test]
fn an_identity_in_place_of_a_public_key_is_refused_and_not_shown() {
    let vectors = include_str!("../../keystore/seal/vectors/format-1.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).expect("JSON");
    for (profile, member) in [
        (seal::Profile::Hybrid, "identity_hybrid"),
        (seal::Profile::X25519, "identity_x25519"),
    ] {
        let secret = vectors["grants"][0][member].as_str().expect("text");
        let public = &escrow_keys(profile, 1)[0];
        let middle = &secret[secret.len() - 30..secret.len() - 10];
        let told = |error: &str| {
            assert!(error.contains("there is a secret identity"), "{error}");
            assert!(error.contains("sealpost escrow keygen"), "{error}");
            assert!(!error.to_uppercase().contains(middle), "{error}");
        };
        let lower = secret.to_lowercase();
        for text in [
            with_escrow(&format!("[{public:?}, {secret:?}]")),
            with_escrow(&format!("[{lower:?}]")),
            with_escrow(&format!("[\" {secret}x\"]")),
            with_escrow(&format!("{secret:?}")),
            format!("{SAMPLE}\n[escrow]\n{secret} = 1\n"),
            format!("escrow = {secret:?}\n{SAMPLE}"),
        ] {
            told(&refusal(&text));
        }
        for (variable, value) in [
            ("SEALPOST__ESCROW__RECIPIENTS", format!("[{secret:?}]")),
            ("SEALPOST__ESCROW__RECIPIENTS", secret.to_owned()),
            ("SEALPOST__ESCROW", secret.to_owned()),
        ] {
            let error = parse(SAMPLE, "sample", environment(&[(variable, &value)]));
            told(&error.expect_err("a refusal").to_string());
        }
    }
}

#[test]
fn clear_text_to_a_relay_across_the_network_is_refused() {
    let none = SAMPLE.replacen("tls = \"required\"", "tls = \"none\"", 1);
    assert!(
        parse(&none, "sample", environment(&[])).is_ok(),
        "the sample's relay is on loopback"
    );
    let remote = none.replacen("host = \"127.0.0.1\"", "host = \"mail.example.org\"", 1);
    assert!(
        refusal(&remote)
            .contains("\"none\" is allowed only when gateway.relay.host is on loopback")
    );
}

/// The sample with its two `tls` lines for listeners in force.
fn with_tls() -> String {
    let text = SAMPLE.replace("# tls = {", "tls = {");
    assert_eq!(text.matches("\ntls = {").count(), 2);
    text
}

#[test]
fn both_listeners_take_a_certificate_from_beside_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sealpost.toml");
    fs::write(&path, with_tls()).expect("written");
    let config = load(&path, environment(&[])).expect("valid");
    for tls in [config.gateway.tls, config.viewer.tls] {
        let tls = tls.expect("set");
        assert_eq!(tls.certificate, folder.path().join("cert.pem"));
        assert_eq!(tls.key, folder.path().join("key.pem"));
    }
}

#[test]
fn a_certificate_that_is_missing_is_told_by_its_key_to_the_process_that_needs_it() {
    use sealpost::service::{Role, check_files};
    let missing = |listener: &str, role: Role| {
        let variable = format!("SEALPOST__{listener}__TLS");
        let files = "{ certificate = \"/none/cert.pem\", key = \"/none/key.pem\" }";
        let set = [
            (variable.as_str(), files),
            ("SEALPOST__GATEWAY__RELAY__TLS", "none"),
        ];
        let config = parse(SAMPLE, "sample", environment(&set)).expect("valid");
        check_files(&config, role).map_err(|error| error.to_string())
    };
    for (listener, key, needs, does_not) in [
        ("GATEWAY", "gateway", Role::Gateway, Role::Viewer),
        ("VIEWER", "viewer", Role::Viewer, Role::Gateway),
    ] {
        for role in [needs, Role::Both] {
            let told = missing(listener, role).expect_err("a refusal");
            let place = format!("{key}.tls.certificate: /none/cert.pem: ");
            assert!(told.starts_with(&place), "{told}");
        }
        assert_eq!(missing(listener, does_not), Ok(()));
    }
}

#[test]
fn tls_at_the_viewer_needs_links_that_say_so() {
    let clear = with_tls().replacen("https://secure.example.org", "http://localhost:8080", 1);
    assert!(refusal(&clear).contains("viewer.public_url: must begin with https://"));
}

#[test]
fn clear_text_across_the_network_to_the_viewer_is_warned_of() {
    use sealpost::config::check::warnings;
    let warned = |text: &str| {
        let config = parse(text, "sample", environment(&[])).expect("valid");
        let warnings = warnings(&config);
        warnings.iter().any(|line| line.starts_with("viewer.tls: "))
    };
    let open = |text: &str| text.replacen("127.0.0.1:8080", "0.0.0.0:443", 1);
    assert!(warned(&open(SAMPLE)));
    assert!(!warned(&open(&with_tls())));
    assert!(!warned(SAMPLE));
}

#[test]
fn all_that_does_not_go_together_is_told_at_once() {
    let error = refusal(
        &SAMPLE
            .replacen("expiry_days = 30", "expiry_days = 0", 1)
            .replacen("name = \"Example Trust\"", "name = \"\"", 1),
    );
    assert_eq!(error.lines().count(), 2, "{error}");
}

#[test]
fn the_environment_goes_over_the_file() {
    let config = parse(
        SAMPLE,
        "sample",
        environment(&[
            (
                "SEALPOST__GATEWAY__SMTP_LISTEN",
                "[\"127.0.0.1:1\", \"[::1]:1\"]",
            ),
            ("SEALPOST__ORGANISATION__NAME", "Another Trust"),
            ("SEALPOST__POLICY__EXPIRY_DAYS", "7"),
            ("UNRELATED", "x"),
        ]),
    )
    .expect("valid");
    assert_eq!(config.gateway.smtp_listen.len(), 2);
    assert_eq!(config.organisation.name, "Another Trust");
    assert_eq!(config.policy.expiry_days, 7);
}

#[test]
fn a_wrong_variable_is_told_by_its_name() {
    for (variable, value, told) in [
        (
            "SEALPOST__POLICY__EXPIRY_DAYS",
            "x",
            "SEALPOST__POLICY__EXPIRY_DAYS",
        ),
        (
            "SEALPOST__POLICY__EXPIRY",
            "1",
            "did you mean `expiry_days`?",
        ),
        ("SEALPOST__", "1", "names no key"),
        (
            "SEALPOST__CONFIG_VERSION__X",
            "1",
            "goes below a key that is a value",
        ),
    ] {
        let error = parse(SAMPLE, "sample", environment(&[(variable, value)])).err();
        let error = error.expect("a refusal").to_string();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn a_missing_file_is_told_with_where_it_was_looked_for() {
    let error = load(Path::new("/nonexistent/sealpost.toml"), environment(&[]));
    assert!(matches!(error, Err(ConfigError::Unreadable { .. })));
    assert!(ConfigError::NotFound.to_string().contains("print-default"));
}
