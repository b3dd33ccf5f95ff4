//! The pages that are rendered here. The script builds everything after the landing shell itself,
//! so each of them is words and a few values.

pub(crate) mod accessibility;
pub(crate) mod asset;
pub(crate) mod bundle_hash;
pub(crate) mod cookies;
pub(crate) mod genuine;
pub(crate) mod home;
pub(crate) mod landing;
pub(crate) mod not_found;
pub(crate) mod privacy;
pub(crate) mod refusal;
pub(crate) mod security_txt;
pub(crate) mod sender;

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse};
use store::Language;

use crate::bundle::Bundle;
use crate::language;
use crate::settings::Organisation;
use crate::telephone::dialled;
use crate::templates::{PageData, Templates};
use crate::typeset::typeset;
use crate::viewer::Viewer;

/// Where a page is, for the links that turn it into another language; what is at no address of its
/// own leads home.
const HOME: &str = "/";

/// Fills in what every page has, renders it in the reader's language and answers with it. `title` is
/// the key of a text.
fn rendered(
    viewer: &Viewer,
    request: &HttpRequest,
    status: StatusCode,
    template: &'static str,
    title: &str,
    own: PageData<'_>,
) -> HttpResponse {
    let spoken = language::of(request, viewer.settings().organisation.language);
    let query = if spoken.chosen {
        format!("?lang={}", spoken.language)
    } else {
        String::new()
    };
    let own = PageData {
        query: &query,
        ..own
    };
    let dress = Dress {
        templates: viewer.templates(),
        bundle: viewer.bundle(),
        organisation: &viewer.settings().organisation,
    };
    match dress.html(spoken.language, template, title, own) {
        Ok(html) => HttpResponse::build(status)
            .content_type(ContentType::html())
            .body(html),
        Err(error) => {
            tracing::error!(template, error = %error, "a page does not render");
            let words = "Sorry, there is a problem with the service. Try again later.";
            HttpResponse::InternalServerError()
                .content_type(ContentType::plaintext())
                .body(words)
        }
    }
}

/// What makes a page of its own values.
pub(crate) struct Dress<'a> {
    pub(crate) templates: &'a Templates,
    pub(crate) bundle: &'a Bundle,
    pub(crate) organisation: &'a Organisation,
}

impl Dress<'_> {
    /// One page. `title` is the key of a text.
    pub(crate) fn html(
        &self,
        language: Language,
        template: &'static str,
        title: &str,
        own: PageData<'_>,
    ) -> Result<String, Box<handlebars::RenderError>> {
        let title = self.templates.say(language, title);
        let style_href = self.bundle.path_of("style.css");
        let brand_href = self.bundle.path_of("brand.css");
        let logo_href = self.bundle.path_of("logo");
        let icon_href = self.bundle.path_of("icon.svg");
        // People read it out: no line ends inside of it.
        let phone = self
            .organisation
            .names_in(language)
            .phone
            .replace(' ', "\u{a0}");
        let tel =
            |language| dialled(&self.organisation.names_in(language).phone).unwrap_or_default();
        let data = PageData {
            title: &title,
            phone: &phone,
            tel_en: &tel(Language::English),
            tel_cy: &tel(Language::Welsh),
            style_href: if own.style_href.is_empty() {
                &style_href
            } else {
                own.style_href
            },
            brand_href: &brand_href,
            logo_href: &logo_href,
            icon_href: &icon_href,
            here: if own.here.is_empty() { HOME } else { own.here },
            ..of_organisation(self.organisation, language, own)
        };
        let html = self.templates.render(template, &data)?;
        Ok(typeset(&html, &phone, dialled(&phone).as_deref()))
    }
}

fn of_organisation<'a>(
    organisation: &'a Organisation,
    language: Language,
    own: PageData<'a>,
) -> PageData<'a> {
    let names = organisation.names_in(language);
    let texts = organisation.texts_in(language);
    PageData {
        lang: language.tag(),
        other: language.other().tag(),
        english: language == Language::English,
        welsh: language == Language::Welsh,
        organisation: &names.name,
        organisation_en: &organisation.names.name,
        phone_en: &organisation.names.phone,
        organisation_cy: &organisation.welsh.name,
        phone_cy: &organisation.welsh.phone,
        own_help: &texts.help,
        own_help_en: &organisation.english_texts.help,
        own_help_cy: &organisation.welsh_texts.help,
        own_genuine: &texts.genuine,
        own_privacy: &texts.privacy,
        own_accessibility: &texts.accessibility,
        ..own
    }
}

/// A page of words, at an address of its own; its title's key is its name.
fn words(viewer: &Viewer, request: &HttpRequest, template: &'static str) -> HttpResponse {
    let own = PageData {
        here: request.path(),
        ..PageData::default()
    };
    let title = format!("{template}-title");
    rendered(viewer, request, StatusCode::OK, template, &title, own)
}
