//! Counts how often each interesting thing really happened: a check that was never in danger of
//! failing has shown nothing.

macro_rules! probes {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub(crate) struct Probes {
            $($(#[$doc])* pub(crate) $name: u64,)*
        }

        impl Probes {
            pub(crate) fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)*
            }

            /// Every probe with its count.
            pub(crate) fn all(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name),)*]
            }
        }
    };
}

probes! {
    /// Steps of all runs.
    steps,
    /// Events told.
    ready,
    refused,
    done,
    /// Submissions.
    armed,
    replaced,
    retired,
    parked,
    retired_again_after_ealready,
    half_closed_switched_to_multishot,
    rearm_cut_for_room,
    chain_cut_for_room,
    chain_handed_out,
    prepared,
    cancelled_at_the_last_moment,
    cancelled_before_submission,
    cancelled_in_the_kernel,
    /// What the kernel did.
    answered_ealready,
    rearmed_silently,
    multishot_ended,
    inline,
    woken_stale,
    draining_poll_was_ready,
    answered_before_its_target,
    chain_failed_softly,
    chain_went_on_hard,
    /// How completions were taken.
    hint,
    quiet,
    control,
    result,
    busy,
    stale,
    foreign,
    doubled,
    /// What the application did.
    full,
    removed_while_pinned,
    removed_while_two_polls_were_held,
    interest_emptied,
    interest_changed_while_draining,
    vanished,
    drained,
    drained_too_early,
    checked_within_a_handler,
    more,
    slot_used_again,
    many_results_waiting,
    /// How turns went.
    slept,
    looks_that_failed,
    glanced,
    judged_ready,
    judged_not_ready,
    judged_invalid,
    checks_in_turn,
    decided,
    delivered_alone,
    used_up_within_its_batch,
    frozen,
    reclaimed,
}

impl Probes {
    /// Panics if something never happened.
    pub(crate) fn assert_all_fired(&self) {
        for (name, count) in self.all() {
            assert!(count > 0, "the probe `{name}` never fired");
        }
    }
}
