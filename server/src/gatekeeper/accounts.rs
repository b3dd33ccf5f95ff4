//! Accounts: names, hashes of passwords, and what slows who guesses (promise S4).
//!
//! A name that is not known costs the same hashing as one that is, and is counted alike: who tries
//! names learns none. A wrong password is counted before it is looked at and given back when it is
//! right, so no number of connections at once tries more than the bound.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher, Salt};
use argon2::{Argon2, Params, PasswordVerifier};
use mail::Domain;
use secrecy::{ExposeSecret, SecretString};
use smtp::{Credentials, Refusal, Status};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::{error, info};

use super::allowance::Allowance;
use crate::config::submit::Account;
use crate::listen::one_client;

/// Passwords that are hashed at the same time: each takes a processor, and memory.
const AT_ONCE: usize = 2;

/// Nobody's salt.
const NOBODY: &str = "c2VhbHBvc3Qgbm9ib2R5";

/// Who may come by AUTH.
pub(super) struct Accounts {
    accounts: HashMap<String, Account>,
    /// A hash that no password has, as dear as the dearest account's.
    nobody: Option<String>,
    at_once: Arc<Semaphore>,
    by_client: Allowance<IpAddr>,
    /// By a hash of the name, as names come from strangers.
    by_name: Allowance<u64>,
    names: RandomState,
}

impl Accounts {
    pub(super) fn new(accounts: &[Account], wrong_per_minute: u32) -> Self {
        let dearest = accounts
            .iter()
            .filter_map(|account| params(account.password_hash.expose_phc()))
            .max_by_key(|params| u64::from(params.m_cost()) * u64::from(params.t_cost()));
        Self {
            accounts: accounts
                .iter()
                .map(|account| (account.name.clone(), account.clone()))
                .collect(),
            nobody: dearest.and_then(nobody),
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
            by_client: Allowance::new(wrong_per_minute),
            by_name: Allowance::new(wrong_per_minute),
            names: RandomState::new(),
        }
    }

    /// Whether there are any.
    pub(super) fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// The domains that an account may write for.
    pub(super) fn sender_domains(&self, name: &str) -> &[Domain] {
        self.accounts
            .get(name)
            .map_or(&[], |account| &account.sender_domains)
    }

    /// Whether these belong together.
    pub(super) async fn verify(
        &self,
        address: IpAddr,
        credentials: &Credentials,
        now: Instant,
    ) -> Result<(), Refusal> {
        let permit = Arc::clone(&self.at_once).acquire_owned().await;
        let permit = permit.map_err(|_| busy())?;
        let (client, name) = (one_client(address), self.names.hash_one(credentials.name()));
        if !self.by_client.take(client, now) {
            return Err(slow_down());
        }
        if !self.by_name.take(name, now) {
            self.by_client.give_back(&client);
            return Err(slow_down());
        }
        let known = self.accounts.get(credentials.name());
        let phc = match (known, &self.nobody) {
            (Some(account), _) => account.password_hash.expose_phc().to_owned(),
            (None, Some(nobody)) => nobody.clone(),
            (None, None) => return Err(wrong()),
        };
        let password = SecretString::from(credentials.expose_password());
        let hashing = tokio::task::spawn_blocking(move || {
            let fits = fits(&phc, &password);
            drop(permit);
            fits
        });
        let fits = hashing.await.map_err(|error| {
            error!(error = %error, "a password could not be hashed");
            busy()
        })?;
        if fits && known.is_some() {
            self.by_client.give_back(&client);
            self.by_name.give_back(&name);
            info!("a client proved to be an account");
            Ok(())
        } else {
            info!("a client's name or password is wrong");
            Err(wrong())
        }
    }
}

fn params(phc: &str) -> Option<Params> {
    Params::try_from(&PasswordHash::new(phc).ok()?).ok()
}

/// A hash of nothing that anybody could say: the empty password, which AUTH does not let through.
fn nobody(params: Params) -> Option<String> {
    let argon = Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let salt = Salt::from_b64(NOBODY).ok()?;
    Some(argon.hash_password(b"", salt).ok()?.to_string())
}

fn fits(phc: &str, password: &SecretString) -> bool {
    PasswordHash::new(phc).is_ok_and(|hash| {
        let password = password.expose_secret().as_bytes();
        Argon2::default().verify_password(password, &hash).is_ok()
    })
}

fn wrong() -> Refusal {
    Refusal::permanent(535, Status::new(7, 8), "Name or password is wrong")
}

fn slow_down() -> Refusal {
    let words =
        "Too many wrong passwords (gateway.limits.wrong_passwords_per_minute); wait a minute";
    Refusal::transient(454, Status::new(7, 0), words)
}

fn busy() -> Refusal {
    let words = "Account could not be looked up; try again later";
    Refusal::transient(454, Status::new(7, 0), words)
}

#[cfg(test)]
mod tests;
