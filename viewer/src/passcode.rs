//! The passcode: eight digits that prove control of a mailbox, and nothing more (promise A9).
//!
//! The viewer never makes one and sees one only when a person types it. The gateway's worker makes
//! it, arms the code with [`verifier`] and sends it; the number itself rests nowhere (promise A4).
//! Both sides build the verifier here, in one place, so that they cannot drift apart.

use std::time::Duration;

use keystore::{MacRing, Passcode as PasscodePurpose};
use seal::{CodeId, KeyId, MessageId, Random, RecipientId};
use zeroize::Zeroizing;

/// Digits of a passcode.
pub const DIGITS: usize = 8;

/// How long a passcode is valid from the moment it is made (promise A2).
pub const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Eight ASCII digits. It has no `Debug` and no `Display`: reading it takes a word that greps.
pub struct Passcode(Zeroizing<[u8; DIGITS]>);

/// What was typed is not eight digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a security code has 8 digits")]
pub struct NotAPasscode;

impl Passcode {
    /// A number from 00000000 to 99999999, each equally likely.
    pub fn generate(random: &dyn Random) -> Self {
        const NUMBERS: u32 = 100_000_000;
        // 2^32 is no multiple of 10^8: draws from its uneven end are thrown away, or the low
        // numbers would come up more often.
        const FAIR: u32 = u32::MAX / NUMBERS * NUMBERS;
        let mut octets = Zeroizing::new([0_u8; 4]);
        let mut number = loop {
            random.fill(&mut octets[..]);
            let drawn = u32::from_be_bytes(*octets);
            if drawn < FAIR {
                break Zeroizing::new(drawn % NUMBERS);
            }
        };
        let mut digits = Zeroizing::new([b'0'; DIGITS]);
        for digit in digits.iter_mut().rev() {
            *digit += (*number % 10) as u8;
            *number /= 10;
        }
        Self(digits)
    }

    /// Reads what people type and paste: spaces, dots and dashes between the digits and full-width
    /// digits are fine.
    pub fn parse(typed: &str) -> Result<Self, NotAPasscode> {
        let mut digits = Zeroizing::new([0_u8; DIGITS]);
        let mut count = 0;
        for symbol in typed.chars().filter(|symbol| !separates(*symbol)) {
            let digit = digit_of(symbol).ok_or(NotAPasscode)?;
            *digits.get_mut(count).ok_or(NotAPasscode)? = digit;
            count += 1;
        }
        if count == DIGITS {
            Ok(Self(digits))
        } else {
            Err(NotAPasscode)
        }
    }

    /// The eight ASCII digits.
    pub fn expose_digits(&self) -> &[u8; DIGITS] {
        &self.0
    }

    /// `1234 5678`, as the code's mail prints it.
    pub fn expose_spaced(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(DIGITS + 1));
        for (at, digit) in self.0.iter().enumerate() {
            if at == DIGITS / 2 {
                text.push(' ');
            }
            text.push(char::from(*digit));
        }
        text
    }
}

/// What the store keeps of a passcode: `HMAC(passcode key, recipient ‖ code ‖ digits)`, each part
/// length-prefixed by the ring, under a key that is not in the store.
///
/// The two ids bind it to its place: a verifier that is copied to another row fits nothing there.
/// It comes with the id of the key.
pub fn verifier(
    ring: &MacRing<PasscodePurpose>,
    recipient: RecipientId,
    code: CodeId,
    passcode: &Passcode,
) -> (KeyId, [u8; 32]) {
    ring.tag_with_key(&[
        recipient.as_bytes(),
        code.as_bytes(),
        passcode.expose_digits(),
    ])
}

/// The same for the sender of a message. The word in front keeps it from being any recipient's.
pub fn sender_verifier(
    ring: &MacRing<PasscodePurpose>,
    message: MessageId,
    code: CodeId,
    passcode: &Passcode,
) -> (KeyId, [u8; 32]) {
    ring.tag_with_key(&of_sender(&message, &code, passcode))
}

fn of_sender<'a>(
    message: &'a MessageId,
    code: &'a CodeId,
    passcode: &'a Passcode,
) -> [&'a [u8]; 4] {
    [
        b"sender",
        message.as_bytes(),
        code.as_bytes(),
        passcode.expose_digits(),
    ]
}

/// The code among `candidates` that a sender's `passcode` answers.
pub(crate) fn answered_by_sender(
    ring: &MacRing<PasscodePurpose>,
    message: MessageId,
    candidates: &[(CodeId, [u8; 32])],
    passcode: &Passcode,
) -> Option<CodeId> {
    first_fitting(candidates, |code, kept| {
        ring.verify(&of_sender(&message, code, passcode), kept)
    })
}

/// The code among `candidates` that `passcode` answers.
pub(crate) fn answered(
    ring: &MacRing<PasscodePurpose>,
    recipient: RecipientId,
    candidates: &[(CodeId, [u8; 32])],
    passcode: &Passcode,
) -> Option<CodeId> {
    first_fitting(candidates, |code, kept| {
        let parts: [&[u8]; 3] = [
            recipient.as_bytes(),
            code.as_bytes(),
            passcode.expose_digits(),
        ];
        ring.verify(&parts, kept)
    })
}

/// Every candidate is compared, in constant time each, so that the time taken does not tell which
/// one it was.
fn first_fitting(
    candidates: &[(CodeId, [u8; 32])],
    fits: impl Fn(&CodeId, &[u8; 32]) -> bool,
) -> Option<CodeId> {
    candidates.iter().fold(None, |found, (code, kept)| {
        if fits(code, kept) {
            found.or(Some(*code))
        } else {
            found
        }
    })
}

fn separates(symbol: char) -> bool {
    symbol.is_whitespace()
        || matches!(
            symbol,
            '.' | '-' | '_' | '·' | '•' | '\u{2010}'..='\u{2015}' | '−' | '．' | '－'
                | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
        )
}

fn digit_of(symbol: char) -> Option<u8> {
    match symbol {
        '0'..='9' => Some(symbol as u8),
        '０'..='９' => Some(b'0' + (symbol as u32 - '０' as u32) as u8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Hands out the octets it was given, in order.
    struct Script(Mutex<Vec<u8>>);

    impl Random for Script {
        fn fill(&self, out: &mut [u8]) {
            let mut left = self.0.lock().expect("one thread");
            out.copy_from_slice(&left[..out.len()]);
            left.drain(..out.len());
        }
    }

    fn drawn(numbers: &[u32]) -> Passcode {
        let octets = numbers
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect();
        Passcode::generate(&Script(Mutex::new(octets)))
    }

    #[test]
    fn numbers_keep_their_leading_zeros() {
        assert_eq!(drawn(&[0]).expose_digits(), b"00000000");
        assert_eq!(drawn(&[1_234_567]).expose_digits(), b"01234567");
        assert_eq!(drawn(&[99_999_999]).expose_digits(), b"99999999");
        assert_eq!(drawn(&[100_000_000]).expose_digits(), b"00000000");
    }

    #[test]
    fn draws_from_the_uneven_end_are_thrown_away() {
        assert_eq!(drawn(&[4_199_999_999]).expose_digits(), b"99999999");
        assert_eq!(drawn(&[4_200_000_000, 7]).expose_digits(), b"00000007");
        assert_eq!(
            drawn(&[u32::MAX, 4_200_000_000, 8]).expose_digits(),
            b"00000008"
        );
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        for typed in [
            "12345678",
            "1234 5678",
            " 1234 5678\n",
            "12-34-56-78",
            "12.34.56.78",
            "1234\u{a0}5678",
            "1234–5678",
            "１２３４５６７８",
            "1234\u{200b}5678",
        ] {
            let code = Passcode::parse(typed).unwrap_or_else(|_| panic!("{typed:?}"));
            assert_eq!(code.expose_digits(), b"12345678", "{typed:?}");
        }
    }

    #[test]
    fn whatever_is_not_eight_digits_is_refused() {
        for typed in [
            "",
            "1234567",
            "123456789",
            "1234567x",
            "١٢٣٤٥٦٧٨",
            "0x123456",
            "+1234567",
        ] {
            assert!(Passcode::parse(typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    fn the_mail_prints_two_groups_of_four() {
        assert_eq!(*drawn(&[12_345_678]).expose_spaced(), "1234 5678");
    }
}
