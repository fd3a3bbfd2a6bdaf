// The environment and the arguments of --set: the input is lines, `$NAME=value` for a
// variable, anything else for an argument. Values hold what users write by hand: JSON
// of zones and labels, numbers, addresses, lists.

#include "src/configuration/key_table.hpp"
#include "src/configuration/value.hpp"
#include "tests/fuzz/settings_checks.hpp"

namespace firefinder::fuzz {
namespace {

using namespace configuration;

// Types whose text is written as it is read.
bool is_reversible(value_type type) {
  switch (type) {
  case value_type::integer:
  case value_type::number:
  case value_type::boolean:
  case value_type::word:
  case value_type::frame_size:
  case value_type::label_map:
  case value_type::zone_map:
  case value_type::zone_list:
    return true;
  default:
    return false;
  }
}

void read_twice(const key& k, std::string_view text) {
  findings found;
  const context where{std::string{k.path}, from_set(), k.max};
  const auto first = read(k, raw_value::of(std::string{text}), where, found);
  expect_printable(found.errors);
  expect_printable(found.warnings);
  expect_printable({to_display(k, first)});
  if (!found.errors.empty() || !is_reversible(k.type))
    return;
  const auto written = to_text(k, first);
  findings again;
  const auto second = read(k, raw_value::of(written), where, again);
  expect(again.errors.empty() && again.warnings.empty(), "a value that is used raises no doubt");
  expect(to_text(k, second) == written, "a value is read as it is written");
}

void run(std::string_view input) {
  static const std::string secret = "xyzzy-plugh-4711";
  const bool secret_is_given = input.find(secret) != std::string_view::npos;
  sources from;
  from.hostname = "tower";
  from.environment["MQTT_PASSWORD"] = secret;
  while (!input.empty()) {
    auto line = take_line(input);
    const bool variable = line.starts_with('$');
    if (variable)
      line.remove_prefix(1);
    const auto equals = std::min(line.find('='), line.size());
    const auto text = line.substr(std::min(equals + 1, line.size()));
    if (variable)
      from.environment.insert_or_assign(std::string{line.substr(0, equals)}, std::string{text});
    else
      from.sets.emplace_back(line);
    if (const auto* k = find_key(line.substr(0, equals)))
      read_twice(*k, text);
  }
  const auto loaded = load(from);
  const auto report = expect_sound(loaded);
  expect(secret_is_given || report.find(secret) == std::string::npos, "a secret is not shown");
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
