//! A question before harm is done.

use std::io::{BufRead, IsTerminal, Write};

use super::{Failure, Global};

/// Asks for a word before harm is done; `--yes` answers.
pub(super) fn confirm(global: &Global, question: &str, word: &str) -> Result<(), Failure> {
    if global.yes {
        return Ok(());
    }
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Err(Failure::usage(
            "this asks before it acts, and there is no terminal; say --yes if it is meant",
        ));
    }
    let mut screen = std::io::stderr();
    write!(screen, "{question}\nType {word} to go on: ")?;
    screen.flush()?;
    let mut typed = String::new();
    input.lock().read_line(&mut typed)?;
    if typed.trim() == word {
        return Ok(());
    }
    Err(Failure::failed("not confirmed; nothing was changed"))
}
