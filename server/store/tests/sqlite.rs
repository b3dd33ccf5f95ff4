//! The embedded backend passes the contract.

use store::contract::Home;
use store::sqlite::{Options, SqliteStore};
use tempfile::TempDir;

struct Directory(TempDir);

impl Home for Directory {
    type Backend = SqliteStore;

    async fn open(&self) -> SqliteStore {
        SqliteStore::open(self.0.path(), Options::default()).expect("a store")
    }
}

fn fresh() -> Directory {
    Directory(tempfile::tempdir().expect("a temporary directory"))
}

store::contract_tests!(fresh);
