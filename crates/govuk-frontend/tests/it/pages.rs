//! Pages of an application: plain MiniJinja templates that extend the package's page and call its macros.

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde_json::json;

const PAGE: &str = r#"{% extends "govuk/template.njk" %}
{% from "govuk/components/button/macro.njk" import govukButton %}
{% from "govuk/components/input/macro.njk" import govukInput %}
{% block pageTitle %}{{ title }}{% endblock %}
{% block headIcons %}{% endblock %}
{% block govukHeader %}{% endblock %}
{% block content %}
<h1>{{ title }}</h1>
{% set html %}<strong>{{ title }}</strong>{% endset %}
{{ govukInput(input) }}
{{ govukButton({"html": html, "attributes": {"data-a": title}}) }}
{{ "<hr>" | safe }}
{% endblock %}
{% block govukFooter %}{% endblock %}
"#;

fn page(source: &'static str, values: Value) -> String {
    let mut environment = govuk_frontend::environment();
    environment.add_template("page.html", source).unwrap();
    environment
        .get_template("page.html")
        .unwrap()
        .render(values)
        .unwrap()
}

#[test]
fn a_page_extends_the_template_and_calls_macros() {
    let input = json!({"id": "name", "name": "name", "label": {"text": "Name <here>"}});
    let html = page(
        PAGE,
        context! { title => "Tom & Ann's", input => Serde(&input) },
    );
    assert!(html.trim_start().starts_with("<!DOCTYPE html>"));
    assert!(html.contains("<title>Tom &amp; Ann&#39;s</title>"));
    assert!(html.contains("Name &lt;here&gt;"));
    assert!(html.contains("<strong>Tom &amp; Ann&#39;s</strong>"));
    assert!(html.contains(r#"data-a="Tom &amp; Ann&#39;s""#));
    assert!(html.contains("<hr>"));
}
