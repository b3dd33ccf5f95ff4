//! The octets between us and another mail system: bounded, and every step under a timeout.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::failure::{Fault, Stage};
use super::reply::{Collect, LONGEST_LINE, Reply};

/// Octets of content that are written at once.
const CHUNK: usize = 64 * 1024;
/// For an answer to something that failed while it was written.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// A connection with what has been read of it and not looked at.
pub(super) struct Wire {
    stream: Stream,
    read: Vec<u8>,
}

enum Stream {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Wire {
    pub(super) fn clear(stream: TcpStream) -> Self {
        Self {
            stream: Stream::Clear(stream),
            read: Vec::new(),
        }
    }

    pub(super) fn tls(stream: TlsStream<TcpStream>) -> Self {
        Self {
            stream: Stream::Tls(Box::new(stream)),
            read: Vec::new(),
        }
    }

    /// The connection itself, for a handshake. `None` when something has come already that the
    /// other side said in clear: it would be read as if it had been said inside TLS.
    pub(super) fn into_clear(self) -> Option<TcpStream> {
        match self.stream {
            Stream::Clear(stream) if self.read.is_empty() => Some(stream),
            _ => None,
        }
    }

    /// One command, one reply.
    pub(super) async fn command(
        &mut self,
        line: &str,
        stage: Stage,
        patience: Duration,
    ) -> Result<Reply, Fault> {
        let step = async {
            // What came before it was asked for is no answer.
            if !self.read.is_empty() {
                return Err(Fault::garbage(stage));
            }
            let line = format!("{line}\r\n");
            if self.write(line.as_bytes()).await.is_err() {
                return self.last_words(stage).await;
            }
            self.read_reply(stage).await
        };
        tokio::time::timeout(patience, step)
            .await
            .unwrap_or_else(|_| Err(Fault::late(stage)))
    }

    /// A reply that comes by itself: the greeting, or the one to the end of data.
    pub(super) async fn reply(&mut self, stage: Stage, patience: Duration) -> Result<Reply, Fault> {
        tokio::time::timeout(patience, self.read_reply(stage))
            .await
            .unwrap_or_else(|_| Err(Fault::late(stage)))
    }

    /// The content with stuffed dots and its end, in chunks that each have their time.
    pub(super) async fn content(&mut self, octets: &[u8], patience: Duration) -> Result<(), Fault> {
        let mut writer = Stuffed::default();
        for piece in octets.chunks(CHUNK) {
            let chunk = writer.chunk(piece);
            self.content_chunk(&chunk, patience).await?;
        }
        let end = writer.end();
        self.content_chunk(end, patience).await
    }

    async fn content_chunk(&mut self, chunk: &[u8], patience: Duration) -> Result<(), Fault> {
        let stage = Stage::EndOfData;
        match tokio::time::timeout(patience, self.write(chunk)).await {
            Err(_) => Err(Fault::late(stage)),
            Ok(Ok(())) => Ok(()),
            // Whatever it says now, it has not taken the mail.
            Ok(Err(_)) => Err(match self.last_words(stage).await {
                Ok(reply) => Fault {
                    usable: false,
                    ..reply.into_fault(stage)
                },
                Err(fault) => fault,
            }),
        }
    }

    /// Who hangs up while we write may have said why.
    async fn last_words(&mut self, stage: Stage) -> Result<Reply, Fault> {
        tokio::time::timeout(LAST_WORDS, self.read_reply(stage))
            .await
            .unwrap_or_else(|_| Err(Fault::lost(stage)))
    }

    async fn read_reply(&mut self, stage: Stage) -> Result<Reply, Fault> {
        let mut collect = Collect::default();
        loop {
            while let Some(end) = self.read.iter().position(|&octet| octet == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                let line = line.strip_suffix(b"\n").unwrap_or(&line);
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                if let Some(reply) = collect.line(line).map_err(|_| Fault::garbage(stage))? {
                    return Ok(reply);
                }
            }
            if self.read.len() > LONGEST_LINE {
                return Err(Fault::garbage(stage));
            }
            let mut more = [0; 4_096];
            let count = match &mut self.stream {
                Stream::Clear(stream) => stream.read(&mut more).await,
                Stream::Tls(stream) => stream.read(&mut more).await,
            };
            match count {
                Ok(0) | Err(_) => return Err(Fault::lost(stage)),
                Ok(count) => self.read.extend_from_slice(&more[..count]),
            }
        }
    }

    async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Clear(stream) => stream.write_all(octets).await,
            Stream::Tls(stream) => {
                stream.write_all(octets).await?;
                stream.flush().await
            }
        }
    }

    /// Says goodbye without waiting for an answer.
    pub(super) async fn quit(mut self) {
        let goodbye = async {
            let _ = self.write(b"QUIT\r\n").await;
            match &mut self.stream {
                Stream::Clear(stream) => stream.shutdown().await,
                Stream::Tls(stream) => stream.shutdown().await,
            }
        };
        let _ = tokio::time::timeout(LAST_WORDS, goodbye).await;
    }
}

/// Stuffs dots (RFC 5321 §4.5.2), across the borders of chunks.
struct Stuffed {
    at_line_start: bool,
}

impl Default for Stuffed {
    fn default() -> Self {
        Self {
            at_line_start: true,
        }
    }
}

impl Stuffed {
    fn chunk(&mut self, octets: &[u8]) -> Vec<u8> {
        let mut stuffed = Vec::with_capacity(octets.len() + octets.len() / 64 + 1);
        for &octet in octets {
            if self.at_line_start && octet == b'.' {
                stuffed.push(b'.');
            }
            stuffed.push(octet);
            self.at_line_start = octet == b'\n';
        }
        stuffed
    }

    /// What ends the data; the last line gets its end if it has none.
    fn end(&self) -> &'static [u8] {
        if self.at_line_start {
            b".\r\n"
        } else {
            b"\r\n.\r\n"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_stuffed_wherever_a_chunk_ends() {
        for (content, wire) in [
            ("", ".\r\n"),
            ("a", "a\r\n.\r\n"),
            ("a\r\n", "a\r\n.\r\n"),
            (".\r\n", "..\r\n.\r\n"),
            (
                "a\r\n.\r\n..b\r\nc.d\r\n",
                "a\r\n..\r\n...b\r\nc.d\r\n.\r\n",
            ),
        ] {
            for size in 1..=content.len().max(1) {
                let mut writer = Stuffed::default();
                let mut written = Vec::new();
                for piece in content.as_bytes().chunks(size) {
                    written.extend(writer.chunk(piece));
                }
                written.extend_from_slice(writer.end());
                assert_eq!(String::from_utf8(written).unwrap(), wire, "{size}");
            }
        }
    }
}
