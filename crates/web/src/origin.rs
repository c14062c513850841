//! Writes come from this site's own pages only. It is not a permission: who may do what is decided by subjects.

use axum::http::{HeaderMap, Method, header};

use crate::{Problem, say};

/// Refuses a write that another site's page may have caused. `Sec-Fetch-Site` decides where a browser sends it, `Origin`
/// (compared with the host that was asked) otherwise; a request with neither is refused.
pub(crate) fn check(method: &Method, headers: &HeaderMap, authority: Option<&str>) -> Result<(), Problem> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE) {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let same = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = text(header::HOST.as_str()).or(authority);
            let named = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && named.zip(host).is_some_and(|(named, host)| named.eq_ignore_ascii_case(host))
        }
        (None, None) => false,
    };
    if same {
        return Ok(());
    }
    let detail = say!("This request did not come from a page of this site, so nothing was changed.");
    Err(Problem::forbidden(detail)
        .next(say!("Open the page here and send it again. Programs state this site in the Origin header.")))
}
