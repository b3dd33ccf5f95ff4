//! Senders' sessions: the check that makes a [`SenderVerified`], and nothing else that does.
//!
//! They are of another kind than recipients', in tables of their own: no token of one opens anything
//! of the other, and the cookies of both stand beside each other in one browser.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use jiff::Timestamp;
use store::{SenderRecord, SessionLimits};

use crate::door::Reads;
use crate::handle::handle_of;
use crate::problem::Problem;
use crate::session::{claimed_csrf, token_of};
use crate::token::Token;
use crate::viewer::Viewer;

/// Proof that the passcode of this link's sender was typed in this browser session, which is live.
pub(crate) struct SenderVerified {
    sender: SenderRecord,
    token: Token,
    ends_at: Timestamp,
}

/// A [`SenderVerified`] whose request comes from the session's own page.
pub(crate) struct SenderConfirmed(SenderVerified);

impl SenderVerified {
    pub(crate) fn sender(&self) -> &SenderRecord {
        &self.sender
    }

    pub(crate) fn token(&self) -> &Token {
        &self.token
    }

    /// When the session ends at the latest.
    pub(crate) fn ends_at(&self) -> Timestamp {
        self.ends_at
    }

    /// Another sender's session, an ended one and none at all give the same refusal.
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
        let session = reads.sender_session(&token.digest(), &limits, now).await?;
        session
            .filter(|session| session.sender.handle == handle && now < session.sender.expires_at)
            .map(|session| Self {
                sender: session.sender,
                token,
                ends_at: session.ends_at,
            })
            .ok_or(Problem::SessionEnded)
    }
}

impl SenderConfirmed {
    pub(crate) fn verified(&self) -> &SenderVerified {
        &self.0
    }
}

impl FromRequest for SenderVerified {
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

impl FromRequest for SenderConfirmed {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let verified = SenderVerified::from_request(&request, payload);
        Box::pin(async move {
            let verified = verified.await?;
            let ring = &Viewer::of(&request)?.keys().session;
            if verified.token.csrf_fits(ring, claimed_csrf(&request)) {
                Ok(Self(verified))
            } else {
                Err(Problem::Csrf)
            }
        })
    }
}
