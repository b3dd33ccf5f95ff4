//! The header section and the rule of the tag: nothing is lost or invented by splitting, no Bcc
//! stays, identifiers are what an answer may repeat (S3), and no writing of a tag that a person would
//! call one goes unseen (T1, T3, T4).

use mail::header::{HeaderSection, without_bcc};
use mail::tag::{Tag, TagRule};

/// Octets are a mail's content.
pub(crate) fn check(octets: &[u8]) {
    let Ok(header) = HeaderSection::split(octets) else {
        return;
    };
    let mut at = 0;
    for field in header.fields() {
        let range = field.range();
        assert!(range.start == at && range.end > at, "fields lie end to end");
        at = range.end;
    }
    assert!(at <= header.body_start() && header.body_start() <= octets.len());

    for most in [0, 1, 20] {
        let named = header.names_earlier(most);
        assert!(named.len() <= most, "no more are looked for");
        for (place, id) in named.iter().enumerate() {
            let inside = id.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
            let is_whole = inside.is_some_and(|id| !id.contains(['<', '>']));
            assert!(is_whole && id.bytes().all(|octet| octet.is_ascii_graphic()));
            assert!(!named[..place].contains(id), "each once");
        }
    }

    let rule = TagRule::default();
    let subjects = header.subjects();
    let tag = rule.decide(&subjects);
    let kept: Vec<u8> = without_bcc(octets)
        .expect("split before")
        .collect::<Vec<_>>()
        .concat();
    // Where no empty line ends the header, or the only field is gone, what is header and what is
    // body is a guess, and another one without the Bcc.
    let before = &octets[..header.body_start()];
    let is_separated = before.ends_with(b"\n\n") || before.ends_with(b"\n\r\n");
    let has_more = header
        .fields()
        .iter()
        .any(|f| f.name().is_some() && !is_bcc(f.name()));
    if is_separated
        && has_more
        && let Ok(again) = HeaderSection::split(&kept)
    {
        assert!(
            !again.fields().iter().any(|field| is_bcc(field.name())),
            "a Bcc stays"
        );
        assert_eq!(rule.decide(&again.subjects()), tag, "a Bcc decides nothing");
        assert_eq!(octets[header.body_start()..], kept[again.body_start()..]);
    }

    // A tag in plain sight is seen, by an oracle that knows no encoded words.
    for field in header.all("Subject") {
        let plain = field.raw_value().to_ascii_lowercase();
        if plain.windows(8).any(|window| window == b"[secure]") && !plain.contains(&b'=') {
            assert!(tag.is_tagged(), "a tag in plain sight");
        }
    }

    for subject in &subjects {
        let text = subject.text();
        let answer = rule.answer(text);
        assert_eq!(
            rule.answer(&answer),
            answer,
            "an answer's answer has one tag and one Re:"
        );
        assert_eq!(decided(&rule, &answer), Tag::Exact, "a thread stays secure");
        let restored = rule.restore(text);
        assert_eq!(rule.restore(&restored), restored);
        assert!(answer.chars().count() <= mail::view::MAX_SUBJECT);
        let tagged = format!("[SECURE] {text}");
        assert_eq!(
            decided(&rule, &tagged),
            Tag::Exact,
            "a tag before any subject"
        );
        assert!(rule.strip(&tagged).len() <= text.len(), "one tag less");
    }
}

fn is_bcc(name: Option<&str>) -> bool {
    let is = |bcc: &str| name.is_some_and(|name| name.eq_ignore_ascii_case(bcc));
    is("Bcc") || is("Resent-Bcc")
}

/// What the rule says of a subject that reads so.
fn decided(rule: &TagRule, text: &str) -> Tag {
    rule.decide(&[mail::Decoded::Sound(text.to_owned())])
}
