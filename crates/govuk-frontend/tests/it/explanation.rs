//! What the build script says when it cannot go on.

#[path = "../../build/explain.rs"]
mod explain;

use explain::{Failure, explain};

#[test]
fn a_missing_program_is_named_with_the_reason_and_the_next_step() {
    let message = explain(&Failure::ProgramMissing { program: "npm".to_owned() });
    assert!(message.starts_with("The program `npm` was not found."));
    assert!(message.contains("embeds the templates, styles and scripts of the npm package"));
    assert!(message.contains("Install Node.js 20.19 or newer"));
    assert!(message.contains("`npm --version`"));
}

#[test]
fn an_unreachable_registry_is_explained_with_what_npm_said() {
    let output = "npm error code ENOTFOUND  \n\nnpm error network\n".to_owned();
    let message = explain(&Failure::PackagesNotInstalled { output });
    assert!(message.contains("It said:\n\n    npm error code ENOTFOUND\n    npm error network\n"));
    assert!(message.contains("connect, or set npm's proxy"));
    assert!(message.contains("copy the folder `govuk-frontend`"));
}

#[test]
fn a_failing_node_says_what_it_was_doing() {
    let message = explain(&Failure::NodeFailed { doing: "compiling the style sheet", output: String::new() });
    assert!(message.starts_with("Node.js was compiling the style sheet and failed. It said:\n\n    (nothing)"));
    assert!(message.contains("Check that `node --version`"));
}

#[test]
fn a_file_that_cannot_be_written_is_named_with_the_reason() {
    let message = explain(&Failure::File { doing: "Writing a.css".to_owned(), reason: "disk full".to_owned() });
    assert!(message.starts_with("Writing a.css was not possible: disk full."));
}
