//! The view of any mail: it comes back from its JSON, its parts lie where it says, its limits hold,
//! and nobody who was in Bcc is in it.

use mail::header::{HeaderSection, without_bcc};
use mail::view::{KeepingPolicy, MAX_HTML, MAX_MAILBOXES, MAX_SUBJECT, MAX_TEXT, Organisation};
use mail::view::{ViewDocument, ViewFacts};
use mail::{Address, ReversePath, TagRule};

/// Whoever this is was in Bcc.
const HIDDEN: &str = "hidden-7f3a91c2@bcc.example";

/// Octets are a mail's content; a Bcc goes in front of it.
pub(crate) fn check(octets: &[u8]) {
    let content = [b"Bcc: ", HIDDEN.as_bytes(), b"\r\n", octets].concat();
    let rule = TagRule::default();
    let Ok(mail) = mail::parse(&content, &rule) else {
        return;
    };
    let kept: Vec<u8> = match without_bcc(&content) {
        Ok(pieces) => pieces.collect::<Vec<_>>().concat(),
        Err(fault) => panic!("parsed, but {fault}"),
    };
    assert_eq!(mail.content_size, kept.len() as u64);
    // Where no empty line ends the header, or the only field is gone, what is header and what is
    // body is a guess, and another one without the Bcc.
    let is_plain = HeaderSection::split(&content).is_ok_and(|header| {
        let stays = |name: &str| !is_bcc(name);
        let before = &content[..header.body_start()];
        (before.ends_with(b"\n\n") || before.ends_with(b"\n\r\n"))
            && header.fields().iter().any(|f| f.name().is_some_and(stays))
    });
    if is_plain {
        let again = mail::parse(&kept, &rule).expect("no worse without its Bcc");
        assert!(again == mail, "a Bcc shows in {again:?} {mail:?}");
    }

    for part in &mail.parts {
        let start = usize::try_from(part.offset).expect("inside");
        let end = start + usize::try_from(part.length).expect("inside");
        let decoded = part.encoding.decode(&kept[start..end]);
        assert_eq!(part.size, decoded.len() as u64, "{part:?}");
    }
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    assert!(text(&mail.text).len() <= MAX_TEXT && text(&mail.html).len() <= MAX_HTML);
    let control = |c: char| c.is_control() && c != '\n' && c != '\t';
    assert!(!text(&mail.text).contains(control) && !text(&mail.html).contains(control));

    let hidden: Address = HIDDEN.parse().expect("an address");
    let sender: ReversePath = "clinic@example.org".parse().expect("an address");
    let view = ViewDocument::new(
        mail,
        ViewFacts {
            message_id: "01890a5d-ac96-774b-bcce-b302099a8057".into(),
            profile: "x25519".into(),
            captured_at: jiff::Timestamp::UNIX_EPOCH,
            expires_at: jiff::Timestamp::UNIX_EPOCH,
            organisation: Organisation {
                name: "Example Trust".into(),
                phone: "01632 960000".into(),
            },
            sender: &sender,
            recipients: &[hidden],
            sealed_size: 1,
            sealed_sha256: [7; 32],
            reply_recipient: "age1".into(),
            reply_key_id: "key".into(),
            reply_to: &[],
            policy: KeepingPolicy::default(),
        },
    );
    assert!(view.headers.subject.chars().count() <= MAX_SUBJECT);
    assert!(view.headers.to.len() <= MAX_MAILBOXES);
    let json = view.to_json();
    assert!(ViewDocument::from_json(&json).expect("our own view") == view);
    if !contains(octets, b"7f3a91c2") {
        assert!(
            !contains(&json, b"7f3a91c2"),
            "who was in Bcc is in the view"
        );
    }
}

fn is_bcc(name: &str) -> bool {
    name.eq_ignore_ascii_case("Bcc") || name.eq_ignore_ascii_case("Resent-Bcc")
}

fn contains(octets: &[u8], wanted: &[u8]) -> bool {
    octets.windows(wanted.len()).any(|window| window == wanted)
}
