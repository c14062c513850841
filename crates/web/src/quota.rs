//! How many requests somebody may send: a visitor's address, a person or a token, each for itself.
//!
//! The rule is GCRA (the crate `governor`): so many a minute, of which half may come at once. It protects others from one who
//! asks too much; it is no permission. Counts live in memory: they are gone with the program, and each program has its own.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

use axum::http::{HeaderName, HeaderValue};
use governor::{
    NotUntil, Quota, RateLimiter, clock,
    middleware::{NoOpMiddleware, StateInformationMiddleware},
    nanos::Nanos,
    state::keyed::HashMapStateStore,
};
use vocabulary::{Clock, PersonId};

use crate::{Problem, client::Client, say};

/// Everything that one address may send, whoever is behind it, as a multiple of what one visitor may: many people of a council
/// share an address.
const SHARED_ADDRESS: u32 = 10;
/// What a visitor may write, as a part of what they may read: asking for sign-in links and the like.
const WRITES: u32 = 20;
/// How many are remembered at most. When there are more, those that have all of their quota back are forgotten.
const MOST_REMEMBERED: usize = 100_000;

/// How long between two times of forgetting, in nanoseconds.
const FORGET_NANOS: u64 = 10_000_000_000;

const MINUTE: Duration = Duration::from_secs(60);
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

/// Against whom a request counts, other than an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CountedAs {
    /// Somebody who has signed in.
    Person(PersonId),
    /// An API token, by its number.
    Token(u128),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// All of one address.
    Address(Client),
    /// Visitors of one address.
    Visitor(Client),
    /// Writes by visitors of one address.
    Writes(Client),
    /// A person or token.
    Known(CountedAs),
}

/// The quota of one running copy.
pub(crate) struct Quotas {
    visitors: Limiter,
    writes: Limiter,
    addresses: Limiter,
}

/// What is left, for the headers of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    name: &'static str,
    quota: u32,
    remaining: u32,
    /// Until all of it is back, in whole seconds.
    seconds: u64,
}

impl Quotas {
    /// `a_minute` for each visitor's address, person and token. None: no limit.
    pub(crate) fn new(a_minute: Option<NonZeroU32>, clock: &Clock) -> Option<Quotas> {
        let a_minute = a_minute?;
        let limiter = |name, count: u32| Limiter::new(name, NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN), clock);
        Some(Quotas {
            visitors: limiter("requests", a_minute.get()),
            writes: limiter("writes", a_minute.get() / WRITES),
            addresses: limiter("address", a_minute.get().saturating_mul(SHARED_ADDRESS)),
        })
    }

    /// Before it is known who asks: so that a flood costs no look-ups.
    pub(crate) fn arrive(&self, client: Client) -> Result<(), Problem> {
        self.addresses.take(Key::Address(client)).map(|_| ())
    }

    /// When it is known. `client` is none where requests do not come over a connection.
    pub(crate) fn take(
        &self,
        client: Option<Client>,
        known: Option<CountedAs>,
        writes: bool,
    ) -> Result<Option<Left>, Problem> {
        match (known, client) {
            (Some(known), _) => self.visitors.take(Key::Known(known)).map(Some),
            (None, Some(client)) if writes => self.writes.take(Key::Writes(client)).map(Some),
            (None, Some(client)) => self.visitors.take(Key::Visitor(client)).map(Some),
            (None, None) => Ok(None),
        }
    }
}

impl Left {
    /// What is left, as the draft "RateLimit header fields for HTTP" says it.
    pub(crate) fn headers(self) -> Vec<(HeaderName, HeaderValue)> {
        let Left { name, quota, remaining, seconds } = self;
        let values = [
            (POLICY, format!("\"{name}\";q={quota};w={}", MINUTE.as_secs())),
            (STATE, format!("\"{name}\";r={remaining};t={seconds}")),
        ];
        values.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::from_str(&value).ok()?))).collect()
    }
}

struct Limiter {
    name: &'static str,
    a_minute: NonZeroU32,
    rates: RateLimiter<Key, HashMapStateStore<Key>, Ticks, StateInformationMiddleware>,
    /// When those were forgotten last that have all of their quota back.
    forgotten: AtomicU64,
}

/// Our clock as `governor` reads it.
#[derive(Clone, Debug)]
struct Ticks(Clock);

impl clock::Clock for Ticks {
    type Instant = Nanos;
    fn now(&self) -> Nanos {
        let since = SystemTime::from(self.0.now()).duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Nanos::new(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl Limiter {
    fn new(name: &'static str, a_minute: NonZeroU32, clock: &Clock) -> Limiter {
        let burst = NonZeroU32::new(a_minute.get().div_ceil(2)).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_minute(a_minute).allow_burst(burst);
        let rates = RateLimiter::<_, _, _, NoOpMiddleware<Nanos>>::new(
            quota,
            HashMapStateStore::default(),
            Ticks(clock.clone()),
        );
        Limiter { name, a_minute, rates: rates.with_middleware(), forgotten: AtomicU64::new(0) }
    }

    fn take(&self, key: Key) -> Result<Left, Problem> {
        self.forget();
        match self.rates.check_key(&key) {
            Ok(state) => {
                let burst = state.quota().burst_size().get();
                let remaining = state.remaining_burst_capacity();
                let used = u64::from(burst.saturating_sub(remaining));
                let seconds = (used * MINUTE.as_secs()).div_ceil(u64::from(self.a_minute.get()));
                Ok(Left { name: self.name, quota: self.a_minute.get(), remaining, seconds })
            }
            Err(early) => Err(self.refused(&early)),
        }
    }

    /// Now and then, and then at most once every ten seconds: it looks at everybody who is remembered.
    fn forget(&self) {
        if self.rates.len() <= MOST_REMEMBERED {
            return;
        }
        let now = clock::Clock::now(self.rates.clock()).as_u64();
        let last = self.forgotten.load(Ordering::Relaxed);
        let due = now.saturating_sub(last) > FORGET_NANOS;
        if due && self.forgotten.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.rates.retain_recent();
        }
    }

    fn refused(&self, early: &NotUntil<Nanos>) -> Problem {
        let wait = early.wait_time_from(clock::Clock::now(self.rates.clock()));
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let left = Left { name: self.name, quota: self.a_minute.get(), remaining: 0, seconds };
        Problem::too_many(seconds, left)
    }
}

impl Problem {
    /// Somebody sent more than their quota.
    pub(crate) fn too_many(seconds: u64, left: Left) -> Problem {
        let detail = match left.name {
            "writes" => say!(
                "Your address may send {quota} forms a minute without signing in, half of them at once. More were sent.",
                quota = left.quota
            ),
            "address" => say!(
                "Your address may send {quota} requests a minute, half of them at once. More were sent.",
                quota = left.quota
            ),
            _ => {
                say!("You may send {quota} requests a minute, half of them at once. You sent more.", quota = left.quota)
            }
        };
        let next = match seconds {
            0 | 1 => say!("Wait one second, then go on more slowly."),
            seconds => say!("Wait {seconds} seconds, then go on more slowly.", seconds = seconds),
        };
        Problem::of_kind(vocabulary::Kind::Busy, detail)
            .title(say!("Too many requests"))
            .next(next)
            .with_status(axum::http::StatusCode::TOO_MANY_REQUESTS)
            .again_in(seconds.max(1))
            .headers(left.headers())
    }
}
