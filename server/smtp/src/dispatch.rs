//! Commands by state: which are accepted where, and what they lead to (RFC 5321 §4.1.4).

use mail::{Address, Envelope, RecipientDsn, ReversePath};

use crate::authentication::Authenticating;
use crate::command::Command;
use crate::content::{AskingRoom, Chunk, Discarding, Receiving};
use crate::context::{Auth, Context, Tls};
use crate::event::{Proofs, Protocol};
use crate::fault::Fault;
use crate::parameters::MailParameters;
use crate::path::ForwardPath;
use crate::reply::{Reply, Status};
use crate::sasl::{InitialResponse, Mechanism};
use crate::state::{AskingRecipient, AskingSender, Fresh, Open, Ready, State};

impl<P: Proofs> State<P> {
    /// Acts on a line in a state that reads commands. `behind` is the input that came with it.
    pub(crate) fn line(
        self,
        line: Result<Vec<u8>, Fault>,
        behind: &[u8],
        context: &mut Context,
    ) -> Self {
        match line.and_then(|line| Command::parse(&line)) {
            Ok(command) => self.command(command, behind, context),
            Err(fault) => context.fault(fault, self),
        }
    }

    fn command(self, command: Command, behind: &[u8], context: &mut Context) -> Self {
        match command {
            Command::Ehlo(name) => {
                context.greet_extended();
                let client = context.extended_client(name);
                Self::Ready(Ready { client })
            }
            Command::Helo(name) => {
                let hostname = context.config.hostname.to_string();
                context.send(&Reply::plain(250, vec![hostname.into()]));
                let client = context.plain_client(name);
                Self::Ready(Ready { client })
            }
            Command::Rset => {
                context.accept(250, Status::new(0, 0), "Forgotten");
                self.without_transaction()
            }
            Command::Noop => {
                context.accept(250, Status::new(0, 0), "Still here");
                self
            }
            Command::Vrfy => {
                let text = "Not told; RCPT says whether mail is accepted";
                context.accept(252, Status::new(0, 0), text);
                self
            }
            Command::Help => {
                let text = "EHLO HELO AUTH MAIL RCPT DATA BDAT RSET NOOP VRFY HELP STARTTLS QUIT; RFC 5321";
                context.accept(214, Status::new(0, 0), text);
                self
            }
            Command::Quit => {
                context.accept(221, Status::new(0, 0), "Closing");
                Self::Closed
            }
            Command::StartTls => self.start_tls(context),
            Command::Mail { sender, parameters } => self.mail(sender, parameters, context),
            Command::Rcpt(recipient, dsn) => self.rcpt(recipient, dsn, context),
            Command::Data => self.data(behind, context),
            Command::Bdat { octets, last } => self.bdat(Chunk::new(octets, last), context),
            Command::Auth(mechanism, initial) => self.auth(mechanism, initial, context),
        }
    }

    fn without_transaction(self) -> Self {
        match self {
            Self::Open(Open { client, .. }) => Self::Ready(Ready { client }),
            Self::Chunked(Receiving { open, .. }) => Self::Ready(Ready {
                client: open.client,
            }),
            other => other,
        }
    }

    /// RFC 3207. Input in the state that this leads to is thrown away.
    fn start_tls(self, context: &mut Context) -> Self {
        match (context.config.tls, self) {
            (Tls::Absent, state) => context.fault(Fault::NotOffered, state),
            (Tls::Active, state) => context.fault(Fault::TlsActive, state),
            (Tls::Offered, Self::Ready(_)) => {
                context.accept(220, Status::new(0, 0), "Ready for TLS");
                Self::StartingTls
            }
            (Tls::Offered, state @ (Self::Open(_) | Self::Chunked(_))) => {
                context.fault(Fault::TlsInTransaction, state)
            }
            (Tls::Offered, state) => context.fault(Fault::HelloFirst, state),
        }
    }

    fn mail(self, sender: ReversePath, asked: MailParameters, context: &mut Context) -> Self {
        let ready = match self {
            Self::Ready(ready) => ready,
            Self::Open(open) => return context.fault(Fault::SenderTwice, open),
            state @ Self::Chunked(_) => return context.fault(Fault::BetweenChunks, state),
            state => return context.fault(Fault::HelloFirst, state),
        };
        if ready.client.protocol == Protocol::Smtp && asked.any() {
            return context.fault(Fault::ParameterWithoutEhlo, ready);
        }
        if asked.auth && !context.offers_auth() {
            return context.fault(Fault::UnknownParameter("AUTH".into()), ready);
        }
        // A u64 compares with the limit without loss on every platform.
        if asked
            .size
            .is_some_and(|size| size > context.limits().content as u64)
        {
            return context.fault(Fault::SizeDeclared, ready);
        }
        let envelope = Envelope {
            reverse_path: sender,
            recipients: Vec::new(),
            recipient_dsn: Vec::new(),
            dsn: asked.dsn,
            smtp_utf8: asked.smtp_utf8,
            body: asked.body.unwrap_or_default(),
        };
        let client = ready.client;
        Self::AskingSender(AskingSender {
            client,
            envelope,
            declared: asked.size,
            verdict: None,
        })
    }

    fn rcpt(self, recipient: ForwardPath, dsn: RecipientDsn, context: &mut Context) -> Self {
        let open = match self {
            Self::Open(open) => open,
            state @ Self::Chunked(_) => return context.fault(Fault::BetweenChunks, state),
            state @ Self::Fresh(Fresh) => return context.fault(Fault::HelloFirst, state),
            state => return context.fault(Fault::SenderFirst, state),
        };
        if open.client.protocol == Protocol::Smtp && dsn.is_asked() {
            return context.fault(Fault::ParameterWithoutEhlo, open);
        }
        let recipient = match recipient {
            ForwardPath::Address(address) => Some(address),
            ForwardPath::Postmaster => postmaster(context),
        };
        let Some(recipient) = recipient else {
            return context.fault(Fault::BadRecipient, open);
        };
        if !recipient.is_ascii() && !open.envelope.smtp_utf8 {
            return context.fault(Fault::NonAsciiAddress, open);
        }
        // Named twice, told once: each recipient gets one notice.
        if open.envelope.recipients.contains(&recipient) {
            context.accept(250, Status::new(1, 5), "Recipient accepted");
            return Self::Open(open);
        }
        if open.envelope.recipients.len() >= context.limits().recipients {
            return context.fault(Fault::RecipientsExceeded, open);
        }
        Self::AskingRecipient(AskingRecipient {
            open,
            recipient,
            dsn,
            verdict: None,
        })
    }

    /// DATA is the last of what a client may send at once (RFC 2920 §3.1). What came behind it is
    /// content of a client that did not wait, and would be taken for commands if DATA is refused.
    fn data(self, behind: &[u8], context: &mut Context) -> Self {
        if !behind.is_empty() {
            return context.fault(Fault::PipelinedBehindData, Self::Closed);
        }
        match self {
            Self::Open(open) if open.envelope.recipients.is_empty() => {
                context.fault(Fault::RecipientFirst, open)
            }
            Self::Open(open) => Self::AskingRoom(AskingRoom::before_content(open, context)),
            state @ Self::Chunked(_) => context.fault(Fault::BetweenChunks, state),
            state @ Self::Fresh(Fresh) => context.fault(Fault::HelloFirst, state),
            state => context.fault(Fault::SenderFirst, state),
        }
    }

    /// RFC 3030 §2. Whatever is wrong, the chunk is read first, if it ends within bounds.
    fn bdat(self, chunk: Chunk, context: &mut Context) -> Self {
        let most = context.limits().discarded.max(context.limits().content);
        if chunk.octets > most as u64 {
            return context.fault(Fault::ChunkTooLarge, Self::Closed);
        }
        match self {
            Self::Chunked(receiving) => receiving.next_chunk(chunk, context),
            Self::Open(open) if open.client.protocol == Protocol::Smtp => {
                Discarding::chunk(chunk, Fault::CommandWithoutEhlo, open)
            }
            // The last chunk ends a transaction also when there was none to end.
            Self::Open(open) if open.envelope.recipients.is_empty() && chunk.last => {
                let client = open.client;
                Discarding::chunk(chunk, Fault::RecipientFirst, Ready { client })
            }
            Self::Open(open) if open.envelope.recipients.is_empty() => {
                Discarding::chunk(chunk, Fault::RecipientFirst, open)
            }
            Self::Open(open) => Receiving::first_chunk(open, chunk, context),
            state @ Self::Fresh(Fresh) => Discarding::chunk(chunk, Fault::HelloFirst, state),
            state => Discarding::chunk(chunk, Fault::SenderFirst, state),
        }
    }

    /// RFC 4954 §4. In clear a password is not even taken from who sends it unasked.
    fn auth(
        self,
        mechanism: Option<Mechanism>,
        initial: Option<InitialResponse>,
        context: &mut Context,
    ) -> Self {
        match (context.config.auth, context.config.tls) {
            (Auth::Absent, _) => return context.fault(Fault::NotOffered, self),
            (Auth::Offered, Tls::Active) => {}
            (Auth::Offered, _) => return context.fault(Fault::AuthInClear, self),
        }
        let ready = match self {
            Self::Ready(ready) => ready,
            state @ Self::Fresh(Fresh) => return context.fault(Fault::HelloFirst, state),
            state => return context.fault(Fault::AuthInTransaction, state),
        };
        match mechanism {
            _ if ready.client.protocol == Protocol::Smtp => {
                context.fault(Fault::CommandWithoutEhlo, ready)
            }
            _ if context.account.is_some() => context.fault(Fault::AuthTwice, ready),
            None => context.fault(Fault::UnknownMechanism, ready),
            Some(mechanism) => Authenticating::start(ready, mechanism, initial, context),
        }
    }
}

fn postmaster(context: &Context) -> Option<Address> {
    format!("postmaster@{}", context.config.hostname)
        .parse()
        .ok()
}
