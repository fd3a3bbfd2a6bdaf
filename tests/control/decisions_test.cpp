#include "actors/control/decisions.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <string>

namespace firefinder::decisions_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr unix_seconds today = 1'700'000'000;

control_settings house() {
  control_settings result;
  result.cameras = {{"north", "North Side"}, {"south", ""}, {"dark", "Dark"}};
  result.switched_off = {"dark"};
  result.zones = {{"barn", {"north", "south"}}, {"yard", {"south"}}};
  return result;
}

house_camera told(const std::string& id, const std::string& key, const std::string& name) {
  house_camera result;
  result.id = id;
  result.key = key;
  result.name = name;
  return result;
}

operator_order order(order_kind what, const std::string& camera = {}) {
  operator_order result;
  result.what = what;
  result.camera = camera;
  result.by = "Ann";
  return result;
}

operator_order tune(const std::string& key, double value) {
  auto result = order(order_kind::tune);
  result.key = key;
  result.value = value;
  return result;
}

operator_order switched(order_kind what, const std::string& camera, bool on) {
  auto result = order(what, camera);
  result.on = on;
  return result;
}

operator_order named(order_kind what, const std::string& camera, const std::string& name) {
  auto result = order(what, camera);
  result.name = name;
  return result;
}

operator_order snoozed(const std::string& camera, const std::string& zone, double seconds) {
  auto result = order(order_kind::snooze, camera);
  result.zone = zone;
  result.value = seconds;
  return result;
}

using names = std::set<std::string>;

struct decisions_test : testing::Test {
  control_settings settings = house();
  decisions uut{settings};
  control_moment at{1h, today};
  // What a store would have.
  std::map<std::string, std::string> stored;
  std::map<std::string, std::string> known;

  decisions_test() { uut.restore_known({}); }

  // How many records the store is given of cameras that are to be remembered.
  std::size_t keep_known() {
    std::size_t count = 0;
    for (; auto x = uut.remembered().next(at.now); ++count) {
      EXPECT_EQ(x->kind, record_kind::known_camera);
      if (x->value.empty())
        known.erase(x->key);
      else
        known[x->key] = x->value;
      uut.remembered().written();
    }
    return count;
  }

  void keep(const std::vector<store_record>& writes) {
    for (const auto& x : writes) {
      EXPECT_EQ(x.kind, record_kind::setting);
      EXPECT_TRUE(x.key.starts_with("control/")) << x.key;
      if (x.value.empty())
        stored.erase(x.key);
      else
        stored[x.key] = x.value;
    }
  }

  json obey(const operator_order& x) {
    const auto result = uut.obey(x, at);
    EXPECT_EQ(result.error, "");
    EXPECT_FALSE(result.writes.empty());
    keep(result.writes);
    return json::parse(result.data, nullptr, false);
  }

  // Why the order was refused, which must have changed nothing.
  std::string refusal(const operator_order& x) {
    const auto before = state();
    const auto result = uut.obey(x, at);
    EXPECT_TRUE(result.writes.empty());
    EXPECT_TRUE(state() == before);
    EXPECT_NE(result.error, "");
    return result.error;
  }

  control_state state(const decisions& x) const {
    control_state result;
    x.describe(result);
    return result;
  }
  control_state state() const { return state(uut); }

  // What the next process makes of what is stored.
  decisions restarted(control_moment when, std::vector<std::string>* notes = nullptr,
                      const std::set<std::string>& decided = {}) {
    decisions next{settings};
    std::vector<store_record> records;
    for (const auto& [key, value] : stored)
      records.push_back({record_kind::setting, key, value});
    auto result = next.restore(records, decided, when);
    keep(result.writes);
    records.clear();
    for (const auto& [id, value] : known)
      records.push_back({record_kind::known_camera, id, value});
    next.restore_known(records);
    if (notes != nullptr)
      *notes = result.notes;
    return next;
  }

  void expect_in(const std::string& part, const std::string& text) {
    EXPECT_NE(text.find(part), std::string::npos) << "no '" << part << "' in: " << text;
  }
};

// -- arming and values -------------------------------------------------------------------

TEST_F(decisions_test, without_orders_the_configuration_holds) {
  settings.threshold = 4;
  settings.min_confidence = 0.35;
  settings.detection_window = 45s;
  settings.cooldown = 90s;
  const auto x = decisions{settings}.tuning();
  decision_tuning expected;
  expected.threshold = 4;
  expected.min_confidence = 0.35;
  expected.detection_window = 45s;
  expected.cooldown = 90s;
  EXPECT_TRUE(x == expected);
}

TEST_F(decisions_test, disarming_outlives_a_restart) {
  settings.switched_off.clear();
  uut = decisions{settings};
  EXPECT_EQ(obey(switched(order_kind::arm, "", false)), json({{"armed", false}}));
  EXPECT_FALSE(uut.tuning().armed);
  const auto next = restarted({2h, today + 100});
  EXPECT_FALSE(next.tuning().armed);
  const auto problems = state(next).supervisory;
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].code, "disarmed");
  EXPECT_FALSE(problems[0].trouble);
  EXPECT_EQ(problems[0].since, today);
  expect_in("by Ann", problems[0].text);
  obey(switched(order_kind::arm, "", true));
  EXPECT_TRUE(uut.tuning().armed);
  EXPECT_TRUE(state().supervisory.empty());
  EXPECT_TRUE(restarted(at).tuning().armed);
}

TEST_F(decisions_test, disarmed_again_it_is_so_since_the_first_time) {
  obey(switched(order_kind::arm, "", false));
  at.wall += 500;
  obey(switched(order_kind::arm, "", false));
  EXPECT_EQ(state().supervisory.at(0).since, today);
}

TEST_F(decisions_test, values_are_taken_up_to_their_bounds) {
  for (const auto value : {1.0, 10.0}) {
    EXPECT_EQ(obey(tune("consensus_threshold", value))["consensus_threshold"], value);
    EXPECT_EQ(uut.tuning().threshold, static_cast<std::uint32_t>(value));
  }
  for (const auto value : {0.0, 0.55, 1.0}) {
    obey(tune("min_confidence", value));
    EXPECT_EQ(uut.tuning().min_confidence, value);
  }
  for (const auto value : {10.0, 300.0}) {
    obey(tune("detection_window", value));
    EXPECT_EQ(uut.tuning().detection_window, from_seconds(value));
  }
  for (const auto value : {0.0, 3'600.0}) {
    obey(tune("cooldown_period", value));
    EXPECT_EQ(uut.tuning().cooldown, from_seconds(value));
  }
}

TEST_F(decisions_test, values_out_of_bounds_are_refused_with_what_is_allowed) {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  const auto inf = std::numeric_limits<double>::infinity();
  obey(tune("consensus_threshold", 3));
  for (const auto& [key, values] : std::map<std::string, std::vector<double>>{
           {"consensus_threshold", {0, 11, 2.5, -1, 1e300, nan, inf, -inf}},
           {"min_confidence", {-0.01, 1.01, nan, inf, -inf}},
           {"detection_window", {9.9, 300.1, nan, inf}},
           {"cooldown_period", {-1, 3'600.5, nan, inf}}})
    for (const auto value : values)
      expect_in(key, refusal(tune(key, value)));
  expect_in("11", refusal(tune("consensus_threshold", 11)));
  expect_in("a whole number from 1 to 10", refusal(tune("consensus_threshold", 11)));
  expect_in("from 10 to 300 s", refusal(tune("detection_window", 301)));
  expect_in("nan", refusal(tune("min_confidence", nan)));
  EXPECT_EQ(uut.tuning().threshold, 3u);
}

TEST_F(decisions_test, the_longest_window_is_the_profiles) {
  settings.longest_window = 7'200s;
  uut = decisions{settings};
  obey(tune("detection_window", 7'200));
  expect_in("7200", refusal(tune("detection_window", 7'201)));
}

TEST_F(decisions_test, values_of_other_names_are_refused) {
  const auto why = refusal(tune("thresh\x1bold", 2));
  expect_in("'threshold'", why);
  for (const auto* key :
       {"consensus_threshold", "min_confidence", "detection_window", "cooldown_period"})
    expect_in(key, why);
}

TEST_F(decisions_test, a_value_outlives_a_restart_until_its_owner_changes_the_file) {
  obey(tune("min_confidence", 0.1));
  obey(tune("cooldown_period", 60));
  EXPECT_EQ(restarted(at).tuning().min_confidence, 0.1);
  settings.min_confidence = 0.5;
  std::vector<std::string> notes;
  const auto next = restarted(at, &notes).tuning();
  EXPECT_EQ(next.min_confidence, 0.5);
  EXPECT_EQ(next.cooldown, 60s);
  ASSERT_EQ(notes.size(), 1u);
  expect_in("min_confidence is 0.5", notes[0]);
  // And it is forgotten: the old file does not bring it back.
  settings.min_confidence = 0.7;
  EXPECT_EQ(restarted(at, &notes).tuning().min_confidence, 0.7);
  EXPECT_TRUE(notes.empty());
}

TEST_F(decisions_test, the_configurations_own_value_is_not_stored) {
  obey(tune("min_confidence", 0.1));
  obey(tune("min_confidence", settings.min_confidence));
  EXPECT_TRUE(stored.empty());
}

// -- cameras -----------------------------------------------------------------------------

TEST_F(decisions_test, a_camera_is_found_by_key_then_id_then_name) {
  static_cast<void>(uut.learn(told("Front/Door", "front_door", "Porch")));
  static_cast<void>(uut.learn(told("Porch", "porch", "front_door")));
  for (const auto* called : {"front_door", "Front/Door"})
    EXPECT_EQ(obey(switched(order_kind::enable, called, false))["camera"], "Front/Door") << called;
  // Its id comes before the name of the other one.
  EXPECT_EQ(obey(switched(order_kind::enable, "Porch", false))["camera"], "Porch");
  EXPECT_EQ(obey(switched(order_kind::enable, "North Side", false))["key"], "north");
}

TEST_F(decisions_test, what_no_camera_or_several_are_called_is_refused) {
  static_cast<void>(uut.learn(told("a", "a", "Twin")));
  static_cast<void>(uut.learn(told("b", "b", "Twin")));
  for (const auto kind : {order_kind::enable, order_kind::rename_camera, order_kind::announce,
                          order_kind::wake, order_kind::snooze}) {
    auto x = order(kind, "Twin");
    x.value = 600;
    expect_in("a, b", refusal(x));
    x.camera = "nobody";
    expect_in("there is no camera 'nobody'; there are a, b, dark, north, south", refusal(x));
  }
  expect_in("say which camera", refusal(switched(order_kind::enable, "", false)));
  expect_in("say either a camera or a zone", refusal(snoozed("", "", 600)));
  expect_in("say either a camera or a zone", refusal(snoozed("a", "barn", 600)));
}

TEST_F(decisions_test, a_refusal_names_at_most_twenty_cameras) {
  for (int i = 0; i < 100; ++i)
    static_cast<void>(uut.learn(told("c" + std::to_string(i), "c" + std::to_string(i), "")));
  const auto why = refusal(switched(order_kind::enable, "nobody", false));
  expect_in("and 83 more", why);
  EXPECT_EQ(std::count(why.begin(), why.end(), ','), 19);
}

TEST_F(decisions_test, a_camera_that_was_heard_once_can_be_commanded_after_a_restart) {
  static_cast<void>(uut.learn(told("Frigate/Shed", "frigate_shed", "The shed")));
  EXPECT_EQ(keep_known(), 1u);
  static_cast<void>(uut.learn(told("Frigate/Shed", "frigate_shed", "The shed")));
  EXPECT_EQ(keep_known(), 0u);
  for (const auto* called : {"frigate_shed", "Frigate/Shed", "The shed"}) {
    auto next = restarted(at);
    const auto done = next.obey(switched(order_kind::enable, called, false), at);
    EXPECT_EQ(done.error, "") << called;
    EXPECT_EQ(next.tuning().muted, names{"Frigate/Shed"}) << called;
  }
  // Its name has changed since.
  static_cast<void>(uut.learn(told("Frigate/Shed", "frigate_shed", "Barn")));
  EXPECT_EQ(keep_known(), 1u);
  EXPECT_EQ(restarted(at).obey(switched(order_kind::enable, "Barn", false), at).error, "");
}

TEST_F(decisions_test, a_camera_that_is_gone_is_not_remembered) {
  static_cast<void>(uut.learn(told("gate", "gate", "")));
  static_cast<void>(uut.learn(told("shed", "shed", "")));
  EXPECT_EQ(keep_known(), 2u);
  keep(uut.forget({"gate", ""}));
  keep(uut.remove("shed").writes);
  EXPECT_EQ(keep_known(), 2u);
  EXPECT_TRUE(known.empty());
  EXPECT_TRUE(stored.empty());
  // Nor one of the configuration, which is always known.
  static_cast<void>(uut.learn(told("north", "north", "North Side")));
  EXPECT_EQ(keep_known(), 0u);
  known["north"] = stored_text(told_camera{"north", ""});
  uut = restarted(at);
  EXPECT_EQ(keep_known(), 1u);
  EXPECT_TRUE(known.empty());
}

TEST_F(decisions_test, a_camera_that_changed_its_id_takes_the_place_of_its_memory) {
  static_cast<void>(uut.learn(told("Shed", "shed", "Shed")));
  keep_known();
  uut = restarted(at);
  static_cast<void>(uut.learn(told("shed", "shed", "Shed")));
  keep_known();
  EXPECT_EQ(known.size(), 1u);
  EXPECT_TRUE(known.contains("shed"));
  for (const auto* called : {"shed", "Shed"})
    EXPECT_EQ(obey(switched(order_kind::enable, called, false))["camera"], "shed") << called;
  // Also when the store tells of the old one late.
  known = {{"Shed", stored_text(told_camera{"shed", "Shed"})}};
  uut = decisions{settings};
  static_cast<void>(uut.learn(told("shed", "shed", "Shed")));
  uut.restore_known({{record_kind::known_camera, "Shed", known.at("Shed")}});
  keep_known();
  EXPECT_EQ(known.size(), 1u);
  EXPECT_TRUE(known.contains("shed"));
}

TEST_F(decisions_test, cameras_that_are_there_are_meant_before_those_that_are_remembered) {
  // By the key of one, the id and the names of others.
  known = {{"North!", stored_text(told_camera{"north", ""})},
           {"Gate", stored_text(told_camera{"old_gate", "Barn"})},
           {"old", stored_text(told_camera{"old", "Porch"})}};
  uut = restarted(at);
  static_cast<void>(uut.learn(told("g", "g", "Gate")));
  static_cast<void>(uut.learn(told("b", "b", "Barn")));
  EXPECT_EQ(obey(switched(order_kind::enable, "north", false))["camera"], "north");
  EXPECT_EQ(obey(switched(order_kind::enable, "Gate", false))["camera"], "g");
  EXPECT_EQ(obey(switched(order_kind::enable, "Barn", false))["camera"], "b");
  // But they can be called where nothing else is.
  for (const auto& [called, id] :
       std::map<std::string, std::string>{{"old_gate", "Gate"}, {"Porch", "old"}})
    EXPECT_EQ(obey(switched(order_kind::enable, called, false))["camera"], id);
  // What was decided about one is undone by its id.
  EXPECT_EQ(obey(switched(order_kind::enable, "Gate", true))["camera"], "Gate");
}

TEST_F(decisions_test, a_camera_is_added_that_has_the_key_of_one_that_is_remembered) {
  known = {{"Shed", stored_text(told_camera{"shed", ""})}};
  uut = restarted(at);
  EXPECT_EQ(obey(named(order_kind::add_camera, "shed", ""))["camera"], "shed");
  EXPECT_EQ(obey(switched(order_kind::enable, "shed", false))["camera"], "shed");
}

TEST_F(decisions_test, a_hostile_name_is_refused_in_a_short_clean_text) {
  const auto why
      = refusal(switched(order_kind::enable, "\x1b[2J\xff\n" + std::string(5'000, 'x'), false));
  EXPECT_LT(why.size(), 200u);
  EXPECT_EQ(why.find('\x1b'), std::string::npos);
}

TEST_F(decisions_test, a_camera_whose_key_another_has_is_found_by_its_id) {
  static_cast<void>(uut.learn(told("Gate", "gate", "")));
  static_cast<void>(uut.learn(told("gate!", "", "")));
  EXPECT_EQ(obey(switched(order_kind::enable, "gate", false))["camera"], "Gate");
  EXPECT_EQ(obey(switched(order_kind::enable, "gate!", false))["camera"], "gate!");
}

TEST_F(decisions_test, a_disabled_camera_is_muted_and_shown) {
  EXPECT_EQ(obey(switched(order_kind::enable, "north", false))["enabled"], false);
  EXPECT_EQ(uut.tuning().muted, names{"north"});
  const auto check = [this](const control_state& x) {
    EXPECT_FALSE(x.cameras.at("north").enabled);
    ASSERT_EQ(x.supervisory.size(), 2u);
    EXPECT_EQ(x.supervisory[1].code, "camera_disabled");
    EXPECT_EQ(x.supervisory[1].subject, "north");
    EXPECT_EQ(x.supervisory[1].since, today);
    expect_in("North Side is switched off by Ann", x.supervisory[1].text);
    // That of the configuration is known as well.
    EXPECT_EQ(x.supervisory[0].subject, "dark");
    EXPECT_EQ(x.supervisory[0].since, 0);
    expect_in("by the configuration", x.supervisory[0].text);
  };
  check(state());
  check(state(restarted({2h, today + 50})));
  obey(switched(order_kind::enable, "north", true));
  EXPECT_TRUE(uut.tuning().muted.empty());
  EXPECT_FALSE(state().cameras.contains("north"));
  EXPECT_TRUE(stored.empty());
}

TEST_F(decisions_test, what_the_configuration_switches_off_can_be_switched_on) {
  EXPECT_TRUE(uut.tuning().muted.empty());
  EXPECT_FALSE(state().cameras.at("dark").enabled);
  obey(switched(order_kind::enable, "dark", true));
  EXPECT_EQ(uut.tuning().unmuted, names{"dark"});
  EXPECT_TRUE(state().cameras.at("dark").enabled);
  EXPECT_TRUE(state().supervisory.empty());
  EXPECT_EQ(restarted(at).tuning().unmuted, names{"dark"});
  // Snoozed, it does not count either.
  obey(snoozed("dark", "", 600));
  EXPECT_EQ(uut.tuning().muted, names{"dark"});
  EXPECT_TRUE(uut.tuning().unmuted.empty());
}

TEST_F(decisions_test, a_switch_that_the_owner_changed_in_the_file_is_the_files) {
  obey(switched(order_kind::enable, "dark", true));
  obey(switched(order_kind::enable, "north", false));
  obey(named(order_kind::rename_camera, "north", "N"));
  settings.switched_off = {"north"};
  std::vector<std::string> notes;
  const auto next = restarted(at, &notes);
  EXPECT_EQ(notes.size(), 2u);
  EXPECT_TRUE(next.tuning().muted.empty());
  EXPECT_TRUE(next.tuning().unmuted.empty());
  EXPECT_FALSE(state(next).cameras.at("north").enabled);
  EXPECT_EQ(state(next).cameras.at("north").name, "N");
  EXPECT_FALSE(stored.contains("control/camera/dark"));
}

TEST_F(decisions_test, names_are_cleaned_and_bounded) {
  EXPECT_EQ(obey(named(order_kind::rename_camera, "north", " Nord\x01\xff 🔥 "))["name"], "Nord 🔥");
  EXPECT_EQ(state().cameras.at("north").name, "Nord 🔥");
  EXPECT_EQ(state(restarted(at)).cameras.at("north").name, "Nord 🔥");
  std::string longest;
  for (int i = 0; i < 120; ++i)
    longest += "ü";
  obey(named(order_kind::rename_camera, "north", longest));
  EXPECT_EQ(state().cameras.at("north").name, longest);
  expect_in("120", refusal(named(order_kind::rename_camera, "north", longest + "x")));
  expect_in("120", refusal(named(order_kind::rename_camera, "north", std::string(500, 'x'))));
  expect_in("no character", refusal(named(order_kind::rename_camera, "north", "\x01\xff")));
  EXPECT_EQ(obey(named(order_kind::rename_camera, longest, ""))["name"], "North Side");
  EXPECT_TRUE(stored.empty());
}

TEST_F(decisions_test, a_camera_need_not_be_announced) {
  obey(switched(order_kind::announce, "north", false));
  EXPECT_FALSE(state().cameras.at("north").announced);
  EXPECT_FALSE(state(restarted(at)).cameras.at("north").announced);
  EXPECT_TRUE(uut.tuning().muted.empty());
  obey(switched(order_kind::announce, "north", true));
  EXPECT_TRUE(stored.empty());
}

TEST_F(decisions_test, a_camera_can_be_added_and_removed) {
  EXPECT_EQ(obey(named(order_kind::add_camera, "Shed 1", "The Shed")),
            json({{"camera", "Shed 1"}, {"key", "shed_1"}, {"name", "The Shed"}}));
  using added = std::map<std::string, std::string>;
  EXPECT_EQ(uut.tuning().added, (added{{"Shed 1", "The Shed"}}));
  EXPECT_TRUE(state().cameras.at("Shed 1").added);
  EXPECT_EQ(restarted(at).tuning().added, (added{{"Shed 1", "The Shed"}}));
  // Its own name comes back.
  obey(named(order_kind::rename_camera, "shed_1", "Hut"));
  EXPECT_EQ(obey(named(order_kind::rename_camera, "Hut", ""))["name"], "The Shed");
  obey(snoozed("The Shed", "", 600));
  const auto x = uut.removable("The Shed");
  EXPECT_EQ(x.error, "");
  EXPECT_EQ(x.id, "Shed 1");
  EXPECT_FALSE(x.heard);
  keep(uut.remove(x.id).writes);
  EXPECT_TRUE(uut.tuning().added.empty());
  EXPECT_TRUE(uut.tuning().muted.empty());
  EXPECT_TRUE(stored.empty());
  expect_in("there is no camera", uut.removable("The Shed").error);
}

TEST_F(decisions_test, a_hardware_address_has_one_form) {
  for (const auto* id :
       {"AA:BB:CC:DD:EE:0F", "aa-bb-cc-dd-ee-0f", "aabbccddee0f", "cam_AABBCCDDEE0F"}) {
    uut = decisions{settings};
    EXPECT_EQ(obey(named(order_kind::add_camera, id, ""))["camera"], "aabbccddee0f") << id;
  }
  for (const auto* id : {"AA:BB:CC:DD:EE:0", "AA:BB-CC:DD:EE:0F", "xabbccddee0f", "cam_x"})
    EXPECT_EQ(obey(named(order_kind::add_camera, id, ""))["camera"], id);
}

TEST_F(decisions_test, only_a_new_camera_with_a_usable_id_is_added) {
  static_cast<void>(uut.learn(told("Gate", "gate", "")));
  obey(named(order_kind::add_camera, "shed", ""));
  for (const auto* id : {"north", "North", "gate", "GATE!", "shed", "Shed"})
    expect_in("already", refusal(named(order_kind::add_camera, id, "x")));
  for (const std::string id : {"", "!!!", "a/b", "a+", "#a", " a", "a\n", "a\xff"})
    expect_in("cannot be the id", refusal(named(order_kind::add_camera, id, "x")));
  expect_in("cannot be the id", refusal(named(order_kind::add_camera, std::string(129, 'x'), "x")));
  expect_in("too long", refusal(named(order_kind::add_camera, "new", std::string(121, 'x'))));
}

TEST_F(decisions_test, a_camera_of_the_configuration_is_not_removed) {
  const auto x = uut.removable("North Side");
  expect_in("stands in the configuration", x.error);
  expect_in("switch it off", x.error);
  expect_in("there is no camera", uut.removable("nobody").error);
  static_cast<void>(uut.learn(told("Gate", "gate", "")));
  EXPECT_TRUE(uut.removable("gate").heard);
}

TEST_F(decisions_test, decisions_go_with_a_camera_to_its_new_id) {
  static_cast<void>(uut.learn(told("gate", "gate", "")));
  obey(switched(order_kind::enable, "gate", false));
  obey(snoozed("gate", "", 600));
  keep(uut.forget({"gate", "aabbccddeeff"}));
  EXPECT_EQ(uut.tuning().muted, names{"aabbccddeeff"});
  EXPECT_EQ(state().snoozes.at(0).target, "aabbccddeeff");
  EXPECT_EQ(restarted(at).tuning().muted, names{"aabbccddeeff"});
  EXPECT_FALSE(stored.contains("control/camera/gate"));
  // Without a successor they wait for it to come back.
  EXPECT_TRUE(uut.forget({"aabbccddeeff", ""}).empty());
  EXPECT_EQ(uut.tuning().muted, names{"aabbccddeeff"});
  // And nothing is decided about one in the configuration by another.
  obey(switched(order_kind::enable, "north", false));
  EXPECT_TRUE(uut.forget({"north", "other"}).empty());
  EXPECT_TRUE(uut.tuning().muted.contains("north"));
}

TEST_F(decisions_test, what_was_decided_about_the_successor_stays) {
  static_cast<void>(uut.learn(told("a", "a", "")));
  static_cast<void>(uut.learn(told("b", "b", "")));
  obey(named(order_kind::rename_camera, "a", "First"));
  obey(named(order_kind::rename_camera, "b", "Second"));
  keep(uut.forget({"a", "b"}));
  EXPECT_EQ(state().cameras.at("b").name, "Second");
  EXPECT_FALSE(state().cameras.contains("a"));
}

TEST_F(decisions_test, only_cameras_about_which_something_is_decided_change_what_is_said) {
  EXPECT_FALSE(uut.learn(told("gate", "gate", "")));
  EXPECT_TRUE(uut.learn(told("dark", "dark_1", "Dark")));
  EXPECT_FALSE(uut.learn(told("dark", "dark_1", "Dark")));
  EXPECT_EQ(state().supervisory.at(0).subject, "dark_1");
}

// -- snoozes -----------------------------------------------------------------------------

TEST_F(decisions_test, a_snooze_mutes_until_it_ends_by_itself) {
  auto x = snoozed("north", "", 600);
  x.reason = "welding";
  const auto said = obey(x);
  EXPECT_EQ(said["camera"], "north");
  EXPECT_EQ(said["until"], today + 600);
  EXPECT_EQ(uut.tuning().muted, names{"north"});
  EXPECT_EQ(uut.next_end(), at.now + 600s);
  const auto problem = state().supervisory.at(1);
  EXPECT_EQ(problem.code, "camera_snoozed");
  EXPECT_EQ(problem.subject, "north");
  EXPECT_EQ(problem.since, today);
  expect_in("North Side does not count until 2023-11-14 22:23 UTC, snoozed by Ann: welding",
            problem.text);
  EXPECT_TRUE(uut.end_snoozes(at.now + 599s).empty());
  keep(uut.end_snoozes(at.now + 600s));
  EXPECT_TRUE(uut.tuning().muted.empty());
  EXPECT_FALSE(uut.next_end());
  EXPECT_TRUE(stored.empty());
}

TEST_F(decisions_test, a_zone_is_snoozed_with_its_cameras) {
  EXPECT_EQ(obey(snoozed("", "barn", 600))["zone"], "barn");
  EXPECT_EQ(uut.tuning().muted, (names{"north", "south"}));
  EXPECT_EQ(state().supervisory.at(1).code, "zone_snoozed");
  EXPECT_EQ(state().supervisory.at(1).subject, "barn");
  auto wake = order(order_kind::wake, "north");
  expect_in("by its zone 'barn'", refusal(wake));
  wake.camera.clear();
  wake.zone = "barn";
  EXPECT_EQ(obey(wake)["snoozed"], false);
  EXPECT_TRUE(uut.tuning().muted.empty());
  expect_in("the zone 'barn' is not snoozed", refusal(wake));
  wake.zone = "garage";
  expect_in("there is no zone 'garage'; there are barn, yard", refusal(wake));
  expect_in("there are barn, yard", refusal(snoozed("", "garage", 600)));
}

TEST_F(decisions_test, a_second_snooze_takes_the_place_of_the_first) {
  obey(snoozed("north", "", 6'000));
  obey(snoozed("North Side", "", 60));
  EXPECT_EQ(state().snoozes.size(), 1u);
  EXPECT_EQ(uut.next_end(), at.now + 60s);
  obey(order(order_kind::wake, "north"));
  EXPECT_FALSE(uut.next_end());
  expect_in("is not snoozed", refusal(order(order_kind::wake, "north")));
}

TEST_F(decisions_test, a_snooze_has_bounds) {
  for (const auto value :
       {0.0, 59.9, -60.0, 86'400.1, 1e300, std::nan(""), std::numeric_limits<double>::infinity()})
    expect_in("from 60 to 86400 s", refusal(snoozed("north", "", value)));
  obey(snoozed("north", "", 60));
  obey(snoozed("north", "", 86'400));
}

TEST_F(decisions_test, over_a_restart_a_snooze_ends_by_the_wall_clock) {
  obey(snoozed("north", "", 600));
  obey(snoozed("", "yard", 3'600));
  const auto next = restarted({100h, today + 1'000});
  EXPECT_EQ(next.tuning().muted, names{"south"});
  EXPECT_EQ(next.next_end(), 100h + 2'600s);
  EXPECT_EQ(state(next).snoozes.at(0).since, today);
  EXPECT_FALSE(stored.contains("control/snooze/camera/north"));
}

TEST_F(decisions_test, a_snooze_from_the_future_ends_and_none_lasts_for_years) {
  obey(snoozed("north", "", 600));
  EXPECT_EQ(restarted({1h, today - 60}).tuning().muted, names{"north"});
  EXPECT_TRUE(restarted({1h, today - 61}).tuning().muted.empty());
  EXPECT_TRUE(stored.empty());
  stored["control/snooze/camera/north"]
      = stored_text(snooze{"", false, today, today + 1e9, "", ""});
  EXPECT_EQ(restarted({1h, today}).next_end(), 25h);
}

TEST_F(decisions_test, the_snooze_of_a_zone_that_is_no_more_is_over) {
  obey(snoozed("", "barn", 600));
  settings.zones.erase("barn");
  const auto next = restarted(at);
  EXPECT_FALSE(next.next_end());
  EXPECT_TRUE(next.tuning().muted.empty());
  EXPECT_TRUE(stored.empty());
}

// -- the store and limits ----------------------------------------------------------------

TEST_F(decisions_test, rubbish_in_the_store_is_told_of_in_one_line) {
  obey(tune("min_confidence", 0.2));
  stored["control/armed"] = "{";
  stored["control/tuning/volume"] = stored_text(tuned_value{1, 1});
  stored["control/tuning/consensus_threshold"] = stored_text(tuned_value{99, 2});
  stored["control/camera/x"] = R"({"name": 5})";
  stored["control/snooze/camera/north"] = "[]";
  stored["control/snooze/camera/"] = stored_text(snooze{"", false, today, today + 60, "", ""});
  stored["control/else"] = "{}";
  std::vector<std::string> notes;
  const auto next = restarted(at, &notes).tuning();
  ASSERT_EQ(notes.size(), 1u);
  for (const auto* key : {"control/armed", "control/camera/x", "control/else"})
    expect_in(key, notes[0]);
  EXPECT_EQ(next.min_confidence, 0.2);
  EXPECT_TRUE(next.armed);
  EXPECT_EQ(next.threshold, 2u);
  EXPECT_TRUE(next.muted.empty());
}

TEST_F(decisions_test, settings_of_others_are_left_alone) {
  std::vector<store_record> records{{record_kind::setting, "logins/x", "secret"},
                                    {record_kind::setting, "controls", "x"}};
  const auto result = uut.restore(records, {}, at);
  EXPECT_TRUE(result.notes.empty());
  EXPECT_TRUE(result.writes.empty());
}

TEST_F(decisions_test, what_was_decided_since_is_not_taken_from_the_store) {
  obey(tune("min_confidence", 0.2));
  obey(tune("cooldown_period", 60));
  const auto next = restarted(at, nullptr, {"control/tuning/min_confidence"});
  EXPECT_EQ(next.tuning().min_confidence, 0.7);
  EXPECT_EQ(next.tuning().cooldown, 60s);
}

TEST_F(decisions_test, the_number_of_decisions_is_bounded) {
  for (std::size_t i = 0; i < decisions::max_cameras; ++i)
    obey(named(order_kind::add_camera, "c" + std::to_string(i), ""));
  expect_in("1000 cameras", refusal(named(order_kind::add_camera, "more", "")));
  expect_in("1000 cameras", refusal(switched(order_kind::enable, "north", false)));
  // What is decided already can be changed, and undone.
  obey(switched(order_kind::enable, "c7", false));
  keep(uut.remove("c7").writes);
  obey(switched(order_kind::enable, "north", false));
  for (std::size_t i = 0; i < decisions::max_snoozes; ++i)
    obey(snoozed("c" + std::to_string(500 + i), "", 600));
  expect_in("200 snoozes", refusal(snoozed("north", "", 600)));
  obey(snoozed("c500", "", 60));
  // Nor is more taken from a store.
  for (int i = 0; i < 500; ++i) {
    stored["control/camera/x" + std::to_string(i)]
        = stored_text(camera_decision{"n", true, std::nullopt, std::nullopt});
    stored["control/snooze/camera/x" + std::to_string(i)]
        = stored_text(snooze{"", false, today, today + 60, "", ""});
  }
  const auto next = restarted(at);
  EXPECT_EQ(state(next).cameras.size(), decisions::max_cameras + 1);
  EXPECT_EQ(state(next).snoozes.size(), decisions::max_snoozes);
}

TEST(decisions_of_two_ids, a_camera_that_is_switched_off_stays_so_with_its_successor) {
  control_settings settings;
  decisions uut{settings};
  const control_moment at{1h, 1'700'000'000};
  for (const auto* id : {"old", "new"}) {
    house_camera x;
    x.id = x.key = id;
    static_cast<void>(uut.learn(x));
  }
  const auto give = [&](order_kind what, const std::string& camera, double value = 0) {
    operator_order x;
    x.what = what;
    x.camera = camera;
    x.value = value;
    x.name = "Name of " + camera;
    EXPECT_EQ(uut.obey(x, at).error, "");
  };
  give(order_kind::enable, "old");
  give(order_kind::announce, "old");
  give(order_kind::rename_camera, "old");
  give(order_kind::rename_camera, "new");
  give(order_kind::snooze, "old", 3'600);
  give(order_kind::snooze, "new", 600);
  EXPECT_EQ(uut.forget({"old", "new"}).size(), 4u);
  control_state state;
  uut.describe(state);
  ASSERT_EQ(state.cameras.size(), 1u);
  EXPECT_EQ(state.cameras["new"].name, "Name of new");
  EXPECT_FALSE(state.cameras["new"].enabled);
  EXPECT_FALSE(state.cameras["new"].announced);
  ASSERT_EQ(state.snoozes.size(), 1u);
  EXPECT_EQ(state.snoozes[0].target, "new");
  EXPECT_EQ(state.snoozes[0].until, 1'700'003'600);
  EXPECT_TRUE(uut.tuning().muted.contains("new"));
}

TEST(decisions_of_two_ids, a_key_that_is_the_id_of_another_camera_is_ambiguous) {
  decisions uut{control_settings{}};
  house_camera x;
  x.id = "front";
  x.key = "front_2";
  static_cast<void>(uut.learn(x));
  x.id = "Front";
  x.key = "front";
  static_cast<void>(uut.learn(x));
  operator_order order;
  order.what = order_kind::enable;
  order.camera = "front";
  const auto refused = uut.obey(order, {1h, 1}).error;
  EXPECT_NE(refused.find("several"), std::string::npos) << refused;
  EXPECT_NE(refused.find("Front, front"), std::string::npos) << refused;
  order.camera = "Front";
  EXPECT_EQ(uut.obey(order, {1h, 1}).error, "");
}

} // namespace
} // namespace firefinder::decisions_test
