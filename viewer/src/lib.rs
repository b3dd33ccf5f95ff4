//! The recipient's pages and their HTTP interface.
//!
//! A guest of the store: it finds one recipient by the handle in a link, asks the gateway's worker
//! for a passcode, checks what a person types, and hands out ciphertext and a server share that is
//! useless without the link's secret. It never sees that secret, a message, or a passcode before it
//! is typed; it holds no key that opens mail (DESIGN §4) and sends none itself.
//!
//! Where to look: [`routes`] is the table of everything that can be asked; `api/` has one file per
//! endpoint and `pages/` one per page; `door` gives handlers the store, to read or to change;
//! `session` makes the proof that a passcode was typed; `headers`, `gate` and `access_log` stand
//! around every request. `words` has what pages and mails say, in English and in Welsh.

mod access_log;
mod api;
mod body;
mod brand;
mod bundle;
mod door;
mod error_body;
mod gate;
mod grant;
mod handle;
mod headers;
mod language;
mod limiter;
mod network;
mod openapi;
mod origin;
mod pages;
mod partial;
pub mod passcode;
mod preview;
mod problem;
mod range;
mod reply;
mod rewritten;
pub mod routes;
mod sealed_file;
mod sender;
mod sender_session;
mod server;
mod session;
mod settings;
mod telephone;
mod templates;
mod token;
mod typeset;
mod upload;
mod uploads;
mod viewer;
pub mod words;

pub use brand::{Colour, ColourError, Colours, Logo, LogoError, TooFaint};
pub use bundle::BundleError;
pub use gate::flood_limit_note;
pub use network::{Network, NetworkError};
pub use openapi::openapi_json;
pub use preview::{PreviewFile, preview};
pub use reply::reference as reply_reference;
pub use server::{RunError, run};
pub use settings::{
    Limits, Names, Organisation, OwnTexts, PublicUrl, PublicUrlError, ReplyLimits, RequestLimits,
    ViewerSettings,
};
pub use templates::TemplateError;
pub use viewer::{Clock, StartError, Viewer};
