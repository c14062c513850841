//! The option that names a folder with an operator's own texts, and reading them.

use std::path::PathBuf;

use clap::Args;
use policies::{NotTexts, Policy, TextProblem, Texts, Words};

use super::counted;
use crate::stopped::{Place, Stopped, sentence};

/// Where an operator's own texts are.
#[derive(Debug, Args)]
pub(super) struct OwnTexts {
    /// A folder with your own texts in Markdown, in place of those that the program makes: privacy.md, cookies.md,
    /// accessibility.md, terms.md, as many of them as you like
    #[arg(long, env = "COMMONHOLD_TEXTS", value_name = "DIR")]
    texts: Option<PathBuf>,
}

impl OwnTexts {
    /// Reads and checks them.
    pub(super) fn read(&self, words: &Words) -> Result<Texts, Stopped> {
        let Some(folder) = &self.texts else { return Ok(Texts::default()) };
        let shown = folder.display();
        Texts::read(folder, words).map_err(|refused| match refused {
            NotTexts::Unread { .. } => Stopped::out_of_reach(format!("The folder of texts {shown}: {refused}."))
                .next("Name another folder with --texts, or leave it out: then the program's own texts stand."),
            NotTexts::Unknown(_) => Stopped::wrong_use(format!("In the folder of texts {shown}: {refused}."))
                .next("Rename them, or take them away."),
            NotTexts::Problems(problems) => {
                let count = counted(problems.len(), "problem", "problems");
                let mut stopped = Stopped::wrong_use(format!("The texts in {shown} have {count}."))
                    .next("Correct them, and start again. What a text may hold: docs/operate/texts.md");
                stopped.problems = problems.into_iter().map(place).collect();
                stopped
            }
        })
    }
}

fn place(problem: TextProblem) -> Place {
    let TextProblem { file, line, message } = problem;
    Place { file: Some(file), line, column: None, message: sentence(&message) }
}

/// Which pages have texts of their own, as their addresses say.
pub(super) fn pages(texts: &Texts) -> Vec<&'static str> {
    texts.pages().into_iter().map(Policy::word).collect()
}
