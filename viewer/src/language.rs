//! Which language a page is in: the one chosen by `?lang=`, else the browser's (RFC 9110 §12.5.4),
//! else the organisation's.
//!
//! `lang` is the one value that ever stands in a query, and it names nobody (promise A6). On the
//! page of a message the script has a switch of its own, because a link would lose the fragment.

use actix_web::HttpRequest;
use actix_web::http::header;
use store::Language;

/// What decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spoken {
    pub(crate) language: Language,
    /// The reader chose it here: links carry it on.
    pub(crate) chosen: bool,
}

/// The language of the answer to `request`.
pub(crate) fn of(request: &HttpRequest, otherwise: Language) -> Spoken {
    let chosen = request
        .query_string()
        .split('&')
        .find_map(|pair| pair.strip_prefix("lang=")?.parse().ok());
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE);
    let accepted = accepted.and_then(|value| value.to_str().ok());
    Spoken {
        language: chosen.or_else(|| preferred(accepted?)).unwrap_or(otherwise),
        chosen: chosen.is_some(),
    }
}

/// The one of ours that the browser likes best; the first of equals. `None` when it names neither.
fn preferred(accepted: &str) -> Option<Language> {
    let mut best: Option<(Language, u16)> = None;
    for range in accepted.split(',') {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let primary = tag.split('-').next().unwrap_or_default();
        let Ok(language) = primary.to_ascii_lowercase().parse() else {
            continue;
        };
        let weight = parts
            .find_map(|part| part.trim().strip_prefix("q="))
            .map_or(Some(1000), thousandths);
        match weight {
            Some(weight) if weight > best.map_or(0, |(_, weight)| weight) => {
                best = Some((language, weight));
            }
            _ => {}
        }
    }
    best.map(|(language, _)| language)
}

fn thousandths(weight: &str) -> Option<u16> {
    let weight: f32 = weight.trim().parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=1000"
    )]
    (0.0..=1.0)
        .contains(&weight)
        .then_some((weight * 1000.0) as u16)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_browser_is_asked_when_nothing_is_chosen() {
        for (accepted, expected) in [
            ("cy", Some(Language::Welsh)),
            ("cy-GB,cy;q=0.9,en-GB;q=0.8,en;q=0.7", Some(Language::Welsh)),
            ("en-GB,en;q=0.9,cy;q=0.8", Some(Language::English)),
            ("fr, CY;q=0.5, en;q=0.4", Some(Language::Welsh)),
            ("en;q=0.5, cy;q=0.5", Some(Language::English)),
            ("cy;q=0, en;q=0.1", Some(Language::English)),
            ("cy;q=x, en", Some(Language::English)),
            ("fr-FR, de", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(preferred(accepted), expected, "{accepted}");
        }
    }

    #[test]
    fn what_was_chosen_wins_and_is_known_to_be_chosen() {
        let spoken = |uri: &str, accepted: &str| {
            let request = TestRequest::with_uri(uri)
                .insert_header((header::ACCEPT_LANGUAGE, accepted))
                .to_http_request();
            let Spoken { language, chosen } = of(&request, Language::English);
            (language, chosen)
        };
        assert_eq!(spoken("/?lang=cy", "en"), (Language::Welsh, true));
        assert_eq!(spoken("/?lang=en", "cy"), (Language::English, true));
        assert_eq!(spoken("/?lang=fr", "cy"), (Language::Welsh, false));
        assert_eq!(spoken("/", "fr"), (Language::English, false));
        let none = TestRequest::default().to_http_request();
        assert_eq!(of(&none, Language::Welsh).language, Language::Welsh);
    }
}
