//! `#[cache_evict]`: the body runs; after it succeeded, what was named is invalidated.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Stmt;

use crate::expand::key::{self, Result};
use crate::expand::{body, generated_at, local, place, private};
use crate::model::{Annotation, Key, Tag, Tags};
use crate::signature::{Signature, without_impl_trait};

/// Statements of the selectors: some are settled before the body, from borrows of the arguments; some need the value.
#[derive(Default)]
struct Selectors {
    early: TokenStream,
    settled: TokenStream,
    late: TokenStream,
}

pub(super) fn expand(annotation: &Annotation, function: &Signature, statements: &[Stmt]) -> TokenStream {
    let private = private();
    let operation = place::operation(annotation, function);
    let shape = place::shape_of_result();
    let cache = place::cache(annotation);
    let body = body::future(function, statements);
    let Selectors { early, settled, late } = selectors(annotation);
    let begun = place::where_condition(
        annotation,
        &quote_spanned!(Span::mixed_site()=> #private::Eviction::begin(#cache, &__LARDER_OPERATION)),
    );
    let unless = if let Some(unless) = &annotation.unless {
        quote_spanned!(Span::mixed_site()=> #private::over::<_, bool, _>(__shape, #unless))
    } else {
        quote_spanned!(Span::mixed_site()=> |_| false)
    };
    let late = if late.is_empty() {
        quote_spanned!(Span::mixed_site()=> |_, _| ())
    } else {
        quote_spanned!(Span::mixed_site()=> #private::add(__shape, |__value, __eviction| { #late }))
    };
    let output = without_impl_trait(&function.output);
    quote_spanned! {Span::mixed_site()=>
        #operation
        #early
        let mut __eviction = #begun;
        if let ::core::option::Option::Some(__eviction) = &mut __eviction {
            #settled
        }
        // What may hold an error, or was borrowed while it did, ends before the wait, so that an error need not be `Send`.
        let (__shape, __eviction, __value) = {
            #[allow(clippy::let_unit_value, reason = "the function may return nothing")]
            let __result: #output = #body.await;
            #shape
            let ::core::option::Option::Some(mut __eviction) = __eviction else { return __result };
            let (__value, __failed) = #private::take(__shape, __result);
            __eviction.settle(__shape, (__value.as_ref(), __failed.as_ref()), #unless, #late);
            if let ::core::option::Option::Some(__failed) = __failed {
                return __failed;
            }
            (__shape, __eviction, __value)
        };
        __eviction.invalidate().await;
        #private::whole(__shape, __value)
    }
}

fn selectors(annotation: &Annotation) -> Selectors {
    let mut selectors = Selectors::default();
    selectors.key(annotation);
    selectors.tags(annotation);
    let (eviction, pattern_writer) = (local("__eviction"), local("__pattern"));
    if let Some(keys) = &annotation.keys {
        let span = generated_at(syn::spanned::Spanned::span(keys));
        selectors.settled.extend(quote_spanned!(span=> #eviction.keys(#keys);));
    }
    if let Some(pattern) = &annotation.pattern {
        let statements = key::pattern(pattern, &pattern_writer);
        selectors.settled.extend(quote_spanned! {Span::mixed_site()=>
            #eviction.pattern(|#pattern_writer| { #statements });
        });
    }
    if annotation.all.is_some() {
        selectors.settled.extend(quote_spanned!(Span::mixed_site()=> #eviction.all();));
    }
    selectors
}

impl Selectors {
    fn key(&mut self, annotation: &Annotation) {
        let (private, eviction, writer, value) = (private(), local("__eviction"), key::writer(), local("__value"));
        match &annotation.key {
            None => {}
            Some(Key::Template(template)) if template.names_result() => {
                let (early, late) = key::template_in_two(template, "__key_", &writer, &value);
                self.early.extend(early);
                self.late.extend(quote_spanned!(Span::mixed_site()=> #eviction.key(|#writer| { #late });));
            }
            Some(Key::Template(template)) => {
                let statements = key::template(template, &writer, Result::None);
                self.settled.extend(quote_spanned! {Span::mixed_site()=>
                    #eviction.key(|#writer| { #statements });
                });
            }
            Some(Key::Expr(key)) => {
                let span = generated_at(syn::spanned::Spanned::span(key));
                self.settled.extend(quote_spanned! {span=>
                    #eviction.key(|#writer| { #private::CacheKey::write_whole_key(&(#key), #writer); });
                });
            }
        }
    }

    fn tags(&mut self, annotation: &Annotation) {
        let (private, eviction, value) = (private(), local("__eviction"), local("__value"));
        match &annotation.tags {
            None => {}
            Some(Tags::FromValue(tags)) => self.late.extend(quote_spanned! {Span::mixed_site()=>
                #eviction.tags(#private::over(__shape, #tags)(#value));
            }),
            Some(Tags::List(tags)) => {
                for (at, tag) in tags.iter().enumerate() {
                    self.tag(at, tag);
                }
            }
        }
    }

    fn tag(&mut self, at: usize, tag: &Tag) {
        let (eviction, writer, value) = (local("__eviction"), key::writer(), local("__value"));
        match tag {
            Tag::Template(template) if template.names_result() => {
                let (early, late) = key::template_in_two(template, &format!("__tag{at}_"), &writer, &value);
                self.early.extend(early);
                self.late.extend(quote_spanned! {Span::mixed_site()=>
                    #eviction.tag_template(|#writer| { #late });
                });
            }
            Tag::Template(template) => {
                let statements = key::template(template, &writer, Result::None);
                self.settled.extend(quote_spanned! {Span::mixed_site()=>
                    #eviction.tag_template(|#writer| { #statements });
                });
            }
            Tag::Expr(tag) => {
                let span = generated_at(syn::spanned::Spanned::span(tag));
                self.settled.extend(quote_spanned!(span=> #eviction.tag(&(#tag));));
            }
        }
    }
}
