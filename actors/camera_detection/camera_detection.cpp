#include "actors/camera_detection/camera_detection.hpp"

#include "actors/camera_detection/device_text.hpp"
#include "actors/camera_detection/documents.hpp"
#include "messages/exceptions.hpp"
#include "messages/log.hpp"
#include "messages/quality_of_service.hpp"

#include <caf/send.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace firefinder {

namespace {

// Longer than the client's own deadlines: it answers by itself.
constexpr timespan answer_grace = std::chrono::seconds{5};

// A DESCRIBE of an idle camera takes up to a second or two (it waits for a key frame).
constexpr timespan question_deadline = std::chrono::seconds{5};

// A device answers a WS-Discovery probe within 500 ms (WS-Discovery 1.1, APP_MAX_DELAY).
constexpr timespan onvif_patience = std::chrono::milliseconds{500};

// A camera is written down so often even when nothing about it changes.
constexpr timespan keep_interval = std::chrono::hours{12};

// Of so many looks after a camera without streams one asks for all paths.
constexpr std::uint32_t checks_without_paths = 10;

// A device at its old address answers within this, if it is there.
constexpr timespan second_thought = std::chrono::milliseconds{700};

// A log-in may be waited for so long within one interview.
constexpr timespan short_wait = std::chrono::seconds{10};

constexpr timespan store_deadline = std::chrono::seconds{2};
// After which a store that did not tell is asked again.
constexpr timespan store_pause = std::chrono::seconds{30};

constexpr timespan load_deadline = std::chrono::seconds{5};

// After a start, and after an outage, all cameras are looked after within this.
constexpr timespan first_round = std::chrono::seconds{2};

// Between two searches for cameras that vanished, and for how long one goes.
constexpr timespan wanted_pause = std::chrono::seconds{30};
constexpr timespan wanted_limit = std::chrono::seconds{5};
// Cameras that are looked for at a time.
constexpr std::size_t max_wanted = 8;

// Between two looks at a stream without video, at most.
constexpr timespan longest_look_pause = std::chrono::minutes{30};

// Who waits for a search is let wait so long for the devices that it found.
constexpr timespan interview_limit = std::chrono::seconds{60};

constexpr std::size_t max_camera_problems = 50;
constexpr std::size_t max_disputes = 20;

constexpr auto key_record = "camera_detection.key";
constexpr auto logins_prefix = "camera_logins/";
constexpr auto removed_text = R"({"removed":true})";

constexpr auto cannot_write
    = "it wants a password, and none is tried while the store cannot write that down";

constexpr std::uint32_t unauthorized = 401;
constexpr std::uint32_t forbidden = 403;
constexpr std::uint32_t ok = 200;

std::string random_bytes() {
  std::array<unsigned char, 16> bytes{};
  // The system's own: asking OpenSSL would start it, which takes a MiB. Without randomness nothing
  // of TLS would work either; a constant only makes replays possible.
  if (::getentropy(bytes.data(), bytes.size()) != 0)
    bytes.fill(0x5A);
  return {bytes.begin(), bytes.end()};
}

bool only_basic(const std::vector<std::string>& challenges) {
  return !challenges.empty() && std::ranges::all_of(challenges, [](const std::string& x) {
    return x.starts_with("Basic") || x.starts_with("basic");
  });
}

} // namespace

camera_detection_state::~camera_detection_state() {
  if (!workers_)
    return;
  caf::anon_send_exit(workers_->finder, caf::exit_reason::kill);
  caf::anon_send_exit(workers_->client, caf::exit_reason::kill);
  caf::anon_send_exit(workers_->prober, caf::exit_reason::kill);
}

monotonic camera_detection_state::now() const { return self_->clock().now().time_since_epoch(); }

// -- beginnings -----------------------------------------------------------------------------

void camera_detection_state::attach(const connection_actor& connection) {
  if (connection_ && *connection_ == connection)
    return;
  connection_ = connection;
  on_link_down();
  self_->send(connection, listen_atom_v, link_listener{camera_detection_actor{self_}});
}

void camera_detection_state::attach(const store_actor& store) {
  store_ = store;
  // One that was started anew is told with the next change of each camera; what the one before
  // it could not tell is asked of it.
  asked_store_ = true;
  if (complete_)
    return;
  // It may know of log-ins that were refused.
  if (ledger_)
    ledger_->distrust();
  ask_store(store);
}

void camera_detection_state::ask_store(const store_actor& store) {
  ask_again_.reset();
  const auto on_failure = [this, store](const caf::error& why) {
    // Another one has been asked since.
    if (complete_ || store_ != store)
      return;
    if (!std::exchange(silence_told_, true))
      FF_LOG("cameras", warning,
             "what was known of cameras cannot be read ({}): they are searched anew, and no "
             "log-in is tried until it can",
             self_->system().render(why));
    ask_again_ = now() + store_pause;
    take_up({}, {}, false);
    arm();
  };
  self_->request(store, load_deadline, load_atom_v, record_kind::camera)
      .then(
          [this, store, on_failure](std::vector<store_record>& cameras) {
            self_->request(store, load_deadline, load_atom_v, record_kind::setting)
                .then(
                    [this, cameras = std::move(cameras)](std::vector<store_record>& settings) {
                      take_up(cameras, std::move(settings), true);
                    },
                    on_failure);
          },
          on_failure);
}

// What is not complete is taken up again when a store tells more.
void camera_detection_state::take_up(std::vector<store_record> cameras,
                                     std::vector<store_record> settings, bool complete) {
  if (complete_ || (ready_ && !complete))
    return;
  complete_ = complete;
  const auto before = std::exchange(ledger_, {});
  const auto key = std::ranges::find(settings, key_record, &store_record::key);
  if (key != settings.end()) {
    ledger_.emplace(settings_.credentials, key->value);
  } else {
    const auto fresh = to_hex(random_bytes());
    ledger_.emplace(settings_.credentials, fresh);
    if (complete) {
      unkept_key_ = fresh;
      keep_key([](bool) {});
    } else if (asked_store_) {
      ledger_->distrust();
    }
  }
  for (const auto& x : settings)
    if (x.key.starts_with(logins_prefix))
      ledger_->restore(x.key.substr(std::string_view{logins_prefix}.size()), x.value, now(),
                       wall_());
  // Tried while there was no store.
  if (before)
    for (const auto& device : ledger_->add(*before))
      keep_logins(device);
  if (!settings_.remembers)
    cameras.clear();
  for (const auto& x : cameras) {
    if (x.value == removed_text) {
      unheard_removals_.insert(x.key);
      continue;
    }
    auto facts = from_stored_text(x.value);
    if (!facts || facts->id != x.key) {
      FF_LOG("cameras", warning, "what the store has of the camera {} cannot be used", x.key);
      continue;
    }
    // Whether it still delivers video has to show anew.
    facts->video_seen = false;
    if (!registry_->restore(*facts))
      continue;
    following_->add(facts->id, now());
    told_[facts->id] = facts->condition;
    kept_[facts->id] = wall_();
    for (const auto& listener : listeners_)
      self_->send(listener, camera_changed{*facts});
  }
  if (!std::exchange(ready_, true)) {
    if (generation_ != 0)
      begin_work();
    else if (!promises_.empty())
      search({});
    start_waiting();
  } else if (generation_ != 0) {
    publish_all();
  }
  arm();
}

void camera_detection_state::on_link_up(std::uint64_t generation) {
  if (generation == generation_)
    return;
  generation_ = generation;
  if (ready_)
    begin_work();
  else if (!asked_store_)
    take_up({}, {}, false);
}

void camera_detection_state::begin_work() {
  publish_all();
  following_->restart(now(), first_round);
  if (!searches_regularly())
    search({});
  arm();
}

void camera_detection_state::on_link_down() {
  generation_ = 0;
  next_search_.reset();
  armed_.reset();
  // A tick of this link dies.
  ++tick_;
  arm();
}

// -- searching ------------------------------------------------------------------------------

void camera_detection_state::search(const std::string& wanted) {
  search_order order;
  order.number = ++last_search_;
  order.wanted = wanted;
  order.onvif = settings_.onvif;
  if (wanted.empty()) {
    order.mdns = settings_.mdns;
    order.scan = settings_.network_scan;
    order.ports = settings_.port_scan;
    order.networks = settings_.networks;
    order.limit = settings_.search_limit;
    next_search_.reset();
  } else {
    order.mdns = false;
    order.ports = false;
    order.limit = wanted_limit;
  }
  searches_[order.number] = wanted.empty();
  self_->send(workers_->finder, std::move(order));
}

void camera_detection_state::on_finding(const finding& what) {
  if (what.kind == finding_kind::network_changed) {
    FF_LOG("cameras", info, "the network of this machine has changed");
    tempo_->disturb();
    if (generation_ != 0 && ready_ && next_search_)
      search({});
    else
      search_again_ = true;
    return;
  }
  if (what.kind == finding_kind::conflict) {
    FF_LOG("cameras", warning,
           "two devices, {} and {}, answer for the address {}; which one is asked is chance. "
           "Give one of them another address",
           shown_mac(what.mac), shown_mac(what.other_mac), what.address);
    auto changes = registry_->hear(what, now());
    for (const auto& id : changes.changed)
      if (const auto* camera = registry_->find(id))
        publish_status(*camera, "ip_conflict");
    return;
  }
  apply(registry_->hear(what, now()));
}

void camera_detection_state::on_progress(const search_progress& progress) {
  for (const auto& [method, how] : progress.methods)
    methods_[method] = how;
  for (const auto& watcher : watchers_)
    self_->send(watcher, progress);
  const auto found = searches_.find(progress.number);
  if (!progress.finished || found == searches_.end())
    return;
  const bool regular = found->second;
  searches_.erase(found);
  if (regular) {
    ++finished_searches_;
    std::set<std::string> known;
    for (const auto& [id, camera] : registry_->all())
      known.insert(id);
    tempo_->finished(known);
    forget_old();
  }
  if (generation_ != 0 && !next_search_ && !searches_regularly())
    next_search_ = std::exchange(search_again_, false) ? now() : now() + tempo_->pause();
  answer_searches();
  arm();
}

bool camera_detection_state::searches_regularly() const {
  return std::ranges::any_of(searches_, [](const auto& x) { return x.second; });
}

caf::typed_response_promise<search_result> camera_detection_state::search_now() {
  auto promise = self_->make_response_promise<search_result>();
  if (promises_.empty())
    promised_at_ = now();
  promises_.push_back(promise);
  if (ready_)
    search({});
  else if (!asked_store_)
    take_up({}, {}, false);
  arm();
  return promise;
}

bool camera_detection_state::busy() const {
  return !searches_.empty() || !moving_.empty() || !conversations_.empty() || !waiting_.empty()
         || !later_.empty() || !looks_.empty() || !look_queue_.empty();
}

void camera_detection_state::answer_searches() {
  if (promises_.empty() || !ready_)
    return;
  const bool late = now() >= promised_at_ + settings_.search_limit + interview_limit;
  if (busy() && !late)
    return;
  search_result result;
  auto known = figures();
  for (auto& [id, camera] : known.cameras)
    result.cameras.push_back(std::move(camera));
  result.methods = std::move(known.methods);
  result.problems = std::move(known.problems);
  result.took_s = to_seconds(now() - promised_at_);
  for (auto& promise : std::exchange(promises_, {}))
    promise.deliver(result);
}

// -- asking devices what they are -----------------------------------------------------------

// A camera that is looked after comes back to `following_` by every way out of here.
void camera_detection_state::ask(const std::string& address, const std::string& looks_after) {
  later_.erase(address);
  if (const auto running = conversations_.find(address); running != conversations_.end()) {
    auto& x = running->second;
    if (looks_after.empty())
      x.again = true;
    else if (x.looks_after.empty())
      x.looks_after = looks_after;
    else if (x.looks_after != looks_after)
      release(looks_after);
    return;
  }
  if (!ready_ || conversations_.size() >= max_interviews) {
    const auto known
        = std::ranges::find(waiting_, address, &std::pair<std::string, std::string>::first);
    if (known != waiting_.end()) {
      if (known->second.empty())
        known->second = looks_after;
      else if (!looks_after.empty() && known->second != looks_after)
        release(looks_after);
    } else if (waiting_.size() < camera_registry::max_devices) {
      waiting_.emplace_back(address, looks_after);
    } else if (!looks_after.empty()) {
      release(looks_after);
    }
    return;
  }
  auto subject = registry_->subject(address);
  if (!subject) {
    if (!looks_after.empty())
      release(looks_after);
    return;
  }
  subject->allow_basic = settings_.allow_basic;
  subject->deadline = question_deadline;
  conversation x{interview{std::move(*subject)}};
  x.number = ++last_conversation_;
  x.device = registry_->device_at(address);
  x.looks_after = looks_after;
  conversations_.emplace(address, std::move(x));
  go_on(address);
}

// A look at it told nothing: the next one comes at the usual time.
void camera_detection_state::release(const std::string& id) {
  (void)following_->seen(id, following::look::no_entry, now());
}

void camera_detection_state::start_waiting() {
  while (ready_ && !waiting_.empty() && conversations_.size() < max_interviews) {
    const auto [address, id] = std::move(waiting_.front());
    waiting_.pop_front();
    ask(address, id);
  }
}

void camera_detection_state::go_on(const std::string& address) {
  const auto found = conversations_.find(address);
  if (found == conversations_.end())
    return;
  auto& x = found->second;
  switch (x.talk.next()) {
  case interview::step::log_in:
    log_in(address, x);
    return;
  case interview::step::done:
    finish(address);
    return;
  case interview::step::ask:
    break;
  }
  auto question = x.talk.question(wall_(), random_bytes());
  if (question.protocol != device_protocol::soap && question.scheme != login_scheme::none)
    x.shown = question.scheme;
  const auto limit = question.deadline + answer_grace;
  self_->request(workers_->client, limit, std::move(question))
      .then([this, address, number = x.number](
                const device_answer& answer) { on_answer(address, number, answer); },
            [this, address, number = x.number](const caf::error&) {
              device_answer none;
              none.failure = device_failure::timeout;
              none.why = "it was not answered in time";
              on_answer(address, number, none);
            });
}

void camera_detection_state::on_answer(const std::string& address, std::uint64_t number,
                                       const device_answer& answer) {
  const auto found = conversations_.find(address);
  if (found == conversations_.end() || found->second.number != number)
    return;
  auto& x = found->second;
  if (const auto login = x.talk.answer(answer, wall_())) {
    // One that ONVIF took a moment ago may be refused by RTSP.
    const bool wants_another
        = *login == login_result::refused && x.talk.next() == interview::step::log_in;
    const auto refused_by = x.talk.logs_in_by_onvif() ? login_service::onvif : login_service::rtsp;
    ledger_->end(x.device, x.credential, wants_another ? refused_by : x.tries_at, *login, now());
    keep_logins(x.device);
    if (*login != login_result::accepted)
      FF_LOG("cameras", warning, "the device at {} refused the log-in with the credential '{}'",
             address, x.credential);
  }
  go_on(address);
}

// Names of the ledger: of a device that is known by its address alone, or of one camera.
bool camera_detection_state::one_device(const std::string& a, const std::string& b) const {
  if (a == b || !is_mac(a) || !is_mac(b))
    return true;
  const auto* first = registry_->find(a);
  return first != nullptr && first == registry_->find(b);
}

void camera_detection_state::log_in(const std::string& address, conversation& x) {
  if (!is_private_address(address)) {
    x.talk.without_login(camera_condition::auth_required,
                         "it wants a password, and is not in a private network: none is shown to "
                         "it");
    go_on(address);
    return;
  }
  // By now it may be known by its hardware address. Another device than the one that was talked
  // to gets nothing.
  const auto device = registry_->device_at(address);
  if (!one_device(x.device, device)) {
    x.talk.without_login(camera_condition::auth_required, "another device has its address now");
    go_on(address);
    return;
  }
  if (device != x.device) {
    ledger_->join(x.device, device);
    x.device = device;
  }
  for (const auto& forgotten : ledger_->make_room(now()))
    keep_logins(forgotten);
  const auto service = x.talk.logs_in_by_onvif() ? login_service::onvif : login_service::rtsp;
  const auto advice = ledger_->next(x.device, service, now());
  if (advice.with == nullptr) {
    if (advice.from != login_ledger::never_again && advice.from - now() <= short_wait) {
      x.resumes = advice.from;
      arm();
      return;
    }
    x.talk.without_login(advice.why, advice.reason);
    go_on(address);
    return;
  }
  if (store_ && !unkept_key_.empty()) {
    keep_key([this, address, number = x.number](bool kept) {
      const auto found = conversations_.find(address);
      if (found == conversations_.end() || found->second.number != number)
        return;
      if (!kept)
        found->second.talk.without_login(camera_condition::auth_required, cannot_write);
      go_on(address);
    });
    return;
  }
  ledger_->begin(x.device, *advice.with, service, now());
  x.credential = advice.with->reference;
  x.tries_at = service;
  if (!store_) {
    x.talk.log_in(*advice.with);
    go_on(address);
    return;
  }
  // On disk before the wire: a daemon that dies again and again would lock itself out.
  const auto with = *advice.with;
  self_
      ->request(*store_, store_deadline,
                store_record{record_kind::setting, logins_prefix + x.device,
                             ledger_->text_of(x.device, now(), wall_())})
      .then(
          [this, address, number = x.number, with](done_atom) {
            const auto found = conversations_.find(address);
            if (found == conversations_.end() || found->second.number != number)
              return;
            found->second.talk.log_in(with);
            go_on(address);
          },
          [this, address, number = x.number](const caf::error&) {
            const auto found = conversations_.find(address);
            if (found == conversations_.end() || found->second.number != number)
              return;
            auto& waiting = found->second;
            ledger_->cancel(waiting.device, waiting.credential, waiting.tries_at);
            waiting.talk.without_login(camera_condition::auth_required, cannot_write);
            go_on(address);
          });
}

void camera_detection_state::finish(const std::string& address) {
  auto node = conversations_.extract(address);
  auto& x = node.mapped();
  const auto old_address = registry_->would_move(address, x.talk.report());
  if (!old_address) {
    conclude(std::move(x), address, false);
    return;
  }
  // A camera that still answers where it was has not moved: a repeater answers for it and for
  // this one, or it has two addresses.
  device_question question;
  question.protocol = device_protocol::rtsp_options;
  question.url = "rtsp://" + *old_address + "/";
  if (const auto* camera = registry_->at_address(*old_address);
      camera != nullptr && !camera->streams.empty())
    question.url = camera->streams.front().url;
  question.deadline = second_thought;
  const auto number = x.number;
  moving_.emplace(number, std::move(x));
  const auto go = [this, address, number](bool both_answer) {
    auto found = moving_.extract(number);
    if (!found.empty())
      conclude(std::move(found.mapped()), address, both_answer);
  };
  self_->request(workers_->client, second_thought + answer_grace, std::move(question))
      .then([go](const device_answer& answer) { go(answer.failure == device_failure::none); },
            [go](const caf::error&) { go(false); });
}

void camera_detection_state::conclude(conversation x, const std::string& address,
                                      bool both_answer) {
  const auto& report = x.talk.report();
  const auto device = registry_->device_at(address);
  if (!one_device(x.device, device)) {
    // Another device has the address now; what this one told is nobody's.
    if (!x.looks_after.empty())
      release(x.looks_after);
    later_.try_emplace(address, now() + second_thought);
  } else {
    const auto* before = registry_->at_address(address);
    // What it took the last time holds where nothing was tried.
    auto credential = x.credential;
    if (credential.empty() && before != nullptr && !report.streams.empty())
      credential = before->credential;
    apply(registry_->learn(address, report, credential, both_answer, now(), wall_()));
    if (const auto named = registry_->device_at(address); named != x.device) {
      ledger_->join(x.device, named);
      keep_logins(named);
    }
    if (!x.looks_after.empty()) {
      const auto* after = registry_->find(x.looks_after);
      const auto id = after == nullptr ? x.looks_after : after->id;
      if (after == nullptr || after->address != address)
        release(x.looks_after);
      else if (!report.answered)
        seen(id, following::look::silence, report.reason);
      else if (!report.onvif && !report.rtsp)
        seen(id, following::look::fault, report.reason);
      else
        release(id);
    }
    if (const auto* after = registry_->at_address(address);
        after != nullptr && after->condition == camera_condition::online) {
      if (x.shown == login_scheme::basic)
        basic_.insert(after->id);
      else if (x.shown == login_scheme::digest)
        basic_.erase(after->id);
      if (!after->video_seen)
        watch(after->id);
    }
    if (x.again)
      ask(address);
  }
  start_waiting();
  answer_searches();
  arm();
}

// -- looking after cameras ------------------------------------------------------------------

void camera_detection_state::look_after() {
  const auto moment = now();
  for (const auto& id : following_->due(moment, max_checks - std::min(max_checks, checks_.size())))
    check(id);
  std::vector<std::string> again;
  for (const auto& [id, x] : look_again_)
    if (x.at <= moment)
      again.push_back(id);
  for (const auto& id : again)
    watch(id);
}

void camera_detection_state::check(const std::string& id) {
  const auto* camera = registry_->find(id);
  if (camera == nullptr) {
    following_->remove(id);
    return;
  }
  // Frigate's word on its frames is better than any look.
  if (following_->is_fed(id, now()) && !wants_login(camera->condition)) {
    seen(id, following::look::fine, {});
    return;
  }
  if (registry_->displaced(id)) {
    seen(id, following::look::silence,
         fmt::format("another device has its address {} now", camera->address));
    return;
  }
  // To go through all paths of a camera that had none is much to ask.
  if (camera->streams.empty() && camera->condition == camera_condition::stream_error
      && camera->failures % checks_without_paths != 0) {
    registry_->miss(id);
    release(id);
    return;
  }
  if (camera->streams.empty() || wants_login(camera->condition)
      || camera->condition == camera_condition::found) {
    ask(camera->address, id);
    return;
  }
  device_question question;
  question.protocol = device_protocol::rtsp_describe;
  question.url = camera->streams.front().url;
  question.deadline = question_deadline;
  std::string reference;
  // Who answers where a camera was silent must first show who he is.
  if (camera->condition != camera_condition::offline && !camera->credential.empty())
    if (const auto* with = ledger_->trusted(registry_->device_at(camera->address), now())) {
      question.user = with->user;
      question.password = with->password;
      question.scheme = basic_.count(id) != 0 ? login_scheme::basic : login_scheme::digest;
      reference = with->reference;
    }
  checks_.insert(id);
  const auto limit = question.deadline + answer_grace;
  self_->request(workers_->client, limit, std::move(question))
      .then([this, id, address = camera->address, reference](
                const device_answer& answer) { on_checked(id, address, reference, answer); },
            [this, id, address = camera->address, reference](const caf::error&) {
              device_answer none;
              none.failure = device_failure::timeout;
              none.why = "it was not answered in time";
              on_checked(id, address, reference, none);
            });
}

void camera_detection_state::on_checked(const std::string& id, const std::string& address,
                                        const std::string& reference, const device_answer& answer) {
  checks_.erase(id);
  const auto* camera = registry_->find(id);
  // It has moved, or got its name, in the meantime.
  if (camera == nullptr || camera->id != id || camera->address != address) {
    release(id);
    arm();
    return;
  }
  switch (answer.failure) {
  case device_failure::unreachable:
  case device_failure::timeout:
    seen(id, following::look::silence, answer.why);
    arm();
    return;
  case device_failure::refused:
  case device_failure::too_large:
  case device_failure::protocol:
    seen(id, following::look::fault, answer.why);
    arm();
    return;
  case device_failure::none:
    break;
  }
  if (camera->condition == camera_condition::offline) {
    ask(address, id);
  } else if (answer.code == ok) {
    seen(id, following::look::fine, {});
  } else if (answer.code == unauthorized || answer.code == forbidden) {
    if (answer.logged_in) {
      release(id);
      refuse(id, reference, "the password that it took before");
    } else if (!reference.empty() && only_basic(answer.challenges) && settings_.allow_basic
               && basic_.insert(id).second) {
      check(id);
    } else {
      ask(address, id);
    }
  } else {
    seen(id, following::look::fault,
         fmt::format("it answers with status {} when it is asked for its stream", answer.code));
  }
  arm();
}

void camera_detection_state::seen(const std::string& id, following::look how,
                                  const std::string& reason) {
  const auto condition = following_->seen(id, how, now());
  const auto* camera = registry_->find(id);
  if (camera == nullptr)
    return;
  if (!condition) {
    registry_->miss(id);
    return;
  }
  const auto before = camera->condition;
  if (*condition == camera_condition::online && before == camera_condition::stream_error
      && settings_.rtsp_validation && unjudged_.count(id) == 0 && !following_->is_fed(id, now())) {
    // That it describes its stream was never the fault: it shows with the next look.
    if (look_again_.count(id) == 0)
      watch(id);
    return;
  }
  const auto address = camera->address;
  const auto mac = is_mac(camera->id) ? camera->id : std::string{};
  apply(registry_->check(id, *condition, reason, wall_()));
  if (*condition == camera_condition::online && look_again_.count(id) == 0)
    if (const auto* after = registry_->find(id); after != nullptr && !after->video_seen)
      watch(id);
  // That it was there yesterday outlives a restart.
  if (const auto* after = registry_->find(id);
      after != nullptr && wall_() - kept_[id] > to_seconds(keep_interval))
    keep(*after);
  if (*condition == camera_condition::stream_error && before != camera_condition::stream_error)
    // Its streams may have other addresses now.
    ask(address);
  if (*condition == camera_condition::offline && before != camera_condition::offline
      && settings_.mac_tracking && !mac.empty() && std::ranges::find(wanted_, mac) == wanted_.end())
    wanted_.push_back(mac);
}

// -- does video really come? ----------------------------------------------------------------

void camera_detection_state::watch(const std::string& id) {
  if (!settings_.rtsp_validation)
    return;
  const auto* camera = registry_->find(id);
  if (camera == nullptr || camera->streams.empty() || !camera->reachable()
      || wants_login(camera->condition)) {
    look_again_.erase(id);
    return;
  }
  if (following_->is_fed(id, now())) {
    look_again_.erase(id);
    video_report seen;
    seen.outcome = video_outcome::video;
    apply(registry_->watch(id, seen, wall_()));
    return;
  }
  if (const auto again = look_again_.find(id);
      again != look_again_.end() && again->second.at > now())
    return;
  if (looks_.count(id) == 0 && std::ranges::find(look_queue_, id) == look_queue_.end())
    look_queue_.push_back(id);
  start_looks();
}

void camera_detection_state::start_looks() {
  while (!look_queue_.empty() && looks_.size() < max_looks) {
    const auto id = std::move(look_queue_.front());
    look_queue_.pop_front();
    const auto* camera = registry_->find(id);
    if (camera == nullptr || camera->id != id || camera->streams.empty()
        || wants_login(camera->condition))
      continue;
    video_query query;
    query.url = camera->streams.front().url;
    query.deadline = settings_.rtsp_timeout;
    std::string reference;
    if (!camera->credential.empty()) {
      const auto* with = ledger_->trusted(registry_->device_at(camera->address), now());
      // Refused since, or locked: the next look after it tells.
      if (with == nullptr || registry_->displaced(id)) {
        look_again_[id].at = now() + settings_.check_interval;
        continue;
      }
      query.user = with->user;
      query.password = with->password;
      query.scheme = basic_.count(id) != 0 ? login_scheme::basic : login_scheme::digest;
      reference = with->reference;
    }
    looks_.insert(id);
    const auto limit = query.deadline + answer_grace;
    const auto url = query.url;
    self_->request(workers_->prober, limit, std::move(query))
        .then(
            [this, id, url, reference](const video_report& x) { on_looked(id, url, reference, x); },
            [this, id, url, reference](const caf::error&) {
              video_report none;
              none.outcome = video_outcome::timeout;
              none.why = "no key frame came in time";
              on_looked(id, url, reference, none);
            });
  }
}

// What was asked under one name may be answered under the next, or of a stream that is no more.
void camera_detection_state::on_looked(const std::string& asked, const std::string& url,
                                       const std::string& reference, const video_report& report) {
  looks_.erase(asked);
  const auto* camera = registry_->find(asked);
  const bool holds
      = camera != nullptr && !camera->streams.empty() && camera->streams.front().url == url;
  if (holds) {
    const auto id = camera->id;
    const bool unable = report.outcome == video_outcome::unable;
    const bool news = unable ? unjudged_.insert(id).second : unjudged_.erase(id) > 0;
    if (unable) {
      unable_ = report.why.empty() ? "the program that does it did not work" : report.why;
      if (news)
        FF_LOG("cameras", warning, "the stream of the camera {} cannot be looked at: {}", id,
               unable_);
    }
    if (report.outcome == video_outcome::video) {
      look_again_.erase(id);
    } else {
      auto& next = look_again_[id];
      next.times = std::min(next.times + 1, 16U);
      auto pause = settings_.check_interval;
      for (std::uint32_t i = 1; i < next.times && pause < longest_look_pause; ++i)
        pause *= 2;
      next.at = now() + std::min(pause, longest_look_pause);
    }
    if (report.outcome == video_outcome::unauthorized && !reference.empty()) {
      refuse(id, reference, "to show its video");
    } else {
      auto changes = registry_->watch(id, report, wall_());
      if (news)
        changes.changed.insert(id);
      apply(std::move(changes));
    }
  } else if (camera != nullptr && camera->condition == camera_condition::online
             && !camera->video_seen) {
    watch(camera->id);
  }
  start_looks();
  answer_searches();
  arm();
}

// A camera refused the password that is used for it.
void camera_detection_state::refuse(const std::string& id, const std::string& reference,
                                    const char* what) {
  const auto* camera = registry_->find(id);
  if (camera == nullptr)
    return;
  const auto device = registry_->device_at(camera->address);
  ledger_->end(device, reference, login_service::rtsp, login_result::refused, now());
  keep_logins(device);
  FF_LOG("cameras", warning, "the camera {} refuses {}", id, what);
  const auto advice = ledger_->next(device, login_service::rtsp, now());
  apply(registry_->check(
      id, advice.with == nullptr ? advice.why : camera_condition::auth_failed,
      fmt::format("it refuses {}{}{}", what, advice.reason.empty() ? "" : "; ", advice.reason),
      wall_()));
}

// -- telling --------------------------------------------------------------------------------

void camera_detection_state::apply(registry_changes changes) {
  for (const auto& what : changes.removed)
    remove(what);
  for (const auto& id : changes.moved)
    if (const auto* camera = registry_->find(id)) {
      FF_LOG("cameras", info, "the camera {} ({}) is at {} now, it was at {}", id, camera->name,
             camera->address, camera->former_addresses.back());
      publish_status(*camera, "ip_changed");
    }
  for (const auto& id : changes.changed)
    tell(id);
  for (const auto& id : changes.to_check)
    following_->hurry(id, now());
  for (const auto& address : changes.to_ask)
    // Who was found by a port may be about to say by ONVIF what he is, which is better known
    // before any log-in.
    if (settings_.onvif && registry_->is_new_by_port(address))
      later_.try_emplace(address, now() + onvif_patience);
    else
      ask(address);
  arm();
}

void camera_detection_state::tell(const std::string& id) {
  const auto* camera = registry_->find(id);
  if (camera == nullptr)
    return;
  following_->add(id, now() + settings_.check_interval);
  const auto told = told_.find(id);
  if (told == told_.end())
    FF_LOG("cameras", info, "camera {} at {}, found by {}: {}, {}{}{}", id, camera->address,
           camera->methods.empty() ? "its word" : camera->methods.front(), camera->name,
           to_string(camera->condition), camera->reason.empty() ? "" : ", ", camera->reason);
  else if (told->second != camera->condition)
    FF_LOG("cameras", info, "camera {} ({}) at {} is {}{}{}", id, camera->name, camera->address,
           to_string(camera->condition), camera->reason.empty() ? "" : ": ", camera->reason);
  publish_camera(*camera);
  if (told == told_.end() || told->second != camera->condition)
    publish_status(*camera, to_string(camera->condition));
  told_[id] = camera->condition;
  for (const auto& listener : listeners_)
    self_->send(listener, camera_changed{*camera});
  keep(*camera);
}

void camera_detection_state::remove(const camera_removed& what) {
  if (what.successor.empty())
    FF_LOG("cameras", info, "camera {} is forgotten", what.id);
  else
    FF_LOG("cameras", info, "camera {} is known as {} from now on", what.id, what.successor);
  following_->remove(what.id);
  kept_.erase(what.id);
  // What goes on under the old name goes on under the new one.
  const auto again = look_again_.extract(what.id);
  const bool queued = std::erase(look_queue_, what.id) > 0;
  const bool basic = basic_.erase(what.id) > 0;
  const bool unjudged = unjudged_.erase(what.id) > 0;
  if (!what.successor.empty()) {
    if (!again.empty())
      look_again_.try_emplace(what.successor, again.mapped());
    if (queued)
      look_queue_.push_back(what.successor);
    if (basic)
      basic_.insert(what.successor);
    if (unjudged)
      unjudged_.insert(what.successor);
  }
  if (const auto told = told_.find(what.id); told != told_.end()) {
    if (!what.successor.empty())
      told_.emplace(what.successor, told->second);
    told_.erase(told);
  }
  for (const auto& listener : listeners_)
    self_->send(listener, what);
  if (!settings_.remembers)
    return;
  if (generation_ != 0) {
    publish("camera/discovery/" + what.id, {}, true);
    write({record_kind::camera, what.id, {}});
    return;
  }
  // The broker still has it, and must be told even if that is for the next process to do.
  unheard_removals_.insert(what.id);
  write({record_kind::camera, what.id, removed_text});
}

void camera_detection_state::publish_all() {
  for (const auto& id : std::exchange(unheard_removals_, {})) {
    publish("camera/discovery/" + id, {}, true);
    if (const auto* camera = registry_->find(id); camera == nullptr || camera->id != id)
      write({record_kind::camera, id, {}});
  }
  for (const auto& [id, camera] : registry_->all()) {
    publish_camera(camera);
    publish_status(camera, to_string(camera.condition));
  }
}

bool camera_detection_state::streams(const camera_facts& camera) const {
  if (camera.condition != camera_condition::online)
    return false;
  return camera.video_seen || !settings_.rtsp_validation || unjudged_.count(camera.id) != 0
         || following_->is_fed(camera.id, now());
}

void camera_detection_state::publish_camera(const camera_facts& camera) {
  publish(
      "camera/discovery/" + camera.id,
      discovery_payload(camera, streams(camera), settings_.credentials, settings_.node_id, wall_()),
      true);
}

void camera_detection_state::publish_status(const camera_facts& camera, const std::string& event) {
  publish("camera/status/" + camera.id, status_payload(camera, event, settings_.node_id, wall_()),
          false);
}

// Without a link nothing is handed over: everything is published again with the next one.
void camera_detection_state::publish(const std::string& topic, std::string payload, bool retain) {
  if (generation_ == 0 || !connection_)
    return;
  publication what;
  what.topic = topic;
  what.payload = std::move(payload);
  what.qos = at_least_once;
  what.retain = retain;
  what.how = retain ? delivery::latest : delivery::live;
  self_->send(*connection_, std::move(what));
}

void camera_detection_state::keep(const camera_facts& camera) {
  if (!settings_.remembers)
    return;
  kept_[camera.id] = wall_();
  write({record_kind::camera, camera.id, stored_text(camera)});
}

// Before the store has told, nothing takes the place of what it has of the device, by another key.
void camera_detection_state::keep_logins(const std::string& device) {
  if (!complete_)
    return;
  write({record_kind::setting, logins_prefix + device, ledger_->text_of(device, now(), wall_())});
}

// Without the key the next process would know none of the fingerprints.
void camera_detection_state::keep_key(std::function<void(bool kept)> then) {
  self_
      ->request(*store_, store_deadline,
                store_record{record_kind::setting, key_record, unkept_key_})
      .then(
          [this, then](done_atom) {
            unkept_key_.clear();
            then(true);
          },
          [then](const caf::error&) { then(false); });
}

void camera_detection_state::write(store_record what) {
  if (!store_)
    return;
  // The store tells of its own failures; what it lost is found anew after a restart.
  self_->request(*store_, load_deadline, std::move(what))
      .then([](done_atom) {}, [](const caf::error&) {});
}

void camera_detection_state::forget_old() {
  for (const auto& [id, camera] : registry_->all())
    if (camera.condition == camera_condition::offline && camera.last_seen > 0
        && wall_() - std::max(camera.last_seen, started_) > to_seconds(forget_after))
      apply(registry_->forget(id));
}

void camera_detection_state::frigate_counts(const frigate_sign& sign) {
  if (!sign.counted || !sign.alive)
    return;
  for (const auto& called : sign.cameras) {
    const auto* camera = registry_->named(called, sign.prefix);
    if (camera == nullptr)
      continue;
    const auto id = camera->id;
    following_->fed(id, now());
    const auto condition = camera->condition;
    if (condition == camera_condition::offline || condition == camera_condition::stream_error)
      apply(registry_->check(id, camera_condition::online, {}, wall_()));
    if (const auto* after = registry_->find(id);
        after != nullptr && after->condition == camera_condition::online && !after->video_seen)
      watch(id);
  }
  arm();
}

// -- figures --------------------------------------------------------------------------------

std::vector<problem>
camera_detection_state::problems(const std::map<std::string, camera_facts>& cameras) const {
  std::vector<problem> result;
  const auto add = [&result](const char* code, const std::string& subject, bool trouble,
                             unix_seconds since, std::string text) {
    result.push_back({code, subject, trouble, since, std::move(text)});
  };
  std::size_t more = 0;
  for (const auto& [id, camera] : cameras) {
    const auto who = fmt::format("camera {} ({}) at {}", id, camera.name, camera.address);
    if (camera.condition == camera_condition::online || camera.condition == camera_condition::found)
      continue;
    if (result.size() >= max_camera_problems) {
      ++more;
      continue;
    }
    switch (camera.condition) {
    case camera_condition::offline:
      add("camera_unreachable", id, true, camera.last_seen,
          fmt::format("{} does not answer{}{}", who, camera.reason.empty() ? "" : ": ",
                      camera.reason));
      break;
    case camera_condition::stream_error:
      add("camera_stream_error", id, true, 0,
          fmt::format("{} answers, but delivers no video: {}", who, camera.reason));
      break;
    case camera_condition::auth_required:
    case camera_condition::auth_failed:
    case camera_condition::auth_locked:
      add(("camera_" + to_string(camera.condition)).c_str(), id, false, 0,
          fmt::format("{}: {}", who, camera.reason));
      break;
    case camera_condition::found:
    case camera_condition::online:
      break;
    }
  }
  if (more != 0)
    add("more_camera_problems", {}, true, 0, fmt::format("and {} cameras more", more));
  std::size_t disputes = 0;
  for (const auto& [address, x] : registry_->disputes())
    if (x.at + camera_registry::dispute_span > now() && ++disputes <= max_disputes)
      add("ip_conflict", address, true, 0,
          fmt::format("{} and {} both answer for the address {}; give one of them another",
                      shown_mac(x.one), shown_mac(x.other), address));
  if (!unjudged_.empty())
    add("video_not_verified", {}, false, 0,
        fmt::format("the streams of {} cameras are taken for good without a look at them: {}",
                    unjudged_.size(), unable_));
  if (registry_->full())
    add("too_many_cameras", {}, true, 0,
        fmt::format("more than {} cameras were found; the others are not followed",
                    max_known_cameras));
  for (const auto& [method, how] : methods_)
    if (how != "on" && how != "off")
      add("search_limited", method, false, 0, fmt::format("{}: {}", method, how));
  return result;
}

camera_detection_figures camera_detection_state::figures() const {
  camera_detection_figures result;
  result.cameras = registry_->all();
  result.steady = tempo_->steady();
  result.searching = !searches_.empty();
  result.searches = finished_searches_;
  result.interviews = conversations_.size();
  if (ledger_) {
    result.logins = ledger_->tried();
    result.logins_refused = ledger_->refused();
  }
  result.methods = methods_;
  result.problems = problems(result.cameras);
  return result;
}

// -- time -----------------------------------------------------------------------------------

void camera_detection_state::arm() {
  std::optional<monotonic> due;
  const auto also = [&due](monotonic when) { due = due ? std::min(*due, when) : when; };
  for (const auto& [address, x] : conversations_)
    if (x.resumes)
      also(*x.resumes);
  for (const auto& [address, when] : later_)
    also(when);
  if (!promises_.empty())
    also(promised_at_ + settings_.search_limit + interview_limit);
  if (ask_again_)
    also(*ask_again_);
  if (generation_ != 0 && ready_) {
    if (const auto next = following_->next(); next && checks_.size() < max_checks)
      also(*next);
    if (next_search_)
      also(*next_search_);
    for (const auto& [id, x] : look_again_)
      if (looks_.count(id) == 0 && std::ranges::find(look_queue_, id) == look_queue_.end())
        also(x.at);
    if (!wanted_.empty())
      also(last_wanted_ > monotonic::min() ? last_wanted_ + wanted_pause : now());
  }
  if (!due || (armed_ && *armed_ <= *due))
    return;
  armed_ = due;
  self_->delayed_send(self_, std::max(*due - now(), timespan{0}), camera_tick{++tick_});
}

void camera_detection_state::on_tick(const camera_tick& tick) {
  if (tick.number != tick_)
    return;
  armed_.reset();
  const auto moment = now();
  if (ask_again_ && *ask_again_ <= moment)
    ask_store(*store_);
  std::vector<std::string> resuming;
  for (auto& [address, x] : conversations_)
    if (x.resumes && *x.resumes <= moment) {
      x.resumes.reset();
      resuming.push_back(address);
    }
  for (const auto& address : resuming)
    go_on(address);
  for (const auto& [address, when] : std::exchange(later_, {}))
    if (when <= moment)
      ask(address);
    else
      later_.emplace(address, when);
  if (generation_ != 0 && ready_) {
    look_after();
    if (next_search_ && *next_search_ <= moment)
      search({});
    if (!wanted_.empty()
        && (last_wanted_ == monotonic::min() || last_wanted_ + wanted_pause <= moment)) {
      // A sweep tells only of the one that it is for.
      last_wanted_ = moment;
      for (std::size_t i = 0; i < max_wanted && !wanted_.empty(); ++i) {
        search(wanted_.front());
        wanted_.pop_front();
      }
    }
  }
  answer_searches();
  arm();
}

// -- the actor ------------------------------------------------------------------------------

camera_detection_actor::behavior_type
camera_detection_state::make_behavior(camera_detection_settings settings, camera_workers workers,
                                      wall_clock wall) {
  report_exceptions(self_);
  settings_ = std::move(settings);
  workers_ = std::move(workers);
  wall_ = std::move(wall);
  registry_.emplace(settings_);
  following_.emplace(settings_.check_interval);
  tempo_.emplace(settings_.search_interval, settings_.smart);
  started_ = wall_();
  self_->monitor(workers_->finder);
  self_->monitor(workers_->client);
  self_->monitor(workers_->prober);
  self_->set_down_handler([this](const caf::down_msg& down) {
    if (std::erase_if(listeners_,
                      [&](const camera_listener& x) { return x.address() == down.source; })
            + std::erase_if(watchers_,
                            [&](const search_listener& x) { return x.address() == down.source; })
        > 0)
      return;
    const char* who = down.source == workers_->finder   ? "the network"
                      : down.source == workers_->client ? "devices"
                                                        : "streams";
    FF_LOG("cameras", error, "the worker for {} ended: {}", who,
           self_->system().render(down.reason));
    self_->quit(caf::make_error(caf::sec::runtime_error, "a worker ended"));
  });
  self_->send(workers_->finder, listen_atom_v, finding_listener{camera_detection_actor{self_}});
  return {
      [this](attach_atom, const connection_actor& connection) { attach(connection); },
      [this](attach_atom, const store_actor& store) { attach(store); },
      [this](listen_atom, const camera_listener& listener) {
        if (std::ranges::find(listeners_, listener) == listeners_.end()) {
          self_->monitor(listener);
          listeners_.push_back(listener);
        }
        for (const auto& [id, camera] : registry_->all())
          self_->send(listener, camera_changed{camera});
      },
      [this](listen_atom, const search_listener& listener) {
        self_->monitor(listener);
        watchers_.push_back(listener);
      },
      [this](search_atom) { return search_now(); },
      [this](forget_atom, const std::string& id) {
        if (const auto* camera = registry_->find(id))
          apply(registry_->forget(std::string{camera->id}));
      },
      [this](const camera_tick& tick) { on_tick(tick); },
      [this](figures_atom) { return figures(); },
      [this](const link_up& link) { on_link_up(link.generation); },
      [this](const link_down&) { on_link_down(); },
      [this](const finding& what) { on_finding(what); },
      [this](const search_progress& progress) { on_progress(progress); },
      [this](const frigate_sign& sign) { frigate_counts(sign); },
      [](const frigate_candidate&) {},
      [](ping_atom) { return done_atom_v; },
  };
}

camera_detection_actor::behavior_type
camera_detection(camera_detection_actor::stateful_pointer<camera_detection_state> self,
                 camera_detection_settings settings, camera_workers workers, wall_clock wall) {
  return self->state.make_behavior(std::move(settings), std::move(workers), std::move(wall));
}

} // namespace firefinder
