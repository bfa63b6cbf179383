//! The user's body as a future of its own, so that `return` and `?` end there and pass through the policy.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Stmt;

use crate::expand::private;
use crate::signature::{Asynchrony, Signature, without_impl_trait};

/// `async move { .. }` around the user's statements: not around their block, whose braces would be unused. Where they are
/// those of a function that is not asynchronous, a closure around them keeps them from waiting.
pub(super) fn future(function: &Signature, statements: &[Stmt]) -> TokenStream {
    let hint = output_hint(function);
    let private = private();
    match function.asynchrony {
        Asynchrony::Async | Asynchrony::Boxed => {
            quote_spanned!(Span::mixed_site()=> async move { #hint #(#statements)* })
        }
        Asynchrony::Sync => quote_spanned! {Span::mixed_site()=>
            async move { #private::call(move || { #hint #(#statements)* }) }
        },
    }
}

/// Tells the compiler what the block returns, which it cannot see from a `?` alone.
fn output_hint(function: &Signature) -> TokenStream {
    let output = without_impl_trait(&function.output);
    quote_spanned! {Span::mixed_site()=>
        #[allow(
            unknown_lints,
            unreachable_code,
            clippy::diverging_sub_expression,
            clippy::empty_loop,
            clippy::let_unit_value,
            clippy::let_with_type_underscore,
            clippy::needless_return,
            clippy::unreachable,
            reason = "never runs: it only names the type"
        )]
        if false {
            let __returned: #output = loop {};
            return __returned;
        }
    }
}
