//! What a sender's reports say of the next system's answers (RFC 3461, RFC 3464).

use super::*;

/// RFC 3461 §5.2.2: of two systems that were asked to report success, the last one does.
#[tokio::test(flavor = "multi_thread")]
async fn success_is_reported_by_us_only_when_the_next_system_cannot() {
    let asked = RecipientDsn {
        notify: Some(mail::Notify::On {
            success: true,
            failure: true,
            delay: false,
        }),
        orcpt: None,
    };
    for (extension, reported_by_us) in [("DSN", false), ("X-DSN", true)] {
        let world = World::with(false, 15).await;
        world
            .trusted
            .behave(|b| b.extensions = vec!["8BITMIME", extension]);
        let asked = asked.clone();
        world.accept_asking("[secure]", &ALL[2..], asked).await;
        let (task, recipient) = relay_task(&world).await;
        let ended = world.work.attempt(&task).await.unwrap();
        let seen = world.trusted.seen();
        assert_eq!(seen.mails.len(), 1);
        let passed_on = seen.mails[0].rcpt.contains(" NOTIFY=SUCCESS,FAILURE");
        assert_eq!(passed_on, !reported_by_us, "{}", seen.mails[0].rcpt);
        let Attempted::Handed(ended, _) = ended else {
            panic!("{ended:?}")
        };
        match *ended {
            Attempted::Done(Some(End::Notified)) => assert!(!reported_by_us),
            Attempted::Told(Some(End::Notified), telling) => {
                assert!(reported_by_us);
                assert_eq!(telling.reports[0].recipient, recipient);
                assert_eq!(telling.reports[0].action, ReportAction::Relayed);
            }
            other => panic!("{other:?}"),
        }
    }
}

/// The report that the sender gets when the peer says this of the recipient.
async fn report_of(said: &'static str) -> String {
    let world = World::with(false, 15).await;
    let refuse = (Stage::Rcpt, Act::Say(said));
    world.trusted.behave(|b| b.always = Some(refuse));
    world.accept("[secure]", &ALL[2..]).await;
    let World {
        relay, store, work, ..
    } = world;
    let queue = queue(&store, work, SignedDuration::from_hours(4));
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(Arc::new(queue).run(stopping));
    while relay.seen().mails.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.send_replace(true);
    running.abort();
    let report = relay.seen().mails[0].content.clone();
    String::from_utf8(report).unwrap()
}

/// RFC 3464: the peer's own status where that fits its code, and its words on one line.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_carries_the_peers_own_status_and_words() {
    let cases = [
        (
            "550 5.1.1 <ward@trust.secure.nhs.uk>: nobody here",
            "5.1.1",
            "550 5.1.1 <ward@trust.secure.nhs.uk>: nobody here",
        ),
        ("550 nobody here", "5.0.0", "550 nobody here"),
        ("550 2.0.0 which is it", "5.0.0", "550 2.0.0 which is it"),
        (
            "550-5.7.1 not\r\n550 5.7.1 you",
            "5.7.1",
            "550 5.7.1 not 5.7.1 you",
        ),
        ("553 5.1.3 a\tb\u{1b}[2J", "5.1.3", "553 5.1.3 a b?[2J"),
        ("550", "5.0.0", "550 5.0.0 (its words are withheld)"),
    ];
    let all = cases.map(|(said, ..)| tokio::spawn(report_of(said)));
    for (report, (_, status, diagnostic)) in futures_util::future::join_all(all)
        .await
        .into_iter()
        .zip(cases)
    {
        let report = report.unwrap();
        for line in [
            "Action: failed".to_owned(),
            format!("Status: {status}"),
            format!("Diagnostic-Code: smtp; {diagnostic}"),
            "Remote-MTA: dns; [127.0.0.1]".to_owned(),
        ] {
            assert!(
                report.contains(&format!("\r\n{line}\r\n")),
                "{line}\n{report}"
            );
        }
    }
}
