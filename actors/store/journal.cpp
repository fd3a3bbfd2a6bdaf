#include "actors/store/journal.hpp"

#include "messages/dumped.hpp"
#include "messages/log.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <utility>

namespace firefinder {

namespace {

namespace fs = std::filesystem;
using json = nlohmann::json;

// Damaged files that are kept; older ones are removed.
constexpr std::size_t max_set_aside = 3;

// Each step leads from one schema version to the next; a step that was released is
// never changed.
constexpr std::array migrations{
    R"(
CREATE TABLE alarms (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  number INTEGER NOT NULL,
  topic TEXT NOT NULL,
  payload TEXT NOT NULL,
  qos INTEGER NOT NULL,
  retain INTEGER NOT NULL,
  stored_wall REAL NOT NULL,
  ttl_ns INTEGER NOT NULL,
  expires_mono INTEGER NOT NULL,
  expires_wall REAL NOT NULL,
  boot TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'missed')),
  reason TEXT NOT NULL DEFAULT '',
  finished_wall REAL);
CREATE INDEX alarms_by_state ON alarms (state, seq);
CREATE TABLE memory (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  trigger_count INTEGER NOT NULL,
  armed INTEGER NOT NULL,
  last_trigger_mono INTEGER NOT NULL,
  last_trigger_wall REAL NOT NULL,
  cooldown_start_mono INTEGER NOT NULL,
  cooldown_start_wall REAL NOT NULL,
  boot TEXT NOT NULL);
CREATE TABLE sightings (
  seq INTEGER PRIMARY KEY,
  camera TEXT NOT NULL,
  at_mono INTEGER NOT NULL,
  at_wall REAL NOT NULL,
  boot TEXT NOT NULL,
  received_at REAL NOT NULL,
  detections TEXT NOT NULL);
CREATE TABLE records (
  kind INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE pulse (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  mono INTEGER NOT NULL,
  wall REAL NOT NULL,
  boot TEXT NOT NULL);
)",
    R"(
CREATE TABLE decisions (
  seq INTEGER PRIMARY KEY,
  t REAL NOT NULL,
  text TEXT NOT NULL);
CREATE INDEX decisions_by_time ON decisions (t, seq);
)",
};

// JSON of a text; what is no UTF-8 in it is replaced.
void add_text(fmt::memory_buffer& to, const std::string& text) {
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (std::ranges::all_of(text, is_plain))
    fmt::format_to(std::back_inserter(to), "\"{}\"", text);
  else
    fmt::format_to(std::back_inserter(to), "{}", dumped(json(text)));
}

void add_number(fmt::memory_buffer& to, double x) {
  // JSON knows no infinity.
  fmt::format_to(std::back_inserter(to), "{}", std::isfinite(x) ? x : 0.0);
}

// What a sighting says beside its camera and its moment. It is written for every sample, so no
// document is made of it first.
std::string encode(const sighting& seen) {
  fmt::memory_buffer to;
  const auto add = [&to](std::string_view text) { to.append(text); };
  add(R"({"detections":[)");
  for (const auto& x : seen.detections) {
    add(&x == seen.detections.data() ? "[" : ",[");
    add_text(to, x.object);
    for (const auto number : {x.confidence, x.box.x1, x.box.y1, x.box.x2, x.box.y2, x.area}) {
      add(",");
      add_number(to, number);
    }
    for (const bool is : {x.may_repeat, x.sign == fire_sign::smoke, x.at_edge})
      add(is ? ",true" : ",false");
    add("]");
  }
  fmt::format_to(std::back_inserter(to), R"(],"kind":{},"source":)", static_cast<int>(seen.kind));
  add_text(to, seen.source);
  add(R"(,"captured":)");
  add_number(to, seen.captured);
  fmt::format_to(std::back_inserter(to), R"(,"frame":[{},{}])", seen.frame_width,
                 seen.frame_height);
  for (const auto& x : seen.ended) {
    add(&x == seen.ended.data() ? R"(,"ended":[)" : ",");
    add_text(to, x);
  }
  if (!seen.ended.empty())
    add("]");
  if (seen.turning)
    add(R"(,"turning":true)");
  if (!seen.name.empty()) {
    add(R"(,"name":)");
    add_text(to, seen.name);
  }
  if (seen.frame_assumed)
    add(R"(,"frame_assumed":true)");
  add("}");
  return fmt::to_string(to);
}

// What cannot be read is left out: a sample less, not an alarm less.
std::vector<detection> detections_in(const json& list) {
  constexpr std::size_t members = 10;
  // Until version 0.1 these were all.
  constexpr std::size_t members_before = 8;
  std::vector<detection> result;
  if (!list.is_array())
    return result;
  for (const auto& x : list) {
    if (!x.is_array() || (x.size() != members && x.size() != members_before) || !x[0].is_string()
        || !std::all_of(x.begin() + 1, x.begin() + 7, [](const json& y) { return y.is_number(); })
        || !std::all_of(x.begin() + 7, x.end(), [](const json& y) { return y.is_boolean(); }))
      continue;
    auto& next = result.emplace_back();
    next.object = x[0].get<std::string>();
    next.confidence = x[1].get<double>();
    next.box = {x[2].get<double>(), x[3].get<double>(), x[4].get<double>(), x[5].get<double>()};
    next.area = x[6].get<double>();
    next.may_repeat = x[7].get<bool>();
    if (x.size() == members) {
      next.sign = x[8].get<bool>() ? fire_sign::smoke : fire_sign::fire;
      next.at_edge = x[9].get<bool>();
    }
  }
  return result;
}

void decode(const std::string& text, sighting& into) {
  const auto value = json::parse(text, nullptr, false);
  if (value.is_array()) {
    into.detections = detections_in(value);
    if (!into.detections.empty())
      into.kind = sighting_kind::part_of_frame;
    return;
  }
  if (!value.is_object())
    return;
  try {
    into.detections = detections_in(value.at("detections"));
    const auto kind = value.at("kind").get<int>();
    if (kind < 0 || kind > static_cast<int>(sighting_kind::end_of_objects))
      return;
    into.kind = static_cast<sighting_kind>(kind);
    into.source = value.at("source").get<std::string>();
    into.captured = value.at("captured").get<double>();
    into.frame_width = value.at("frame").at(0).get<std::uint32_t>();
    into.frame_height = value.at("frame").at(1).get<std::uint32_t>();
    into.turning = value.value("turning", false);
    into.ended = value.value("ended", std::vector<std::string>{});
    into.name = value.value("name", std::string{});
    into.frame_assumed = value.value("frame_assumed", false);
  } catch (const json::exception&) {
    into.detections.clear();
  }
}

statement& bind(statement& to, const stored_moment& moment) {
  return to.bind(std::int64_t{moment.mono.count()}).bind(moment.wall);
}

} // namespace

// -- opening ----------------------------------------------------------------------------

bool journal::awaits_file() const noexcept {
  return !cannot_open_.empty() && !settings_.folder.empty();
}

std::string journal::path() const { return settings_.folder + '/' + settings_.name + ".db"; }

void journal::open(const clock_reading& now) {
  if (settings_.folder.empty()) {
    cannot_open_ = "store.path is not set: nothing outlives this process";
    open_memory();
    return;
  }
  const auto opened = open_or_set_aside(now);
  if (opened)
    return;
  cannot_open_ = fmt::format("{} cannot be used: {}", path(), opened.why());
  open_memory();
}

status journal::open_or_set_aside(const clock_reading& now) {
  std::error_code failure;
  fs::create_directories(settings_.folder, failure);
  auto opened = open_file();
  if (opened || (!damaged_ && !db_.is_damaged()))
    return opened;
  set_aside(now, opened.why());
  return open_file();
}

void journal::reopen(const clock_reading& now) {
  if (!awaits_file())
    return;
  auto memory = std::exchange(db_, {});
  auto opened = open_or_set_aside(now);
  if (opened)
    opened = take_over(memory);
  if (!opened) {
    db_ = std::move(memory);
    return;
  }
  cannot_open_.clear();
  FF_LOG("store", warning, "{} can be used now; what was kept in memory is in it", path());
}

// What the file has of an earlier process stays beside it: its alarms are the concern of
// the next one, which is asked for them. Of a record the one from memory wins, and so does its
// removal: it is the later word. It cannot be that of somebody who took the silence of memory for
// an empty file, for nobody was told that there is nothing.
status journal::take_over(database& before) {
  if (auto done = db_.attach_copy(before, "before"); !done)
    return done;
  {
    transaction whole{db_};
    if (!whole.begun())
      return whole.begun();
    if (auto done = db_.run(R"(
INSERT OR REPLACE INTO main.alarms (id, number, topic, payload, qos, retain, stored_wall, ttl_ns,
    expires_mono, expires_wall, boot, state, reason, finished_wall)
  SELECT id, number, topic, payload, qos, retain, stored_wall, ttl_ns,
    expires_mono, expires_wall, boot, state, reason, finished_wall FROM before.alarms ORDER BY seq;
INSERT OR REPLACE INTO main.memory SELECT * FROM before.memory;
INSERT INTO main.sightings (camera, at_mono, at_wall, boot, received_at, detections)
  SELECT camera, at_mono, at_wall, boot, received_at, detections FROM before.sightings ORDER BY seq;
INSERT OR REPLACE INTO main.records SELECT * FROM before.records;
DELETE FROM main.records WHERE value = '';
INSERT INTO main.decisions (t, text) SELECT t, text FROM before.decisions ORDER BY seq;
INSERT OR REPLACE INTO main.pulse SELECT * FROM before.pulse)");
        !done)
      return done;
    if (auto done = whole.commit(); !done)
      return done;
  }
  // A copy that stays is no harm but for its room.
  static_cast<void>(db_.run("DETACH before"));
  return {};
}

status journal::open_file() {
  damaged_ = false;
  records_at_most_.clear();
  if (auto opened = db_.open(path()); !opened)
    return opened;
  // Exclusive: a second daemon on one file would send the alarms of the first.
  for (const auto* setting :
       {"PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
        "PRAGMA temp_store = MEMORY", "PRAGMA journal_size_limit = 4194304",
        // In KiB. What is written is seldom read again; SQLite would keep 2 MiB of it.
        "PRAGMA cache_size = -512"})
    if (auto done = db_.run(setting); !done)
      return done;
  if (auto done = db_.run(fmt::format("PRAGMA max_page_count = {}", settings_.max_pages)); !done)
    return done;
  return migrate();
}

status journal::migrate() {
  const auto version = db_.number("PRAGMA user_version", -1);
  if (version < 0)
    return status::failure(db_.why());
  if (version > 0) {
    const auto verdict = db_.word("PRAGMA integrity_check(1)");
    if (verdict != "ok") {
      // Makes sure that the failure is taken for what it is.
      auto reason = verdict.empty() ? db_.why() : verdict;
      // Without a verdict the file could not be read, which is another thing.
      damaged_ = !verdict.empty();
      return status::failure(std::move(reason));
    }
  }
  if (static_cast<std::size_t>(version) > migrations.size()) {
    damaged_ = true;
    return status::failure(fmt::format("it is of a later version ({}) than this program knows ({})",
                                       version, migrations.size()));
  }
  for (auto next = static_cast<std::size_t>(version); next < migrations.size(); ++next) {
    transaction whole{db_};
    if (!whole.begun())
      return whole.begun();
    if (auto done = db_.run(migrations.at(next)); !done)
      return done;
    if (auto done = db_.run(fmt::format("PRAGMA user_version = {}", next + 1)); !done)
      return done;
    if (auto done = whole.commit(); !done)
      return done;
  }
  // Takes the lock now, so that a second daemon hears of it now.
  transaction whole{db_};
  return whole.begun() ? whole.commit() : whole.begun();
}

void journal::set_aside(const clock_reading& now, const std::string& reason) {
  db_.close();
  set_aside_ = fmt::format("{}.damaged-{:.0f}", path(), now.wall);
  std::error_code failure;
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    fs::rename(path() + suffix, set_aside_ + suffix, failure);
    if (failure)
      fs::remove(path() + suffix, failure);
  }
  FF_LOG("store", critical, "{} is damaged ({}); it is set aside as {} and a new one begun", path(),
         reason, set_aside_);
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator{settings_.folder, failure})
    if (const auto name = entry.path().string(); name.starts_with(path() + ".damaged-")
                                                 && !name.ends_with("-wal")
                                                 && !name.ends_with("-shm"))
      all.push_back(name);
  std::sort(all.begin(), all.end());
  for (std::size_t i = 0; i + max_set_aside < all.size(); ++i)
    for (const auto* suffix : {"", "-wal", "-shm"})
      fs::remove(all[i] + suffix, failure);
}

void journal::open_memory() {
  FF_LOG("store", error, "{}; alarms and state are kept in memory only", cannot_open_);
  db_.close();
  records_at_most_.clear();
  auto opened = db_.open(":memory:");
  if (opened)
    opened = migrate();
  if (!opened)
    cannot_open_ += "; nor can memory: " + opened.why();
}

void journal::close() {
  if (!db_.is_open())
    return;
  static_cast<void>(db_.run("PRAGMA wal_checkpoint(TRUNCATE)"));
  db_.close();
}

// -- writing ----------------------------------------------------------------------------

status journal::noted(status outcome) {
  if (outcome) {
    if (!cannot_write_.empty())
      FF_LOG("store", warning, "the store can write again");
    cannot_write_.clear();
    return outcome;
  }
  ++failures_;
  if (outcome.why() != cannot_write_)
    FF_LOG("store", critical, "the store cannot write: {}. A restart now would forget what is new",
           outcome.why());
  cannot_write_ = outcome.why();
  return outcome;
}

template <class F>
status journal::change(durability how, F&& work) {
  if (auto set = db_.run(how == durability::power ? "PRAGMA synchronous = FULL"
                                                  : "PRAGMA synchronous = NORMAL");
      !set)
    return noted(std::move(set));
  transaction whole{db_};
  if (!whole.begun())
    return noted(whole.begun());
  auto done = work();
  if (done)
    done = whole.commit();
  full_ = !done && db_.is_full();
  return noted(std::move(done));
}

status journal::apply(statement& prepared) {
  if (!prepared || prepared.step() == statement::result::failed)
    return status::failure(db_.why());
  return {};
}

status journal::insert_alarm(const alarm_record& alarm, const clock_reading& now) {
  const auto& what = alarm.what;
  const auto expires = to_stored(what.expires, now);
  // A decision that is made again from the same evidence is the same one.
  auto insert = db_.prepare(
      "INSERT INTO alarms (id, number, topic, payload, qos, retain, stored_wall, ttl_ns,"
      " expires_mono, expires_wall, boot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
      " ON CONFLICT (id) DO NOTHING");
  if (!insert)
    return status::failure(db_.why());
  insert.bind(what.id)
      .bind(static_cast<std::int64_t>(alarm.number))
      .bind(what.topic)
      .bind(what.payload)
      .bind(std::int64_t{what.qos})
      .bind(std::int64_t{what.retain ? 1 : 0})
      .bind(now.wall)
      .bind(std::int64_t{(what.expires - now.mono).count()});
  bind(insert, expires).bind(expires.boot);
  return apply(insert);
}

status journal::write_memory(const decision_memory& memory, const clock_reading& now) {
  const auto last = to_stored(memory.last_trigger, now);
  const auto cooldown = to_stored(memory.cooldown_start, now);
  auto write = db_.prepare("INSERT OR REPLACE INTO memory VALUES (1, ?, ?, ?, ?, ?, ?, ?)");
  if (!write)
    return status::failure(db_.why());
  write.bind(static_cast<std::int64_t>(memory.trigger_count))
      .bind(std::int64_t{memory.armed ? 1 : 0});
  bind(write, last);
  bind(write, cooldown).bind(now.boot);
  return apply(write);
}

status journal::write_pulse(const clock_reading& now) {
  auto write = db_.prepare("INSERT OR REPLACE INTO pulse VALUES (1, ?, ?, ?)");
  if (!write)
    return status::failure(db_.why());
  bind(write, to_stored(now.mono, now)).bind(now.boot);
  return apply(write);
}

status journal::add_alarm(const alarm_record& alarm, const clock_reading& now) {
  const auto once = [&] {
    return change(durability::power, [&]() -> status {
      if (auto done = insert_alarm(alarm, now); !done)
        return done;
      return write_memory(alarm.after, now);
    });
  };
  auto done = once();
  if (done || !full_)
    return done;
  // Should the store itself be full, samples are worth less than an alarm.
  auto room = change(durability::process, [this] { return db_.run("DELETE FROM sightings"); });
  return room ? once() : done;
}

status journal::finish_alarm(const alarm_outcome& outcome, const clock_reading& now) {
  return change(durability::power, [&]() -> status {
    auto update = db_.prepare("UPDATE alarms SET state = ?, reason = ?, finished_wall = ?"
                              " WHERE id = ?");
    if (!update)
      return status::failure(db_.why());
    update.bind(outcome.delivered ? "delivered" : "missed")
        .bind(outcome.reason)
        .bind(now.wall)
        .bind(outcome.id);
    if (auto done = apply(update); !done)
      return done;
    if (!outcome.report.id.empty())
      if (auto done = insert_alarm({outcome.report, 0, {}}, now); !done)
        return done;
    return write_memory(outcome.after, now);
  });
}

status journal::remember(const decision_memory& memory, const clock_reading& now) {
  return change(durability::power, [&] { return write_memory(memory, now); });
}

status journal::keep(const std::vector<sighting>& sightings, const clock_reading& now) {
  return change(durability::process, [&]() -> status {
    auto insert = db_.prepare("INSERT INTO sightings (camera, at_mono, at_wall, boot, received_at,"
                              " detections) VALUES (?, ?, ?, ?, ?, ?)");
    if (!insert)
      return status::failure(db_.why());
    for (const auto& seen : sightings) {
      insert.bind(seen.camera);
      bind(insert, to_stored(seen.at, now)).bind(now.boot);
      insert.bind(seen.received_at).bind(encode(seen));
      if (auto done = apply(insert); !done)
        return done;
      insert.reset();
    }
    return {};
  });
}

status journal::keep(const kept_decision& decision) {
  return change(durability::process, [&]() -> status {
    auto insert = db_.prepare("INSERT INTO decisions (t, text) VALUES (?, ?)");
    if (!insert)
      return status::failure(db_.why());
    if (auto done = apply(insert.bind(decision.t).bind(decision.text)); !done)
      return done;
    return db_.run(fmt::format("DELETE FROM decisions WHERE seq <="
                               " (SELECT max(seq) FROM decisions) - {}",
                               settings_.max_decisions));
  });
}

status journal::put(const store_record& record) {
  // A setting is a person's word, and an exercise shows that an alarm would be written; the rest
  // is found or made again.
  const auto how = record.kind == record_kind::setting || record.kind == record_kind::drill
                       ? durability::power
                       : durability::process;
  return change(how, [&]() -> status {
    // The file may have what is removed while it cannot be had: that is done when it can.
    const bool removes = record.value.empty() && !awaits_file();
    auto write = db_.prepare(removes ? "DELETE FROM records WHERE kind = ? AND key = ?"
                                     : "INSERT OR REPLACE INTO records VALUES (?, ?, ?)");
    if (!write)
      return status::failure(db_.why());
    write.bind(static_cast<std::int64_t>(record.kind)).bind(record.key);
    if (!removes) {
      if (!has_room(record.kind))
        return status::failure(fmt::format("there are {} records of a {} already",
                                           settings_.max_records, to_string(record.kind)));
      write.bind(record.value);
    }
    return apply(write);
  });
}

// Each is taken for a new one until there may be too many: to count them all for each of
// thousands costs more than to write them.
bool journal::has_room(record_kind kind) {
  const auto most = static_cast<std::int64_t>(settings_.max_records);
  const auto [at_most, fresh] = records_at_most_.try_emplace(kind);
  if (fresh || at_most->second >= most)
    at_most->second = db_.number(
        fmt::format("SELECT count(*) FROM records WHERE kind = {}", static_cast<int>(kind)), 0);
  return at_most->second++ < most;
}

status journal::prune(const clock_reading& now) {
  return change(durability::process, [&]() -> status {
    const auto clear = [&](const std::string& sql) { return db_.run(sql); };
    // By both clocks: one may have stepped, the other belong to another boot.
    auto old = db_.prepare("DELETE FROM sightings WHERE (boot = ? AND at_mono < ?)"
                           " OR (boot <> ? AND (at_wall < ? OR at_wall > ?))");
    if (!old)
      return status::failure(db_.why());
    const auto span = settings_.sighting_span;
    old.bind(now.boot)
        .bind(std::int64_t{(now.mono - span).count()})
        .bind(now.boot)
        .bind(now.wall - to_seconds(span))
        .bind(now.wall + to_seconds(span));
    if (auto done = apply(old); !done)
      return done;
    if (auto done = clear(fmt::format("DELETE FROM sightings WHERE seq <="
                                      " (SELECT max(seq) FROM sightings) - {}",
                                      settings_.max_sightings));
        !done)
      return done;
    if (auto done = clear(fmt::format(
            "DELETE FROM alarms WHERE state <> 'pending' AND (finished_wall < {:.3f} OR seq <="
            " (SELECT max(seq) FROM alarms) - {})",
            now.wall - to_seconds(settings_.alarm_span), settings_.max_alarms));
        !done)
      return done;
    return write_pulse(now);
  });
}

// -- reading ----------------------------------------------------------------------------

status journal::knows_records() const {
  if (awaits_file())
    return status::failure(cannot_open_);
  return {};
}

std::vector<store_record> journal::records(record_kind kind) {
  std::vector<store_record> result;
  auto ask = db_.prepare("SELECT key, value FROM records WHERE kind = ? AND value <> ''"
                         " ORDER BY key");
  if (!ask)
    return result;
  ask.bind(static_cast<std::int64_t>(kind));
  while (ask.step() == statement::result::row) {
    store_record next{kind, ask.text(), {}};
    next.value = ask.text();
    result.push_back(std::move(next));
  }
  return result;
}

kept_decision journal::decision_at(unix_seconds at) {
  kept_decision result;
  // The wall clock may have stepped back, so the order of keeping is not that of time.
  auto ask = db_.prepare("SELECT t, text FROM decisions WHERE t <= ? ORDER BY t DESC, seq DESC"
                         " LIMIT 1");
  if (ask && ask.bind(at).step() == statement::result::row) {
    result.t = ask.real();
    result.text = ask.text();
    return result;
  }
  if (auto first = db_.prepare("SELECT min(t) FROM decisions");
      first && first.step() == statement::result::row)
    result.t = first.real();
  return result;
}

std::vector<kept_decision> journal::decisions(std::uint32_t most) {
  std::vector<kept_decision> result;
  auto ask = db_.prepare("SELECT t, text FROM decisions ORDER BY seq DESC LIMIT ?");
  if (!ask)
    return result;
  ask.bind(std::int64_t{most});
  while (ask.step() == statement::result::row) {
    const auto t = ask.real();
    result.push_back({t, ask.text()});
  }
  std::reverse(result.begin(), result.end());
  return result;
}

recovered journal::load(const clock_reading& now) {
  recovered result;
  // What cannot be read is missing; that must not pass for a store without it.
  const auto end = [this](statement::result last) {
    if (last == statement::result::failed)
      static_cast<void>(noted(status::failure("reading: " + db_.why())));
  };
  const auto moment = [](statement& row) {
    stored_moment stored;
    stored.mono = monotonic{row.integer()};
    stored.wall = row.real();
    return stored;
  };
  if (auto ask = db_.prepare("SELECT trigger_count, armed, last_trigger_mono, last_trigger_wall,"
                             " cooldown_start_mono, cooldown_start_wall, boot FROM memory");
      ask && ask.step() == statement::result::row) {
    auto& memory = result.memory;
    memory.trigger_count = static_cast<std::uint64_t>(ask.integer());
    memory.armed = ask.integer() != 0;
    auto last = moment(ask);
    auto cooldown = moment(ask);
    last.boot = cooldown.boot = ask.text();
    memory.last_trigger = from_stored(last, now, if_unknown::just_now);
    memory.cooldown_start = from_stored(cooldown, now, if_unknown::just_now);
  }
  if (auto ask
      = db_.prepare("SELECT id, number, topic, payload, qos, retain, ttl_ns, expires_mono,"
                    " expires_wall, boot FROM alarms WHERE state = 'pending' ORDER BY seq")) {
    auto step = ask.step();
    for (; step == statement::result::row; step = ask.step()) {
      alarm_record next;
      next.what.how = delivery::durable;
      next.what.id = ask.text();
      next.number = static_cast<std::uint64_t>(ask.integer());
      next.what.topic = ask.text();
      next.what.payload = ask.text();
      next.what.qos = static_cast<std::uint8_t>(ask.integer());
      next.what.retain = ask.integer() != 0;
      const timespan ttl{ask.integer()};
      auto expires = moment(ask);
      expires.boot = ask.text();
      // An alarm of unknown age must not start a pump.
      next.what.expires = from_stored(expires, now, if_unknown::long_ago, ttl);
      result.pending.push_back(std::move(next));
    }
    end(step);
  }
  // A machine without a clock of its own goes on at the hour at which it was switched
  // off: only within one boot is it known how long nobody was there.
  auto newest = never;
  if (auto ask = db_.prepare("SELECT camera, at_mono, at_wall, boot, received_at, detections"
                             " FROM sightings ORDER BY seq")) {
    auto step = ask.step();
    for (; step == statement::result::row; step = ask.step()) {
      sighting next;
      next.camera = ask.text();
      auto at = moment(ask);
      at.boot = ask.text();
      next.received_at = ask.real();
      next.at = from_stored(at, now, if_unknown::long_ago);
      if (at.boot == now.boot)
        newest = std::max(newest, next.at);
      if (now.mono - next.at > settings_.sighting_span)
        continue;
      decode(ask.text(), next);
      if (next.kind != sighting_kind::sign_of_life)
        result.sightings.push_back(std::move(next));
    }
    end(step);
  }
  if (auto ask = db_.prepare("SELECT mono, wall, boot FROM pulse");
      ask && ask.step() == statement::result::row) {
    auto pulse = moment(ask);
    pulse.boot = ask.text();
    if (pulse.boot == now.boot)
      newest = std::max(newest, from_stored(pulse, now, if_unknown::long_ago));
  }
  if (newest != never)
    result.away = now.mono - newest;
  return result;
}

store_figures journal::figures() {
  store_figures result;
  result.problem = !cannot_open_.empty() ? cannot_open_ : cannot_write_;
  result.set_aside = set_aside_;
  result.failures = failures_;
  const auto count
      = [this](std::string_view sql) { return static_cast<std::uint64_t>(db_.number(sql, 0)); };
  result.pending = count("SELECT count(*) FROM alarms WHERE state = 'pending'");
  result.alarms = count("SELECT count(*) FROM alarms");
  result.sightings = count("SELECT count(*) FROM sightings");
  if (!settings_.folder.empty())
    for (const auto* part : {"", "-wal"}) {
      std::error_code absent;
      if (const auto bytes = std::filesystem::file_size(path() + part, absent); !absent)
        result.bytes += bytes;
    }
  return result;
}

} // namespace firefinder
