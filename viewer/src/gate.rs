//! What every request passes before its handler: the flood limit, the origin check, and a net
//! under the handler that turns a panic into an ordinary 500.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest};
use futures_util::FutureExt;

use crate::network::client_of;
use crate::origin::{Claims, is_ours};
use crate::pages::refusal;
use crate::problem::Problem;
use crate::settings::ViewerSettings;
use crate::viewer::Viewer;

/// Middleware: one token of the client's bucket per request. This machine itself is not limited: a
/// health check or a misconfigured proxy would otherwise share one bucket with all readers.
pub(crate) async fn limit_requests(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let viewer = Viewer::of(request.request())?;
    let client = client_address(viewer, request.request());
    let taken = match client {
        Some(client) if !client.is_loopback() => viewer.limiter().take(client, viewer.now()),
        _ => Ok(()),
    };
    match taken {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(retry_at) => Ok(refuse(request, Problem::SlowDown { retry_at })),
    }
}

/// What an operator should know about the flood limit before it is needed, if anything.
///
/// Behind a proxy that is not trusted by name every reader comes from the proxy's address; when that
/// is this machine's own, the limit counts nobody, and nothing else would say so.
pub fn flood_limit_note(
    listen_is_loopback: bool,
    settings: &ViewerSettings,
) -> Option<&'static str> {
    let behind_a_proxy = listen_is_loopback && settings.public_url.is_https();
    (behind_a_proxy && settings.trusted_proxies.is_empty()).then_some(
        "the viewer listens on this machine only and its public address is https, so a proxy stands \
         in front; as long as viewer.trusted_proxies does not name it, every reader seems to come \
         from this machine and the flood limit is off. If the proxy runs here, set \
         trusted_proxies = [\"127.0.0.1\", \"::1\"]",
    )
}

/// Middleware: what changes state must come from our own pages.
pub(crate) async fn same_origin(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !request.method().is_safe() {
        let viewer = Viewer::of(request.request())?;
        let claims = claims_of(viewer, request.request());
        if !is_ours(claims, &viewer.settings().public_url) {
            return Ok(refuse(request, Problem::CrossOrigin));
        }
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Middleware around one resource: a panic in a handler becomes the same 500 as any other fault of
/// ours. (Further out it cannot stand: the request must be kept for the answer, and while routing
/// goes on nobody else may hold it.)
pub(crate) async fn catch_panics(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let kept = request.request().clone();
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(response) => Ok(response?.map_into_boxed_body()),
        Err(_) => {
            // What it said may hold anything; the panic hook decides what of it is written.
            tracing::error!("a handler panicked");
            let answer = refusal::answer(&kept, &Problem::Internal);
            Ok(ServiceResponse::new(kept, answer))
        }
    }
}

fn refuse(request: ServiceRequest, problem: Problem) -> ServiceResponse<BoxBody> {
    let answer = refusal::answer(request.request(), &problem);
    request.into_response(answer)
}

fn client_address(viewer: &Viewer, request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    // Read whatever its octets: a client must not be able to hide behind the proxy's own address by
    // sending something that is no text for the proxy to append to.
    let lines: Vec<_> = request
        .headers()
        .get_all("x-forwarded-for")
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    let lines = lines.iter().map(AsRef::as_ref);
    Some(client_of(peer, lines, &viewer.settings().trusted_proxies))
}

fn claims_of<'a>(viewer: &Viewer, request: &'a HttpRequest) -> Claims<'a> {
    let headers = request.headers();
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
    let is_proxy = |address| {
        viewer
            .settings()
            .trusted_proxies
            .iter()
            .any(|network| network.contains(address))
    };
    Claims {
        origin: text(headers, header::ORIGIN),
        fetch_site: text(headers, header::HeaderName::from_static("sec-fetch-site")),
        host: text(headers, header::HOST),
        from_loopback: peer.is_some_and(|peer| peer.is_loopback() && !is_proxy(peer)),
    }
}

/// A header's text; one that is not text reads as empty, which no check takes for absent.
fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers
        .get(name)
        .map(|value| value.to_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Organisation;

    #[test]
    fn a_proxy_on_this_machine_that_is_not_trusted_is_pointed_out() {
        let note = |loopback: bool, url: &str, proxies: &[&str]| {
            let organisation = Organisation::new("Example Trust", "01632 960000");
            let mut settings = ViewerSettings::new(url.parse().expect("url"), organisation);
            settings.trusted_proxies = proxies
                .iter()
                .map(|text| text.parse().expect("network"))
                .collect();
            flood_limit_note(loopback, &settings).is_some()
        };
        assert!(note(true, "https://secure.example.org", &[]));
        assert!(!note(true, "https://secure.example.org", &["127.0.0.1"]));
        assert!(!note(false, "https://secure.example.org", &[]));
        assert!(!note(true, "http://localhost:8080", &[]), "no proxy");
    }
}
