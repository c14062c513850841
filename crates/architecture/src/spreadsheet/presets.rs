//! Exports of programs that councils keep their systems in, known by their headings: what their columns mean, which rows are
//! no applications, and which codes stand for a status.
//!
//! Facts about headings are those of exports and documents of ServiceNow (tables `cmdb_ci_business_app` and `cmdb_ci_appl`),
//! LeanIX (fact sheets) and Turbo EA (cards). What an organisation added of its own is recognised as in any file, or chosen
//! by people.

use vocabulary::{Date, fold};

use super::{Cell, Column, Field, SheetRow, Status, read_date, read_status, values::Read};

/// An export of one program.
#[derive(Debug)]
pub struct Preset {
    /// The program.
    pub name: &'static str,
    signs: &'static [&'static str],
    /// What headings mean, the best first where several mean the same; none for what is not needed.
    fields: &'static [(&'static str, Option<Field>)],
    /// The column that says what kind of thing a row is, and what a kind must hold to be a system.
    kinds: (&'static [&'static str], &'static [&'static str]),
    /// Codes of a status, by heading.
    codes: &'static [(&'static str, &'static str, Status)],
    /// The columns that say the status, the one that is trusted most first.
    lives: &'static [&'static str],
}

use Field as F;

const SERVICE_NOW: Preset = Preset {
    name: "ServiceNow",
    signs: &[
        "sysid",
        "sysclassname",
        "installstatus",
        "operationalstatus",
        "itapplicationowner",
        "syscreatedon",
        "sysupdatedon",
        "syscreatedby",
        "sysupdatedby",
        "lifecyclestagestatus",
        "assignmentgroup",
    ],
    fields: &[
        ("name", Some(F::Name)),
        ("number", None),
        ("sysid", None),
        ("sysclassname", None),
        ("class", None),
        ("vendor", Some(F::Supplier)),
        ("manufacturer", Some(F::Supplier)),
        ("modelid", Some(F::Product)),
        ("lifecyclestagestatus", Some(F::Status)),
        ("operationalstatus", Some(F::Status)),
        ("installstatus", Some(F::Status)),
        ("lifecyclestage", None),
        ("shortdescription", Some(F::Description)),
        ("description", Some(F::Description)),
        ("businessowner", Some(F::BusinessOwner)),
        ("ownedby", Some(F::BusinessOwner)),
        ("itapplicationowner", Some(F::TechnicalOwner)),
        ("managedby", Some(F::TechnicalOwner)),
        ("supportgroup", Some(F::SupportModel)),
        ("assignmentgroup", None),
        ("version", Some(F::Version)),
        ("installtype", Some(F::Hosting)),
        ("platformhost", Some(F::Hosting)),
        ("location", Some(F::Hosting)),
        ("businesscriticality", Some(F::Criticality)),
        ("applicationcategory", Some(F::Elements)),
        ("userbase", Some(F::Users)),
        ("activeusercount", Some(F::Users)),
        ("url", Some(F::Website)),
        ("contractenddate", Some(F::ContractEnd)),
        ("applicationtype", None),
        ("architecturetype", None),
        ("cost", None),
        ("assettag", None),
        ("syscreatedon", None),
        ("sysupdatedon", None),
        ("syscreatedby", None),
        ("sysupdatedby", None),
    ],
    kinds: (&["sysclassname", "class"], &["businessapp", "application", "cmdbciappl"]),
    codes: &[
        ("operationalstatus", "1", Status::Live),
        ("operationalstatus", "6", Status::Retired),
        ("operationalstatus", "7", Status::Planned),
        ("installstatus", "1", Status::Live),
        ("installstatus", "2", Status::Planned),
        ("installstatus", "3", Status::Live),
        ("installstatus", "4", Status::Planned),
        ("installstatus", "7", Status::Retired),
        ("installstatus", "100", Status::Retired),
    ],
    // The life cycle came later than the two older columns, which go on saying "Installed" until the last day.
    lives: &["lifecyclestagestatus", "operationalstatus", "installstatus"],
};

const FACT_SHEET: &[(&str, Option<Field>)] = &[
    ("name", Some(F::Name)),
    ("displayname", None),
    ("id", None),
    ("type", None),
    ("subtype", None),
    ("category", None),
    ("status", None),
    ("level", None),
    ("externalid", None),
    ("alias", None),
    ("tags", None),
    ("parentid", None),
    ("parentpath", None),
    ("reference", None),
    ("qualityseal", None),
    ("approvalstatus", None),
    ("dataquality", None),
    ("completion", None),
    ("createdat", None),
    ("updatedat", None),
    ("lxstate", None),
    ("description", Some(F::Description)),
    ("businesscriticality", Some(F::Criticality)),
    ("relapplicationtobusinesscapability", Some(F::Elements)),
    ("relrelapptobc", Some(F::Elements)),
    ("relrelapptoprovider", Some(F::Supplier)),
    ("relapplicationtoprovider", Some(F::Supplier)),
    ("relprovidertoapplication", Some(F::Supplier)),
    ("vendor", Some(F::Supplier)),
    ("provider", Some(F::Supplier)),
    ("productname", Some(F::Product)),
    ("release", Some(F::Version)),
    ("version", Some(F::Version)),
    ("numberofusers", Some(F::Users)),
    ("hostingtype", Some(F::Hosting)),
    ("costtotalannual", Some(F::AnnualCost)),
    ("totalannualcost", Some(F::AnnualCost)),
    ("businessowner", Some(F::BusinessOwner)),
    ("itowner", Some(F::TechnicalOwner)),
    ("technicalowner", Some(F::TechnicalOwner)),
    ("stakeholderbusinessapplicationowner", Some(F::BusinessOwner)),
    ("stakeholdertechnicalapplicationowner", Some(F::TechnicalOwner)),
    ("subscriptionsresponsiblebusinessowner", Some(F::BusinessOwner)),
    ("subscriptionsresponsibleitowner", Some(F::TechnicalOwner)),
    ("relapplicationtoitcomponent", None),
    ("relapplicationtousergroup", None),
    ("lifecycleplan", None),
    ("lifecyclephasein", None),
    ("lifecycleactive", None),
    ("lifecyclephaseout", None),
    ("lifecycleendoflife", None),
];

const LEAN_IX: Preset = Preset {
    name: "LeanIX",
    signs: &[
        "displayname",
        "lifecycleactive",
        "lifecyclephaseout",
        "lifecycleendoflife",
        "lxstate",
        "qualityseal",
        "relapplicationtobusinesscapability",
        "relapplicationtoitcomponent",
        "relapplicationtousergroup",
        "reltoparent",
    ],
    fields: FACT_SHEET,
    kinds: (&["type"], &["application"]),
    codes: &[],
    lives: &[],
};

const TURBO_EA: Preset = Preset {
    name: "Turbo EA",
    signs: &["approvalstatus", "dataquality", "attr", "lifecycleactive", "lifecyclephaseout", "lifecycleendoflife"],
    fields: FACT_SHEET,
    kinds: (&["type"], &["application"]),
    codes: &[],
    lives: &[],
};

/// The phases of a life as columns of dates, the last one first.
const PHASES: &[(&str, Status)] = &[
    ("lifecycleendoflife", Status::Retired),
    ("lifecyclephaseout", Status::Retiring),
    ("lifecycleactive", Status::Live),
    ("lifecyclephasein", Status::Planned),
    ("lifecycleplan", Status::Planned),
];

/// A heading without spaces and signs, and without what some programs put before names of an organisation's own.
fn key(heading: &str) -> String {
    // A field of the record that a field refers to: `vendor.name`.
    let referred = [".name", ".display_value"].iter().find_map(|after| heading.strip_suffix(after));
    let folded = fold(referred.unwrap_or(heading));
    let own = ["u ", "attr ", "attributes "].iter().find_map(|before| folded.strip_prefix(before));
    own.unwrap_or(&folded).replace(' ', "")
}

/// Which program's export has these columns, if it is one of those known.
pub fn preset_of(columns: &[Column]) -> Option<&'static Preset> {
    let keys: Vec<String> = columns.iter().map(|column| key(&column.heading)).collect();
    let signs = |preset: &Preset| preset.signs.iter().filter(|sign| keys.iter().any(|key| key == *sign)).count();
    let attributes =
        columns.iter().any(|column| ["attr ", "attributes "].iter().any(|own| fold(&column.heading).starts_with(own)));
    let named = keys.iter().any(|key| key == "name");
    let turbo = attributes || keys.iter().any(|key| key == "approvalstatus");
    match () {
        () if !named => None,
        () if signs(&SERVICE_NOW) >= 2 => Some(&SERVICE_NOW),
        () if turbo && (signs(&TURBO_EA) + usize::from(attributes)) >= 2 => Some(&TURBO_EA),
        () if signs(&LEAN_IX) >= 2 => Some(&LEAN_IX),
        () => None,
    }
}

impl Preset {
    /// What a heading means in this export, and how good a choice its column is; none where the export does not say.
    pub(super) fn meaning(&self, heading: &str) -> Option<(Option<Field>, usize)> {
        let key = key(heading);
        let place = self.fields.iter().position(|(name, _)| *name == key);
        if let Some((place, (_, field))) = place.and_then(|place| Some((place, self.fields.get(place)?))) {
            return Some((*field, place));
        }
        // Relations to things that are no part of an estate, tags and people's parts have columns of their own.
        let folded = fold(heading);
        let aside = ["rel ", "tags ", "stakeholder ", "subscriptions ", "relapplicationto"];
        let is_aside = self.kinds.0 == ["type"] && aside.iter().any(|before| folded.starts_with(before));
        is_aside.then_some((None, self.fields.len()))
    }

    /// The kind of thing that a row is, where it is no system.
    pub(super) fn other_kind(&self, columns: &[Column], row: &SheetRow) -> Option<String> {
        let cell = |key: &str| find(columns, row, key).map(|cell| cell.text.trim());
        if cell("status").is_some_and(|status| status.eq_ignore_ascii_case("archived")) && self.kinds.0 == ["type"] {
            return Some(web::say!("archived"));
        }
        let kind = self.kinds.0.iter().find_map(|key| cell(key)).filter(|kind| !kind.is_empty())?;
        (!self.is_system(kind)).then(|| kind.chars().take(40).collect())
    }

    fn is_system(&self, kind: &str) -> bool {
        let folded = fold(kind).replace(' ', "");
        self.kinds.1.iter().any(|word| match *word {
            "application" if self.kinds.0 == ["type"] => folded == "application",
            word => folded.contains(word),
        })
    }

    /// The column that says what kind of thing a row is.
    fn kind<'a>(&self, columns: &'a [Column]) -> Option<&'a Column> {
        self.kinds.0.iter().find_map(|name| columns.iter().find(|column| key(&column.heading) == *name))
    }

    /// Whether a sheet lists things of other kinds only, as far as its first values show. Some exports have a sheet for each.
    pub(super) fn lists_other_kinds(&self, columns: &[Column]) -> bool {
        let Some(column) = self.kind(columns) else { return false };
        let heading = fold(&column.heading);
        let mut kinds = column.samples.iter().filter(|kind| fold(kind) != heading).peekable();
        kinds.peek().is_some() && kinds.all(|kind| !self.is_system(kind))
    }

    /// Whether a row says in other words what the headings say: some exports have a row of names for programs and one for
    /// people.
    pub(super) fn repeats_headings(&self, columns: &[Column], row: &SheetRow) -> bool {
        let same = |column: &Column| {
            let cell = row.cell(column.index).map(|cell| key(&cell.text)).filter(|text| !text.is_empty());
            cell.is_some_and(|text| text == key(&column.heading))
        };
        self.kind(columns).is_some_and(same) && columns.iter().filter(|column| same(column)).count() >= 3
    }

    /// The status that a row gives in another way than in the words of one column: by several columns of which one counts
    /// more, by a code, or by the dates of its phases. `chosen` is the column that the status is read from otherwise.
    pub(super) fn status(
        &self,
        columns: &[Column],
        row: &SheetRow,
        today: Date,
        chosen: Option<&Column>,
    ) -> Option<(Status, String)> {
        let other = |column: &Column| !self.lives.contains(&key(&column.heading).as_str());
        if !self.lives.is_empty() && chosen.is_some_and(other) {
            return None;
        }
        for heading in self.lives {
            let Some(cell) = find(columns, row, heading) else { continue };
            let mut codes = self.codes.iter().filter(|(of, ..)| of == heading).peekable();
            let coded = codes.peek().is_some();
            let code = codes.find(|(_, code, _)| cell.text.trim() == *code).map(|(.., status)| *status);
            match (code, read_status(&cell.text)) {
                (Some(status), _) | (None, Read::Ok(status) | Read::Estimated(status)) => {
                    return Some((status, cell.text.clone()));
                }
                // A word that nobody knows is said, and no older column speaks in its place.
                (None, Read::NotUnderstood(_)) if !coded => return None,
                _ => {}
            }
        }
        if self.kinds.0 != ["type"] {
            return None;
        }
        let mut planned = None;
        for (heading, status) in PHASES {
            let Some(cell) = find(columns, row, heading) else { continue };
            let (Read::Ok(day) | Read::Estimated(day)) = read_date(cell.text.trim(), cell.kind, false) else {
                continue;
            };
            if day.first_day() <= today {
                return Some((*status, cell.text.clone()));
            }
            planned = Some((Status::Planned, cell.text.clone()));
        }
        planned
    }
}

fn find<'a>(columns: &[Column], row: &'a SheetRow, name: &str) -> Option<&'a Cell> {
    let column = columns.iter().find(|column| key(&column.heading) == name)?;
    row.cell(column.index)
}
