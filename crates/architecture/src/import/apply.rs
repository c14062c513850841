//! Applying a file: one transaction, one change. Everything that the preview showed, or nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::Transaction;
use vocabulary::{Chance, OrganisationId, PersonId, Timestamp, fold};

use super::meaning::{Concluded, Meant, Needed, Places, RowMeaning, Said, WRITTEN};
use super::plan::{Outcome, Plan, Planned, plan, reference};
use super::store::{ImportRow, NewImport, RowKey};
use super::{State, joins, lists, source_of};
use crate::matching::store::{Decided, What};
use crate::product::store::NewCandidate;
use crate::spreadsheet::{Layout, Limits, Mapping, Reading, Unreadable, Workbook};
use crate::statement::store::{ChangeKind, NewChange, add_change, fresh_id, keep_private};
use crate::statement::{Attribute, Confidence, Stated, Statement, SubjectKind};
use crate::{Refused, estate, matching, product, projection, spreadsheet};

/// The moment, the day and the chance that an action is given.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Now.
    pub now: Timestamp,
    /// Today, in the United Kingdom.
    pub today: Date,
    /// Where identifiers come from.
    pub chance: Chance,
    /// Who acts; none for the command line.
    pub actor: Option<PersonId>,
}

impl Moment {
    /// A new identifier.
    ///
    /// # Errors
    /// When the source of chance fails.
    pub fn id(&self) -> Result<String, Refused> {
        Ok(fresh_id(self.now, &self.chance)?)
    }
}

/// A file that has been read: its sheets, where its headings are, and what its columns may mean.
#[derive(Debug)]
pub struct ReadFile {
    /// The file's name as sent.
    pub name: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub hash: String,
    /// Its cells.
    pub workbook: Workbook,
    /// Its sheet and row of headings.
    pub layout: Layout,
}

/// Reads a file as far as its headings. Nothing is written.
///
/// # Errors
/// When it is no spreadsheet that we can read; the error says where, why and what to do.
pub fn read_file(name: &str, bytes: &[u8]) -> Result<ReadFile, Unreadable> {
    let workbook = spreadsheet::read(name, bytes, &Limits::default())?;
    let layout = spreadsheet::find(&workbook)?;
    let hash = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(ReadFile { name: name.to_owned(), hash, workbook, layout })
}

impl ReadFile {
    /// Its rows under a mapping, and where each field stands.
    pub fn rows(&self, mapping: &Mapping, today: Date) -> (Reading, Places) {
        let reading = spreadsheet::read_rows(&self.workbook, &self.layout, mapping, today);
        (reading, Places::of(&self.layout, mapping))
    }

    /// Which list it is, guessed from its name.
    pub fn source(&self) -> String {
        source_of(&self.name)
    }
}

/// What came of applying.
#[derive(Debug)]
pub struct Applied {
    /// The import's id.
    pub import: String,
    /// The number of the change; none where nothing changed.
    pub change: Option<i64>,
    /// Systems added.
    pub added: usize,
    /// Systems changed.
    pub changed: usize,
    /// Systems that were as the file says.
    pub unchanged: usize,
    /// Systems retired because they were ticked.
    pub retired: usize,
}

/// Records a file that arrived and returns its import's id.
///
/// # Errors
/// When the engine or the source of chance fails.
pub fn arrive(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    file: &ReadFile,
    source: &str,
    moment: &Moment,
) -> Result<String, Refused> {
    let id = moment.id()?;
    let import = NewImport { id: &id, file_name: &file.name, file_hash: &file.hash, source, by: moment.actor };
    super::store::add(tx, organisation, &import, moment.now)?;
    Ok(id)
}

/// Applies an import as planned here and now. `seen` is the digest of the plan that people looked at: when the estate has
/// changed since, nothing is written. `retire` names the missing systems that were ticked.
///
/// # Errors
/// When the import is not waiting, the plan differs from the one seen, or the engine fails.
pub fn apply(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &ImportRow,
    (reading, places): &(Reading, Places),
    retire: &BTreeSet<String>,
    seen: Option<&str>,
    moment: &Moment,
) -> Result<Applied, Refused> {
    if import.state != State::Uploaded.word() {
        return Err(Refused::Conflicting(web::say!(
            "This import has been applied or cancelled already. Upload the file again."
        )));
    }
    estate::open(tx, organisation)?;
    let plan = plan(tx, organisation, &import.source, reading, places)?;
    if seen.is_some_and(|seen| seen != plan.digest()) {
        let message = web::say!(
            "The estate has changed since this was shown, so nothing was saved. Look at what would change now, and apply again."
        );
        return Err(Refused::Conflicting(message));
    }
    if plan.listed.is_some() {
        return apply_contracts(tx, organisation, import, (reading, &plan), moment);
    }
    let mut writing = Writing::new(organisation, import, moment);
    let keys = writing.rows(&plan)?;
    let retired = writing.retire(&plan, retire);
    let Writing { statements, words, privates, subjects, new_candidates, concluded, spellings, .. } = writing;
    product::store::add_candidates(tx, organisation, &new_candidates)?;
    matching::store::conclude(tx, organisation, &import.id, &concluded)?;
    keep_private(tx, organisation, &privates.iter().map(|(id, text)| (id.clone(), text.as_str())).collect::<Vec<_>>())?;
    let change = if statements.is_empty() {
        None
    } else {
        let change =
            NewChange { kind: ChangeKind::Import, import: Some(&import.id), undoes: None, actor: moment.actor };
        let number = add_change(tx, organisation, &change, &statements, moment.now)?;
        lists::mark(tx, organisation, number, &words)?;
        Some(number)
    };
    super::store::remember_rows(tx, organisation, import, &keys)?;
    projection::write(tx, organisation, &subjects, moment.now)?;
    let follow = joins::settle(tx, organisation, &import.id, ChangeKind::Import, None, moment)?;
    let change = change.or(follow);
    let applied = finish(tx, organisation, import, (&plan, change, retired), moment)?;
    product::store::keep_spellings(tx, organisation, &import.id, &spellings)?;
    product::store::respell(tx, organisation, &import.id, moment.now)?;
    Ok(applied)
}

/// Applies a list of contracts: it is kept as sent, and what lists of contracts amount to is reckoned anew.
fn apply_contracts(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &ImportRow,
    (reading, plan): (&Reading, &Plan),
    moment: &Moment,
) -> Result<Applied, Refused> {
    joins::keep(tx, organisation, import, reading, moment)?;
    let change = joins::settle(tx, organisation, &import.id, ChangeKind::Import, None, moment)?;
    finish(tx, organisation, import, (plan, change, 0), moment)
}

/// What is left to do when the estate is written: problems are kept, the file goes, and it is told what happened.
fn finish(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &ImportRow,
    (plan, change, retired): (&Plan, Option<i64>, usize),
    moment: &Moment,
) -> Result<Applied, Refused> {
    let ids = plan.problems.iter().map(|_| moment.id()).collect::<Result<Vec<_>, _>>()?;
    let problems: Vec<_> = ids.into_iter().zip(&plan.problems).collect();
    super::store::keep_problems(tx, organisation, &import.id, &problems)?;
    super::store::drop_file(tx, organisation, &import.id)?;
    let count = |outcome| plan.count(outcome);
    let applied = Applied {
        import: import.id.clone(),
        change,
        added: count(Outcome::New),
        changed: count(Outcome::Changed) + plan.elsewhere_only().count(),
        unchanged: count(Outcome::Unchanged),
        retired,
    };
    let settled = settled(import, &applied, moment);
    super::store::settle(tx, &settled)?;
    ledger::put_things(tx, &[super::thing(&settled)], moment.now)?;
    let details = json!({ "added": applied.added, "changed": applied.changed, "unchanged": applied.unchanged, "retired": retired });
    super::tell(tx, organisation, "imported", &import.id, details, moment)?;
    Ok(applied)
}

fn settled(import: &ImportRow, applied: &Applied, moment: &Moment) -> ImportRow {
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    ImportRow {
        state: State::Applied.word().to_owned(),
        applied_at: Some(moment.now.to_string()),
        applied_change: applied.change,
        added: count(applied.added),
        changed: count(applied.changed),
        unchanged: count(applied.unchanged),
        retired: count(applied.retired),
        ..import.clone()
    }
}

/// Where a row of a file stands: "systems.xlsx, Systems, row 41". A CSV file is its own sheet.
pub(super) fn place_of(file: &str, sheet: &str, row: u32) -> String {
    let row = row.to_string();
    match file.strip_prefix(sheet).is_some_and(|rest| rest.starts_with('.')) {
        true => web::say!("{file}, row {row}", file = file, row = row),
        false => web::say!("{file}, {sheet}, row {row}", file = file, sheet = sheet, row = row),
    }
}

/// Statements in the making.
pub(super) struct Writing<'a> {
    organisation: &'a OrganisationId,
    import: &'a ImportRow,
    moment: &'a Moment,
    pub(super) statements: Vec<Statement>,
    /// Which statements, by their place, are words of lists, and of which.
    pub(super) words: Vec<(usize, String)>,
    pub(super) privates: Vec<(String, String)>,
    subjects: BTreeSet<String>,
    /// Candidates made in this import, by folded name.
    candidates: BTreeMap<String, String>,
    new_candidates: Vec<NewCandidate>,
    /// How the file first writes the names of the organisation's own products, by id.
    spellings: BTreeMap<String, String>,
    /// Names of which it was concluded what they mean.
    concluded: Vec<Decided>,
    /// Contracts made in this import, by folded reference.
    contracts: BTreeMap<String, String>,
    /// The ids of the systems that the rows are or become, in the plan's order.
    pub(super) systems: Vec<String>,
}

impl<'a> Writing<'a> {
    pub(super) fn new(organisation: &'a OrganisationId, import: &'a ImportRow, moment: &'a Moment) -> Writing<'a> {
        Writing {
            organisation,
            import,
            moment,
            statements: Vec::new(),
            words: Vec::new(),
            privates: Vec::new(),
            subjects: BTreeSet::new(),
            candidates: BTreeMap::new(),
            new_candidates: Vec::new(),
            spellings: BTreeMap::new(),
            concluded: Vec::new(),
            contracts: BTreeMap::new(),
            systems: Vec::new(),
        }
    }

    /// Says what the rows say, and what others mean by them; returns which row is which system.
    pub(super) fn rows(&mut self, plan: &Plan) -> Result<BTreeMap<RowKey, String>, Refused> {
        let mut keys = BTreeMap::new();
        // Rows name each other, so all have their ids before anything is said.
        for row in &plan.rows {
            self.systems.push(match &row.system {
                Some(system) => system.clone(),
                None => self.moment.id()?,
            });
        }
        for (row, system) in plan.rows.iter().zip(self.systems.clone()) {
            if row.writes() {
                self.row(plan, row, &system)?;
            }
            if let Some(concluded) = &row.meaning.concluded {
                self.conclude(concluded, &self.place(&row.meaning))?;
            }
            self.spell(&row.meaning);
            // An unknown product has an id from now on, and the next file's rows will be known by it.
            let product = &row.meaning.product_key;
            let key = RowKey {
                name: fold(&row.meaning.name),
                product: product
                    .strip_prefix(WRITTEN)
                    .and_then(|folded| self.candidates.get(folded))
                    .unwrap_or(product)
                    .clone(),
                occurrence: row.occurrence,
            };
            keys.insert(key, system);
        }
        self.elsewhere(plan)?;
        Ok(keys)
    }

    fn row(&mut self, plan: &Plan, row: &Planned, system: &str) -> Result<(), Refused> {
        let source = self.place(&row.meaning);
        let changed: BTreeSet<&str> = row.changes.iter().map(|change| change.attribute).collect();
        if !row.recorded {
            self.state(SubjectKind::System, system, Attribute::Recorded, Some(Stated::Flag(true)), &source);
        }
        for (attribute, said) in row.meaning.system.iter().filter(|(attribute, _)| changed.contains(attribute.word())) {
            let how = row.meaning.how.as_ref().filter(|_| *attribute == Attribute::Product);
            let source = match how {
                Some(how) => web::say!("{source}; matched: {how}", source = source, how = how),
                None => source.clone(),
            };
            self.say(SubjectKind::System, system, *attribute, said, &source)?;
            if *attribute == Attribute::DependsOn && !row.is_ours {
                self.mark(&self.import.source);
            }
        }
        self.contract(plan, row, system, &changed, &source)
    }

    /// The last statement is a word of a list.
    fn mark(&mut self, list: &str) {
        self.words.extend(self.statements.len().checked_sub(1).map(|place| (place, list.to_owned())));
    }

    /// What rows that do not say it here mean by the systems that this file brings.
    fn elsewhere(&mut self, plan: &Plan) -> Result<(), Refused> {
        for other in &plan.elsewhere {
            self.say(SubjectKind::System, &other.system, Attribute::DependsOn, &other.said, &other.source)?;
            self.mark(&other.list);
        }
        Ok(())
    }

    fn place(&self, row: &RowMeaning) -> String {
        self.place_of(&row.sheet, row.number)
    }

    fn place_of(&self, sheet: &str, row: u32) -> String {
        place_of(&self.import.file_name, sheet, row)
    }

    fn contract(
        &mut self,
        plan: &Plan,
        row: &Planned,
        system: &str,
        changed: &BTreeSet<&str>,
        source: &str,
    ) -> Result<(), Refused> {
        if row.meaning.contract.is_empty() {
            return Ok(());
        }
        let named = reference(&row.meaning.contract).map(fold);
        let made = named.as_ref().and_then(|name| self.contracts.get(name)).cloned();
        let known = row.contract.clone().or_else(|| plan.contracts.get(named.as_deref()?).cloned().flatten());
        let is_new = made.is_none() && known.is_none();
        let joins = made.is_some() && row.contract.is_none();
        let listed =
            || plan.made.get(named.as_deref()?).filter(|id| !self.contracts.values().any(|one| one == *id)).cloned();
        let id = match row.contract.clone().or(made).or(known).or_else(listed) {
            Some(id) => id,
            None => self.moment.id()?,
        };
        let place =
            |attribute: Attribute, place: &str| row.meaning.sources.get(&attribute).map_or(place, |at| at).to_owned();
        if is_new {
            let source = place(Attribute::Recorded, source);
            self.state(SubjectKind::Contract, &id, Attribute::Recorded, Some(Stated::Flag(true)), &source);
            if let Some(name) = named {
                self.contracts.insert(name, id.clone());
            }
        }
        let beside = row.meaning.contract_place.as_ref().map(|(sheet, number)| self.place_of(sheet, *number));
        let its_source = beside.as_deref().unwrap_or(source);
        for (attribute, word) in &row.words {
            if let Some(said) = row.meaning.contract.get(attribute).filter(|_| word.says) {
                self.say(SubjectKind::Contract, &id, *attribute, said, &place(*attribute, its_source))?;
                if !row.is_ours {
                    self.mark(&self.import.source);
                }
            }
            if let Some((list, holds)) = &word.holds {
                self.subjects.insert(id.clone());
                self.statements.push(holds.clone());
                self.mark(list);
            }
        }
        if !row.recorded || is_new || joins || changed.contains(Attribute::Contract.word()) {
            let source = place(Attribute::Contract, source);
            self.state(SubjectKind::System, system, Attribute::Contract, Some(Stated::Contract(id)), &source);
            if !row.is_ours {
                self.mark(&self.import.source);
            }
        }
        Ok(())
    }

    fn retire(&mut self, plan: &Plan, ticked: &BTreeSet<String>) -> usize {
        let source = web::say!("not in {file}", file = self.import.file_name);
        let missing: Vec<String> =
            plan.missing.iter().map(|system| system.id.clone()).filter(|id| ticked.contains(id)).collect();
        for system in &missing {
            let retired = Stated::Text("retired".to_owned());
            self.state(SubjectKind::System, system, Attribute::Status, Some(retired), &source);
        }
        missing.len()
    }

    fn say(
        &mut self,
        kind: SubjectKind,
        subject: &str,
        attribute: Attribute,
        said: &Said,
        source: &str,
    ) -> Result<(), Refused> {
        let value = match &said.meant {
            None => None,
            Some(Meant::Stated(stated)) => Some(stated.clone()),
            Some(Meant::Private(text)) => Some(Stated::Private(self.private(text)?)),
            Some(Meant::Systems(needed)) => {
                let mut ids: Vec<String> = needed
                    .iter()
                    .filter_map(|needed| match needed {
                        Needed::Known(id, _) => Some(id.clone()),
                        Needed::New(place, _) => self.systems.get(*place).cloned(),
                    })
                    .collect();
                ids.sort();
                ids.dedup();
                Some(Stated::Systems(ids))
            }
            Some(Meant::Candidate(name)) => {
                Some(Stated::Product(self.organisation.to_string(), self.candidate(name, source)?))
            }
        };
        let original = said.original.as_deref().map(|text| self.private(text)).transpose()?;
        self.subjects.insert(subject.to_owned());
        self.statements.push(Statement {
            kind,
            subject: subject.to_owned(),
            attribute,
            value,
            original,
            source: source.to_owned(),
            confidence: said.confidence,
            as_of: self.moment.today,
        });
        Ok(())
    }

    fn state(&mut self, kind: SubjectKind, subject: &str, attribute: Attribute, value: Option<Stated>, source: &str) {
        self.subjects.insert(subject.to_owned());
        self.statements.push(Statement {
            kind,
            subject: subject.to_owned(),
            attribute,
            value,
            original: None,
            source: source.to_owned(),
            confidence: Confidence::Reported,
            as_of: self.moment.today,
        });
    }

    fn private(&mut self, text: &str) -> Result<String, Refused> {
        let id = self.moment.id()?;
        self.privates.push((id.clone(), text.to_owned()));
        Ok(id)
    }

    /// Remembers that a name means a listed product. An own product that nothing uses stands for the name, so that rows with it
    /// stay themselves whatever becomes of the match.
    fn conclude(&mut self, concluded: &Concluded, source: &str) -> Result<(), Refused> {
        let folded = fold(&concluded.name);
        if self.concluded.iter().any(|one| one.folded == folded) {
            return Ok(());
        }
        let own = match &concluded.own {
            Some(own) => own.clone(),
            None => self.candidate(&concluded.name, source)?,
        };
        self.concluded.push(Decided {
            what: What::Product,
            folded,
            stands: own,
            state: matching::store::State::Made,
            target: Some(concluded.product.clone()),
            how: concluded.how.clone(),
            version: concluded.version.clone(),
            change: None,
        });
        Ok(())
    }

    /// Notes how a row writes the name of the organisation's own product.
    fn spell(&mut self, row: &RowMeaning) {
        let (Some(name), Some(said)) = (&row.own_name, row.system.get(&Attribute::Product)) else { return };
        let id = match &said.meant {
            Some(Meant::Stated(Stated::Product(_, id))) => Some(id),
            Some(Meant::Candidate(candidate)) => self.candidates.get(&fold(candidate)),
            _ => None,
        };
        if let Some(id) = id {
            self.spellings.entry(id.clone()).or_insert_with(|| name.clone());
        }
    }

    fn candidate(&mut self, name: &str, source: &str) -> Result<String, Refused> {
        let folded = fold(name);
        if let Some(id) = self.candidates.get(&folded) {
            return Ok(id.clone());
        }
        let id = self.moment.id()?;
        self.new_candidates.push(NewCandidate { id: id.clone(), name: name.to_owned(), source: source.to_owned() });
        self.candidates.insert(folded, id.clone());
        Ok(id)
    }
}
