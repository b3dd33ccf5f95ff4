//! Who gets in, and how many at one time.

use super::*;
use crate::metrics;

impl Served {
    /// A client that has read nothing yet.
    async fn stranger(&self) -> Peered<TcpStream> {
        Peered(BufStream::new(
            TcpStream::connect(self.address).await.unwrap(),
        ))
    }

    /// Comes until there is a place: it is free when the server has seen the end of another.
    async fn comes_again(&self) {
        let mut line = String::new();
        while !line.starts_with("220") {
            line = self.stranger().await.line().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_connection_too_many_is_told_so_and_the_place_is_free_again_later() {
    let counted = metrics::TURNED_AWAY_FULL.value();
    let served = Served::new(|settings| settings.connections = 1).await;
    let mut first = served.client().await;
    let mut second = Peered(BufStream::new(
        TcpStream::connect(served.address).await.unwrap(),
    ));
    second.hears("421 4.3.2 Too many connections").await;
    second.hears_the_end().await;
    assert!(metrics::TURNED_AWAY_FULL.value() > counted);
    first.says("QUIT\r\n").await;
    first.hears("221").await;
    drop(first);
    // The place is free when the server has seen the end, so a client may have to come again.
    let mut line = String::new();
    while !line.starts_with("220") {
        let mut third = Peered(BufStream::new(
            TcpStream::connect(served.address).await.unwrap(),
        ));
        line = third.line().await.unwrap();
    }
    served.stopped().await;
}

#[tokio::test]
async fn one_address_has_its_own_bound() {
    let counted = metrics::TURNED_AWAY_ADDRESS.value();
    let served = Served::new(|settings| settings.connections_per_local_client = 2).await;
    let mut first = served.client().await;
    let second = served.client().await;
    let mut third = served.stranger().await;
    third
        .hears("421 4.7.0 Too many connections from your")
        .await;
    third.hears_the_end().await;
    assert!(metrics::TURNED_AWAY_ADDRESS.value() > counted);
    first.says("QUIT\r\n").await;
    first.hears("221").await;
    drop(first);
    served.comes_again().await;
    drop(second);
    served.stopped().await;
}

#[test]
fn a_loopback_peer_may_have_every_place_and_another_a_tenth() {
    let settings = Settings::new("mx.example.org".parse().unwrap());
    for (address, most) in [
        ("127.0.0.1", settings.connections),
        ("127.8.8.8", settings.connections),
        ("::1", settings.connections),
        ("192.0.2.1", 100),
        ("2001:db8::1", 100),
    ] {
        assert_eq!(settings.connections_of(address.parse().unwrap()), most);
    }
}

#[tokio::test]
async fn a_peer_that_is_not_let_in_hears_one_line_and_takes_no_place() {
    let counted = metrics::TURNED_AWAY_PEER.value();
    let served = Served::new(|settings| settings.connections = 1).await;
    let mut inside = served.client().await;
    *served.clerk.closed_to.lock().unwrap() = Some(served.address.ip());
    for _ in 0..3 {
        // The place is taken, yet it hears why it will never have one.
        let mut outside = served.stranger().await;
        outside.hears("554 5.7.1 Not from your address").await;
        outside.hears_the_end().await;
    }
    assert!(metrics::TURNED_AWAY_PEER.value() >= counted + 3);
    inside.says("QUIT\r\n").await;
    inside.hears("221").await;
    drop(inside);
    served.stranger().await.hears("554 5.7.1").await;
    *served.clerk.closed_to.lock().unwrap() = None;
    served.comes_again().await;
    served.stopped().await;
}

#[tokio::test]
async fn a_peer_has_one_address_on_every_socket() {
    let listener = match TcpListener::bind("[::]:0").await {
        Ok(listener) => listener,
        // Without IPv6 there is nothing to confuse.
        Err(_) => return,
    };
    let port = listener.local_addr().unwrap().port();
    let clerk = Arc::new(Clerk::default());
    *clerk.closed_to.lock().unwrap() = Some("127.0.0.1".parse().unwrap());
    let (stop, stopping) = watch::channel(false);
    let settings = Settings::new("mx.example.org".parse().unwrap());
    let serving = tokio::spawn(serve(vec![listener], settings, clerk, stopping));
    if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)).await {
        Peered(BufStream::new(stream)).hears("554 5.7.1").await;
    }
    stop.send_replace(true);
    timeout(AT_LAST, serving).await.unwrap().unwrap();
}
