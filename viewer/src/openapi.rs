//! The JSON interface as an OpenAPI 3.1 document, made from the handlers' own types.
//!
//! `viewer/openapi.json` is the committed copy; a test compares the two. It is not served: the
//! public listener has no more addresses than a reader needs.

use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{Modify, OpenApi, PartialSchema, ToSchema, openapi};

use crate::api;
use crate::error_body::{ErrorBody, ErrorDetail};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Sealpost viewer",
        version = "1",
        description = "How a recipient's program asks for a passcode, fetches a sealed message and \
            answers it, and how a sender's learns what became of a message and withdraws it. Every error has a body of the form ErrorBody. Beyond the statuses that \
            are listed, any request may be answered with 400 malformed, 403 cross-origin, 405, \
            413 too-large, 415 media-type, 429 slow-down, 500 internal or 503 unavailable.",
        license(name = "MIT OR Apache-2.0"),
    ),
    paths(
        api::summary::read,
        api::exposed::note,
        api::damaged::tell,
        api::more_time::ask,
        api::not_for_me::disown,
        api::code::request,
        api::verify::check,
        api::grant::read,
        api::touch::renew,
        api::language::choose,
        api::view_file::send,
        api::message_file::send,
        api::reply_begin::begin,
        api::reply_part::put,
        api::copy_put::put,
        api::reply_send::send,
        api::sent_list::list,
        api::sent_copy::send,
        api::later::list,
        api::close::end,
        api::sender::summary::read,
        api::sender::code::request,
        api::sender::verify::check,
        api::sender::timeline::read,
        api::sender::touch::renew,
        api::sender::extend::extend,
        api::sender::remind::remind,
        api::sender::withdraw::withdraw,
        api::sender::close::end,
    ),
    components(schemas(ErrorBody, ErrorDetail)),
    modifiers(&SessionCookie),
)]
struct Document;

/// The session's cookie. Its name depends on the handle, which the format cannot say.
struct SessionCookie;

/// A sealed file as a body.
pub(crate) struct Octets;

impl PartialSchema for Octets {
    fn schema() -> openapi::RefOr<Schema> {
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(binary))
            .into()
    }
}

impl ToSchema for Octets {}

impl Modify for SessionCookie {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
            "__Host-sealpost-XXXXXXXX",
            "XXXXXXXX are the first eight Crockford base 32 symbols, in lower case, of \
             SHA-256(\"sealpost cookie\" || handle octets).",
        ));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

/// The document as pretty-printed JSON with a line feed at its end.
///
/// # Errors
/// None in practice; the serialiser's type has one.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&Document::openapi()).map(|json| json + "\n")
}
