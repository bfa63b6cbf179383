//! The arguments that change how the engine treats entries: what is constant goes into the operation, what the arguments
//! decide into the plan.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;

use crate::expand::{failing, generated_at, local, private};
use crate::model::{Annotation, CacheErr, Compress, Flights, Life, Policies, Preset, Tenancy};
use crate::signature::{Signature, borrows};

/// Calls on the operation, one behind the other.
pub(super) fn options(policies: &Policies) -> TokenStream {
    let (private, mut options) = (private(), TokenStream::new());
    if policies.cache_none.is_some() {
        options.extend(quote_spanned!(Span::mixed_site()=> .keep_none()));
    }
    if policies.without_l1 {
        options.extend(quote_spanned!(Span::mixed_site()=> .without_l1()));
    }
    if policies.without_l2 {
        options.extend(quote_spanned!(Span::mixed_site()=> .without_l2()));
    }
    if let Some(wish) = policies.compress {
        let wish = local(match wish {
            Compress::On => "On",
            Compress::Off => "Off",
        });
        options.extend(quote_spanned!(Span::mixed_site()=> .compress(#private::Compress::#wish)));
    }
    if let Some(idle) = policies.idle {
        let idle = fixed(idle);
        options.extend(quote_spanned!(Span::mixed_site()=> .idle(#idle)));
    }
    if let Some(percent) = policies.jitter {
        options.extend(quote_spanned!(Span::mixed_site()=> .jitter(#percent)));
    }
    if let Some(version) = policies.version {
        options.extend(quote_spanned!(Span::mixed_site()=> .version(#version)));
    }
    if let Some(flights) = policies.flights {
        let flights = local(match flights {
            Flights::Cluster => "Cluster",
            Flights::Local => "Local",
            Flights::Off => "Off",
        });
        options.extend(quote_spanned!(Span::mixed_site()=> .flights(#private::Flights::#flights)));
    }
    if policies.without_inherited_tags {
        options.extend(quote_spanned!(Span::mixed_site()=> .without_inherited_tags()));
    }
    if let Some(tenancy) = policies.tenancy {
        let tenancy = local(match tenancy {
            Tenancy::Optional => "Optional",
            Tenancy::Required => "Required",
            Tenancy::None => "None",
        });
        options.extend(quote_spanned!(Span::mixed_site()=> .tenant(#private::Tenancy::#tenancy)));
    }
    options
}

/// Statements that check types, each where its argument stands. The shape is known.
pub(super) fn bounds(policies: &Policies) -> TokenStream {
    let private = private();
    let mut bounds = TokenStream::new();
    if let Some(cache_none) = &policies.cache_none {
        let span = generated_at(cache_none.name.span());
        bounds.extend(quote_spanned!(span=> #private::holds_none(__shape);));
    }
    if let Some(cache_err) = &policies.cache_err {
        let span = generated_at(cache_err.name.span());
        bounds.extend(quote_spanned!(span=> #private::holds_error(__shape);));
    }
    bounds
}

/// How errors are stored, where they are.
pub(super) fn kept(policies: &Policies, function: &Signature) -> TokenStream {
    let private = private();
    // Method resolution does not look at lifetimes; what is wrong with a borrowed error the bound has said.
    if policies.cache_err.is_none() || borrows(&function.output) {
        return quote_spanned!(Span::mixed_site()=> #private::no_errors(__shape));
    }
    quote_spanned! {Span::mixed_site()=> {
        use #private::Keeping as _;
        (&&&#private::KeptErrors::of(&__shape)).keeping()
    }}
}

/// What becomes of an error, and of trouble with the cache.
pub(super) fn on_error(annotation: &Annotation) -> TokenStream {
    let (private, trouble) = (private(), failing::of(annotation));
    match &annotation.policies.cache_err {
        None => quote_spanned!(Span::mixed_site()=> #private::OnError::not_stored(__shared, #trouble)),
        Some(CacheErr { life, .. }) => quote_spanned! {Span::mixed_site()=>
            #private::OnError {
                shared: __shared,
                kept: __kept,
                trouble: #trouble,
                life: {
                    #[allow(
                        unknown_lints,
                        clippy::redundant_closure_for_method_calls,
                        reason = "the argument is a closure"
                    )]
                    let __life = #private::over_error(__shape, #life);
                    __life
                },
            }
        },
    }
}

/// A statement that takes a policy over, in front of what the function says itself.
pub(super) fn preset(policies: &Policies) -> TokenStream {
    let (private, plan) = (private(), local("__plan"));
    match &policies.preset {
        None => TokenStream::new(),
        Some(Preset::BuiltIn(name)) => {
            let name = Ident::new(&name.to_string(), generated_at(name.span()));
            quote_spanned!(Span::mixed_site()=> #plan.preset(#private::Preset::#name);)
        }
        Some(Preset::Policy(policy)) => {
            let span = generated_at(policy.span());
            quote_spanned!(span=> #plan.preset(#policy);)
        }
    }
}

/// Statements that settle the plan.
pub(super) fn plan(policies: &Policies) -> TokenStream {
    let plan = local("__plan");
    let mut statements = TokenStream::new();
    if let Some(life) = policies.cache_none.as_ref().and_then(|cache_none| cache_none.life.as_ref()) {
        let life = duration(life);
        statements.extend(quote_spanned!(Span::mixed_site()=> #plan.none_ttl(#life);));
    }
    if let Some(life) = &policies.l1_ttl {
        let life = duration(life);
        statements.extend(quote_spanned!(Span::mixed_site()=> #plan.l1_ttl(#life);));
    }
    statements
}

fn duration(life: &Life) -> TokenStream {
    match life {
        Life::Fixed(duration) => fixed(*duration),
        Life::Expr(expr) => {
            let span = generated_at(expr.span());
            quote_spanned!(span=> #expr)
        }
    }
}

/// A duration that is known already.
pub(super) fn fixed(duration: Duration) -> TokenStream {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    quote_spanned!(Span::mixed_site()=> ::core::time::Duration::new(#seconds, #nanos))
}
