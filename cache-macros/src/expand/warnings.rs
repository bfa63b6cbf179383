//! Warnings: a stable macro has none of its own, so each is the use of a deprecated item that stands where it points.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use crate::expand::generated_at;
use crate::signature::Signature;

/// A method that reads and may change `self`: a hit does not.
pub(super) fn changed_self(function: &Signature) -> TokenStream {
    let Some(receiver) = function.receiver.filter(|_| function.receiver_is_mut) else { return TokenStream::new() };
    let note = "a hit skips the body, so changes to `self` are skipped too";
    let declared = quote_spanned! {Span::mixed_site()=>
        #[deprecated(note = #note)]
        const fn cacheable_with_mut_self() {}
    };
    let used = quote_spanned!(generated_at(receiver)=> cacheable_with_mut_self(););
    quote_spanned!(Span::mixed_site()=> #declared #used)
}
