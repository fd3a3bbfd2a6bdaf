#include "actors/frigate/yaml_text.hpp"

#include "messages/dumped.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace firefinder {

namespace {

constexpr std::size_t max_bytes = std::size_t{8} * 1024 * 1024;
constexpr int max_depth = 64;
// Of nodes, aliases followed: a few lines of them can stand for billions.
constexpr std::size_t max_nodes = 500'000;

// Tag of a scalar that stands without quotes, as yaml-cpp reads it.
constexpr auto plain_tag = "?";
constexpr auto string_tag = "!";

class walk {
public:
  bool fits(const YAML::Node& node, int depth = 0) {
    if (depth > max_depth || ++nodes_ > max_nodes)
      return false;
    if (node.IsMap()) {
      for (const auto& member : node)
        if (!fits(member.first, depth + 1) || !fits(member.second, depth + 1))
          return false;
    } else if (node.IsSequence()) {
      for (const auto& element : node)
        if (!fits(element, depth + 1))
          return false;
    }
    return true;
  }

  bool same(const YAML::Node& a, const YAML::Node& b) {
    if (++nodes_ > max_nodes || a.Type() != b.Type() || a.size() != b.size())
      return false;
    if (a.IsScalar())
      return a.Scalar() == b.Scalar() && (a.Tag() == plain_tag) == (b.Tag() == plain_tag);
    if (a.IsMap() || a.IsSequence())
      for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end(); ++x, ++y)
        if (a.IsMap() ? !same_key(x->first, y->first) || !same(x->second, y->second)
                      : !same(*x, *y))
          return false;
    return true;
  }

private:
  // Those that were plain are quoted when we write them.
  bool same_key(const YAML::Node& a, const YAML::Node& b) {
    return a.IsScalar() && b.IsScalar() ? a.Scalar() == b.Scalar() : same(a, b);
  }

  std::size_t nodes_ = 0;
};

void emit(YAML::Emitter& to, const YAML::Node& node) {
  if (node.IsMap()) {
    to << YAML::BeginMap;
    for (const auto& member : node) {
      to << YAML::Key;
      if (member.first.IsScalar())
        to << YAML::DoubleQuoted << member.first.Scalar();
      else
        emit(to, member.first);
      to << YAML::Value;
      emit(to, member.second);
    }
    to << YAML::EndMap;
  } else if (node.IsSequence()) {
    to << YAML::BeginSeq;
    for (const auto& element : node)
      emit(to, element);
    to << YAML::EndSeq;
  } else if (!node.IsScalar()) {
    to << YAML::Null;
  } else if (node.Tag() == plain_tag) {
    to << node.Scalar();
  } else {
    to << YAML::DoubleQuoted << node.Scalar();
  }
}

// What a plain scalar is in the core schema of YAML 1.2.
nlohmann::json plain_value(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE")
    return true;
  if (text == "false" || text == "False" || text == "FALSE")
    return false;
  const auto* const end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto r = std::from_chars(text.data(), end, whole); r.ec == std::errc{} && r.ptr == end)
    return whole;
  double number = 0;
  if (const auto r = std::from_chars(text.data(), end, number);
      r.ec == std::errc{} && r.ptr == end && std::isfinite(number))
    return number;
  return text;
}

nlohmann::json json_of(const YAML::Node& node) {
  if (node.IsMap()) {
    auto result = nlohmann::json::object();
    for (const auto& member : node)
      if (member.first.IsScalar() && !(member.second.IsScalar() && member.second.Scalar().empty()))
        result[member.first.Scalar()] = json_of(member.second);
    return result;
  }
  if (node.IsSequence()) {
    auto result = nlohmann::json::array();
    for (const auto& element : node)
      result.push_back(json_of(element));
    return result;
  }
  if (!node.IsScalar())
    return nullptr;
  return node.Tag() == plain_tag ? plain_value(node.Scalar()) : nlohmann::json(node.Scalar());
}

} // namespace

std::optional<YAML::Node> parse_yaml(const std::string& text) {
  if (text.size() > max_bytes)
    return std::nullopt;
  try {
    auto result = YAML::Load(text);
    return walk{}.fits(result) ? std::optional{result} : std::nullopt;
  } catch (const YAML::Exception&) {
    return std::nullopt;
  }
}

YAML::Node yaml_string(const std::string& text) {
  YAML::Node result{text};
  result.SetTag(string_tag);
  return result;
}

YAML::Node yaml_plain(const std::string& text) {
  YAML::Node result{text};
  result.SetTag(plain_tag);
  return result;
}

std::string yaml_text(const YAML::Node& node, std::size_t indentation) {
  YAML::Emitter to;
  emit(to, node);
  const std::string_view all{to.c_str(), to.size()};
  std::string result;
  for (std::size_t from = 0; from < all.size();) {
    const auto end = std::min(all.find('\n', from), all.size());
    result.append(indentation, ' ').append(all.substr(from, end - from)) += '\n';
    from = end + 1;
  }
  return result;
}

bool same_yaml(const YAML::Node& a, const YAML::Node& b) { return walk{}.same(a, b); }

YAML::Node yaml_member(const YAML::Node& map, std::string_view key) {
  if (map.IsDefined() && map.IsMap())
    for (const auto& member : map)
      if (member.first.IsScalar() && member.first.Scalar() == key)
        return member.second;
  return YAML::Node{YAML::NodeType::Undefined};
}

std::string yaml_as_json(const YAML::Node& node) { return dumped(json_of(node)); }

} // namespace firefinder
