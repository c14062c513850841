//! What is true while one request is answered: its language and its id. Known to the task, so that [`crate::say!`] need
//! not be handed a language. On another thread (a closure run by the store) text comes out in English.

use crate::Language;

tokio::task_local! {
    static LANGUAGE: Language;
}

/// The language of the request being answered; English outside one.
pub(crate) fn language() -> Language {
    LANGUAGE.try_with(Clone::clone).unwrap_or_default()
}

/// Runs `work` as part of a request in `language`.
pub(crate) async fn within<F: Future>(language: Language, work: F) -> F::Output {
    LANGUAGE.scope(language, work).await
}

/// The same for work that does not wait.
#[cfg(test)]
pub(crate) fn within_now<T>(language: Language, work: impl FnOnce() -> T) -> T {
    LANGUAGE.sync_scope(language, work)
}
