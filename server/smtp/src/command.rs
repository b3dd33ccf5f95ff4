//! Commands: one line in, one typed command or one fault out (RFC 5321 §4.1).
//!
//! Written by hand although `smtp-proto` parses commands, and held against it in
//! `tests/session/second_opinion.rs`: that parser ends lines at LF, drops CRs wherever they stand, ignores
//! what follows DATA, RSET or QUIT, and takes a parameter twice. Each is lenience that two servers
//! in a row can disagree on.

use mail::ReversePath;

use crate::fault::Fault;
use crate::parameters::{self, MailParameters};
use crate::path::{self, ForwardPath};

const EHLO_USAGE: &str = "EHLO domain, or EHLO [address]";
const HELO_USAGE: &str = "HELO domain";
const MAIL_USAGE: &str = "MAIL FROM:<address> [parameters]";
const RCPT_USAGE: &str = "RCPT TO:<address> [parameters]";
const VRFY_USAGE: &str = "VRFY address";

/// Verbs of HTTP and of its proxies. A web page can make a browser post to this port, and the
/// lines of what it posts would be tried as commands.
const FOREIGN: [&str; 9] = [
    "GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PATCH",
];

/// Commands that this server knows of and does not offer.
const NOT_OFFERED: [&str; 9] = [
    "EXPN", "AUTH", "BURL", "ETRN", "ATRN", "TURN", "SEND", "SOML", "SAML",
];

/// A command that can be acted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Ehlo(String),
    Helo(String),
    Mail {
        sender: ReversePath,
        parameters: MailParameters,
    },
    Rcpt(ForwardPath),
    Data,
    Rset,
    Noop,
    Vrfy,
    Help,
    Quit,
    StartTls,
}

impl Command {
    /// Reads a line without its CRLF.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, Fault> {
        if line.iter().any(u8::is_ascii_control) {
            return Err(Fault::Unprintable);
        }
        let line = std::str::from_utf8(line)
            .map_err(|_| Fault::EightBit)?
            .trim_end_matches(' ');
        let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
        let verb = verb.to_ascii_uppercase();
        if !line.is_ascii() && !matches!(verb.as_str(), "MAIL" | "RCPT" | "VRFY") {
            return Err(Fault::EightBit);
        }
        match verb.as_str() {
            "EHLO" => client_name(argument)
                .map(Self::Ehlo)
                .ok_or(Fault::Syntax(EHLO_USAGE)),
            "HELO" => client_name(argument)
                .map(Self::Helo)
                .ok_or(Fault::Syntax(HELO_USAGE)),
            "MAIL" => mail(argument),
            "RCPT" => rcpt(argument),
            "DATA" => alone(Self::Data, argument),
            "RSET" => alone(Self::Rset, argument),
            "QUIT" => alone(Self::Quit, argument),
            "STARTTLS" => alone(Self::StartTls, argument),
            "NOOP" => Ok(Self::Noop),
            "HELP" => Ok(Self::Help),
            "VRFY" => vrfy(argument),
            "BDAT" => Err(Fault::ChunkNotOffered),
            verb if FOREIGN.contains(&verb) => Err(Fault::ForeignProtocol),
            verb if NOT_OFFERED.contains(&verb) => Err(Fault::NotOffered),
            _ => Err(Fault::UnknownCommand),
        }
    }
}

fn alone(command: Command, argument: &str) -> Result<Command, Fault> {
    if argument.is_empty() {
        Ok(command)
    } else {
        Err(Fault::NoArgument)
    }
}

/// The name a client gives itself. It is recorded and never trusted, and RFC 5321 §4.1.4 forbids to
/// refuse mail for a name that is wrong; so every name passes that a trace field can carry.
fn client_name(argument: &str) -> Option<String> {
    let lawful = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    ((1..=255).contains(&argument.len()) && argument.bytes().all(lawful)).then(|| argument.into())
}

/// The path and what follows it. Spaces behind the colon are against RFC 5321 §3.3 and common; the
/// brackets leave no doubt about what is meant.
fn path_behind<'a>(keyword: &str, argument: &'a str) -> Option<(&'a str, &'a str)> {
    let (head, path) = argument.split_at_checked(keyword.len())?;
    head.eq_ignore_ascii_case(keyword)
        .then(|| path::split(path.trim_start_matches(' ')))?
}

fn mail(argument: &str) -> Result<Command, Fault> {
    let (inner, rest) = path_behind("FROM:", argument).ok_or(Fault::Syntax(MAIL_USAGE))?;
    let parameters = MailParameters::parse(rest)?;
    let sender = path::reverse(inner)?;
    if !sender.as_str().is_ascii() && !parameters.smtp_utf8 {
        return Err(Fault::NonAsciiAddress);
    }
    Ok(Command::Mail { sender, parameters })
}

fn rcpt(argument: &str) -> Result<Command, Fault> {
    let (inner, rest) = path_behind("TO:", argument).ok_or(Fault::Syntax(RCPT_USAGE))?;
    parameters::parse_rcpt(rest)?;
    Ok(Command::Rcpt(path::forward(inner)?))
}

/// Whether an address exists is not told (RFC 5321 §7.3), so the argument is only looked at for
/// its form; RFC 6531 §3.7.4.2 has SMTPUTF8 behind one that is not ASCII.
fn vrfy(argument: &str) -> Result<Command, Fault> {
    let smtputf8 = || {
        argument
            .rsplit(' ')
            .next()
            .is_some_and(|w| w.eq_ignore_ascii_case("SMTPUTF8"))
    };
    match argument {
        "" => Err(Fault::Syntax(VRFY_USAGE)),
        argument if !argument.is_ascii() && !smtputf8() => Err(Fault::NonAsciiAddress),
        _ => Ok(Command::Vrfy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, Fault> {
        Command::parse(line.as_bytes())
    }

    #[test]
    fn verbs_are_read_in_any_case_and_with_trailing_spaces() {
        assert_eq!(parse("quit"), Ok(Command::Quit));
        assert_eq!(parse("StartTLS  "), Ok(Command::StartTls));
        assert_eq!(
            parse("ehlo client.example"),
            Ok(Command::Ehlo("client.example".into()))
        );
    }

    #[test]
    fn a_command_without_arguments_takes_none() {
        for line in ["DATA x", "RSET x", "QUIT now", "STARTTLS please"] {
            assert_eq!(parse(line), Err(Fault::NoArgument), "{line}");
        }
        assert_eq!(parse("NOOP anything at all"), Ok(Command::Noop));
        assert_eq!(parse("HELP MAIL"), Ok(Command::Help));
    }

    #[test]
    fn names_of_clients_are_one_word_that_a_trace_field_can_carry() {
        for name in [
            "client.example",
            "[192.0.2.1]",
            "[IPv6:2001:db8::1]",
            "my_printer",
            "x",
        ] {
            assert_eq!(
                parse(&format!("EHLO {name}")),
                Ok(Command::Ehlo(name.into()))
            );
        }
        for name in ["", "a b", "a(b)", "<a>", "a;b", &"a".repeat(256)] {
            assert_eq!(
                parse(&format!("EHLO {name}")),
                Err(Fault::Syntax(EHLO_USAGE)),
                "{name}"
            );
        }
    }

    #[test]
    fn mail_names_a_path_in_brackets() {
        for line in [
            "MAIL FROM:<a@example.org>",
            "mail from:<a@example.org>",
            "MAIL FROM: <a@example.org>",
        ] {
            assert!(matches!(parse(line), Ok(Command::Mail { .. })), "{line}");
        }
        for line in [
            "MAIL",
            "MAIL FROM",
            "MAIL FROM:",
            "MAIL FROM:a@example.org",
            "MAIL TO:<a@example.org>",
            "MAIL FROM <a@example.org>",
            "MAIL FROM:<a@example.org",
            "MAIL  FROM:<a@example.org>",
            "MAIL FROM :<a@example.org>",
            "MAIL FRO\u{e9}:<a@example.org>",
        ] {
            assert_eq!(parse(line), Err(Fault::Syntax(MAIL_USAGE)), "{line}");
        }
        assert_eq!(parse("MAIL FROM:<a@>"), Err(Fault::BadSender));
        assert_eq!(parse("RCPT TO:<@>"), Err(Fault::BadRecipient));
        assert_eq!(
            parse("RCPT FROM:<a@example.org>"),
            Err(Fault::Syntax(RCPT_USAGE))
        );
    }

    #[test]
    fn octets_beyond_ascii_stand_in_addresses_only_and_with_smtputf8() {
        let command = parse("MAIL FROM:<j\u{f6}rg@example.org> SMTPUTF8");
        assert!(matches!(command, Ok(Command::Mail { .. })), "{command:?}");
        assert_eq!(
            parse("MAIL FROM:<j\u{f6}rg@example.org>"),
            Err(Fault::NonAsciiAddress)
        );
        let command = parse("RCPT TO:<j\u{f6}rg@example.org>");
        assert!(matches!(command, Ok(Command::Rcpt(_))), "{command:?}");
        assert_eq!(parse("VRFY j\u{f6}rg"), Err(Fault::NonAsciiAddress));
        assert_eq!(parse("VRFY j\u{f6}rg smtputf8"), Ok(Command::Vrfy));
        assert_eq!(parse("EHLO j\u{f6}rg.example"), Err(Fault::EightBit));
        assert_eq!(parse("NOOP \u{f6}"), Err(Fault::EightBit));
        assert_eq!(
            Command::parse(b"RCPT TO:<j\xf6rg@example.org>"),
            Err(Fault::EightBit)
        );
    }

    #[test]
    fn control_characters_are_refused_wherever_they_stand() {
        for line in [
            "NOOP\0",
            "\0NOOP",
            "NOOP\tx",
            "RCPT TO:<a\0@example.org>",
            "QUIT\u{7f}",
        ] {
            assert_eq!(parse(line), Err(Fault::Unprintable), "{line:?}");
        }
    }

    #[test]
    fn verbs_of_other_protocols_and_unknown_ones_are_told_apart() {
        assert_eq!(parse("POST / HTTP/1.1"), Err(Fault::ForeignProtocol));
        assert_eq!(parse("AUTH PLAIN"), Err(Fault::NotOffered));
        assert_eq!(parse("BDAT 100 LAST"), Err(Fault::ChunkNotOffered));
        for line in ["", " ", " NOOP", "NOOPE", "XYZZY", "LHLO a.example"] {
            assert_eq!(parse(line), Err(Fault::UnknownCommand), "{line:?}");
        }
    }
}
