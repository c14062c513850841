//! The list of addresses that a slice answers, with the words that documentation is made from.

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    middleware::{Next, from_fn},
    routing::{MethodRouter, get, post},
};

use crate::{Access, Endpoint, Word, declared::hold};

/// Addresses with their handlers. `S` is the state that handlers take, until [`Routes::with_state`] gives it.
#[derive(Debug)]
pub struct Routes<S = ()> {
    list: Vec<(Endpoint, MethodRouter<S>)>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Routes::new()
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No addresses yet.
    pub fn new() -> Routes<S> {
        Routes { list: Vec::new() }
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
        let endpoint = Endpoint {
            method,
            path,
            what,
            parameters: &[],
            any_parameters: false,
            fields: &[],
            takes_file: false,
            access: Access::Anyone,
            done: &[303],
            words: &[],
        };
        self.list.push((endpoint, handler));
        self
    }

    fn last(mut self, change: impl FnOnce(&mut Endpoint)) -> Routes<S> {
        if let Some((endpoint, _)) = self.list.last_mut() {
            change(endpoint);
        }
        self
    }

    /// The query parameters of the address added last. Others are refused before its handler is asked.
    pub fn parameters(self, known: &'static [&'static str]) -> Routes<S> {
        self.last(|endpoint| endpoint.parameters = known)
    }

    /// The query of the address added last is written by others, so what is not declared is let in.
    pub fn any_parameters(self) -> Routes<S> {
        self.last(|endpoint| endpoint.any_parameters = true)
    }

    /// The fields of the form that the address added last takes. Others are refused before its handler is asked.
    pub fn fields(self, known: &'static [&'static str]) -> Routes<S> {
        self.last(|endpoint| endpoint.fields = known)
    }

    /// The address added last takes a file, in this field.
    pub fn file(self, field: &'static [&'static str; 1]) -> Routes<S> {
        self.last(|endpoint| {
            endpoint.fields = field;
            endpoint.takes_file = true;
        })
    }

    /// With which statuses the write added last is answered to a program when it was done: 303 unless said.
    pub fn done_with(self, statuses: &'static [u16]) -> Routes<S> {
        self.last(|endpoint| endpoint.done = statuses)
    }

    /// Who may ask the address added last, in a browser or by a token: "editors of the organisation".
    pub fn by(self, who: &'static str) -> Routes<S> {
        self.last(|endpoint| endpoint.access = Access::Token(who))
    }

    /// Who may ask the address added last, in a browser only, signed in.
    pub fn in_browser_by(self, who: &'static str) -> Routes<S> {
        self.last(|endpoint| endpoint.access = Access::Browser(who))
    }

    /// Who may ask the address added last, in a browser only, signed in or not: "whoever has the link".
    pub fn in_browser_by_visitor(self, who: &'static str) -> Routes<S> {
        self.last(|endpoint| endpoint.access = Access::Visitor(who))
    }

    /// What names mean, for every address added so far.
    pub fn words(mut self, words: &'static [Word]) -> Routes<S> {
        self.list.iter_mut().for_each(|(endpoint, _)| endpoint.words = words);
        self
    }

    /// Gives the handlers their state.
    pub fn with_state<S2>(self, state: S) -> Routes<S2> {
        let given = |(endpoint, handler): (Endpoint, MethodRouter<S>)| (endpoint, handler.with_state(state.clone()));
        Routes { list: self.list.into_iter().map(given).collect() }
    }

    /// Both lists together.
    pub fn merge(mut self, other: Routes<S>) -> Routes<S> {
        self.list.extend(other.list);
        self
    }

    /// What is here, for documentation.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        self.list.iter().map(|(endpoint, _)| *endpoint).collect()
    }

    /// The router itself. Panics at start, as routers do, if two answer the same address and method.
    pub fn into_router(self) -> Router<S> {
        self.list.into_iter().fold(Router::new(), |router, (endpoint, handler)| {
            let held = from_fn(move |request: Request, next: Next| hold(endpoint, request, next));
            router.route(endpoint.path, handler.route_layer(held))
        })
    }
}
