//! `sealpost open LINK`: a recipient at a terminal.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use seal::{Link, LinkSecret};
use serde_json::json;

use super::output::print;
use super::{Failure, Global};
use crate::clock;
use crate::mails::day_in_words;
use crate::open::{
    Answer, Answered, Attachment, Client, ClientError, LaterMessage, Letter, OpenFailure, Opened,
    Reread, Summary, reread, send, write,
};

/// Above this a download shows a bar.
const BAR_ABOVE: u64 = 2 * 1024 * 1024;

#[derive(Args)]
pub(super) struct Open {
    /// The link in the notice, in quotes; - reads it from standard input, so that it stands in no
    /// process list
    link: String,
    /// The message key in the notice, when the link has lost its end; - reads it from standard input
    #[arg(long, value_name = "KEY")]
    message_key: Option<String>,
    /// The security code that comes by email; - reads a line of standard input [default: asks]
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// Where to write the mail and its attachments [default: ./sealpost-REFERENCE]
    #[arg(long, short, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Also write the sealed file and the identity that opens it with stock age
    #[arg(long)]
    keep_sealed: bool,
    /// Send this secure reply
    #[arg(long, value_name = "TEXT")]
    reply_text: Option<String>,
    /// Send the reply to everybody who may be answered, not to the sender alone
    #[arg(long, requires = "reply_text")]
    reply_all: bool,
    /// Send this file with the reply; may be given several times
    #[arg(long, value_name = "FILE", requires = "reply_text")]
    attach: Vec<PathBuf>,
}

impl Open {
    pub(super) fn run(self, global: &Global) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.open(global))
    }

    async fn open(mut self, global: &Global) -> Result<(), Failure> {
        let attachments = self.read_attachments()?;
        let link = self.parse_link()?;
        let mut client = Client::new(&link).map_err(refused)?;
        let summary = client.summary().await.map_err(refused)?;
        introduce(&summary, &link);
        if summary.state != "open" {
            return Err(Failure::failed(format!("the message is {}", summary.state)));
        }
        if global.dry_run {
            eprintln!("No code was asked for and nothing was opened.");
            return Ok(());
        }
        client.ask_for_code().await.map_err(refused)?;
        self.prove_mailbox(&mut client, &summary).await?;

        let grant = client.grant().await.map_err(refused)?;
        let opened = Opened::join(&link, &grant).map_err(failed)?;
        let sealed_view = client
            .sealed_file("view.age", grant.view_size, |_| ())
            .await
            .map_err(refused)?;
        let bar = progress(grant.message_size);
        let received = |octets| bar.inc(octets);
        let sealed_message = client
            .sealed_file("message.age", grant.message_size, received)
            .await
            .map_err(refused)?;
        bar.finish_and_clear();
        let letter = Letter::open(
            &opened.identity,
            &grant.message_id,
            &grant.profile,
            &sealed_view,
            &sealed_message,
        )
        .map_err(failed)?;
        if letter.view.policy.escrow {
            let name = harmless(&letter.view.organisation.name);
            eprintln!("{name} keeps an offline key that can open this message.");
        }

        let default = || PathBuf::from(format!("sealpost-{}", link.handle.reference()));
        let folder = self.output.clone().unwrap_or_else(default);
        let written = write(&letter, &folder).map_err(failed)?;
        if self.keep_sealed {
            keep_sealed(&folder, &opened, &sealed_message)?;
        }
        // The message is open; what cannot be said of earlier replies is no failure of it.
        let earlier = reread(&mut client, &opened.copies).await;
        let later = client.later_messages().await.ok();
        let mut report = json!({
            "message": written.mail,
            "attachments": written.attachments,
            "sent": earlier.as_ref().map(|earlier| &earlier.copies).ok(),
            "later": later,
            "reply": null,
        });
        if !global.json {
            show(&letter, &folder)?;
            show_sent(earlier)?;
            show_later(&later.unwrap_or_default());
        }
        if let Some(text) = self.reply_text.take() {
            let answered = Answered {
                link: &link,
                opened: &opened,
                terms: grant.reply,
                letter: &letter,
            };
            let answer = Answer {
                text,
                to_all: self.reply_all,
                attachments,
            };
            let sent = send(&mut client, &answered, answer, clock::system()).await;
            let reference = sent.map_err(|error| {
                let folder = folder.display();
                Failure::partly(format!(
                    "the message is in {folder}, but the reply was not sent: {error}"
                ))
            })?;
            eprintln!("Your reply was sent. Reference: {reference}");
            report["reply"] = reference.into();
        }
        // What was asked for is done; a session that was not closed ends by itself.
        if let Err(error) = client.close().await {
            eprintln!(
                "The session could not be closed: {}",
                harmless(&error.to_string())
            );
        }
        if global.json {
            print(format!("{report}\n").as_bytes())
        } else {
            Ok(())
        }
    }

    fn parse_link(&self) -> Result<Link, Failure> {
        let text = if self.link == "-" {
            read_line()?
        } else {
            self.link.clone()
        };
        let key = match self.message_key.as_deref() {
            Some("-") => Some(read_line()?),
            other => other.map(str::to_owned),
        };
        let secret = key.as_deref().map(LinkSecret::from_message_key).transpose();
        let link = match secret.map_err(Failure::usage)? {
            None => Link::parse(&text),
            Some(secret) => Link::with_secret(&text, secret),
        };
        link.map_err(Failure::usage)
    }

    /// Asks until the code fits. A code from the command line or a pipe is tried once.
    async fn prove_mailbox(&self, client: &mut Client, summary: &Summary) -> Result<(), Failure> {
        loop {
            let code = match self.code.as_deref() {
                Some("-") => read_line()?,
                Some(code) => code.to_owned(),
                None => {
                    eprint!(
                        "Security code (sent to {}): ",
                        harmless(&summary.masked_address)
                    );
                    std::io::stderr().flush()?;
                    read_line()?
                }
            };
            let error = match client.verify(&code).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let may_try_again = self.code.is_none() && std::io::stdin().is_terminal();
            match &error {
                ClientError::Refused {
                    code, tries_left, ..
                } if may_try_again && (code == "wrong-code" || code == "malformed-code") => {
                    eprintln!("{error}");
                    if let Some(left) = tries_left {
                        eprintln!("Tries left: {left}");
                    }
                }
                _ => return Err(refused(error)),
            }
        }
    }

    fn read_attachments(&self) -> Result<Vec<Attachment>, Failure> {
        let read = |path: &PathBuf| {
            let octets = std::fs::read(path)
                .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            Ok(Attachment { name, octets })
        };
        self.attach.iter().map(read).collect()
    }
}

fn introduce(summary: &Summary, link: &Link) {
    let (name, phone) = (
        harmless(&summary.organisation.name),
        harmless(&summary.organisation.phone),
    );
    eprintln!(
        "Secure message from {name}, reference {}.",
        link.handle.reference()
    );
    eprintln!("Check that the reference is the one in the email.");
    eprintln!(
        "It can be opened until {}.",
        day_in_words(summary.expires_at)
    );
    eprintln!("If anything seems wrong, phone {phone}.");
}

/// What a server or a sender wrote must not steer the terminal.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' && c != '\t' {
                ' '
            } else {
                c
            }
        })
        .collect()
}

pub(super) fn show(letter: &Letter, folder: &std::path::Path) -> Result<(), Failure> {
    let headers = &letter.view.headers;
    let names = |mailboxes: &[mail::view::Mailbox]| {
        let shown = |mailbox: &mail::view::Mailbox| match (&mailbox.name, &mailbox.address) {
            (Some(name), Some(address)) => format!("{name} <{address}>"),
            (Some(text), None) | (None, Some(text)) => text.clone(),
            (None, None) => String::new(),
        };
        mailboxes.iter().map(shown).collect::<Vec<_>>().join(", ")
    };
    let mut text = format!(
        "From: {}\nTo: {}\n",
        names(&headers.from),
        names(&headers.to)
    );
    if !headers.cc.is_empty() {
        text += &format!("Cc: {}\n", names(&headers.cc));
    }
    text += &format!(
        "Subject: {}\n\n{}\n",
        headers.subject,
        letter.view.text.as_deref().unwrap_or("")
    );
    print(harmless(&text).as_bytes())?;
    let files = letter.view.parts.len();
    eprintln!("\nWritten to {} ({files} attachments).", folder.display());
    if let [_, others @ ..] = letter.view.reply.to.as_slice()
        && !others.is_empty()
    {
        let others = harmless(&others.join(", "));
        eprintln!("With --reply-all a reply goes to these people as well: {others}");
    }
    Ok(())
}

/// The recipient's own earlier replies.
fn show_sent(earlier: Result<Reread, ClientError>) -> Result<(), Failure> {
    let Ok(Reread { copies, unreadable }) = earlier else {
        eprintln!("Your earlier replies could not be fetched.");
        return Ok(());
    };
    for copy in copies {
        let files: Vec<&str> = copy.files.iter().map(|file| file.name.as_str()).collect();
        let mut text = format!(
            "\nYour reply, {}, to {}:\n\n{}\n",
            day_in_words(copy.created_at),
            copy.to.join(", "),
            copy.text
        );
        if copy.cut {
            text += "(The rest is too long to be shown here. All of it was sent.)\n";
        }
        if !files.is_empty() {
            text += &format!("Files: {}\n", files.join(", "));
        }
        print(harmless(&text).as_bytes())?;
    }
    if unreadable > 0 {
        eprintln!("Some of what you sent cannot be shown: its copy does not open with this link.");
    }
    Ok(())
}

/// Beside the message and not in it: the server's word.
fn show_later(messages: &[LaterMessage]) {
    for LaterMessage { day, reference } in messages {
        let day = day.strftime("%-d %B %Y");
        eprintln!(
            "Later in this conversation: a message was sent to this mailbox on {day}, reference {reference}."
        );
    }
    if !messages.is_empty() {
        eprintln!("To open a later message, look for the email that has its reference.");
    }
}

fn keep_sealed(folder: &std::path::Path, opened: &Opened, sealed: &[u8]) -> Result<(), Failure> {
    use std::os::unix::fs::OpenOptionsExt;

    use secrecy::ExposeSecret;
    let identity = opened.identity.to_secret_string();
    let text = format!("{}\n", identity.expose_secret());
    for (name, octets) in [("message.age", sealed), ("identity.txt", text.as_bytes())] {
        let path = folder.join(name);
        std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(octets))
            .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
    }
    eprintln!("Whoever has identity.txt can open message.age, without any code.");
    Ok(())
}

fn progress(size: u64) -> ProgressBar {
    let target = if size > BAR_ABOVE {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes}, {eta} left");
    ProgressBar::with_draw_target(Some(size), target)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn read_line() -> Result<String, Failure> {
    let mut line = String::new();
    if std::io::stdin().read_line(&mut line)? == 0 {
        return Err(Failure::usage(
            "standard input ended before a line was read",
        ));
    }
    Ok(line.trim().to_owned())
}

fn refused(error: ClientError) -> Failure {
    let words = harmless(&error.to_string());
    if error.may_pass() {
        Failure::try_again(words)
    } else {
        Failure::failed(words)
    }
}

pub(super) fn failed(error: OpenFailure) -> Failure {
    match error {
        OpenFailure::Client(error) => refused(error),
        other => Failure::failed(other),
    }
}
