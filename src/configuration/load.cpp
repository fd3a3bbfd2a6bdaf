#include "src/configuration/load.hpp"

#include "actors/consensus/identity.hpp"
#include "messages/camera_key.hpp"
#include "src/configuration/camera_credentials.hpp"
#include "src/configuration/files.hpp"
#include "src/configuration/text.hpp"
#include "src/configuration/value.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <span>
#include <string_view>
#include <utility>

// POSIX leaves the declaration to the program.
extern char** environ;

namespace firefinder::configuration {

namespace {

// Longest name of an instance: it is part of ids at Home Assistant.
constexpr std::size_t max_instance = 16;

/// A value that a source gave for a key.
struct given {
  raw_value raw;
  origin from;
};

// The name of a key without its camera, such as `cameras.<id>.zones` to `zones`.
using given_by_name = std::map<std::string, given>;

// -- addresses of Frigate's API ------------------------------------------------------

bool is_http(std::string_view url) {
  return lower_case(url).starts_with("http://") || lower_case(url).starts_with("https://");
}

// Prefix and address of each entry; an address alone is that of the first prefix.
std::vector<std::pair<std::string, std::string>>
api_urls(std::string_view text, const std::vector<std::string>& prefixes) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& entry : split_at_commas(text)) {
    const auto sign = is_http(entry) ? std::string::npos : entry.find('=');
    if (sign == std::string::npos)
      result.emplace_back(prefixes.empty() ? std::string{} : prefixes.front(), entry);
    else
      result.emplace_back(trimmed(std::string_view{entry}.substr(0, sign)),
                          trimmed(std::string_view{entry}.substr(sign + 1)));
  }
  return result;
}

// -- names -----------------------------------------------------------------------

bool is_section(std::string_view name) {
  return !name.empty()
         && std::ranges::any_of(sections(), [&](const section& s) { return s.name == name; });
}

const key* find_camera_key(std::string_view name) {
  return find_key(std::string{camera_prefix} + std::string{name});
}

// `; did you mean …?` for a path that nobody knows, or nothing.
std::string suggestion(std::string_view path) {
  // A camera's keys are compared as if the table named the camera.
  if (section_of(path) == "cameras" && path.rfind('.') > path.find('.')) {
    std::vector<std::string_view> names;
    for (const auto& k : keys())
      if (k.path.starts_with(camera_prefix))
        names.push_back(name_of(k.path));
    const auto near = nearest(name_of(path), names);
    if (near.empty())
      return {};
    return concat("; did you mean ", printable(path.substr(0, path.rfind('.'))), ".", near, "?");
  }
  std::vector<std::string_view> candidates;
  const auto sought = lower_case(name_of(path));
  for (const auto& k : keys()) {
    if (k.path.starts_with(camera_prefix))
      continue;
    // The right name in the wrong place, or the name of the environment.
    const bool by_environment = std::ranges::any_of(k.environment, [&](std::string_view name) {
      return !name.empty() && name.size() == sought.size() && lower_case(name) == sought;
    });
    if (by_environment || name_of(k.path) == name_of(path))
      return "; did you mean " + std::string{k.path} + "?";
    candidates.push_back(k.path);
  }
  for (const auto& s : sections())
    if (!s.name.empty())
      candidates.push_back(s.name);
  const auto near = nearest(path, candidates);
  return near.empty() ? std::string{} : "; did you mean " + std::string{near} + "?";
}

bool is_caf_name(std::string_view name) {
  constexpr std::string_view allowed_characters
      = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  return !name.empty() && !name.ends_with('.')
         && name.find_first_not_of(allowed_characters) == std::string_view::npos;
}

// -- loading -----------------------------------------------------------------------

class loader {
public:
  explicit loader(const sources& from) : from_(from) {}

  result run() {
    gather_file();
    gather_credentials();
    gather_environment();
    gather_sets();
    resolve_secrets();
    evaluate_keys();
    evaluate_cameras();
    evaluate_caf();
    check_relations();
    out_.errors = std::move(found_.errors);
    out_.warnings = std::move(found_.warnings);
    out_.notices = std::move(found_.notices);
    // Settings made of values that could not be read would be wrong ones.
    if (out_.ok())
      fill_settings();
    return std::move(out_);
  }

private:
  // -- gathering, from the weakest source to the strongest ------------------------------

  void error(std::string text) { found_.errors.push_back(std::move(text)); }

  void unknown(std::string_view path, const origin& from) {
    error(printable(path) + " (" + from.text + ") is not a known key" + suggestion(path));
  }

  void gather_file() {
    if (!from_.file)
      return;
    const auto& name = *from_.file;
    const auto shown = printable(name);
    const auto file = read_file(name);
    if (!file.problem.empty()) {
      error("configuration file " + shown + ": " + file.problem
            + "; name a YAML file that this user may read");
      return;
    }
    auto yaml = parse_yaml(file.text);
    if (!yaml.problem.empty()) {
      error("configuration file " + from_file(shown, yaml.line).text + " " + yaml.problem
            + "; correct this place");
      return;
    }
    if (yaml.root.what == raw_value::kind::nothing)
      return;
    if (yaml.root.what != raw_value::kind::map) {
      error("configuration file " + from_file(shown, yaml.root.line).text + " is "
            + std::string{kind_name(yaml.root)} + "; it must consist of `key: value` lines");
      return;
    }
    gather_members(yaml.root, {});
  }

  origin file_origin(const raw_value& raw) const {
    return from_file(printable(*from_.file), raw.line);
  }

  // The members of the whole file, or of one of its sections.
  void gather_members(const raw_value& map, const std::string& prefix) {
    for (const auto& raw : map.items) {
      const auto& name = raw.name;
      const auto path = prefix + name;
      const auto from = file_origin(raw);
      if (name.find('.') != std::string::npos) {
        if (find_key(path) != nullptr)
          error(printable(path) + " (" + from.text + "): write one level a line, `"
                + std::string{section_of(path)} + ":` and below it, indented, `"
                + std::string{name_of(path)} + ":`");
        else
          unknown(path, from);
      } else if (find_key(path) != nullptr) {
        given_[path] = {raw, from};
      } else if (prefix.empty() && is_section(name)) {
        gather_section(name, raw, from);
      } else {
        unknown(path, from);
      }
    }
  }

  void gather_section(const std::string& name, const raw_value& raw, const origin& from) {
    // A section whose lines are all commented out.
    if (raw.what == raw_value::kind::nothing)
      return;
    if (raw.what != raw_value::kind::map)
      error(name + " (" + from.text + ") is " + std::string{kind_name(raw)}
            + "; it must consist of `key: value` lines");
    else if (name == "cameras")
      gather_cameras(raw);
    else if (name == "caf")
      gather_caf(raw, {});
    else
      gather_members(raw, name + ".");
  }

  void gather_cameras(const raw_value& map) {
    for (const auto& raw : map.items) {
      const auto& id = raw.name;
      const auto from = file_origin(raw);
      const auto path = "cameras." + id;
      if (!is_camera_id(id, from))
        continue;
      auto& camera = cameras_[id];
      if (raw.what == raw_value::kind::nothing)
        continue;
      if (raw.what != raw_value::kind::map) {
        error(printable(path) + " (" + from.text + ") is " + std::string{kind_name(raw)}
              + "; it must consist of `key: value` lines");
        continue;
      }
      for (const auto& member : raw.items) {
        const auto& name = member.name;
        if (name.find('.') == std::string::npos && find_camera_key(name) != nullptr)
          camera[name] = {member, file_origin(member)};
        else
          unknown(concat(path, ".", name), file_origin(member));
      }
    }
  }

  bool is_camera_id(std::string_view id, const origin& from) {
    std::string_view problem;
    if (id.empty())
      problem = "is empty";
    else if (id.find('/') != std::string_view::npos)
      problem = "contains a slash";
    else
      problem = topic_problem(id);
    if (problem.empty())
      return true;
    error("cameras: the id \"" + printable(id) + "\" (" + from.text + ") " + std::string{problem}
          + "; allowed: one level of a topic");
    return false;
  }

  void gather_caf(const raw_value& map, const std::string& prefix) {
    for (const auto& raw : map.items) {
      const auto& name = raw.name;
      const auto path = prefix + name;
      const auto from = file_origin(raw);
      const auto shown = std::string{caf_prefix} + printable(path);
      if (!is_caf_name(name))
        error(shown + " (" + from.text + ") is not the name of an option for CAF");
      else if (raw.what == raw_value::kind::map)
        gather_caf(raw, path + ".");
      else if (raw.what == raw_value::kind::list)
        error(shown + " (" + from.text
              + ") is a list; allowed: a text, lists in CAF's own notation, such as \"['a','b']\"");
      else if (!caf_.emplace(path, given{raw, from}).second)
        error(shown + " (" + from.text + ") is given twice");
    }
  }

  // systemd hands secrets to a service as files in a folder of its own.
  void gather_credentials() {
    const auto folder = from_.environment.find("CREDENTIALS_DIRECTORY");
    if (folder == from_.environment.end() || folder->second.empty())
      return;
    for (const auto& k : keys()) {
      if (!k.secret)
        continue;
      const std::string name{k.path};
      const auto path = folder->second + "/" + name;
      std::error_code ignored;
      if (!std::filesystem::exists(path, ignored))
        continue;
      const auto from = from_credential(name);
      if (auto secret = read_secret(name, path, from))
        given_[name] = {raw_value::of(*std::move(secret)), from};
    }
  }

  void gather_environment() {
    for (const auto& k : keys()) {
      std::string_view used;
      for (const auto name : k.environment) {
        if (name.empty())
          break;
        const auto found = from_.environment.find(std::string{name});
        if (found == from_.environment.end())
          continue;
        if (used.empty()) {
          used = name;
          given_[std::string{k.path}]
              = {raw_value::of(found->second), from_environment(found->first)};
          if (name != k.canonical_environment())
            found_.notices.push_back(std::string{k.path} + ": environment " + found->first
                                     + " is an older name, still accepted; the name now is "
                                     + std::string{k.canonical_environment()});
        } else {
          found_.notices.push_back(std::string{k.path} + ": environment " + found->first
                                   + " is ignored, because " + std::string{used} + " is set too");
        }
      }
    }
  }

  void gather_sets() {
    for (std::size_t i = 0; i < from_.sets.size(); ++i) {
      const std::string_view argument = from_.sets[i];
      const auto equals = argument.find('=');
      if (equals == std::string_view::npos) {
        // The text itself could be a secret that lost its key.
        error("--set number " + std::to_string(i + 1) + " has no equals sign; allowed: key=value");
        continue;
      }
      gather_set(std::string{trimmed(argument.substr(0, equals))},
                 raw_value::of(std::string{argument.substr(equals + 1)}));
    }
  }

  void gather_set(const std::string& path, raw_value raw) {
    const auto from = from_set();
    if (path.starts_with(caf_prefix) && is_caf_name(path)) {
      caf_[path.substr(caf_prefix.size())] = {std::move(raw), from};
    } else if (section_of(path) == "cameras") {
      const auto first = path.find('.');
      const auto last = path.rfind('.');
      const auto name = path.substr(last + 1);
      if (first == last || find_camera_key(name) == nullptr) {
        unknown(path, from);
        return;
      }
      const auto id = path.substr(first + 1, last - first - 1);
      if (is_camera_id(id, from))
        cameras_[id][name] = {std::move(raw), from};
    } else if (find_key(path) != nullptr) {
      given_[path] = {std::move(raw), from};
    } else {
      unknown(path, from);
    }
  }

  // -- secrets -----------------------------------------------------------------------

  std::optional<std::string> read_secret(const std::string& name, const std::string& path,
                                         const origin& from) {
    auto file = read_file(path);
    if (file.problem.empty() && file.text.empty())
      file.problem = "the file is empty";
    if (!file.problem.empty()) {
      error(name + ": cannot read \"" + printable(path) + "\" (" + from.text + "): " + file.problem
            + "; name a file with the secret that this user may read");
      return std::nullopt;
    }
    if (file.text.ends_with('\n'))
      file.text.pop_back();
    if (file.text.ends_with('\r'))
      file.text.pop_back();
    return std::move(file.text);
  }

  // Puts the contents of `…_file` in place of the secret, unless a stronger source
  // gives the secret itself.
  void resolve_secrets() {
    for (const auto& k : keys()) {
      if (!k.secret)
        continue;
      const std::string name{k.path};
      const auto file = given_.find(name + "_file");
      if (file == given_.end() || file->second.raw.text.empty())
        continue;
      const auto& from = file->second.from;
      const auto direct = given_.find(name);
      if (direct != given_.end()) {
        if (direct->second.from.layer > from.layer)
          continue;
        if (direct->second.from.layer == from.layer && !direct->second.raw.text.empty()) {
          error(concat(name, " (", direct->second.from.text, ") and ", name, "_file (", from.text,
                       ") are both given; give one of them"));
          continue;
        }
      }
      const auto& path = file->second.raw.text;
      if (auto secret = read_secret(name + "_file", path, from))
        given_[name] = {raw_value::of(*std::move(secret)),
                        {from.layer, "file " + printable(path) + ", " + from.text}};
    }
  }

  // -- evaluating --------------------------------------------------------------------

  [[nodiscard]] double max_of(const key& k) const {
    return landscape_ && k.landscape_max > 0 ? k.landscape_max : k.max;
  }

  [[nodiscard]] bool has_landscape_default(const key& k) const {
    return landscape_ && !k.landscape_default.empty();
  }

  // What the key is when nobody says anything.
  [[nodiscard]] value default_of(const key& k) const {
    if (k.default_text.empty()) {
      switch (k.type) {
      case value_type::integer:
      case value_type::number:
      case value_type::frame_size:
        return {};
      case value_type::topic_list:
      case value_type::name_list:
      case value_type::zone_list:
        return std::vector<std::string>{};
      default:
        return std::string{};
      }
    }
    findings none;
    const auto text = has_landscape_default(k) ? k.landscape_default : k.default_text;
    return read(k, raw_value::of(std::string{text}), {std::string{k.path}, origin{}, max_of(k)},
                none);
  }

  // Reads one key and notes it down.
  value evaluate(const key& k, const std::string& path, const given* source) {
    const auto standard = default_of(k);
    value v = standard;
    origin from;
    if (has_landscape_default(k))
      from.text = "default of landscape";
    if (source != nullptr) {
      from = source->from;
      v = read(k, source->raw, {path, from, max_of(k)}, found_);
    }
    const bool is_default = source == nullptr;
    const bool changed = to_text(k, v) != to_text(k, standard);
    const bool without_effect = changed && !k.pending.empty();
    if (without_effect && !std::holds_alternative<std::monostate>(v))
      found_.notices.push_back(printable(path) + " (" + from.text + "): " + std::string{k.pending});
    out_.effective.push_back(
        {printable(path), to_display(k, v), from.text, is_default, without_effect});
    return v;
  }

  void evaluate_keys() {
    const auto* profile = source_of("consensus.profile");
    landscape_ = profile != nullptr && lower_case(trimmed(profile->raw.text)) == "landscape";
    for (const auto& k : keys()) {
      if (k.path.starts_with(camera_prefix))
        continue;
      const std::string path{k.path};
      values_[path] = evaluate(k, path, source_of(path));
    }
  }

  void evaluate_cameras() {
    for (const auto& [id, members] : cameras_) {
      auto& values = camera_values_[id];
      for (const auto& k : keys()) {
        if (!k.path.starts_with(camera_prefix))
          continue;
        const std::string name{name_of(k.path)};
        const auto found = members.find(name);
        // Of a camera without settings at least one line shows that it is known.
        if (found == members.end() && name != "enabled")
          values[name] = default_of(k);
        else
          values[name] = evaluate(k, concat("cameras.", id, ".", name),
                                  found == members.end() ? nullptr : &found->second);
      }
    }
  }

  void evaluate_caf() {
    for (const auto& [name, source] : caf_)
      out_.effective.push_back({std::string{caf_prefix} + name, printable(source.raw.text),
                                source.from.text, false, false});
  }

  const given* source_of(const std::string& path) const {
    const auto found = given_.find(path);
    return found != given_.end() ? &found->second : nullptr;
  }

  // -- access to what was evaluated --------------------------------------------------

  // A value of the type that its key has in the table, unless it could not be read.
  template <class T>
  const T* known(const std::string& path) const {
    return std::get_if<T>(&values_.at(path));
  }

  template <class T>
  T get(const std::string& path) const {
    return std::get<T>(values_.at(path));
  }

  [[nodiscard]] std::string text(const std::string& path) const { return get<std::string>(path); }
  [[nodiscard]] bool flag(const std::string& path) const { return get<bool>(path); }
  [[nodiscard]] timespan span(const std::string& path) const {
    return from_seconds(get<double>(path));
  }
  [[nodiscard]] std::chrono::seconds whole_seconds(const std::string& path) const {
    return std::chrono::seconds{get<std::int64_t>(path)};
  }
  // A number whose range in the table fits.
  [[nodiscard]] std::uint32_t count(const std::string& path) const {
    return static_cast<std::uint32_t>(get<std::int64_t>(path));
  }

  [[nodiscard]] std::string source_text(const std::string& path) const {
    const auto* source = source_of(path);
    return source != nullptr ? source->from.text : origin{}.text;
  }

  effective_value& shown(std::string_view path) {
    return *std::ranges::find(out_.effective, path, &effective_value::key);
  }

  // -- what one key says of another, and defaults that are no constants ----------------

  void check_relations() {
    check_areas();
    check_persistence();
    check_reconnect();
    check_session();
    check_tls();
    check_cameras();
    check_web();
    check_identities();
    check_frigate();
    check_home_assistant();
    check_camera_keys();
    choose_port();
    choose_names();
    choose_store();
  }

  void check_areas() {
    const std::string lowest = "consensus.min_area_ratio";
    const std::string highest = "consensus.max_area_ratio";
    const auto* min = known<double>(lowest);
    const auto* max = known<double>(highest);
    if (min != nullptr && max != nullptr && *min >= *max)
      error(lowest + ": " + number_text(*min) + " (" + source_text(lowest)
            + ") is not below consensus.max_area_ratio, " + number_text(*max) + " ("
            + source_text(highest) + "); no detection could ever count");
  }

  void check_persistence() {
    const std::string needed = "consensus.persistence_needed";
    const std::string frames = "consensus.persistence_frames";
    const auto* m = known<std::int64_t>(needed);
    const auto* n = known<std::int64_t>(frames);
    if (m == nullptr || n == nullptr)
      return;
    const std::string evidence = "consensus.persistence_evidence";
    const auto most = (1 + persistence_rule::per_frame) * static_cast<double>(*n);
    if (const auto* sum = known<double>(evidence); sum != nullptr && *sum > most)
      error(evidence + ": " + number_text(*sum) + " (" + source_text(evidence) + ") is above "
            + number_text(most) + ", the most that consensus.persistence_frames, "
            + std::to_string(*n) + " (" + source_text(frames)
            + "), can gather; no object could ever be verified");
    if (*m <= *n)
      return;
    error(needed + ": " + std::to_string(*m) + " (" + source_text(needed)
          + ") is above consensus.persistence_frames, " + std::to_string(*n) + " ("
          + source_text(frames) + "); no object could ever be verified");
  }

  void check_reconnect() { keep_in_order("mqtt.reconnect_min_s", "mqtt.reconnect_max_s"); }

  // A lower bound above the upper one is that one.
  void keep_in_order(const std::string& shortest, const std::string& longest) {
    const auto* min = known<double>(shortest);
    const auto* max = known<double>(longest);
    if (min == nullptr || max == nullptr || *min <= *max)
      return;
    found_.warnings.push_back(shortest + ": " + number_text(*min) + " (" + source_text(shortest)
                              + ") is above " + longest + ", " + number_text(*max) + " ("
                              + source_text(longest) + "); " + number_text(*max) + " is used");
    values_[shortest] = *max;
    shown(shortest).value = number_text(*max);
  }

  // A broker that has forgotten the session takes what goes on in the next for a new trigger.
  void check_session() {
    const std::string session = "mqtt.session_expiry_s";
    const std::string life = "consensus.trigger_ttl_s";
    const auto* kept = known<std::int64_t>(session);
    const auto* ttl = known<double>(life);
    if (kept == nullptr || ttl == nullptr || static_cast<double>(*kept) >= *ttl)
      return;
    found_.warnings.push_back(session + ": " + std::to_string(*kept) + " (" + source_text(session)
                              + ") is below consensus.trigger_ttl_s, " + number_text(*ttl) + " ("
                              + source_text(life)
                              + "); the broker may forget a trigger that is under way while we are "
                                "away, and is then given it a second time");
  }

  void check_tls() {
    const auto* tls = known<bool>("mqtt.tls");
    if (tls == nullptr)
      return;
    const std::array<std::string, 3> paths{"mqtt.ca", "mqtt.cert", "mqtt.key"};
    for (const auto& name : paths) {
      const auto* path = known<std::string>(name);
      if (path == nullptr || path->empty())
        continue;
      if (!*tls) {
        found_.notices.push_back(name + " (" + source_text(name)
                                 + "): has no effect while mqtt.tls is false");
        continue;
      }
      const auto problem = read_problem(*path);
      if (!problem.empty())
        error(concat(name, ": cannot read \"", printable(*path), "\" (", source_text(name),
                     "): ", problem, "; name a PEM file that this user may read"));
    }
    if (*tls) {
      check_pair("mqtt.cert", "mqtt.key");
      check_pair("mqtt.key", "mqtt.cert");
    }
    const auto* insecure = known<bool>("mqtt.insecure");
    if (*tls && insecure != nullptr && *insecure)
      found_.notices.push_back("mqtt.insecure (" + source_text("mqtt.insecure")
                               + "): the broker's certificate is not checked");
  }

  void check_pair(const std::string& one, const std::string& other) {
    const auto* first = known<std::string>(one);
    const auto* second = known<std::string>(other);
    if (first != nullptr && second != nullptr && !first->empty() && second->empty())
      error(one + " (" + source_text(one) + ") is given without " + other + "; give both or none");
  }

  void check_frigate() {
    const auto* prefixes = known<std::vector<std::string>>("frigate.prefixes");
    const auto* urls = known<std::string>("frigate.api_url");
    if (prefixes == nullptr || urls == nullptr)
      return;
    std::set<std::string> named;
    for (const auto& [prefix, url] : api_urls(*urls, *prefixes)) {
      std::string problem;
      if (!is_http(url))
        problem = "names an address that does not begin with http:// or https://";
      else if (std::ranges::find(*prefixes, prefix) == prefixes->end())
        problem = "names an address of a prefix that is not in frigate.prefixes";
      else if (!named.insert(prefix).second)
        problem = "names two addresses of one prefix";
      if (!problem.empty())
        // All of it: no part may show the rest of a password.
        error(concat("frigate.api_url: \"", printable(*urls), "\" (",
                     source_text("frigate.api_url"), ") ", problem,
                     "; write http://host:port, or prefix=http://host:port for each prefix"));
    }
    const auto* apply = known<std::string>("frigate.apply");
    if (apply != nullptr && *apply == "api"
        && (prefixes->empty() || !named.contains(prefixes->front())))
      error(concat("frigate.apply (", source_text("frigate.apply"),
                   "): api needs frigate.api_url with the address of the first of "
                   "frigate.prefixes"));
  }

  void check_cameras() {
    if (const auto* list = known<std::string>("camera_detection.credentials"))
      for (const auto place : read_camera_credentials(*list).skipped)
        found_.warnings.push_back(
            concat("camera_detection.credentials (", source_text("camera_detection.credentials"),
                   "): part ", std::to_string(place),
                   " is not user:password and is passed over; a comma in a password is written "
                   "%2C"));
    const auto* user = known<std::string>("camera_detection.default_username");
    const auto* password = known<std::string>("camera_detection.default_password");
    if (user != nullptr && password != nullptr && user->empty() && !password->empty())
      found_.warnings.push_back(concat(
          "camera_detection.default_password (", source_text("camera_detection.default_password"),
          ") is given without camera_detection.default_username; it is not tried"));
    if (const auto* networks = known<std::string>("camera_detection.network_subnet"))
      for (const auto& network : split_at_commas(*networks))
        if (const auto problem = network_problem(network); !problem.empty())
          error(concat("camera_detection.network_subnet: \"", printable(network), "\" (",
                       source_text("camera_detection.network_subnet"), ") ", problem,
                       "; write 192.168.1.0/24"));
  }

  // Of an address with a port, an IPv6 one without its brackets; empty: it has none, like `off`.
  static std::string host_of(const std::string& address) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos)
      return {};
    auto host = address.substr(0, colon);
    return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
  }

  void check_web() {
    const auto* listen = known<std::string>("web.listen");
    const auto* token = known<std::string>("web.token");
    if (listen == nullptr || token == nullptr || *listen == "off")
      return;
    web_settings asked;
    asked.host = host_of(*listen);
    // Whoever can ask may guess, as often as he likes.
    constexpr std::size_t least_token = 16;
    if (asked.is_loopback())
      return;
    if (token->empty())
      found_.warnings.push_back("web.listen (" + source_text("web.listen")
                                + "): anything but loopback needs web.token; without it the page "
                                  "is not served");
    else if (token->size() < least_token)
      found_.warnings.push_back("web.token (" + source_text("web.token")
                                + ") has fewer than 16 characters and can be guessed by whoever "
                                  "can reach the page; openssl rand -hex 24 makes a good one");
  }

  // A camera that is two would be two witnesses of its own fire, or one camera's sightings
  // another's.
  void check_identities() {
    struct claim {
      std::string camera;
      std::string what;
    };
    std::map<std::string, claim> claims;
    const auto add = [&](const std::string& name, const claim& x) {
      const auto [first, is_new] = claims.emplace(common_form(name), x);
      if (!is_new && first->second.camera != x.camera)
        error(concat(x.what, ": \"", printable(name), "\" is ", first->second.what,
                     " already; a name belongs to one camera"));
    };
    for (const auto& [id, values] : camera_values_)
      add(id, {id, "cameras." + printable(id)});
    for (const auto& [id, values] : camera_values_)
      if (const auto* aliases = std::get_if<std::vector<std::string>>(&values.at("aliases")))
        for (const auto& alias : *aliases)
          add(alias, {id, "cameras." + printable(id) + ".aliases"});
  }

  // -- Home Assistant --------------------------------------------------------------------

  void check_home_assistant() {
    check_instance();
    check_levels("home_assistant.discovery_prefix");
    check_levels("home_assistant.base_topic");
    check_levels("home_assistant.status_topic");
    check_levels("argusai.topic_prefix");
    check_levels("argusai.availability_topic");
    check_apart("home_assistant.base_topic", "home_assistant.discovery_prefix");
    check_apart("argusai.topic_prefix", "home_assistant.discovery_prefix");
    check_apart("argusai.topic_prefix", "home_assistant.base_topic");
    check_apart("argusai.availability_topic", "home_assistant.discovery_prefix");
    check_apart("argusai.availability_topic", "home_assistant.base_topic");
    keep_in_order("home_assistant.birth_delay_min_s", "home_assistant.birth_delay_max_s");
    check_time_zone();
    if (const auto* url = known<std::string>("argusai.api_base_url"); url && !is_http(*url))
      error(concat("argusai.api_base_url: \"", printable(*url), "\" (",
                   source_text("argusai.api_base_url"),
                   ") does not begin with http:// or https://; write http://host:port"));
    const auto* prefix = known<std::string>("home_assistant.discovery_prefix");
    if (prefix != nullptr)
      choose_text("home_assistant.status_topic", *prefix + "/status");
    if (const auto* own = known<std::string>("argusai.topic_prefix"))
      choose_text("argusai.availability_topic", *own + "/status");
  }

  // It is part of ids at Home Assistant.
  void check_instance() {
    const std::string path = "home_assistant.instance";
    const auto* name = known<std::string>(path);
    if (name == nullptr || name->empty()
        || (name->size() <= max_instance
            && name->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_")
                   == std::string::npos))
      return;
    error(concat(path, ": \"", printable(*name), "\" (", source_text(path),
                 ") is no id at Home Assistant; allowed: 1 to 16 of a to z, 0 to 9 and _"));
  }

  void check_levels(const std::string& path) {
    const auto* topic = known<std::string>(path);
    if (topic != nullptr && topic->find("//") != std::string::npos)
      error(concat(path, ": \"", printable(*topic), "\" (", source_text(path),
                   ") has an empty level; leave out one of the slashes"));
  }

  // One topic of both, and each would take what belongs to the other for its own.
  void check_apart(const std::string& path, const std::string& other) {
    const auto* one = known<std::string>(path);
    const auto* two = known<std::string>(other);
    if (one == nullptr || two == nullptr || one->empty() || two->empty())
      return;
    const auto lies_below
        = [](const std::string& x, const std::string& y) { return (x + '/').starts_with(y + '/'); };
    if (lies_below(*one, *two) || lies_below(*two, *one))
      error(concat(path, ": \"", printable(*one), "\" (", source_text(path), ") and ", other,
                   ", \"", printable(*two), "\" (", source_text(other),
                   "), are the same or lie one below the other; give them different first levels"));
  }

  void check_time_zone() {
    const std::string path = "home_assistant.time_zone";
    const auto* name = known<std::string>(path);
    if (name == nullptr || name->empty())
      return;
    constexpr std::string_view allowed_characters
        = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
    const std::filesystem::path known_zones = "/usr/share/zoneinfo";
    std::error_code ignored;
    // Never a file outside of that folder: neither `..` nor a slash at the beginning.
    const bool is_name
        = name->find_first_not_of(allowed_characters) == std::string::npos && name->front() != '/';
    if (is_name
        && (!std::filesystem::is_directory(known_zones, ignored)
            || std::filesystem::is_regular_file(known_zones / *name, ignored)))
      return;
    error(
        concat(path, ": \"", printable(*name), "\" (", source_text(path),
               ") is no time zone that this system knows; write Europe/Berlin or UTC, or leave it "
               "out for that of the system"));
  }

  // What two cameras had in common there would be a merge of both.
  void check_camera_keys() {
    std::map<std::string, std::string> cameras;
    for (const auto& [id, values] : camera_values_) {
      const auto key = camera_key(id);
      if (key.empty())
        continue;
      const auto [first, is_new] = cameras.emplace(key, id);
      if (!is_new && common_form(first->second) != common_form(id))
        error(concat("cameras.", printable(id), ": in topics and at Home Assistant its id is \"",
                     key, "\", and so is that of cameras.", printable(first->second),
                     "; give one of them another id, and its present one as an alias"));
    }
  }

  void choose_port() {
    const auto* tls = known<bool>("mqtt.tls");
    if (tls == nullptr || !*tls || source_of("mqtt.port") != nullptr)
      return;
    constexpr std::int64_t tls_port = 8883;
    values_["mqtt.port"] = tls_port;
    shown("mqtt.port").value = std::to_string(tls_port);
    shown("mqtt.port").source = "default with TLS";
  }

  void choose_text(const std::string& path, const std::string& chosen) {
    const auto* written = known<std::string>(path);
    if (written == nullptr || !written->empty())
      return;
    values_[path] = chosen;
    shown(path).value = printable(chosen);
  }

  void choose_names() {
    const auto host = from_.hostname.empty() ? std::string{"localhost"} : from_.hostname;
    const auto* prefix = known<std::string>("mqtt.topic_prefix");
    const auto* instance = known<std::string>("home_assistant.instance");
    std::string suffix;
    if (prefix != nullptr && !prefix->empty()) {
      // Two slashes' worth of dashes, so that `site/a` and `site-a` stay apart.
      suffix += "-";
      for (const char c : *prefix)
        suffix += c == '/' ? std::string{"--"} : std::string(1, c);
    }
    if (instance != nullptr && *instance != "main")
      suffix += "-" + *instance;
    // Daemons that share a host and its broker, each with a part of the services.
    const auto& services = shown("services").value;
    if (services != "[consensus, camera_detection, discovery]") {
      suffix += "-";
      for (const char c : services)
        if (c == ',')
          suffix += '.';
        else if (c != '[' && c != ']' && c != ' ')
          suffix += c;
    }
    choose_text("mqtt.client_id", "firefinder-" + host + suffix);
    // Without the host: it may change its name, and must not forget for that.
    state_name_ = "firefinder" + suffix;
    choose_text("consensus.service_id", "fire_consensus_" + host);
  }

  void choose_store() {
    const auto variable = [&](const char* name) {
      const auto found = from_.environment.find(name);
      return found != from_.environment.end() ? found->second : std::string{};
    };
    // systemd separates several folders by colons.
    auto folder = variable("STATE_DIRECTORY");
    folder = folder.substr(0, folder.find(':'));
    if (folder.empty() && !variable("XDG_STATE_HOME").empty())
      folder = variable("XDG_STATE_HOME") + "/firefinder";
    if (folder.empty() && !variable("HOME").empty())
      folder = variable("HOME") + "/.local/state/firefinder";
    if (!folder.empty())
      choose_text("store.path", folder);
  }

  // -- settings ----------------------------------------------------------------------

  void fill_settings() {
    auto& to = out_.values;
    const auto names = get<std::vector<std::string>>("services");
    const auto has
        = [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); };
    to.services = {has("consensus"), has("camera_detection"), has("discovery")};
    to.log = {text("log.level"), text("log.format")};
    fill_connection(to.connection);
    fill_consensus(to.consensus);
    fill_cameras(to);
    fill_frigate(to);
    fill_health(to.health);
    to.bridge.base_topic = text("home_assistant.base_topic");
    to.bridge.limits.longest_window_s = max_of(*find_key("consensus.detection_window_s"));
    fill_control(to.control);
    fill_discovery(to);
    fill_web(to);
    to.time_zone = text("home_assistant.time_zone");
    fill_store(to);
    fill_drill(to);
    for (const auto& [name, source] : caf_)
      to.caf.emplace_back(name, source.raw.text);
  }

  // Daemons that share a folder, told apart by prefix and instance, each have their own file.
  void fill_store(settings& to) const {
    to.store.folder = text("store.path");
    to.store.name = state_name_;
    // Tracks are followed for two windows (tracking.cpp).
    const auto& tracking = to.consensus.tracking;
    to.store.sighting_span
        = std::max({2 * tracking.window, tracking.window + tracking.agreement_window,
                    tracking.camera_timeout});
    if (!to.store.folder.empty())
      to.connection.packets = to.store.folder + '/' + to.store.name + ".packets";
  }

  void fill_connection(connection_settings& to) const {
    to.host = text("mqtt.broker");
    to.port = static_cast<std::uint16_t>(get<std::int64_t>("mqtt.port"));
    to.username = text("mqtt.username");
    to.password = text("mqtt.password");
    to.tls.enabled = flag("mqtt.tls");
    to.tls.ca = text("mqtt.ca");
    to.tls.certificate = text("mqtt.cert");
    to.tls.key = text("mqtt.key");
    to.tls.insecure = flag("mqtt.insecure");
    to.client_id = text("mqtt.client_id");
    const auto protocol = text("mqtt.protocol");
    to.protocol = protocol == "5"       ? protocol_choice::v5
                  : protocol == "3.1.1" ? protocol_choice::v311
                                        : protocol_choice::automatic;
    to.keepalive = whole_seconds("mqtt.keepalive_s");
    to.session_expiry = whole_seconds("mqtt.session_expiry_s");
    to.max_source_rate = get<double>("mqtt.max_source_rate");
    to.reconnect_min = span("mqtt.reconnect_min_s");
    to.reconnect_max = span("mqtt.reconnect_max_s");
    to.topic_prefix = text("mqtt.topic_prefix");
    if (!to.topic_prefix.empty())
      to.topic_prefix += '/';
    to.unprefixed = text("home_assistant.discovery_prefix");
    const auto& services = out_.values.services;
    if (services.consensus)
      to.presence_topics.emplace_back("system/fire_consensus/lwt");
    if (services.camera_detection)
      to.presence_topics.emplace_back("system/camera_detector/lwt");
    // Discovery says `online` itself there: last, when everything is announced.
    const auto add_quiet = [&to](std::string topic) {
      to.quiet_presence.insert(topic);
      to.presence_topics.push_back(std::move(topic));
    };
    if (services.discovery)
      add_quiet(text("home_assistant.base_topic") + "/bridge/state");
    if (services.discovery && text("home_assistant.mode") == "argusai") {
      const auto topic = text("argusai.availability_topic");
      add_quiet(topic);
      to.farewells[topic] = text("argusai.will_message");
    }
  }

  void fill_consensus(consensus_settings& to) const {
    to.acceptance.min_confidence = get<double>("consensus.min_confidence");
    to.acceptance.min_area_ratio = get<double>("consensus.min_area_ratio");
    to.acceptance.max_area_ratio = get<double>("consensus.max_area_ratio");
    to.acceptance.max_age = span("consensus.max_detection_age_s");
    to.acceptance.default_frame = get<firefinder::frame_size>("consensus.frame_size");
    to.acceptance.default_frame_given = source_of("consensus.frame_size") != nullptr;
    to.acceptance.labels = get<labels>("consensus.labels");
    to.acceptance.frigate_prefixes = get<std::vector<std::string>>("frigate.prefixes");
    to.tracking.window = span("consensus.detection_window_s");
    to.tracking.moving_average = count("consensus.moving_average_window");
    to.tracking.growth_ratio = get<double>("consensus.area_increase_ratio");
    to.tracking.camera_timeout = span("consensus.camera_timeout_s");
    to.tracking.cleanup_interval = whole_seconds("consensus.cleanup_interval_s");
    to.tracking.adapts = landscape_;
    const auto how = text("consensus.verification");
    to.tracking.how = how == "either"        ? verification::either
                      : how == "persistence" ? verification::persistence
                                             : verification::growth;
    to.tracking.persistence
        = {count("consensus.persistence_frames"), count("consensus.persistence_needed"),
           get<double>("consensus.persistence_evidence")};
    to.tracking.hysteresis = get<double>("consensus.hysteresis");
    to.tracking.agreement_window = span("consensus.agreement_window_s");
    to.same_fire = span("consensus.same_fire_s");
    to.agree_by_zone = flag("consensus.zone_agreement");
    if (flag("consensus.registered_only"))
      to.tracking.registered.emplace();
    to.threshold = count("consensus.threshold");
    to.tuned = out_.values.services.consensus;
    to.policy = text("consensus.degraded_policy") == "reduce" ? degraded_policy::reduce
                                                              : degraded_policy::trouble;
    to.cooldown = span("consensus.cooldown_s");
    to.trigger_ttl = span("consensus.trigger_ttl_s");
    to.zone_activation = flag("consensus.zone_activation");
    to.service_id = text("consensus.service_id");
    to.instance = text("home_assistant.instance");
    for (const auto& [id, values] : camera_values_) {
      auto& camera = to.acceptance.cameras[id];
      camera.name = std::get<std::string>(values.at("name"));
      camera.enabled = std::get<bool>(values.at("enabled"));
      if (const auto* size = std::get_if<firefinder::frame_size>(&values.at("frame_size")))
        camera.frame = *size;
      camera.aliases = std::get<std::vector<std::string>>(values.at("aliases"));
      if (to.tracking.registered && camera.enabled)
        to.tracking.registered->insert(id);
      if (const auto& witness = std::get<std::string>(values.at("witness")); !witness.empty())
        to.witnesses[id] = witness;
    }
    const camera_identity identity{to.acceptance.cameras};
    for (const auto& [camera, listed] : get<zones>("consensus.zone_mapping"))
      add_zones(to.zones[identity.of(camera).id], listed);
    for (const auto& [id, values] : camera_values_)
      if (const auto& listed = std::get<std::vector<std::string>>(values.at("zones"));
          !listed.empty())
        add_zones(to.zones[id], listed);
  }

  // Called after `fill_consensus`.
  void fill_control(control_settings& to) const {
    const auto& decision = out_.values.consensus;
    to.threshold = decision.threshold;
    to.min_confidence = decision.acceptance.min_confidence;
    to.detection_window = decision.tracking.window;
    to.longest_window = from_seconds(max_of(*find_key("consensus.detection_window_s")));
    to.cooldown = decision.cooldown;
    for (const auto& [id, camera] : decision.acceptance.cameras) {
      to.cameras[id] = camera.name;
      if (!camera.enabled)
        to.switched_off.insert(id);
    }
    to.zones = cameras_by_zone(decision.zones);
    to.reminder = span("alarm.reminder_s");
  }

  // Called after `fill_discovery`.
  void fill_web(settings& all) const {
    auto& to = all.web;
    const auto listen = text("web.listen");
    to.host = host_of(listen);
    if (!to.host.empty())
      to.port = static_cast<std::uint16_t>(std::stoul(listen.substr(listen.rfind(':') + 1)));
    to.token = text("web.token");
    to.instance = all.discovery.instance;
    to.broker = all.discovery.broker;
    to.growth_needed = all.consensus.tracking.growth_ratio;
  }

  // Called after all whose settings it takes over.
  void fill_drill(settings& all) const {
    auto& to = all.drill;
    const auto& decision = all.consensus;
    to.base_topic = all.bridge.base_topic;
    to.topic_prefix = all.connection.topic_prefix;
    to.decides = all.services.consensus;
    to.remembers = !all.store.folder.empty();
    to.interval = from_seconds(get<double>("drill.interval_h") * 3600);
    to.limit = span("drill.timeout_s");
    to.allow_live = flag("drill.allow_live");
    to.tuning.threshold = decision.threshold;
    to.tuning.min_confidence = decision.acceptance.min_confidence;
    to.tuning.detection_window = decision.tracking.window;
    to.tuning.cooldown = decision.cooldown;
    auto& rules = to.rules;
    // Growth is soonest seen where either is enough.
    rules.by_persistence = decision.tracking.how == verification::persistence;
    rules.moving_average = decision.tracking.moving_average;
    rules.growth_ratio = decision.tracking.growth_ratio;
    rules.frames_needed = decision.tracking.persistence.needed;
    rules.evidence = decision.tracking.persistence.evidence;
    rules.per_frame = persistence_rule::per_frame;
    rules.min_area = decision.acceptance.min_area_ratio;
    rules.max_area = decision.acceptance.max_area_ratio;
    rules.max_age = decision.acceptance.max_age;
    rules.label.clear();
    for (const auto meant : {label_class::smoke, label_class::fire})
      for (const auto& [label, what] : decision.acceptance.labels)
        if (what == meant)
          rules.label = label;
  }

  // Called after `fill_connection`, `fill_consensus` and `fill_control`.
  void fill_discovery(settings& all) const {
    auto& to = all.discovery;
    const auto mode = text("home_assistant.mode");
    to.mode = mode == "argusai" ? discovery_mode::argusai
              : mode == "off"   ? discovery_mode::off
                                : discovery_mode::device;
    to.discovery_prefix = text("home_assistant.discovery_prefix");
    to.base_topic = text("home_assistant.base_topic");
    to.topic_prefix = all.connection.topic_prefix;
    to.instance = text("home_assistant.instance");
    // Home Assistant's topics have no prefix, so the names there must tell daemons apart that only
    // the prefix does.
    if (source_of("home_assistant.instance") == nullptr && !to.topic_prefix.empty())
      if (const auto name = camera_key(to.topic_prefix).substr(0, max_instance); !name.empty())
        to.instance = name;
    for (const auto& [id, camera] : all.consensus.acceptance.cameras)
      to.aliases[id].insert(camera.aliases.begin(), camera.aliases.end());
    to.status_topic = text("home_assistant.status_topic");
    to.birth_payload = text("home_assistant.birth_payload");
    to.birth_delay_min = span("home_assistant.birth_delay_min_s");
    to.birth_delay_max = span("home_assistant.birth_delay_max_s");
    to.connections = flag("home_assistant.connections");
    to.longest_window = all.control.longest_window;
    to.argusai.topic_prefix = text("argusai.topic_prefix");
    to.argusai.availability_topic = text("argusai.availability_topic");
    to.argusai.birth_message = text("argusai.birth_message");
    to.argusai.will_message = text("argusai.will_message");
    to.argusai.qos = static_cast<std::uint8_t>(get<std::int64_t>("argusai.qos"));
    to.argusai.retain_messages = flag("argusai.retain_messages");
    to.argusai.message_expiry = whole_seconds("argusai.message_expiry_s");
    to.argusai.api_base_url = text("argusai.api_base_url");
    to.argusai.strict = flag("argusai.strict");
    to.broker = all.connection.host + ':' + std::to_string(all.connection.port);
    to.zones = cameras_by_zone(all.consensus.zones);
    to.configuration = effective_json();
  }

  // Zones by the names that people know them by, as consensus tells of them.
  static std::map<std::string, std::set<std::string>>
  cameras_by_zone(const std::map<std::string, std::vector<std::string>>& zones) {
    std::map<std::string, std::set<std::string>> result;
    for (const auto& [camera, literals] : zones)
      for (const auto& literal : literals) {
        const auto read = nlohmann::json::parse(literal, nullptr, false);
        result[read.is_string() ? read.get<std::string>() : literal].insert(camera);
      }
    return result;
  }

  // What everybody at the broker may know of the configuration: no secrets, no parts of CAF, and
  // of cameras only what somebody has written.
  [[nodiscard]] std::string effective_json() const {
    auto all = nlohmann::ordered_json::object();
    const auto add = [](nlohmann::ordered_json& to, const key& k, const value& v) {
      const std::string name{name_of(k.path)};
      if (const auto* whole = std::get_if<std::int64_t>(&v))
        to[name] = *whole;
      else if (const auto* number = std::get_if<double>(&v))
        to[name] = *number;
      else if (const auto* on = std::get_if<bool>(&v))
        to[name] = *on;
      // Not as people are shown it: quotes that stand for nothing would be taken for the value.
      else if (const auto* text = std::get_if<std::string>(&v))
        to[name] = k.secret ? std::string{mask} : printable(*text);
      else if (const auto* list = std::get_if<std::vector<std::string>>(&v)) {
        to[name] = nlohmann::ordered_json::array();
        for (const auto& x : *list)
          to[name].push_back(printable(x));
      } else if (!std::holds_alternative<std::monostate>(v))
        to[name] = to_display(k, v);
    };
    for (const auto& k : keys()) {
      if (k.secret || k.path.starts_with(camera_prefix))
        continue;
      const std::string section{section_of(k.path)};
      add(section.empty() ? all : all[section], k, values_.at(std::string{k.path}));
    }
    for (const auto& [id, members] : cameras_) {
      auto& camera = all["cameras"][printable(id)] = nlohmann::ordered_json::object();
      for (const auto& [name, source] : members)
        add(camera, *find_camera_key(name), camera_values_.at(id).at(name));
    }
    return all.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }

  static void add_zones(std::vector<std::string>& to, const std::vector<std::string>& more) {
    if (to.empty()) {
      to = more;
      return;
    }
    for (const auto& zone : more)
      if (std::ranges::find(to, zone) == to.end())
        to.push_back(zone);
  }

  void fill_cameras(settings& all) const {
    auto& to = all.cameras;
    to.search_interval = whole_seconds("camera_detection.interval_s");
    to.search_limit = whole_seconds("camera_detection.timeout_s");
    to.smart = flag("camera_detection.smart_discovery");
    to.mac_tracking = flag("camera_detection.mac_tracking");
    if (const auto user = text("camera_detection.default_username"); !user.empty())
      to.credentials.push_back({"default", user, text("camera_detection.default_password")});
    for (auto& x : read_camera_credentials(text("camera_detection.credentials")).listed)
      to.credentials.push_back(std::move(x));
    to.allow_basic = flag("camera_detection.allow_basic");
    to.rtsp_timeout = whole_seconds("camera_detection.rtsp_timeout_s");
    to.rtsp_validation = flag("camera_detection.rtsp_validation");
    to.check_interval = whole_seconds("camera_detection.health_check_interval_s");
    to.onvif = flag("camera_detection.onvif");
    to.mdns = flag("camera_detection.mdns");
    to.network_scan = flag("camera_detection.network_scan");
    to.port_scan = flag("camera_detection.rtsp_port_scan");
    to.networks = split_at_commas(text("camera_detection.network_subnet"));
    to.canonical = [identity = camera_identity{all.consensus.acceptance.cameras}](
                       const std::string& name, const std::string& prefix) {
      return identity.of(name, prefix).id;
    };
    for (const auto& [id, camera] : all.consensus.acceptance.cameras)
      to.names[id] = camera.name;
    to.node_id = from_.hostname;
  }

  void fill_frigate(settings& to) const {
    to.frigate.burst_sampling = flag("frigate.burst_sampling");
    to.consensus.acceptance.burst_sampling = to.frigate.burst_sampling;
    const auto& prefixes = to.consensus.acceptance.frigate_prefixes;
    for (const auto& prefix : prefixes)
      to.frigate.instances.push_back({prefix, {}});
    for (const auto& [prefix, url] : api_urls(text("frigate.api_url"), prefixes))
      std::ranges::find(to.frigate.instances, prefix, &frigate_instance::prefix)->api_url = url;
    to.frigate.labels.clear();
    for (const auto& [label, meaning] : to.consensus.acceptance.labels)
      if (meaning != label_class::ignore)
        to.frigate.labels[label]
            = meaning == label_class::fire ? fire_sign::fire : fire_sign::smoke;
    auto& configuration = to.frigate.configuration;
    configuration.path = text("frigate.config_path");
    configuration.secrets_path = text("frigate.secrets_path");
    configuration.apply = text("frigate.apply") == "api";
    configuration.may_restart = to.services.consensus;
    configuration.publish = flag("frigate.publish_configuration");
    configuration.version = text("frigate.version");
    configuration.credentials = to.cameras.credentials;
    configuration.min_confidence = to.consensus.acceptance.min_confidence;
    configuration.broker_host = to.connection.host;
    configuration.broker_port = to.connection.port;
  }

  void fill_health(health_settings& to) const {
    const auto& services = out_.values.services;
    if (services.consensus)
      to.reports.push_back({report_kind::consensus, "fire_consensus",
                            "system/fire_consensus/health", whole_seconds("health.interval_s")});
    if (services.camera_detection)
      to.reports.push_back(
          {report_kind::camera_detector, "camera_detector", "system/camera_detector/health",
           whole_seconds("health.camera_detector_interval_s"),
           whole_seconds("camera_detection.interval_s"), flag("camera_detection.mac_tracking")});
    if (services.discovery)
      to.reports.push_back(
          {report_kind::bridge, {}, text("home_assistant.base_topic") + "/bridge/health"});
    to.hostname = from_.hostname;
    to.config_warnings = out_.warnings;
  }

  const sources& from_;
  findings found_;
  result out_;
  std::string state_name_ = "firefinder";
  // By path; by camera and name; by the name of CAF's option.
  given_by_name given_;
  std::map<std::string, given_by_name> cameras_;
  given_by_name caf_;
  bool landscape_ = false;
  std::map<std::string, value> values_;
  std::map<std::string, std::map<std::string, value>> camera_values_;
};

} // namespace

sources sources_of_process() {
  sources out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view variable{*entry};
    const auto equals = variable.find('=');
    if (equals != std::string_view::npos)
      out.environment.emplace(variable.substr(0, equals), variable.substr(equals + 1));
  }
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) == 0)
    out.hostname = name.data();
  return out;
}

result load(const sources& from) { return loader{from}.run(); }

} // namespace firefinder::configuration
