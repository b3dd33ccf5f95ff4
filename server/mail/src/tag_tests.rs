//! Tests of the tag rule, most of them tables from raw Subject values to decisions.

use proptest::prelude::*;

use super::Tag::*;
use super::*;
use crate::header::HeaderSection;

fn decide_raw(values: &[&[u8]]) -> Tag {
    let mut content = b"From: clinic@example.org\r\n".to_vec();
    for value in values {
        content.extend_from_slice(b"Subject:");
        content.extend_from_slice(value);
        content.extend_from_slice(b"\r\n");
    }
    content.extend_from_slice(b"\r\nbody");
    TagRule::default().decide(&HeaderSection::split(&content).unwrap().subjects())
}

fn decide(value: &str) -> Tag {
    decide_raw(&[value.as_bytes()])
}

#[test]
fn the_exact_tag_at_the_start_seals() {
    for value in [
        " [secure] results",
        "[secure] results",
        "[secure]results",
        " [secure]",
        " [SECURE] results",
        " [SeCuRe] results",
        "   \t [secure] results",
        " \u{a0}[secure] results",
        "\r\n [secure] results",
        "\r\n\t[secure]\r\n\tresults",
        " [\u{17f}ecure] long s folds to s",
        " [secure] [secure] results",
        " Re: [secure] results",
        " RE:[secure] results",
        " re : [secure] results",
        " Fw: [secure] results",
        " FWD: [secure] results",
        " Re: Fwd: RE: [secure] results",
        " Re:Fw:[secure]",
        " RE[2]: [secure] results",
        " Re[12]: Re (3): [secure] results",
        " Re^2: [secure] results",
        " Re2: [secure] results",
        " Re： [secure] results",
        " AW: WG: SV: [secure] results",
        " Antw: [secure] results",
        " ATB: YML: [secure] canlyniadau",
        " Ynghylch: [secure] canlyniadau",
        " TR : [secure] résultats",
        " [secure] Re: results",
    ] {
        assert_eq!(decide(value), Exact, "{value:?}");
    }
}

#[test]
fn the_exact_tag_is_seen_through_every_encoding() {
    for value in [
        " =?utf-8?q?=5Bsecure=5D_r=C3=A9sultats?=",
        " =?UTF-8?Q?[secure]_r=C3=A9sultats?=",
        " =?utf-8?b?W3NlY3VyZV0gcsOpc3VsdGF0cw==?=",
        " =?utf-8?B?W3NlY3VyZV0gcsOpc3VsdGF0cw?=",
        " =?iso-8859-1?q?=5Bsecure=5D_r=E9sultats?=",
        " =?iso-8859-1*en?q?=5Bsecure=5D_r=E9sultats?=",
        " =?windows-1252?Q?=5BSecure=5D=96results?=",
        " =?us-ascii?q?=5Bsecure=5D?= results",
        " =?iso-2022-jp?b?W3NlY3VyZV0gGyRCJCIbKEI=?=",
        // The tag is cut in two, or in many.
        " =?utf-8?q?=5BSEC?= =?utf-8?q?URE=5D_x?=",
        " =?utf-8?q?=5BSEC?=\r\n =?iso-8859-1?b?VVJFXSB4?=",
        " =?utf-8?q?=5B?= =?utf-8?q?s?=\r\n\t=?utf-8?q?ecu?=   =?utf-8?q?re=5D?=",
        " [=?utf-8?q?secure?=] results",
        " [sec=?utf-8?q?ure=5D?= results",
        // Only the prefix, or only the rest, is encoded.
        " =?utf-8?q?Re=3A?= [secure] results",
        " =?utf-8?q?Re=3A_=5Bsecure=5D?= results",
        " Re: =?utf-8?q?=5Bsecure=5D_r=C3=A9sultats?=",
        " [secure] =?utf-8?q?r=C3=A9sultats?=",
        // Damage behind the tag does not hide it.
        " [secure] =?klingon?q?x?=",
        // ASCII stays ASCII in these.
        " =?utf-7?q?[secure]_x?=",
    ] {
        assert_eq!(decide(value), Exact, "{value:?}");
    }
    assert_eq!(decide_raw(&[b" [secure] r\xE9sultats"]), Exact);
}

#[test]
fn the_tag_elsewhere_in_the_subject_seals() {
    for value in [
        " results [secure]",
        " results [SECURE] of today",
        " [EXTERNAL] [secure] results",
        " Question: [secure] results",
        " results[secure]today",
        " =?utf-8?q?results_=5Bse?= =?utf-8?q?cure=5D?=",
        " - [secure]",
        " [[secure]]",
        " Re [secure] results",
    ] {
        assert_eq!(decide(value), Elsewhere, "{value:?}");
    }
}

#[test]
fn a_subject_that_cannot_be_read_seals() {
    for value in [
        &b" =?klingon?q?results?="[..],
        b" =?utf-8?x?results?=",
        b" =?utf-8?q?results",
        b" =?utf-8?",
        b" =?utf-8?q?a=GG?=",
        b" =?utf-8?q?=FF=FE?=",
        b" =?utf-8?b?!!!!?=",
        b" =?utf-8?b?YWJjY?=",
        b" =?utf-7?q?+AFs-other+AF0-?=",
        b" =?utf-16?b?AHIAZQBzAHUAbAB0AHM=?=",
        b" =?utf-16le?b?cgBlAHMAdQBsAHQAcwA=?=",
        b" =?utf-32be?b?AAAAcg==?=",
        b" =?us-ascii?q?res=00ults?=",
        b" r\xE9sultats",
        b" \xC3",
        b" res\x1bults",
        b" res\x00ults",
    ] {
        assert_eq!(decide_raw(&[value]), Undecodable, "{value:?}");
    }
}

#[test]
fn several_subjects_of_which_one_has_the_tag_seal() {
    for (values, expected) in [
        (&[&b" [secure] x"[..], b" x"][..], Conflicting),
        (&[b" x", b" [secure] x"], Conflicting),
        (&[b" x", b" y", b" about [secure]"], Conflicting),
        (&[b" [secure] x", b" [secure] x"], Conflicting),
        (&[b" x", b" =?klingon?q?y?="], Undecodable),
        (&[b" =?klingon?q?y?=", b" [secure]"], Conflicting),
        (&[b" x", b" y"], Absent),
        (&[b"", b""], Absent),
    ] {
        assert_eq!(decide_raw(values), expected, "{values:?}");
    }
}

#[test]
fn without_the_tag_nothing_is_sealed() {
    for value in [
        "",
        " ",
        " results",
        " résultats",
        " =?utf-8?q?r=C3=A9sultats?=",
        " Re: results",
        " security results",
        " is 2 =? 3",
    ] {
        assert_eq!(decide(value), Absent, "{value:?}");
    }
    assert_eq!(decide_raw(&[]), Absent);
}

#[test]
fn every_decision_but_absent_is_tagged() {
    for tag in [Exact, Elsewhere, NearMiss, Undecodable, Conflicting] {
        assert!(tag.is_tagged());
    }
    assert!(!Absent.is_tagged());
}

#[test]
fn the_tag_is_removed_once_from_what_the_recipient_sees() {
    for (subject, shown) in [
        ("[secure] résultats", "résultats"),
        ("[Secure]résultats", "résultats"),
        ("Re: [secure] résultats", "Re: résultats"),
        ("RE[2]: Fwd:[SECURE] résultats", "RE[2]: Fwd: résultats"),
        ("[secure] [secure] résultats", "[secure] résultats"),
        ("[secure] Re: [secure] résultats", "Re: [secure] résultats"),
        ("résultats [secure]", "résultats"),
        ("les [secure] résultats", "les résultats"),
        ("les[secure] résultats", "les résultats"),
        ("[secure]", ""),
        ("Re: [secure]", "Re:"),
        ("résultats", "résultats"),
        ("", ""),
    ] {
        assert_eq!(TagRule::default().strip(subject), shown, "{subject:?}");
    }
}

#[test]
fn answers_keep_the_tag_exactly_once() {
    let rule = TagRule::default();
    for (subject, restored, answer) in [
        ("résultats", "[secure] résultats", "Re: [secure] résultats"),
        (
            "[secure] résultats",
            "[secure] résultats",
            "Re: [secure] résultats",
        ),
        (
            "Re: résultats",
            "Re: [secure] résultats",
            "Re: [secure] résultats",
        ),
        (
            "Re: [SECURE]résultats",
            "Re: [secure] résultats",
            "Re: [secure] résultats",
        ),
        (
            "Re: [secure] [secure] x",
            "Re: [secure] x",
            "Re: [secure] x",
        ),
        ("Re: [sec[secure]ure] x", "Re: [secure] x", "Re: [secure] x"),
        ("x [secure] y", "[secure] x y", "Re: [secure] x y"),
        ("AW: Re:x", "AW: Re: [secure] x", "AW: Re: [secure] x"),
        ("Re:", "Re: [secure]", "Re: [secure]"),
        ("", "[secure]", "Re: [secure]"),
    ] {
        assert_eq!(
            (rule.restore(subject), rule.answer(subject)),
            (restored.into(), answer.into())
        );
    }
}

#[test]
fn other_tags_can_be_configured() {
    let rule = TagRule::new(["[diogel]", "secure:", "Confidential", "[for  the patient]"]).unwrap();
    let decide = |subject: &str| rule.decide(&[Decoded::Sound(subject.to_owned())]);
    for (subject, expected) in [
        ("[Diogel] canlyniadau", Exact),
        ("ATB: [diogel] canlyniadau", Exact),
        ("SECURE: results", Exact),
        ("confidential", Exact),
        ("Confidential, results", Exact),
        ("confidentially", Absent),
        ("nonconfidential", Absent),
        ("very confidential!", Elsewhere),
        ("[for the\tpatient] x", Exact),
        ("[forthe patient] x", NearMiss),
        ("[secure] results", NearMiss),
        ("[security] results", Absent),
    ] {
        assert_eq!(decide(subject), expected, "{subject:?}");
    }
    assert_eq!(
        rule.restore("Re: confidential results"),
        "Re: [diogel] results"
    );
}

#[test]
fn a_list_of_tags_that_is_no_rule_is_refused() {
    let none: [&str; 0] = [];
    assert_eq!(TagRule::new(none), Err(TagRuleError::None));
    assert_eq!(TagRule::new(["[secure]", " "]), Err(TagRuleError::Empty));
    assert_eq!(TagRule::new(["a\nb"]), Err(TagRuleError::ControlCharacter));
    assert!(TagRule::new(["é".repeat(64)]).is_ok());
    assert_eq!(TagRule::new(["é".repeat(65)]), Err(TagRuleError::TooLong));
}

#[test]
fn a_subject_of_nothing_but_tags_is_no_load() {
    let subject = "[secure]".repeat(8_000);
    assert_eq!(TagRule::default().restore(&subject), "[secure]");
    let nested = |depth| "[sec".repeat(depth) + &"ure]".repeat(depth);
    assert_eq!(TagRule::default().restore(&nested(MAX_TAGS)), "[secure]");
    assert_eq!(TagRule::default().restore(&nested(124)), "[secure]");
    let prefixes = "Re: ".repeat(16_000).trim_end().to_owned();
    assert_eq!(TagRule::default().strip(&prefixes), prefixes);
}

/// 1 MB each, made so that looking again from every place would not end today.
fn long_subjects() -> [String; 5] {
    [
        "[secure]".repeat(125_000),
        "[sec".repeat(125_000) + &"ure]".repeat(125_000),
        "Re: ".repeat(250_000),
        "[secure".repeat(143_000),
        format!("[for{}patient", " \u{a0}the".repeat(170_000)),
    ]
}

#[test]
fn the_whole_of_a_long_subject_is_looked_at() {
    let rule = TagRule::new(["[secure]", "[for the the the patient]"]).unwrap();
    let decide = |subject: &str| rule.decide(&[Decoded::Sound(subject.to_owned())]);
    assert_eq!(decide(&("x".repeat(1_000_000) + "[secure]")), Elsewhere);
    assert_eq!(
        rule.strip(&("x".repeat(1_000_000) + "[secure]")),
        "x".repeat(1_000_000)
    );
    let found = long_subjects().map(|subject| {
        assert!(rule.strip(&subject).len() <= subject.len());
        decide(&subject)
    });
    assert_eq!(found, [Exact, Elsewhere, Absent, NearMiss, Absent]);
}

#[test]
fn the_subject_of_an_answer_is_a_header_value_however_long_the_first_one_was() {
    for rule in [TagRule::default(), TagRule::new(["secure", "é"]).unwrap()] {
        for subject in long_subjects().into_iter().chain([
            "x".repeat(1_000_000),
            "é".repeat(1_000_000),
            // The cut makes a tag of a word that was none.
            "x ".repeat(495) + "securely and more",
            "x ".repeat(490) + "securely and more",
            "x ".repeat(MAX_SUBJECT / 2 - 10) + &"securely".repeat(9),
        ]) {
            let restored = rule.restore(&subject);
            let answer = rule.answer(&subject);
            assert!(restored.chars().count() <= MAX_SUBJECT);
            assert!(answer.chars().count() <= MAX_SUBJECT);
            for made in [&restored, &answer] {
                assert_eq!(rule.decide(&[Decoded::Sound(made.clone())]), Exact);
                assert!(rule.find(&rule.strip(made)).is_none(), "one tag, not two");
            }
            assert!(rule.restore(&restored) == restored, "restoring is stable");
        }
    }
}

#[test]
fn a_subject_as_long_as_a_line_is_cut_only_for_its_tag() {
    let room = MAX_SUBJECT - "[secure]".len() - "Re: ".len() - 2;
    let whole = "x".repeat(room);
    assert_eq!(
        TagRule::default().answer(&whole),
        format!("Re: [secure] {whole}")
    );
    assert_eq!(
        TagRule::default().answer(&(whole.clone() + "y")),
        format!("Re: [secure] {whole}")
    );
}

proptest! {
    #[test]
    fn any_subject_with_the_tag_is_sealed(before in ".{0,20}", after in ".{0,20}") {
        let value = format!(" {}[secure]{}", before.replace(['\r', '\n'], " "), after.replace(['\r', '\n'], " "));
        prop_assert!(decide(&value).is_tagged());
    }

    #[test]
    fn any_octets_as_subject_have_a_decision(value: Vec<u8>) {
        decide_raw(&[&value]);
    }

    #[test]
    fn stripping_shortens_and_restoring_is_stable(
        subject in "(Re: |Fw:|\\[secure\\]|\\[SECURE\\] |[a-zé ]{0,6}|\\[sec|ure\\]){0,8}",
    ) {
        let rule = TagRule::default();
        prop_assert!(rule.strip(&subject).len() <= subject.len());
        let once = rule.restore(&subject);
        prop_assert_eq!(rule.restore(&once), once.clone());
        prop_assert_eq!(once.to_lowercase().matches("[secure]").count(), 1);
        prop_assert_eq!(rule.decide(&[Decoded::Sound(once)]), Exact);
    }
}
