#include "actors/consensus/identity.hpp"

#include <optional>

namespace firefinder {

namespace {

constexpr std::size_t address_digits = 12;
// As cameras are named in a Frigate configuration that was generated from addresses:
// Frigate allows no colons, and YAML takes some bare addresses for numbers.
constexpr std::string_view generated_prefix = "cam_";

std::optional<char> hex_digit(char c) noexcept {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))
    return c;
  if (c >= 'A' && c <= 'F')
    return static_cast<char>(c - 'A' + 'a');
  return std::nullopt;
}

// Digits in pairs, with the same separator between all of them or with none.
std::optional<std::string> hardware_address(std::string_view name) {
  if (name.starts_with(generated_prefix))
    name.remove_prefix(generated_prefix.size());
  const bool separated = name.size() == address_digits + 5;
  if (!separated && name.size() != address_digits)
    return std::nullopt;
  const char separator = separated ? name[2] : '\0';
  if (separated && separator != ':' && separator != '-')
    return std::nullopt;
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (separated && i % 3 == 2) {
      if (name[i] != separator)
        return std::nullopt;
      continue;
    }
    const auto digit = hex_digit(name[i]);
    if (!digit)
      return std::nullopt;
    result += *digit;
  }
  return result;
}

} // namespace

std::string common_form(std::string_view name) {
  const auto slash = name.rfind('/');
  const auto start = slash == std::string_view::npos ? 0 : slash + 1;
  if (auto address = hardware_address(name.substr(start)))
    return std::string{name.substr(0, start)} + *address;
  return std::string{name};
}

camera_identity::camera_identity(const std::map<std::string, camera_settings>& cameras) {
  for (const auto& [id, camera] : cameras) {
    known_.emplace(common_form(id), id);
    for (const auto& alias : camera.aliases)
      known_.emplace(common_form(alias), id);
  }
}

camera_identity::identified camera_identity::of(std::string_view name,
                                                std::string_view prefix) const {
  auto form = hardware_address(name);
  identified result{form ? *form : std::string{name}, form.has_value()};
  if (known_.empty())
    return result;
  auto found = known_.end();
  if (!prefix.empty())
    found = known_.find(std::string{prefix} + '/' + result.id);
  if (found == known_.end())
    found = known_.find(result.id);
  if (found != known_.end())
    result = {found->second, false};
  return result;
}

} // namespace firefinder
