//! Whose the rows of this subject's tables are.

use ledger::Belonging;

/// Every table of this subject.
pub const BELONGINGS: &[Belonging] = &[
    Belonging::organisation("column_mapping"),
    Belonging::organisation("change"),
    Belonging::organisation("comparison"),
    Belonging::organisation("comparison_organisation"),
    Belonging::organisation("estate"),
    Belonging::organisation("import"),
    Belonging::organisation("import_file"),
    Belonging::organisation("import_problem"),
    Belonging::organisation("import_row"),
    Belonging::organisation("import_row_before"),
    Belonging::organisation("private_text"),
    Belonging::organisation("statement"),
    Belonging::organisation("worklist_aside"),
    Belonging::organisation("name_match"),
    Belonging::organisation("list_statement"),
    Belonging::organisation("name_conclusion"),
    Belonging::organisation("candidate_spelling"),
    Belonging::organisation("kept_list"),
    Belonging::organisation("kept_contract"),
    Belonging::organisation("joined_change"),
    // Of products, the rows of the shared list are nobody's own: their organisation is ''.
    Belonging::organisation("product"),
    Belonging::organisation("product_name"),
    Belonging::organisation("product_element"),
    // What was asked of this copy's keeper of the shared list is no question to another one.
    Belonging::to_read("shared_offer"),
    Belonging::to_read("system"),
    Belonging::to_read("system_element"),
    Belonging::to_read("system_user"),
    Belonging::to_read("system_dependency"),
    Belonging::to_read("contract"),
    // Addresses with a secret, and who is sent what: made again by whoever wants them.
    Belonging::of_this_copy("feed"),
    Belonging::of_this_copy("digest"),
    // Who reads here: people of other organisations are among them, so the page's own downloads are all that goes out.
    Belonging::of_this_copy("reading"),
    Belonging::of_this_copy("shared_on"),
    Belonging::everybody("frame"),
    Belonging::everybody("frame_layer"),
    Belonging::everybody("frame_element"),
    Belonging::everybody("frame_element_name"),
    Belonging::everybody("product_merge"),
    Belonging::everybody("shared_publication"),
    Belonging::nobody("reference_loaded"),
];
