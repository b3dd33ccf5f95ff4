//! The viewer as its visitors meet it: the whole application over a real store in a temporary
//! directory, with a clock that the tests turn. One program, because linking it takes longer than
//! running it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

// Everybody else knows the package by this name (the workspace's manifest).
extern crate viewer as viewer;

mod bodies;
mod browser;
mod headers;
mod languages;
mod later;
mod logs;
mod openapi;
mod opening;
mod passcodes;
mod replies;
mod route_table;
mod sealed_files;
mod senders;
mod sent_copies;
mod sessions;
mod strangers;
mod watched_store;
mod wire;
mod wishes;
mod world;
