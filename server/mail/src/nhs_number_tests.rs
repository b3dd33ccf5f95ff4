//! Tests of the detector of NHS numbers. The numbers are of the range that is set aside for tests
//! (999…), the one that the NHS Data Dictionary explains the check digit by, and made up ones.

use proptest::prelude::*;

use super::*;

#[test]
fn numbers_in_their_usual_forms_are_found() {
    for text in [
        "9434765919",
        "943 476 5919",
        "943-476-5919",
        "943\u{a0}476\u{a0}5919",
        "943\u{2009}476\u{2009}5919",
        "943–476–5919",
        "943‑476‑5919",
        "943 - 476 - 5919",
        "943 476-5919",
        "943 476\n5919",
        "943\t476\t5919",
        "NHS number: 943 476 5919.",
        "NHS number 9434765919, born 01/02/1980",
        "born 01/02/1980 943 476 5919 01/02/1980",
        "NHSNo9434765919",
        "nhs9434765919",
        "NHS-943-476-5919",
        "(943 476 5919)",
        "ref=9434765919&x=1",
        "<9434765919>",
        "9434765919/AB",
        "number:9434765919;",
        "９４３４７６５９１９",
        "943\u{200b}476\u{ad}5919",
        "943\u{200b} \u{200b}476 5919",
        "9990000018 and 1234567890",
        "1234567890 and 9434765919",
        "in 1980 (1980) 943 476 5919",
        "row 12 943 476 5919",
        "4505577104",
        "0101010001", // CHI numbers begin with the day of birth
    ] {
        assert!(is_in(text), "{text:?}");
    }
}

#[test]
fn what_is_no_nhs_number_is_not_found() {
    for text in [
        "",
        "no digits",
        // The check digit is wrong, each of the nine ways.
        "9434765910 9434765911 9434765912 9434765913 9434765914",
        "9434765915 9434765916 9434765917 9434765918",
        "943 476 5918",
        // The remainder asks for a check digit of ten.
        "1000000010 1000000011 1000000012 1000000013 1000000014",
        "1000000015 1000000016 1000000017 1000000018 1000000019",
        // Too short, too long, a piece of something.
        "943476591",
        "94347659190",
        "19434765919",
        "1 943 4765 919",
        "943 476 59190",
        "943 476 591",
        "1943 476 5919",
        "9434 765 919",
        "94347 65919",
        "943  -  476 5919",
        "9434765919.5",
        "3.9434765919",
        "1,943,476,5919",
        "12-9434765919",
        "943-476-5919-1",
        "9434765919-1",
        "INV9434765919",
        "9434765919A",
        "id_9434765919",
        "９４３４７６５９１９１",
        "943\u{200b}4765919\u{200b}1",
        // Telephone numbers.
        "+9434765919",
        "+44 943 476 5919",
        "+1 943-476-5919",
        "+1-943-476-5919",
        "0044 943 476 5919",
        "+44 (0) 943 476 5919",
        "+44 (0)943 476 5919",
        "(0)9434765919",
        "0161 496 0000",
        "01632 960001",
        "07700 900123",
        "020 7946 0000",
        // Placeholders, all of which would pass.
        "0000000000 1111111111 222 222 2222 9999999999",
    ] {
        assert!(!is_in(text), "{text:?}");
    }
}

fn shown(mail: &str) -> bool {
    is_shown(&HeaderSection::split(mail.as_bytes()).unwrap()).unwrap()
}

#[test]
fn subject_and_bodies_are_read_decoded() {
    for mail in [
        "Subject: 943 476 5919\r\n\r\nx",
        "Subject: =?utf-8?q?943_476=C2=A05919?=\r\n\r\nx",
        "Subject: x\r\nSubject: 9434765919\r\n\r\nx",
        "Subject: x\r\n\r\nabout 943 476 5919",
        "Content-Type: text/html\r\n\r\n<td><b>943</b>&nbsp;476&#32;<i>5919</i></td>",
        "Content-Transfer-Encoding: base64\r\n\r\nOTQzIDQ3NiA1OTE5",
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n943=20476 59=\r\n19",
        "Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\n\
         OQA0ADMANAA3ADYANQA5ADEAOQA=",
        "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n\
         Content-Type: text/html\r\n\r\n9434765919\r\n--b--\r\n",
        "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n9434765919\r\n--b\r\n\
         Content-Type: text/html\r\n\r\nx\r\n--b--\r\n",
        "no header, 9434765919",
    ] {
        assert!(shown(mail), "{mail}");
    }
}

#[test]
fn files_and_other_fields_are_not_read() {
    for mail in [
        "Message-ID: <9434765919@example.org>\r\nSubject: x\r\n\r\nx",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n\
         Content-Disposition: attachment\r\n\r\n9434765919\r\n--b--\r\n",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n\
         Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n9434765919\r\n--b--\r\n",
        "Content-Type: application/pdf\r\n\r\n9434765919",
        "Content-Type: text/html\r\n\r\n<p title=\"9434765919\">x</p>",
    ] {
        assert!(!shown(mail), "{mail}");
    }
}

#[test]
fn a_body_is_read_as_far_as_the_limit() {
    let mail = |before: usize| {
        let before = "x ".repeat(before / 2);
        format!("Subject: x\r\n\r\n{before}9434765919 ")
    };
    assert!(shown(&mail(MAX_READ - 12)));
    assert!(!shown(&mail(MAX_READ)));
}

#[test]
fn bodies_are_read_as_far_as_the_limit_of_all() {
    let part = |text: &str| format!("--b\r\n\r\n{text}\r\n");
    let long = part(&"x ".repeat(MAX_READ / 2 + 1));
    let mail = |before: usize| {
        let parts = long.repeat(before) + &part("9434765919");
        format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n")
    };
    assert!(shown(&mail(3)));
    assert!(!shown(&mail(4)));
}

#[test]
fn long_texts_are_no_load() {
    for text in [
        "9".repeat(1_000_000),
        "943 ".repeat(250_000),
        "943 476 ".repeat(125_000),
        "9 ".repeat(500_000),
        "\u{200b}".repeat(300_000) + "9434765918",
        "9\u{200b}".repeat(250_000),
        " ".repeat(1_000_000),
    ] {
        assert!(!is_in(&text), "{}", &text[..3]);
    }
}

/// What the documentation says of false alarms: a random number passes once in eleven times.
#[test]
fn one_in_eleven_numbers_passes_by_chance() {
    let passed = (0..11_000_u64)
        .map(|n| 4_000_000_000 + n * 90_911) // a step that is prime to eleven
        .filter(|number| is_in(&number.to_string()))
        .count();
    assert!((900..=1_100).contains(&passed), "{passed} of 11,000");
}

proptest! {
    #[test]
    fn nine_digits_have_one_check_digit_or_none(nine in 100_000_000_u64..1_000_000_000) {
        let valid: Vec<u64> = (0..10).filter(|check| is_in(&format!("{nine}{check}"))).collect();
        prop_assert!(valid.len() <= 1);
        let sum: u64 = nine.to_string().bytes().zip((2..=10).rev()).map(|(d, w)| u64::from(d - b'0') * w).sum();
        prop_assert_eq!(valid.is_empty(), sum % 11 == 1 || nine % 111_111_111 == 0);
    }

    #[test]
    fn any_text_has_an_answer(text in "[0-9 \u{200b}+().a-]{0,30}", any in ".{0,20}") {
        is_in(&text);
        is_in(&any);
    }
}
