//! A list whose elements are hashed.

use std::collections::HashMap;

use larder::{Cache, HasCache, cacheable};

use crate::support::Loads;

#[derive(HasCache)]
struct Mails {
    cache: Cache,
    loads: Loads,
}

impl Mails {
    #[cacheable("mail:{email}", hash(email))]
    async fn one(&self, email: &str) -> u64 {
        self.loads.next()
    }

    #[cacheable("mail:{emails}", batch, tags = ["mail:{emails}"], hash(emails))]
    async fn many(&self, emails: Vec<String>) -> HashMap<String, u64> {
        emails.into_iter().map(|email| (email, self.loads.next())).collect()
    }

    #[cacheable(batch = Self::one, args(email = emails))]
    async fn many_of(&self, emails: Vec<String>) -> HashMap<String, u64> {
        emails.into_iter().map(|email| (email, self.loads.next())).collect()
    }
}

fn list(emails: &[&str]) -> Vec<String> {
    emails.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn elements_share_the_entries_of_single_calls() {
    let mails = Mails { cache: Cache::in_process(), loads: Loads::default() };
    assert_eq!(mails.one("ada@x").await, 1);
    let many = mails.many(list(&["ada@x", "bob@x"])).await;
    assert_eq!((many["ada@x"], many["bob@x"], mails.one("bob@x").await), (1, 2, 2));
    assert_eq!(mails.many_of(list(&["bob@x"])).await["bob@x"], 2);
}
