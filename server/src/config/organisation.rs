//! The organisation as its recipients know it: name, help line, language, colours, logo, own words.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use store::Language;
use viewer::{Colour, Colours, Logo, Names, OwnTexts};

use crate::mails::Letterhead;

/// The organisation as its recipients know it.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its name, on every page and mail.
    pub name: String,
    /// The help line, as people write it.
    pub phone: String,
    /// Its name for who reads Welsh; else the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_welsh: Option<String>,
    /// The help line for who speaks Welsh; else the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_welsh: Option<String>,
    /// The language for who has chosen none.
    #[serde(default)]
    pub language: Speech,
    /// A picture beside the name on every page: SVG, PNG or WebP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<PathBuf>,
    /// Its two colours; else ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colours: Option<Pair>,
    /// What it says itself.
    #[serde(default)]
    pub texts: Texts,
}

/// The language of mails to who has chosen none, and of pages whose browser asks for none of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Speech {
    /// English.
    #[default]
    English,
    /// Welsh.
    Welsh,
    /// Mails in both, the Welsh first; pages in Welsh.
    Bilingual,
}

/// Two colours.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The ground of the page's head, which has light text.
    #[serde(with = "super::text")]
    pub head: Colour,
    /// Links and buttons.
    #[serde(with = "super::text")]
    pub accent: Colour,
}

/// What the organisation says itself, by language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Texts {
    /// In English.
    pub english: Own,
    /// In Welsh.
    pub welsh: Own,
}

/// What the organisation says itself; nothing where it is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Own {
    /// Behind the help line on every page, such as its hours.
    pub help: String,
    /// At the end of each notice, on one line.
    pub notice: String,
    /// On the page that tells genuine mail from fraud.
    pub genuine: String,
    /// On the privacy page.
    pub privacy: String,
    /// On the accessibility page.
    pub accessibility: String,
}

/// One line of a notice.
const LONGEST_NOTICE: usize = 160;
/// A paragraph.
const LONGEST_TEXT: usize = 1_000;

impl Organisation {
    /// All that is wrong, each with the key and the remedy.
    pub(super) fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut refuse = |holds: bool, why: String| {
            if holds {
                wrong.push(why);
            }
        };
        for (key, value, what) in [
            (
                "name",
                &self.name,
                "recipients need to know whose message it is",
            ),
            (
                "phone",
                &self.phone,
                "recipients need a number to ask whether a notice is real",
            ),
        ] {
            refuse(
                value.trim().is_empty(),
                format!("organisation.{key}: is empty; {what}"),
            );
        }
        let welsh = [&self.name_welsh, &self.phone_welsh];
        refuse(
            welsh
                .iter()
                .any(|value| value.as_ref().is_some_and(|text| text.trim().is_empty())),
            "organisation: name_welsh and phone_welsh must not be empty; leave them out where they are the same"
                .to_owned(),
        );
        refuse(
            [&self.name, &self.phone]
                .into_iter()
                .chain(welsh.into_iter().flatten())
                .any(|text| text.chars().any(char::is_control)),
            "organisation: name and phone must each be one line".to_owned(),
        );
        for (language, own) in [
            ("english", &self.texts.english),
            ("welsh", &self.texts.welsh),
        ] {
            for (key, text, longest) in own.all() {
                let key = format!("organisation.texts.{language}.{key}");
                refuse(
                    text.chars().count() > longest,
                    format!(
                        "{key}: is longer than {longest} characters; readers are many and hurried"
                    ),
                );
                refuse(
                    text.chars().any(char::is_control),
                    format!("{key}: must be one line"),
                );
            }
        }
        for (key, english, welsh) in self.texts.pairs() {
            refuse(
                english.is_empty() != welsh.is_empty(),
                format!(
                    "organisation.texts: {key} is there in one language only; say it in english and in welsh"
                ),
            );
        }
        if let Err(faint) = self.colours() {
            wrong.extend(
                faint
                    .iter()
                    .map(|why| format!("organisation.colours.{why}")),
            );
        }
        wrong
    }

    fn colours(&self) -> Result<Option<Colours>, Vec<viewer::TooFaint>> {
        let pair = self.colours.as_ref();
        pair.map(|pair| Colours::new(pair.head, pair.accent))
            .transpose()
    }

    /// What the mails say of it.
    pub fn letterhead(&self) -> Letterhead {
        let mut letterhead = Letterhead::new(&self.name);
        letterhead.welsh_name = self.welsh_names().name;
        letterhead.languages = match self.language {
            Speech::English => vec![Language::English],
            Speech::Welsh => vec![Language::Welsh],
            Speech::Bilingual => vec![Language::Welsh, Language::English],
        };
        letterhead.notice.clone_from(&self.texts.english.notice);
        letterhead.welsh_notice.clone_from(&self.texts.welsh.notice);
        if let Some(pair) = &self.colours {
            letterhead.accent = pair.accent.to_string();
        }
        letterhead
    }

    /// What the pages say of it; without the logo, which is a file to be read.
    pub fn on_pages(&self) -> viewer::Organisation {
        let mut organisation = viewer::Organisation::new(&self.name, &self.phone);
        organisation.welsh = self.welsh_names();
        organisation.language = match self.language {
            Speech::English => Language::English,
            Speech::Welsh | Speech::Bilingual => Language::Welsh,
        };
        organisation.english_texts = self.texts.english.on_pages();
        organisation.welsh_texts = self.texts.welsh.on_pages();
        // What is too faint has stopped the start; see `wrong`.
        organisation.colours = self.colours().ok().flatten();
        organisation
    }

    fn welsh_names(&self) -> Names {
        Names {
            name: self.name_welsh.as_ref().unwrap_or(&self.name).clone(),
            phone: self.phone_welsh.as_ref().unwrap_or(&self.phone).clone(),
        }
    }

    /// Reads the logo.
    pub fn read_logo(&self) -> Result<Option<Logo>, String> {
        let Some(path) = &self.logo else {
            return Ok(None);
        };
        let fails =
            |why: &dyn std::fmt::Display| format!("organisation.logo: {} {why}", path.display());
        let octets =
            std::fs::read(path).map_err(|error| fails(&format!("cannot be read: {error}")))?;
        Logo::new(octets).map(Some).map_err(|error| fails(&error))
    }
}

impl Texts {
    fn pairs(&self) -> impl Iterator<Item = (&'static str, &str, &str)> {
        let (english, welsh) = (self.english.all(), self.welsh.all());
        english
            .into_iter()
            .zip(welsh)
            .map(|((key, english, _), (_, welsh, _))| (key, english, welsh))
    }
}

impl Own {
    fn all(&self) -> [(&'static str, &str, usize); 5] {
        [
            ("help", &self.help, LONGEST_NOTICE),
            ("notice", &self.notice, LONGEST_NOTICE),
            ("genuine", &self.genuine, LONGEST_TEXT),
            ("privacy", &self.privacy, LONGEST_TEXT),
            ("accessibility", &self.accessibility, LONGEST_TEXT),
        ]
    }

    fn on_pages(&self) -> OwnTexts {
        OwnTexts {
            help: self.help.clone(),
            genuine: self.genuine.clone(),
            privacy: self.privacy.clone(),
            accessibility: self.accessibility.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(more: &str) -> Organisation {
        let text = format!("name = \"Example Trust\"\nphone = \"01632 960000\"\n{more}");
        toml::from_str(&text).expect(more)
    }

    #[test]
    fn a_name_and_a_phone_are_enough() {
        let plain = parsed("");
        assert_eq!(plain.wrong(), Vec::<String>::new());
        assert_eq!(
            plain.on_pages(),
            viewer::Organisation::new("Example Trust", "01632 960000")
        );
        assert_eq!(plain.letterhead().languages, [Language::English]);
    }

    #[test]
    fn faint_colours_are_named_with_their_key_and_a_remedy() {
        let wrong = parsed("colours = { head = \"#7fb0b0\", accent = \"#0b5351\" }").wrong();
        assert_eq!(wrong.len(), 1);
        let text = &wrong[0];
        assert!(
            text.starts_with("organisation.colours.head: #7fb0b0 has a contrast of 2."),
            "{text}"
        );
        assert!(
            text.contains("WCAG 2.2 asks for 4.5:1. A darker one that would do: #"),
            "{text}"
        );
        let good = parsed("colours = { head = \"#0a4042\", accent = \"#0b5351\" }");
        assert_eq!(good.wrong(), Vec::<String>::new());
        assert_eq!(good.letterhead().accent, "#0b5351");
        assert!(
            toml::from_str::<Organisation>(
                "name=\"a\"\nphone=\"1\"\ncolours = { head = \"teal\", accent = \"#000000\" }"
            )
            .is_err()
        );
    }

    #[test]
    fn own_words_are_in_both_languages_and_on_one_short_line() {
        let half = parsed("[texts.english]\nhelp = \"Monday to Friday\"\n").wrong();
        assert_eq!(half.len(), 1, "{half:?}");
        assert!(
            half[0].contains("help is there in one language only"),
            "{half:?}"
        );
        let both = |n: usize| {
            let text = "a".repeat(n);
            parsed(&format!(
                "[texts.english]\nnotice = \"{text}\"\n[texts.welsh]\nnotice = \"{text}\"\n"
            ))
            .wrong()
        };
        assert!(both(LONGEST_NOTICE).is_empty());
        assert_eq!(both(LONGEST_NOTICE + 1).len(), 2);
        let lines =
            parsed("[texts.english]\nhelp = \"a\\nb\"\n[texts.welsh]\nhelp = \"c\"\n").wrong();
        assert!(
            lines[0].contains("texts.english.help: must be one line"),
            "{lines:?}"
        );
    }

    #[test]
    fn bilingual_is_welsh_first() {
        let both =
            parsed("language = \"bilingual\"\nname_welsh = \"Ymddiriedolaeth Enghraifft\"\n");
        assert_eq!(
            both.letterhead().languages,
            [Language::Welsh, Language::English]
        );
        assert_eq!(both.on_pages().language, Language::Welsh);
        assert_eq!(both.on_pages().welsh.name, "Ymddiriedolaeth Enghraifft");
        assert_eq!(both.on_pages().welsh.phone, "01632 960000");
        assert_eq!(parsed("name_welsh = \" \"").wrong().len(), 1);
    }

    #[test]
    fn a_logo_that_is_none_is_named_with_its_file() {
        let directory = tempfile::tempdir().expect("a folder");
        let path = directory.path().join("logo.gif");
        let mut organisation = parsed("");
        organisation.logo = Some(path.clone());
        let error = organisation.read_logo().expect_err("not there");
        assert!(error.starts_with("organisation.logo: ") && error.contains("cannot be read"));
        std::fs::write(&path, "GIF89a").expect("written");
        let error = organisation.read_logo().expect_err("a GIF");
        assert!(error.contains("is neither SVG, PNG nor WebP"), "{error}");
    }
}
