//! Which of the program's addresses an address is.

use server::Product;
use web::Endpoint;

/// Every address of the demonstration, which has all that others have.
pub fn endpoints() -> Vec<Endpoint> {
    let store = testing::store(&server::migrations());
    let product = Product { demonstration: true, ..Product::new((*store).clone(), "http://127.0.0.1") };
    product.endpoints()
}

/// The pattern that answers this method and address, the most exact first; none when nothing does.
pub fn pattern(method: &str, address: &str, endpoints: &[Endpoint]) -> Option<&'static str> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    // Suffixes are taken off before routing.
    let path = path
        .strip_suffix(".json")
        .or_else(|| path.strip_suffix(".csv"))
        .or_else(|| path.strip_suffix(".xlsx"))
        .unwrap_or(path);
    let known = endpoints.iter().filter(|known| known.method == method && matches(known.path, path));
    known.map(|known| known.path).min_by_key(|pattern| pattern.matches('{').count())
}

fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    let same = |(wanted, found): (&&str, &&str)| if wanted.contains('{') { !found.is_empty() } else { wanted == found };
    pattern.len() == path.len() && pattern.iter().zip(&path).all(same)
}
