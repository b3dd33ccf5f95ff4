//! Where mail leaves to: the relay, and routes of their own for some domains.

use std::path::{Path, PathBuf};

use mail::DomainPattern;
use serde::{Deserialize, Serialize};

use super::check::is_loopback;
use super::{defaults, texts};

/// The mail system that takes what leaves.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    /// Its name or address.
    pub host: String,
    /// Its port.
    #[serde(default = "defaults::relay_port")]
    pub port: u16,
    /// How much TLS.
    #[serde(default)]
    pub tls: RelayTls,
    /// A PEM file with the authority that signed its certificate, when it is not a public one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<PathBuf>,
    /// The name in its certificate, when it is not `host`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// After how many seconds a step of a delivery counts as hanging and is put off; the answer to
    /// the end of data is waited for twice as long. For routes too.
    #[serde(default = "defaults::relay_timeout_seconds")]
    pub timeout_seconds: u64,
    /// For how many minutes a destination may have no valid TLS before confidential mail for it is
    /// held and announced by a notice instead. For routes too.
    #[serde(default = "defaults::divert_after_minutes")]
    pub divert_after_minutes: u16,
    /// Deliveries to one destination at the same time. For routes too.
    #[serde(default = "defaults::relay_connections")]
    pub connections: u16,
}

/// Another way for some domains.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Whose mail goes this way; the most specific pattern of all routes decides.
    #[serde(with = "texts")]
    pub domains: Vec<DomainPattern>,
    /// Its name or address.
    pub host: String,
    /// Its port.
    #[serde(default = "defaults::relay_port")]
    pub port: u16,
    /// How much TLS.
    #[serde(default)]
    pub tls: RelayTls,
    /// A PEM file with the authority that signed its certificate, when it is not a public one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<PathBuf>,
    /// The name in its certificate, when it is not `host`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
}

/// How much TLS the relay needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RelayTls {
    /// STARTTLS with a valid certificate, or nothing is sent.
    #[default]
    Required,
    /// STARTTLS when offered; confidential mail still needs it.
    Opportunistic,
    /// Clear text; allowed on loopback only.
    None,
}

/// One mail system that we hand mail to, whichever key names it.
#[derive(Debug, Clone, Copy)]
pub struct Hop<'a> {
    /// The key that names it, for errors.
    pub key: &'static str,
    /// Its name or address.
    pub host: &'a str,
    /// Its port.
    pub port: u16,
    /// How much TLS.
    pub tls: RelayTls,
    /// Its authority's file.
    pub authority: Option<&'a Path>,
    /// The name in its certificate.
    pub server_name: &'a str,
}

impl Relay {
    /// Where mail goes that no route takes.
    pub fn hop(&self) -> Hop<'_> {
        Hop {
            key: "gateway.relay",
            host: &self.host,
            port: self.port,
            tls: self.tls,
            authority: self.authority.as_deref(),
            server_name: self.server_name.as_deref().unwrap_or(&self.host),
        }
    }
}

impl Route {
    /// Where its mail goes.
    pub fn hop(&self) -> Hop<'_> {
        Hop {
            key: "gateway.routes",
            host: &self.host,
            port: self.port,
            tls: self.tls,
            authority: self.authority.as_deref(),
            server_name: self.server_name.as_deref().unwrap_or(&self.host),
        }
    }
}

/// What is wrong with the ways out, each with its key and the remedy.
pub(super) fn check(relay: &Relay, routes: &[Route]) -> Vec<String> {
    let mut wrong = Vec::new();
    let hops = std::iter::once(relay.hop()).chain(routes.iter().map(Route::hop));
    for Hop { key, host, tls, .. } in hops {
        if tls == RelayTls::None && !is_loopback(host) {
            wrong.push(format!(
                "{key}.tls: \"none\" is allowed only when {key}.host is on loopback; use \"required\""
            ));
        }
        if host.trim().is_empty() {
            wrong.push(format!(
                "{key}.host: is empty; name the mail system that takes what leaves"
            ));
        }
    }
    if !(1..=3600).contains(&relay.timeout_seconds) {
        wrong.push("gateway.relay.timeout_seconds: must be from 1 to 3600".to_owned());
    }
    if !(1..=64).contains(&relay.connections) {
        wrong.push("gateway.relay.connections: must be from 1 to 64".to_owned());
    }
    let mut seen: Vec<&DomainPattern> = Vec::new();
    for route in routes {
        if route.domains.is_empty() {
            wrong
                .push("gateway.routes.domains: is empty; no mail would take this route".to_owned());
        }
        for pattern in &route.domains {
            if seen.contains(&pattern) {
                wrong.push(format!(
                    "gateway.routes.domains: {pattern} is named twice; say which route takes it"
                ));
            }
            seen.push(pattern);
        }
    }
    wrong
}
