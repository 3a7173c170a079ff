// docs/annotations.md, written from the tables of annotations and settings.
#pragma once

#include <string>

namespace leasehold::injector {

std::string annotations_reference();

}  // namespace leasehold::injector
