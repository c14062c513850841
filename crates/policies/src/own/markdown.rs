//! Markdown (CommonMark, and tables) as HTML in the classes of GOV.UK Frontend: headings from the second level, since the
//! first is the page's own; tables within regions that scroll by themselves.
//!
//! Raw HTML, pictures, odd links and headings out of order are refused: what cannot be shown to everybody, or could do harm,
//! does not come onto a page by being overlooked. Every character of the text is escaped.

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{Alignment, Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeWithOffset};

use super::address::checked;
use super::{Part, Words};

/// What became of a text.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) title: Option<String>,
    pub(super) parts: Vec<Part>,
}

/// Each problem with its line.
type Problems = Vec<(u64, String)>;

const PLACEHOLDERS: &str = "{name}, {contact}, {address}, and alone on a line {cookies} or {kept}";

pub(super) fn written(text: &str, words: &Words) -> Result<Written, Problems> {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter();
    let mut writer = Writer::new(text, words);
    for (event, place) in TextMergeWithOffset::new(events) {
        writer.event(event, place);
    }
    writer.finish();
    match writer.problems.is_empty() {
        true => Ok(Written { title: writer.title, parts: writer.parts }),
        false => Err(writer.problems),
    }
}

struct Writer<'t> {
    text: &'t str,
    words: &'t Words,
    problems: Problems,
    parts: Vec<Part>,
    /// The part that is being written.
    html: String,
    title: Option<String>,
    /// Blocks begun so far: the title is the first of all.
    blocks: usize,
    /// Lists and quotations around this place.
    depth: usize,
    /// The level of the last heading.
    level: usize,
    heading: Option<Heading>,
    /// Words of the last heading, which name a table beneath it, and how many tables are beneath it.
    beneath: (String, usize),
    ids: BTreeSet<String>,
    table: Option<Table>,
    tables: usize,
    /// Where a link began, and how many letters were shown then.
    link: Option<(usize, usize)>,
    /// Letters shown so far.
    shown: usize,
    /// Up to where nothing is shown: it was refused, or has become a part of its own.
    passed_over: Option<TagEnd>,
}

struct Heading {
    level: usize,
    at: usize,
    words: String,
    html: String,
}

struct Table {
    columns: Vec<Alignment>,
    column: usize,
    head: bool,
    at: usize,
    shown: usize,
}

impl<'t> Writer<'t> {
    fn new(text: &'t str, words: &'t Words) -> Writer<'t> {
        Writer {
            text,
            words,
            problems: Vec::new(),
            parts: Vec::new(),
            html: String::new(),
            title: None,
            blocks: 0,
            depth: 0,
            level: 1,
            heading: None,
            beneath: (String::new(), 0),
            // Those of the page around it.
            ids: ["main-content", "site-search"].map(str::to_owned).into(),
            table: None,
            tables: 0,
            link: None,
            shown: 0,
            passed_over: None,
        }
    }

    fn problem(&mut self, at: usize, message: impl Into<String>) {
        let line = 1 + self.text.get(..at).unwrap_or_default().matches('\n').count();
        self.problems.push((line as u64, message.into()));
    }

    fn put(&mut self, html: &str) {
        match &mut self.heading {
            Some(heading) => heading.html.push_str(html),
            None => self.html.push_str(html),
        }
    }

    fn event(&mut self, event: Event<'_>, place: Range<usize>) {
        if let Some(until) = self.passed_over {
            if event == Event::End(until) {
                self.passed_over = None;
            }
            return;
        }
        match event {
            Event::Start(tag) => self.start(tag, &place),
            Event::End(end) => self.end(end),
            Event::Text(text) => self.words(&text, place.start, true),
            Event::Code(text) => {
                self.put("<code>");
                self.words(&text, place.start, false);
                self.put("</code>");
            }
            Event::Html(html) | Event::InlineHtml(html) => self.raw(&html, place.start),
            Event::SoftBreak => self.put("\n"),
            Event::HardBreak => self.put("<br>"),
            Event::Rule => {
                self.blocks += 1;
                self.put("<hr class=\"govuk-section-break govuk-section-break--l govuk-section-break--visible\">\n");
            }
            // Not asked for, so not sent.
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn raw(&mut self, html: &str, at: usize) {
        let first = html.lines().next().unwrap_or_default().trim();
        let first: String = first.chars().take(40).collect();
        self.problem(
            at,
            format!("raw HTML is not taken: \"{first}\"; write it in Markdown, or &lt; where a \"<\" is meant"),
        );
    }

    fn start(&mut self, tag: Tag<'_>, place: &Range<usize>) {
        let at = place.start;
        match tag {
            Tag::Paragraph => {
                self.blocks += 1;
                let alone = self.text.get(place.clone()).unwrap_or_default().trim();
                let part = match alone {
                    "{cookies}" => Some(Part::Cookies),
                    "{kept}" => Some(Part::Kept),
                    _ => None,
                };
                match part {
                    Some(part) if self.depth == 0 => self.part(part),
                    _ => self.put("<p class=\"govuk-body ch-wrap\">"),
                }
            }
            Tag::Heading { level, .. } => {
                let heading = Heading { level: number(level), at, words: String::new(), html: String::new() };
                if self.depth > 0 {
                    self.problem(at, "a heading stands within a list or quotation; take it out of that");
                }
                self.heading = Some(heading);
            }
            Tag::BlockQuote(_) => {
                self.blocks += 1;
                self.depth += 1;
                self.put("<blockquote class=\"govuk-inset-text govuk-!-margin-left-0 govuk-!-margin-right-0\">\n");
            }
            Tag::CodeBlock(_) => {
                self.blocks += 1;
                self.problem(at, "indented by four spaces, or between lines of ```, text is program code, which these pages do not show; move it to the left, or take the lines away");
                self.passed_over = Some(TagEnd::CodeBlock);
            }
            Tag::HtmlBlock => {
                let html = self.text.get(place.clone()).unwrap_or_default().to_owned();
                self.raw(&html, at);
                self.passed_over = Some(TagEnd::HtmlBlock);
            }
            Tag::List(first) => {
                self.blocks += 1;
                self.depth += 1;
                match first {
                    None => self.put("<ul class=\"govuk-list govuk-list--bullet\">\n"),
                    Some(1) => self.put("<ol class=\"govuk-list govuk-list--number\">\n"),
                    Some(first) => {
                        self.put(&format!("<ol class=\"govuk-list govuk-list--number\" start=\"{first}\">\n"))
                    }
                }
            }
            Tag::Item => self.put("<li class=\"ch-wrap\">"),
            Tag::Table(columns) => self.table(columns, at),
            Tag::TableHead => self.put("<thead class=\"govuk-table__head\"><tr class=\"govuk-table__row\">"),
            Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.column = 0;
                }
                self.put("<tr class=\"govuk-table__row\">");
            }
            Tag::TableCell => self.cell(at),
            Tag::Emphasis => self.put("<em>"),
            Tag::Strong => self.put("<strong>"),
            Tag::Link { dest_url, .. } => self.link(&dest_url, at),
            Tag::Image { .. } => {
                self.problem(at, "pictures are not shown on these pages; say it in words, or link to it");
                self.passed_over = Some(TagEnd::Image);
            }
            // Not asked for, so not sent.
            Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::MetadataBlock(_) => {}
        }
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Paragraph => self.put("</p>\n"),
            TagEnd::Heading(_) => self.headed(),
            TagEnd::BlockQuote(_) => {
                self.depth = self.depth.saturating_sub(1);
                self.put("</blockquote>\n");
            }
            TagEnd::List(ordered) => {
                self.depth = self.depth.saturating_sub(1);
                self.put(if ordered { "</ol>\n" } else { "</ul>\n" });
            }
            TagEnd::Item => self.put("</li>\n"),
            TagEnd::Table => {
                self.table = None;
                self.put("</tbody></table></div>\n");
            }
            TagEnd::TableHead => {
                if let Some(table) = &mut self.table {
                    table.head = false;
                }
                self.put("</tr></thead>\n<tbody class=\"govuk-table__body\">\n");
            }
            TagEnd::TableRow => self.put("</tr>\n"),
            TagEnd::TableCell => self.cell_ends(),
            TagEnd::Emphasis => self.put("</em>"),
            TagEnd::Strong => self.put("</strong>"),
            TagEnd::Link => {
                self.put("</a>");
                if let Some((at, shown)) = self.link.take()
                    && shown == self.shown
                {
                    self.problem(at, "a link has no words; write what is there between the square brackets");
                }
            }
            TagEnd::CodeBlock
            | TagEnd::HtmlBlock
            | TagEnd::Image
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::MetadataBlock(_) => {}
        }
    }

    /// A part that is no HTML of ours: what was written before it is a part of its own.
    fn part(&mut self, part: Part) {
        self.finish();
        self.parts.push(part);
        self.passed_over = Some(TagEnd::Paragraph);
    }

    fn finish(&mut self) {
        let html = std::mem::take(&mut self.html);
        if !html.trim().is_empty() {
            self.parts.push(Part::Html { html });
        }
    }

    fn headed(&mut self) {
        let Some(Heading { level, at, words, html }) = self.heading.take() else { return };
        let first = self.blocks == 0;
        self.blocks += 1;
        if words.trim().is_empty() {
            return self.problem(at, "a heading has no words; write some, or take the # away");
        }
        match level {
            1 if first => {
                self.title = Some(words.trim().to_owned());
                self.beneath = (words, 0);
                return;
            }
            1 => return self.problem(at, "a page has one heading of the first level, at its top; write ## here"),
            5.. => return self.problem(at, "headings go down to the fourth level, ####; write fewer #"),
            _ if level > self.level + 1 => {
                let (wanted, written) = ("#".repeat(self.level + 1), "#".repeat(level));
                return self
                    .problem(at, format!("a heading leaves out a level; write {wanted} where {written} stands"));
            }
            _ => {}
        }
        self.level = level;
        let id = self.id(&words);
        let size = if level == 2 { "m" } else { "s" };
        self.put(&format!("<h{level} class=\"govuk-heading-{size} ch-wrap\" id=\"{id}\">{html}</h{level}>\n"));
        self.beneath = (words, 0);
    }

    /// An id made from words, so that a link can lead to a heading.
    fn id(&mut self, words: &str) -> String {
        let mut base = String::new();
        for c in words.to_lowercase().chars() {
            match c {
                c if c.is_ascii_alphanumeric() => base.push(c),
                _ if !base.is_empty() && !base.ends_with('-') => base.push('-'),
                _ => {}
            }
        }
        let base = base.trim_end_matches('-');
        let base = if base.is_empty() { "section" } else { base };
        let mut id = base.to_owned();
        let mut number = 1;
        while !self.ids.insert(id.clone()) {
            number += 1;
            id = format!("{base}-{number}");
        }
        id
    }

    /// A table is named by the heading above it.
    fn table(&mut self, columns: Vec<Alignment>, at: usize) {
        self.blocks += 1;
        if self.depth > 0 {
            self.problem(at, "a table stands within a list or quotation; take it out of that");
        }
        self.tables += 1;
        self.beneath.1 += 1;
        let (heading, number) = (escaped(self.beneath.0.trim()), self.beneath.1);
        if heading.is_empty() {
            self.problem(at, "nothing says what this table is about; write a heading above it");
        }
        let caption = if number == 1 { heading } else { format!("{heading} ({number})") };
        let id = self.id(&format!("table {}", self.tables));
        self.put(&format!(
            "<div class=\"ch-scroll\" role=\"region\" aria-labelledby=\"{id}\" tabindex=\"0\">\
             <table class=\"govuk-table\"><caption class=\"govuk-visually-hidden\" id=\"{id}\">{caption}</caption>\n"
        ));
        self.table = Some(Table { columns, column: 0, head: true, at, shown: 0 });
    }

    fn cell(&mut self, at: usize) {
        let shown = self.shown;
        let Some(table) = &mut self.table else { return };
        (table.at, table.shown) = (at, shown);
        let right = table.columns.get(table.column) == Some(&Alignment::Right);
        let html = match (table.head, right) {
            (true, false) => "<th scope=\"col\" class=\"govuk-table__header\">",
            (true, true) => "<th scope=\"col\" class=\"govuk-table__header govuk-table__header--numeric\">",
            (false, false) => "<td class=\"govuk-table__cell\">",
            (false, true) => "<td class=\"govuk-table__cell govuk-table__cell--numeric\">",
        };
        self.put(html);
    }

    fn cell_ends(&mut self) {
        let Some(table) = &mut self.table else { return };
        table.column += 1;
        let (head, at, empty) = (table.head, table.at, table.shown == self.shown);
        if head && empty {
            self.problem(at, "a column of this table has no heading; write one");
        }
        self.put(if head { "</th>" } else { "</td>" });
    }

    fn link(&mut self, address: &str, at: usize) {
        let address = match self.filled(address, at) {
            Some(pieces) => pieces.into_iter().map(|(text, _)| text).collect::<String>(),
            None => return self.put("<a>"),
        };
        if let Err(why) = checked(&address) {
            self.problem(at, why);
        }
        self.link = Some((at, self.shown));
        self.put(&format!("<a class=\"govuk-link\" href=\"{}\">", escaped(&address)));
    }

    /// Words that are shown. In code nothing in braces is replaced.
    fn words(&mut self, text: &str, at: usize, replaced: bool) {
        let pieces = match replaced {
            true => self.filled(text, at),
            false => Some(vec![(text.to_owned(), false)]),
        };
        for (piece, mail) in pieces.unwrap_or_default() {
            self.shown += piece.trim().chars().count();
            if let Some(heading) = &mut self.heading {
                heading.words.push_str(&piece);
            }
            let html = escaped(&piece);
            match mail && self.link.is_none() && self.heading.is_none() {
                true => self.put(&format!("<a class=\"govuk-link\" href=\"mailto:{html}\">{html}</a>")),
                false => self.put(&html),
            }
        }
    }

    /// The text in pieces, with what words in braces stand for; true for an address to write to. None: there is a problem.
    fn filled(&mut self, text: &str, at: usize) -> Option<Vec<(String, bool)>> {
        let (words, mut pieces, mut rest) = (self.words, Vec::new(), text);
        while let Some((before, word, after)) = braced(rest) {
            pieces.push((before.to_owned(), false));
            let (value, option) = match word {
                "name" => (words.name.as_ref(), "--name"),
                "contact" => (words.contact.as_ref(), "--contact"),
                "address" => (Some(&words.address), "--address"),
                "cookies" | "kept" => {
                    self.problem(at, format!(
                        "{{{word}}} becomes a table, so it stands alone, with an empty line above and below, and in no list"
                    ));
                    return None;
                }
                _ => {
                    self.problem(at, format!("{{{word}}} stands for nothing; these do: {PLACEHOLDERS}. To show it as it is, write `{{{word}}}`"));
                    return None;
                }
            };
            let Some(value) = value else {
                self.problem(at, format!("{{{word}}} is not known; start with {option}, or write it out"));
                return None;
            };
            pieces.push((value.clone(), word == "contact"));
            rest = after;
        }
        pieces.push((rest.to_owned(), false));
        Some(pieces)
    }
}

/// The first word in braces: what is before it, it, and what is after it.
fn braced(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text.get(from..)?.find('{').map(|open| from + open) {
        let (before, rest) = (text.get(..open)?, text.get(open + 1..)?);
        if let Some((word, after)) = rest.split_once('}')
            && !word.is_empty()
            && word.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == '-' || c == ' ')
        {
            return Some((before, word, after));
        }
        from = open + 1;
    }
    None
}

fn number(level: HeadingLevel) -> usize {
    level as usize
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

    use super::*;

    fn words() -> Words {
        Words {
            name: Some("Ashmere & Brackford".to_owned()),
            contact: Some("help@ashmere.example".to_owned()),
            address: "https://commonhold.example".to_owned(),
        }
    }

    fn html(text: &str) -> String {
        let written = written(text, &words()).unwrap();
        let html = written.parts.into_iter().map(|part| match part {
            Part::Html { html } => html,
            other => format!("[{other:?}]"),
        });
        html.collect()
    }

    fn refused(text: &str) -> Problems {
        written(text, &words()).err().unwrap_or_else(|| panic!("taken: {text:?}"))
    }

    #[test]
    fn markdown_becomes_the_classes_of_the_design_system() {
        let text = "# Our *own* notice\n\nOne **two** `a < b`  \nthree.\n\n## Your rights\n\n- a\n- b\n\n3. c\n\n### More\n\n> quoted\n\n---\n\n## Your rights\n";
        let written = written(text, &words()).unwrap();
        assert_eq!(written.title.as_deref(), Some("Our own notice"));
        assert_eq!(
            written.parts,
            [Part::Html {
                html: [
                    "<p class=\"govuk-body ch-wrap\">One <strong>two</strong> <code>a &lt; b</code><br>three.</p>\n",
                    "<h2 class=\"govuk-heading-m ch-wrap\" id=\"your-rights\">Your rights</h2>\n",
                    "<ul class=\"govuk-list govuk-list--bullet\">\n<li class=\"ch-wrap\">a</li>\n<li class=\"ch-wrap\">b</li>\n</ul>\n",
                    "<ol class=\"govuk-list govuk-list--number\" start=\"3\">\n<li class=\"ch-wrap\">c</li>\n</ol>\n",
                    "<h3 class=\"govuk-heading-s ch-wrap\" id=\"more\">More</h3>\n",
                    "<blockquote class=\"govuk-inset-text govuk-!-margin-left-0 govuk-!-margin-right-0\">\n<p class=\"govuk-body ch-wrap\">quoted</p>\n</blockquote>\n",
                    "<hr class=\"govuk-section-break govuk-section-break--l govuk-section-break--visible\">\n",
                    "<h2 class=\"govuk-heading-m ch-wrap\" id=\"your-rights-2\">Your rights</h2>\n",
                ]
                .concat()
            }]
        );
    }

    #[test]
    fn a_table_is_named_by_its_heading_and_scrolls_by_itself() {
        let text = "## Fees\n\n|What|Pounds|\n|---|--:|\n|A|1|\n\n|What|\n|---|\n|B|\n";
        let html = html(text);
        let region = "<div class=\"ch-scroll\" role=\"region\" aria-labelledby=\"table-1\" tabindex=\"0\">";
        assert!(html.contains(region), "{html}");
        assert!(html.contains("id=\"table-1\">Fees</caption>") && html.contains("id=\"table-2\">Fees (2)</caption>"));
        assert!(
            html.contains("<th scope=\"col\" class=\"govuk-table__header govuk-table__header--numeric\">Pounds</th>")
        );
        assert!(html.contains("<td class=\"govuk-table__cell govuk-table__cell--numeric\">1</td>"), "{html}");
        assert_eq!(
            refused("|A|\n|---|\n|b|\n")[0].1,
            "nothing says what this table is about; write a heading above it"
        );
        assert_eq!(refused("# T\n\n|A||\n|---|---|\n|b|c|\n")[0].1, "a column of this table has no heading; write one");
        assert!(refused("# T\n\n- x\n\n  |A|\n  |---|\n  |b|\n")[0].1.contains("within a list"));
    }

    #[test]
    fn words_in_braces_stand_for_what_this_copy_knows() {
        let text =
            "{name} at <{address}>, [write]({address}/terms), {contact}, [us](mailto:{contact}). `{name}` { and {A1}\n";
        assert_eq!(
            html(text),
            concat!(
                "<p class=\"govuk-body ch-wrap\">Ashmere &amp; Brackford at &lt;https://commonhold.example&gt;, ",
                "<a class=\"govuk-link\" href=\"https://commonhold.example/terms\">write</a>, ",
                "<a class=\"govuk-link\" href=\"mailto:help@ashmere.example\">help@ashmere.example</a>, ",
                "<a class=\"govuk-link\" href=\"mailto:help@ashmere.example\">us</a>. ",
                "<code>{name}</code> { and {A1}</p>\n",
            )
        );
        let parts = written("Before.\n\n{cookies}\n\n{kept}\n\nAfter.\n", &words()).unwrap().parts;
        let kinds: Vec<_> = parts.iter().map(|part| !matches!(part, Part::Html { .. })).collect();
        assert_eq!(kinds, [false, true, true, false], "{parts:?}");
        assert!(refused("{nmae} runs it\n")[0].1.starts_with("{nmae} stands for nothing"));
        assert!(refused("See {cookies} there\n")[0].1.contains("stands alone"));
        assert!(refused("- a\n\n  {kept}\n")[0].1.contains("stands alone"));
        let nobody = Words::default();
        assert_eq!(
            written("\n{name}\n", &nobody).unwrap_err(),
            [(2, "{name} is not known; start with --name, or write it out".to_owned(),)]
        );
    }

    #[test]
    fn raw_html_is_refused_with_its_line() {
        for (text, line, shown) in [
            ("Fine.\n\n<script>alert(1)</script>\n", 3, "<script>alert(1)</script>"),
            ("a <b>bold</b>\n", 1, "<b>"),
            ("x\n\n<!-- a comment -->\n", 3, "<!-- a comment -->"),
            ("a<br>b\n", 1, "<br>"),
            ("- a\n- <img src=x onerror=alert(1)>\n", 2, "<img src=x onerror=alert(1)>"),
            ("# <i>T</i>\n", 1, "<i>"),
            ("<div>\nlong\n</div>\n\nFine.\n", 1, "<div>"),
        ] {
            let problems = refused(text);
            assert_eq!(problems[0].0, line, "{text:?}: {problems:?}");
            assert!(problems[0].1.contains(&format!("\"{shown}\"")) && problems[0].1.contains("&lt;"), "{problems:?}");
        }
        assert_eq!(
            html("a &lt;b&gt; & \"c\" < d\n"),
            "<p class=\"govuk-body ch-wrap\">a &lt;b&gt; &amp; &quot;c&quot; &lt; d</p>\n"
        );
    }

    #[test]
    fn odd_links_pictures_and_code_are_refused() {
        for (text, said) in [
            ("[a](javascript:alert(1))\n", "is not taken"),
            ("[a](JAVASCRIPT&colon;alert(1))\n", "is not taken"),
            ("[a](&#1;javascript:alert(1))\n", "control characters"),
            ("[a][b]\n\n[b]: data:text/html,x\n", "is not taken"),
            ("<javascript:alert(1)>\n", "is not taken"),
            ("[a](//elsewhere.example)\n", "is not taken"),
            ("[a](privacy)\n", "is not taken"),
            ("[](https://a.example)\n", "no words"),
            ("![a](https://a.example/a.png)\n", "pictures are not shown"),
            ("Text\n\n    code\n", "program code"),
            ("```\n<b>{nothing}\n```\n", "program code"),
        ] {
            let problems = refused(text);
            assert!(problems.len() == 1 && problems[0].1.contains(said), "{text:?}: {problems:?}");
        }
    }

    #[test]
    fn headings_are_in_order() {
        for (text, line, said) in [
            ("Text.\n\n# Late\n", 3, "write ## here"),
            ("# One\n\n# Two\n", 3, "write ## here"),
            ("# One\n\n### Deep\n", 3, "write ## where ### stands"),
            ("## One\n\n#### Deep\n", 3, "write ### where #### stands"),
            ("## One\n\n###### Deep\n", 3, "fourth level"),
            ("# \n", 1, "no words"),
            ("> ## In\n", 1, "within a list or quotation"),
        ] {
            let problems = refused(text);
            assert!(problems[0].0 == line && problems[0].1.contains(said), "{text:?}: {problems:?}");
        }
        assert!(html("## A\n\n### B\n\n## C\n").contains("<h2 class=\"govuk-heading-m ch-wrap\" id=\"c\">"));
        // No heading takes an id of the page around it.
        assert!(html("## Main content\n").contains("id=\"main-content-2\""));
    }

    #[test]
    fn whatever_is_written_no_tag_and_no_script_gets_through() {
        for text in [
            "<a href=\"javascript:alert(1)\">x</a>",
            "\"><script>",
            "`<script>`",
            "[x](<javascript:alert(1)>)",
            "&lt;script&gt;",
            "[\"onmouseover=alert(1)](https://a.example/\"onmouseover=alert(1))",
            "|<b>|\n|---|\n|x|",
            "\\<b>",
            "&#60;b&#62;",
        ] {
            let Ok(written) = written(text, &words()) else { continue };
            for part in written.parts {
                let Part::Html { html } = part else { panic!("{part:?}") };
                let lower = html.to_lowercase();
                assert!(
                    !lower.contains("<script") && !lower.contains("<b>") && !lower.contains("href=\"javascript"),
                    "{text}: {html}"
                );
                let names = html.split('<').skip(1).map(|tag| tag.split([' ', '>']).next().unwrap());
                let known = ["p", "/p", "a", "/a", "code", "/code"];
                assert!(names.clone().all(|name| known.contains(&name)), "{text}: {html}");
                // An attribute ends only where we ended it.
                assert!(!html.contains("\" onmouseover") && !html.contains("\"onmouseover"), "{html}");
            }
        }
    }
}
