//! `Result` and `Option` are found by their type, through any alias, and only `Ok` and `Some` are stored.

use larder::{Cache, HasCache, cacheable};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::support::Loads;

#[derive(Debug, Clone, PartialEq)]
struct Failure;

type R<T> = Result<T, Failure>;
type Maybe<T> = Option<T>;
type Found = R<Maybe<u64>>;

/// An alias with a default, as `anyhow::Result` is, of an error that cannot be cloned.
mod anyhow_like {
    pub(super) type Result<T, E = Error> = core::result::Result<T, E>;

    #[derive(Debug)]
    pub(super) struct Error(Box<dyn std::error::Error + Send + Sync>);

    impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
        fn from(error: E) -> Self {
            Self(Box::new(error))
        }
    }

    impl Error {
        pub(super) fn text(&self) -> String {
            self.0.to_string()
        }
    }
}

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

/// The first load brings nothing, the later ones their number.
impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    fn second(&self) -> Option<u64> {
        Some(self.loads.next()).filter(|load| *load > 1)
    }

    #[cacheable]
    async fn option(&self) -> Option<u64> {
        self.second()
    }

    #[cacheable]
    async fn aliased_option(&self) -> Maybe<u64> {
        self.second()
    }

    #[cacheable]
    async fn result(&self) -> Result<u64, Failure> {
        self.second().ok_or(Failure)
    }

    #[cacheable]
    async fn aliased_result(&self) -> R<u64> {
        self.second().ok_or(Failure)
    }

    #[cacheable]
    async fn anyhow_result(&self, text: &str) -> anyhow_like::Result<u64> {
        self.loads.next();
        Ok(text.parse::<u64>()?)
    }

    #[cacheable]
    async fn option_in_result(&self) -> Result<Option<u64>, Failure> {
        match self.loads.next() {
            1 => Err(Failure),
            2 => Ok(None),
            load => Ok(Some(load)),
        }
    }

    #[cacheable]
    async fn aliased_option_in_result(&self) -> Found {
        match self.loads.next() {
            1 => Err(Failure),
            2 => Ok(None),
            load => Ok(Some(load)),
        }
    }

    #[cacheable]
    async fn result_in_option(&self) -> Option<Result<u64, String>> {
        self.second().map(|_| Err("stored".to_owned()))
    }

    #[cacheable(unless = |value| *value == 2)]
    async fn unless_over_option(&self) -> Found {
        Ok(Some(self.loads.next()))
    }

    #[cacheable]
    async fn generic<T>(&self, value: &T) -> T
    where
        T: larder::CacheKey + Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    {
        self.loads.next();
        value.clone()
    }
}

#[tokio::test]
async fn none_is_not_stored() {
    let service = Service::new();
    assert_eq!(service.option().await, None);
    assert_eq!(service.option().await, Some(2));
    assert_eq!(service.option().await, Some(2));
}

#[tokio::test]
async fn none_behind_an_alias_is_not_stored() {
    let service = Service::new();
    assert_eq!(service.aliased_option().await, None);
    assert_eq!(service.aliased_option().await, Some(2));
    assert_eq!(service.aliased_option().await, Some(2));
}

#[tokio::test]
async fn err_is_not_stored() {
    let service = Service::new();
    assert_eq!(service.result().await, Err(Failure));
    assert_eq!(service.result().await, Ok(2));
    assert_eq!(service.result().await, Ok(2));
}

#[tokio::test]
async fn err_behind_an_alias_is_not_stored() {
    let service = Service::new();
    assert_eq!(service.aliased_result().await, Err(Failure));
    assert_eq!(service.aliased_result().await, Ok(2));
    assert_eq!(service.aliased_result().await, Ok(2));
}

#[tokio::test]
async fn err_behind_an_alias_with_a_default_error_is_not_stored() {
    let service = Service::new();
    for load in [1, 2] {
        let error = service.anyhow_result("x").await.expect_err("`x` is no number");
        assert_eq!((error.text(), service.loads.count()), ("invalid digit found in string".to_owned(), load));
    }
    for _ in 0..2 {
        assert_eq!(service.anyhow_result("5").await.expect("`5` is a number"), 5);
    }
    assert_eq!(service.loads.count(), 3);
}

#[tokio::test]
async fn of_an_option_in_a_result_neither_err_nor_none_is_stored() {
    let service = Service::new();
    assert_eq!(service.option_in_result().await, Err(Failure));
    assert_eq!(service.option_in_result().await, Ok(None));
    assert_eq!(service.option_in_result().await, Ok(Some(3)));
    assert_eq!(service.option_in_result().await, Ok(Some(3)));
}

#[tokio::test]
async fn an_option_in_a_result_is_found_behind_nested_aliases() {
    let service = Service::new();
    assert_eq!(service.aliased_option_in_result().await, Err(Failure));
    assert_eq!(service.aliased_option_in_result().await, Ok(None));
    assert_eq!(service.aliased_option_in_result().await, Ok(Some(3)));
    assert_eq!(service.aliased_option_in_result().await, Ok(Some(3)));
}

#[tokio::test]
async fn a_result_inside_an_option_is_a_value_even_where_it_is_err() {
    let service = Service::new();
    assert_eq!(service.result_in_option().await, None);
    for _ in 0..2 {
        assert_eq!(service.result_in_option().await, Some(Err("stored".to_owned())));
    }
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn a_closure_is_given_the_value_inside_ok_and_some() {
    let service = Service::new();
    service.loads.next();
    assert_eq!(service.unless_over_option().await, Ok(Some(2)));
    assert_eq!(service.unless_over_option().await, Ok(Some(3)));
    assert_eq!(service.unless_over_option().await, Ok(Some(3)));
}

#[tokio::test]
async fn none_from_a_generic_return_type_is_a_value() {
    let service = Service::new();
    for _ in 0..2 {
        assert_eq!(service.generic(&None::<u64>).await, None);
    }
    assert_eq!(service.loads.count(), 1);
}
