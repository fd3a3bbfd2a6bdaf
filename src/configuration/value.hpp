#pragma once

#include "actors/consensus/settings.hpp"
#include "src/configuration/key_table.hpp"
#include "src/configuration/origin.hpp"
#include "src/configuration/raw_value.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace firefinder::configuration {

/// Label of a detector, in lower case, to what it means.
using labels = std::map<std::string, label_class>;

/// Camera to its zones, each a JSON value as text.
using zones = std::map<std::string, std::vector<std::string>>;

/// The value of a key, read as its type; `monostate`: not set.
using value = std::variant<std::monostate, std::string, std::int64_t, double, bool,
                           std::vector<std::string>, firefinder::frame_size, labels, zones>;

/// What was found while the configuration was read.
struct findings {
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  std::vector<std::string> notices;
};

/// Which value is read, for messages.
struct context {
  /// Path of the key, with the id of its camera.
  std::string path;
  origin from;
  /// Upper bound of numbers.
  double max = 0;
};

/// Reads `raw` as the type of `k`. What is wrong is added to `out`; after an error the
/// value is of no use.
[[nodiscard]] value read(const key& k, const raw_value& raw, const context& where, findings& out);

/// `v` as text, on one line; equal values give equal texts. Shows secrets.
[[nodiscard]] std::string to_text(const key& k, const value& v);

/// `v` for people: as `to_text`, but fit to be printed, and secrets are masked.
[[nodiscard]] std::string to_display(const key& k, const value& v);

/// A number in its shortest form, such as 0.7 or 30.
[[nodiscard]] std::string number_text(double number);

/// What is allowed for `k`, for people, such as `a whole number, 1 to 65535`.
[[nodiscard]] std::string allowed(const key& k, double max);

/// What stands in place of a secret.
inline constexpr std::string_view mask = "********";

} // namespace firefinder::configuration
