#pragma once

#include "tests/support/temporary_directory.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace firefinder::test {

/// A certificate and its key, as PEM files.
struct certificate {
  std::filesystem::path file;
  std::filesystem::path key;
};

/// A certificate authority that lives as long as a test. Made by the `openssl`
/// command, so that nothing of the tested program checks itself.
class certificate_authority {
public:
  explicit certificate_authority(const std::string& name);

  /// The certificate to trust.
  [[nodiscard]] const std::filesystem::path& file() const noexcept { return own_.file; }

  /// A certificate of this authority. `names` are subject alternative names such
  /// as "DNS:localhost" or "IP:127.0.0.1"; none: a client's. A negative number of
  /// `days` has expired already.
  [[nodiscard]] certificate issue(const std::string& name, const std::vector<std::string>& names,
                                  int days = 2) const;

private:
  temporary_directory directory_;
  certificate own_;
};

} // namespace firefinder::test
