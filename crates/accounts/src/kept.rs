//! What this subject keeps about people, what for and for how long. Each period is the one that removes it.

use jiff::SignedDuration;
use ledger::Kept;
use web::{say, say_period};

use crate::account::email;
use crate::{Accounts, Delivery, api_token, invitation, joining, oidc, passkey, session, sign_in};

const fn micros(period: i64) -> SignedDuration {
    SignedDuration::from_micros(period)
}

/// What accounts keep, as this copy is set up.
pub fn kept(accounts: &Accounts) -> Vec<Kept> {
    let mut kept = yours(accounts);
    kept.extend(under_way(accounts));
    kept.push(Kept {
        tables: &["organisation_domain", "organisation_leaving", "organisation_merge"],
        what: say!(
            "That you proposed or confirmed an email domain, asked for an organisation to leave, or merged suppliers"
        ),
        why: say!("So that those concerned know who decided"),
        how_long: say!(
            "As long as what was decided holds. Once you are erased the reference says nothing about anybody"
        ),
    });
    kept
}

/// Who somebody is, and by what they come in.
fn yours(accounts: &Accounts) -> Vec<Kept> {
    let until_erased = || say!("Until you remove it, or erase your account");
    let elsewhere = || say!("The accounts elsewhere by which you sign in: whose they are, and their reference for you");
    let providers = accounts.sign_in.labels();
    vec![
        Kept {
            tables: &["person"],
            what: say!("Your name, your email address, and the month in which you were last signed in"),
            why: say!("To know who you are, to write to you, and to find accounts that nobody uses"),
            how_long: say!(
                "Until you erase your account, or the only organisation for which you act leaves. Then a reference stays that says nothing about anybody"
            ),
        },
        Kept {
            tables: &["membership", "membership_grant"],
            what: say!("For which organisations you act, and in which role"),
            why: say!("To decide what you may see and change"),
            how_long: say!("Until the role is taken away, or you erase your account"),
        },
        Kept {
            tables: &["identity"],
            what: match providers.as_slice() {
                [] => elsewhere(),
                _ => say!("{what} (here: {providers})", what = elsewhere(), providers = providers.join(", ")),
            },
            why: say!("So that you can sign in without a link"),
            how_long: until_erased(),
        },
        Kept {
            tables: &["passkey"],
            what: say!("The public part of your passkeys, what you called them, and when each was used"),
            why: say!("So that you can sign in with your device"),
            how_long: until_erased(),
        },
        Kept {
            tables: &["session"],
            what: say!("On how many browsers you are signed in, since when, and when each was last used"),
            why: say!("To keep you signed in, and so that you can end it"),
            how_long: say!(
                "{idle} after the last request, {longest} at most, or until you sign out; removed within a day of that",
                idle = say_period(micros(session::IDLE)),
                longest = say_period(micros(session::LONGEST))
            ),
        },
        Kept {
            tables: &["api_token"],
            what: say!("The API tokens that you made: name, end, when last used, and what is needed to recognise them"),
            why: say!("So that your own programs can ask in your place"),
            how_long: say!(
                "Until the end that you chose, {longest} at most, or until it is taken away; removed within a day of that",
                longest = say_period(longest_token())
            ),
        },
    ]
}

fn longest_token() -> SignedDuration {
    let days = api_token::LIFETIMES.into_iter().max().unwrap_or_default();
    SignedDuration::from_hours(24 * i64::from(days))
}

/// What was begun and waits for somebody.
fn under_way(accounts: &Accounts) -> Vec<Kept> {
    let invited = SignedDuration::from_hours(24 * invitation::GOOD_FOR_DAYS);
    let (link, longest) = (say_period(micros(sign_in::GOOD_FOR)), invited.max(accounts.retention.leaving.length()));
    let longest = say_period(longest);
    vec![
        Kept {
            tables: &["sign_in_link", "email_change", "sign_in_attempt", "passkey_challenge"],
            what: say!("What you have begun: signing in, changing your address, using a passkey"),
            why: say!("To recognise you when you come back"),
            how_long: say!(
                "A link to sign in {link}, a link to a new address {address}, an account elsewhere {elsewhere}, a passkey {passkey}; removed within a day of that",
                link = link,
                address = say_period(email::GOOD_FOR),
                elsewhere = say_period(micros(oidc::AWAY)),
                passkey = say_period(micros(passkey::GOOD_FOR))
            ),
        },
        Kept {
            tables: &["invitation"],
            what: say!("Invitations: the name, address and role of whoever is invited, and who invited them"),
            why: say!("So that you can accept"),
            how_long: say!(
                "Until it is answered or withdrawn. The link works for {good}; an invitation that nobody answered is removed {kept} after that",
                good = say_period(invited),
                kept = say_period(micros(invitation::KEPT_AFTER))
            ),
        },
        Kept {
            tables: &["join_request"],
            what: say!("Your requests to act for an organisation, with your reason and the answer"),
            why: say!("So that the organisation can decide, and you can see what it decided"),
            how_long: say!(
                "Until it is decided or taken back, and {kept} after that",
                kept = say_period(micros(joining::KEPT_AFTER))
            ),
        },
        Kept {
            tables: &["outbox"],
            what: match &accounts.delivery {
                Delivery::Smtp(_) => say!("Messages to you that wait for the mail server of whoever runs this copy"),
                Delivery::Folder(..) => say!("Messages to you that wait for the mail system of whoever runs this copy"),
                Delivery::Page => say!("Messages that would be sent to you; none leaves this computer"),
            },
            why: say!("To send them"),
            how_long: match &accounts.delivery {
                Delivery::Page => say!("As long as the demonstration is kept"),
                _ => say!(
                    "Until it is sent, or of no use any more: a link to sign in {link}, anything else {longest} at most",
                    link = link,
                    longest = longest
                ),
            },
        },
    ]
}
