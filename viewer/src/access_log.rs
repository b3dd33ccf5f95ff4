//! One line per request: route template, status, duration, request id.
//!
//! Neither path nor query is ever recorded: a handle stands in the one, and broken links have
//! carried secrets in both (promises A6, B1).

use std::time::Instant;

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use seal::Random;
use tracing::{Instrument, field};

use crate::viewer::Viewer;

/// Middleware: a span around the request, an event at its end.
pub(crate) async fn record(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = request_id(Viewer::of(request.request())?.random());
    let method = known_method(request.method());
    let span = tracing::info_span!("request", request.id = %id, route = field::Empty);
    let started = Instant::now();
    async move {
        let response = next.call(request).await?.map_into_boxed_body();
        // The template is known only after routing.
        let route = response
            .request()
            .match_pattern()
            .unwrap_or_else(|| "none".to_owned());
        tracing::Span::current().record("route", &route);
        let status = response.status().as_u16();
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(method, status, duration_ms, "request answered");
        Ok(response)
    }
    .instrument(span)
    .await
}

/// A method is any token a client likes; only those of RFC 9110 are written down.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn request_id(random: &dyn Random) -> String {
    let mut octets = [0; 8];
    random.fill(&mut octets);
    format!("{:016x}", u64::from_be_bytes(octets))
}
