//! The viewer's HTTP interface, version 1, from the other side (`viewer/openapi.json`).

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use seal::Link;
use serde::Deserialize;
use serde_json::{Value, json};

use super::later::{LaterMessage, believed};

/// For the server to begin to answer.
const CONNECT_PATIENCE: Duration = Duration::from_secs(20);
/// For more octets of an answer to arrive.
const READ_PATIENCE: Duration = Duration::from_secs(60);
/// The header that carries the session's CSRF value.
const CSRF: &str = "X-Sealpost-Csrf";

/// Speaks for one link.
pub struct Client {
    http: reqwest::Client,
    base: String,
    proof: String,
    cookie: Option<String>,
    csrf: Option<String>,
}

/// What may be said before the passcode.
#[derive(Debug, Clone, Deserialize)]
pub struct Summary {
    /// Whose message it is.
    pub organisation: SummaryOrganisation,
    /// The reference on page and mail.
    pub reference: String,
    /// Where the code goes, half hidden.
    pub masked_address: String,
    /// When the message was taken.
    pub captured_at: jiff::Timestamp,
    /// When it ends.
    pub expires_at: jiff::Timestamp,
    /// `open`, `expired`, `withdrawn` or `disowned`.
    pub state: String,
}

/// See [`Summary::organisation`].
#[derive(Debug, Clone, Deserialize)]
pub struct SummaryOrganisation {
    /// Its name.
    pub name: String,
    /// Its help line.
    pub phone: String,
}

/// What the passcode releases. No `Debug`: it holds the server share.
#[derive(Deserialize)]
pub struct Grant {
    /// The message.
    pub message_id: String,
    /// Who reads it.
    pub recipient_id: String,
    /// The kind of message identity.
    pub profile: String,
    /// The server share, base64url.
    pub share: String,
    /// Octets of `view.age`.
    pub view_size: u64,
    /// Octets of `message.age`.
    pub message_size: u64,
    /// What a reply may be.
    pub reply: ReplyTerms,
    csrf: String,
}

/// What a reply may be.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct ReplyTerms {
    /// Octets in all.
    pub max_bytes: u64,
    /// Files.
    pub max_files: u32,
}

/// Why the server's answer is none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No connection, no valid certificate, or a line that broke.
    #[error("{host} cannot be reached; nothing is lost, try again later")]
    Unreachable {
        /// Scheme, host and port.
        host: String,
    },
    /// The server refused, in its own words for the reader.
    #[error("{message}")]
    Refused {
        /// One word for programs.
        code: String,
        /// For the reader.
        message: String,
        /// When to come back, if it says.
        retry_at: Option<String>,
        /// Guesses left, if it says.
        tries_left: Option<u32>,
    },
    /// Not a Sealpost server, or a newer one.
    #[error("the server's answer is not understood; the link may not lead to Sealpost")]
    NotUnderstood,
}

impl ClientError {
    /// Whether coming back later may help.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { retry_at, .. } => retry_at.is_some(),
            Self::NotUnderstood => false,
        }
    }
}

impl Client {
    /// For one link. Connects to nothing yet.
    pub fn new(link: &Link) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_PATIENCE)
            .read_timeout(READ_PATIENCE)
            // A redirect could only lead somewhere that the link does not name.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|_| ClientError::NotUnderstood)?;
        Ok(Self {
            http,
            base: format!("{}/api/v1/m/{}", link.origin, link.handle),
            proof: link.secret.open_proof(&link.handle).to_base64url(),
            cookie: None,
            csrf: None,
        })
    }

    /// Asks what may be said before the passcode. Changes nothing at the server.
    pub async fn summary(&mut self) -> Result<Summary, ClientError> {
        let body = json!({ "proof": self.proof });
        parsed(self.post("/summary", &body).await?).await
    }

    /// Has a code sent to the recipient's mailbox.
    pub async fn ask_for_code(&mut self) -> Result<(), ClientError> {
        let body = json!({ "proof": self.proof });
        self.post("/code", &body).await.map(|_| ())
    }

    /// Trades the code for a session.
    pub async fn verify(&mut self, code: &str) -> Result<(), ClientError> {
        self.post("/verify", &json!({ "code": code }))
            .await
            .map(|_| ())
    }

    /// The server share and what belongs to it.
    pub async fn grant(&mut self) -> Result<Grant, ClientError> {
        let request = self.request(Method::GET, "/grant");
        let grant: Grant = parsed(self.send(request).await?).await?;
        self.csrf = Some(grant.csrf.clone());
        Ok(grant)
    }

    /// A whole sealed file, `view.age` or `message.age`, of the `size` that the server named before;
    /// `progress` hears of each piece.
    pub async fn sealed_file(
        &mut self,
        name: &str,
        size: u64,
        progress: impl Fn(u64),
    ) -> Result<Vec<u8>, ClientError> {
        let request = self.request(Method::GET, &format!("/{name}"));
        let mut answer = self.send(request).await?;
        let mut octets = Vec::new();
        loop {
            let piece = answer.chunk().await.map_err(|_| self.unreachable())?;
            let Some(piece) = piece else {
                return Ok(octets);
            };
            octets.extend_from_slice(&piece);
            if octets.len() as u64 > size {
                return Err(ClientError::NotUnderstood);
            }
            progress(piece.len() as u64);
        }
    }

    /// Begins a reply; the server gives its id.
    pub async fn begin_reply(&mut self) -> Result<String, ClientError> {
        #[derive(Deserialize)]
        struct Begun {
            reply_id: String,
        }
        let begun: Begun = parsed(self.post("/replies", &json!({})).await?).await?;
        Ok(begun.reply_id)
    }

    /// Puts one sealed part.
    pub async fn put_part(
        &mut self,
        reply: &str,
        index: usize,
        sealed: Vec<u8>,
    ) -> Result<(), ClientError> {
        let path = format!("/replies/{reply}/parts/{index}");
        let request = self
            .request(Method::PUT, &path)
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(sealed);
        self.send(request).await.map(|_| ())
    }

    /// Puts the writer's own sealed copy of a reply that is about to be sent.
    pub async fn put_copy(&mut self, reply: &str, sealed: Vec<u8>) -> Result<(), ClientError> {
        let request = self
            .request(Method::PUT, &format!("/replies/{reply}/copy"))
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(sealed);
        self.send(request).await.map(|_| ())
    }

    /// The ids of this recipient's sent replies that have a copy, and the copies' octets.
    pub async fn sent_replies(&mut self) -> Result<Vec<(String, u64)>, ClientError> {
        #[derive(Deserialize)]
        struct Listed {
            replies: Vec<One>,
        }
        #[derive(Deserialize)]
        struct One {
            reply_id: String,
            size: u64,
        }
        let request = self.request(Method::GET, "/sent");
        let listed: Listed = parsed(self.send(request).await?).await?;
        let each = listed.replies.into_iter();
        Ok(each.map(|one| (one.reply_id, one.size)).collect())
    }

    /// What the server says of later messages to this mailbox.
    pub async fn later_messages(&mut self) -> Result<Vec<LaterMessage>, ClientError> {
        #[derive(Deserialize)]
        struct Listed {
            messages: Vec<LaterMessage>,
        }
        let request = self.request(Method::GET, "/later");
        let listed: Listed = parsed(self.send(request).await?).await?;
        Ok(believed(listed.messages))
    }

    /// Sends a reply whose parts are all there; the answer is its reference.
    pub async fn send_reply(
        &mut self,
        reply: &str,
        parts: usize,
        signature: &str,
    ) -> Result<String, ClientError> {
        #[derive(Deserialize)]
        struct Sent {
            reference: String,
        }
        let body = json!({ "parts": parts, "signature": signature });
        let answer = self.post(&format!("/replies/{reply}/send"), &body).await?;
        let sent: Sent = parsed(answer).await?;
        Ok(sent.reference)
    }

    /// Ends the session.
    pub async fn close(&mut self) -> Result<(), ClientError> {
        self.post("/close", &json!({})).await.map(|_| ())
    }

    async fn post(&mut self, path: &str, body: &Value) -> Result<Response, ClientError> {
        let request = self.request(Method::POST, path).json(body);
        self.send(request).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        if let Some(csrf) = &self.csrf {
            request = request.header(CSRF, csrf);
        }
        request
    }

    async fn send(&mut self, request: RequestBuilder) -> Result<Response, ClientError> {
        let answer = request.send().await.map_err(|_| self.unreachable())?;
        // One cookie, kept by hand: it is marked Secure, and browsers send such a cookie to
        // localhost over plain HTTP where cookie jars do not.
        if let Some(cookie) = answer
            .headers()
            .get(SET_COOKIE)
            .and_then(|v| v.to_str().ok())
        {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        if answer.status().is_success() {
            Ok(answer)
        } else {
            Err(refusal(answer).await)
        }
    }

    fn unreachable(&self) -> ClientError {
        let host = self
            .base
            .split("/api/")
            .next()
            .unwrap_or_default()
            .to_owned();
        ClientError::Unreachable { host }
    }
}

async fn parsed<T: serde::de::DeserializeOwned>(answer: Response) -> Result<T, ClientError> {
    answer.json().await.map_err(|_| ClientError::NotUnderstood)
}

async fn refusal(answer: Response) -> ClientError {
    #[derive(Deserialize)]
    struct Body {
        error: Detail,
    }
    #[derive(Deserialize)]
    struct Detail {
        code: String,
        message: String,
        retry_at: Option<String>,
        tries_left: Option<u32>,
    }
    let status = answer.status();
    match answer.json::<Body>().await {
        Ok(Body { error }) => ClientError::Refused {
            code: error.code,
            message: error.message,
            retry_at: error.retry_at,
            tries_left: error.tries_left,
        },
        Err(_) if status == StatusCode::SERVICE_UNAVAILABLE || status.as_u16() == 502 => {
            ClientError::Refused {
                code: "unavailable".to_owned(),
                message: "the server cannot answer now; try again later".to_owned(),
                retry_at: Some(String::new()),
                tries_left: None,
            }
        }
        Err(_) => ClientError::NotUnderstood,
    }
}
