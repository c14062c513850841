//! One page as a value: what it shows, where it stands, and which other formats it has. Rendered elsewhere (`shell`).

use minijinja::value::{Serde, Value};
use serde::Serialize;

use crate::{Form, Format, Paging, Picture, Table};

/// Something wrong with one field of a form, in one sentence that makes sense in the summary as well as at the field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The `id` of the input that the summary links to.
    pub field: String,
    /// "Contract end must be after contract start".
    pub message: String,
}

impl FieldError {
    /// A message about the input with this `id`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> FieldError {
        FieldError { field: field.into(), message: message.into() }
    }
}

/// What is said once after something worked, with an optional link, usually an undo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SuccessBanner {
    /// "Contract end changed to 31 March 2027."
    pub text: String,
    /// Words and address of the link.
    pub link: Option<(String, String)>,
}

/// A place in the breadcrumbs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Crumb {
    pub text: String,
    pub href: String,
}

/// How wide a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Reading,
    Standard,
    Wide,
}

/// A page: the same content for people (through its template), for programs (its data) and for spreadsheets (its table).
#[derive(Clone, Debug)]
pub struct Page {
    pub(crate) template: &'static str,
    pub(crate) title: String,
    pub(crate) place: Option<String>,
    pub(crate) section: Option<&'static str>,
    pub(crate) crumbs: Vec<Crumb>,
    pub(crate) back: Option<Crumb>,
    pub(crate) width: Width,
    pub(crate) data: Option<serde_json::Value>,
    pub(crate) extra: Vec<(&'static str, Value)>,
    pub(crate) typed: Option<Form>,
    pub(crate) table: Option<Table>,
    pub(crate) about: Vec<(String, String)>,
    pub(crate) picture: Option<Picture>,
    pub(crate) paging: Option<Paging>,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) banner: Option<SuccessBanner>,
    pub(crate) private: bool,
    pub(crate) gone: bool,
    pub(crate) own_search: bool,
    /// What could not be made into data; becomes an internal problem when the page is rendered.
    pub(crate) failure: Option<String>,
}

impl Page {
    /// A page shown by `template`, headed `title`. The browser's title is "title – place – Commonhold".
    pub fn new(template: &'static str, title: impl Into<String>) -> Page {
        Page {
            template,
            title: title.into(),
            place: None,
            section: None,
            crumbs: Vec::new(),
            back: None,
            width: Width::Standard,
            data: None,
            extra: Vec::new(),
            typed: None,
            table: None,
            about: Vec::new(),
            picture: None,
            paging: None,
            errors: Vec::new(),
            banner: None,
            private: false,
            gone: false,
            own_search: false,
            failure: None,
        }
    }

    /// Whose page this is, such as an organisation's name: it follows the title in the browser's title.
    pub fn place(mut self, text: impl Into<String>) -> Page {
        self.place = Some(text.into());
        self
    }

    /// Which item of the service navigation this page belongs to.
    pub fn section(mut self, id: &'static str) -> Page {
        self.section = Some(id);
        self
    }

    /// Adds a breadcrumb, from Home down; the page itself is not among them.
    pub fn crumb(mut self, text: impl Into<String>, href: impl Into<String>) -> Page {
        self.crumbs.push(Crumb { text: text.into(), href: href.into() });
        self
    }

    /// A back link instead of breadcrumbs: for the steps of a task.
    pub fn back(mut self, text: impl Into<String>, href: impl Into<String>) -> Page {
        self.back = Some(Crumb { text: text.into(), href: href.into() });
        self
    }

    /// As wide as tables need (1,440 px).
    pub fn wide(mut self) -> Page {
        self.width = Width::Wide;
        self
    }

    /// The two-thirds column: text, forms, decisions.
    pub fn reading(mut self) -> Page {
        self.width = Width::Reading;
        self
    }

    /// What the page says, as data: the answer to `.json`, and `data` in the template.
    pub fn data(mut self, data: impl Serialize) -> Page {
        match serde_json::to_value(data) {
            Ok(value) => self.data = Some(value),
            Err(error) => self.failure = Some(format!("data of {}: {error}", self.template)),
        }
        self
    }

    /// The same for a page whose template is told everything by [`Page::extra`]: made only when JSON is what was asked for.
    pub fn data_for<T: Serialize>(mut self, format: Format, make: impl FnOnce() -> T) -> Page {
        if format == Format::Json {
            return self.data(make());
        }
        self.data = Some(serde_json::Value::Null);
        self
    }

    /// A value for the template only, under its own name.
    pub fn extra(mut self, name: &'static str, value: impl Serialize) -> Page {
        let value = Value::from(Serde(value));
        // What cannot be made into a value is one that fails wherever it is used.
        if value.kind() == minijinja::value::ValueKind::Invalid {
            self.failure = Some(format!("{name} of {}: {value}", self.template));
        }
        self.extra.push((name, value));
        self
    }

    /// What was typed, so that a page with mistakes shows it again: `form` in the template.
    pub fn typed(mut self, form: &Form) -> Page {
        self.typed = Some(form.clone());
        self
    }

    /// What `.csv` and `.xlsx` answer. A page without a table has neither.
    pub fn table(mut self, table: Table) -> Page {
        self.table = Some(table);
        self
    }

    /// The same, made only when the format is a file of rows: a page only has to know that there is one.
    pub fn table_for(self, format: Format, make: impl FnOnce() -> Table) -> Page {
        self.table(if format.is_table() { make() } else { Table::default() })
    }

    /// A line of the sheet "About" in the page's workbook: what its numbers cover, who must be named when it is passed on.
    /// Title, address and date stand there anyway.
    pub fn about(mut self, heading: impl Into<String>, text: impl Into<String>) -> Page {
        self.about.push((heading.into(), text.into()));
        self
    }

    /// What `.svg` and `.png` answer: the same rows as the table. A page without a picture has neither.
    pub fn picture(mut self, picture: Picture) -> Page {
        self.picture = Some(picture);
        self
    }

    /// Marks the page as one page of a list: exact total, cursors, `Link` headers.
    pub fn list(mut self, paging: Paging) -> Page {
        self.paging = Some(paging);
        self
    }

    /// What was wrong with a form: error summary, "Error: " before the title, status 422. None is no error at all.
    pub fn errors(mut self, errors: Vec<FieldError>) -> Page {
        self.errors = errors;
        self
    }

    /// Says that something worked.
    pub fn banner(mut self, banner: SuccessBanner) -> Page {
        self.banner = Some(banner);
        self
    }

    /// Never kept by any cache, the reader's own browser included.
    pub fn private(mut self) -> Page {
        self.private = true;
        self
    }

    /// What stood at this address is over: a link that was used, or is too old. The status is 410, and programs get a problem
    /// whose title is the page's.
    pub fn gone(mut self) -> Page {
        self.gone = true;
        self
    }

    /// The page has its own large search box, so the navigation shows none (home, results).
    pub fn own_search(mut self) -> Page {
        self.own_search = true;
        self
    }
}
