//! The terms that the program offers where the operator has none of their own: short, and without promises for others.

use web::say;

use crate::Policies;
use crate::section::{Block, Section, links, points, section, text};

/// Under which the program itself is.
const LICENCE: &str = include_str!("../../../LICENCE");

pub(crate) fn made(policies: &Policies) -> (String, Vec<Section>) {
    let lead = say!("What you may do here, and what you can rely on.");
    let sections = vec![
        section(say!("Who runs this copy"), vec![policies.who(), policies.contact()]),
        section(say!("Using it"), vec![points(using(policies))]),
        section(
            say!("Not allowed"),
            vec![points([
                say!("trying to see or change what is not yours to see or change"),
                say!("acting as somebody else, or letting others use your sign-in link, passkey or token"),
                say!("bringing in files that are made to do harm"),
                say!("asking so much that others are kept waiting"),
            ])],
        ),
        section(
            say!("What you write here"),
            vec![points([
                say!("Write what you may share. An organisation answers for what its people write about its systems."),
                say!("Write roles and team mailboxes, not names of people."),
                say!("Who may see it is set by your organisation's stewards."),
            ])],
        ),
        section(
            say!("Using the data elsewhere"),
            vec![
                text(say!(
                    "Whoever runs this copy has not said under which licence you may use what organisations publish here. Ask them, or the organisation, before you pass it on."
                )),
                text(say!(
                    "Names and structure of the Local Government Architecture Model (LGAM) are Crown copyright, used under the Open Government Licence v3.0."
                )),
                links([(
                    say!("Read the Open Government Licence"),
                    "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
                )]),
            ],
        ),
        section(
            say!("What you can rely on"),
            vec![text(say!(
                "What stands here is as good as what organisations wrote. Each value says where it comes from and how sure that is; look there before you decide something that costs money. Whoever runs this copy has promised nothing here about it being right, or always there."
            ))],
        ),
        section(
            say!("Privacy and cookies"),
            vec![links([(say!("What is kept about you"), "/privacy"), (say!("Which cookies are set"), "/cookies")])],
        ),
        section(
            say!("The program"),
            vec![
                text(say!("Commonhold is open source, under the MIT licence:")),
                Block::Quoted {
                    paragraphs: LICENCE
                        .split("\n\n")
                        .map(|paragraph| paragraph.replace('\n', " ").trim().to_owned())
                        .collect(),
                },
            ],
        ),
    ];
    (lead, sections)
}

fn using(policies: &Policies) -> Vec<String> {
    let mut said = vec![
        say!("Anyone may read what is public, as pages, files or data, without an account."),
        say!("To see or change more you act for an organisation, in the role that it gave you."),
    ];
    said.extend(policies.requests_a_minute.map(|most| {
        say!(
            "You may send {most} requests a minute, half of them at once. More are refused for a moment.",
            most = most.get()
        )
    }));
    said
}
