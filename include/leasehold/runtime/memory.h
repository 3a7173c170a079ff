// The heap's free pages.
#pragma once

namespace leasehold::runtime {

/// Gives pages that a burst left free back to the system: for a moment after which the process only
/// waits. glibc alone keeps them below the last block in use. Takes microseconds to a millisecond.
void return_free_memory() noexcept;

}  // namespace leasehold::runtime
