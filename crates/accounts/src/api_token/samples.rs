//! The pages of API tokens in each of their states.

use vocabulary::{OrganisationId, Role, Scope, Timestamp};
use web::{FieldError, Form, SamplePage};

use super::{
    ApiToken, NewToken, made,
    mine::{self, Mine},
    of_organisation,
};
use crate::{Organisation, OrganisationKind, person::Membership};

pub(crate) fn samples() -> Vec<SamplePage> {
    let Ok(ashmere) = "ashmere".parse::<OrganisationId>() else { return Vec::new() };
    let now = Timestamp::from_second(1_774_000_000).unwrap_or_default();
    let later = Timestamp::from_second(1_781_000_000).unwrap_or_default();
    let membership = Membership {
        organisation: ashmere.clone(),
        organisation_name: "Ashmere Borough Council".to_owned(),
        participating: true,
        role: Role::Editor,
    };
    let token = |name: &str, scope, used: Option<Timestamp>| ApiToken {
        id: "018f0000-0000-7000-8000-000000000001".to_owned(),
        name: name.to_owned(),
        organisation: (scope != Scope::Public).then(|| ashmere.clone()),
        organisation_name: (scope != Scope::Public).then(|| "Ashmere Borough Council".to_owned()),
        scope,
        made_at: now,
        expires_at: later,
        last_used_at: used,
        person_name: None,
    };
    let tokens = vec![token("Nightly export", Scope::Read, Some(now)), token("Map of the county", Scope::Public, None)];
    let full = Mine { tokens: tokens.clone(), memberships: vec![membership] };
    let without = Mine { tokens: vec![], memberships: vec![] };
    let typed = Form::of([("name", ""), ("scope", "edit")]);
    let error = FieldError::new("name", web::say!("Enter what the token is for, such as nightly export"));
    let new = NewToken {
        name: "Nightly export".to_owned(),
        organisation: Some(ashmere.clone()),
        scope: Scope::Read,
        days: 90,
    };
    let secret = format!("commonhold_{}5ec4d318", "4f".repeat(32));
    let organisation = Organisation {
        id: ashmere.clone(),
        name: "Ashmere Borough Council".to_owned(),
        kind: OrganisationKind::Council,
        code: None,
        participating: true,
        keeps_shared_list: false,
        about: String::new(),
        also_known: vec![],
        former_names: vec![],
    };
    let of_staff: Vec<ApiToken> = tokens
        .into_iter()
        .map(|token| ApiToken { person_name: Some("Priya Shah".to_owned()), ..token })
        .take(1)
        .collect();
    vec![
        SamplePage { name: "API tokens", page: mine::page(&full, false) },
        SamplePage { name: "API tokens, none and no organisation", page: mine::page(&without, false) },
        SamplePage { name: "API tokens, refused", page: mine::refused(&full, &typed, vec![error]) },
        SamplePage { name: "API tokens, seeing as another", page: mine::page(&full, true) },
        SamplePage { name: "API token, made", page: made::page(&new, &secret, now) },
        SamplePage { name: "API tokens of an organisation", page: of_organisation::page(&organisation, &of_staff) },
        SamplePage { name: "API tokens of an organisation, none", page: of_organisation::page(&organisation, &[]) },
    ]
}
