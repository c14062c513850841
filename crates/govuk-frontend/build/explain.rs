//! What a person reads when the package cannot be fetched or the style sheet cannot be compiled.
//!
//! Apart from the build script so that its words can be tested; it runs nothing itself.

/// Why the build stopped.
#[derive(Debug)]
pub enum Failure {
    /// The program is not on the `PATH`.
    ProgramMissing {
        /// The program's name, `npm` or `node`.
        program: String,
    },
    /// `npm ci` ran and did not succeed; most often the package registry cannot be reached.
    PackagesNotInstalled {
        /// What npm printed.
        output: String,
    },
    /// Node ran and did not succeed.
    NodeFailed {
        /// What Node was doing, as a phrase that follows "Node.js was".
        doing: &'static str,
        /// What Node printed.
        output: String,
    },
    /// A file could not be read or written.
    File {
        /// What was being done, with the path.
        doing: String,
        /// The operating system's reason.
        reason: String,
    },
}

const WHY: &str = "The crate govuk-frontend embeds the templates, styles and scripts of the npm package of the same name, \
    so building it for the first time needs Node.js 20.19 or newer, npm, and the npm package registry. \
    Later builds need only Node.js, and only when the styles change. Nothing of this is needed to run the program.";

/// The whole message: what happened, why it is needed, what to do next.
pub fn explain(failure: &Failure) -> String {
    let (happened, next) = match failure {
        Failure::ProgramMissing { program } => (
            format!("The program `{program}` was not found."),
            format!(
                "Install Node.js 20.19 or newer, which brings npm, check that `{program} --version` answers, and build again."
            ),
        ),
        Failure::PackagesNotInstalled { output } => (
            format!("`npm ci` could not install the packages. It said:\n\n{}", indented(output)),
            "If it speaks of the network (ENOTFOUND, ETIMEDOUT, ECONNREFUSED, ENOTCACHED), connect, or set npm's proxy \
             or registry (`npm config set proxy ...`, `npm config set registry ...`), and build again. Without any network, \
             copy the folder `govuk-frontend` out of the target folder of a machine where the build succeeded into this one."
                .to_owned(),
        ),
        Failure::NodeFailed { doing, output } => (
            format!("Node.js was {doing} and failed. It said:\n\n{}", indented(output)),
            "Check that `node --version` answers 20.19 or newer. If it does, remove the folder `govuk-frontend` in the \
             target folder, so that the packages are installed afresh, and build again."
                .to_owned(),
        ),
        Failure::File { doing, reason } => (
            format!("{doing} was not possible: {reason}."),
            "Check that the target folder can be written and that the disk is not full, and build again.".to_owned(),
        ),
    };
    format!("{happened}\n\nWhy this is needed: {WHY}\n\nWhat to do: {next}")
}

fn indented(output: &str) -> String {
    let lines: Vec<String> =
        output.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(|line| format!("    {line}")).collect();
    if lines.is_empty() { "    (nothing)".to_owned() } else { lines.join("\n") }
}
