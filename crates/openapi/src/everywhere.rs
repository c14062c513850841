//! What holds for every address: problems, headers, and the ways to say who one is.

use serde_json::{Map, Value, json};

/// One kind of refusal or failure.
pub(crate) struct Refusal {
    pub status: u16,
    /// Its name in the document.
    pub name: &'static str,
    /// Its `type`, without `urn:commonhold:problem:`.
    pub kind: &'static str,
    /// When it comes.
    pub when: &'static str,
    /// An example's `title`, `detail` and `next`.
    pub example: [&'static str; 3],
}

/// Every kind, by status.
pub(crate) const REFUSALS: &[Refusal] = &[
    Refusal {
        status: 400,
        name: "NotUnderstood",
        kind: "invalid",
        when: "A parameter, cursor or body that cannot be understood, or one that this address does not have",
        example: [
            "There is a problem with this request",
            "This address has no parameter \"colour\".",
            "It takes none: remove everything after the question mark.",
        ],
    },
    Refusal {
        status: 401,
        name: "TokenNotGood",
        kind: "token",
        when: "A token was sent that is unknown, has ended, or whose person no longer acts for its organisation; or it is for people who have signed in with a browser",
        example: [
            "This token is not good",
            "The token that was sent is not known, or not any more.",
            "Make another on the page of your account.",
        ],
    },
    Refusal {
        status: 403,
        name: "NotAllowed",
        kind: "forbidden",
        when: "You may see it and may not do this; or the token does not go so far; or a write came from another site",
        example: [
            "You cannot do this",
            "This token only reads, so nothing was changed.",
            "Send a token with the scope \"edit\".",
        ],
    },
    Refusal {
        status: 404,
        name: "NotFound",
        kind: "missing",
        when: "It does not exist, or it is not shared with you: the two are never told apart",
        example: [
            "Page not found",
            "It does not exist, or it is not shared with you.",
            "Check the address, or search for what you need.",
        ],
    },
    Refusal {
        status: 406,
        name: "OtherFormat",
        kind: "format",
        when: "What was asked for cannot be had in this format, such as a table of what was not chosen yet",
        example: ["Not in this format", "This page has no CSV.", "It can be had as HTML, JSON."],
    },
    Refusal {
        status: 408,
        name: "TooSlow",
        kind: "slow",
        when: "What was sent took too long to arrive",
        example: [
            "The request took too long",
            "What was sent took too long to arrive.",
            "Try again, on a faster connection if you can.",
        ],
    },
    Refusal {
        status: 409,
        name: "Clash",
        kind: "conflicting",
        when: "It clashes with what is there now",
        example: [
            "This clashes with what is here now",
            "This import was applied or cancelled meanwhile.",
            "Upload the file again.",
        ],
    },
    Refusal {
        status: 410,
        name: "Over",
        kind: "missing",
        when: "A link that was used, withdrawn or replaced, or is too old",
        example: ["This link does not work any more", "It was used, or it is too old.", "Ask for another."],
    },
    Refusal {
        status: 413,
        name: "TooLarge",
        kind: "too-large",
        when: "Larger than a stated limit: a form of 1 MB, a file of 20 MB, 200 parameters, a picture of 16 million points",
        example: [
            "This is too large",
            "What was sent is larger than 1 MB, the most that is taken here.",
            "Send less, or split it.",
        ],
    },
    Refusal {
        status: 415,
        name: "OtherType",
        kind: "media-type",
        when: "A body of a type that this address does not take",
        example: [
            "This type of content is not taken here",
            "What was sent is not of the type that this address takes.",
            "Send it as application/x-www-form-urlencoded.",
        ],
    },
    Refusal {
        status: 422,
        name: "FieldsNeedCorrecting",
        kind: "invalid",
        when: "Fields need correcting: `errors` names each. Nothing was saved",
        example: ["There is a problem", "Some of what was sent needs correcting.", ""],
    },
    Refusal {
        status: 429,
        name: "TooMany",
        kind: "too-many",
        when: "More than the quota of your address, person or token, or too much of yours at once: see `Retry-After`",
        example: [
            "Too many requests",
            "You have sent more requests than one may in a minute.",
            "Try again in 20 seconds.",
        ],
    },
    Refusal {
        status: 500,
        name: "OurFault",
        kind: "unexpected",
        when: "A fault on our side: tell the `reference` to whoever runs this copy",
        example: ["Something went wrong on our side", "", "Try again; if it repeats, send us the reference."],
    },
    Refusal {
        status: 503,
        name: "Busy",
        kind: "busy",
        when: "Too much is going on, or the database cannot be reached: see `Retry-After`",
        example: ["This service is busy", "Too many people are using this.", "Try again in 30 seconds."],
    },
    Refusal {
        status: 504,
        name: "GivenUp",
        kind: "slow",
        when: "A write took too long and was given up: look whether it was done before you send it again",
        example: [
            "The request took too long",
            "This took too long, and we stopped waiting. It may have been done all the same.",
            "Look whether it was done before you send it again.",
        ],
    },
];

/// The parts that operations refer to.
pub(crate) fn components(address: &str) -> Value {
    let cookie = if address.starts_with("https://") { "__Host-commonhold" } else { "commonhold" };
    let mut responses: Map<String, Value> =
        REFUSALS.iter().map(|refusal| (refusal.name.to_owned(), response(refusal))).collect();
    responses.insert(
        "Unchanged".to_owned(),
        json!({"description": "You have it already: the answer has no body", "headers": headers(&["ETag"])}),
    );
    responses.insert(
        "Elsewhere".to_owned(),
        json!({"description": "It was merged into another, whose address `Location` gives", "headers": headers(&["Location"])}),
    );
    responses.insert(
        "Led".to_owned(),
        json!({"description": "It leads on: `Location` gives the address, of this site", "headers": headers(&["Location"])}),
    );
    json!({
        "responses": responses,
        "headers": {
            "ETag": {"description": "What to send as `If-None-Match` to be told that nothing changed", "schema": {"type": "string"}},
            "Link": {"description": "The neighbouring pages of a list, with `rel=\"next\"` and `rel=\"prev\"`", "schema": {"type": "string"}},
            "Location": {"description": "Where the answer is", "schema": {"type": "string"}},
            "Retry-After": {"description": "After how many seconds trying again makes sense", "schema": {"type": "string"}},
            "RateLimit": {"description": "What is left of the quota", "schema": {"type": "string"}},
            "RateLimit-Policy": {"description": "The quota", "schema": {"type": "string"}},
            "WWW-Authenticate": {"description": "`Bearer` with `error=\"invalid_token\"`", "schema": {"type": "string"}},
            "X-Request-Id": {"description": "Names this request in our log", "schema": {"type": "string"}},
        },
        "parameters": {
            "IfNoneMatch": {
                "name": "If-None-Match", "in": "header", "required": false, "schema": {"type": "string"},
                "description": "The `ETag` of an earlier answer: if nothing changed, the answer is 304 without a body",
            },
        },
        "securitySchemes": {
            "token": {
                "type": "http", "scheme": "bearer", "bearerFormat": "commonhold_[0-9a-f]{72}",
                "description": "An API token, made on the page of one's account. It goes no further than its scope and its person",
            },
            "session": {
                "type": "apiKey", "in": "cookie", "name": cookie,
                "description": "The cookie of somebody who has signed in with a browser",
            },
        },
        "schemas": {"Problem": problem_schema(), "Value": value_schema()},
    })
}

/// References to headers.
pub(crate) fn headers(names: &[&str]) -> Value {
    let named = |name: &&str| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")}));
    Value::Object(names.iter().map(named).collect())
}

fn response(refusal: &Refusal) -> Value {
    let mut names = vec!["X-Request-Id"];
    match refusal.status {
        401 => names.push("WWW-Authenticate"),
        429 | 503 => names.push("Retry-After"),
        _ => {}
    }
    json!({
        "description": refusal.when,
        "headers": headers(&names),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": example(refusal),
            },
            // Where neither a suffix nor `Accept` asks for anything else.
            "text/html": {"schema": {"type": "string", "description": "The same as a page"}},
        },
    })
}

/// The refusal as a program gets it.
pub(crate) fn example(refusal: &Refusal) -> Value {
    let text = |text: &str| if text.is_empty() { Value::Null } else { Value::from(text) };
    let [title, detail, next] = refusal.example;
    let errors = match refusal.status {
        422 => {
            json!([{"field": "annual_cost", "message": "Cost a year: \"12k5\" is not an amount. Write it like 12,500 or 12.5k"}])
        }
        _ => json!([]),
    };
    json!({
        "type": format!("urn:commonhold:problem:{}", refusal.kind),
        "title": title,
        "status": refusal.status,
        "detail": detail,
        "instance": "/organisations.json",
        "next": text(next),
        "reference": if refusal.status == 500 { Value::from("7f3k0c2m9q") } else { Value::Null },
        "errors": errors,
    })
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "What was refused or failed (RFC 9457)",
        "required": ["type", "title", "status", "detail", "instance", "next", "reference", "errors"],
        "properties": {
            "type": {"type": "string", "description": "Which kind it is", "pattern": "^urn:commonhold:problem:"},
            "title": {"type": "string", "description": "The kind in words"},
            "status": {"type": "integer", "description": "The status of the answer"},
            "detail": {"type": "string", "description": "What happened, where and why"},
            "instance": {"type": "string", "description": "The path that was asked"},
            "next": {"type": ["string", "null"], "description": "What to do next"},
            "reference": {"type": ["string", "null"], "description": "What to tell whoever runs this copy, of faults of ours"},
            "errors": {
                "type": "array",
                "description": "What was wrong with which field",
                "items": {
                    "type": "object",
                    "required": ["field", "message"],
                    "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                },
            },
        },
    })
}

/// The value of a field of a form that is sent as JSON.
fn value_schema() -> Value {
    let plain = json!(["string", "number", "boolean", "null"]);
    json!({
        "description": "A field: a text, a number, true for \"yes\", false or null for an empty one, or a list of these for a field that comes several times",
        "anyOf": [{"type": plain}, {"type": "array", "items": {"type": plain}}],
    })
}
