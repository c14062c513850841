//! Writes come from this site's own pages only, and a demonstration is asked by names of its own computer only. Neither is a
//! permission: who may do what is decided by subjects.

use axum::http::{HeaderMap, Method, header, uri::Authority};
use vocabulary::is_this_machine;

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

/// Refuses a request to a demonstration that was asked by another name than this computer's own. There anybody is whoever
/// they want to be, so a page elsewhere whose name was made to lead here (DNS rebinding) is not to count as a page of this site.
/// A request that names no host comes from no browser.
pub(crate) fn check_own_computer(headers: &HeaderMap, authority: Option<&str>) -> Result<(), Problem> {
    let given = headers.get(header::HOST).map(|host| String::from_utf8_lossy(host.as_bytes()));
    let Some(asked) = given.as_deref().or(authority) else { return Ok(()) };
    // Browsers look nothing up that ends in .localhost.
    let own = |host: &str| is_this_machine(host) || host.to_ascii_lowercase().ends_with(".localhost");
    if asked.parse::<Authority>().is_ok_and(|asked| own(asked.host())) {
        return Ok(());
    }
    let detail = say!("This is a demonstration, which is open on its own computer only.");
    Err(Problem::forbidden(detail).next(say!("On that computer, use 127.0.0.1 or localhost in the address.")))
}
