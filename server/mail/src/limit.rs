//! How much of a mail the view carries, and in which characters.
//!
//! A view is read whole before anything of it is shown, by browsers and telephones too, and while
//! it is made it is in memory several times: as text, as JSON, padded. A mail of 50 MiB must not
//! become a view of 600. What is beyond these limits is not lost: the content is sealed whole, and
//! the view lists what it does not show as a part.

use crate::view::Headers;

/// Octets of UTF-8 in the HTML side of the body. HTML cannot be cut without changing what it says,
/// so a longer one is not shown at all: the text side is, and the HTML is listed as a part.
pub const MAX_HTML: usize = 2 * 1024 * 1024;
/// Octets of UTF-8 in the text side of the body. A longer one is cut; its last line says so.
pub const MAX_TEXT: usize = 1024 * 1024;
/// Characters of the displayed subject, and of the subject of an answer. A line of a mail has no
/// more (RFC 5322 §2.1.1), and nobody reads as many.
pub const MAX_SUBJECT: usize = 998;
/// Mailboxes in each displayed address field.
pub const MAX_MAILBOXES: usize = 2_000;
/// Displayed references. An answer repeats them, and a program needs few to find the thread.
pub const MAX_REFERENCES: usize = 100;
/// Octets of a part's name. Longer ones become what file systems take.
pub(crate) const MAX_PART_NAME: usize = 998;
/// Octets of a part's media type: two names of 127 (RFC 6838 §4.2) and the slash.
pub(crate) const MAX_MEDIA_TYPE: usize = 255;
/// Decoded octets of one leaf that are read to show it. UTF-16 is the character set of mail that
/// shrinks most in UTF-8, to one half; so whatever is longer than this is beyond both limits above,
/// and 50 MiB are never decoded to find that out.
pub(crate) const MAX_LEAF_READ: usize = 2 * MAX_HTML;

impl Headers {
    /// The headers that the view carries. Of the references the first stays, which names the
    /// thread, and those nearest to this mail (the end of the list).
    pub(crate) fn limited(mut self) -> Self {
        for mailboxes in [&mut self.from, &mut self.to, &mut self.cc] {
            mailboxes.truncate(MAX_MAILBOXES);
        }
        if self.subject.chars().nth(MAX_SUBJECT).is_some() {
            self.subject = format!("{}…", first_chars(&self.subject, MAX_SUBJECT - 1));
        }
        if self.references.len() > MAX_REFERENCES {
            let nearest = self.references.len() - (MAX_REFERENCES - 1);
            self.references.drain(1..nearest);
        }
        self
    }
}

/// At most so many characters.
pub(crate) fn first_chars(text: &str, limit: usize) -> &str {
    let end = text.char_indices().nth(limit).map(|(end, _)| end);
    &text[..end.unwrap_or(text.len())]
}

/// Cuts a text that is too long, between two characters, and ends it with a line of its own. Both
/// together are within `octets`; the note must be. Returns how many octets of the text are kept.
pub(crate) fn cut_with_note(text: &mut String, octets: usize, note: &str) -> usize {
    let mut end = text.len().min(octets - note.len() - "\n".len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(note);
    end
}

/// A body with LF line ends, whose only control characters are LF and TAB.
///
/// JSON writes most others in six octets. They become U+FFFD and do not vanish, so that nothing
/// joins what they kept apart; the form feed is white space to text and HTML alike, and a line end
/// here. HTML means the same with its lines ended so: every browser begins by doing it.
pub(crate) fn legible(text: &str) -> String {
    let mut legible = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        legible.push(match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                '\n'
            }
            '\n' | '\t' => c,
            '\u{c}' => '\n',
            _ if c.is_control() => char::REPLACEMENT_CHARACTER,
            _ => c,
        });
    }
    legible
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::view::Mailbox;

    fn headers(subject: &str, many: usize) -> Headers {
        let mailboxes = |kind: &str| -> Vec<Mailbox> {
            let address = |n| Some(format!("{kind}{n}@example.org"));
            (0..many)
                .map(|n| Mailbox {
                    name: None,
                    address: address(n),
                })
                .collect()
        };
        Headers {
            from: mailboxes("from"),
            to: mailboxes("to"),
            cc: mailboxes("cc"),
            subject: subject.to_owned(),
            references: (0..many).map(|n| format!("<{n}@example.org>")).collect(),
            ..Headers::default()
        }
    }

    #[test]
    fn headers_within_the_limits_stay_as_they_are() {
        let most = headers(&"é".repeat(MAX_SUBJECT), MAX_REFERENCES);
        assert!(most.clone().limited() == most);
        let mailboxes = headers("", MAX_MAILBOXES).limited();
        assert_eq!(
            [mailboxes.from, mailboxes.to, mailboxes.cc].map(|list| list.len()),
            [MAX_MAILBOXES; 3]
        );
    }

    #[test]
    fn a_subject_that_is_too_long_ends_in_an_ellipsis() {
        let shown = headers(&"é".repeat(MAX_SUBJECT + 1), 0).limited().subject;
        assert_eq!(shown, "é".repeat(MAX_SUBJECT - 1) + "…");
    }

    #[test]
    fn of_too_many_mailboxes_the_first_are_shown() {
        let shown = headers("", MAX_MAILBOXES + 1).limited();
        for list in [&shown.from, &shown.to, &shown.cc] {
            assert_eq!(list.len(), MAX_MAILBOXES);
        }
        assert_eq!(shown.to[0].address.as_deref(), Some("to0@example.org"));
    }

    #[test]
    fn of_too_many_references_the_first_and_the_nearest_stay() {
        let shown = headers("", 250).limited().references;
        assert_eq!(shown.len(), MAX_REFERENCES);
        assert_eq!(
            (&*shown[0], &*shown[1], &*shown[99]),
            ("<0@example.org>", "<151@example.org>", "<249@example.org>")
        );
    }

    #[test]
    fn a_body_keeps_no_control_character_but_line_end_and_tab() {
        for (text, shown) in [
            ("a\r\nb\rc\nd\te", "a\nb\nc\nd\te"),
            ("a\r\r\nb", "a\n\nb"),
            ("a\u{c}b", "a\nb"),
            (
                "java\u{1}script\0\u{1b}\u{7f}\u{9b}",
                "java\u{fffd}script\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
            ),
            ("résultats 日本 \u{202e}", "résultats 日本 \u{202e}"),
        ] {
            assert_eq!(legible(text), shown, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_cut_text_is_within_its_limit_and_ends_in_its_note(text in ".{0,30}", octets in 6_usize..40) {
            let mut cut = text.clone();
            let kept = cut_with_note(&mut cut, octets, "[cut]");
            prop_assert!(cut.starts_with(&text[..kept]));
            prop_assert!(cut.len() <= octets);
            prop_assert_eq!(cut.lines().next_back(), Some("[cut]"));
            prop_assert!(text.starts_with(cut.strip_suffix("[cut]").unwrap().trim_end_matches('\n')));
        }

        #[test]
        fn json_of_a_legible_text_is_at_most_twice_as_long(text: String) {
            let text = legible(&text);
            prop_assert!(serde_json::to_string(&text).unwrap().len() <= 2 * text.len() + 2);
        }
    }
}
