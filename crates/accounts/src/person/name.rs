//! What can be a person's name: one line of text that shows as what it is and cannot lead anywhere.
//!
//! Names stand in letters that go out under this service's address, so a name is no place for a link, a second address or
//! signs that turn the direction of what follows.

/// Longest name, in characters.
pub const LONGEST_NAME: usize = 100;

/// Why a text is no name; it does not carry the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoName {
    /// There is none.
    Empty,
    /// It is longer than [`LONGEST_NAME`].
    Long,
    /// It holds what no name does.
    Odd,
}

impl NoName {
    /// What is wrong and what to do, as a sentence that makes sense in a summary.
    pub fn sentence(self) -> String {
        match self {
            NoName::Empty => web::say!("Enter a name"),
            NoName::Long => web::say!("A name has at most {limit} characters", limit = LONGEST_NAME),
            NoName::Odd => {
                web::say!("A name has letters, and no address, link, line break or sign that cannot be seen")
            }
        }
    }
}

/// A name with single spaces and none around it.
///
/// # Errors
/// [`NoName`] says what it has or lacks.
pub fn read_name(text: &str) -> Result<String, NoName> {
    if text.chars().any(|c| (c.is_control() && c != '\t') || unseen(c)) {
        return Err(NoName::Odd);
    }
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(NoName::Empty);
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(NoName::Long);
    }
    let lower = name.to_lowercase();
    let leads = lower.contains("://") || lower.contains("www.") || lower.contains(['@', '<', '>']);
    match leads || !name.chars().any(char::is_alphabetic) {
        true => Err(NoName::Odd),
        false => Ok(name),
    }
}

/// Signs that take no room, or turn the direction of what follows.
fn unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_pass() {
        for (typed, read) in [
            ("  Priya   Shah ", "Priya Shah"),
            ("Siân O'Neill-Jones", "Siân O'Neill-Jones"),
            ("Dr. 李明 (they/them)", "Dr. 李明 (they/them)"),
            ("A\tB", "A B"),
        ] {
            assert_eq!(read_name(typed).as_deref(), Ok(read));
        }
        assert_eq!(read_name(&"é".repeat(100)), Ok("é".repeat(100)));
    }

    #[test]
    fn what_could_mislead_does_not() {
        assert_eq!(read_name(" \t "), Err(NoName::Empty));
        assert_eq!(read_name(&"a".repeat(101)), Err(NoName::Long));
        for bad in [
            "Priya\r\nBcc: all@example.org",
            "Priya\nShah",
            "Priya\u{202e}hahS",
            "Pri\u{200b}ya",
            "https://evil.example",
            "See WWW.evil.example",
            "priya@ashmere.example",
            "<b>Priya</b>",
            "12345",
            "Priya\u{2028}Shah",
            "Priya\0",
        ] {
            assert_eq!(read_name(bad), Err(NoName::Odd), "{bad:?}");
        }
    }
}
