// Those who tell users what happens: the journal, the metrics and the last diagnosis. The owner (Agent)
// outlives all that hold this.
#pragma once

#include "agent_metrics.h"
#include "diagnosis.h"
#include "journal.h"

namespace leasehold::agent {

struct Tellers {
  Journal& journal;
  AgentMetrics& metrics;
  Diagnosis& diagnosis;
};

}  // namespace leasehold::agent
