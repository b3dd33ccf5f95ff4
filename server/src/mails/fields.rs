//! Header fields of ours, for lettre's builder.

use lettre::message::header::{Header, HeaderName, HeaderValue};

use store::Language;

use super::build::Kind;

type ParseError = Box<dyn std::error::Error + Send + Sync>;

macro_rules! field {
    ($type:ty, $name:literal, $value:expr, $parse:expr) => {
        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(text: &str) -> Result<Self, ParseError> {
                let parse: fn(&str) -> Result<Self, ParseError> = $parse;
                parse(text)
            }

            fn display(&self) -> HeaderValue {
                let value: fn(&Self) -> String = $value;
                HeaderValue::new(Self::name(), value(self))
            }
        }
    };
}

/// `X-Sealpost-Kind`: what a program knows our mails by.
#[derive(Clone)]
pub(super) struct SealpostKind(pub(super) Kind);

/// `Auto-Submitted` (RFC 3834): nobody shall answer automatically.
#[derive(Clone)]
pub(super) enum AutoSubmitted {
    /// A program wrote it of its own accord.
    Generated,
    /// A program answered a mail.
    Replied,
}

/// `X-Sealpost-Loop`: our mark, by which a mail that comes back is known.
#[derive(Clone)]
pub(super) struct LoopMark(pub(super) String);

field!(
    SealpostKind,
    "X-Sealpost-Kind",
    |kind| kind.0.as_str().to_owned(),
    |text| Kind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == text)
        .map(Self)
        .ok_or_else(|| "unknown kind".into())
);
field!(
    AutoSubmitted,
    "Auto-Submitted",
    |said| match said {
        AutoSubmitted::Generated => "auto-generated".to_owned(),
        AutoSubmitted::Replied => "auto-replied".to_owned(),
    },
    |text| Ok(match text {
        "auto-replied" => Self::Replied,
        _ => Self::Generated,
    })
);
/// `Content-Language` (RFC 3282).
#[derive(Clone)]
pub(super) struct ContentLanguage(String);

impl ContentLanguage {
    pub(super) fn of(languages: &[Language]) -> Self {
        let tags: Vec<&str> = languages.iter().map(|language| language.tag()).collect();
        Self(tags.join(", "))
    }
}

field!(
    ContentLanguage,
    "Content-Language",
    |languages| languages.0.clone(),
    |text| Ok(Self(text.to_owned()))
);
field!(LoopMark, "X-Sealpost-Loop", |mark| mark.0.clone(), |text| {
    Ok(Self(text.to_owned()))
});
