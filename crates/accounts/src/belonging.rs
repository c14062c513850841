//! Whose the rows of this subject's tables are.

use ledger::{Belonging, Owner};

/// Every table of this subject.
pub const BELONGINGS: &[Belonging] = &[
    Belonging { table: "organisation", to: Owner::Organisation("id") },
    Belonging::organisation("organisation_name"),
    Belonging::everybody("organisation_merge"),
    // The tombstone of one that left is everybody's to see.
    Belonging::everybody("organisation_left"),
    Belonging::of_this_copy("organisation_leaving"),
    Belonging::person("person"),
    // Who acts for an organisation is told by the part `person` of its file: whoever brings it in invites them.
    Belonging::of_this_copy("membership"),
    Belonging::of_this_copy("membership_grant"),
    Belonging::of_this_copy("invitation"),
    Belonging::of_this_copy("join_request"),
    // Confirmed by whoever runs this copy.
    Belonging::of_this_copy("organisation_domain"),
    Belonging::of_this_copy("api_token"),
    Belonging::person("sign_in_link"),
    Belonging::person("sign_in_attempt"),
    Belonging::person("session"),
    Belonging::person("identity"),
    Belonging::person("passkey"),
    Belonging::person("passkey_challenge"),
    Belonging::person("email_change"),
    Belonging::person("outbox"),
    Belonging::nobody("outbox_end"),
];
