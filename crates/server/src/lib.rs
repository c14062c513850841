//! The one program, `commonhold`: it lists the subjects, puts them together, and is used from a command line.
//!
//! | Module | What it is for |
//! |---|---|
//! | `slices` | the list of subjects: what the product is made of |
//! | [`app`](mod@app) | store, templates, routes and pages put together |
//! | [`command`] | the command line: one file for each command |
//! | [`demonstration`] | the fictional county, embedded, brought in by the real importer |
//! | [`import`] | files of organisations, people and estates, for commands and the demonstration |
//! | [`doctor`] | whether everything stored agrees with itself |
//! | [`backups`] | taking backups, also before tables are changed |
//! | [`scheduled`] | backups that take and prove themselves |
//! | `replicas` | which requests may read from replicas, and how those stand |
//! | `restoring` | restoring one, without what must not come back |
//! | [`erasures`] | the journal of what was erased, beside the backups |
//! | [`leaving`] | an organisation that leaves with what is its own, and comes somewhere else |
//! | `folder` | the folder of data: what is in it and who may use it |
//! | `serving` | listening, signals |
//! | `jobs` | running the jobs of all subjects meanwhile |
//! | `kept` | what is kept about people, of every subject: for the privacy notice |
//! | [`watching`] | measures for Prometheus, on a port of their own |
//! | `traces` | what requests and jobs did, sent to a collector, in a build with the feature `otel` |
//! | [`stopped`] | why a command did not do what was asked, and its exit code |
//! | `console` | results as text or JSON, progress bars |
//!
//! It is a library too, so that tests, benchmarks and chores can build the application in their own process. It decides
//! nothing about any subject.

pub mod app;
pub mod backups;
pub mod command;
mod console;
pub mod demonstration;
pub mod doctor;
pub mod erasures;
mod folder;
pub mod import;
mod jobs;
mod kept;
pub mod leaving;
mod logging;
mod replicas;
mod restoring;
pub mod scheduled;
mod serving;
mod slices;
pub mod stopped;
mod traces;
pub mod watching;

/// Answers over many estates are made of many small texts: most of what the system's own allocator costs is saved.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub use app::{Product, app};
pub use command::run;
pub use jobs::JobMeasures;
pub use kept::kept;
pub use slices::{about_people, belongings, migrations, secrets, slices};
pub use traces::TraceMeasures;
