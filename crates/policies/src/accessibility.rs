//! The accessibility statement that the program makes, with the parts that the Public Sector Bodies (Websites and Mobile
//! Applications) (No. 2) Accessibility Regulations 2018 and their model statement ask for. It says what was checked and by
//! what means, and claims nothing else: nobody has audited this copy.

use web::say;

use crate::Policies;
use crate::section::{Section, links, points, section, subsection, text};

pub(crate) fn made(policies: &Policies) -> (String, Vec<Section>) {
    let lead =
        say!("This accessibility statement applies to {address}. Nobody has audited it.", address = policies.address);
    let sections = vec![
        section(say!("Who runs this website"), vec![policies.who()]),
        section(
            say!("What you should be able to do"),
            vec![points([
                say!("read and use every page without scripts"),
                say!(
                    "use it on a screen 375 pixels wide, or magnified, where only wide tables scroll sideways, each by itself"
                ),
                say!("find the same facts in a table beside every picture, and as a file that you can open elsewhere"),
                say!("print every page without menus and buttons"),
            ])],
        ),
        section(
            say!("What is not known"),
            vec![
                text(say!("Nobody has audited this website. These have not been tried, so they may not work well:")),
                points([
                    say!("screen readers, screen magnifiers and speech recognition"),
                    say!("going through every task by keyboard alone"),
                    say!("use by disabled people"),
                    say!("the Excel files, pictures and messages that it makes"),
                ]),
                text(say!("Names and notes of systems are written by organisations, and may be hard to read.")),
            ],
        ),
        section(
            say!("Feedback and contact information"),
            vec![
                text(say!(
                    "Tell whoever runs this website if something does not work for you, or if you need something from it in another format. Say which page, and what you need."
                )),
                policies.contact(),
            ],
        ),
        section(
            say!("Enforcement procedure"),
            vec![
                text(say!(
                    "The Equality and Human Rights Commission (EHRC) enforces the Public Sector Bodies (Websites and Mobile Applications) (No. 2) Accessibility Regulations 2018, the \"accessibility regulations\". If you are not happy with the answer to your complaint, contact the Equality Advisory and Support Service (EASS)."
                )),
                links([(
                    say!("Contact the Equality Advisory and Support Service"),
                    "https://www.equalityadvisoryservice.com/",
                )]),
                text(say!(
                    "In Northern Ireland the Equality Commission for Northern Ireland (ECNI) enforces them. Contact it instead."
                )),
                links([(say!("Contact the Equality Commission for Northern Ireland"), "https://www.equalityni.org/")]),
            ],
        ),
        section(
            say!("Technical information about this website's accessibility"),
            vec![text(match &policies.name {
                Some(name) if !policies.demonstration => {
                    say!(
                        "{name} has not yet said more about its commitment to the accessibility regulations.",
                        name = name
                    )
                }
                _ => say!(
                    "Whoever runs it has not yet said more about their commitment to the accessibility regulations."
                ),
            })],
        ),
        subsection(
            say!("Compliance status"),
            vec![text(say!(
                "Not assessed. The Web Content Accessibility Guidelines version 2.2, level AA, are what the program is made to meet. Whether this website meets them fully, partly or not, nobody has examined."
            ))],
        ),
        subsection(
            say!("Non-accessible content"),
            vec![text(say!(
                "None is known, which is not the same as none. Nothing is left out because it would be a disproportionate burden."
            ))],
        ),
        section(
            say!("Preparation of this accessibility statement"),
            vec![
                text(say!(
                    "The program made this statement; it is that of version {version}. Whoever runs this website has not reviewed it.",
                    version = policies.version
                )),
                text(say!("What the makers of the program check by machine, on invented data:")),
                points([
                    say!(
                        "each kind of page in Chromium, as a visitor and as people in several roles, 1,280 or 375 pixels wide or both, with axe-core: no fault may be found"
                    ),
                    say!("most of them again without scripts"),
                    say!(
                        "that each page has one main heading, a label for each field, a caption for each table, and links that lead somewhere"
                    ),
                ]),
                text(say!("Such checks find only some of the faults that people meet.")),
            ],
        ),
    ];
    (lead, sections)
}
