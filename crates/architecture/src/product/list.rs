//! Being written.
use web::{Routes, SamplePage, Template};
use crate::Architecture;
pub(crate) const TEMPLATES: &[Template] = &[];
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> { routes }
pub(crate) fn samples() -> Vec<SamplePage> { Vec::new() }
