//! A plain rendition of HTML, for *Show as plain text* and for readers without HTML, and the
//! other way round for text that stands in sequence with HTML.
//!
//! For reading only, never for safety: the HTML itself goes to the browser as the sender wrote it
//! and is sanitised there. Links keep their target in angle brackets, because hiding where a link
//! leads is what HTML is worst at.

use crate::decode;

/// Entities are short; a bare `&` must not search the whole mail for its `;`.
const MAX_ENTITY: usize = 40;

/// The text of an HTML document. Lines end in LF; at most one empty line stands between two.
pub(crate) fn of_html(html: &str) -> String {
    let mut page = Page::default();
    let mut rest = html;
    let mut may_have_tags = true;
    while let Some(c) = rest.chars().next() {
        if c == '<' && may_have_tags {
            match markup(rest) {
                Markup::Tag(tag, behind) => {
                    rest = page.tag(&tag, behind);
                    continue;
                }
                Markup::Skipped(behind) => {
                    rest = behind;
                    continue;
                }
                // Looking for the end again at each `<` would cost quadratic time.
                Markup::Unended => may_have_tags = false,
                Markup::Text => {}
            }
        } else if c == '&'
            && let Some(end) = rest
                .bytes()
                .take(MAX_ENTITY)
                .position(|octet| octet == b';')
        {
            let mut text = String::new();
            decode::push_entity(&mut text, &rest[..=end]);
            text.chars().for_each(|c| page.letter(c));
            rest = &rest[end + 1..];
            continue;
        }
        page.letter(c);
        rest = &rest[c.len_utf8()..];
    }
    page.text.truncate(page.text.trim_end().len());
    page.text
}

/// Text as a piece of HTML that shows it as it is.
pub(crate) fn to_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 64);
    html.push_str("<div style=\"white-space: pre-wrap\">");
    for c in text.chars() {
        match c {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            '\r' => {}
            _ => html.push(c),
        }
    }
    html.push_str("</div>");
    html
}

enum Markup<'h> {
    Tag(Tag<'h>, &'h str),
    /// A comment or declaration.
    Skipped(&'h str),
    /// Neither `>` nor anything that ends it.
    Unended,
    /// A `<` that begins nothing.
    Text,
}

struct Tag<'h> {
    name: String,
    closes: bool,
    attributes: &'h str,
}

fn markup(html: &str) -> Markup<'_> {
    let inside = &html[1..];
    if let Some(comment) = inside.strip_prefix("!--") {
        return match comment.find("-->") {
            Some(end) => Markup::Skipped(&comment[end + 3..]),
            None => Markup::Unended,
        };
    }
    let closes = inside.starts_with('/');
    let inside = inside.strip_prefix('/').unwrap_or(inside);
    if !inside.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '!' | '?')) {
        return Markup::Text;
    }
    let mut quote = None;
    for (at, octet) in inside.bytes().enumerate() {
        match (octet, quote) {
            (b'>', None) => {
                let (name, attributes) = inside[..at]
                    .split_once(|c: char| c.is_ascii_whitespace() || c == '/')
                    .unwrap_or((&inside[..at], ""));
                let tag = Tag {
                    name: name.to_ascii_lowercase(),
                    closes,
                    attributes,
                };
                return Markup::Tag(tag, &inside[at + 1..]);
            }
            (b'"' | b'\'', None) => quote = Some(octet),
            (_, Some(open)) if octet == open => quote = None,
            _ => {}
        }
    }
    Markup::Unended
}

impl Tag<'_> {
    /// The value of an attribute, entities decoded. Good enough for what is shown as text.
    fn attribute(&self, name: &str) -> Option<String> {
        let mut rest = self.attributes;
        while let Some((key, behind)) = rest.split_once('=') {
            let behind = behind.trim_start();
            let (value, next) = match behind.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    behind[1..].split_once(quote).unwrap_or((&behind[1..], ""))
                }
                _ => behind
                    .split_once(|c: char| c.is_ascii_whitespace())
                    .unwrap_or((behind, "")),
            };
            if key
                .split_ascii_whitespace()
                .next_back()
                .is_some_and(|key| key.eq_ignore_ascii_case(name))
            {
                return Some(of_attribute(value));
            }
            rest = next;
        }
        None
    }
}

fn of_attribute(value: &str) -> String {
    let mut text = String::new();
    for piece in value.split_inclusive(';') {
        match piece.rfind('&') {
            Some(start) if piece.ends_with(';') && piece.len() - start <= MAX_ENTITY => {
                text.push_str(&piece[..start]);
                decode::push_entity(&mut text, &piece[start..]);
            }
            _ => text.push_str(piece),
        }
    }
    decode::printable(&text)
}

#[derive(Default)]
struct Page {
    text: String,
    /// White space was read that may be shown as one space.
    space: bool,
    /// A word processor wrote this: a paragraph per line, and an empty one for a gap.
    paragraphs_are_lines: bool,
    /// Depth of `<pre>`.
    preformatted: usize,
    /// The target of the link that is open, and where its text began.
    link: Option<(String, usize)>,
}

impl Page {
    fn letter(&mut self, c: char) {
        if self.preformatted > 0 {
            if c != '\r' {
                self.text.push(c);
            }
        } else if c.is_ascii_whitespace() {
            self.space = true;
        } else {
            if self.space && !self.at_line_start() {
                self.text.push(' ');
            }
            self.space = false;
            self.text.push(if c == '\u{a0}' { ' ' } else { c });
        }
    }

    /// Takes a tag and returns what is to be read next.
    fn tag<'h>(&mut self, tag: &Tag<'_>, behind: &'h str) -> &'h str {
        match tag.name.as_str() {
            "script" | "style" | "title" | "template" | "textarea" if !tag.closes => {
                return behind_element(behind, &tag.name);
            }
            "br" => self.text.push('\n'),
            "hr" => {
                self.line();
                self.text.push_str("----\n");
            }
            "p" if self.paragraphs_are_lines || tag.attributes.contains("MsoNormal") => {
                self.paragraphs_are_lines = true;
                self.line();
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "table"
            | "blockquote" => self.paragraph(),
            "pre" => {
                self.paragraph();
                self.preformatted = match tag.closes {
                    true => self.preformatted.saturating_sub(1),
                    false => self.preformatted + 1,
                };
            }
            "li" if !tag.closes => {
                self.line();
                self.text.push_str("- ");
            }
            "td" | "th" if !tag.closes && !self.at_line_start() => self.text.push('\t'),
            "div" | "tr" | "li" | "dt" | "dd" | "section" | "article" | "header" | "footer"
            | "address" | "center" | "form" | "fieldset" | "main" | "nav" | "aside" => self.line(),
            "img" => {
                if let Some(words) = tag.attribute("alt").filter(|words| !words.is_empty()) {
                    format!("[{words}]").chars().for_each(|c| self.letter(c));
                }
            }
            "a" if tag.closes => self.end_link(),
            "a" => {
                self.end_link();
                self.link = tag
                    .attribute("href")
                    .map(|target| (target, self.text.len()));
            }
            _ => {}
        }
        behind
    }

    fn end_link(&mut self) {
        let Some((target, start)) = self.link.take() else {
            return;
        };
        let lower = target.to_ascii_lowercase();
        let leads_out = ["http:", "https:", "mailto:", "tel:"]
            .iter()
            .any(|s| lower.starts_with(s));
        let bare = target
            .split_once(':')
            .map_or("", |(_, rest)| rest.trim_start_matches('/'));
        let says_so = self
            .text
            .get(start..)
            .is_some_and(|text| text.contains(bare.trim_end_matches('/')));
        if leads_out && !bare.is_empty() && !says_so {
            self.text.push_str(&format!(" <{target}>"));
        }
    }

    fn at_line_start(&self) -> bool {
        self.text.is_empty() || self.text.ends_with(['\n', '\t'])
    }

    fn line(&mut self) {
        self.space = false;
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn paragraph(&mut self) {
        self.line();
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }
}

/// What follows the end tag of an element whose content is no text. Without an end tag the rest of
/// the document belongs to it, as in a browser.
fn behind_element<'h>(html: &'h str, name: &str) -> &'h str {
    let mut rest = html;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        let matches = rest
            .get(..name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name));
        if matches {
            return rest.split_once('>').map_or("", |(_, behind)| behind);
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn html_is_rendered_as_a_reader_would_read_it() {
        for (html, text) in [
            ("", ""),
            ("plain", "plain"),
            ("one\r\n  two", "one two"),
            ("<p>one</p><p>two</p>", "one\n\ntwo"),
            ("<div>one</div><div>two</div>", "one\ntwo"),
            ("one<br>two<BR/>three", "one\ntwo\nthree"),
            (
                "<p class=MsoNormal>one</p>\n<p class=MsoNormal>&nbsp;</p><p class=MsoNormal>two</p>",
                "one\n \ntwo",
            ),
            ("<b>bo</b>ld <i>it</i>", "bold it"),
            (
                "<ul><li>one</li><li>two</li></ul>after",
                "- one\n- two\n\nafter",
            ),
            (
                "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
                "a\tb\nc",
            ),
            (
                "caf&eacute; &#233; &#xe9; &amp;lt; &unknown; & co",
                "café é é &lt; &unknown; & co",
            ),
            ("<style>p { color: red }</style>text", "text"),
            (
                "<head><title>x</title><meta charset=utf-8></head><body>text",
                "text",
            ),
            ("<script>if (a < b) alert('</p>')</SCRIPT >text", "text"),
            ("<!-- <p>hidden</p> -->text<!DOCTYPE html>", "text"),
            ("<!--[if mso]><p>x</p><![endif]-->text", "text"),
            ("<pre>a\r\n  b</pre>", "a\n  b"),
            (
                "<a href=\"https://example.org/x?a=1&amp;b=2\">here</a>",
                "here <https://example.org/x?a=1&b=2>",
            ),
            (
                "<a href='https://example.org/'>https://example.org</a>",
                "https://example.org",
            ),
            (
                "<a href=mailto:clinic@example.org>clinic@example.org</a>",
                "clinic@example.org",
            ),
            ("<a href=#top>up</a>", "up"),
            ("<a name=x>anchor</a>", "anchor"),
            ("<img src=\"cid:x\" alt=\"Our logo\">text", "[Our logo]text"),
            ("<p title=\"a > b\">text", "text"),
            ("a < b and 2<3", "a < b and 2<3"),
            ("text <unended", "text <unended"),
            ("text <!-- unended", "text <!-- unended"),
            ("<script>never ends", ""),
            ("été 日本 <é>", "été 日本 <é>"),
        ] {
            assert_eq!(of_html(html), text, "{html:?}");
        }
    }

    #[test]
    fn text_becomes_html_that_shows_it() {
        let html = to_html("a < b & \"c\"\r\n> d");
        assert_eq!(
            html,
            "<div style=\"white-space: pre-wrap\">a &lt; b &amp; &quot;c&quot;\n&gt; d</div>"
        );
    }

    #[test]
    fn hostile_html_is_no_load() {
        for piece in [
            "<",
            "<a ",
            "<a href=\"",
            "</",
            "&",
            "<!--",
            "<script>",
            "<pre>",
            "<a href=x>",
            "<p>",
        ] {
            of_html(&piece.repeat(200_000));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_rendered(html: String) {
            of_html(&html);
        }

        #[test]
        fn any_markup_is_rendered(html in "(<|>|/|a|href=|=|\"|'|p|é|&|;|amp|!--|-->|script|pre| |\n){0,40}") {
            of_html(&html);
        }

        #[test]
        fn text_survives_the_way_to_html_and_back(text in "[ -~éß]{0,60}") {
            let back = of_html(&to_html(&text).replace("div", "pre"));
            prop_assert_eq!(back.trim(), text.trim());
        }
    }
}
