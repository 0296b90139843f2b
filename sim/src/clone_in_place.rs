//! Cloning into what is there.

/// `Clone` whose `clone_from` keeps the memory of what it overwrites: who explores every state of a
/// world clones it by the million, and the derived one allocates and frees it all each time. A
/// field that is left out does not compile.
macro_rules! clone_in_place {
    ($name:ident $(<$parameter:ident>)? { $($field:ident),* $(,)? }) => {
        impl $(<$parameter: Clone>)? Clone for $name $(<$parameter>)? {
            fn clone(&self) -> Self {
                Self { $($field: self.$field.clone()),* }
            }

            fn clone_from(&mut self, source: &Self) {
                let Self { $($field),* } = source;
                $(self.$field.clone_from($field);)*
            }
        }
    };
}

pub(crate) use clone_in_place;
