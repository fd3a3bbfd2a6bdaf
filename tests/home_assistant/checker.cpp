#include "tests/home_assistant/checker.hpp"

#include "tests/home_assistant/template.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <set>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace firefinder::test {

namespace {

using json = nlohmann::json;
using words = std::set<std::string>;

constexpr int max_depth = 16;
constexpr std::size_t max_document_bytes = 16'384;
constexpr std::size_t max_documents_a_second = 50;
constexpr std::size_t max_topic_bytes = 65'535;

// Strict: no member twice, no nesting without end.
std::optional<json> parsed(const std::string& text) {
  std::vector<words> keys;
  bool good = true;
  const auto watch = [&](int depth, json::parse_event_t event, const json& value) {
    if (depth > max_depth)
      good = false;
    if (event == json::parse_event_t::object_start)
      keys.emplace_back();
    else if (event == json::parse_event_t::object_end)
      keys.pop_back();
    else if (event == json::parse_event_t::key)
      good = keys.back().insert(value.get<std::string>()).second && good;
    return good;
  };
  auto result = json::parse(text, watch, false);
  if (!good || result.is_discarded())
    return std::nullopt;
  return result;
}

std::vector<std::string> levels(const std::string& topic) {
  std::vector<std::string> result(1);
  for (const char c : topic) {
    if (c == '/')
      result.emplace_back();
    else
      result.back() += c;
  }
  return result;
}

bool is_topic(const std::string& text) {
  if (text.empty() || text.size() > max_topic_bytes
      || text.find_first_of(std::string_view{"+#\0", 3}) != std::string::npos)
    return false;
  const auto all = levels(text);
  return std::none_of(all.begin(), all.end(), [](const auto& x) { return x.empty(); });
}

bool is_filter(const std::string& text) {
  if (text.empty() || text.size() > max_topic_bytes || text.find('\0') != std::string::npos)
    return false;
  const auto all = levels(text);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].find('#') != std::string::npos && (all[i] != "#" || i + 1 != all.size()))
      return false;
    if (all[i].find('+') != std::string::npos && all[i] != "+")
      return false;
  }
  return true;
}

bool matches(const std::string& filter, const std::string& topic) {
  const auto pattern = levels(filter);
  const auto name = levels(topic);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == "#")
      return true;
    if (i >= name.size() || (pattern[i] != "+" && pattern[i] != name[i]))
      return false;
  }
  return pattern.size() == name.size();
}

bool consists_of(std::string_view text, std::string_view others) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [others](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
           || others.find(c) != std::string_view::npos;
  });
}

constexpr std::string_view id_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-";

bool is_id(std::string_view text) { return consists_of(text, id_characters); }

std::string text_in(const json& object, const char* key, const std::string& otherwise = {}) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

bool is_text(const json& object, const char* key) {
  return object.contains(key) && object[key].is_string();
}

// Not a number when something else stands there.
double number_in(const json& object, const char* key, double otherwise) {
  const auto found = object.find(key);
  if (found == object.end())
    return otherwise;
  return found->is_number() ? found->get<double>() : std::nan("");
}

words set_of(const json& list) {
  words result;
  for (const auto& x : list)
    if (x.is_string())
      result.insert(x.get<std::string>());
  return result;
}

bool is_texts(const json& list) {
  return list.is_array()
         && std::all_of(list.begin(), list.end(), [](const json& x) { return x.is_string(); });
}

std::string shown(const json& value) {
  constexpr std::size_t most = 120;
  auto result = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return result.size() > most ? result.substr(0, most) + "..." : result;
}

std::optional<double> number_of(const std::string& text) {
  if (text.empty() || std::isspace(static_cast<unsigned char>(text.front())) != 0)
    return std::nullopt;
  char* end = nullptr;
  const double result = std::strtod(text.c_str(), &end);
  if (end != text.c_str() + text.size() || !std::isfinite(result))
    return std::nullopt;
  return result;
}

// `pattern`: `d` is a digit, everything else itself.
bool looks_like(std::string_view text, std::string_view pattern) {
  return text.size() == pattern.size()
         && std::equal(text.begin(), text.end(), pattern.begin(),
                       [](char c, char p) { return p == 'd' ? c >= '0' && c <= '9' : c == p; });
}

bool is_date(std::string_view text) {
  if (!looks_like(text, "dddd-dd-dd"))
    return false;
  const auto month = std::stoi(std::string{text.substr(5, 2)});
  const auto day = std::stoi(std::string{text.substr(8, 2)});
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

// ISO 8601 with a zone.
bool is_timestamp(std::string_view text) {
  if (text.size() < 20 || !is_date(text.substr(0, 10))
      || !looks_like(text.substr(10, 9), "Tdd:dd:dd"))
    return false;
  if (text.substr(11, 8) > "23:59:59" || text[14] > '5' || text[17] > '5')
    return false;
  auto zone = text.substr(19);
  if (zone.starts_with('.')) {
    const auto end = zone.find_first_not_of("0123456789", 1);
    if (end == 1 || end == std::string_view::npos)
      return false;
    zone = zone.substr(end);
  }
  return zone == "Z" || looks_like(zone, "+dd:dd") || looks_like(zone, "-dd:dd");
}

/// An entity as Home Assistant has it after abbreviations and inheritance.
struct entity {
  std::string document;
  std::string key;
  json config;

  [[nodiscard]] std::string platform() const { return text_in(config, "platform"); }
  [[nodiscard]] std::string state_topic() const { return text_in(config, "state_topic"); }
  [[nodiscard]] bool passes() const {
    return platform() == "event" || config.contains("expire_after");
  }
  [[nodiscard]] std::string name() const { return key.empty() ? std::string{} : "'" + key + "': "; }
};

/// A document that stands at the broker.
struct document {
  bool device = false;
  std::string payload;
  /// By which Home Assistant knows its entities.
  words ids;
  std::map<std::string, entity> entities;
};

class judge {
public:
  judge(const checker_settings& settings, const json& table,
        const std::vector<std::string>& filters)
    : settings_(settings), table_(table), filters_(filters),
      presence_(settings.presence_topic.empty() ? settings.base_topic + "/bridge/state"
                                                : settings.presence_topic) {}

  void connected(const std::optional<published_message>& will) {
    end_link();
    link_ = link{};
    if (will
        && (will->topic != presence_ || will->payload != settings_.offline || will->qos != 1
            || !will->retain))
      error("the will is the offline message", will->topic,
            "is '" + will->payload + "' with QoS " + std::to_string(will->qos));
  }

  void restart_counters() { restarts_.push_back(count_); }

  void published(const published_message& x) {
    ++count_;
    if (!is_topic(x.topic))
      error("a topic to publish on", x.topic, "is none");
    if (x.topic.starts_with(settings_.discovery_prefix + "/"))
      take_document(x);
    else
      take_other(x);
    if (link_ && x.retain && !x.payload.empty())
      link_->sent.insert(x.topic);
  }

  std::vector<finding> end() {
    end_link();
    judge_hubs();
    judge_availability();
    for (const auto& x : all_)
      judge_states(x);
    return findings_;
  }

private:
  struct sample {
    std::size_t number = 0;
    published_message message;
  };

  struct link {
    /// Retained messages of this connection, and whether it has said `online`.
    words sent;
    bool online = false;
    /// A device document came, and `online` before it or after it.
    bool documents = false;
    bool online_first = false;
    bool online_after = false;
  };

  void add(severity how, const std::string& rule, const std::string& topic,
           const std::string& what) {
    if (seen_.insert({rule, topic, what}).second)
      findings_.push_back({how, rule, topic, what});
  }
  void error(const std::string& rule, const std::string& topic, const std::string& what) {
    add(severity::error, rule, topic, what);
  }
  void warning(const std::string& rule, const std::string& topic, const std::string& what) {
    add(severity::warning, rule, topic, what);
  }

  // A list of the table, all of whose words are looked for again and again.
  const words& listed(const json& list) {
    const auto [found, fresh] = lists_.try_emplace(&list);
    if (fresh)
      found->second = set_of(list);
    return found->second;
  }

  // -- messages ---------------------------------------------------------------

  void take_other(const published_message& x) {
    if (x.topic == settings_.trigger_topic && (x.retain || x.qos != 2))
      error("a trigger passes, QoS 2", x.topic,
            x.retain ? "is retained" : "has QoS " + std::to_string(x.qos));
    if (x.retain && passes(x.topic))
      error("what passes is not retained", x.topic, "is retained");
    // The same once more tells nothing new.
    auto& all = samples_[x.topic];
    if (all.empty() || all.back().message.payload != x.payload
        || all.back().message.retain != x.retain || all.back().message.qos != x.qos)
      all.push_back({count_, x});
    if (x.topic == presence_ && x.payload == settings_.online && link_)
      judge_order();
  }

  [[nodiscard]] bool passes(const std::string& topic) const {
    // Of the form argusai events may be retained.
    return passes(topic, settings_.base_topic, !settings_.compat)
           || passes(topic, settings_.own_topic, true);
  }

  static bool passes(const std::string& topic, const std::string& base, bool with_events) {
    if (!topic.starts_with(base + "/"))
      return false;
    const auto rest = topic.substr(base.size() + 1);
    return rest == "bridge/health" || rest.starts_with("bridge/response/")
           || rest.starts_with("bridge/request/") || rest.ends_with("/set")
           || (with_events && rest.ends_with("/event"));
  }

  void judge_order() {
    static const std::string rule = "online comes after all states and documents";
    if (link_->documents)
      link_->online_after = true;
    else
      link_->online_first = true;
    if (std::exchange(link_->online, true))
      return;
    for (const auto& [topic, x] : documents_) {
      if (link_->sent.count(topic) == 0)
        error(rule, topic, "was not sent before it");
      for (const auto& [key, e] : x.entities)
        for (const auto& needed : lasting_topics(e))
          if (needed != presence_ && link_->sent.count(needed) == 0 && !may_be_silent(needed))
            error(rule, needed, "was not sent before it");
    }
  }

  // In the form argusai nothing is said there before the first event of a camera, and an event is
  // told once: the broker keeps it.
  [[nodiscard]] bool may_be_silent(const std::string& topic) const {
    const auto all = samples_.find(topic);
    const bool silent = all == samples_.end() || all->second.empty();
    return settings_.compat
           && (topic.ends_with("/event") || (topic.ends_with("/last_event") && silent));
  }

  void end_link() {
    if (link_ && link_->online_first && link_->documents && !link_->online_after)
      error("online comes after all states and documents", presence_,
            "was said before all documents");
  }

  // Topics of which an entity shows what stands there.
  [[nodiscard]] static words lasting_topics(const entity& x) {
    words result = availability_topics(x.config);
    for (const auto* key : {"state_topic", "json_attributes_topic"})
      if (is_text(x.config, key) && !x.passes())
        result.insert(text_in(x.config, key));
    return result;
  }

  static words availability_topics(const json& config) {
    words result;
    if (is_text(config, "availability_topic"))
      result.insert(text_in(config, "availability_topic"));
    if (const auto list = config.find("availability"); list != config.end() && list->is_array())
      for (const auto& x : *list)
        if (x.is_object() && is_text(x, "topic"))
          result.insert(text_in(x, "topic"));
    return result;
  }

  // -- documents --------------------------------------------------------------

  void take_document(const published_message& x) {
    const auto parts = levels(x.topic.substr(settings_.discovery_prefix.size() + 1));
    const bool device = parts.size() == 3 && parts[0] == "device";
    const bool named
        = std::all_of(parts.begin() + 1, parts.end(), [](const auto& part) { return is_id(part); });
    if ((parts.size() != 3 && parts.size() != 4) || parts.back() != "config" || !named
        || (!device && listed(table_["supported_platforms"]).count(parts[0]) == 0))
      return error("a document has its topic", x.topic, "is no topic of discovery");
    if (x.payload.empty()) {
      if (!x.retain)
        error("a removal is retained", x.topic, "is not");
      return forget(x.topic);
    }
    if (!x.retain || x.qos < 1 || x.expiry)
      error("a document stands for ever", x.topic,
            x.expiry    ? "expires"
            : !x.retain ? "is not retained"
                        : "has QoS 0");
    if (x.payload.size() > max_document_bytes)
      warning("a document is small", x.topic, std::to_string(x.payload.size()) + " bytes");
    judge_pace(x);
    if (link_ && device)
      link_->documents = true;
    // Home Assistant does not look at it again.
    if (const auto before = documents_.find(x.topic);
        before != documents_.end() && before->second.payload == x.payload)
      return;
    const auto body = parsed(x.payload);
    if (!body || !body->is_object())
      return error("a document is an object of JSON", x.topic,
                   "is none, has a member twice, or is too deep");
    if (body->value("migrate_discovery", body->value("migr_discvry", json())) == json(true))
      return forget(x.topic);
    document next;
    next.device = device;
    next.payload = x.payload;
    if (device)
      take_device(x.topic, parts[1], *body, next);
    else
      take_single(x.topic, parts, *body, next);
    adopt(x.topic, std::move(next));
  }

  void judge_pace(const published_message& x) {
    if (!x.at)
      return;
    times_.push_back(*x.at);
    if (times_.size() > max_documents_a_second
        && times_.back() - times_[times_.size() - 1 - max_documents_a_second]
               < std::chrono::seconds{1})
      warning("documents are paced", settings_.discovery_prefix, "more than 50 in a second");
  }

  void forget(const std::string& topic) {
    documents_.erase(topic);
    hubs_.erase(topic);
    std::erase_if(owners_, [&topic](const auto& x) { return x.second.first == topic; });
  }

  // Unique ids, and entities in both forms.
  void adopt(const std::string& topic, document next) {
    std::erase_if(owners_, [&topic](const auto& x) { return x.second.first == topic; });
    for (const auto& [other, x] : documents_) {
      if (x.device == next.device)
        continue;
      for (const auto& id : next.ids)
        if (x.ids.count(id) != 0)
          error("an entity has one form", topic, "'" + id + "' is announced on " + other + " too");
    }
    for (const auto& [key, e] : next.entities) {
      const auto id = text_in(e.config, "unique_id");
      if (id.empty()) {
        error("a unique id", topic, e.name() + "has none");
        continue;
      }
      const auto who = std::pair{topic, key};
      const auto [owner, fresh] = owners_.insert({{e.platform(), id}, who});
      if (!fresh && owner->second != who)
        error("a unique id", topic,
              e.name() + "has '" + id + "' like '" + owner->second.second + "' on "
                  + owner->second.first);
      const auto [before, first] = unique_ids_.insert({who, id});
      if (!first && std::exchange(before->second, id) != id)
        error("a unique id", topic, e.name() + "changes it");
      if (known_.insert(topic + " " + key + " " + e.config.dump()).second)
        all_.push_back(e);
    }
    documents_[topic] = std::move(next);
  }

  // Full key names; those that stand there twice, full and abbreviated, are errors.
  json expanded(const std::string& topic, const json& object, const char* abbreviations) {
    auto result = json::object();
    for (const auto& [key, value] : object.items()) {
      const auto full = table_[abbreviations].value(key, key);
      if (result.contains(full))
        error("a key in full or abbreviated", topic, "'" + full + "' stands there twice");
      result[full] = value;
    }
    return result;
  }

  void judge_keys(const std::string& topic, const json& object, const char* schema,
                  const std::string& rule) {
    const auto& required = listed(table_[schema]["required"]);
    const auto& optional = listed(table_[schema]["optional"]);
    for (const auto& key : required)
      if (!object.contains(key))
        error(rule, topic, "'" + key + "' is missing");
    for (const auto& [key, value] : object.items())
      if (required.count(key) == 0 && optional.count(key) == 0)
        error(rule, topic, "'" + key + "' is refused");
  }

  void take_device(const std::string& topic, const std::string& object_id, const json& body,
                   document& next) {
    const auto root = expanded(topic, body, "abbreviations");
    judge_keys(topic, root, "root", "the root of a device document");
    const auto device = judge_device(topic, root.value("device", json()));
    judge_origin(topic, root.value("origin", json()));
    auto shared = root;
    judge_availability_of(topic, shared, "");
    judge_qos(topic, root, "");
    const auto identifiers = device.value("identifiers", json::array());
    if (identifiers.empty() || identifiers[0] != object_id)
      error("the topic names the device", topic, "its first identifier is another");
    else if (!device.contains("via_device"))
      hubs_[topic] = object_id;
    if (is_text(device, "via_device"))
      vias_.insert({topic, text_in(device, "via_device")});
    const auto components = root.value("components", json());
    if (!components.is_object() || components.empty())
      return error("components", topic, "there are none");
    for (const auto& [key, value] : components.items()) {
      if (!is_id(key) || !value.is_object()) {
        error("components", topic, "'" + key + "' is none");
        continue;
      }
      auto component = expanded(topic, value, "abbreviations");
      if (is_removal(topic, key, component))
        continue;
      for (const auto* foreign : {"~", "device", "origin"})
        if (component.contains(foreign))
          error("a component is no device", topic, "'" + key + "': has '" + foreign + "'");
      judge_availability_of(topic, component, "'" + key + "': ");
      for (const auto& shared_key : listed(table_["inherited"]))
        if (shared.contains(shared_key) && !component.contains(shared_key))
          component[shared_key] = shared[shared_key];
      entity e{topic, key, std::move(component)};
      judge_entity(e, text_in(device, "name"));
      next.ids.insert(object_id + " " + key);
      next.entities[key] = std::move(e);
    }
  }

  bool is_removal(const std::string& topic, const std::string& key, const json& component) {
    if (component.size() != 1 || !is_text(component, "platform"))
      return false;
    const auto before = documents_.find(topic);
    const auto* platform = "platform";
    if (before == documents_.end() || before->second.entities.count(key) == 0
        || before->second.entities.at(key).platform() != text_in(component, platform))
      error("a removal of a component", topic, "'" + key + "' was not there");
    return true;
  }

  void take_single(const std::string& topic, const std::vector<std::string>& parts,
                   const json& body, document& next) {
    auto config = expanded(topic, body, "abbreviations");
    json device = json::object();
    if (config.contains("device"))
      device = judge_device(topic, config["device"]);
    if (config.contains("origin"))
      judge_origin(topic, config["origin"]);
    judge_availability_of(topic, config, "");
    if (config.contains("platform") && config["platform"] != parts[0])
      error("the platform of an entity", topic, "is another than in its topic");
    config["platform"] = parts[0];
    entity e{topic, "", std::move(config)};
    judge_entity(e, text_in(device, "name"));
    next.ids.insert(parts.size() == 4 ? parts[1] + " " + parts[2] : parts[1]);
    next.entities[""] = std::move(e);
  }

  json judge_device(const std::string& topic, const json& value) {
    static const std::string rule = "the device";
    if (!value.is_object()) {
      error(rule, topic, "is no object");
      return json::object();
    }
    auto device = expanded(topic, value, "device_abbreviations");
    judge_keys(topic, device, "device", rule);
    auto& ids = device["identifiers"];
    if (ids.is_string())
      ids = json::array({ids});
    if (ids.is_null())
      ids = json::array();
    const auto connections = device.value("connections", json::array());
    if (!is_texts(ids) || !connections.is_array() || (ids.empty() && connections.empty())
        || std::any_of(ids.begin(), ids.end(), [](const json& x) { return x == ""; }))
      error(rule, topic, "has no identifiers");
    if (!is_texts(ids))
      ids = json::array();
    for (const auto& x : connections)
      if (!is_texts(x) || x.size() != 2)
        error(rule, topic, "has connections that are no pairs");
    if (text_in(device, "name").empty())
      error(rule, topic, "has no name");
    for (const auto& [key, x] : device.items())
      if (key != "identifiers" && key != "connections" && !x.is_string())
        error(rule, topic, "'" + key + "' is no text");
    if (device.contains("configuration_url")) {
      const auto url = text_in(device, "configuration_url");
      if (!url.starts_with("http://") && !url.starts_with("https://")
          && !url.starts_with("homeassistant://"))
        error(rule, topic, "'configuration_url' is none");
    }
    return device;
  }

  void judge_origin(const std::string& topic, const json& value) {
    if (!value.is_object())
      return error("the origin", topic, "is no object");
    const auto origin = expanded(topic, value, "origin_abbreviations");
    judge_keys(topic, origin, "origin", "the origin");
    if (text_in(origin, "name").empty())
      error("the origin", topic, "has no name");
    for (const auto& [key, x] : origin.items())
      if (!x.is_string())
        error("the origin", topic, "'" + key + "' is no text");
  }

  void judge_availability_of(const std::string& topic, json& object, const std::string& whose) {
    static const std::string rule = "the availability of an entity";
    if (object.contains("availability_topic")) {
      if (object.contains("availability"))
        error(rule, topic, whose + "is given twice");
      if (!is_text(object, "availability_topic")
          || !is_filter(text_in(object, "availability_topic")))
        error(rule, topic, whose + "'availability_topic' is no topic");
    }
    if (object.contains("availability_mode")
        && listed(table_["availability_modes"]).count(text_in(object, "availability_mode")) == 0)
      error(rule, topic, whose + "its mode is none");
    if (!object.contains("availability"))
      return;
    auto& list = object["availability"];
    if (list.is_object())
      list = json::array({list});
    if (!list.is_array())
      return error(rule, topic, whose + "is no list");
    words topics;
    for (auto& x : list) {
      if (!x.is_object()) {
        error(rule, topic, whose + "an entry is no object");
        continue;
      }
      x = expanded(topic, x, "abbreviations");
      judge_keys(topic, x, "availability", rule);
      const auto where = text_in(x, "topic");
      if (!is_filter(where))
        error(rule, topic, whose + "an entry has no topic");
      else if (!topics.insert(where).second)
        error(rule, topic, whose + where + " stands there twice");
    }
  }

  void judge_qos(const std::string& topic, const json& object, const std::string& whose) {
    if (object.contains("qos") && object["qos"] != 0 && object["qos"] != 1 && object["qos"] != 2)
      error("the QoS of an entity", topic, whose + "is " + shown(object["qos"]));
  }

  // -- one entity ---------------------------------------------------------------

  void judge_entity(const entity& e, const std::string& device_name) {
    const auto& topic = e.document;
    const auto& x = e.config;
    const auto platform = e.platform();
    if (listed(table_["supported_platforms"]).count(platform) == 0)
      return error("the platform of an entity", topic, e.name() + "is none");
    if (!table_["platforms"].contains(platform))
      return error("the platform of an entity", topic,
                   e.name() + "'" + platform + "' is not in our table");
    const auto& schema = table_["platforms"][platform];
    judge_entity_keys(e, schema);
    judge_classes(e, schema);
    judge_topics(e);
    judge_names(e, device_name);
    judge_qos(topic, x, e.name());
    if (platform == "sensor")
      judge_sensor(e);
    if (platform == "number")
      judge_number(e);
    if (platform == "event"
        && (!is_texts(x.value("event_types", json())) || x["event_types"].empty()
            || set_of(x["event_types"]).size() != x["event_types"].size()))
      error("the types of an event", topic, e.name() + "are no list of different words");
    if (platform == "select" && (!is_texts(x.value("options", json())) || x["options"].empty()))
      error("the options of a select", topic, e.name() + "are no list of words");
    if (x.contains("expire_after")
        && (!x["expire_after"].is_number_integer() || x["expire_after"] <= 0))
      error("the expiry of a state", topic, e.name() + "is no positive integer");
    if (platform != "sensor" && x.contains("suggested_display_precision"))
      error("the precision of a sensor", topic, e.name() + "is given for another");
  }

  void judge_entity_keys(const entity& e, const json& schema) {
    const auto& required = listed(schema["required"]);
    const auto& optional = listed(schema["optional"]);
    const auto& common = listed(table_["entity_keys"]);
    // The root hands these down to all components.
    const auto& inherited = listed(table_["inherited"]);
    for (const auto& key : required)
      if (!e.config.contains(key))
        error("what an entity must have", e.document, e.name() + "'" + key + "' is missing");
    for (const auto& [key, value] : e.config.items())
      if (required.count(key) == 0 && optional.count(key) == 0 && common.count(key) == 0
          && inherited.count(key) == 0 && !(settings_.compat && key == "object_id"))
        warning("what an entity may have", e.document, e.name() + "'" + key + "' is ignored");
  }

  void judge_classes(const entity& e, const json& schema) {
    const auto& x = e.config;
    if (x.contains("device_class") && !x["device_class"].is_null()
        && listed(schema["device_classes"]).count(text_in(x, "device_class")) == 0)
      error("the class of an entity", e.document,
            e.name() + shown(x["device_class"]) + " is none of " + e.platform());
    if (!x.contains("entity_category"))
      return;
    const auto category = text_in(x, "entity_category");
    if (listed(table_["entity_categories"]).count(category) == 0
        || (category == "config"
            && listed(table_["without_config_category"]).count(e.platform()) != 0))
      error("the category of an entity", e.document, e.name() + "'" + category + "' is refused");
  }

  void judge_topics(const entity& e) {
    static const std::string rule = "the topics of an entity";
    for (const auto* key :
         {"state_topic", "json_attributes_topic", "latest_version_topic", "image_topic", "topic"})
      if (e.config.contains(key) && (!is_text(e.config, key) || !is_filter(text_in(e.config, key))))
        error(rule, e.document, e.name() + "'" + key + "' is none");
    if (!e.config.contains("command_topic"))
      return;
    const auto command = text_in(e.config, "command_topic");
    if (!is_topic(command))
      return error(rule, e.document, e.name() + "'command_topic' is none");
    if (!filters_.empty()
        && std::none_of(filters_.begin(), filters_.end(),
                        [&command](const auto& x) { return matches(x, command); }))
      error("somebody hears a command", e.document,
            e.name() + "nobody has subscribed to " + command);
  }

  void judge_names(const entity& e, const std::string& device_name) {
    const auto& x = e.config;
    if (x.contains("default_entity_id")) {
      const auto id = text_in(x, "default_entity_id");
      const auto dot = id.find('.');
      if (dot == std::string::npos || id.substr(0, dot) != e.platform()
          || !consists_of(id.substr(dot + 1), "_"))
        error("the default entity id", e.document, e.name() + "'" + id + "' is none");
    }
    if (x.contains("name") && !x["name"].is_null() && !is_text(x, "name"))
      error("the name of an entity", e.document, e.name() + "is no text");
    if (!settings_.compat && !device_name.empty() && text_in(x, "name").starts_with(device_name))
      warning("the name of an entity", e.document, e.name() + "repeats that of the device");
    if (x.contains("icon")) {
      const auto icon = text_in(x, "icon");
      const auto colon = icon.find(':');
      if (colon == 0 || colon == std::string::npos || colon + 1 == icon.size())
        warning("the icon of an entity", e.document, e.name() + "is no `prefix:name`");
    }
    if (x.contains("enabled_by_default") && !x["enabled_by_default"].is_boolean())
      warning("whether an entity is enabled", e.document, e.name() + "is neither true nor false");
  }

  void judge_sensor(const entity& e) {
    const auto& x = e.config;
    const auto kind = text_in(x, "device_class");
    const auto state_class = text_in(x, "state_class");
    const bool unit = x.contains("unit_of_measurement") && !x["unit_of_measurement"].is_null();
    if (x.contains("options")
        && (!is_texts(x["options"]) || x["options"].empty() || kind != "enum"
            || x.contains("state_class") || unit))
      error("the options of a sensor", e.document,
            e.name() + "are no list of words of an enum without state class and unit");
    const bool unitless = listed(table_["device_classes_without_unit"]).count(kind) != 0;
    if (unitless && unit)
      error("a class without unit", e.document, e.name() + "has one");
    if (x.contains("state_class")) {
      if (listed(table_["state_classes"]).count(state_class) == 0)
        error("the state class of a sensor", e.document, e.name() + "is none");
      else if (!kind.empty() && table_["device_class_state_classes"].contains(kind)
               && listed(table_["device_class_state_classes"][kind]).count(state_class) == 0)
        warning("the state class of a sensor", e.document,
                e.name() + "'" + state_class + "' does not suit '" + kind + "'");
      if (table_["state_class_units"].contains(state_class)
          && !has_unit(table_["state_class_units"][state_class], x))
        error("the unit of an entity", e.document, e.name() + "does not suit its state class");
    }
    judge_unit(e);
    if (x.contains("last_reset_value_template") && state_class != "total")
      error("the last reset of a sensor", e.document, e.name() + "is only for a total");
    if (x.contains("suggested_display_precision")
        && (!x["suggested_display_precision"].is_number_integer()
            || x["suggested_display_precision"] < 0))
      error("the precision of a sensor", e.document, e.name() + "is no natural number");
  }

  static bool has_unit(const json& units, const json& config) {
    const auto unit = config.value("unit_of_measurement", json());
    return std::find(units.begin(), units.end(), unit) != units.end();
  }

  void judge_unit(const entity& e) {
    const auto kind = text_in(e.config, "device_class");
    if (table_["device_class_units"].contains(kind)
        && !has_unit(table_["device_class_units"][kind], e.config))
      error("the unit of an entity", e.document, e.name() + "does not suit its class");
  }

  void judge_number(const entity& e) {
    const auto& x = e.config;
    const auto min = number_in(x, "min", 0);
    const auto max = number_in(x, "max", 100);
    const auto step = number_in(x, "step", 1);
    if (!std::isfinite(min) || !std::isfinite(max) || !(min <= max) || !(step >= 0.001))
      error("the range of a number", e.document, e.name() + "is none");
    if (x.contains("mode") && listed(table_["number_modes"]).count(text_in(x, "mode")) == 0)
      error("the mode of a number", e.document, e.name() + "is none");
    judge_unit(e);
  }

  // -- the whole ------------------------------------------------------------------

  void judge_hubs() {
    words hubs;
    for (const auto& [topic, id] : hubs_)
      hubs.insert(id);
    for (const auto& [topic, hub] : vias_)
      if (documents_.count(topic) != 0 && hubs.count(hub) == 0)
        warning("a device hangs on a hub", topic, "'" + hub + "' is not announced");
  }

  // What may stand on each topic of availability, and does.
  void judge_availability() {
    std::map<std::string, words> allowed{{presence_, {settings_.online, settings_.offline}}};
    for (const auto& e : all_) {
      const auto& x = e.config;
      const auto add = [&allowed](const json& from, const std::string& topic) {
        allowed[topic].insert(text_in(from, "payload_available", "online"));
        allowed[topic].insert(text_in(from, "payload_not_available", "offline"));
      };
      if (is_text(x, "availability_topic"))
        add(x, text_in(x, "availability_topic"));
      if (const auto list = x.find("availability"); list != x.end() && list->is_array())
        for (const auto& entry : *list)
          if (entry.is_object() && is_text(entry, "topic") && !entry.contains("value_template"))
            add(entry, text_in(entry, "topic"));
    }
    for (const auto& [topic, payloads] : allowed)
      for (const auto& x : samples_[topic]) {
        const bool removal = x.message.payload.empty() && topic != presence_;
        if (!x.message.retain || x.message.qos != 1
            || (!removal && payloads.count(x.message.payload) == 0))
          error("availability is a word, retained, QoS 1", topic,
                "is '" + x.message.payload + "' with QoS " + std::to_string(x.message.qos)
                    + (x.message.retain ? "" : ", not retained"));
      }
  }

  void judge_states(const entity& e) {
    for (const auto& topic : lasting_topics(e)) {
      const auto& all = samples_[topic];
      if (all.empty() && may_be_silent(topic))
        continue;
      if (std::none_of(all.begin(), all.end(), [](const sample& x) {
            return x.message.retain && !x.message.payload.empty();
          }))
        error("what an entity shows was published", topic, e.name() + "nothing is retained there");
    }
    if (e.config.contains("expire_after"))
      for (const auto& x : samples_[e.state_topic()])
        if (x.message.retain)
          error("the expiry of a state", e.state_topic(), e.name() + "its state is retained");
    std::optional<double> before;
    std::size_t before_number = 0;
    for (const auto& x : samples_[e.state_topic()]) {
      const auto text = state_of(e, "value_template", e.state_topic(), x.message.payload);
      if (!text)
        continue;
      judge_state(e, *text);
      if (text_in(e.config, "state_class") != "total_increasing")
        continue;
      const auto now = number_of(*text);
      const bool restarted
          = std::any_of(restarts_.begin(), restarts_.end(), [&](std::size_t restart) {
              return restart >= before_number && restart < x.number;
            });
      if (now && before && *now < *before && !restarted)
        error("a counter does not decrease", e.state_topic(), e.name() + "it does");
      if (now) {
        before = now;
        before_number = x.number;
      }
    }
    judge_attributes(e);
  }

  // The payload through its template; none when there is nothing to see, or that is a finding.
  std::optional<std::string> state_of(const entity& e, const char* key, const std::string& topic,
                                      const std::string& payload) {
    if (payload.empty() || topic.empty())
      return std::nullopt;
    if (!e.config.contains(key))
      return payload;
    const auto body = parsed(payload);
    if (!body) {
      error("a template finds what it asks for", topic, e.name() + "the payload is no JSON");
      return std::nullopt;
    }
    auto result = render(text_in(e.config, key), *body, settings_.compat);
    if (!result.text)
      error("a template finds what it asks for", topic, e.name() + "it " + result.fault);
    return result.text;
  }

  void judge_state(const entity& e, const std::string& text) {
    static const std::string rule = "a state suits its entity";
    const auto& x = e.config;
    const auto platform = e.platform();
    const auto kind = text_in(x, "device_class");
    const auto wrong = [&](const std::string& what) {
      error(rule, e.state_topic(), e.name() + "'" + text.substr(0, 80) + "' " + what);
    };
    if (platform == "event")
      return judge_event(e, text);
    if (characters(text) > table_["max_state_length"].get<std::size_t>())
      wrong("is too long");
    if (text == "None")
      return;
    if (platform == "binary_sensor") {
      if (text != text_in(x, "payload_on", "ON") && text != text_in(x, "payload_off", "OFF"))
        wrong("is neither on nor off");
    } else if (platform == "switch") {
      if (text != text_in(x, "state_on", text_in(x, "payload_on", "ON"))
          && text != text_in(x, "state_off", text_in(x, "payload_off", "OFF")))
        wrong("is neither on nor off");
    } else if (platform == "select" || kind == "enum") {
      if (x.contains("options") && set_of(x["options"]).count(text) == 0)
        wrong("is none of its options");
    } else if (platform == "number") {
      const auto value = number_of(text);
      if (!value || !(*value >= number_in(x, "min", 0)) || !(*value <= number_in(x, "max", 100)))
        wrong("is no number of its range");
    } else if (kind == "timestamp") {
      if (!is_timestamp(text))
        wrong("is no moment with a zone");
    } else if (kind == "date") {
      if (!is_date(text))
        wrong("is no date");
    } else if (platform == "sensor" && is_numeric(x) && !number_of(text)) {
      wrong("is no number");
    }
  }

  [[nodiscard]] bool is_numeric(const json& config) {
    const auto kind = text_in(config, "device_class");
    return (!kind.empty() && listed(table_["device_classes_without_unit"]).count(kind) == 0)
           || config.contains("state_class") || config.contains("unit_of_measurement")
           || config.contains("suggested_display_precision");
  }

  void judge_event(const entity& e, const std::string& text) {
    const auto body = parsed(text);
    if (!body || !body->is_object()
        || set_of(e.config.value("event_types", json::array())).count(text_in(*body, "event_type"))
               == 0)
      error("an event has a type that was announced", e.state_topic(),
            e.name() + text.substr(0, 80));
  }

  void judge_attributes(const entity& e) {
    static const std::string rule = "attributes are an object";
    if (!is_text(e.config, "json_attributes_topic"))
      return;
    const auto topic = text_in(e.config, "json_attributes_topic");
    const auto& blocked = listed(table_["blocked_attributes"]);
    for (const auto& x : samples_[topic]) {
      const auto text = state_of(e, "json_attributes_template", topic, x.message.payload);
      if (!text)
        continue;
      const auto body = parsed(*text);
      if (!body || !body->is_object()) {
        warning(rule, topic, e.name() + "they are none");
        continue;
      }
      for (const auto& [key, value] : body->items())
        if (blocked.count(key) != 0)
          warning(rule, topic, e.name() + "'" + key + "' is dropped");
    }
  }

  const checker_settings& settings_;
  const json& table_;
  std::map<const json*, words> lists_;
  const std::vector<std::string>& filters_;
  std::string presence_;
  std::vector<finding> findings_;
  std::set<std::tuple<std::string, std::string, std::string>> seen_;
  std::size_t count_ = 0;
  std::vector<std::size_t> restarts_;
  std::optional<link> link_;
  /// Of our documents, if the run tells.
  std::vector<std::chrono::milliseconds> times_;
  /// What stands at the broker, by topic.
  std::map<std::string, document> documents_;
  std::map<std::string, std::string> hubs_;
  std::set<std::pair<std::string, std::string>> vias_;
  /// Platform and unique id to document and key; and what an entity had before.
  std::map<std::pair<std::string, std::string>, std::pair<std::string, std::string>> owners_;
  std::map<std::pair<std::string, std::string>, std::string> unique_ids_;
  /// Every entity that was ever announced.
  std::vector<entity> all_;
  words known_;
  std::map<std::string, std::vector<sample>> samples_;
};

} // namespace

std::filesystem::path home_assistant_table() { return HOME_ASSISTANT_TABLE; }

std::string to_string(const finding& x) {
  return std::string{x.how == severity::error ? "error" : "warning"} + ": " + x.rule + ": "
         + x.topic + ": " + x.what;
}

std::string to_string(const std::vector<finding>& all) {
  std::string result;
  for (const auto& x : all)
    result += to_string(x) + "\n";
  return result;
}

std::ostream& operator<<(std::ostream& out, const finding& x) { return out << to_string(x); }

checker::checker(checker_settings settings, const std::filesystem::path& table)
  : settings_(std::move(settings)), table_(table) {}

void checker::subscribed(const std::string& filter) { filters_.push_back(filter); }

void checker::connected(const std::optional<published_message>& will) {
  entries_.push_back({entry::kind::connected, will});
}

void checker::published(const published_message& message) {
  entries_.push_back({entry::kind::message, message});
}

void checker::counters_may_restart() { entries_.push_back({entry::kind::restart, {}}); }

std::vector<finding> checker::findings() const {
  std::ifstream file{table_};
  if (!file)
    throw std::runtime_error{"cannot read " + table_.string()};
  const auto table = json::parse(file);
  judge all{settings_, table, filters_};
  for (const auto& x : entries_) {
    if (x.what == entry::kind::connected)
      all.connected(x.message);
    else if (x.what == entry::kind::restart)
      all.restart_counters();
    else
      all.published(*x.message);
  }
  return all.end();
}

} // namespace firefinder::test
