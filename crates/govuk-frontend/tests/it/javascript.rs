//! Where JavaScript and MiniJinja disagree, the package's templates behave as in JavaScript, whoever calls them.

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde_json::json;

/// What an application's template with this source prints.
fn printed(source: &str, values: Value) -> String {
    let environment = govuk_frontend::environment();
    let html = environment.render_named_str("page.html", source, values).unwrap();
    html.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The HTML of an inset text with one attribute called `hidden`.
fn hidden(attribute: &serde_json::Value) -> String {
    let environment = govuk_frontend::environment();
    let options = json!({"text": "x", "attributes": {"hidden": attribute}});
    let html = govuk_frontend::render(&environment, "inset-text", &options).unwrap();
    html.lines().find(|line| !line.is_empty()).unwrap().to_owned()
}

#[test]
fn one_is_not_strictly_true() {
    // The template asks `options.optional === true and value === true`.
    assert!(hidden(&json!({"value": true, "optional": true})).ends_with("\" hidden>"));
    assert!(hidden(&json!({"value": 1, "optional": true})).ends_with(" hidden=\"1\">"));
    assert!(hidden(&json!({"value": false, "optional": 1})).ends_with(" hidden=\"false\">"));
}

#[test]
fn membership_is_strict() {
    // The template asks `value not in [undefined, null, false]`.
    assert!(!hidden(&json!({"value": false, "optional": true})).contains("hidden"));
    assert!(hidden(&json!({"value": 0, "optional": true})).ends_with(" hidden=\"0\">"));
}

#[test]
fn a_variable_set_in_a_loop_is_seen_after_it() {
    let attributes = json!({"text": "x", "attributes": {"data-a": 1, "data-b": true, "data-c": "<"}});
    let html = govuk_frontend::render(&govuk_frontend::environment(), "inset-text", &attributes).unwrap();
    assert!(html.contains(" data-a=\"1\" data-b=\"true\" data-c=\"&lt;\">"), "{html}");
}

const IMPORT: &str = r#"{% from "govuk/components/input/macro.njk" import govukInput %}"#;

#[test]
fn empty_dictionaries_and_lists_written_in_a_page_are_true() {
    for (hint, expected) in [("{}", true), ("[]", true), ("''", false), ("none", false), ("0", false)] {
        let source = format!("{IMPORT}{{{{ govukInput({{\"id\": \"a\", \"hint\": {hint}}}) }}}}");
        assert_eq!(printed(&source, context! {}).contains("govuk-hint"), expected, "for {hint}");
    }
}

#[test]
fn empty_dictionaries_and_lists_from_rust_are_true() {
    let source = format!("{IMPORT}{{{{ govukInput(input) }}}}");
    for (hint, expected) in [(json!({}), true), (json!([]), true), (json!(null), false)] {
        let input = json!({"id": "a", "hint": hint});
        assert_eq!(
            printed(&source, context! { input => Serde(&input) }).contains("govuk-hint"),
            expected,
            "for {input}"
        );
    }
}

#[test]
fn in_an_application_s_own_template_they_stay_as_minijinja_has_them() {
    let source = "{{ 'true' if list else 'false' }} {{ 1 == true }} {{ [1.0] | length }}";
    assert_eq!(printed(source, context! { list => Vec::<u8>::new() }), "false true 1");
}

#[test]
fn a_list_made_by_a_filter_can_be_passed() {
    let source = r#"{% from "govuk/components/select/macro.njk" import govukSelect %}
        {{ govukSelect({"id": "a", "value": 2, "items": [{"value": "1", "text": "One"}, {"value": "2", "text": "Two"}] | reverse}) }}"#;
    let html = printed(source, context! {});
    assert!(html.contains(r#"<option value="2" selected>Two</option> <option value="1">One</option>"#), "{html}");
}

#[test]
fn the_parts_of_a_date_are_known_by_what_they_are_not_by_how_they_look() {
    let options = json!({"id": "d", "day": {"value": 1}, "month": {"value": 1}, "year": {"value": 1}});
    let html = govuk_frontend::render(&govuk_frontend::environment(), "date-input", &options).unwrap();
    for name in ["day", "month", "year"] {
        assert!(html.contains(&format!("name=\"{name}\"")), "{name} is missing in {html}");
    }
}

#[test]
fn an_unknown_component_is_refused_by_name() {
    let error = govuk_frontend::render(&govuk_frontend::environment(), "buton", &json!({})).unwrap_err();
    assert!(matches!(&error, govuk_frontend::Error::UnknownComponent(name) if name == "buton"));
    assert!(error.to_string().contains("no component called `buton`"));
}
