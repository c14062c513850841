//! Translates a Nunjucks expression into a MiniJinja expression with the same value.
//!
//! The grammar and its precedence are those of the Nunjucks parser. Wherever JavaScript and MiniJinja disagree
//! (equality, addition, membership, length, truth of empty objects), the translation calls one of the filters, tests
//! and functions of `nunjucks.rs`. What it does not know it refuses, so that an upgrade of the package cannot change a
//! page silently. It keeps no line breaks: an error inside a long expression names the line the expression begins on.

use crate::lexer::Token;
use crate::rewrite::RewriteError;

/// Filters the package uses, with what they are called on the MiniJinja side.
const FILTERS: [(&str, &str); 10] = [
    ("capitalize", "nunjucks_capitalize"),
    ("default", "default"),
    ("escape", "nunjucks_escape"),
    ("indent", "nunjucks_indent"),
    ("length", "nunjucks_length"),
    ("replace", "replace"),
    ("safe", "nunjucks_safe"),
    ("select", "nunjucks_select"),
    ("string", "nunjucks_string"),
    ("trim", "nunjucks_trim"),
];

/// Tests the package uses, with what they are called on the MiniJinja side.
const TESTS: [(&str, &str); 7] = [
    ("defined", "defined"),
    ("escaped", "escaped"),
    ("mapping", "mapping"),
    ("null", "none"),
    ("sameas", "nunjucks_same"),
    ("string", "nunjucks_string"),
    ("undefined", "undefined"),
];

/// Words that end an operand instead of naming a variable.
const OPERATORS: [&str; 6] = ["and", "else", "if", "in", "is", "or"];

/// A translated part of an expression.
struct Part {
    text: String,
    /// Whether it must be put in brackets before a filter, a test or an operator may be applied to it.
    compound: bool,
}

impl Part {
    fn simple(text: impl Into<String>) -> Part {
        Part {
            text: text.into(),
            compound: false,
        }
    }

    fn compound(text: impl Into<String>) -> Part {
        Part {
            text: text.into(),
            compound: true,
        }
    }

    fn operand(self) -> String {
        if self.compound {
            format!("({})", self.text)
        } else {
            self.text
        }
    }
}

/// Reads the tokens of one output or tag from left to right, translating the expressions among them.
pub(crate) struct Reader<'t, 's> {
    tokens: &'t [Token<'s>],
    line: usize,
}

impl<'t, 's> Reader<'t, 's> {
    /// A reader of `tokens`, which stand on `line`.
    pub(crate) fn new(tokens: &'t [Token<'s>], line: usize) -> Self {
        Reader { tokens, line }
    }

    /// Translates one expression and stops behind it.
    pub(crate) fn expression(&mut self) -> Result<String, RewriteError> {
        self.conditional().map(|part| part.text)
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
        if self.eat_symbol(symbol) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("`{symbol}`")))
        }
    }

    /// Takes this word, or says that it was expected.
    pub(crate) fn expect_word(&mut self, word: &str) -> Result<(), RewriteError> {
        if self.eat_word(word) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("`{word}`")))
        }
    }

    /// Whether nothing is left.
    pub(crate) fn is_at_end(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Says that something was expected if anything is left.
    pub(crate) fn expect_end(&self) -> Result<(), RewriteError> {
        if self.is_at_end() {
            Ok(())
        } else {
            Err(self.unexpected("the end"))
        }
    }

    /// An error at this place: `expected` was needed and something else, or nothing, is here.
    pub(crate) fn unexpected(&self, expected: &str) -> RewriteError {
        let found = match self.tokens.first() {
            Some(
                Token::Word(text) | Token::Number(text) | Token::Text(text) | Token::Symbol(text),
            ) => {
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

    fn eat_any(&mut self, symbols: &[&'static str]) -> Option<&'static str> {
        symbols
            .iter()
            .copied()
            .find(|symbol| self.eat_symbol(symbol))
    }

    /// `a if b else c`. Without `else`, Nunjucks gives an empty string and MiniJinja an undefined value.
    fn conditional(&mut self) -> Result<Part, RewriteError> {
        let value = self.or()?;
        if !self.eat_word("if") {
            return Ok(value);
        }
        let condition = self.or()?.operand();
        let otherwise = if self.eat_word("else") {
            self.conditional()?.operand()
        } else {
            "\"\"".to_owned()
        };
        Ok(Part::compound(format!(
            "{} if {condition} else {otherwise}",
            value.operand()
        )))
    }

    fn or(&mut self) -> Result<Part, RewriteError> {
        let mut left = self.and()?;
        while self.eat_word("or") {
            left = Part::compound(format!("{} or {}", left.operand(), self.and()?.operand()));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Part, RewriteError> {
        let mut left = self.not()?;
        while self.eat_word("and") {
            left = Part::compound(format!("{} and {}", left.operand(), self.not()?.operand()));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Part, RewriteError> {
        if self.eat_word("not") {
            return Ok(Part::compound(format!("not {}", self.not()?.operand())));
        }
        self.membership()
    }

    /// `a in b`, which compares strictly: 0 is not in `[false]`.
    fn membership(&mut self) -> Result<Part, RewriteError> {
        let mut left = self.test()?;
        loop {
            let negated = match self.tokens {
                [Token::Word("not"), Token::Word("in"), ..] => self.eat_word("not"),
                [Token::Word("in"), ..] => false,
                _ => return Ok(left),
            };
            self.expect_word("in")?;
            let container = self.test()?;
            left = tested(left, negated, "nunjucks_in", &container.text);
        }
    }

    fn test(&mut self) -> Result<Part, RewriteError> {
        let value = self.comparison()?;
        if !self.eat_word("is") {
            return Ok(value);
        }
        let negated = self.eat_word("not");
        let name = self.name()?;
        let test = known(&TESTS, name).ok_or_else(|| self.unknown("test", name))?;
        if self.eat_symbol("(") {
            let arguments = self.arguments(")")?;
            return Ok(tested(value, negated, test, &arguments));
        }
        let is = if negated { "is not" } else { "is" };
        Ok(Part::compound(format!("{} {is} {test}", value.operand())))
    }

    fn comparison(&mut self) -> Result<Part, RewriteError> {
        let mut left = self.concatenation()?;
        while let Some(operator) = self.eat_any(&["===", "!==", "==", "!=", "<=", ">=", "<", ">"]) {
            let right = self.concatenation()?;
            left = match operator {
                "===" => tested(left, false, "nunjucks_same", &right.text),
                "!==" => tested(left, true, "nunjucks_same", &right.text),
                "==" => tested(left, false, "nunjucks_equal", &right.text),
                "!=" => tested(left, true, "nunjucks_equal", &right.text),
                _ => Part::compound(format!("{} {operator} {}", left.operand(), right.operand())),
            };
        }
        Ok(left)
    }

    /// `a ~ b`, which Nunjucks defines as `a + "" + b`.
    fn concatenation(&mut self) -> Result<Part, RewriteError> {
        let mut left = self.addition()?;
        while self.eat_symbol("~") {
            left = added(added(left, "\"\""), &self.addition()?.text);
        }
        Ok(left)
    }

    fn addition(&mut self) -> Result<Part, RewriteError> {
        let mut left = self.subtraction()?;
        while self.eat_symbol("+") {
            left = added(left, &self.subtraction()?.text);
        }
        Ok(left)
    }

    // In Nunjucks subtraction binds closer than addition.
    fn subtraction(&mut self) -> Result<Part, RewriteError> {
        let mut left = self.product()?;
        while self.eat_symbol("-") {
            left = Part::compound(format!(
                "{} - {}",
                left.operand(),
                self.product()?.operand()
            ));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Part, RewriteError> {
        let mut left = self.unary()?;
        while let Some(operator) = self.eat_any(&["*", "//", "/", "%"]) {
            left = Part::compound(format!(
                "{} {operator} {}",
                left.operand(),
                self.unary()?.operand()
            ));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Part, RewriteError> {
        if self.eat_symbol("-") {
            return Ok(Part::compound(format!("-{}", self.unary()?.operand())));
        }
        let mut value = self.postfix()?;
        while self.eat_symbol("|") {
            value = self.filter(value)?;
        }
        Ok(value)
    }

    fn filter(&mut self, value: Part) -> Result<Part, RewriteError> {
        let name = self.name()?;
        let filter = known(&FILTERS, name).ok_or_else(|| self.unknown("filter", name))?;
        let arguments = if self.eat_symbol("(") {
            format!("({})", self.arguments(")")?)
        } else {
            String::new()
        };
        Ok(Part::simple(format!(
            "{}|{filter}{arguments}",
            value.operand()
        )))
    }

    /// A value with what may directly follow it: members, indexes and calls.
    fn postfix(&mut self) -> Result<Part, RewriteError> {
        let mut value = self.primary()?;
        loop {
            if self.eat_symbol(".") {
                let member = self.name()?;
                value = match member {
                    "length" => Part::simple(format!("{}|nunjucks_length", value.operand())),
                    "val" => Part::simple(format!("{}|nunjucks_val", value.operand())),
                    "includes" => {
                        self.expect_symbol("(")?;
                        let item = self.expression()?;
                        self.expect_symbol(")")?;
                        Part::compound(format!("({item}) is nunjucks_in({})", value.text))
                    }
                    _ => Part::simple(format!("{}.{member}", value.operand())),
                };
            } else if self.eat_symbol("[") {
                let index = self.expression()?;
                self.expect_symbol("]")?;
                value = Part::simple(format!("{}[{index}]", value.operand()));
            } else if self.eat_symbol("(") {
                let arguments = self.arguments(")")?;
                value = Part::simple(format!("{}({arguments})", value.operand()));
            } else {
                return Ok(value);
            }
        }
    }

    fn primary(&mut self) -> Result<Part, RewriteError> {
        let Some((first, rest)) = self.tokens.split_first() else {
            return Err(self.unexpected("a value"));
        };
        match *first {
            Token::Word(word) if OPERATORS.contains(&word) => Err(self.unexpected("a value")),
            Token::Word(word) => {
                self.tokens = rest;
                Ok(Part::simple(if word == "null" { "none" } else { word }))
            }
            Token::Number(text) | Token::Text(text) => {
                self.tokens = rest;
                Ok(Part::simple(text))
            }
            Token::Symbol("(") => {
                self.tokens = rest;
                let inner = self.conditional()?;
                self.expect_symbol(")")?;
                Ok(inner)
            }
            Token::Symbol("[") => {
                self.tokens = rest;
                Ok(Part::simple(format!(
                    "nunjucks_object([{}])",
                    self.arguments("]")?
                )))
            }
            Token::Symbol("{") => {
                self.tokens = rest;
                Ok(Part::simple(format!(
                    "nunjucks_object({{{}}})",
                    self.entries()?
                )))
            }
            Token::Symbol(_) => Err(self.unexpected("a value")),
        }
    }

    /// Expressions with commas between them, up to and with the closing symbol. A name with `=` passes by keyword.
    fn arguments(&mut self, closing: &str) -> Result<String, RewriteError> {
        let mut arguments = Vec::new();
        while !self.eat_symbol(closing) {
            let keyword = match self.tokens {
                [Token::Word(name), Token::Symbol("="), rest @ ..] => {
                    self.tokens = rest;
                    format!("{name}=")
                }
                _ => String::new(),
            };
            arguments.push(format!("{keyword}{}", self.expression()?));
            if !self.eat_symbol(",") {
                self.expect_symbol(closing)?;
                break;
            }
        }
        Ok(arguments.join(", "))
    }

    /// The entries of a dictionary, up to and with `}`. A key without quotes is its own name, as in JavaScript.
    fn entries(&mut self) -> Result<String, RewriteError> {
        let mut entries = Vec::new();
        while !self.eat_symbol("}") {
            let key = match self.tokens {
                [Token::Word(name), Token::Symbol(":"), ..] => format!("{name:?}"),
                [Token::Text(text), Token::Symbol(":"), ..] => (*text).to_owned(),
                _ => return Err(self.unexpected("a key and `:`")),
            };
            self.tokens = &self.tokens[2..];
            entries.push(format!("{key}: {}", self.expression()?));
            if !self.eat_symbol(",") {
                self.expect_symbol("}")?;
                break;
            }
        }
        Ok(entries.join(", "))
    }

    fn unknown(&self, what: &str, name: &str) -> RewriteError {
        RewriteError::new(self.line, format!("the {what} `{name}` is not provided"))
    }
}

fn known(names: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    names
        .iter()
        .find(|(theirs, _)| *theirs == name)
        .map(|(_, ours)| *ours)
}

fn tested(left: Part, negated: bool, test: &str, arguments: &str) -> Part {
    let is = if negated { "is not" } else { "is" };
    Part::compound(format!("{} {is} {test}({arguments})", left.operand()))
}

fn added(left: Part, right: &str) -> Part {
    Part::simple(format!("{}|nunjucks_add({right})", left.operand()))
}
