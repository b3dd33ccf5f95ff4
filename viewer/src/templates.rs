//! The pages' words: handlebars templates in strict mode with HTML escape.
//!
//! A template that names a value which it is not given fails, in the tests and not before a reader:
//! each one is rendered there. What varies goes in as a value, never as template text.

use std::sync::Arc;

use fluent_bundle::FluentArgs;
use handlebars::Handlebars;
use rust_embed::RustEmbed;
use serde::Serialize;
use store::Language;

use crate::words::{DATES, Words, WordsError};

#[derive(RustEmbed)]
#[folder = "templates"]
#[allow_missing = true]
struct Files;

/// Why a template cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// Its text is not well-formed.
    #[error("templates/{name}.html is not a template")]
    Syntax {
        /// Its name.
        name: String,
        /// Where and why.
        #[source]
        source: Box<handlebars::TemplateError>,
    },
    /// Its text is not UTF-8.
    #[error("templates/{0}.html is not UTF-8")]
    NotText(String),
    /// A page has no template.
    #[error("templates/{0}.html is missing")]
    Missing(&'static str),
    /// The words of the pages.
    #[error(transparent)]
    Words(#[from] WordsError),
}

/// Every page that the viewer renders. `layout` is a part of them all.
pub(crate) const PAGES: [&str; 9] = [
    "landing",
    "sender",
    "home",
    "genuine",
    "privacy",
    "accessibility",
    "cookies",
    "not-found",
    "problem",
];

/// What the pages say.
const WORDS: [(Language, &str); 4] = [
    (Language::English, include_str!("../locales/en/shell.ftl")),
    (Language::Welsh, include_str!("../locales/cy/shell.ftl")),
    (Language::English, include_str!("../locales/en/pages.ftl")),
    (Language::Welsh, include_str!("../locales/cy/pages.ftl")),
];

/// All templates, read and checked.
pub(crate) struct Templates {
    registry: Handlebars<'static>,
    words: Arc<Words>,
}

/// Every variable that a template may name; what does not apply to a page is empty
/// (`templates/README.md`).
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct PageData<'a> {
    pub(crate) lang: &'a str,
    pub(crate) other: &'a str,
    pub(crate) english: bool,
    pub(crate) welsh: bool,
    pub(crate) here: &'a str,
    pub(crate) query: &'a str,
    pub(crate) title: &'a str,
    pub(crate) organisation: &'a str,
    pub(crate) phone: &'a str,
    pub(crate) organisation_en: &'a str,
    pub(crate) phone_en: &'a str,
    pub(crate) organisation_cy: &'a str,
    pub(crate) phone_cy: &'a str,
    pub(crate) tel_en: &'a str,
    pub(crate) tel_cy: &'a str,
    pub(crate) own_help: &'a str,
    pub(crate) own_help_en: &'a str,
    pub(crate) own_help_cy: &'a str,
    pub(crate) own_genuine: &'a str,
    pub(crate) own_privacy: &'a str,
    pub(crate) own_accessibility: &'a str,
    pub(crate) style_href: &'a str,
    pub(crate) brand_href: &'a str,
    pub(crate) logo_href: &'a str,
    pub(crate) icon_href: &'a str,
    pub(crate) main_src: &'a str,
    pub(crate) worker_src: &'a str,
    pub(crate) style_nonce: &'a str,
    pub(crate) handle: &'a str,
    pub(crate) reference: &'a str,
    pub(crate) message: &'a str,
}

impl Templates {
    /// The templates in this program.
    pub(crate) fn embedded() -> Result<Self, TemplateError> {
        let names = Files::iter().filter_map(|path| path.strip_suffix(".html").map(str::to_owned));
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        let words: Vec<_> = WORDS.into_iter().chain(DATES).collect();
        let words = Arc::new(Words::read(&words)?);
        Arc::clone(&words).lend(&mut registry);
        for name in names {
            let Some(file) = Files::get(&format!("{name}.html")) else {
                continue;
            };
            let text = std::str::from_utf8(&file.data)
                .map_err(|_| TemplateError::NotText(name.clone()))?;
            registry
                .register_template_string(&name, text)
                .map_err(|error| TemplateError::Syntax {
                    name: name.clone(),
                    source: Box::new(error),
                })?;
        }
        match PAGES.iter().find(|page| !registry.has_template(page)) {
            Some(absent) => Err(TemplateError::Missing(absent)),
            None => Ok(Self { registry, words }),
        }
    }

    /// One page as HTML.
    pub(crate) fn render(
        &self,
        page: &'static str,
        data: &PageData<'_>,
    ) -> Result<String, Box<handlebars::RenderError>> {
        self.registry.render(page, data).map_err(Box::new)
    }

    /// A text that needs no values.
    pub(crate) fn say(&self, language: Language, key: &str) -> String {
        let text = self.words.say(language, key, &FluentArgs::new());
        text.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = r#""><script>alert('x')</script>&{{lang}}"#;

    fn hostile(language: Language) -> PageData<'static> {
        PageData {
            lang: language.tag(),
            other: language.other().tag(),
            english: language == Language::English,
            welsh: language == Language::Welsh,
            here: "/privacy",
            query: "?lang=cy",
            title: HOSTILE,
            organisation: HOSTILE,
            phone: HOSTILE,
            organisation_en: HOSTILE,
            phone_en: HOSTILE,
            organisation_cy: HOSTILE,
            phone_cy: HOSTILE,
            tel_en: HOSTILE,
            tel_cy: HOSTILE,
            own_help: HOSTILE,
            own_help_en: HOSTILE,
            own_help_cy: HOSTILE,
            own_genuine: HOSTILE,
            own_privacy: HOSTILE,
            own_accessibility: HOSTILE,
            style_href: "/assets/style-1.css",
            brand_href: "/assets/brand-1.css",
            logo_href: "/assets/logo-1.svg",
            icon_href: "/assets/icon-1.svg",
            main_src: "/assets/main-1.js",
            worker_src: "/assets/worker-1.js",
            style_nonce: "bm9uY2U",
            handle: HOSTILE,
            reference: HOSTILE,
            message: HOSTILE,
        }
    }

    fn bare(language: Language) -> PageData<'static> {
        PageData {
            lang: language.tag(),
            other: language.other().tag(),
            ..PageData::default()
        }
    }

    #[test]
    fn every_page_renders_in_both_languages_with_every_value_and_with_none() {
        let templates = Templates::embedded().expect("templates");
        for page in PAGES {
            for language in Language::ALL {
                for data in [hostile(language), bare(language)] {
                    let html = templates
                        .render(page, &data)
                        .unwrap_or_else(|why| panic!("{page}: {why}"));
                    assert!(html.contains("<main id=\"main\""), "{page}");
                    assert_eq!(html.matches("<h1").count(), 1, "{page} has one h1");
                    let whole = format!("<html lang=\"{language}\" dir=\"ltr\">");
                    assert!(html.contains(&whole), "{page}");
                    assert!(html.contains(">Cymraeg<") && html.contains(">English<"));
                }
            }
        }
    }

    #[test]
    fn no_english_is_left_on_a_welsh_page() {
        let templates = Templates::embedded().expect("templates");
        for page in PAGES {
            let english = templates.render(page, &bare(Language::English));
            let welsh = templates.render(page, &bare(Language::Welsh)).expect(page);
            let said = |html: &str| -> Vec<String> {
                let pieces = html.split('>').filter_map(|rest| rest.split('<').next());
                let long = pieces.map(str::trim).filter(|text| text.len() > 12);
                long.map(str::to_owned).collect()
            };
            // The page of a message says why it needs script in both.
            let both = ["landing", "sender"].contains(&page);
            for text in said(&english.expect(page)) {
                assert!(both || !said(&welsh).contains(&text), "{page}: {text}");
            }
        }
    }

    #[test]
    fn every_key_of_the_pages_is_used_and_none_is_missing() {
        let templates = Templates::embedded().expect("templates");
        let sources: String = Files::iter()
            .filter_map(|name| Files::get(&name))
            .map(|file| String::from_utf8_lossy(&file.data).into_owned())
            .chain([
                include_str!("pages/mod.rs").to_owned(),
                include_str!("pages/refusal.rs").to_owned(),
            ])
            .collect();
        // Days and times are asked for by number, and every page has its title.
        let by_rule = |key: &str| {
            ["month-", "clock-", "date"]
                .iter()
                .any(|stem| key.starts_with(stem))
                || PAGES.iter().any(|page| key == format!("{page}-title"))
        };
        for key in templates.words.keys() {
            let quoted = format!("\"{key}\"");
            assert!(
                by_rule(key) || sources.contains(&quoted),
                "{key} is not used"
            );
        }
    }

    #[test]
    fn no_value_becomes_markup_or_template() {
        let templates = Templates::embedded().expect("templates");
        for page in PAGES {
            let html = templates
                .render(page, &hostile(Language::Welsh))
                .expect(page);
            assert!(!html.contains("<script>alert"), "{page}");
            assert!(!html.contains("alert('x')"), "{page}: a quote is left");
        }
    }

    #[test]
    fn no_page_carries_inline_script_style_or_a_foreign_address() {
        let templates = Templates::embedded().expect("templates");
        for page in PAGES {
            let html = templates
                .render(page, &hostile(Language::English))
                .expect(page)
                .to_lowercase();
            for forbidden in [
                "<style",
                " style=",
                " onclick=",
                " onload=",
                "javascript:",
                "http://",
            ] {
                assert!(!html.contains(forbidden), "{page}: {forbidden}");
            }
            for script in html.split("<script").skip(1) {
                assert!(
                    script.trim_start().contains("src="),
                    "{page}: inline script"
                );
            }
        }
    }

    #[test]
    fn a_value_that_no_template_is_given_is_an_error() {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry
            .register_template_string("page", "{{absent}}")
            .expect("template");
        assert!(registry.render("page", &PageData::default()).is_err());
    }
}
