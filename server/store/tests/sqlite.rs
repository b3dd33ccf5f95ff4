//! The embedded backend passes the contract.

use sealpost_store::contract::Home;
use sealpost_store::sqlite::{Options, SqliteStore};
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

sealpost_store::contract_tests!(fresh);
