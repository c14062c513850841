//! A reference frame: layers and elements that systems are placed on. The Local Government Architecture Model (LGAM)
//! is the first; another is loaded beside it from a file of the same shape.
//!
//! This module knows what a frame is and reads its file. Tables are in [`store`]; pages elsewhere.

pub mod list;
pub mod show;
pub mod store;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use vocabulary::{OrganisationId, fold};

/// The file of the Local Government Architecture Model that the program carries.
pub const LGAM_FILE: &str = include_str!("../data/lgam.toml");
/// The id of that frame.
pub const LGAM: &str = "lgam";

/// A frame as its file tells it: see `data/README.md` for the shape.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// What the frame is called and where it comes from.
    pub frame: About,
    /// Its layers.
    #[serde(rename = "layer")]
    pub layers: Vec<Layer>,
    /// Groups inside a layer, where it has them.
    #[serde(rename = "sub_domain", default)]
    pub sub_domains: Vec<SubDomain>,
    /// Its elements.
    #[serde(rename = "element")]
    pub elements: Vec<Element>,
}

/// What a frame is called and where it comes from.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Short identifier, part of addresses: `lgam`.
    pub id: String,
    /// Version, as text.
    pub version: String,
    /// Full name.
    pub name: String,
    /// Short name: `LGAM`.
    pub abbreviation: String,
    /// The words that its licence asks every copy to carry.
    pub attribution: String,
    /// Where it was read.
    pub source: String,
}

/// One layer of a frame.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Identifier within the frame.
    pub id: String,
    /// Name.
    pub name: String,
    /// Place among the layers, from 1.
    pub order: u32,
    /// What belongs here.
    pub meaning: String,
}

/// A group of elements inside a layer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubDomain {
    /// Identifier within the frame.
    pub id: String,
    /// The layer it divides.
    pub layer: String,
    /// Name.
    pub name: String,
    /// Place within the layer, from 1.
    pub order: u32,
}

/// One element: a need, a channel, a capability, an area.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Element {
    /// Identifier within the frame.
    pub id: String,
    /// Its layer's id.
    pub layer: String,
    /// Its sub-domain's id, where the layer has them.
    pub sub_domain: Option<String>,
    /// Name.
    pub name: String,
    /// Place within the layer, from 1.
    pub order: u32,
    /// What it means, in a sentence or two.
    pub meaning: String,
    /// What earlier versions of the frame called it.
    #[serde(default)]
    pub former_names: Vec<String>,
    /// Ids in the publisher's other files, and words that councils use for it.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// Why a frame's file was refused.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The text is not TOML of the right shape.
    #[error("the frame's file cannot be read: {0}")]
    Shape(#[from] toml::de::Error),
    /// It contradicts itself.
    #[error("the frame's file contradicts itself: {0}")]
    Contradiction(String),
}

/// One name of an element and what kind of name it is: `name`, `former` or `alias`.
pub(crate) type NameOfKind<'a> = (&'a str, &'static str);

impl Element {
    /// Every name by which free text may mean this element, the present one first.
    pub(crate) fn names(&self) -> impl Iterator<Item = NameOfKind<'_>> {
        let present = [(self.name.as_str(), "name"), (self.id.as_str(), "alias")];
        let former = self.former_names.iter().map(|name| (name.as_str(), "former"));
        let aliases = self.aliases.iter().map(|name| (name.as_str(), "alias"));
        present.into_iter().chain(former).chain(aliases)
    }
}

impl Frame {
    /// Reads a frame's file and checks that every reference in it resolves and no identifier repeats.
    ///
    /// # Errors
    /// When the text has another shape, or contradicts itself; the message names the place.
    pub fn read(text: &str) -> Result<Frame, FrameError> {
        let frame: Frame = toml::from_str(text)?;
        let is_word = |id: &str| {
            !id.is_empty()
                && id.len() <= 32
                && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if !is_word(&frame.frame.id) {
            let message = format!(
                "its id \"{}\" is not a word of lower-case letters and digits, such as \"lgam\"",
                frame.frame.id
            );
            return Err(FrameError::Contradiction(message));
        }
        // Elements stand in addresses behind the frame's id and a hyphen.
        if let Some(element) = frame.elements.iter().find(|element| element.id.parse::<OrganisationId>().is_err()) {
            let message = format!(
                "the element id \"{}\" has other than lower-case letters, digits and inner hyphens",
                element.id
            );
            return Err(FrameError::Contradiction(message));
        }
        let layers = unique("layer", frame.layers.iter().map(|layer| layer.id.as_str()))?;
        let groups = unique("sub-domain", frame.sub_domains.iter().map(|group| group.id.as_str()))?;
        unique("element", frame.elements.iter().map(|element| element.id.as_str()))?;
        for group in &frame.sub_domains {
            known("sub-domain", &group.id, "layer", &group.layer, &layers)?;
        }
        for element in &frame.elements {
            known("element", &element.id, "layer", &element.layer, &layers)?;
            if let Some(group) = &element.sub_domain {
                known("element", &element.id, "sub-domain", group, &groups)?;
            }
        }
        let mut aliases: BTreeMap<String, &str> = BTreeMap::new();
        for element in &frame.elements {
            for (name, kind) in element.names().filter(|(_, kind)| *kind != "name") {
                if let Some(other) = aliases.insert(fold(name), &element.id).filter(|other| *other != element.id) {
                    let message = format!("the {kind} \"{name}\" belongs to both {other} and {}", element.id);
                    return Err(FrameError::Contradiction(message));
                }
            }
        }
        Ok(frame)
    }

    /// Elements in the frame's order: by layer, then within the layer.
    pub fn in_order(&self) -> Vec<&Element> {
        let layer_order: BTreeMap<&str, u32> =
            self.layers.iter().map(|layer| (layer.id.as_str(), layer.order)).collect();
        let mut elements: Vec<&Element> = self.elements.iter().collect();
        elements.sort_by_key(|element| (layer_order.get(element.layer.as_str()).copied(), element.order));
        elements
    }

    /// The name of a sub-domain.
    pub(crate) fn sub_domain_name(&self, id: &str) -> Option<&str> {
        self.sub_domains.iter().find(|group| group.id == id).map(|group| group.name.as_str())
    }
}

fn unique<'a>(noun: &str, ids: impl Iterator<Item = &'a str>) -> Result<BTreeSet<&'a str>, FrameError> {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(FrameError::Contradiction(format!("the {noun} \"{id}\" is there twice")));
        }
    }
    Ok(seen)
}

fn known(noun: &str, id: &str, of: &str, wanted: &str, ids: &BTreeSet<&str>) -> Result<(), FrameError> {
    if ids.contains(wanted) {
        return Ok(());
    }
    Err(FrameError::Contradiction(format!("the {noun} \"{id}\" names the {of} \"{wanted}\", which is not there")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test may stop")]

    use super::*;

    #[test]
    fn lgam_has_nine_layers_and_eighty_six_elements() {
        let lgam = Frame::read(LGAM_FILE).unwrap_or_else(|error| unreachable!("{error}"));
        assert_eq!((lgam.frame.id.as_str(), lgam.layers.len(), lgam.elements.len()), (LGAM, 9, 86));
        let mut of_layer: BTreeMap<&str, usize> = BTreeMap::new();
        for element in &lgam.elements {
            *of_layer.entry(&element.layer).or_default() += 1;
        }
        let counts: Vec<usize> = lgam.layers.iter().map(|layer| of_layer[layer.id.as_str()]).collect();
        assert_eq!(counts, [10, 6, 9, 12, 10, 17, 7, 7, 8]);
    }

    #[test]
    fn a_frame_that_contradicts_itself_is_refused_by_name() {
        let text = LGAM_FILE.replacen("layer = \"security\"", "layer = \"safety\"", 1);
        let error = Frame::read(&text).expect_err("an unknown layer").to_string();
        assert!(error.contains("\"safety\", which is not there"), "{error}");
        let text = LGAM_FILE.replacen("id = \"lgam\"", "id = \"l/gam\"", 1);
        let error = Frame::read(&text).expect_err("an id that fits no address").to_string();
        assert!(error.contains("\"l/gam\" is not a word"), "{error}");
    }
}
