//! What readers and machines find in the mails, in each language.

use mail::TagRule;

use super::*;
use crate::intake::MOST_PARTICIPANTS;

fn mails(organisation: &str) -> Mails {
    let host: Domain = "secure.example.org".parse().expect("domain");
    Mails::new(organisation, &host, &host)
}

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().expect("instant")
}

/// 22 December 2026, in the evening.
const EXPIRES: Timestamp = Timestamp::constant(1_797_966_000, 0);

const NOTICE: Notice<'_> = Notice {
    reference: "K7Q-4MDX",
    link: "https://secure.example.org/m/0123456789abcdefghjkmnpqr0#1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    message_key: "0000-0000-0",
    expires: EXPIRES,
    escrow: false,
    sender: None,
};

fn notice(organisation: &str) -> String {
    notice_of(organisation, &NOTICE)
}

fn notice_of(organisation: &str, notice: &Notice<'_>) -> String {
    written(&mails(organisation), notice, None)
}

fn written(mails: &Mails, notice: &Notice<'_>, language: Option<Language>) -> String {
    let address = "patient@example.com".parse().expect("address");
    let to = To {
        address: &address,
        bounce: "bounce+token",
        language,
    };
    let mail = mails.notice(&to, Uuid::nil(), notice, now());
    String::from_utf8(mail.expect("notice").octets).expect("ASCII")
}

/// A mail's text part as its reader sees it.
fn text_of(mail: &str) -> String {
    let parsed = mail_parser::MessageParser::default()
        .parse(mail)
        .expect("a mail");
    parsed.body_text(0).expect("a text").into_owned()
}

fn bilingual() -> Mails {
    let host: Domain = "secure.example.org".parse().expect("domain");
    let mut letterhead = Letterhead::new("Example Trust");
    letterhead.welsh_name = "Ymddiriedolaeth Enghraifft".to_owned();
    letterhead.languages = vec![Language::Welsh, Language::English];
    letterhead.notice = "Lines are open from 9am.".to_owned();
    letterhead.welsh_notice = "Mae'r llinellau ar agor o 9yb.".to_owned();
    Mails::under(letterhead, &host, &host)
}

#[test]
fn a_notice_has_its_link_alone_on_a_line_and_the_headers_that_machines_read() {
    let text = notice("Example Trust");
    assert!(text.contains(&format!("\r\n{}\r\n", NOTICE.link)), "{text}");
    for header in [
        "X-Sealpost-Kind: notice\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Message-ID: <00000000000000000000000000000000.notice@secure.example.org>\r\n",
        "Subject: You have a secure message from Example Trust\r\n",
    ] {
        assert!(text.contains(header), "{header} in {text}");
    }
    assert!(!text.contains("<img"));
    assert!(text.lines().all(|line| line.len() <= 998));
}

#[test]
fn the_text_part_of_a_notice_has_at_most_twelve_lines_in_one_language() {
    let escrow = Notice {
        escrow: true,
        sender: Some("the.clinic@example.org"),
        ..NOTICE
    };
    for language in Language::ALL {
        let text = text_of(&written(&bilingual(), &escrow, Some(language)));
        assert!(text.trim_end().lines().count() <= 12, "{text}");
    }
}

#[test]
fn a_notice_is_in_the_language_that_its_reader_chose() {
    let (english, welsh) = (
        "You can read it until 22 December 2026",
        "Gallwch ei darllen tan 22 Rhagfyr 2026",
    );
    for (chosen, has, has_not, tag) in [
        (Language::English, english, "Gallwch", "en"),
        (Language::Welsh, welsh, "You can", "cy"),
    ] {
        for mails in [bilingual(), mails("Example Trust")] {
            let mail = written(&mails, &NOTICE, Some(chosen));
            let text = text_of(&mail);
            assert!(text.contains(has) && !text.contains(has_not), "{text}");
            assert!(
                mail.contains(&format!("Content-Language: {tag}\r\n")),
                "{mail}"
            );
            assert!(
                mail.contains(&format!("<html lang=\"{tag}\" dir=\"ltr\">")),
                "{mail}"
            );
        }
    }
}

#[test]
fn a_notice_to_who_has_chosen_nothing_is_in_both_with_one_link_and_the_welsh_first() {
    let mail = written(&bilingual(), &NOTICE, None);
    let text = text_of(&mail);
    assert_eq!(text.matches(NOTICE.link).count(), 1, "{text}");
    assert!(text.lines().any(|line| line == NOTICE.link), "{text}");
    assert_eq!(text.matches(NOTICE.message_key).count(), 1, "{text}");
    let place = |words| {
        text.find(words)
            .unwrap_or_else(|| panic!("{words} in {text}"))
    };
    assert!(
        place("Mae Ymddiriedolaeth Enghraifft wedi anfon") < place("Example Trust has sent you")
    );
    for both in [
        "tan 22 Rhagfyr 2026",
        "until 22 December 2026",
        "agor o 9yb.",
        "open from 9am.",
    ] {
        assert!(text.contains(both), "{both} in {text}");
    }
    assert!(mail.contains("Content-Language: cy, en\r\n"), "{mail}");
    assert!(
        mail.contains("From: \"Ymddiriedolaeth Enghraifft\" <noreply@"),
        "{mail}"
    );
    let subject = mail_parser::MessageParser::default()
        .parse(&mail)
        .expect("a mail");
    assert_eq!(
        subject.subject(),
        Some(
            "Mae gennych neges ddiogel gan Ymddiriedolaeth Enghraifft / You have a secure message from Example Trust"
        )
    );
}

/// An encoding would break the link over lines.
#[test]
fn a_welsh_notice_needs_no_encoding() {
    for chosen in [Some(Language::Welsh), None] {
        let mail = written(
            &bilingual(),
            &Notice {
                escrow: true,
                ..NOTICE
            },
            chosen,
        );
        assert!(mail.contains(&format!("\r\n{}\r\n", NOTICE.link)), "{mail}");
        assert!(
            !mail.contains("quoted-printable") && !mail.contains("base64"),
            "{mail}"
        );
    }
}

#[test]
fn several_messages_in_one_notice_are_counted_in_each_language() {
    let address = "patient@example.com".parse().expect("address");
    for (count, chosen, said) in [
        (2, Language::Welsh, "wedi anfon 2 neges ddiogel atoch."),
        (3, Language::English, "has sent you 3 secure messages."),
        (6, Language::Welsh, "wedi anfon 6 neges ddiogel atoch."),
    ] {
        let to = To {
            address: &address,
            bounce: "bounce+token",
            language: Some(chosen),
        };
        let messages: Vec<_> = (0..count).map(|_| NOTICE).collect();
        let mail = bilingual().gathered(&to, Uuid::nil(), &messages, now());
        let text = text_of(&String::from_utf8(mail.expect("mail").octets).expect("ASCII"));
        assert!(text.contains(said), "{text}");
        assert_eq!(
            text.lines().filter(|line| *line == NOTICE.link).count(),
            count,
            "{text}"
        );
    }
}

#[test]
fn every_mail_is_written_in_each_language_and_in_both() {
    let host: Domain = "secure.example.org".parse().expect("domain");
    let [english, welsh] = Language::ALL;
    for languages in [vec![english], vec![welsh], vec![welsh, english]] {
        let mut letterhead = Letterhead::new("Example Trust");
        letterhead.languages = languages.clone();
        let mails = Mails::under(letterhead, &host, &host);
        let samples = mails.samples("https://secure.example.org", None, true, now());
        let samples = samples.expect("every mail");
        assert_eq!(samples.len(), 9 + store::Topic::ALL.len() + 5 + 5);
        for (name, mail) in samples {
            let octets = String::from_utf8(mail.octets).expect("ASCII");
            // A command is in no language.
            let text = text_of(&octets).replace("sealpost messages extend", "");
            assert!(
                !text.contains("{{") && !text.contains("{ $"),
                "{name}: {text}"
            );
            // A word that stands in every text of a language, and in none of the other.
            let spoken = |words: &[&str]| words.iter().any(|word| text.contains(word));
            let welsh_words = spoken(&["eich ", "neges ", "Mae"]);
            let english_words = spoken(&["your ", "message", "You "]);
            assert_eq!(welsh_words, languages.contains(&welsh), "{name}: {text}");
            assert_eq!(
                english_words,
                languages.contains(&english),
                "{name}: {text}"
            );
            if !["reply", "reply-to-all"].contains(&name.as_str()) {
                let tags: Vec<_> = languages.iter().map(|one| one.tag()).collect();
                let field = format!("Content-Language: {}\r\n", tags.join(", "));
                assert!(octets.contains(&field), "{name}: {octets}");
            }
        }
    }
}

#[test]
fn a_reply_to_all_names_who_gets_it_and_says_who_does_not() {
    let samples = bilingual().samples("https://secure.example.org", None, true, now());
    let samples = samples.expect("every mail");
    let find = |wanted: &str| -> String {
        let mut found = samples.iter().filter(|(name, _)| name == wanted);
        let (_, mail) = found.next().expect("a sample");
        String::from_utf8(mail.octets.clone()).expect("ASCII")
    };
    let to_all = find("reply-to-all");
    assert!(to_all.contains("\r\nTo: clinic@example.org, ward@example.org\r\n"));
    let text = text_of(&to_all);
    let left = text.lines().filter(|line| *line == "  school@example.net");
    assert_eq!(left.count(), 2, "{text}");
    let alone = find("reply");
    assert!(alone.contains("\r\nTo: clinic@example.org\r\n"));
    assert!(!text_of(&alone).contains("did not get it"));

    let report = text_of(&find("report-of-reply"));
    assert!(
        report.contains("A secure reply did not reach everybody."),
        "{report}"
    );
    assert!(report.contains("ward@example.org"), "{report}");
    assert!(!report.contains("Check each address"), "{report}");
    let report = text_of(&find("report-failed"));
    assert!(report.contains("Check each address"), "{report}");
}

#[test]
fn every_text_of_the_mails_is_used() {
    let templates: String = TEXTS
        .iter()
        .chain(&HTMLS)
        .map(|(_, source)| *source)
        .collect();
    let sources = [
        templates.as_str(),
        include_str!("../mails.rs"),
        include_str!("report.rs"),
    ]
    .concat();
    for key in mails("Example Trust").speech.words.keys() {
        let by_rule = ["month-", "clock-", "date"]
            .iter()
            .any(|stem| key.starts_with(stem))
            || key.ends_with("-subject");
        assert!(
            by_rule || sources.contains(&format!("\"{key}\"")),
            "{key} is not used"
        );
    }
}

#[test]
fn a_notice_says_in_both_parts_that_there_is_an_escrow_key_and_nothing_of_it_without() {
    const SENTENCE: &str = "Example Trust keeps an offline key that can open this message.";
    let with = notice_of(
        "Example Trust",
        &Notice {
            escrow: true,
            ..NOTICE
        },
    );
    assert_eq!(with.matches(SENTENCE).count(), 2, "{with}");
    assert!(
        with.contains(&format!("\r\n{SENTENCE}\r\nIf the link")),
        "{with}"
    );
    let without = notice("Example Trust");
    assert!(!without.contains("offline"), "{without}");
    assert!(
        without.contains("bank details.\r\nIf the link"),
        "{without}"
    );
}

#[test]
fn an_organisation_with_markup_and_line_ends_breaks_nothing() {
    let text = notice("Trust <b>&\r\nBcc: x@example.com\r\n\r\n");
    assert!(text.contains("Trust &lt;b&gt;&amp;"), "{text}");
    let header = text.split("\r\n\r\n").next().expect("a header section");
    assert!(!header.contains("\r\nBcc:"), "{header}");
}

#[test]
fn a_code_mail_begins_with_the_code_and_has_it_in_no_header() {
    let address = "patient@example.com".parse().expect("address");
    let code = Code {
        code: "1234 5678",
        reference: "K7Q-4MDX",
        minutes: 15,
    };
    let code_in = |language| {
        let to = To {
            address: &address,
            bounce: "bounce+token",
            language,
        };
        let mail = bilingual().code(&to, Uuid::nil(), &code, now());
        String::from_utf8(mail.expect("mail").octets).expect("ASCII")
    };
    let both = text_of(&code_in(None));
    let first: Vec<&str> = both.lines().take(2).collect();
    assert_eq!(
        first,
        [
            "1234 5678 yw eich cod diogelwch gan Ymddiriedolaeth Enghraifft.",
            "1234 5678 is your security code from Example Trust.",
        ]
    );
    assert!(
        both.contains("am 15 munud, unwaith.") && both.contains("for 15 minutes, once."),
        "{both}"
    );
    let text = code_in(Some(Language::English));
    let (header, body) = text.split_once("\r\n\r\n").expect("a header section");
    assert!(!header.contains("1234"), "{header}");
    assert!(body.contains("\r\n\r\n1234 5678 is your security code from Example Trust.\r\n"));
}

#[test]
fn days_are_told_in_uk_time() {
    assert_eq!(
        day_in_words("2026-07-01T23:30:00Z".parse().expect("t")),
        "2 July 2026"
    );
    assert_eq!(
        day_in_words("2026-12-01T23:30:00Z".parse().expect("t")),
        "1 December 2026"
    );
}

/// A reply whose fields are all as long as they may be, to as many people as it may name; or not to
/// them any more.
fn longest_reply(text: &str, files: Vec<Vec<u8>>, to_all: bool) -> Vec<u8> {
    let address = |local: usize, domain: usize| -> Address {
        let labels = vec!["d".repeat(60); domain / 61].join(".");
        format!("{}@{labels}.example", "l".repeat(local))
            .parse()
            .expect("an address")
    };
    let (sender, recipient) = (address(64, 180), address(64, 180));
    let others = vec![sender.clone(); MOST_PARTICIPANTS];
    let (also_to, not_to): (&[Address], &[Address]) = match to_all {
        true => (&others, &[]),
        false => (&[], &others),
    };
    let id = |c: char| format!("<{}@example.org>", c.to_string().repeat(880));
    let references: Vec<_> = std::iter::repeat_n(id('r'), 1_000).collect();
    let files = files.into_iter().map(|octets| ReplyFile {
        name: "\u{1f4c4}".repeat(1_024),
        media_type: format!("application/{}", "x".repeat(115)),
        octets,
    });
    let reply = SecureReply {
        id: Uuid::nil(),
        to: &sender,
        also_to,
        not_to,
        recipient: &recipient,
        reply_to_local: &"t".repeat(64),
        subject: &"\u{1f4c4}".repeat(1_024),
        in_reply_to: Some(&id('a')),
        references: &references,
        reference: "R4T-9KXM",
        text,
        files: files.collect(),
        sent_at: now(),
    };
    let mail = bilingual().reply(reply, &TagRule::default());
    mail.expect("a mail").octets
}

#[test]
fn the_largest_reply_makes_a_mail_within_the_limit_whatever_it_is_made_of() {
    const LIMIT: u64 = 1024 * 1024;
    let most = usize::try_from(largest_reply(LIMIT)).expect("fits");
    let split = |files: usize| -> Vec<Vec<u8>> {
        let each = most / files;
        let mut all = vec![vec![0xff; each]; files];
        all[0].resize(most - each * (files - 1), 0xff);
        all
    };
    let half = "a=\u{e9} ".repeat(most / 10);
    let rest = vec![vec![0; most - half.len()]];
    for (text, files) in [
        ("", split(1)),
        ("", split(20)),
        ("=".repeat(most).as_str(), vec![]),
        ("\u{e9}".repeat(most / 2).as_str(), vec![]),
        ("aaaaa\u{e9}".repeat(most / 7).as_str(), vec![]),
        // A line end counts for two.
        ("\n".repeat(most / 2).as_str(), vec![]),
        (half.as_str(), rest),
    ] {
        let (of_text, of_files) = (text.len(), files.len());
        let of = |to_all| longest_reply(text, files.clone(), to_all).len() as u64;
        let octets = of(true).max(of(false));
        assert!(
            octets <= LIMIT,
            "{octets}: {of_text} of text, {of_files} files"
        );
        assert!(
            octets > LIMIT / 2,
            "{octets}: {of_text} of text, {of_files} files"
        );
    }
}

#[test]
fn the_largest_reply_leaves_no_whole_line_unused() {
    for limit in [1 << 20, 50 << 20, 150 << 20] {
        let lines = largest_reply(limit) / 57;
        assert!(128 * 1024 + lines * 78 <= limit);
        assert!(128 * 1024 + (lines + 1) * 78 > limit);
    }
    assert_eq!(largest_reply(0), 0);
}

#[test]
fn the_text_of_a_reply_stays_readable_unless_base64_is_shorter() {
    let written = |text: &str| String::from_utf8(longest_reply(text, vec![], true)).expect("ASCII");
    let readable = written(&"Bore da, sut ydych chi heddiw? D\u{f4}l. ".repeat(10));
    assert!(readable.contains("Bore da, sut ydych chi"), "{readable}");
    assert!(!written(&"=".repeat(1_000)).contains("=3D=3D"));
}
