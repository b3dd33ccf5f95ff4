//! The product as a whole, tested from outside.
//!
//! | what | where |
//! |---|---|
//! | which package may know which | `tests/architecture.rs` |
//! | the configuration and its errors | `tests/configuration.rs` |
//! | SMTP conversations as text files | `dialogues/*.smtp`, `tests/dialogues.rs` |
//! | the real program, real SMTP peers, a real browser | `journeys/*.test.mjs` |
//! | figures, side by side | `figures/` |
//! | intake beside Postfix, and beside Postfix with Zeyple | `bench/run` |
//! | what holds for any octets | `fuzz/`, on stable `fuzz/smoke.rs` |
//!
//! `tests/run` runs all of it.
