//! Runs a command with a throw-away PostgreSQL: `cargo run -p testing --bin with-postgres -- cargo test -p ledger`.
//!
//! The command finds the server's address in `COMMONHOLD_TEST_POSTGRES`; its exit code becomes ours.

use std::process::{Command, ExitCode};
use testing::postgres::Server;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let Some(program) = words.next() else {
        eprintln!("Usage: with-postgres COMMAND [ARGUMENT…]");
        return ExitCode::from(2);
    };
    let server = match Server::start() {
        Ok(server) => server,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(3);
        }
    };
    let ended = Command::new(&program).args(words).env(testing::POSTGRES, server.url()).status();
    match ended {
        Ok(status) => u8::try_from(status.code().unwrap_or(1)).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            eprintln!("{} could not be run: {error}", program.display());
            ExitCode::from(127)
        }
    }
}
