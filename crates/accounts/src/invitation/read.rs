//! One invitation as a command or page asks for it.

use vocabulary::{OrganisationId, Role};

use crate::EmailAddress;

/// Somebody who is to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInvitation {
    /// The address, which alone can accept.
    pub email: EmailAddress,
    /// The name of whoever has it, as far as the inviter knows. A person who is known already keeps their own.
    pub name: String,
    /// For whom.
    pub organisation: OrganisationId,
    /// In which role.
    pub role: Role,
}
