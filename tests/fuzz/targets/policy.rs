//! Policy over any header, address and patterns (S5, T5): a tagged mail never leaves as ordinary
//! mail, and a domain is inside a pattern only by whole labels.

use mail::header::HeaderSection;
use mail::tag::TagRule;
use mail::{Address, Domain, DomainPattern};
use sealpost::config::{NhsNumbers, ReplyAll, UntaggedExternal};
use sealpost::policy::{Action, Facts, Party, Subject, Tls, decide};

/// Octets are an address, a pattern of internal and one of trusted domains, each on a line, and
/// then a mail's content.
pub(crate) fn check(octets: &[u8]) {
    let mut lines = octets.splitn(4, |&octet| octet == b'\n');
    let mut next = || lines.next().unwrap_or_default();
    let (address, internal, trusted, content) = (next(), next(), next(), next());
    let (Ok(address), Ok(header)) = (
        text(address).parse::<Address>(),
        HeaderSection::split(content),
    ) else {
        return;
    };
    assert_eq!(
        address.as_str().parse().as_ref(),
        Ok(&address),
        "parsed is printed"
    );
    let rule = TagRule::default();
    let own_domain: Domain = "secure.example.org".parse().expect("a domain");
    let patterns = |line| -> Vec<DomainPattern> { text(line).parse().into_iter().collect() };
    for pattern in patterns(internal).into_iter().chain(patterns(trusted)) {
        assert_eq!(pattern.to_string().parse().as_ref(), Ok(&pattern));
        assert_eq!(
            pattern.matches(address.domain()),
            is_below(&pattern, address.domain())
        );
    }
    for (untagged_external, nhs_numbers) in [
        (UntaggedExternal::Relay, NhsNumbers::Warn),
        (UntaggedExternal::Relay, NhsNumbers::Seal),
        (UntaggedExternal::Refuse, NhsNumbers::Off),
    ] {
        let facts = Facts {
            own_domain: own_domain.clone(),
            internal: patterns(internal),
            trusted: patterns(trusted),
            untagged_external,
            triggers: Vec::new(),
            nhs_numbers,
            reply_all: ReplyAll::Trusted,
        };
        let parties = [Party::Address(address.clone())];
        let subject = Subject::read(&header, &parties, &rule, &facts);
        let token = decide(&subject, &Party::ReplyToken(address.clone()), &facts);
        assert_eq!(token.action, Action::Hold, "an answer to a token is sealed");
        let action = decide(&subject, &Party::Address(address.clone()), &facts).action;
        let inside =
            |patterns: &[DomainPattern]| patterns.iter().any(|p| is_below(p, address.domain()));
        let is_ours = inside(&facts.internal) || inside(&facts.trusted);
        assert_eq!(
            facts.may_be_answered(&address),
            is_ours && *address.domain() != own_domain,
            "a reply to a stranger"
        );
        match action {
            Action::Relay(Tls::AsConfigured) => assert!(!subject.is_sealed(), "in clear"),
            Action::Relay(Tls::Required) => {
                assert!(
                    inside(&facts.internal) || inside(&facts.trusted),
                    "to a stranger"
                );
            }
            Action::Hold => assert!(subject.is_sealed() && !inside(&facts.internal)),
            Action::Refuse(_) => assert!(
                *address.domain() == own_domain || untagged_external == UntaggedExternal::Refuse
            ),
        }
    }
}

fn text(line: &[u8]) -> &str {
    std::str::from_utf8(line).unwrap_or_default()
}

/// The definition, label by label.
fn is_below(pattern: &DomainPattern, domain: &Domain) -> bool {
    let pattern = pattern.to_string();
    let labels = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
    match pattern.strip_prefix("*.") {
        None => pattern == domain.as_str(),
        Some(_) if domain.is_literal() => false,
        Some(base) => {
            let (base, domain) = (labels(base), labels(domain.as_str()));
            domain.len() > base.len() && domain.ends_with(&base)
        }
    }
}
