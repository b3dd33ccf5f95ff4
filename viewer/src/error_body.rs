//! The JSON body of every error.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::rfc3339_from;
use crate::problem::Problem;

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// What went wrong.
    pub(crate) error: ErrorDetail,
}

/// What went wrong. Members other than the first two are there where they apply.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct ErrorDetail {
    /// One word for programs.
    #[schema(example = "wrong-code")]
    pub(crate) code: &'static str,
    /// A sentence for the reader.
    pub(crate) message: &'static str,
    /// When to try again (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    pub(crate) retry_at: Option<String>,
    /// Guesses left on the newest code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) tries_left: Option<u32>,
    /// Octets that a reply may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) max_bytes: Option<u64>,
    /// Files that a reply may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) max_files: Option<u32>,
    /// Parts that have not arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) missing: Option<Vec<u32>>,
    /// Parts that have arrived and that the reply does not name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) extra: Option<Vec<u32>>,
    /// Octets of the part that have arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) received: Option<u64>,
}

impl From<&Problem> for ErrorBody {
    fn from(problem: &Problem) -> Self {
        let mut error = ErrorDetail {
            code: problem.code(),
            message: problem.sentence(),
            retry_at: retry_at(problem).map(rfc3339_from),
            ..ErrorDetail::default()
        };
        match problem {
            Problem::WrongCode { tries_left } => error.tries_left = Some(*tries_left),
            Problem::TooLarge {
                max_bytes,
                max_files,
            } => {
                error.max_bytes = Some(*max_bytes);
                error.max_files = Some(*max_files);
            }
            Problem::Incomplete { missing, extra } => {
                error.missing = Some(missing.clone());
                error.extra = (!extra.is_empty()).then(|| extra.clone());
            }
            Problem::Offset { received } => error.received = Some(*received),
            _ => {}
        }
        Self { error }
    }
}

fn retry_at(problem: &Problem) -> Option<Timestamp> {
    match problem {
        Problem::SlowDown { retry_at }
        | Problem::Wait { retry_at }
        | Problem::AskedAlready { retry_at }
        | Problem::RemindedAlready { retry_at }
        | Problem::TooManyCodes { retry_at }
        | Problem::TooManyTries { retry_at } => Some(*retry_at),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extras_stand_beside_code_and_message_and_only_where_they_apply() {
        let json =
            |problem: &Problem| serde_json::to_value(ErrorBody::from(problem)).expect("serialises");
        assert_eq!(
            json(&Problem::WrongCode { tries_left: 3 }),
            serde_json::json!({"error": {
                "code": "wrong-code",
                "message": Problem::WrongCode { tries_left: 1 }.sentence(),
                "tries_left": 3,
            }})
        );
        let at = "2026-11-22T12:00:00.75Z".parse().expect("timestamp");
        assert_eq!(
            json(&Problem::Wait { retry_at: at })["error"]["retry_at"],
            "2026-11-22T12:00:01Z",
            "not before it would be done"
        );
        let incomplete = Problem::Incomplete {
            missing: vec![1],
            extra: vec![],
        };
        assert_eq!(
            json(&incomplete)["error"]["missing"],
            serde_json::json!([1])
        );
        assert!(json(&incomplete)["error"].get("extra").is_none());
        assert!(
            json(&Problem::NotFound)["error"]
                .as_object()
                .is_some_and(|all| all.len() == 2)
        );
    }
}
