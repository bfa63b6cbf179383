//! What is emitted on an error: every error, and the item as it was, so that its callers and the editor see no second
//! one.

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::diagnostics::Diagnostics;

/// The item beside the errors, or `None` where there are none.
pub(crate) fn with_errors(item: &impl ToTokens, errors: Diagnostics) -> Option<TokenStream> {
    let mut tokens = errors.into_tokens()?;
    item.to_tokens(&mut tokens);
    Some(tokens)
}
