//! The viewer itself: settings, keys, store, pages and bundle, shared by all workers.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::ServiceConfig;
use actix_web::{FromRequest, HttpRequest};
use jiff::Timestamp;
use keystore::ViewerKeys;
use seal::Random;
use store::Guest;

use crate::bundle::{Bundle, BundleError};
use crate::door::Door;
use crate::limiter::RequestLimiter;
use crate::problem::Problem;
use crate::settings::ViewerSettings;
use crate::templates::{TemplateError, Templates};
use crate::uploads::Uploads;

/// Tells the time. A parameter, so that tests can turn the hands.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The recipient's side of Sealpost over HTTP. Cheap to clone; clones are one viewer.
#[derive(Clone)]
pub struct Viewer(Arc<Inner>);

struct Inner {
    settings: ViewerSettings,
    door: Door,
    keys: ViewerKeys,
    random: Arc<dyn Random>,
    clock: Clock,
    bundle: Bundle,
    templates: Templates,
    limiter: RequestLimiter,
    uploads: Uploads,
}

/// Why a viewer cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The script bundle that was built into this program is not whole.
    #[error("the browser bundle in this program cannot be used: {0}")]
    Bundle(#[from] BundleError),
    /// A page that was built into this program is not well-formed.
    #[error("a page in this program cannot be used: {0}")]
    Templates(#[from] TemplateError),
    /// A page does not fit its values.
    #[error("the page {template} does not render")]
    Page {
        /// Which.
        template: &'static str,
        /// Why.
        #[source]
        source: Box<handlebars::RenderError>,
    },
}

impl Viewer {
    /// Checks what was built into the program and puts the parts together.
    pub fn new(
        settings: ViewerSettings,
        guest: Arc<dyn Guest>,
        keys: ViewerKeys,
        random: Arc<dyn Random>,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let mut bundle = Bundle::embedded()?;
        bundle.dress(&settings.organisation);
        let limiter = RequestLimiter::new(settings.limits.requests.clone());
        Ok(Self(Arc::new(Inner {
            settings,
            door: Door::new(guest),
            keys,
            random,
            clock,
            bundle,
            templates: Templates::embedded()?,
            limiter,
            uploads: Uploads::new(),
        })))
    }

    /// Puts every route with everything around it into an application.
    pub fn configure(&self, config: &mut ServiceConfig) {
        crate::routes::install(self, config);
    }

    /// The viewer of the application that a request came to.
    pub(crate) fn of(request: &HttpRequest) -> Result<&Self, Problem> {
        request.app_data::<Self>().ok_or_else(|| {
            tracing::error!("a route was installed without its viewer");
            Problem::Internal
        })
    }

    pub(crate) fn settings(&self) -> &ViewerSettings {
        &self.0.settings
    }

    pub(crate) fn door(&self) -> &Door {
        &self.0.door
    }

    pub(crate) fn keys(&self) -> &ViewerKeys {
        &self.0.keys
    }

    pub(crate) fn random(&self) -> &dyn Random {
        &*self.0.random
    }

    pub(crate) fn bundle(&self) -> &Bundle {
        &self.0.bundle
    }

    pub(crate) fn templates(&self) -> &Templates {
        &self.0.templates
    }

    pub(crate) fn limiter(&self) -> &RequestLimiter {
        &self.0.limiter
    }

    pub(crate) fn uploads(&self) -> &Uploads {
        &self.0.uploads
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// Until when a message that is extended at `now` can be opened.
    pub(crate) fn extends_to(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(self.0.settings.extension).unwrap_or(now)
    }

    /// Milliseconds since 1970, as record ids want them.
    pub(crate) fn millis(&self) -> u64 {
        u64::try_from(self.now().as_millisecond()).unwrap_or(0)
    }
}

impl FromRequest for Viewer {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request).cloned().map_err(Into::into))
    }
}
