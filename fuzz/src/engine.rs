//! The program that libFuzzer drives: its own `main`, which calls the target that `FUZZ_TARGET` names.
#![no_main]

use std::sync::OnceLock;

use fuzz::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: OnceLock<Target> = OnceLock::new();

fuzz_target!(|input: &[u8]| {
    let target = TARGET.get_or_init(|| {
        let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
        Target::named(&name).unwrap_or_else(|| {
            eprintln!("FUZZ_TARGET is \"{name}\", which is no target");
            std::process::exit(2);
        })
    });
    target.run(input);
});
