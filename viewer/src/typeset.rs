//! What a rendered page's text gets at last: the help line's number can be called, and no line ends
//! inside of "e-bost". The script does the same to what it draws (`together` in `web/src/dom.ts`).

use handlebars::html_escape;

/// `phone` as it stands in the text, and the number that is dialled, where it is one.
pub(crate) fn typeset(html: &str, phone: &str, dialled: Option<&str>) -> String {
    let phone = html_escape(phone);
    let link = dialled.filter(|_| !phone.is_empty()).map(|number| {
        let number = html_escape(number);
        format!("<a class=\"together\" href=\"tel:{number}\">{phone}</a>")
    });
    let mut set = String::with_capacity(html.len());
    // The title may hold no element, and a link no other link.
    let mut within: Option<&str> = None;
    for piece in html.split_inclusive('>') {
        // Every value is escaped: what begins with `<` is a tag.
        let (text, tag) = piece.split_at(piece.find('<').unwrap_or(piece.len()));
        if within == Some("title") {
            set.push_str(text);
        } else {
            // A number that is a part of what was split is never in two pieces.
            let mut parts = match &link {
                Some(_) if within.is_none() => text.split(phone.as_str()).collect(),
                _ => vec![text],
            };
            set.push_str(&whole(parts.remove(0)));
            for part in parts {
                set.push_str(link.as_deref().unwrap_or_default());
                set.push_str(&whole(part));
            }
        }
        set.push_str(tag);
        let name = tag
            .trim_start_matches('<')
            .split([' ', '>'])
            .next()
            .unwrap_or_default();
        match within {
            Some(open) if name.strip_prefix('/') == Some(open) => within = None,
            None => within = ["title", "a"].into_iter().find(|one| *one == name),
            Some(_) => {}
        }
    }
    set
}

/// Words of up to three letters before a hyphen, with what stands behind it. A reference such as
/// K7Q-4MD is none: it has no small letters.
fn whole(text: &str) -> String {
    let mut set = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('-') {
        let letters = |one: &char| one.is_alphabetic();
        let before = rest[..at].chars().rev().take_while(letters);
        let behind = rest[at + 1..].chars().take_while(letters);
        let [before, behind] = [before.collect::<Vec<_>>(), behind.collect()];
        let octets = |letters: &[char]| letters.iter().map(|one| one.len_utf8()).sum::<usize>();
        let end = at + 1 + octets(&behind);
        if (1..=3).contains(&before.len()) && behind.iter().any(|one| one.is_lowercase()) {
            let start = at - octets(&before);
            set.push_str(&rest[..start]);
            set.push_str("<span class=\"pair\">");
            set.push_str(&rest[start..end]);
            set.push_str("</span>");
        } else {
            set.push_str(&rest[..end]);
        }
        rest = &rest[end..];
    }
    set.push_str(rest);
    set
}

#[cfg(test)]
mod tests {
    use super::typeset;

    const PHONE: &str = "01632\u{a0}960000";

    #[test]
    fn the_number_is_a_link_wherever_it_is_text() {
        let set = typeset(
            "<title>01632\u{a0}960000</title><body data-phone=\"01632\u{a0}960000\"><p>Phone 01632\u{a0}960000.</p><a href=\"/\">01632\u{a0}960000</a></body>",
            PHONE,
            Some("01632960000"),
        );
        let link = "<a class=\"together\" href=\"tel:01632960000\">01632\u{a0}960000</a>";
        assert_eq!(set.matches("tel:").count(), 1);
        assert!(set.contains(&format!("<p>Phone {link}.</p>")), "{set}");
        assert!(set.contains("<title>01632\u{a0}960000</title>"));
        assert!(set.contains("<a href=\"/\">01632\u{a0}960000</a></body>"));
    }

    #[test]
    fn what_is_no_number_stays_text_and_what_is_hostile_stays_escaped() {
        let html = "<p>Phone the switchboard</p>";
        assert_eq!(typeset(html, "the switchboard", None), html);
        assert_eq!(typeset(html, "", Some("1")), html);
        let html = "<p>Phone &lt;b&gt; 111</p>";
        let set = typeset(html, "<b> 111", Some("111\""));
        assert_eq!(
            set,
            "<p>Phone <a class=\"together\" href=\"tel:111&quot;\">&lt;b&gt; 111</a></p>"
        );
    }

    #[test]
    fn no_line_ends_inside_of_e_bost() {
        let set = |text: &str| typeset(text, PHONE, None);
        assert_eq!(
            set("<p>Mae’r e-bost, E-byst -- a-1 ddi-enw-x.</p>"),
            "<p>Mae’r <span class=\"pair\">e-bost</span>, <span class=\"pair\">E-byst</span> -- a-1 <span class=\"pair\">ddi-enw</span>-x.</p>"
        );
        assert_eq!(
            set("<p lang=\"e-bost\">dda-ïôn-</p>"),
            "<p lang=\"e-bost\"><span class=\"pair\">dda-ïôn</span>-</p>"
        );
        for other in ["<p>long-er</p>", "<p>K7Q-MDX</p>", "<p>KQR-MDXA</p>"] {
            assert_eq!(set(other), other);
        }
        assert_eq!(
            set("<title>e-bost</title><a href=\"e-bost\">e-bost</a>"),
            "<title>e-bost</title><a href=\"e-bost\"><span class=\"pair\">e-bost</span></a>"
        );
    }
}
