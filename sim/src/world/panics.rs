//! Panics that are a result.

use core::cell::{Cell, RefCell};
use core::panic::AssertUnwindSafe;
use std::panic;
use std::sync::Once;

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static CAUGHT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs something; if it panics, says with what and where. Meanwhile this thread's panics are not
/// printed, for there may be thousands of them.
pub(super) fn catch<R>(what: impl FnOnce() -> R) -> Result<R, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !CATCHING.get() {
                return usual(info);
            }
            let payload = info.payload();
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let message = text.or_else(|| payload.downcast_ref::<&str>().copied());
            let message = message.unwrap_or("a panic without a message");
            let place = info.location().map(|at| format!(" ({}:{})", at.file(), at.line()));
            // The first is the reason, whatever follows.
            CAUGHT.with_borrow_mut(|caught| {
                caught.get_or_insert_with(|| message.to_owned() + &place.unwrap_or_default());
            });
        }));
    });
    let before = CATCHING.replace(true);
    CAUGHT.set(None);
    let answer = panic::catch_unwind(AssertUnwindSafe(what));
    CATCHING.set(before);
    answer.map_err(|_| CAUGHT.take().unwrap_or_else(|| "a panic".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_panics_is_told_by_message_and_place() {
        assert_eq!(catch(|| 3), Ok(3));
        let told = catch(|| assert_eq!(1 + 1, 3, "sums")).expect_err("it panics");
        assert!(told.contains("sums") && told.contains("panics.rs"), "{told}");
    }
}
