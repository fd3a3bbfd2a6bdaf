#include "src/configuration/raw_value.hpp"

#include "src/configuration/text.hpp"

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstddef>
#include <set>

namespace firefinder::configuration {

namespace {

// Deeper than any value of ours; keeps foreign text from exhausting the stack.
constexpr int deepest = 16;

// Far more values than any configuration has; an anchor that is used over and over
// multiplies them.
constexpr int most_values = 100000;

raw_value named(const std::string& name, raw_value item) {
  item.name = name;
  return item;
}

// -- JSON ------------------------------------------------------------------------

raw_value from_json(const nlohmann::json& in, int depth) {
  raw_value out;
  switch (in.type()) {
  case nlohmann::json::value_t::string:
    out.what = raw_value::kind::text;
    out.text = in.get<std::string>();
    break;
  case nlohmann::json::value_t::boolean:
  case nlohmann::json::value_t::number_integer:
  case nlohmann::json::value_t::number_unsigned:
  case nlohmann::json::value_t::number_float:
    out.what = raw_value::kind::text;
    out.text = in.dump();
    out.plain = true;
    break;
  case nlohmann::json::value_t::array:
    out.what = raw_value::kind::list;
    if (depth < deepest)
      for (const auto& item : in)
        out.items.push_back(from_json(item, depth + 1));
    break;
  case nlohmann::json::value_t::object:
    out.what = raw_value::kind::map;
    if (depth < deepest)
      for (const auto& [name, value] : in.items())
        out.items.push_back(named(name, from_json(value, depth + 1)));
    break;
  case nlohmann::json::value_t::null:
  case nlohmann::json::value_t::binary:
  case nlohmann::json::value_t::discarded:
    break;
  }
  return out;
}

// -- YAML ------------------------------------------------------------------------

// A problem at a place in the text.
struct misuse {
  std::string what;
  int line;
};

int line_of(const YAML::Mark& mark) { return mark.is_null() ? 0 : mark.line + 1; }

bool is_core_tag(const std::string& tag) {
  if (tag.empty() || tag == "!" || tag == "?")
    return true;
  constexpr std::string_view core = "tag:yaml.org,2002:";
  if (!tag.starts_with(core))
    return false;
  const auto name = std::string_view{tag}.substr(core.size());
  constexpr std::array<std::string_view, 7> known{"str",  "int", "float", "bool",
                                                  "null", "map", "seq"};
  return std::ranges::find(known, name) != known.end();
}

class yaml_converter {
public:
  raw_value convert(const YAML::Node& in, int depth = 0) {
    const int line = line_of(in.Mark());
    if (depth > deepest)
      throw misuse{"is nested too deeply", line};
    if (++values_ > most_values)
      throw misuse{"holds too many values", line};
    // Home Assistant's `!secret` and the like would else be taken for plain text.
    if (!is_core_tag(in.Tag()))
      throw misuse{"uses the tag " + printable(in.Tag()) + "; tags have no meaning here", line};
    raw_value out;
    out.line = line;
    switch (in.Type()) {
    case YAML::NodeType::Scalar:
      out.what = raw_value::kind::text;
      out.text = in.Scalar();
      out.plain = in.Tag() == "?";
      break;
    case YAML::NodeType::Sequence:
      out.what = raw_value::kind::list;
      for (const auto& item : in)
        out.items.push_back(convert(item, depth + 1));
      break;
    case YAML::NodeType::Map:
      out.what = raw_value::kind::map;
      for (const auto& member : in)
        add_member(out, member.first, member.second, depth);
      break;
    case YAML::NodeType::Null:
    case YAML::NodeType::Undefined:
      break;
    }
    return out;
  }

private:
  void add_member(raw_value& map, const YAML::Node& name, const YAML::Node& value, int depth) {
    const int line = line_of(name.Mark());
    if (!name.IsScalar())
      throw misuse{"has a key that is not a text", line};
    for (const auto& known : map.items)
      if (known.name == name.Scalar())
        throw misuse{"has the key `" + printable(known.name) + "` twice, first in line "
                         + std::to_string(known.line),
                     line};
    auto converted = convert(value, depth + 1);
    // A message about a key points to the key.
    converted.line = line;
    map.items.push_back(named(name.Scalar(), std::move(converted)));
  }

  int values_ = 0;
};

} // namespace

raw_value raw_value::of(std::string text) {
  raw_value out;
  out.what = kind::text;
  out.text = std::move(text);
  return out;
}

std::string_view kind_name(const raw_value& raw) noexcept {
  switch (raw.what) {
  case raw_value::kind::nothing:
    return "nothing";
  case raw_value::kind::text:
    return "a text";
  case raw_value::kind::list:
    return "a list";
  case raw_value::kind::map:
    return "a map";
  }
  return "nothing";
}

parsed parse_json(std::string_view text) {
  using event = nlohmann::json::parse_event_t;
  parsed out;
  std::vector<std::set<std::string>> open_objects;
  std::string repeated;
  const auto watch = [&](int, event what, nlohmann::json& value) {
    if (what == event::object_start) {
      open_objects.emplace_back();
    } else if (what == event::object_end) {
      open_objects.pop_back();
    } else if (what == event::key) {
      const auto name = value.get<std::string>();
      if (!open_objects.back().insert(name).second)
        repeated = name;
    }
    return true;
  };
  try {
    out.root = from_json(nlohmann::json::parse(text, watch), 0);
    if (!repeated.empty())
      out.problem = "has the key `" + printable(repeated) + "` twice";
  } catch (const nlohmann::json::parse_error& error) {
    out.problem = "is not JSON (error at character " + std::to_string(error.byte) + ")";
  } catch (const nlohmann::json::exception&) {
    out.problem = "is not JSON that can be read (a number in it is too large)";
  }
  return out;
}

parsed parse_yaml(const std::string& text) {
  parsed out;
  try {
    const auto documents = YAML::LoadAll(text);
    if (documents.size() > 1)
      throw misuse{"holds more than one document", line_of(documents[1].Mark())};
    if (!documents.empty())
      out.root = yaml_converter{}.convert(documents.front());
  } catch (const misuse& error) {
    out.problem = error.what;
    out.line = error.line;
  } catch (const YAML::Exception& error) {
    out.problem = "is not YAML: " + printable(error.msg);
    out.line = line_of(error.mark);
  }
  return out;
}

} // namespace firefinder::configuration
