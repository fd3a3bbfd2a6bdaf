#pragma once

#include <memory>
#include <string>

namespace firefinder::test {

/// Collects what is logged while it lives, one "component level: text" a line.
class log_capture {
public:
  log_capture();
  ~log_capture();
  log_capture(const log_capture&) = delete;
  log_capture& operator=(const log_capture&) = delete;

  /// All of it.
  [[nodiscard]] std::string text() const;

  /// How often this text was logged.
  [[nodiscard]] long count(const std::string& text) const;

private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace firefinder::test
