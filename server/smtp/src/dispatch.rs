//! Commands by state: which are accepted where, and what they lead to (RFC 5321 §4.1.4).

use mail::{Address, Envelope, ReversePath};

use crate::command::Command;
use crate::context::{Context, Tls};
use crate::event::{Client, Proofs, Protocol};
use crate::fault::Fault;
use crate::parameters::MailParameters;
use crate::path::ForwardPath;
use crate::reply::{Reply, Status};
use crate::state::{AskingRecipient, AskingRoom, AskingSender, Fresh, Open, Ready, State};

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
                let protocol = context.extended_protocol();
                Self::Ready(Ready {
                    client: Client {
                        name,
                        protocol,
                        tls: context.config.tls,
                    },
                })
            }
            Command::Helo(name) => {
                let hostname = context.config.hostname.to_string();
                context.send(&Reply::plain(250, vec![hostname.into()]));
                Self::Ready(Ready {
                    client: Client {
                        name,
                        protocol: Protocol::Smtp,
                        tls: context.config.tls,
                    },
                })
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
                let text = "EHLO HELO MAIL RCPT DATA RSET NOOP VRFY HELP STARTTLS QUIT; RFC 5321";
                context.accept(214, Status::new(0, 0), text);
                self
            }
            Command::Quit => {
                context.accept(221, Status::new(0, 0), "Closing");
                Self::Closed
            }
            Command::StartTls => self.start_tls(context),
            Command::Mail { sender, parameters } => self.mail(sender, parameters, context),
            Command::Rcpt(recipient) => self.rcpt(recipient, context),
            Command::Data => self.data(behind, context),
        }
    }

    fn without_transaction(self) -> Self {
        match self {
            Self::Open(Open { client, .. }) => Self::Ready(Ready { client }),
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
            (Tls::Offered, state @ Self::Open(_)) => context.fault(Fault::TlsInTransaction, state),
            (Tls::Offered, state) => context.fault(Fault::HelloFirst, state),
        }
    }

    fn mail(self, sender: ReversePath, asked: MailParameters, context: &mut Context) -> Self {
        let ready = match self {
            Self::Ready(ready) => ready,
            Self::Open(open) => return context.fault(Fault::SenderTwice, open),
            state => return context.fault(Fault::HelloFirst, state),
        };
        if ready.client.protocol == Protocol::Smtp && asked.any() {
            return context.fault(Fault::ParameterWithoutEhlo, ready);
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

    fn rcpt(self, recipient: ForwardPath, context: &mut Context) -> Self {
        let open = match self {
            Self::Open(open) => open,
            state @ Self::Fresh(Fresh) => return context.fault(Fault::HelloFirst, state),
            state => return context.fault(Fault::SenderFirst, state),
        };
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
            state @ Self::Fresh(Fresh) => context.fault(Fault::HelloFirst, state),
            state => context.fault(Fault::SenderFirst, state),
        }
    }
}

fn postmaster(context: &Context) -> Option<Address> {
    format!("postmaster@{}", context.config.hostname)
        .parse()
        .ok()
}
