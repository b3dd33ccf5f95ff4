//! What must hold for any octets, one function for each parser: it panics where it does not.
//!
//! The functions know nothing of libFuzzer, so that the smoke run on stable calls them too. `policy.rs` and `bounce.rs` are apart, because they
//! need the whole server.

pub(crate) mod bdat;
pub(crate) mod command;
pub(crate) mod data;
pub(crate) mod header;
pub(crate) mod session;
pub(crate) mod view;
