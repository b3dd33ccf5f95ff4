//! Browser sessions: the check that makes a [`PasscodeVerified`], and nothing else that does.
//!
//! Handlers take one of two proofs as a parameter. [`PasscodeVerified`] says that this browser's
//! person typed the passcode of this link's recipient, that the session is live, and that the grant
//! is open now. [`Confirmed`] says besides that the request carries the session's CSRF value.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use jiff::Timestamp;
use seal::Handle;
use store::{Disposition, RecipientRecord, SessionLimits};

use crate::door::Reads;
use crate::grant::{GrantState, state_of};
use crate::handle::handle_of;
use crate::problem::Problem;
use crate::token::{Token, cookie_name};
use crate::viewer::Viewer;

/// Header that carries the CSRF value.
pub(crate) const CSRF_HEADER: &str = "X-Sealpost-Csrf";

/// Proof that the passcode of this recipient was typed in this browser session, which is live.
pub(crate) struct PasscodeVerified {
    recipient: RecipientRecord,
    token: Token,
    ends_at: Timestamp,
}

/// A [`PasscodeVerified`] whose request comes from the session's own page.
pub(crate) struct Confirmed(PasscodeVerified);

impl PasscodeVerified {
    pub(crate) fn recipient(&self) -> &RecipientRecord {
        &self.recipient
    }

    pub(crate) fn token(&self) -> &Token {
        &self.token
    }

    /// When the session ends at the latest.
    pub(crate) fn ends_at(&self) -> Timestamp {
        self.ends_at
    }

    /// Another recipient's session, an ended one and none at all give the same refusal. That the
    /// grant is open is the store's check too; here it stands a second time because a backend that
    /// forgot it would release shares.
    async fn check(
        viewer: &Viewer,
        reads: &Reads,
        request: &HttpRequest,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let handle = handle_of(request).ok_or(Problem::SessionEnded)?;
        let token = token_of(request, &handle).ok_or(Problem::SessionEnded)?;
        let limits = SessionLimits {
            idle: viewer.settings().limits.session_idle,
        };
        let session = reads.session(&token.digest(), &limits, now).await?;
        session
            .filter(|session| is_of(&session.recipient, &handle))
            .filter(|session| state_of(&session.recipient, now) == GrantState::Open)
            .map(|session| Self {
                recipient: session.recipient,
                token,
                ends_at: session.ends_at,
            })
            .ok_or(Problem::SessionEnded)
    }
}

impl Confirmed {
    pub(crate) fn recipient(&self) -> &RecipientRecord {
        self.0.recipient()
    }

    pub(crate) fn token(&self) -> &Token {
        self.0.token()
    }

    pub(crate) fn ends_at(&self) -> Timestamp {
        self.0.ends_at()
    }

    fn check(verified: PasscodeVerified, viewer: &Viewer, claimed: &str) -> Result<Self, Problem> {
        if verified.token.csrf_fits(&viewer.keys().session, claimed) {
            Ok(Self(verified))
        } else {
            Err(Problem::Csrf)
        }
    }
}

/// The token that this browser holds for `handle`, whether or not it opens anything.
///
/// The header is read here and not by the framework, which gives up on all cookies when one of them
/// is malformed: another host of our domain could set such a one and so end every session.
pub(crate) fn token_of(request: &HttpRequest, handle: &Handle) -> Option<Token> {
    let name = cookie_name(handle);
    let lines = request.headers().get_all(header::COOKIE);
    let mut pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    pairs.find_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name).then(|| Token::from_cookie(value))?
    })
}

/// What the request says is its session's CSRF value.
pub(crate) fn claimed_csrf(request: &HttpRequest) -> &str {
    let value = request.headers().get(CSRF_HEADER);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// A cookie is chosen by the handle in the path, but nothing stops a client from sending one
/// handle's token under another's name.
fn is_of(recipient: &RecipientRecord, wanted: &Handle) -> bool {
    matches!(&recipient.disposition, Disposition::Held { handle, .. } if handle == wanted)
}

impl FromRequest for PasscodeVerified {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let viewer = Viewer::of(&request)?;
            let reads = viewer.door().reads();
            Self::check(viewer, &reads, &request, viewer.now()).await
        })
    }
}

impl FromRequest for Confirmed {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let verified = PasscodeVerified::from_request(&request, payload);
        Box::pin(async move {
            let verified = verified.await?;
            Self::check(verified, Viewer::of(&request)?, claimed_csrf(&request))
        })
    }
}
