//! What the two sets of flags, interest and readiness, have in common.

/// Defines a set of named flags over a `u8`: constants, union, intersection, `Debug`.
macro_rules! flags {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $flag:ident = $bit:expr;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub struct $name(u8);

        impl $name {
            /// Nothing.
            pub const EMPTY: Self = Self(0);
            $($(#[$doc])* pub const $flag: Self = Self($bit);)*

            /// The flags as a number: by poll(2)'s own bits, where its low six have the flag.
            #[must_use]
            pub const fn bits(self) -> u8 {
                self.0
            }

            /// The set with these bits; unknown ones are dropped.
            #[must_use]
            pub const fn from_bits(bits: u8) -> Self {
                Self(bits & (0 $(| $bit)*))
            }

            /// Whether no flag is set.
            #[must_use]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// Whether every flag of `other` is set.
            #[must_use]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether some flag of `other` is set.
            #[must_use]
            pub const fn intersects(self, other: Self) -> bool {
                self.0 & other.0 != 0
            }
        }

        impl core::ops::BitOr for $name {
            type Output = Self;
            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl core::ops::BitOrAssign for $name {
            fn bitor_assign(&mut self, other: Self) {
                self.0 |= other.0;
            }
        }

        impl core::ops::BitAnd for $name {
            type Output = Self;
            fn bitand(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }
        }

        impl core::ops::Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                let mut bar = "";
                $(if self.contains(Self::$flag) {
                    write!(f, "{bar}{}", stringify!($flag))?;
                    bar = "|";
                })*
                if bar.is_empty() { f.write_str("nothing") } else { Ok(()) }
            }
        }
    };
}

pub(crate) use flags;
