//! The gateway, and the one program `sealpost` around it.
//!
//! | question | file |
//! |---|---|
//! | what can be asked on the command line | [`cli`] |
//! | what the operator decides | [`config`] |
//! | who runs, and in which order | [`service`] |
//! | which TLS, with which certificates | [`tls`] |
//! | sockets for SMTP | [`listen`], [`gatekeeper`] |
//! | who gets a mail how | [`policy`] |
//! | from the end of data to the commit | [`intake`] |
//! | when and how often background work is done | [`queue`] |
//! | what that work is | [`work`] |
//! | rotation, re-wrapping, the key schedule | [`keys`] |
//! | the mails we write, and how they leave | [`mails`], [`courier`] |
//! | what senders are told, what comes back | [`dsn`], [`bounces`] |
//! | a recipient at a terminal | [`open`] |
//! | offline keys that open messages too | [`escrow`] |
//! | trying it out | [`demo`] |

pub mod admin;
pub mod bounces;
pub mod cli;
pub mod clock;
pub mod config;
pub mod courier;
pub mod demo;
pub mod dsn;
pub mod escrow;
pub mod follow_up;
pub mod gatekeeper;
pub mod intake;
pub mod keys;
pub mod listen;
pub mod mails;
pub mod metadata;
pub mod metrics;
pub mod open;
pub mod policy;
pub mod queue;
pub mod reply_document;
pub mod reply_token;
pub mod service;
pub mod task_error;
pub mod telemetry;
pub mod tls;
pub mod work;
