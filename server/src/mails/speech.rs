//! In which language a mail is, and under whose name.
//!
//! A recipient who has chosen a language gets it. Who has not gets what the organisation says:
//! English, Welsh, or both in one mail, the Welsh first.

use std::sync::Arc;

use fluent_bundle::FluentArgs;
use handlebars::Handlebars;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use store::Language;
use viewer::words::{DATES, Words};

use super::build::{MailError, mail_lines, one_line};

const WORDS: [(Language, &str); 2] = [
    (
        Language::English,
        include_str!("../../locales/en/mails.ftl"),
    ),
    (Language::Welsh, include_str!("../../locales/cy/mails.ftl")),
];

/// Whose mails they are: what stands in the configuration's `organisation`.
#[derive(Debug, Clone)]
pub struct Letterhead {
    /// The organisation's name.
    pub name: String,
    /// Its name in Welsh mails.
    pub welsh_name: String,
    /// The languages of a mail whose reader has chosen none; at least one.
    pub languages: Vec<Language>,
    /// What it says itself in notices, in English; empty for nothing.
    pub notice: String,
    /// The same in Welsh.
    pub welsh_notice: String,
    /// The colour of links, such as `#00564a`.
    pub accent: String,
}

impl Letterhead {
    /// English under a name, and nothing else.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            welsh_name: name.to_owned(),
            languages: vec![Language::English],
            notice: String::new(),
            welsh_notice: String::new(),
            accent: "#00564a".to_owned(),
        }
    }

    /// The name that one reads in `language`, on one line.
    pub(super) fn name_in(&self, language: Language) -> String {
        one_line(match language {
            Language::English => &self.name,
            Language::Welsh => &self.welsh_name,
        })
    }

    fn notice_in(&self, language: Language) -> &str {
        match language {
            Language::English => &self.notice,
            Language::Welsh => &self.welsh_notice,
        }
    }

    /// The languages of a mail to somebody who chose this.
    pub(super) fn languages_for(&self, chosen: Option<Language>) -> Vec<Language> {
        chosen.map_or_else(|| self.languages.clone(), |language| vec![language])
    }
}

/// The words and the templates that they stand in.
pub(super) struct Speech {
    pub(super) words: Arc<Words>,
    pub(super) texts: Handlebars<'static>,
    pub(super) htmls: Handlebars<'static>,
    pub(super) letterhead: Letterhead,
}

/// What one mail says: its values, and moments that each language writes in its own way.
pub(super) struct Said<'a> {
    pub(super) languages: &'a [Language],
    pub(super) values: Map<String, Value>,
    pub(super) when: &'a [(&'a str, When)],
}

/// A moment, as exactly as readers are told it.
#[derive(Clone, Copy)]
pub(super) enum When {
    /// `22 December 2026`
    Day(Timestamp),
    /// `22 December 2026, 2:32pm`
    Moment(Timestamp),
}

impl Speech {
    pub(super) fn new(letterhead: Letterhead) -> Self {
        let words: Vec<_> = WORDS.into_iter().chain(DATES).collect();
        let words = Arc::new(Words::read(&words).expect("our words are whole"));
        let registry = |sources: &[(&'static str, &'static str)]| {
            let mut registry = Handlebars::new();
            registry.set_strict_mode(true);
            Arc::clone(&words).lend(&mut registry);
            for (name, source) in sources {
                let source = source.strip_suffix('\n').unwrap_or(source);
                registry
                    .register_template_string(name, source)
                    .expect("our templates parse");
            }
            registry
        };
        let mut texts = registry(&super::TEXTS);
        texts.register_escape_fn(handlebars::no_escape);
        let htmls = registry(&super::HTMLS);
        Self {
            words,
            texts,
            htmls,
            letterhead,
        }
    }

    /// What is at the same place in each language of the mail.
    fn langs(&self, said: &Said<'_>) -> Vec<Value> {
        let one = |language: &Language| {
            let mut values = said.values.clone();
            for (name, when) in said.when {
                values.insert((*name).to_owned(), self.when(*language, *when).into());
            }
            values.insert("lang".to_owned(), language.tag().into());
            values.insert(
                "organisation".to_owned(),
                self.letterhead.name_in(*language).into(),
            );
            let own = one_line(self.letterhead.notice_in(*language));
            values.insert("own".to_owned(), own.into());
            Value::Object(values)
        };
        said.languages.iter().map(one).collect()
    }

    /// One message among several in a mail: its values with what it is in each language.
    pub(super) fn within(&self, said: Said<'_>) -> Value {
        let langs = self.langs(&said);
        let mut values = said.values;
        values.insert("langs".to_owned(), langs.into());
        Value::Object(values)
    }

    /// The values that a template is given.
    fn values(&self, said: &Said<'_>, subject: &str) -> Value {
        let langs = self.langs(said);
        let first = langs.first().cloned().unwrap_or_else(|| json!({}));
        let mut values = said.values.clone();
        for name in ["lang", "organisation"] {
            values.insert(name.to_owned(), first[name].clone());
        }
        values.insert("langs".to_owned(), langs.into());
        values.insert("subject".to_owned(), subject.into());
        values.insert("accent".to_owned(), self.letterhead.accent.clone().into());
        Value::Object(values)
    }

    /// A subject: one text, in each language of the mail.
    pub(super) fn subject(&self, key: &str, said: &Said<'_>) -> Result<String, MailError> {
        let mut subjects = Vec::new();
        for (language, values) in said.languages.iter().zip(self.langs(said)) {
            let mut args = FluentArgs::new();
            for (name, value) in values.as_object().into_iter().flatten() {
                match value {
                    Value::String(text) => args.set(name.clone(), text.clone()),
                    Value::Number(number) => args.set(name.clone(), number.as_f64()),
                    _ => {}
                }
            }
            let text = self.words.say(*language, key, &args);
            subjects.push(text.ok_or(MailError::Words)?);
        }
        Ok(one_line(&subjects.join(" / ")))
    }

    pub(super) fn text(
        &self,
        template: &str,
        said: &Said<'_>,
        subject: &str,
    ) -> Result<String, MailError> {
        let name = format!("{template}/body.txt");
        let text = self.texts.render(&name, &self.values(said, subject))?;
        Ok(mail_lines(&text))
    }

    pub(super) fn html(
        &self,
        template: &str,
        said: &Said<'_>,
        subject: &str,
    ) -> Result<String, MailError> {
        let name = format!("{template}/body.html");
        let text = self.htmls.render(&name, &self.values(said, subject))?;
        Ok(mail_lines(&text))
    }

    /// In words, in UK time.
    fn when(&self, language: Language, when: When) -> String {
        match when {
            When::Day(at) => self.words.day(language, in_uk(at).date()),
            When::Moment(at) => self.words.moment(language, in_uk(at).datetime()),
        }
    }
}

pub(super) fn in_uk(instant: Timestamp) -> jiff::Zoned {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    instant.to_zoned(zone)
}

/// Long lines folded at words, as mail programs of old want them. What has no space is not folded.
pub(super) fn folded(text: &str) -> String {
    const WIDTH: usize = 92;
    let mut lines = Vec::new();
    for line in text.split("\r\n") {
        let mut rest = line;
        while rest.chars().count() > WIDTH && !rest.starts_with(' ') {
            let end = rest
                .char_indices()
                .nth(WIDTH)
                .map_or(rest.len(), |(at, _)| at);
            let Some(at) = rest[..end].rfind(' ') else {
                break;
            };
            lines.push(&rest[..at]);
            rest = &rest[at + 1..];
        }
        lines.push(rest);
    }
    lines.join("\r\n")
}

/// The members of a value that a mail is about.
pub(super) fn members(value: &impl serde::Serialize) -> Result<Map<String, Value>, MailError> {
    match serde_json::to_value(value) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(MailError::Words),
    }
}
