#pragma once

// All typed interfaces on one page. A line before each signature says what it
// means; "->" is an answer. Roles come first: a handle of an actor that has a
// role's signatures converts to the role by itself.

#include "messages/type_ids.hpp"

#include <caf/typed_actor.hpp>

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

/// Takes the changes that trackers report.
using verdict_listener = caf::typed_actor<caf::reacts_to<verdict>>;

/// Has supervisors.
using supervised_actor = caf::typed_actor<
    // Alive, with all actors that you own? -> done, or an error that names who is not
    caf::replies_to<ping_atom>::with<done_atom>>;

/// Hears the MQTT client's callbacks.
using client_listener
    = caf::typed_actor<caf::reacts_to<client_connected>, caf::reacts_to<client_failed>,
                       caf::reacts_to<client_lost>, caf::reacts_to<client_subscribed>,
                       caf::reacts_to<client_published>, caf::reacts_to<client_note>,
                       caf::reacts_to<inbound>>;

// -- the connection ----------------------------------------------------------------

/// Owns the MQTT clients.
using connection_actor = caf::typed_actor<
    // Tell this listener of the link: the present state at once, then every change.
    caf::reacts_to<listen_atom, link_listener>,
    // Route messages that match a filter, at this quality of service, to these
    // listeners. With several, the last level of the topic picks one, always the same.
    caf::reacts_to<listen_atom, std::string, std::uint8_t, std::vector<inbound_listener>>,
    // Publish, live or latest.
    caf::reacts_to<publication>,
    // Publish durably and tell this listener the outcome.
    caf::reacts_to<publication, delivery_listener>,
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
    // A stage of the farewell has lasted its time.
    caf::reacts_to<closing_tick>>::extend_with<client_listener, supervised_actor>;

// -- the decision --------------------------------------------------------------------

/// Decodes and tracks the cameras that fall to it.
using tracker_actor = caf::typed_actor<
    // All trackers in order; a camera belongs to the one its id selects.
    caf::reacts_to<attach_atom, std::vector<sighting_listener>>,
    // Something becomes due.
    caf::reacts_to<tracker_tick>,
    // -> figures
    caf::replies_to<figures_atom>::with<tracker_figures>,
    // Everything before this is handled and reported -> done
    caf::replies_to<drain_atom>::with<done_atom>>::extend_with<inbound_listener, sighting_listener,
                                                               supervised_actor>;

/// Decides whether there is a fire.
using consensus_actor = caf::typed_actor<
    // Work with this connection.
    caf::reacts_to<attach_atom, connection_actor>,
    // The pause after a trigger is over.
    caf::reacts_to<cooldown_tick>,
    // -> figures
    caf::replies_to<figures_atom>::with<consensus_figures>,
    // Everything before this is decided and published -> done
    caf::replies_to<drain_atom>::with<done_atom>>::extend_with<link_listener, delivery_listener,
                                                               verdict_listener, supervised_actor>;

// -- health ------------------------------------------------------------------------------

/// Reads what the process uses; detached, because files can block.
using resource_probe_actor = caf::typed_actor<
    // -> usage
    caf::replies_to<figures_atom>::with<resource_usage>>;

/// Reports health.
using health_actor = caf::typed_actor<
    // Ask and publish through these.
    caf::reacts_to<attach_atom, connection_actor, consensus_actor>,
    // Report now, if there is a link.
    caf::reacts_to<report_atom>,
    // A report is due.
    caf::reacts_to<health_tick>>::extend_with<link_listener, supervised_actor>;

// -- the supervisor ------------------------------------------------------------------------

/// Starts, restarts and stops the others.
using supervisor_actor = caf::typed_actor<
    // Stop everything in order, then end with reason `normal`.
    caf::reacts_to<stop_atom>,
    // A pause before a restart is over.
    caf::reacts_to<restart_tick>,
    // Ask all children whether they are alive.
    caf::reacts_to<probe_atom>>::extend_with<link_listener>;

} // namespace firefinder
