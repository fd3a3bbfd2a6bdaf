#include "actors/discovery/announcer.hpp"

#include "messages/dumped.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>

namespace firefinder {

namespace {

using nlohmann::ordered_json;

// Stands in records for the house, whose name is empty.
constexpr auto house_word = "-";

// Most topics that are named to people.
constexpr std::size_t most_named = 10;

// No moment at the end of a state is longer, with its key.
constexpr std::size_t longest_moment = 100;

// Of a topic of which nothing is known but its name: documents are those that Home Assistant
// reads, and it reads nothing else of ours at such topics.
message_class class_of(std::string_view topic) {
  return topic.ends_with("/config") ? message_class::document : message_class::state;
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

// -- the pace --------------------------------------------------------------------------------

monotonic quota::next(monotonic now) const noexcept {
  return last_.size() < most_ ? now : std::max(now, last_.front() + span_);
}

void quota::spend(monotonic now) {
  if (last_.size() >= most_)
    last_.pop_front();
  last_.push_back(now);
}

monotonic pacer::next(monotonic now, std::uint32_t count) const noexcept {
  if (!whole_at_)
    return now;
  return std::max(now, *whole_at_ - interval_ * static_cast<std::int64_t>(burst_ - count));
}

void pacer::spend(monotonic now) noexcept {
  whole_at_ = (whole_at_ ? std::max(*whole_at_, now) : now) + interval_;
}

// -- what many share ---------------------------------------------------------------------------

const std::string& announcer::entry::sent_text() const noexcept {
  return sent == sending::other ? sent_before : wanted;
}

void announcer::entry::forget_sent() noexcept {
  sent = sending::nothing;
  sent_before = {};
}

void announcer::entry::want(std::string text) {
  if (sent == sending::wanted && wanted != text) {
    sent = sending::other;
    sent_before = std::move(wanted);
  } else if (sent == sending::other && sent_before == text) {
    sent = sending::wanted;
    sent_before = {};
  }
  wanted = std::move(text);
}

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

std::string announcer::text_of(const entry& e) const {
  return e.packed ? packer_.unpack(e.wanted) : e.wanted;
}

// -- what is to stand there --------------------------------------------------------------------

void announcer::set(const std::string& device, std::vector<retained_message> all, monotonic now) {
  put(device, std::move(all), true, now);
}

void announcer::set_states(const std::string& device, std::vector<retained_message> all,
                           monotonic now) {
  put(device, std::move(all), false, now);
}

void announcer::put(const std::string& device, std::vector<retained_message> all,
                    bool documents_too, monotonic now) {
  std::set<std::string> topics;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& message = all[i];
    if (message.payload.empty() || presence_.count(message.topic) != 0)
      continue;
    topics.insert(message.topic);
    const auto [at, added] = entries_.try_emplace(message.topic);
    auto& e = at->second;
    const bool shown = !added && e.is == duty::show;
    const bool lasts
        = e.outdated_after == message.outdated_after && e.repeated_after == message.repeated_after;
    // Those of the house are few and change often.
    const bool packed = message.what == message_class::document && !device.empty();
    auto text = packed ? packer_.pack(message.payload) : message.payload;
    if (shown && lasts && e.device == device && e.what == message.what && e.index == i
        && same(e.what, e.wanted, text)) {
      e.signs = message.signs;
      continue;
    }
    claim(at, device);
    e.is = duty::show;
    e.passing = false;
    e.what = message.what;
    e.signs = message.signs;
    e.index = i;
    e.unrecorded_until.reset();
    e.outdated_after = message.outdated_after;
    e.repeated_after = message.repeated_after;
    // A change back is none, and leaves the moment of the value that stands there.
    const bool is_back = e.sent != sending::nothing && same(e.what, e.sent_text(), text);
    e.want(is_back ? std::string{e.sent_text()} : std::move(text));
    e.packed = packed;
    if (e.what == message_class::document) {
      e.parts = shared(components_of(message.payload));
      e.marks_acknowledged_at.reset();
    }
    // The broker is to keep it longer, or less long.
    e.again |= !lasts;
    if (!shown) {
      // It was on its way out, or is new.
      e.again = true;
      if (e.there)
        remember(at->first, e);
      if (announcing_)
        mark_announcing(e, true);
    }
    schedule(at, now);
  }
  const auto known = devices_.find(device);
  if (known == devices_.end()) {
    go_on(now);
    return;
  }
  const auto before = known->second;
  for (const auto& topic : before) {
    const auto at = entries_.find(topic);
    // What was told once stays as long as anything else of its device.
    if (at == entries_.end() || topics.count(topic) != 0 || (at->second.passing && !topics.empty()))
      continue;
    if (documents_too || at->second.what != message_class::document)
      drop(at, now);
  }
  go_on(now);
}

void announcer::set_presence(const std::vector<presentation::presence>& all) {
  for (const auto& x : all) {
    auto& e = entries_[x.topic];
    e.is = duty::presence;
    e.what = message_class::availability;
    e.index = presence_.size();
    e.wanted = x.online;
    presence_.insert(x.topic);
  }
}

void announcer::passed(const std::string& device, const std::string& topic) {
  if (presence_.count(topic) != 0)
    return;
  const auto [at, added] = entries_.try_emplace(topic);
  auto& e = at->second;
  if (!added && e.is == duty::show)
    return;
  claim(at, device);
  mark_announcing(e, false);
  e.is = duty::keep;
  e.passing = true;
  e.there = true;
  remember(topic, e);
}

void announcer::owe_removal(const std::string& topic, monotonic now) {
  const auto [at, added] = entries_.try_emplace(topic);
  if (!added)
    return;
  at->second.what = class_of(topic);
  at->second.there = true;
  claim(at, {});
  drop(at, now);
}

// The device that names it last has it.
void announcer::claim(iterator at, const std::string& device) {
  auto& e = at->second;
  unqueue(at);
  if (const auto before = devices_.find(e.device); before != devices_.end()) {
    before->second.erase(at->first);
    if (before->second.empty())
      devices_.erase(before);
  }
  e.device = device;
  devices_[device].insert(at->first);
}

void announcer::drop(iterator at, monotonic now) {
  auto& e = at->second;
  if (e.is == duty::remove || e.is == duty::presence)
    return;
  unqueue(at);
  if (!e.there) {
    erase(at);
    return;
  }
  e.is = duty::remove;
  e.passing = false;
  e.want({});
  e.packed = false;
  e.outdated_after = e.repeated_after = {};
  e.parts = nullptr;
  e.marks_acknowledged_at.reset();
  forgive(at);
  e.again = true;
  e.unrecorded_until = now + record_deadline;
  remember(at->first, e);
  if (announcing_)
    mark_announcing(e, true);
  schedule(at, now);
}

void announcer::erase(iterator at) {
  auto& e = at->second;
  unqueue(at);
  forgive(at);
  mark_announcing(e, false);
  tell_record(at->first, e, std::nullopt);
  if (const auto device = devices_.find(e.device); device != devices_.end()) {
    device->second.erase(at->first);
    if (device->second.empty())
      devices_.erase(device);
  }
  entries_.erase(at);
}

// -- the time before ---------------------------------------------------------------------------

void announcer::restore(const std::string& topic, const announced_record& record, bool keep) {
  // It was removed since.
  if (const auto change = records_.find(topic); change != records_.end() && !change->second)
    return;
  const auto [at, added] = entries_.try_emplace(topic);
  auto& e = at->second;
  e.there = true;
  const auto parts = shared(record.components);
  e.known = with(e.known, parts);
  // The newer knowledge stays.
  if (e.record)
    remember(topic, e);
  else
    e.record = told_record{record.what, record.device, parts};
  if (!added)
    return;
  e.what = class_of(topic);
  claim(at, record.device);
  const bool stays = keep && record.what != announced_record::kind::removed;
  e.is = stays ? duty::keep : duty::remove;
  e.passing = stays && record.what == announced_record::kind::passing;
}

void announcer::settle(monotonic now) {
  std::vector<iterator> left;
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    const auto& e = at->second;
    if (e.is != duty::keep)
      continue;
    // What was told once goes with its device, if that has come back.
    const auto device = devices_.find(e.device);
    const bool wanted = e.passing && device != devices_.end()
                        && std::ranges::any_of(device->second, [this](const auto& topic) {
                             return entries_.at(topic).is == duty::show;
                           });
    if (!wanted)
      left.push_back(at);
  }
  for (const auto at : left)
    drop(at, now);
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
  for (auto& [topic, e] : entries_) {
    e.token = 0;
    e.forget_sent();
    e.sent_at.reset();
    e.sent_marks = false;
    e.marks_acknowledged_at.reset();
    e.failures = 0;
    e.retry_at.reset();
    e.again = e.announcing = e.ready = false;
    e.stood = e.contradicted = false;
    e.later.reset();
    e.turn.reset();
  }
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
  const auto at = entries_.find(topic);
  if (generation_ == 0 || at == entries_.end() || at->second.is != duty::presence)
    return;
  // Nothing was said yet on this link, so there is nothing to mend.
  if (at->second.sent == sending::nothing)
    return;
  at->second.again = true;
  // Its place among what waits is another one then.
  unqueue(at);
  at->second.contradicted = at->second.stood;
  schedule(at, now);
}

void announcer::begin(monotonic now) {
  announcing_ = true;
  complete_ = once_more_ = false;
  ++announcements_;
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    auto& e = at->second;
    if (e.is == duty::keep)
      continue;
    e.again = true;
    if (e.is != duty::presence)
      mark_announcing(e, true);
  }
  for (auto at = entries_.begin(); at != entries_.end(); ++at)
    schedule(at, now);
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
    const auto at = entries_.find(topic);
    const auto& e = at->second;
    said = said && !e.again && e.sent != sending::nothing && e.token == 0;
    if (e.again && e.token == 0 && !e.ready && !e.later)
      schedule(at, now);
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
  const auto at = entries_.find(told.mapped().topic);
  auto& e = at->second;
  e.token = 0;
  forgive(at);
  e.stood = e.is == duty::presence;
  e.signs_known = e.signs_sent;
  const bool was_sent = e.sent != sending::nothing;
  if (e.is == duty::remove && was_sent && e.sent_text().empty()) {
    erase(at);
    go_on(now);
    return;
  }
  if (e.is == duty::show && e.what == message_class::document && was_sent
      && !e.sent_text().empty()) {
    if (e.sent_marks) {
      e.marks_acknowledged_at = now;
    } else {
      e.known = e.parts_sent;
      e.marks_acknowledged_at.reset();
      remember(at->first, e);
    }
  }
  if (!e.again)
    mark_announcing(e, false);
  schedule(at, now);
  go_on(now);
}

void announcer::failed(std::uint64_t token, monotonic now) {
  const auto told = in_flight_.extract(token);
  if (told.empty())
    return;
  fail(entries_.find(told.mapped().topic), now);
  go_on(now);
}

void announcer::fail(iterator at, monotonic now) {
  auto& e = at->second;
  e.token = 0;
  e.forget_sent();
  e.contradicted = e.stood;
  ++e.failures;
  e.retry_at = now + retry_pause(e.failures);
  if (e.failures >= patience) {
    mark_announcing(e, false);
    refused_.insert(at->first);
  }
  schedule(at, now);
}

void announcer::forgive(iterator at) {
  at->second.failures = 0;
  at->second.retry_at.reset();
  refused_.erase(at->first);
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
           || (e.sent == sending::other && !same(e.what, e.sent_before, e.wanted));
  case duty::presence:
    return e.again || e.sent == sending::nothing;
  }
  return false;
}

// Until everything else is there; but what was there is not to be away that long.
bool announcer::held_back(const entry& e) const noexcept {
  return e.is == duty::presence && waiting_ != 0 && !e.contradicted;
}

void announcer::schedule(iterator at, monotonic now) {
  auto& e = at->second;
  unqueue(at);
  if (generation_ == 0 || e.token != 0)
    return;
  if (!needs_sending(e)) {
    repeat_later(at, now);
    return;
  }
  if (held_back(e))
    return;
  auto due = e.retry_at ? std::max(now, *e.retry_at) : now;
  if (e.is == duty::remove && e.unrecorded_until)
    due = std::max(due, *e.unrecorded_until);
  const bool paused
      = e.is == duty::presence
        || (e.is == duty::show && e.what == message_class::state && !e.again && !e.failures);
  if (paused && e.sent_at)
    due = std::max(due, *e.sent_at + state_pause);
  // Nothing but the end of the pause is waited for.
  if (e.is == duty::show && e.sent_marks && !e.again && e.sent == sending::wanted
      && e.marks_acknowledged_at)
    due = std::max(due, *e.marks_acknowledged_at + component_pause);
  if (due <= now) {
    e.turn = turn_of(e, now);
    enqueue(at);
    go_with_document(at);
  } else {
    e.later = due;
    later_.emplace(due, at->first);
  }
}

// What the broker forgets after a while and is to be there longer than that.
void announcer::repeat_later(iterator at, monotonic now) {
  auto& e = at->second;
  if (e.is != duty::show || e.repeated_after.count() == 0 || !e.sent_at)
    return;
  const auto due = *e.sent_at + e.repeated_after;
  if (due <= now) {
    e.again = true;
    schedule(at, now);
    return;
  }
  e.later = due;
  later_.emplace(due, at->first);
}

void announcer::unqueue(iterator at) {
  auto& e = at->second;
  if (std::exchange(e.ready, false))
    ready_of(e).erase(place_of(at->first, e));
  if (e.later)
    later_.erase({*e.later, at->first});
  e.later.reset();
}

void announcer::enqueue(iterator at) {
  auto& e = at->second;
  e.ready = true;
  ready_of(e).insert(place_of(at->first, e));
}

// What belongs to a document goes before it, although it may have changed later.
void announcer::go_with_document(iterator at) {
  if (ready_documents_.empty() || at->second.device.empty())
    return;
  const auto device = devices_.find(at->second.device);
  if (device == devices_.end())
    return;
  std::vector<iterator> waiting;
  std::optional<monotonic> first;
  for (const auto& topic : device->second) {
    const auto one = entries_.find(topic);
    if (!one->second.ready)
      continue;
    if (one->second.what == message_class::document)
      first = std::min(first.value_or(monotonic::max()), *one->second.turn);
    else
      waiting.push_back(one);
  }
  for (const auto one : waiting)
    if (first && *one->second.turn > *first) {
      unqueue(one);
      one->second.turn = first;
      enqueue(one);
    }
}

// First the house, and what people act on; then an announcement, device by device; then what waits
// longest, so that none starves where more changes than may be sent.
monotonic announcer::turn_of(const entry& e, monotonic now) noexcept {
  if (e.device.empty() || (e.signs_known && *e.signs_known != e.signs))
    return monotonic::min();
  if (e.again)
    return {};
  return e.turn && *e.turn > monotonic{} ? *e.turn : now;
}

announcer::place announcer::place_of(const std::string& topic, const entry& e) {
  const std::uint8_t step = e.contradicted           ? 0
                            : e.is == duty::remove   ? 1
                            : e.is == duty::presence ? 3
                                                     : 2;
  return {step, e.turn.value_or(monotonic{}), e.device, e.what, e.index, topic};
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
    const auto at = entries_.find(later_.begin()->second);
    // Whoever waited for this has waited for it.
    at->second.unrecorded_until.reset();
    schedule(at, now);
  }
  while (in_flight_.size() < window && !(ready_documents_.empty() && ready_others_.empty())) {
    const bool may_document = document_pace_.next(now) <= now;
    // What is no document may overtake those, but no document what stands before it.
    const bool document
        = !ready_documents_.empty()
          && (ready_others_.empty()
              || (may_document && *ready_documents_.begin() < *ready_others_.begin()));
    const auto at
        = entries_.find(document ? ready_documents_.begin()->topic : ready_others_.begin()->topic);
    // Something has joined the announcement; `go_on` says it after that.
    if (held_back(at->second)) {
      unqueue(at);
      continue;
    }
    if ((document ? document_pace_.next(now) : other_pace_.next(now)) > now)
      break;
    document ? document_pace_.spend(now) : other_pace_.spend(now);
    result.push_back(send(at, now));
  }
  return result;
}

announcer::outgoing announcer::send(iterator at, monotonic now) {
  auto& e = at->second;
  unqueue(at);
  outgoing result{++last_token_, e.device, at->first, text_of(e), e.outdated_after};
  if (e.is == duty::show && e.what == message_class::document) {
    const auto gone = e.known == e.parts ? std::map<std::string, std::string>{}
                                         : gone_of(listed(e.known), listed(e.parts));
    const bool told = e.marks_acknowledged_at && now >= *e.marks_acknowledged_at + component_pause;
    e.sent_marks = !gone.empty() && !told;
    if (e.sent_marks)
      result.payload = with_marks(result.payload, gone);
    e.parts_sent = e.parts;
    e.known = with(e.known, e.parts);
  }
  e.turn.reset();
  e.signs_sent = e.signs;
  e.sent = sending::wanted;
  e.sent_before = {};
  e.sent_at = now;
  // What is said early is said at its place all the same.
  e.again = e.is == duty::presence && waiting_ != 0;
  e.contradicted = false;
  e.there = true;
  e.token = result.token;
  in_flight_.emplace(result.token, flight{at->first, now});
  remember(at->first, e);
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
    if (!ready_others_.empty()) {
      const auto bundle = std::min<std::size_t>(ready_others_.size(), other_bundle);
      const bool one_may_go = other_pace_.next(now) <= now;
      consider(one_may_go ? now : other_pace_.next(now, static_cast<std::uint32_t>(bundle)));
    }
    if (!ready_documents_.empty()
        && (ready_others_.empty() || *ready_documents_.begin() < *ready_others_.begin()))
      consider(document_pace_.next(now));
  }
  return result;
}

// -- the store ---------------------------------------------------------------------------------

void announcer::remember(const std::string& topic, entry& e) {
  const auto what = e.is == duty::remove ? announced_record::kind::removed
                    : e.passing          ? announced_record::kind::passing
                                         : announced_record::kind::announced;
  tell_record(topic, e, told_record{what, e.device, e.known});
}

void announcer::tell_record(const std::string& topic, entry& e, std::optional<told_record> record) {
  if (e.record == record)
    return;
  e.record = record;
  records_.insert_or_assign(topic, std::move(record));
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
  const auto at = entries_.find(topic);
  if (at == entries_.end() || at->second.is != duty::remove || !at->second.unrecorded_until)
    return;
  at->second.unrecorded_until.reset();
  schedule(at, now);
}

// -- questions ---------------------------------------------------------------------------------

bool announcer::knows(const std::string& topic) const {
  const auto at = entries_.find(topic);
  return at != entries_.end() && at->second.is != duty::remove;
}

bool announcer::has_document(const std::string& topic) const {
  const auto at = entries_.find(topic);
  return at != entries_.end() && at->second.is == duty::show
         && at->second.what == message_class::document && at->second.sent != sending::nothing;
}

bool announcer::documents_stand(const std::string& device) const {
  const auto known = devices_.find(device);
  if (known == devices_.end())
    return false;
  bool any = false;
  for (const auto& topic : known->second) {
    const auto& e = entries_.at(topic);
    if (e.is != duty::show || e.what != message_class::document)
      continue;
    if (e.sent == sending::nothing || e.token != 0 || needs_sending(e))
      return false;
    any = true;
  }
  return any;
}

std::set<std::string> announcer::documented() const {
  std::set<std::string> result;
  for (const auto& [topic, e] : entries_)
    if (!e.device.empty() && e.what == message_class::document
        && (e.is == duty::show || e.is == duty::keep))
      result.insert(e.device);
  return result;
}

std::vector<std::string> announcer::refused() const {
  const auto count = std::min(refused_.size(), most_named);
  return {refused_.begin(), std::next(refused_.begin(), static_cast<std::ptrdiff_t>(count))};
}

announcer::figures announcer::report() const {
  figures result;
  for (const auto& [topic, e] : entries_) {
    const bool document = e.is == duty::show && e.what == message_class::document;
    const bool pending = e.is != duty::keep && (e.token != 0 || needs_sending(e));
    result.documents += document ? 1 : 0;
    result.pending += pending ? 1 : 0;
    result.removals_pending += e.is == duty::remove ? 1 : 0;
  }
  result.announcements = announcements_;
  result.births = births_;
  result.complete = complete_;
  return result;
}

} // namespace firefinder
