//! A county for tests and for the pages' samples: three councils, six systems, two layers.

use accounts::{Organisation, OrganisationKind};

use super::in_use::{Body, Counted, InUse, ProductName, SupplierName};
use crate::frame::About;
use crate::frame::store::{ElementRow, LayerRow};

/// Two layers of the model.
pub(crate) fn layers() -> Vec<LayerRow> {
    let element = |layer: &str, id: &str, name: &str| ElementRow {
        frame: "lgam".to_owned(),
        id: id.to_owned(),
        layer: layer.to_owned(),
        sub_domain: None,
        name: name.to_owned(),
        meaning: format!("What {name} means."),
    };
    let layer = |id: &str, name: &str, elements: &[(&str, &str)]| LayerRow {
        id: id.to_owned(),
        name: name.to_owned(),
        meaning: format!("What belongs to {name}."),
        elements: elements.iter().map(|(element_id, name)| element(id, element_id, name)).collect(),
    };
    vec![
        layer("capabilities", "Capabilities", &[("booking", "Booking"), ("forms", "Forms"), ("payments", "Payments")]),
        layer("business-areas", "Business Areas", &[("revenues", "Revenues"), ("waste", "Waste management")]),
    ]
}

/// One system. An empty text stands for what is not known.
pub(crate) fn in_use(
    organisation: &str,
    name: &str,
    product: &str,
    version: &str,
    supplier: &str,
    elements: &[&str],
) -> InUse {
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let slug = |text: &str| text.to_lowercase().replace(' ', "-");
    InUse {
        organisation: organisation.to_owned(),
        id: format!("{organisation}-{}", slug(name)),
        name: name.to_owned(),
        product: known(product).map(|name| ProductName { organisation: String::new(), id: slug(&name), name }),
        version: known(version),
        supplier: known(supplier).map(|name| SupplierName { id: slug(&name), name }),
        elements: elements.iter().map(|&element| element.to_owned()).collect(),
        owner: None,
    }
}

/// Layers, and what three councils run.
pub(crate) fn county() -> (Vec<LayerRow>, Counted) {
    let bodies = ["Ashmere", "Brackford", "Colne"];
    let bodies = bodies.map(|name| Body::new(&name.to_lowercase(), &format!("{name} Borough Council"), true)).to_vec();
    let systems = vec![
        in_use("ashmere", "E-forms", "FormMill", "3", "Oakware", &["forms", "booking"]),
        in_use("ashmere", "Old forms", "PaperLess", "", "Fennel Software", &["forms"]),
        in_use("ashmere", "Council tax", "TaxBase", "12", "Oakware", &["revenues"]),
        in_use("brackford", "Web forms", "FormMill", "4", "Oakware", &["forms"]),
        in_use("brackford", "Fax gateway", "", "", "", &[]),
        in_use("colne", "Tills", "PayDesk", "", "Oakware", &["payments"]),
    ];
    (layers(), Counted { bodies, systems, shared: Vec::new() })
}

/// What the model says of itself.
pub(crate) fn about() -> About {
    About {
        id: "lgam".to_owned(),
        version: "2026-07".to_owned(),
        name: "Local Government Architecture Model".to_owned(),
        abbreviation: "LGAM".to_owned(),
        attribution: "Contains public sector information licensed under the Open Government Licence v3.0.".to_owned(),
        source: "A sample".to_owned(),
    }
}

/// One of the councils.
pub(crate) fn organisation(id: &str) -> Option<Organisation> {
    let body = county().1.bodies.into_iter().find(|body| body.id == id)?;
    Some(Organisation {
        id: body.id.parse().ok()?,
        name: body.name,
        kind: OrganisationKind::Council,
        code: None,
        participating: true,
        keeps_shared_list: false,
        about: String::new(),
        also_known: Vec::new(),
        former_names: Vec::new(),
    })
}
