//! What is emitted on an error: every error, and the item as it was, so that its callers and the editor see no second
//! one.

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;

/// The item beside the errors, or `None` where there are none.
pub(crate) fn with_errors(item: &TokenStream, errors: Diagnostics) -> Option<TokenStream> {
    let mut tokens = errors.into_tokens()?;
    tokens.extend(item.clone());
    Some(tokens)
}
