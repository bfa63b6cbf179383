//! What a user of the macros sees, on the in-process engine. One file for each subject.

mod first;
