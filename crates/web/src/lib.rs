//! What stands between a subject and a browser: page shell, representations, problems and the rules of a request.
//!
//! It knows no subject, no store and no person beyond [`vocabulary::Reader`]. The map:
//!
//! * going in: [`Visit`], [`Parameters`], [`Form`], [`Upload`], [`Cursor`];
//! * coming out: [`Outcome`], [`Answer`], [`Page`], [`Table`], [`Picture`], [`File`], [`Problem`];
//! * who asks: [`Asking`], [`SeeAs`];
//! * what a slice lists: [`Routes`], [`Endpoint`], [`Word`], [`Template`], [`NavigationItem`], [`SamplePage`];
//! * the whole: [`Site`], [`app`], [`serve`], [`Shell`];
//! * watching it: [`Measures`], [`TraceParent`];
//! * files: [`workbook`];
//! * what is told of cookies: [`DeclaredCookie`];
//! * text: [`say!`], [`translate`], [`Catalogue`], [`untranslated_text`].
//!
//! A handler returns a [`Page`] or a [`Problem`] as plain values. They travel in the response's extensions to the
//! outermost layer (`front`), which alone knows format, language, reader and templates, and writes them as page, JSON,
//! CSV, workbook or problem JSON.
#![doc = include_str!("../README.md")]

mod address;
mod answer;
mod asking;
mod assets;
mod client;
mod context;
mod cookie;
mod cursor;
mod declared;
mod form;
mod format;
mod front;
mod headers;
mod language;
mod load;
mod measures;
mod number;
mod origin;
mod pace;
mod page;
mod parameters;
mod picture;
mod problem;
mod quota;
mod render;
mod routes;
mod serve;
mod shell;
mod site;
mod table;
mod templates;
mod traces;
mod untranslated;
mod upload;
mod visit;
pub mod workbook;

pub use answer::{Answer, File, Outcome};
pub use asking::{Asking, SeeAs};
pub use client::{Client, TrustedProxies};
pub use cookie::DeclaredCookie;
pub use cursor::{Cursor, CursorValue, Direction, Paging};
pub use declared::{Access, Endpoint, Shape, Word, word};
pub use form::{FORM_LIMIT, Form};
pub use format::Format;
pub use front::app;
pub use language::{Catalogue, Language, Said, say_count, say_plural, say_text, translate};
pub use load::Capacity;
pub use measures::Measures;
pub use number::{say_date, say_period};
pub use pace::Pace;
pub use page::{FieldError, Page, SuccessBanner};
pub use parameters::Parameters;
pub use picture::Picture;
pub use problem::Problem;
pub use routes::Routes;
pub use serve::{Connections, serve};
pub use shell::{Shell, TemplateError};
pub use site::{
    Answered, Health, Limits, Listener, Moved, NavigationItem, PersonalItem, SamplePage, Script, Site, Template, Who,
};
pub use table::{Cell, Table, safe_csv_cell};
pub use traces::{Follow, TraceParent};
pub use untranslated::untranslated_text;
pub use upload::{UPLOAD_LIMIT, Upload, UploadedFile};
pub use visit::Visit;
