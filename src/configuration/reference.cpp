#include "src/configuration/reference.hpp"

#include "src/configuration/key_table.hpp"
#include "src/configuration/text.hpp"
#include "src/configuration/value.hpp"
#include "src/manual/roff.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <vector>

namespace firefinder::configuration {

namespace {

// Keeps the order in which the table names the keys.
using json = nlohmann::ordered_json;

std::string code(std::string_view text) { return "`" + std::string{text} + "`"; }

// `text` inside a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|')
      out += '\\';
    out += c;
  }
  return out;
}

bool belongs_to(const key& k, const section& s) { return section_of(k.path) == s.name; }

bool is_number(const key& k) {
  return k.type == value_type::integer || k.type == value_type::number;
}

std::string range_text(const key& k) {
  const auto unit = k.unit.empty() ? std::string{} : " " + std::string{k.unit};
  auto out = number_text(k.min) + " to " + number_text(k.max) + unit;
  if (k.landscape_max > 0)
    out += " (landscape: to " + number_text(k.landscape_max) + unit + ")";
  if (k.beyond == beyond_range::refused)
    out += ", else an error";
  return out;
}

std::string words_text(const key& k) {
  std::string out;
  for (const auto word : k.allowed_words())
    out += (out.empty() ? "" : ", ") + std::string{word};
  return out;
}

// What a value looks like, in a few words.
std::string type_text(const key& k) {
  switch (k.type) {
  case value_type::text:
    return "text";
  case value_type::path:
    return "path";
  case value_type::host:
    return "host name or address";
  case value_type::address:
    return "host:port or off";
  case value_type::topic:
    return "topic";
  case value_type::topic_level:
    return "one level of a topic";
  case value_type::topic_list:
    return "list of topics";
  case value_type::name_list:
    return "list of names";
  case value_type::word:
    return words_text(k);
  case value_type::word_list:
    return "list of " + words_text(k);
  case value_type::integer:
    return "whole number, " + range_text(k);
  case value_type::number:
    return "number, " + range_text(k);
  case value_type::boolean:
    return "true, false";
  case value_type::frame_size:
    return "width x height, each " + range_text(k);
  case value_type::label_map:
    return "map of labels to fire, smoke, ignore";
  case value_type::zone_map:
    return "map of cameras to zones";
  case value_type::zone_list:
    return "list of zones";
  }
  return {};
}

std::string default_shown(const key& k) {
  auto out = std::string{k.default_note.empty() ? k.default_text : k.default_note};
  if (!k.landscape_default.empty())
    out += " (landscape: " + std::string{k.landscape_default} + ")";
  return out;
}

std::string pending_sentence(const key& k) {
  if (k.pending.empty())
    return {};
  if (k.pending == no_effect)
    return " No effect in this version.";
  return " A value other than the default: " + std::string{k.pending} + ".";
}

std::string environment_text(const key& k, std::string_view quote) {
  if (k.canonical_environment().empty())
    return {};
  const auto quoted = [&](std::string_view name) {
    return std::string{quote} + std::string{name} + std::string{quote};
  };
  auto out = quoted(k.canonical_environment());
  std::string older;
  for (const auto name : k.older_environment())
    older += (older.empty() ? "" : ", ") + quoted(name);
  if (!older.empty())
    out += " [" + older + "]";
  return out;
}

// -- Markdown ----------------------------------------------------------------------

constexpr std::string_view markdown_head = R"(# Configuration

<!-- Generated from the key table in src/configuration/key_table.cpp; do not edit. -->

)";

// What holds of all keys, in the Markdown that roff::paragraphs understands too.
constexpr std::string_view rules
    = R"(A value comes from the first of these that names it: `--set key=value`, the environment, a systemd
credential (secrets only), the YAML file given with `--config`, the default below.
`firefinder check` prints every value with the place it comes from; secrets are masked.

- A value that cannot be read as its type is an error, and so are an unknown key and a key given
  twice: the program ends with exit code 78 and says which key, which value, from where, and what is
  allowed.
- A number outside its range is replaced by the nearest bound, with a warning in the log, in
  `firefinder check` and in the health report: a fire alarm keeps protecting. Where its range
  says so it is an error instead.
- A whole number is written without a point. NaN and infinity are no numbers.
- A truth value is true, 1, yes, on or false, 0, no, off, upper or lower case. Another word in the
  environment is false, with a warning; in the file and in `--set` it is an error.
- A variable that is set to the empty text gives the empty text; where a number or a word belongs,
  that is an error.
- Lists are YAML lists, or texts with commas between; in the environment and in `--set` always the
  latter. Maps are YAML maps; in the environment and in `--set` JSON objects.
- Texts are taken as they are: nothing in them is evaluated or cut out.
- A secret can also be kept in a file, named by the key that ends in `_file`, or be handed over by
  systemd: `LoadCredential=mqtt.password:/path` under the name of the key.
- Environment names in brackets are older ones, accepted with a notice.
)";

std::string markdown_table(const section& s) {
  std::string out = "\n| key | environment | allowed | default | meaning |\n"
                    "| --- | --- | --- | --- | --- |\n";
  for (const auto& k : keys()) {
    if (!belongs_to(k, s))
      continue;
    const auto standard = default_shown(k);
    out += "| " + code(k.path) + " | " + environment_text(k, "`") + " | " + type_text(k) + " | "
           + (standard.empty() ? std::string{} : code(standard)) + " | "
           + cell(std::string{k.help} + pending_sentence(k)) + " |\n";
  }
  return out;
}

// -- the manual page ---------------------------------------------------------------

constexpr std::string_view manual_description
    = R"(The configuration of firefinder is a YAML file: a map for each section below, and in it the
keys. `mqtt.broker` is the key `broker` in the section `mqtt`. Without the file, or without a key
in it, the default holds. `firefinder check` says what comes of it.
)";

constexpr std::string_view manual_example = R"(  mqtt:
    broker: broker.lan
    username: firefinder
  consensus:
    threshold: 2
    min_confidence: 0.75
  cameras:
    north:
      name: North ridge
      aliases: [ridge_cam]
)";

// A line of its own below what a key means.
std::string manual_note(std::string_view what, std::string_view text) {
  return text.empty() ? std::string{}
                      : ".br\n" + roff::text(std::string{what} + ": ") + std::string{text} + '\n';
}

std::string manual_entry(const key& k) {
  const auto shown = k.path.starts_with(camera_prefix) ? name_of(k.path) : k.path;
  const auto standard = default_shown(k);
  return ".TP\n" + roff::literal(shown) + '\n'
         + roff::prose(std::string{k.help} + pending_sentence(k)) + '\n'
         + manual_note("Allowed", roff::text(type_text(k)))
         + manual_note("Default", standard.empty() ? std::string{} : roff::literal(standard))
         + manual_note("Environment", roff::text(environment_text(k, "")));
}

// -- the default file ----------------------------------------------------------------

constexpr std::size_t line_width = 100;

// Comment lines of at most `line_width` characters.
void add_comment(std::string& out, std::string_view indent, std::string_view text) {
  std::string line;
  const auto finish = [&] {
    out += line + '\n';
    line.clear();
  };
  while (!text.empty()) {
    const auto space = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, space);
    if (!line.empty() && line.size() + 1 + word.size() > line_width)
      finish();
    if (line.empty())
      line = std::string{indent} + "#";
    line += ' ';
    line += word;
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  finish();
}

// The default as YAML; for what has none, something harmless of the right type.
std::string yaml_default(const key& k) {
  switch (k.type) {
  case value_type::word_list:
  case value_type::topic_list:
  case value_type::name_list:
  case value_type::zone_list:
    return "[" + std::string{k.default_text} + "]";
  case value_type::number:
  case value_type::integer:
    return k.default_text.empty() ? "0" : std::string{k.default_text};
  case value_type::frame_size:
    return "1920x1080";
  default:
    return k.default_text.empty() ? "\"\"" : std::string{k.default_text};
  }
}

void add_key(std::string& out, const key& k, std::string_view indent) {
  std::vector<std::string> notes;
  if (is_number(k) || !k.words.front().empty())
    notes.push_back("allowed: " + type_text(k));
  if (!k.default_note.empty() || !k.landscape_default.empty())
    notes.push_back("default: " + default_shown(k));
  if (const auto names = environment_text(k, ""); !names.empty())
    notes.push_back("environment: " + names);
  add_comment(out, indent, std::string{k.help} + pending_sentence(k));
  if (!notes.empty())
    add_comment(out, indent, join(notes, "; "));
  out += std::string{indent} + "#" + std::string{name_of(k.path)} + ": " + yaml_default(k) + "\n";
}

constexpr std::string_view file_head
    = R"(# Firefinder's configuration. Every key stands here at its default, commented out by a # that no
# blank follows: take the # away and change the value. The camera and the option for CAF at the end
# are examples. `firefinder check --config FILE` says what comes of it; docs/configuration.md
# explains the rules and the other places that values can come from. Older environment names stand
# in brackets.
)";

// -- JSON schema ---------------------------------------------------------------------

json string_list(const json& items) {
  return {{"anyOf", json::array({{{"type", "array"}, {"items", items}}, {{"type", "string"}}})}};
}

json zone_schema() {
  const json one = {{"type", json::array({"string", "number"})}};
  return {{"anyOf", json::array({one, {{"type", "array"}, {"items", one}}})}};
}

json schema_of(const key& k) {
  json out;
  switch (k.type) {
  case value_type::integer:
  case value_type::number:
    out["type"] = k.type == value_type::integer ? "integer" : "number";
    out["minimum"] = json::parse(number_text(k.min));
    out["maximum"] = json::parse(number_text(std::max(k.max, k.landscape_max)));
    break;
  case value_type::boolean:
    out["type"] = "boolean";
    break;
  case value_type::word:
    for (const auto word : k.allowed_words()) {
      out["enum"].push_back(word);
      // A word that YAML reads as a number is one to an editor.
      if (word.find_first_not_of("0123456789") == std::string_view::npos)
        out["enum"].push_back(std::stoi(std::string{word}));
      // An editor that speaks YAML 1.1 takes this word for a truth value.
      if (word == "off")
        out["enum"].push_back(false);
    }
    break;
  case value_type::word_list: {
    const auto words = k.allowed_words();
    out = string_list({{"enum", std::vector<std::string_view>(words.begin(), words.end())}});
    break;
  }
  case value_type::topic_list:
  case value_type::name_list:
    out = string_list({{"type", "string"}});
    break;
  case value_type::label_map:
    out["type"] = "object";
    out["additionalProperties"] = {{"enum", json::array({"fire", "smoke", "ignore"})}};
    break;
  case value_type::zone_map:
    out["type"] = "object";
    out["additionalProperties"] = zone_schema();
    break;
  case value_type::zone_list:
    out = zone_schema();
    break;
  case value_type::frame_size:
    out["type"] = "string";
    out["pattern"] = "^[0-9]+[xX][0-9]+$";
    break;
  default:
    // What looks like a number or a truth value is taken as text, too.
    out["type"] = json::array({"string", "number", "boolean"});
    if (!k.required)
      out["type"].push_back("null");
    break;
  }
  out["description"] = std::string{k.help} + pending_sentence(k);
  if (const auto standard = default_shown(k); !standard.empty() && !k.secret) {
    if (!k.default_note.empty() || !k.landscape_default.empty())
      out["description"] = out["description"].get<std::string>() + " Default: " + standard + ".";
    else if (is_number(k) || k.type == value_type::boolean || k.type == value_type::label_map
             || k.type == value_type::zone_map)
      out["default"] = json::parse(standard);
    else
      out["default"] = standard;
  }
  return out;
}

json object_schema(std::string_view help) {
  return {{"type", json::array({"object", "null"})},
          {"description", help},
          {"additionalProperties", false},
          {"properties", json::object()}};
}

} // namespace

std::string reference_markdown() {
  auto out = std::string{markdown_head} + std::string{rules};
  for (const auto& s : sections()) {
    out += "\n## " + std::string{s.name.empty() ? "At the top" : s.name} + "\n\n"
           + std::string{s.help} + "\n";
    if (std::ranges::any_of(keys(), [&](const key& k) { return belongs_to(k, s); }))
      out += markdown_table(s);
  }
  return out;
}

std::string reference_manual(std::string_view version) {
  auto out = roff::title("firefinder.yaml", 5, version, "File Formats")
             + ".SH NAME\nfirefinder.yaml \\- configuration of firefinder\n"
               ".SH SYNOPSIS\n.I /etc/firefinder/firefinder.yaml\n.SH DESCRIPTION\n"
             + roff::paragraphs(manual_description) + roff::paragraphs(rules) + ".SH KEYS\n";
  for (const auto& s : sections()) {
    out += ".SS " + roff::text(s.name.empty() ? "At the top" : s.name) + '\n'
           + roff::paragraphs(std::string{s.help} + '\n');
    for (const auto& k : keys())
      if (belongs_to(k, s))
        out += manual_entry(k);
  }
  return out + ".SH EXAMPLES\n" + roff::paragraphs(manual_example)
         + ".SH SEE ALSO\n.BR firefinder (1)\n";
}

std::string default_file() {
  std::string out{file_head};
  for (const auto& s : sections()) {
    out += '\n';
    add_comment(out, "", s.help);
    std::string_view indent;
    if (!s.name.empty()) {
      out += std::string{s.name} + ":\n";
      indent = "  ";
    }
    if (s.name == "cameras") {
      out += "  #north:\n";
      indent = "    ";
    }
    for (const auto& k : keys())
      if (belongs_to(k, s))
        add_key(out, k, indent);
    if (s.name == "caf")
      out += "  #scheduler.max-threads: 2\n";
  }
  return out;
}

std::string json_schema() {
  json root = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "Firefinder"}};
  root.update(object_schema("Configuration of Firefinder"));
  auto& top = root["properties"];
  for (const auto& s : sections()) {
    if (s.name == "caf") {
      top["caf"] = {{"type", json::array({"object", "null"})}, {"description", s.help}};
      continue;
    }
    if (s.name == "cameras") {
      top["cameras"] = {{"type", json::array({"object", "null"})},
                        {"description", s.help},
                        {"additionalProperties", object_schema("One camera.")}};
    } else if (!s.name.empty()) {
      top[std::string{s.name}] = object_schema(s.help);
    }
    for (const auto& k : keys()) {
      if (!belongs_to(k, s))
        continue;
      auto& place = s.name.empty()        ? top
                    : s.name == "cameras" ? top["cameras"]["additionalProperties"]["properties"]
                                          : top[std::string{s.name}]["properties"];
      place[std::string{name_of(k.path)}] = schema_of(k);
    }
  }
  return root.dump(2) + "\n";
}

std::string help_text() {
  std::string out = "Keys, for the YAML file and for --set key=value:\n";
  for (const auto& k : keys()) {
    out += "  " + std::string{k.path};
    if (const auto standard = default_shown(k); !standard.empty())
      out += " = " + standard;
    out += "\n      " + std::string{k.help} + "\n      " + type_text(k);
    if (const auto names = environment_text(k, ""); !names.empty())
      out += "; environment " + names;
    out += '\n';
    if (!k.pending.empty())
      out += "      A value other than the default: " + std::string{k.pending} + ".\n";
  }
  out += "  caf.<option>\n      Passed on to the C++ Actor Framework.\n";
  return out;
}

} // namespace firefinder::configuration
