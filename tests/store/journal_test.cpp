#include "actors/store/journal.hpp"

#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

namespace firefinder::journal_test {
namespace {

using namespace std::chrono_literals;
using test::temporary_directory;

constexpr unix_seconds today = 1'700'000'000;

// A moment `after` the beginning, in the boot "one" unless said otherwise.
clock_reading at(timespan after, const std::string& boot = "one") {
  return {1000s + after, today + to_seconds(after), boot};
}

alarm_record alarm(const std::string& id, std::uint64_t number = 1) {
  alarm_record result;
  result.what.id = id;
  result.what.topic = "fire/trigger";
  result.what.payload = "payload of " + id;
  result.what.qos = 2;
  result.what.how = delivery::durable;
  result.what.expires = 1120s;
  result.number = number;
  result.after = {number, true, 1000s, 1000s};
  return result;
}

sighting seen(const std::string& camera, monotonic when) {
  sighting result;
  result.camera = camera;
  result.kind = sighting_kind::part_of_frame;
  result.detections = {{"tree", fire_sign::smoke, .9, {.1, .2, .3, .4}, .1 / 3, true, true}};
  result.at = when;
  result.received_at = today + 5;
  return result;
}

struct journal_test : testing::Test {
  temporary_directory folder;
  store_settings settings;

  journal_test() { settings.folder = folder.path() / "state"; }

  std::string file() const { return settings.folder + "/firefinder.db"; }

  journal opened(const clock_reading& now = at(0s)) {
    journal result{settings};
    result.open(now);
    return result;
  }
};

TEST_F(journal_test, begins_empty_and_sound) {
  auto x = opened();
  const auto before = x.load(at(0s));
  EXPECT_EQ(before.memory, decision_memory{});
  EXPECT_TRUE(before.pending.empty());
  EXPECT_TRUE(before.sightings.empty());
  EXPECT_EQ(before.away, never);
  EXPECT_EQ(x.figures().problem, "");
  EXPECT_EQ(x.figures().set_aside, "");
}

TEST_F(journal_test, is_for_its_owner_alone) {
  const auto mode = [this] {
    struct stat found {};
    EXPECT_EQ(::stat(file().c_str(), &found), 0);
    return found.st_mode & 0777U;
  };
  (void)opened();
  EXPECT_EQ(mode(), 0600U);
  // As an earlier version left it.
  ASSERT_EQ(::chmod(file().c_str(), 0644), 0);
  (void)opened();
  EXPECT_EQ(mode(), 0600U);
}

TEST_F(journal_test, keeps_an_alarm_and_what_it_leaves_behind) {
  {
    auto x = opened();
    ASSERT_TRUE(x.add_alarm(alarm("a"), at(0s)));
    // Not closed: as after a kill.
  }
  auto x = opened(at(10s));
  const auto before = x.load(at(10s));
  ASSERT_EQ(before.pending.size(), 1U);
  const auto& what = before.pending[0].what;
  EXPECT_EQ(what.id, "a");
  EXPECT_EQ(what.topic, "fire/trigger");
  EXPECT_EQ(what.payload, "payload of a");
  EXPECT_EQ(what.qos, 2);
  EXPECT_FALSE(what.retain);
  EXPECT_EQ(what.how, delivery::durable);
  EXPECT_EQ(what.expires, 1120s);
  EXPECT_EQ(before.pending[0].number, 1U);
  EXPECT_EQ(before.memory, alarm("a").after);
}

TEST_F(journal_test, an_alarm_of_another_boot_expires_by_the_wall_clock) {
  ASSERT_TRUE(opened().add_alarm(alarm("a"), at(0s)));
  const clock_reading next{3s, today + 50, "two"};
  auto x = opened(next);
  auto before = x.load(next);
  EXPECT_EQ(before.pending.at(0).what.expires, 73s);
  EXPECT_EQ(before.memory.cooldown_start, 3s - 50s);
  // A clock that was set back: the alarm is over, the cooldown runs.
  const clock_reading past{3s, today - 50'000, "two"};
  before = x.load(past);
  EXPECT_LT(before.pending.at(0).what.expires, past.mono);
  EXPECT_EQ(before.memory.cooldown_start, past.mono);
}

TEST_F(journal_test, a_finished_alarm_is_not_pending) {
  auto x = opened();
  ASSERT_TRUE(x.add_alarm(alarm("a"), at(0s)));
  ASSERT_TRUE(x.add_alarm(alarm("b", 2), at(1s)));
  ASSERT_TRUE(x.finish_alarm({"a", true, {}, {}, {2, true, 1001s, 1001s}}, at(2s)));
  const auto before = x.load(at(3s));
  ASSERT_EQ(before.pending.size(), 1U);
  EXPECT_EQ(before.pending[0].what.id, "b");
  EXPECT_EQ(x.figures().pending, 1U);
  EXPECT_EQ(x.figures().alarms, 2U);
}

TEST_F(journal_test, a_missed_alarm_gives_way_to_its_report) {
  auto x = opened();
  ASSERT_TRUE(x.add_alarm(alarm("a"), at(0s)));
  publication report;
  report.id = "a/missed";
  report.topic = "fire/trigger_missed";
  report.qos = 1;
  report.expires = 9000s;
  ASSERT_TRUE(x.finish_alarm({"a", false, "no broker", report, {1, true, 1000s, never}}, at(2s)));
  const auto before = x.load(at(3s));
  ASSERT_EQ(before.pending.size(), 1U);
  EXPECT_EQ(before.pending[0].what.id, "a/missed");
  EXPECT_EQ(before.pending[0].number, 0U);
  EXPECT_EQ(before.memory.cooldown_start, never);
}

TEST_F(journal_test, the_same_alarm_is_kept_once) {
  auto x = opened();
  ASSERT_TRUE(x.add_alarm(alarm("a"), at(0s)));
  ASSERT_TRUE(x.finish_alarm({"a", true, {}, {}, {}}, at(1s)));
  ASSERT_TRUE(x.add_alarm(alarm("a"), at(2s)));
  EXPECT_TRUE(x.load(at(3s)).pending.empty()) << "it was delivered";
}

TEST_F(journal_test, keeps_sightings_to_the_last_digit) {
  settings.sighting_span = 60s;
  ASSERT_TRUE(opened().keep({seen("a", 1001s), seen("b", 1002s)}, at(2s)));
  auto x = opened(at(3s));
  const auto before = x.load(at(3s));
  ASSERT_EQ(before.sightings.size(), 2U);
  EXPECT_EQ(before.sightings[0].camera, "a");
  EXPECT_EQ(before.sightings[0].at, 1001s);
  EXPECT_EQ(before.sightings[0].received_at, today + 5);
  ASSERT_EQ(before.sightings[0].detections.size(), 1U);
  const auto& d = before.sightings[0].detections[0];
  EXPECT_EQ(d.object, "tree");
  EXPECT_EQ(d.confidence, .9);
  EXPECT_EQ(d.box, (box{.1, .2, .3, .4}));
  EXPECT_EQ(d.area, .1 / 3);
  EXPECT_TRUE(d.may_repeat);
  EXPECT_EQ(before.away, 1s);
}

TEST_F(journal_test, after_another_boot_nobody_knows_how_long_it_was_away) {
  auto x = opened();
  ASSERT_TRUE(x.prune(at(0s)));
  EXPECT_EQ(x.load(at(7s)).away, 7s);
  EXPECT_EQ(x.load({9s, today + 1, "two"}).away, never);
}

TEST_F(journal_test, keeps_all_that_a_sighting_says) {
  settings.sighting_span = 60s;
  auto whole = seen("a", 1000s);
  whole.kind = sighting_kind::end_of_objects;
  whole.source = "frigate";
  whole.captured = today + .25;
  whole.frame_width = 640;
  whole.frame_height = 360;
  whole.turning = true;
  whole.frame_assumed = true;
  whole.ended = {"x", "y"};
  whole.name = "A";
  auto x = opened();
  ASSERT_TRUE(x.keep({whole}, at(0s)));
  const auto before = x.load(at(1s));
  ASSERT_EQ(before.sightings.size(), 1U);
  const auto& back = before.sightings[0];
  EXPECT_EQ(back.kind, whole.kind);
  EXPECT_EQ(back.source, whole.source);
  EXPECT_EQ(back.captured, whole.captured);
  EXPECT_EQ(back.frame_width, whole.frame_width);
  EXPECT_EQ(back.frame_height, whole.frame_height);
  EXPECT_EQ(back.turning, whole.turning);
  EXPECT_EQ(back.frame_assumed, whole.frame_assumed);
  EXPECT_EQ(back.ended, whole.ended);
  EXPECT_EQ(back.name, whole.name);
  EXPECT_EQ(back.detections[0].sign, fire_sign::smoke);
  EXPECT_TRUE(back.detections[0].at_edge);
}

TEST_F(journal_test, old_sightings_are_neither_told_nor_kept) {
  settings.sighting_span = 60s;
  auto x = opened();
  ASSERT_TRUE(x.keep({seen("a", 1000s), seen("b", 1050s)}, at(50s)));
  EXPECT_EQ(x.load(at(61s)).sightings.size(), 1U);
  EXPECT_EQ(x.load({9s, today + 61, "two"}).sightings.size(), 1U);
  ASSERT_TRUE(x.prune(at(61s)));
  EXPECT_EQ(x.figures().sightings, 1U);
  ASSERT_TRUE(x.prune({9s, today + 200, "two"}));
  EXPECT_EQ(x.figures().sightings, 0U);
}

TEST_F(journal_test, samples_that_lie_ahead_after_another_boot_are_not_kept) {
  settings.sighting_span = 60s;
  auto x = opened();
  ASSERT_TRUE(x.keep({seen("a", 1000s)}, at(0s)));
  // The wall clock was set back: they would be young for as long as it takes to catch up.
  ASSERT_TRUE(x.prune({9s, today - 1000, "two"}));
  EXPECT_EQ(x.figures().sightings, 0U);
}

TEST_F(journal_test, samples_of_another_boot_do_not_tell_how_long_it_was_away) {
  auto x = opened();
  ASSERT_TRUE(x.keep({seen("a", 1000s)}, at(0s)));
  EXPECT_EQ(x.load({9s, today + 1, "two"}).away, never);
}

TEST_F(journal_test, samples_that_are_none_are_left_out) {
  opened().close();
  const auto odd = {"7",
                    "[7]",
                    "[[\"a\",1]]",
                    R"([["a","x",0,0,0,0,0,true]])",
                    R"([["a",1,0,0,0,0,0,7]])",
                    R"([[7,1,0,0,0,0,0,true]])",
                    "[[",
                    ""};
  {
    database raw;
    ASSERT_TRUE(raw.open(file()));
    for (const std::string text : odd) {
      auto insert = raw.prepare("INSERT INTO sightings (camera, at_mono, at_wall, boot,"
                                " received_at, detections) VALUES ('a', 1000000000000, 0, 'one',"
                                " 0, ?)");
      insert.bind(text);
      ASSERT_EQ(insert.step(), statement::result::done);
    }
  }
  auto x = opened();
  ASSERT_EQ(x.figures().sightings, odd.size());
  EXPECT_TRUE(x.load(at(1s)).sightings.empty());
}

TEST_F(journal_test, a_text_that_points_nowhere_is_an_empty_one) {
  database raw;
  ASSERT_TRUE(raw.open(":memory:"));
  ASSERT_TRUE(raw.run("CREATE TABLE t (x TEXT NOT NULL)"));
  auto insert = raw.prepare("INSERT INTO t VALUES (?)");
  insert.bind(std::string_view{});
  EXPECT_EQ(insert.step(), statement::result::done);
}

TEST_F(journal_test, is_bounded_in_number) {
  settings.max_sightings = 10;
  settings.max_alarms = 3;
  settings.max_records = 2;
  auto x = opened();
  for (int i = 0; i < 30; ++i)
    ASSERT_TRUE(x.keep({seen("a", 1000s)}, at(0s)));
  for (int i = 0; i < 9; ++i) {
    const auto id = std::to_string(i);
    ASSERT_TRUE(x.add_alarm(alarm(id), at(0s)));
    if (i != 0) {
      ASSERT_TRUE(x.finish_alarm({id, true, {}, {}, {}}, at(0s)));
    }
  }
  ASSERT_TRUE(x.prune(at(1s)));
  EXPECT_EQ(x.figures().sightings, 10U);
  EXPECT_EQ(x.figures().alarms, 4U) << "three, and the one that is pending";
  EXPECT_TRUE(x.put({record_kind::camera, "a", "1"}));
  EXPECT_TRUE(x.put({record_kind::camera, "b", "1"}));
  EXPECT_FALSE(x.put({record_kind::camera, "c", "1"}));
  EXPECT_TRUE(x.put({record_kind::camera, "a", ""})) << "what goes makes room";
  EXPECT_TRUE(x.put({record_kind::camera, "c", "1"}));
}

TEST_F(journal_test, alarms_are_kept_for_their_span) {
  settings.alarm_span = 100s;
  auto x = opened();
  ASSERT_TRUE(x.add_alarm(alarm("a"), at(0s)));
  ASSERT_TRUE(x.finish_alarm({"a", true, {}, {}, {}}, at(1s)));
  ASSERT_TRUE(x.prune(at(100s)));
  EXPECT_EQ(x.figures().alarms, 1U);
  ASSERT_TRUE(x.prune(at(102s)));
  EXPECT_EQ(x.figures().alarms, 0U);
}

TEST_F(journal_test, keeps_records_by_kind_and_key) {
  {
    auto x = opened();
    ASSERT_TRUE(x.put({record_kind::setting, "armed", "false"}));
    ASSERT_TRUE(x.put({record_kind::announcement, "armed", "else"}));
    ASSERT_TRUE(x.put({record_kind::setting, "b", "2"}));
    ASSERT_TRUE(x.put({record_kind::setting, "armed", "true"}));
    ASSERT_TRUE(x.put({record_kind::setting, "b", ""}));
  }
  auto x = opened();
  const std::vector<store_record> expected{{record_kind::setting, "armed", "true"}};
  EXPECT_EQ(x.records(record_kind::setting), expected);
  EXPECT_EQ(x.records(record_kind::camera).size(), 0U);
}

TEST_F(journal_test, bytes_that_are_no_text_do_no_harm) {
  auto x = opened();
  auto odd = seen(std::string("a\0b\xff", 4), 1000s);
  odd.detections[0].object = "\xff\xfe";
  ASSERT_TRUE(x.keep({odd}, at(0s)));
  auto strange = alarm("a");
  strange.what.payload = std::string("\0\xff'; DROP TABLE alarms; --", 26);
  ASSERT_TRUE(x.add_alarm(strange, at(0s)));
  const auto before = x.load(at(1s));
  EXPECT_EQ(before.sightings.at(0).camera, odd.camera);
  EXPECT_EQ(before.pending.at(0).what.payload, strange.what.payload);
}

// -- damage ----------------------------------------------------------------------------

TEST_F(journal_test, a_file_that_is_none_is_set_aside_and_told) {
  std::filesystem::create_directories(settings.folder);
  std::ofstream{file()} << std::string(5000, 'x');
  auto x = opened(at(0s));
  EXPECT_NE(x.figures().set_aside, "");
  EXPECT_TRUE(std::filesystem::exists(x.figures().set_aside));
  EXPECT_EQ(x.figures().problem, "");
  EXPECT_TRUE(x.add_alarm(alarm("a"), at(0s)));
}

TEST_F(journal_test, a_file_of_a_later_version_is_set_aside) {
  opened().close();
  {
    database raw;
    ASSERT_TRUE(raw.open(file()));
    ASSERT_TRUE(raw.run("PRAGMA user_version = 99"));
  }
  auto x = opened(at(0s));
  EXPECT_NE(x.figures().set_aside, "");
  EXPECT_TRUE(x.add_alarm(alarm("a"), at(0s)));
}

TEST_F(journal_test, of_many_damaged_files_the_last_ones_are_kept) {
  for (int i = 0; i < 6; ++i) {
    std::filesystem::create_directories(settings.folder);
    std::ofstream{file()} << std::string(5000, 'x');
    opened(at(i * 1s)).close();
  }
  int kept = 0;
  for (const auto& entry : std::filesystem::directory_iterator{settings.folder})
    kept += entry.path().string().find(".damaged-") != std::string::npos ? 1 : 0;
  EXPECT_EQ(kept, 3);
}

// A thousand lengths of a file with alarms in it: whatever is left of it, the store
// opens, tells what it can, and takes the next alarm.
TEST_F(journal_test, any_truncation_leaves_a_store_that_works) {
  {
    auto x = opened();
    for (int i = 0; i < 20; ++i)
      ASSERT_TRUE(x.add_alarm(alarm(std::to_string(i)), at(0s)));
    ASSERT_TRUE(x.keep(std::vector<sighting>(200, seen("a", 1000s)), at(0s)));
    x.close();
  }
  const auto whole = test::read_file(file());
  ASSERT_GT(whole.size(), 10'000U);
  int damaged = 0;
  for (int i = 0; i < 1000; ++i) {
    std::filesystem::remove_all(settings.folder);
    std::filesystem::create_directories(settings.folder);
    const auto length = whole.size() * static_cast<std::size_t>(i) / 1000;
    std::ofstream{file(), std::ios::binary} << whole.substr(0, length);
    auto x = opened(at(1s));
    static_cast<void>(x.load(at(1s)));
    ASSERT_TRUE(x.add_alarm(alarm("new"), at(1s))) << length;
    const auto pending = x.load(at(1s)).pending;
    ASSERT_FALSE(pending.empty()) << length;
    ASSERT_EQ(pending.back().what.id, "new") << length;
    damaged += x.figures().set_aside.empty() ? 0 : 1;
  }
  EXPECT_GT(damaged, 900);
}

// What opens and says its version may still be damaged further in, where the next alarm
// would be lost.
TEST_F(journal_test, any_damaged_page_sets_the_file_aside) {
  {
    auto x = opened();
    for (int i = 0; i < 20; ++i)
      ASSERT_TRUE(x.add_alarm(alarm(std::to_string(i)), at(0s)));
    ASSERT_TRUE(x.keep(std::vector<sighting>(200, seen("a", 1000s)), at(0s)));
    x.close();
  }
  const auto whole = test::read_file(file());
  constexpr std::size_t page = 4096;
  ASSERT_EQ(whole.size() % page, 0U);
  ASSERT_GT(whole.size(), 5 * page);
  for (std::size_t place = page; place < whole.size(); place += page) {
    std::filesystem::remove_all(settings.folder);
    std::filesystem::create_directories(settings.folder);
    auto damaged = whole;
    damaged.replace(place, page, page, '\xa5');
    std::ofstream{file(), std::ios::binary} << damaged;
    auto x = opened(at(1s));
    EXPECT_NE(x.figures().set_aside, "") << "page at " << place;
    EXPECT_EQ(x.figures().problem, "");
    EXPECT_TRUE(x.add_alarm(alarm("new"), at(1s)));
  }
}

// The new file cannot be had either, again and again: no reason to take that for damaged too,
// until the damaged one is no longer among those that are kept.
TEST_F(journal_test, what_was_set_aside_stays_while_there_is_no_room_for_another) {
  {
    auto x = opened();
    ASSERT_TRUE(x.keep(std::vector<sighting>(200, seen("a", 1000s)), at(0s)));
    x.close();
  }
  auto damaged = test::read_file(file());
  ASSERT_GT(damaged.size(), 8192U);
  damaged.replace(4096, 4096, 4096, '\xa5');
  std::ofstream{file(), std::ios::binary} << damaged;
  settings.max_pages = 1;
  auto x = opened(at(0s));
  const auto aside = x.figures().set_aside;
  ASSERT_NE(aside, "");
  for (int i = 1; i < 6; ++i)
    x.reopen(at(std::chrono::seconds{30 * i}));
  EXPECT_NE(x.figures().problem, "");
  EXPECT_EQ(x.figures().set_aside, aside);
  EXPECT_TRUE(std::filesystem::exists(aside));
  EXPECT_EQ(test::read_file(aside), damaged);
}

// -- what cannot be written ---------------------------------------------------------------

TEST_F(journal_test, without_a_folder_it_keeps_everything_in_memory) {
  settings.folder.clear();
  auto x = opened();
  EXPECT_NE(x.figures().problem.find("store.path"), std::string::npos);
  EXPECT_TRUE(x.add_alarm(alarm("a"), at(0s)));
  EXPECT_EQ(x.load(at(0s)).pending.size(), 1U);
}

TEST_F(journal_test, a_folder_that_cannot_be_had_is_a_problem_and_no_end) {
  const auto file_in_the_way = folder.write("file", "x");
  settings.folder = file_in_the_way / "state";
  auto x = opened();
  EXPECT_NE(x.figures().problem.find(settings.folder), std::string::npos);
  EXPECT_TRUE(x.add_alarm(alarm("a"), at(0s)));
}

TEST_F(journal_test, two_daemons_on_one_file_are_a_problem) {
  auto first = opened();
  auto second = opened();
  EXPECT_NE(second.figures().problem, "");
  EXPECT_EQ(second.figures().set_aside, "") << "it is not damaged";
  ASSERT_TRUE(first.add_alarm(alarm("a"), at(0s)));
  EXPECT_TRUE(second.load(at(0s)).pending.empty());
}

TEST_F(journal_test, a_second_daemon_hears_of_the_first_before_either_has_written) {
  opened().close();
  auto first = opened();
  auto second = opened();
  EXPECT_EQ(first.figures().problem, "");
  EXPECT_NE(second.figures().problem, "");
}

TEST_F(journal_test, samples_give_way_to_an_alarm_when_the_store_is_full) {
  settings.max_pages = 40;
  auto x = opened();
  const std::vector<sighting> many(20, seen("a", 1000s));
  status kept;
  for (int i = 0; i < 1000 && kept; ++i)
    kept = x.keep(many, at(0s));
  ASSERT_FALSE(kept);
  auto large = alarm("a");
  large.what.payload.assign(20'000, 'x');
  EXPECT_TRUE(x.add_alarm(large, at(0s)));
  EXPECT_EQ(x.load(at(0s)).pending.size(), 1U);
  EXPECT_EQ(x.figures().sightings, 0U);
}

// A full disk, by the limit on the size of this process' files.
TEST_F(journal_test, a_full_disk_is_told_and_forgotten_when_there_is_room) {
  auto x = opened();
  ASSERT_TRUE(x.add_alarm(alarm("a"), at(0s)));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1024, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto refused = x.add_alarm(alarm("b"), at(0s));
  const auto problem = x.figures().problem;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old);
  EXPECT_FALSE(refused);
  EXPECT_NE(problem, "");
  EXPECT_GT(x.figures().failures, 0U);
  ASSERT_TRUE(x.add_alarm(alarm("c"), at(0s)));
  EXPECT_EQ(x.figures().problem, "");
  EXPECT_EQ(x.load(at(0s)).pending.size(), 2U);
}

// The folder cannot be had at the start, and later it can.
TEST_F(journal_test, a_file_that_can_be_had_later_takes_what_memory_held) {
  // What an earlier process has left.
  ASSERT_TRUE(opened().add_alarm(alarm("left", 7), at(0s)));
  const auto aside = settings.folder + "-unmounted";
  std::filesystem::rename(settings.folder, aside);
  std::ofstream{settings.folder} << "not a folder";
  auto x = opened(at(5s));
  EXPECT_NE(x.figures().problem, "");
  ASSERT_TRUE(x.add_alarm(alarm("a", 1), at(6s)));
  ASSERT_TRUE(x.add_alarm(alarm("b", 2), at(7s)));
  ASSERT_TRUE(x.finish_alarm({"a", true, {}, {}, {2, true, 1007s, 1007s}}, at(8s)));
  ASSERT_TRUE(x.keep({seen("north", 1008s)}, at(8s)));
  ASSERT_TRUE(x.put({record_kind::setting, "k", "v"}));
  x.reopen(at(9s));
  EXPECT_NE(x.figures().problem, "") << "still not";
  EXPECT_EQ(x.figures().alarms, 2U);
  std::filesystem::remove(settings.folder);
  std::filesystem::rename(aside, settings.folder);
  x.reopen(at(10s));
  EXPECT_EQ(x.figures().problem, "");
  EXPECT_EQ(x.figures().set_aside, "");
  // Once: a second time would find it open.
  x.reopen(at(11s));
  ASSERT_TRUE(x.add_alarm(alarm("c", 3), at(12s)));
  // Not closed: as after a kill.
  x = journal{settings};
  x.open(at(13s));
  const auto before = x.load(at(13s));
  ASSERT_EQ(before.pending.size(), 3U);
  EXPECT_EQ(before.pending[0].what.id, "left");
  EXPECT_EQ(before.pending[1].what.id, "b");
  EXPECT_EQ(before.pending[1].what.payload, "payload of b");
  EXPECT_EQ(before.pending[1].what.expires, alarm("b").what.expires);
  EXPECT_EQ(before.pending[2].what.id, "c");
  EXPECT_EQ(before.memory.trigger_count, 3U);
  ASSERT_EQ(before.sightings.size(), 1U);
  EXPECT_EQ(before.sightings[0].camera, "north");
  EXPECT_EQ(x.records(record_kind::setting).size(), 1U);
  EXPECT_EQ(x.figures().alarms, 4U);
}

TEST_F(journal_test, without_its_file_it_does_not_pass_for_empty) {
  const auto s = [](const std::string& key, const std::string& value) {
    return store_record{record_kind::setting, key, value};
  };
  {
    auto x = opened();
    ASSERT_TRUE(x.put(s("alarm", "active")));
    ASSERT_TRUE(x.put(s("armed", "no")));
    ASSERT_TRUE(x.put(s("snooze", "north")));
    EXPECT_TRUE(x.knows_records());
  }
  const auto aside = settings.folder + "-unmounted";
  std::filesystem::rename(settings.folder, aside);
  std::ofstream{settings.folder} << "not a folder";
  auto x = opened(at(5s));
  EXPECT_FALSE(x.knows_records());
  EXPECT_NE(x.knows_records().why().find("cannot be used"), std::string::npos);
  // What was decided meanwhile is the later word, also that something is over.
  ASSERT_TRUE(x.put(s("armed", "yes")));
  ASSERT_TRUE(x.put(s("snooze", "")));
  ASSERT_TRUE(x.put(s("login", "one")));
  EXPECT_EQ(x.records(record_kind::setting).size(), 2U);
  std::filesystem::remove(settings.folder);
  std::filesystem::rename(aside, settings.folder);
  x.reopen(at(10s));
  EXPECT_TRUE(x.knows_records());
  const auto all = x.records(record_kind::setting);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].value, "active");
  EXPECT_EQ(all[1].value, "yes");
  EXPECT_EQ(all[2].value, "one");
}

TEST_F(journal_test, where_no_file_is_wanted_there_is_nothing_else_to_know) {
  settings.folder.clear();
  auto x = opened();
  EXPECT_TRUE(x.knows_records());
}

TEST_F(journal_test, a_cooldown_in_memory_goes_into_the_file) {
  settings.folder = (folder.path() / "file").string();
  std::ofstream{settings.folder} << "not a folder";
  auto x = opened();
  const decision_memory cooling{4, false, 1001s, 1001s};
  ASSERT_TRUE(x.remember(cooling, at(1s)));
  std::filesystem::remove(settings.folder);
  x.reopen(at(2s));
  x = journal{settings};
  x.open(at(3s));
  EXPECT_EQ(x.load(at(3s)).memory, cooling);
}

// -- decisions ---------------------------------------------------------------------------

TEST_F(journal_test, finds_the_decision_of_a_moment_also_after_a_restart) {
  {
    auto x = opened();
    EXPECT_EQ(x.decision_at(today + 5), kept_decision{});
    ASSERT_TRUE(x.keep(kept_decision{today + 10, "first"}));
    ASSERT_TRUE(x.keep(kept_decision{today + 20.5, "second"}));
  }
  auto x = opened(at(1h, "two"));
  EXPECT_EQ(x.decision_at(today + 10), (kept_decision{today + 10, "first"}));
  EXPECT_EQ(x.decision_at(today + 20.4), (kept_decision{today + 10, "first"}));
  EXPECT_EQ(x.decision_at(today + 20.5), (kept_decision{today + 20.5, "second"}));
  EXPECT_EQ(x.decision_at(today + 1e6), (kept_decision{today + 20.5, "second"}));
  // Before all of them it tells where they begin.
  EXPECT_EQ(x.decision_at(today + 9), (kept_decision{today + 10, ""}));
}

TEST_F(journal_test, tells_the_latest_decisions_in_their_order) {
  auto x = opened();
  EXPECT_TRUE(x.decisions(10).empty());
  for (int i = 1; i <= 5; ++i)
    ASSERT_TRUE(x.keep(kept_decision{today + i, std::to_string(i)}));
  const auto two = x.decisions(2);
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].text, "4");
  EXPECT_EQ(two[1], (kept_decision{today + 5, "5"}));
  EXPECT_EQ(x.decisions(100).size(), 5U);
}

TEST_F(journal_test, of_many_decisions_the_latest_are_kept) {
  settings.max_decisions = 3;
  auto x = opened();
  for (int i = 1; i <= 10; ++i)
    ASSERT_TRUE(x.keep(kept_decision{today + i, std::to_string(i)}));
  const auto all = x.decisions(100);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all.front().text, "8");
  EXPECT_EQ(x.decision_at(today + 7), (kept_decision{today + 8, ""}));
}

TEST_F(journal_test, of_decisions_at_one_moment_the_last_one_counts) {
  auto x = opened();
  ASSERT_TRUE(x.keep(kept_decision{today + 1, "first"}));
  ASSERT_TRUE(x.keep(kept_decision{today + 1, "second"}));
  EXPECT_EQ(x.decision_at(today + 1).text, "second");
}

TEST_F(journal_test, a_file_of_the_first_version_learns_to_keep_decisions) {
  {
    auto x = opened();
    ASSERT_TRUE(x.add_alarm(alarm("a"), at(0s)));
    x.close();
    database raw;
    ASSERT_TRUE(raw.open(file()));
    ASSERT_TRUE(raw.run("DROP TABLE decisions; PRAGMA user_version = 1"));
  }
  auto x = opened(at(1s));
  EXPECT_EQ(x.figures().problem, "");
  EXPECT_EQ(x.figures().set_aside, "");
  EXPECT_EQ(x.load(at(1s)).pending.size(), 1U);
  ASSERT_TRUE(x.keep(kept_decision{today, "kept"}));
  EXPECT_EQ(x.decision_at(today).text, "kept");
}

TEST_F(journal_test, decisions_in_memory_go_into_the_file_when_it_can_be_had) {
  std::ofstream{settings.folder} << "not a folder";
  auto x = opened();
  ASSERT_TRUE(x.keep(kept_decision{today, "kept"}));
  std::filesystem::remove(settings.folder);
  x.reopen(at(30s));
  EXPECT_EQ(x.figures().problem, "");
  x.close();
  EXPECT_EQ(opened(at(60s)).decision_at(today).text, "kept");
}

} // namespace
} // namespace firefinder::journal_test
