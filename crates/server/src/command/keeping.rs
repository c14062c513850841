//! Options that say how long things are kept.

use clap::Args;
use vocabulary::{Days, Retention};

/// How long what nobody needs any more is kept.
#[derive(Debug, Args)]
#[command(next_help_heading = "How long things are kept")]
pub(super) struct Keeping {
    /// Days for which jobs that ended are kept, and the note that a message was sent; neither names anybody
    #[arg(long, env = "COMMONHOLD_KEEP_JOBS", value_name = "DAYS", default_value_t = Retention::default().jobs)]
    keep_jobs: Days,
    /// Days after which an uploaded file that nobody applied is put aside and deleted
    #[arg(long, env = "COMMONHOLD_KEEP_UPLOADS", value_name = "DAYS", default_value_t = Retention::default().uploads)]
    keep_uploads: Days,
    /// Days for which it is kept who read what of an estate
    #[arg(long, env = "COMMONHOLD_KEEP_READINGS", value_name = "DAYS", default_value_t = Retention::default().readings)]
    keep_readings: Days,
    /// Days for which an organisation's leaving can be taken back after it was confirmed; then everything of it is erased
    #[arg(long, env = "COMMONHOLD_LEAVE_AFTER", value_name = "DAYS", default_value_t = Retention::default().leaving)]
    leave_after: Days,
}

impl Keeping {
    /// The periods as the subjects take them.
    pub(super) fn retention(&self) -> Retention {
        Retention {
            jobs: self.keep_jobs,
            uploads: self.keep_uploads,
            readings: self.keep_readings,
            leaving: self.leave_after,
        }
    }
}
