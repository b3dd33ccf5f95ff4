//! Finding and reading the configuration: flag, environment, file, default.
//!
//! `SEALPOST__GATEWAY__SMTP_LISTEN` overrides `gateway.smtp_listen`. Its value is read as TOML
//! where it is TOML (`["127.0.0.1:25"]`, `587`, `true`) and as text otherwise.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::Config;

/// The environment variable that names the file.
pub const FILE_VARIABLE: &str = "SEALPOST_CONFIG";
/// The prefix of variables that override single keys.
pub const KEY_PREFIX: &str = "SEALPOST__";
/// Where the file is looked for when nobody names it.
pub const SEARCH: [&str; 2] = ["sealpost.toml", "/etc/sealpost/sealpost.toml"];
/// The sample with every key, its default and its meaning.
pub const SAMPLE: &str = include_str!("../../../deploy/sealpost.toml");

/// Why there is no configuration. Each is told with its place and a remedy; exit code 3.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No file where one is looked for.
    #[error("no configuration found: looked at ./{} and {}; name one by --config or ${FILE_VARIABLE}, or start from `sealpost config print-default`", SEARCH[0], SEARCH[1])]
    NotFound,
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML, or has a wrong key or value.
    #[error("{place}: {what}")]
    Invalid {
        /// File and line, or the environment variable.
        place: String,
        /// What is wrong and what to do.
        what: String,
    },
    /// Values that do not go together, one a line.
    #[error("{}", .0.join("\n"))]
    Inconsistent(Vec<String>),
}

/// The process's environment, as far as it is text.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(variable, value)| {
        Some((variable.into_string().ok()?, value.into_string().ok()?))
    })
}

/// The file to read: the named one, or the first that exists.
pub fn find(named: Option<&Path>) -> Result<PathBuf, ConfigError> {
    match named {
        Some(path) => Ok(path.to_owned()),
        None => SEARCH
            .iter()
            .map(PathBuf::from)
            .find(|path| path.exists())
            .ok_or(ConfigError::NotFound),
    }
}

/// Reads, overlays and checks a configuration. Relative paths in it are relative to its folder.
pub fn load(
    path: &Path,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let mut config = parse(&text, &path.display().to_string(), environment)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    for file in config.paths() {
        *file = folder.join(&*file);
    }
    super::check::check(&config)?;
    Ok(config)
}

/// Parses a text under the name that errors give it.
pub fn parse(
    text: &str,
    name: &str,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let invalid = |error: &toml::de::Error| {
        let what = explain(error.message());
        match error.span() {
            Some(span) => ConfigError::Invalid {
                place: format!("{name}, line {}", line_of(text, span.start)),
                what: match key_at(text, span.start) {
                    Some(key) => format!("{key}: {what}"),
                    None => what,
                },
            },
            None => ConfigError::Invalid {
                place: name.to_owned(),
                what,
            },
        }
    };
    let mut overrides: Vec<(String, String)> = environment
        .filter(|(variable, _)| variable.starts_with(KEY_PREFIX))
        .collect();
    if overrides.is_empty() {
        // Straight from the text: errors then know their line.
        return toml::from_str(text).map_err(|error| invalid(&error));
    }
    overrides.sort();
    let mut table: Table = toml::from_str(text).map_err(|error| invalid(&error))?;
    let names: Vec<&str> = overrides
        .iter()
        .map(|(variable, _)| variable.as_str())
        .collect();
    let place = format!("{name} with {}", names.join(", "));
    for (variable, value) in &overrides {
        put(&mut table, variable, value)?;
    }
    Value::Table(table)
        .try_into()
        .map_err(|error: toml::de::Error| {
            // The file alone may be at fault; then its line is known.
            match toml::from_str::<Config>(text) {
                Err(error) => invalid(&error),
                Ok(_) => ConfigError::Invalid {
                    place,
                    what: explain(error.message()),
                },
            }
        })
}

fn put(table: &mut Table, variable: &str, value: &str) -> Result<(), ConfigError> {
    let invalid = |what: &str| ConfigError::Invalid {
        place: variable.into(),
        what: what.into(),
    };
    let path = variable[KEY_PREFIX.len()..].to_ascii_lowercase();
    let mut keys: Vec<&str> = path.split("__").collect();
    let last = keys
        .pop()
        .filter(|key| !key.is_empty())
        .ok_or_else(|| invalid("names no key"))?;
    let mut inner = table;
    for key in keys {
        let entry = inner
            .entry(key)
            .or_insert_with(|| Value::Table(Table::new()));
        inner = entry
            .as_table_mut()
            .ok_or_else(|| invalid("goes below a key that is a value"))?;
    }
    let value = toml::from_str::<Table>(&format!("value = {value}"))
        .ok()
        .and_then(|mut parsed| parsed.remove("value"))
        .unwrap_or_else(|| Value::String(value.to_owned()));
    inner.insert(last.to_owned(), value);
    Ok(())
}

fn line_of(text: &str, offset: usize) -> usize {
    text[..offset.min(text.len())].matches('\n').count() + 1
}

/// The key whose value an error is about: `gateway.relay.port`. What is wrong with a key itself, or
/// with a table, names it already.
fn key_at(text: &str, offset: usize) -> Option<String> {
    let before = text.get(..offset)?;
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let (key, _) = before[line_start..].split_once('=')?;
    let table = before[..line_start]
        .lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix('[')?.split(']').next());
    Some(match table {
        Some(table) => format!("{table}.{}", key.trim()),
        None => key.trim().to_owned(),
    })
}

/// Adds a suggestion to "unknown field `x`, expected one of `a`, `b`".
fn explain(message: &str) -> String {
    let message = super::escrow::without_secrets(message);
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let message = message.trim_end();
    match quoted.split_first() {
        Some((unknown, known)) if message.starts_with("unknown field") => {
            let nearest = known
                .iter()
                .map(|name| (strsim::damerau_levenshtein(unknown, name), name))
                .filter(|(distance, name)| *distance <= 3 || name.starts_with(unknown))
                .min();
            match nearest {
                Some((_, name)) => format!("there is no key `{unknown}`; did you mean `{name}`?"),
                None => format!(
                    "there is no key `{unknown}`; known here: {}",
                    known.join(", ")
                ),
            }
        }
        _ => message.to_owned(),
    }
}

impl Config {
    fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let tls = [&mut self.gateway.tls, &mut self.viewer.tls]
            .into_iter()
            .flatten()
            .flat_map(|tls| [&mut tls.certificate, &mut tls.key]);
        let certificates = self.gateway.submit.certificates.iter_mut();
        let routes = self.gateway.routes.iter_mut();
        tls.chain(certificates.filter_map(|certificate| certificate.authority.as_mut()))
            .chain(self.gateway.relay.authority.as_mut())
            .chain(routes.filter_map(|route| route.authority.as_mut()))
            .chain([&mut self.store.path, &mut self.keystore.path])
            .chain(self.keystore.custody.path_mut())
            .chain(self.organisation.logo.as_mut())
    }
}
