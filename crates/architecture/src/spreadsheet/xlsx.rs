//! Excel workbooks (ECMA-376, SpreadsheetML): the few parts that hold values, and nothing else.
//!
//! Our own reader over `zip` and `quick-xml`, not the `calamine` crate: version 0.38 of it reserves memory by a number
//! that the file states, overflows on long cell references and inverted areas, and clones styles without bound, so
//! a hostile file stops the program. Here each part is unpacked under a budget and read once. Tests compare the
//! values with calamine's. Deliberately without formulas (never evaluated; the saved result is used), macros,
//! pictures, comments, pivot tables and links to other workbooks.

mod sheet;
mod strings;
mod styles;

use std::collections::HashMap;

use self::{strings::Texts, styles::Styles};
use super::{
    Format, Limits, Unreadable, Workbook,
    limits::Budget,
    package::{self, Package},
    xml::Xml,
};
use quick_xml::events::Event;

/// Reads a workbook.
pub(super) fn read(name: &str, mut package: Package<'_>, limits: &Limits) -> Result<Workbook, Unreadable> {
    let main = main_part(&mut package)?;
    let outline = outline(&mut package, &main)?;
    if outline.sheets.len() > limits.sheets {
        return Err(Unreadable::TooManySheets { sheets: outline.sheets.len(), limit: limits.sheets });
    }
    let relations = relations(&mut package, &main)?;
    let texts = match relations.by_type("/sharedStrings") {
        Some(path) => match package.read(path, "the list of texts")? {
            Some(part) => Texts::read(&part, limits)?,
            None => Texts::default(),
        },
        None => Texts::default(),
    };
    let styles = match relations.by_type("/styles") {
        Some(path) => match package.read(path, "the list of styles")? {
            Some(part) => Styles::read(&part)?,
            None => Styles::default(),
        },
        None => Styles::default(),
    };
    let mut budget = Budget::new(limits);
    let mut sheets = Vec::new();
    for (number, listed) in (1..).zip(&outline.sheets) {
        let Some(relation) = relations.by_id.get(&listed.relation) else { continue };
        if !relation.kind.ends_with("/worksheet") {
            continue;
        }
        let place = format!("sheet {number}");
        let Some(part) = package.read(&relation.target, &place)? else {
            return Err(Unreadable::BrokenZip(Some(place)));
        };
        let context = sheet::Context {
            name: &listed.name,
            hidden: listed.hidden,
            from_1904: outline.from_1904,
            texts: &texts,
            styles: &styles,
        };
        sheets.push(sheet::read(&part, &context, &mut budget)?);
    }
    if sheets.iter().all(|sheet| sheet.rows.is_empty()) {
        return Err(Unreadable::Empty);
    }
    Ok(Workbook {
        name: name.to_owned(),
        format: Format::Xlsx,
        from_1904: outline.from_1904,
        sheets,
        absent: Vec::new(),
    })
}

/// The workbook's own part, which the package's relations name; `xl/workbook.xml` nearly always.
fn main_part(package: &mut Package<'_>) -> Result<String, Unreadable> {
    const USUAL: &str = "xl/workbook.xml";
    let named = match package.read("_rels/.rels", "the list of parts")? {
        Some(part) => Relations::read(&part, "")?.by_type("/officeDocument").map(str::to_owned),
        None => None,
    };
    match named {
        Some(path) if package.has(&path) => Ok(path),
        _ if package.has(USUAL) => Ok(USUAL.to_owned()),
        _ => Err(package.what_else()),
    }
}

struct Outline {
    from_1904: bool,
    sheets: Vec<Listed>,
}

struct Listed {
    name: String,
    relation: String,
    hidden: bool,
}

fn outline(package: &mut Package<'_>, main: &str) -> Result<Outline, Unreadable> {
    let Some(part) = package.read(main, "the list of sheets")? else {
        return Err(Unreadable::BrokenZip(Some("the list of sheets".into())));
    };
    let mut xml = Xml::new(&part);
    let mut outline = Outline { from_1904: false, sheets: Vec::new() };
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "sheet" => {
                    let [name, relation, state] = xml.attributes(&element, ["name", "id", "state"])?;
                    outline.sheets.push(Listed {
                        name: name.unwrap_or_default().into_owned(),
                        relation: relation.unwrap_or_default().into_owned(),
                        hidden: state.is_some_and(|state| state != "visible"),
                    });
                }
                "workbookPr" => {
                    let [epoch] = xml.attributes(&element, ["date1904"])?;
                    outline.from_1904 |= epoch.is_some_and(|epoch| epoch == "1" || epoch == "true");
                }
                _ => {}
            },
            Event::Eof => return Ok(outline),
            _ => {}
        }
    }
}

struct Relation {
    kind: String,
    target: String,
}

#[derive(Default)]
struct Relations {
    by_id: HashMap<String, Relation>,
}

impl Relations {
    fn by_type(&self, ending: &str) -> Option<&str> {
        let found = self.by_id.values().find(|relation| relation.kind.ends_with(ending));
        found.map(|relation| relation.target.as_str())
    }

    /// Reads relations whose targets are relative to `folder`.
    fn read(part: &package::Part, folder: &str) -> Result<Relations, Unreadable> {
        let mut xml = Xml::new(part);
        let mut relations = Relations::default();
        loop {
            match xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                    let [id, kind, target, mode] = xml.attributes(&element, ["Id", "Type", "Target", "TargetMode"])?;
                    let (Some(id), Some(kind), Some(target)) = (id, kind, target) else { continue };
                    if mode.is_some_and(|mode| mode == "External") {
                        continue;
                    }
                    let relation = Relation { kind: kind.into_owned(), target: resolve(folder, &target) };
                    relations.by_id.insert(id.into_owned(), relation);
                }
                Event::Eof => return Ok(relations),
                _ => {}
            }
        }
    }
}

fn relations(package: &mut Package<'_>, main: &str) -> Result<Relations, Unreadable> {
    let (folder, file) = main.rsplit_once('/').unwrap_or(("", main));
    let path = resolve(folder, &format!("_rels/{file}.rels"));
    match package.read(&path, "the list of parts")? {
        Some(part) => Relations::read(&part, folder),
        None => Err(Unreadable::BrokenZip(Some("the list of parts".into()))),
    }
}

/// A path inside the package. It names an entry of the zip's directory and never a file on disk.
fn resolve(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let joined = match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{folder}/{target}"),
    };
    let mut steps: Vec<&str> = Vec::new();
    for step in joined.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn paths_stay_inside_the_package() {
        assert_eq!(resolve("xl", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolve("xl", "/xl/worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolve("xl", "..\\..\\..\\etc\\passwd"), "etc/passwd");
        assert_eq!(resolve("", "xl/workbook.xml"), "xl/workbook.xml");
    }
}
