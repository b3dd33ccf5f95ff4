use rcgen::generate_simple_self_signed;
use tempfile::TempDir;

use super::*;

const KEYS: TlsKeys = TlsKeys {
    certificate: "viewer.tls.certificate",
    key: "viewer.tls.key",
};

fn files(folder: &TempDir) -> TlsFiles {
    TlsFiles {
        certificate: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
    }
}

/// As renewals write: a new file in the place of the old one.
fn put(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(beside, path).unwrap();
}

/// A certificate and its key, PEM.
fn pair() -> (String, String) {
    let pair = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (pair.cert.pem(), pair.signing_key.serialize_pem())
}

#[test]
fn a_renewed_pair_is_used_from_the_next_look_on() {
    let folder = TempDir::new().unwrap();
    let files = files(&folder);
    let (certificate, key) = pair();
    put(&files.certificate, &certificate);
    put(&files.key, &key);
    let certificates = Certificates::open(&files, KEYS).unwrap();
    let first = certificates.current().cert.clone();
    assert!(!certificates.refresh().unwrap(), "nothing changed");

    // Between the two files, they do not fit: told once, and nothing is lost.
    let (certificate, key) = pair();
    put(&files.certificate, &certificate);
    let error = certificates.refresh().unwrap_err().to_string();
    assert!(error.starts_with("viewer.tls.key: "), "{error}");
    assert!(!certificates.refresh().unwrap(), "told once");
    assert_eq!(certificates.current().cert, first);

    put(&files.key, &key);
    assert!(certificates.refresh().unwrap());
    assert_ne!(certificates.current().cert, first);
    assert!(!certificates.refresh().unwrap());

    let second = certificates.current().cert.clone();
    std::fs::remove_file(&files.certificate).unwrap();
    assert!(certificates.refresh().is_err());
    assert_eq!(certificates.current().cert, second);
}

#[test]
fn each_file_that_does_not_serve_is_told_by_its_key() {
    let folder = TempDir::new().unwrap();
    let files = files(&folder);
    let (certificate, key) = pair();
    let (_, foreign) = pair();
    let told = || Certificates::open(&files, KEYS).unwrap_err().to_string();

    assert!(told().starts_with("viewer.tls.certificate: "), "none");
    put(&files.certificate, &key);
    assert!(told().contains("cert.pem: holds no certificate"));
    put(&files.certificate, &certificate);
    assert!(told().starts_with("viewer.tls.key: "), "none");
    put(&files.key, &certificate);
    assert!(told().contains("key.pem: holds no private key in PEM"));
    put(&files.key, &foreign);
    assert!(told().starts_with("viewer.tls.key: "), "{}", told());
    put(&files.key, &key);
    assert!(Certificates::open(&files, KEYS).is_ok());
}

#[tokio::test]
async fn listeners_get_a_renewed_pair_even_after_one_that_was_none_until_they_stop() {
    let folder = TempDir::new().unwrap();
    let files = files(&folder);
    let (certificate, key) = pair();
    put(&files.certificate, &certificate);
    put(&files.key, &key);
    let certificates = Arc::new(Certificates::open(&files, KEYS).unwrap());
    let first = certificates.current().cert.clone();

    let (stop, stopping) = watch::channel(false);
    let all = vec![Arc::clone(&certificates)];
    let watching = tokio::spawn(look_every(Duration::from_millis(1), all, stopping));
    let until = |done: Box<dyn Fn() -> bool>| async move {
        while !done() {
            tokio::task::yield_now().await;
        }
    };
    put(&files.certificate, "none");
    let (watched, bad) = (Arc::clone(&certificates), marks(&files));
    until(Box::new(move || *watched.seen.lock().unwrap() == bad)).await;
    assert_eq!(certificates.current().cert, first);

    let (certificate, key) = pair();
    put(&files.key, &key);
    put(&files.certificate, &certificate);
    let watched = Arc::clone(&certificates);
    until(Box::new(move || watched.current().cert != first)).await;
    stop.send_replace(true);
    watching.await.unwrap();
}
