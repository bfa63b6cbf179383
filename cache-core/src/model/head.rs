//! The head of a default key: what keeps two functions with equal arguments apart.
//!
//! Without a namespace it is the function's whole path: its module, its type with the generic arguments, the trait it
//! belongs to, its name and its type parameters. So renaming any of those changes the default keys of the function.

use crate::model::key::{CacheKey, KeyWriter};

impl KeyWriter<'_> {
    /// Writes the path of the function that a closure stands in.
    ///
    /// The compiler's name of a closure's type is the only text that has the generic arguments of the type around it and
    /// the trait of an `impl`, also where there is no `self`: `<app::Repo<app::User> as app::Find>::find<u8>`.
    #[doc(hidden)]
    pub fn push_place<F: Fn()>(&mut self, _: &F) {
        self.push_path(place(std::any::type_name::<F>()));
    }

    /// Writes the path of a method of a trait: what [`push_place`](Self::push_place) writes inside of it.
    #[doc(hidden)]
    pub fn push_place_of<F>(&mut self, _: &F) {
        self.push_path(std::any::type_name::<F>());
    }

    /// Writes the name of the function.
    #[doc(hidden)]
    pub fn push_function(&mut self, name: &str) {
        self.push_str(name);
    }

    /// Writes a type parameter of the function.
    #[doc(hidden)]
    pub fn push_type_parameter<T: ?Sized>(&mut self) {
        self.part();
        self.push_path(std::any::type_name::<T>());
    }

    /// Writes the type of an `impl Trait` argument.
    #[doc(hidden)]
    pub fn push_type_of<T: ?Sized>(&mut self, _: &T) {
        self.push_type_parameter::<T>();
    }

    /// Writes an argument.
    #[doc(hidden)]
    pub fn push_argument<K: CacheKey + ?Sized>(&mut self, argument: &K) {
        self.part();
        argument.write_key(self);
    }
}

/// The function in the name of a closure: async bodies and attributes put closures of their own around it.
fn place(closure: &str) -> &str {
    let mut place = closure;
    while let Some(outer) = place.strip_suffix("::{{closure}}") {
        place = outer;
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::key_secret::OF_PROCESS;

    struct Generic<T>(T);

    trait Find {
        fn find(&self) -> String;
    }

    impl<T> Find for Generic<T> {
        fn find(&self) -> String {
            let mut key = KeyWriter::detached(&OF_PROCESS);
            key.push_place(&|| ());
            String::from_utf8(key.written().to_vec()).expect("keys are UTF-8")
        }
    }

    #[test]
    fn the_place_names_the_type_with_its_arguments_and_the_trait() {
        let (of_u8, of_u16) = (Generic(1_u8).find(), Generic(1_u16).find());
        assert_ne!(of_u8, of_u16);
        assert!(of_u8.contains("Generic<u8>") && of_u8.contains("Find>.find"), "{of_u8}");
    }

    #[test]
    fn a_method_s_place_is_the_same_from_outside() {
        let mut key = KeyWriter::detached(&OF_PROCESS);
        key.push_place_of(&<Generic<u8> as Find>::find);
        assert_eq!(key.written(), Generic(1_u8).find().as_bytes());
    }

    #[test]
    fn only_the_closures_around_the_place_are_cut_off() {
        assert_eq!(place("t::outer::{{closure}}::inner::{{closure}}::{{closure}}"), "t::outer::{{closure}}::inner");
    }

    #[test]
    fn a_path_is_readable_in_a_key() {
        let mut key = KeyWriter::detached(&OF_PROCESS);
        key.push_path("my_app::users::Repo<a::User>");
        assert_eq!(key.written(), b"my_app.users.Repo<a.User>");
    }
}
