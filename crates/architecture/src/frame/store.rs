//! The tables of frames: loading one whole, and finding the element that a text means.

use std::collections::BTreeMap;

use store::{Error, Transaction, Value, values};
use vocabulary::fold;

use super::Frame;

/// Loads a frame, replacing what was there of the same id. Systems keep their placement: it holds the element's id.
///
/// # Errors
/// When the engine fails.
pub fn load(tx: &mut Transaction<'_>, frame: &Frame) -> Result<(), Error> {
    let id = &frame.frame.id;
    for table in ["frame_element_name", "frame_element", "frame_layer"] {
        tx.execute(&format!("DELETE FROM {table} WHERE frame = $1"), &values![id])?;
    }
    tx.execute("DELETE FROM frame WHERE id = $1", &values![id])?;
    let about = &frame.frame;
    tx.execute(
        "INSERT INTO frame (id, version, name, abbreviation, attribution, source) VALUES ($1, $2, $3, $4, $5, $6)",
        &values![id, &about.version, &about.name, &about.abbreviation, &about.attribution, &about.source],
    )?;
    let layers = frame.layers.iter();
    let rows = layers.map(|layer| values![id, &layer.id, &layer.name, layer.order, &layer.meaning].to_vec());
    tx.insert_many("frame_layer", &["frame", "id", "name", "position", "meaning"], rows)?;
    let elements = frame.in_order();
    let rows = elements.iter().enumerate().map(|(position, element)| {
        let group = element.sub_domain.as_deref().and_then(|group| frame.sub_domain_name(group));
        values![id, &element.id, &element.layer, group, &element.name, position, &element.meaning].to_vec()
    });
    tx.insert_many("frame_element", &["frame", "id", "layer", "sub_domain", "name", "position", "meaning"], rows)?;
    let mut names: BTreeMap<(String, &str), Vec<Value>> = BTreeMap::new();
    for element in &frame.elements {
        for (name, kind) in element.names() {
            let folded = fold(name);
            let row = values![id, &folded, &element.id, name, kind].to_vec();
            names.entry((folded, &element.id)).or_insert(row);
        }
    }
    tx.insert_many("frame_element_name", &["frame", "folded", "element", "name", "kind"], names.into_values())?;
    Ok(())
}

/// An element as pages show it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ElementRow {
    /// The frame's id.
    pub frame: String,
    /// Identifier within the frame.
    pub id: String,
    /// Its layer's id.
    pub layer: String,
    /// The name of its group in the layer, where there is one.
    pub sub_domain: Option<String>,
    /// Name.
    pub name: String,
    /// What it means.
    pub meaning: String,
}

impl ElementRow {
    /// Where its page is.
    pub fn address(&self) -> String {
        format!("/elements/{}-{}", self.frame, self.id)
    }
}

/// A layer with its elements, in the frame's order.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LayerRow {
    /// Identifier within the frame.
    pub id: String,
    /// Name.
    pub name: String,
    /// What belongs here.
    pub meaning: String,
    /// Its elements.
    pub elements: Vec<ElementRow>,
}

/// All layers of a frame with their elements, in order. Empty when there is no such frame.
///
/// # Errors
/// When the engine fails.
pub fn layers(tx: &mut Transaction<'_>, frame: &str) -> Result<Vec<LayerRow>, Error> {
    let mut layers = tx.query(
        "SELECT id, name, meaning FROM frame_layer WHERE frame = $1 ORDER BY position",
        &values![frame],
        |row| Ok(LayerRow { id: row.text(0)?, name: row.text(1)?, meaning: row.text(2)?, elements: Vec::new() }),
    )?;
    for element in elements(tx, frame)? {
        if let Some(layer) = layers.iter_mut().find(|layer| layer.id == element.layer) {
            layer.elements.push(element);
        }
    }
    Ok(layers)
}

/// All elements of a frame, in order.
///
/// # Errors
/// When the engine fails.
pub fn elements(tx: &mut Transaction<'_>, frame: &str) -> Result<Vec<ElementRow>, Error> {
    tx.query(
        "SELECT frame, id, layer, sub_domain, name, meaning FROM frame_element WHERE frame = $1 ORDER BY position",
        &values![frame],
        element_row,
    )
}

/// One element.
///
/// # Errors
/// When the engine fails.
pub fn element(tx: &mut Transaction<'_>, frame: &str, id: &str) -> Result<Option<ElementRow>, Error> {
    tx.query_optional(
        "SELECT frame, id, layer, sub_domain, name, meaning FROM frame_element WHERE frame = $1 AND id = $2",
        &values![frame, id],
        element_row,
    )
}

fn element_row(row: &store::Row<'_>) -> Result<ElementRow, Error> {
    Ok(ElementRow {
        frame: row.text(0)?,
        id: row.text(1)?,
        layer: row.text(2)?,
        sub_domain: row.optional_text(3)?,
        name: row.text(4)?,
        meaning: row.text(5)?,
    })
}

/// Other names of an element: `(name, kind)`, where kind is `former` or `alias`.
///
/// # Errors
/// When the engine fails.
pub fn other_names(tx: &mut Transaction<'_>, frame: &str, element: &str) -> Result<Vec<(String, String)>, Error> {
    tx.query(
        "SELECT name, kind FROM frame_element_name WHERE frame = $1 AND element = $2 AND kind <> 'name' ORDER BY kind DESC, folded",
        &values![frame, element],
        |row| Ok((row.text(0)?, row.text(1)?)),
    )
}

/// What the frames say of itself: id, version, name, abbreviation, attribution, source.
///
/// # Errors
/// When the engine fails.
pub fn about(tx: &mut Transaction<'_>, frame: &str) -> Result<Option<super::About>, Error> {
    tx.query_optional(
        "SELECT id, version, name, abbreviation, attribution, source FROM frame WHERE id = $1",
        &values![frame],
        |row| {
            Ok(super::About {
                id: row.text(0)?,
                version: row.text(1)?,
                name: row.text(2)?,
                abbreviation: row.text(3)?,
                attribution: row.text(4)?,
                source: row.text(5)?,
            })
        },
    )
}

/// Every name of every element of a frame, folded: what free text is matched against.
#[derive(Clone, Debug, Default)]
pub struct ElementNames(BTreeMap<String, Vec<String>>);

/// What a text means among the elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// Exactly this element, by id.
    One(String),
    /// More than one: people must say which. Ids.
    Several(Vec<String>),
    /// None that we know.
    Nothing,
}

impl ElementNames {
    /// Reads all names of a frame.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn of(tx: &mut Transaction<'_>, frame: &str) -> Result<ElementNames, Error> {
        let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let sql = "SELECT folded, element FROM frame_element_name WHERE frame = $1 ORDER BY folded, element";
        tx.each(sql, &values![frame], |row| {
            names.entry(row.text(0)?).or_default().push(row.text(1)?);
            Ok(())
        })?;
        Ok(ElementNames(names))
    }

    /// The element that a text means, by exact name or alias after folding.
    pub fn find(&self, text: &str) -> Means {
        match self.0.get(&fold(text)).map(Vec::as_slice) {
            None | Some([]) => Means::Nothing,
            Some([only]) => Means::One(only.clone()),
            Some(several) => Means::Several(several.to_vec()),
        }
    }
}

/// The elements of all frames as things: everyone sees them.
///
/// # Errors
/// When the engine fails.
pub fn things(tx: &mut Transaction<'_>) -> Result<Vec<ledger::Thing>, Error> {
    let mut also: BTreeMap<(String, String), Vec<ledger::AlsoKnown>> = BTreeMap::new();
    let sql = "SELECT frame, element, kind, name FROM frame_element_name WHERE kind <> 'name' ORDER BY frame, element, kind, folded";
    tx.each(sql, &[], |row| {
        let why = if row.text(2)? == "former" { "Former name" } else { "Also known as" };
        also.entry((row.text(0)?, row.text(1)?)).or_default().push(ledger::AlsoKnown::new(why, row.text(3)?));
        Ok(())
    })?;
    let sql = "SELECT e.frame, e.id, e.name, l.name, f.abbreviation FROM frame_element AS e
               JOIN frame_layer AS l ON l.frame = e.frame AND l.id = e.layer JOIN frame AS f ON f.id = e.frame
               ORDER BY e.frame, e.position";
    tx.query(sql, &[], |row| {
        let (frame, id, name) = (row.text(0)?, row.text(1)?, row.text(2)?);
        Ok(ledger::Thing {
            organisation: None,
            address: format!("/elements/{frame}-{id}"),
            kind: "element".to_owned(),
            title: name,
            summary: web::say!("{frame}, in {layer}", frame = row.text(4)?, layer = row.text(3)?),
            visibility: vocabulary::Visibility::Public,
            also: also.remove(&(frame, id)).unwrap_or_default(),
        })
    })
}
