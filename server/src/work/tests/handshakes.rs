//! Handshakes that hang or break: whoever does it gets nothing in clear, and nobody waits for days
//! (promise S5, decision 0019). An outage is no such thing.

use super::*;
use crate::courier::tests::peer::Handshake;

/// One attempt each at a new message to the trusted domain; how many were diverted at each.
async fn attempts(world: &World, times: usize) -> Vec<bool> {
    let mut diverted = Vec::new();
    for _ in 0..times {
        world.accept("[secure]", &ALL[2..]).await;
        let (task, recipient) = relay_task(world).await;
        match world.work.attempt(&task).await {
            Ok(Attempted::NotNow) => {}
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                assert!(error.remote().is_some(), "{error}");
                let at = clock::system() + SignedDuration::from_hours(1);
                let cause = error.to_string();
                let retry = Outcome::Retry { at, cause };
                let now = clock::system();
                assert!(world.store.finish(&task.lease, retry, now).await.unwrap());
            }
        }
        let found = world.store.recipient(recipient).await.unwrap().unwrap();
        let is_held = matches!(found.disposition, Disposition::Held { .. });
        // Its notice and the advice to its sender are not what this is about.
        let _ = world.lease().await;
        diverted.push(is_held);
    }
    diverted
}

/// Promise S5: who breaks TLS on the way, in whatever way, gets nothing in clear, and the recipient
/// is told by a notice. What is not certain has to happen four times.
#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_hangs_or_breaks_off_diverts_as_a_bad_certificate_does() {
    const ALERT: &[u8] = &[21, 3, 3, 0, 2, 2, 40];
    const CERTAIN: [bool; 5] = [true; 5];
    const SUSPECT: [bool; 5] = [false, false, false, true, true];
    let at_command = |act| (None, Some((Stage::StartTls, act)));
    let cases = [
        ((Some(Handshake::Hang), None), SUSPECT),
        ((Some(Handshake::Close), None), SUSPECT),
        ((Some(Handshake::Say(b"no record at all")), None), CERTAIN),
        ((Some(Handshake::Say(ALERT)), None), CERTAIN),
        (at_command(Act::Hang), SUSPECT),
        (at_command(Act::Close), SUSPECT),
        (at_command(Act::Say("nonsense")), SUSPECT),
        (at_command(Act::Say("454 4.7.0 not now")), CERTAIN),
    ];
    let all = cases.map(|((handshake, always), expected)| {
        tokio::spawn(async move {
            let mut world = World::with(false, 0).await;
            world
                .work
                .courier
                .hurry_for_test(Duration::from_millis(300));
            let what = format!("{handshake:?} {always:?}");
            world.trusted.behave(|b| {
                b.handshake = handshake;
                b.always = always;
            });
            assert_eq!(attempts(&world, 5).await, expected, "{what}");
            let seen = world.trusted.seen();
            assert!(seen.mails.is_empty(), "{what}");
            assert!(has(&seen.clear, "STARTTLS"), "{what}: it was tried");
            for text in [CANARY, "ward@", "MAIL", "/m/"] {
                assert!(!has(&seen.clear, text), "{what}: {text}");
            }
        })
    });
    for ended in futures_util::future::join_all(all).await {
        ended.unwrap();
    }
}

/// The control: where it does not come to TLS nobody is diverted, however often that is.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_diverts_nobody() {
    for always in [
        (Stage::Greeting, Act::Close),
        (Stage::Greeting, Act::SayAndClose("421 4.3.2 busy")),
        (Stage::Hello, Act::Close),
    ] {
        let world = World::with(false, 0).await;
        let what = format!("{always:?}");
        world.trusted.behave(|b| b.always = Some(always));
        assert_eq!(attempts(&world, 8).await, [false; 8], "{what}");
        world.trusted.behave(|b| b.always = None);
        world.accept("[secure]", &ALL[2..]).await;
        assert!(world.work_off().await.is_empty(), "{what}");
        assert_eq!(world.trusted.seen().mails.len(), 1, "{what}: in the end");
    }
}

/// The notice for who was diverted does not wait for the TLS that the copy could not have.
#[tokio::test(flavor = "multi_thread")]
async fn the_notice_goes_by_the_relay_when_the_route_hangs_in_the_handshake() {
    let mut world = World::with(false, 0).await;
    let courier = &mut world.work.courier;
    courier.hurry_for_test(Duration::from_millis(300));
    world
        .trusted
        .behave(|b| b.handshake = Some(Handshake::Hang));
    assert_eq!(attempts(&world, 3).await, [false; 3]);
    world.accept("[secure]", &ALL[2..]).await;
    assert!(world.work_off().await.is_empty());
    let seen = world.relay.seen();
    let notices = seen.mails.iter().filter(|m| has(&m.content, "/m/"));
    assert_eq!(notices.count(), 1);
    assert!(seen.mails.iter().all(|m| !has(&m.content, CANARY)));
}
