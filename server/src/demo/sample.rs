//! The sample message: a letter with an HTML body, a picture and a PDF, as a clinic might send it.

use lettre::message::header::ContentType;
use lettre::message::{Attachment, MultiPart, SinglePart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::clock;

const TEXT: &str = "Dear patient,\r\n\r\nyour appointment is on Thursday at 10:40. The letter is attached.\r\nIf you cannot come, answer this message.\r\n\r\nThe clinic\r\n";
const HTML: &str = "<p>Dear patient,</p><p>your appointment is on <strong>Thursday at 10:40</strong>. The letter is attached.</p><p>If you cannot come, answer this message.</p><p>The clinic<br><img src=\"cid:logo@example.org\" alt=\"Example Trust\" width=\"48\" height=\"48\"></p>";
const LOGO: &[u8] = include_bytes!("../../templates/demo/logo.png");
const LETTER: &[u8] = include_bytes!("../../templates/demo/letter.pdf");
const DIRECTIONS: &str = "Take bus 12 to the hospital. The clinic is on the first floor.\r\n";

pub(super) async fn send(port: u16) -> Result<(), String> {
    let message = build().map_err(|error| error.to_string())?;
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(port)
        .build();
    transport
        .send(message)
        .await
        .map(|_| ())
        .map_err(|error| error.to_string())
}

fn build() -> Result<Message, Box<dyn std::error::Error>> {
    let png = ContentType::parse("image/png")?;
    let pdf = ContentType::parse("application/pdf")?;
    let related = MultiPart::related()
        .singlepart(SinglePart::html(HTML.to_owned()))
        .singlepart(Attachment::new_inline("logo@example.org".to_owned()).body(LOGO.to_vec(), png));
    let body = MultiPart::alternative()
        .singlepart(SinglePart::plain(TEXT.to_owned()))
        .multipart(related);
    let mixed = MultiPart::mixed()
        .multipart(body)
        .singlepart(Attachment::new("Referral letter.pdf".to_owned()).body(LETTER.to_vec(), pdf))
        .singlepart(
            Attachment::new("How to find us.txt".to_owned())
                .body(DIRECTIONS.to_owned(), ContentType::TEXT_PLAIN),
        );
    Ok(Message::builder()
        .from("The clinic <clinic@example.org>".parse()?)
        .to("patient@example.com".parse()?)
        .subject("[secure] Your appointment on Thursday")
        .date(clock::system().into())
        .message_id(None)
        .multipart(mixed)?)
}
