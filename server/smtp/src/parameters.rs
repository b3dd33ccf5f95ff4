//! Parameters of MAIL and RCPT, one extension each: SIZE (RFC 1870), 8BITMIME (RFC 6152),
//! SMTPUTF8 (RFC 6531).
//!
//! A parameter that is not offered is refused with 555: to ignore what asks for a service would
//! promise it. DSN (RFC 3461) and AUTH (RFC 4954) add theirs here.

use mail::BodyType;

use crate::fault::Fault;

const SIZE_USAGE: &str = "SIZE=octets";
const BODY_USAGE: &str = "BODY=7BIT or BODY=8BITMIME";
const UTF8_USAGE: &str = "SMTPUTF8 without a value";
const PARAMETER_USAGE: &str = "KEYWORD or KEYWORD=value, with one space before each";

/// What MAIL asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MailParameters {
    /// Octets that the client expects to send. A value beyond `u64` is its maximum, which every
    /// bound refuses.
    pub(crate) size: Option<u64>,
    pub(crate) body: Option<BodyType>,
    pub(crate) smtp_utf8: bool,
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
            ("SIZE", None) => Err(Fault::ParameterValue(SIZE_USAGE)),
            ("BODY", None) => Err(Fault::ParameterValue(BODY_USAGE)),
            ("SMTPUTF8", Some(_)) => Err(Fault::ParameterValue(UTF8_USAGE)),
            (keyword, _) => Err(Fault::UnknownParameter(keyword.into())),
        }
    }
}

/// Reads what follows RCPT's path, for which no parameter is offered yet.
pub(crate) fn parse_rcpt(text: &str) -> Result<(), Fault> {
    match Parameter::all(text).next() {
        None => Ok(()),
        Some(Ok(parameter)) => Err(Fault::UnknownParameter(
            parameter.keyword.to_ascii_uppercase(),
        )),
        Some(Err(fault)) => Err(fault),
    }
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
        };
        for text in [
            " SIZE=1000 BODY=8BITMIME SMTPUTF8",
            "  smtputf8 body=8bitmime  size=01000",
        ] {
            assert_eq!(MailParameters::parse(text), Ok(expected), "{text}");
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
            (" RET=HDRS", "RET"),
            (" auth=<>", "AUTH"),
            (" X-FUTURE", "X-FUTURE"),
            (" BODY=BINARYMIME", "BODY=BINARYMIME"),
        ] {
            assert_eq!(
                MailParameters::parse(text),
                Err(Fault::UnknownParameter(name.into()))
            );
        }
        assert_eq!(
            parse_rcpt(" Notify=never"),
            Err(Fault::UnknownParameter("NOTIFY".into()))
        );
        assert_eq!(parse_rcpt(" "), Ok(()));
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
        ] {
            let fault = MailParameters::parse(text);
            assert!(
                matches!(fault, Err(Fault::ParameterValue(_))),
                "{text}: {fault:?}"
            );
        }
    }
}
