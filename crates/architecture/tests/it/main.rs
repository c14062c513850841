//! Visits to the pages of this subject, and files brought in: the crate's single test binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod about_people;
mod bulk;
mod by_hand;
mod changes;
mod compare;
mod comparisons;
mod contract_dates;
mod county;
mod elements;
mod estates;
mod following;
mod forms;
mod history;
mod home;
mod imports;
mod inventories;
mod map;
mod matching;
mod merging;
mod model;
mod organisations;
mod out_and_back;
mod overlaps;
mod products;
mod readers;
mod shared;
mod shared_list;
mod systems;
mod worklist;
mod world;
