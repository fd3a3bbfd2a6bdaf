// The runner of CAF's test framework: options select suites, see tests/CMakeLists.txt.
#include <caf/test/unit_test_impl.hpp>
