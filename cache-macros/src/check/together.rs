//! The rules that join several attributes of one function.

use quote::ToTokens;

use crate::check::span;
use crate::diagnostics::Diagnostics;
use crate::model::{Annotation, Annotations, Timing};
use crate::parse::grammar::Macro;

/// Sorts the attributes of a function. What does not go together is reported and left out.
pub(super) fn check(annotations: Vec<Annotation>, errors: &mut Diagnostics) -> Annotations {
    check_readers(&annotations, errors);
    span::check_together(&annotations, errors);
    let mut together = Annotations::default();
    for annotation in annotations {
        check_crate(&annotation, &mut together, errors);
        match annotation.kind {
            Macro::Cacheable => together.reader = together.reader.or(Some(annotation)),
            Macro::CachePut => together.puts.push(annotation),
            Macro::CacheEvict | Macro::CacheConfig => together.evictions.push(annotation),
        }
    }
    check_batch(&together, errors);
    together
}

/// The body of a batch runs as often as it has to, and what comes before it once.
fn check_batch(together: &Annotations, errors: &mut Diagnostics) {
    if together.reader.as_ref().is_none_or(|reader| reader.batch.is_none()) {
        return;
    }
    for eviction in together.evictions.iter().filter(|eviction| eviction.timing == Timing::Before) {
        let message = "`timing = before` does not go with `batch`, whose body may run more than once";
        errors.at(&eviction.at, message);
    }
}

/// A function has one `#[cacheable]`, and none where it puts.
fn check_readers(annotations: &[Annotation], errors: &mut Diagnostics) {
    let mut first = None;
    for annotation in annotations.iter().filter(|annotation| annotation.kind != Macro::CacheEvict) {
        match (first, annotation.kind) {
            (Some(Macro::Cacheable), Macro::Cacheable) => {
                errors.at(&annotation.at, "a function has one `#[cacheable]`: keep one");
            }
            (Some(Macro::Cacheable), _) | (Some(_), Macro::Cacheable) => {
                let message = "`#[cache_put]` always runs the body, `#[cacheable]` skips it on a hit: keep one";
                errors.at(&annotation.at, message);
            }
            (Some(_), _) => {}
            (None, kind) => first = Some(kind),
        }
    }
}

/// One path leads to `larder`.
fn check_crate(annotation: &Annotation, together: &mut Annotations, errors: &mut Diagnostics) {
    let Some(krate) = &annotation.krate else { return };
    let text = krate.to_token_stream().to_string();
    match &together.krate {
        Some(other) if other.to_token_stream().to_string() != text => {
            errors.at(krate, "the attributes of a function share one path to `larder`");
        }
        _ => together.krate = Some(krate.clone()),
    }
}
