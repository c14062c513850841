//! `commonhold`, the command. Everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::run(std::env::args_os())
}
