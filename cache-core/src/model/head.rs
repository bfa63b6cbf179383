//! The head of a default key: what keeps two functions with equal arguments apart.
//!
//! Without a namespace it is the module of a free function, or the type of a method with its generic arguments and the
//! trait that the method belongs to; then follow the function's name and its type parameters. So renaming a module or
//! a type changes the default keys of its functions.

use crate::model::key::{CacheKey, KeyWriter};

impl KeyWriter {
    /// Writes the module of a free function.
    #[doc(hidden)]
    pub fn push_module(&mut self, module: &str) {
        self.push_path(module);
        self.part();
    }

    /// Writes the type of a method, and its trait. `_here` is an item inside the method: its path names the trait.
    #[doc(hidden)]
    pub fn push_type<T: ?Sized, F>(&mut self, _here: F) {
        let (type_name, here) = (std::any::type_name::<T>(), std::any::type_name::<F>());
        self.push_path(type_name);
        if let Some(trait_name) = trait_of(type_name, here) {
            self.push_escaped(b"/");
            self.push_path(trait_name);
        }
        self.part();
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

/// The trait in the path of an item inside a method: `<t::S as t::Repo>::find::{{closure}}::here` in an `impl`,
/// `t::Repo::find::{{closure}}::here` in a default body, `t::S::find::..` or `t::m::<impl t::S>::find::..` in neither.
fn trait_of<'a>(type_name: &str, here: &'a str) -> Option<&'a str> {
    let method = here.split("::{{closure}}").next()?;
    let method = method.strip_suffix("::__larder_here").unwrap_or(method);
    let (container, _function) = method.rsplit_once("::")?;
    if let Some(inside) = container.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        return inside.split_once(" as ").map(|(_, trait_name)| trait_name);
    }
    let plain = |name: &'a str| name.split('<').next().unwrap_or(name);
    let is_type = type_name.split('<').next() == Some(plain(container));
    (!is_type && !container.contains("<impl ")).then_some(container)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trait_is_found_in_the_path_of_an_item() {
        for (type_name, here, expected) in [
            ("t::S", "t::S::m::{{closure}}::__larder_here", None),
            ("t::S", "t::S::m::__larder_here", None),
            ("t::G<u8>", "t::G<_>::m::{{closure}}::__larder_here", None),
            ("t::S", "t::a::<impl t::S>::q::{{closure}}::__larder_here", None),
            ("t::S", "<t::S as t::Repo>::find::{{closure}}::__larder_here", Some("t::Repo")),
            ("t::S", "t::Repo::find::{{closure}}::__larder_here", Some("t::Repo")),
            ("alloc::vec::Vec<u8>", "<alloc::vec::Vec<_> as t::R<u8>>::f::__larder_here", Some("t::R<u8>")),
        ] {
            assert_eq!(trait_of(type_name, here), expected, "{here}");
        }
    }

    #[test]
    fn a_path_is_readable_in_a_key() {
        let mut key = KeyWriter::detached();
        key.push_path("my_app::users::Repo<a::User>");
        assert_eq!(key.written(), b"my_app.users.Repo<a.User>");
    }
}
