//! One hunt in a process of its own: a bug is planted in a whole process, and may hang it.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use levelring_core::planted::{Bug, Net};
use levelring_sim::planted::{Found, hunt};

/// How long one seed may take: a thousand times as long as it does.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hunts a bug, and prints what was found.
pub(super) fn run(bug: Bug, (net, seeds): (Net, u64)) -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let present = Arc::new(AtomicU64::new(0));
    watch(Arc::clone(&present), bug);
    let found = hunt(Some(bug), net, seeds, |seed| present.store(seed, Ordering::Relaxed));
    if let Some(found) = found {
        print(bug, &found);
    }
    ExitCode::SUCCESS
}

fn print(bug: Bug, found: &Found) {
    println!("{}\t{}\t{}\t{}", bug.name(), found.seeds, found.by, found.text);
}

/// A seed that takes too long has found a bug as well: the loop hangs.
#[expect(
    clippy::disallowed_methods,
    reason = "whether a process hangs is a question of the world's time"
)]
fn watch(present: Arc<AtomicU64>, bug: Bug) {
    std::thread::spawn(move || {
        let (mut seed, mut since) = (0, Instant::now());
        loop {
            std::thread::sleep(Duration::from_millis(100));
            let now = present.load(Ordering::Relaxed);
            if now != seed {
                (seed, since) = (now, Instant::now());
            } else if since.elapsed() > PATIENCE {
                let text = "S13-totality(G10): a turn never ends".to_owned();
                print(bug, &Found { seeds: seed + 1, by: "watchdog", text });
                std::process::exit(0);
            }
        }
    });
}
