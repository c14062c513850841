//! `commonhold invite`: a link that lets somebody in, for the first operator and whenever no mail is set up.

use accounts::{EmailAddress, NewInvitation, invite_by_command, organisation_of_first, person};
use clap::{Args, builder::NonEmptyStringValueParser};
use serde_json::json;
use vocabulary::{Chance, Clock, Role};

use super::Storage;
use super::serve::read_public_address;
use crate::console::Console;
use crate::import;
use crate::stopped::Stopped;

const INVITE_EXAMPLES: &str = "\
Examples:
  commonhold invite j.lee@ashmere.example --name \"Jo Lee\" --role operator \\
                    --organisation \"Ashmere Borough Council\"
  commonhold invite s.cole@ashmere.example --name \"Sam Cole\" --role steward

Next: commonhold serve, then open the link that was printed and press \"Accept\".";

/// Make a link by which somebody joins: the first operator, or anybody while no mail is set up
///
/// The link works once, for seven days, and makes whoever opens it the person of that address. It is printed and not sent:
/// hand it over yourself. Called again, it makes a new link, and the one before works no longer. On an empty copy it also makes
/// the organisation, as a participating council; its details can be changed afterwards. It works while `commonhold serve` runs
/// on the same data.
#[derive(Debug, Args)]
#[command(after_help = INVITE_EXAMPLES)]
pub(super) struct Invite {
    /// The address of whoever is invited
    #[arg(value_name = "EMAIL", value_parser = read_email)]
    email: EmailAddress,
    /// Their name
    #[arg(long, value_name = "NAME", value_parser = read_name)]
    name: String,
    /// What they can do: member, editor, steward, moderator, auditor or operator
    #[arg(long, value_name = "ROLE", value_parser = read_role)]
    role: Role,
    /// For whom they act: an organisation's identifier, code or name [default: the only participating one]
    #[arg(long, value_name = "ORGANISATION", value_parser = NonEmptyStringValueParser::new())]
    organisation: Option<String>,
    /// How people reach this copy; the link begins with it
    #[arg(long, env = "COMMONHOLD_ADDRESS", value_name = "URL", default_value = "http://127.0.0.1:8080")]
    #[arg(value_parser = read_public_address)]
    address: String,
    #[command(flatten)]
    storage: Storage,
}

pub(super) fn read_email(text: &str) -> Result<EmailAddress, String> {
    EmailAddress::parse(text).map_err(|error| error.to_string())
}

fn read_name(text: &str) -> Result<String, String> {
    person::read_name(text).map_err(|problem| problem.sentence())
}

pub(super) fn read_role(text: &str) -> Result<Role, String> {
    text.parse::<Role>().map_err(|error| error.to_string())
}

impl Invite {
    pub(super) fn run(self, console: Console) -> Result<(), Stopped> {
        let store = self.storage.open_any()?;
        import::reference(&store, &Clock::System)?;
        let (clock, chance) = (Clock::System, Chance::System);
        let Invite { email, name, role, organisation: typed, .. } = self;
        let now = clock.now();
        let (person, asked) = (email.clone(), name.clone());
        let invited = store.write_blocking(move |tx| {
            let (organisation, made) = organisation_of_first(tx, typed.as_deref(), role, now)?;
            let new = NewInvitation {
                email: person.clone(),
                name: asked.clone(),
                organisation: organisation.id.clone(),
                role,
            };
            let invited = invite_by_command(tx, &new, now, &chance)?;
            Ok::<_, accounts::Error>((organisation, made, invited))
        });
        let (organisation, made, invited) = invited.map_err(next_step)?;
        store.close();
        let link = format!("{}/invitations/{}", self.address, invited.token.as_str());
        let until = invited.until.strftime("%-d %B %Y, %H:%M UTC").to_string();
        let mut text = String::new();
        if made {
            text.push_str(&format!(
                "{} is added as a participating council, {}.\n",
                organisation.name, organisation.id
            ));
        }
        text.push_str(&match invited.acts_already {
            true => format!("{email} acts for {} already. This link signs them in.\n", organisation.name),
            false => format!("{name} is invited to act for {}, as {role}.\n", organisation.name),
        });
        text.push_str(&format!(
            "\n  {link}\n\nIt works once, until {until}, and a link made before works no longer. Whoever has it acts as {name}: \
             hand it to nobody else.\nNext: open it while `commonhold serve` runs, by itself or as a service."
        ));
        let value = json!({
            "link": link,
            "good_until": invited.until,
            "email": email.as_str(),
            "role": role,
            "organisation": {"id": organisation.id, "name": organisation.name, "made": made},
            "acts_already": invited.acts_already,
        });
        console.result(text, &value);
        Ok(())
    }
}

fn next_step(error: accounts::Error) -> Stopped {
    let unknown = matches!(error, accounts::Error::NoSuchOrganisation(_));
    let stopped = Stopped::from(error);
    match unknown {
        true => stopped.next("Add it first: commonhold import organisations FILE.csv"),
        false => stopped,
    }
}
