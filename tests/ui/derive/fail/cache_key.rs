use larder::CacheKey;

#[derive(CacheKey)]
struct WithFloat {
    id: u64,
    weight: f64,
}

#[derive(CacheKey)]
struct Unknown {
    #[cache_key(skp)]
    id: u64,
}

#[derive(CacheKey)]
union Either {
    a: u32,
    b: f32,
}

fn main() {}
