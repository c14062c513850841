#![doc = include_str!("../README.md")]

mod assets;
mod environment;
mod expression;
mod lexer;
mod nunjucks;
mod reader;
mod render;
mod rewrite;
mod segments;
mod tags;
mod values;

/// What the build script embedded: the templates by name in alphabetical order, the style sheet, the script, the
/// version.
mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

pub use assets::{VERSION, inline_script_hashes, licence, script, stylesheet};
pub use environment::environment;
pub use render::{Error, render};
