//! Time of this thread on a processor, memory at its highest, and what repeats say together.

use cpu_time::ThreadTime;

/// Runs the work and gives its result with the seconds this thread computed: other programs on the machine do not count.
pub(crate) fn cpu_s<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = ThreadTime::now();
    let result = std::hint::black_box(work());
    (result, start.elapsed().as_secs_f64())
}

/// Bytes by which the work raised the process's peak memory; `None` where the system does not tell.
pub(crate) fn peak_bytes<T>(work: impl FnOnce() -> T) -> (T, Option<u64>) {
    // 5: forget the peak so far (proc(5)).
    let forgotten = std::fs::write("/proc/self/clear_refs", "5").is_ok();
    let before = status("VmRSS:");
    let result = std::hint::black_box(work());
    let after = status("VmHWM:");
    let raised = after
        .zip(before)
        .map(|(after, before)| after.saturating_sub(before));
    (result, raised.filter(|_| forgotten))
}

fn status(field: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(1024 * kib)
}

/// Load of the machine over the last minute; `None` where the system does not tell.
pub(crate) fn load_average() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}

/// Median, least and most of repeats.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Self {
            median: sorted[sorted.len() / 2],
            least: sorted[0],
            most: sorted[sorted.len() - 1],
        }
    }
}
