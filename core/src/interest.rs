//! What a registration waits for.

use crate::bits::flags;

flags! {
    /// What a registration waits for.
    ///
    /// Hang-ups and errors come to everybody who waits for anything, as with poll(2). With an
    /// empty interest the descriptor is not watched at all, not even for those.
    ///
    /// ```
    /// use levelring_core::Interest;
    /// let both = Interest::READ | Interest::WRITE;
    /// assert!(both.contains(Interest::READ));
    /// assert_eq!(format!("{both:?}"), "READ|WRITE");
    /// ```
    Interest {
        /// Something can be read, or accepted, without blocking (POLLIN).
        READ = 1;
        /// Something can be written without blocking (POLLOUT).
        WRITE = 4;
        /// An exceptional condition, such as out-of-band data (POLLPRI).
        PRIORITY = 2;
        /// The peer has closed its writing half (POLLRDHUP). Told only to those who ask.
        READ_HANGUP = 64;
        /// Nothing but the hang-ups and errors that any interest brings.
        ERROR = 8;
    }
}
