//! The number that a phone dials, of a help line as people write it (RFC 3966).

/// Digits of the longest number (ITU-T E.164), and of the shortest that is one (`111`).
const DIGITS: std::ops::RangeInclusive<usize> = 3..=15;
/// How an extension is named, in English and Welsh; the longest first.
const EXTENSION: [&str; 5] = ["extension", "estyniad", "ext", "est", "x"];

/// `01632 960000` is `01632960000`, `+44 (0)1632 960000 ext. 12` is `+441632960000;ext=12`. `None`
/// for what is not one number: words, or two numbers.
pub(crate) fn dialled(written: &str) -> Option<String> {
    let written = written.trim().to_lowercase();
    let (number, extension) = match written.find(|letter: char| letter.is_alphabetic()) {
        Some(at) => {
            let (number, rest) = written.split_at(at);
            let named = EXTENSION.iter().find_map(|name| rest.strip_prefix(name))?;
            let digits = named.trim_start_matches(['.', ':']).trim();
            let is_digits = !digits.is_empty() && digits.bytes().all(|one| one.is_ascii_digit());
            (number, Some(is_digits.then_some(digits)?))
        }
        None => (written.as_str(), None),
    };
    let (plus, rest) = match number.strip_prefix('+') {
        // The trunk prefix is dialled inside of the country only.
        Some(rest) => ("+", rest.replacen("(0)", "", 1)),
        None => ("", number.to_owned()),
    };
    let mut digits = String::new();
    for one in rest.chars() {
        match one {
            '0'..='9' => digits.push(one),
            ' ' | '\u{a0}' | '-' | '.' | '(' | ')' => {}
            _ => return None,
        }
    }
    let extension = extension.map_or_else(String::new, |digits| format!(";ext={digits}"));
    DIGITS
        .contains(&digits.len())
        .then(|| format!("{plus}{digits}{extension}"))
}

#[cfg(test)]
mod tests {
    use super::dialled;

    #[test]
    fn a_number_is_dialled_as_it_is_meant() {
        for (written, number) in [
            ("01632 960000", "01632960000"),
            ("01632\u{a0}960000", "01632960000"),
            ("(01632) 960-000", "01632960000"),
            ("111", "111"),
            ("+44 1632 960000", "+441632960000"),
            ("+44 (0)1632 960000", "+441632960000"),
            ("01632 960000 ext. 12", "01632960000;ext=12"),
            ("01632 960000 x12", "01632960000;ext=12"),
            ("01632 960000 Estyniad 012", "01632960000;ext=012"),
            ("123456789012345", "123456789012345"),
        ] {
            assert_eq!(dialled(written).as_deref(), Some(number), "{written}");
        }
    }

    #[test]
    fn what_is_not_one_number_is_not_dialled() {
        for written in [
            "",
            "11",
            "1234567890123456",
            "the switchboard",
            "01632 960000 or 01632 960001",
            "01632 960000, 01632 960001",
            "01632 960000/1",
            "01632 960000 ext",
            "01632 960000 ext. 1 or 2",
            "0800 CLINIC",
            "44+1632 960000",
            "javascript:1632960000",
        ] {
            assert_eq!(dialled(written), None, "{written}");
        }
    }
}
