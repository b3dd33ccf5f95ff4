//! What the organisation's offline keys are for: an exported bundle, and opening it without us.
//!
//! The gateway side ([`export`]) needs the store and no key. The offline side ([`Bundle`],
//! [`identity_file`]) needs neither configuration, keystore nor network. The grant itself is made in
//! [`crate::intake`]; its form is in `keystore/seal/FORMAT.md` §9.

mod bundle;
mod export;
pub mod identity_file;
mod named;

pub use bundle::{Bundle, BundleError};
pub use export::{ExportError, Exportable};
pub use named::{NameError, Named};

/// The grant, in a bundle.
const GRANT_FILE: &str = "escrow.age";
/// The view, in a bundle.
const VIEW_FILE: &str = "view.age";
/// The content, in a bundle.
const MESSAGE_FILE: &str = "message.age";
/// How to open a bundle, for a person who finds one.
const README_FILE: &str = "README.txt";
