#pragma once

#include <caf/meta/type_name.hpp>

namespace firefinder {

/// What the process and the machine use, in percent (0..100; a process with two
/// busy threads reads 200) and mebibytes.
struct resource_usage {
  double process_cpu_percent = 0;
  double process_memory_percent = 0;
  double process_memory_mb = 0;
  double system_cpu_percent = 0;
  double system_memory_percent = 0;
  double disk_percent = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, resource_usage& x) {
  return f(caf::meta::type_name("resource_usage"), x.process_cpu_percent, x.process_memory_percent,
           x.process_memory_mb, x.system_cpu_percent, x.system_memory_percent, x.disk_percent);
}

} // namespace firefinder
