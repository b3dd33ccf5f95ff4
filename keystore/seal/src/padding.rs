//! Padmé: lengths that leak `O(log log L)` bits at a cost of at most 12 per cent.
//!
//! Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with
//! PURBs", PoPETs 2019, §4.

/// The padded length of `length` octets.
pub fn padme(length: u64) -> u64 {
    if length < 2 {
        return length;
    }
    let exponent = length.ilog2();
    let mantissa = exponent.max(1).ilog2() + 1;
    let unit = 1_u64 << exponent.saturating_sub(mantissa);
    length.checked_next_multiple_of(unit).unwrap_or(length)
}

#[cfg(test)]
mod tests {
    use super::padme;

    #[test]
    fn lengths_round_up_by_at_most_twelve_per_cent() {
        for (length, padded) in [
            (0, 0),
            (1, 1),
            (2, 2),
            (8, 8),
            (9, 10),
            (100, 104),
            (1000, 1024),
        ] {
            assert_eq!(padme(length), padded, "{length}");
        }
        for length in 1..100_000 {
            let padded = padme(length);
            assert!(
                padded >= length && (padded - length) * 100 <= length * 12,
                "{length}"
            );
            assert_eq!(
                padme(padded),
                padded,
                "padding a padded length adds nothing"
            );
        }
    }
}
