//! Words in two languages, from Fluent files (`locales/`), for templates.
//!
//! A template says `{{t "key"}}`: the helper takes the language from the value `lang`, and gives the
//! message every string and number of the template's values, of what a loop is at, and those that
//! stand behind the key
//! (`{{t "key" count=n}}`; `lang=other` turns one text into another language). What comes out is
//! escaped as any value is.

use std::collections::BTreeSet;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, RenderErrorReason,
    ScopedJson,
};
use serde_json::Value;
use store::Language;
use unic_langid::{LanguageIdentifier, langid};

/// The files that pages and mails share.
pub const DATES: [(Language, &str); 2] = [
    (Language::English, include_str!("../locales/en/dates.ftl")),
    (Language::Welsh, include_str!("../locales/cy/dates.ftl")),
];

/// Every message of some files, by language.
pub struct Words {
    bundles: Vec<(Language, FluentBundle<FluentResource>)>,
    keys: Vec<(Language, BTreeSet<String>)>,
}

/// Words that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WordsError {
    /// A file is not Fluent.
    #[error("the {language} words are not Fluent: {why}")]
    Syntax {
        /// Whose.
        language: Language,
        /// What the parser says.
        why: String,
    },
    /// A key stands there twice.
    #[error("a {language} text stands there twice")]
    Twice {
        /// In which.
        language: Language,
    },
    /// A language lacks what another has.
    #[error("the text {key} is missing in {language}")]
    Missing {
        /// Of which.
        language: Language,
        /// The key.
        key: String,
    },
}

impl Words {
    /// Reads files; each language must have the same keys.
    pub fn read(sources: &[(Language, &'static str)]) -> Result<Self, WordsError> {
        let mut bundles = Vec::new();
        let mut keys = Vec::new();
        for language in Language::ALL {
            let mut bundle = FluentBundle::new_concurrent(vec![identifier(language)]);
            // The marks around values are for mixed directions; both languages run left to right,
            // and a mark inside a link or an address would break it.
            bundle.set_use_isolating(false);
            let mut found = BTreeSet::new();
            for (_, source) in sources.iter().filter(|(of, _)| *of == language) {
                let resource =
                    FluentResource::try_new((*source).to_owned()).map_err(|(_, errors)| {
                        WordsError::Syntax {
                            language,
                            why: errors.first().map_or_else(String::new, ToString::to_string),
                        }
                    })?;
                found.extend(keys_of(source));
                bundle
                    .add_resource(resource)
                    .map_err(|_| WordsError::Twice { language })?;
            }
            bundles.push((language, bundle));
            keys.push((language, found));
        }
        let words = Self { bundles, keys };
        words.whole()?;
        Ok(words)
    }

    fn whole(&self) -> Result<(), WordsError> {
        for (language, keys) in &self.keys {
            for (_, others) in &self.keys {
                if let Some(key) = others.difference(keys).next() {
                    return Err(WordsError::Missing {
                        language: *language,
                        key: key.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    /// Every key.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys
            .first()
            .into_iter()
            .flat_map(|(_, keys)| keys.iter().map(String::as_str))
    }

    /// One text; `None` when there is no such key, or a value that it names is not given.
    pub fn say(&self, language: Language, key: &str, values: &FluentArgs<'_>) -> Option<String> {
        let (_, bundle) = self.bundles.iter().find(|(of, _)| *of == language)?;
        let pattern = bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(values), &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }

    /// A day, `22 Tachwedd 2026`, of a year, a month and a day in UK time.
    pub fn day(&self, language: Language, date: jiff::civil::Date) -> String {
        let month = self.say(
            language,
            &format!("month-{}", date.month()),
            &FluentArgs::new(),
        );
        let mut values = FluentArgs::new();
        values.set("day", date.day().to_string());
        values.set("month", month.unwrap_or_default());
        values.set("year", date.year().to_string());
        self.say(language, "date", &values).unwrap_or_default()
    }

    /// A time of the day, `2:32yp`.
    pub fn clock(&self, language: Language, time: jiff::civil::Time) -> String {
        let (key, hour) = match time.hour() {
            0 => ("clock-am", 12),
            hour @ 1..12 => ("clock-am", hour),
            12 => ("clock-pm", 12),
            hour => ("clock-pm", hour - 12),
        };
        let mut values = FluentArgs::new();
        values.set("time", format!("{hour}:{:02}", time.minute()));
        self.say(language, key, &values).unwrap_or_default()
    }

    /// A day and a time of it, `22 Tachwedd 2026, 2:32yp`.
    pub fn moment(&self, language: Language, at: jiff::civil::DateTime) -> String {
        let mut values = FluentArgs::new();
        values.set("date", self.day(language, at.date()));
        values.set("time", self.clock(language, at.time()));
        self.say(language, "dateTime", &values).unwrap_or_default()
    }

    /// Gives templates the helper `t`.
    pub fn lend(self: std::sync::Arc<Self>, templates: &mut Handlebars<'_>) {
        templates.register_helper("t", Box::new(Say(self)));
    }
}

fn identifier(language: Language) -> LanguageIdentifier {
    match language {
        Language::English => langid!("en-GB"),
        Language::Welsh => langid!("cy"),
    }
}

/// The identifiers at the beginning of lines: our files have messages and comments only.
fn keys_of(source: &str) -> impl Iterator<Item = String> + '_ {
    source.lines().filter_map(|line| {
        let (key, _) = line.split_once(" =")?;
        key.starts_with(|c: char| c.is_ascii_alphabetic())
            .then(|| key.to_owned())
    })
}

struct Say(std::sync::Arc<Words>);

impl HelperDef for Say {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        render: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let key = helper.param(0).and_then(|param| param.value().as_str());
        let key = key.ok_or(RenderErrorReason::ParamNotFoundForIndex("t", 0))?;
        let mut values = FluentArgs::new();
        let common = context.data().as_object().into_iter().flatten();
        // Within a loop, what it runs over.
        let here = render.evaluate(context, "this")?;
        let here = here.as_json().as_object().into_iter().flatten();
        let common = common
            .chain(here)
            .map(|(name, value)| (name.as_str(), value));
        let own = helper
            .hash()
            .iter()
            .map(|(name, value)| (*name, value.value()));
        for (name, value) in common.chain(own) {
            if let Some(value) = fluent(value) {
                values.set(name.to_owned(), value);
            }
        }
        let lang = match values.get("lang") {
            Some(FluentValue::String(tag)) => tag.parse::<Language>().ok(),
            _ => None,
        };
        let lang = lang.ok_or_else(|| RenderErrorReason::Other("no language".to_owned()))?;
        let text = self.0.say(lang, key, &values);
        let text = text.ok_or_else(|| {
            RenderErrorReason::Other(format!("the text {key} has no key or no value in {lang}"))
        })?;
        Ok(ScopedJson::Derived(Value::String(text)))
    }
}

fn fluent(value: &Value) -> Option<FluentValue<'static>> {
    match value {
        Value::String(text) => Some(FluentValue::from(text.clone())),
        Value::Number(number) => number.as_f64().map(FluentValue::from),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTED_EN: &str = "tries = { $n ->\n [one] 1 try\n *[other] { $n } tries\n }\n";
    const COUNTED_CY: &str = "tries = { $n ->\n [zero] dim\n [one] 1 cynnig\n [two] 2 gynnig\n [few] 3 chynnig\n [many] 6 chynnig\n *[other] { $n } cynnig\n }\n";

    fn counted() -> Words {
        Words::read(&[
            (Language::English, COUNTED_EN),
            (Language::Welsh, COUNTED_CY),
        ])
        .expect("words")
    }

    #[test]
    fn welsh_has_six_forms_of_a_number() {
        let words = counted();
        for (n, said) in [
            (0, "dim"),
            (1, "1 cynnig"),
            (2, "2 gynnig"),
            (3, "3 chynnig"),
            (5, "5 cynnig"),
            (6, "6 chynnig"),
            (15, "15 cynnig"),
        ] {
            let mut values = FluentArgs::new();
            values.set("n", n);
            let found = words.say(Language::Welsh, "tries", &values);
            assert_eq!(found.as_deref(), Some(said));
        }
    }

    #[test]
    fn a_key_or_a_value_that_is_not_there_is_not_made_up() {
        let words = counted();
        let none = FluentArgs::new();
        assert_eq!(words.say(Language::English, "absent", &none), None);
        assert_eq!(words.say(Language::English, "tries", &none), None);
    }

    #[test]
    fn a_key_that_one_language_lacks_is_an_error() {
        let more = "tries = x\nmore = y\n";
        let error = Words::read(&[(Language::English, more), (Language::Welsh, COUNTED_CY)]);
        let error = error.err().expect("an error").to_string();
        assert_eq!(error, "the text more is missing in cy");
        let error = Words::read(&[(Language::English, COUNTED_EN), (Language::Welsh, "= x\n")]);
        assert!(matches!(error, Err(WordsError::Syntax { .. })));
        let twice = "a = x\na = y\n";
        let error = Words::read(&[(Language::English, twice), (Language::Welsh, "a = z\n")]);
        assert!(matches!(error, Err(WordsError::Twice { .. })));
    }

    #[test]
    fn days_and_times_are_in_the_language() {
        let words = Words::read(&DATES).expect("words");
        let at = jiff::civil::date(2026, 11, 2).at(14, 5, 0, 0);
        assert_eq!(words.day(Language::English, at.date()), "2 November 2026");
        assert_eq!(words.day(Language::Welsh, at.date()), "2 Tachwedd 2026");
        assert_eq!(words.clock(Language::English, at.time()), "2:05pm");
        assert_eq!(words.clock(Language::Welsh, at.time()), "2:05yp");
        for (hour, said) in [
            (0, "12:00yb"),
            (11, "11:00yb"),
            (12, "12:00yp"),
            (23, "11:00yp"),
        ] {
            let time = jiff::civil::time(hour, 0, 0, 0);
            assert_eq!(words.clock(Language::Welsh, time), said);
        }
    }

    #[test]
    fn a_template_says_texts_escaped_and_in_one_or_the_other_language() {
        let words = Words::read(&[
            (Language::English, "hello = Hello { $name }\n"),
            (Language::Welsh, "hello = Helô { $name }\n"),
        ]);
        let mut templates = Handlebars::new();
        templates.set_strict_mode(true);
        std::sync::Arc::new(words.expect("words")).lend(&mut templates);
        let values = serde_json::json!({ "lang": "en", "other": "cy", "name": "<b>" });
        let say = |template| templates.render_template(template, &values);
        assert_eq!(say("{{t \"hello\"}}").expect("text"), "Hello &lt;b&gt;");
        assert_eq!(
            say("{{t \"hello\" lang=other name=\"Ann\"}}").expect("text"),
            "Helô Ann"
        );
        assert!(say("{{t \"absent\"}}").is_err());
    }
}
