//! A browser that keeps cookies as a browser would, and the application it talks to.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use actix_web::body::to_bytes;
use actix_web::cookie::Cookie;
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::Bytes;
use actix_web::{App, test};
use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};
use viewer::Viewer;

use crate::world::{Held, PUBLIC_URL, Sent, World};

type Handler = dyn Fn(TestRequest) -> LocalBoxFuture<'static, Answer>;

/// The whole application in this thread.
#[derive(Clone)]
pub(crate) struct Site(Rc<Handler>);

impl Site {
    pub(crate) async fn new(viewer: &Viewer) -> Self {
        let viewer = viewer.clone();
        let service = init_service(App::new().configure(|config| viewer.configure(config))).await;
        let service = Rc::new(service);
        Self(Rc::new(move |request| {
            let service = Rc::clone(&service);
            Box::pin(async move {
                let response = call_service(&*service, request.to_request()).await;
                let (_, response) = response.into_parts();
                let (status, headers) = (response.status(), response.headers().clone());
                let body = to_bytes(response.into_body()).await.unwrap_or_default();
                Answer {
                    status,
                    headers,
                    body,
                }
            })
        }))
    }

    pub(crate) async fn ask(&self, request: TestRequest) -> Answer {
        (self.0)(request).await
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// `403 wrong-code`
    pub(crate) fn refusal(&self) -> String {
        let code = self.json()["error"]["code"]
            .as_str()
            .unwrap_or("no code")
            .to_owned();
        format!("{} {code}", self.status.as_u16())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn cookie(&self) -> Option<Cookie<'_>> {
        self.header("set-cookie")
            .map(|text| Cookie::parse(text).unwrap())
    }
}

/// One person's browser.
#[derive(Clone)]
pub(crate) struct Browser {
    site: Site,
    jar: RefCell<BTreeMap<String, String>>,
    csrf: RefCell<String>,
}

impl Browser {
    pub(crate) fn new(site: &Site) -> Self {
        Self {
            site: site.clone(),
            jar: RefCell::default(),
            csrf: RefCell::default(),
        }
    }

    pub(crate) fn path(held: &Held, rest: &str) -> String {
        format!("/api/v1/m/{}/{rest}", held.handle)
    }

    pub(crate) fn sender_path(sent: &Sent, rest: &str) -> String {
        format!("/api/v1/s/{}/{rest}", sent.handle)
    }

    /// The whole way of a sender: ask, read the mail, type.
    pub(crate) async fn sign_in_sender(&self, world: &World, sent: &Sent) -> Answer {
        let proof = json!({"proof": sent.proof()});
        let asked = self.post(&Self::sender_path(sent, "code"), &proof).await;
        assert_eq!(asked.status, 202, "{asked:?}");
        let code = json!({"code": world.mailed_codes().await.last().unwrap()});
        let answer = self.post(&Self::sender_path(sent, "verify"), &code).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.set_csrf(answer.json()["csrf"].as_str().unwrap());
        answer
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> TestRequest {
        let mut request = test::TestRequest::default().method(method).uri(path);
        let jar = self.jar.borrow();
        let pairs: Vec<String> = jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !pairs.is_empty() {
            request = request.insert_header(("Cookie", pairs.join("; ")));
        }
        request
    }

    /// As the page's script would: own origin, CSRF value.
    pub(crate) fn changing(&self, method: Method, path: &str) -> TestRequest {
        let mut request = self
            .request(method, path)
            .insert_header(("Origin", PUBLIC_URL))
            .insert_header(("Sec-Fetch-Site", "same-origin"));
        let csrf = self.csrf.borrow();
        if !csrf.is_empty() {
            request = request.insert_header(("X-Sealpost-Csrf", csrf.as_str()));
        }
        request
    }

    pub(crate) async fn ask(&self, request: TestRequest) -> Answer {
        let answer = self.site.ask(request).await;
        if let Some(cookie) = answer.cookie() {
            let mut jar = self.jar.borrow_mut();
            if cookie.max_age().is_some_and(|age| age.is_zero()) {
                jar.remove(cookie.name());
            } else {
                jar.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(self.changing(Method::POST, path).set_json(body))
            .await
    }

    pub(crate) async fn note_exposed(&self, held: &Held) -> Answer {
        let proof = json!({"proof": held.proof()});
        self.post(&Self::path(held, "exposed"), &proof).await
    }

    pub(crate) async fn summary(&self, held: &Held) -> Answer {
        self.post(
            &Self::path(held, "summary"),
            &json!({"proof": held.proof()}),
        )
        .await
    }

    pub(crate) async fn ask_code(&self, held: &Held) -> Answer {
        self.post(&Self::path(held, "code"), &json!({"proof": held.proof()}))
            .await
    }

    pub(crate) async fn type_code(&self, held: &Held, code: &str) -> Answer {
        let answer = self
            .post(&Self::path(held, "verify"), &json!({"code": code}))
            .await;
        if let (200, Some(csrf)) = (answer.status.as_u16(), answer.json()["csrf"].as_str()) {
            csrf.clone_into(&mut self.csrf.borrow_mut());
        }
        answer
    }

    pub(crate) async fn grant(&self, held: &Held) -> Answer {
        self.get(&Self::path(held, "grant")).await
    }

    /// The whole way of a reader: ask, read the mail, type.
    pub(crate) async fn sign_in(&self, world: &World, held: &Held) -> Answer {
        assert_eq!(self.ask_code(held).await.status, 202);
        let mailed = world.mailed_codes().await;
        let answer = self.type_code(held, mailed.last().unwrap()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }

    /// The one cookie of this browser.
    pub(crate) fn only_cookie(&self) -> (String, String) {
        let jar = self.jar.borrow();
        assert_eq!(jar.len(), 1, "{jar:?}");
        jar.iter()
            .next()
            .map(|(name, value)| (name.clone(), value.clone()))
            .unwrap()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.jar
            .borrow_mut()
            .insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn forget_csrf(&self) {
        self.csrf.borrow_mut().clear();
    }

    pub(crate) fn set_csrf(&self, value: &str) {
        value.clone_into(&mut self.csrf.borrow_mut());
    }

    pub(crate) fn csrf(&self) -> String {
        self.csrf.borrow().clone()
    }
}
