//! The privacy notice that the program makes: what it keeps, by its own rules and this copy's settings. What UK GDPR asks
//! for in articles 13 and 14 and only a controller knows, it names as missing.

use web::say;

use crate::Policies;
use crate::section::{Block, Section, links, points, section, text};

pub(crate) fn made(policies: &Policies) -> (String, Vec<Section>) {
    let lead = say!(
        "If you only read, nothing about you is written down. If you sign in, {count} sorts of things are kept, each for a stated time.",
        count = (policies.kept)().len()
    );
    let mut sections = vec![
        section(
            say!("Who runs this copy"),
            vec![
                policies.who(),
                policies.contact(),
                text(say!(
                    "An organisation answers itself for what it writes about its own systems. Ask it first where that is about you."
                )),
            ],
        ),
        section(say!("If you only read"), vec![reading(policies)]),
        section(
            say!("What is kept if you sign in"),
            vec![
                text(say!(
                    "The program removes it by itself when the time is over. The times are those set on this copy."
                )),
                Block::Kept,
            ],
        ),
        section(say!("Who else sees it"), vec![others(policies)]),
        section(
            say!("What you can do"),
            vec![
                text(say!("Sign in, then you can do these at once and ask nobody:")),
                links([
                    (say!("See everything that is held about you, or take it out as a file"), "/account/export"),
                    (say!("Correct your name"), "/account/name"),
                    (say!("Correct your email address"), "/account/email"),
                    (say!("See on which browsers you are signed in, and end that"), "/account"),
                    (say!("Erase your account"), "/account/erase"),
                ]),
                text(say!(
                    "You can also ask whoever runs this copy to show, correct or erase what is kept about you, to restrict its use, or object to it. The program decides nothing about people by itself."
                )),
                text(say!(
                    "Backups made before still hold what was erased. The program erases it again from a backup that is brought back."
                )),
            ],
        ),
        section(
            say!("Complaints"),
            vec![
                text(say!(
                    "Write to whoever runs this copy first. In the United Kingdom you can complain to the Information Commissioner (ICO)."
                )),
                links([(say!("Complain to the ICO"), "https://ico.org.uk/make-a-complaint/")]),
            ],
        ),
    ];
    if !policies.demonstration {
        sections.push(missing());
    }
    (lead, sections)
}

fn reading(policies: &Policies) -> Block {
    let mut said = vec![
        say!("You need no account, and no cookie is set."),
        say!("No page loads anything from another website, and nothing follows visitors from page to page."),
        say!(
            "The program's own log has a line for each request: when, which kind of page, and what came of it. It has neither network address nor name."
        ),
    ];
    said.push(match policies.requests_a_minute {
        Some(most) => say!(
            "Your network address is kept in memory for a few minutes to count requests ({most} a minute), and never written down.",
            most = most.get()
        ),
        None => say!("Your network address is not written down."),
    });
    points(said)
}

fn others(policies: &Policies) -> Block {
    let mut said = vec![
        say!(
            "Stewards of the organisations for which you act see your name, email address and roles; so do the operators of this copy."
        ),
        say!("People of your organisation see your name beside what you changed."),
        say!("Stewards and auditors of an organisation see your name where you read its estate."),
    ];
    if !policies.providers.is_empty() {
        said.push(say!(
            "If you sign in with {providers}, they learn when you sign in here. They tell us your name, your email address and their reference for you.",
            providers = policies.providers.join(", ")
        ));
    }
    said.push(match policies.demonstration {
        true => say!("The program sends nothing to anybody: no message leaves this computer."),
        false => say!("Messages go to your mail server, by that of whoever runs this copy. The program sends nothing else about you to anybody."),
    });
    points(said)
}

/// What only a controller can say.
fn missing() -> Section {
    section(
        say!("What this page does not say"),
        vec![
            text(say!("The program made this page from how it is set up. Only whoever runs this copy can say:")),
            points([
                say!("on which lawful basis they keep these things"),
                say!("who their data protection officer is"),
                say!("who hosts the machine and the database, in which country, and who else works on them"),
                say!("how long they keep the program's log, and backups elsewhere than those listed above"),
                say!(
                    "what a web server or mail system in front of the program writes down, which may include network addresses"
                ),
            ]),
        ],
    )
}
