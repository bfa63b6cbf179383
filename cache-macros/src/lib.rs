//! The attribute macros of Larder.
