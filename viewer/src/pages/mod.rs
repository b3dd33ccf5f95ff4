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

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;

use crate::templates::PageData;
use crate::viewer::Viewer;

/// Fills in what every page has, renders it and answers with it.
fn rendered(
    viewer: &Viewer,
    status: StatusCode,
    template: &'static str,
    own: PageData<'_>,
) -> HttpResponse {
    let organisation = &viewer.settings().organisation;
    let style_href = viewer.bundle().path_of("style.css");
    let icon_href = viewer.bundle().path_of("icon.svg");
    let data = PageData {
        lang: "en",
        organisation: &organisation.name,
        phone: &organisation.phone,
        style_href: &style_href,
        icon_href: &icon_href,
        ..own
    };
    match viewer.templates().render(template, &data) {
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

/// A page of words.
fn words(viewer: &Viewer, template: &'static str, title: &'static str) -> HttpResponse {
    rendered(
        viewer,
        StatusCode::OK,
        template,
        PageData {
            title,
            ..PageData::default()
        },
    )
}
