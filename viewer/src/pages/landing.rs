//! `/m/{handle}`: "You have a secure message."
//!
//! The same page for every handle, real, unknown or mangled: it looks nothing up, so it can tell
//! nobody anything (promise A5) and opening it has no effect (promise A1).

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use seal::Handle;

use crate::headers::StyleNonce;
use crate::pages::rendered;
use crate::templates::PageData;
use crate::viewer::Viewer;

/// Longer than any handle; the rest of a longer text helps nobody.
const MOST_SYMBOLS: usize = 64;

pub(crate) async fn show(
    viewer: Viewer,
    request: HttpRequest,
    nonce: web::ReqData<StyleNonce>,
) -> HttpResponse {
    let path = request.match_info().get("handle").unwrap_or_default();
    if carries_secret(path) {
        // Without the path: whoever reads the log must not be able to use it.
        tracing::warn!(
            "a link arrived with its secret in the path; something on the way rewrote it"
        );
    }
    let handle = front(path);
    let reference = handle
        .parse::<Handle>()
        .map(|handle| handle.reference())
        .unwrap_or_default();
    let main_src = viewer.bundle().path_of("main.js");
    let worker_src = viewer.bundle().path_of("worker.js");
    let data = PageData {
        main_src: &main_src,
        worker_src: &worker_src,
        style_nonce: &nonce.0,
        handle,
        reference: &reference,
        ..PageData::default()
    };
    rendered(
        &viewer,
        &request,
        StatusCode::OK,
        "landing",
        "landing-title",
        data,
    )
}

/// What may be the handle: the symbols before anything that a mail program or a rewriter added.
fn front(path: &str) -> &str {
    let symbols = path
        .bytes()
        .take(MOST_SYMBOLS)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    &path[..symbols]
}

/// Whether a link rewriter escaped the `#` and so pushed the secret to us (promise B1).
fn carries_secret(path: &str) -> bool {
    let after = &path[front(path).len()..];
    let is_secret = |text: &str| {
        text.len() >= 43
            && text
                .bytes()
                .take(43)
                .all(|o| o.is_ascii_alphanumeric() || b"-_".contains(&o))
    };
    ["#1.", "%231.", "/1."]
        .iter()
        .any(|mark| after.strip_prefix(mark).is_some_and(is_secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_the_handle_is_not_shown() {
        for (path, handle) in [
            ("0123456789abcdefghjkmnpqrs", "0123456789abcdefghjkmnpqrs"),
            ("0123456789abcdefghjkmnpqrs/", "0123456789abcdefghjkmnpqrs"),
            (
                "0123456789abcdefghjkmnpqrs#1.secret",
                "0123456789abcdefghjkmnpqrs",
            ),
            ("\"><script>", ""),
            ("é", ""),
            ("", ""),
        ] {
            assert_eq!(front(path), handle, "{path}");
        }
        assert_eq!(front(&"a".repeat(500)).len(), MOST_SYMBOLS);
    }

    #[test]
    fn a_secret_in_the_path_is_noticed() {
        let secret = "A".repeat(43);
        for mark in ["#1.", "%231.", "/1."] {
            assert!(
                carries_secret(&format!("0123456789{mark}{secret}")),
                "{mark}"
            );
        }
        assert!(!carries_secret("0123456789abcdefghjkmnpqrs"));
        assert!(!carries_secret("0123456789/1.short"));
    }
}
