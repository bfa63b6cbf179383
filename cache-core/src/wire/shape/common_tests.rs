//! What tests of shapes and of fingerprints have in common.

use serde::de::DeserializeOwned;

use crate::wire::fingerprint::of;
use crate::wire::shape;

/// A type as one build has it.
macro_rules! build {
    ($module:ident: $($item:item)*) => {
        #[allow(dead_code, reason = "only its shape is looked at")]
        mod $module {
            #[allow(unused_imports, reason = "not by every module")]
            use super::*;
            $(
                #[derive(Deserialize)]
                $item
            )*
        }
    };
}
pub(crate) use build;

pub(crate) fn fact<V: DeserializeOwned>(fact: &str) -> bool {
    shape::of::<V>().contains(fact)
}

#[track_caller]
pub(crate) fn assert_complete<V: DeserializeOwned>() {
    let facts = shape::of::<V>();
    assert!(!facts.iter().any(|fact| fact.starts_with("incomplete")), "{facts:#?}");
}

#[track_caller]
pub(crate) fn assert_incomplete<V: DeserializeOwned + 'static>() {
    let facts = shape::of::<V>();
    assert!(facts.contains(&format!("incomplete {}", std::any::type_name::<V>())), "{facts:#?}");
    assert_eq!(facts, shape::of::<V>());
}

#[track_caller]
pub(crate) fn assert_same<A: DeserializeOwned + 'static, B: DeserializeOwned + 'static>() {
    assert_eq!(shape::of::<A>(), shape::of::<B>());
    assert_eq!(of::<A>(1), of::<B>(1));
}

#[track_caller]
pub(crate) fn assert_differ<A: DeserializeOwned + 'static, B: DeserializeOwned + 'static>() {
    assert_ne!(of::<A>(1), of::<B>(1), "{:#?}", shape::of::<A>());
}
