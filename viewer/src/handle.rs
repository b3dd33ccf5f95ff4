//! The handle in a path, as it came and as what it may mean.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use seal::Handle;

use crate::problem::Problem;

/// What stands in the place of the handle. It need not be one: nothing before the proof may tell a
/// handle that exists from one that could not (promise A5).
pub(crate) struct HandleInPath(Option<Handle>);

impl HandleInPath {
    pub(crate) fn parsed(&self) -> Option<Handle> {
        self.0
    }
}

/// The well-formed handle of a request's path.
pub(crate) fn handle_of(request: &HttpRequest) -> Option<Handle> {
    request.match_info().get("handle")?.parse().ok()
}

impl FromRequest for HandleInPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(handle_of(request))))
    }
}
