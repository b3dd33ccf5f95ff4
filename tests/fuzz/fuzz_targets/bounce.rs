//! See `targets/bounce.rs`.
#![no_main]

#[path = "../targets/bounce.rs"]
mod bounce;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| bounce::check(octets));
