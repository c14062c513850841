//! The list of addresses that a slice answers, with the words that documentation is made from.

use axum::{
    Router,
    handler::Handler,
    routing::{MethodRouter, get, post},
};

/// One address and method, as documentation lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path, with `{names}`.
    pub path: &'static str,
    /// What it is for, in a few words.
    pub what: &'static str,
    /// The query parameters it knows.
    pub parameters: &'static [&'static str],
}

/// Addresses with their handlers. `S` is the state that handlers take, until [`Routes::with_state`] gives it.
#[derive(Debug)]
pub struct Routes<S = ()> {
    router: Router<S>,
    endpoints: Vec<Endpoint>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Routes::new()
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No addresses yet.
    pub fn new() -> Routes<S> {
        Routes { router: Router::new(), endpoints: Vec::new() }
    }

    /// Answers reads of `path`. The path has no format suffix: `.json` and `.csv` are taken off before routing.
    pub fn get<H: Handler<T, S>, T: 'static>(self, path: &'static str, what: &'static str, handler: H) -> Routes<S> {
        self.add("GET", path, what, get(handler))
    }

    /// Answers writes to `path`: always from the same site, which is checked before.
    pub fn post<H: Handler<T, S>, T: 'static>(self, path: &'static str, what: &'static str, handler: H) -> Routes<S> {
        self.add("POST", path, what, post(handler))
    }

    fn add(
        mut self,
        method: &'static str,
        path: &'static str,
        what: &'static str,
        handler: MethodRouter<S>,
    ) -> Routes<S> {
        self.router = self.router.route(path, handler);
        self.endpoints.push(Endpoint { method, path, what, parameters: &[] });
        self
    }

    /// The query parameters of the address added last, for documentation.
    pub fn parameters(mut self, known: &'static [&'static str]) -> Routes<S> {
        if let Some(endpoint) = self.endpoints.last_mut() {
            endpoint.parameters = known;
        }
        self
    }

    /// Gives the handlers their state.
    pub fn with_state<S2>(self, state: S) -> Routes<S2> {
        Routes { router: self.router.with_state(state), endpoints: self.endpoints }
    }

    /// Both lists together. Panics at start, as the router does, if both answer the same address and method.
    pub fn merge(mut self, other: Routes<S>) -> Routes<S> {
        self.router = self.router.merge(other.router);
        self.endpoints.extend(other.endpoints);
        self
    }

    /// What is here, for documentation.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The router itself.
    pub fn into_router(self) -> Router<S> {
        self.router
    }
}
