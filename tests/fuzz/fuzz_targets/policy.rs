//! See `targets/policy.rs`.
#![no_main]

#[path = "../targets/policy.rs"]
mod policy;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| policy::check(octets));
