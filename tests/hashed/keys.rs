//! What a reader finds under a hashed argument.

use larder::{Cache, CacheKey, HasCache, Hashed, cacheable};

use crate::people::{People, Query};
use crate::support::Loads;

#[tokio::test]
async fn equal_arguments_share_an_entry_and_others_do_not() {
    let people = People::on(Cache::in_process());
    assert_eq!((people.person("ada@x").await, people.person("ada@x").await, people.person("bob@x").await), (1, 1, 2));
}

#[tokio::test]
async fn each_field_of_an_argument_is_hashed_for_itself() {
    let people = People::on(Cache::in_process());
    let query = |email: &str, page| Query { email: email.to_owned(), page };
    assert_eq!((people.search(&query("ada@x", 1)).await, people.search(&query("ada@x", 1)).await), (1, 1));
    assert_eq!((people.search(&query("ada@x", 2)).await, people.search(&query("bob@x", 1)).await), (2, 3));
}

#[tokio::test]
async fn a_default_key_has_the_hash_in_the_argument_s_place() {
    let people = People::on(Cache::in_process());
    assert_eq!((people.default_key("ada@x", 1).await, people.default_key("ada@x", 1).await), (1, 1));
    assert_eq!((people.default_key("ada@x", 2).await, people.default_key("bob@x", 1).await), (2, 3));
}

#[test]
fn a_function_that_is_not_asynchronous_hashes_too() {
    let people = People::on(Cache::in_process());
    assert_eq!((people.blocking("ada@x"), people.blocking("ada@x"), people.blocking("bob@x")), (1, 1, 2));
}

#[derive(CacheKey)]
struct Login {
    site: u32,
    #[cache_key(hash)]
    name: String,
}

#[derive(HasCache)]
struct Logins {
    cache: Cache,
    loads: Loads,
}

impl Logins {
    #[cacheable(key = (login.site, Hashed(&login.name)))]
    async fn by_expression(&self, login: &Login) -> u64 {
        self.loads.next()
    }

    #[cacheable("login:{login}")]
    async fn by_derived_key(&self, login: &Login) -> u64 {
        self.loads.next()
    }
}

#[tokio::test]
async fn expressions_and_derived_keys_hash_with_the_same_secret() {
    let logins = Logins { cache: Cache::in_process(), loads: Loads::default() };
    let login = |name: &str| Login { site: 1, name: name.to_owned() };
    assert_eq!((logins.by_expression(&login("ada")).await, logins.by_expression(&login("ada")).await), (1, 1));
    assert_eq!((logins.by_expression(&login("bob")).await, logins.by_derived_key(&login("ada")).await), (2, 3));
    assert_eq!((logins.by_derived_key(&login("ada")).await, logins.by_derived_key(&login("bob")).await), (3, 4));
    assert_eq!(login("ada").to_key(), format!("1,{}", Hashed("ada").to_key()));
}
