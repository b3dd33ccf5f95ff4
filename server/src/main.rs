//! The program `sealpost`: parses, runs, reports.

use std::alloc::System;
use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

/// Every block of memory is wiped when it is freed, so that the plaintext of a mail that has passed
/// is in no core dump, whichever library held it (promise D8, decision 0002).
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    // One TLS provider everywhere; a second one cannot slip in through a library's default.
    sealpost::tls::install();
    sealpost::cli::main()
}
