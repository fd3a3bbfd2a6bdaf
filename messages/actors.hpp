#pragma once

// All typed interfaces on one page. A line before each signature says what it
// means; "->" is an answer. Roles come first: a handle of an actor that has a
// role's signatures converts to the role by itself.

#include "messages/type_ids.hpp"

#include <caf/typed_actor.hpp>

#include <map>
#include <string>
#include <vector>

namespace firefinder {

// -- roles -----------------------------------------------------------------------

/// Hears of the link to the broker.
using link_listener = caf::typed_actor<caf::reacts_to<link_up>, caf::reacts_to<link_down>>;

/// Takes messages from the broker.
using inbound_listener = caf::typed_actor<caf::reacts_to<inbound>>;

/// Hears what became of its durable publications.
using delivery_listener = caf::typed_actor<caf::reacts_to<delivered>, caf::reacts_to<expired>>;

/// Takes what a tracker decoded for a camera that it does not own.
using sighting_listener = caf::typed_actor<caf::reacts_to<sighting>>;

/// Takes decisions, also those not to raise an alarm.
using decision_listener = caf::typed_actor<caf::reacts_to<decision_record>>;

/// Hears of Frigate instances that announce themselves, and of objects of theirs that may
/// become an alarm.
using frigate_watcher
    = caf::typed_actor<caf::reacts_to<frigate_sign>, caf::reacts_to<frigate_candidate>>;

/// Takes what Frigate's API tells.
using frigate_listener
    = caf::typed_actor<caf::reacts_to<frigate_cameras>, caf::reacts_to<frigate_objects>>;

/// Takes what every detection was to a tracker.
using trace_listener = caf::typed_actor<caf::reacts_to<sample_trace>>;

/// Takes the changes that trackers report.
using verdict_listener = caf::typed_actor<caf::reacts_to<verdict>, caf::reacts_to<frigate_sign>,
                                          caf::reacts_to<frigate_candidate>>;

/// Hears of cameras: every known one at once, then every change.
using camera_listener
    = caf::typed_actor<caf::reacts_to<camera_changed>, caf::reacts_to<camera_removed>>;

/// Hears what is found in the network.
using finding_listener = caf::typed_actor<caf::reacts_to<finding>, caf::reacts_to<search_progress>>;

/// Hears how far a search is.
using search_listener = caf::typed_actor<caf::reacts_to<search_progress>>;

/// Hears how the house stands: everything at once, then every change.
using house_listener = caf::typed_actor<caf::reacts_to<house_state>, caf::reacts_to<house_cameras>,
                                        caf::reacts_to<house_camera_gone>>;

/// Hears what cameras see.
using sight_listener = caf::typed_actor<caf::reacts_to<camera_sights>>;

/// Hears what operators have decided, at once and on every change, and what happens to alarms.
using control_listener
    = caf::typed_actor<caf::reacts_to<control_state>, caf::reacts_to<alarm_event>>;

/// Reads a stream of events.
using event_listener = caf::typed_actor<caf::reacts_to<web_events>>;

/// Hears what comes of exercises: of the last one at once, then of each.
using drill_listener = caf::typed_actor<caf::reacts_to<drill_report>>;

/// Starts the process anew.
using restarter = caf::typed_actor<
    // Stop in order and start again -> done, or an error that says why that would fail
    caf::replies_to<restart_atom>::with<done_atom>>;

/// Has supervisors.
using supervised_actor = caf::typed_actor<
    // Alive, with all actors that you own? -> done, or an error that names who is not
    caf::replies_to<ping_atom>::with<done_atom>>;

/// Hears the MQTT client's callbacks.
using client_listener
    = caf::typed_actor<caf::reacts_to<client_connected>, caf::reacts_to<client_failed>,
                       caf::reacts_to<client_lost>, caf::reacts_to<client_subscribed>,
                       caf::reacts_to<client_published>, caf::reacts_to<client_note>,
                       caf::reacts_to<client_shed>, caf::reacts_to<inbound>>;

// -- the store --------------------------------------------------------------------------

/// Owns the database: what must outlive a restart. An answer `done` means that it is
/// written; an error says why it is not.
using store_actor = caf::typed_actor<
    // -> what is left of the time before
    caf::replies_to<load_atom>::with<recovered>,
    // Keep a durable publication and what its decision leaves behind -> done
    caf::replies_to<alarm_record>::with<done_atom>,
    // Note what became of one -> done
    caf::replies_to<alarm_outcome>::with<done_atom>,
    // Keep what decisions go by -> done
    caf::replies_to<decision_memory>::with<done_atom>,
    // Keep samples for a while -> done
    caf::replies_to<kept_sightings>::with<done_atom>,
    // Keep a decision among the latest -> done
    caf::replies_to<kept_decision>::with<done_atom>,
    // -> the last decision at or before this moment of the wall clock; without text: none. Then
    // its moment is that of the first one, or 0 when there is none at all.
    caf::replies_to<load_atom, unix_seconds>::with<kept_decision>,
    // -> the latest decisions, at most as many, the oldest first
    caf::replies_to<load_atom, std::uint32_t>::with<std::vector<kept_decision>>,
    // Keep or remove a value -> done
    caf::replies_to<store_record>::with<done_atom>,
    // -> all values of a kind
    caf::replies_to<load_atom, record_kind>::with<std::vector<store_record>>,
    // -> figures
    caf::replies_to<figures_atom>::with<store_figures>,
    // End the file in order -> done, and end.
    caf::replies_to<close_atom>::with<done_atom>,
    // Clear away what is no longer needed.
    caf::reacts_to<store_tick>>::extend_with<supervised_actor>;

// -- the connection ----------------------------------------------------------------

/// Owns the MQTT clients.
using connection_actor = caf::typed_actor<
    // Tell this listener of the link: the present state at once, then every change.
    caf::reacts_to<listen_atom, link_listener>,
    // Route messages that match a filter, at this quality of service, to these
    // listeners. With several, the last level of the topic picks one, always the same.
    caf::reacts_to<listen_atom, std::string, std::uint8_t, std::vector<inbound_listener>>,
    // Route messages that match this filter to nobody any more.
    caf::reacts_to<leave_atom, std::string>,
    // Publish, live or latest.
    caf::reacts_to<publication>,
    // Publish with class `latest`, for the present link alone -> done, when the broker has it; an
    // error when it refuses it, when a later value for the topic takes its place, when the link
    // ends before or does not stand: nothing is kept for the next one, at whose `link_up` whoever
    // asks here publishes everything anew
    caf::replies_to<publish_atom, publication>::with<done_atom>,
    // Publish durably and tell this listener the outcome.
    caf::reacts_to<publication, delivery_listener>,
    // What became of this durable publication is written down.
    caf::reacts_to<settle_atom, std::string>,
    // Connect; until then nothing is dialled.
    caf::reacts_to<open_atom>,
    // Take no more messages in -> done
    caf::replies_to<hold_atom>::with<done_atom>,
    // Flush within this time, say `offline`, disconnect -> done, and end.
    caf::replies_to<close_atom, timespan>::with<done_atom>,
    // -> figures
    caf::replies_to<figures_atom>::with<link_figures>,
    // A step of an endpoint lasts too long, or its pause is over.
    caf::reacts_to<endpoint_tick>,
    // A durable publication may have expired.
    caf::reacts_to<expiry_tick>,
    // What the broker refused is to be sent again.
    caf::reacts_to<resend_tick>,
    // A stage of the farewell has lasted its time.
    caf::reacts_to<closing_tick>>::extend_with<client_listener, supervised_actor>;

// -- the decision --------------------------------------------------------------------

/// Decodes and tracks the cameras that fall to it.
using tracker_actor = caf::typed_actor<
    // All trackers in order; a camera belongs to the one its id selects.
    caf::reacts_to<attach_atom, std::vector<sighting_listener>>,
    // Keep the samples in this store.
    caf::reacts_to<attach_atom, store_actor>,
    // Take back what an earlier process saw.
    caf::reacts_to<restoration>,
    // A Frigate instance is gone or came back: what it followed is unknown.
    caf::reacts_to<frigate_sign>,
    // Tell this listener what every detection is to you.
    caf::reacts_to<listen_atom, trace_listener>,
    // Tell this one what your cameras see.
    caf::reacts_to<listen_atom, sight_listener>,
    // Go by this from now on.
    caf::reacts_to<decision_tuning>,
    // Forget this camera, until something is heard of it.
    caf::reacts_to<forget_atom, std::string>,
    // Something becomes due.
    caf::reacts_to<tracker_tick>,
    // How does this camera stand, or every one if empty? -> standings by camera
    caf::replies_to<explain_atom, std::string>::with<std::map<std::string, camera_standing>>,
    // -> figures
    caf::replies_to<figures_atom>::with<tracker_figures>,
    // Everything before this is handled and reported -> done
    caf::replies_to<drain_atom>::with<done_atom>>::extend_with<inbound_listener, sighting_listener,
                                                               frigate_listener, camera_listener,
                                                               supervised_actor>;

/// Decides whether there is a fire.
using consensus_actor = caf::typed_actor<
    // Work with this store; the first one is asked for the time before.
    caf::reacts_to<attach_atom, store_actor>,
    // Work with this connection.
    caf::reacts_to<attach_atom, connection_actor>,
    // The time before is taken up, and what waits is with the connection -> done
    caf::replies_to<ready_atom>::with<done_atom>,
    // Go by this from now on. Where operators can change it (`consensus_settings::tuned`), the
    // first one belongs to the time before that `ready_atom` waits for.
    caf::reacts_to<decision_tuning>,
    // Forget this camera, until something is heard of it -> done, or an error that says why not
    caf::replies_to<forget_atom, std::string>::with<done_atom>,
    // Tell this listener of decisions: of a small house every one, of others at least all news.
    caf::reacts_to<listen_atom, decision_listener>,
    // Tell this one of Frigate's instances and of what may become an alarm.
    caf::reacts_to<listen_atom, frigate_watcher>,
    // Have this listener told what every detection is to its tracker.
    caf::reacts_to<listen_atom, trace_listener>,
    // Tell this one how the house stands.
    caf::reacts_to<listen_atom, house_listener>,
    // Have this one told what cameras see.
    caf::reacts_to<listen_atom, sight_listener>,
    // Why does it stand so, now or then? -> the decision of that moment, or an error that
    // says why there is none and what may be asked
    caf::replies_to<explain_atom, explain_query>::with<decision_record>,
    // The end of a trigger is to be written down again.
    caf::reacts_to<outcome_tick>,
    // Count these among what makes an alarm uncertain, or is worth knowing.
    caf::reacts_to<reported_problems>,
    // The pause after a trigger is over.
    caf::reacts_to<cooldown_tick>,
    // A judgement of what is missing becomes due.
    caf::reacts_to<vigilance_tick>,
    // -> figures
    caf::replies_to<figures_atom>::with<consensus_figures>,
    // Everything before this is decided and published -> done
    caf::replies_to<drain_atom>::with<done_atom>>::extend_with<link_listener, delivery_listener,
                                                               verdict_listener, frigate_listener,
                                                               camera_listener, supervised_actor>;

// -- Frigate -----------------------------------------------------------------------------

/// Asks Frigate's API; detached, because networks can be slow.
using frigate_api_actor = caf::typed_actor<
    // What does this instance tell? -> its report, also when it tells nothing
    caf::replies_to<frigate_query>::with<frigate_report>,
    // Change its configuration -> what became of it
    caf::replies_to<frigate_change>::with<frigate_outcome>,
    // Start it anew -> what became of it
    caf::replies_to<frigate_restart>::with<frigate_outcome>,
    // Transfers go on.
    caf::reacts_to<transfer_tick>>;

/// Writes Frigate's configuration and its secrets; detached, because disks can be slow.
using frigate_writer_actor = caf::typed_actor<
    // Have the files say this -> what became of it
    caf::replies_to<frigate_files>::with<frigate_outcome>>;

/// Knows when a Frigate instance is to be asked, by its API and by MQTT, and what cameras it
/// is to have.
using frigate_actor = caf::typed_actor<
    // Ask through this connection and tell this one.
    caf::reacts_to<attach_atom, connection_actor, consensus_actor>,
    // A question is due.
    caf::reacts_to<frigate_tick>,
    // Something of its configuration becomes due.
    caf::reacts_to<frigate_configuration_tick>,
    // -> figures
    caf::replies_to<figures_atom>::with<frigate_figures>>::
    extend_with<link_listener, frigate_watcher, camera_listener, supervised_actor>;

// -- camera detection -------------------------------------------------------------------

/// Hears and searches the network; detached, because it waits for it.
using finder_actor = caf::typed_actor<
    // Tell this listener what you find.
    caf::reacts_to<listen_atom, finding_listener>,
    // Search; an earlier search goes on.
    caf::reacts_to<search_order>,
    // Wait for the network.
    caf::reacts_to<finder_tick>>;

/// Asks devices, by HTTP and RTSP; detached, because networks can be slow.
using device_client_actor = caf::typed_actor<
    // -> what it answered, also when it did not
    caf::replies_to<device_question>::with<device_answer>,
    // Transfers go on.
    caf::reacts_to<transfer_tick>>;

/// Looks whether streams deliver video, by a program of its own for each; detached, because
/// that takes time.
using video_prober_actor = caf::typed_actor<
    // -> what was seen
    caf::replies_to<video_query>::with<video_report>,
    // Wait for the programs.
    caf::reacts_to<video_tick>>;

/// Finds cameras, learns what they are and follows them.
using camera_detection_actor = caf::typed_actor<
    // Publish through this connection.
    caf::reacts_to<attach_atom, connection_actor>,
    // Keep what is known in this store, and take up what it knows.
    caf::reacts_to<attach_atom, store_actor>,
    // Tell this listener of cameras.
    caf::reacts_to<listen_atom, camera_listener>,
    // Tell this one how far a search is.
    caf::reacts_to<listen_atom, search_listener>,
    // Search now, also without a link -> what was found, when every device was asked
    caf::replies_to<search_atom>::with<search_result>,
    // Forget this camera, until it is found again.
    caf::reacts_to<forget_atom, std::string>,
    // Something becomes due.
    caf::reacts_to<camera_tick>,
    // -> figures
    caf::replies_to<figures_atom>::with<camera_detection_figures>>::
    extend_with<link_listener, finding_listener, frigate_watcher, supervised_actor>;

// -- operators ----------------------------------------------------------------------------

/// Owns what operators decide at run time, and the alarm until they reset it.
using control_actor = caf::typed_actor<
    // Keep it in this store, and take up what the first one knows.
    caf::reacts_to<attach_atom, store_actor>,
    // Tell this consensus what decisions go by, and hear how the house stands.
    caf::reacts_to<attach_atom, consensus_actor>,
    // Have this one forget a camera too.
    caf::reacts_to<attach_atom, camera_detection_actor>,
    // Tell this listener what operators have decided.
    caf::reacts_to<listen_atom, control_listener>,
    // Do this -> what holds now, or an error that says what is allowed
    caf::replies_to<operator_order>::with<operator_outcome>,
    // Something becomes due.
    caf::reacts_to<control_tick>,
    // -> all that they have decided
    caf::replies_to<figures_atom>::with<control_state>>::extend_with<house_listener,
                                                                     supervised_actor>;

// -- discovery ----------------------------------------------------------------------------

/// Announces everything to Home Assistant and keeps it right.
using discovery_actor = caf::typed_actor<
    // Publish through this connection.
    caf::reacts_to<attach_atom, connection_actor>,
    // Keep in this store what was announced, and take up what the first one knows.
    caf::reacts_to<attach_atom, store_actor>,
    // Do this -> what became of it, a JSON object, or an error
    caf::replies_to<announce_order>::with<std::string>,
    caf::replies_to<forget_order>::with<std::string>,
    // Something becomes due.
    caf::reacts_to<discovery_tick>,
    // -> figures
    caf::replies_to<figures_atom>::with<discovery_figures>>::
    extend_with<link_listener, inbound_listener, house_listener, sight_listener, control_listener,
                camera_listener, decision_listener, supervised_actor>;

// -- the web -------------------------------------------------------------------------------

/// Answers HTTP's questions and tells how the house stands to those who read streams of events.
using web_actor = caf::typed_actor<
    // Ask these, and hear of the link and of the house from them.
    caf::reacts_to<attach_atom, connection_actor>, caf::reacts_to<attach_atom, consensus_actor>,
    caf::reacts_to<attach_atom, control_actor>,
    // Ask this one for decisions.
    caf::reacts_to<attach_atom, store_actor>,
    // This one, of this name, is one of those whose answer shows that the process is alive.
    caf::reacts_to<attach_atom, std::string, supervised_actor>,
    // -> the answer, in any case
    caf::replies_to<web_question>::with<web_answer>,
    // Tell this one of events, after each `web_credit` -> done, or an error: there are too many
    caf::replies_to<listen_atom, event_listener>::with<done_atom>,
    // Whoever says so may be told more.
    caf::reacts_to<web_credit>,
    // How the server is.
    caf::reacts_to<web_serving>,
    // Events may go out again.
    caf::reacts_to<web_tick>,
    // -> figures
    caf::replies_to<figures_atom>::with<web_figures>>::
    extend_with<link_listener, house_listener, sight_listener, control_listener, decision_listener,
                drill_listener, supervised_actor>;

/// Owns the HTTP server; detached, because it waits for the end of the server's loop.
using web_server_actor = caf::typed_actor<
    // Serve, hand questions to this one, and tell it how that goes.
    caf::reacts_to<open_atom, web_actor>,
    // Try again to listen.
    caf::reacts_to<web_server_tick>>;

// -- exercises ----------------------------------------------------------------------------

/// Hears what the stage of an exercise sees.
using drill_event_listener = caf::typed_actor<caf::reacts_to<drill_event>>;

/// Plays exercises over the broker, when told and by itself.
using drill_actor = caf::typed_actor<
    // Play over this connection as this consensus would decide, and tell it what is wrong.
    caf::reacts_to<attach_atom, connection_actor, consensus_actor>,
    // Keep the trigger and what came of it in this store, and take up what the first one knows.
    caf::reacts_to<attach_atom, store_actor>,
    // Go by what operators have decided.
    caf::reacts_to<attach_atom, control_actor>,
    // Tell this listener what comes of exercises.
    caf::reacts_to<listen_atom, drill_listener>,
    // Play one now -> what came of it, or an error that says why none was begun
    caf::replies_to<drill_order>::with<drill_report>,
    // Something becomes due.
    caf::reacts_to<drill_tick>,
    // -> the last one, and when the next is to come
    caf::replies_to<figures_atom>::with<drill_figures>>::
    extend_with<link_listener, inbound_listener, decision_listener, drill_event_listener,
                supervised_actor>;

// -- health ------------------------------------------------------------------------------

/// Reads what the process uses; detached, because files can block.
using resource_probe_actor = caf::typed_actor<
    // -> usage
    caf::replies_to<figures_atom>::with<resource_usage>>;

/// Reports health.
using health_actor = caf::typed_actor<
    // Ask and publish through these.
    caf::reacts_to<attach_atom, connection_actor, consensus_actor>,
    // Tell of this store too.
    caf::reacts_to<attach_atom, store_actor>,
    // Tell of the cameras that this one knows.
    caf::reacts_to<attach_atom, camera_detection_actor>,
    // Tell of the configuration that this one gives Frigate.
    caf::reacts_to<attach_atom, frigate_actor>,
    // Tell of what this one announces.
    caf::reacts_to<attach_atom, discovery_actor>,
    // Tell whether this one can be reached.
    caf::reacts_to<attach_atom, web_actor>,
    // Tell of the last exercise.
    caf::reacts_to<attach_atom, drill_actor>,
    // Report now, if there is a link.
    caf::reacts_to<report_atom>,
    // A report is due.
    caf::reacts_to<health_tick>>::extend_with<link_listener, supervised_actor>;

// -- the bridge --------------------------------------------------------------------------

/// Answers requests that come over MQTT.
using bridge_actor = caf::typed_actor<
    // Hear and answer through this connection, and ask this consensus.
    caf::reacts_to<attach_atom, connection_actor, consensus_actor>,
    // These do what is asked for.
    caf::reacts_to<attach_atom, control_actor>, caf::reacts_to<attach_atom, discovery_actor>,
    caf::reacts_to<attach_atom, camera_detection_actor>, caf::reacts_to<attach_atom, health_actor>,
    caf::reacts_to<attach_atom, drill_actor>, caf::reacts_to<attach_atom, restarter>>::
    extend_with<inbound_listener, link_listener, supervised_actor>;

// -- the supervisor ------------------------------------------------------------------------

/// Starts, restarts and stops the others.
using supervisor_actor = caf::typed_actor<
    // Stop everything in order, then end with reason `normal`.
    caf::reacts_to<stop_atom>,
    // A pause before a restart is over.
    caf::reacts_to<restart_tick>,
    // Ask all children whether they are alive.
    caf::reacts_to<probe_atom>>::extend_with<link_listener, restarter>;

} // namespace firefinder
