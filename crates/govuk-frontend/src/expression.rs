//! Translates a Nunjucks expression into a MiniJinja expression with the same value.
//!
//! The grammar and its precedence are those of the Nunjucks parser. Wherever JavaScript and MiniJinja disagree
//! (equality, addition, membership, length, truth of empty objects), the translation calls one of the filters, tests
//! and functions of `nunjucks.rs`. What it does not know it refuses, so that an upgrade of the package cannot change a
//! page silently. It keeps no line breaks: an error inside a long expression names the line the expression begins on.

use crate::lexer::Token;
use crate::reader::Reader;
use crate::rewrite::RewriteError;

/// Filters the package uses, with what they are called on the MiniJinja side.
const FILTERS: [(&str, &str); 10] = [
    ("capitalize", "nunjucks_capitalize"),
    ("default", "default"),
    ("escape", "nunjucks_escape"),
    ("indent", "nunjucks_indent"),
    ("length", "nunjucks_length"),
    ("replace", "nunjucks_replace"),
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
        Part { text: text.into(), compound: false }
    }

    fn compound(text: impl Into<String>) -> Part {
        Part { text: text.into(), compound: true }
    }

    fn operand(self) -> String {
        if self.compound { format!("({})", self.text) } else { self.text }
    }
}

impl Reader<'_, '_> {
    /// Translates one expression and stops behind it.
    pub(crate) fn expression(&mut self) -> Result<String, RewriteError> {
        self.conditional().map(|part| part.text)
    }

    /// `a if b else c`. Without `else`, Nunjucks gives an empty string and MiniJinja an undefined value.
    fn conditional(&mut self) -> Result<Part, RewriteError> {
        let value = self.or()?;
        if !self.eat_word("if") {
            return Ok(value);
        }
        let condition = self.or()?.operand();
        let otherwise = if self.eat_word("else") { self.conditional()?.operand() } else { "\"\"".to_owned() };
        Ok(Part::compound(format!("{} if {condition} else {otherwise}", value.operand())))
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
            left = Part::compound(format!("{} - {}", left.operand(), self.product()?.operand()));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Part, RewriteError> {
        let mut left = self.unary()?;
        while let Some(operator) = self.eat_any(&["*", "//", "/", "%"]) {
            left = Part::compound(format!("{} {operator} {}", left.operand(), self.unary()?.operand()));
        }
        Ok(left)
    }

    /// A value with its filters, which apply to the sign too.
    fn unary(&mut self) -> Result<Part, RewriteError> {
        let mut value = self.signed()?;
        while self.eat_symbol("|") {
            value = self.filter(value)?;
        }
        Ok(value)
    }

    fn signed(&mut self) -> Result<Part, RewriteError> {
        if self.eat_symbol("-") {
            return Ok(Part::compound(format!("-{}", self.signed()?.operand())));
        }
        self.postfix()
    }

    fn filter(&mut self, value: Part) -> Result<Part, RewriteError> {
        let name = self.name()?;
        let filter = known(&FILTERS, name).ok_or_else(|| self.unknown("filter", name))?;
        let arguments = if self.eat_symbol("(") { format!("({})", self.arguments(")")?) } else { String::new() };
        Ok(Part::simple(format!("{}|{filter}{arguments}", value.operand())))
    }

    /// A value with what may directly follow it: members, indexes and calls.
    fn postfix(&mut self) -> Result<Part, RewriteError> {
        let mut value = self.primary()?;
        loop {
            if self.eat_symbol(".") {
                let member = self.name()?;
                value = match member {
                    "length" => Part::simple(format!("{}|nunjucks_member_length", value.operand())),
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
                Ok(Part::simple(format!("nunjucks_object([{}])", self.arguments("]")?)))
            }
            Token::Symbol("{") => {
                self.tokens = rest;
                Ok(Part::simple(format!("nunjucks_object({{{}}})", self.entries()?)))
            }
            Token::Symbol(_) => Err(self.unexpected("a value")),
        }
    }

    /// Expressions with commas between them, up to and with the closing symbol. A name with `=` passes by keyword.
    pub(crate) fn arguments(&mut self, closing: &str) -> Result<String, RewriteError> {
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
}

fn known(names: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    names.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours)
}

fn tested(left: Part, negated: bool, test: &str, arguments: &str) -> Part {
    let is = if negated { "is not" } else { "is" };
    Part::compound(format!("{} {is} {test}({arguments})", left.operand()))
}

fn added(left: Part, right: &str) -> Part {
    Part::simple(format!("{}|nunjucks_add({right})", left.operand()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;
    use crate::lexer::tokens;

    fn translated(source: &str) -> Result<String, RewriteError> {
        let tokens = tokens(source, 1)?;
        let mut reader = Reader::new(&tokens, 1);
        let text = reader.expression()?;
        reader.expect_end()?;
        Ok(text)
    }

    /// Asserts that each first expression becomes the second.
    fn become_these(expressions: &[(&str, &str)]) {
        for (nunjucks, minijinja) in expressions {
            assert_eq!(translated(nunjucks).unwrap(), *minijinja, "from {nunjucks}");
        }
    }

    fn refused(source: &str) -> String {
        translated(source).unwrap_err().to_string()
    }

    #[test]
    fn strict_equality_becomes_a_test() {
        become_these(&[
            ("a.b === true", "a.b is nunjucks_same(true)"),
            ("a !== undefined", "a is not nunjucks_same(undefined)"),
        ]);
    }

    #[test]
    fn loose_equality_becomes_a_test() {
        become_these(&[
            ("a == 'b'", "a is nunjucks_equal('b')"),
            ("a != b + c", "a is not nunjucks_equal(b|nunjucks_add(c))"),
        ]);
    }

    #[test]
    fn orderings_stay() {
        become_these(&[("a.length > 1", "a|nunjucks_member_length > 1")]);
    }

    #[test]
    fn additions_become_filters_from_left_to_right() {
        become_these(&[
            ("a + b | escape + 1", "a|nunjucks_add(b|nunjucks_escape)|nunjucks_add(1)"),
            ("(a or b) + c", "(a or b)|nunjucks_add(c)"),
        ]);
    }

    #[test]
    fn concatenation_always_joins_as_text() {
        become_these(&[("1 ~ 2", "1|nunjucks_add(\"\")|nunjucks_add(2)")]);
    }

    #[test]
    fn subtraction_binds_closer_than_addition() {
        become_these(&[("a - b + c", "(a - b)|nunjucks_add(c)"), ("a + b - c", "a|nunjucks_add(b - c)")]);
    }

    #[test]
    fn products_and_signs_stay() {
        become_these(&[("a * 2 / b", "(a * 2) / b"), ("-a | length", "(-a)|nunjucks_length")]);
    }

    #[test]
    fn a_condition_without_else_gives_empty_text() {
        become_these(&[
            ("a if b", "a if b else \"\""),
            ("a if b else c", "a if b else c"),
            ("'x' + (' ' + a if a)", "'x'|nunjucks_add(' '|nunjucks_add(a) if a else \"\")"),
        ]);
    }

    #[test]
    fn membership_becomes_a_strict_test() {
        become_these(&[
            ("a in [b, null]", "a is nunjucks_in(nunjucks_object([b, none]))"),
            ("a not in b", "a is not nunjucks_in(b)"),
            ("not 'x' in a.b", "not ('x' is nunjucks_in(a.b))"),
            ("[true, false].includes(a)", "(a) is nunjucks_in(nunjucks_object([true, false]))"),
        ]);
    }

    #[test]
    fn length_and_val_become_filters() {
        become_these(&[
            ("a.b.length", "a.b|nunjucks_member_length"),
            ("a.val is string", "a|nunjucks_val is nunjucks_string"),
        ]);
    }

    #[test]
    fn keys_are_quoted_and_literals_get_the_truth_of_javascript() {
        become_these(&[
            ("{}", "nunjucks_object({})"),
            ("{ a: 1, 'b': c, }", "nunjucks_object({\"a\": 1, 'b': c})"),
            ("[]", "nunjucks_object([])"),
        ]);
    }

    #[test]
    fn filters_bind_closer_than_anything_but_members() {
        become_these(&[
            ("a | default(b.c[d + 1], true)", "a|default(b.c[d|nunjucks_add(1)], true)"),
            ("(a if b else c) | trim | indent(2)", "(a if b else c)|nunjucks_trim|nunjucks_indent(2)"),
        ]);
    }

    #[test]
    fn tests_get_their_names_and_arguments() {
        become_these(&[
            ("a is mapping and a is not escaped", "(a is mapping) and (a is not escaped)"),
            ("a is sameas(b)", "a is nunjucks_same(b)"),
        ]);
    }

    #[test]
    fn logic_keeps_its_precedence() {
        become_these(&[("not a and b or c", "((not a) and b) or c"), ("a and (b or not c)", "a and (b or (not c))")]);
    }

    #[test]
    fn null_is_none() {
        become_these(&[("null", "none")]);
    }

    #[test]
    fn calls_take_values_by_position_and_keyword() {
        become_these(&[("f(a, b=c + d)", "f(a, b=c|nunjucks_add(d))")]);
    }

    #[test]
    fn what_has_no_rule_is_refused() {
        assert_eq!(refused("a | dump"), "line 1: the filter `dump` is not provided");
        assert_eq!(refused("a is odd"), "line 1: the test `odd` is not provided");
        assert_eq!(refused("a ** b"), "line 1: expected the end, found `**`");
        assert_eq!(refused("a +"), "line 1: expected a value, found nothing more");
        assert_eq!(refused("{1: a}"), "line 1: expected a key and `:`, found `1`");
        assert_eq!(refused("f(a b)"), "line 1: expected `)`, found `b`");
    }
}
