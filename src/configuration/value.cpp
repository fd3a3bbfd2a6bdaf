#include "src/configuration/value.hpp"

#include "src/configuration/text.hpp"

#include <arpa/inet.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <system_error>

namespace firefinder::configuration {

namespace {

constexpr std::array<std::pair<std::string_view, label_class>, 3> label_words{
    {{"fire", label_class::fire}, {"smoke", label_class::smoke}, {"ignore", label_class::ignore}}};

std::string in_quotes(std::string_view text) { return '"' + printable(text) + '"'; }

std::string_view label_word(label_class c) {
  return std::ranges::find(label_words, c, [](const auto& entry) { return entry.second; })->first;
}

// -- numbers ---------------------------------------------------------------------

// from_chars takes no plus sign; people write one.
std::string_view without_plus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-')
    text.remove_prefix(1);
  return text;
}

// A whole number; one that does not fit is replaced by the nearest that does.
std::optional<std::int64_t> parse_integer(std::string_view text) {
  text = without_plus(trimmed(text));
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc::invalid_argument || end != text.data() + text.size())
    return std::nullopt;
  if (error == std::errc::result_out_of_range)
    return text.front() == '-' ? std::numeric_limits<std::int64_t>::min()
                               : std::numeric_limits<std::int64_t>::max();
  return out;
}

// Whether a decimal number that does not fit is too large rather than too small.
bool is_too_large(std::string_view text) {
  const auto exponent_at = text.find_first_of("eE");
  const auto mantissa = text.substr(0, exponent_at);
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  const auto first = mantissa.find_first_of("123456789");
  std::int64_t exponent = 0;
  if (exponent_at != std::string_view::npos)
    exponent = parse_integer(text.substr(exponent_at + 1)).value_or(0);
  if (first == std::string_view::npos)
    return false;
  // A saturated exponent decides alone, and must not overflow the sum.
  constexpr std::int64_t limit = 1'000'000'000;
  return std::clamp(exponent, -limit, limit) + static_cast<std::int64_t>(point)
         > static_cast<std::int64_t>(first);
}

// A number, maybe not a finite one; one that does not fit is replaced by the nearest
// that does.
std::optional<double> parse_number(std::string_view text) {
  text = without_plus(trimmed(text));
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc::invalid_argument || end != text.data() + text.size())
    return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    if (!is_too_large(text))
      return 0.0;
    return text.front() == '-' ? std::numeric_limits<double>::lowest()
                               : std::numeric_limits<double>::max();
  }
  return out;
}

std::optional<bool> parse_boolean(std::string_view text) {
  const auto word = lower_case(trimmed(text));
  if (word == "true" || word == "1" || word == "yes" || word == "on")
    return true;
  if (word == "false" || word == "0" || word == "no" || word == "off")
    return false;
  return std::nullopt;
}

std::optional<firefinder::frame_size> parse_frame_size(std::string_view text, const key& k) {
  text = trimmed(text);
  const auto x = text.find_first_of("xX");
  if (x == std::string_view::npos)
    return std::nullopt;
  const auto side = [&](std::string_view part) -> std::optional<std::uint32_t> {
    const auto number = parse_integer(part);
    if (!number || static_cast<double>(*number) < k.min || static_cast<double>(*number) > k.max)
      return std::nullopt;
    return static_cast<std::uint32_t>(*number);
  };
  const auto width = side(text.substr(0, x));
  const auto height = side(text.substr(x + 1));
  if (!width || !height)
    return std::nullopt;
  return firefinder::frame_size{*width, *height};
}

// -- text ------------------------------------------------------------------------

std::string_view host_problem(std::string_view text) {
  if (text.find_first_of("/ \t\r\n") != std::string_view::npos)
    return "is not a host name or address (no scheme, no path)";
  return topic_problem(text);
}

// What is wrong with a host that has its port elsewhere.
std::string_view broker_problem(std::string_view text) {
  if (const auto problem = host_problem(text); !problem.empty())
    return problem;
  // inet_pton knows no zone, such as that of fe80::1%eth0.
  const std::string address{text.substr(0, text.find('%'))};
  in6_addr buffer{};
  if (text.find_first_of("[]:") != std::string_view::npos
      && inet_pton(AF_INET6, address.c_str(), &buffer) != 1)
    return "is not a host name or address (the port is a setting of its own, and an IPv6 address "
           "needs no brackets here)";
  return {};
}

// What is wrong with `host:port` or `off`.
std::string_view address_problem(std::string_view text) {
  if (lower_case(text) == "off")
    return {};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0)
    return "is not an address with a port";
  const auto host_part = text.substr(0, colon);
  const bool bracketed = host_part.starts_with('[') && host_part.ends_with(']');
  if (!bracketed && host_part.find(':') != std::string_view::npos)
    return "is not an address with a port (an IPv6 address needs brackets)";
  const auto port = parse_integer(text.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535)
    return "has no port between 0 and 65535";
  return host_problem(host_part);
}

std::string_view without_slashes(std::string_view text) {
  const auto last = text.find_last_not_of('/');
  return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

// -- zones -----------------------------------------------------------------------

// A zone as JSON text; nothing when it is neither a text nor a number.
std::optional<std::string> zone_literal(const raw_value& raw) {
  if (raw.what != raw_value::kind::text || !is_utf8(raw.text))
    return std::nullopt;
  if (raw.plain) {
    const auto word = lower_case(raw.text);
    if (word == "true" || word == "false")
      return std::nullopt;
    const auto number = nlohmann::json::parse(raw.text, nullptr, false);
    if (number.is_number())
      return number.dump();
  }
  return nlohmann::json(raw.text).dump();
}

// -- the reader --------------------------------------------------------------------

class reader {
public:
  reader(const key& k, const raw_value& raw, const context& where, findings& out)
    : key_(k), raw_(raw), where_(where), out_(out) {}

  value read() {
    switch (key_.type) {
    case value_type::text:
    case value_type::path:
    case value_type::host:
    case value_type::address:
    case value_type::topic:
    case value_type::topic_level:
      return read_text();
    case value_type::word:
      return read_word();
    case value_type::integer:
      return read_integer();
    case value_type::number:
      return read_number();
    case value_type::boolean:
      return read_boolean();
    case value_type::frame_size:
      return read_frame_size();
    case value_type::topic_list:
    case value_type::name_list:
    case value_type::word_list:
      return read_list();
    case value_type::label_map:
      return read_labels();
    case value_type::zone_map:
      return read_zone_map();
    case value_type::zone_list:
      return read_zone_list();
    }
    return {};
  }

private:
  // -- messages ----------------------------------------------------------------------

  [[nodiscard]] std::string shown(std::string_view text) const {
    return key_.secret ? std::string{mask} : in_quotes(text);
  }

  value fail(std::string_view text, std::string_view problem) {
    out_.errors.push_back(where_.path + ": " + shown(text) + " (" + where_.from.text + ") "
                          + std::string{problem} + "; allowed: " + allowed(key_, where_.max));
    return {};
  }

  value fail_kind() {
    const bool nothing = raw_.what == raw_value::kind::nothing;
    out_.errors.push_back(where_.path + " (" + where_.from.text + ") "
                          + (nothing ? "has no value" : "is " + std::string{kind_name(raw_)})
                          + "; allowed: " + allowed(key_, where_.max));
    return {};
  }

  void warn(std::string_view subject, std::string_view problem) {
    out_.warnings.push_back(where_.path + ": " + std::string{subject} + " (" + where_.from.text
                            + ") " + std::string{problem});
  }

  [[nodiscard]] bool is_text() const { return raw_.what == raw_value::kind::text; }

  // -- texts -------------------------------------------------------------------------

  value read_text() {
    // A YAML key without a value is an empty text.
    if (!is_text() && raw_.what != raw_value::kind::nothing)
      return fail_kind();
    const std::string& text = raw_.text;
    if (!key_.secret && (!is_utf8(text) || text.find('\0') != std::string::npos))
      return fail(text, "is not UTF-8 text");
    std::string_view kept = text;
    std::string_view problem;
    switch (key_.type) {
    case value_type::host:
      problem = broker_problem(text);
      break;
    case value_type::address:
      problem = address_problem(text);
      if (lower_case(text) == "off")
        kept = "off";
      break;
    case value_type::topic:
      problem = topic_problem(text);
      kept = without_slashes(text);
      break;
    case value_type::topic_level:
      problem = text.find('/') == std::string::npos ? topic_problem(text) : "contains a slash";
      break;
    default:
      break;
    }
    if (!problem.empty())
      return fail(text, problem);
    if (key_.required && kept.empty())
      return fail(text, "is empty");
    warn_of_dollar(kept);
    return std::string{kept};
  }

  void warn_of_dollar(std::string_view text) {
    if ((key_.type == value_type::topic || key_.type == value_type::topic_list)
        && text.starts_with('$'))
      warn(in_quotes(text),
           "begins with $; such topics belong to the broker, which may refuse them");
  }

  // The allowed word that is meant by `text`.
  std::optional<std::string> word_of(std::string_view text) {
    const auto words = key_.allowed_words();
    const auto word = lower_case(trimmed(text));
    if (const auto found = std::ranges::find(words, word); found != words.end())
      return std::string{*found};
    std::string problem = word.empty() ? "is empty" : "is not an allowed word";
    if (const auto near = nearest(word, words); !word.empty() && !near.empty())
      problem += ", did you mean " + std::string{near} + "?";
    fail(text, problem);
    return std::nullopt;
  }

  value read_word() {
    if (!is_text())
      return fail_kind();
    if (auto word = word_of(raw_.text))
      return *std::move(word);
    return {};
  }

  // -- numbers -----------------------------------------------------------------------

  // A number that is within its range, or brought back to it.
  template <class T>
  value ranged(T number) {
    const auto exact = static_cast<double>(number);
    if (exact >= key_.min && exact <= where_.max)
      return number;
    const auto range
        = concat("is outside ", number_text(key_.min), " to ", number_text(where_.max));
    if (key_.beyond == beyond_range::refused)
      return fail(raw_.text, range);
    const double bound = exact < key_.min ? key_.min : where_.max;
    warn(in_quotes(raw_.text), concat(range, "; ", number_text(bound), " is used"));
    return static_cast<T>(bound);
  }

  value read_integer() {
    if (!is_text())
      return fail_kind();
    const auto number = parse_integer(raw_.text);
    if (!number)
      return fail(raw_.text, trimmed(raw_.text).empty() ? "is empty" : "is not a whole number");
    return ranged(*number);
  }

  value read_number() {
    if (!is_text())
      return fail_kind();
    const auto number = parse_number(raw_.text);
    if (!number)
      return fail(raw_.text, trimmed(raw_.text).empty() ? "is empty" : "is not a number");
    if (!std::isfinite(*number))
      return fail(raw_.text, "is not a finite number");
    return ranged(*number);
  }

  value read_boolean() {
    if (!is_text())
      return fail_kind();
    if (const auto known = parse_boolean(raw_.text))
      return *known;
    if (where_.from.layer != layer::environment)
      return fail(raw_.text, "is not a truth value");
    // wildfire-watch takes every other word for false.
    warn(in_quotes(raw_.text), "is not a truth value and is taken for false; write true or false");
    return false;
  }

  value read_frame_size() {
    if (!is_text())
      return fail_kind();
    if (const auto size = parse_frame_size(raw_.text, key_))
      return *size;
    return fail(raw_.text, "is not a frame size");
  }

  // -- lists and maps ----------------------------------------------------------------

  value read_list() {
    std::vector<std::string> parts;
    if (is_text()) {
      parts = split_at_commas(raw_.text);
    } else if (raw_.what == raw_value::kind::list) {
      for (const auto& item : raw_.items) {
        if (item.what != raw_value::kind::text)
          return fail_kind_of_item(item);
        parts.push_back(item.text);
      }
    } else {
      return fail_kind();
    }
    std::vector<std::string> out;
    std::set<std::string> known;
    for (const auto& part : parts) {
      auto item = read_item(part);
      if (!item)
        return {};
      if (known.insert(*item).second)
        out.push_back(*std::move(item));
    }
    if (key_.required && out.empty())
      return fail(raw_.text, "is empty");
    return out;
  }

  value fail_kind_of_item(const raw_value& item) {
    out_.errors.push_back(where_.path + " (" + where_.from.text + ") contains "
                          + std::string{kind_name(item)}
                          + "; allowed: " + allowed(key_, where_.max));
    return {};
  }

  std::optional<std::string> read_item(const std::string& part) {
    if (key_.type == value_type::word_list)
      return word_of(part);
    std::string_view kept = part;
    std::string_view problem;
    if (key_.type == value_type::topic_list) {
      kept = without_slashes(part);
      problem = topic_problem(part);
    } else if (!is_utf8(part)) {
      problem = "is not UTF-8 text";
    }
    if (problem.empty() && kept.empty())
      problem = "is empty";
    if (!problem.empty()) {
      fail(part, problem);
      return std::nullopt;
    }
    warn_of_dollar(kept);
    return std::string{kept};
  }

  // The entries of a map, which the environment and the command line write as JSON.
  std::optional<std::vector<raw_value>> entries_of_map() {
    raw_value map = raw_;
    if (is_text()) {
      auto json = parse_json(raw_.text);
      if (!json.problem.empty()) {
        fail(raw_.text, json.problem);
        return std::nullopt;
      }
      map = std::move(json.root);
      if (map.what != raw_value::kind::map) {
        fail(raw_.text, "is not a JSON object");
        return std::nullopt;
      }
    }
    if (map.what != raw_value::kind::map) {
      fail_kind();
      return std::nullopt;
    }
    return std::move(map.items);
  }

  value read_labels() {
    const auto entries = entries_of_map();
    if (!entries)
      return {};
    labels out;
    for (const auto& meaning : *entries) {
      const auto& label = meaning.name;
      const auto word = lower_case(trimmed(meaning.text));
      const auto* known
          = std::ranges::find(label_words, word, [](const auto& entry) { return entry.first; });
      if (meaning.what != raw_value::kind::text || known == label_words.end())
        return fail_label(label, "has no allowed meaning");
      if (!is_utf8(label))
        return fail_label(label, "is not UTF-8 text");
      const auto [at, added] = out.emplace(lower_case(label), known->second);
      if (!added && at->second != known->second)
        return fail_label(label, "has two meanings, in upper and in lower case");
    }
    const bool any = std::ranges::any_of(
        out, [](const auto& entry) { return entry.second != label_class::ignore; });
    if (!any)
      warn("the map", "has no label for fire or smoke, so that no detection can ever count");
    return out;
  }

  value fail_label(std::string_view label, std::string_view problem) {
    out_.errors.push_back(where_.path + ": the label " + in_quotes(label) + " (" + where_.from.text
                          + ") " + std::string{problem}
                          + "; allowed: " + allowed(key_, where_.max));
    return {};
  }

  // The zones in `raw`; entries of another kind are left out.
  std::optional<std::vector<std::string>> zones_in(const raw_value& raw, std::string_view subject) {
    std::vector<std::string> out;
    std::set<std::string> known;
    const auto add = [&](const raw_value& item) {
      auto literal = zone_literal(item);
      if (!literal) {
        const bool is_plain_text = item.what == raw_value::kind::text;
        warn(subject, "holds "
                          + (is_plain_text ? in_quotes(item.text) : std::string{kind_name(item)})
                          + ", which is neither a text nor a number; it is left out");
        return false;
      }
      if (known.insert(*literal).second)
        out.push_back(*std::move(literal));
      return true;
    };
    if (raw.what != raw_value::kind::list)
      return add(raw) ? std::optional{out} : std::nullopt;
    for (const auto& item : raw.items)
      add(item);
    return out;
  }

  value read_zone_map() {
    const auto entries = entries_of_map();
    if (!entries)
      return {};
    zones out;
    for (const auto& raw : *entries) {
      const auto& camera = raw.name;
      if (!is_utf8(camera)) {
        warn("the entry of " + in_quotes(camera), "is not UTF-8 text; it is left out");
        continue;
      }
      if (auto list = zones_in(raw, "the entry of " + in_quotes(camera)))
        out[camera] = *std::move(list);
    }
    return out;
  }

  value read_zone_list() {
    if (raw_.what == raw_value::kind::nothing || raw_.what == raw_value::kind::map)
      return fail_kind();
    raw_value list = raw_;
    if (is_text() && where_.from.layer == layer::set) {
      list.plain = true;
      if (auto json = parse_json(raw_.text);
          json.problem.empty() && json.root.what == raw_value::kind::list)
        list = std::move(json.root);
    }
    return zones_in(list, "the list").value_or(std::vector<std::string>{});
  }

  const key& key_;
  const raw_value& raw_;
  const context& where_;
  findings& out_;
};

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

// Zones are JSON texts already.
std::string list_of_literals(const std::vector<std::string>& literals) {
  return "[" + join(literals, ",") + "]";
}

// As dump, but never throws.
std::string json_text(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

value read(const key& k, const raw_value& raw, const context& where, findings& out) {
  return reader{k, raw, where, out}.read();
}

std::string to_text(const key& k, const value& v) {
  return std::visit(overloaded{
                        [](std::monostate) { return std::string{}; },
                        [](const std::string& text) { return text; },
                        [](std::int64_t number) { return std::to_string(number); },
                        [](double number) { return number_text(number); },
                        [](bool flag) { return std::string{flag ? "true" : "false"}; },
                        [&](const std::vector<std::string>& list) {
                          return k.type == value_type::zone_list ? list_of_literals(list)
                                                                 : "[" + join(list, ", ") + "]";
                        },
                        [](const firefinder::frame_size& size) {
                          return std::to_string(size.width) + "x" + std::to_string(size.height);
                        },
                        [](const labels& map) {
                          auto json = nlohmann::json::object();
                          for (const auto& [label, meaning] : map)
                            json[label] = label_word(meaning);
                          return json_text(json);
                        },
                        [](const zones& map) {
                          std::vector<std::string> entries;
                          entries.reserve(map.size());
                          for (const auto& [camera, list] : map)
                            entries.push_back(json_text(camera) + ":" + list_of_literals(list));
                          return "{" + join(entries, ",") + "}";
                        },
                    },
                    v);
}

std::string to_display(const key& k, const value& v) {
  const auto text = to_text(k, v);
  if (text.empty())
    return std::holds_alternative<std::monostate>(v) ? "-" : "\"\"";
  return k.secret ? std::string{mask} : printable(text);
}

std::string number_text(double number) {
  std::array<char, 64> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return error == std::errc{} ? std::string(buffer.data(), end) : std::string{"?"};
}

std::string allowed(const key& k, double max) {
  const auto range = [&] { return number_text(k.min) + " to " + number_text(max); };
  const auto words = [&] {
    const auto all = k.allowed_words();
    return join(std::vector<std::string>(all.begin(), all.end()), ", ");
  };
  switch (k.type) {
  case value_type::text:
    return k.required ? "a text that is not empty" : "a text";
  case value_type::path:
    return "a path";
  case value_type::host:
    return "a host name or address";
  case value_type::address:
    return "host:port, or off";
  case value_type::topic:
    return k.required ? "a topic without #, + and control characters, not empty"
                      : "a topic without #, + and control characters";
  case value_type::topic_level:
    return "one level of a topic: no slash, #, + or control characters, not empty";
  case value_type::topic_list:
    return "a list of topics without #, + and control characters, or a text with commas";
  case value_type::name_list:
    return "a list of names, or a text with commas";
  case value_type::word:
    return words();
  case value_type::word_list:
    return "a list, or a text with commas, of " + words();
  case value_type::integer:
    return "a whole number, " + range();
  case value_type::number:
    return "a number, " + range();
  case value_type::boolean:
    return "true, 1, yes, on; false, 0, no, off";
  case value_type::frame_size:
    return "width x height such as 1920x1080, each " + range();
  case value_type::label_map:
    return "a map (JSON in the environment) of labels to fire, smoke or ignore";
  case value_type::zone_map:
    return "a map (JSON in the environment) of cameras to a zone or a list of zones";
  case value_type::zone_list:
    return "a zone or a list of zones, each a text or a number";
  }
  return {};
}

} // namespace firefinder::configuration
