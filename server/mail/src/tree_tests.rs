//! Tests of the MIME tree: delimiters, limits at n and n+1, hostile nesting.

use proptest::prelude::*;

use super::*;

/// The leaves as (media type, encoded body).
fn leaves(content: &str) -> Result<Vec<(String, String)>, ParseError> {
    let section = HeaderSection::split(content.as_bytes())?;
    let entities = entities(&section)?;
    let leaves = entities.iter().filter(|entity| entity.children.is_empty());
    Ok(leaves
        .map(|leaf| {
            (
                leaf.fields.media_type.clone(),
                content[leaf.body.clone()].to_owned(),
            )
        })
        .collect())
}

fn bodies(content: &str) -> Vec<String> {
    leaves(content)
        .unwrap()
        .into_iter()
        .map(|(_, body)| body)
        .collect()
}

fn multipart(body: &str) -> String {
    format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{body}")
}

#[test]
fn leaves_end_before_the_line_end_of_their_delimiter() {
    for (body, expected) in [
        (
            "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n",
            &["one", "two"][..],
        ),
        (
            "pre\r\n--b\r\n\r\none\r\n\r\n--b--\r\nepilogue\r\n",
            &["one\r\n"],
        ),
        ("--b\n\none\n--b--\n", &["one"]),
        ("--b  \t\r\n\r\none\r\n--b-- \r\n", &["one"]),
        ("--b\r\n\r\n--b\r\n\r\n\r\n--b--", &["", ""]),
        ("--b\r\n--b\r\n--b--", &["", ""]),
        ("--b\r\nX: 1\r\n--b--", &[""]),
        (
            "--b\r\nno header, no blank line\r\n--b--",
            &["no header, no blank line"],
        ),
        ("--b\r\nX: 1\r\nno blank line\r\n--b--", &["no blank line"]),
        ("--b\r\n\r\nnever closed\r\n", &["never closed\r\n"]),
        ("--b\r\nX: 1", &[""]),
        ("--b", &[""]),
        (
            "--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\nbehind the end\r\n",
            &["x"],
        ),
        // No delimiter at all: the multipart is a leaf itself, so nothing is lost.
        ("text without parts\r\n", &["text without parts\r\n"]),
        ("--b--\r\ntext", &[""]),
        ("", &[""]),
    ] {
        assert_eq!(bodies(&multipart(body)), expected, "{body:?}");
    }
}

#[test]
fn what_only_resembles_a_delimiter_is_text() {
    let text = "a --b\r\n --b\r\n-b\r\n--bb\r\n--b x\r\n--B\r\n---b";
    let content = multipart(&format!("--b\r\n\r\n{text}\r\n--b--\r\n"));
    assert_eq!(bodies(&content), [text]);
}

#[test]
fn an_outer_delimiter_closes_what_is_open_inside() {
    let inner = "Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\none\r\n";
    let content = multipart(&format!(
        "--b\r\n{inner}--b\r\n\r\ntwo\r\n--c\r\nthree\r\n--b--\r\n"
    ));
    assert_eq!(bodies(&content), ["one", "two\r\n--c\r\nthree"]);
}

#[test]
fn the_same_boundary_twice_belongs_to_the_inner_multipart() {
    let inner = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    let content = multipart(&format!(
        "--b\r\n{inner}--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\ntwo\r\n--b--"
    ));
    assert_eq!(bodies(&content), ["one", "two"]);
}

#[test]
fn attached_messages_are_leaves() {
    let inner =
        "Subject: x\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nin\r\n--c--";
    let digest =
        format!("Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n{inner}\r\n--b--");
    assert_eq!(
        leaves(&digest).unwrap(),
        [("message/rfc822".to_owned(), inner.to_owned())]
    );
}

#[test]
fn the_101st_enclosing_multipart_is_refused() {
    let nested = |depth: usize| {
        let level = |n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n");
        (1..=depth).map(level).collect::<String>() + "\r\nleaf"
    };
    assert_eq!(bodies(&nested(MAX_DEPTH)), ["leaf"]);
    assert_eq!(
        leaves(&nested(MAX_DEPTH + 1)).unwrap_err(),
        ParseError::TooDeep
    );
    assert_eq!(leaves(&nested(20_000)).unwrap_err(), ParseError::TooDeep);
}

#[test]
fn the_1_001st_part_is_refused() {
    let wide = |parts: usize| multipart(&("--b\r\n\r\nx\r\n".repeat(parts) + "--b--\r\n"));
    assert_eq!(bodies(&wide(MAX_PARTS)).len(), 1_000);
    assert_eq!(
        leaves(&wide(MAX_PARTS + 1)).unwrap_err(),
        ParseError::TooManyParts
    );
    let bare = multipart(&"--b\r\n".repeat(100_000));
    assert_eq!(leaves(&bare).unwrap_err(), ParseError::TooManyParts);
}

#[test]
fn multiparts_count_as_parts() {
    let inner = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n";
    let pairs = |pairs: usize| multipart(&inner.repeat(pairs));
    assert_eq!(bodies(&pairs(500)).len(), 500);
    assert_eq!(leaves(&pairs(501)).unwrap_err(), ParseError::TooManyParts);
}

#[test]
fn a_part_with_an_endless_header_is_text_and_not_lost() {
    let header = "X: y\r\n".repeat(20_000);
    let content = multipart(&format!("--b\r\n{header}\r\nbody\r\n--b--\r\n"));
    assert_eq!(
        leaves(&content).unwrap(),
        [("text/plain".to_owned(), format!("{header}\r\nbody"))]
    );
}

proptest! {
    #[test]
    fn any_lines_make_a_tree_within_the_content(
        lines in proptest::collection::vec(proptest::sample::select(vec![
            "--b", "--b--", "--c", "--c--", "", "text", "--", "Content-Type: text/html",
            "Content-Type: multipart/mixed; boundary=c", "Content-Type: multipart/x; boundary=b",
            "Content-Type: multipart/digest; boundary=\"\"", " folded", "\r",
        ]), 0..60),
        ending in proptest::sample::select(vec!["\r\n", "\n"]),
    ) {
        let content = multipart(&lines.join(ending));
        let section = HeaderSection::split(content.as_bytes()).unwrap();
        let entities = entities(&section).unwrap();
        let mut leaf_end = 0;
        for (index, entity) in entities.iter().enumerate() {
            prop_assert!(entity.body.start <= entity.body.end && entity.body.end <= content.len());
            prop_assert!(entity.children.iter().all(|&child| child > index));
            if entity.children.is_empty() {
                prop_assert!(entity.body.start >= leaf_end, "leaves overlap");
                leaf_end = entity.body.end;
            }
        }
    }
}

proptest! {
    /// Whole lines, so that what is skipped and what is not come together in every order.
    #[test]
    fn skipping_to_the_next_delimiter_finds_what_reading_every_line_finds(
        lines in prop::collection::vec(
            prop::sample::select(vec![
                "--b", "--b--", "--c", "--c--", "--", "---b", "-", "", "\r", "text", "text--b",
                "Content-Type: multipart/mixed; boundary=c", "Content-Type: text/html", " --b",
            ]),
            0..30,
        ),
        end in prop::sample::select(vec!["\r\n", "\n"]),
    ) {
        let content = multipart(&lines.join(end));
        let section = HeaderSection::split(content.as_bytes()).unwrap();
        let found = |entities: Result<Vec<Entity>, _>| entities.map(|entities| {
            let bodies = entities.into_iter().map(|entity| (entity.body, entity.children));
            bodies.collect::<Vec<_>>()
        });
        prop_assert_eq!(
            found(entities(&section)),
            found(entities_by(&section, |_| false))
        );
    }
}
