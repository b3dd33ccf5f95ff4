//! One dialogue, played: the format and the comparison.

use std::time::Duration;

use mail::{BodyType, MailObject, Notify, RecipientDsn, Ret};
use smtp::{Auth, Refusal, Session, Shutdown, Tls};

use crate::Cut;
use crate::client::{Client, Decision, World};

pub(crate) struct Play {
    client: Client,
    /// What `M|` lines did not yet show of the message of the last `M:`.
    unseen: Option<Vec<u8>>,
    compared: bool,
    close_written: bool,
}

impl Play {
    pub(crate) fn new(cut: Cut) -> Self {
        Self {
            client: Client::new(cut),
            unseen: None,
            compared: false,
            close_written: false,
        }
    }

    pub(crate) fn play(mut self, lines: &[String]) -> Result<(), String> {
        for (number, line) in lines.iter().enumerate() {
            self.line(line)
                .map_err(|why| format!("line {}: {line}\n    {why}", number + 1))?;
        }
        self.client.exchange();
        self.nothing_unwritten()?;
        if self.client.closed && !self.close_written {
            return Err("the session closed".into());
        }
        if !self.client.decisions.is_empty() {
            return Err("a decision that nobody asked for".into());
        }
        Ok(())
    }

    /// One line of a dialogue. Lines of the client that follow one another come together, as from
    /// a client that pipelines.
    ///
    /// | line | meaning |
    /// |---|---|
    /// | `# …`, empty | nothing |
    /// | `C: text` | the client sends the text and CRLF |
    /// | `C-raw: text` | the client sends the text |
    /// | `S: text` | the next line of reply; `...` at its end stands for any rest |
    /// | `M: <a> to <b>,<c> 8BITMIME SMTPUTF8` | the next message that is complete |
    /// | | behind them `RET=…`, `ENVID=…`, and for the recipients that have any `#2:NOTIFY=…` |
    /// | `A: name password` | the next account that the session asks about |
    /// | `M\| text` | the next line of its content; without any the content is not compared |
    /// | `X: close` | the session wants to close the connection |
    /// | `#! …` | a setting, a decision for the next question, an event: see `directive` |
    ///
    /// `C*3: …` and `S*3: …` are three such lines with 1, 2 and 3 in place of `#`. The client's
    /// text may hold `\r`, `\n`, `\t`, `\\`, `\x00` and `\{3*ab}` for `ababab`.
    ///
    /// Replies and messages that no line awaits are failures.
    fn line(&mut self, line: &str) -> Result<(), String> {
        let line = line.trim_end();
        if line.is_empty() || line == "#" || line.starts_with("# ") {
            return Ok(());
        }
        let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
        let kind = kind.trim_end_matches(':');
        let (kind, times) = match kind.split_once('*') {
            Some((kind, times)) => (kind, times.parse().map_err(|_| "no number behind *")?),
            None => (kind, 1),
        };
        for turn in 1..=times {
            let rest = if times > 1 {
                rest.replace('#', &turn.to_string())
            } else {
                rest.into()
            };
            match kind {
                "C" => self.send(&[unescape(&rest)?, b"\r\n".to_vec()].concat())?,
                "C-raw" => self.send(&unescape(&rest)?)?,
                "S" => self.expect_reply(&rest)?,
                "M" => self.expect_message(&rest)?,
                "M|" => self.expect_content(&rest)?,
                "A" => self.expect_account(&rest)?,
                "X" if rest == "close" => self.expect_close()?,
                "#!" => self.directive(&rest)?,
                _ => return Err("not a line of a dialogue".into()),
            }
        }
        Ok(())
    }

    fn send(&mut self, octets: &[u8]) -> Result<(), String> {
        if self.client.to_send.is_empty() {
            self.client.exchange();
            self.nothing_unwritten()?;
        }
        self.client.to_send.extend_from_slice(octets);
        Ok(())
    }

    fn nothing_unwritten(&mut self) -> Result<(), String> {
        self.content_seen()?;
        if let Some(reply) = self.client.replies.front() {
            return Err(format!("a reply that is not written: {reply}"));
        }
        if !self.client.accounts.is_empty() {
            return Err("an account that is not written".into());
        }
        if !self.client.messages.is_empty() {
            return Err("a message that is not written".into());
        }
        Ok(())
    }

    fn expect_reply(&mut self, expected: &str) -> Result<(), String> {
        self.client.exchange();
        self.content_seen()?;
        let reply = self.client.replies.pop_front().ok_or("no reply")?;
        let matches = match expected.strip_suffix("...") {
            Some(prefix) => reply.starts_with(prefix),
            None => reply == expected,
        };
        if matches {
            Ok(())
        } else {
            Err(format!("replied: {reply}"))
        }
    }

    fn expect_message(&mut self, expected: &str) -> Result<(), String> {
        self.client.exchange();
        let MailObject { envelope, content } =
            self.client.messages.pop_front().ok_or("no message")?;
        let recipients = envelope
            .recipients
            .iter()
            .map(|to| format!("<{}>", to.as_str()));
        let recipients = recipients.collect::<Vec<_>>().join(",");
        let mut seen = format!("<{}> to {recipients}", envelope.reverse_path.as_str());
        if envelope.body == BodyType::EightBitMime {
            seen.push_str(" 8BITMIME");
        }
        if envelope.smtp_utf8 {
            seen.push_str(" SMTPUTF8");
        }
        if let Some(ret) = envelope.dsn.ret {
            seen.push_str(if ret == Ret::Full {
                " RET=FULL"
            } else {
                " RET=HDRS"
            });
        }
        if let Some(envid) = &envelope.dsn.envid {
            seen.push_str(&format!(" ENVID={envid}"));
        }
        if envelope.recipient_dsn.len() != envelope.recipients.len() {
            return Err("not one wish about reports for each recipient".into());
        }
        for (number, dsn) in (1..).zip(&envelope.recipient_dsn) {
            if dsn.is_asked() {
                seen.push_str(&format!(" #{number}:{}", shown(dsn)));
            }
        }
        self.unseen = Some(content.to_vec());
        if seen == expected {
            Ok(())
        } else {
            Err(format!("came: {seen}"))
        }
    }

    fn expect_account(&mut self, expected: &str) -> Result<(), String> {
        self.client.exchange();
        match self.client.accounts.pop_front() {
            Some(account) if account == expected => Ok(()),
            account => Err(format!("asked about: {account:?}")),
        }
    }

    fn expect_content(&mut self, expected: &str) -> Result<(), String> {
        let unseen = self.unseen.take().ok_or("no message")?;
        let expected = [unescape(expected)?, b"\r\n".to_vec()].concat();
        match unseen.strip_prefix(&expected[..]) {
            Some(rest) => {
                self.unseen = Some(rest.to_vec());
                self.compared = true;
                Ok(())
            }
            None => Err(format!("content: {}", unseen.escape_ascii())),
        }
    }

    fn content_seen(&mut self) -> Result<(), String> {
        match (self.unseen.take(), std::mem::take(&mut self.compared)) {
            (Some(rest), true) if !rest.is_empty() => {
                Err(format!("content goes on: {}", rest.escape_ascii()))
            }
            _ => Ok(()),
        }
    }

    fn expect_close(&mut self) -> Result<(), String> {
        self.client.exchange();
        self.close_written = true;
        if self.client.closed {
            Ok(())
        } else {
            Err("still open".into())
        }
    }

    /// | directive | meaning |
    /// |---|---|
    /// | `tls offered`, `tls active` | a setting: STARTTLS is offered, or taken up already |
    /// | `auth offered` | a setting: there are accounts |
    /// | `limit NAME N` | a setting: one of the limits |
    /// | `at ready`, `at open`, `at recipient`, `at data` | the usual way there |
    /// | `refuse-account`, `-sender`, `-recipient`, `-message` and a reply | a decision |
    /// | `no-room` | a decision: memory is spent |
    /// | `no-decision`, `no-account-decision` | a decision: the question is dropped |
    /// | `together` | the client's next lines come in one piece whatever the cut |
    /// | `tls-established`, `timeout`, `shutdown`, `shutdown-now` | an event |
    /// | `waited SECONDS` | an event: so long the client was waited for |
    /// | `awaits SECONDS`, `awaits answer` | how long the session waits for its client |
    fn directive(&mut self, text: &str) -> Result<(), String> {
        let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
        let refusal = || rest.parse::<Refusal>().map_err(|error| error.to_string());
        match name {
            "tls" if rest == "offered" => self.client.config.tls = Tls::Offered,
            "limit" => self.limit(rest)?,
            "at" => self.at(rest)?,
            "auth" if rest == "offered" => self.client.config.auth = Auth::Offered,
            "tls" if rest == "active" => self.client.config.tls = Tls::Active,
            "refuse-account" => self.decide(Decision::Account(Some(refusal()?))),
            "no-account-decision" => self.decide(Decision::Account(None)),
            "refuse-sender" => self.decide(Decision::Sender(refusal()?)),
            "refuse-recipient" => self.decide(Decision::Recipient(refusal()?)),
            "refuse-message" => self.decide(Decision::Message(refusal()?)),
            "no-room" => self.decide(Decision::NoRoom),
            "no-decision" => self.decide(Decision::Silence),
            "together" => {
                self.client.exchange();
                self.client.together = true;
            }
            "tls-established" => {
                self.client.exchange();
                if !std::mem::take(&mut self.client.wants_tls) {
                    return Err("the session does not want TLS".into());
                }
                self.client.session().tls_established();
            }
            "timeout" => self.event(Session::handle_timeout),
            "waited" => {
                let seconds = rest.parse().map_err(|_| "not a number")?;
                self.client.exchange();
                let waited = Duration::from_secs(seconds);
                self.client.session().handle_wait(waited);
            }
            "shutdown" => self.event(|s| s.handle_shutdown(Shutdown::AfterTransaction)),
            "shutdown-now" => self.event(|s| s.handle_shutdown(Shutdown::Now)),
            "awaits" => {
                self.client.exchange();
                let timeout = self.client.session().poll_timeout();
                let seen = timeout.map_or("answer".into(), |timeout| timeout.as_secs().to_string());
                if seen != rest {
                    return Err(format!("awaits {seen}"));
                }
            }
            _ => return Err("not a directive".into()),
        }
        Ok(())
    }

    /// Says what leads to a state, and takes nothing but consent.
    fn at(&mut self, state: &str) -> Result<(), String> {
        let way = [
            ("fresh", ""),
            ("ready", "EHLO client.example\r\n"),
            ("open", "MAIL FROM:<sender@example.org>\r\n"),
            ("recipient", "RCPT TO:<recipient@example.com>\r\n"),
            ("data", "DATA\r\n"),
        ];
        let last = way
            .iter()
            .position(|(name, _)| *name == state)
            .ok_or("not a state")?;
        for (_, command) in &way[..=last] {
            self.client.to_send.extend_from_slice(command.as_bytes());
            self.client.exchange();
            let mut replies = self.client.replies.drain(..).peekable();
            if replies.peek().is_none() || replies.any(|reply| !reply.starts_with(['2', '3'])) {
                return Err(format!("not reached: {command}"));
            }
        }
        Ok(())
    }

    fn limit(&mut self, text: &str) -> Result<(), String> {
        let limits = &mut self.client.config.limits;
        let (name, value) = text.split_once(' ').ok_or("no value")?;
        let place = match name {
            "auth_line" => &mut limits.auth_line,
            "command_line" => &mut limits.command_line,
            "text_line" => &mut limits.text_line,
            "header" => &mut limits.header,
            "header_fields" => &mut limits.header_fields,
            "recipients" => &mut limits.recipients,
            "content" => &mut limits.content,
            "discarded" => &mut limits.discarded,
            "errors" => &mut limits.errors,
            "first_reservation" => &mut limits.first_reservation,
            "declared_reservation" => &mut limits.declared_reservation,
            _ => return Err("not a limit".into()),
        };
        *place = value.parse().map_err(|_| "not a number")?;
        Ok(())
    }

    fn decide(&mut self, decision: Decision) {
        self.client.exchange();
        self.client.decisions.push_back(decision);
    }

    fn event(&mut self, event: fn(&mut Session<World>)) {
        self.client.exchange();
        event(self.client.session());
    }
}

/// The wishes about one recipient, as they stand in a command.
fn shown(dsn: &RecipientDsn) -> String {
    let notify = dsn.notify.map(|notify| match notify {
        Notify::Never => "NOTIFY=NEVER".to_owned(),
        Notify::On {
            success,
            failure,
            delay,
        } => {
            let words = [(success, "SUCCESS"), (failure, "FAILURE"), (delay, "DELAY")];
            let words = words.iter().filter(|(on, _)| *on).map(|(_, word)| *word);
            format!("NOTIFY={}", words.collect::<Vec<_>>().join(","))
        }
    });
    let orcpt = dsn.orcpt.as_ref().map(|orcpt| format!("ORCPT={orcpt}"));
    let shown: Vec<_> = notify.into_iter().chain(orcpt).collect();
    shown.join(",")
}

/// Octets of a text with escapes.
fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        octets.extend_from_slice(before.as_bytes());
        let mut chars = behind.chars();
        match chars.next() {
            Some('r') => octets.push(b'\r'),
            Some('n') => octets.push(b'\n'),
            Some('t') => octets.push(b'\t'),
            Some('\\') => octets.push(b'\\'),
            Some('x') => {
                let hex = behind.get(1..3).ok_or("two digits follow \\x")?;
                octets.push(u8::from_str_radix(hex, 16).map_err(|_| "two digits follow \\x")?);
                rest = &behind[3..];
                continue;
            }
            Some('{') => {
                let (repeat, tail) = behind[1..].split_once('}').ok_or("no } behind \\{")?;
                let (times, what) = repeat.split_once('*').ok_or("no * in \\{}")?;
                let times = times.parse().map_err(|_| "no number in \\{}")?;
                octets.extend(what.as_bytes().repeat(times));
                rest = tail;
                continue;
            }
            _ => return Err("an escape that is none".into()),
        }
        rest = chars.as_str();
    }
    octets.extend_from_slice(rest.as_bytes());
    Ok(octets)
}
