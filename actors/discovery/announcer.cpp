#include "actors/discovery/announcer.hpp"

#include "messages/dumped.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <sstream>
#include <tuple>

namespace firefinder {

namespace {

using nlohmann::ordered_json;

// Stands in records for the house, whose name is empty.
constexpr auto house_word = "-";

// Most topics that are named to people.
constexpr std::size_t most_named = 10;

// Shorter texts are kept as they are.
constexpr std::size_t least_packed = 32;

// Topics that can be looked up before there is made room for more.
constexpr std::size_t least_places = 64;

// No moment at the end of a state is longer, with its key.
constexpr std::size_t longest_moment = 100;

// Of a topic of which nothing is known but its name: documents are those that Home Assistant
// reads, and it reads nothing else of ours at such topics.
message_class class_of(std::string_view topic) {
  return topic.ends_with("/config") ? message_class::document : message_class::state;
}

std::uint32_t hash_of(std::string_view topic) noexcept {
  return static_cast<std::uint32_t>(std::hash<std::string_view>{}(topic));
}

// Without the moment at its end, which is none of what a state tells. A payload may tell of
// thousands of cameras: only its end is looked at.
std::string_view without_time(std::string_view payload) {
  const auto begin = payload.size() - std::min(payload.size(), longest_moment);
  const auto end = payload.substr(begin);
  for (const std::string_view key : {R"("updated_at":)", R"("last_updated":)"}) {
    const auto at = end.rfind(key);
    if (at != std::string_view::npos && end.find(',', at) == std::string_view::npos)
      return payload.substr(0, begin + at);
  }
  return payload;
}

bool same(message_class what, std::string_view a, std::string_view b) {
  return what == message_class::state ? without_time(a) == without_time(b) : a == b;
}

// Key and platform of each component of a device's document.
std::map<std::string, std::string> components_of(const std::string& document) {
  std::map<std::string, std::string> result;
  const auto root = ordered_json::parse(document, nullptr, false);
  if (!root.is_object())
    return result;
  const auto all = root.find("components");
  if (all == root.end() || !all->is_object())
    return result;
  for (const auto& [key, component] : all->items())
    if (const auto platform = component.is_object() ? component.find("platform") : component.end();
        component.is_object() && platform != component.end() && platform->is_string())
      result.emplace(key, platform->get<std::string>());
  return result;
}

// The document with nothing but the platform at these components, by which Home Assistant
// forgets them (integrations/mqtt, "Device discovery payload").
std::string with_marks(const std::string& document,
                       const std::map<std::string, std::string>& forgotten) {
  auto root = ordered_json::parse(document, nullptr, false);
  for (const auto& [key, platform] : forgotten)
    root["components"][key] = ordered_json{{"platform", platform}};
  return dumped(root);
}

// Those that Home Assistant may know and that the document has no more, or has as another platform.
std::map<std::string, std::string> gone_of(const std::map<std::string, std::string>& known,
                                           const std::map<std::string, std::string>& present) {
  std::map<std::string, std::string> result;
  for (const auto& [key, platform] : known)
    if (const auto same_key = present.find(key);
        same_key == present.end() || same_key->second != platform)
      result.emplace(key, platform);
  return result;
}

const std::map<std::string, std::string>&
listed(const std::map<std::string, std::string>* components) {
  static const std::map<std::string, std::string> none;
  return components != nullptr ? *components : none;
}

timespan retry_pause(std::uint32_t failures) {
  auto pause = announcer::retry_min;
  for (std::uint32_t i = 1; i < failures && pause < announcer::retry_max; ++i)
    pause *= 2;
  return std::min(pause, announcer::retry_max);
}

} // namespace

// -- records ---------------------------------------------------------------------------------

// Words with a space between them: what it is, the device, and `key:platform` of each component.
// None of them can hold a space or a colon.
std::string to_text(const announced_record& x) {
  std::string result;
  switch (x.what) {
  case announced_record::kind::announced:
    result = "announced";
    break;
  case announced_record::kind::removed:
    result = "removed";
    break;
  case announced_record::kind::passing:
    result = "passing";
    break;
  }
  result += ' ';
  result += x.device.empty() ? house_word : x.device;
  for (const auto& [key, platform] : x.components)
    result += ' ' + key + ':' + platform;
  return result;
}

std::optional<announced_record> parse_announced_record(std::string_view text) {
  announced_record result;
  std::istringstream in{std::string{text}};
  std::string word;
  if (!(in >> word))
    return std::nullopt;
  if (word == "announced")
    result.what = announced_record::kind::announced;
  else if (word == "removed")
    result.what = announced_record::kind::removed;
  else if (word == "passing")
    result.what = announced_record::kind::passing;
  else
    return std::nullopt;
  if (!(in >> word))
    return std::nullopt;
  if (word != house_word)
    result.device = word;
  while (in >> word) {
    const auto colon = word.find(':');
    if (colon == std::string::npos)
      return std::nullopt;
    result.components.emplace(word.substr(0, colon), word.substr(colon + 1));
  }
  return result;
}

// -- entries -----------------------------------------------------------------------------------

bool announcer::under_way::is_at_rest() const noexcept {
  return sent_before.empty() && !marks_acknowledged_at && token == 0 && !retry_at
         && !unrecorded_until && !turn && !later && failures == 0 && !ready;
}

const announcer::under_way& announcer::entry::way() const noexcept {
  static const under_way none;
  return moving ? *moving : none;
}

announcer::under_way& announcer::entry::make_way() {
  if (!moving)
    moving = std::make_unique<under_way>();
  return *moving;
}

void announcer::entry::rest() noexcept {
  if (moving && moving->is_at_rest())
    moving.reset();
}

const std::string& announcer::entry::sent_text() const noexcept {
  return sent == sending::other ? way().sent_before : wanted;
}

void announcer::entry::forget_sent() noexcept {
  sent = sending::nothing;
  if (moving)
    moving->sent_before = {};
}

void announcer::entry::want(std::string text) {
  if (sent == sending::wanted && wanted != text) {
    sent = sending::other;
    make_way().sent_before = std::move(wanted);
  } else if (sent == sending::other && way().sent_before == text) {
    sent = sending::wanted;
    make_way().sent_before = {};
  }
  wanted = std::move(text);
}

std::strong_ordering announcer::place::compared(const place& other) const {
  if (const auto x = std::tie(step, turn) <=> std::tie(other.step, other.turn); x != 0)
    return x;
  const auto rest
      = [](const entry& e) { return std::tie(e.device->first, e.what, e.index, e.kind->first); };
  return rest(*which) <=> rest(*other.which);
}

// Short ones differ in all that they have.
std::string announcer::kept(entry& e, std::string_view text) {
  if (text.empty())
    return {};
  return e.kind->first.whole || text.size() < least_packed
             ? text_packer::plain(text)
             : e.kind->second.packer.pack(text, e.device->first);
}

std::string announcer::text_of(const entry& e, const std::string& kept) {
  return kept.empty() ? std::string{} : e.kind->second.packer.unpack(kept, e.device->first);
}

std::string announcer::topic_of(const entry& e) {
  const auto& x = e.kind->first;
  return x.whole ? x.before : x.before + e.device->first + x.after;
}

bool announcer::has_topic(const entry& e, std::string_view topic) {
  const auto& x = e.kind->first;
  if (x.whole)
    return topic == x.before;
  const auto& device = e.device->first;
  return topic.size() == x.before.size() + device.size() + x.after.size()
         && topic.starts_with(x.before) && topic.ends_with(x.after)
         && topic.substr(x.before.size(), device.size()) == device;
}

announcer::entry* announcer::find(std::string_view topic) const {
  if (by_topic_.empty())
    return nullptr;
  const auto hash = hash_of(topic);
  auto* e = by_topic_[hash % by_topic_.size()];
  while (e != nullptr && (e->hash != hash || !has_topic(*e, topic)))
    e = e->next;
  return e;
}

announcer::entry& announcer::add(const std::string& topic, const std::string& device) {
  if (count_ >= by_topic_.size())
    spread();
  auto& own = *devices_.try_emplace(device).first;
  auto& e = *own.second.entries.emplace_back(std::make_unique<entry>());
  e.device = &own;
  name(e, topic);
  e.hash = hash_of(topic);
  auto& first = by_topic_[e.hash % by_topic_.size()];
  e.next = std::exchange(first, &e);
  ++count_;
  return e;
}

// Makes room for twice as many.
void announcer::spread() {
  std::vector<entry*> wider(std::max(least_places, 2 * by_topic_.size()));
  for (auto* e : by_topic_)
    while (e != nullptr) {
      auto& first = wider[e->hash % wider.size()];
      auto* next = std::exchange(e->next, first);
      first = std::exchange(e, next);
    }
  by_topic_ = std::move(wider);
}

// Remembers the topic, given the device.
void announcer::name(entry& e, const std::string& topic) {
  const auto& device = e.device->first;
  const auto at = device.empty() ? std::string::npos : topic.rfind(device);
  auto x = at == std::string::npos
               ? pattern{topic, {}, true}
               : pattern{topic.substr(0, at), topic.substr(at + device.size()), false};
  e.kind = &*kinds_.try_emplace(std::move(x)).first;
  ++e.kind->second.used;
}

void announcer::unname(entry& e) {
  if (--e.kind->second.used == 0)
    kinds_.erase(kinds_.find(e.kind->first));
}

// A device without entries is none.
std::unique_ptr<announcer::entry> announcer::take_from_device(entry& e) {
  auto& [name, device] = *e.device;
  const auto at = std::ranges::find(device.entries, &e, &std::unique_ptr<entry>::get);
  auto result = std::move(*at);
  device.entries.erase(at);
  if (device.entries.empty())
    devices_.erase(devices_.find(name));
  return result;
}

template <class Visit>
void announcer::each(const Visit& visit) const {
  for (const auto& [name, device] : devices_)
    for (const auto& e : device.entries)
      visit(*e);
}

// -- what many share ---------------------------------------------------------------------------

announcer::components announcer::shared(std::map<std::string, std::string> all) {
  return all.empty() ? nullptr : &*known_components_.insert(std::move(all)).first;
}

// Where both have a key, `a` says its platform.
announcer::components announcer::with(components a, components b) {
  if (b == nullptr || a == b)
    return a;
  if (a == nullptr)
    return b;
  auto all = *a;
  all.insert(b->begin(), b->end());
  return shared(std::move(all));
}

// -- what is to stand there --------------------------------------------------------------------

void announcer::set(const std::string& device, std::vector<retained_message> all, monotonic now,
                    std::uint64_t made_of) {
  put(device, std::move(all), true, now);
  if (const auto known = devices_.find(device); known != devices_.end())
    known->second.made_of = made_of;
}

void announcer::set_states(const std::string& device, std::vector<retained_message> all,
                           monotonic now) {
  put(device, std::move(all), false, now);
}

void announcer::put(const std::string& device, std::vector<retained_message> all,
                    bool documents_too, monotonic now) {
  std::vector<const entry*> wanted;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& message = all[i];
    if (message.payload.empty() || presence_.count(message.topic) != 0)
      continue;
    auto* const known = find(message.topic);
    auto& e = known != nullptr ? *known : add(message.topic, device);
    wanted.push_back(&e);
    const bool shown = known != nullptr && e.is == duty::show;
    const bool lasts
        = e.outdated_after == message.outdated_after && e.repeated_after == message.repeated_after;
    if (shown && lasts && e.device->first == device && e.what == message.what && e.index == i
        && same(e.what, text_of(e, e.wanted), message.payload)) {
      e.signs = message.signs;
      continue;
    }
    claim(e, device);
    e.is = duty::show;
    e.passing = false;
    e.what = message.what;
    e.signs = message.signs;
    e.index = static_cast<std::uint16_t>(i);
    if (e.moving)
      e.moving->unrecorded_until.reset();
    e.outdated_after = message.outdated_after;
    e.repeated_after = message.repeated_after;
    // A change back is none, and leaves the moment of the value that stands there.
    const bool is_back
        = e.sent != sending::nothing && same(e.what, text_of(e, e.sent_text()), message.payload);
    e.want(is_back ? std::string{e.sent_text()} : kept(e, message.payload));
    if (e.what == message_class::document) {
      e.parts = shared(components_of(message.payload));
      if (e.moving)
        e.moving->marks_acknowledged_at.reset();
    }
    // The broker is to keep it longer, or less long.
    e.again |= !lasts;
    if (!shown) {
      // It was on its way out, or is new.
      e.again = true;
      if (e.there)
        remember(e);
      if (announcing_)
        mark_announcing(e, true);
    }
    schedule(e, now);
  }
  if (const auto known = devices_.find(device); known != devices_.end()) {
    std::vector<entry*> left;
    for (const auto& e : known->second.entries)
      // What was told once stays as long as anything else of its device.
      if (std::ranges::find(wanted, e.get()) == wanted.end() && !(e->passing && !wanted.empty())
          && (documents_too || e->what != message_class::document))
        left.push_back(e.get());
    for (auto* const e : left)
      drop(*e, now);
  }
  go_on(now);
}

void announcer::set_presence(const std::vector<presentation::presence>& all) {
  for (const auto& x : all) {
    auto* const known = find(x.topic);
    auto& e = known != nullptr ? *known : add(x.topic, {});
    e.is = duty::presence;
    e.what = message_class::availability;
    e.index = static_cast<std::uint16_t>(presence_.size());
    e.wanted = kept(e, x.online);
    presence_.insert(x.topic);
  }
}

void announcer::passed(const std::string& device, const std::string& topic) {
  if (presence_.count(topic) != 0)
    return;
  auto* const known = find(topic);
  if (known != nullptr && known->is == duty::show)
    return;
  auto& e = known != nullptr ? *known : add(topic, device);
  claim(e, device);
  mark_announcing(e, false);
  e.is = duty::keep;
  e.passing = true;
  e.there = true;
  remember(e);
}

void announcer::owe_removal(const std::string& topic, monotonic now) {
  if (find(topic) != nullptr)
    return;
  auto& e = add(topic, {});
  e.what = class_of(topic);
  e.there = true;
  drop(e, now);
}

// The device that names it last has it.
void announcer::claim(entry& e, const std::string& device) {
  unqueue(e);
  if (e.device->first == device)
    return;
  const auto topic = topic_of(e);
  const auto wanted = text_of(e, e.wanted);
  const auto sent_before = text_of(e, e.way().sent_before);
  auto moved = take_from_device(e);
  auto& own = *devices_.try_emplace(device).first;
  own.second.entries.push_back(std::move(moved));
  e.device = &own;
  unname(e);
  name(e, topic);
  // They are kept by what the topic has in common with others.
  e.wanted = kept(e, wanted);
  if (!sent_before.empty())
    e.make_way().sent_before = kept(e, sent_before);
}

void announcer::drop(entry& e, monotonic now) {
  if (e.is == duty::remove || e.is == duty::presence)
    return;
  unqueue(e);
  if (!e.there) {
    erase(e);
    return;
  }
  e.is = duty::remove;
  e.passing = false;
  e.want({});
  e.outdated_after = e.repeated_after = {};
  e.parts = nullptr;
  forgive(e);
  auto& way = e.make_way();
  way.marks_acknowledged_at.reset();
  way.unrecorded_until = now + record_deadline;
  e.again = true;
  remember(e);
  if (announcing_)
    mark_announcing(e, true);
  schedule(e, now);
}

void announcer::erase(entry& e) {
  unqueue(e);
  forgive(e);
  mark_announcing(e, false);
  tell_record(e, std::nullopt);
  auto** link = &by_topic_[e.hash % by_topic_.size()];
  while (*link != &e)
    link = &(*link)->next;
  *link = e.next;
  --count_;
  unname(e);
  (void)take_from_device(e);
}

// -- the time before ---------------------------------------------------------------------------

void announcer::restore(const std::string& topic, const announced_record& record, bool keep) {
  // It was removed since.
  if (const auto change = records_.find(topic); change != records_.end() && !change->second)
    return;
  auto* const before = find(topic);
  auto& e = before != nullptr ? *before : add(topic, record.device);
  e.there = true;
  const auto parts = shared(record.components);
  e.known = with(e.known, parts);
  // The newer knowledge stays.
  if (e.record != 0)
    remember(e);
  else
    e.record = stand_in(told_record{record.what, record.device, parts});
  if (before != nullptr)
    return;
  e.what = class_of(topic);
  const bool stays = keep && record.what != announced_record::kind::removed;
  e.is = stays ? duty::keep : duty::remove;
  e.passing = stays && record.what == announced_record::kind::passing;
}

void announcer::settle(monotonic now) {
  std::vector<entry*> left;
  each([&left](entry& e) {
    // What was told once goes with its device, if that has come back.
    const bool wanted
        = e.passing && std::ranges::any_of(e.device->second.entries, [](const auto& other) {
            return other->is == duty::show;
          });
    if (e.is == duty::keep && !wanted)
      left.push_back(&e);
  });
  for (auto* const e : left)
    drop(*e, now);
  go_on(now);
}

// -- the link ----------------------------------------------------------------------------------

void announcer::link_up(std::uint64_t generation, monotonic now) {
  if (generation == generation_)
    return;
  link_down();
  generation_ = generation;
  begin(now);
}

void announcer::link_down() {
  generation_ = 0;
  announcing_ = complete_ = once_more_ = false;
  waiting_ = 0;
  birth_due_.reset();
  in_flight_.clear();
  ready_documents_.clear();
  ready_others_.clear();
  later_.clear();
  refused_.clear();
  each([](entry& e) {
    const auto unrecorded_until = e.way().unrecorded_until;
    e.moving.reset();
    if (unrecorded_until)
      e.make_way().unrecorded_until = unrecorded_until;
    e.sent = sending::nothing;
    e.sent_at = never;
    e.sent_marks = false;
    e.again = e.announcing = false;
    e.stood = e.contradicted = false;
  });
}

void announcer::announce(monotonic now) {
  if (generation_ == 0)
    return;
  if (announcing_)
    once_more_ = true;
  else
    begin(now);
}

void announcer::birth(monotonic now, double random) {
  if (generation_ == 0 || birth_due_)
    return;
  const auto span = settings_.birth_delay_max - settings_.birth_delay_min;
  birth_due_ = now + settings_.birth_delay_min
               + from_seconds(to_seconds(span) * std::clamp(random, 0.0, 1.0));
}

void announcer::contradicted(const std::string& topic, monotonic now) {
  auto* const e = find(topic);
  if (generation_ == 0 || e == nullptr || e->is != duty::presence)
    return;
  // Nothing was said yet on this link, so there is nothing to mend.
  if (e->sent == sending::nothing)
    return;
  e->again = true;
  // Its place among what waits is another one then.
  unqueue(*e);
  e->contradicted = e->stood;
  schedule(*e, now);
}

void announcer::begin(monotonic now) {
  announcing_ = true;
  complete_ = once_more_ = false;
  ++announcements_;
  each([this](entry& e) {
    if (e.is == duty::keep)
      return;
    e.again = true;
    if (e.is != duty::presence)
      mark_announcing(e, true);
  });
  each([this, now](entry& e) { schedule(e, now); });
  go_on(now);
}

void announcer::mark_announcing(entry& e, bool on) {
  if (e.announcing == on)
    return;
  e.announcing = on;
  waiting_ = on ? waiting_ + 1 : waiting_ - 1;
}

// Says that the daemon is there when everything else is, and ends the announcement when that is
// acknowledged.
void announcer::go_on(monotonic now) {
  if (!announcing_ || waiting_ != 0)
    return;
  bool said = true;
  for (const auto& topic : presence_) {
    auto& e = *find(topic);
    const auto& way = e.way();
    said = said && !e.again && e.sent != sending::nothing && way.token == 0;
    // Also what was held back after a failure, because cameras had joined meanwhile.
    if (needs_sending(e) && way.token == 0 && !way.ready && !way.later)
      schedule(e, now);
  }
  if (!said)
    return;
  announcing_ = false;
  complete_ = true;
  if (once_more_)
    begin(now);
}

void announcer::acknowledged(std::uint64_t token, monotonic now) {
  const auto told = in_flight_.extract(token);
  if (told.empty())
    return;
  auto& e = *told.mapped().which;
  auto& way = e.make_way();
  way.token = 0;
  forgive(e);
  e.stood = e.is == duty::presence;
  e.signs_known = way.signs_sent;
  const bool was_sent = e.sent != sending::nothing;
  if (e.is == duty::remove && was_sent && e.sent_text().empty()) {
    erase(e);
    go_on(now);
    return;
  }
  if (e.is == duty::show && e.what == message_class::document && was_sent
      && !e.sent_text().empty()) {
    if (e.sent_marks) {
      way.marks_acknowledged_at = now;
    } else {
      e.known = way.parts_sent;
      way.marks_acknowledged_at.reset();
      remember(e);
    }
  }
  if (!e.again)
    mark_announcing(e, false);
  schedule(e, now);
  go_on(now);
}

void announcer::failed(std::uint64_t token, monotonic now) {
  const auto told = in_flight_.extract(token);
  if (told.empty())
    return;
  fail(*told.mapped().which, now);
  go_on(now);
}

void announcer::fail(entry& e, monotonic now) {
  auto& way = e.make_way();
  way.token = 0;
  e.forget_sent();
  e.contradicted = e.stood;
  ++way.failures;
  way.retry_at = now + retry_pause(way.failures);
  if (way.failures >= patience) {
    mark_announcing(e, false);
    refused_.insert(topic_of(e));
  }
  schedule(e, now);
}

void announcer::forgive(entry& e) {
  if (e.way().failures == 0)
    return;
  e.moving->failures = 0;
  e.moving->retry_at.reset();
  refused_.erase(topic_of(e));
}

// -- the queue ---------------------------------------------------------------------------------

bool announcer::needs_sending(const entry& e) {
  switch (e.is) {
  case duty::keep:
    return false;
  case duty::remove:
    return true;
  case duty::show:
    return e.again || e.sent == sending::nothing || e.sent_marks
           || (e.sent == sending::other
               && !same(e.what, text_of(e, e.way().sent_before), text_of(e, e.wanted)));
  case duty::presence:
    return e.again || e.sent == sending::nothing;
  }
  return false;
}

// Until everything else is there; but what was there is not to be away that long.
bool announcer::held_back(const entry& e) const noexcept {
  return e.is == duty::presence && waiting_ != 0 && !e.contradicted;
}

void announcer::schedule(entry& e, monotonic now) {
  unqueue(e);
  find_place(e, now);
  e.rest();
}

void announcer::find_place(entry& e, monotonic now) {
  const auto& way = e.way();
  if (generation_ == 0 || way.token != 0)
    return;
  if (!needs_sending(e)) {
    repeat_later(e, now);
    return;
  }
  if (held_back(e))
    return;
  auto due = way.retry_at ? std::max(now, *way.retry_at) : now;
  if (e.is == duty::remove && way.unrecorded_until)
    due = std::max(due, *way.unrecorded_until);
  const bool paused
      = e.is == duty::presence
        || (e.is == duty::show && e.what == message_class::state && !e.again && !way.failures);
  if (paused && e.sent_at != never)
    due = std::max(due, e.sent_at + state_pause);
  // Nothing but the end of the pause is waited for.
  if (e.is == duty::show && e.sent_marks && !e.again && e.sent == sending::wanted
      && way.marks_acknowledged_at)
    due = std::max(due, *way.marks_acknowledged_at + component_pause);
  if (due > now) {
    wait_until(e, due);
    return;
  }
  e.make_way().turn = turn_of(e, now);
  enqueue(e);
  go_with_document(e);
}

void announcer::wait_until(entry& e, monotonic due) {
  e.make_way().later = due;
  later_.emplace(due, &e);
}

// What the broker forgets after a while and is to be there longer than that.
void announcer::repeat_later(entry& e, monotonic now) {
  if (e.is != duty::show || e.repeated_after.count() == 0 || e.sent_at == never)
    return;
  const auto due = e.sent_at + e.repeated_after;
  if (due > now) {
    wait_until(e, due);
    return;
  }
  e.again = true;
  find_place(e, now);
}

void announcer::unqueue(entry& e) {
  if (!e.moving)
    return;
  auto& way = *e.moving;
  if (std::exchange(way.ready, false))
    ready_of(e).erase(place_of(e));
  if (way.later)
    later_.erase({*way.later, &e});
  way.later.reset();
}

void announcer::enqueue(entry& e) {
  e.make_way().ready = true;
  ready_of(e).insert(place_of(e));
}

// What belongs to a document goes before it, although it may have changed later.
void announcer::go_with_document(entry& e) {
  if (ready_documents_.empty() || e.device->first.empty())
    return;
  std::vector<entry*> waiting;
  std::optional<monotonic> first;
  for (const auto& one : e.device->second.entries) {
    if (!one->way().ready)
      continue;
    if (one->what == message_class::document)
      first = std::min(first.value_or(monotonic::max()), *one->way().turn);
    else
      waiting.push_back(one.get());
  }
  for (auto* const one : waiting)
    if (first && *one->way().turn > *first) {
      unqueue(*one);
      one->moving->turn = first;
      enqueue(*one);
    }
}

// First the house, and what people act on; then an announcement, device by device; then what waits
// longest, so that none starves where more changes than may be sent.
monotonic announcer::turn_of(const entry& e, monotonic now) noexcept {
  if (e.device->first.empty() || (e.signs_known && *e.signs_known != e.signs))
    return monotonic::min();
  if (e.again)
    return {};
  const auto& turn = e.way().turn;
  return turn && *turn > monotonic{} ? *turn : now;
}

// Nothing is acted upon by it, and nothing else waits for it.
bool announcer::is_patient(const entry& e) noexcept {
  const auto& turn = e.way().turn;
  return e.is == duty::show && turn && *turn > monotonic{};
}

announcer::place announcer::place_of(entry& e) {
  const std::uint8_t step = e.contradicted           ? 0
                            : e.is == duty::remove   ? 1
                            : e.is == duty::presence ? 3
                                                     : 2;
  return {step, e.way().turn.value_or(monotonic{}), &e};
}

std::set<announcer::place>& announcer::ready_of(const entry& e) {
  return e.what == message_class::document ? ready_documents_ : ready_others_;
}

std::vector<announcer::outgoing> announcer::advance(monotonic now) {
  std::vector<outgoing> result;
  if (generation_ == 0)
    return result;
  while (!in_flight_.empty() && in_flight_.begin()->second.since + answer_deadline <= now)
    failed(in_flight_.begin()->first, now);
  if (birth_due_ && *birth_due_ <= now) {
    birth_due_.reset();
    ++births_;
    announce(now);
  }
  while (!later_.empty() && later_.begin()->first <= now) {
    auto& e = *later_.begin()->second;
    // Whoever waited for this has waited for it.
    e.moving->unrecorded_until.reset();
    schedule(e, now);
  }
  // Whatever is sent wakes others, and so does its acknowledgement: ten at once cost them little
  // more than one does.
  const bool together = next_other(now) <= now;
  while (in_flight_.size() < window && !(ready_documents_.empty() && ready_others_.empty())) {
    const bool may_document = document_pace_.next(now) <= now;
    // What is no document may overtake those, but no document what stands before it.
    const bool document
        = !ready_documents_.empty()
          && (ready_others_.empty()
              || (may_document && *ready_documents_.begin() < *ready_others_.begin()));
    auto& e = *(document ? ready_documents_ : ready_others_).begin()->which;
    // Something has joined the announcement; `go_on` says it after that.
    if (held_back(e)) {
      unqueue(e);
      continue;
    }
    if ((document ? document_pace_.next(now) : other_pace_.next(now)) > now
        || (!document && !together && is_patient(e)))
      break;
    document ? document_pace_.spend(now) : other_pace_.spend(now);
    result.push_back(send(e, now));
  }
  return result;
}

// When those that wait may be sent together.
monotonic announcer::next_other(monotonic now) const noexcept {
  return other_pace_.next(now, std::min<std::size_t>(ready_others_.size(), other_bundle));
}

announcer::outgoing announcer::send(entry& e, monotonic now) {
  unqueue(e);
  auto& way = e.make_way();
  outgoing result{++last_token_, e.device->first, topic_of(e), text_of(e, e.wanted),
                  e.outdated_after};
  if (e.is == duty::show && e.what == message_class::document) {
    const auto gone = e.known == e.parts ? std::map<std::string, std::string>{}
                                         : gone_of(listed(e.known), listed(e.parts));
    const bool told
        = way.marks_acknowledged_at && now >= *way.marks_acknowledged_at + component_pause;
    e.sent_marks = !gone.empty() && !told;
    if (e.sent_marks)
      result.payload = with_marks(result.payload, gone);
    way.parts_sent = e.parts;
    e.known = with(e.known, e.parts);
  }
  way.turn.reset();
  way.signs_sent = e.signs;
  e.sent = sending::wanted;
  way.sent_before = {};
  e.sent_at = now;
  // What is said early is said at its place all the same.
  e.again = e.is == duty::presence && waiting_ != 0;
  e.contradicted = false;
  e.there = true;
  way.token = result.token;
  in_flight_.emplace(result.token, flight{&e, now});
  remember(e);
  return result;
}

std::optional<monotonic> announcer::next_change(monotonic now) const {
  if (generation_ == 0)
    return std::nullopt;
  std::optional<monotonic> result = birth_due_;
  const auto consider = [&result](monotonic at) { result = result ? std::min(*result, at) : at; };
  if (!in_flight_.empty())
    consider(in_flight_.begin()->second.since + answer_deadline);
  if (!later_.empty())
    consider(later_.begin()->first);
  if (in_flight_.size() < window) {
    if (!ready_others_.empty())
      consider(is_patient(*ready_others_.begin()->which) ? next_other(now) : other_pace_.next(now));
    if (!ready_documents_.empty()
        && (ready_others_.empty() || *ready_documents_.begin() < *ready_others_.begin()))
      consider(document_pace_.next(now));
  }
  return result;
}

// -- the store ---------------------------------------------------------------------------------

void announcer::remember(entry& e) {
  const auto what = e.is == duty::remove ? announced_record::kind::removed
                    : e.passing          ? announced_record::kind::passing
                                         : announced_record::kind::announced;
  tell_record(e, told_record{what, e.device->first, e.known});
}

void announcer::tell_record(entry& e, std::optional<told_record> record) {
  const auto now = stand_in(record);
  if (std::exchange(e.record, now) != now)
    records_.insert_or_assign(topic_of(e), std::move(record));
}

// Two records of one topic that differ have different ones, as far as 64 bits go.
std::uint64_t announcer::stand_in(const std::optional<told_record>& record) noexcept {
  if (!record)
    return 0;
  return mixed({std::hash<std::string>{}(record->device), static_cast<std::uint64_t>(record->what),
                std::hash<components>{}(record->parts)});
}

std::vector<announcer::record_change> announcer::take_records() {
  std::vector<record_change> result;
  result.reserve(records_.size());
  for (auto& [topic, record] : records_) {
    auto& change = result.emplace_back(record_change{topic, std::nullopt});
    if (record)
      change.record
          = announced_record{record->what, std::move(record->device), listed(record->parts)};
  }
  records_.clear();
  return result;
}

void announcer::removal_recorded(const std::string& topic, monotonic now) {
  auto* const e = find(topic);
  if (e == nullptr || e->is != duty::remove || !e->way().unrecorded_until)
    return;
  e->moving->unrecorded_until.reset();
  schedule(*e, now);
}

// -- questions ---------------------------------------------------------------------------------

bool announcer::knows(const std::string& topic) const {
  const auto* const e = find(topic);
  return e != nullptr && e->is != duty::remove;
}

std::uint64_t announcer::made_of(const std::string& device) const {
  const auto known = devices_.find(device);
  return known == devices_.end() ? 0 : known->second.made_of;
}

bool announcer::has_document(const std::string& topic) const {
  const auto* const e = find(topic);
  return e != nullptr && e->is == duty::show && e->what == message_class::document
         && e->sent != sending::nothing;
}

bool announcer::documents_stand(const std::string& device) const {
  const auto known = devices_.find(device);
  if (known == devices_.end())
    return false;
  bool any = false;
  for (const auto& e : known->second.entries) {
    if (e->is != duty::show || e->what != message_class::document)
      continue;
    if (e->sent == sending::nothing || e->way().token != 0 || needs_sending(*e))
      return false;
    any = true;
  }
  return any;
}

std::set<std::string> announcer::documented() const {
  std::set<std::string> result;
  each([&result](const entry& e) {
    if (!e.device->first.empty() && e.what == message_class::document
        && (e.is == duty::show || e.is == duty::keep))
      result.insert(e.device->first);
  });
  return result;
}

std::vector<std::string> announcer::refused() const {
  const auto count = std::min(refused_.size(), most_named);
  return {refused_.begin(), std::next(refused_.begin(), static_cast<std::ptrdiff_t>(count))};
}

announcer::figures announcer::report() const {
  figures result;
  each([&result](const entry& e) {
    const bool document = e.is == duty::show && e.what == message_class::document;
    const bool pending = e.is != duty::keep && (e.way().token != 0 || needs_sending(e));
    result.documents += document ? 1 : 0;
    result.pending += pending ? 1 : 0;
    result.removals_pending += e.is == duty::remove ? 1 : 0;
  });
  result.announcements = announcements_;
  result.births = births_;
  result.complete = complete_;
  return result;
}

} // namespace firefinder
