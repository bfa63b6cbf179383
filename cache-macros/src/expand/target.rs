//! What a reader leaves beside itself, so that `of` can name it: a function that writes its key, one constant for each
//! argument of the key, and one that says what is constant about the reader.
//!
//! The reader writes its own key through that function too, so that both are the same.

mod parameter;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{FnArg, GenericArgument, GenericParam, ItemFn, Path, PathArguments, PathSegment, Type, Visibility};

use crate::expand::origin::{Origin, origin};
use crate::expand::{batch, import, key, local, place, private, runtime};
use crate::model::{Annotation, Key};
use crate::placement::Placement;
use crate::signature::{Signature, has_impl_trait};
use crate::uses::uses;

use parameter::Parameter;

/// What stands beside a reader.
pub(super) struct Target {
    /// The items.
    pub(super) items: TokenStream,
    /// The statements that write the reader's own key through them, if it can.
    pub(super) key: Option<TokenStream>,
}

/// The names of what stands beside a reader.
pub(super) struct Names {
    /// The function that writes the key.
    pub(super) key: Ident,
    /// The constant about the reader.
    pub(super) reader: Ident,
    stem: String,
}

impl Names {
    /// The names for a reader, spanned at `span`.
    pub(super) fn of(reader: &str, span: Span) -> Self {
        let stem = reader.strip_prefix("r#").unwrap_or(reader).to_owned();
        Self {
            key: Ident::new(&format!("__larder_key_{stem}"), span),
            reader: Ident::new(&format!("__larder_reader_{stem}"), span),
            stem,
        }
    }

    /// The names for a reader that is a method of a trait: they stand beside the type, under the trait's name and types.
    pub(super) fn of_method(of_trait: &PathSegment, method: &Ident, span: Span) -> Self {
        let mut stem = of_trait.ident.unraw().to_string();
        if let PathArguments::AngleBracketed(types) = &of_trait.arguments {
            for argument in types.args.iter().filter(|argument| !matches!(argument, GenericArgument::Lifetime(_))) {
                let text = argument.to_token_stream().to_string();
                stem.push('_');
                stem.extend(text.chars().filter(|part| *part == '_' || part.is_alphanumeric()));
            }
        }
        Self::of(&format!("{stem}_{}", method.unraw()), span)
    }

    /// The constant that stands for an argument.
    pub(super) fn argument(&self, argument: &Ident, span: Span) -> Ident {
        Ident::new(&format!("__larder_key_{}__{}", self.stem, argument.unraw()), span)
    }
}

/// What goes beside a reader that stands at `placement`. Nothing where that would not compile for sure: then `of` does
/// not find it.
pub(super) fn target(
    annotation: &Annotation,
    function: &Signature,
    item: &ItemFn,
    krate: Option<&Path>,
    placement: Placement,
) -> Option<Target> {
    let is_public = !matches!(item.vis, Visibility::Inherited);
    let in_impl = match placement {
        Placement::Module => Some(false),
        Placement::Inherent { .. } => Some(true),
        // What says how visible it is belongs to no trait; without a receiver it may be a function of a module.
        Placement::Unknown if is_public => function.receiver.map(|_| true),
        Placement::Unknown | Placement::Trait => return None,
    };
    let own_key = own_key(annotation, function, item)?;
    let names = Names::of(&function.name.to_string(), Span::mixed_site());
    let items = items(annotation, function, item, krate, &names, &own_key)?;
    // A batch writes the keys of its elements in a closure over them.
    let delegates = annotation.batch.is_none() && own_key.parameters.iter().all(|parameter| !parameter.is_copied);
    let key = in_impl.filter(|_| delegates).map(|in_impl| call(item, &names, in_impl, &own_key));
    Some(Target { items, key })
}

/// What goes into an `impl` beside that of a trait, for one of its methods.
pub(super) fn target_of_method(
    annotation: &Annotation,
    function: &Signature,
    item: &ItemFn,
    krate: Option<&Path>,
    names: &Names,
) -> Option<TokenStream> {
    let own_key = own_key(annotation, function, item)?;
    items(annotation, function, item, krate, names, &own_key)
}

/// What an entry is expected to hold: of a batch's result one value, where the tokens show it.
fn output<'a>(annotation: &Annotation, function: &'a Signature) -> Option<&'a Type> {
    if annotation.batch.is_none() {
        return Some(&function.output);
    }
    let whole = function.value_type();
    Some(batch::element(whole)).filter(|element| !std::ptr::eq(*element, whole))
}

/// The statements that write a key, the arguments in it, and `self` where they use it.
struct OwnKey {
    statements: TokenStream,
    parameters: Vec<Parameter>,
    receiver: Option<Ident>,
}

/// Nothing where no other function can write the key from its arguments.
fn own_key(annotation: &Annotation, function: &Signature, item: &ItemFn) -> Option<OwnKey> {
    if item.sig.inputs.iter().any(|input| matches!(input, FnArg::Typed(typed) if has_impl_trait(&typed.ty))) {
        return None;
    }
    let parameters = parameter::of_key(annotation, function, item)?;
    let statements = key::whole(annotation, function, &key::writer());
    let receiver = function.receiver.map(|span| Ident::new("self", span));
    match &annotation.key {
        None => Some(OwnKey { statements, parameters, receiver: None }),
        Some(Key::Template(template)) => {
            let receiver = receiver.filter(|_| template.roots().any(|root| root == "self"));
            Some(OwnKey { statements, parameters, receiver })
        }
        Some(Key::Expr(expr)) => {
            let receiver = receiver.filter(|_| uses(&expr.to_token_stream(), "self"));
            let rebound = parameters.iter().map(Parameter::rebound);
            let statements = quote_spanned!(Span::mixed_site()=> #(#rebound)* #statements);
            // Of another receiver the expression may take what `&self` does not have.
            (receiver.is_none() || function.receiver_is_shared).then_some(OwnKey { statements, parameters, receiver })
        }
    }
}

fn items(
    annotation: &Annotation,
    function: &Signature,
    item: &ItemFn,
    krate: Option<&Path>,
    names: &Names,
    own_key: &OwnKey,
) -> Option<TokenStream> {
    let (runtime, output) = (runtime(krate), output(annotation, function)?);
    let (cfgs, vis) = (item.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")), &item.vis);
    let cfgs = quote!(#(#cfgs)*);
    let OwnKey { statements, parameters, receiver } = own_key;
    let constants = parameters.iter().map(|parameter| {
        let name = names.argument(&parameter.name, Span::mixed_site());
        quote_spanned! {Span::mixed_site()=>
            #cfgs
            #[doc(hidden)]
            #[allow(non_upper_case_globals, reason = "named after the argument")]
            #vis const #name: () = ();
        }
    });
    let reader = reader(annotation, function);
    let (generics, bounds) = (&item.sig.generics, &item.sig.generics.where_clause);
    let receiver = receiver.as_ref().map_or_else(
        || quote_spanned!(Span::mixed_site()=> _: &dyn #runtime::Whatever),
        |own| quote_spanned!(Span::mixed_site()=> &#own),
    );
    let (writer, import) = (key::writer(), import(krate));
    let (key_name, reader_name) = (&names.key, &names.reader);
    Some(quote_spanned! {Span::mixed_site()=>
        #(#constants)*
        #cfgs
        #[doc(hidden)]
        #[allow(non_upper_case_globals, reason = "named after the function")]
        #vis const #reader_name: &'static #runtime::Reader = { #import #reader };
        #cfgs
        #[doc(hidden)]
        #[inline(always)]
        #[allow(
            unused_variables,
            private_interfaces,
            private_bounds,
            deprecated,
            clippy::all,
            clippy::pedantic,
            reason = "the signature is the function's"
        )]
        #vis fn #key_name #generics (
            #receiver,
            #writer: &mut #runtime::KeyWriter<'_>,
            _: &#runtime::Returns<#output>,
            #(#parameters),*
        ) #bounds {
            #import
            #statements
        }
    })
}

/// What is constant about the reader, with what a writer is told whose cache is another.
fn reader(annotation: &Annotation, function: &Signature) -> TokenStream {
    let private = private();
    let operation = place::constant_operation(annotation, function);
    let Origin { name, shown } = origin(annotation, function);
    let evicts = format!("reads use {shown}, this would evict in another cache");
    let stores = format!("reads use {shown}, this would store in another cache");
    quote_spanned! {Span::mixed_site()=> &#private::Reader::new(#operation, #name, [#evicts, #stores]) }
}

/// How the reader itself writes its key.
fn call(item: &ItemFn, names: &Names, in_impl: bool, own_key: &OwnKey) -> TokenStream {
    let (private, writer, name) = (private(), key::writer(), &names.key);
    let path = if in_impl { quote_spanned!(Span::mixed_site()=> Self::#name) } else { quote!(#name) };
    let generics: Vec<&Ident> = item
        .sig
        .generics
        .params
        .iter()
        .filter_map(|parameter| match parameter {
            GenericParam::Type(parameter) => Some(&parameter.ident),
            GenericParam::Const(parameter) => Some(&parameter.ident),
            GenericParam::Lifetime(_) => None,
        })
        .collect();
    let generics = (!generics.is_empty()).then(|| quote!(::<#(#generics),*>));
    let receiver = own_key.receiver.as_ref().map_or_else(|| quote!(()), ToTokens::to_token_stream);
    let arguments = own_key.parameters.iter().map(Parameter::argument);
    let returns = local("__returns");
    quote_spanned! {Span::mixed_site()=>
        let #returns = #private::Returns::new();
        #path #generics (&#receiver, #writer, &#returns, #(#arguments),*);
    }
}
