//! The few kinds of refusal. What status or exit code each becomes is decided by `web` and by the commands, not here.

/// Why something was not done. Every action's error names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It does not exist, or it is not shared with this reader: the two are never told apart.
    Missing,
    /// The reader may see it but may not do this.
    Forbidden,
    /// It clashes with what is there now.
    Conflicting,
    /// What was sent cannot be understood or breaks a rule.
    Invalid,
    /// What was sent is larger than the stated limit.
    TooLarge,
    /// Too much is going on; the same request may succeed later.
    Busy,
    /// A fault on our side, with its cause in the log.
    Unexpected,
}
