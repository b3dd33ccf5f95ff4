//! Tests of the header splitter: shapes, limits, Bcc, trace fields.

use proptest::prelude::*;

use super::*;

fn split(content: &str) -> HeaderSection<'_> {
    HeaderSection::split(content.as_bytes()).unwrap()
}

fn sealed(content: &str) -> String {
    let pieces: Vec<&[u8]> = without_bcc(content.as_bytes()).unwrap().collect();
    String::from_utf8(pieces.concat()).unwrap()
}

#[test]
fn fields_keep_their_folding_and_their_place() {
    let content = "From: a@example.org\r\nSubject: one\r\n two\r\n\tthree\r\nDate:x\r\n\r\nbody";
    let section = split(content);
    let raw: Vec<&str> = section
        .fields()
        .iter()
        .map(|field| &content[field.range()])
        .collect();
    assert_eq!(
        raw,
        [
            "From: a@example.org\r\n",
            "Subject: one\r\n two\r\n\tthree\r\n",
            "Date:x\r\n"
        ]
    );
    assert_eq!(
        section.first("SUBJECT").unwrap().raw_value(),
        b" one\r\n two\r\n\tthree\r\n"
    );
    assert_eq!(section.subjects()[0].text(), "one two three");
    assert_eq!(&content[section.body_start()..], "body");
}

#[test]
fn sections_of_every_shape_have_an_end() {
    for (content, fields, body) in [
        ("", 0, ""),
        ("\r\n", 0, ""),
        ("\r\nbody", 0, "body"),
        ("\nbody", 0, "body"),
        ("A: 1\r\n\r\n", 1, ""),
        ("A: 1\r\n", 1, ""),
        ("A: 1", 1, ""),
        ("A: 1\r\nB: 2", 2, ""),
        (
            "A: 1\r\nthe separator\r\nis missing",
            1,
            "the separator\r\nis missing",
        ),
        ("A: 1\r\nBcc: x,\r\ny@example.com", 3, ""),
        ("A: 1\r\nx y\r\nB: 2", 3, ""),
        ("A: 1\n\nbody", 1, "body"),
        ("A: 1\r\n \r\nB: 2\r\n\r\nbody", 2, "body"),
        ("A : 1\r\n\r\nbody", 1, "body"),
        ("A: 1\r\nnot a field\r\nB: 2\r\n\r\nbody", 3, "body"),
        (
            "From a@example.org Mon Jan  1\r\nA: 1\r\n\r\nbody",
            2,
            "body",
        ),
        (
            "no field here\r\nnor here\r\n\r\nbody",
            0,
            "no field here\r\nnor here\r\n\r\nbody",
        ),
        ("two words: text", 0, "two words: text"),
        ("é: 1\r\n\r\n", 0, "é: 1\r\n\r\n"),
        (": 1\r\n\r\n", 0, ": 1\r\n\r\n"),
    ] {
        let section = split(content);
        assert_eq!(section.fields().len(), fields, "{content:?}");
        assert_eq!(&content[section.body_start()..], body, "{content:?}");
    }
}

#[test]
fn a_subject_behind_a_malformed_line_is_still_seen() {
    let section = split("From: a@example.org\r\ngarbage\r\nSubject: [secure] x\r\n\r\n");
    assert_eq!(section.subjects()[0].text(), "[secure] x");
}

#[test]
fn the_header_section_ends_at_65_536_octets() {
    let of = |octets: usize| format!("A: {}\r\n\r\nbody", "x".repeat(octets - 5));
    assert!(HeaderSection::split(of(MAX_HEADER_OCTETS).as_bytes()).is_ok());
    for content in [
        of(MAX_HEADER_OCTETS + 1),
        "x".repeat(200_000),
        "x\r\n".repeat(30_000),
    ] {
        let refused = HeaderSection::split(content.as_bytes()).unwrap_err();
        assert!(matches!(
            refused,
            HeaderError::TooLong | HeaderError::TooManyFields
        ));
    }
    let one_more = of(MAX_HEADER_OCTETS + 1);
    assert_eq!(
        HeaderSection::split(one_more.as_bytes()).unwrap_err(),
        HeaderError::TooLong
    );
    let unended = format!("A: {}", "x".repeat(MAX_HEADER_OCTETS - 3));
    assert!(HeaderSection::split(unended.as_bytes()).is_ok());
    let unended = unended + "x";
    assert_eq!(
        HeaderSection::split(unended.as_bytes()).unwrap_err(),
        HeaderError::TooLong
    );
}

#[test]
fn the_1_001st_field_is_refused() {
    let of = |fields: usize| format!("{}\r\n", "A: 1\r\n".repeat(fields));
    assert_eq!(split(&of(MAX_HEADER_FIELDS)).fields().len(), 1_000);
    let one_more = of(MAX_HEADER_FIELDS + 1);
    let refused = HeaderSection::split(one_more.as_bytes()).unwrap_err();
    assert_eq!(refused, HeaderError::TooManyFields);
    let folded = format!("A: 1\r\n{}\r\n", " x\r\n".repeat(5_000));
    assert_eq!(split(&folded).fields().len(), 1);
}

#[test]
fn bcc_fields_are_left_out_wherever_they_stand() {
    for (content, left) in [
        ("Bcc: x@example.com\r\nA: 1\r\n\r\nbody", "A: 1\r\n\r\nbody"),
        ("A: 1\r\nBcc: x@example.com\r\n\r\nbody", "A: 1\r\n\r\nbody"),
        (
            "A: 1\r\nbCC : x,\r\n y,\r\n\tz\r\nB: 2\r\n\r\nb",
            "A: 1\r\nB: 2\r\n\r\nb",
        ),
        (
            "A: 1\r\nResent-Bcc: x\r\nB: 2\r\n\r\nb",
            "A: 1\r\nB: 2\r\n\r\nb",
        ),
        (
            "A: 1\r\nBcc: x\r\nBcc: y\r\nB: 2\r\n\r\nb",
            "A: 1\r\nB: 2\r\n\r\nb",
        ),
        (
            "A: 1\r\nBcc: x,\r\ny@example.com\r\nB: 2\r\n\r\nb",
            "A: 1\r\nB: 2\r\n\r\nb",
        ),
        (
            "A: 1\r\ngarbage\r\nBcc: x\r\n\r\nb",
            "A: 1\r\ngarbage\r\n\r\nb",
        ),
        (" Bcc: x\r\nA: 1\r\n\r\nb", "A: 1\r\n\r\nb"),
        ("A: 1\nBcc: x\n\nb", "A: 1\n\nb"),
        ("Bcc: x\r\n\r\nb", "\r\nb"),
        ("Bcc: x", ""),
        ("A: 1\r\nBcc: x", "A: 1\r\n"),
    ] {
        assert_eq!(sealed(content), left, "{content:?}");
    }
}

#[test]
fn what_only_looks_like_bcc_stays() {
    for content in [
        "X-Bcc: x\r\n\r\nb",
        "A: 1\r\n Bcc: folded into A\r\n\r\nb",
        "A: 1\r\n\r\nBcc: in the body\r\n",
        "no header at all\r\nx y: z\r\n",
        "",
    ] {
        assert_eq!(sealed(content), content);
    }
}

#[test]
fn trace_fields_are_counted_and_read() {
    let section = split(concat!(
        "Received: from a\r\n by b\r\nRECEIVED: from c\r\nX-Received: no\r\n",
        "Message-ID:\r\n <abc@example.org>\r\nX-Sealpost-Kind: Notice\r\n",
        "X-Sealpost-Loop: secure.example.org\r\nX-Sealpost-Loop: GW.example.com; x\r\n",
        "In-Reply-To: <r0@example.org>\r\nReferences: <r1@example.org> junk\r\n <r2@example.org>\r\n\r\n",
    ));
    assert_eq!(section.received_count(), 2);
    assert_eq!(section.message_id().as_deref(), Some("<abc@example.org>"));
    assert_eq!(section.kind().as_deref(), Some("notice"));
    let markers: Vec<String> = section.loop_markers().collect();
    assert_eq!(markers, ["secure.example.org", "gw.example.com"]);
    assert_eq!(
        section.references(),
        ["<r1@example.org>", "<r2@example.org>"]
    );
    assert_eq!(
        split("In-Reply-To: <r0@x>\r\n\r\n").references(),
        ["<r0@x>"]
    );
}

#[test]
fn an_identifier_that_could_break_a_header_is_none() {
    for value in [
        "abc@example.org",
        "<>",
        "<a b@x>",
        "<a\r\n b@x>",
        "<é@x>",
        "<a\0b>",
        "<open",
    ] {
        assert_eq!(
            split(&format!("Message-ID: {value}\r\n\r\n")).message_id(),
            None,
            "{value:?}"
        );
    }
    let id = |octets| format!("Message-ID: <{}>\r\n\r\n", "a".repeat(octets));
    assert!(split(&id(900)).message_id().is_some());
    assert!(split(&id(901)).message_id().is_none());
}

#[test]
fn the_nearest_mails_that_one_names_come_first_and_each_once() {
    let section = split(concat!(
        "References: <1@x> (the first)\r\n <2@x>\r\n\t<3@x>\r\n",
        "In-Reply-To: \"Ann\" <3@x> of Monday,\r\n <2b@x>\r\n\r\n",
    ));
    let names = |most| section.names_earlier(most);
    assert_eq!(names(20), ["<2b@x>", "<3@x>", "<2@x>", "<1@x>"]);
    assert_eq!(names(2), ["<2b@x>", "<3@x>"]);
    assert!(names(0).is_empty());
    assert!(
        split("References: 1@x\r\n\r\n")
            .names_earlier(20)
            .is_empty()
    );
    assert!(split("Subject: <1@x>\r\n\r\n").names_earlier(20).is_empty());
    let fields = split("References: <1@x>\r\nReferences: <2@x>\r\n\r\n");
    assert_eq!(fields.names_earlier(1), ["<2@x>"]);
}

#[test]
fn of_a_thousand_mails_that_one_names_the_nearest_are_taken() {
    for (named, taken) in [(19, 19), (20, 20), (21, 20), (4_000, 20)] {
        let ids: Vec<String> = (0..named).map(|n| format!("<{n}@x>")).collect();
        let content = format!("References: {}\r\n\r\n", ids.join("\r\n "));
        let found = split(&content).names_earlier(20);
        let nearest: Vec<_> = ids.iter().rev().take(taken).cloned().collect();
        assert_eq!(found, nearest);
    }
    // A field that answers everything leaves no room, and costs no more.
    let ids: Vec<String> = (0..2_000).map(|n| format!("<{n}@x>")).collect();
    let content = format!(
        "References: <near@x>\r\nIn-Reply-To: {}\r\n\r\n",
        ids.join(" ")
    );
    assert_eq!(split(&content).names_earlier(20).len(), 20);
    let none = split(&content);
    assert!(!none.names_earlier(20).contains(&"<near@x>".to_owned()));
}

#[test]
fn automatic_mail_is_known_by_its_fields() {
    use AutoSubmitted::*;
    for (header, said, automatic) in [
        ("", No, false),
        ("Auto-Submitted: no\r\n", No, false),
        ("auto-submitted: NO (by hand)\r\n", No, false),
        ("Auto-Submitted: auto-generated\r\n", Generated, true),
        (
            "Auto-Submitted:\r\n auto-replied; owner=\"x\"\r\n",
            Replied,
            true,
        ),
        (
            "Auto-Submitted: no\r\nAuto-Submitted: auto-replied\r\n",
            Replied,
            true,
        ),
        ("Auto-Submitted: auto-notified\r\n", Other, true),
        ("Auto-Submitted:\r\n", Other, true),
        ("Precedence: bulk\r\n", No, true),
        ("Precedence: first-class\r\n", No, false),
    ] {
        let content = format!("From: a@example.org\r\n{header}\r\n");
        let section = split(&content);
        assert_eq!(
            (section.auto_submitted(), section.is_automatic()),
            (said, automatic),
            "{header}"
        );
    }
}

#[test]
fn debug_shows_names_and_places_only() {
    let section = split("Subject: results of somebody\r\n\r\n");
    assert_eq!(
        format!("{section:?}"),
        "HeaderSection(1 fields, body at 32)"
    );
    assert_eq!(
        format!("{:?}", section.fields()[0]),
        "Field(Subject at 0..30)"
    );
}

proptest! {
    #[test]
    fn splitting_any_octets_covers_them_and_never_panics(content: Vec<u8>) {
        let section = HeaderSection::split(&content).unwrap();
        let mut next = 0;
        for field in section.fields() {
            prop_assert_eq!(field.range().start, next);
            next = field.range().end;
            field.decoded();
        }
        prop_assert!(next <= section.body_start() && section.body_start() <= content.len());
    }

    #[test]
    fn without_a_bcc_nothing_changes(lines in "([A-Za-c-]{1,8}:[ a-z\r\n\t]{0,12}\r\n){0,9}(\r\n.{0,20})?") {
        prop_assume!(!lines.to_lowercase().contains("bcc"));
        prop_assert_eq!(sealed(&lines), lines);
    }

    #[test]
    fn the_kept_ranges_are_in_order_and_hold_no_bcc(
        lines in proptest::collection::vec("(Bcc|A|Resent-Bcc|junk)(: [a-z]{0,5}|)\r\n( x\r\n)?", 0..12),
    ) {
        let content = lines.concat() + "\r\nbody";
        let section = split(&content);
        let mut end = 0;
        for range in section.without_bcc() {
            prop_assert!(range.start >= end && range.start < range.end && range.end <= content.len());
            end = range.end;
        }
        let left = sealed(&content);
        prop_assert!(left.ends_with("\r\nbody"));
        prop_assert!(split(&left).fields().iter().all(|f| !f.is("Bcc") && !f.is("Resent-Bcc")));
        prop_assert_eq!(sealed(&left), left);
    }
}
