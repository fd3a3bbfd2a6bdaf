#undef CAF_SUITE
#define CAF_SUITE messages

#include "messages/log.hpp"

#include "tests/actor_support/fixture.hpp"
#include "tests/actor_support/log_capture.hpp"

namespace messages_test {

using namespace firefinder;
using namespace firefinder::test;

namespace {

struct fixture : actor_fixture {
  // What goes in comes out, name and all fields: text of both is compared,
  // because most messages need no operator== but for this.
  template <class T>
  void travels(const T& x) {
    const auto back = roundtrip(x);
    CAF_CHECK_EQUAL(caf::deep_to_string(back), caf::deep_to_string(x));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(messages_tests, fixture)

CAF_TEST(every message keeps all its fields) {
  travels(link_up{7, "5", true});
  travels(link_down{7, "cut"});
  travels(inbound{"t", "p", 1, 2, true, 5s, 6.5, 7.5, 8s});
  travels(publication{"t", "p", 2, true, delivery::durable, "id", 9s});
  travels(delivered{"id"});
  travels(firefinder::expired{"id", "why"});
  travels(link_figures{true, "5", 1, 2, 3, 4, 4.5, 4, 5, 6, 7, {"a"}, 8});
  travels(client_connected{{1, 2}, true, 3.5});
  travels(client_failed{{1, 2}, refusal::credentials, "why"});
  travels(client_lost{{1, 2}, "why"});
  travels(client_subscribed{{1, 2}, 3, {4}, "why"});
  travels(client_published{{1, 2}, 3, true, true, "why"});
  travels(client_note{{1, 2}, "text"});
  travels(client_shed{{1, 2}, 3, 4});
  travels(detection{"o", fire_sign::smoke, .5, {.1, .2, .3, .4}, .04, true, true});
  travels(sighting{"c",
                   sighting_kind::frame,
                   "frigate",
                   {{"o", fire_sign::smoke, .5, {.1, .2, .3, .4}, .04, true, true}},
                   1s,
                   3.5,
                   2.5,
                   640,
                   360,
                   true,
                   {"p"}});
  travels(object_evidence{"o", "persistence", 6, .1, .2, .9, 5});
  travels(verdict{"c",
                  1s,
                  true,
                  {{"o", "growth", 6, .1, .2, .9, 5}},
                  7s,
                  true,
                  2s,
                  {true, standing_reason::latched, "growth", "o", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
                   12, 13, 14}});
  travels(camera_figures{true, true, 1, 2, 3, 4});
  travels(tracker_figures{1, 2, {{"stale", 3}}, 4, {{"c", {true, true, 1, 2, 3, 4}}}});
  travels(consensus_figures{"idle",
                            1,
                            2,
                            3,
                            4,
                            5,
                            6,
                            {1, 2, {}, 3, {}},
                            7,
                            {{"c", "s", false, 1.5, "t"}},
                            {{"north", {true, 2.5}}},
                            {{"barn", {{"north"}, 3.5}}},
                            4.5});
  travels(problem{"c", "s", false, 1.5, "t"});
  travels(decision_record{1.5, decision_reason::cooldown, "id", 2, 3, {{"c", {}}}});
  travels(explain_query{"c", 1.5});
  travels(camera_watch{true, 1.5});
  travels(zone_watch{{"a", "b"}, 1.5});
  travels(frigate_sign{"frigate", false, false, true, {"a"}});
  travels(frigate_camera{"c", 1, 2, 5, true, true, .7});
  travels(frigate_cameras{"frigate", "why", "0.16", {{"c", 1, 2, 5, true, true, .7}}});
  travels(frigate_candidate{"frigate", "o", 1s, false});
  travels(frigate_object{"c", "o", fire_sign::smoke, {.1, .2, .3, .4}});
  travels(frigate_objects{"frigate", {{"c", "o", fire_sign::smoke, {.1, .2, .3, .4}}}});
  travels(frigate_report{{"frigate", "why", "0.16", {}}, {"frigate", {}}});
  travels(frigate_tick{1, 2, true, 3});
  travels(vigilance_tick{1});
  travels(restoration{{{"c", sighting_kind::frame, "", {}, 1s, 2.5}}, 3s, 4s});
  travels(decision_memory{1, false, 2s, 3s});
  travels(alarm_record{{"t", "p", 2, true, delivery::durable, "id", 9s}, 1, {1, false, 2s, 3s}});
  travels(alarm_outcome{"id", true, "why", {"t", "p", 2, true, delivery::live, "id", 9s}, {}});
  travels(kept_sightings{{{"c", sighting_kind::frame, "", {}, 1s, 2.5}}});
  travels(recovered{{1, false, 2s, 3s}, {{}}, {{"c", sighting_kind::frame, "", {}, 1s, 2.5}}, 5s});
  travels(store_record{record_kind::announcement, "k", "v"});
  travels(store_figures{"p", "s", 1, 2, 3, 4, 5, {{1, 2}, 3, 4}, 6});
  travels(resource_usage{1, 2, 3, 4, 5, 6});
  travels(endpoint_tick{1, 2});
  travels(closing_tick{1});
  travels(cooldown_tick{1});
  travels(expiry_tick{1});
  travels(resend_tick{1});
  travels(health_tick{1, 2});
  travels(outcome_tick{"id"});
  travels(restart_tick{1});
  travels(tracker_tick{1});
  travels(web_tick{1});
  travels(web_question{"GET", "/p", {{"a", "b"}}, "body", "text/plain", "::1", shown_token::wrong});
  travels(web_answer{404, "text/plain", "no", true});
  travels(web_events{{{"camera", "{}"}}});
  travels(web_serving{"http://[::1]:1/", "p"});
  travels(web_figures{"p", 1.5, 2});
}

CAF_TEST(one call site writes one line) {
  const firefinder::test::log_capture log;
  FF_LOG("messages", info, "{} cameras", 2);
  FF_LOG("messages", debug, "{}", "not at this level");
  CAF_CHECK_EQUAL(log.text(), "messages info: 2 cameras\n");
}

CAF_TEST(foreign text can neither forge a line nor be empty) {
  CAF_CHECK_EQUAL(firefinder::log::clean("a\nERROR b"), "a\\nERROR b");
  CAF_CHECK_EQUAL(firefinder::log::clean("\x1b[31m\t\x7f"), "\\x1b[31m\\x09\\x7f");
  CAF_CHECK_EQUAL(firefinder::log::clean("schön"), "schön");
  CAF_CHECK(!firefinder::log::clean("").empty());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace messages_test
