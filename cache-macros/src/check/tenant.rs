//! `tenant`: what a function has to do with tenants.

use quote::ToTokens;
use syn::{Expr, Ident};

use crate::diagnostics::{Diagnostics, did_you_mean};
use crate::model::Tenancy;
use crate::parse::arguments::Arguments;
use crate::parse::grammar::Macro;

/// The words, and what they say.
const WORDS: [(&str, Tenancy); 3] =
    [("required", Tenancy::Required), ("optional", Tenancy::Optional), ("none", Tenancy::None)];
/// What of an eviction lies where its own rule says.
const OWN_SELECTORS: [&str; 5] = ["key", "keys", "pattern", "tags", "all"];

/// Reads the word.
pub(super) fn check(given: &Arguments, errors: &mut Diagnostics) -> Option<Tenancy> {
    let value = given.expr("tenant")?;
    let word = match &value {
        Expr::Path(path) => path.path.get_ident().map(Ident::to_string),
        _ => None,
    };
    let found = WORDS.into_iter().find(|(known, _)| word.as_deref() == Some(*known)).map(|(_, tenancy)| tenancy);
    if found.is_none() {
        let written = word.unwrap_or_else(|| value.to_token_stream().to_string().replace('"', ""));
        let close = did_you_mean(&written, WORDS.map(|(known, _)| known));
        errors.at(&value, format!("`tenant` is one of `required`, `optional` and `none`{close}"));
    }
    found
}

/// Whether an attribute names nothing but the entry of a reader, which lies where the reader's rule says.
pub(crate) fn is_the_readers(kind: Macro, given: &Arguments) -> bool {
    match kind {
        Macro::Cacheable => given.expr("batch").is_some(),
        Macro::CachePut => given.expr("of").is_some(),
        Macro::CacheEvict => {
            given.expr("of").is_some() && OWN_SELECTORS.iter().all(|selector| given.name(selector).is_none())
        }
        Macro::CacheConfig => false,
    }
}

/// An eviction's own rule is for what it names itself. What stores in place of a reader is told elsewhere.
pub(super) fn check_of(kind: Macro, given: &Arguments, errors: &mut Diagnostics) {
    if let Some(tenant) = given.name("tenant").filter(|_| kind == Macro::CacheEvict && is_the_readers(kind, given)) {
        errors.at(tenant, "the entry lies where the reader at `of` has put it: leave out `tenant`, which stands there");
    }
}
