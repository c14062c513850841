//! One address and method as an operation of the document: what it takes, answers and refuses.

use serde_json::{Map, Value, json};
use web::{Access, Endpoint, Shape, Word};

use crate::{
    answers::Answered,
    everywhere::{REFUSALS, Refusal, headers},
};

/// The content types of formats, by their suffixes.
const TYPES: [(&str, &str); 5] = [
    ("json", "application/json"),
    ("csv", "text/csv"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
];

/// One operation: an address in one format.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// The address that it is of.
    pub endpoint: Endpoint,
    /// What is known of its answers.
    pub answered: Answered,
    /// The suffix of the format; none for a file of its own kind, or for what only leads on.
    pub format: Option<String>,
}

/// Every operation of an address: of a read, one for each format; of a write, the one for programs.
pub(crate) fn operations(endpoint: Endpoint, answered: Answered) -> Vec<Operation> {
    let file = answered.file.is_some() || !answered.statuses.is_empty();
    let formats: Vec<Option<String>> = match (endpoint.method, answered.formats.as_slice()) {
        ("GET", []) if file => vec![None],
        ("GET", []) => vec![Some("json".to_owned())],
        ("GET", formats) => formats.iter().cloned().map(Some).collect(),
        _ => vec![Some("json".to_owned())],
    };
    let one = |format| Operation { endpoint, answered: answered.clone(), format };
    formats.into_iter().map(one).collect()
}

impl Operation {
    /// The path with the suffix of its format.
    pub(crate) fn path(&self) -> String {
        match &self.format {
            Some(format) => format!("{}.{format}", self.endpoint.path),
            None => self.endpoint.path.to_owned(),
        }
    }

    /// A name for programs: `get_organisations_id_systems`, with the format behind unless it is JSON.
    pub(crate) fn id(&self) -> String {
        let path: String = match self.endpoint.path {
            "/" => "home".to_owned(),
            path => path.replace(['{', '}'], "").trim_matches('/').replace(['/', '-', '.'], "_"),
        };
        let method = self.endpoint.method.to_lowercase();
        match self.format.as_deref() {
            None | Some("json") => format!("{method}_{path}"),
            Some(format) => format!("{method}_{path}_as_{format}"),
        }
    }

    /// Who may ask, in words.
    pub(crate) fn who(&self) -> &'static str {
        self.endpoint.access.who()
    }

    fn is_json(&self) -> bool {
        self.format.as_deref() == Some("json")
    }

    fn reads(&self) -> bool {
        self.endpoint.method == "GET"
    }

    /// What success is, by status.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        match (self.answered.statuses.as_slice(), self.reads()) {
            ([], true) => vec![200],
            (_, false) => self.endpoint.done.to_vec(),
            (statuses, true) => statuses.to_vec(),
        }
    }

    /// What it can refuse, and how it can fail.
    pub(crate) fn refusals(&self) -> impl Iterator<Item = &'static Refusal> {
        let Endpoint { access, .. } = self.endpoint;
        let (reads, named) = (self.reads(), self.endpoint.path.contains('{'));
        let secret = self.endpoint.path.contains("{token}") || self.endpoint.path.contains("{provider}");
        let asks = !self.endpoint.parameters.is_empty();
        REFUSALS.iter().filter(move |refusal| match refusal.status {
            400 | 401 | 413 | 429 | 500 | 503 => true,
            403 => !reads || access != Access::Anyone,
            404 => named || asks || access != Access::Anyone,
            406 => reads && self.format.is_some() && !self.is_json(),
            408 | 409 | 415 | 504 => !reads,
            410 => secret,
            422 => !reads || asks,
            _ => false,
        })
    }

    /// The operation as the document has it.
    pub(crate) fn described(&self) -> Value {
        let Endpoint { what, path, .. } = self.endpoint;
        let mut operation = json!({
            "operationId": self.id(),
            "summary": what,
            "description": self.description(),
            "tags": [self.who()],
            "parameters": self.parameters(),
            "responses": self.responses(),
            "security": self.security(),
        });
        if !self.reads() {
            operation["requestBody"] = self.body();
        } else if self.is_json() {
            operation["externalDocs"] = json!({"description": "The same for people", "url": path});
        }
        operation
    }

    fn description(&self) -> String {
        let mut text = format!("For {}.", self.who());
        if let Access::Browser(_) | Access::Visitor(_) = self.endpoint.access {
            text.push_str(" In a browser, with its cookie: a token does not open it.");
        }
        if !self.reads() {
            text.push_str(" With a session's cookie, or without anything, `Origin` must be the address of this site.");
        }
        text
    }

    fn security(&self) -> Value {
        match (self.endpoint.access, self.reads()) {
            (Access::Anyone, _) => json!([{}, {"token": []}, {"session": []}]),
            (Access::Token(_), _) => json!([{"token": []}, {"session": []}]),
            (Access::Visitor(_), _) => json!([{}]),
            (Access::Browser(_), true) if self.format.is_none() => json!([{}, {"session": []}]),
            (Access::Browser(_), _) => json!([{"session": []}]),
        }
    }

    fn parameters(&self) -> Vec<Value> {
        let in_path = self.endpoint.path_names().map(|name| self.parameter(name, "path"));
        let in_query = self.endpoint.parameters.iter().map(|name| self.parameter(name, "query"));
        let mut parameters: Vec<Value> = in_path.chain(in_query).collect();
        if self.reads() && self.is_json() {
            parameters.push(json!({"$ref": "#/components/parameters/IfNoneMatch"}));
        }
        parameters
    }

    fn parameter(&self, name: &str, place: &str) -> Value {
        let word = self.endpoint.word(name);
        let mut schema = word.map_or_else(|| json!({"type": "string"}), schema_of);
        // A form sends what was not chosen too, and that is as if it had not been sent.
        if let (Some(values), "query") = (schema.get_mut("enum").and_then(Value::as_array_mut), place) {
            values.push("".into());
        } else if place == "query" && schema.get("format").is_some() {
            schema = json!({"anyOf": [schema, {"const": ""}]});
        }
        let mut parameter = json!({
            "name": name,
            "in": place,
            "required": place == "path",
            "description": word.map_or("", |word| word.what),
        });
        if let Some((word, first)) = word.and_then(|word| Some((word, *word.examples.first()?))) {
            parameter["example"] = if word.several { json!(word.examples) } else { typed(word, first) };
        }
        match word.is_some_and(|word| word.several) {
            true => parameter["schema"] = json!({"type": "array", "items": schema}),
            false => parameter["schema"] = schema,
        }
        parameter
    }

    fn responses(&self) -> Value {
        let mut responses = Map::new();
        for status in self.statuses() {
            let response = match status {
                303 => json!({"$ref": "#/components/responses/Led"}),
                status => self.success(status),
            };
            responses.insert(status.to_string(), response);
        }
        if self.reads() && self.is_json() {
            responses.insert("304".to_owned(), json!({"$ref": "#/components/responses/Unchanged"}));
        }
        if self.reads() && self.endpoint.path.contains("{id}") {
            responses.insert("307".to_owned(), json!({"$ref": "#/components/responses/Elsewhere"}));
        }
        // What stands no more or was done meanwhile leads on; without a suffix people are led to signing in.
        if self.reads() && self.endpoint.access != Access::Anyone {
            responses.entry("303").or_insert(json!({"$ref": "#/components/responses/Led"}));
        }
        for refusal in self.refusals() {
            let named = json!({"$ref": format!("#/components/responses/{}", refusal.name)});
            responses.insert(refusal.status.to_string(), named);
        }
        Value::Object(responses)
    }

    fn success(&self, status: u16) -> Value {
        let suffix = self.format.as_deref();
        let kind = suffix.and_then(|suffix| TYPES.iter().find(|(known, _)| *known == suffix)).map(|(_, kind)| *kind);
        let kind = kind.or(self.answered.file.as_deref()).unwrap_or("application/json");
        let mut media = match kind {
            "application/json" => {
                json!({"schema": self.answered.schema.as_ref().map_or_else(|| json!({"type": "object"}), known)})
            }
            "text/csv" | "image/svg+xml" => json!({"schema": {"type": "string"}}),
            _ => json!({}),
        };
        if let (Some(example), "application/json") = (&self.answered.example, kind) {
            media["example"] = example.clone();
        }
        let mut names = vec!["RateLimit", "RateLimit-Policy", "X-Request-Id"];
        if self.reads() {
            names.push("ETag");
        }
        if self.endpoint.parameters.contains(&"after") {
            names.push("Link");
        }
        if status == 201 {
            names.push("Location");
        }
        json!({"description": self.endpoint.what, "headers": headers(&names), "content": {kind: media}})
    }

    fn body(&self) -> Value {
        let Endpoint { fields, takes_file, .. } = self.endpoint;
        if takes_file {
            let named = fields.iter().map(|name| {
                let what = self.endpoint.word(name).map_or("", |word| word.what);
                ((*name).to_owned(), json!({"type": "string", "format": "binary", "description": what}))
            });
            let schema = json!({"type": "object", "required": fields, "properties": named.collect::<Map<_, _>>()});
            return json!({"required": true, "content": {"multipart/form-data": {"schema": schema}}});
        }
        let schema = |value: fn(&Word) -> Value| {
            let (mut named, mut patterns) = (Map::new(), Map::new());
            for name in fields {
                let mut of = self.endpoint.word(name).map_or_else(|| json!({}), value);
                of["description"] = self.endpoint.word(name).map_or("", |word| word.what).into();
                match name.strip_suffix('*') {
                    Some(start) => patterns.insert(format!("^{start}."), of),
                    None => named.insert((*name).to_owned(), of),
                };
            }
            let mut schema = json!({"type": "object", "properties": named, "additionalProperties": false});
            if !patterns.is_empty() {
                schema["patternProperties"] = Value::Object(patterns);
            }
            schema
        };
        let typed = schema(|word| match (word.several, word.shape) {
            (true, _) => json!({"type": "array", "items": schema_of(word)}),
            (false, Shape::OneOf(values)) => {
                json!({"type": "string", "enum": values.iter().copied().chain([""]).collect::<Vec<_>>()})
            }
            (false, _) => schema_of(word),
        });
        let sent = schema(|word| match word.shape {
            Shape::OneOf(values) if !word.several => {
                // Whatever stands for an empty field does here too.
                let one: Vec<&str> = values.iter().copied().chain([""]).collect();
                json!({"anyOf": [
                    {"type": "string", "enum": one},
                    {"type": "array", "items": {"type": ["string", "number", "boolean", "null"]}},
                    {"type": ["boolean", "null"]},
                ]})
            }
            _ => json!({"$ref": "#/components/schemas/Value"}),
        });
        let example = self.example();
        json!({"required": true, "content": {
            "application/json": {"schema": sent, "example": example},
            "application/x-www-form-urlencoded": {"schema": typed},
        }})
    }

    /// What could be sent: fields of which a value is known.
    pub(crate) fn example(&self) -> Value {
        let known = self.endpoint.fields.iter().filter_map(|name| {
            let word = self.endpoint.word(name).filter(|_| !name.ends_with('*'))?;
            let values = match word.shape {
                Shape::OneOf(values) if word.examples.is_empty() => values.get(..1)?,
                _ => word.examples,
            };
            let first = *values.first()?;
            let value = if word.several { json!(values) } else { Value::from(first) };
            Some(((*name).to_owned(), value))
        });
        Value::Object(known.collect())
    }

    /// How to ask it at the command line, at a copy that is reached under `address`.
    pub(crate) fn command(&self, address: &str) -> String {
        let mut path = self.path();
        for name in self.endpoint.path_names() {
            if let Some(example) = self.endpoint.word(name).and_then(|word| word.examples.first()) {
                path = path.replace(&format!("{{{name}}}"), example);
            }
        }
        let token = matches!(self.endpoint.access, Access::Token(_));
        let mut command = "curl".to_owned();
        if token {
            command.push_str(" -H \"Authorization: Bearer $TOKEN\"");
        }
        match (self.reads(), self.endpoint.takes_file) {
            (true, _) => {
                let asked = self.endpoint.parameters.iter().find_map(|name| {
                    let value = |value: &str| format!("{name}={}", value.replace(' ', "+"));
                    let values: Vec<String> = self.endpoint.word(name)?.examples.iter().map(|one| value(one)).collect();
                    (!values.is_empty()).then(|| format!("?{}", values.join("&")))
                });
                path.push_str(&asked.unwrap_or_default());
            }
            (false, true) => command.push_str(" -F file=@systems.xlsx"),
            (false, false) => {
                if !token {
                    command.push_str(&format!(" -b cookies -H \"Origin: {address}\""));
                }
                command.push_str(&format!(" -H \"Content-Type: application/json\" -d '{}'", self.example()));
            }
        }
        format!("{command} \"{address}{path}\"")
    }
}

/// A shape as far as it is known: where nothing but null was answered, what else may come is not.
fn known(learned: &Value) -> Value {
    match learned {
        Value::Object(shape) if shape.get("type").is_some_and(|kind| kind == "null") => json!({}),
        Value::Object(shape) => shape.iter().map(|(word, value)| (word.clone(), known(value))).collect(),
        Value::Array(shapes) => shapes.iter().map(known).collect(),
        other => other.clone(),
    }
}

fn typed(word: &Word, example: &str) -> Value {
    match word.shape {
        Shape::Number(..) => example.parse::<u64>().map_or_else(|_| Value::from(example), Value::from),
        _ => Value::from(example),
    }
}

/// What values a name takes, as JSON Schema.
fn schema_of(word: &Word) -> Value {
    match word.shape {
        Shape::Text | Shape::Cursor => json!({"type": "string"}),
        Shape::OneOf(values) => json!({"type": "string", "enum": values}),
        Shape::Number(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Shape::Day => json!({"type": "string", "format": "date"}),
    }
}
