#include "src/program_version.hpp"

namespace firefinder {

const char* program_version() noexcept { return FIREFINDER_VERSION; }

} // namespace firefinder
