#pragma once

#include "messages/status.hpp"

#include <string>

namespace firefinder {

/// The file of this program, as it was called at its start: after an update it is the new one.
class own_program {
public:
  /// Remembers where the file is. Call it at the start of the process.
  own_program();

  /// Runs that file in place of this process, with the same arguments and environment. Returns
  /// only when that fails. No thread of this process may be of any use any more.
  [[nodiscard]] status run(char** arguments) const;

private:
  std::string path_;
};

} // namespace firefinder
