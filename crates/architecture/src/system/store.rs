//! Reading systems as a reader may see them. Every query about systems starts from [`Seen`], so that no page has to
//! remember the rules: rows pass the ledger's predicate, and a field that the reader may not read is NULL already in SQL,
//! where sorting, filtering and counting happen.

use std::collections::BTreeSet;

use ledger::visible;
use serde::Serialize;
use store::{Error, Row, Transaction, Value};
use vocabulary::{OrganisationId, Reader, Standing};

/// The tables and columns of systems as one reader sees them. SQL fragments number their parameters from `$1`;
/// [`Seen::parameters`] are the first ones of any query, and a query's own follow from [`Seen::next_parameter`].
///
/// Aliases: `s` system, `o` its organisation, `e` its estate, `p` its product (NULL for a candidate of another
/// organisation), `u` its supplier, `c` its contract, `cu` the contract's supplier.
pub struct Seen {
    /// The first parameters of every query made with this.
    pub parameters: Vec<Value>,
    /// `FROM … WHERE …`, to be followed by ` AND …`.
    pub from: String,
    /// The annual cost in pence where the reader may see it, else NULL: sort, filter and sum by this, never by `s.annual_cost`.
    pub cost: String,
    /// What its whole contract costs a year, in pence, where the reader may see it, else NULL: never `c.annual_cost`.
    pub contract_cost: String,
    /// When something was last said of the system that the reader is told: never `s.changed_at`.
    pub changed: String,
    own: String,
}

/// What [`Seen::narrow`] gives.
pub struct Narrow {
    /// The first parameters of every query made with this.
    pub parameters: Vec<Value>,
    /// `FROM … WHERE …`, to be followed by ` AND …`.
    pub from: String,
    /// Which systems the reader sees, for queries that join other tables: `FROM system AS s JOIN … WHERE …`.
    pub rows: String,
    /// Which products the reader may know of, with the alias `p`.
    pub products: String,
    /// The product's id where the reader may know of it, else NULL.
    pub product: String,
    /// When something was last said of the system that the reader is told: never `s.changed_at`.
    pub changed: String,
}

impl Narrow {
    /// The number of the first parameter that a query may add.
    pub fn next_parameter(&self) -> usize {
        self.parameters.len() + 1
    }

    /// The reader's parameters followed by a query's own.
    pub fn with(&self, more: Vec<Value>) -> Vec<Value> {
        [self.parameters.clone(), more].concat()
    }
}

/// A system as one reader sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SystemRow {
    /// The organisation's id.
    pub organisation: String,
    /// The organisation's name.
    pub organisation_name: String,
    /// The system's id.
    pub id: String,
    /// What the organisation calls it.
    pub name: String,
    /// planned, live, retiring or retired.
    pub status: Option<String>,
    /// The product's id, where it is known and the reader may know it.
    pub product: Option<String>,
    /// The product's name.
    pub product_name: Option<String>,
    /// Whether the product is a candidate, seen by this organisation only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub candidate: bool,
    /// The product's version.
    pub version: Option<String>,
    /// The modules in use; absent where the product is.
    pub modules: Option<String>,
    /// The supplying organisation's id.
    pub supplier: Option<String>,
    /// Its name.
    pub supplier_name: Option<String>,
    /// Made and run by the organisation itself.
    pub in_house: bool,
    /// What it does.
    pub description: Option<String>,
    /// Role or team that answers for its use.
    pub business_owner: Option<String>,
    /// Role or team that runs it.
    pub technical_owner: Option<String>,
    /// Number of users.
    pub users: Option<i64>,
    /// Pence a year; absent for those who may not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annual_cost: Option<i64>,
    /// The contract's id.
    pub contract: Option<String>,
    /// The contract's reference.
    pub contract_reference: Option<String>,
    /// First day or month.
    pub contract_start: Option<String>,
    /// Last day or month.
    pub contract_end: Option<String>,
    /// Last day: the end date, or the last day of the end month.
    pub contract_end_day: Option<String>,
    /// Months of notice.
    pub notice_months: Option<i64>,
    /// The last day on which notice can be given.
    pub last_notice_day: Option<String>,
    /// Options to extend.
    pub extension_options: Option<String>,
    /// What the contract is called.
    pub contract_title: Option<String>,
    /// Who the contract is with: an organisation's id.
    pub contract_supplier: Option<String>,
    /// Its name.
    pub contract_supplier_name: Option<String>,
    /// Pence a year for the whole contract; absent for those who may not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract_cost: Option<i64>,
    /// Where it runs.
    pub hosting: Option<String>,
    /// Whether its data are held together or apart.
    pub data_model: Option<String>,
    /// How its data can be taken out.
    pub portability: Option<String>,
    /// Who supports it.
    pub support_model: Option<String>,
    /// Other organisations that use it.
    pub shared_with: Option<String>,
    /// How much depends on it.
    pub criticality: Option<String>,
    /// Its address on the web.
    pub website: Option<String>,
    /// own, members or public.
    pub visibility: String,
    /// When the latest statement about it was made that the reader is told.
    pub changed_at: String,
    /// What only the organisation sees; nothing for anyone else.
    #[serde(skip)]
    pub own: OwnParts,
}

/// Ids of private texts, for those who may read the organisation's own parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnParts {
    /// A supplier's name that matched no organisation.
    pub supplier: Option<String>,
    /// What looks like a person, as business owner.
    pub business_owner: Option<String>,
    /// What looks like a person, as technical owner.
    pub technical_owner: Option<String>,
    /// Notes.
    pub notes: Option<String>,
    /// The name of the contract's supplier, where it matched no organisation.
    pub contract_supplier: Option<String>,
}

impl SystemRow {
    /// Where its page is.
    pub fn address(&self) -> String {
        format!("/systems/{}", self.id)
    }

    /// Where its product's page is.
    pub fn product_address(&self) -> Option<String> {
        self.product.as_ref().map(|id| format!("/products/{id}"))
    }

    /// Where the page of its contract's supplier is.
    pub fn contract_supplier_address(&self) -> Option<String> {
        self.contract_supplier.as_ref().map(|id| format!("/organisations/{id}"))
    }

    /// Where its supplier's page is.
    pub fn supplier_address(&self) -> Option<String> {
        self.supplier.as_ref().map(|id| format!("/organisations/{id}"))
    }
}

/// Whether the reader may read the own parts of an organisation.
pub fn sees_own(reader: &Reader, organisation: &OrganisationId) -> bool {
    reader.sees(vocabulary::Visibility::Own, organisation)
}

/// Whether the reader may see costs of at least somebody: without that, columns, filters and sorting by cost are absent.
pub fn may_see_costs(reader: &Reader) -> bool {
    reader.standing() != Standing::Public
}

/// The organisations whose costs the reader may see: asked once, where costs of tens of thousands of systems are read.
///
/// # Errors
/// When the engine fails.
pub fn whose_costs(tx: &mut Transaction<'_>, reader: &Reader) -> Result<BTreeSet<String>, Error> {
    let cost = visible(reader, "e.cost_visibility", "e.organisation", 1);
    let sql = format!("SELECT e.organisation FROM estate AS e WHERE {}", cost.sql);
    Ok(tx.query(&sql, &cost.parameters, |row| row.text(0))?.into_iter().collect())
}

impl Seen {
    /// What `reader` may see.
    pub fn by(reader: &Reader) -> Seen {
        let rows = visible(reader, "s.visibility", "s.organisation", 1);
        // The same parameters serve every predicate of one reader, so they are given once.
        let cost = visible(reader, "e.cost_visibility", "s.organisation", 1);
        let own = visible(reader, "'own'", "s.organisation", 1);
        let product = visible(reader, "p.visibility", "p.organisation", 1);
        let from = format!(
            "FROM system AS s
             JOIN organisation AS o ON o.id = s.organisation
             JOIN estate AS e ON e.organisation = s.organisation
             LEFT JOIN product AS p ON p.organisation = s.product_organisation AND p.id = s.product AND {}
             LEFT JOIN organisation AS u ON u.id = s.supplier
             LEFT JOIN contract AS c ON c.organisation = s.organisation AND c.id = s.contract
             LEFT JOIN organisation AS cu ON cu.id = c.supplier
             WHERE {}",
            product.sql, rows.sql
        );
        let of = |column: &str| format!("CASE WHEN {} THEN {column} END", cost.sql);
        let (cost, contract_cost) = (of("s.annual_cost"), of("c.annual_cost"));
        let changed = changed(&own.sql);
        Seen { parameters: rows.parameters, from, cost, contract_cost, changed, own: own.sql }
    }

    /// The same rules without any joins, for reading tens of thousands of systems at once: `FROM … WHERE …` with the alias
    /// `s` alone, and the product's id where the reader may know of it. The parameters are the same. Whose costs may be read
    /// tells [`whose_costs`].
    pub fn narrow(reader: &Reader) -> Narrow {
        let rows = visible(reader, "s.visibility", "s.organisation", 1);
        // The shared list is everybody's; only the others need to be looked for.
        let product = visible(reader, "p.visibility", "p.organisation", 1);
        let own = visible(reader, "'own'", "s.organisation", 1);
        Narrow {
            from: format!("FROM system AS s WHERE {}", rows.sql),
            parameters: rows.parameters,
            product: format!(
                "CASE WHEN s.product_organisation = '' OR (s.product_organisation, s.product) IN
                     (SELECT p.organisation, p.id FROM product AS p WHERE {}) THEN s.product END",
                product.sql
            ),
            rows: rows.sql,
            products: product.sql,
            changed: changed(&own.sql),
        }
    }

    /// The number of the first parameter that a query may add.
    pub fn next_parameter(&self) -> usize {
        self.parameters.len() + 1
    }

    /// The columns that [`row`] reads, in its order.
    pub fn columns(&self) -> String {
        let own = |column: &str| format!("CASE WHEN {} THEN {column} END", self.own);
        [
            "s.organisation, o.name, s.id, s.name, s.status, p.id, p.name",
            "CASE WHEN p.organisation <> '' THEN 1 ELSE 0 END, CASE WHEN p.id IS NOT NULL OR s.product IS NULL THEN s.version END",
            "s.supplier, u.name, s.in_house, s.description, s.business_owner, s.technical_owner, s.users",
            &self.cost,
            "s.contract, c.reference, c.start_date, c.end_date, c.end_day, c.notice_months, c.last_notice_day, c.extension",
            "s.hosting, s.data_model, s.portability, s.support_model, s.shared_with, s.criticality, s.visibility",
            &self.changed,
            &own("s.supplier_private"),
            &own("s.business_owner_private"),
            &own("s.technical_owner_private"),
            &own("s.notes_private"),
            "s.website",
            // Modules, like a version, say which product it is.
            "CASE WHEN p.id IS NOT NULL OR s.product IS NULL THEN s.modules END",
            "c.title, c.supplier, cu.name",
            &self.contract_cost,
            &own("c.supplier_private"),
        ]
        .join(", ")
    }

    /// Runs `SELECT columns from AND rest` with the reader's parameters and then `more`.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn rows(&self, tx: &mut Transaction<'_>, rest: &str, more: Vec<Value>) -> Result<Vec<SystemRow>, Error> {
        let sql = format!("SELECT {} {} {rest}", self.columns(), self.from);
        tx.query(&sql, &self.with(more), row)
    }

    /// The reader's parameters followed by a query's own.
    pub fn with(&self, more: Vec<Value>) -> Vec<Value> {
        let mut parameters = self.parameters.clone();
        parameters.extend(more);
        parameters
    }

    /// One system by id; none when it does not exist or is not shared with the reader, which are never told apart.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn system(&self, tx: &mut Transaction<'_>, id: &str) -> Result<Option<SystemRow>, Error> {
        let rest = format!("AND s.id = ${}", self.next_parameter());
        Ok(self.rows(tx, &rest, vec![Value::from(id)])?.pop())
    }
}

/// When something was last said that the reader is told; `own` says whether they see what is the organisation's own.
fn changed(own: &str) -> String {
    format!("CASE WHEN {own} THEN s.changed_at ELSE s.plain_changed_at END")
}

/// Reads one row of [`Seen::columns`].
///
/// # Errors
/// When a column holds something else.
pub fn row(row: &Row<'_>) -> Result<SystemRow, Error> {
    Ok(SystemRow {
        organisation: row.text(0)?,
        organisation_name: row.text(1)?,
        id: row.text(2)?,
        name: row.text(3)?,
        status: row.optional_text(4)?,
        product: row.optional_text(5)?,
        product_name: row.optional_text(6)?,
        candidate: row.flag(7)?,
        version: row.optional_text(8)?,
        modules: row.optional_text(38)?,
        supplier: row.optional_text(9)?,
        supplier_name: row.optional_text(10)?,
        in_house: row.flag(11)?,
        description: row.optional_text(12)?,
        business_owner: row.optional_text(13)?,
        technical_owner: row.optional_text(14)?,
        users: row.optional_integer(15)?,
        annual_cost: row.optional_integer(16)?,
        contract: row.optional_text(17)?,
        contract_reference: row.optional_text(18)?,
        contract_start: row.optional_text(19)?,
        contract_end: row.optional_text(20)?,
        contract_end_day: row.optional_text(21)?,
        notice_months: row.optional_integer(22)?,
        last_notice_day: row.optional_text(23)?,
        extension_options: row.optional_text(24)?,
        contract_title: row.optional_text(39)?,
        contract_supplier: row.optional_text(40)?,
        contract_supplier_name: row.optional_text(41)?,
        contract_cost: row.optional_integer(42)?,
        hosting: row.optional_text(25)?,
        data_model: row.optional_text(26)?,
        portability: row.optional_text(27)?,
        support_model: row.optional_text(28)?,
        shared_with: row.optional_text(29)?,
        criticality: row.optional_text(30)?,
        website: row.optional_text(37)?,
        visibility: row.text(31)?,
        changed_at: row.text(32)?,
        own: OwnParts {
            supplier: row.optional_text(33)?,
            business_owner: row.optional_text(34)?,
            technical_owner: row.optional_text(35)?,
            notes: row.optional_text(36)?,
            contract_supplier: row.optional_text(43)?,
        },
    })
}

/// The elements of the systems that a query names: `(system, frame, element)`. Ask only for systems the reader may see.
///
/// # Errors
/// When the engine fails.
pub fn elements_of(tx: &mut Transaction<'_>, organisation: &str, system: &str) -> Result<Vec<(String, String)>, Error> {
    tx.query(
        "SELECT x.frame, x.element FROM system_element AS x JOIN frame_element AS f ON f.frame = x.frame AND f.id = x.element
         WHERE x.organisation = $1 AND x.system = $2 ORDER BY x.frame, f.position",
        &store::values![organisation, system],
        |row| Ok((row.text(0)?, row.text(1)?)),
    )
}
