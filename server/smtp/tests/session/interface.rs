//! What the driver of a session may rely on, in whatever order it calls.

use std::rc::Rc;
use std::time::Duration;

use smtp::{Auth, Config, Event, Limits, Proofs, Protocol, Refusal, Session, Status, Tls};

/// Memory whose holders can be counted.
enum Counted {}

impl Proofs for Counted {
    type Stored = ();
    type Room = Rc<()>;
}

fn session(limits: Limits) -> Session<Counted> {
    let hostname = "mx.example.org".parse().expect("a domain");
    let mut session = Session::new(Config {
        hostname,
        limits,
        tls: Tls::Offered,
        auth: Auth::Offered,
    });
    session.poll_transmit();
    session
}

/// Up to the question for memory behind DATA.
fn at_data(limits: Limits) -> Session<Counted> {
    let mut session = session(limits);
    session.handle_input(b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nDATA\r\n");
    answer(&mut session, &Rc::new(()), 2);
    assert!(matches!(session.poll_event(), Some(Event::Room(_))));
    session.poll_transmit();
    session
}

/// Says yes to so many questions.
fn answer(session: &mut Session<Counted>, memory: &Rc<()>, times: usize) {
    for _ in 0..times {
        match session.poll_event().expect("a question") {
            Event::Account(question) => question.answer(Ok(())),
            Event::Sender(question) => question.answer(Ok(())),
            Event::Recipient(question) => question.answer(Ok(())),
            Event::Room(question) => question.grant(Rc::clone(memory)),
            Event::Message(_, question) => question.stored((), "message-1"),
            Event::Refused(_) | Event::StartTls | Event::Close => {}
        }
    }
}

fn replies(session: &mut Session<Counted>) -> String {
    String::from_utf8(session.poll_transmit().unwrap_or_default()).expect("ASCII")
}

#[test]
fn a_question_that_is_dropped_is_asked_again() {
    let mut session = session(Limits::default());
    session.handle_input(b"EHLO c\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<a@example.com>\r\n");
    for _ in 0..3 {
        assert!(matches!(session.poll_event(), Some(Event::Sender(_))));
    }
    answer(&mut session, &Rc::new(()), 1);
    for _ in 0..3 {
        assert!(matches!(session.poll_event(), Some(Event::Recipient(_))));
    }
}

#[test]
fn nothing_is_acted_on_while_a_question_is_open() {
    let mut session = session(Limits::default());
    session.handle_input(b"EHLO c\r\nMAIL FROM:<a@example.org>\r\nQUIT\r\n");
    session.poll_transmit();
    session.handle_input(b"NOOP\r\n");
    assert!(matches!(session.poll_event(), Some(Event::Sender(_))));
    assert_eq!(replies(&mut session), "");
    assert_eq!(session.poll_timeout(), None, "it is not the client's turn");
}

#[test]
fn octets_that_come_while_memory_is_asked_for_did_not_wait_for_the_354() {
    let mut session = at_data(Limits::default());
    session.handle_input(b".\r\n");
    answer(&mut session, &Rc::new(()), 1);
    assert!(matches!(session.poll_event(), Some(Event::Refused(_))));
    assert!(matches!(session.poll_event(), Some(Event::Close)));
    assert!(replies(&mut session).starts_with("503 5.5.0 "));
}

#[test]
fn memory_travels_with_the_message() {
    let memory = Rc::new(());
    let mut session = at_data(Limits {
        first_reservation: 10,
        ..Limits::default()
    });
    answer(&mut session, &memory, 1);
    session.handle_input(b"0123456789abcdef\r\n.\r\n");
    answer(&mut session, &memory, 1);
    assert_eq!(Rc::strong_count(&memory), 3, "two pieces of ten");
    let Some(Event::Message(captured, question)) = session.poll_event() else {
        panic!("a message");
    };
    question.stored((), "message-1");
    assert_eq!(captured.room.len(), 2);
    drop(session);
    assert_eq!(Rc::strong_count(&memory), 3, "the session kept none of it");
    drop(captured);
    assert_eq!(Rc::strong_count(&memory), 1);
}

#[test]
fn memory_of_a_refused_message_is_given_back_before_its_end_comes() {
    for (start, limits) in [
        (&b"a\nb"[..], Limits::default()),
        (b"a\0b", Limits::default()),
        (
            b"01234567890",
            Limits {
                text_line: 10,
                ..Limits::default()
            },
        ),
        (
            b"01234567890",
            Limits {
                content: 10,
                ..Limits::default()
            },
        ),
    ] {
        let memory = Rc::new(());
        let mut session = at_data(limits);
        answer(&mut session, &memory, 1);
        assert_eq!(Rc::strong_count(&memory), 2);
        session.handle_input(start);
        assert_eq!(Rc::strong_count(&memory), 1, "{}", start.escape_ascii());
    }
}

#[test]
fn room_grows_even_from_a_first_reservation_of_nothing() {
    let memory = Rc::new(());
    let mut session = at_data(Limits {
        first_reservation: 0,
        ..Limits::default()
    });
    answer(&mut session, &memory, 1);
    session.handle_input(b"0123456789\r\n.\r\n");
    answer(&mut session, &memory, 4);
    assert!(
        matches!(session.poll_event(), Some(Event::Message(..))),
        "1, 2, 4, 8, 16 octets"
    );
}

#[test]
fn a_client_that_drips_gives_its_memory_back_when_its_time_is_over() {
    let memory = Rc::new(());
    let mut session = at_data(Limits::default());
    answer(&mut session, &memory, 1);
    for _ in 0..20 {
        session.handle_wait(Duration::from_secs(60));
        session.handle_input(b"x");
    }
    assert!(session.poll_event().is_none());
    assert_eq!(session.poll_timeout(), Some(Duration::ZERO));
    assert!(replies(&mut session).starts_with("354 "));
    assert_eq!(Rc::strong_count(&memory), 2);
    session.handle_wait(Duration::from_millis(1));
    assert_eq!(Rc::strong_count(&memory), 1);
    session.handle_input(b"\r\n.\r\n");
    assert!(matches!(session.poll_event(), Some(Event::Refused(_))));
    assert!(matches!(session.poll_event(), Some(Event::Close)));
    assert!(replies(&mut session).starts_with("421 4.4.2 "));
}

#[test]
fn time_is_counted_for_each_content_anew_and_for_nothing_else() {
    let memory = Rc::new(());
    let mut session = at_data(Limits::default());
    let long = Duration::from_secs(19 * 60);
    session.handle_wait(long);
    answer(&mut session, &memory, 1);
    session.handle_wait(long);
    assert_eq!(session.poll_timeout(), Some(Duration::from_secs(60)));
    session.handle_input(b".\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nDATA\r\n");
    answer(&mut session, &memory, 4);
    assert!(session.poll_event().is_none());
    assert_eq!(session.poll_timeout(), Some(Duration::from_secs(180)));
    session.handle_wait(long);
    session.handle_input(b".\r\n");
    answer(&mut session, &memory, 1);
    session.handle_wait(10 * long);
    assert!(session.poll_event().is_none());
    assert_eq!(session.poll_timeout(), Some(Duration::from_secs(300)));
}

/// What the question about MAIL says of TLS, for a client that said this.
fn tls_at_mail(session: &mut Session<Counted>, hello: &[u8]) -> (Protocol, Tls) {
    session.handle_input(&[hello, b"\r\nMAIL FROM:<a@example.org>\r\n"].concat());
    let Some(Event::Sender(question)) = session.poll_event() else {
        panic!("a question")
    };
    (question.client().protocol, question.client().tls)
}

#[test]
fn the_question_about_a_sender_says_whether_it_came_inside_of_tls() {
    for (hello, clear, secured) in [
        (&b"EHLO c"[..], Protocol::Esmtp, Protocol::Esmtps),
        (b"HELO c", Protocol::Smtp, Protocol::Smtp),
    ] {
        let mut session = session(Limits::default());
        assert_eq!(tls_at_mail(&mut session, hello), (clear, Tls::Offered));
        session.tls_established();
        assert_eq!(tls_at_mail(&mut session, hello), (secured, Tls::Active));
    }
}

#[test]
fn a_session_that_was_refused_for_being_in_clear_can_take_up_tls() {
    let mut session = session(Limits::default());
    let _ = tls_at_mail(&mut session, b"EHLO c");
    let Some(Event::Sender(question)) = session.poll_event() else {
        panic!("a question")
    };
    let words = "Must issue a STARTTLS command first";
    question.answer(Err(Refusal::permanent(530, Status::new(7, 0), words)));
    assert!(matches!(session.poll_event(), Some(Event::Refused(_))));
    assert!(
        replies(&mut session).ends_with("\r\n530 5.7.0 Must issue a STARTTLS command first\r\n")
    );
    session.handle_input(b"STARTTLS\r\n");
    assert!(matches!(session.poll_event(), Some(Event::StartTls)));
}

#[test]
fn who_is_not_let_in_reads_one_reply_in_place_of_the_greeting() {
    let refusal = Refusal::permanent(554, Status::new(7, 1), "Not from here");
    assert_eq!(smtp::turned_away(&refusal), b"554 5.7.1 Not from here\r\n");
}

#[test]
fn a_session_that_is_dropped_gives_its_memory_back() {
    let memory = Rc::new(());
    let mut session = at_data(Limits::default());
    answer(&mut session, &memory, 1);
    session.handle_input(b"half a mess");
    assert_eq!(Rc::strong_count(&memory), 2);
    drop(session);
    assert_eq!(Rc::strong_count(&memory), 1);
}

#[test]
fn whatever_was_said_before_tls_is_forgotten_even_half_a_line() {
    let mut session = session(Limits::default());
    session.handle_input(b"EHLO c\r\nNO");
    session.tls_established();
    session.poll_transmit();
    session.handle_input(b"OP\r\nMAIL FROM:<a@example.org>\r\n");
    assert!(matches!(session.poll_event(), Some(Event::Refused(_))));
    let replies = replies(&mut session);
    assert!(
        replies.starts_with("500 5.5.1 ") && replies.contains("\r\n503 5.5.1 "),
        "{replies}"
    );
}

#[test]
fn every_refusal_is_told_for_the_records_without_what_the_client_said() {
    let mut session = session(Limits::default());
    session.handle_input(b"XYZZY\r\nEHLO c\r\nMAIL FROM:<a@example.org>\r\n");
    let Some(Event::Refused(refused)) = session.poll_event() else {
        panic!("a refusal")
    };
    assert_eq!(
        (refused.code, refused.status),
        (500, Some(Status::new(5, 1)))
    );
    let Some(Event::Sender(question)) = session.poll_event() else {
        panic!("a question")
    };
    question.answer(Err(Refusal::permanent(550, Status::new(7, 1), "No")));
    let Some(Event::Refused(refused)) = session.poll_event() else {
        panic!("a refusal")
    };
    assert_eq!(
        (refused.code, refused.status),
        (550, Some(Status::new(7, 1)))
    );
    assert!(session.poll_event().is_none());
}
