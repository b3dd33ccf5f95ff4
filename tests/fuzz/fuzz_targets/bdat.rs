//! See `targets/bdat.rs`.
#![no_main]

#[path = "../targets/mod.rs"]
#[allow(dead_code, reason = "each program uses one of them")]
mod targets;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| targets::bdat::check(octets));
