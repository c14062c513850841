//! Pages of an application: plain MiniJinja templates that extend the package's page and call its macros.

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde_json::json;

const PAGE: &str = r#"{% extends "govuk/template.njk" %}
{% from "govuk/components/button/macro.njk" import govukButton %}
{% from "govuk/components/input/macro.njk" import govukInput %}
{% set bodyClasses = "wide" %}
{% block pageTitle %}{{ title }}{% endblock %}
{% block headIcons %}{% endblock %}
{% block govukHeader %}{% endblock %}
{% block content %}
<h1>{{ title }}</h1>
{% set html %}<strong>{{ title }}</strong>{% endset %}
{{ govukInput(input) }}
{% for colour in colours %}
{{ govukButton({"html": html, "attributes": {"data-colour": colour}}) }}
{% endfor %}
{{ "<hr>" | safe }}
<a href="/a/b">{{ nothing }}{{ missing.member }}</a>
{% endblock %}
{% block govukFooter %}{% endblock %}
"#;

fn page(source: &'static str, values: Value) -> String {
    let mut environment = govuk_frontend::environment();
    // A name without ending: escaping must not depend on it.
    environment.add_template("page", source).unwrap();
    environment.get_template("page").unwrap().render(values).unwrap()
}

fn sample() -> String {
    let input = json!({"id": "name", "name": "name", "label": {"text": "Name <here>"}});
    page(PAGE, context! { title => "Tom & Ann's", input => Serde(&input), colours => ["red", "a\"b"], nothing => () })
}

#[test]
fn a_page_extends_the_template_and_fills_its_blocks() {
    let html = sample();
    assert!(html.trim_start().starts_with("<!DOCTYPE html>"));
    assert!(html.contains("<title>Tom &amp; Ann&#39;s</title>"));
    assert!(html.contains(r#"<body class="govuk-template__body wide">"#));
    assert!(html.contains(r#"<main class="govuk-main-wrapper" id="main-content">"#));
    assert!(html.trim_end().ends_with("</html>"));
}

#[test]
fn a_page_calls_macros_with_its_own_values_in_loops() {
    let html = sample();
    assert!(html.contains("Name &lt;here&gt;"));
    assert!(html.contains(r#"data-colour="red""#));
    assert!(html.contains(r#"data-colour="a&quot;b""#));
}

#[test]
fn captured_html_and_safe_text_are_not_escaped_again() {
    let html = sample();
    assert_eq!(html.matches("<strong>Tom &amp; Ann&#39;s</strong>").count(), 2);
    assert!(html.contains("\n<hr>"));
}

#[test]
fn missing_values_print_nothing() {
    assert!(sample().contains(r#"<a href="/a/b"></a>"#));
}

#[test]
fn header_and_footer_are_left_out_when_their_blocks_are_empty() {
    let html = sample();
    assert!(!html.contains("<header"));
    assert!(!html.contains("<footer"));
    let html = page(r#"{% extends "govuk/template.njk" %}"#, context! {});
    assert!(html.contains(r#"<header class="govuk-template__header">"#));
    assert!(html.contains(r#"<footer class="govuk-template__footer">"#));
}

#[test]
fn the_blocks_inside_header_and_footer_can_be_replaced_one_by_one() {
    let html = page(
        r#"{% extends "govuk/template.njk" %}
        {% from "govuk/components/generic-header/macro.njk" import govukGenericHeader %}
        {% block govukHeader %}{{ govukGenericHeader({}) }}{% endblock %}
        {% block footerEnd %}<p>end of {{ name }}</p>{% endblock %}"#,
        context! { name => "page" },
    );
    assert!(html.contains(r#"class="govuk-generic-header"#));
    assert!(!html.contains(r#"class="govuk-header"#));
    assert!(html.contains("govuk-footer"));
    assert!(html.contains("<p>end of page</p>"));
}

#[test]
fn values_of_the_page_reach_the_template() {
    let html = page(
        r#"{% extends "govuk/template.njk" %}"#,
        context! { htmlLang => "cy", serviceName => "Bins & bags", serviceUrl => "/bins", cspNonce => "n0", bodyAttributes => Serde(json!({"data-a": "b"})) },
    );
    assert!(html.contains(r#"<html lang="cy""#));
    assert!(html.contains("Bins &amp; bags"));
    assert!(html.contains(r#"<script nonce="n0">"#));
    assert!(html.contains(r#" data-a="b">"#));
}

#[test]
fn a_mistake_in_a_page_is_an_error_with_its_place() {
    let environment = govuk_frontend::environment();
    let source = "\n{% from \"govuk/components/buton/macro.njk\" import govukButton %}";
    let error = environment.render_named_str("page.html", source, context! {}).unwrap_err();
    assert_eq!(error.kind(), minijinja::ErrorKind::TemplateNotFound);
    assert_eq!(error.line(), Some(2));
}
