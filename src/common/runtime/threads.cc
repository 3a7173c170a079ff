#include "leasehold/runtime/threads.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <sched.h>

namespace leasehold::runtime {
namespace {

/// Quota in CPUs, rounded up; 0 = none.
unsigned round_up(long long quota, long long period) {
  if (quota <= 0 || period <= 0) return 0;
  return static_cast<unsigned>(std::min<long long>((quota + period - 1) / period, 1024));
}

unsigned quota_v2() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  long long period = 0;
  if (!(file >> quota >> period) || quota == "max") return 0;
  return round_up(std::atoll(quota.c_str()), period);
}

unsigned quota_v1() {
  std::ifstream quota_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream period_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  long long quota = 0;
  long long period = 0;
  if (!(quota_file >> quota) || !(period_file >> period)) return 0;
  return round_up(quota, period);
}

unsigned affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(CPU_COUNT(&set));
}

}  // namespace

unsigned usable_cpus(unsigned maximum) {
  unsigned cpus = affinity();
  unsigned quota = quota_v2();
  if (quota == 0) quota = quota_v1();
  if (quota != 0) cpus = std::min(cpus, quota);
  return std::clamp(cpus, 1U, std::max(maximum, 1U));
}

void run_threads(unsigned count, const std::function<void(unsigned)>& work) {
  std::vector<std::jthread> others;
  for (unsigned index = 1; index < count; ++index)
    others.emplace_back([&work, index] { work(index); });
  if (count > 0) work(0);
}

}  // namespace leasehold::runtime
