//! Tokens of links, sessions and addresses that only their holder knows: 32 random bytes, given away once, kept only as their SHA-256.
//!
//! They are looked up by that hash, so that neither a copy of the database nor the time of a look-up helps to guess one.

use std::fmt;

use sha2::{Digest, Sha256};
use vocabulary::{Chance, NoChance};

/// A token as its holder has it: 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// A new token.
    ///
    /// # Errors
    /// When the source of chance fails.
    pub fn new(chance: &Chance) -> Result<Token, NoChance> {
        let bytes = chance.bytes::<32>()?;
        Ok(Token(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// What somebody sent, if it can be a token.
    pub fn read(text: &str) -> Option<Token> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 64 && text.bytes().all(digit)).then(|| Token(text.to_owned()))
    }

    /// What is given to the holder.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is stored.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_only_tokens_are_read() -> Result<(), NoChance> {
        let chance = Chance::System;
        let token = Token::new(&chance)?;
        assert_ne!(token, Token::new(&chance)?);
        assert_eq!(Token::read(token.as_str()), Some(token.clone()));
        assert_ne!(token.hash(), token.as_str().as_bytes());
        assert!(!format!("{token:?}").contains(token.as_str()));
        for bad in ["", "abc", &"A".repeat(64), &"g".repeat(64), &"a".repeat(65)] {
            assert_eq!(Token::read(bad), None, "{bad}");
        }
        Ok(())
    }
}
