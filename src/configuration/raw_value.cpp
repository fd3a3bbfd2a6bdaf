#include "src/configuration/raw_value.hpp"

#include "src/configuration/text.hpp"

#include <nlohmann/json.hpp>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <sstream>

namespace firefinder::configuration {

namespace {

// Deeper than any value of ours; keeps foreign text from exhausting the stack.
constexpr int deepest = 16;

// Far more values than any configuration has; an anchor that is used over and over
// multiplies them.
constexpr int most_values = 100000;

// The same for what stands in them: a long text with an anchor.
constexpr std::size_t most_text = 16UL * 1024UL * 1024UL;

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
      text_ += in.Scalar().size();
      if (text_ > most_text)
        throw misuse{"holds too much text", line};
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
      add_members(out, in, depth);
      break;
    case YAML::NodeType::Null:
    case YAML::NodeType::Undefined:
      break;
    }
    return out;
  }

private:
  void add_members(raw_value& map, const YAML::Node& in, int depth) {
    std::map<std::string, int> lines;
    for (const auto& member : in) {
      const YAML::Node& name = member.first;
      const int line = line_of(name.Mark());
      if (!name.IsScalar())
        throw misuse{"has a key that is not a text", line};
      if (const auto [known, added] = lines.emplace(name.Scalar(), line); !added)
        throw misuse{"has the key `" + printable(known->first) + "` twice, first in line "
                         + std::to_string(known->second),
                     line};
      auto converted = convert(member.second, depth + 1);
      // A message about a key points to the key.
      converted.line = line;
      map.items.push_back(named(name.Scalar(), std::move(converted)));
    }
  }

  int values_ = 0;
  std::size_t text_ = 0;
};

// Counts the documents of a text. YAML::LoadAll cannot be used for it: from `'a'b` on one
// line and `?` on the next it makes empty documents without end (yaml-cpp 0.7).
class document_counter : public YAML::EventHandler {
public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    ++count;
    last = mark;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

  int count = 0;
  YAML::Mark last;
};

void expect_one_document(const std::string& text) {
  std::istringstream in{text};
  YAML::Parser parser{in};
  document_counter documents;
  while (documents.count < 2 && parser.HandleNextDocument(documents)) {
  }
  if (documents.count > 1)
    throw misuse{"holds more than one document", line_of(documents.last)};
}

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
  const auto watch = [&](int, event what, nlohmann::json& read) {
    if (what == event::object_start) {
      open_objects.emplace_back();
    } else if (what == event::object_end) {
      open_objects.pop_back();
    } else if (what == event::key) {
      const auto name = read.get<std::string>();
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
    expect_one_document(text);
    out.root = yaml_converter{}.convert(YAML::Load(text));
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
