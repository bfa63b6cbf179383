//! What is printed of a history, and what it must have been for its verdict to mean something.

use std::fmt::{self, Debug};
use std::time::Duration;

use crate::clock::Moment;
use crate::faults::{Fault, Faults};
use crate::judge::{Behind, Rule, Verdict, Violation};
use crate::nodes::History;
use crate::record::{Answered, Read, Way, Write};

/// How many records are shown before a violation and after it.
const AROUND: usize = 8;
/// A write that was delivered so much later than it returned was undelivered then: the next attempt comes after 50 ms.
const LATER: Duration = Duration::from_millis(25);

/// A history that was judged.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) history: History,
    pub(crate) verdict: Verdict,
    pub(crate) faults: Faults,
    /// How many violations are shown in full.
    pub(crate) shown: usize,
}

impl Report {
    fn answered_by(&self, answered: Answered) -> usize {
        self.history.reads.iter().filter(|read| read.answered == answered).count()
    }

    /// What was too little for the verdict to mean something. A machine with little else to do has many times as much.
    pub(crate) fn shortfalls(&self, time: Duration) -> Vec<String> {
        let seconds = usize::try_from(time.as_secs()).unwrap_or(usize::MAX);
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let counts = self.history.counts;
        let floors = [
            ("hits in memory", self.answered_by(Answered::Memory), 100 * seconds),
            ("hits on the second level", self.answered_by(Answered::Remote), 10 * seconds),
            ("shared loads", self.answered_by(Answered::Shared), seconds / 3),
            ("writes", self.history.writes.len(), 10 * seconds),
            ("hits in memory on the node's own puts", self.verdict.own_puts, seconds),
            ("writes that returned during a load of their key", self.verdict.overlapping, 2 * seconds),
            ("loads that were too old when they ended", self.verdict.late_loads, seconds),
            ("hits in memory that were behind", self.verdict.behind.len(), seconds),
            ("messages", count(counts.messages), 10 * seconds),
            ("gaps", count(counts.gaps), 1),
            ("lost histories", count(counts.losses), 3),
        ];
        let too_few = floors.iter().filter(|(_, came, wanted)| came < wanted);
        let too_few = too_few.map(|(name, came, wanted)| format!("only {came} {name}, at least {wanted} are wanted"));
        let missing = Fault::ALL.iter().filter(|fault| self.faults.count(**fault) == 0);
        too_few.chain(missing.map(|fault| format!("{fault:?} never happened"))).collect()
    }

    fn show(&self, f: &mut fmt::Formatter<'_>, number: usize, violation: &Violation) -> fmt::Result {
        let Violation { rule, read, missed, behind } = violation;
        let fault = self.faults.at(read.start).map_or("no fault".to_owned(), |fault| format!("{fault:?}"));
        writeln!(
            f,
            "violation {number} of {rule:?}, {behind:?} after the write counted, during {fault}; times in ms:"
        )?;
        writeln!(f, "  read   {}", read_line(read, missed.returned))?;
        writeln!(f, "  missed {}", write_line(missed, missed.returned))?;
        let of_key = self.history.reads.iter().filter(|other| other.key == read.key);
        // Others' hits in memory are many, and have no part in it.
        let of_key = of_key.filter(|other| other.answered != Answered::Memory || other.node == read.node);
        let writes = self.history.writes.iter().filter(|other| other.key == read.key);
        let mut lines: Vec<_> = of_key.map(|other| (other.start, read_line(other, missed.returned))).collect();
        lines.extend(writes.map(|other| (other.start, write_line(other, missed.returned))));
        lines.sort();
        let begin = lines.partition_point(|(start, _)| *start < missed.start);
        let end = lines.partition_point(|(start, _)| *start <= read.start);
        for (at, (_, line)) in lines.iter().enumerate() {
            let is_near = |place: usize| at + AROUND >= place && at < place + AROUND;
            if is_near(begin) || is_near(end) {
                writeln!(f, "    {line}")?;
            }
        }
        Ok(())
    }

    fn show_staleness(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hits = self.answered_by(Answered::Memory) + self.answered_by(Answered::SharedOrMemory);
        let behind = &self.verdict.behind;
        let calm = behind.iter().filter(|hit| self.faults.at(hit.start).is_none());
        let (calm, all) = (Spread::of(calm), Spread::of(behind.iter()));
        line(
            f,
            "hits behind",
            all.0.len(),
            format_args!("of {hits} in memory missed a write of another node; by {all}"),
        )?;
        line(f, "in calm", calm.0.len(), format_args!("of them with no fault in the 500 ms before; by {calm}"))
    }
}

fn read_line(read: &Read, origin: Moment) -> String {
    let Read { node, version, answered, start, end, .. } = read;
    format!("{:>9} … {:>9}  node {node} reads  {version:>4}  {answered:?}", from(*start, origin), from(*end, origin))
}

fn write_line(write: &Write, origin: Moment) -> String {
    let Write { node, version, way, start, returned, delivered, .. } = write;
    let delivered = if *delivered == Moment::NEVER { "never".to_owned() } else { from(*delivered, origin) };
    let (start, returned) = (from(*start, origin), from(*returned, origin));
    format!("{start:>9} … {returned:>9}  node {node} writes {version:>4}  {way:?}, delivered {delivered}")
}

/// A moment, as milliseconds from another one.
fn from(moment: Moment, origin: Moment) -> String {
    let [after, before] = [moment.since(origin), origin.since(moment)].map(|time| time.as_secs_f64() * 1_000.0);
    format!("{:.3}", after - before)
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, number: usize, rest: impl fmt::Display) -> fmt::Result {
    writeln!(f, "{name:<12} {number:>8} {rest}")
}

/// Numbers by name, without those that are zero.
fn numbers(all: impl Iterator<Item = (impl Debug, usize)>) -> String {
    let some = all.filter(|(_, number)| *number > 0);
    some.map(|(name, number)| format!("{name:?} {number}")).collect::<Vec<_>>().join(", ")
}

/// Times, the shortest first.
struct Spread(Vec<Duration>);

impl Spread {
    fn of<'a>(behind: impl Iterator<Item = &'a Behind>) -> Self {
        let mut times: Vec<_> = behind.map(|hit| hit.by).collect();
        times.sort_unstable();
        Self(times)
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(last) = self.0.len().checked_sub(1) else { return f.write_str("nothing") };
        let [median, p99, max] = [last / 2, last * 99 / 100, last].map(|at| self.0[at].as_secs_f64() * 1_000.0);
        write!(f, "median {median:.2} ms, p99 {p99:.1} ms, max {max:.1} ms")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { history, verdict, faults, shown } = self;
        let answered = Answered::ALL.iter().map(|answered| (answered, self.answered_by(*answered)));
        line(f, "reads", history.reads.len(), numbers(answered))?;
        let by = |way: &Way| history.writes.iter().filter(|write| write.way == *way).count();
        line(f, "writes", history.writes.len(), numbers(Way::ALL.iter().map(|way| (way, by(way)))))?;
        let late = |write: &&Write| write.delivered.since(write.returned) > LATER;
        let undelivered = history.writes.iter().filter(late).count();
        line(f, "undelivered", undelivered, "of them when they returned: they count for other nodes since they were")?;
        line(f, "own puts", verdict.own_puts, "hits in memory on what the same node had put")?;
        line(f, "overlaps", verdict.overlapping, "writes returned while their key was loaded")?;
        line(f, "late loads", verdict.late_loads, "were too old when they ended, and had to be forgotten")?;
        line(f, "excused", verdict.excused, "shared loads of a node that could not ask its server")?;
        line(f, "faults", faults.0.len(), numbers(Fault::ALL.iter().map(|fault| (fault, faults.count(*fault)))))?;
        let counts = history.counts;
        let heard = format!("heard; {} gaps in them, {} histories lost", counts.gaps, counts.losses);
        line(f, "messages", usize::try_from(counts.messages).unwrap_or(usize::MAX), heard)?;
        self.show_staleness(f)?;
        let broken = Rule::ALL.map(|rule| format!("{rule:?} {}", verdict.violations_of(rule))).join(", ");
        line(f, "violations", verdict.violations.len(), broken)?;
        let mut violations = (1..).zip(verdict.violations.iter().take(*shown));
        violations.try_for_each(|(number, violation)| self.show(f, number, violation))
    }
}
