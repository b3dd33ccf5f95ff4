//! Takes one part of a reply from the line into the store: in pieces, measured and digested on the
//! way, never whole in memory. A part comes at once, or in pieces (see [`crate::partial`]).

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use futures_util::StreamExt;
use seal::DigestWriter;
use store::{ContentWriter, StagedContent, StoreError};

use crate::body::within;
use crate::partial::{Piece, Whole};
use crate::problem::Problem;

/// Octets gathered before they are written.
const PIECE: usize = 256 * 1024;

/// How long the line may be silent. A phone in a lift is slow, but not that slow; the page tries
/// the part again.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A part that waits for the commit that names it.
pub(crate) struct Received {
    pub(crate) content: StagedContent,
    pub(crate) sha256: [u8; 32],
}

/// Writes `payload` to `writer`; `too_large` when it has more than `most` octets. On any error
/// nothing is left of it.
pub(crate) async fn receive(
    mut payload: web::Payload,
    writer: ContentWriter,
    most: u64,
    too_large: impl Fn() -> Problem,
) -> Result<Received, Problem> {
    let mut sink = DigestWriter::new(writer);
    let mut gathered = web::BytesMut::with_capacity(PIECE);
    let mut left = most;
    while let Some(chunk) = next_chunk(&mut payload).await? {
        left = left
            .checked_sub(chunk.len() as u64)
            .ok_or_else(&too_large)?;
        gathered.extend_from_slice(&chunk);
        if gathered.len() >= PIECE {
            sink = write(sink, gathered.split().freeze()).await?;
        }
    }
    let sink = write(sink, gathered.freeze()).await?;
    let (writer, _, sha256) = sink.finish();
    let content = blocking(move || writer.finish()).await??;
    Ok(Received { content, sha256 })
}

/// Appends `payload` to a part, at most up to `most` octets of it. What had arrived when a line broke
/// is kept.
pub(crate) async fn receive_piece(
    mut payload: web::Payload,
    piece: Arc<Piece>,
    most: u64,
) -> Result<(), Problem> {
    let mut gathered = web::BytesMut::with_capacity(PIECE);
    loop {
        let chunk = next_chunk(&mut payload).await;
        if let Ok(Some(chunk)) = &chunk {
            gathered.extend_from_slice(chunk);
            if gathered.len() < PIECE {
                continue;
            }
        }
        let octets = gathered.split().freeze();
        if piece.received() + octets.len() as u64 > most {
            return Err(Problem::Malformed);
        }
        let to = Arc::clone(&piece);
        blocking(move || to.append(&octets)).await??;
        if chunk?.is_none() {
            return Ok(());
        }
    }
}

/// Makes a part durable whose pieces have all arrived.
pub(crate) async fn finished(whole: Whole) -> Result<Received, Problem> {
    let Whole { writer, sha256 } = whole;
    let content = blocking(move || writer.finish()).await??;
    Ok(Received { content, sha256 })
}

async fn next_chunk(payload: &mut web::Payload) -> Result<Option<web::Bytes>, Problem> {
    let next = within(PATIENCE, async { Ok(payload.next().await) }).await?;
    // A line that broke: nobody is there to read the answer.
    next.transpose().map_err(|_| Problem::Malformed)
}

async fn write(
    mut sink: DigestWriter<ContentWriter>,
    piece: web::Bytes,
) -> Result<DigestWriter<ContentWriter>, Problem> {
    let written = blocking(move || sink.write_all(&piece).map(|()| sink)).await?;
    Ok(written.map_err(StoreError::from)?)
}

/// Files are written and synced aside: a worker's thread serves many readers.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    web::block(work).await.map_err(|_| {
        tracing::error!("no thread could take a write");
        Problem::Internal
    })
}
