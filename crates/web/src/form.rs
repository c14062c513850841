//! Forms, sent as `application/x-www-form-urlencoded` by browsers, or as an object of `application/json` by programs.

use std::collections::HashMap;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use form_urlencoded::parse;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use vocabulary::Kind;

use crate::{Endpoint, Limits, Problem, pace::TooSlow, say, visit::Arrival};

/// The most bytes of a form: one megabyte.
pub const FORM_LIMIT: usize = 1024 * 1024;
/// The most fields of a form: a mapping or a bulk edit of a whole estate, with room.
pub(crate) const FIELD_LIMIT: usize = 20_000;
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// What was typed into a form. In templates it is `form`: each name's value, or a list where a name came several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    pairs: Vec<(String, String)>,
}

impl Form {
    /// A form with these fields: for samples and tests.
    pub fn of(pairs: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Form {
        Form { pairs: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }

    /// The first value of this name, without white space around it, if it is not empty.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.all(name).into_iter().find(|value| !value.is_empty())
    }

    /// All values of this name in order, without white space around them, empty ones included.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.trim()).collect()
    }

    /// Whether a field of this name was sent at all, empty or not.
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(known, _)| known == name)
    }

    /// Refuses a field of an unknown name: one that is misspelt and silently ignored would lie.
    ///
    /// # Errors
    /// A problem that names it, and lists those that are known.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        let Some((name, _)) = self.pairs.iter().find(|(name, _)| !known.contains(&name.as_str())) else {
            return Ok(());
        };
        Err(unknown_field(name, known))
    }

    /// Every field in the order it was sent.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// Refuses what no field may contain.
    pub(crate) fn checked(pairs: Vec<(String, String)>) -> Result<Form, Problem> {
        if pairs.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
            return Err(Problem::invalid(say!("A field contains a character that is no text (NUL).")));
        }
        Ok(Form { pairs })
    }
}

/// That a field is not one of those that an address takes.
pub(crate) fn unknown_field(name: &str, known: &[&str]) -> Problem {
    let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    let detail = say!("This address takes no field \"{name}\".", name = name);
    Problem::invalid(detail).next(say!("It knows: {names}.", names = known.join(", ")))
}

impl Serialize for Form {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // By name in one pass: a hostile form has thousands of names.
        let mut order: Vec<&str> = Vec::new();
        let mut values: HashMap<&str, Vec<&str>> = HashMap::new();
        for (name, value) in &self.pairs {
            let of = values.entry(name).or_default();
            if of.is_empty() {
                order.push(name);
            }
            of.push(value.trim());
        }
        let mut map = serializer.serialize_map(Some(order.len()))?;
        for name in order {
            match values.get(name).map(Vec::as_slice).unwrap_or_default() {
                [one] => map.serialize_entry(name, one)?,
                several => map.serialize_entry(name, several)?,
            }
        }
        map.end()
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Problem;
    async fn from_request(request: Request, _: &S) -> Result<Form, Problem> {
        let json = declared(request.headers()).eq_ignore_ascii_case(JSON);
        if !json {
            expect_type(request.headers(), FORM)?;
        }
        let limits = limits_of(&request);
        let declared = request.extensions().get::<Endpoint>().copied();
        let bytes = read(request.into_body(), FORM_LIMIT, limits).await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Problem::invalid(say!("The form is not in UTF-8.")))?;
        let pairs: Vec<_> = match json {
            true => members(text)?,
            false => parse(text.as_bytes()).into_owned().take(FIELD_LIMIT + 1).collect(),
        };
        if pairs.len() > FIELD_LIMIT {
            return Err(Problem::too_large(say!("The form has more than {most} fields.", most = FIELD_LIMIT)));
        }
        let form = Form::checked(pairs)?;
        match declared {
            Some(endpoint) => endpoint.check_form(&form).map(|()| form),
            None => Ok(form),
        }
    }
}

pub(crate) fn limits_of(request: &Request) -> Limits {
    request.extensions().get::<Arrival>().map(|arrival| arrival.limits).unwrap_or_default()
}

/// The members of a JSON object as fields of a form: a list is its name several times, or once and empty; null and false are
/// empty, true is "yes".
fn members(text: &str) -> Result<Vec<(String, String)>, Problem> {
    let refused = |detail: String| {
        Problem::invalid(detail)
            .next(say!("Send one object whose values are texts, numbers, true, false, null, or lists of these."))
    };
    let object = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return Err(refused(say!("The JSON is not an object."))),
        Err(error) => {
            let (line, column) = (error.line().to_string(), error.column().to_string());
            return Err(refused(say!(
                "The JSON breaks off at line {line}, column {column}.",
                line = line,
                column = column
            )));
        }
    };
    let plain = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) | Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    };
    let mut pairs = Vec::new();
    for (name, value) in &object {
        let values = match value {
            Value::Array(list) if list.is_empty() => vec![Some(String::new())],
            Value::Array(list) => list.iter().take(FIELD_LIMIT + 1).map(plain).collect(),
            value => vec![plain(value)],
        };
        for value in values {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            let value = value.ok_or_else(|| {
                refused(say!("The value of \"{name}\" cannot be the value of a field.", name = shown))
            })?;
            pairs.push((name.clone(), value));
        }
    }
    Ok(pairs)
}

/// The type that a body is declared to be of, without its parameters.
fn declared(headers: &HeaderMap) -> &str {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    declared.split(';').next().unwrap_or_default().trim()
}

/// 415 unless the body is declared to be of this type.
pub(crate) fn expect_type(headers: &HeaderMap, wanted: &'static str) -> Result<(), Problem> {
    if declared(headers).eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    let problem = Problem::of_kind(Kind::Invalid, say!("What was sent is not of the type that this address takes."))
        .title(say!("This type of content is not taken here"))
        .next(say!("Send it as {wanted}.", wanted = wanted))
        .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    Err(problem)
}

/// The whole body, within its limits of size and time.
async fn read(body: Body, most: usize, limits: Limits) -> Result<Bytes, Problem> {
    match tokio::time::timeout(limits.read, Limited::new(body, most).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if beneath::<LengthLimitError>(error.as_ref()) => Err(too_large(most)),
        Ok(Err(error)) if beneath::<TooSlow>(error.as_ref()) => Err(too_slow()),
        Ok(Err(_)) => Err(cut_off()),
        Err(_) => Err(too_slow()),
    }
}

/// Whether an error of this type is the error or beneath it.
pub(crate) fn beneath<E: std::error::Error + 'static>(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut at = Some(error);
    while let Some(error) = at {
        if error.is::<E>() {
            return true;
        }
        at = error.source();
    }
    false
}

pub(crate) fn too_large(most: usize) -> Problem {
    let detail = say!(
        "What was sent is larger than {megabytes} MB, the most that is taken here.",
        megabytes = most.div_ceil(1024 * 1024)
    );
    Problem::too_large(detail).next(say!("Send less, or split it."))
}

fn cut_off() -> Problem {
    Problem::invalid(say!("What was sent stops in the middle.")).next(say!("Send it again."))
}

pub(crate) fn too_slow() -> Problem {
    Problem::of_kind(Kind::Invalid, say!("What was sent took too long to arrive."))
        .title(say!("The request took too long"))
        .next(say!("Try again, on a faster connection if you can."))
        .with_status(StatusCode::REQUEST_TIMEOUT)
}
