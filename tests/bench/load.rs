//! A client that keeps its connections: threads, one for each session, that send the same mail
//! over and over and print what they measured as JSON.
//!
//! `load PORT SESSIONS MESSAGES FILE SENDER RECIPIENT...`; in the recipients `#` stands for the
//! number of the message. MAIL, RCPT and DATA go out as one write (RFC 2920). What is put off with
//! 4xx is sent again and counted.

#![expect(clippy::print_stdout, reason = "figures are what this prints")]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What one session saw.
#[derive(Default)]
struct Seen {
    dot: Vec<Duration>,
    whole: Vec<Duration>,
    put_off: usize,
}

struct Job {
    port: u16,
    messages: usize,
    content: Vec<u8>,
    sender: String,
    recipients: Vec<String>,
    next: AtomicUsize,
}

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().collect();
    let [_, port, sessions, messages, file, sender, recipients @ ..] = &words[..] else {
        return Err("usage: load PORT SESSIONS MESSAGES FILE SENDER RECIPIENT...".into());
    };
    let job = Job {
        port: port.parse()?,
        messages: messages.parse()?,
        content: stuffed(&std::fs::read(file)?),
        sender: sender.clone(),
        recipients: recipients.to_vec(),
        next: AtomicUsize::new(0),
    };
    let sessions: usize = sessions.parse()?;
    let began = Instant::now();
    let seen: Outcome<Vec<Seen>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..sessions)
            .map(|_| scope.spawn(|| session(&job)))
            .collect();
        let ended = threads.into_iter().map(|thread| thread.join());
        ended
            .map(|end| end.unwrap_or_else(|_| Err("a session panicked".into())))
            .collect()
    });
    let seconds = began.elapsed().as_secs_f64();
    let seen = seen?;
    let all = |of: fn(&Seen) -> &Vec<Duration>| {
        let mut times: Vec<f64> = seen
            .iter()
            .flat_map(of)
            .map(|t| t.as_secs_f64() * 1e3)
            .collect();
        times.sort_by(f64::total_cmp);
        times
    };
    let (dot, whole) = (all(|seen| &seen.dot), all(|seen| &seen.whole));
    let put_off: usize = seen.iter().map(|seen| seen.put_off).sum();
    let figures = [
        ("seconds", seconds),
        ("dot_p50", at(&dot, 0.5)),
        ("dot_p99", at(&dot, 0.99)),
        ("whole_p50", at(&whole, 0.5)),
        ("whole_p99", at(&whole, 0.99)),
    ];
    let figures = figures.map(|(name, figure)| format!("\"{name}\": {figure}"));
    let (messages, figures) = (dot.len(), figures.join(", "));
    println!("{{\"messages\": {messages}, \"put_off\": {put_off}, {figures}}}");
    Ok(())
}

fn at(sorted: &[f64], part: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a short list"
    )]
    let place = (last as f64 * part).round() as usize;
    sorted.get(place).copied().unwrap_or_default()
}

/// The content as it goes over the wire, with its end.
fn stuffed(content: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(content.len() + 5);
    for line in content.split_inclusive(|&octet| octet == b'\n') {
        if line.starts_with(b".") {
            wire.push(b'.');
        }
        wire.extend_from_slice(line);
    }
    wire.extend_from_slice(b".\r\n");
    wire
}

fn session(job: &Job) -> Outcome<Seen> {
    let stream = TcpStream::connect(("127.0.0.1", job.port))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    let mut seen = Seen::default();
    reply(&mut reader)?;
    writer.write_all(b"EHLO load.example.org\r\n")?;
    reply(&mut reader)?;
    loop {
        let number = job.next.fetch_add(1, Ordering::Relaxed);
        if number >= job.messages {
            writer.write_all(b"QUIT\r\n")?;
            return Ok(seen);
        }
        while !message(job, number, &mut reader, &mut writer, &mut seen)? {
            seen.put_off += 1;
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Sends one; whether it was taken, and not put off.
fn message(
    job: &Job,
    number: usize,
    reader: &mut BufReader<TcpStream>,
    writer: &mut TcpStream,
    seen: &mut Seen,
) -> Outcome<bool> {
    let mut commands = format!("MAIL FROM:<{}>\r\n", job.sender);
    for recipient in &job.recipients {
        commands += &format!(
            "RCPT TO:<{}>\r\n",
            recipient.replace('#', &number.to_string())
        );
    }
    commands += "DATA\r\n";
    let began = Instant::now();
    writer.write_all(commands.as_bytes())?;
    let mut first_bad = None;
    for _ in 0..job.recipients.len() + 2 {
        let code = reply(reader)?;
        if code >= 400 {
            first_bad.get_or_insert(code);
        }
    }
    if let Some(code) = first_bad {
        if code >= 500 {
            return Err(format!("refused with {code} before the data").into());
        }
        writer.write_all(b"RSET\r\n")?;
        reply(reader)?;
        return Ok(false);
    }
    // The time from the final dot on: the last octets go alone.
    let (body, end) = job.content.split_at(job.content.len() - 3);
    writer.write_all(body)?;
    let dot = Instant::now();
    writer.write_all(end)?;
    let code = reply(reader)?;
    match code {
        250 => {
            seen.dot.push(dot.elapsed());
            seen.whole.push(began.elapsed());
            Ok(true)
        }
        400..500 => Ok(false),
        _ => Err(format!("refused with {code} behind the data").into()),
    }
}

fn reply(reader: &mut BufReader<TcpStream>) -> Outcome<u16> {
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Err("the server closed the connection".into());
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(line.get(..3).unwrap_or_default().parse()?);
        }
    }
}
