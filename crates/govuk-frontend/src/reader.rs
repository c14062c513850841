//! A cursor over the tokens of one output or tag.
//!
//! It says what was expected and what was found; what the tokens mean is for `expression.rs` and `tags.rs`.

use crate::lexer::Token;
use crate::rewrite::RewriteError;

/// The tokens that are still to be read, from left to right.
pub(crate) struct Reader<'t, 's> {
    /// What is left; the grammar looks ahead in it.
    pub(crate) tokens: &'t [Token<'s>],
    line: usize,
}

impl<'t, 's> Reader<'t, 's> {
    /// A reader of `tokens`, which stand on `line`.
    pub(crate) fn new(tokens: &'t [Token<'s>], line: usize) -> Self {
        Reader { tokens, line }
    }

    /// Takes the next token if it is this word.
    pub(crate) fn eat_word(&mut self, word: &str) -> bool {
        self.eat(Token::Word(word))
    }

    /// Takes the next token if it is this symbol.
    pub(crate) fn eat_symbol(&mut self, symbol: &str) -> bool {
        self.eat(Token::Symbol(symbol))
    }

    /// Takes a name, or says that one was expected.
    pub(crate) fn name(&mut self) -> Result<&'s str, RewriteError> {
        match self.tokens.split_first() {
            Some((Token::Word(name), rest)) => {
                self.tokens = rest;
                Ok(name)
            }
            _ => Err(self.unexpected("a name")),
        }
    }

    /// Takes this symbol, or says that it was expected.
    pub(crate) fn expect_symbol(&mut self, symbol: &str) -> Result<(), RewriteError> {
        if self.eat_symbol(symbol) { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    /// Takes this word, or says that it was expected.
    pub(crate) fn expect_word(&mut self, word: &str) -> Result<(), RewriteError> {
        if self.eat_word(word) { Ok(()) } else { Err(self.unexpected(&format!("`{word}`"))) }
    }

    /// Whether nothing is left.
    pub(crate) fn is_at_end(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Says that something was expected if anything is left.
    pub(crate) fn expect_end(&self) -> Result<(), RewriteError> {
        if self.is_at_end() { Ok(()) } else { Err(self.unexpected("the end")) }
    }

    /// An error at this place: `expected` was needed and something else, or nothing, is here.
    pub(crate) fn unexpected(&self, expected: &str) -> RewriteError {
        let found = match self.tokens.first() {
            Some(Token::Word(text) | Token::Number(text) | Token::Text(text) | Token::Symbol(text)) => {
                format!("`{text}`")
            }
            None => "nothing more".to_owned(),
        };
        RewriteError::new(self.line, format!("expected {expected}, found {found}"))
    }

    fn eat(&mut self, token: Token<'_>) -> bool {
        match self.tokens.split_first() {
            Some((first, rest)) if *first == token => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }

    /// Takes the next token if it is one of these symbols, and says which.
    pub(crate) fn eat_any(&mut self, symbols: &[&'static str]) -> Option<&'static str> {
        symbols.iter().copied().find(|symbol| self.eat_symbol(symbol))
    }

    /// An error at this place: a filter or test has no rule.
    pub(crate) fn unknown(&self, what: &str, name: &str) -> RewriteError {
        RewriteError::new(self.line, format!("the {what} `{name}` is not provided"))
    }
}
