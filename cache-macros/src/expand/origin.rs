//! Where a function's cache is, in words that a reader and a writer share.

use quote::ToTokens;

use crate::model::{Annotation, CacheAt};
use crate::signature::Signature;
use crate::uses::uses;

/// Where a cache is.
pub(super) struct Origin {
    /// What two functions of one cache have in common; empty where that cannot be told.
    pub(super) name: String,
    /// The same for a message.
    pub(super) shown: String,
}

pub(super) fn origin(annotation: &Annotation, function: &Signature) -> Origin {
    match &annotation.cache {
        CacheAt::Receiver(_) => Origin { name: "self".to_owned(), shown: "the cache of `self`".to_owned() },
        CacheAt::Global => Origin { name: "global".to_owned(), shown: "`global`".to_owned() },
        CacheAt::Expr(cache) => {
            let tokens = cache.to_token_stream();
            let text = tokens.to_string().replace(' ', "");
            let name = if uses(&tokens, "self") {
                text.clone()
            } else if function.arguments.iter().any(|argument| uses(&tokens, &argument.name.to_string())) {
                String::new()
            } else {
                // Of a static the path depends on the module.
                text.rsplit("::").next().unwrap_or_default().trim_start_matches(['*', '&']).to_owned()
            };
            Origin { name, shown: format!("`{text}`") }
        }
    }
}
