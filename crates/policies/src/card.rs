//! What the operator's page says of these pages: whose texts they are, and what only the operator can add.

use std::sync::Arc;

use jiff::tz::TimeZone;
use ledger::{Card, Grade, Health, Known};
use vocabulary::Timestamp;
use web::{say, say_date};

use crate::{Policies, Policy, updated};

/// A statement is to be reviewed regularly; after so many days it is said to be old.
const OLD_DAYS: i32 = 365;

pub(crate) fn health(policies: Policies) -> Health {
    Arc::new(move |_, now| {
        let policies = policies.clone();
        Ok(Box::new(move || card(&policies, now)))
    })
}

fn card(policies: &Policies, now: Timestamp) -> Card {
    let said = |value: &Option<String>| Known::Text(value.clone().unwrap_or_else(|| say!("Not said")));
    let mut card = Card::new("policies", say!("Privacy, cookies, accessibility and terms"))
        .line(say!("Who runs this copy"), said(&policies.name))
        .line(say!("Contact"), said(&policies.contact));
    for policy in Policy::ALL {
        card = card.line(
            policy.title(),
            match updated(policies, policy) {
                Some(day) => say!("Your own text of {day}", day = say_date(&day.to_string())).into(),
                None => say!("What the program says").into(),
            },
        );
    }
    if policies.name.is_none() {
        card = card.concern(Grade::Soon, say!("No page says who runs this copy."), say!("Start it with --name."));
    }
    if policies.contact.is_none() {
        card = card.concern(
            Grade::Soon,
            say!("No page says how to reach whoever runs this copy."),
            say!("Start it with --contact and an email address."),
        );
    }
    if updated(policies, Policy::Privacy).is_none() {
        card = card.concern(
            Grade::Soon,
            say!("The privacy notice does not say what only you know, such as the lawful basis."),
            say!("Write privacy.md, and start with --texts and its folder."),
        );
    }
    match updated(policies, Policy::Accessibility) {
        None => card.concern(
            Grade::Soon,
            say!("The accessibility statement says that nobody has assessed this copy."),
            say!("Have it assessed, write accessibility.md, and start with --texts and its folder."),
        ),
        Some(day) if is_old(day, now) => card.concern(
            Grade::Soon,
            say!("The accessibility statement was last updated more than a year ago."),
            say!("Review accessibility.md, give it a new date, and start again."),
        ),
        Some(_) => card,
    }
}

fn is_old(day: vocabulary::Date, now: Timestamp) -> bool {
    let today = now.to_zoned(TimeZone::UTC).date();
    today.since(day).is_ok_and(|age| age.get_days() > OLD_DAYS)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;
    use crate::samples;

    fn concerns(policies: &Policies, now: &str) -> Vec<String> {
        card(policies, now.parse().unwrap()).concerns.into_iter().map(|concern| concern.what).collect()
    }

    #[test]
    fn what_is_missing_needs_the_operator_and_what_is_there_does_not() {
        let now = "2026-03-31T10:00:00Z";
        let bare = samples::bare();
        assert_eq!(concerns(&bare, now).len(), 4, "{:?}", concerns(&bare, now));
        let said = samples::with_own_texts();
        assert_eq!(concerns(&said, now), Vec::<String>::new());
        let later = concerns(&said, "2027-03-05T10:00:00Z");
        assert_eq!(later.len(), 1, "{later:?}");
        assert!(later[0].contains("more than a year"), "{later:?}");
        assert_eq!(concerns(&said, "2027-03-02T10:00:00Z"), Vec::<String>::new());
    }
}
