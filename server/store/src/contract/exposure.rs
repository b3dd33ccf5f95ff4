//! Links whose secret reached a server on the way (promise B1).

use seal::Handle;

use super::Home;
use super::samples::*;
use crate::{Guest, Store};

pub async fn what_was_exposed_is_marked_the_first_time_and_stays_so(home: impl Home) {
    let (store, viewer) = (home.open().await, home.open().await);
    let (exposed, other) = (letter(&store).await, letter(&store).await);
    let marked = async |id| store.recipient(id).await.unwrap().unwrap().exposed_at;
    assert_eq!(marked(exposed.recipient).await, None);
    for second in [5, 6] {
        let told = viewer.mark_exposed(&exposed.handle, at(second)).await;
        told.unwrap();
        assert_eq!(marked(exposed.recipient).await, Some(at(5)));
    }
    let seen = viewer.recipient_by_handle(&exposed.handle).await.unwrap();
    assert_eq!(seen.unwrap().exposed_at, Some(at(5)));
    assert_eq!(marked(other.recipient).await, None);
    drop((store, viewer));
    let store = home.open().await;
    let kept = store.recipient(exposed.recipient).await.unwrap().unwrap();
    assert_eq!(kept.exposed_at, Some(at(5)));
}

pub async fn a_handle_that_nobody_has_is_answered_like_any_other(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let nobodys = Handle::from_bytes([7; 16]);
    store.mark_exposed(&nobodys, at(5)).await.unwrap();
    let kept = store.recipient(letter.recipient).await.unwrap().unwrap();
    assert_eq!(kept.exposed_at, None);
}
