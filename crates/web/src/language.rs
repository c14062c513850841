//! One translation function for every text that people read. English is the source: its sentences are the keys.
//!
//! It holds no catalogue of its own. A language is added as data, and a text without a translation shows in English.

use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc};

use vocabulary::Money;

use crate::{context, number::grouped};

/// A language as data: for each English text its translation, in as many forms as the language has for counts.
#[derive(Clone)]
pub struct Catalogue {
    /// The language's code (BCP 47), which is also its place in addresses: `cy` for `/cy/…`.
    pub code: String,
    /// By English text (for counted texts the one for many): the forms.
    pub entries: BTreeMap<String, Vec<String>>,
    /// Which form a count takes.
    pub form_of: fn(u64) -> usize,
    /// For texts without an entry, instead of English. Only the pseudo-language has it.
    otherwise: Option<fn(&str) -> String>,
}

impl Catalogue {
    /// A language with these entries; `form_of` picks among forms by count.
    pub fn new(
        code: impl Into<String>,
        entries: BTreeMap<String, Vec<String>>,
        form_of: fn(u64) -> usize,
    ) -> Catalogue {
        Catalogue { code: code.into(), entries, form_of, otherwise: None }
    }

    /// A language for tests: every text that passes through translation comes out in `⟦…⟧`, so that on a page in it
    /// whatever stands outside brackets was not translated.
    pub fn pseudo(code: impl Into<String>) -> Catalogue {
        let otherwise: fn(&str) -> String = |text| format!("⟦{text}⟧");
        Catalogue { code: code.into(), entries: BTreeMap::new(), form_of: |_| 0, otherwise: Some(otherwise) }
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Catalogue({}, {} entries)", self.code, self.entries.len())
    }
}

/// The language of a request. The default is English.
#[derive(Clone, Debug, Default)]
pub struct Language(Option<Arc<Catalogue>>);

impl Language {
    /// The language of a catalogue.
    pub fn of(catalogue: Catalogue) -> Language {
        Language(Some(Arc::new(catalogue)))
    }

    /// The code for `lang` attributes.
    pub fn code(&self) -> &str {
        self.0.as_ref().map_or("en", |catalogue| catalogue.code.as_str())
    }

    /// The text, or pattern, that stands for an English one.
    fn pattern<'a>(&'a self, key: &'a str, count: Option<u64>) -> Cow<'a, str> {
        let Some(catalogue) = &self.0 else {
            return Cow::Borrowed(key);
        };
        let forms = catalogue.entries.get(key).map(Vec::as_slice).unwrap_or_default();
        let form = count.map_or(0, catalogue.form_of);
        match (forms.get(form).or(forms.last()), catalogue.otherwise) {
            (Some(text), _) => Cow::Borrowed(text),
            (None, Some(otherwise)) => Cow::Owned(otherwise(key)),
            (None, None) => Cow::Borrowed(key),
        }
    }
}

/// The text that stands for the English `key` in `language`, with `{name}` replaced by the argument of that name.
pub fn translate(language: &Language, key: &str, args: &[(&str, String)]) -> String {
    fill(&language.pattern(key, None), args)
}

/// The text for a count: English `one` when it is 1 and `many` otherwise; `{count}` is always among the arguments.
pub fn say_plural(language: &Language, one: &str, many: &str, count: u64, args: &[(&str, String)]) -> String {
    let key = if language.0.is_none() && count == 1 { one } else { many };
    let mut args = args.to_vec();
    if !args.iter().any(|(name, _)| *name == "count") {
        args.push(("count", grouped(i128::from(count))));
    }
    fill(&language.pattern(key, Some(count)), &args)
}

/// What [`crate::say!`] calls: [`translate`] in the language of the request being answered.
pub fn say_text(key: &str, args: &[(&str, String)]) -> String {
    translate(&context::language(), key, args)
}

/// What [`crate::say_n!`] calls: [`say_plural`] in the language of the request being answered.
pub fn say_count(one: &str, many: &str, count: u64, args: &[(&str, String)]) -> String {
    say_plural(&context::language(), one, many, count, args)
}

/// Replaces `{name}`. What an argument contains is never looked at again, and an unknown name stays as it is.
fn fill(pattern: &str, args: &[(&str, String)]) -> String {
    let mut text = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let found = after
            .split_once('}')
            .and_then(|(name, tail)| args.iter().find(|(known, _)| *known == name).map(|(_, value)| (value, tail)));
        match found {
            Some((value, tail)) => {
                text.push_str(value);
                rest = tail;
            }
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// A value as it stands within a sentence: whole numbers with commas, everything else as it is.
pub trait Said {
    /// The value in words.
    fn said(&self) -> String;
}

macro_rules! said {
    ($($kind:ty),+ => $how:expr) => { $(impl Said for $kind {
        fn said(&self) -> String { ($how)(self) }
    })+ };
}
said!(u8, u16, u32, u64, i8, i16, i32, i64 => |number: &_| grouped(i128::from(*number)));
said!(usize => |number: &usize| grouped(i128::try_from(*number).unwrap_or(i128::MAX)));
said!(str, String, Cow<'_, str>, char, Money, vocabulary::OrganisationId, vocabulary::Role => ToString::to_string);

impl<T: Said + ?Sized> Said for &T {
    fn said(&self) -> String {
        (**self).said()
    }
}

/// A text that people read, in the language of the request: `say!("Nothing found for {query}", query = q)`.
#[macro_export]
macro_rules! say {
    ($key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::say_text($key, &[$((stringify!($name), $crate::Said::said(&$value))),*])
    };
}

/// A counted text in the language of the request: `say_n!("1 system", "{count} systems", n)`, where `n` is a `u64`.
#[macro_export]
macro_rules! say_n {
    ($one:expr, $many:expr, $count:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::say_count($one, $many, $count, &[$((stringify!($name), $crate::Said::said(&$value))),*])
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn welsh() -> Language {
        let entries = [
            ("Page not found", vec!["Heb ddod o hyd i'r dudalen"]),
            ("{count} cats", vec!["{count} cath", "{count} gath", "{count} cath fawr"]),
        ];
        let entries = entries.map(|(key, forms)| (key.to_owned(), forms.into_iter().map(str::to_owned).collect()));
        Language::of(Catalogue::new("cy", BTreeMap::from(entries), |count| match count {
            1 => 0,
            2 => 1,
            _ => 2,
        }))
    }

    #[test]
    fn english_is_its_own_translation() {
        assert_eq!(
            say!("{count} systems at {place}", count = 12_500_u32, place = "Ashmere"),
            "12,500 systems at Ashmere"
        );
        assert_eq!(say!("an argument {a}", a = "{b}{a}"), "an argument {b}{a}");
        assert_eq!(say!("open { and {unknown}"), "open { and {unknown}");
        let english = Language::default();
        assert_eq!(say_plural(&english, "1 cat", "{count} cats", 1, &[]), "1 cat");
        assert_eq!(say_plural(&english, "1 cat", "{count} cats", 0, &[]), "0 cats");
    }

    #[test]
    fn a_catalogue_replaces_what_it_knows_and_leaves_the_rest_english() {
        assert_eq!(translate(&welsh(), "Page not found", &[]), "Heb ddod o hyd i'r dudalen");
        assert_eq!(translate(&welsh(), "Unknown", &[]), "Unknown");
        assert_eq!(say_plural(&welsh(), "1 cat", "{count} cats", 2, &[]), "2 gath");
        assert_eq!(say_plural(&welsh(), "1 cat", "{count} cats", 1, &[]), "1 cath");
        let pseudo = Language::of(Catalogue::pseudo("zz"));
        assert_eq!(context::within_now(pseudo, || say!("Hello {name}", name = "you")), "⟦Hello you⟧");
    }
}
