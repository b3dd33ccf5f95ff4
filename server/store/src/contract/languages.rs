//! The language that a reader chose.

use super::Home;
use super::samples::*;
use crate::{Guest, Language, Store};

pub async fn a_language_is_unknown_until_it_is_chosen_and_may_be_chosen_anew(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    assert_eq!(store.language_of(letter.recipient).await.unwrap(), None);
    for language in [Language::Welsh, Language::English, Language::Welsh] {
        let chosen = store.choose_language(letter.recipient, language);
        chosen.await.unwrap();
        let found = store.language_of(letter.recipient).await.unwrap();
        assert_eq!(found, Some(language));
    }
    drop(store);
    let store = home.open().await;
    let found = store.chosen_language(letter.recipient).await.unwrap();
    assert_eq!(found, Some(Language::Welsh), "after a restart");
}

pub async fn a_language_holds_for_the_address_and_for_no_other(home: impl Home) {
    let store = home.open().await;
    let same = "a@example.com";
    let earlier = capture(&store, vec![held(same), held("b@example.com")]);
    let index = earlier.recipients[0].address_index;
    let [first, stranger] = [earlier.recipients[0].id, earlier.recipients[1].id];
    let _ = store.capture(earlier).await.unwrap();
    store.choose_language(first, Language::Welsh).await.unwrap();
    let mut later = capture(&store, vec![held(same)]);
    later.recipients[0].address_index = index;
    let second = later.recipients[0].id;
    let _ = store.capture(later).await.unwrap();
    let found = store.chosen_language(second).await.unwrap();
    assert_eq!(found, Some(Language::Welsh));
    assert_eq!(store.chosen_language(stranger).await.unwrap(), None);
    // The newest choice counts, whichever message it was made with.
    store
        .choose_language(second, Language::English)
        .await
        .unwrap();
    for recipient in [first, second] {
        let found = store.language_of(recipient).await.unwrap();
        assert_eq!(found, Some(Language::English));
    }
    store.choose_language(first, Language::Welsh).await.unwrap();
    let found = store.language_of(second).await.unwrap();
    assert_eq!(found, Some(Language::Welsh));
}

pub async fn nobody_who_is_unknown_has_a_language(home: impl Home) {
    let store = home.open().await;
    let letter = letter(&store).await;
    let nobody = held("nobody@example.com").id;
    store
        .choose_language(nobody, Language::Welsh)
        .await
        .unwrap();
    assert_eq!(store.language_of(nobody).await.unwrap(), None);
    assert_eq!(store.language_of(letter.recipient).await.unwrap(), None);
}
