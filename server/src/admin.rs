//! Health and metrics, on the operator's own listener and never on the public one (promise A8).
//!
//! `/health/live` says that the process answers; `/health/ready` that mail is taken and pages are
//! served, which is so until a stop is asked for or the store has failed.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{App, HttpResponse, HttpServer, web};
use store::Store;
use tokio::sync::watch;
use tracing::error;

use crate::{clock, metrics};

/// Whether the process is ready; shared with what makes it so.
#[derive(Clone, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// From now on it is, or is not.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Release);
    }

    fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Serves until `stop` turns true.
pub async fn run(
    listeners: Vec<TcpListener>,
    readiness: Readiness,
    store: Arc<dyn Store>,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let application = move || {
        App::new()
            .app_data(web::Data::new(readiness.clone()))
            .app_data(web::Data::from(store.clone()))
            .route("/health/live", web::get().to(async || answer(true)))
            .route("/health/ready", web::get().to(ready))
            .route("/metrics", web::get().to(figures))
    };
    let mut server = HttpServer::new(application)
        .workers(1)
        .shutdown_timeout(1)
        .disable_signals();
    for listener in listeners {
        server = server.listen(listener)?;
    }
    let server = server.run();
    let handle = server.handle();
    let stopping = async move {
        let _ = stop.wait_for(|stop| *stop).await;
        handle.stop(true).await;
    };
    let (ended, ()) = tokio::join!(server, stopping);
    ended
}

async fn ready(readiness: web::Data<Readiness>) -> HttpResponse {
    answer(readiness.is_ready())
}

async fn figures(store: web::Data<dyn Store>) -> HttpResponse {
    match metrics::render(&**store, clock::system()).await {
        Ok(text) => HttpResponse::Ok()
            .insert_header(("Cache-Control", "no-store"))
            .content_type("text/plain; version=0.0.4; charset=utf-8")
            .body(text),
        Err(error) => {
            error!(error = %error, "the figures cannot be read");
            answer(false)
        }
    }
}

fn answer(good: bool) -> HttpResponse {
    let mut response = if good {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response
        .insert_header(("Cache-Control", "no-store"))
        .content_type("text/plain; charset=utf-8")
        .body(if good { "ok\n" } else { "not ready\n" })
}
