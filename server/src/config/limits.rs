//! How much is taken at a time, and how long clients are waited for.

use serde::{Deserialize, Serialize};

/// How much is taken at a time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections at one time in all.
    pub connections: usize,
    /// Connections at one time of one client that is not loopback: an IPv4 address or an IPv6 /64.
    pub connections_per_client: usize,
    /// Mails a minute of one client in `gateway.submit.networks`; 0: any number.
    pub mails_per_minute: u32,
    /// Recipients a minute of the same; 0: any number.
    pub recipients_per_minute: u32,
    /// Mails a minute of one client from elsewhere: accounts, certificates, bounces; 0: any number.
    pub outside_mails_per_minute: u32,
    /// Recipients a minute of the same; 0: any number.
    pub outside_recipients_per_minute: u32,
    /// Wrong passwords a minute, from one client and for one account.
    pub wrong_passwords_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_000,
            connections_per_client: 100,
            mails_per_minute: 0,
            recipients_per_minute: 0,
            outside_mails_per_minute: 120,
            outside_recipients_per_minute: 1_200,
            wrong_passwords_per_minute: 10,
        }
    }
}

/// How long clients are waited for, and wait, in seconds (RFC 5321 §4.5.3.2).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// For the next command.
    pub command_seconds: u64,
    /// For memory, before DATA is answered with 452; clients wait two minutes.
    pub data_start_seconds: u64,
    /// For the next octets of a message.
    pub data_block_seconds: u64,
    /// For all octets of a message, however they trickle.
    pub message_seconds: u64,
    /// For the store, before the end of a message is answered with 451; clients wait ten minutes.
    pub message_end_seconds: u64,
    /// For a TLS handshake.
    pub handshake_seconds: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            command_seconds: 300,
            data_start_seconds: 30,
            data_block_seconds: 180,
            message_seconds: 1_200,
            message_end_seconds: 540,
            handshake_seconds: 60,
        }
    }
}

impl Limits {
    pub(super) fn wrong(&self) -> Option<String> {
        let zero = self.connections == 0
            || self.connections_per_client == 0
            || self.wrong_passwords_per_minute == 0;
        zero.then(|| {
            "gateway.limits: connections, connections_per_client and wrong_passwords_per_minute must be at least 1"
                .to_owned()
        })
    }
}

impl Timeouts {
    pub(super) fn wrong(&self) -> Option<String> {
        let within = |seconds: u64, most: u64| (1..=most).contains(&seconds);
        let right = within(self.command_seconds, 3_600)
            && within(self.data_start_seconds, 120)
            && within(self.data_block_seconds, 3_600)
            && within(self.message_seconds, 86_400)
            && within(self.message_end_seconds, 590)
            && within(self.handshake_seconds, 600);
        (!right).then(|| {
            "gateway.timeouts: each is at least 1; data_start_seconds at most 120, message_end_seconds at most 590 (or clients give up first), handshake_seconds 600, message_seconds 86400, others 3600"
                .to_owned()
        })
    }
}
