//! `messages show`: what became of one message, recipient by recipient. No content, no subject.

use clap::Args;
use jiff::Timestamp;
use keystore::GatewayKeys;
use seal::MessageId;
use serde_json::{Value, json};
use store::sqlite::SqliteStore;
use store::{Course, Disposition, End, HandedTo, MessageRecord, RecipientRecord, Store};

use super::super::keys::Opened;
use super::super::output::print;
use super::super::{Failure, Global};
use super::find;
use crate::clock;
use crate::metadata::RecipientFacts;

#[derive(Args)]
pub(in super::super) struct Show {
    /// The message, as the log names it
    message: MessageId,
    /// Show the recipients' addresses too; needs the keys
    #[arg(long)]
    show_addresses: bool,
}

impl Show {
    pub(super) async fn run(&self, store: &SqliteStore, global: &Global) -> Result<(), Failure> {
        let message = find(store, self.message).await?;
        let keys = match self.show_addresses {
            true => Some(keys(global)?),
            false => None,
        };
        let now = clock::system();
        let courses = store.courses(self.message).await?;
        let mut recipients = Vec::new();
        for recipient in store.recipients(self.message).await? {
            let mut shown = row(store, &recipient, now).await?;
            let course = courses.iter().find(|one| one.recipient == recipient.id);
            if let Some(course) = course {
                add_steps(&mut shown, course);
            }
            if let Some(keys) = &keys {
                shown["address"] = address(keys, &recipient)?.into();
            }
            recipients.push(shown);
        }
        let text = if global.json {
            let shown = json!({
                "message": message.id.to_string(),
                "taken_at": rfc3339(message.captured_at),
                "sent_before": message.sent_before,
                "recipients": recipients,
            });
            serde_json::to_string_pretty(&shown).map_err(Failure::failed)? + "\n"
        } else {
            in_words(&message, &recipients)
        };
        print(text.as_bytes())
    }
}

fn keys(global: &Global) -> Result<GatewayKeys, Failure> {
    let live = Opened::new(global)?.live()?;
    GatewayKeys::of(&live)
        .ok_or_else(|| Failure::key_unavailable("this configuration has no key for addresses"))
}

fn address(keys: &GatewayKeys, recipient: &RecipientRecord) -> Result<String, Failure> {
    let facts = RecipientFacts::open(
        &keys.metadata,
        recipient.message,
        recipient.id,
        &recipient.address,
    );
    let facts = facts.map_err(Failure::key_unavailable)?;
    Ok(facts.address.as_str().to_owned())
}

/// What is known of one recipient, as JSON; members that do not apply are not there.
async fn row(
    store: &SqliteStore,
    recipient: &RecipientRecord,
    now: Timestamp,
) -> Result<Value, Failure> {
    let mut shown = json!({
        "recipient": recipient.id.to_string(),
        "message": recipient.message.to_string(),
        "state": state(recipient, now),
        "end": recipient.end.map_or("in progress", end_in_words),
    });
    let Disposition::Held { handle, .. } = &recipient.disposition else {
        return Ok(shown);
    };
    shown["reference"] = handle.reference().into();
    shown["expires_at"] = rfc3339(recipient.expires_at).into();
    let openings = store.openings(recipient.id).await?;
    let newest: Vec<_> = openings.newest.iter().copied().map(rfc3339).collect();
    shown["openings"] = json!({
        "count": openings.count,
        "first": openings.first.map(rfc3339),
        "newest": newest,
        "may_be_more": openings.is_unknown,
    });
    for (name, at) in [
        ("notified_at", recipient.notified_at),
        ("link_exposed_at", recipient.exposed_at),
        ("not_for_them_at", recipient.disowned_at),
    ] {
        if let Some(at) = at {
            shown[name] = rfc3339(at).into();
        }
    }
    let replies = store.replies_sent(recipient.id).await?;
    let replies = replies
        .into_iter()
        .map(|(reply, sent_at)| json!({"reply": reply.to_string(), "sent_at": rfc3339(sent_at)}));
    shown["replies"] = replies.collect();
    Ok(shown)
}

/// What only the sender's page shows besides.
fn add_steps(shown: &mut Value, course: &Course) {
    if let Some(HandedTo { host, tls }) = &course.handed_to {
        let tls = tls.as_ref();
        let tls = tls.map(|tls| json!({"version": tls.version, "cipher": tls.cipher}));
        shown["handed_to"] = json!({"host": host, "tls": tls});
    }
    for (name, instants) in [
        ("fetched", &course.fetched),
        ("reminders_asked", &course.reminders_asked),
    ] {
        if !instants.is_empty() {
            shown[name] = instants.iter().copied().map(rfc3339).collect();
        }
    }
    if !course.extended.is_empty() {
        let extended = course.extended.iter();
        let extended =
            extended.map(|one| json!({"at": rfc3339(one.at), "until": rfc3339(one.until)}));
        shown["extended"] = extended.collect();
    }
}

/// Whether the message can be read now.
fn state(recipient: &RecipientRecord, now: Timestamp) -> &'static str {
    match &recipient.disposition {
        Disposition::Relayed => "relayed",
        Disposition::Held { .. } if now >= recipient.expires_at => "expired",
        Disposition::Held { share: None, .. } => "withdrawn",
        Disposition::Held { .. } => "open",
    }
}

fn end_in_words(end: End) -> &'static str {
    match end {
        End::Notified => "notified",
        End::Dsn => "failure reported",
        End::Expired => "expired",
        End::Revoked => "withdrawn",
        End::Held => "held",
    }
}

fn in_words(message: &MessageRecord, recipients: &[Value]) -> String {
    let mut text = format!(
        "message {}\ntaken   {}\n",
        message.id,
        rfc3339(message.captured_at)
    );
    for shown in recipients {
        let word = |name: &str| shown[name].as_str();
        text += &format!("\nrecipient {}\n", word("recipient").unwrap_or_default());
        let mut line = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                text += &format!("  {name:9} {value}\n");
            }
        };
        line("address", word("address").map(str::to_owned));
        if word("message") != Some(&message.id.to_string()) {
            line(
                "message",
                word("message").map(|id| format!("{id} (it could not be relayed)")),
            );
        }
        line("reference", word("reference").map(str::to_owned));
        let (state, end) = (
            word("state").unwrap_or_default(),
            word("end").unwrap_or_default(),
        );
        line("state", Some(format!("{state}, {end}")));
        line("until", word("expires_at").map(str::to_owned));
        line("notified", word("notified_at").map(str::to_owned));
        line("taken by", taken_by(&shown["handed_to"]));
        line("opened", opened(&shown["openings"]));
        line(
            "exposed",
            word("link_exposed_at").map(|at| format!("{at} (a server on the way saw the link)")),
        );
        line(
            "not them",
            word("not_for_them_at").map(|at| format!("{at} (somebody with the link said so)")),
        );
        for (name, key) in [("fetched", "fetched"), ("reminded", "reminders_asked")] {
            for at in shown[key].as_array().into_iter().flatten() {
                line(name, at.as_str().map(str::to_owned));
            }
        }
        for one in shown["extended"].as_array().into_iter().flatten() {
            let (at, until) = (one["at"].as_str(), one["until"].as_str());
            let both = at.zip(until);
            line(
                "extended",
                both.map(|(at, until)| format!("{at}, until {until}")),
            );
        }
        let replies = shown["replies"].as_array().map(Vec::as_slice);
        for reply in replies.unwrap_or_default() {
            line("replied", reply["sent_at"].as_str().map(str::to_owned));
        }
    }
    text
}

fn taken_by(handed_to: &Value) -> Option<String> {
    let host = handed_to["host"].as_str()?;
    let tls = &handed_to["tls"];
    Some(match (tls["version"].as_str(), tls["cipher"].as_str()) {
        (Some(version), Some(cipher)) => format!("{host}, over {version} ({cipher})"),
        _ => format!("{host}, without TLS"),
    })
}

fn opened(openings: &Value) -> Option<String> {
    let count = openings["count"].as_u64()?;
    let newest: Vec<_> = openings["newest"]
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let more = match openings["may_be_more"].as_bool() {
        Some(true) => " (perhaps more before openings were recorded)",
        _ => "",
    };
    Some(match count {
        0 => format!("never{more}"),
        1 => format!("once{more}: {}", newest.join(", ")),
        count => format!("{count} times{more}: {}", newest.join(", ")),
    })
}

/// Whole seconds.
fn rfc3339(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
