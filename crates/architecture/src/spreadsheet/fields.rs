//! What a column may mean: the fields of a system, their stable names, their labels and the many names that councils
//! give them. Which column means which is decided in `mapping`.

use std::{collections::HashMap, fmt, str::FromStr, sync::LazyLock};

use serde::{Deserialize, Serialize};

/// A field of a system, as a column of a spreadsheet may hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Field {
    /// Our own identifier, which our exports carry.
    CommonholdId,
    /// The system's name; the one field that every row needs.
    Name,
    /// The product that it is a use of.
    Product,
    /// The product's version.
    Version,
    /// The modules of the product that are in use. Several.
    Modules,
    /// Who sells or makes it, or "in-house".
    Supplier,
    /// What it is for: service areas, LGAM elements, categories. Several.
    Elements,
    /// Where it is in its life.
    Status,
    /// What it does, in words.
    Description,
    /// Who answers for it in the business: a role or a team mailbox.
    BusinessOwner,
    /// Who answers for it in technology: a role or a team mailbox.
    TechnicalOwner,
    /// How many people use it.
    Users,
    /// What it costs a year.
    AnnualCost,
    /// The contract's number.
    ContractReference,
    /// When the contract starts.
    ContractStart,
    /// When the contract ends.
    ContractEnd,
    /// How many months before its end notice must be given.
    NoticeMonths,
    /// How the contract may be extended.
    ExtensionOptions,
    /// What the contract is called.
    ContractTitle,
    /// Who the contract is with.
    ContractSupplier,
    /// What the whole contract costs a year.
    ContractCost,
    /// Where it runs.
    Hosting,
    /// Whether its data can be told apart by area or organisation.
    DataModel,
    /// How its data can be taken out.
    Portability,
    /// Who supports it, and when.
    SupportModel,
    /// The organisations it is shared with, in words. Several.
    SharedWith,
    /// The other organisations that use it, by name, short name or code. Several.
    UsedBy,
    /// Other systems that it needs, by name. Several.
    DependsOn,
    /// How much depends on it.
    Criticality,
    /// Its address on the web.
    Website,
    /// Anything else.
    Notes,
}

/// How the values of a field are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Words on one line.
    Text,
    /// Words on several lines.
    LongText,
    /// Several short texts.
    List,
    /// A role, a team or a mailbox; perhaps a person.
    Owner,
    /// A life stage.
    Status,
    /// A whole number.
    Number,
    /// An amount in pounds.
    Money,
    /// A day, or a month.
    Date,
    /// A number of months.
    Months,
}

/// A text that names no field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a field of a system")]
pub struct UnknownField(String);

/// A field's id, label, kind, own names (folded) and names it shares with a field that has more right to them.
struct Entry {
    field: Field,
    id: &'static str,
    label: &'static str,
    kind: FieldKind,
    names: &'static [&'static str],
    weaker: &'static [&'static str],
}

use Field as F;
use FieldKind as K;

#[rustfmt::skip]
const ENTRIES: &[Entry] = &[
    Entry { field: F::CommonholdId, id: "commonhold_id", label: "Commonhold ID", kind: K::Text,
        names: &["commonhold id", "commonhold reference", "commonhold ref", "commonhold identifier"], weaker: &[] },
    Entry { field: F::Name, id: "name", label: "System name", kind: K::Text,
        names: &["system", "system name", "name of system", "systems", "application", "application name", "name of application",
            "applications", "app", "app name", "it system", "it system name", "ict system", "ict system name", "it application",
            "business system", "business application", "business application name", "line of business system",
            "line of business application", "lob system", "lob application", "system application", "application system",
            "system or application", "application or system", "system title", "application title", "solution", "solution name",
            "software application", "software system", "asset name", "name", "system short name", "application short name",
            "system known as", "local name", "configuration item", "ci name", "tool", "platform name", "digital service name",
            "software system name", "system software", "system software name", "name of software"],
        weaker: &["software", "software name", "software title", "software package", "package", "package name", "title", "product",
            "product name", "platform", "service name", "asset", "item", "software product", "programme name", "program"] },
    Entry { field: F::Product, id: "product", label: "Product", kind: K::Text,
        names: &["product", "product name", "name of product", "software product", "software product name", "supplier product",
            "vendor product", "supplier product name", "product title", "underlying product", "product suite", "software", "software name", "software title", "software package", "package", "package name"],
        weaker: &["application", "application name", "solution", "platform", "product and version", "product version", "suite",
            "product module", "product and module"] },
    Entry { field: F::Version, id: "version", label: "Version", kind: K::Text,
        names: &["version", "version number", "version no", "software version", "product version", "current version", "release",
            "system version", "application version", "version in use", "live version", "ver", "build", "version release"], weaker: &[] },
    Entry { field: F::Modules, id: "modules", label: "Modules", kind: K::List,
        names: &["modules", "module", "module name", "modules in use", "modules used", "modules held", "modules owned", "modules licensed",
            "modules purchased", "modules bought", "product modules", "product module", "system modules", "system module", "software modules",
            "software module", "application modules", "components", "licensed modules", "module names", "modules and add ons", "sub modules"],
        weaker: &["component", "add ons", "features", "functions used", "sub system", "subsystem"] },
    Entry { field: F::Supplier, id: "supplier", label: "Supplier", kind: K::Text,
        names: &["supplier", "supplier name", "vendor", "vendor name", "supplier vendor", "vendor supplier", "manufacturer", "provider",
            "provider name", "software supplier", "system supplier", "application supplier", "software vendor", "application vendor",
            "system vendor", "supplied by", "provided by", "publisher", "software publisher", "supplier or in house",
            "supplier or developer", "supplier manufacturer", "manufacturer supplier", "company", "company name", "contractor", "developer",
            "developed by", "third party supplier", "third party provider", "solution provider", "current supplier",
            "incumbent supplier", "incumbent", "name of supplier", "supplier company", "vendor or supplier", "supplier or vendor",
            "system provider", "software provider"],
        weaker: &["reseller", "maker", "partner", "author", "main supplier", "support supplier", "contract supplier"] },
    Entry { field: F::Elements, id: "elements", label: "What it is for", kind: K::List,
        names: &["element", "elements", "lgam element", "lgam elements", "lgam", "lgam category", "lgam tag", "lgam tags",
            "local government architecture model", "service", "services", "service area", "service areas", "council service", "function",
            "functions", "business function", "business functions", "business area", "business areas", "service function", "category",
            "categories", "system category", "application category", "capability", "capabilities", "business capability",
            "business capabilities", "functional area", "functional areas", "domain", "business domain", "lga function",
            "esd function", "service supported", "services supported", "business service", "business services", "what it is for",
            "what is it for", "what it does for", "service line", "functionality area", "service area function", "service group",
            "service areas supported", "used for", "capability area", "services using it", "reference model"],
        weaker: &["area", "type of system", "system type", "application type", "type", "sub category", "subcategory", "classification",
            "tags", "service category", "purpose area", "sector", "portfolio"] },
    Entry { field: F::Status, id: "status", label: "Status", kind: K::Status,
        names: &["status", "system status", "application status", "lifecycle", "life cycle", "lifecycle status", "lifecycle stage",
            "lifecycle state", "lifecycle phase", "life cycle status", "life cycle stage", "current status", "live status", "state",
            "operational status", "system state", "live or retired", "usage status", "asset status", "status of system", "in use",
            "stage", "phase", "live", "is live"],
        weaker: &["active", "current state", "disposition", "install status"] },
    Entry { field: F::Description, id: "description", label: "Description", kind: K::LongText,
        names: &["description", "system description", "application description", "purpose", "business purpose", "system purpose",
            "what it does", "what does it do", "used for what", "summary", "overview", "brief description", "short description",
            "description of system", "description of use", "use", "usage", "system function", "functionality", "main use",
            "purpose of system", "description purpose", "purpose description", "what is it used for", "system overview"],
        weaker: &["detail", "details", "about", "information"] },
    Entry { field: F::BusinessOwner, id: "business_owner", label: "Business owner", kind: K::Owner,
        names: &["business owner", "system owner", "owner", "service owner", "application owner", "information asset owner", "iao",
            "business lead", "business contact", "owned by", "owning team", "owner role", "business owner role", "owner job title",
            "service lead", "service manager", "head of service", "responsible officer", "lead officer", "business sponsor", "product owner",
            "data owner", "information owner", "asset owner", "business system owner", "accountable owner", "responsible manager",
            "owner business", "business area owner", "senior responsible owner", "sro", "system owner role", "service contact",
            "business owner role or mailbox"],
        weaker: &["contact", "lead", "manager", "team", "responsible", "key contact", "contract owner", "contract manager", "super user",
            "business user", "owner department", "department contact"] },
    Entry { field: F::TechnicalOwner, id: "technical_owner", label: "Technical owner", kind: K::Owner,
        names: &["technical owner", "it owner", "ict owner", "technical lead", "technical contact", "it contact", "ict contact",
            "system administrator", "system admin", "systems administrator", "application administrator", "application manager",
            "system manager", "it lead", "ict lead", "support owner", "support team", "it support team", "ict support team",
            "technical support team", "supported by team", "application support team", "technical team", "technical owner role",
            "it system owner", "ict system owner", "it business partner", "ict business partner", "digital lead", "sysadmin",
            "technical owner role or mailbox", "it support contact"],
        weaker: &["administrator", "system support", "support contact", "super users", "superuser"] },
    Entry { field: F::Users, id: "users", label: "Users", kind: K::Number,
        names: &["users", "number of users", "no of users", "user count", "user numbers", "user number", "no users", "num users",
            "total users", "active users", "user base", "user base size", "named users", "licences", "number of licences", "no of licences",
            "licence count", "licenses", "number of licenses", "no of licenses", "licensed users", "users number", "approx users",
            "approximate users", "approx number of users", "approximate number of users", "estimated users", "how many users", "users no",
            "staff users", "licence numbers", "approx no of users", "user licences", "seats", "concurrent users", "internal users"],
        weaker: &["licence quantity", "quantity", "headcount"] },
    Entry { field: F::AnnualCost, id: "annual_cost", label: "Cost a year (\u{a3})", kind: K::Money,
        names: &["annual cost", "cost a year", "cost per year", "cost per annum", "cost p a", "cost pa", "annual costs", "yearly cost",
            "yearly costs", "yearly spend", "annual spend", "annual charge", "annual fee", "annual contract cost", "annual contract value",
            "annual value", "cost annual", "cost yearly", "annual licence cost", "annual support cost", "annual maintenance",
            "annual maintenance cost", "annual support and maintenance", "annual licence fee", "annual revenue cost", "revenue cost",
            "annual running cost", "running cost", "running costs", "total annual cost", "annual price", "price per annum", "acv",
            "spend per annum", "spend pa", "spend p a", "cost per yr", "cost yr", "annual budget", "yearly cost gbp", "per annum cost",
            "approx annual cost", "estimated annual cost", "annual expenditure", "charge per annum", "annual subscription",
            "support and maintenance cost", "annual cost gbp", "annual amount", "annual total", "per year", "per annum", "gbp per year",
            "gbp per annum"],
        weaker: &["cost", "costs", "price", "spend", "charge", "charges", "budget", "amount", "cost gbp", "value", "contract value pa",
            "fee", "fees", "licence cost", "support cost", "maintenance cost"] },
    Entry { field: F::ContractReference, id: "contract_reference", label: "Contract reference", kind: K::Text,
        names: &["contract reference", "contract ref", "contract number", "contract no", "contract id", "contract", "contract ref no",
            "contract reference number", "contracts register reference", "contract register ref", "contract register reference",
            "contract register id", "agreement number", "agreement reference", "contract code", "procurement reference",
            "procurement ref", "po number", "purchase order", "purchase order number", "po reference"],
        weaker: &["agreement", "order number", "contract name", "contract title"] },
    Entry { field: F::ContractStart, id: "contract_start", label: "Contract start", kind: K::Date,
        names: &["contract start", "contract start date", "start of contract", "contract from", "contract commencement",
            "contract commencement date", "commencement date", "contract begins", "contract date start", "start date contract",
            "agreement start", "agreement start date", "licence start", "licence start date", "contract award date", "start date",
            "start", "contract commenced", "term start", "contract begin date"],
        weaker: &["commenced", "from", "date from", "award date", "purchase date", "contract date"] },
    Entry { field: F::ContractEnd, id: "contract_end", label: "Contract end", kind: K::Date,
        names: &["contract end", "contract end date", "end of contract", "contract expiry", "contract expiry date", "contract expires",
            "contract expiration", "contract expiration date", "contract until", "contract to", "contract renewal", "contract renewal date",
            "renewal date", "renewal", "next renewal", "next renewal date", "renewal due", "expiry date", "expiry", "expires", "expires on",
            "expiration date", "end date", "end", "end date contract", "contract date end", "agreement end", "agreement end date",
            "licence expiry", "licence expiry date", "licence end", "licence end date", "licence renewal date", "licence renewal",
            "support end date", "contract finish", "contract finish date", "term end", "current contract end", "current contract end date",
            "contract current end date", "contract ends", "contract termination date", "renewal month", "subscription end date",
            "support expiry", "support expiry date", "contract due to end", "contract break date", "contract end month"],
        weaker: &["until", "to", "date to", "maturity date", "review date", "contract review date", "support renewal date"] },
    Entry { field: F::NoticeMonths, id: "notice_months", label: "Notice (months)", kind: K::Months,
        names: &["notice", "notice period", "notice months", "notice period months", "notice in months", "contract notice",
            "contract notice period", "notice required", "months notice", "notice period in months", "termination notice",
            "termination notice period", "notice days", "notice period days", "notice to terminate", "notice weeks",
            "cancellation notice", "cancellation period", "notice for termination", "notice mths", "notice period in days"], weaker: &[] },
    Entry { field: F::ExtensionOptions, id: "extension_options", label: "Extension options", kind: K::Text,
        names: &["extension", "extension options", "extension option", "extensions", "options to extend", "option to extend",
            "contract extension", "contract extensions", "contract extension options", "extension available", "extensions available",
            "extension period", "extension terms", "possible extension", "possible extensions", "renewal options", "extension details",
            "extend options", "extension provision"], weaker: &["options", "renewal terms", "renewal type", "auto renewal"] },
    Entry { field: F::ContractTitle, id: "contract_title", label: "Contract title", kind: K::Text,
        names: &["contract title", "contract name", "name of contract", "title of contract", "contract description", "agreement title",
            "agreement name", "contract subject", "title of agreement", "contract register title", "name of agreement"],
        weaker: &["contract", "agreement", "contract summary", "procurement title"] },
    Entry { field: F::ContractSupplier, id: "contract_supplier", label: "Contract supplier", kind: K::Text,
        names: &["contract supplier", "contract with", "contract vendor", "contract party", "contracted supplier", "contracted with",
            "contract supplier name", "contract holder supplier", "awarded supplier", "supplier on contract", "purchased from", "bought from",
            "purchased through", "bought through", "procured through", "reseller", "reseller name", "contracting supplier"],
        weaker: &["contract provider", "counterparty", "contractor"] },
    Entry { field: F::ContractCost, id: "contract_cost", label: "Contract cost a year (\u{a3})", kind: K::Money,
        names: &["contract cost", "contract cost a year", "contract cost per year", "contract cost per annum", "contract cost p a",
            "contract cost pa", "contract annual cost", "contract annual value", "annual cost of contract", "annual value of contract",
            "annual contract charge", "contract charge per annum", "contract value per annum", "contract value a year",
            "contract value per year", "contract value annual", "yearly contract cost", "yearly contract value", "contract cost annual",
            "contract annual charge", "contract price per annum", "contract value p a"],
        weaker: &["annual contract cost", "annual contract value", "contract value pa"] },
    Entry { field: F::Hosting, id: "hosting", label: "Hosting", kind: K::Text,
        names: &["hosting", "hosted", "hosting type", "hosting model", "hosting location", "hosted where", "where hosted", "hosted by",
            "where is it hosted", "hosting arrangement", "hosting arrangements", "hosting environment", "hosting provider", "cloud or on premise",
            "on premise or cloud", "cloud on premise", "on premise cloud", "cloud on prem", "on prem cloud", "cloud or on prem",
            "on prem or cloud", "deployment", "deployment model", "deployment type", "saas or on premise", "saas on prem", "saas",
            "cloud", "cloud hosted", "delivery model", "infrastructure", "location hosted", "hosted or on premise", "cloud status",
            "hosted internally or externally", "hosting method", "hosted onsite or cloud", "runs on", "runs where", "where it runs"],
        weaker: &["environment", "location", "architecture", "server location", "data centre", "installation type"] },
    Entry { field: F::DataModel, id: "data_model", label: "Data model", kind: K::Text,
        names: &["data model", "data structure", "data segmentation", "data partitioning", "segmented or monolithic", "tenancy",
            "tenancy model", "data architecture", "data separation", "data model segmented or monolithic", "data model type"],
        weaker: &["database structure"] },
    Entry { field: F::Portability, id: "portability", label: "Data portability", kind: K::Text,
        names: &["portability", "data portability", "data export", "export", "exit", "exit plan", "data extraction", "export options",
            "data export options", "export formats", "export format", "exit strategy", "exit arrangements", "exportable",
            "ease of data extraction", "data extract"], weaker: &[] },
    Entry { field: F::SupportModel, id: "support_model", label: "Support", kind: K::Text,
        names: &["support", "support model", "support arrangement", "support arrangements", "supported by", "support provider",
            "support level", "support type", "support hours", "support and maintenance", "system support", "support contract",
            "support provided by", "technical support", "first line support", "support tier", "application support", "who supports it"],
        weaker: &["maintenance", "sla", "service hours"] },
    Entry { field: F::SharedWith, id: "shared_with", label: "Shared with", kind: K::List,
        names: &["shared with", "shared", "shared by", "sharing", "shared service", "shared services", "shared with councils",
            "shared with organisations", "other councils", "other organisations", "other councils using", "partner organisations",
            "partners", "partner councils", "shared system", "shared with which councils", "joint with", "shared with other councils"],
        weaker: &["organisations", "councils", "shared use"] },
    Entry { field: F::UsedBy, id: "used_by", label: "Used by", kind: K::List,
        names: &["used by", "used by organisations", "used by councils", "organisations using", "organisations using it", "councils using",
            "councils using it", "user organisations", "using organisations", "using councils", "user councils", "also used by",
            "used by other councils", "used by which councils", "consuming organisations", "tenant councils", "council users"],
        weaker: &["other councils using", "customer organisations"] },
    Entry { field: F::DependsOn, id: "depends_on", label: "Relies on", kind: K::List,
        names: &["depends on", "relies on", "dependencies", "dependency", "system dependencies", "depends on systems", "needs",
            "relies on systems", "upstream systems", "upstream system", "required systems", "dependent on", "reliant on",
            "application dependencies", "depends upon"],
        weaker: &["requires", "uses systems"] },
    Entry { field: F::Criticality, id: "criticality", label: "Criticality", kind: K::Text,
        names: &["criticality", "critical", "business criticality", "business critical", "system criticality", "tier", "criticality tier",
            "priority", "importance", "business impact", "recovery tier", "dr tier", "dr priority", "recovery priority", "service tier",
            "criticality rating", "bc priority", "business continuity priority", "critical system", "day 1 critical", "day one critical",
            "mission critical", "criticality level", "application criticality", "bia rating", "business criticality rating"],
        weaker: &["impact", "rating", "gold silver bronze"] },
    Entry { field: F::Website, id: "website", label: "Web address", kind: K::Text,
        names: &["website", "web site", "web address", "url", "system url", "application url", "link", "web link", "login url",
            "website address", "site url", "address url", "supplier website", "product website", "portal url"], weaker: &["site"] },
    Entry { field: F::Notes, id: "notes", label: "Notes", kind: K::LongText,
        names: &["notes", "note", "comments", "comment", "remarks", "additional information", "additional info", "other information",
            "further information", "general notes", "additional notes", "other comments", "other notes", "any other information",
            "further comments", "additional comments", "notes comments", "comments notes", "observations", "misc", "issues",
            "known issues", "contract notes", "contract comments", "free text", "other"], weaker: &["actions", "update", "updates"] },
];

impl Field {
    /// Every field, in the order in which pages and exports show them.
    pub fn all() -> impl Iterator<Item = Field> {
        ENTRIES.iter().map(|entry| entry.field)
    }

    fn entry(self) -> &'static Entry {
        // The order of the list is that of the enumeration; a test holds them together.
        ENTRIES.get(self as usize).unwrap_or(&ENTRIES[0])
    }

    /// The stable name, for programs and exports: `contract_end`.
    pub fn id(self) -> &'static str {
        self.entry().id
    }

    /// The name that people see: `Contract end`.
    pub fn label(self) -> &'static str {
        self.entry().label
    }

    /// How its values are read.
    pub fn kind(self) -> FieldKind {
        self.entry().kind
    }

    /// Whether several columns may hold it, their values being joined.
    pub fn takes_several_columns(self) -> bool {
        matches!(self.kind(), FieldKind::List | FieldKind::LongText)
    }
}

/// The fields that a folded heading may mean, and how good a name it is for each: 3 its own, 2 one that it shares.
pub(super) fn named(heading: &str) -> impl Iterator<Item = (Field, u8)> {
    static NAMES: LazyLock<HashMap<&str, Vec<(Field, u8)>>> = LazyLock::new(|| {
        let mut names: HashMap<&str, Vec<(Field, u8)>> = HashMap::new();
        for entry in ENTRIES {
            let own = entry.names.iter().map(|name| (name, 3));
            for (name, strength) in own.chain(entry.weaker.iter().map(|name| (name, 2))) {
                names.entry(name).or_default().push((entry.field, strength));
            }
        }
        names
    });
    let found = NAMES.get(heading).map(Vec::as_slice).unwrap_or_default();
    // Our own exports are headed by the ids.
    let by_id = ENTRIES.iter().find(|entry| found.is_empty() && entry.id == heading.replace(' ', "_"));
    found.iter().copied().chain(by_id.map(|entry| (entry.field, 3)))
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Field {
    type Err = UnknownField;
    fn from_str(id: &str) -> Result<Self, UnknownField> {
        let found = ENTRIES.iter().find(|entry| entry.id == id);
        found.map(|entry| entry.field).ok_or_else(|| UnknownField(id.chars().take(40).collect()))
    }
}

impl TryFrom<String> for Field {
    type Error = UnknownField;
    fn try_from(id: String) -> Result<Self, UnknownField> {
        id.parse()
    }
}

impl From<Field> for &'static str {
    fn from(field: Field) -> &'static str {
        field.id()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]
    use super::*;

    #[test]
    fn the_list_is_in_the_order_of_the_enumeration() {
        for (place, entry) in ENTRIES.iter().enumerate() {
            assert_eq!(entry.field as usize, place, "{}", entry.id);
            assert_eq!(entry.id.parse::<Field>().unwrap(), entry.field);
        }
        assert_eq!(ENTRIES.len(), Field::Notes as usize + 1);
        assert!("salary".parse::<Field>().is_err());
    }

    #[test]
    fn names_are_folded_and_mostly_belong_to_one_field() {
        let mut owners: HashMap<&str, Vec<Field>> = HashMap::new();
        for entry in ENTRIES {
            for name in entry.names {
                assert_eq!(vocabulary::fold(name), *name);
                owners.entry(name).or_default().push(entry.field);
            }
            for name in entry.weaker {
                assert_eq!(vocabulary::fold(name), *name);
            }
        }
        // A name may be the own name of two fields only where order in the enumeration settles it on purpose.
        let shared: Vec<_> = owners.iter().filter(|(_, fields)| fields.len() > 1).map(|(name, _)| *name).collect();
        assert_eq!(shared, ["system support"; 0], "{owners:?}");
    }
}
