//! Crockford's base 32: the alphabet of handles, references and message keys.
//!
//! Bits are taken from the front; a last symbol that is not full is padded with zero bits, and a
//! decoder refuses any others, so that every octet string has one text.
//! Source: <https://www.crockford.com/base32.html>.

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// The five further symbols that only a check symbol can be.
const CHECK_ONLY: &[u8; 5] = b"*~$=U";

/// Lower-case text of `bytes`, `⌈8·len/5⌉` symbols.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut pending, mut bits) = (0_u32, 0);
    for &byte in bytes {
        pending = pending << 8 | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(pending >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(pending << (5 - bits) & 31) as usize]));
    }
    text
}

/// Whether this is one of the symbols as a capital, or a digit.
pub(crate) fn is_capital(symbol: u8) -> bool {
    !symbol.is_ascii_lowercase() && ALPHABET.contains(&symbol.to_ascii_lowercase())
}

/// The octets of `text`, in either case, with I and L read as 1 and O as 0. `None` for other
/// symbols, a length no octet string has, and padding bits that are not zero.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut pending, mut bits) = (0_u32, 0);
    for symbol in text.bytes() {
        pending = pending << 5 | u32::from(value(symbol)?);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((pending >> bits & 255) as u8);
        }
    }
    let padding_is_zero = pending & ((1 << bits) - 1) == 0;
    (bits < 5 && padding_is_zero).then_some(bytes)
}

fn value(symbol: u8) -> Option<u8> {
    let folded = match symbol.to_ascii_lowercase() {
        b'i' | b'l' => b'1',
        b'o' => b'0',
        other => other,
    };
    ALPHABET
        .iter()
        .position(|&known| known == folded)
        .map(|at| at as u8)
}

/// Crockford's check symbol: the value of `bytes` as a big-endian integer, modulo 37.
pub(crate) fn check_symbol(bytes: &[u8]) -> char {
    let rest = bytes
        .iter()
        .fold(0_u32, |rest, &byte| (rest << 8 | u32::from(byte)) % 37);
    let symbol = match rest {
        0..=31 => ALPHABET[rest as usize].to_ascii_uppercase(),
        _ => CHECK_ONLY[rest as usize - 32],
    };
    char::from(symbol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_comes_back() {
        for length in 0..70_u8 {
            let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(37) ^ 0xa5).collect();
            assert_eq!(decode(&encode(&bytes)).as_deref(), Some(&bytes[..]));
            assert_eq!(
                decode(&encode(&bytes).to_ascii_uppercase()).as_deref(),
                Some(&bytes[..])
            );
        }
    }

    #[test]
    fn look_alikes_read_as_what_they_look_like() {
        assert_eq!(decode("OIL1").as_deref(), decode("0111").as_deref());
    }

    #[test]
    fn one_octet_string_has_one_text() {
        assert_eq!(decode("zz"), None, "padding bits must be zero");
        assert_eq!(decode("z"), None, "no octet string has one symbol");
        assert_eq!(decode("u0"), None, "U is no digit");
        assert_eq!(decode("0 0"), None);
        assert_eq!(decode("é0"), None);
    }

    #[test]
    fn check_symbols_match_their_definition() {
        assert_eq!(check_symbol(&[0]), '0');
        assert_eq!(check_symbol(&[31]), 'Z');
        assert_eq!(check_symbol(&[32]), '*');
        assert_eq!(check_symbol(&[36]), 'U');
        assert_eq!(check_symbol(&[37]), '0');
        assert_eq!(check_symbol(&[1, 0]), '$', "256 = 6·37 + 34");
    }
}
