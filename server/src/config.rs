//! What the operator decides: the file `sealpost.toml`, typed.
//!
//! Every key, its default and its meaning are in `deploy/sealpost.toml`, which is loaded by a test.
//! Reading and precedence are in [`source`], what does not follow from single values in [`check`].

pub mod check;
mod escrow;
mod limits;
mod organisation;
mod queue;
pub mod relay;
pub mod source;
pub mod submit;
mod triggers;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use mail::{Address, Domain, DomainPattern};
use seal::Profile;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use viewer::{Network, PublicUrl};

use crate::mails::largest_reply;
use crate::policy::Trigger;

pub use escrow::Escrow;
pub use limits::{Limits, Timeouts};
pub use organisation::{Organisation, Own, Pair, Speech, Texts};
pub use queue::Queue;
pub use relay::{Relay, RelayTls, Route};
pub use submit::Submit;
pub(crate) use triggers::Entry as TriggerEntry;

/// The whole configuration.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The format of the file: 1.
    pub config_version: u32,
    /// Whose gateway it is.
    pub organisation: Organisation,
    /// Mail in and out.
    pub gateway: Gateway,
    /// Who gets mail how.
    #[serde(default)]
    pub policy: Policy,
    /// Offline keys that open every message too; off unless named.
    #[serde(default)]
    pub escrow: Escrow,
    /// Work that waits, and what senders are told of it.
    #[serde(default)]
    pub queue: Queue,
    /// The recipients' pages.
    pub viewer: Viewer,
    /// Where records are.
    pub store: Store,
    /// Where keys are.
    pub keystore: Keystore,
    /// Health and metrics, for the operator only.
    #[serde(default)]
    pub admin: Admin,
}

/// Mail in and out.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// The name in EHLO, greetings and Message-IDs.
    #[serde(with = "text")]
    pub hostname: Domain,
    /// The domain of our own addresses: notices, bounces, reply tokens.
    #[serde(with = "text")]
    pub domain: Domain,
    /// Where SMTP is spoken.
    #[serde(default = "defaults::smtp_listen")]
    pub smtp_listen: Vec<SocketAddr>,
    /// Where SMTP is spoken inside of TLS from the start (RFC 8314); nowhere unless named.
    #[serde(default)]
    pub smtps_listen: Vec<SocketAddr>,
    /// Who reads what is written to our postmaster; by default the postmaster of the first sender
    /// domain.
    #[serde(
        default,
        with = "submit::optional_address",
        skip_serializing_if = "Option::is_none"
    )]
    pub postmaster: Option<Address>,
    /// Certificate and key for TLS; may be left out on loopback only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsFiles>,
    /// Who may hand mail in.
    pub submit: Submit,
    /// How much is taken at a time.
    #[serde(default)]
    pub limits: Limits,
    /// How long clients are waited for.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// The mail system that takes what leaves.
    pub relay: Relay,
    /// Other ways for some domains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// The largest mail that is taken, in MiB; announced by SIZE.
    #[serde(default = "defaults::mail_mib")]
    pub mail_mib: u32,
    /// Memory for content of all sessions together, in MiB.
    #[serde(default = "defaults::memory_mib")]
    pub memory_mib: u32,
}

impl Gateway {
    /// [`Self::mail_mib`] in octets.
    pub fn mail_octets(&self) -> u64 {
        u64::from(self.mail_mib) * MIB
    }
}

/// Octets.
pub(crate) const MIB: u64 = 1024 * 1024;

/// Certificate chain and private key, PEM.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Who gets mail how.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// What a sender writes at the start of a subject.
    pub tags: Vec<String>,
    /// Our own domains: always by relay.
    #[serde(with = "texts")]
    pub internal_domains: Vec<DomainPattern>,
    /// Domains that take confidential mail over TLS: by relay, with no extra step.
    #[serde(with = "texts")]
    pub trusted_domains: Vec<DomainPattern>,
    /// What becomes of mail to outsiders without the tag.
    pub untagged_external: UntaggedExternal,
    /// What becomes of such mail when it holds an NHS number.
    pub nhs_numbers: NhsNumbers,
    /// Whom a recipient may answer beside the sender.
    pub reply_all: ReplyAll,
    /// Whether a notice says whose message it is.
    pub notice_names_sender: bool,
    /// When a sender gets a receipt.
    pub receipts: Receipts,
    /// Header fields and labels that seal as the tag does.
    pub triggers: Vec<Trigger>,
    /// For how many days a message can be opened.
    pub expiry_days: u16,
    /// Recipients who have not opened a message are reminded of it.
    pub reminders: bool,
    /// After so many hours the sender hears who has not opened a message; 0: never.
    pub alert_unread_after_hours: u16,
    /// The kind of message identity.
    #[serde(with = "text")]
    pub profile: Profile,
}

impl Policy {
    /// After what time the sender hears who has not opened a message.
    pub fn alert_after(&self) -> Option<jiff::SignedDuration> {
        let hours = i64::from(self.alert_unread_after_hours);
        (hours > 0).then(|| jiff::SignedDuration::from_hours(hours))
    }
}

/// What becomes of mail to outsiders without the tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UntaggedExternal {
    /// It goes through the relay as ordinary mail.
    #[default]
    Relay,
    /// The sender is told to add the tag.
    Refuse,
}

/// When a sender gets a receipt. A failure is told in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Receipts {
    /// For every message that was sealed.
    Always,
    /// Never: the sender hears of problems only.
    #[default]
    OnProblem,
}

/// What becomes of ordinary mail to outsiders that holds an NHS number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NhsNumbers {
    /// Nobody looks.
    Off,
    /// It goes, and the sender is told.
    #[default]
    Warn,
    /// It is sealed as if it had the tag.
    Seal,
}

/// Whom of those that a message names (From, To, Cc) a recipient may answer beside the sender.
/// Nobody of any other domain is ever answered (decision 0036).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplyAll {
    /// Nobody.
    #[default]
    Never,
    /// People of our own domains.
    Inside,
    /// They and people of trusted domains.
    Trusted,
}

/// The recipients' pages.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Viewer {
    /// Where HTTP is spoken; with `tls` HTTPS, else a proxy in front speaks it.
    #[serde(default = "defaults::viewer_listen")]
    pub listen: Vec<SocketAddr>,
    /// Certificate and key for HTTPS; left out when a proxy on this machine ends TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsFiles>,
    /// Where recipients find the pages.
    #[serde(with = "text")]
    pub public_url: PublicUrl,
    /// Proxies whose X-Forwarded-For is believed.
    #[serde(default, with = "texts")]
    pub trusted_proxies: Vec<Network>,
    /// Who answers for security, as a URI for security.txt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_contact: Option<String>,
    /// What a recipient may send back in one reply, text and files together, in MiB; 0: as much as
    /// a mail of `gateway.mail_mib` holds.
    #[serde(default)]
    pub reply_mib: u32,
}

impl Config {
    /// What a recipient may send back in one reply, text and files together, in octets.
    pub fn reply_octets(&self) -> u64 {
        match self.viewer.reply_mib {
            0 => largest_reply(self.gateway.mail_octets()),
            mib => u64::from(mib) * MIB,
        }
    }
}

/// Where records are.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// A folder of this program alone.
    pub path: PathBuf,
    /// The folder's group may write too: gateway and viewer run as different users.
    #[serde(default)]
    pub shared_with_group: bool,
    /// For how many days records are kept after the end of a message's time.
    #[serde(default = "defaults::keep_ended_days")]
    pub keep_ended_days: u16,
}

/// Where keys are.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Keystore {
    /// The folder of the ring.
    pub path: PathBuf,
    /// Who holds the root secret.
    pub custody: Custody,
    /// When keys are rotated by themselves.
    #[serde(default)]
    pub rotation: Rotation,
}

/// Who holds the root secret, or the viewer's credential where the viewer runs alone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Custody {
    /// A file of mode 0600, outside the folder of the ring.
    File(PathBuf),
    /// A file sealed by a passphrase, which is asked for at the start.
    Passphrase(PathBuf),
    /// The name of a systemd credential.
    Systemd(String),
}

impl Custody {
    /// The file it names, if it names one.
    pub fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::File(path) | Self::Passphrase(path) => Some(path),
            Self::Systemd(_) => None,
        }
    }

    pub(crate) fn path_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::File(path) | Self::Passphrase(path) => Some(path),
            Self::Systemd(_) => None,
        }
    }
}

/// After how many days the running gateway rotates a key; 0 leaves it to operators.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rotation {
    /// What seals link secrets that wait for their notice.
    pub outbox_days: u32,
    /// What secure replies are sealed to.
    pub reply_days: u32,
    /// Every other purpose.
    pub other_days: u32,
}

impl Default for Rotation {
    fn default() -> Self {
        let periods = keystore::Periods::default();
        Self {
            outbox_days: periods.outbox_days,
            reply_days: periods.reply_days,
            other_days: periods.other_days,
        }
    }
}

impl From<&Rotation> for keystore::Periods {
    fn from(rotation: &Rotation) -> Self {
        Self {
            outbox_days: rotation.outbox_days,
            reply_days: rotation.reply_days,
            other_days: rotation.other_days,
        }
    }
}

/// Health and metrics.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Admin {
    /// Where; never a public address.
    pub listen: Vec<SocketAddr>,
}

impl Default for Admin {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 9090))],
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        let patterns = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| text.parse().expect("a valid pattern"))
                .collect()
        };
        Self {
            tags: vec!["[secure]".to_owned()],
            internal_domains: Vec::new(),
            trusted_domains: patterns(&[
                "*.secure.nhs.uk",
                "*.gov.uk",
                "*.cjsm.net",
                "*.pnn.police.uk",
                "*.mod.uk",
                "*.parliament.uk",
            ]),
            untagged_external: UntaggedExternal::default(),
            nhs_numbers: NhsNumbers::default(),
            reply_all: ReplyAll::default(),
            notice_names_sender: false,
            receipts: Receipts::default(),
            triggers: triggers::defaults(),
            expiry_days: 30,
            reminders: true,
            alert_unread_after_hours: 0,
            profile: Profile::default(),
        }
    }
}

mod defaults {
    use std::net::SocketAddr;

    pub(super) fn smtp_listen() -> Vec<SocketAddr> {
        vec![SocketAddr::from(([127, 0, 0, 1], 2525))]
    }

    pub(super) fn viewer_listen() -> Vec<SocketAddr> {
        vec![SocketAddr::from(([127, 0, 0, 1], 8080))]
    }

    pub(super) fn keep_ended_days() -> u16 {
        90
    }

    pub(super) fn mail_mib() -> u32 {
        50
    }

    pub(super) fn memory_mib() -> u32 {
        256
    }

    pub(super) fn relay_port() -> u16 {
        25
    }

    pub(super) fn relay_timeout_seconds() -> u64 {
        300
    }

    pub(super) fn divert_after_minutes() -> u16 {
        15
    }

    pub(super) fn relay_connections() -> u16 {
        4
    }
}

/// One value that is parsed from text.
mod text {
    use super::*;

    pub(super) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
    where
        D: Deserializer<'de>,
        T: FromStr<Err: std::fmt::Display>,
    {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }

    pub(super) fn serialize<S: Serializer, T: ToString>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.to_string())
    }
}

/// A list of values that are parsed from texts.
mod texts {
    use super::*;

    pub(super) fn deserialize<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: FromStr<Err: std::fmt::Display>,
    {
        let parse = |text: &String| text.parse().map_err(serde::de::Error::custom);
        Vec::<String>::deserialize(deserializer)?
            .iter()
            .map(parse)
            .collect()
    }

    pub(super) fn serialize<S: Serializer, T: ToString>(
        values: &[T],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(ToString::to_string))
    }
}
