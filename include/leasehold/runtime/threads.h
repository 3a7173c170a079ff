// Threads of a server that runs one event loop each. The only module that starts threads.
#pragma once

#include <functional>

namespace leasehold::runtime {

/// How many threads are worth having: the cgroup's CPU quota (v2, then v1) rounded up, else the
/// CPUs of the affinity mask; at least 1, at most maximum. hardware_concurrency() ignores the
/// quota.
unsigned usable_cpus(unsigned maximum);

/// Runs work(0) ... work(count - 1), each on a thread of its own (0 on the caller's), and returns
/// when all have returned. What work throws ends the program.
void run_threads(unsigned count, const std::function<void(unsigned)>& work);

}  // namespace leasehold::runtime
