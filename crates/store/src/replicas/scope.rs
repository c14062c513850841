//! Whose reads may be answered by a replica, and what they must have seen.

use crate::position::Position;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

tokio::task_local! {
    static SCOPE: Arc<Inner>;
}

/// The reads of one request. Within [`run`](Self::run) a store [with replicas](crate::Store::with_replicas) may read from
/// one of them; everywhere else it reads from the primary.
#[derive(Clone)]
pub struct ReadScope(Arc<Inner>);

pub(crate) struct Inner {
    pub(super) whose: Whose,
    now: Mutex<Now>,
}

/// Who reads. The number spreads readers over replicas, always in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Somebody who sees no less than they saw before: a replica may be some seconds behind.
    Visitor(u64),
    /// Somebody who is known: a replica must have all that was committed before the request.
    Known(u64),
}

impl Whose {
    pub(super) fn number(self) -> u64 {
        match self {
            Self::Visitor(number) | Self::Known(number) => number,
        }
    }
}

#[derive(Default)]
struct Now {
    /// What a replica must have. None: not known yet.
    required: Option<Position>,
    primary_only: bool,
    wrote: bool,
    broken: bool,
}

impl ReadScope {
    /// Of somebody without a name: they never see less than they saw before.
    #[must_use]
    pub fn visitor(number: u64) -> Self {
        Self::of(Whose::Visitor(number))
    }

    /// Of somebody known: they see everything that was committed before they asked.
    #[must_use]
    pub fn known(number: u64) -> Self {
        Self::of(Whose::Known(number))
    }

    fn of(whose: Whose) -> Self {
        Self(Arc::new(Inner { whose, now: Mutex::default() }))
    }

    /// Does what reads within this scope.
    pub async fn run<F: Future>(&self, work: F) -> F::Output {
        SCOPE.scope(Arc::clone(&self.0), work).await
    }

    /// Whether a replica was lost while it was read from, so that the work must be done again outside of the scope to have
    /// an answer. Not where something was written: that must not be done twice.
    #[must_use]
    pub fn must_be_repeated(&self) -> bool {
        let now = self.0.now();
        now.broken && !now.wrote
    }
}

impl Inner {
    /// The scope that the present task is in.
    pub(crate) fn current() -> Option<Arc<Self>> {
        SCOPE.try_with(Arc::clone).ok()
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something was written: from now on it is read where it was written.
    pub(crate) fn wrote(&self) {
        let mut now = self.now();
        now.wrote = true;
        now.primary_only = true;
    }

    /// What was read came from the primary: nothing older may follow.
    pub(super) fn stays_at_primary(&self) {
        self.now().primary_only = true;
    }

    pub(super) fn is_at_primary(&self) -> bool {
        self.now().primary_only
    }

    pub(super) fn required(&self) -> Option<Position> {
        self.now().required
    }

    /// This was seen, or must be.
    pub(super) fn saw(&self, position: Position) {
        let mut now = self.now();
        now.required = now.required.max(Some(position));
    }

    pub(super) fn broke(&self) {
        let mut now = self.now();
        now.broken = true;
        now.primary_only = true;
    }
}
