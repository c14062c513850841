//! Invented addresses and the pages about them, for checks of every page.

use vocabulary::{PersonId, Timestamp};
use web::{FieldError, SamplePage, say};

use super::digest::Often;
use super::feed::{Feed, Sees};
use super::page::{Follower, Following, Read, made_page};
use crate::contract::dates::asked::Asked;
use crate::system::samples::council;

const ADDRESS: &str = "https://commonhold.example";

fn feed(id: &str, name: Option<&str>, sees: Sees, last_used_at: Option<i64>) -> Feed {
    Feed {
        organisation: "ashmere".to_owned(),
        organisation_name: "Ashmere Borough Council".to_owned(),
        id: id.to_owned(),
        person: "someone".to_owned(),
        name: name.map(str::to_owned),
        sees,
        filters: "organisation=ashmere".to_owned(),
        made_at: 1_772_532_840_000_000,
        last_used_at,
    }
}

fn read(following: bool, steward: bool) -> Option<Read> {
    let organisation = council()?;
    let following = following.then(|| Following {
        follower: Follower {
            person: PersonId(uuid::Uuid::nil()),
            organisation: organisation.id.clone(),
            sees_own: steward,
            steward,
        },
        organisation_name: organisation.name.clone(),
        counts: (34, 41),
        often: steward.then_some(Often::Weekly),
        own: vec![feed("018f0000-0000-7000-8000-0000000000f1", Some("Priya Shah"), Sees::Members, None)],
        others: vec![feed("018f0000-0000-7000-8000-0000000000f2", None, Sees::Own, Some(1_772_532_840_000_000))],
        words: vec![("organisation=ashmere".to_owned(), organisation.name.clone())],
    });
    let asked = Asked::default().of_organisation("ashmere");
    let title = say!("Contract dates: {filters}", filters = organisation.name);
    Some(Read { asked, title, everyone: 0, following })
}

/// The pages in each of their states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let now = Timestamp::from_second(1_795_348_800).unwrap_or(Timestamp::UNIX_EPOCH);
    let page = |read: Read, done| read.page(ADDRESS, now, done);
    let sample = |name, page| SamplePage { name, page };
    [
        read(false, false).map(|read| sample("follow contract dates, signed out", page(read, None))),
        read(true, false).map(|read| sample("follow contract dates, for a member", page(read, None))),
        read(true, true).map(|read| sample("follow contract dates, for a steward", page(read, Some("weekly")))),
        read(true, true).map(|read| {
            let message = say!("Choose what the address shows");
            sample("follow contract dates, refused", page(read, None).errors(vec![FieldError::new("sees", message)]))
        }),
        read(true, true).map(|read| {
            let page = made_page(&read, ADDRESS, "018f0000-0000-7000-8000-0000000000f1", &"a".repeat(64), Sees::Own);
            sample("address for contract dates, shown once", page)
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}
