//! Submission: a batch is taken from the queue, prepared, put into chains, and begun.

use levelring::kernel::{Errno, Feature};

use super::blunders::Blunders;
use super::choices::Choices;
use super::errno::negative;
use super::record::Noted;
use super::request::{Place, Request, op};
use super::system::System;
use super::witness::Sight;

/// The chain that is being put together; it does not outlive the batch.
#[derive(Clone, Copy, Debug)]
struct Chain {
    head: u16,
    last: u16,
}

impl System {
    /// Takes up to `count` submissions, and says how many. One that is malformed is the last,
    /// unless the ring goes on regardless (SUBMIT_ALL).
    pub(super) fn submit(&mut self, choices: &mut impl Choices, ring: u16, count: u32) -> u32 {
        let goes_on = self.rings[ring].features.contains(Feature::SubmitAll);
        let mut chain = None;
        let mut taken = 0;
        while taken < count {
            let Some(sqe) = self.rings[ring].queue.pop_front() else { break };
            taken += 1;
            self.note(|| Noted::Submitted {
                ring,
                user_data: sqe.user_data,
                opcode: sqe.opcode,
                fd: sqe.fd,
                asked: sqe.op_flags,
            });
            self.note_blunders(ring, sqe.user_data);
            let mut request = Request::new(sqe);
            let prepared = self.prepare(&mut request, self.can_be_limited(ring, chain));
            let id = self.rings[ring].requests.insert(request);
            let stops = match prepared {
                Ok(()) => {
                    self.accept_into(choices, ring, id, &mut chain);
                    false
                }
                Err(errno) => self.reject(choices, ring, id, errno, &mut chain),
            };
            if stops && !goes_on {
                break;
            }
        }
        if let Some(Chain { head, .. }) = chain {
            self.cut(choices, ring, head);
        }
        self.flush(ring);
        taken
    }

    /// Whether the chain so far ends with what a timeout can limit.
    fn can_be_limited(&self, ring: u16, chain: Option<Chain>) -> bool {
        let requests = &self.rings[ring].requests;
        chain.is_some_and(|chain| requests[chain.last].sqe.opcode != op::LINK_TIMEOUT)
    }

    /// A chain ends with the batch, whatever its last member says. It is for a worker thread then,
    /// unless it has failed already.
    fn cut(&mut self, choices: &mut impl Choices, ring: u16, head: u16) {
        self.witness.saw(Sight::ChainCut);
        let there = &mut self.rings[ring];
        if there.requests[head].failed {
            self.begin(choices, ring, head);
        } else {
            there.requests[head].place = Place::Punted;
            there.punted.push(head);
        }
    }

    /// The worker threads issue what was handed to them. What completes at once does so by way of
    /// the ring's work, since it is another thread that completes it.
    /// Says whether there was anything.
    pub(super) fn run_punted(&mut self, choices: &mut impl Choices, ring: u16) -> bool {
        let any = !self.rings[ring].punted.is_empty();
        for id in core::mem::take(&mut self.rings[ring].punted) {
            self.rings[ring].requests[id].place = Place::Hand;
            let timeout = self.timeout_of(ring, id);
            if let Some(result) = self.issue_punted(choices, ring, id) {
                self.end_later(ring, id, result);
            } else if let Some(timeout) = timeout {
                self.limit(ring, id, timeout);
            }
        }
        any
    }

    /// The same, on all rings.
    pub(super) fn run_all_punted(&mut self, choices: &mut impl Choices) -> bool {
        let mut any = false;
        for ring in 0..self.rings.end() {
            any |= self.rings.get(ring).is_some() && self.run_punted(choices, ring);
        }
        any
    }

    /// The linked timeout of a request.
    fn timeout_of(&self, ring: u16, id: u16) -> Option<u16> {
        let requests = &self.rings[ring].requests;
        requests[id].next.filter(|next| requests[*next].sqe.opcode == op::LINK_TIMEOUT)
    }

    fn note_blunders(&mut self, ring: u16, user_data: u64) {
        let mut requests = self.rings[ring].requests.iter();
        if requests.any(|(_, request)| request.sqe.user_data == user_data) {
            Blunders::count(&mut self.blunders.duplicates);
        }
    }

    fn accept_into(
        &mut self,
        choices: &mut impl Choices,
        ring: u16,
        id: u16,
        chain: &mut Option<Chain>,
    ) {
        let linked = self.rings[ring].requests[id].is_linked();
        self.append(ring, id, chain);
        if !linked && let Some(Chain { head, .. }) = chain.take() {
            self.begin(choices, ring, head);
        }
    }

    fn append(&mut self, ring: u16, id: u16, chain: &mut Option<Chain>) {
        let requests = &mut self.rings[ring].requests;
        match chain {
            Some(chain) => {
                requests[chain.last].next = Some(id);
                requests[id].place = Place::Chained;
                chain.last = id;
            }
            None => *chain = Some(Chain { head: id, last: id }),
        }
    }

    /// A malformed submission fails the chain it is in, from the head; says whether it ends the
    /// batch, which it does not in the midst of a chain.
    fn reject(
        &mut self,
        choices: &mut impl Choices,
        ring: u16,
        id: u16,
        errno: Errno,
        chain: &mut Option<Chain>,
    ) -> bool {
        Blunders::count(&mut self.blunders.malformed);
        let requests = &mut self.rings[ring].requests;
        (requests[id].failed, requests[id].result) = (true, negative(errno));
        if let Some(Chain { head, .. }) = *chain
            && !requests[head].failed
        {
            (requests[head].failed, requests[head].result) = (true, negative(Errno::CANCELED));
        }
        let linked = requests[id].is_linked();
        self.append(ring, id, chain);
        if linked {
            return false;
        }
        if let Some(Chain { head, .. }) = chain.take() {
            self.begin(choices, ring, head);
        }
        true
    }

    /// Begins a chain, or a request by itself.
    pub(super) fn begin(&mut self, choices: &mut impl Choices, ring: u16, id: u16) {
        let request = self.rings[ring].requests[id];
        if request.failed {
            // Whatever links there are: it fails all the way.
            self.rings[ring].requests[id].sqe.flags &= !super::request::flag::HARDLINK;
            self.complete(ring, id, request.result);
            return;
        }
        let timeout = self.timeout_of(ring, id);
        if let Some(result) = self.issue(choices, ring, id) {
            if let Some(timeout) = timeout
                && result != negative(Errno::BADF)
            {
                self.may_be_late(choices, ring, id, timeout);
            }
            self.complete(ring, id, result);
        } else if let Some(timeout) = timeout {
            self.limit(ring, id, timeout);
        }
    }
}
