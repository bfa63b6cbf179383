//! What the program's annotations come to together: which caches nobody evicts, which tags nobody carries.
//!
//! Every expansion leaves a `static` in a registry that the linker puts together, so nothing has to be called first.

mod check;
mod finding;
mod overlap;
pub mod registered;

use std::fmt;

pub use finding::{AnnotatedFunction, Finding};

use crate::audit::registered::Registered;

/// Looks at every annotated function that is linked into the program, and says what does not fit together.
///
/// Meant for a test: assert that there are no findings, or exactly those that are meant. It looks at annotations only;
/// what a call decides (a key by expression, a tag from a value, [`Namespace::invalidate_tags`](crate::Namespace::invalidate_tags))
/// counts as fitting for annotations and is not seen beside them. Functions of a dependency that nothing uses may be
/// absent, as the linker leaves them out.
///
/// Costs no round trip. Functions stand in the order of their modules and lines.
///
/// ```
/// let audit = cache_core::audit();
/// assert!(audit.findings().is_empty(), "{audit}");
/// ```
pub fn audit() -> Audit {
    let mut registered: Vec<_> = inventory::iter::<Registered>.into_iter().collect();
    registered.sort_by_key(|registered| (registered.module, registered.line, registered.function));
    Audit(registered)
}

/// The first annotated function that hashes an argument.
pub(crate) fn hashing() -> Option<AnnotatedFunction> {
    audit().0.into_iter().find(|registered| registered.hashes).map(AnnotatedFunction::of)
}

/// The annotated functions of the program, or of a part of it; see [`audit`].
#[derive(Debug, Clone)]
pub struct Audit(Vec<&'static Registered>);

impl Audit {
    /// Only the functions in a module and those below it, as in `within("erp::users")`.
    ///
    /// What stands elsewhere is then not seen at all: a reader whose writer is in another module has no writer.
    #[must_use]
    pub fn within(mut self, module: &str) -> Self {
        self.0.retain(|registered| {
            registered.module.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        });
        self
    }

    /// The annotated functions, each once.
    pub fn functions(&self) -> Vec<AnnotatedFunction> {
        let mut functions: Vec<_> = self.0.iter().map(|registered| AnnotatedFunction::of(registered)).collect();
        functions.dedup();
        functions
    }

    /// What does not fit together.
    pub fn findings(&self) -> Vec<Finding> {
        [check::never_evicted(&self.0), check::tags_of_nobody(&self.0), check::shared_keys(&self.0)].concat()
    }
}

/// The findings, one on each line.
impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings = self.findings();
        if findings.is_empty() {
            return write!(f, "{} annotated functions fit together", self.functions().len());
        }
        findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))
    }
}
