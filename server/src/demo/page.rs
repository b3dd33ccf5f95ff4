//! The demo's page: every mail that would have left, and a button that sends one.

use std::net::TcpListener;

use actix_web::http::header;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use handlebars::Handlebars;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::sink::{Caught, Mail};
use super::{Ports, sample};

const TEMPLATE: &str = include_str!("../../templates/demo/page.html");
const STYLE: &str = include_str!("../../templates/demo/demo.css");
const SCRIPT: &str = include_str!("../../templates/demo/demo.js");
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the page shows.
#[derive(Clone)]
pub struct Page {
    /// The mails.
    pub mails: Caught,
    /// Where the demo is.
    pub ports: Ports,
}

/// Serves until `stop` turns true.
pub async fn run(
    listeners: Vec<TcpListener>,
    page: Page,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let application = move || {
        App::new()
            .app_data(web::Data::new(page.clone()))
            .route("/", web::get().to(index))
            .route("/count", web::get().to(count))
            .route("/mail/{number}.eml", web::get().to(mail))
            .route("/sample", web::post().to(send_sample))
            .route(
                "/demo.css",
                web::get().to(async || file("text/css; charset=utf-8", STYLE)),
            )
            .route(
                "/demo.js",
                web::get().to(async || file("text/javascript; charset=utf-8", SCRIPT)),
            )
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
    tokio::join!(server, stopping).0
}

async fn index(page: web::Data<Page>) -> HttpResponse {
    let mails: Vec<Value> = page.mails.newest_first().iter().map(shown).collect();
    let values = json!({
        "count": mails.len(),
        "smtp": format!("127.0.0.1:{}", page.ports.smtp),
        "commands": commands(page.ports.smtp),
        "mails": mails,
    });
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    match registry.render_template(TEMPLATE, &values) {
        Ok(html) => HttpResponse::Ok()
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .content_type("text/html; charset=utf-8")
            .body(html),
        Err(error) => {
            tracing::error!(error = %error, "the demo's page does not render");
            HttpResponse::InternalServerError().finish()
        }
    }
}

async fn count(page: web::Data<Page>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(page.mails.newest_first().len().to_string())
}

async fn mail(page: web::Data<Page>, number: web::Path<usize>) -> HttpResponse {
    match page
        .mails
        .newest_first()
        .into_iter()
        .find(|mail| mail.number == *number)
    {
        Some(mail) => HttpResponse::Ok()
            .insert_header((
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"mail.eml\"",
            ))
            .content_type("application/octet-stream")
            .body(mail.content.to_vec()),
        None => HttpResponse::NotFound().body("There is no such mail.\n"),
    }
}

async fn send_sample(page: web::Data<Page>, request: HttpRequest) -> HttpResponse {
    // A page elsewhere must not be able to press the button.
    let own = format!("http://localhost:{}", page.ports.page);
    let own_number = format!("http://127.0.0.1:{}", page.ports.page);
    let origin = request
        .headers()
        .get(header::ORIGIN)
        .and_then(|value| value.to_str().ok());
    if origin.is_some_and(|origin| origin != own && origin != own_number) {
        return HttpResponse::Forbidden().body("This button works from the demo's own page.\n");
    }
    match sample::send(page.ports.smtp).await {
        Ok(()) => HttpResponse::SeeOther()
            .insert_header((header::LOCATION, "/"))
            .finish(),
        Err(error) => {
            HttpResponse::BadGateway().body(format!("The sample was not taken: {error}\n"))
        }
    }
}

fn file(media_type: &str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok().content_type(media_type).body(text)
}

fn shown(mail: &Mail) -> Value {
    let header = mail::HeaderSection::split(&mail.content).ok();
    let kind = header
        .as_ref()
        .and_then(mail::HeaderSection::kind)
        .unwrap_or_default();
    let title = match kind.as_str() {
        "notice" => "Notice to the recipient",
        "code" => "Security code to the recipient",
        "reply" => "Secure reply, in the sender's mailbox",
        _ => "The mail itself, by relay",
    };
    let parsed = mail::parse(&mail.content, &mail::TagRule::default()).ok();
    let text = parsed
        .as_ref()
        .and_then(|mail| mail.text.clone())
        .unwrap_or_default();
    let subject = header.iter().flat_map(|header| header.subjects()).next();
    let from = parsed.as_ref().and_then(|mail| mail.headers.from.first());
    let from = from.map(|mailbox| {
        let (name, address) = (&mailbox.name, &mailbox.address);
        [name, address]
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    });
    let files: Vec<&str> = parsed
        .iter()
        .flat_map(|mail| &mail.parts)
        .filter_map(|part| part.name.as_deref())
        .collect();
    json!({
        "number": mail.number,
        "kind": if kind.is_empty() { "relayed" } else { &kind },
        "title": title,
        "to": mail.recipients.join(", "),
        "from": from.unwrap_or_default(),
        "subject": subject.map(|subject| subject.text().to_owned()).unwrap_or_default(),
        "at": mail.at.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string(),
        "link": text.lines().find(|line| line.contains("/m/") && line.contains("#1.")),
        "text": text,
        "files": files,
    })
}

/// Lines to paste: from three real clients to the gateway.
pub fn commands(port: u16) -> Value {
    let mail = "From: clinic@example.org\\nTo: patient@example.com\\nSubject: [secure] Your results\\n\\nDear patient,\\nyour results are fine.\\n";
    let swaks = format!(
        "swaks --server 127.0.0.1:{port} --from clinic@example.org --to patient@example.com --header 'Subject: [secure] Your results' --body 'Your results are fine.'"
    );
    let curl = format!(
        "printf '{mail}' | curl -s smtp://127.0.0.1:{port} --mail-from clinic@example.org --mail-rcpt patient@example.com --crlf -T -"
    );
    let python = format!(
        "python3 -c \"import smtplib; smtplib.SMTP('127.0.0.1', {port}).sendmail('clinic@example.org', ['patient@example.com'], 'From: clinic@example.org\\r\\nTo: patient@example.com\\r\\nSubject: [secure] Your results\\r\\n\\r\\nYour results are fine.\\r\\n')\""
    );
    json!([
        { "name": "swaks", "line": swaks },
        { "name": "curl", "line": curl },
        { "name": "Python", "line": python },
    ])
}
