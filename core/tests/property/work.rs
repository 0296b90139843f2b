//! Operations in the kernel, with their links.

use crate::kernel::{Around, EALREADY, ECANCELED, ENOENT, Posted};
use levelring_core::{Link, Tag};

#[derive(Debug, Default)]
pub(crate) struct Works {
    running: Vec<Work>,
    /// The operation, and its link, that the next one handed in belongs to.
    open: Option<(Tag, Link)>,
}

#[derive(Debug)]
struct Work {
    tag: Tag,
    /// What must end before it begins, and how it is linked to it.
    behind: Option<(Tag, Link)>,
}

impl Works {
    pub(crate) fn begin(&mut self, tag: Tag, link: Link) {
        let behind = self.open.take();
        self.open = (link != Link::None).then_some((tag, link));
        self.running.push(Work { tag, behind });
    }

    /// Something happens to one that runs; `false` if none does.
    pub(crate) fn go_on(&mut self, around: &mut Around<'_>, posted: &mut Vec<Posted>) -> bool {
        let running: Vec<Tag> =
            self.running.iter().filter(|work| work.behind.is_none()).map(|work| work.tag).collect();
        if running.is_empty() {
            return false;
        }
        let tag = around.entropy.one_of(&running);
        let result = around.entropy.one_of(&[0, 1, 4096, -5]);
        if around.entropy.chance(40) {
            posted.push(Posted { tag, result, more: true, inline: false });
        } else {
            self.end(tag, result, around, posted);
        }
        true
    }

    pub(crate) fn cancel(
        &mut self,
        target: Tag,
        around: &mut Around<'_>,
        posted: &mut Vec<Posted>,
    ) -> i32 {
        if !self.running.iter().any(|work| work.tag == target) {
            return ENOENT;
        }
        if around.entropy.chance(20) {
            return EALREADY;
        }
        self.end(target, ECANCELED, around, posted);
        0
    }

    /// The last result of `tag`; what was linked to it begins, or fails with it.
    fn end(&mut self, tag: Tag, result: i32, around: &mut Around<'_>, posted: &mut Vec<Posted>) {
        posted.push(Posted { tag, result, more: false, inline: false });
        self.running.retain(|work| work.tag != tag);
        let Some(next) = self.running.iter_mut().find(|work| work.behind_of() == Some(tag)) else {
            return;
        };
        let soft = next.behind.is_some_and(|(_, link)| link == Link::Soft);
        if soft && result < 0 {
            around.probes.chain_failed_softly += 1;
            let follower = next.tag;
            self.end(follower, ECANCELED, around, posted);
        } else {
            around.probes.chain_went_on_hard += u64::from(!soft && result < 0);
            next.behind = None;
        }
    }
}

impl Work {
    fn behind_of(&self) -> Option<Tag> {
        self.behind.map(|(tag, _)| tag)
    }
}
