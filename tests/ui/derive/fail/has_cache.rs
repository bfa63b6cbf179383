use larder::{Cache, HasCache};

#[derive(HasCache)]
struct None {
    id: u64,
}

#[derive(HasCache)]
struct Several {
    users: Cache,
    orders: Cache,
}

#[derive(HasCache)]
struct Doubled {
    #[cache]
    users: Cache,
    #[cache]
    orders: Cache,
}

#[derive(HasCache)]
enum Either {
    This(Cache),
}

#[derive(HasCache)]
#[cache(field = users)]
struct Unknown {
    users: Cache,
}

fn main() {}
