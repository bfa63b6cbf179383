//! What is settled before the load (the plan) and what the value decides (the decision).

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use crate::expand::key::{self, Result};
use crate::expand::{generated_at, local, policies, private, tag_template};
use crate::model::{Annotation, Tag, Tags, Ttl};

/// The plan, and the closure that decides.
pub(super) struct Decision {
    /// Statements that settle parts of tags which the value completes; they stand before the body. For these and for the
    /// plan [`key::secret`] must be bound.
    pub(super) early: TokenStream,
    /// The names that these statements bind.
    pub(super) early_names: Vec<syn::Ident>,
    /// An expression: the plan.
    pub(super) plan: TokenStream,
    /// An expression: the closure.
    pub(super) decide: TokenStream,
}

/// What a ttl, tags and `unless` come to.
pub(super) fn decision(annotation: &Annotation) -> Decision {
    let mut parts = Parts { plan: policies::preset(&annotation.policies), ..Parts::default() };
    parts.unless(annotation);
    parts.ttl(annotation);
    parts.tags(annotation);
    parts.plan.extend(policies::plan(&annotation.policies));
    parts.finish()
}

#[derive(Default)]
struct Parts {
    early: TokenStream,
    early_names: Vec<syn::Ident>,
    plan: TokenStream,
    decide: TokenStream,
}

impl Parts {
    fn unless(&mut self, annotation: &Annotation) {
        let (private, shape, value, decision) = names();
        if let Some(unless) = &annotation.unless {
            self.decide.extend(quote_spanned! {Span::mixed_site()=>
                if #private::over::<_, bool, _>(#shape, #unless)(#value) {
                    #decision.reject();
                    return;
                }
            });
        }
    }

    fn ttl(&mut self, annotation: &Annotation) {
        let ((private, shape, value, decision), plan) = (names(), local("__plan"));
        match &annotation.ttl {
            None => {}
            Some(Ttl::Fixed(ttl)) => {
                let ttl = policies::fixed(*ttl);
                self.plan.extend(quote_spanned!(Span::mixed_site()=> #plan.ttl(#ttl);));
            }
            Some(Ttl::Expr(ttl)) => {
                let span = generated_at(syn::spanned::Spanned::span(ttl));
                self.plan.extend(quote_spanned!(span=> #plan.ttl(#ttl);));
            }
            Some(Ttl::FromValue(ttl)) => self.decide.extend(quote_spanned! {Span::mixed_site()=>
                #decision.ttl(#private::over::<_, ::core::time::Duration, _>(#shape, #ttl)(#value));
            }),
        }
    }

    fn tags(&mut self, annotation: &Annotation) {
        let ((private, shape, value, decision), plan) = (names(), local("__plan"));
        match &annotation.tags {
            None => {}
            Some(Tags::FromValue(tags)) => {
                self.plan.extend(quote_spanned!(Span::mixed_site()=> #plan.tags_from_value();));
                self.decide.extend(quote_spanned! {Span::mixed_site()=>
                    #decision.tags(#private::over(#shape, #tags)(#value));
                });
            }
            Some(Tags::List(tags)) => {
                for (at, tag) in tags.iter().enumerate() {
                    self.tag(&format!("__tag{}_{at}_", annotation.number), tag);
                }
            }
        }
    }

    fn tag(&mut self, prefix: &str, tag: &Tag) {
        let (_, _, value, decision) = names();
        let (plan, writer) = (local("__plan"), key::writer());
        match tag {
            Tag::Template(template, spaces) if template.names_result() => {
                let add = tag_template(*spaces);
                let (early, late) = key::template_in_two(template, prefix, &writer, &value);
                self.early.extend(early);
                self.early_names.extend(key::early_names(template, prefix));
                self.plan.extend(quote_spanned!(Span::mixed_site()=> #plan.tags_from_value();));
                self.decide.extend(quote_spanned! {Span::mixed_site()=>
                    #decision.#add(|#writer| { #late });
                });
            }
            Tag::Template(template, spaces) => {
                let add = tag_template(*spaces);
                let statements = key::template(template, &writer, Result::None);
                self.plan.extend(quote_spanned! {Span::mixed_site()=>
                    #plan.#add(|#writer| { #statements });
                });
            }
            Tag::Expr(tag) => {
                let span = generated_at(syn::spanned::Spanned::span(tag));
                self.plan.extend(quote_spanned!(span=> #plan.tag(&(#tag));));
            }
        }
    }

    fn finish(self) -> Decision {
        let ((private, shape, value, decision), plan, secret) = (names(), local("__plan"), key::secret());
        let statements = self.plan;
        let plan = if statements.is_empty() {
            quote_spanned!(Span::mixed_site()=> #private::Plan::new(#secret))
        } else {
            quote_spanned! {Span::mixed_site()=> {
                let mut #plan = #private::Plan::new(#secret);
                #statements
                #plan
            }}
        };
        let statements = self.decide;
        let decide = if statements.is_empty() {
            quote_spanned!(Span::mixed_site()=> |_, _| ())
        } else {
            quote_spanned!(Span::mixed_site()=> #private::decide(#shape, |#value, #decision| { #statements }))
        };
        Decision { early: self.early, early_names: self.early_names, plan, decide }
    }
}

fn names() -> (syn::Ident, syn::Ident, syn::Ident, syn::Ident) {
    (private(), local("__shape"), local("__value"), local("__decision"))
}
