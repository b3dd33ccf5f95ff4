//! The pages' words: handlebars templates in strict mode with HTML escape.
//!
//! A template that names a value which it is not given fails, in the tests and not before a reader:
//! each one is rendered there. What varies goes in as a value, never as template text.

use handlebars::Handlebars;
use rust_embed::RustEmbed;
use serde::Serialize;

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
}

/// Every page that the viewer renders. `layout` is a part of them all.
pub(crate) const PAGES: [&str; 8] = [
    "landing",
    "home",
    "genuine",
    "privacy",
    "accessibility",
    "cookies",
    "not-found",
    "problem",
];

/// All templates, read and checked.
pub(crate) struct Templates(Handlebars<'static>);

/// Every variable that a template may name; what does not apply to a page is empty
/// (`templates/README.md`).
#[derive(Debug, Default, Serialize)]
pub(crate) struct PageData<'a> {
    pub(crate) lang: &'a str,
    pub(crate) title: &'a str,
    pub(crate) organisation: &'a str,
    pub(crate) phone: &'a str,
    pub(crate) style_href: &'a str,
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
            None => Ok(Self(registry)),
        }
    }

    /// One page as HTML.
    pub(crate) fn render(
        &self,
        page: &'static str,
        data: &PageData<'_>,
    ) -> Result<String, Box<handlebars::RenderError>> {
        self.0.render(page, data).map_err(Box::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = r#""><script>alert('x')</script>&{{lang}}"#;

    fn hostile() -> PageData<'static> {
        PageData {
            lang: "en",
            title: HOSTILE,
            organisation: HOSTILE,
            phone: HOSTILE,
            style_href: "/assets/style-1.css",
            icon_href: "/assets/icon-1.svg",
            main_src: "/assets/main-1.js",
            worker_src: "/assets/worker-1.js",
            style_nonce: "bm9uY2U",
            handle: HOSTILE,
            reference: HOSTILE,
            message: HOSTILE,
        }
    }

    #[test]
    fn every_page_renders_with_every_value_and_with_none() {
        let templates = Templates::embedded().expect("templates");
        for page in PAGES {
            for data in [
                hostile(),
                PageData {
                    lang: "en",
                    ..PageData::default()
                },
            ] {
                let html = templates
                    .render(page, &data)
                    .unwrap_or_else(|why| panic!("{page}: {why}"));
                assert!(html.contains("<main id=\"main\""), "{page}");
                assert_eq!(html.matches("<h1").count(), 1, "{page} has one h1");
                assert!(html.contains("lang=\"en\""), "{page}");
            }
        }
    }

    #[test]
    fn no_value_becomes_markup_or_template() {
        let templates = Templates::embedded().expect("templates");
        for page in PAGES {
            let html = templates.render(page, &hostile()).expect(page);
            assert!(!html.contains("<script>alert"), "{page}");
            assert!(!html.contains("alert('x')"), "{page}: a quote is left");
        }
    }

    #[test]
    fn no_page_carries_inline_script_style_or_a_foreign_address() {
        let templates = Templates::embedded().expect("templates");
        for page in PAGES {
            let html = templates
                .render(page, &hostile())
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
