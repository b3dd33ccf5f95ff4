//! One mail for one recipient, and the commands that hand it over (RFC 5321, 1870, 3461, 6152,
//! 6531). Pure: what is sent depends on what the other side can, and on nothing else.

use std::borrow::Cow;
use std::fmt::Write;

use mail::{Address, EnvelopeDsn, Notify, RecipientDsn, Ret, ReversePath};

use super::extensions::Extensions;
use super::failure::{FailureKind, Fault, Stage};
use super::seven_bit;
use crate::policy::Tls;

/// Octets of a line without its end (RFC 5322 §2.1.1).
pub(crate) const LONGEST_LINE: usize = 998;

/// One mail for one recipient.
pub struct Parcel<'a> {
    /// `MAIL FROM`.
    pub from: &'a ReversePath,
    /// `RCPT TO`.
    pub to: &'a Address,
    /// The content, with CRLF and without stuffed dots.
    pub octets: &'a [u8],
    /// How much TLS it needs.
    pub tls: Tls,
    /// What the sender wants to be told, for those who understand it.
    pub dsn: Dsn<'a>,
}

/// The parameters of RFC 3461, as they go on the wire: checked and xtext-encoded where they came
/// from.
#[derive(Debug, Clone, Default)]
pub struct Dsn<'a> {
    /// `FULL` or `HDRS`.
    pub ret: Option<Cow<'a, str>>,
    /// The sender's own mark.
    pub envid: Option<Cow<'a, str>>,
    /// `NEVER`, or some of `SUCCESS,FAILURE,DELAY`.
    pub notify: Option<Cow<'a, str>>,
    /// The address that the mail was sent to first.
    pub orcpt: Option<Cow<'a, str>>,
}

impl<'a> Dsn<'a> {
    /// What the sender's system asked of us, asked of the next.
    pub fn of(envelope: &'a EnvelopeDsn, recipient: &'a RecipientDsn) -> Self {
        let ret = envelope.ret.map(|ret| match ret {
            Ret::Full => "FULL",
            Ret::Headers => "HDRS",
        });
        let orcpt = recipient.orcpt.as_deref().map(|orcpt| {
            // The type of the address stands before the first semicolon, and is no xtext.
            match orcpt.split_once(';') {
                Some((kind, address)) => Cow::Owned(format!("{kind};{}", xtext(address))),
                None => xtext(orcpt),
            }
        });
        Self {
            ret: ret.map(Cow::Borrowed),
            envid: envelope.envid.as_deref().map(xtext),
            notify: recipient.notify.map(|notify| notify_words(notify).into()),
            orcpt,
        }
    }
}

fn notify_words(notify: Notify) -> String {
    let Notify::On {
        success,
        failure,
        delay,
    } = notify
    else {
        return "NEVER".to_owned();
    };
    let wanted = [(success, "SUCCESS"), (failure, "FAILURE"), (delay, "DELAY")];
    let words: Vec<&str> = wanted.iter().filter(|w| w.0).map(|w| w.1).collect();
    if words.is_empty() {
        "NEVER".to_owned()
    } else {
        words.join(",")
    }
}

/// RFC 3461 §4: `+`, `=` and what is not printable ASCII as `+` and two hexadecimal digits.
fn xtext(text: &str) -> Cow<'_, str> {
    let stands = |octet: u8| octet.is_ascii_graphic() && octet != b'+' && octet != b'=';
    if text.bytes().all(stands) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for octet in text.bytes() {
        if stands(octet) {
            out.push(char::from(octet));
        } else {
            let _ = write!(out, "+{octet:02X}");
        }
    }
    Cow::Owned(out)
}

/// What is said and sent to one peer.
pub(super) struct Prepared<'a> {
    pub(super) mail: String,
    pub(super) rcpt: String,
    pub(super) octets: Cow<'a, [u8]>,
    /// Whether RCPT says what the sender wants to be told.
    pub(super) asks_for_reports: bool,
}

impl Parcel<'_> {
    /// Fits the mail to what the peer can, or says why that is not possible.
    pub(super) fn prepare(&self, peer: &Extensions) -> Result<Prepared<'_>, Fault> {
        let unsendable = |status, cause| Fault {
            usable: true,
            ..Fault::new(FailureKind::Unsendable, Stage::Mail, status, cause)
        };
        let needs_utf8 = !self.to.is_ascii() || !self.from.as_str().is_ascii();
        if needs_utf8 && !peer.smtp_utf8 {
            let cause = "cannot take addresses with letters beyond ASCII (SMTPUTF8)";
            return Err(unsendable((5, 6, 7), cause));
        }
        let eight_bit = !self.octets.is_ascii();
        let too_wide = !lines_fit(self.octets);
        let octets = if too_wide || (eight_bit && !peer.eight_bit_mime) {
            let cause = if too_wide {
                "the mail has lines of more than 998 octets, and encoding it anew would break its signature or structure"
            } else {
                "cannot take 8-bit content (8BITMIME), and encoding it anew would break its signature or structure"
            };
            let converted = seven_bit::convert(self.octets);
            let converted = converted.filter(|octets| lines_fit(octets) && octets.is_ascii());
            Cow::Owned(converted.ok_or_else(|| unsendable((5, 6, 3), cause))?)
        } else {
            Cow::Borrowed(self.octets)
        };
        if !has_mail_lines(&octets) {
            let cause = "was sent nothing: the mail has a bare CR or LF, or a NUL";
            return Err(unsendable((5, 6, 0), cause));
        }
        if let Some(Some(limit)) = peer.size
            && octets.len() as u64 > limit
        {
            let cause = "takes no mail of this size";
            let fault = Fault::new(FailureKind::Refused, Stage::Mail, (5, 3, 4), cause);
            return Err(Fault {
                usable: true,
                ..fault
            });
        }
        Ok(Prepared {
            mail: self.mail_command(peer, &octets),
            rcpt: self.rcpt_command(peer),
            asks_for_reports: peer.dsn && self.dsn.notify.is_some(),
            octets,
        })
    }

    fn mail_command(&self, peer: &Extensions, octets: &[u8]) -> String {
        let mut command = format!("MAIL FROM:<{}>", self.from.as_str());
        if peer.size.is_some() {
            let _ = write!(command, " SIZE={}", octets.len());
        }
        if peer.eight_bit_mime && !octets.is_ascii() {
            command.push_str(" BODY=8BITMIME");
        }
        if peer.smtp_utf8 && self.speaks_utf8(octets) {
            command.push_str(" SMTPUTF8");
        }
        if peer.dsn {
            push(&mut command, "RET", self.dsn.ret.as_deref());
            push(&mut command, "ENVID", self.dsn.envid.as_deref());
        }
        command
    }

    fn rcpt_command(&self, peer: &Extensions) -> String {
        let mut command = format!("RCPT TO:<{}>", self.to.as_str());
        if peer.dsn {
            push(&mut command, "NOTIFY", self.dsn.notify.as_deref());
            push(&mut command, "ORCPT", self.dsn.orcpt.as_deref());
        }
        command
    }

    /// In its addresses or its header section.
    fn speaks_utf8(&self, octets: &[u8]) -> bool {
        let end = octets.windows(4).position(|w| w == b"\r\n\r\n");
        !self.to.is_ascii()
            || !self.from.as_str().is_ascii()
            || !octets[..end.unwrap_or(octets.len())].is_ascii()
    }
}

/// A value with anything that could begin another parameter or command is left out: it is advice,
/// and the mail is not (promise S3).
fn push(command: &mut String, name: &str, value: Option<&str>) {
    const LONGEST: usize = 500;
    let fits = |value: &&str| {
        !value.is_empty() && value.len() <= LONGEST && value.bytes().all(|b| b.is_ascii_graphic())
    };
    if let Some(value) = value.filter(fits) {
        let _ = write!(command, " {name}={value}");
    }
}

/// Whether every CR is followed by LF and every LF comes after CR, and there is no NUL: what a peer
/// might take for the end of the data must never leave us inside it (promise S1).
pub(crate) fn has_mail_lines(octets: &[u8]) -> bool {
    let mut last = 0;
    for &octet in octets {
        if octet == 0 || (octet == b'\n') != (last == b'\r') {
            return false;
        }
        last = octet;
    }
    last != b'\r'
}

fn lines_fit(octets: &[u8]) -> bool {
    octets
        .split(|&octet| octet == b'\n')
        .all(|line| line.strip_suffix(b"\r").unwrap_or(line).len() <= LONGEST_LINE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_that_could_end_the_data_early_do_not_leave() {
        for good in ["", "a\r\nb\r\n", "\r\n.\r\n", "a"] {
            assert!(has_mail_lines(good.as_bytes()), "{good:?}");
        }
        for bad in [
            "\n", "\r", "a\n.\r\n", "a\r.\r\n", "\r\r\n", "\r\n\n", "a\0b", "a\r",
        ] {
            assert!(!has_mail_lines(bad.as_bytes()), "{bad:?}");
        }
    }

    const ALL: Extensions = Extensions {
        starttls: true,
        eight_bit_mime: true,
        smtp_utf8: true,
        dsn: true,
        size: Some(Some(2_000)),
    };
    const DSN: Dsn<'_> = Dsn {
        ret: Some(Cow::Borrowed("HDRS")),
        envid: Some(Cow::Borrowed("a+20b")),
        notify: Some(Cow::Borrowed("FAILURE,DELAY")),
        orcpt: Some(Cow::Borrowed("rfc822;a@example.com")),
    };

    /// The commands, or the failure's status.
    fn commands(
        to: &str,
        octets: &[u8],
        dsn: Dsn<'_>,
        peer: &Extensions,
    ) -> Result<String, String> {
        let from: ReversePath = ReversePath::Address("clinic@example.org".parse().unwrap());
        let to = to.parse().unwrap();
        let parcel = Parcel {
            from: &from,
            to: &to,
            octets,
            tls: Tls::AsConfigured,
            dsn,
        };
        let prepared = parcel.prepare(peer).map_err(|f| f.status.to_string())?;
        Ok(format!("{} | {}", prepared.mail, prepared.rcpt))
    }

    #[test]
    fn parameters_are_said_to_those_who_understand_them() {
        let none = Extensions::default();
        let to = "a@example.com";
        for (octets, peer, expected) in [
            (
                &b"x\r\n"[..],
                none,
                "MAIL FROM:<clinic@example.org> | RCPT TO:<a@example.com>",
            ),
            (
                b"x\r\n",
                ALL,
                "MAIL FROM:<clinic@example.org> SIZE=3 RET=HDRS ENVID=a+20b | RCPT TO:<a@example.com> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a@example.com",
            ),
            (
                b"\r\n\r\n\xc3\xa9\r\n",
                Extensions { dsn: false, ..ALL },
                "MAIL FROM:<clinic@example.org> SIZE=8 BODY=8BITMIME | RCPT TO:<a@example.com>",
            ),
            (
                b"S: \xc3\xa9\r\n\r\n",
                Extensions { dsn: false, ..ALL },
                "MAIL FROM:<clinic@example.org> SIZE=9 BODY=8BITMIME SMTPUTF8 | RCPT TO:<a@example.com>",
            ),
        ] {
            assert_eq!(commands(to, octets, DSN, &peer).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_a_peer_cannot_take_is_told_by_its_status() {
        let without = |change: fn(&mut Extensions)| {
            let mut peer = ALL;
            change(&mut peer);
            peer
        };
        let plain = b"Subject: x\r\n\r\nx\r\n";
        let status = |to, octets: &[u8], peer| commands(to, octets, Dsn::default(), &peer);
        let utf8 = without(|peer| peer.smtp_utf8 = false);
        assert_eq!(
            status("\u{f6}@example.com", plain, utf8),
            Err("5.6.7".into())
        );
        assert!(status("\u{f6}@example.com", plain, ALL).is_ok());
        let signed = |octets| {
            let line = "x".repeat(octets);
            format!("Content-Type: multipart/signed\r\n\r\n{line}\r\n")
        };
        assert!(status("a@b.example", signed(998).as_bytes(), ALL).is_ok());
        assert_eq!(
            status("a@b.example", signed(999).as_bytes(), ALL),
            Err("5.6.3".into())
        );
        let lines = |octets: usize| [&b"\r\n"[..], &b"xy\r\n".repeat(octets / 4)].concat();
        assert!(status("a@b.example", &lines(1_996), ALL).is_ok());
        assert_eq!(
            status("a@b.example", &lines(2_000), ALL),
            Err("5.3.4".into())
        );
        assert_eq!(status("a@b.example", b"x\ny\r\n", ALL), Err("5.6.0".into()));
    }

    #[test]
    fn what_was_asked_of_us_is_asked_of_the_next_in_xtext() {
        let envelope = EnvelopeDsn {
            ret: Some(Ret::Headers),
            envid: Some("a b+c=".to_owned()),
        };
        let recipient = RecipientDsn {
            notify: Some(Notify::On {
                success: true,
                failure: false,
                delay: true,
            }),
            orcpt: Some("rfc822;x+y@example.com".to_owned()),
        };
        let said = commands("a@b.example", b"\r\n", Dsn::of(&envelope, &recipient), &ALL);
        assert_eq!(
            said.unwrap(),
            "MAIL FROM:<clinic@example.org> SIZE=2 RET=HDRS ENVID=a+20b+2Bc+3D | \
             RCPT TO:<a@b.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+2By@example.com"
        );
        let never = RecipientDsn {
            notify: Some(Notify::Never),
            orcpt: None,
        };
        let none = EnvelopeDsn::default();
        let said = commands("a@b.example", b"\r\n", Dsn::of(&none, &never), &ALL).unwrap();
        assert!(
            said.ends_with("RCPT TO:<a@b.example> NOTIFY=NEVER"),
            "{said}"
        );
    }

    #[test]
    fn no_parameter_ends_its_command() {
        for nasty in ["x\r\nRSET", "x y", "", "\u{e9}", &"x".repeat(501)] {
            let dsn = Dsn {
                envid: Some(nasty.into()),
                orcpt: Some(nasty.into()),
                ..Dsn::default()
            };
            let said = commands("a@b.example", b"\r\n", dsn, &ALL).unwrap();
            assert_eq!(
                said,
                "MAIL FROM:<clinic@example.org> SIZE=2 | RCPT TO:<a@b.example>"
            );
        }
    }
}
