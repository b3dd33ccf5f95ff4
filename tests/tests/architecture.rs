//! Which package may know which (DESIGN §6), and what must never enter the program.
//!
//! Invariants that are absences: nothing in the code shows them, so these tests do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What each package of ours may depend on, of ours.
const MAY_KNOW: [(&str, &[&str]); 8] = [
    ("sealpost-seal", &[]),
    ("sealpost-mail", &[]),
    ("sealpost-keystore", &["sealpost-seal"]),
    ("sealpost-smtp", &["sealpost-mail"]),
    ("sealpost-store", &["sealpost-mail", "sealpost-seal"]),
    (
        "sealpost-viewer",
        &[
            "sealpost-keystore",
            "sealpost-mail",
            "sealpost-seal",
            "sealpost-store",
        ],
    ),
    (
        "sealpost",
        &[
            "sealpost-keystore",
            "sealpost-mail",
            "sealpost-seal",
            "sealpost-smtp",
            "sealpost-store",
            "sealpost-viewer",
        ],
    ),
    (
        "sealpost-tests",
        &[
            "sealpost",
            "sealpost-keystore",
            "sealpost-mail",
            "sealpost-seal",
            "sealpost-smtp",
            "sealpost-store",
            "sealpost-viewer",
        ],
    ),
];

/// Packages that decide and must not reach sockets, clocks or a runtime.
const NO_INPUT_OUTPUT: [&str; 4] = [
    "sealpost-mail",
    "sealpost-smtp",
    "sealpost-seal",
    "sealpost-keystore",
];
const INPUT_OUTPUT: [&str; 8] = [
    "tokio",
    "actix-web",
    "lettre",
    "reqwest",
    "rusqlite",
    "rustls",
    "tokio-rustls",
    "hyper",
];

/// Crates that must not be in the lock file, with a version prefix or none (DEPENDENCIES).
const BANNED: [(&str, &str); 9] = [
    ("openssl", ""),
    ("openssl-sys", ""),
    ("native-tls", ""),
    ("aws-lc-rs", ""),
    ("aws-lc-sys", ""),
    ("h2", "0.3."),
    ("ml-kem", "0.2."),
    ("actix-governor", ""),
    ("figment", ""),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
        .to_owned()
}

/// Every package of the workspace with its direct dependencies, those of its tests apart.
fn packages() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"]
                .as_array()
                .expect("dependencies")
                .iter();
            let direct = dependencies.filter(|dependency| dependency["kind"] != "dev");
            (
                text(&package["name"]),
                direct.map(|dependency| text(&dependency["name"])).collect(),
            )
        })
        .collect()
}

#[test]
fn dependencies_point_one_way() {
    let packages = packages();
    let ours: BTreeSet<&String> = packages.keys().collect();
    assert_eq!(
        ours,
        MAY_KNOW.map(|(name, _)| name.to_owned()).iter().collect(),
        "a new package needs its line in the table"
    );
    for (name, may_know) in MAY_KNOW {
        let known = packages[name]
            .iter()
            .filter(|dependency| ours.contains(dependency));
        for dependency in known {
            assert!(
                may_know.contains(&dependency.as_str()),
                "{name} must not know {dependency}"
            );
        }
    }
}

#[test]
fn what_decides_has_no_input_and_output() {
    let packages = packages();
    for name in NO_INPUT_OUTPUT {
        for library in INPUT_OUTPUT {
            assert!(
                !packages[name].contains(library),
                "{name} must not use {library}"
            );
        }
    }
}

#[test]
fn banned_crates_are_not_in_the_lock_file() {
    let text = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    let lock: toml::Table = toml::from_str(&text).expect("TOML");
    let packages = lock["package"].as_array().expect("packages");
    assert!(packages.len() > 100);
    for package in packages {
        let (name, version) = (package["name"].as_str(), package["version"].as_str());
        let (name, version) = (name.expect("a name"), version.expect("a version"));
        let banned = BANNED
            .iter()
            .any(|(crate_name, prefix)| name == *crate_name && version.starts_with(prefix));
        assert!(!banned, "{name} {version} must not be used");
    }
}

#[test]
fn every_ban_here_is_in_the_policy_for_cargo_deny() {
    let policy = fs::read_to_string(root().join(".deny.toml")).expect("deny.toml");
    for (name, prefix) in BANNED {
        let version = prefix.trim_end_matches('.');
        let entry = if version.is_empty() {
            name.to_owned()
        } else {
            format!("{name}@{version}")
        };
        assert!(policy.contains(&format!("crate = \"{entry}\"")), "{entry}");
    }
}

#[test]
fn every_package_takes_the_lints_of_the_workspace_and_unsafe_code_is_forbidden() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    assert!(workspace.contains("unsafe_code = \"forbid\""));
    for folder in [
        "keystore",
        "keystore/seal",
        "server",
        "server/mail",
        "server/smtp",
        "server/store",
        "tests",
        "viewer",
    ] {
        let path = root().join(folder).join("Cargo.toml");
        let manifest: toml::Table =
            toml::from_str(&fs::read_to_string(path).expect("a manifest")).expect("TOML");
        let takes = manifest["lints"]["workspace"].as_bool();
        assert_eq!(takes, Some(true), "{folder}");
    }
}

/// DESIGN §6: the viewer never names spool, outbox or reply keys.
#[test]
fn the_viewer_names_no_key_that_opens_mail() {
    let sources = rust_files(&root().join("viewer/src"));
    assert!(sources.len() > 10);
    for path in sources {
        let text = fs::read_to_string(&path).expect("source");
        for name in [
            "GatewayKeys",
            "Outbox",
            "keystore::Spool",
            "OpeningIdentities",
            "keystore::Reply",
        ] {
            assert!(!text.contains(name), "{} names {name}", path.display());
        }
    }
}

/// The text of every page and mail template names no host, and so sends nobody anywhere.
#[test]
fn no_template_names_a_foreign_host() {
    let mut templates = files(&root().join("viewer/templates"), "html");
    templates.extend(files(&root().join("server/templates"), "html"));
    templates.extend(files(&root().join("server/templates"), "txt"));
    assert!(templates.len() > 10);
    for path in templates {
        let text = fs::read_to_string(&path).expect("a template");
        for scheme in ["src=\"http", "href=\"http", "src=\"//", "href=\"//", "url("] {
            assert!(!text.contains(scheme), "{} has {scheme}", path.display());
        }
    }
}

/// Long files hold two subjects; new ones must not creep in.
#[test]
fn no_source_file_is_longer_than_six_hundred_lines() {
    for folder in [
        "keystore",
        "server",
        "viewer/src",
        "tests/tests",
        "tests/src",
    ] {
        for path in rust_files(&root().join(folder)) {
            let lines = fs::read_to_string(&path).expect("source").lines().count();
            assert!(lines <= 600, "{} has {lines} lines", path.display());
        }
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files(folder, "rs")
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|known| known == extension) {
            found.push(path);
        }
    }
    found
}

/// Each promise about keys is cited where it is tested: by the test's own words or those above it.
#[test]
fn each_promise_about_keys_has_a_test_that_cites_it() {
    let mut texts = Vec::new();
    for folder in ["keystore", "server", "viewer", "tests"] {
        collect_tests(&root().join(folder), &mut texts);
    }
    assert!(texts.len() > 50, "the tests were not found");
    for number in 1..=9 {
        let promise = format!("K{number}");
        let cited = |text: &String| {
            text.match_indices(&promise).any(|(at, _)| {
                !text[at + 2..].starts_with(|next: char| next.is_ascii_alphanumeric())
                    && !text[..at].ends_with(|before: char| before.is_ascii_alphanumeric())
            })
        };
        assert!(texts.iter().any(cited), "no test cites {promise}");
    }
    let none = "K10";
    assert!(
        !texts
            .iter()
            .any(|text| text.contains(&format!("promise {none}")))
    );
}

/// The text of every test file, and of the test modules at the end of sources.
fn collect_tests(folder: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            if !["node_modules", "dist", "target"].contains(&name) {
                collect_tests(&path, texts);
            }
            continue;
        }
        if !["rs", "mjs", "ts"]
            .iter()
            .any(|end| name.ends_with(&format!(".{end}")))
        {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        let is_test =
            name.contains("test") || path.components().any(|part| part.as_os_str() == "tests");
        if is_test {
            texts.push(text);
        } else if let Some(at) = text.find("#[cfg(test)]") {
            texts.push(text[at..].to_owned());
        }
    }
}
