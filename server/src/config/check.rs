//! What does not follow from single values: whether the configuration as a whole is safe to run.

use seal::Profile;

use super::source::ConfigError;
use super::{Config, MIB, RelayTls};
use crate::mails::largest_reply;

/// The file format this program reads.
const CONFIG_VERSION: u32 = 1;
/// A message that lives longer than this is an archive, which this is not.
const LONGEST_EXPIRY_DAYS: u16 = 366;

/// No mail system that we know of takes more.
const LARGEST_MAIL_MIB: u32 = 150;
/// Beside the largest mail others must go on.
const MEMORY_BESIDE_A_MAIL_MIB: u32 = 14;

/// All that is wrong, each with the key and the remedy.
pub fn check(config: &Config) -> Result<(), ConfigError> {
    let mut wrong = Vec::new();
    let mut refuse = |holds: bool, why: &str| {
        if holds {
            wrong.push(why.to_owned());
        }
    };
    let gateway = &config.gateway;
    refuse(
        config.config_version != CONFIG_VERSION,
        "config_version: this program reads version 1",
    );
    refuse(
        gateway.smtp_listen.is_empty(),
        "gateway.smtp_listen: names no address; no mail could be taken",
    );
    refuse(
        gateway.tls.is_none() && gateway.smtp_listen.iter().any(|at| !at.ip().is_loopback()),
        "gateway.tls: is needed when gateway.smtp_listen is not on loopback; mail would cross the network in clear",
    );
    refuse(
        gateway.tls.is_none() && !gateway.smtps_listen.is_empty(),
        "gateway.tls: is needed for gateway.smtps_listen",
    );
    refuse(
        !(1..=LARGEST_MAIL_MIB).contains(&gateway.mail_mib),
        "gateway.mail_mib: must be from 1 to 150",
    );
    let least_memory = gateway.mail_mib.saturating_add(MEMORY_BESIDE_A_MAIL_MIB);
    refuse(
        gateway.memory_mib < least_memory,
        &format!(
            "gateway.memory_mib: must be at least {least_memory}, so that one message of {} MiB (gateway.mail_mib) fits",
            gateway.mail_mib
        ),
    );
    let largest_reply = largest_reply(gateway.mail_octets());
    refuse(
        config.reply_octets() > largest_reply,
        &format!(
            "viewer.reply_mib: a reply of {} MiB is a mail of more than {} MiB (gateway.mail_mib), because mail writes three octets as four; at most {}, or 0 for as much as fits",
            config.viewer.reply_mib,
            gateway.mail_mib,
            largest_reply / MIB
        ),
    );
    refuse(
        !(1..=30).contains(&config.queue.give_up_after_days),
        "queue.give_up_after_days: must be from 1 to 30",
    );
    refuse(
        config.queue.delay_notice_after_hours == 0
            || config.queue.delay_notice_after_hours
                >= config.queue.give_up_after_days.saturating_mul(24),
        "queue.delay_notice_after_hours: must be at least 1, and less than queue.give_up_after_days",
    );
    refuse(
        config.queue.notices_per_hour == 0,
        "queue.notices_per_hour: must be at least 1",
    );
    refuse(
        !(7..=3660).contains(&config.store.keep_ended_days),
        "store.keep_ended_days: must be from 7 to 3660",
    );
    refuse(
        config.policy.tags.is_empty()
            || config
                .policy
                .tags
                .iter()
                .any(|tag| tag.trim().chars().count() < 3),
        "policy.tags: needs at least one tag, each of three characters or more",
    );
    refuse(
        !(1..=LONGEST_EXPIRY_DAYS).contains(&config.policy.expiry_days),
        "policy.expiry_days: must be from 1 to 366",
    );
    let alert = u32::from(config.policy.alert_unread_after_hours);
    refuse(
        alert > 0 && alert >= 24 * u32::from(config.policy.expiry_days),
        "policy.alert_unread_after_hours: must be less than the hours of policy.expiry_days, or 0; at the end the sender is told anyway",
    );
    let escrow = config.escrow.keys().err();
    refuse(
        escrow.is_some(),
        &escrow.map_or_else(String::new, |error| format!("escrow.recipients: {error}")),
    );
    refuse(
        config.viewer.listen.is_empty(),
        "viewer.listen: names no address; nobody could open a message",
    );
    refuse(
        config.viewer.tls.is_some() && !config.viewer.public_url.is_https(),
        "viewer.public_url: must begin with https:// when viewer.tls is set; links would lead to a server that does not speak it",
    );
    refuse(
        config
            .admin
            .listen
            .iter()
            .any(|at| config.viewer.listen.contains(at)),
        "admin.listen: is also in viewer.listen; health and metrics must not be public",
    );
    let custody = config.keystore.custody.path();
    refuse(
        custody.is_some_and(|file| file.starts_with(&config.keystore.path)),
        "keystore.custody: its file lies beside what it seals; whoever copies the folder would have both",
    );
    wrong.extend(config.organisation.wrong());
    wrong.extend(gateway.submit.wrong(gateway.tls.is_some()));
    wrong.extend(gateway.wrong_postmaster());
    wrong.extend(gateway.limits.wrong());
    wrong.extend(gateway.timeouts.wrong());
    wrong.extend(super::relay::check(&gateway.relay, &gateway.routes));
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(ConfigError::Inconsistent(wrong))
    }
}

/// What is allowed but worth a thought, one line each.
pub fn warnings(config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    let custody = config.keystore.custody.path();
    if custody.is_some_and(|file| file.starts_with(&config.store.path)) {
        warnings.push(
            "keystore.custody: its file lies inside store.path; a backup of the data would hold the root secret"
                .to_owned(),
        );
    }
    let listen_is_loopback = config.viewer.listen.iter().all(|at| at.ip().is_loopback());
    if config.viewer.tls.is_none() && !listen_is_loopback {
        warnings.push(
            "viewer.tls: is not set while viewer.listen is not on loopback; what a proxy passes on crosses the network in clear"
                .to_owned(),
        );
    }
    let settings = crate::service::viewer_settings(config);
    if let Some(note) = viewer::flood_limit_note(listen_is_loopback, &settings) {
        warnings.push(format!("viewer.trusted_proxies: {note}"));
    }
    if config.policy.internal_domains.is_empty() {
        warnings.push(
            "policy.internal_domains: is empty; mail to colleagues with the tag would be held as for outsiders"
                .to_owned(),
        );
    }
    if config.policy.profile == Profile::Hybrid
        && config.escrow.keys().is_ok_and(|keys| keys.is_classic())
    {
        warnings.push(
            "escrow.recipients: are classic keys (age1…) while messages are post-quantum; whoever breaks X25519 one day opens every message by its escrow grant"
                .to_owned(),
        );
    }
    let routes = config.gateway.routes.iter().map(super::Route::hop);
    for hop in std::iter::once(config.gateway.relay.hop()).chain(routes) {
        if hop.tls == RelayTls::Opportunistic {
            warnings.push(format!(
                "{}.tls: is opportunistic; notices and codes can leave in clear, confidential mail cannot",
                hop.key
            ));
        }
    }
    warnings
}

/// Whether a host is this machine by its name or address alone; names are not looked up.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
