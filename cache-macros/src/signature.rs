//! What the macros need to know of the function: its receiver, arguments, return type, and how it is asynchronous.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{
    Block, Expr, FnArg, GenericArgument, Ident, ItemFn, Local, Pat, Path, PathArguments, ReceiverKind, ReturnType,
    Stmt, Type, TypeParamBound,
};

/// A function that a macro stands on.
pub(crate) struct Signature {
    pub(crate) name: Ident,
    /// `self`, where there is one.
    pub(crate) receiver: Option<Span>,
    /// Whether that is `&mut self`.
    pub(crate) receiver_is_mut: bool,
    /// Whether `self` is a reference that can be handed out again and again, or there is none.
    pub(crate) receiver_repeats: bool,
    /// Whether that is `&self`.
    pub(crate) receiver_is_shared: bool,
    pub(crate) arguments: Vec<Argument>,
    /// The type parameters and constants of the function itself.
    pub(crate) type_parameters: Vec<Ident>,
    pub(crate) constants: Vec<Ident>,
    /// What the function returns, or its future resolves to.
    pub(crate) output: Type,
    pub(crate) asynchrony: Asynchrony,
    /// The trait that it is a method of, for what stands beside its `impl`.
    pub(crate) of_trait: Option<Path>,
}

/// A name that the arguments bind.
pub(crate) struct Argument {
    pub(crate) name: Ident,
    /// Whether its type is `impl Trait`, and so a type parameter without a name.
    pub(crate) is_impl: bool,
    /// Whether it is bound as `mut`.
    pub(crate) is_mut: bool,
    /// Its type, where the name is the whole argument.
    pub(crate) declared: Option<Type>,
}

/// How the function is asynchronous.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asynchrony {
    /// `async fn`
    Async,
    /// What `#[async_trait]` makes of one: `fn .. -> Pin<Box<dyn Future<Output = T>>>` around `Box::pin(async move ..)`.
    Boxed,
    /// Neither.
    Sync,
}

impl Signature {
    pub(crate) fn of(function: &ItemFn) -> Self {
        let (boxed, sig) = (boxed_output(function), &function.sig);
        let asynchrony = match (&sig.asyncness, &boxed) {
            (Some(_), _) => Asynchrony::Async,
            (None, Some(_)) => Asynchrony::Boxed,
            (None, None) => Asynchrony::Sync,
        };
        let declared = match &sig.output {
            ReturnType::Default => syn::parse_quote!(()),
            ReturnType::Type(_, output) => (**output).clone(),
        };
        Self {
            name: sig.ident.clone(),
            receiver: sig.receiver().map(|receiver| receiver.self_token.span),
            receiver_is_mut: sig
                .receiver()
                .is_some_and(|receiver| matches!(receiver.kind, ReceiverKind::Reference(_, _, Some(_)))),
            receiver_is_shared: sig
                .receiver()
                .is_some_and(|receiver| matches!(receiver.kind, ReceiverKind::Reference(_, _, None))),
            receiver_repeats: sig.receiver().is_none_or(repeats),
            arguments: sig.inputs.iter().filter_map(typed).flat_map(arguments).collect(),
            type_parameters: sig.generics.type_params().map(|parameter| parameter.ident.clone()).collect(),
            constants: sig.generics.const_params().map(|parameter| parameter.ident.clone()).collect(),
            output: boxed.unwrap_or(declared),
            asynchrony,
            of_trait: None,
        }
    }

    /// The argument of a name.
    pub(crate) fn argument(&self, name: &str) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }

    pub(crate) fn argument_names(&self) -> Vec<String> {
        self.arguments.iter().map(|argument| argument.name.to_string()).collect()
    }

    /// What is inside `Result` and `Option`, as far as the names tell: for the span of a message only.
    pub(crate) fn value_type(&self) -> &Type {
        let mut value = &self.output;
        while let Some(inner) = wrapped(value) {
            value = inner;
        }
        value
    }
}

/// `&self`, in whatever way it is written.
fn repeats(receiver: &syn::Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Reference(_, _, mutability) => mutability.is_none(),
        ReceiverKind::Typed(_, declared) => {
            matches!(&**declared, Type::Reference(reference) if reference.mutability.is_none())
        }
        _ => false,
    }
}

fn typed(argument: &FnArg) -> Option<&syn::PatType> {
    match argument {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    }
}

fn arguments(typed: &syn::PatType) -> Vec<Argument> {
    let is_impl = matches!(*typed.ty, Type::ImplTrait(_));
    let mut names = Vec::new();
    bound_names(&typed.pat, &mut names);
    let is_whole = matches!(&*typed.pat, Pat::Ident(whole) if whole.subpat.is_none() && whole.by_ref.is_none());
    let declared = is_whole.then(|| (*typed.ty).clone());
    let argument = |(name, is_mut)| Argument { name, is_impl, is_mut, declared: declared.clone() };
    names.into_iter().map(argument).collect()
}

/// The names that a pattern binds, in the order they stand, and whether as `mut`.
fn bound_names(pattern: &Pat, names: &mut Vec<(Ident, bool)>) {
    match pattern {
        Pat::Ident(pattern) => names.push((pattern.ident.clone(), pattern.mutability.is_some())),
        Pat::Tuple(pattern) => pattern.elems.iter().for_each(|pattern| bound_names(pattern, names)),
        Pat::TupleStruct(pattern) => pattern.elems.iter().for_each(|pattern| bound_names(pattern, names)),
        Pat::Struct(pattern) => pattern.fields.iter().for_each(|field| bound_names(&field.pat, names)),
        Pat::Slice(pattern) => pattern.elems.iter().for_each(|pattern| bound_names(pattern, names)),
        Pat::Reference(pattern) => bound_names(&pattern.pat, names),
        Pat::Paren(pattern) => bound_names(&pattern.pat, names),
        Pat::Type(pattern) => bound_names(&pattern.pat, names),
        _ => {}
    }
}

fn wrapped(wrapper: &Type) -> Option<&Type> {
    let Type::Path(path) = wrapper else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match (&*last.ident.to_string(), arguments.args.first()?) {
        ("Result" | "Option", GenericArgument::Type(inner)) => Some(inner),
        _ => None,
    }
}

/// `T` of `Pin<Box<dyn Future<Output = T> + ..>>`, where the body ends in `Box::pin(async move { .. })`.
fn boxed_output(function: &ItemFn) -> Option<Type> {
    pinned_block(&mut function.block.clone())?;
    let ReturnType::Type(_, output) = &function.sig.output else { return None };
    let pinned = generic_of(output, "Pin")?;
    let Type::TraitObject(object) = generic_of(pinned, "Box")? else { return None };
    object.bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last().filter(|last| last.ident == "Future")?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(output) if output.ident == "Output" => Some(output.ty.clone()),
            _ => None,
        })
    })
}

/// Whether a type is a future, as far as its tokens tell: `impl Future`, `Pin<Box<dyn Future>>` or an alias named so.
pub(crate) fn is_future(output: &Type) -> bool {
    let bounds = match output {
        Type::ImplTrait(output) => &output.bounds,
        Type::TraitObject(output) => &output.bounds,
        Type::Path(path) => {
            let last = path.path.segments.last();
            let is_alias = last.is_some_and(|last| matches!(&*last.ident.to_string(), "BoxFuture" | "LocalBoxFuture"));
            let inner = generic_of(output, "Pin").or_else(|| generic_of(output, "Box"));
            return is_alias || inner.is_some_and(is_future);
        }
        _ => return false,
    };
    bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| last.ident == "Future"),
        _ => false,
    })
}

fn generic_of<'a>(outer: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = outer else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    })
}

/// The async block that a boxed body ends in.
fn pinned_block(body: &mut Block) -> Option<&mut Block> {
    let Stmt::Expr(Expr::Call(call), None) = body.stmts.last_mut()? else { return None };
    let Expr::Path(function) = &*call.func else { return None };
    let names: Vec<String> = function.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    if !matches!(names.as_slice(), [.., boxed, pin] if boxed == "Box" && pin == "pin") {
        return None;
    }
    match call.args.first_mut()? {
        Expr::Async(block) => Some(&mut block.block),
        _ => None,
    }
}

/// Replaces the statements of a body by what `expand` makes of them; of a boxed body, those inside the box.
pub(crate) fn replace_body(function: &mut ItemFn, expand: impl FnOnce(&[Stmt]) -> TokenStream) {
    let block = if function.sig.asyncness.is_none() && boxed_output(function).is_some() {
        pinned_block(&mut function.block)
    } else {
        None
    };
    let block = match block {
        Some(block) => {
            use_rebound_arguments(&mut block.stmts);
            block
        }
        None => &mut function.block,
    };
    let expanded = expand(&block.stmts);
    block.stmts = vec![Stmt::Expr(Expr::Verbatim(quote!(#expanded)), None)];
}

/// `#[async_trait]` begins a body with `let id = id;`. Where only the annotation names the argument, that variable would
/// be reported as unused.
fn use_rebound_arguments(statements: &mut Vec<Stmt>) {
    let used = |statement: Stmt| {
        let name = match &statement {
            Stmt::Local(Local { pat: Pat::Ident(bound), init: Some(init), .. }) => match &*init.expr {
                Expr::Path(path) if path.path.is_ident(&bound.ident) => Some(bound.ident.clone()),
                _ => None,
            },
            _ => None,
        };
        let used = name.map(|name| -> Stmt { syn::parse_quote_spanned!(Span::mixed_site()=> let _ = &#name;) });
        std::iter::once(statement).chain(used)
    };
    *statements = std::mem::take(statements).into_iter().flat_map(used).collect();
}

/// Whether a type borrows, as far as its tokens tell. Method resolution does not look at lifetimes, so what needs
/// `'static` must not be offered such a type.
pub(crate) fn borrows(output: &Type) -> bool {
    struct Find(bool);
    impl VisitMut for Find {
        fn visit_lifetime_mut(&mut self, lifetime: &mut syn::Lifetime) {
            self.0 |= lifetime.ident != "static";
        }
        fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
            self.0 |= reference.lifetime.is_none();
            syn::visit_mut::visit_type_reference_mut(self, reference);
        }
    }
    let mut find = Find(false);
    find.visit_type_mut(&mut output.clone());
    find.0
}

/// Whether a type names `impl Trait` anywhere, and so cannot be written again.
pub(crate) fn has_impl_trait(output: &Type) -> bool {
    infer_impl_trait(output).1
}

/// The type with `_` where it says `impl Trait`.
pub(crate) fn without_impl_trait(output: &Type) -> Type {
    infer_impl_trait(output).0
}

fn infer_impl_trait(output: &Type) -> (Type, bool) {
    struct Infer(bool);
    impl VisitMut for Infer {
        fn visit_type_mut(&mut self, visited: &mut Type) {
            if let Type::ImplTrait(_) = visited {
                self.0 = true;
                *visited = syn::parse_quote!(_);
            } else {
                syn::visit_mut::visit_type_mut(self, visited);
            }
        }
    }
    let (mut output, mut infer) = (output.clone(), Infer(false));
    infer.visit_type_mut(&mut output);
    (output, infer.0)
}
