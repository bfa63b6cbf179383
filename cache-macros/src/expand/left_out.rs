//! The warning that a reader's body uses an argument which its key leaves out, so that two calls share one entry.
//!
//! A macro cannot warn, but it can call a deprecated method. Which of two methods of one name is called is decided by the
//! argument's type: only what could be part of a key is worth a word, and a connection or a context is not.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Expr, Local, Pat, Stmt};

use crate::expand::{generated_at, private};
use crate::model::{Annotation, Key};
use crate::signature::Signature;
use crate::uses::uses;

/// Statements that never run.
pub(super) fn warnings(annotation: &Annotation, function: &Signature, statements: &[Stmt]) -> TokenStream {
    let Some(key) = &annotation.key else { return TokenStream::new() };
    let body = statements.iter().filter(|statement| !rebinds(statement));
    let body: TokenStream = body.map(ToTokens::to_token_stream).collect();
    let left_out = function.arguments.iter().filter(|argument| {
        let name = argument.name.to_string();
        let in_key = match key {
            Key::Template(template) => template.roots().any(|root| root == name),
            Key::Expr(expr) => uses(&expr.to_token_stream(), &name),
        };
        let is_said = annotation.skip.contains(&argument.name) || annotation.hash.contains(&argument.name);
        !in_key && !is_said && uses(&body, &name)
    });
    left_out.map(|argument| warning(&argument.name)).collect()
}

/// What `#[async_trait]` puts in front of a body, with what is added behind it: `let id = id; let _ = &id;`.
fn rebinds(statement: &Stmt) -> bool {
    let Stmt::Local(Local { pat, init: Some(init), .. }) = statement else { return false };
    match (pat, &*init.expr) {
        (Pat::Ident(bound), Expr::Path(path)) => path.path.is_ident(&bound.ident),
        (Pat::Wild(_), Expr::Reference(reference)) => matches!(&*reference.expr, Expr::Path(_)),
        _ => false,
    }
}

fn warning(argument: &Ident) -> TokenStream {
    let (private, span) = (private(), generated_at(argument.span()));
    let method = Ident::new("share", span);
    let note =
        format!("two calls that differ only in `{argument}` share one entry; name it in the key or in `skip(..)`");
    let call = quote_spanned!(span=> .#method());
    quote_spanned! {Span::mixed_site()=>
        if false {
            trait Entries {
                #[deprecated(note = #note)]
                fn #method(&self) {}
            }
            trait NotInKeys {
                fn #method(&self) {}
            }
            impl<T: #private::CacheKey> Entries for #private::Returns<T> {}
            impl<T> NotInKeys for &#private::Returns<T> {}
            (&#private::Returns::of(&#argument)) #call;
        }
    }
}
