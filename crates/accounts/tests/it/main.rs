//! Accounts through the front door: people sign in, act for organisations and sign out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod account;
mod account_details;
mod api_tokens;
mod demonstration;
mod domains;
mod inviting;
mod joining;
mod leaving;
mod mail;
mod oidc;
mod oidc_faults;
mod oidc_roles;
mod operator_organisations;
mod operator_people;
mod organisations;
mod outbox;
mod passkey_faults;
mod passkeys;
mod people;
mod roster;
mod see_as;
mod sessions;
mod sign_in;
mod ways_in;
mod world;
