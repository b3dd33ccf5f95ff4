//! What a link became on its way here: which part of an address may be the handle, and whether the
//! link's secret stands in it (promise B1). The page mends such a link; `format/link.ts` has the same
//! rules. Here they only decide whether an operator is warned.

/// Longer than any handle; the rest of a longer text helps nobody.
const MOST_SYMBOLS: usize = 64;

/// An address longer than this is no link of ours, rewritten or not.
const MOST_OCTETS: usize = 4096;

/// Rewriters have been seen to escape an address twice (`%2523`).
const MOST_ESCAPES: usize = 3;

/// The octets of a link secret in base64url.
const SECRET: usize = 43;

/// What may be the handle: the symbols before anything that a mail program or a rewriter added.
pub(crate) fn front(path: &str) -> &str {
    let path = path.trim_start_matches('/');
    let symbols = path
        .bytes()
        .take(MOST_SYMBOLS)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    &path[..symbols]
}

/// What stands behind `/m/` when slashes are doubled; `None` for any other address.
pub(crate) fn behind_m(path: &str) -> Option<&str> {
    path.strip_prefix('/')?
        .trim_start_matches('/')
        .strip_prefix("m/")
}

/// Whether `text`, however often escaped, holds `1.` and a secret behind it.
pub(crate) fn carries_secret(text: &str) -> bool {
    let mut octets = text.as_bytes().to_vec();
    octets.truncate(MOST_OCTETS);
    for _ in 0..=MOST_ESCAPES {
        if holds_secret(&octets) {
            return true;
        }
        octets = unescaped(&octets);
    }
    false
}

fn holds_secret(octets: &[u8]) -> bool {
    let secret = |octet: &u8| octet.is_ascii_alphanumeric() || b"-_".contains(octet);
    octets.windows(2 + SECRET).enumerate().any(|(at, window)| {
        let begins = at == 0 || !octets[at - 1].is_ascii_alphanumeric();
        begins && window.starts_with(b"1.") && window[2..].iter().all(secret)
    })
}

/// One layer of percent-encoding less (RFC 3986 §2.1). What is no escape stays.
fn unescaped(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some((&first, behind)) = rest.split_first() {
        let escape = (first == b'%').then(|| behind.first_chunk::<2>()).flatten();
        let value = escape.and_then(|digits| {
            let digit = |octet: u8| char::from(octet).to_digit(16);
            u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()
        });
        out.push(value.unwrap_or(first));
        rest = if value.is_some() {
            &behind[2..]
        } else {
            behind
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDLE: &str = "0123456789abcdefghjkmnpqrs";

    #[test]
    fn what_follows_the_handle_is_not_part_of_it() {
        for rest in ["", "/", "#1.secret", "%231.secret", "&#35;1.secret", "*1."] {
            assert_eq!(front(&format!("{HANDLE}{rest}")), HANDLE, "{rest}");
        }
        assert_eq!(front(&format!("/{HANDLE}")), HANDLE);
        for none in ["\"><script>", "é", "", "/"] {
            assert_eq!(front(none), "", "{none}");
        }
        assert_eq!(front(&"a".repeat(500)).len(), MOST_SYMBOLS);
    }

    #[test]
    fn doubled_slashes_are_one() {
        for path in ["/m/x", "//m/x", "///m/x"] {
            assert_eq!(behind_m(path), Some("x"), "{path}");
        }
        for other in ["m/x", "/n/m/x", "//", "/m", ""] {
            assert_eq!(behind_m(other), None, "{other}");
        }
    }

    #[test]
    fn a_secret_is_noticed_however_its_link_was_escaped() {
        let secret = "A".repeat(SECRET);
        for mark in [
            "#1.",
            "%231.",
            "%25231.",
            "%2525231.",
            "%231%2e",
            "/1.",
            "*1.",
            "&#35;1.",
            "utm_source=x%231.",
            "1.",
        ] {
            assert!(carries_secret(&format!("{mark}{secret}")), "{mark}");
            assert!(carries_secret(&format!("{mark}{secret}.")), "{mark}");
            assert!(
                !carries_secret(&format!("{mark}{}", &secret[1..])),
                "{mark}"
            );
        }
        for none in [HANDLE, "", "%", "%2", "%zz", "?utm_source=newsletter1.html"] {
            assert!(!carries_secret(none), "{none}");
        }
        assert!(
            !carries_secret(&format!("v1.{secret}")),
            "another word's end"
        );
    }
}
