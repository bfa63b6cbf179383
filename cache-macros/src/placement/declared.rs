//! The types that a source file declares.

use std::collections::BTreeSet;

use syn::visit_mut::{self, VisitMut};
use syn::{ItemEnum, ItemStruct, ItemUnion};

/// Their names, also of those in modules and in bodies of functions. None where the file cannot be read as Rust.
pub(super) fn types(text: &str) -> BTreeSet<String> {
    struct Types(BTreeSet<String>);
    impl VisitMut for Types {
        fn visit_item_struct_mut(&mut self, item: &mut ItemStruct) {
            self.0.insert(item.ident.to_string());
        }
        fn visit_item_enum_mut(&mut self, item: &mut ItemEnum) {
            self.0.insert(item.ident.to_string());
        }
        fn visit_item_union_mut(&mut self, item: &mut ItemUnion) {
            self.0.insert(item.ident.to_string());
        }
    }
    let mut types = Types(BTreeSet::new());
    if let Ok(mut file) = syn::parse_file(text) {
        visit_mut::visit_file_mut(&mut types, &mut file);
    }
    types.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_wherever_they_are_declared() {
        let text = "struct A; mod m { pub enum B { C } } fn f() { union D { x: u8 } } use e::E; type F = A;";
        let types = types(text);
        assert_eq!(types.iter().map(String::as_str).collect::<Vec<_>>(), ["A", "B", "D"]);
        assert!(super::types("struct {").is_empty());
    }
}
