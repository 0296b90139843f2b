//! The way to the next event: what must be found out, until there is one.

use core::time::Duration;

use levelring_core::{Event, Look, Plan, Turn};

use crate::driver::Driver;
use crate::error::Error;
use crate::judge;
use crate::kernel::Kernel;
use crate::patience::Patience;
use crate::planted::planted;
use crate::registry::Registry;

/// The next event, waiting for it as long as `timeout` says.
///
/// # Errors
/// [`Error::Forked`]; [`Error::Kernel`] with what the driver cannot mend.
#[inline(always)]
pub(crate) fn next_event<D: Driver>(
    driver: &mut D,
    registry: &mut Registry,
    timeout: Option<Duration>,
) -> Result<Option<Event>, Error> {
    if driver.kernel().forked() {
        return Err(Error::Forked);
    }
    let mut patience = Patience::of(timeout);
    loop {
        let Plan { judge: count, look } = match registry.core.next_turn() {
            Turn::Event(event) => return Ok(Some(event)),
            Turn::Check { key, interest } => {
                if let Some(event) = judge::check(driver.kernel(), registry, key, interest)? {
                    return Ok(Some(event));
                }
                continue;
            }
            Turn::Plan(plan) => plan,
        };
        if look != Look::Wait {
            if let Some(event) = driver.judge(registry, count, look == Look::Glance)? {
                return Ok(Some(event));
            }
            continue;
        }
        let wait = patience.left(|| driver.kernel().now());
        if planted!(DoubleWait) {
            driver.look(registry, wait)?;
        }
        if let Some(event) = driver.look(registry, wait)? {
            return Ok(Some(event));
        }
        if !registry.core.has_candidates() && patience.is_over(|| driver.kernel().now()) {
            return Ok(None);
        }
    }
}
