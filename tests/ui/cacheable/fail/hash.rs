use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{email}", hash(emial))]
    async fn misspelled(&self, email: &str) -> String {
        email.to_owned()
    }

    #[cacheable(skip(email), hash(email))]
    async fn skipped(&self, email: &str, id: u64) -> String {
        format!("{email} {id}")
    }

    #[cacheable(key = (id, email), hash(email))]
    async fn in_an_expression(&self, email: &str, id: u64) -> String {
        format!("{email} {id}")
    }

    #[cacheable("user:{email}", tags = [format!("user:{email}")], hash(email))]
    async fn in_a_tag(&self, email: &str) -> String {
        email.to_owned()
    }

    #[cacheable("user:{id}", hash(email))]
    async fn nowhere(&self, email: &str, id: u64) -> String {
        format!("{email} {id}")
    }

    #[cacheable("user:{email}", hash = email)]
    async fn misspelled_list(&self, email: &str) -> String {
        email.to_owned()
    }

    #[cache_put(of = Self::by_email, args(email = email), hash(email))]
    async fn beside_of(&self, email: String) -> String {
        email
    }

    #[cache_evict(keys = [email.clone()], tags = |v| vec![email.clone()], hash(email))]
    async fn in_several(&self, email: String) {}

    #[cacheable("user:{email}", hash(email))]
    async fn by_email(&self, email: &str) -> String {
        email.to_owned()
    }
}

fn main() {}
