//! Small JSON bodies: one media type, a few KiB, in time.
//!
//! The octets are wiped afterwards, because a body may hold an open proof or a passcode. What the
//! framework read from the line lies in buffers of its own, which we cannot reach.

use std::future::Future;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::problem::Problem;

/// More than any JSON body that a page sends.
pub(crate) const MOST_OCTETS: usize = 4 * 1024;

/// A client that needs longer for 4 KiB holds a connection, not a conversation.
const PATIENCE: Duration = Duration::from_secs(10);

/// A JSON body as `T`.
pub(crate) struct JsonBody<T>(pub(crate) T);

/// `{}`: the request is all there is to say.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Nothing {}

/// Text that is wiped when it is dropped and that cannot be printed.
pub(crate) struct SecretText(Zeroizing<String>);

impl SecretText {
    pub(crate) fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for JsonBody<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let typed = has_media_type(request, "application/json");
        let payload = payload.take();
        Box::pin(async move {
            if !typed {
                return Err(Problem::MediaType);
            }
            let octets = within(PATIENCE, collect(payload)).await?;
            serde_json::from_slice(&octets)
                .map(Self)
                .map_err(|_| Problem::Malformed)
        })
    }
}

/// Whether the body has exactly this media type (parameters aside) and no content coding. A form of
/// another site can only send types that are none of ours.
pub(crate) fn has_media_type(request: &HttpRequest, wanted: &str) -> bool {
    let value = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let media_type = value(header::CONTENT_TYPE).and_then(|text| text.split(';').next());
    let plain = !request.headers().contains_key(header::CONTENT_ENCODING);
    plain && media_type.is_some_and(|text| text.trim().eq_ignore_ascii_case(wanted))
}

/// Gives up on a client that is too slow.
pub(crate) async fn within<T>(
    patience: Duration,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    tokio::time::timeout(patience, work)
        .await
        .unwrap_or(Err(Problem::TooSlow))
}

async fn collect(mut payload: Payload) -> Result<Zeroizing<Vec<u8>>, Problem> {
    // Reserved whole, so that growing leaves no copies behind.
    let mut octets = Zeroizing::new(Vec::with_capacity(MOST_OCTETS));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::Malformed)?;
        if octets.len() + chunk.len() > MOST_OCTETS {
            return Err(Problem::BodyTooLarge);
        }
        octets.extend_from_slice(&chunk);
    }
    Ok(octets)
}
