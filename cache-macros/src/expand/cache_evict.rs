//! `#[cache_evict]`: the body runs; after it succeeded, what was named is invalidated. Several evictions of one function
//! are one array.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote_spanned;

use crate::expand::key::{self, Result};
use crate::expand::{failing, generated_at, local, of, place, private, tag_template};
use crate::model::{Annotation, Key, Spaces, Tag, Tags, Timing};
use crate::parse::template::Template;
use crate::signature::Signature;

/// Statements of the selectors: some are settled before the body, from borrows of the arguments; some need the value.
#[derive(Default)]
struct Selectors {
    early: TokenStream,
    settled: TokenStream,
    late: TokenStream,
}

/// Statements that begin the evictions of one array: what they reach, as far as it is known before the body.
pub(super) fn begin(evictions: &[&Annotation], array: &Ident, function: &Signature) -> TokenStream {
    if evictions.is_empty() {
        return TokenStream::new();
    }
    let private = private();
    let begun = evictions.iter().map(|eviction| {
        let (operation, cache) = (place::operation_of_write(eviction, function), place::cache(eviction));
        let begun = quote_spanned!(Span::mixed_site()=> #private::Eviction::begin(#cache, #operation, __begun));
        place::where_condition(eviction, &begun)
    });
    let settled = evictions.iter().enumerate().map(|(at, eviction)| {
        let Selectors { early, mut settled, .. } = selectors(eviction, function);
        let at = Literal::usize_unsuffixed(at);
        settled.extend(failing::note(eviction, &quote_spanned!(Span::mixed_site()=> __eviction)));
        settled.extend(match eviction.timing {
            Timing::Before | Timing::AfterOk => TokenStream::new(),
            Timing::Always => quote_spanned!(Span::mixed_site()=> __eviction.whatever_comes();),
            Timing::AfterCommit => quote_spanned!(Span::mixed_site()=> __eviction.after_commit();),
        });
        let secret = (!early.is_empty())
            .then(|| quote_spanned!(Span::mixed_site()=> let __secret = #private::Eviction::secret(&#array[#at]);));
        quote_spanned! {Span::mixed_site()=>
            #secret
            #early
            if let ::core::option::Option::Some(__eviction) = &mut #array[#at] {
                #settled
            }
        }
    });
    quote_spanned! {Span::mixed_site()=>
        let mut #array = [#(#begun),*];
        #(#settled)*
    }
}

/// The evictions that come before the body, and the array that holds them.
pub(super) fn before(evictions: &[Annotation]) -> (Vec<&Annotation>, Ident) {
    (evictions.iter().filter(|eviction| eviction.timing == Timing::Before).collect(), local("__before"))
}

/// The evictions that come after it, and theirs.
pub(super) fn after(evictions: &[Annotation]) -> (Vec<&Annotation>, Ident) {
    (evictions.iter().filter(|eviction| eviction.timing != Timing::Before).collect(), local("__evictions"))
}

/// A statement that invalidates also where the body failed, if one of the evictions wants that. Only then an error is
/// held while the call waits.
pub(super) fn fail(evictions: &[&Annotation], array: &Ident) -> TokenStream {
    if evictions.iter().any(|eviction| eviction.timing == Timing::Always) {
        // The body has failed already: its error says more.
        failing::or_fail(false, &invalidate(evictions, array), &TokenStream::new())
    } else {
        TokenStream::new()
    }
}

/// Statements that add what the value names, or call an eviction off.
pub(super) fn settle(evictions: &[&Annotation], function: &Signature) -> TokenStream {
    let private = private();
    let settled = evictions.iter().enumerate().map(|(at, eviction)| {
        let at = Literal::usize_unsuffixed(at);
        let unless = if let Some(unless) = &eviction.unless {
            quote_spanned!(Span::mixed_site()=> #private::over::<_, bool, _>(__shape, #unless))
        } else {
            quote_spanned!(Span::mixed_site()=> |_| false)
        };
        let late = selectors(eviction, function).late;
        let late = if late.is_empty() {
            quote_spanned!(Span::mixed_site()=> |_, _| ())
        } else {
            quote_spanned!(Span::mixed_site()=> #private::add(__shape, |__value, __eviction| { #late }))
        };
        quote_spanned! {Span::mixed_site()=>
            if let ::core::option::Option::Some(__eviction) = &mut __evictions[#at] {
                __eviction.settle(__shape, (__value.as_ref(), __failed.as_ref()), #unless, #late);
            }
        }
    });
    settled.collect()
}

/// An expression that invalidates, and says what trouble the function fails with.
pub(super) fn invalidate(evictions: &[&Annotation], array: &Ident) -> TokenStream {
    if evictions.is_empty() {
        return TokenStream::new();
    }
    let private = private();
    quote_spanned!(Span::mixed_site()=> #private::invalidate(#array).await)
}

/// Whether a template waits for the result. Before the body the name is free for an argument.
fn is_late(annotation: &Annotation, template: &Template) -> bool {
    annotation.timing != Timing::Before && template.names_result()
}

fn selectors(annotation: &Annotation, function: &Signature) -> Selectors {
    let mut selectors = Selectors::default();
    selectors.key(annotation);
    selectors.tags(annotation);
    selectors.of(annotation, function);
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
    if let Some((_, spaces)) = &annotation.all {
        let all = match spaces {
            Spaces::Own => local("all"),
            Spaces::Every => local("all_across_tenants"),
        };
        selectors.settled.extend(quote_spanned!(Span::mixed_site()=> #eviction.#all();));
    }
    selectors
}

impl Selectors {
    fn key(&mut self, annotation: &Annotation) {
        let (private, eviction, writer, value) = (private(), local("__eviction"), key::writer(), local("__value"));
        match &annotation.key {
            None => {}
            Some(Key::Template(template)) if is_late(annotation, template) => {
                let prefix = format!("__key{}_", annotation.number);
                let (early, late) = key::template_in_two(template, &prefix, &writer, &value);
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

    fn of(&mut self, annotation: &Annotation, function: &Signature) {
        let Some(of) = &annotation.of else { return };
        let (eviction, writer) = (local("__eviction"), key::writer());
        let (reader, key) = (of::reader(of), of::key(of, function, &local("__returns")));
        let statement = quote_spanned! {Span::mixed_site()=>
            #eviction.key_of(#reader, |#writer| { #key });
        };
        if of.needs_value() { &mut self.late } else { &mut self.settled }.extend(statement);
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
                    self.tag(annotation, at, tag);
                }
            }
        }
    }

    fn tag(&mut self, annotation: &Annotation, at: usize, tag: &Tag) {
        let (eviction, writer, value) = (local("__eviction"), key::writer(), local("__value"));
        match tag {
            Tag::Template(template, spaces) if is_late(annotation, template) => {
                let (add, prefix) = (tag_template(*spaces), &format!("__tag{}_{at}_", annotation.number));
                let (early, late) = key::template_in_two(template, prefix, &writer, &value);
                self.early.extend(early);
                self.late.extend(quote_spanned! {Span::mixed_site()=>
                    #eviction.#add(|#writer| { #late });
                });
            }
            Tag::Template(template, spaces) => {
                let add = tag_template(*spaces);
                let statements = key::template(template, &writer, Result::None);
                self.settled.extend(quote_spanned! {Span::mixed_site()=>
                    #eviction.#add(|#writer| { #statements });
                });
            }
            Tag::Expr(tag) => {
                let span = generated_at(syn::spanned::Spanned::span(tag));
                self.settled.extend(quote_spanned!(span=> #eviction.tag(&(#tag));));
            }
        }
    }
}
