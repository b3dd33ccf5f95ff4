//! `sealpost accounts hash`: a password in, its Argon2id hash out (RFC 9106, PHC string).
//!
//! The password comes from the terminal or from standard input, never from the command line, where
//! every process of the machine could read it (promise K8).

use std::io::{IsTerminal, Read, stdin};

use argon2::password_hash::{PasswordHasher, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use seal::{Random, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use zeroize::Zeroizing;

use super::super::output::print;
use super::{Failure, Global};

/// OWASP's first choice: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;

/// Fewer characters can be guessed at the pace that the gateway allows.
const SHORTEST: usize = 12;

/// More than any password; what is read is bounded.
const LONGEST: u64 = 1_024;

pub(super) fn run(global: &Global) -> Result<(), Failure> {
    let password = if stdin().is_terminal() {
        asked()?
    } else {
        read(stdin())?
    };
    let hash = hash(&password, &SystemRandom::new())?;
    if global.json {
        print(format!("{}\n", json!({ "password_hash": hash })).as_bytes())
    } else {
        eprintln!("Set this as password_hash in [[gateway.submit.accounts]]:");
        print(format!("{hash}\n").as_bytes())
    }
}

fn asked() -> Result<SecretString, Failure> {
    let ask = |question| {
        rpassword::prompt_password(question)
            .map(SecretString::from)
            .map_err(|error| Failure::failed(format!("no password could be read: {error}")))
    };
    let first = ask("Password: ")?;
    let second = ask("Again: ")?;
    if first.expose_secret() == second.expose_secret() {
        Ok(first)
    } else {
        Err(Failure::failed("the two differ; nothing was hashed"))
    }
}

/// One line; its end is no part of it.
fn read(input: impl Read) -> Result<SecretString, Failure> {
    let mut text = Zeroizing::new(String::new());
    input
        .take(LONGEST + 2)
        .read_to_string(&mut text)
        .map_err(|error| Failure::failed(format!("no password could be read: {error}")))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.len() as u64 > LONGEST {
        return Err(Failure::failed("the password is longer than 1024 octets"));
    }
    Ok(SecretString::from(line))
}

fn hash(password: &SecretString, random: &dyn Random) -> Result<String, Failure> {
    let password = password.expose_secret();
    if password.chars().count() < SHORTEST || password.chars().any(char::is_control) {
        return Err(Failure::failed(
            "a password has 12 characters or more, on one line",
        ));
    }
    let mut salt = [0; 16];
    random.fill(&mut salt);
    let failed =
        |error: &dyn std::fmt::Display| Failure::failed(format!("hashing failed: {error}"));
    let salt = SaltString::encode_b64(&salt).map_err(|error| failed(&error))?;
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|error| failed(&error))?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon.hash_password(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| failed(&error))?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::submit::Argon2id;

    #[test]
    fn what_is_hashed_is_what_the_configuration_takes_and_each_hash_has_its_salt() {
        let password = SecretString::from("correct horse battery");
        let random = SystemRandom::new();
        let hashes = [0, 1].map(|_| hash(&password, &random).expect("a hash"));
        assert_ne!(hashes[0], hashes[1]);
        for hash in hashes {
            assert!(
                hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
                "{hash}"
            );
            assert!(hash.parse::<Argon2id>().is_ok());
        }
    }

    #[test]
    fn short_passwords_and_those_of_two_lines_are_refused() {
        let random = SystemRandom::new();
        for (password, taken) in [
            ("", false),
            ("elevenchars", false),
            ("twelve chars", true),
            ("twelve\ncharacters", false),
        ] {
            let hashed = hash(&SecretString::from(password), &random);
            assert_eq!(hashed.is_ok(), taken, "{password:?}");
        }
    }

    #[test]
    fn the_end_of_a_line_is_no_part_of_the_password() {
        for input in ["a password", "a password\n", "a password\r\n"] {
            let read = read(input.as_bytes()).expect("a password");
            assert_eq!(read.expose_secret(), "a password");
        }
        assert!(read("a".repeat(1_024).as_bytes()).is_ok());
        assert!(read("a".repeat(1_025).as_bytes()).is_err());
    }
}
