//! Tests of near misses: which subjects come close enough, and what is removed from them.

use proptest::prelude::*;

use crate::encoded_word::Decoded;
use crate::tag::Tag::{self, *};
use crate::tag::TagRule;

/// Looked at one by one after 192,774 real subjects had been; decision 0012 has the figures.
const CLOSE: &str = include_str!("close_subjects.txt");

fn decide(rule: &TagRule, subject: &str) -> Tag {
    rule.decide(&[Decoded::Sound(subject.to_owned())])
}

fn unescaped(line: &str) -> String {
    let mut pieces = line.split("\\u{");
    let mut text = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (number, rest) = piece.split_once('}').unwrap();
        text.push(char::from_u32(u32::from_str_radix(number, 16).unwrap()).unwrap());
        text.push_str(rest);
    }
    text
}

#[test]
fn every_close_subject_is_decided_as_it_was_when_it_was_looked_at() {
    let rule = TagRule::default();
    let lines = CLOSE.lines().filter(|line| !line.starts_with('#'));
    let wrong: Vec<_> = lines
        .filter(|line| {
            let (expected, subject) = line.split_once(' ').unwrap_or((line, ""));
            let expected = if expected == "+" { NearMiss } else { Absent };
            decide(&rule, &unescaped(subject)) != expected
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_was_taken_for_the_tag_is_removed() {
    for (subject, shown) in [
        ("[secrue] results", "results"),
        ("[ s e c u r e ]results", "results"),
        ("(secure) results", "results"),
        ("Re: (secure) results", "Re: results"),
        ("[secure results", "results"),
        ("[secure results (final)", "results (final)"),
        ("[secureresults", "results"),
        ("secure] results", "results"),
        ("results [secrue] of today", "results of today"),
        ("results [secrue", "results"),
        ("secure results", "results"),
        ("secure: results", "results"),
        ("secure - results", "results"),
        ("secure – results", "results"),
        ("*secure* results", "results"),
        ("]secure[ results", "results"),
        ("[secure[ results", "[ results"),
        ("[secure email] results", "email] results"),
        ("Re: \u{200b}secure\u{200b} results", "Re: results"),
        ("[se\u{301}cure\u{301}]\u{301} results", "results"),
        ("Re: [ѕеcurе] results", "Re: results"),
        ("secure (final) results", "(final) results"),
        ("secure -5 degrees", "-5 degrees"),
        ("secure", ""),
        ("security results", "security results"),
    ] {
        assert_eq!(TagRule::default().strip(subject), shown, "{subject:?}");
    }
}

#[test]
fn an_answer_keeps_the_thread_secure_and_the_words_of_its_subject() {
    for (subject, answer) in [
        ("Re: [secrue] results", "Re: [secure] results"),
        ("[secure results", "Re: [secure] results"),
        ("results", "Re: [secure] results"),
        // The subject of an answer has lost its tag already: this word is its own.
        ("Secure parking", "Re: [secure] Secure parking"),
        ("[secure] Secure parking", "Re: [secure] Secure parking"),
        ("[secure] (secure) parking", "Re: [secure] (secure) parking"),
        ("[sec[secrue]ure] x", "Re: [secure] x"),
    ] {
        assert_eq!(TagRule::default().answer(subject), answer, "{subject:?}");
    }
}

#[test]
fn the_exact_tag_goes_before_a_near_miss_and_a_near_miss_before_damage() {
    let rule = TagRule::default();
    assert_eq!(decide(&rule, "[secure] (secure) x"), Exact);
    assert_eq!(decide(&rule, "(secure) x [secure]"), Elsewhere);
    assert_eq!(rule.strip("(secure) x [secure]"), "(secure) x");
    let damaged = |text: &str| Decoded::Damaged(text.to_owned());
    assert_eq!(rule.decide(&[damaged("[secrue] x")]), NearMiss);
    assert_eq!(rule.decide(&[damaged("x")]), Undecodable);
    let sound = |text: &str| Decoded::Sound(text.to_owned());
    assert_eq!(rule.decide(&[sound("x"), sound("[secrue] x")]), NearMiss);
    assert_eq!(rule.decide(&[damaged("x"), sound("[secrue] x")]), NearMiss);
    let both = [sound("[secrue] x"), sound("x [secure]")];
    assert_eq!(rule.decide(&both), Conflicting);
}

#[test]
fn the_shorter_a_tag_the_less_may_be_wrong() {
    for (tag, near, absent) in [
        ("[s]", "(s) x", "[ss] x"),
        ("[sec]", "(sec) x", "[sex] x"),
        ("[sec]", "sec] x", "[se] x"),
        ("[sec]", "[sec x", "sec x"),
        ("[sec]", "[ s.e.c. ] x", "Sec 3"),
        ("[safe]", "[save] x", "[sane case] x"),
        ("[safe]", "[safw] x", "[sfaw] x"),
        ("[safe]", "{safe} x", "safe x"),
        ("[trust]", "[trsut] x", "[truth be told] x"),
        ("[trust]", "trust x", "thrusts x"),
        ("[diogel]", "[diogle] x", "[dogma] x"),
        ("[diogel]", "ATB: diogel x", "dioddef x"),
        (
            "[official-sensitive]",
            "OFFICIAL SENSITIVE: x",
            "official x",
        ),
        (
            "[official-sensitive]",
            "[OFFICAL SENSITVE] x",
            "[official] x",
        ),
        ("[for the patient]", "for teh patient x", "for the doctor"),
        ("[for the patient]", "[forthepatient] x", "for theirs"),
        ("Confidential", "[confidental] x", "confidentially x"),
        ("Confidential", "CONFLDENTIAL: x", "very confidental x"),
        ("[MEMO]", "[rnerno] x", "[demos] x"),
        ("[équipe]", "[equipe] x", "[equal] x"),
        ("[équipe]", "[e\u{301}quipe] x", "e"),
        ("[конфиденциально]", "[конфиденцально] x", "конфискация"),
        ("[机密文件夹]", "【机密文件夹】 x", "文件"),
    ] {
        let rule = TagRule::new([tag]).unwrap();
        assert_eq!(decide(&rule, near), NearMiss, "{tag} {near}");
        assert_eq!(decide(&rule, absent), Absent, "{tag} {absent}");
    }
}

#[test]
fn a_tag_without_letters_has_no_near_miss() {
    let rule = TagRule::new(["[!]", "***"]).unwrap();
    for subject in ["(!) x", "!", "**", "[] x", "x"] {
        assert_eq!(decide(&rule, subject), Absent, "{subject}");
    }
    assert_eq!(decide(&rule, "[!] x"), Exact);
}

#[test]
fn each_of_several_tags_has_its_near_misses() {
    let rule = TagRule::new(["[secure]", "[diogel]"]).unwrap();
    assert_eq!(decide(&rule, "(diogel) x"), NearMiss);
    assert_eq!(rule.strip("(diogel) x"), "x");
    assert_eq!(rule.answer("(diogel) x"), "Re: [secure] x");
}

/// 100 KB and more each. Whoever looked at each place as far as the end would not be back today.
#[test]
fn a_long_subject_is_no_load() {
    let rule = TagRule::new(["[secure]", "[for the the the patient]"]).unwrap();
    for (subject, expected) in [
        ("[".repeat(100_000), Absent),
        ("]".repeat(100_000), Absent),
        ("[ ".repeat(50_000), Absent),
        ("[s".repeat(50_000), Absent),
        ("secur ".repeat(16_000), NearMiss),
        ("[x secur".repeat(12_000), Absent),
        ("x]".repeat(50_000), Absent),
        ("s ".repeat(50_000), Absent),
        (format!("[{}", " ".repeat(100_000)), Absent),
        ("\u{301}".repeat(50_000), Absent),
        ("\u{200b}Re:".repeat(16_000), Absent),
        ("x".repeat(100_000) + "[secrue]", NearMiss),
    ] {
        assert_eq!(decide(&rule, &subject), expected, "{}", &subject[..9]);
        assert!(rule.strip(&subject).len() <= subject.len());
    }
}

proptest! {
    #[test]
    fn one_wrong_letter_in_brackets_seals(at in 0..6_usize, letter in "[a-z]", before in "([a-z]{1,8} ){0,3}") {
        let mut word: Vec<char> = "secure".chars().collect();
        word[at] = letter.chars().next().unwrap();
        let word: String = word.into_iter().collect();
        let tag = decide(&TagRule::default(), &format!("{before}[{word}] x"));
        prop_assert!(tag.is_tagged());
    }

    #[test]
    fn two_exchanged_letters_seal(at in 0..5_usize) {
        let mut word: Vec<char> = "secure".chars().collect();
        word.swap(at, at + 1);
        let word: String = word.into_iter().collect();
        for subject in [format!("[{word}] x"), format!("{word} x"), format!("Re: ({word} x")] {
            prop_assert_eq!(decide(&TagRule::default(), &subject), NearMiss);
        }
    }

    #[test]
    fn what_cannot_be_seen_hides_nothing(
        unseen in "[\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{2064}\u{feff}\u{ad}\u{300}-\u{36f}\u{fe00}-\u{fe0f}]{1,3}",
        at in 0..8_usize,
    ) {
        let (left, right) = "[secure]".split_at(at);
        let subject = format!("{left}{unseen}{right} results");
        let rule = TagRule::default();
        prop_assert!(decide(&rule, &subject).is_tagged());
        prop_assert!(rule.strip(&subject).ends_with("results"));
        prop_assert!(!rule.strip(&subject).contains("secure"));
    }

    #[test]
    fn any_text_has_an_answer_and_stripping_never_lengthens(
        subject in "(\\[|\\]|\\(|s|e|c|u|r|secure|é|\u{200b}|\u{301}|ⅷ|㎏|⑴|ﷺ|Re:| |-|x){0,14}",
        any in ".{0,12}",
    ) {
        let rule = TagRule::new(["[secure]", "[sec]", "é"]).unwrap();
        for text in [&subject, &any, &(any.clone() + &subject)] {
            let tag = decide(&rule, text);
            let stripped = rule.strip(text);
            prop_assert!(stripped.len() <= text.len());
            prop_assert!(tag != Absent || stripped == *text);
            prop_assert!(decide(&rule, &rule.answer(text)) == Exact);
            let once = rule.restore(text);
            prop_assert_eq!(rule.restore(&once), once);
        }
    }
}
