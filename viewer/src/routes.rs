//! Every route of the viewer, in one table (promise A8).
//!
//! The application is built from this table, so a route that is not in it does not exist; a test
//! walks it with each kind of visitor. There is no debug, metrics or administration route here:
//! those have a listener of their own in another package.

use std::rc::Rc;

use Verb::{Get, Post, Put};
use actix_web::guard::{self, Guard};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, Resource, Route};

use crate::pages::{self, refusal};
use crate::problem::Problem;
use crate::viewer::Viewer;
use crate::{access_log, api, gate, headers};

/// One method of one address.
pub struct RouteRule {
    /// How it is asked.
    pub verb: Verb,
    /// The address, as the router writes it.
    pub path: &'static str,
    /// What each kind of visitor is answered.
    pub expect: Expectation,
    route: fn() -> Route,
}

/// A method. `Get` answers HEAD too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// GET and HEAD
    Get,
    /// POST
    Post,
    /// PUT
    Put,
}

/// Who may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Has seen a handle somewhere; knows no link secret.
    Anonymous,
    /// Has a link, a passcode and a session of their own, for another message.
    WrongRecipient,
    /// Has this link and has typed its passcode.
    RightRecipient,
    /// Sent the message: has the link of its receipt and has typed its passcode.
    Sender,
    /// Has the link, the passcode and the session of another message's sender.
    WrongSender,
    /// Sees all that the store keeps, digests and ids included, and holds no link secret.
    Operator,
}

/// The status that each kind of visitor is answered with when the request is otherwise in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    /// For the person the message is for.
    pub right_recipient: u16,
    /// For who sent it.
    pub sender: u16,
    /// For everybody else: nobody else has any rights here.
    pub others: u16,
}

impl Expectation {
    /// The status for `role`.
    pub fn of(self, role: Role) -> u16 {
        match role {
            Role::RightRecipient => self.right_recipient,
            Role::Sender => self.sender,
            Role::Anonymous | Role::WrongRecipient | Role::WrongSender | Role::Operator => {
                self.others
            }
        }
    }
}

const fn rule(
    verb: Verb,
    path: &'static str,
    right_recipient: u16,
    others: u16,
    route: fn() -> Route,
) -> RouteRule {
    RouteRule {
        verb,
        path,
        expect: Expectation {
            right_recipient,
            sender: others,
            others,
        },
        route,
    }
}

/// One that is for the sender: a recipient is a stranger here.
const fn senders(
    verb: Verb,
    path: &'static str,
    sender: u16,
    others: u16,
    route: fn() -> Route,
) -> RouteRule {
    RouteRule {
        verb,
        path,
        expect: Expectation {
            right_recipient: others,
            sender,
            others,
        },
        route,
    }
}

/// Every route: method, address, status for whom it is for, status for everybody else.
#[rustfmt::skip]
pub static ROUTES: &[RouteRule] = &[
    rule(Get,  "/",                                        200, 200, || web::route().to(pages::home::show)),
    rule(Get,  "/genuine",                                 200, 200, || web::route().to(pages::genuine::show)),
    rule(Get,  "/privacy",                                 200, 200, || web::route().to(pages::privacy::show)),
    rule(Get,  "/accessibility",                           200, 200, || web::route().to(pages::accessibility::show)),
    rule(Get,  "/cookies",                                 200, 200, || web::route().to(pages::cookies::show)),
    rule(Get,  "/.well-known/security.txt",                200, 200, || web::route().to(pages::security_txt::send)),
    rule(Get,  "/.well-known/sealpost-bundle.sha256",      200, 200, || web::route().to(pages::bundle_hash::send)),
    rule(Get,  "/assets/{name}",                           200, 200, || web::route().to(pages::asset::send)),
    // Takes whatever a mail program put behind the handle: the page says what to do about it.
    rule(Get,  "/m/{handle:.*}",                           200, 200, || web::route().to(pages::landing::show)),
    rule(Post, "/api/v1/m/{handle}/summary",               200, 404, || web::route().to(api::summary::read)),
    rule(Post, "/api/v1/m/{handle}/exposed",               204, 404, || web::route().to(api::exposed::note)),
    rule(Post, "/api/v1/m/{handle}/damaged",               202, 404, || web::route().to(api::damaged::tell)),
    rule(Post, "/api/v1/m/{handle}/more-time",             202, 404, || web::route().to(api::more_time::ask)),
    rule(Post, "/api/v1/m/{handle}/not-for-me",            204, 404, || web::route().to(api::not_for_me::disown)),
    rule(Post, "/api/v1/m/{handle}/code",                  202, 404, || web::route().to(api::code::request)),
    rule(Post, "/api/v1/m/{handle}/verify",                200, 401, || web::route().to(api::verify::check)),
    rule(Get,  "/api/v1/m/{handle}/grant",                 200, 401, || web::route().to(api::grant::read)),
    rule(Post, "/api/v1/m/{handle}/touch",                 200, 401, || web::route().to(api::touch::renew)),
    rule(Post, "/api/v1/m/{handle}/language",              204, 401, || web::route().to(api::language::choose)),
    rule(Get,  "/api/v1/m/{handle}/view.age",              200, 401, || web::route().to(api::view_file::send)),
    rule(Get,  "/api/v1/m/{handle}/message.age",           200, 401, || web::route().to(api::message_file::send)),
    rule(Post, "/api/v1/m/{handle}/replies",               201, 401, || web::route().to(api::reply_begin::begin)),
    rule(Put,  "/api/v1/m/{handle}/replies/{reply_id}/parts/{index}",
                                                           204, 401, || web::route().to(api::reply_part::put)),
    rule(Put,  "/api/v1/m/{handle}/replies/{reply_id}/copy",
                                                           204, 401, || web::route().to(api::copy_put::put)),
    rule(Post, "/api/v1/m/{handle}/replies/{reply_id}/send",
                                                           202, 401, || web::route().to(api::reply_send::send)),
    rule(Get,  "/api/v1/m/{handle}/sent",                  200, 401, || web::route().to(api::sent_list::list)),
    rule(Get,  "/api/v1/m/{handle}/sent/{reply_id}",       200, 401, || web::route().to(api::sent_copy::send)),
    rule(Get,  "/api/v1/m/{handle}/later",                 200, 401, || web::route().to(api::later::list)),
    rule(Post, "/api/v1/m/{handle}/close",                 204, 401, || web::route().to(api::close::end)),
    senders(Get,  "/s/{handle:.*}",                        200, 200, || web::route().to(pages::sender::show)),
    senders(Post, "/api/v1/s/{handle}/summary",            200, 404, || web::route().to(api::sender::summary::read)),
    senders(Post, "/api/v1/s/{handle}/code",               202, 404, || web::route().to(api::sender::code::request)),
    senders(Post, "/api/v1/s/{handle}/verify",             200, 401, || web::route().to(api::sender::verify::check)),
    senders(Get,  "/api/v1/s/{handle}/timeline",           200, 401, || web::route().to(api::sender::timeline::read)),
    senders(Post, "/api/v1/s/{handle}/touch",              200, 401, || web::route().to(api::sender::touch::renew)),
    senders(Post, "/api/v1/s/{handle}/extend",             200, 401, || web::route().to(api::sender::extend::extend)),
    senders(Post, "/api/v1/s/{handle}/remind",             200, 401, || web::route().to(api::sender::remind::remind)),
    senders(Post, "/api/v1/s/{handle}/withdraw",           200, 401, || web::route().to(api::sender::withdraw::withdraw)),
    senders(Post, "/api/v1/s/{handle}/close",              204, 401, || web::route().to(api::sender::close::end)),
];

impl Verb {
    /// The value of `Allow` for an address that takes this method.
    fn allow(self) -> &'static str {
        match self {
            Get => "GET, HEAD",
            Post => "POST",
            Put => "PUT",
        }
    }

    fn guard(self) -> Rc<dyn Guard> {
        match self {
            Get => Rc::new(guard::Any(guard::Get()).or(guard::Head())),
            Post => Rc::new(guard::Post()),
            Put => Rc::new(guard::Put()),
        }
    }
}

/// Installs the table with what stands around it. From the outside inwards: headers, log, flood
/// limit, origin check, the address, the net under its handler.
pub(crate) fn install(viewer: &Viewer, config: &mut ServiceConfig) {
    let everything = ROUTES.iter().fold(web::scope(""), |scope, rule| {
        scope.service(resource(rule).wrap(from_fn(gate::catch_panics)))
    });
    let everything = everything
        .default_service(web::route().to(pages::not_found::show))
        .wrap(from_fn(gate::same_origin))
        .wrap(from_fn(gate::limit_requests))
        .wrap(from_fn(access_log::record))
        .wrap(from_fn(headers::secure));
    config.app_data(viewer.clone()).service(everything);
}

fn resource(rule: &'static RouteRule) -> Resource {
    let allow = rule.verb.allow();
    let refused = move |request: HttpRequest| async move {
        refusal::answer(&request, &Problem::Method(allow))
    };
    web::resource(rule.path)
        .route((rule.route)().guard(rule.verb.guard()))
        .default_service(web::route().to(refused))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_address_stands_in_the_table_once() {
        // Two resources of one address would shadow each other, and answer 405 for each other.
        let paths: HashSet<_> = ROUTES.iter().map(|rule| rule.path).collect();
        assert_eq!(paths.len(), ROUTES.len());
    }

    #[test]
    fn nothing_that_needs_a_session_or_a_proof_answers_strangers() {
        for rule in ROUTES.iter().filter(|rule| rule.path.starts_with("/api/")) {
            assert!(matches!(rule.expect.others, 401 | 404), "{}", rule.path);
        }
    }
}
