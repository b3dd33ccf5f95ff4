//! Where tests reach into a commit. Outside of tests a probe is nothing and does nothing.

use rusqlite::Connection;

/// A place inside a group's commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Before a directory is synced.
    SyncDirectory,
    /// Everything is done but COMMIT.
    Commit,
    /// Before the log is emptied of what was destroyed.
    EmptyLog,
}

#[cfg(test)]
type Hook = std::sync::Arc<dyn Fn(Step, &mut Connection) -> rusqlite::Result<()> + Send + Sync>;

/// What a test wants to happen at a [`Step`].
#[derive(Clone, Default)]
pub(super) struct Probe(#[cfg(test)] pub(super) Option<Hook>);

impl Probe {
    pub(super) fn pass(&self, step: Step, sql: &mut Connection) -> rusqlite::Result<()> {
        #[cfg(test)]
        if let Some(hook) = &self.0 {
            return hook(step, sql);
        }
        let _ = (step, sql);
        Ok(())
    }
}
