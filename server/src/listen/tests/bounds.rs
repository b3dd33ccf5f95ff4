//! Memory and time that a message may take.

use super::*;

#[tokio::test]
async fn memory_is_shared_by_all_sessions_and_waited_for_before_it_is_refused() {
    let served = Served::new(|settings| {
        settings.memory = 100 * 1024;
        settings.patience.memory = SHORT;
    })
    .await;
    let mut first = served.client().await;
    first.comes_to_data("b").await; // takes 64 KiB
    let mut second = served.client().await;
    second.greets().await;
    let command = "MAIL FROM:<> SIZE=50000\r\nRCPT TO:<b@example.com>\r\nDATA\r\n";
    second.says(command).await;
    second.hears("250").await;
    second.hears("250").await;
    second.hears("452 4.3.1").await;
    first.says(".\r\n").await;
    first.hears("250 2.0.0").await;
    second.says("DATA\r\n").await;
    second.hears("354").await;
    // More than the whole budget, and the client hears of it when it is done.
    let line = [&[b'a'; 998][..], b"\r\n"].concat();
    second.says(line.repeat(200)).await;
    second.says(".\r\n").await;
    second.hears("452 4.3.1").await;
    // All of it was given back.
    second.says(command).await;
    second.hears("250").await;
    second.hears("250").await;
    second.hears("354").await;
    served.stop.send(true).unwrap();
    second.says(".\r\n").await;
    second.hears("250 2.0.0 Stored as receipt-2").await;
    served.stopped().await;
}

#[tokio::test]
async fn memory_is_held_until_the_message_is_decided() {
    let served = Served::new(|settings| {
        settings.memory = 100 * 1024;
        settings.patience.memory = SHORT;
    })
    .await;
    let mut first = served.client().await;
    first.comes_to_data("wait").await;
    first.says("x\r\n.\r\n").await;
    timeout(AT_LAST, served.clerk.arrived.notified())
        .await
        .unwrap();
    let mut second = served.client().await;
    second.greets().await;
    second
        .says("MAIL FROM:<>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
        .await;
    second.hears("250").await;
    second.hears("250").await;
    second.hears("452 4.3.1").await;
    served.clerk.release.notify_one();
    first.hears("250 2.0.0").await;
    second.says("DATA\r\n").await;
    second.hears("354").await;
    drop((first, second));
    served.stopped().await;
}

#[tokio::test]
async fn stalled_clients_that_declared_much_leave_memory_to_others() {
    // What the product promises: 256 MiB, 50 MiB for a message.
    let served = Served::new(|settings| settings.patience.memory = SHORT).await;
    let mut stalled = Vec::new();
    for _ in 0..20 {
        let mut client = served.client().await;
        client.greets().await;
        let command = "MAIL FROM:<> SIZE=52428800\r\nRCPT TO:<b@example.com>\r\nDATA\r\n";
        client.says(command).await;
        for reply in ["250", "250", "354"] {
            client.hears(reply).await;
        }
        stalled.push(client);
    }
    let mut client = served.client().await;
    client.comes_to_data("b").await;
    client.says(".\r\n").await;
    client.hears("250 2.0.0").await;
    drop((client, stalled));
    served.stopped().await;
}

#[tokio::test]
async fn clients_that_wait_for_one_another_do_not_wait_for_ever() {
    let served = Served::new(|settings| {
        settings.memory = 64 * 1024;
        settings.limits.first_reservation = 32 * 1024;
        settings.patience.memory = SHORT;
    })
    .await;
    let mut clients = [served.client().await, served.client().await];
    for client in &mut clients {
        client.comes_to_data("b").await; // takes 32 KiB, and then there is no more
    }
    let line = [&[b'a'; 998][..], b"\r\n"].concat();
    for client in &mut clients {
        client.says(line.repeat(40)).await;
        client.says(".\r\n").await;
    }
    // At least one gives way, and what it held is enough for the other.
    let mut put_off = 0;
    for client in &mut clients {
        let reply = client.line().await.unwrap();
        if reply.starts_with("452 4.3.1") {
            put_off += 1;
        } else {
            assert!(reply.starts_with("250 2.0.0"), "{reply}");
        }
    }
    assert!(put_off >= 1);
    // All of it was given back.
    clients[0].comes_to_data("b").await;
    clients[0].says(line.repeat(60)).await;
    clients[0].says(".\r\n").await;
    clients[0].hears("250 2.0.0").await;
    drop(clients);
    served.stopped().await;
}

#[tokio::test]
async fn a_client_that_drips_is_sent_away_when_its_time_is_over() {
    let served = Served::new(|settings| {
        settings.limits.patience.whole_content = 4 * SHORT;
    })
    .await;
    let mut client = served.client().await;
    client.comes_to_data("b").await;
    // Silence alone would be borne for three minutes, and each octet ends a silence.
    let (reading, mut writing) = tokio::io::split(client.0.into_inner());
    let dripping = tokio::spawn(async move {
        while writing.write_all(b"x").await.is_ok() {
            tokio::time::sleep(SHORT / 20).await;
        }
    });
    let mut lines = BufStream::new(tokio::io::join(reading, tokio::io::sink())).lines();
    match timeout(AT_LAST, lines.next_line()).await.unwrap() {
        Ok(line) => {
            let line = line.unwrap();
            // Which words depends on whether the time ended in a silence or at an octet.
            let words = [
                "421 4.4.2 Message was not complete",
                "421 4.4.2 Waited too long for you",
            ];
            assert!(words.iter().any(|words| line.starts_with(words)), "{line}");
        }
        // An octet that comes between our last read and the close makes the kernel reset the
        // connection, and what was said last may be lost with it.
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
    }
    drop(lines);
    dripping.abort();
    assert_eq!(served.stopped().await.taken.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn at_the_stop_memory_is_not_waited_for() {
    let served = Served::new(|settings| {
        settings.memory = 64 * 1024;
        settings.patience.memory = 10 * AT_LAST;
    })
    .await;
    let mut first = served.client().await;
    first.comes_to_data("b").await;
    let mut second = served.client().await;
    second.greets().await;
    second
        .says("MAIL FROM:<>\r\nRCPT TO:<b@example.com>\r\n")
        .await;
    second.hears("250").await;
    second.hears("250").await;
    second.says("DATA\r\n").await;
    served.stop.send(true).unwrap();
    second.hears("452 4.3.1").await;
    second.says("RSET\r\n").await;
    second.hears("250").await;
    second.hears("421 4.3.2").await;
    second.hears_the_end().await;
    first.says(".\r\n").await;
    first.hears("250 2.0.0").await;
    first.hears("421 4.3.2").await;
    drop((first, second));
    served.stopped().await;
}

#[test]
fn a_stop_leaves_time_for_the_last_words_within_forty_seconds() {
    let settings = Settings::new("mx.example.org".parse().unwrap());
    assert!(AFTER_THE_DEADLINE > connection::LAST_WORDS);
    let all = settings.patience.shutdown + AFTER_THE_DEADLINE;
    assert!(all <= Duration::from_secs(30), "{all:?}");
}
