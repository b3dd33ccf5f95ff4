//! The sender's part of the interface, `/api/v1/s/{handle}/…`: the same way to a session as a
//! recipient's, then what became of the message, and withdrawing it.

pub(crate) mod close;
pub(crate) mod code;
pub(crate) mod extend;
pub(crate) mod remind;
pub(crate) mod summary;
pub(crate) mod timeline;
pub(crate) mod touch;
pub(crate) mod verify;
pub(crate) mod withdraw;
