//! govuk-frontend.
