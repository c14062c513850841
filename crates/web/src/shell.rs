//! Pages through their templates: what every template is told, and what every page looks like around its content.

use minijinja::{Environment, Value, context, value::Serde};
use serde_json::{Map, json};

use crate::{
    Page, Problem, SeeAs, Site, Template, Visit, assets::Assets, context::language, page::Width, problem::causes, say,
    templates,
};

const OWN: [Template; 3] = [
    Template { name: "web/page.html", source: include_str!("../templates/page.html") },
    Template { name: "web/macros.html", source: include_str!("../templates/macros.html") },
    Template { name: "web/problem.html", source: include_str!("../templates/problem.html") },
];

/// A template that cannot be read: a mistake in the program, found at start.
#[derive(Debug, thiserror::Error)]
#[error("the template {name} cannot be read: {source}")]
pub struct TemplateError {
    name: &'static str,
    source: minijinja::Error,
}

/// Templates and site, ready to render pages. [`crate::app`] has one inside; tests of sample pages make their own.
#[derive(Debug)]
pub struct Shell {
    pub(crate) site: Site,
    pub(crate) assets: Assets,
    environment: Environment<'static>,
}

impl Shell {
    /// Reads all templates.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn new(site: Site, slices: &[Template]) -> Result<Shell, TemplateError> {
        let mut environment = govuk_frontend::environment();
        templates::register(&mut environment);
        for template in OWN.iter().chain(slices) {
            environment
                .add_template(template.name, template.source)
                .map_err(|source| TemplateError { name: template.name, source })?;
        }
        let assets = Assets::new(&site.scripts);
        Ok(Shell { site, assets, environment })
    }

    /// A page as HTML, for this visit.
    ///
    /// # Errors
    /// An unexpected problem when the template fails.
    pub fn render(&self, page: &Page, visit: &Visit) -> Result<String, Problem> {
        if let Some(failure) = &page.failure {
            return Err(Problem::unexpected(failure.clone()));
        }
        // Not in the long form, which shows the values of the page's variables: the log holds nothing personal.
        let failed = |error: minijinja::Error| Problem::unexpected(format!("{}: {}", page.template, causes(&error)));
        let template = self.environment.get_template(page.template).map_err(failed)?;
        template.render(self.told(page, visit)).map_err(failed)
    }

    fn told(&self, page: &Page, visit: &Visit) -> Value {
        let errors: Map<String, serde_json::Value> =
            page.errors.iter().rev().map(|error| (error.field.clone(), error.message.as_str().into())).collect();
        let mut told: Vec<(&str, Value)> = vec![
            ("title", Value::from(page.title.as_str())),
            ("data", Value::from(Serde(&page.data))),
            ("here", Value::from(visit.path.as_str())),
            ("query", Value::from(visit.query.as_str())),
            ("errors", Value::from(Serde(errors))),
            ("form", page.typed.as_ref().map_or_else(|| context! {}, |form| Value::from(Serde(form)))),
            ("reader", Value::from(Serde(reader(visit)))),
            ("site", Value::from(Serde(self.site_told(page, visit)))),
            ("page", Value::from(Serde(page_told(page, visit)))),
            ("language", Value::from(language().code())),
        ];
        told.extend(page.extra.iter().map(|(name, value)| (*name, value.clone())));
        Value::from_pairs(told)
    }

    fn site_told(&self, page: &Page, visit: &Visit) -> serde_json::Value {
        let site = &self.site;
        let signed_in = visit.reader.person.is_some();
        let personal = site.navigation_personal.iter().filter(|personal| (personal.shown)(&visit.reader));
        let mut navigation: Vec<(&str, String, &str)> = site
            .navigation
            .iter()
            .chain(personal.map(|personal| &personal.item))
            .chain(&visit.items)
            .map(|item| (item.id, say!(item.text), item.href))
            .collect();
        // Whoever sees as another is still signed in, and needs the way out.
        navigation.push(match signed_in || visit.see_as.is_now() {
            true => ("account", say!("Account"), "/account"),
            false => ("account", say!("Sign in"), "/sign-in"),
        });
        let items: Vec<_> = navigation
            .into_iter()
            .map(|(id, text, href)| {
                json!({"text": text, "href": href, "active": page.section == Some(id), "current": href == visit.path})
            })
            .collect();
        let footer: Vec<_> =
            site.footer.iter().map(|item| json!({"text": say!(item.text), "href": item.href})).collect();
        json!({
            "service": "Commonhold",
            "owner": site.owner,
            "demonstration": site.demonstration,
            "version": site.version,
            "contact": site.contact,
            "licence_note": site.licence_note,
            "navigation": items,
            "footer": footer,
            "styles": self.assets.styles,
            "start": self.assets.start,
            "scripts": self.assets.scripts,
            "icon": self.assets.icon,
            "today": site.clock.today().to_string(),
            "see_as": see_as(visit),
        })
    }
}

/// The band that says as whom somebody sees, or the link that offers it.
fn see_as(visit: &Visit) -> serde_json::Value {
    let query = if visit.query.is_empty() { String::new() } else { format!("?{}", visit.query) };
    let next = format!("{}{query}", visit.path);
    match &visit.see_as {
        SeeAs::NotOffered => serde_json::Value::Null,
        SeeAs::Offered => {
            let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
            json!({"offered": (visit.path != "/see-as").then(|| format!("/see-as?next={next}"))})
        }
        SeeAs::Now(sentence) => json!({"now": sentence, "next": next}),
    }
}

fn reader(visit: &Visit) -> serde_json::Value {
    let acting = visit.reader.acting.as_ref();
    json!({
        "signed_in": visit.reader.person.is_some(),
        "organisation": acting.filter(|_| !visit.see_as.is_now()).map(|acting| acting.organisation.as_str()),
        "role": acting.map(|acting| acting.role.word()),
    })
}

fn page_told(page: &Page, visit: &Visit) -> serde_json::Value {
    let paging = page.paging.as_ref().map(|paging| {
        let links = Links::of(page, visit, "");
        json!({"total": paging.total, "page_size": paging.page_size, "next": links.next, "previous": links.previous})
    });
    let formats: Vec<&str> = [
        ("csv", page.table.is_some()),
        ("xlsx", page.table.is_some()),
        ("json", page.data.is_some()),
        ("svg", page.picture.is_some()),
        ("png", page.picture.is_some()),
    ]
    .into_iter()
    .filter_map(|(format, has)| has.then_some(format))
    .collect();
    json!({
        "place": page.place,
        "section": page.section,
        "crumbs": page.crumbs,
        "back": page.back,
        "width": match page.width { Width::Reading => "reading", Width::Standard => "standard", Width::Wide => "wide" },
        "banner": page.banner.as_ref().map(|banner| json!({
            "text": banner.text,
            "link": banner.link.as_ref().map(|(text, href)| json!({"text": text, "href": href})),
        })),
        "error_list": page.errors,
        "paging": paging,
        "formats": formats,
        "own_search": page.own_search,
    })
}

/// The addresses of the neighbouring pages of a list, in the format of `suffix`.
pub(crate) struct Links {
    pub next: Option<String>,
    pub previous: Option<String>,
}

impl Links {
    pub(crate) fn of(page: &Page, visit: &Visit, suffix: &str) -> Links {
        let link = |cursor: &Option<crate::Cursor>| {
            let (name, text) = cursor.as_ref()?.parameter(&visit.path);
            let kept: Vec<_> = form_urlencoded::parse(visit.query.as_bytes())
                .filter(|(known, value)| known != "after" && known != "before" && !value.is_empty())
                .collect();
            let query =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).append_pair(name, &text).finish();
            Some(format!("{}{suffix}?{query}", visit.path))
        };
        match &page.paging {
            Some(paging) => Links { next: link(&paging.next), previous: link(&paging.previous) },
            None => Links { next: None, previous: None },
        }
    }
}
