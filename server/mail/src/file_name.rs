//! A name under which a reader may save a part, made from one that the sender chose.
//!
//! The sender is not trusted: a name may try to leave its directory, to hide its extension behind
//! a change of writing direction, to be a device, or to be none. The view keeps the decoded name;
//! whoever shows it or writes a file calls [`safe_file_name`] first.

/// The longest name that common file systems take, in octets.
const MAX_FILE_NAME_OCTETS: usize = 255;
/// An extension up to this long, its dot included, survives shortening.
const MAX_EXTENSION_OCTETS: usize = 20;
const FALLBACK: &str = "attachment";
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// The name without control characters, directional and invisible marks, path separators and
/// characters that Windows refuses; without leading dots; not a device; at most 255 octets; never
/// empty.
pub fn safe_file_name(name: &str) -> String {
    let mut safe: String = name.chars().filter_map(visible).collect();
    let start = safe.len()
        - safe
            .trim_start_matches(|c: char| c == '.' || c.is_whitespace())
            .len();
    safe.drain(..start);
    trim_end(&mut safe);
    if is_device(&safe) {
        safe.insert(0, '_');
    }
    shorten(&mut safe);
    if safe.is_empty() {
        FALLBACK.to_owned()
    } else {
        safe
    }
}

fn visible(c: char) -> Option<char> {
    match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => Some('_'),
        // Look-alikes of the slash pass for a directory on a page.
        '\u{2044}' | '\u{2215}' | '\u{29f8}' | '\u{ff0f}' | '\u{ff3c}' | '\u{fe68}' => Some('_'),
        _ if c.is_whitespace() => Some(' '),
        _ if c.is_control() => None,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}' => {
            None
        }
        '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' => None,
        '\u{e0000}'..='\u{e007f}' => None,
        _ => Some(c),
    }
}

/// Windows drops dots and spaces at the end, so that two names would be one.
fn trim_end(name: &mut String) {
    name.truncate(name.trim_end_matches(['.', ' ']).len());
}

/// `NUL`, `nul.txt`, `com1 .pdf` and `COM¹` all name a device on Windows.
fn is_device(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_lowercase();
    if DEVICES.contains(&stem.as_str()) {
        return true;
    }
    let number = stem
        .strip_prefix("com")
        .or_else(|| stem.strip_prefix("lpt"));
    let mut digits = number.unwrap_or_default().chars();
    matches!(
        (digits.next(), digits.next()),
        (Some('0'..='9' | '¹' | '²' | '³'), None)
    )
}

fn shorten(name: &mut String) {
    if name.len() <= MAX_FILE_NAME_OCTETS {
        return;
    }
    let extension = name.rfind('.').map(|dot| name[dot..].to_owned());
    let extension = extension
        .filter(|text| text.len() <= MAX_EXTENSION_OCTETS)
        .unwrap_or_default();
    let mut end = MAX_FILE_NAME_OCTETS - extension.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    trim_end(name);
    name.push_str(&extension);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn harmless_names_stay() {
        for name in [
            "report.pdf",
            "Résultats du 2 novembre.docx",
            "検査.png",
            "a.tar.gz",
            "con-report.txt",
        ] {
            assert_eq!(safe_file_name(name), name);
        }
    }

    #[test]
    fn hostile_names_are_made_harmless() {
        for (name, safe) in [
            ("", "attachment"),
            (".", "attachment"),
            ("..", "attachment"),
            (" . . ", "attachment"),
            ("\u{202e}\u{200b}", "attachment"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..\\..\\x.exe", "_.._x.exe"),
            ("/etc/passwd", "_etc_passwd"),
            ("C:\\Users\\x.doc", "C__Users_x.doc"),
            ("results 1/2.pdf", "results 1_2.pdf"),
            ("a\u{2215}b\u{ff0f}c", "a_b_c"),
            (".bashrc", "bashrc"),
            ("...a", "a"),
            ("report.pdf. .", "report.pdf"),
            ("report\r\nSet-Cookie: x", "report  Set-Cookie_ x"),
            ("re\0port.pdf", "report.pdf"),
            ("report\u{202e}fdp.exe", "reportfdp.exe"),
            ("\u{2066}a\u{2069}\u{feff}.pdf", "a.pdf"),
            ("a<b>|c?*\".txt", "a_b__c___.txt"),
            ("file.txt:stream", "file.txt_stream"),
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("Com1.pdf", "_Com1.pdf"),
            ("LPT9", "_LPT9"),
            ("com¹.txt", "_com¹.txt"),
            ("aux .c", "_aux .c"),
            ("..con", "_con"),
        ] {
            assert_eq!(safe_file_name(name), safe, "{name:?}");
        }
        for name in ["com10", "console", "com", "lpta.txt"] {
            assert_eq!(safe_file_name(name), name);
        }
    }

    #[test]
    fn long_names_are_shortened_and_keep_their_extension() {
        let name = |octets: usize| format!("{}.pdf", "a".repeat(octets - 4));
        assert_eq!(safe_file_name(&name(255)), name(255));
        assert_eq!(safe_file_name(&name(256)), name(255));
        let wide = safe_file_name(&format!("{}.pdf", "é".repeat(200)));
        assert!(wide.len() <= 255 && wide.ends_with("é.pdf"));
        assert_eq!(safe_file_name(&format!("a.{}", "b".repeat(400))).len(), 255);
        assert!(safe_file_name(&format!("con{}", "\u{300}".repeat(300))).len() <= 255);
    }

    proptest! {
        #[test]
        fn any_name_becomes_safe_and_stays_so(name in "(\\PC|[./\\\\: \u{0}\u{202e}]|con|é){0,200}") {
            let safe = safe_file_name(&name);
            prop_assert!(!safe.is_empty() && safe.len() <= MAX_FILE_NAME_OCTETS);
            let harmful = |c: char| c.is_control() || "/\\\u{202e}".contains(c);
            prop_assert!(!safe.starts_with('.') && !safe.contains(harmful), "{:?}", safe);
            prop_assert_eq!(safe_file_name(&safe), safe);
        }
    }
}
