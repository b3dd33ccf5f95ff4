//! From the configuration to what each part wants to know.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mail::TagRule;
use mail::tag::TagRuleError;
use viewer::ViewerSettings;

use crate::config::Config;
use crate::policy::Facts;

/// Share keys are there this long before they are needed, so that every process has them.
const AHEAD: SignedDuration = SignedDuration::from_hours(45 * 24);

/// The end of the last month that needs a share key now.
pub fn share_horizon(config: &Config, now: Timestamp) -> Timestamp {
    let expiry = SignedDuration::from_hours(24 * i64::from(config.policy.expiry_days));
    now + expiry + AHEAD
}

/// The tag.
pub fn tag_rule(config: &Config) -> Result<TagRule, TagRuleError> {
    TagRule::new(&config.policy.tags)
}

/// What policy knows.
pub fn facts(config: &Config) -> Facts {
    Facts {
        own_domain: config.gateway.domain.clone(),
        internal: config.policy.internal_domains.clone(),
        trusted: config.policy.trusted_domains.clone(),
        untagged_external: config.policy.untagged_external,
        triggers: config.policy.triggers.clone(),
        nhs_numbers: config.policy.nhs_numbers,
        reply_all: config.policy.reply_all,
    }
}

/// What the viewer knows; without the organisation's logo, which is a file.
pub fn viewer_settings(config: &Config) -> ViewerSettings {
    let organisation = config.organisation.on_pages();
    let mut settings = ViewerSettings::new(config.viewer.public_url.clone(), organisation);
    settings.trusted_proxies = config.viewer.trusted_proxies.clone();
    settings.extension = Duration::from_secs(24 * 3600 * u64::from(config.policy.expiry_days));
    settings.limits.reply.max_bytes = config.reply_octets();
    settings.security_contact = config.viewer.security_contact.clone();
    settings
}
