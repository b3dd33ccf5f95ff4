//! The headers that every answer carries, whatever it is: page, JSON, asset, error (promise B2).
//!
//! They are set outside of all handlers, so a route cannot forget one. The one difference between
//! answers is the nonce, and that hashed assets may be kept.

use actix_web::Error;
use actix_web::HttpMessage;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use seal::Random;

use crate::viewer::Viewer;

/// Under this prefix names contain a hash of what they name.
pub(crate) const ASSETS: &str = "/assets/";

const KEEP_FOR_A_YEAR: HeaderValue =
    HeaderValue::from_static("public, max-age=31536000, immutable");

/// Nothing of the device is needed; what is not listed here a browser grants to our origin only,
/// and no other origin is ever framed.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), \
    display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), \
    hid=(), idle-detection=(), magnetometer=(), microphone=(), midi=(), payment=(), \
    picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), \
    xr-spatial-tracking=()";

/// The value that allows one style element of the framed mail. A new one for each answer.
#[derive(Debug, Clone)]
pub(crate) struct StyleNonce(pub(crate) String);

impl StyleNonce {
    fn generate(random: &dyn Random) -> Self {
        let mut octets = [0; 18];
        random.fill(&mut octets);
        Self(BASE64_URL_SAFE_NO_PAD.encode(octets))
    }
}

/// Middleware, the outermost: whatever another one refuses passes through here too.
pub(crate) async fn secure(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let viewer = Viewer::of(request.request())?.clone();
    let nonce = StyleNonce::generate(viewer.random());
    request.extensions_mut().insert(nonce.clone());
    let is_asset = request.path().starts_with(ASSETS);
    let mut response = next.call(request).await?.map_into_boxed_body();
    let may_be_kept = is_asset && response.status() == StatusCode::OK;
    put(
        response.headers_mut(),
        &nonce,
        viewer.settings().public_url.is_https(),
        may_be_kept,
    );
    Ok(response)
}

fn put(headers: &mut HeaderMap, nonce: &StyleNonce, https: bool, may_be_kept: bool) {
    // The nonce is base64url, which is always a header value; without one nothing may be shown.
    let policy = HeaderValue::try_from(content_security_policy(nonce))
        .unwrap_or(HeaderValue::from_static("default-src 'none'"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    let cache = if may_be_kept {
        KEEP_FOR_A_YEAR
    } else {
        HeaderValue::from_static("no-store")
    };
    headers.insert(header::CACHE_CONTROL, cache);
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("x-robots-tag", "noindex, nofollow"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", PERMISSIONS),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    if https {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
}

/// Assets carry it too: a worker is governed by the policy of its own answer.
fn content_security_policy(nonce: &StyleNonce) -> String {
    format!(
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'nonce-{}'; \
         img-src 'self' data: blob:; connect-src 'self'; font-src 'none'; frame-src 'self' blob:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; \
         trusted-types sealpost-frame sealpost-worker dompurify",
        nonce.0
    )
}
