//! What the readers in the `impl` of a trait leave beside it, so that `of = <Self as Repo>::find` can name them: the same
//! as a reader of an inherent `impl`, in an inherent `impl` of the same type.
//!
//! Only `#[cache_config]` sees the whole block. Nothing is left where an inherent `impl` would not compile: for a type that
//! another crate may own, and for parameters that only the trait names.

use std::collections::BTreeSet;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, ExprPath, GenericParam, ImplItem, ImplItemFn, ItemFn, ItemImpl, Meta, Path, Type, TypePath, Visibility,
};

use crate::check;
use crate::diagnostics::Diagnostics;
use crate::expand::target::{self, Names};
use crate::model::Key;
use crate::placement;
use crate::signature::Signature;
use crate::stack::{self, Name};
use crate::uses::uses;

/// The `impl` beside that of a trait, if there is anything to put into it.
pub(crate) fn beside(item: &ItemImpl) -> Option<TokenStream> {
    if can_have_another(item) { beside_any(item) } else { None }
}

/// The same, whether or not it compiles there.
pub(crate) fn beside_any(item: &ItemImpl) -> Option<TokenStream> {
    let (of_trait, _) = item.trait_.as_ref()?;
    let mut types = OfTrait { of_trait: of_trait.clone(), types: own_types(item) };
    let methods: Vec<TokenStream> = item.items.iter().filter_map(|item| method(item, &mut types)).collect();
    if methods.is_empty() {
        return None;
    }
    let (this, cfgs) = (&item.self_ty, item.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")));
    let (parameters, _, bounds) = item.generics.split_for_impl();
    Some(quote_spanned! {Span::mixed_site()=>
        #(#cfgs)*
        #[doc(hidden)]
        #[allow(unreachable_pub, reason = "it is as visible as the type")]
        impl #parameters #this #bounds {
            #(#methods)*
        }
    })
}

/// Whether an inherent `impl` of the type compiles for sure.
fn can_have_another(item: &ItemImpl) -> bool {
    let Type::Path(TypePath { qself: None, path, .. }) = &*item.self_ty else { return false };
    let this = item.self_ty.to_token_stream();
    let is_named = |parameter: &GenericParam| match parameter {
        GenericParam::Type(parameter) => uses(&this, &parameter.ident.to_string()),
        GenericParam::Const(parameter) => uses(&this, &parameter.ident.to_string()),
        GenericParam::Lifetime(_) => true,
    };
    placement::declares(path) && item.generics.params.iter().all(is_named)
}

/// The types that the trait names and this `impl` chooses.
fn own_types(item: &ItemImpl) -> BTreeSet<String> {
    let types = item.items.iter().filter_map(|item| match item {
        ImplItem::Type(chosen) => Some(chosen.ident.to_string()),
        _ => None,
    });
    types.collect()
}

/// What stands beside one method, where that is a reader. What is wrong with its attribute is said when that expands.
fn method(item: &ImplItem, types: &mut OfTrait) -> Option<TokenStream> {
    let ImplItem::Fn(method) = item else { return None };
    let mut unsaid = Diagnostics::default();
    let mut function = as_function(method)?;
    let at = function.attrs.iter().position(|attribute| name_of(attribute.path()).is_some())?;
    let first = function.attrs.remove(at);
    let arguments = match &first.meta {
        Meta::List(list) => list.tokens.clone(),
        Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
    };
    let written = stack::collect(name_of(first.path())?, arguments, &mut function.attrs, &mut unsaid);
    types.visit_signature_mut(&mut function.sig);
    let mut signature = Signature::of(&function);
    signature.of_trait = Some(types.of_trait.clone());
    let annotations = check::check(&written, &signature, &mut unsaid);
    if unsaid.into_tokens().is_some() {
        return None;
    }
    // Of entries that are another reader's, `of` names that reader.
    let mut reader = annotations.reader.filter(|reader| reader.of.is_none())?;
    if let Some(Key::Expr(key)) = &mut reader.key {
        types.visit_expr_mut(key);
    }
    let of_trait = types.of_trait.segments.last()?;
    let names = Names::of_method(of_trait, &signature.name, Span::mixed_site());
    target::target_of_method(&reader, &signature, &function, annotations.krate.as_ref(), &names)
}

fn name_of(path: &Path) -> Option<Name> {
    path.segments.last().and_then(|last| Name::of(&last.ident))
}

/// The method with the visibility of what stands beside it.
fn as_function(method: &ImplItemFn) -> Option<ItemFn> {
    let mut function = syn::parse2::<ItemFn>(method.to_token_stream()).ok()?;
    function.vis = Visibility::Public(syn::token::Pub(Span::mixed_site()));
    Some(function)
}

/// Writes `Self::Item` as `<Self as Repo>::Item`, for outside of the trait it is ambiguous.
struct OfTrait {
    of_trait: Path,
    types: BTreeSet<String>,
}

impl OfTrait {
    /// The path behind `Self`, where it begins with a type of the trait.
    fn behind(&self, path: &Path) -> Option<TokenStream> {
        let mut segments = path.segments.iter();
        let is_own = segments.next().is_some_and(|first| first.ident == "Self");
        let rest: Vec<_> = segments.collect();
        let names_type = rest.first().is_some_and(|first| self.types.contains(&first.ident.to_string()));
        (is_own && names_type).then(|| {
            let of_trait = &self.of_trait;
            quote_spanned!(Span::mixed_site()=> <Self as #of_trait> #(::#rest)*)
        })
    }
}

impl VisitMut for OfTrait {
    fn visit_type_mut(&mut self, visited: &mut Type) {
        visit_mut::visit_type_mut(self, visited);
        if let Type::Path(TypePath { qself: None, path, .. }) = visited
            && let Some(path) = self.behind(path)
        {
            *visited = syn::parse_quote!(#path);
        }
    }

    fn visit_expr_mut(&mut self, visited: &mut Expr) {
        visit_mut::visit_expr_mut(self, visited);
        if let Expr::Path(ExprPath { qself: None, path, .. }) = visited
            && let Some(path) = self.behind(path)
        {
            *visited = syn::parse_quote!(#path);
        }
    }
}
