//! Tests of policy: tables of messages, domains and settings.

use mail::tag::{Tag, TagRule};

use super::*;

fn facts(untagged_external: UntaggedExternal) -> Facts {
    let patterns = |texts: &[&str]| texts.iter().map(|t| t.parse().expect("pattern")).collect();
    Facts {
        own_domain: "secure.example.org".parse().expect("domain"),
        internal: patterns(&["example.org"]),
        trusted: patterns(&["*.gov.uk", "*.secure.nhs.uk"]),
        untagged_external,
        triggers: vec![
            Trigger::Field {
                name: "X-Sealpost".to_owned(),
                test: Test::Equals("secure".to_owned()),
            },
            Trigger::Label("Confidential".to_owned()),
        ],
        nhs_numbers: NhsNumbers::Warn,
        reply_all: ReplyAll::default(),
    }
}

/// A message to an outsider with this Subject, and further fields and body behind it.
fn read(rest: &str, parties: &[Party], facts: &Facts) -> Subject {
    let content = format!("Subject: {rest}");
    let header = HeaderSection::split(content.as_bytes()).expect("header");
    Subject::read(&header, parties, &TagRule::default(), facts)
}

fn subject(raw: &str) -> Subject {
    let outsider = [plain("patient@example.com")];
    let facts = facts(UntaggedExternal::Relay);
    read(&format!("{raw}\r\n\r\n"), &outsider, &facts)
}

fn plain(address: &str) -> Party {
    Party::Address(address.parse().expect("address"))
}

#[test]
fn every_kind_of_subject_meets_every_kind_of_domain() {
    use Action::{Hold, Refuse, Relay};
    use UntaggedExternal as U;
    let required = Relay(Tls::Required);
    let configured = Relay(Tls::AsConfigured);
    for (raw, address, setting, expected) in [
        ("[secure] x", "patient@example.com", U::Relay, Hold),
        ("[secure] x", "patient@example.com", U::Refuse, Hold),
        ("[secure] x", "colleague@example.org", U::Relay, required),
        ("[secure] x", "clerk@x.gov.uk", U::Relay, required),
        ("[secure] x", "clerk@gov.uk", U::Relay, Hold),
        ("[secure] x", "clerk@evilgov.uk", U::Relay, Hold),
        ("[secure] x", "clerk@x.gov.uk.example.com", U::Relay, Hold),
        ("x", "patient@example.com", U::Relay, configured),
        (
            "x",
            "patient@example.com",
            U::Refuse,
            Refuse(Refused::NeedsTag),
        ),
        ("x", "clerk@x.gov.uk", U::Relay, configured),
        ("x", "colleague@example.org", U::Refuse, configured),
        (
            "[secure] x",
            "anybody@secure.example.org",
            U::Relay,
            Refuse(Refused::OwnDomain),
        ),
        (
            "x",
            "anybody@secure.example.org",
            U::Relay,
            Refuse(Refused::OwnDomain),
        ),
        ("x [secure]", "patient@example.com", U::Relay, Hold),
        (
            "=?utf-8?q?=5BSECURE=5D_r=C3=A9sultats?=",
            "patient@example.com",
            U::Refuse,
            Hold,
        ),
    ] {
        let decision = decide(&subject(raw), &plain(address), &facts(setting));
        assert_eq!(decision.action, expected, "{raw} to {address}");
    }
}

#[test]
fn an_answer_to_a_reply_address_is_sealed_even_without_the_tag() {
    let party = Party::ReplyToken("patient@example.com".parse().expect("address"));
    let decision = decide(&subject("Re: x"), &party, &facts(UntaggedExternal::Relay));
    assert_eq!(decision.action, Action::Hold);
    let trusted = Party::ReplyToken("clerk@x.gov.uk".parse().expect("address"));
    let decision = decide(&subject("Re: x"), &trusted, &facts(UntaggedExternal::Relay));
    assert_eq!(
        decision.action,
        Action::Hold,
        "somebody who got a link goes on getting links"
    );
}

#[test]
fn no_tagged_message_leaves_without_required_tls() {
    for raw in [
        "[secure] x",
        "Re: [SECURE] x",
        "x [secure]",
        "=?broken?q?=5Bsecure?=",
        "[secrue] x",
        "(secure) x",
        "[ѕеcurе] x",
        "secure x",
        "x\r\nX-Sealpost: secure",
        "x\r\nmsip_labels: MSIP_Label_1_Name=Confidential",
    ] {
        for address in [
            "a@example.com",
            "a@example.org",
            "a@x.gov.uk",
            "a@secure.example.org",
        ] {
            for setting in [UntaggedExternal::Relay, UntaggedExternal::Refuse] {
                let decision = decide(&subject(raw), &plain(address), &facts(setting));
                assert_ne!(
                    decision.action,
                    Action::Relay(Tls::AsConfigured),
                    "{raw} {address}"
                );
            }
        }
    }
}

#[test]
fn our_own_mark_or_too_many_hops_is_a_loop() {
    let host: Domain = "secure.example.org".parse().expect("domain");
    let looped = |text: String| {
        is_loop(
            &HeaderSection::split(text.as_bytes()).expect("header"),
            &host,
        )
    };
    let mark = "X-Sealpost-Loop: secure.example.org\r\n";
    assert!(!looped(mark.repeat(MOST_PASSES) + "\r\n"));
    assert!(looped(mark.repeat(MOST_PASSES + 1) + "\r\n"));
    assert!(!looped(
        "X-Sealpost-Loop: other.example.org\r\n".repeat(9) + "\r\n"
    ));
    assert!(!looped("Received: x\r\n".repeat(MOST_RECEIVED) + "\r\n"));
    assert!(looped("Received: x\r\n".repeat(MOST_RECEIVED + 1) + "\r\n"));
}

#[test]
fn an_nhs_number_matters_in_ordinary_mail_to_outsiders_alone() {
    use NhsNumbers as N;
    let with = |nhs_numbers, untagged_external| Facts {
        nhs_numbers,
        ..facts(untagged_external)
    };
    let relay = |nhs_numbers| with(nhs_numbers, UntaggedExternal::Relay);
    let refuse = |nhs_numbers| with(nhs_numbers, UntaggedExternal::Refuse);
    let number = "x\r\n\r\nabout 943 476 5919";
    let patient = || plain("patient@example.com");
    let colleague = || plain("colleague@example.org");
    let clerk = || plain("clerk@x.gov.uk");
    let token = || Party::ReplyToken("patient@example.com".parse().expect("address"));
    let (warn, seal) = (Some(NhsNumberFound::Warn), Some(NhsNumberFound::Seal));
    for (facts, rest, parties, expected) in [
        (relay(N::Warn), number, vec![patient()], warn),
        (relay(N::Warn), number, vec![colleague(), patient()], warn),
        (relay(N::Seal), number, vec![patient()], seal),
        (relay(N::Off), number, vec![patient()], None),
        (relay(N::Seal), number, vec![colleague()], None),
        (relay(N::Seal), number, vec![clerk()], None),
        (relay(N::Seal), number, vec![token()], None),
        (
            relay(N::Seal),
            "943 476 5919\r\n\r\n",
            vec![patient()],
            seal,
        ),
        (
            relay(N::Seal),
            "x\r\n\r\n943 476 5918",
            vec![patient()],
            None,
        ),
        (
            relay(N::Seal),
            "[secure] x\r\n\r\n943 476 5919",
            vec![patient()],
            None,
        ),
        (refuse(N::Warn), number, vec![patient()], None),
        (refuse(N::Seal), number, vec![patient()], seal),
    ] {
        let subject = read(rest, &parties, &facts);
        assert_eq!(subject.nhs_number, expected, "{rest} {facts:?}");
    }
    let sealed = read(number, &[patient(), colleague()], &relay(N::Seal));
    for (party, action) in [
        (patient(), Action::Hold),
        (colleague(), Action::Relay(Tls::Required)),
        (clerk(), Action::Relay(Tls::Required)),
    ] {
        assert_eq!(decide(&sealed, &party, &relay(N::Seal)).action, action);
    }
    let warned = read(number, &[patient()], &relay(N::Warn));
    let configured = Action::Relay(Tls::AsConfigured);
    assert_eq!(
        decide(&warned, &patient(), &relay(N::Warn)).action,
        configured
    );
}

#[test]
fn a_mail_that_cannot_be_read_is_sealed_only_where_numbers_are() {
    let nested: String = (0..102)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"))
        .collect();
    let mail = format!("x\r\n{nested}");
    let parties = [plain("patient@example.com")];
    for (nhs_numbers, expected) in [
        (NhsNumbers::Off, None),
        (NhsNumbers::Warn, None),
        (NhsNumbers::Seal, Some(NhsNumberFound::Seal)),
    ] {
        let facts = Facts {
            nhs_numbers,
            ..facts(UntaggedExternal::Relay)
        };
        assert_eq!(read(&mail, &parties, &facts).nhs_number, expected);
    }
}

#[test]
fn the_sender_is_told_what_he_should_know() {
    let facts = |nhs_numbers| Facts {
        nhs_numbers,
        ..facts(UntaggedExternal::Relay)
    };
    let (warn, seal) = (facts(NhsNumbers::Warn), facts(NhsNumbers::Seal));
    let patient = || vec![plain("patient@example.com")];
    let token = || {
        vec![Party::ReplyToken(
            "patient@example.com".parse().expect("address"),
        )]
    };
    let number = "\r\n\r\n9434765919";
    for (facts, rest, parties, expected) in [
        (
            &warn,
            "[secrue] x\r\n\r\n".to_owned(),
            patient(),
            vec![Advice::NearMiss],
        ),
        (
            &warn,
            format!("[secrue] x{number}"),
            patient(),
            vec![Advice::NearMiss],
        ),
        (
            &warn,
            "[secrue] x\r\n\r\n".to_owned(),
            vec![plain("a@example.org")],
            vec![Advice::NearMiss],
        ),
        (
            &warn,
            "Re: Secure parking\r\n\r\n".to_owned(),
            token(),
            vec![],
        ),
        (&warn, "[secure] x\r\n\r\n".to_owned(), patient(), vec![]),
        (&warn, "x\r\n\r\n".to_owned(), patient(), vec![]),
        (
            &warn,
            format!("x{number}"),
            patient(),
            vec![Advice::NhsNumber],
        ),
        (
            &seal,
            format!("x{number}"),
            patient(),
            vec![Advice::SealedForNhsNumber],
        ),
        (
            &seal,
            format!("x\r\nX-Sealpost: secure{number}"),
            patient(),
            vec![],
        ),
    ] {
        let subject = read(&rest, &parties, facts);
        assert_eq!(subject.advice(&parties), expected, "{rest}");
    }
}

#[test]
fn nothing_of_a_number_is_in_what_is_written_down() {
    let facts = facts(UntaggedExternal::Relay);
    let parties = [plain("patient@example.com")];
    let subject = read("943 476 5919\r\n\r\n9434765919", &parties, &facts);
    let written = format!("{subject:?} {:?}", subject.advice(&parties));
    assert!(subject.nhs_number.is_some() && !written.contains("943"));
}

#[test]
fn the_tag_and_a_trigger_do_not_undo_each_other() {
    for (rest, tag, has_trigger) in [
        ("[secure] x\r\nX-Sealpost: secure\r\n\r\n", Tag::Exact, true),
        ("[secure] x\r\nX-Sealpost: no\r\n\r\n", Tag::Exact, false),
        ("x\r\nX-Sealpost: secure\r\n\r\n", Tag::Absent, true),
        ("x\r\nSubject: [secure] y\r\n\r\n", Tag::Conflicting, false),
    ] {
        let parties = [plain("patient@example.com")];
        let subject = read(rest, &parties, &facts(UntaggedExternal::Relay));
        assert_eq!((subject.tag, subject.trigger.is_some()), (tag, has_trigger));
        assert!(subject.is_sealed(), "{rest}");
    }
}
