//! The page of cookies that the program makes: every cookie that it may set, as it sets it.

use web::{say, say_n};

use crate::Policies;
use crate::section::{Block, Section, links, points, section, text};

pub(crate) fn made(policies: &Policies) -> (String, Vec<Section>) {
    let count = (policies.cookies)().len() as u64;
    let lead = say_n!(
        "1 cookie can be set, and only when you sign in. Nothing here follows you.",
        "{count} cookies can be set, and only when you sign in. Nothing here follows you.",
        count
    );
    let sections = vec![
        section(
            say!("Cookies that can be set"),
            vec![
                Block::Cookies,
                text(say!(
                    "Each is needed for something that you ask for, so we do not ask whether we may set it (regulation 6(4) of the Privacy and Electronic Communications Regulations 2003)."
                )),
            ],
        ),
        section(
            say!("What else there is"),
            vec![points([
                say!("Whoever only reads gets no cookie."),
                say!(
                    "Nothing else is kept in your browser by this website, except copies of pages, style sheets and scripts that make it quicker."
                ),
                say!("There are no cookies of others: no page loads anything from another website."),
                say!(
                    "A web server that whoever runs this copy has put in front of the program may set cookies of its own. The program does not know of them."
                ),
            ])],
        ),
        section(
            say!("How to be rid of them"),
            vec![
                text(say!(
                    "Sign out, or delete the cookies of this website in your browser. Then you are not signed in any more; reading what is public works all the same."
                )),
                links([(say!("What else is kept about you"), "/privacy")]),
            ],
        ),
        section(say!("Who runs this copy"), vec![policies.who(), policies.contact()]),
    ];
    (lead, sections)
}
