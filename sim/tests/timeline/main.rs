//! The timeline: a page that is well-formed, the same for the same run, and tells all of it.

mod command;
mod markup;
mod page;

use levelring_sim::storm::{Outcome, Script, record};

/// A short run with something of everything.
const SCENARIO: &str = "\
options uring poll-add batch=1 ring=8/16 capacity=16 ordinary
pipe d0 d1
sockets d2 d3
watch r0 d0 held READ on l0
watch r1 d2 held READ on l0
turn l0 5ms [ write d1 1 ] { drain mine; say drained }
write d3 4
interest r1 READ+WRITE
turn l0 { read mine 2 }
submit l0: o0 timeout 3ms soft, o1 nop
interest r1 READ
turn l0 { drain mine }
turn l0 10ms
turn l0 10ms
turn l0 2ms [ close d3 ] { remove me; close mine }
";

fn recorded(text: &str) -> Outcome {
    let script: Script = text.parse().expect("readable");
    record(&script)
}
