//! Lanes: what one destination does keeps nobody else waiting, and nobody in the dark.

use super::*;

/// After four failures a destination's lane is closed, and whoever waits there goes back untried.
/// Their senders hear of the delay all the same, once for each.
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_behind_a_closed_lane_is_told_of_as_late_too() {
    let world = World::with(false, 15).await;
    world.trusted.behave(|b| {
        b.always = Some((Stage::Greeting, Act::Close));
    });
    for _ in 0..20 {
        world.accept("[secure]", &ALL[2..]).await;
    }
    let World {
        relay,
        trusted,
        store,
        work,
        ..
    } = world;
    let queue = queue(&store, work, SignedDuration::ZERO);
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(Arc::new(queue).run(stopping));
    let late = || {
        let seen = relay.seen();
        let is_late = |octets: &[u8]| has(octets, "Action: delayed");
        seen.mails.iter().filter(|m| is_late(&m.content)).count()
    };
    while late() < 20 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let balance = store.balance().await.unwrap();
    assert_eq!((balance.accepted, balance.in_progress), (20, 20));
    let connections = trusted.seen().connections;
    assert!(connections < 20, "most were never tried: {connections}");
    stop.send_replace(true);
    running.abort();
    assert_eq!(late(), 20);
}

/// Behind a closed lane, too, nobody waits for what is not tried any more; and who waits there has
/// failed at nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_ends_at_once_although_its_lane_is_closed() {
    let world = World::with(false, 15).await;
    let dead = (Stage::Greeting, Act::Close);
    world.trusted.behave(|b| b.always = Some(dead));
    for _ in 0..20 {
        world.accept("[secure]", &ALL[2..]).await;
    }
    let World {
        relay, store, work, ..
    } = world;
    let queue = queue(&store, work, SignedDuration::from_hours(4));
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(Arc::new(queue).run(stopping));
    let closed = "its destination cannot be reached; one task tries from time to time";
    let waiting = async || {
        let mut tasks = store.tasks(100).await.unwrap();
        tasks.retain(|task| task.cause.as_deref() == Some(closed));
        tasks
    };
    let mut others = loop {
        match waiting().await {
            tasks if tasks.len() < 2 => tokio::time::sleep(Duration::from_millis(20)).await,
            tasks => break tasks,
        }
    };
    let dropped = others.remove(0);
    assert!(others.iter().all(|task| task.failures == 0));
    let now = clock::system();
    assert!(store.drop_task(dropped.id, "x", now).await.unwrap());
    while relay.seen().mails.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The lane is closed still.
    for other in others {
        let now = store.task(other.id).await.unwrap().unwrap();
        assert_eq!(now.due_at, other.due_at);
    }
    let seen = relay.seen();
    assert_eq!(seen.mails.len(), 1);
    assert!(has(&seen.mails[0].content, "Action: failed"));
    stop.send_replace(true);
    running.abort();
}

/// 200 mails for a peer that never answers, and then one for somebody else: it goes out while none
/// of the others has got an answer, and the hanging peer has seen no more connections than its lane
/// is wide.
#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_peer_keeps_nobody_else_waiting() {
    let world = World::with(false, 15).await;
    let hangs = (Stage::Greeting, Act::Hang);
    world.trusted.behave(|b| b.always = Some(hangs));
    for _ in 0..200 {
        world.accept("[secure]", &ALL[2..]).await;
    }
    world.accept("[secure]", &ALL[1..2]).await;
    let World {
        relay,
        trusted,
        store,
        work,
        ..
    } = world;
    let queue = queue(&store, work, SignedDuration::from_hours(4));
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(Arc::new(queue).run(stopping));
    while store.balance().await.unwrap().notified == 0 {
        tokio::task::yield_now().await;
    }
    let balance = store.balance().await.unwrap();
    assert_eq!((balance.notified, balance.in_progress), (1, 200));
    assert_eq!(relay.seen().mails.len(), 1);
    let connections = trusted.seen().connections;
    assert!(connections <= 4, "{connections}");
    stop.send_replace(true);
    running.abort();
}
