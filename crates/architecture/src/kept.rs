//! What this subject keeps about people, what for and for how long. Each period is the one that removes it.

use ledger::Kept;
use vocabulary::Retention;
use web::{say, say_period};

/// What estates keep about people, as this copy is set up.
pub fn kept(retention: Retention) -> Vec<Kept> {
    vec![
        Kept {
            tables: &[
                "change",
                "import",
                "product_merge",
                "worklist_aside",
                "name_match",
                "shared_offer",
                "shared_publication",
            ],
            what: say!("What you changed, brought in, matched, offered or decided: a reference to you beside each"),
            why: say!("So that an estate has a history, and what was done can be undone"),
            how_long: say!(
                "As long as the organisation concerned is here. Once you are erased the reference says nothing about anybody"
            ),
        },
        Kept {
            tables: &["reading"],
            what: say!("Which estates you read that are not public, on which day and how often"),
            why: say!("So that an organisation's stewards and auditors can see who has read it"),
            how_long: say!("{days} after the day", days = say_period(retention.readings.length())),
        },
        Kept {
            tables: &["feed", "digest"],
            what: say!("Which contract dates you follow by calendar, feed or email"),
            why: say!("To send you what you asked for"),
            how_long: say!(
                "Emails until you stop them. Addresses, stopped ones too, until you erase your account or the organisation leaves"
            ),
        },
        Kept {
            tables: &[],
            what: say!("Files that you upload, with whatever is in them"),
            why: say!("To bring in what they say about an estate"),
            how_long: say!(
                "Until the import is applied or cancelled; deleted after {days} when nobody does either",
                days = say_period(retention.uploads.length())
            ),
        },
        Kept {
            tables: &["private_text"],
            what: say!(
                "Texts in the estates of organisations that look like a person's, or could not be read. Only the organisation's own people see them"
            ),
            why: say!("The organisation wrote them into its own list, such as the owner of a system"),
            how_long: say!(
                "Until its editors erase them, somebody named in them is erased, or the organisation leaves"
            ),
        },
    ]
}
