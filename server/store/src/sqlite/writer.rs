//! The one thread that writes.
//!
//! Callers hand it closures through a bounded channel. It takes all that wait, runs
//! them in one transaction, and answers nobody before COMMIT has returned: one fsync serves
//! the whole group, and the group grows by itself while the disk is busy with the one before.
//!
//! A closure's own error undoes its savepoint only, if it has one: see [`Undo`]. An error of COMMIT
//! or of an fsync, or a panic, stops the writer for good (promise D7): whoever waits gets
//! [`StoreError::Fatal`], and nothing is tried again, because after a failed fsync a second one
//! reports success for lost pages.
//!
//! Checkpoints are run here and nowhere else, since SQLite's automatic ones pass over a failed
//! fsync in silence. Those that empty the log of what was destroyed have their own rule, see
//! `emptying`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot};

use super::emptying::Emptying;
use super::fault::{Fault, GroupFailure, Result, explain};
use super::folder::{Folder, sync_directory};
use super::inbox::{self, Came, Crowd, Demand};
use super::log_file::LogFile;
use super::probe::{Probe, Step};
use super::signals::Signals;
use super::turn::{Turnstile, wait_for_lock};
use super::unit::{Effects, Unit};
use crate::StoreError;

/// Writes that may wait before callers are held up.
const QUEUE: usize = 1024;
/// Frames (of 4 KiB) in the write-ahead log from which on they are moved to the database.
const CHECKPOINT_FRAMES: i32 = 2000;
/// Frames from which on that waits for readers, so that the log cannot grow without end.
const CHECKPOINT_OR_WAIT_FRAMES: i32 = 16 * CHECKPOINT_FRAMES;
/// Frames there is room for in the log's file: until it is moved, and the group that makes it so.
const FRAMES_WITH_ROOM: u64 = CHECKPOINT_FRAMES as u64 + 256;
/// How long writes are held up for readers when the log is to be emptied. Reads are short; one that
/// is not must not stop the mail, and there is another attempt.
const EMPTY_PATIENCE: Duration = Duration::from_millis(50);
/// The same when nobody writes any more.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);

/// The callers' end.
#[derive(Debug)]
pub(super) struct Writer {
    /// There until the writer is dropped.
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    signals: Arc<Signals>,
    commits: Arc<AtomicU64>,
}

impl Writer {
    /// Starts the thread. It ends when the last handle is gone, which waits for it: a process that
    /// went away meanwhile would leave the log as it is.
    pub(super) fn start(
        sql: Connection,
        turnstile: Turnstile,
        folder: Arc<Folder>,
        log: PathBuf,
        signals: Arc<Signals>,
        probe: Probe,
    ) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let commits = Arc::new(AtomicU64::new(0));
        let mut desk = Desk {
            sql,
            turnstile,
            folder,
            signals: signals.clone(),
            commits: commits.clone(),
            synced: [false; 256],
            syncs: true,
            emptying: Emptying::owed_at(Instant::now()),
            log: LogFile::new(log, FRAMES_WITH_ROOM),
            probe,
        };
        let thread = thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || {
                let _guard = StopOnPanic(desk.signals.clone());
                desk.run(queue);
            })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            signals,
            commits,
        })
    }

    /// Runs a write and returns when it has what it demands of its commit.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        demand: Demand,
        undo: Undo,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T> + Send + 'static,
    ) -> crate::Result<T> {
        self.signals.check()?;
        let (reply, answer) = oneshot::channel();
        let call = Call {
            demand,
            undo,
            work: Some(work),
            result: None,
            reply,
        };
        let jobs = self.jobs.as_ref().ok_or_else(|| self.signals.gone())?;
        jobs.send(Box::new(call))
            .await
            .map_err(|_| self.signals.gone())?;
        answer.await.unwrap_or_else(|_| Err(self.signals.gone()))
    }

    /// Transactions committed so far: fewer than the writes, when they came together.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            // A panic there is known already, see [`StopOnPanic`].
            let _ = thread.join();
        }
    }
}

/// Marks the store as failed when the writer unwinds.
struct StopOnPanic(Arc<Signals>);

impl Drop for StopOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.fail("the writer panicked");
        }
    }
}

/// A write that waits, whatever it returns.
trait Job: Send {
    /// What it asks of its commit.
    fn demand(&self) -> Demand;
    /// What is undone when it fails by itself.
    fn undo(&self) -> Undo;
    /// Does the work and keeps its result.
    fn run(&mut self, unit: &mut Unit<'_>) -> Worked;
    /// Tells the caller, after the group's end.
    fn answer(self: Box<Self>, failure: Option<&GroupFailure>);
}

/// How a write went inside its savepoint.
enum Worked {
    Done,
    /// It refused or failed by itself; what it did must be undone.
    Undo,
    /// SQLite has undone the whole transaction (a full disk makes it do so), or it must be undone
    /// because the database cannot be trusted.
    Lost(GroupFailure),
}

/// What is undone when a write refuses or fails by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undo {
    /// This write alone. SQLite keeps a copy of each page that it changes.
    Itself,
    /// Nothing, for it refuses before it changes anything. Should it fail later all the same, the
    /// whole group fails.
    Group,
}

struct Call<W, T> {
    demand: Demand,
    undo: Undo,
    work: Option<W>,
    result: Option<crate::Result<T>>,
    reply: oneshot::Sender<crate::Result<T>>,
}

impl<W, T> Job for Call<W, T>
where
    W: FnOnce(&mut Unit<'_>) -> Result<T> + Send,
    T: Send,
{
    fn demand(&self) -> Demand {
        self.demand
    }

    fn undo(&self) -> Undo {
        self.undo
    }

    fn run(&mut self, unit: &mut Unit<'_>) -> Worked {
        let Some(work) = self.work.take() else {
            return Worked::Undo;
        };
        let before = unit.sql.total_changes();
        let worked = work(unit).and_then(|value| {
            unit.disturb_counts()?;
            Ok(value)
        });
        match worked {
            Ok(value) => {
                self.result = Some(Ok(value));
                Worked::Done
            }
            Err(fault) if fault.stops_the_writer() || unit.sql.is_autocommit() => {
                Worked::Lost(GroupFailure::before_commit(fault))
            }
            Err(fault) => {
                let error = StoreError::from(fault);
                let stays = self.undo == Undo::Group && unit.sql.total_changes() != before;
                let failure = stays.then(|| GroupFailure::half_way(&error));
                self.result = Some(Err(error));
                failure.map_or(Worked::Undo, Worked::Lost)
            }
        }
    }

    fn answer(self: Box<Self>, failure: Option<&GroupFailure>) {
        let answer = match (failure, self.result) {
            // Its own refusal says more than that its group failed.
            (Some(GroupFailure::NoRoom | GroupFailure::Unavailable(_)), Some(Err(own))) => Err(own),
            (Some(failure), _) => Err(failure.error()),
            (None, result) => result.unwrap_or(Err(StoreError::Unavailable(None))),
        };
        // A caller that has gone away learns nothing; what it wrote stands.
        let _ = self.reply.send(answer);
    }
}

/// The thread's side.
struct Desk {
    sql: Connection,
    turnstile: Turnstile,
    folder: Arc<Folder>,
    signals: Arc<Signals>,
    commits: Arc<AtomicU64>,
    /// Directories whose own entry this process has seen synced.
    synced: [bool; 256],
    /// Whether a commit is fsynced, as it was set last.
    syncs: bool,
    emptying: Emptying,
    log: LogFile,
    probe: Probe,
}

impl Desk {
    fn run(&mut self, mut queue: mpsc::Receiver<Box<dyn Job>>) {
        let mut crowd = Crowd::default();
        loop {
            let first = match inbox::wait(&mut queue, self.emptying.due()) {
                Came::Next(first) => first,
                Came::Time => {
                    if let Err(fault) = self.empty_and_lengthen_log() {
                        return self.signals.fail(&fault);
                    }
                    continue;
                }
                Came::End => break,
            };
            let (mut group, came) = inbox::group(&mut queue, first, |job| job.demand(), crowd);
            crowd = came;
            let failure = self.commit_group(&mut group).err();
            if let Some(GroupFailure::Fatal(cause)) = &failure {
                // Before anybody hears of it, so that a caller who asks next is refused too.
                self.signals.fail(cause);
            }
            for job in group {
                job.answer(failure.as_ref());
            }
            if matches!(failure, Some(GroupFailure::Fatal(_))) {
                return;
            }
            if let Err(fault) = self.checkpoint(CHECKPOINT_FRAMES) {
                return self.signals.fail(&fault);
            }
        }
        if let Err(fault) = self.empty_log(CLOSE_PATIENCE) {
            self.signals.fail(&fault);
        }
    }

    /// Runs a group in one transaction. On an error nothing of it has happened, or, when the error
    /// is fatal, nobody knows.
    fn commit_group(&mut self, group: &mut [Box<dyn Job>]) -> Result<(), GroupFailure> {
        let is_kept = group.iter().any(|job| job.demand() > Demand::Seen);
        self.sync_commits(is_kept)?;
        self.begin()?;
        let mut effects = Effects::default();
        for job in group {
            match self.run_job(job.as_mut()) {
                Ok(more) => effects.join(more),
                Err(failure) => return Err(self.abandon(failure)),
            }
        }
        if let Err(failure) = self.sync_directories(&effects) {
            effects.unknown();
            return Err(failure);
        }
        if let Err(error) = self
            .probe
            .pass(Step::Commit, &mut self.sql)
            .and_then(|()| self.commit())
        {
            let failure = GroupFailure::at_commit(error);
            return Err(match failure {
                GroupFailure::Fatal(_) => {
                    effects.unknown();
                    failure
                }
                _ => self.abandon(failure),
            });
        }
        self.commits.fetch_add(1, Ordering::Relaxed);
        if effects.destroys {
            self.emptying.owe();
        }
        let tasks = effects.committed(&self.folder);
        self.signals.tasks_added(tasks);
        Ok(())
    }

    /// FULL: the commit is fsynced. NORMAL: the log is written and synced with the next that is, or
    /// before a checkpoint, always from its beginning; so what is lost is lost from an end.
    fn sync_commits(&mut self, syncs: bool) -> Result<(), GroupFailure> {
        if syncs != self.syncs {
            // Not by a statement that is kept: the level is set as one is prepared, not as it runs.
            let level = if syncs { "FULL" } else { "NORMAL" };
            self.sql
                .pragma_update(None, "synchronous", level)
                .map_err(|error| GroupFailure::before_commit(error.into()))?;
            self.syncs = syncs;
        }
        Ok(())
    }

    fn begin(&self) -> Result<(), GroupFailure> {
        let _turn = self
            .turnstile
            .wait()
            .map_err(|error| GroupFailure::before_commit(Fault::from(error)))?;
        self.execute("BEGIN IMMEDIATE")
            .map_err(GroupFailure::before_commit)
    }

    fn commit(&self) -> rusqlite::Result<()> {
        self.sql.prepare_cached("COMMIT")?.execute([]).map(drop)
    }

    fn execute(&self, statement: &str) -> Result<()> {
        self.sql.prepare_cached(statement)?.execute([])?;
        Ok(())
    }

    /// Runs one write, in a savepoint if it may have to be undone by itself. An error means that the
    /// transaction is lost or must be.
    fn run_job(&self, job: &mut dyn Job) -> Result<Effects, GroupFailure> {
        let statement = |text| self.execute(text).map_err(GroupFailure::before_commit);
        let has_savepoint = job.undo() == Undo::Itself;
        if has_savepoint {
            statement("SAVEPOINT job")?;
        }
        let mut unit = Unit::new(&self.sql, &self.folder);
        let worked = job.run(&mut unit);
        let effects = match worked {
            Worked::Done => unit.into_effects(),
            Worked::Undo => Effects::default(),
            Worked::Lost(failure) => return Err(failure),
        };
        if has_savepoint {
            if matches!(worked, Worked::Undo) {
                statement("ROLLBACK TO job")?;
            }
            statement("RELEASE job")?;
        }
        Ok(effects)
    }

    /// Undoes a transaction that cannot be committed.
    fn abandon(&self, failure: GroupFailure) -> GroupFailure {
        if self.sql.is_autocommit() {
            return failure;
        }
        match self.execute("ROLLBACK") {
            Ok(()) => failure,
            Err(fault) => GroupFailure::fatal(fault),
        }
    }

    /// Makes the names of the group's files durable, before the commit that names them.
    fn sync_directories(&mut self, effects: &Effects) -> Result<(), GroupFailure> {
        let mut unseen = false;
        for &shard in &effects.shards {
            let directory = self.folder.directory(shard);
            self.sync(&directory)?;
            unseen |= !self.synced[usize::from(shard)];
        }
        if unseen {
            let root = self.folder.root().to_owned();
            self.sync(&root)?;
            for &shard in &effects.shards {
                self.synced[usize::from(shard)] = true;
            }
        }
        Ok(())
    }

    fn sync(&mut self, directory: &Path) -> Result<(), GroupFailure> {
        self.probe
            .pass(Step::SyncDirectory, &mut self.sql)
            .map_err(|error| GroupFailure::fatal(error.into()))?;
        sync_directory(directory).map_err(|error| {
            GroupFailure::Fatal(format!("fsync of {}: {error}", directory.display()).into())
        })
    }

    /// Moves the log's frames to the database once there are `frames` of them.
    fn checkpoint(&self, frames: i32) -> Result<(), String> {
        let run = |mode| self.sql.wal_checkpoint_v2(None::<&str>, mode);
        let outcome = run(CheckpointMode::NOOP).and_then(|(log, moved)| match log - moved {
            waiting if waiting < frames => Ok(()),
            _ if log < CHECKPOINT_OR_WAIT_FRAMES => run(CheckpointMode::PASSIVE).map(drop),
            _ => run(CheckpointMode::TRUNCATE).map(drop),
        });
        judge(outcome).map(drop)
    }

    /// Empties the log while mail flows: its file gets its length back.
    fn empty_and_lengthen_log(&mut self) -> Result<(), String> {
        let used = self
            .sql
            .wal_checkpoint_v2(None::<&str>, CheckpointMode::NOOP);
        let used = used.map_or(0, |(frames, _)| u64::try_from(frames).unwrap_or(0));
        if !self.empty_log(EMPTY_PATIENCE)? {
            return Ok(());
        }
        match self.begin() {
            Ok(()) => {}
            Err(GroupFailure::Fatal(cause)) => return Err(cause.to_string()),
            // Whoever has the lock now writes to the log, and there is another time.
            Err(_) => return Ok(()),
        }
        let lengthened = self.log.lengthen(used);
        let ended = self.execute("ROLLBACK").map_err(StoreError::from);
        ended.map_err(|error| format!("room in the log: {error}"))?;
        lengthened.map_err(|error| format!("room in the log: {error}"))
    }

    /// Moves all of the log to the database and cuts it to nothing, or notes that it is still owed.
    fn empty_log(&mut self, patience: Duration) -> Result<bool, String> {
        let emptied = judge(self.truncate_log(patience))?;
        self.emptying.tried(emptied, Instant::now());
        Ok(emptied)
    }

    fn truncate_log(&mut self, patience: Duration) -> rusqlite::Result<()> {
        self.probe.pass(Step::EmptyLog, &mut self.sql)?;
        // SQLite's lock alone would be missed beside a busy process. Without a turn it is tried all
        // the same.
        let _turn = self.turnstile.wait();
        self.sql.busy_handler(Some(wait_for_lock(patience)))?;
        let outcome = self
            .sql
            .wal_checkpoint_v2(None::<&str>, CheckpointMode::TRUNCATE);
        let patience = self.turnstile.patience();
        self.sql.busy_handler(Some(wait_for_lock(patience)))?;
        outcome.map(drop)
    }
}

/// Whether a checkpoint went through. An error is one after which the writer must stop.
fn judge(outcome: rusqlite::Result<()>) -> Result<bool, String> {
    let Err(error) = outcome else {
        return Ok(true);
    };
    match error.sqlite_error_code() {
        // Another process is at it, or readers are: the log can wait, it is durable.
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Ok(false),
        Some(ErrorCode::DiskFull) => {
            tracing::warn!("no room to move the write-ahead log into the database");
            Ok(false)
        }
        _ => Err(format!("checkpoint: {}", explain(&error))),
    }
}
