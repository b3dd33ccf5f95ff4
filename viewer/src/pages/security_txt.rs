//! `/.well-known/security.txt`: where to report a weakness (RFC 9116).

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use jiff::{SignedDuration, Timestamp};

use crate::settings::ViewerSettings;
use crate::viewer::Viewer;

/// RFC 9116 §2.5.5 wants an end less than a year away. The text is made anew for each request, so
/// the end says only that what was just read is current.
const VALID_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

pub(crate) async fn send(viewer: Viewer) -> HttpResponse {
    let text = text(viewer.settings(), viewer.now());
    HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .body(text)
}

fn text(settings: &ViewerSettings, now: Timestamp) -> String {
    let origin = settings.public_url.origin();
    let genuine = format!("{origin}/genuine");
    let contact = settings.security_contact.as_deref().unwrap_or(&genuine);
    // Whole days: the text tells nothing about the second of the request.
    let day = now.as_second().div_euclid(86_400) * 86_400;
    let expires = Timestamp::from_second(day)
        .unwrap_or(now)
        .saturating_add(VALID_FOR);
    let expires = expires.unwrap_or(now);
    format!(
        "Contact: {contact}\n\
         Expires: {expires}\n\
         Preferred-Languages: en, cy\n\
         Canonical: {origin}/.well-known/security.txt\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Organisation;

    #[test]
    fn the_fields_that_rfc_9116_requires_are_there() {
        let organisation = Organisation::new("Example Trust", "01632 960000");
        let url = "https://secure.example.org".parse().expect("url");
        let mut settings = ViewerSettings::new(url, organisation);
        let now = "2026-11-22T12:14:15Z".parse().expect("time");
        assert_eq!(
            text(&settings, now),
            "Contact: https://secure.example.org/genuine\n\
             Expires: 2027-02-20T00:00:00Z\n\
             Preferred-Languages: en, cy\n\
             Canonical: https://secure.example.org/.well-known/security.txt\n"
        );
        settings.security_contact = Some("mailto:security@example.org".to_owned());
        assert!(text(&settings, now).starts_with("Contact: mailto:security@example.org\n"));
    }
}
