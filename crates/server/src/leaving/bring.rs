//! An organisation comes from another copy, with the file that it took along there.
//!
//! The whole file is verified before anything is written; then everything is written in one transaction, examined as
//! `doctor` does, and refused whole when anything is not as it should be. What all share is found here again, by id and then
//! by name. Nobody is signed in by it: people are invited.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use accounts::{EmailAddress, NewInvitation, Organisation, organisation, person};
use architecture::leaving::Renamed;
use architecture::product::store::{NewCandidate, add_candidates};
use ledger::{Holds, NewEvent, Owner};
use serde::Serialize;
use serde_json::json;
use store::backup::{Found, Manifest, Refused, insert_rows, read_parts, steps};
use store::{Store, Table, Transaction, Value, values};
use vocabulary::{Chance, OrganisationId, PersonId, Role, Timestamp, fold};

use super::{ELEMENTS, FILE, INVITED, ORGANISATIONS, PEOPLE, PRODUCTS};
use crate::doctor;
use crate::slices::{about_people, belongings};
use crate::stopped::Stopped;

/// How many rows are given to the engine at once.
const ROWS: usize = 500;
/// How many names of what is missing people are told.
const TOLD: usize = 10;

/// What came of bringing an organisation in, or would come of it.
#[derive(Clone, Debug, Serialize)]
pub struct Brought {
    /// Which organisation.
    pub organisation: OrganisationId,
    /// Its name.
    pub name: String,
    /// Whether its people see what participating bodies share with each other.
    pub participating: bool,
    /// What the file says of itself.
    pub manifest: Manifest,
    /// Products of the shared list that are known here under the same id.
    pub products_known: usize,
    /// Those known here under another id, found by name: id in the file, id here.
    pub products_by_name: Vec<(String, String)>,
    /// Those that nobody lists here, which become the organisation's own: their names.
    pub products_own: Vec<String>,
    /// Other organisations that the file names and that are added, by name, without anything of theirs.
    pub organisations_added: Vec<String>,
    /// Rows that say something of a shared list which is not here, and of ends of links, and stay away.
    pub left_out: usize,
    /// Who is invited.
    pub invited: Vec<Guest>,
    /// How many people have no address, so that nobody could be invited.
    pub without_address: usize,
}

/// Somebody who is invited.
#[derive(Clone, Debug, Serialize)]
pub struct Guest {
    /// Their address.
    pub email: String,
    /// What they can do once they accept.
    pub role: Role,
    /// What the address of the link ends with; none on trial.
    pub token: Option<String>,
}

/// Brings the organisation of a file in; on trial, says what would come of it and writes nothing.
///
/// # Errors
/// A file that is damaged or of another version; an organisation, code or thing that is here already; reference frames that
/// are not. Then nothing is written.
pub fn bring(store: &Store, path: &Path, trial: bool, now: Timestamp, chance: &Chance) -> Result<Brought, Stopped> {
    let guest = Contents::read(path)?;
    let parts = doctor::parts(store);
    let (path, chance) = (path.to_owned(), chance.clone());
    let done = store.write_blocking(move |tx| {
        let before = doctor::examined(tx, &parts)?;
        let mut brought = guest.bring(tx, &path, &parts, now, &chance)?;
        let after = doctor::examined(tx, &parts)?;
        if let Some(finding) = after.findings.iter().find(|finding| !before.findings.contains(finding)) {
            let message = format!("What the file holds does not agree with itself: {}.", finding.message);
            return Err(End::Stopped(Stopped::refused(message).next(
                "Nothing was written. Take the file again where the organisation comes from, after `commonhold doctor` there.",
            )));
        }
        if trial {
            brought.invited.iter_mut().for_each(|guest| guest.token = None);
            return Err(End::Trial(Box::new(brought)));
        }
        Ok(brought)
    });
    match done {
        Ok(brought) => Ok(brought),
        Err(End::Trial(brought)) => Ok(*brought),
        Err(End::Stopped(stopped)) => Err(stopped),
    }
}

/// Why the transaction does not commit.
enum End {
    Stopped(Stopped),
    Trial(Box<Brought>),
}

impl From<Stopped> for End {
    fn from(stopped: Stopped) -> End {
        End::Stopped(stopped)
    }
}

impl From<store::Error> for End {
    fn from(error: store::Error) -> End {
        End::Stopped(error.into())
    }
}

/// What has to be known of a file before its rows are written.
#[derive(Clone)]
struct Contents {
    manifest: Manifest,
    of: OrganisationId,
    name: String,
    code: Option<String>,
    participating: bool,
    /// id, address, name, role.
    people: Vec<(String, Option<String>, String, String)>,
    /// address, name, role.
    invited: Vec<(String, String, String)>,
    /// id, name, kind, code.
    organisations: Vec<(String, String, String, Option<String>)>,
    /// id, name.
    products: Vec<(String, String)>,
    elements: Vec<(String, String)>,
    /// The organisation's own products by folded name.
    own_products: BTreeMap<String, String>,
    /// Addresses of its things.
    addresses: Vec<String>,
    /// The tables in it, as it has them.
    tables: Vec<Table>,
}

impl Contents {
    fn read(path: &Path) -> Result<Contents, Stopped> {
        let mut rows: BTreeMap<String, Vec<BTreeMap<String, Value>>> = BTreeMap::new();
        let mut tables = Vec::new();
        let mut strangers = 0;
        let kept =
            [PEOPLE, INVITED, ORGANISATIONS, PRODUCTS, ELEMENTS, "organisation", "product_name", "thing", "product"];
        let columns = belongings();
        let mut of = None;
        let manifest = read_parts(path, FILE, |found| {
            match found {
                Found::Table(table) => tables.push(table.clone()),
                Found::Row { table, values, .. } => {
                    let at = |name: &str| table.columns.iter().position(|column| column.name == name);
                    // Every row of a table of an organisation's own has to name this organisation.
                    let column = columns.iter().find(|one| one.table == table.name).and_then(|one| one.column());
                    if let Some(at) = column.and_then(at) {
                        let first = of.get_or_insert_with(|| values[at].clone());
                        strangers += usize::from(*first != values[at]);
                    }
                    if kept.contains(&table.name.as_str()) {
                        let names = table.columns.iter().map(|column| column.name.clone());
                        rows.entry(table.name.clone()).or_default().push(names.zip(values).collect());
                    }
                }
            }
            Ok(())
        })?;
        let odd = || {
            let message = format!("{} is no sound file of an organisation.", path.display());
            Stopped::refused(message).next("Take it again where the organisation comes from.")
        };
        let id = manifest.of.clone().ok_or_else(odd)?;
        if strangers > 0 || of.is_some_and(|of| of != Value::Text(id.clone())) {
            return Err(odd());
        }
        let text = |row: &BTreeMap<String, Value>, column: &str| match row.get(column) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let need = |row: &BTreeMap<String, Value>, column: &str| text(row, column).ok_or_else(odd);
        let all = |part: &str| rows.get(part).cloned().unwrap_or_default();
        let own = all("organisation").pop().ok_or_else(odd)?;
        let mut contents = Contents {
            of: id.parse().map_err(|_| odd())?,
            name: need(&own, "name")?,
            code: text(&own, "code"),
            participating: own.get("participating") == Some(&Value::Integer(1)),
            people: vec![],
            invited: vec![],
            organisations: vec![],
            products: vec![],
            elements: vec![],
            own_products: BTreeMap::new(),
            addresses: vec![],
            manifest,
            tables,
        };
        for row in all(PEOPLE) {
            let name = text(&row, "name").unwrap_or_default();
            contents.people.push((need(&row, "id")?, text(&row, "email"), name, need(&row, "role")?));
        }
        for row in all(INVITED) {
            contents.invited.push((need(&row, "email")?, need(&row, "name")?, need(&row, "role")?));
        }
        for row in all(ORGANISATIONS) {
            let (id, name, kind) = (need(&row, "id")?, need(&row, "name")?, need(&row, "kind")?);
            contents.organisations.push((id, name, kind, text(&row, "code")));
        }
        for row in all(PRODUCTS) {
            contents.products.push((need(&row, "id")?, need(&row, "name")?));
        }
        for row in all(ELEMENTS) {
            contents.elements.push((need(&row, "frame")?, need(&row, "element")?));
        }
        for row in all("product_name") {
            contents.own_products.insert(need(&row, "folded")?, need(&row, "product")?);
        }
        for row in all("thing") {
            contents.addresses.push(need(&row, "address")?);
        }
        Ok(contents)
    }

    fn bring(
        &self,
        tx: &mut Transaction<'_>,
        path: &Path,
        parts: &[doctor::Part],
        now: Timestamp,
        chance: &Chance,
    ) -> Result<Brought, Stopped> {
        let of = &self.of;
        self.may_come(tx)?;
        let mut brought = Brought {
            organisation: of.clone(),
            name: self.name.clone(),
            participating: self.participating,
            manifest: self.manifest.clone(),
            products_known: 0,
            products_by_name: vec![],
            products_own: vec![],
            organisations_added: vec![],
            left_out: 0,
            invited: vec![],
            without_address: 0,
        };
        let (renamed, candidates) = self.renamed(tx, &mut brought, now)?;
        let mut people: BTreeMap<String, String> = BTreeMap::new();
        for (id, email, name, _) in &self.people {
            let known: PersonId = id.parse().map_err(Stopped::unexpected)?;
            let email = email.as_deref().map(address).transpose()?;
            let here = person::from_elsewhere(tx, known, email.as_ref(), name, now)?;
            people.insert(id.clone(), here.to_string());
        }
        accounts::leaving::remove_tombstone(tx, of)?;
        for table in ["organisation_name", "organisation"] {
            let column = if table == "organisation" { "id" } else { "organisation" };
            tx.execute(&format!("DELETE FROM {table} WHERE {column} = $1"), &values![of.as_str()])?;
        }
        brought.left_out = self.write(tx, path, &renamed, &people)?;
        add_candidates(tx, of, &candidates)?;
        architecture::projection::write_all(tx, of, now)?;
        architecture::leaving::follow_name(tx, of, now)?;
        let mut things = doctor::things(tx, parts)?;
        things.retain(|thing| thing.organisation.as_ref() == Some(of));
        ledger::put_things(tx, &things, now)?;
        brought.left_out += links(tx, of)?;
        let events = self.manifest.tables.iter().find(|part| part.table == "event").map_or(0, |part| part.rows);
        let event = NewEvent {
            organisation: Some(of.clone()),
            actor: None,
            verb: "brought-in",
            thing: format!("/organisations/{of}"),
            details: json!({"events": events, "taken_at": self.manifest.made_at}),
            erasable: false,
        };
        ledger::append(tx, &event, now, chance)?;
        self.invite(tx, &mut brought, now, chance)?;
        Ok(brought)
    }

    /// Refuses what would come in beside something that is here.
    fn may_come(&self, tx: &mut Transaction<'_>) -> Result<(), Stopped> {
        let of = self.of.as_str();
        if self.manifest.migrations != steps(tx)? {
            let message = format!(
                "The file was written by version {}, whose tables are not those of this version.",
                self.manifest.program
            );
            return Err(Stopped::refused(message)
                .next("Bring both copies to the same version of commonhold, and take the file again."));
        }
        let own = format!("/organisations/{of}");
        for belonging in belongings() {
            let (table, Some(column)) = (belonging.table, belonging.column()) else { continue };
            let more = match table {
                "organisation" | "organisation_name" => continue,
                // One that is only listed here may be brought in with what is its own.
                "thing" | "search_word" => " AND address <> $2",
                _ => " AND $2 <> ''",
            };
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} = $1{more}");
            if tx.query_one(&sql, &values![of, &own], |row| row.integer(0))? > 0 {
                let message = format!("{} ({of}) is here already, with data or people of its own.", self.name);
                return Err(Stopped::refused(message).next(
                    "Bring it to a copy where it has nothing yet. What is here is never mixed with what a file holds.",
                ));
            }
        }
        if let Some(code) = &self.code
            && let Some(other) = organisation::by_id_or_code(tx, code)?
            && other.id != self.of
        {
            let message = format!("The code {code} is that of {} ({}) here.", other.name, other.id);
            return Err(Stopped::refused(message)
                .next("Correct the code of that organisation with `commonhold import organisations`, or take the file again under this code's own id."));
        }
        // One that left here may come back.
        let left = accounts::leaving::tombstone(tx, &self.of)?;
        if let Some(left) = &left
            && fold(&left.name) != fold(&self.name)
        {
            let message = format!("{of} was {} here, which left, and is {} in the file.", left.name, self.name);
            return Err(Stopped::refused(message).next("Two organisations cannot have one identifier."));
        }
        if left.is_none()
            && let Some(here) = organisation::find(tx, &self.of)?
            && fold(&here.name) != fold(&self.name)
            && (here.code.is_none() || here.code != self.code)
        {
            let message = format!("{of} is {} here, and {} in the file.", here.name, self.name);
            return Err(Stopped::refused(message).next("Two organisations cannot have one identifier."));
        }
        for address in &self.addresses {
            let sql = "SELECT organisation FROM thing WHERE address = $1 AND organisation <> $2";
            if let Some(whose) = tx.query_optional(sql, &values![address, of], |row| row.text(0))? {
                let message = format!("{address} is here already and belongs to {whose}.");
                return Err(Stopped::refused(message).next("The same data cannot be here twice."));
            }
        }
        let sql = "SELECT 1 FROM frame_element WHERE frame = $1 AND id = $2";
        let mut missing = Vec::new();
        for (frame, element) in &self.elements {
            if tx.query_optional(sql, &values![frame, element], |_| Ok(()))?.is_none() {
                missing.push(format!("{element} of {frame}"));
            }
        }
        if !missing.is_empty() {
            missing.truncate(TOLD);
            let message = format!("Systems stand on elements that are not here: {}.", missing.join(", "));
            return Err(Stopped::refused(message).next("Load that frame first, with: commonhold import frame FILE"));
        }
        Ok(())
    }

    /// What the ids of what all share are here; and those products that become the organisation's own.
    fn renamed(
        &self,
        tx: &mut Transaction<'_>,
        brought: &mut Brought,
        now: Timestamp,
    ) -> Result<(Renamed, Vec<NewCandidate>), Stopped> {
        let mut renamed = Renamed::default();
        let known = organisation::all(tx, None)?;
        let merges = organisation::merges(tx)?;
        let mut added = Vec::new();
        for (id, name, kind, code) in &self.organisations {
            let same_code = |one: &&Organisation| code.is_some() && one.code == *code;
            let is_called = |one: &Organisation| {
                let mut names = std::iter::once(&one.name).chain(&one.also_known).chain(&one.former_names);
                names.any(|known| fold(known) == fold(name))
            };
            let named: Vec<&Organisation> = known.iter().filter(|one| is_called(one)).collect();
            let here = known.iter().find(|one| one.id.as_str() == id);
            let found = match (here, named.as_slice()) {
                (Some(here), _) if is_called(here) || same_code(&here) || merges.contains_key(id) => Some(here),
                (Some(here), _) => {
                    let message = format!("{id} is {} here, and {name} in the file.", here.name);
                    return Err(Stopped::refused(message).next("Two organisations cannot have one identifier."));
                }
                (None, _) if merges.contains_key(id) => continue,
                (None, [only]) => known.iter().find(same_code).or(Some(*only)),
                (None, _) => known.iter().find(same_code),
            };
            match found {
                Some(found) => drop(renamed.organisations.insert(id.clone(), found.id.to_string())),
                None => {
                    brought.organisations_added.push(name.clone());
                    added.push(Organisation {
                        id: id.parse().map_err(Stopped::unexpected)?,
                        name: name.clone(),
                        kind: kind.parse().map_err(Stopped::unexpected)?,
                        code: code.clone(),
                        participating: false,
                        keeps_shared_list: false,
                        about: String::new(),
                        also_known: vec![],
                        former_names: vec![],
                    });
                }
            }
        }
        organisation::put(tx, &added, now)?;
        let mut candidates: BTreeMap<String, NewCandidate> = BTreeMap::new();
        for (id, name) in &self.products {
            let here = "SELECT id FROM product WHERE organisation = '' AND id = $1 \
                        UNION SELECT product FROM product_merge WHERE product = $1";
            if tx.query_optional(here, &values![id], |row| row.text(0))?.is_some() {
                brought.products_known += 1;
                continue;
            }
            let folded = fold(name);
            let by_name = "SELECT product FROM product_name WHERE organisation = '' AND folded = $1";
            let (owner, found) = match tx.query_optional(by_name, &values![&folded], |row| row.text(0))? {
                Some(found) => {
                    brought.products_by_name.push((id.clone(), found.clone()));
                    (String::new(), found)
                }
                None => {
                    let own = self.own_products.get(&folded).or(candidates.get(&folded).map(|known| &known.id));
                    let found = own.unwrap_or(id).clone();
                    if own.is_none() {
                        let source = "listed where the organisation comes from".to_owned();
                        candidates.insert(folded, NewCandidate { id: id.clone(), name: name.clone(), source });
                    }
                    brought.products_own.push(name.clone());
                    (self.of.to_string(), found)
                }
            };
            renamed.products.insert(id.clone(), (owner, found));
        }
        Ok((renamed, candidates.into_values().collect()))
    }

    /// Writes the rows that are the organisation's own. Says how many stayed away.
    fn write(
        &self,
        tx: &mut Transaction<'_>,
        path: &Path,
        renamed: &Renamed,
        people: &BTreeMap<String, String>,
    ) -> Result<usize, Stopped> {
        let here = store::tables(tx)?;
        let own: BTreeSet<&str> = belongings()
            .iter()
            .filter(|belonging| matches!(belonging.to, Owner::Organisation(_)))
            .map(|belonging| belonging.table)
            .collect();
        let path_of = || PathBuf::from(path);
        if let Some(odd) = self.tables.iter().find(|table| own.contains(table.name.as_str()) && !here.contains(table)) {
            let what = format!("its table {} is not as its migrations make it", odd.name);
            return Err(Refused::Damaged { path: path_of(), what }.into());
        }
        let columns: Vec<(&str, &str)> = about_people()
            .iter()
            .flat_map(|subject| subject.columns)
            .filter(|column| column.holds == Holds::Id)
            .map(|column| (column.table, column.column))
            .collect();
        let same = renamed.is_nothing();
        let mut left_out = 0;
        let mut waiting: Vec<Vec<Value>> = Vec::new();
        let mut filling: Option<Table> = None;
        read_parts(path, FILE, |found| match found {
            Found::Table(table) => {
                if let Some(filled) = filling.take() {
                    insert_rows(tx, &filled, std::mem::take(&mut waiting))?;
                }
                filling = own.contains(table.name.as_str()).then(|| table.clone());
                Ok(())
            }
            Found::Row { table, mut values, .. } => {
                let Some(filled) = &filling else { return Ok(()) };
                let at = |name: &str| table.columns.iter().position(|column| column.name == name);
                match table.name.as_str() {
                    // One organisation keeps the shared list of a copy, and that is decided here.
                    "organisation" => {
                        if let Some(at) = at("keeps_shared_list") {
                            values[at] = Value::Null;
                        }
                    }
                    // Things that are there are registered with their words; only tombstones are rows alone.
                    "thing" if at("withdrawn_at").is_some_and(|at| values[at] == Value::Null) => return Ok(()),
                    _ => {}
                }
                for (_, column) in columns.iter().filter(|(of, _)| *of == table.name) {
                    let Some(at) = at(column) else { continue };
                    if let Value::Text(id) = &values[at]
                        && let Some(known) = people.get(id)
                    {
                        values[at] = Value::Text(known.clone());
                    }
                }
                if !same && !renamed.row(table, &mut values) {
                    left_out += 1;
                    return Ok(());
                }
                waiting.push(values);
                if waiting.len() >= ROWS {
                    insert_rows(tx, filled, std::mem::take(&mut waiting))?;
                }
                Ok(())
            }
        })?;
        if let Some(filled) = filling {
            insert_rows(tx, &filled, waiting)?;
        }
        Ok(left_out)
    }

    /// Invites everybody, in the role that they had. Roles that reach beyond the organisation are given here, by whoever runs
    /// this copy.
    fn invite(
        &self,
        tx: &mut Transaction<'_>,
        brought: &mut Brought,
        now: Timestamp,
        chance: &Chance,
    ) -> Result<(), Stopped> {
        let people = self.people.iter().map(|(_, email, name, role)| (email.as_ref(), name, role));
        let waiting = self.invited.iter().map(|(email, name, role)| (Some(email), name, role));
        for (email, name, role) in people.chain(waiting) {
            let Some(email) = email else {
                brought.without_address += 1;
                continue;
            };
            let role = match role.parse::<Role>() {
                Ok(role @ (Role::Editor | Role::Steward)) if self.participating => role,
                _ => Role::Member,
            };
            let new = NewInvitation { email: address(email)?, name: name.clone(), organisation: self.of.clone(), role };
            let invited = accounts::invite_by_command(tx, &new, now, chance)?;
            let token = Some(invited.token.as_str().to_owned());
            brought.invited.push(Guest { email: email.clone(), role, token });
        }
        Ok(())
    }
}

fn address(text: &str) -> Result<EmailAddress, Stopped> {
    EmailAddress::parse(text).map_err(|error| Stopped::refused(format!("{text}: {error}.")))
}

/// Links whose other end is not here stay away; where it is, that end learns of the link. Says how many stayed away.
fn links(tx: &mut Transaction<'_>, of: &OrganisationId) -> Result<usize, store::Error> {
    let of = of.as_str();
    let stray = tx.execute(
        "DELETE FROM link WHERE organisation = $1 AND there_organisation <> $1 AND NOT EXISTS \
         (SELECT 1 FROM thing AS t WHERE t.organisation = link.there_organisation AND t.address = link.there)",
        &values![of],
    )?;
    tx.execute(
        "INSERT INTO link (organisation, here, relation, there, outward, there_organisation, said_by, said_at) \
         SELECT there_organisation, there, relation, here, 1 - outward, organisation, said_by, said_at FROM link \
         WHERE organisation = $1 AND there_organisation <> $1 ON CONFLICT DO NOTHING",
        &values![of],
    )?;
    Ok(usize::try_from(stray).unwrap_or(usize::MAX))
}
