//! Accounts through the front door: people sign in, act for organisations and sign out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod account;
mod account_details;
mod api_tokens;
mod demonstration;
mod inviting;
mod mail;
mod oidc;
mod oidc_faults;
mod oidc_roles;
mod organisations;
mod outbox;
mod people;
mod roster;
mod see_as;
mod sessions;
mod sign_in;
mod ways_in;
mod world;
