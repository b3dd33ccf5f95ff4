//! Commands: one line in, one typed command or one fault out (RFC 5321 §4.1).
//!
//! Written by hand although `smtp-proto` parses commands, and held against it in
//! `tests/session/second_opinion.rs`: that parser ends lines at LF, drops CRs wherever they stand, ignores
//! what follows DATA, RSET or QUIT, and takes a parameter twice. Each is lenience that two servers
//! in a row can disagree on.

use mail::{RecipientDsn, ReversePath};
use secrecy::zeroize::Zeroizing;

use crate::fault::Fault;
use crate::parameters::{self, MailParameters};
use crate::path::{self, ForwardPath};
use crate::sasl::{InitialResponse, Mechanism};

const EHLO_USAGE: &str = "EHLO domain, or EHLO [address]";
const HELO_USAGE: &str = "HELO domain";
const MAIL_USAGE: &str = "MAIL FROM:<address> [parameters]";
const RCPT_USAGE: &str = "RCPT TO:<address> [parameters]";
const VRFY_USAGE: &str = "VRFY address";
const AUTH_USAGE: &str = "AUTH PLAIN [response], or AUTH LOGIN [response]";

/// Verbs of HTTP and of its proxies. A web page can make a browser post to this port, and the
/// lines of what it posts would be tried as commands.
const FOREIGN: [&str; 9] = [
    "GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PATCH",
];

/// Commands that this server knows of and does not offer.
const NOT_OFFERED: [&str; 8] = [
    "EXPN", "BURL", "ETRN", "ATRN", "TURN", "SEND", "SOML", "SAML",
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
    Rcpt(ForwardPath, RecipientDsn),
    Data,
    Bdat {
        octets: u64,
        last: bool,
    },
    /// A mechanism that is not known is none.
    Auth(Option<Mechanism>, Option<InitialResponse>),
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
            "BDAT" => bdat(argument),
            "AUTH" => auth(argument),
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
    let dsn = parameters::parse_rcpt(rest)?;
    Ok(Command::Rcpt(path::forward(inner)?, dsn))
}

/// `BDAT octets [LAST]` (RFC 3030 §2). Read to the letter: where the chunk ends hangs on it.
fn bdat(argument: &str) -> Result<Command, Fault> {
    let (octets, last) = match argument.split_once(' ') {
        None => (argument, false),
        Some((octets, last)) if last.eq_ignore_ascii_case("LAST") => (octets, true),
        Some(_) => return Err(Fault::ChunkSyntax),
    };
    if octets.is_empty() || !octets.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Fault::ChunkSyntax);
    }
    let octets = octets.parse().map_err(|_| Fault::ChunkTooLarge)?;
    Ok(Command::Bdat { octets, last })
}

/// `AUTH mechanism [initial-response]` (RFC 4954 §4).
fn auth(argument: &str) -> Result<Command, Fault> {
    let mut words = argument.split(' ');
    let mechanism = words.next().filter(|word| !word.is_empty());
    let initial = words.next();
    if words.next().is_some() || initial.is_some_and(str::is_empty) {
        return Err(Fault::Syntax(AUTH_USAGE));
    }
    let mechanism = Mechanism::named(mechanism.ok_or(Fault::Syntax(AUTH_USAGE))?);
    let initial = initial.map(|text| InitialResponse(Zeroizing::new(text.to_owned())));
    Ok(Command::Auth(mechanism, initial))
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
        assert!(matches!(command, Ok(Command::Rcpt(..))), "{command:?}");
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
        assert_eq!(parse("ETRN example.org"), Err(Fault::NotOffered));
        for line in ["", " ", " NOOP", "NOOPE", "XYZZY", "LHLO a.example"] {
            assert_eq!(parse(line), Err(Fault::UnknownCommand), "{line:?}");
        }
    }

    #[test]
    fn a_chunk_has_a_size_in_digits_and_perhaps_the_word_last() {
        for (line, octets, last) in [
            ("BDAT 0", 0, false),
            ("BDAT 0 LAST", 0, true),
            ("bdat 007 last", 7, true),
            ("BDAT 18446744073709551615", u64::MAX, false),
        ] {
            assert_eq!(parse(line), Ok(Command::Bdat { octets, last }), "{line}");
        }
        for line in [
            "BDAT",
            "BDAT LAST",
            "BDAT x",
            "BDAT -1",
            "BDAT +1",
            "BDAT 1 2",
            "BDAT 1 LAST LAST",
            "BDAT  1",
            "BDAT 1  LAST",
            "BDAT 0x10",
            "BDAT 1,000",
            "BDAT 1.0 LAST",
            "BDAT 1LAST",
        ] {
            assert_eq!(parse(line), Err(Fault::ChunkSyntax), "{line}");
        }
        for line in [
            "BDAT 18446744073709551616 LAST",
            "BDAT 99999999999999999999999999",
        ] {
            assert_eq!(parse(line), Err(Fault::ChunkTooLarge), "{line}");
        }
    }

    #[test]
    fn auth_names_a_mechanism_and_perhaps_says_something_already() {
        assert_eq!(
            parse("auth plain"),
            Ok(Command::Auth(Some(Mechanism::Plain), None))
        );
        let initial = InitialResponse(Zeroizing::new("=".into()));
        assert_eq!(
            parse("AUTH LOGIN ="),
            Ok(Command::Auth(Some(Mechanism::Login), Some(initial)))
        );
        assert_eq!(parse("AUTH CRAM-MD5"), Ok(Command::Auth(None, None)));
        for line in ["AUTH", "AUTH PLAIN a b", "AUTH PLAIN  a"] {
            assert_eq!(parse(line), Err(Fault::Syntax(AUTH_USAGE)), "{line}");
        }
    }
}
