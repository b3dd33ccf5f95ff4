//! Sends `view.age` and `message.age`: whole or one range, a piece at a time.
//!
//! A message may be 50 MiB; what stands in memory for one reader is one piece, read when the
//! connection has room for it.

use std::sync::Arc;

use actix_web::body::SizedStream;
use actix_web::http::{Method, header};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::{Stream, StreamExt, stream};
use store::{ContentKind, RecipientRecord};

use crate::door::Reads;
use crate::problem::Problem;
use crate::range::{Wanted, wanted};
use crate::session::PasscodeVerified;

/// Octets read from the store at once.
const PIECE: u64 = 256 * 1024;

/// Answers with the file of `kind` of the session's message, as far as the request wants it.
pub(crate) async fn send(
    request: &HttpRequest,
    reads: Reads,
    verified: &PasscodeVerified,
    kind: ContentKind,
) -> Result<HttpResponse, Problem> {
    let recipient = verified.recipient();
    let message = reads
        .message_of(recipient)
        .await?
        .ok_or(Problem::SessionEnded)?;
    let (_, size) = message.content(kind).ok_or(Problem::SessionEnded)?;
    let (mut answer, first, length) = match range_of(request, size) {
        Wanted::Refused => return Err(Problem::Range { size }),
        Wanted::Whole => (HttpResponse::Ok(), 0, size),
        Wanted::Part { first, last } => {
            let mut answer = HttpResponse::PartialContent();
            answer.insert_header((
                header::CONTENT_RANGE,
                format!("bytes {first}-{last}/{size}"),
            ));
            (answer, first, last - first + 1)
        }
    };
    tracing::info!(
        message.id = %recipient.message, recipient.id = %recipient.id,
        file = name_of(kind), first, length, "a sealed file was fetched"
    );
    answer
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CONTENT_TYPE, "application/octet-stream"));
    // The length is told, the octets are not read for nobody.
    let body = if request.method() == Method::HEAD {
        SizedStream::new(length, stream::empty().boxed_local())
    } else {
        let recipient = Arc::new(recipient.clone());
        SizedStream::new(
            length,
            octets(reads, recipient, kind, first, length).boxed_local(),
        )
    };
    Ok(answer.body(body))
}

/// A range means something to GET only (RFC 9110 §14.2). Two of them are several ranges.
fn range_of(request: &HttpRequest, size: u64) -> Wanted {
    if request.method() != Method::GET {
        return Wanted::Whole;
    }
    let mut ranges = request.headers().get_all(header::RANGE);
    match (ranges.next(), ranges.next()) {
        (Some(range), None) => wanted(Some(range.to_str().unwrap_or("bytes=")), size),
        (Some(_), Some(_)) => Wanted::Refused,
        (None, _) => Wanted::Whole,
    }
}

fn octets(
    reads: Reads,
    recipient: Arc<RecipientRecord>,
    kind: ContentKind,
    first: u64,
    length: u64,
) -> impl Stream<Item = Result<Bytes, Problem>> {
    let end = first + length;
    stream::try_unfold(first, move |offset| {
        let (reads, recipient) = (reads.clone(), Arc::clone(&recipient));
        async move {
            let wish = usize::try_from(PIECE.min(end - offset)).unwrap_or(0);
            if wish == 0 {
                return Ok(None);
            }
            let piece = reads.read_sealed(&recipient, kind, offset, wish).await?;
            if piece.is_empty() {
                // The connection breaks, and the reader tries again: better than a file cut short.
                tracing::error!(recipient.id = %recipient.id, "a sealed file is shorter than known");
                return Err(Problem::Internal);
            }
            let next = offset + piece.len() as u64;
            Ok(Some((Bytes::from(piece), next)))
        }
    })
}

fn name_of(kind: ContentKind) -> &'static str {
    match kind {
        ContentKind::View => "view.age",
        ContentKind::Message => "message.age",
        ContentKind::Escrow
        | ContentKind::Spool
        | ContentKind::ReplyPart
        | ContentKind::SentCopy => "none of a reader's",
    }
}
