//! Where a function stands: in a module, in an inherent `impl`, or in a trait or its `impl`.
//!
//! The tokens of an attribute's function do not tell: a private method looks like a trait's. So the source is read around
//! the function's name. What is not sure, as inside a macro's tokens, is [`Placement::Unknown`].

mod declared;
mod source;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use proc_macro2::Ident;
use syn::Path;

use source::Source;

/// What is around a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placement {
    /// A module, or the body of another function.
    Module,
    /// An `impl` without a trait.
    Inherent {
        /// Whether the `impl` has parameters of its own.
        generic: bool,
    },
    /// A trait, or the `impl` of one.
    Trait,
    /// It cannot be seen.
    Unknown,
}

thread_local! {
    /// The files of this compilation that were read: each once, however many functions are annotated in it.
    static FILES: RefCell<HashMap<PathBuf, Option<Rc<Source>>>> = RefCell::default();
}

impl Placement {
    /// Finds the function of a name that came with the compiler's tokens.
    pub(crate) fn of(name: &Ident) -> Self {
        if !proc_macro::is_available() {
            return Self::Unknown;
        }
        let span = name.span().unwrap();
        let Some(file) = span.local_file().and_then(read) else { return Self::Unknown };
        file.placement(span.line(), span.column(), &name.to_string())
    }
}

/// Whether the file around a type's name declares it, so that it belongs to this crate.
pub(crate) fn declares(path: &Path) -> bool {
    let modules = path.segments.iter().take(path.segments.len().saturating_sub(1));
    let is_own = path.leading_colon.is_none()
        && modules.into_iter().all(|module| ["crate", "self", "super"].iter().any(|own| module.ident == own));
    let Some(last) = path.segments.last().filter(|_| is_own && proc_macro::is_available()) else { return false };
    let file = last.ident.span().unwrap().local_file().and_then(read);
    file.is_some_and(|file| file.declares(&last.ident.to_string()))
}

fn read(path: PathBuf) -> Option<Rc<Source>> {
    FILES.with_borrow_mut(|files| {
        files
            .entry(path)
            .or_insert_with_key(|path| std::fs::read_to_string(path).ok().map(|text| Rc::new(Source::new(text))))
            .clone()
    })
}
