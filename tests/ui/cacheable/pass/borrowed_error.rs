//! An error that borrows is passed on, though it cannot be shared.
#![deny(warnings)]

use larder::{Cache, HasCache, cacheable};

#[derive(Clone, Debug)]
struct Bad<'a>(&'a str);

#[derive(HasCache)]
struct Numbers {
    cache: Cache,
}

impl Numbers {
    #[cacheable("number:{text}")]
    async fn parse<'a>(&self, text: &'a str) -> Result<u64, Bad<'a>> {
        text.parse().map_err(|_| Bad(text))
    }

    #[cacheable("elided:{text}")]
    async fn elided(&self, text: &str) -> Result<u64, &'static str> {
        text.parse().map_err(|_| "no number")
    }
}

fn main() {
    let numbers = Numbers { cache: Cache::in_process() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(numbers.parse("x")).unwrap_err().0, "x");
    assert_eq!(runtime.block_on(numbers.elided("7")), Ok(7));
}
