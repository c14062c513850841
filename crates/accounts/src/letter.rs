//! A letter: what a message to somebody says, as plain values, and how that becomes text and HTML.
//!
//! Both come from the same blocks, so neither says what the other does not. Words pass through `web::say!` where a letter
//! is made. It has no images, no attachments, and nothing that tells the sender that it was read.

use std::sync::LazyLock;

use jiff::SignedDuration;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

/// What a message says, and for how long it is of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// What it is about, in one line.
    pub subject: String,
    /// What it says.
    pub blocks: Vec<Block>,
    /// How long sending it makes sense: a link until it is too old, news for a few days.
    pub useful_for: SignedDuration,
    /// Where it can be stopped, for what comes again and again: an address of this copy.
    pub unsubscribe: Option<String>,
}

/// A part of a letter. Addresses are whole, beginning with how this copy is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// Sentences.
    Paragraph {
        /// The sentences.
        text: String,
    },
    /// The one thing to open. As text its address alone, on a line of its own.
    Button {
        /// What opening it does: "Sign in".
        text: String,
        /// The address.
        href: String,
    },
    /// A way to more.
    Link {
        /// What is there.
        text: String,
        /// The address.
        href: String,
    },
    /// One of several things that a letter lists.
    Entry {
        /// Its name, with what matters most of it.
        title: String,
        /// More of it.
        lines: Vec<String>,
        /// Where it is.
        href: Option<String>,
    },
}

impl Block {
    /// Sentences.
    pub fn paragraph(text: impl Into<String>) -> Block {
        Block::Paragraph { text: text.into() }
    }

    /// The one thing to open.
    pub fn button(text: impl Into<String>, href: impl Into<String>) -> Block {
        Block::Button { text: text.into(), href: href.into() }
    }

    /// A way to more.
    pub fn link(text: impl Into<String>, href: impl Into<String>) -> Block {
        Block::Link { text: text.into(), href: href.into() }
    }
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    // Their names decide what is escaped: everything in HTML, nothing in text.
    environment.set_auto_escape_callback(|name| match name {
        "letter.html" => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    environment
});

impl Letter {
    /// The letter as plain text, its lines ended by line feeds.
    ///
    /// # Errors
    /// When the template fails, which would be a mistake in the program.
    pub(crate) fn text(&self) -> Result<String, minijinja::Error> {
        self.render("text.txt", include_str!("../templates/letter/text.txt"))
    }

    /// The letter as HTML.
    ///
    /// # Errors
    /// When the template fails, which would be a mistake in the program.
    pub(crate) fn html(&self) -> Result<String, minijinja::Error> {
        self.render("letter.html", include_str!("../templates/letter/letter.html"))
    }

    fn render(&self, name: &str, source: &str) -> Result<String, minijinja::Error> {
        let told = context! { subject => &self.subject, blocks => Value::from(Serde(&self.blocks)), language => "en" };
        let text = TEMPLATES.render_named_str(name, source, told)?;
        Ok(text.trim().to_owned() + "\n")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn letter() -> Letter {
        Letter {
            subject: "2 dates at <Ashmere> & others".to_owned(),
            blocks: vec![
                Block::paragraph("Dates of \"Ashmere\" <b>soon</b>."),
                Block::button("Sign in", "https://commonhold.example/sign-in/abc"),
                Block::Entry {
                    title: "31 March 2027: Bins & more".to_owned(),
                    lines: vec!["Fennel; <end>".to_owned(), "second".to_owned()],
                    href: Some("https://commonhold.example/contracts/1?a=1&b=2".to_owned()),
                },
                Block::link("All dates", "https://commonhold.example/contracts"),
            ],
            useful_for: SignedDuration::from_hours(1),
            unsubscribe: None,
        }
    }

    #[test]
    fn text_has_blocks_apart_and_each_address_whole() {
        assert_eq!(
            letter().text().unwrap(),
            "Dates of \"Ashmere\" <b>soon</b>.\n\nhttps://commonhold.example/sign-in/abc\n\n31 March 2027: Bins & more\n  Fennel; <end>\n  second\n  https://commonhold.example/contracts/1?a=1&b=2\n\nAll dates: https://commonhold.example/contracts\n"
        );
    }

    #[test]
    fn html_escapes_everything_and_loads_nothing() {
        let html = letter().html().unwrap();
        assert!(html.contains("&lt;b&gt;soon&lt;&#x2f;b&gt;"), "{html}");
        assert!(html.contains("Bins &amp; more</a></h2>"), "{html}");
        for loads in ["<img", "src=", "style", "<script", "<link", "url(", "<table"] {
            assert!(!html.contains(loads), "{loads}: {html}");
        }
    }

    #[test]
    fn both_forms_say_the_same() {
        let html = letter().html().unwrap();
        let plain = scraper_free_text(&html);
        for word in letter().text().unwrap().split_whitespace() {
            assert!(plain.contains(word.trim_end_matches(':')) || html.contains(&escaped(word)), "{word}: {plain}");
        }
    }

    /// The text between tags, with entities read.
    fn scraper_free_text(html: &str) -> String {
        let mut text = String::new();
        let mut within = false;
        for c in html.chars() {
            match c {
                '<' => within = true,
                '>' => within = false,
                c if !within => text.push(c),
                _ => {}
            }
        }
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#x2f;", "/")
            .replace("&amp;", "&")
    }

    fn escaped(word: &str) -> String {
        word.replace('&', "&amp;").replace('/', "&#x2f;")
    }
}
