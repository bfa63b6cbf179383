//! What the macros note of each annotated function, in a form that a `static` can have.

/// One attribute on one function.
#[doc(hidden)]
#[derive(Debug)]
pub struct Registered {
    /// The module of the function.
    pub module: &'static str,
    /// Its name.
    pub function: &'static str,
    /// Where it stands.
    pub file: &'static str,
    /// The line of its attribute.
    pub line: u32,
    /// The namespace, where one is given.
    pub namespace: Option<&'static str>,
    /// What the attribute does.
    pub role: Role,
    /// Whether an argument is hashed.
    pub hashes: bool,
}

/// What an attribute does.
#[doc(hidden)]
#[derive(Debug)]
pub enum Role {
    /// `#[cacheable]`
    Reader(Stores),
    /// `#[cache_put]`
    Put(Stores),
    /// `#[cache_evict]`
    Evict(Evicts),
}

/// What a function stores.
#[doc(hidden)]
#[derive(Debug)]
pub struct Stores {
    /// Under which key.
    pub key: Key,
    /// Under which tags.
    pub tags: Tags,
    /// The value's type as it is written, without paths; a `static` cannot name the type itself, for it may be generic.
    pub value: Option<&'static str>,
}

/// What a function invalidates.
#[doc(hidden)]
#[derive(Debug)]
pub struct Evicts {
    /// Keys.
    pub keys: &'static [Key],
    /// Tags.
    pub tags: Tags,
    /// A glob.
    pub pattern: Option<Shape>,
    /// The whole namespace.
    pub all: bool,
}

/// A text in which some pieces are known only when the function is called.
#[doc(hidden)]
pub type Shape = &'static [Piece];

/// A piece of a [`Shape`].
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// This text.
    Text(&'static str),
    /// Any text.
    Any,
}

/// How a key is made.
#[doc(hidden)]
#[derive(Debug)]
pub enum Key {
    /// By a template.
    Template(Shape),
    /// By an expression.
    Expression,
    /// From the function and its arguments.
    Default,
    /// By the key function of the reader with this name.
    Of(&'static str),
}

/// The tags of a function.
#[doc(hidden)]
#[derive(Debug)]
pub struct Tags {
    /// Those that templates name.
    pub templates: &'static [Shape],
    /// Whether there are others, from an expression or from the value.
    pub others: bool,
}

inventory::collect!(Registered);
