#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder::fuzz {

/// Makes broken inputs out of good ones: bits and bytes turned, parts cut, doubled,
/// swapped for parts of others, numbers and texts of special interest, nesting, and now
/// and then a part repeated until the input is large. The same seed gives the same inputs.
class mutator {
public:
  mutator(std::uint64_t seed, std::vector<std::string> corpus, std::size_t max_bytes);

  /// The next input, at most `max_bytes` long.
  [[nodiscard]] std::string next();

private:
  [[nodiscard]] std::size_t below(std::size_t n);
  void mutate(std::string& text);
  void turn_bit(std::string& text);
  void set_byte(std::string& text);
  void insert_bytes(std::string& text);
  void cut(std::string& text);
  void truncate(std::string& text);
  void repeat(std::string& text);
  void splice(std::string& text);
  void replace_number(std::string& text);
  void replace_text(std::string& text);
  void nest(std::string& text);
  void inflate(std::string& text);

  std::mt19937_64 random_;
  std::vector<std::string> corpus_;
  std::size_t max_bytes_;
};

} // namespace firefinder::fuzz
