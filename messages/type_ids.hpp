#pragma once

// The one registration block: every message type and atom of the house.

#include "messages/announce.hpp"
#include "messages/camera.hpp"
#include "messages/client.hpp"
#include "messages/control.hpp"
#include "messages/decision.hpp"
#include "messages/detection.hpp"
#include "messages/device.hpp"
#include "messages/drill.hpp"
#include "messages/frigate.hpp"
#include "messages/histogram.hpp"
#include "messages/house.hpp"
#include "messages/link.hpp"
#include "messages/problem.hpp"
#include "messages/resources.hpp"
#include "messages/search.hpp"
#include "messages/store.hpp"
#include "messages/ticks.hpp"
#include "messages/trace.hpp"
#include "messages/web.hpp"

#include <caf/type_id.hpp>

CAF_BEGIN_TYPE_ID_BLOCK(firefinder, caf::first_custom_type_id)

  // clang-format off
  // -- verbs without data ------------------------------------------------------

  /// Here are the actors you work with; sent again when one was restarted.
  CAF_ADD_ATOM(firefinder, firefinder, attach_atom, "attach")
  /// Flush, say goodbye to the broker and end.
  CAF_ADD_ATOM(firefinder, firefinder, close_atom, "close")
  /// Answer of requests that have no other result.
  CAF_ADD_ATOM(firefinder, firefinder, done_atom, "done")
  /// Answer when everything that was in the mailbox before has been handled.
  CAF_ADD_ATOM(firefinder, firefinder, drain_atom, "drain")
  /// Tell why.
  CAF_ADD_ATOM(firefinder, firefinder, explain_atom, "explain")
  /// Forget a camera.
  CAF_ADD_ATOM(firefinder, firefinder, forget_atom, "forget")
  /// Tell your figures.
  CAF_ADD_ATOM(firefinder, firefinder, figures_atom, "figures")
  /// Take no more messages from the broker.
  CAF_ADD_ATOM(firefinder, firefinder, hold_atom, "hold")
  /// Listen to a topic filter, or to the state of the link.
  CAF_ADD_ATOM(firefinder, firefinder, listen_atom, "listen")
  /// Tell what you have kept.
  CAF_ADD_ATOM(firefinder, firefinder, load_atom, "load")
  /// Listen to a topic filter no more.
  CAF_ADD_ATOM(firefinder, firefinder, leave_atom, "leave")
  /// Connect to the broker.
  CAF_ADD_ATOM(firefinder, firefinder, open_atom, "open")
  /// Are you there? Answered by `done_atom`.
  CAF_ADD_ATOM(firefinder, firefinder, ping_atom, "ping")
  /// Publish, and tell when the broker has it.
  CAF_ADD_ATOM(firefinder, firefinder, publish_atom, "publish")
  /// Tell when you are ready for messages from the broker.
  CAF_ADD_ATOM(firefinder, firefinder, ready_atom, "ready")
  /// Ask all whom you supervise whether they are there.
  CAF_ADD_ATOM(firefinder, firefinder, probe_atom, "probe")
  /// Report now.
  CAF_ADD_ATOM(firefinder, firefinder, report_atom, "report")
  /// Start the process anew.
  CAF_ADD_ATOM(firefinder, firefinder, restart_atom, "restart")
  /// Search the network for cameras.
  CAF_ADD_ATOM(firefinder, firefinder, search_atom, "search")
  /// What became of a durable publication is written down; forget it.
  CAF_ADD_ATOM(firefinder, firefinder, settle_atom, "settle")
  /// Stop everything in order.
  CAF_ADD_ATOM(firefinder, firefinder, stop_atom, "stop")

  // -- messages, alphabetical --------------------------------------------------

  CAF_ADD_TYPE_ID(firefinder, (firefinder::alarm_event))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::alarm_outcome))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::alarm_record))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::alarm_step))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::alarm_view))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::announce_order))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::box))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::camera_changed))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::camera_condition))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::camera_detection_figures))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::camera_facts))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::camera_figures))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::camera_preference))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::camera_removed))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::camera_sights))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::camera_standing))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::camera_stream))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::camera_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::camera_watch))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::client_connected))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::client_failed))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::client_id))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::client_lost))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::client_note))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::client_published))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::client_shed))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::client_subscribed))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::closing_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::consensus_figures))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::control_state))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::control_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::cooldown_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::decision_memory))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::decision_reason))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::decision_record))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::decision_tuning))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::delivered))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::detection))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::device_answer))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::device_failure))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::device_protocol))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::device_question))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::discovery_figures))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::discovery_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::duration_histogram))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::drill_event))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::drill_figures))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::drill_mark))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::drill_order))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::drill_report))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::drill_step))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::drill_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::endpoint_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::expired))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::expiry_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::explain_query))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::finder_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::finding))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::finding_kind))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::fire_sign))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::forget_order))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_blocks))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_camera))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_cameras))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_candidate))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_change))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_configuration_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_figures))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_files))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_object))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_objects))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_outcome))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_query))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_report))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_restart))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_secret))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_sign))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::frigate_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::health_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::house_camera_gone))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::house_cameras))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::house_state))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::inbound))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::kept_decision))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::kept_sightings))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::link_down))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::link_figures))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::link_up))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::login_scheme))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::object_evidence))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::operator_order))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::operator_outcome))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::order_kind))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::outcome_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::problem))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::publication))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::record_kind))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::recovered))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::reported_problems))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::resend_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::resource_usage))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::restart_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::restoration))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::sample_trace))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::search_order))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::search_progress))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::search_result))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::shown_token))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::sighting))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::sighting_kind))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::snooze))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::standing_reason))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::store_figures))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::store_record))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::store_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::tracker_figures))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::tracker_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::transfer_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::verdict))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::video_outcome))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::video_query))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::video_report))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::video_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::vigilance_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::web_answer))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::web_credit))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::web_event))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::web_events))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::web_figures))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::web_question))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::web_server_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::web_serving))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::web_tick))
  CAF_ADD_TYPE_ID(firefinder, (firefinder::zone_watch))
  // clang-format on

CAF_END_TYPE_ID_BLOCK(firefinder)
