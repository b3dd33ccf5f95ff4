//! What comes back for a notice: any octets are read within bounds, only failures for good count,
//! and what is beyond the bound changes nothing.

use mail::header::HeaderSection;
use sealpost::bounces::{LOOKED_AT, Verdict, read};

/// Octets are a mail as it comes to a bounce address.
pub(crate) fn check(octets: &[u8]) {
    let verdict = read(octets);
    if let Verdict::Failed(status) = verdict {
        let status = status.to_string();
        // Who gives up after days says `Action: failed` with a status of class 4.
        assert!(status.starts_with(['4', '5']), "{status} is no failure");
        let parts: Vec<&str> = status.split('.').collect();
        assert!(
            parts.len() == 3 && parts.iter().all(|part| part.parse::<u16>().is_ok()),
            "{status}"
        );
    }
    // A quarter of a megabyte each time would be most of the work.
    let is_chosen = octets.len() % 64 == 7;
    if !is_chosen || HeaderSection::split(octets).is_err() {
        return;
    }
    let mut padded = [octets, b"\r\n"].concat();
    padded.resize(octets.len() + LOOKED_AT, b'\n');
    let before = read(&padded);
    padded.extend(b"\nFinal-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.1.1\n");
    assert_eq!(read(&padded), before, "what is beyond the bound counts");
}
