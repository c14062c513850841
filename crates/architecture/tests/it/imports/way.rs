//! The whole way: upload, columns, preview, apply, the same file again, a changed file, what is missing, undo.

use axum::http::StatusCode;

use super::{EDITOR, LIST};
use crate::world::World;

#[test]
fn from_a_file_to_an_estate_and_back() {
    let world = World::new();
    let before = world.estate("ashmere");
    let form = world.get(EDITOR, "/organisations/ashmere/imports");
    assert_eq!(form.all("h1"), ["Import Ashmere's systems"]);
    assert!(form.words().contains("Nothing is saved until you have seen what would change."));
    assert!(form.words().contains("No spreadsheet has been brought in yet."));

    // Columns: the one that nobody knows comes first, and may be left out.
    let mapping = world.upload(EDITOR, "ashmere", "systems-final-v3.csv", LIST.as_bytes()).redirect();
    let columns = world.get(EDITOR, &mapping);
    assert!(
        columns.words().contains("We recognised 9 of 10 columns. Headings are in row 1 of 'systems-final-v3'."),
        "{}",
        columns.words()
    );
    assert_eq!(columns.all("tbody tr:first-child th"), ["J: DPIA done? Not recognised"]);
    assert_eq!(columns.all("tbody tr:first-child td:nth-child(2)"), ["YN"]);
    assert_eq!(columns.all("tbody tr:first-child option[selected]"), [""; 0]);
    assert_eq!(columns.all("tbody tr:nth-child(2) option[selected]"), ["System name"]);
    assert!(columns.words().contains("We will remember this for Ashmere."));
    let address = mapping.strip_suffix("/mapping").unwrap().to_owned();
    let preview = world.post(EDITOR, &mapping, "list=systems&column-j=notes").redirect();

    // The preview: nothing is saved, problems say where, why and what to do, and names stand where ids would be.
    let shown = world.get(EDITOR, &preview);
    let words = shown.words();
    assert!(
        words.contains("Nothing has been saved yet. This file would add 5 systems and change 0 systems."),
        "{words}"
    );
    assert!(
        words.contains("row 4, column H \"Contract end\": \"31/02/2027\" is not a date: that month has no such day. We keep the text, and the date as not known."),
        "{words}"
    );
    assert!(words.contains("Apply 5 changes"));
    assert_eq!(
        shown.all("table:has(#new-caption) tbody tr:first-child td")[..3],
        ["RoundMaster", "Oakware", "Waste management"]
    );
    assert_eq!(world.estate("ashmere"), before);
    let problems = world.get(EDITOR, &format!("{address}/preview.csv")).csv();
    let date = problems.iter().find(|problem| problem["code"] == "date_not_understood").unwrap();
    assert_eq!(
        (date["severity"].as_str(), date["row"].as_str(), date["column"].as_str(), date["text"].as_str()),
        ("must_fix", "4", "H", "31/02/2027")
    );
    let new = world.get(EDITOR, &format!("{address}/preview.csv?show=new")).csv();
    assert!(new.iter().any(|line| line["name"] == "Council tax"
        && line["field"] == "contract_end"
        && line["would_become"] == "2028-03"));

    // Applied: what we understood, next steps, undo at hand.
    let applied = world.apply(&address, &[]).redirect();
    let page = world.get(EDITOR, &applied);
    assert_eq!(page.all(".govuk-notification-banner__heading"), ["5 systems added, 0 changed. Undo this import"]);
    assert_eq!(page.all("h1"), ["What we understood"]);
    assert!(page.words().contains("systems-final-v3.csv describes 5 systems, all of them new."), "{}", page.words());
    let words = page.words();
    assert!(words.contains("all of them new. We know the product of 3. Not on the shared list: ParkRight."), "{words}");
    let known = "We know a place on the Local Government Architecture Model (LGAM) for 3, a contract end for 2 and a cost for 2.";
    assert!(words.contains(known), "{words}");
    assert!(
        words.contains("We did not understand 1 amount (\"12k5\" in row 4) and 1 date (\"31/02/2027\" in row 4)."),
        "{words}"
    );
    assert_eq!(
        page.all("main ol.govuk-list--number > li > a"),
        [
            "Correct 2 things that we could not read",
            "Say what 1 new product name means",
            "Look at 2 systems without a place on the LGAM",
        ]
    );
    let causes = world.get(EDITOR, &format!("{address}.json")).json();
    assert_eq!(causes["not_understood"][0]["code"], "amount_not_understood");
    assert_eq!(causes["not_understood"][0]["count"], 1);
    let kept = world.get(EDITOR, &format!("{address}.csv")).csv();
    assert!(kept.iter().any(|problem| problem["text"] == "31/02/2027"));
    assert_eq!(world.estate("ashmere").iter().filter(|row| !row.starts_with("contract")).count(), 5);
    assert_eq!(files(&world), 0, "the file is gone");

    world.clock.advance(jiff::SignedDuration::from_mins(5));
    // The same file again, under its next name, changes nothing; the column stays as it was chosen.
    let again = world.bring("ashmere", "systems-final-v4.csv", LIST.as_bytes());
    let shown = world.get(EDITOR, &format!("{again}/preview"));
    assert!(shown.words().contains("This file changes nothing. Ashmere is up to date."), "{}", shown.words());
    assert!(!shown.words().contains("Apply"), "{}", shown.words());
    assert_eq!(world.preview(&again)["counts"]["unchanged"], 5);
    assert_eq!(world.preview(&again)["counts"]["missing"], 0);
    let cancelled = world.post(EDITOR, &format!("{again}/preview"), "action=cancel").redirect();
    let page = world.get(EDITOR, &cancelled);
    assert!(
        page.words()
            .contains("The import of systems-final-v4.csv was cancelled. Nothing was saved, and the file is gone.")
    );
    assert_eq!(files(&world), 0);
    assert!(world.get(EDITOR, &again).words().contains("This import was cancelled"));

    world.clock.advance(jiff::SignedDuration::from_mins(5));
    // A changed file: field by field, and what it no longer has.
    let first = world.estate("ashmere");
    let changed = LIST.replace("31/03/2027", "31/03/2028").replace("£80k", "£81k");
    let changed: String =
        changed.lines().filter(|line| !line.starts_with("Old parking")).map(|line| format!("{line}\n")).collect();
    let changed = format!("{changed}Bookings,,,Booking,Planned,,,,,\n");
    let second = world.bring("ashmere", "systems 2026-12.csv", changed.as_bytes());
    let preview = world.preview(&second);
    let counts = &preview["counts"];
    assert_eq!(
        (counts["new"].as_i64(), counts["changed"].as_i64(), counts["unchanged"].as_i64()),
        (Some(1), Some(2), Some(2))
    );
    let end = &preview["changed"][0]["changes"][0];
    assert_eq!(
        (end["label"].as_str(), end["now"].as_str(), end["then"].as_str()),
        (Some("Contract end"), Some("2027-03-31"), Some("2028-03-31"))
    );
    let shown = world.get(EDITOR, &format!("{second}/preview"));
    assert_eq!(
        world.get(EDITOR, &format!("{second}/preview?show=changed")).all(".ch-subnav [aria-current]"),
        ["Changed 2"]
    );
    assert_eq!(
        shown.all("table:has(#changed-caption) tbody:first-of-type td"),
        ["Contract end", "31 Mar 2027", "31 Mar 2028", "systems 2026-12, row 2"]
    );
    assert!(shown.words().contains("Not in this file (1): nothing is retired unless you tick it"));
    assert_eq!(shown.all(".govuk-checkboxes__label"), ["Old parking"]);
    assert_eq!(shown.all("input[name=retire][checked]").len(), 0);
    let page = world.get(EDITOR, &world.apply(&second, &["Old parking"]).redirect());
    assert_eq!(
        page.all(".govuk-notification-banner__heading"),
        ["1 system added, 2 changed. 1 retired. Undo this import"]
    );
    let systems = world.get(EDITOR, "/organisations/ashmere/systems.csv").csv();
    let status = |name: &str| systems.iter().find(|row| row["name"] == name).unwrap()["status"].clone();
    assert_eq!(
        (status("Old parking"), status("Bin rounds"), systems.len()),
        ("retired".to_owned(), "live".to_owned(), 6)
    );

    // The first import can no longer be undone without losing the second.
    let refused = world.get(EDITOR, &format!("{address}/undo"));
    assert!(refused.words().contains("so undoing would lose that work"), "{}", refused.words());
    assert!(refused.words().contains("Old parking (22 November 2026): Status"), "{}", refused.words());
    assert!(!refused.words().contains("Undo import"));
    let refused = world.post(EDITOR, &format!("{address}/undo"), "");
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        refused.all(".govuk-error-summary__list a"),
        ["Changes made since would be lost, so nothing was undone"]
    );

    // Undoing the second brings the first back, and then the first can be undone too.
    let asked = world.get(EDITOR, &format!("{second}/undo"));
    assert_eq!(asked.all("h1"), ["Undo the import of 22 November 2026"]);
    assert!(
        asked.words().contains("1 system would leave the estate again, and 3 values would return"),
        "{}",
        asked.words()
    );
    assert!(asked.words().contains("C-1 Contract end 31 Mar 2028 31 Mar 2027"), "{}", asked.words());
    let undone = world.post(EDITOR, &format!("{second}/undo"), "").redirect();
    assert_eq!(
        world.get(EDITOR, &undone).all(".govuk-notification-banner__heading"),
        ["The import of systems 2026-12.csv was undone. See the systems as they are now"]
    );
    assert_eq!(world.estate("ashmere"), first);
    assert_eq!(world.get(EDITOR, &format!("{second}/undo")).redirect(), second, "undone is undone");
    assert_eq!(world.post(EDITOR, &format!("{second}/undo"), "").status, StatusCode::CONFLICT);
    world.post(EDITOR, &format!("{address}/undo"), "").redirect();
    assert_eq!(world.estate("ashmere"), before);

    let list = world.get(EDITOR, "/organisations/ashmere/imports");
    let states: Vec<String> = list.all("tbody tr td:nth-child(3)");
    assert_eq!(states, ["Undone", "Cancelled", "Undone"]);
    let list = world.get(EDITOR, "/organisations/ashmere/imports.csv").csv();
    assert_eq!((list.len(), list[2]["added"].as_str(), list[0]["retired"].as_str()), (3, "5", "1"));
    let said = world.store.read_blocking(ledger::verify).unwrap();
    assert_eq!(said, [""; 0]);
}

fn files(world: &World) -> i64 {
    world.row_counts().into_iter().find(|(table, _)| table == "import_file").unwrap().1
}

#[test]
fn what_was_seen_is_what_is_applied() {
    let world = World::new();
    let first = world.bring("ashmere", "systems.csv", LIST.as_bytes());
    let seen = world.preview(&first)["digest"].as_str().unwrap().to_owned();
    // Meanwhile somebody else applies nearly the same list.
    world.import("ashmere", "systems.csv", LIST.replace("31/03/2027", "30/06/2027").as_bytes());
    let before = world.row_counts();
    let answer = world.post(EDITOR, &format!("{first}/preview"), &format!("action=apply&digest={seen}"));
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let errors = answer.all(".govuk-error-summary__list a");
    assert_eq!(errors.len(), 1);
    assert!(errors[0].starts_with("The estate has changed since this was shown, so nothing was saved."), "{errors:?}");
    assert!(answer.words().contains("Apply 1 change"), "the page shows what would change now: {}", answer.words());
    assert!(answer.words().contains("30 Jun 2027 31 Mar 2027"), "{}", answer.words());
    assert_eq!(world.row_counts(), before);
    // A preview whose digest nobody sent is not applied either.
    assert_eq!(world.post(EDITOR, &format!("{first}/preview"), "action=apply").status, StatusCode::BAD_REQUEST);
    assert_eq!(world.post(EDITOR, &format!("{first}/preview"), "").status, StatusCode::BAD_REQUEST);
    world.apply(&first, &[]).redirect();
    assert_eq!(world.apply_again(&first).status, StatusCode::CONFLICT);
}

impl World {
    fn apply_again(&self, address: &str) -> crate::world::Seen {
        self.post(EDITOR, &format!("{address}/preview"), "action=apply&digest=0")
    }
}

#[test]
fn columns_can_be_corrected_and_are_remembered() {
    let world = World::new();
    let file = "Our systems,,\nRef,What we call it,Company\n1,Bin rounds,Oakware\n2,Council tax,Fennel\n";
    let mapping = world.upload(EDITOR, "ashmere", "list.csv", file.as_bytes()).redirect();
    let shown = world.get(EDITOR, &mapping);
    assert!(
        shown.words().contains("Headings are in row 1 of 'list'."),
        "a title that reads like a heading: {}",
        shown.words()
    );
    let shown = world.get(EDITOR, &format!("{mapping}?sheet=list&row=2"));
    assert!(
        shown.words().contains("We recognised 1 of 3 columns. Headings are in row 2 of 'list'."),
        "{}",
        shown.words()
    );

    // Without a name, and with one field twice: said in the summary and at the field, and what was chosen stays.
    let refused = world.post(EDITOR, &mapping, "sheet=list&row=2&column-a=supplier&column-b=&column-c=supplier");
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        refused.all(".govuk-error-summary__list a"),
        ["Choose which column holds the system name", "\"Supplier\" is chosen for columns A and C. Keep one of them"]
    );
    assert_eq!(refused.all("#column-a-error").len() + refused.all("#column-c-error").len(), 2);
    assert_eq!(refused.all("#column-a option[selected]"), ["Supplier"]);
    let refused = world.post(EDITOR, &mapping, "sheet=list&row=2&column-b=name&list=*&new_list=+");
    assert_eq!(refused.all("#new_list-error"), ["Error: Give the list a name, such as \"systems\""]);
    assert_eq!(world.post(EDITOR, &mapping, "sheet=list&row=2&column-b=salary").status, StatusCode::BAD_REQUEST);
    let refused = world.post(EDITOR, &mapping, "sheet=list&row=2&column-b=name&list=somebody+elses");
    assert_eq!(refused.all("#list-error"), ["Error: Choose which of your lists this file is"]);

    let refused = world.post(EDITOR, &mapping, "sheet=list&row=2&column-b=name&list=list&new_list=Business+apps");
    let asked = "Error: Choose \"Another list\" to use the name you typed, or clear the name";
    assert_eq!(refused.all("#list-error"), [asked]);

    // A row of headings that is none, and one that is.
    let elsewhere = world.get(EDITOR, &format!("{mapping}?sheet=list&row=99"));
    assert_eq!(
        elsewhere.all("#row-error"),
        ["Error: Row 99 of 'list' is empty. Choose the row that holds the headings"]
    );
    let elsewhere = world.get(EDITOR, &format!("{mapping}?sheet=list&row=3"));
    assert!(elsewhere.words().contains("Headings are in row 3 of 'list'."));
    assert_eq!(world.get(EDITOR, &format!("{mapping}?colour=red")).status, StatusCode::BAD_REQUEST);

    let preview = world
        .post(
            EDITOR,
            &mapping,
            "sheet=list&row=2&column-a=&column-b=name&column-c=supplier&list=*&new_list=Business+apps",
        )
        .redirect();
    let address = preview.strip_suffix("/preview").unwrap();
    assert_eq!(world.preview(address)["list"], "business apps");
    assert_eq!(world.preview(address)["counts"]["new"], 2);
    world.apply(address, &[]).redirect();

    // Next year's file, in another order, with a list that is known by now.
    let file = "Company,What we call it,Ref\nOakware,Bin rounds,1\nFennel,Council tax,2\n";
    let mapping = world.upload(EDITOR, "ashmere", "other.csv", file.as_bytes()).redirect();
    let data = world.get(EDITOR, &format!("{mapping}.json")).json();
    assert_eq!(data["recognised"], 2);
    assert_eq!(data["lists"], serde_json::json!(["other", "business apps"]));
    let preview = world.post(EDITOR, &mapping, "list=business+apps").redirect();
    assert!(world.get(EDITOR, &preview).words().contains("This file changes nothing. Ashmere is up to date."));

    // A list with other columns in between does not make us forget.
    world.import("ashmere", "third.csv", b"System,Supplier\nForms,Oakware\n");
    let mapping = world.upload(EDITOR, "ashmere", "other.csv", file.as_bytes()).redirect();
    assert_eq!(world.get(EDITOR, &format!("{mapping}.json")).json()["recognised"], 2);
}

#[test]
fn another_sheet_can_be_chosen() {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, system) in [("Systems", "Bin rounds"), ("Old systems", "Fax gateway")] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        for (column, text) in ["System", "Supplier", "Status"].into_iter().enumerate() {
            sheet.write(if name == "Systems" { 0 } else { 2 }, u16::try_from(column).unwrap(), text).unwrap();
        }
        sheet.write(3, 0, system).unwrap();
        sheet.write(3, 1, "Oakware").unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let world = World::new();
    let mapping = world.upload(EDITOR, "ashmere", "book.xlsx", &bytes).redirect();
    let shown = world.get(EDITOR, &mapping);
    assert!(
        shown.words().contains("Other sheets look like lists too and are not read: Old systems."),
        "{}",
        shown.words()
    );
    let shown = world.get(EDITOR, &format!("{mapping}?sheet=Old+systems&row=3"));
    assert!(shown.words().contains("Headings are in row 3 of 'Old systems'."), "{}", shown.words());
    let preview = world.post(EDITOR, &mapping, "sheet=Old+systems&row=3").redirect();
    let address = preview.strip_suffix("/preview").unwrap();
    assert_eq!(world.preview(address)["new"][0]["name"], "Fax gateway");
    world.apply(address, &[]).redirect();
    assert!(world.estate("ashmere")[0].contains("Fax gateway"));
}

#[test]
fn long_previews_come_in_pages_and_files_whole() {
    let world = World::new();
    let mut file = "System,Supplier\n".to_owned();
    for number in 1..=250 {
        file.push_str(&format!("System {number},Oakware\n"));
    }
    let address = world.bring("ashmere", "systems.csv", file.as_bytes());
    let all = world.get(EDITOR, &format!("{address}/preview"));
    assert!(all.words().contains("All 250 systems that would be added"));
    let mut path = format!("{address}/preview.json?show=new");
    let mut names = Vec::new();
    loop {
        let page = world.get(EDITOR, &path).json();
        assert_eq!(page["total"], 250);
        names.extend(page["new"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    let expected: Vec<String> = (1..=250).map(|number| format!("System {number}")).collect();
    assert_eq!(names, expected);
    let whole = world.get(EDITOR, &format!("{address}/preview.csv?show=new")).csv();
    assert_eq!(whole.iter().filter(|line| line["field"] == "name").count(), 250);
    let wrong = world.get(EDITOR, &format!("{address}/preview?show=everything"));
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.body.contains("problems, new, changed, unchanged, missing"));
}

#[test]
fn the_same_file_twice_changes_nothing_even_where_rows_repeat_or_contradict() {
    let world = World::new();
    let file = "\
System,Product,Supplier,Contract ref,Contract end,Notice (months)
Forms,Formsmith,Nobody Ltd,C-7,31/03/2027,
Forms,Formsmith,Nobody Ltd,C-7,30/09/2027,6
Forms,Formsmith,Nobody Ltd,,,
Bookings,RoundMaster,,C-7,31/03/2027,
";
    let first = world.bring("ashmere", "systems.csv", file.as_bytes());
    let told = world.preview(&first);
    let problems = told["problems"].as_array().unwrap();
    let told_twice: Vec<_> = problems.iter().filter(|problem| problem["code"] == "contract_told_twice").collect();
    assert_eq!(told_twice.len(), 1, "{problems:?}");
    assert_eq!(told_twice[0]["message"], "Row 2 says otherwise of contract \"C-7\". We keep what that row says.");
    world.apply(&first, &[]).redirect();
    let estate = world.estate("ashmere");
    assert!(
        estate.contains(&"contract Some(\"C-7\") None Some(\"2027-03-31\") Some(6) None".to_owned()),
        "{estate:#?}"
    );
    assert_eq!(estate.len(), 5);
    let again = world.bring("ashmere", "systems.csv", file.as_bytes());
    let told = world.preview(&again);
    assert_eq!((&told["counts"]["unchanged"], &told["counts"]["missing"]), (&4.into(), &0.into()), "{told}");
    // A reference that a new contract carries for two known systems at once joins both.
    let moved = file.replace("C-7", "C-8");
    world.import("ashmere", "systems.csv", moved.as_bytes());
    let estate = world.estate("ashmere");
    assert_eq!(
        estate.iter().filter(|row| !row.starts_with("contract") && row.contains("C-8")).count(),
        3,
        "{estate:#?}"
    );
    let again = world.bring("ashmere", "systems.csv", moved.as_bytes());
    assert_eq!(world.preview(&again)["counts"]["unchanged"], 4);
}

#[test]
fn our_own_export_sent_back_is_no_difference() {
    let world = World::new();
    world.import("ashmere", "systems.csv", LIST.as_bytes());
    let export = world.get(EDITOR, "/organisations/ashmere/systems.csv");
    assert_eq!(export.csv().len(), 5);
    let address = world.bring("ashmere", "ashmere-systems.csv", export.body.as_bytes());
    let told = world.preview(&address);
    assert_eq!((&told["counts"]["new"], &told["counts"]["changed"]), (&0.into(), &0.into()), "{told:#}");
    assert_eq!(told["counts"]["unchanged"], 5);
}

#[test]
fn a_form_without_a_file_says_so() {
    let world = World::new();
    let answer = world.upload(EDITOR, "ashmere", "", b"");
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.all(".govuk-error-summary__list a[href='#file']"), ["Choose a spreadsheet to upload"]);
    assert_eq!(answer.all("#file-error"), ["Error: Choose a spreadsheet to upload"]);
    assert_eq!(answer.all("title")[0].split(' ').next(), Some("Error:"));
}

#[test]
fn undo_names_a_contract_without_a_reference_by_its_system() {
    let world = World::new();
    world.import("ashmere", "systems.csv", b"System,Contract end\nPlanning,31/07/2027\n");
    let second = world.import("ashmere", "systems.csv", b"System,Contract end\nPlanning,31/07/2028\n");
    let asked = world.get(EDITOR, &format!("{second}/undo"));
    assert!(
        asked.words().contains("the contract of Planning Contract end 31 Jul 2028 31 Jul 2027"),
        "{}",
        asked.words()
    );
}
