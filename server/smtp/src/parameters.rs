//! Parameters of MAIL and RCPT, one extension each: SIZE (RFC 1870), 8BITMIME (RFC 6152),
//! SMTPUTF8 (RFC 6531), DSN (RFC 3461), AUTH (RFC 4954 §5).
//!
//! A parameter that is not offered is refused with 555: to ignore what asks for a service would
//! promise it.

use mail::{BodyType, EnvelopeDsn, Notify, RecipientDsn, Ret};

use crate::fault::Fault;
use crate::xtext;

const SIZE_USAGE: &str = "SIZE=octets";
const BODY_USAGE: &str = "BODY=7BIT or BODY=8BITMIME";
const UTF8_USAGE: &str = "SMTPUTF8 without a value";
const RET_USAGE: &str = "RET=FULL or RET=HDRS";
const ENVID_USAGE: &str = "ENVID=xtext of 1 to 100 printable characters";
const AUTH_USAGE: &str = "AUTH=<> or AUTH=xtext of an address";
const NOTIFY_USAGE: &str = "NOTIFY=NEVER, or NOTIFY= any of SUCCESS,FAILURE,DELAY";
const ORCPT_USAGE: &str = "ORCPT=type;xtext of 1 to 500 printable characters";
const PARAMETER_USAGE: &str = "KEYWORD or KEYWORD=value, with one space before each";

/// RFC 3461 §4.4.
const LONGEST_ENVID: usize = 100;
/// RFC 3461 §4.2.
const LONGEST_ORCPT: usize = 500;
/// An address in xtext.
const LONGEST_AUTH: usize = 254;

/// What MAIL asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MailParameters {
    /// Octets that the client expects to send. A value beyond `u64` is its maximum, which every
    /// bound refuses.
    pub(crate) size: Option<u64>,
    pub(crate) body: Option<BodyType>,
    pub(crate) smtp_utf8: bool,
    pub(crate) dsn: EnvelopeDsn,
    /// Whether AUTH named who submitted the mail at first. Nobody's word for that is taken here, so
    /// it counts as `<>`, which RFC 4954 §5 has of a server that does not trust its client.
    pub(crate) auth: bool,
}

impl MailParameters {
    /// Reads what follows the path.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let mut parameters = Self::default();
        for parameter in Parameter::all(text) {
            parameters.add(parameter?)?;
        }
        Ok(parameters)
    }

    /// Whether any was given.
    pub(crate) fn any(&self) -> bool {
        *self != Self::default()
    }

    fn add(&mut self, parameter: Parameter<'_>) -> Result<(), Fault> {
        match (
            parameter.keyword.to_ascii_uppercase().as_str(),
            parameter.value,
        ) {
            ("SIZE", Some(value)) => {
                if value.len() > 20 || !value.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(Fault::ParameterValue(SIZE_USAGE));
                }
                let size = value.parse().unwrap_or(u64::MAX);
                set(&mut self.size, size, "SIZE")
            }
            ("BODY", Some(value)) => {
                let body = match value.to_ascii_uppercase().as_str() {
                    "7BIT" => BodyType::SevenBit,
                    "8BITMIME" => BodyType::EightBitMime,
                    "BINARYMIME" => return Err(Fault::UnknownParameter("BODY=BINARYMIME".into())),
                    _ => return Err(Fault::ParameterValue(BODY_USAGE)),
                };
                set(&mut self.body, body, "BODY")
            }
            ("SMTPUTF8", None) if self.smtp_utf8 => Err(Fault::ParameterTwice("SMTPUTF8")),
            ("SMTPUTF8", None) => {
                self.smtp_utf8 = true;
                Ok(())
            }
            ("RET", Some(value)) => {
                let ret = match value.to_ascii_uppercase().as_str() {
                    "FULL" => Ret::Full,
                    "HDRS" => Ret::Headers,
                    _ => return Err(Fault::ParameterValue(RET_USAGE)),
                };
                set(&mut self.dsn.ret, ret, "RET")
            }
            ("ENVID", Some(value)) => {
                let envid = xtext::decode(value, LONGEST_ENVID);
                let envid = envid.ok_or(Fault::ParameterValue(ENVID_USAGE))?;
                set(&mut self.dsn.envid, envid, "ENVID")
            }
            ("AUTH", Some(_)) if self.auth => Err(Fault::ParameterTwice("AUTH")),
            ("AUTH", Some(value)) => {
                self.auth = value == "<>" || xtext::decode(value, LONGEST_AUTH).is_some();
                if self.auth {
                    Ok(())
                } else {
                    Err(Fault::ParameterValue(AUTH_USAGE))
                }
            }
            ("RET", None) => Err(Fault::ParameterValue(RET_USAGE)),
            ("ENVID", None) => Err(Fault::ParameterValue(ENVID_USAGE)),
            ("AUTH", None) => Err(Fault::ParameterValue(AUTH_USAGE)),
            ("SIZE", None) => Err(Fault::ParameterValue(SIZE_USAGE)),
            ("BODY", None) => Err(Fault::ParameterValue(BODY_USAGE)),
            ("SMTPUTF8", Some(_)) => Err(Fault::ParameterValue(UTF8_USAGE)),
            (keyword, _) => Err(Fault::UnknownParameter(keyword.into())),
        }
    }
}

/// Reads what follows RCPT's path.
pub(crate) fn parse_rcpt(text: &str) -> Result<RecipientDsn, Fault> {
    let mut dsn = RecipientDsn::default();
    for parameter in Parameter::all(text) {
        let Parameter { keyword, value } = parameter?;
        match (keyword.to_ascii_uppercase().as_str(), value) {
            ("NOTIFY", value) => {
                let notify = value.and_then(notify);
                let notify = notify.ok_or(Fault::ParameterValue(NOTIFY_USAGE))?;
                set(&mut dsn.notify, notify, "NOTIFY")?;
            }
            ("ORCPT", value) => {
                let orcpt = value.and_then(original);
                let orcpt = orcpt.ok_or(Fault::ParameterValue(ORCPT_USAGE))?;
                set(&mut dsn.orcpt, orcpt, "ORCPT")?;
            }
            (keyword, _) => return Err(Fault::UnknownParameter(keyword.into())),
        }
    }
    Ok(dsn)
}

/// `NEVER` alone, or a list of the others.
fn notify(value: &str) -> Option<Notify> {
    if value.eq_ignore_ascii_case("NEVER") {
        return Some(Notify::Never);
    }
    let (mut success, mut failure, mut delay) = (false, false, false);
    for word in value.split(',') {
        match word.to_ascii_uppercase().as_str() {
            "SUCCESS" => success = true,
            "FAILURE" => failure = true,
            "DELAY" => delay = true,
            _ => return None,
        }
    }
    Some(Notify::On {
        success,
        failure,
        delay,
    })
}

/// `type;xtext`; the type is an atom (RFC 3461 §4.2).
fn original(value: &str) -> Option<String> {
    let (kind, text) = value.split_once(';')?;
    let lawful = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    if kind.is_empty() || !kind.bytes().all(lawful) {
        return None;
    }
    let text = xtext::decode(text, LONGEST_ORCPT.checked_sub(kind.len() + 1)?)?;
    Some(format!("{};{text}", kind.to_ascii_lowercase()))
}

fn set<T>(place: &mut Option<T>, value: T, name: &'static str) -> Result<(), Fault> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Fault::ParameterTwice(name)),
    }
}

/// `keyword[=value]` (RFC 5321 §4.1.2, esmtp-param).
struct Parameter<'a> {
    keyword: &'a str,
    value: Option<&'a str>,
}

impl<'a> Parameter<'a> {
    fn all(text: &'a str) -> impl Iterator<Item = Result<Self, Fault>> {
        let glued = !text.is_empty() && !text.starts_with(' ');
        let glued = glued.then_some(Err(Fault::ParameterValue(PARAMETER_USAGE)));
        let words = text.split(' ').filter(|word| !word.is_empty());
        glued.into_iter().chain(words.map(Self::one))
    }

    fn one(word: &'a str) -> Result<Self, Fault> {
        let (keyword, value) = match word.split_once('=') {
            Some((keyword, value)) => (keyword, Some(value)),
            None => (word, None),
        };
        let lawful_keyword = keyword.len() <= 32
            && keyword.starts_with(|c: char| c.is_ascii_alphanumeric())
            && keyword
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let lawful_value = value
            .is_none_or(|v| !v.is_empty() && v.bytes().all(|b| b.is_ascii_graphic() && b != b'='));
        if lawful_keyword && lawful_value {
            Ok(Self { keyword, value })
        } else {
            Err(Fault::ParameterValue(PARAMETER_USAGE))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_in_any_order_and_case() {
        let expected = MailParameters {
            size: Some(1_000),
            body: Some(BodyType::EightBitMime),
            smtp_utf8: true,
            ..MailParameters::default()
        };
        for text in [
            " SIZE=1000 BODY=8BITMIME SMTPUTF8",
            "  smtputf8 body=8bitmime  size=01000",
        ] {
            assert_eq!(MailParameters::parse(text), Ok(expected.clone()), "{text}");
        }
        assert_eq!(MailParameters::parse(""), Ok(MailParameters::default()));
    }

    #[test]
    fn a_size_beyond_every_number_is_the_largest() {
        let parameters = MailParameters::parse(" SIZE=99999999999999999999").unwrap();
        assert_eq!(parameters.size, Some(u64::MAX));
    }

    #[test]
    fn a_parameter_given_twice_is_refused() {
        for (text, name) in [
            (" SIZE=1 SIZE=1", "SIZE"),
            (" BODY=7BIT BODY=8BITMIME", "BODY"),
            (" SMTPUTF8 SMTPUTF8", "SMTPUTF8"),
            (" RET=FULL RET=HDRS", "RET"),
            (" ENVID=a ENVID=a", "ENVID"),
            (" AUTH=<> AUTH=<>", "AUTH"),
        ] {
            assert_eq!(
                MailParameters::parse(text),
                Err(Fault::ParameterTwice(name))
            );
        }
    }

    #[test]
    fn a_parameter_that_is_not_offered_is_refused_by_name() {
        for (text, name) in [
            (" BY=120;R", "BY"),
            (" mt-priority=1", "MT-PRIORITY"),
            (" X-FUTURE", "X-FUTURE"),
            (" BODY=BINARYMIME", "BODY=BINARYMIME"),
        ] {
            assert_eq!(
                MailParameters::parse(text),
                Err(Fault::UnknownParameter(name.into()))
            );
        }
        assert_eq!(
            parse_rcpt(" rrvs=2014-04-03T23:01:00Z"),
            Err(Fault::UnknownParameter("RRVS".into()))
        );
        assert_eq!(parse_rcpt(" "), Ok(RecipientDsn::default()));
    }

    #[test]
    fn what_is_no_parameter_is_refused() {
        for text in [
            "SIZE=1",
            " SIZE",
            " SIZE=",
            " SIZE=-1",
            " SIZE=1=2",
            " SIZE=1k",
            " SIZE=111111111111111111111",
            " BODY",
            " BODY=9BIT",
            " SMTPUTF8=1",
            " =1",
            " -X",
            " X_Y",
            " \u{e9}=1",
            " X=\u{e9}",
            " RET",
            " RET=HEADERS",
            " ENVID",
            " ENVID=+",
            " ENVID=a+0D+0Ab",
            " AUTH",
            " AUTH=+zz",
        ] {
            let fault = MailParameters::parse(text);
            assert!(
                matches!(fault, Err(Fault::ParameterValue(_))),
                "{text}: {fault:?}"
            );
        }
    }

    #[test]
    fn what_is_asked_for_about_reports_is_read() {
        let asked = MailParameters::parse(" ret=hdrs ENVID=QQ+2B314159").unwrap();
        assert_eq!(asked.dsn.ret, Some(Ret::Headers));
        assert_eq!(asked.dsn.envid.as_deref(), Some("QQ+314159"));
        assert!(asked.any() && !asked.auth);
        let longest = MailParameters::parse(&format!(" ENVID={}", "a".repeat(100))).unwrap();
        assert_eq!(longest.dsn.envid.map(|id| id.len()), Some(100));
        let longer = MailParameters::parse(&format!(" ENVID={}", "a".repeat(101)));
        assert_eq!(longer, Err(Fault::ParameterValue(ENVID_USAGE)));
        for text in [" AUTH=<>", " auth=e+2Bmc2@example.com"] {
            assert!(MailParameters::parse(text).unwrap().auth, "{text}");
        }
    }

    #[test]
    fn what_is_asked_for_about_one_recipient_is_read() {
        let on = |success, failure, delay| Notify::On {
            success,
            failure,
            delay,
        };
        for (text, notify) in [
            (" NOTIFY=NEVER", Notify::Never),
            (" notify=success", on(true, false, false)),
            (" NOTIFY=FAILURE,DELAY", on(false, true, true)),
            (" NOTIFY=DELAY,success,FAILURE,DELAY", on(true, true, true)),
        ] {
            assert_eq!(parse_rcpt(text).unwrap().notify, Some(notify), "{text}");
        }
        let asked = parse_rcpt(" ORCPT=RFC822;Bob+2BX@example.com NOTIFY=NEVER").unwrap();
        assert_eq!(asked.orcpt.as_deref(), Some("rfc822;Bob+X@example.com"));
        let of = |octets| parse_rcpt(&format!(" ORCPT=rfc822;{}", "a".repeat(octets)));
        assert_eq!(of(493).unwrap().orcpt.map(|o| o.len()), Some(500));
        assert_eq!(of(494), Err(Fault::ParameterValue(ORCPT_USAGE)));
        for text in [
            " NOTIFY",
            " NOTIFY=",
            " NOTIFY=NEVER,FAILURE",
            " NOTIFY=FAILURE,",
            " NOTIFY=ALWAYS",
            " ORCPT",
            " ORCPT=bob@example.com",
            " ORCPT=;bob@example.com",
            " ORCPT=rfc822;",
            " ORCPT=rfc_822;bob",
            " ORCPT=rfc822;bob+0D+0ASubject:",
            " ORCPT=rfc822;bob+e9",
        ] {
            let fault = parse_rcpt(text);
            assert!(
                matches!(fault, Err(Fault::ParameterValue(_))),
                "{text}: {fault:?}"
            );
        }
        for (text, name) in [
            (" NOTIFY=NEVER NOTIFY=NEVER", "NOTIFY"),
            (" ORCPT=a;b ORCPT=a;b", "ORCPT"),
        ] {
            assert_eq!(parse_rcpt(text), Err(Fault::ParameterTwice(name)));
        }
    }
}
