//! Which client certificate may write for which sender domains (promise S4).

use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;

use mail::Domain;
use rustls::RootCertStore;
use rustls::client::verify_server_name;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};

use crate::config::submit::{ClientCertificate, Fingerprint};
use crate::tls;

/// A certificate rule that cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("gateway.submit.certificates[{at}].{key}: {what}")]
pub struct CertificateRuleError {
    at: usize,
    key: &'static str,
    what: String,
}

/// All rules.
pub(super) struct Certificates {
    rules: Vec<Rule>,
}

struct Rule {
    whose: Whose,
    sender_domains: Vec<Domain>,
}

enum Whose {
    /// That of this very certificate.
    This(Fingerprint),
    /// Whatever this authority signed for this name.
    Signed {
        by: Arc<dyn ClientCertVerifier>,
        name: ServerName<'static>,
    },
}

impl Certificates {
    /// Reads the authorities' files.
    pub(super) fn open(rules: &[ClientCertificate]) -> Result<Self, CertificateRuleError> {
        let rules = rules.iter().enumerate();
        let rules = rules.map(|(at, rule)| {
            Rule::open(rule).map_err(|(key, what)| CertificateRuleError { at, key, what })
        });
        Ok(Self {
            rules: rules.collect::<Result<_, _>>()?,
        })
    }

    /// Whether there are any.
    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether who showed these may write for this domain. The first is the client's own, whose key
    /// the handshake proved.
    pub(super) fn allow(
        &self,
        shown: &[CertificateDer<'_>],
        domain: &Domain,
        now: UnixTime,
    ) -> bool {
        let Some((own, others)) = shown.split_first() else {
            return false;
        };
        self.rules
            .iter()
            .any(|rule| rule.sender_domains.contains(domain) && rule.whose.is(own, others, now))
    }
}

impl Rule {
    fn open(rule: &ClientCertificate) -> Result<Self, (&'static str, String)> {
        let whose = match (rule.sha256, &rule.authority, &rule.name) {
            (Some(fingerprint), ..) => Whose::This(fingerprint),
            (None, Some(path), Some(name)) => {
                let about_file =
                    |what: String| ("authority", format!("{}: {what}", path.display()));
                let file = File::open(path).map_err(|error| about_file(error.to_string()))?;
                let mut roots = RootCertStore::empty();
                for certificate in CertificateDer::pem_reader_iter(BufReader::new(file)) {
                    let certificate =
                        certificate.map_err(|_| about_file("is not PEM".to_owned()))?;
                    roots
                        .add(certificate)
                        .map_err(|error| about_file(error.to_string()))?;
                }
                let by = WebPkiClientVerifier::builder_with_provider(
                    Arc::new(roots),
                    Arc::new(tls::provider()),
                )
                .build()
                .map_err(|_| about_file("holds no certificate".to_owned()))?;
                let name = ServerName::try_from(name.clone())
                    .map_err(|_| ("name", "is no DNS name".to_owned()))?;
                Whose::Signed { by, name }
            }
            _ => return Err(("authority", "needs name, and name needs it".to_owned())),
        };
        Ok(Self {
            whose,
            sender_domains: rule.sender_domains.clone(),
        })
    }
}

impl Whose {
    fn is(&self, own: &CertificateDer<'_>, others: &[CertificateDer<'_>], now: UnixTime) -> bool {
        match self {
            // No secret: who has the certificate has its fingerprint.
            Self::This(fingerprint) => {
                ring::digest::digest(&ring::digest::SHA256, own).as_ref() == fingerprint.0
            }
            Self::Signed { by, name } => {
                by.verify_client_cert(own, others, now).is_ok()
                    && ParsedCertificate::try_from(own)
                        .is_ok_and(|parsed| verify_server_name(&parsed, name).is_ok())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::slice::from_ref;
    use std::time::Duration;

    use rcgen::{
        BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
        date_time_ymd,
    };

    use super::*;

    /// Within the years of the certificates below.
    fn now() -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000))
    }

    struct Authority {
        issuer: Issuer<'static, KeyPair>,
        pem: String,
    }

    fn authority() -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Authority {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    impl Authority {
        fn signs(&self, name: &str, until: i32) -> CertificateDer<'static> {
            let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            params.not_after = date_time_ymd(until, 1, 1);
            let key = KeyPair::generate().unwrap();
            params.signed_by(&key, &self.issuer).unwrap().der().clone()
        }
    }

    fn rule(sha256: Option<Fingerprint>, signed: Option<(PathBuf, &str)>) -> ClientCertificate {
        let (authority, name) = signed.map(|(path, name)| (path, name.to_owned())).unzip();
        ClientCertificate {
            sha256,
            authority,
            name,
            sender_domains: vec!["example.org".parse().unwrap()],
        }
    }

    #[test]
    fn a_certificate_is_known_by_its_fingerprint_for_its_domains_only() {
        let authority = authority();
        let (own, other) = (
            authority.signs("a.example", 2_020),
            authority.signs("a.example", 4_000),
        );
        let digest = ring::digest::digest(&ring::digest::SHA256, &own);
        let fingerprint = Fingerprint(digest.as_ref().try_into().unwrap());
        let rules = Certificates::open(&[rule(Some(fingerprint), None)]).unwrap();
        let (ours, theirs) = (
            "example.org".parse().unwrap(),
            "example.com".parse().unwrap(),
        );
        assert!(
            rules.allow(from_ref(&own), &ours, now()),
            "dates do not count"
        );
        assert!(!rules.allow(from_ref(&own), &theirs, now()));
        assert!(!rules.allow(from_ref(&other), &ours, now()));
        assert!(
            !rules.allow(&[other, own], &ours, now()),
            "the first is the client's"
        );
        assert!(!rules.allow(&[], &ours, now()));
    }

    #[test]
    fn a_certificate_is_known_by_who_signed_it_for_which_name() {
        let (authority, stranger) = (authority(), authority());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, &authority.pem).unwrap();
        let rules = Certificates::open(&[rule(None, Some((path, "mx.example.org")))]).unwrap();
        let ours = "example.org".parse().unwrap();
        for (certificate, allowed) in [
            (authority.signs("mx.example.org", 4_000), true),
            (authority.signs("mx.example.org", 2_020), false),
            (authority.signs("other.example.org", 4_000), false),
            (stranger.signs("mx.example.org", 4_000), false),
            (CertificateDer::from(b"no certificate".to_vec()), false),
        ] {
            assert_eq!(rules.allow(&[certificate], &ours, now()), allowed);
        }
    }

    #[test]
    fn a_file_that_does_not_serve_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        for (content, name, words) in [
            (None, "a.example", "certificates[0].authority: "),
            (Some(""), "a.example", "holds no certificate"),
            (
                Some(authority().pem.as_str()),
                "a b",
                "certificates[0].name: is no DNS name",
            ),
        ] {
            if let Some(content) = content {
                std::fs::write(&path, content).unwrap();
            }
            let error = Certificates::open(&[rule(None, Some((path.clone(), name)))]);
            let error = error.err().expect("an error").to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
