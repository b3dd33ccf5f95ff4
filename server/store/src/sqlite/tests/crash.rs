//! A crash at the worst moment. The directory is copied as it is and opened elsewhere. What a disk
//! would lose with its power is beyond a copy; there the order of fsyncs counts, see `folder`.

use std::fs;
use std::sync::Mutex;

use super::*;
use crate::contract::samples::*;
use crate::{ContentKind, INLINE_LIMIT, Store};

const LARGE: usize = INLINE_LIMIT + 1;

#[tokio::test]
async fn a_copy_made_right_after_a_capture_has_all_of_it() {
    let (home, copy) = (Home::new(), Home::new());
    let store = home.open();
    for size in [5_000, LARGE] {
        let people = vec![held("patient@example.net"), relayed("surgery@example.org")];
        let capture = capture_sized(&store, people, size);
        let (id, recipients) = (
            capture.id,
            [capture.recipients[0].id, capture.recipients[1].id],
        );
        let _ = store.capture(capture).await.unwrap();
        fs::remove_dir_all(copy.path()).ok();
        copy_as_is(&home.path(), &copy.path());

        let copied = copy.open();
        let message = copied.message(id).await.unwrap().unwrap();
        for kind in [ContentKind::Message, ContentKind::Spool] {
            let (content, length) = message.content(kind).unwrap();
            assert_eq!(length, size as u64);
            assert!(copied.read(content, 0, size).await.unwrap() == octets(size));
        }
        for recipient in recipients {
            assert!(copied.recipient(recipient).await.unwrap().is_some());
        }
        let tasks = lease_all(&copied, at(EXPIRY)).await;
        assert_eq!(
            tasks.iter().filter(|task| concerns(&task.kind, id)).count(),
            3
        );
    }
}

fn concerns(kind: &crate::TaskKind, id: seal::MessageId) -> bool {
    use crate::TaskKind::*;
    matches!(kind, Notify(message, _) | Relay(message, _) | Expire(message) if *message == id)
}

/// The control of the test above: the same copy, made one step earlier.
#[tokio::test]
async fn a_copy_made_right_before_the_commit_has_none_of_it() {
    let (home, copy) = (Home::new(), Home::new());
    let copied_to = Mutex::new(Some(copy.path()));
    let from = home.path();
    let store = home.open_probed(move |step, _| {
        if step == Step::Commit
            && let Some(to) = copied_to.lock().unwrap().take()
        {
            copy_as_is(&from, &to);
        }
        Ok(())
    });
    let capture = capture_sized(&store, vec![held("patient@example.net")], LARGE);
    let (id, content) = (capture.id, capture.held.as_ref().unwrap().message.id);
    let _ = store.capture(capture).await.unwrap();
    assert!(store.message(id).await.unwrap().is_some());

    assert_eq!(
        copy.content_files().len(),
        1,
        "the file had its name already"
    );
    let copied = copy.open();
    assert!(copied.message(id).await.unwrap().is_none());
    assert!(copied.read(content, 0, 1).await.is_err());
    assert!(lease_all(&copied, at(EXPIRY)).await.is_empty());
}

/// And a control of the copying: what a capture adds stands in the log, which the copy needs.
#[tokio::test]
async fn a_copy_without_the_log_misses_what_was_captured_last() {
    let (home, copy) = (Home::new(), Home::new());
    let store = home.open();
    let letter = letter(&store).await;
    copy_as_is(&home.path(), &copy.path());
    fs::remove_file(copy.path().join("sealpost.sqlite3-wal")).unwrap();
    let found = match copy.try_open() {
        Ok(copied) => copied.message(letter.message).await.unwrap().is_some(),
        Err(_) => false,
    };
    assert!(!found);
}

#[tokio::test]
async fn a_crash_between_a_commit_and_the_removal_of_files_leaves_only_orphans() {
    let (home, copy) = (Home::new(), Home::new());
    let copied_to = std::sync::Arc::new(Mutex::new(None::<PathBuf>));
    let (from, to) = (home.path(), copied_to.clone());
    let store = home.open_probed(move |step, sql| {
        if step == Step::Commit
            && let Some(to) = to.lock().unwrap().take()
        {
            // Committed here, so that the writer's own COMMIT has nothing left to do but fail.
            sql.execute_batch("COMMIT; BEGIN IMMEDIATE")?;
            copy_as_is(&from, &to);
        }
        Ok(())
    });
    let capture = capture_sized(&store, vec![held("patient@example.net")], LARGE);
    let id = capture.id;
    let _ = store.capture(capture).await.unwrap();
    *copied_to.lock().unwrap() = Some(copy.path());
    store.expire(id, at(EXPIRY)).await.unwrap();
    assert!(home.content_files().is_empty());

    assert_eq!(copy.content_files().len(), 1);
    let copied = copy.open();
    assert!(
        copied
            .message(id)
            .await
            .unwrap()
            .unwrap()
            .contents
            .is_empty()
    );
}
