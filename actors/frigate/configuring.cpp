#include "actors/frigate/configuring.hpp"

#include "actors/frigate/secrets.hpp"
#include "actors/frigate/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace firefinder {

namespace {

// After an alarm, or a failed restart, it is looked again so often.
constexpr timespan look_again_interval = std::chrono::minutes{1};

// The first one that takes cameras while it runs.
constexpr int adding_release = 17;

constexpr auto not_applied = "frigate_configuration_not_applied";

} // namespace

configuring::configuring(frigate_settings settings, bool has_api)
  : settings_(std::move(settings)), has_api_(has_api) {}

// -- what there is ---------------------------------------------------------------------

void configuring::touch(monotonic now) {
  if (!std::exchange(dirty_, true))
    first_change_ = now;
  last_change_ = now;
  // Something else than what was refused.
  pause_ = pause;
}

void configuring::on_camera(const camera_facts& camera, monotonic now) {
  if (choice_.changed(camera))
    touch(now);
}

void configuring::on_removed(const camera_removed& camera, monotonic now) {
  if (choice_.removed(camera))
    touch(now);
}

void configuring::on_link(bool up, monotonic now) {
  if (!up) {
    link_since_.reset();
    return;
  }
  link_since_ = now;
  touch(now);
}

void configuring::on_candidate(monotonic until) {
  candidate_until_ = std::max(candidate_until_, until);
}

void configuring::on_report(const frigate_cameras& report, monotonic now) {
  asked_ = true;
  if (!report.failure.empty())
    return;
  version_ = report.version;
  faults_.clear();
  std::map<std::string, const frigate_camera*> there;
  present_.emplace();
  for (const auto& x : report.cameras) {
    there.emplace(x.name, &x);
    present_->insert(x.name);
  }
  for (const auto& name : written_) {
    const auto found = there.find(name);
    if (found == there.end())
      faults_[name] = settings_.configuration.apply
                          ? "Frigate does not have it, or has it switched off"
                          : "Frigate does not have it: it reads its configuration when it is "
                            "started; restart it. Or it has it switched off";
    else if (!found->second->detects)
      faults_[name] = "Frigate does not look for objects in it: its detect.enabled is false";
    else if (!found->second->sees_fire)
      faults_[name] = "Frigate looks for neither fire nor smoke in it: its model does not know "
                      "them, or objects.track does not have them";
  }
  // A restart may have brought the secrets, or a restored file lost the cameras.
  if (settings_.configuration.apply && !busy_ && !dirty_ && !faults_.empty()
      && (!last_success_ || now >= *last_success_ + refused_pause))
    touch(now);
}

bool configuring::knows_version() const {
  return !settings_.configuration.version.empty() || !has_api_ || asked_;
}

block_rules configuring::rules() const {
  block_rules result;
  result.version = version_.empty() ? settings_.configuration.version : version_;
  result.labels = settings_.labels;
  result.min_confidence = settings_.configuration.min_confidence;
  return result;
}

const camera_credential* configuring::credential_of(const frigate_source& camera) const {
  const auto& all = settings_.configuration.credentials;
  const auto found = std::ranges::find(all, camera.credential, &camera_credential::reference);
  return camera.credential.empty() || found == all.end() ? nullptr : &*found;
}

// As others may see it.
frigate_source configuring::shown(const frigate_source& camera) const {
  const auto* const known = credential_of(camera);
  return with_secret_paths(camera, known != nullptr ? known->password : std::string{});
}

std::string configuring::document() const {
  frigate_sources all;
  for (const auto& [id, camera] : choice_.cameras())
    all.emplace(id, shown(camera));
  return yaml_text(cameras_block(all, rules()));
}

// -- when -----------------------------------------------------------------------------

bool configuring::disturbs() const {
  const auto& with = settings_.configuration;
  const auto release = release_of(rules().version);
  // Who hears of no fires has nothing to wait for.
  return with.apply && with.may_restart && release && *release >= adding_release;
}

// When nothing that could become an alarm is in sight any more; nothing: nobody would know.
std::optional<monotonic> configuring::calm_due() const {
  if (!link_since_)
    return std::nullopt;
  return std::max({candidate_until_ + quiet, *link_since_ + quiet, calm_again_});
}

bool configuring::is_new(const std::string& id) const {
  const auto name = frigate_name(id);
  return present_ && !present_->contains(name) && !written_.contains(name);
}

bool configuring::has_new() const {
  return std::ranges::any_of(choice_.cameras(), [&](const auto& x) { return is_new(x.first); });
}

std::optional<monotonic> configuring::write_due() const {
  auto result = std::min(last_change_ + settle, first_change_ + longest_settle);
  if (last_write_)
    result = std::max(result, *last_write_ + pause_);
  if (!disturbs() || has_new())
    return result;
  const auto calm = calm_due();
  return calm ? std::optional{std::max(result, *calm)} : std::nullopt;
}

bool configuring::restart_is_ours() const {
  return restart_wanted_ && settings_.configuration.may_restart && link_since_;
}

monotonic configuring::restart_due() const {
  auto result = std::max({candidate_until_ + quiet, *link_since_ + quiet, look_again_});
  if (last_restart_)
    result = std::max(result, *last_restart_ + restart_pause);
  return result;
}

configuring::step configuring::next(monotonic now) const {
  if (busy_)
    return step::none;
  if (const auto due = write_due(); dirty_ && knows_version() && due && now >= *due)
    return step::write;
  if (restart_is_ours() && now >= restart_due())
    return step::restart;
  return step::none;
}

std::optional<monotonic> configuring::due(monotonic now) const {
  std::optional<monotonic> result;
  if (busy_)
    return result;
  if (dirty_ && knows_version())
    result = write_due();
  if (restart_is_ours())
    result = result ? std::min(*result, restart_due()) : restart_due();
  if (result)
    result = std::max(*result, now);
  return result;
}

// -- writing ----------------------------------------------------------------------------

void configuring::begin_question() { busy_ = true; }

bool configuring::may_write(double last_alarm_ago_s, monotonic now) {
  busy_ = false;
  if (last_alarm_ago_s >= 0 && last_alarm_ago_s < to_seconds(alarm_quiet))
    calm_again_ = now + look_again_interval;
  // Meanwhile a candidate may have come.
  const auto calm = calm_due();
  only_new_ = !calm || now < *calm;
  return !only_new_ || has_new();
}

void configuring::begin(monotonic now) {
  busy_ = true;
  dirty_ = false;
  last_write_ = now;
  left_out_.clear();
  secrets_.clear();
  names_.clear();
  frigate_sources told;
  const auto& with = settings_.configuration;
  for (const auto& [id, known] : choice_.cameras()) {
    const auto name = frigate_name(id);
    if (only_new_ && !is_new(id)) {
      dirty_ = true;
      continue;
    }
    auto camera = shown(known);
    auto values = path_secrets_of(id, camera);
    if (with.secrets_path.empty() && (!camera.credential.empty() || !values.empty())) {
      left_out_[name] = "it needs a password, which Frigate reads from a file: name the folder "
                        "of its secrets, frigate.secrets_path (FRIGATE_SECRETS_PATH)";
      continue;
    }
    if (!camera.credential.empty()) {
      const auto* const credential = credential_of(camera);
      if (credential == nullptr) {
        left_out_[name] = "its password is not known any more";
        continue;
      }
      auto login = secrets_of(id, camera, *credential);
      if (!login) {
        left_out_[name] = "its user or password cannot be told to Frigate: no colon may stand in "
                          "the user, and neither may be very long";
        continue;
      }
      values.insert(values.begin(), login->begin(), login->end());
    }
    secrets_.insert(secrets_.end(), values.begin(), values.end());
    told.emplace(id, std::move(camera));
    names_.insert(name);
  }
  blocks_ = {yaml_text(cameras_block(told, rules())), {}};
  if (only_new_)
    dirty_ = dirty_ || !choice_.removed().empty();
  else
    blocks_.removed = choice_.removed();
}

std::optional<frigate_files> configuring::files() const {
  const auto& with = settings_.configuration;
  const bool writes_file = !with.path.empty() && !with.apply;
  if (!writes_file && (!with.apply || secrets_.empty()))
    return std::nullopt;
  frigate_files result;
  if (writes_file) {
    result.path = with.path;
    result.blocks = blocks_;
  }
  result.secrets_path = with.secrets_path;
  result.secrets = secrets_;
  return result;
}

std::optional<frigate_change> configuring::change() const {
  if (!settings_.configuration.apply)
    return std::nullopt;
  return frigate_change{{}, rules().version, blocks_};
}

std::optional<frigate_files> configuring::leftovers(const frigate_outcome& done) const {
  const auto& with = settings_.configuration;
  if (!with.apply || with.secrets_path.empty() || !done.failure.empty())
    return std::nullopt;
  frigate_files result;
  result.secrets_path = with.secrets_path;
  for (const auto& name : blocks_.removed)
    if (std::ranges::count(done.refused, name) == 0)
      result.blocks.removed.push_back(name);
  return result.blocks.removed.empty() ? std::nullopt : std::optional{std::move(result)};
}

void configuring::on_written(const frigate_outcome& what, monotonic now) {
  busy_ = false;
  failure_ = what.failure;
  const bool only_new = std::exchange(only_new_, false);
  changes_ += what.changed ? 1 : 0;
  const auto refused
      = [&](const std::string& name) { return std::ranges::count(what.refused, name) != 0; };
  if (what.failure.empty() || !what.refused.empty()) {
    if (!only_new)
      written_.clear();
    for (const auto& name : names_)
      if (!refused(name))
        written_.insert(name);
  }
  if (what.failure.empty()) {
    choice_.forget(blocks_.removed);
    restart_wanted_ = restart_wanted_ || (what.wants_restart && settings_.configuration.apply);
    last_success_ = now;
    return;
  }
  // Again, after a while.
  touch(now);
  if (!what.refused.empty() || what.wants_restart)
    pause_ = refused_pause;
  // Once for each of them: it may be refused for something else.
  if (!what.wants_restart)
    return;
  for (const auto& secret : secrets_) {
    const auto name = secret.name.substr(0, secret.name.rfind('_') + 1);
    for (const auto& camera : names_)
      if (secret_prefix(camera.substr(camera.find('_') + 1)) == name
          && (what.refused.empty() || refused(camera)) && restarted_for_.insert(camera).second)
        restart_wanted_ = true;
  }
}

// -- starting Frigate anew ----------------------------------------------------------------

void configuring::begin_restart() { busy_ = true; }

bool configuring::may_restart(double last_alarm_ago_s, monotonic now) {
  if (last_alarm_ago_s >= 0 && last_alarm_ago_s < to_seconds(alarm_quiet)) {
    busy_ = false;
    look_again_ = now + look_again_interval;
    return false;
  }
  // Meanwhile one may have come.
  if (!link_since_ || now < restart_due()) {
    busy_ = false;
    return false;
  }
  return true;
}

void configuring::on_restart(const std::string& failure, monotonic now) {
  busy_ = false;
  restart_failure_ = failure;
  if (!failure.empty()) {
    look_again_ = now + pause;
    return;
  }
  ++restarts_;
  last_restart_ = now;
  restart_wanted_ = false;
  // What was refused for want of secrets.
  if (dirty_)
    pause_ = pause;
}

// -- figures ------------------------------------------------------------------------------

frigate_figures configuring::figures() const {
  frigate_figures result;
  result.cameras = choice_.cameras().size();
  result.changes = changes_;
  result.restarts = restarts_;
  const auto add = [&](const std::string& subject, const std::string& text) {
    problem x;
    x.code = not_applied;
    x.subject = subject;
    x.text = text;
    result.problems.push_back(std::move(x));
  };
  const auto& with = settings_.configuration;
  const auto& prefix
      = settings_.instances.empty() ? std::string{} : settings_.instances.front().prefix;
  if (!failure_.empty())
    add(prefix, with.apply ? fmt::format("Frigate's configuration was not changed: {}", failure_)
                           : fmt::format("{} was not changed: {}", with.path, failure_));
  if (restart_wanted_ && !with.may_restart)
    add(prefix, "Frigate must be started anew for its configuration; this daemon, which does not "
                "decide on fires, does not do it");
  if (!restart_failure_.empty())
    add(prefix, fmt::format("Frigate could not be started anew: {}", restart_failure_));
  if (!with.path.empty() || with.apply)
    for (const auto& [name, why] : left_out_)
      add(name, why);
  for (const auto& [name, why] : faults_)
    add(name, why);
  return result;
}

} // namespace firefinder
