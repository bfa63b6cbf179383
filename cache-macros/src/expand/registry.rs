//! What an annotation leaves in the registry that `larder::audit()` reads.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Type};

use crate::expand::private;
use crate::model::{Annotation, Key, Preset, Tag, Tags};
use crate::parse::grammar::Macro;
use crate::parse::template::{Segment, Template};
use crate::signature::{Signature, has_impl_trait};

/// An item: the annotation, for the linker to collect.
pub(super) fn register(annotation: &Annotation, function: &Signature) -> TokenStream {
    let (private, name) = (private(), function.name.to_string());
    let namespace = option(annotation.namespace.as_ref().map(|namespace| quote!(#namespace)));
    let role = match annotation.kind {
        Macro::Cacheable => stores(annotation, &quote!(Reader), function),
        Macro::CachePut => stores(annotation, &quote!(Put), function),
        Macro::CacheEvict | Macro::CacheConfig => evicts(annotation),
    };
    let hashes = !annotation.hash.is_empty();
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            use #private::registered::{Evicts, Key, Piece, Registered, Role, Stores, Tags};
            #private::inventory::submit! {
                Registered {
                    module: ::core::module_path!(),
                    function: #name,
                    file: ::core::file!(),
                    line: ::core::line!(),
                    namespace: #namespace,
                    role: #role,
                    hashes: #hashes,
                }
            }
        };
    }
}

fn stores(annotation: &Annotation, role: &TokenStream, function: &Signature) -> TokenStream {
    let key = annotation.key.as_ref().map(key).or_else(|| of(annotation)).unwrap_or_else(|| quote!(Key::Default));
    let tags = tags(annotation, preset_may_have_tags(annotation, function));
    // A batch returns more than what is stored for one key.
    let is_more = annotation.value.is_some() || annotation.batch.is_some();
    let value = if is_more { None } else { spelled(function) };
    let value = option(value.map(|value| quote!(#value)));
    quote!(Role::#role(Stores { key: #key, tags: #tags, value: #value }))
}

fn evicts(annotation: &Annotation) -> TokenStream {
    let keys = annotation.key.iter().map(key).chain(annotation.keys.iter().map(|_| quote!(Key::Expression)));
    let keys = keys.chain(of(annotation));
    let (keys, tags) = (quote!(&[#(#keys),*]), tags(annotation, false));
    let pattern = option(annotation.pattern.as_ref().map(shape));
    let all = annotation.all.is_some();
    quote!(Role::Evict(Evicts { keys: #keys, tags: #tags, pattern: #pattern, all: #all }))
}

/// The reader that is named.
fn of(annotation: &Annotation) -> Option<TokenStream> {
    let reader = annotation.of.as_ref()?.path.path.segments.last()?.ident.to_string();
    Some(quote!(Key::Of(#reader)))
}

fn key(key: &Key) -> TokenStream {
    match key {
        Key::Template(template) => {
            let shape = shape(template);
            quote!(Key::Template(#shape))
        }
        Key::Expr(_) => quote!(Key::Expression),
    }
}

/// Whether the policy that is taken over may add tags: no constant has any.
fn preset_may_have_tags(annotation: &Annotation, function: &Signature) -> bool {
    match &annotation.policies.preset {
        None | Some(Preset::BuiltIn(_)) => false,
        Some(Preset::Policy(Expr::Path(path))) => {
            path.path.get_ident().is_some_and(|name| function.argument(&name.to_string()).is_some())
        }
        Some(Preset::Policy(_)) => true,
    }
}

/// The tags that are written here, and whether there are `more` that only a call knows.
fn tags(annotation: &Annotation, more: bool) -> TokenStream {
    let (templates, others) = match &annotation.tags {
        None => (Vec::new(), false),
        Some(Tags::FromValue(_)) => (Vec::new(), true),
        Some(Tags::List(list)) => {
            let templates = list.iter().filter_map(|tag| match tag {
                Tag::Template(template, _) => Some(shape(template)),
                Tag::Expr(_) => None,
            });
            (templates.collect(), list.iter().any(|tag| matches!(tag, Tag::Expr(_))))
        }
    };
    let others = others || more;
    quote!(Tags { templates: &[#(#templates),*], others: #others })
}

fn shape(template: &Template) -> TokenStream {
    let pieces = template.segments.iter().map(|segment| match segment {
        Segment::Literal(text) => quote!(Piece::Text(#text)),
        Segment::Placeholder { .. } => quote!(Piece::Any),
    });
    quote!(&[#(#pieces),*])
}

/// The value's type as it is written, without paths and spaces; `None` where its name says nothing outside.
fn spelled(function: &Signature) -> Option<String> {
    struct Bare {
        says_nothing: bool,
        parameters: Vec<String>,
    }
    impl VisitMut for Bare {
        fn visit_path_mut(&mut self, path: &mut syn::Path) {
            visit_mut::visit_path_mut(self, path);
            let last = path.segments.pop();
            if let Some(last) = last {
                let name = last.ident.to_string();
                self.says_nothing |= name == "Self" || self.parameters.contains(&name);
                *path = last.into();
            }
        }
    }
    let mut value = function.value_type().clone();
    let parameters = function.type_parameters.iter().map(ToString::to_string).collect();
    let mut bare = Bare { says_nothing: has_impl_trait(&value) || matches!(value, Type::Infer(_)), parameters };
    bare.visit_type_mut(&mut value);
    (!bare.says_nothing).then(|| value.to_token_stream().to_string().replace(' ', ""))
}

fn option(value: Option<TokenStream>) -> TokenStream {
    if let Some(value) = value {
        quote!(::core::option::Option::Some(#value))
    } else {
        quote!(::core::option::Option::None)
    }
}
