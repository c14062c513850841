//! One way of making two spellings of a name comparable, done by the program so that both engines agree.

use unicode_normalization::UnicodeNormalization;

/// The comparable form of a name: compatibility-decomposed without accents, lower case, `&` as "and",
/// every run of anything that is neither letter nor digit as one space.
///
/// `fold("  NEC  Revenues & Benefits ") == "nec revenues and benefits"`. An apostrophe joins: "Children's" gives "childrens".
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for character in text.nfkd() {
        if character == '&' {
            push_word(&mut folded, "and");
            gap = true;
        } else if character.is_alphanumeric() {
            if gap && !folded.is_empty() {
                folded.push(' ');
            }
            gap = false;
            folded.extend(character.to_lowercase());
        } else if !is_mark(character) {
            gap = true;
        }
    }
    folded
}

fn push_word(folded: &mut String, word: &str) {
    if !folded.is_empty() {
        folded.push(' ');
    }
    folded.push_str(word);
}

/// What vanishes without leaving a gap: combining accents, apostrophes, characters without width.
fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
        || matches!(character, '\'' | '\u{2019}' | '\u{02bc}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn spellings_that_mean_the_same_fold_alike() {
        assert_eq!(fold("  NEC  Revenues & Benefits "), "nec revenues and benefits");
        assert_eq!(fold("Revenues&Benefits"), "revenues and benefits");
        assert_eq!(fold("Children\u{2019}s"), "childrens");
        assert_eq!(fold("Caf\u{e9}-System (v2.1)"), "cafe system v2 1");
        assert_eq!(fold("\u{200b}Modern\u{202f}Gov"), "modern gov");
        assert_eq!(fold("---"), "");
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for text in ["É & Ö", "STRASSE ß", "ﬁrm 2", "a&&b", "İ"] {
            assert_eq!(fold(&fold(text)), fold(text), "{text}");
        }
    }
}
