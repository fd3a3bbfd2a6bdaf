#pragma once

#include "actors/discovery/presentation.hpp"
#include "actors/discovery/text_packer.hpp"
#include "messages/time.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace firefinder {

/// Settings of the announcer.
struct announcer_settings {
  /// See `discovery_settings`.
  timespan birth_delay_min = std::chrono::seconds{1};
  timespan birth_delay_max = std::chrono::seconds{10};
};

/// What the store remembers of a topic on which something of ours stands, or may stand.
struct announced_record {
  enum class kind : std::uint8_t {
    /// It is to stand there.
    announced,
    /// It is to be removed.
    removed,
    /// A message that was told once, and that the broker has retained.
    passing,
  };
  kind what = kind::announced;
  /// The device that it is about; empty: the house.
  std::string device;
  /// Of a document: its components that Home Assistant may know, and their platforms.
  std::map<std::string, std::string> components;

  friend bool operator==(const announced_record&, const announced_record&) = default;
};

/// A record as text, and back. Nothing: it is no such text.
[[nodiscard]] std::string to_text(const announced_record& x);
[[nodiscard]] std::optional<announced_record> parse_announced_record(std::string_view text);

/// Lets so many events happen in any span, as soon as they may. What comes a little late delays
/// nothing that follows, as even steps would.
class quota {
public:
  quota(std::size_t most, timespan span) : most_(most), span_(span) {}

  /// When the next one may be, given that it is not before `now`.
  [[nodiscard]] monotonic next(monotonic now) const noexcept;
  /// One happens now.
  void spend(monotonic now);

private:
  std::size_t most_;
  timespan span_;
  /// When the last ones were, at most `most_`.
  std::deque<monotonic> last_;
};

/// Spaces events evenly, after a burst.
class pacer {
public:
  pacer(timespan interval, std::uint32_t burst) : interval_(interval), burst_(burst) {}

  /// When the next `count` may be, at most a burst, given that it is not before `now`.
  [[nodiscard]] monotonic next(monotonic now, std::uint32_t count = 1) const noexcept;
  /// One happens now.
  void spend(monotonic now) noexcept;

private:
  timespan interval_;
  std::uint32_t burst_;
  /// When the burst is whole again.
  std::optional<monotonic> whole_at_;
};

/// Brings about that the retained messages at the broker are those that are to stand there: what
/// is sent when, in which order, what is sent again, and what is still to be removed. Plain data:
/// it sends nothing, stores nothing and looks at no clock.
///
/// An announcement sends everything, whatever the broker has: removals first, then device by
/// device states, availability and documents, and last, when the broker has acknowledged all of
/// that, that the daemon is there. At every `link_up`, after a birth of Home Assistant and on
/// request the same.
class announcer {
public:
  /// Most messages that the broker has not acknowledged. Half of what mosquitto takes by default
  /// and far below what it queues for others.
  static constexpr std::size_t window = 20;
  /// Documents make Home Assistant work, other messages do not: in no second more than these.
  static constexpr std::size_t documents_a_second = 50;
  static constexpr timespan other_interval = std::chrono::milliseconds{5};
  static constexpr std::uint32_t other_burst = 40;
  /// Where more wait than may be sent, so many are sent together.
  static constexpr std::uint32_t other_bundle = 10;
  /// Between two states on one topic, and between two words that the daemon is there.
  static constexpr timespan state_pause = std::chrono::seconds{1};
  /// Pauses before what has failed is tried again, doubling.
  static constexpr timespan retry_min = std::chrono::seconds{1};
  static constexpr timespan retry_max = std::chrono::seconds{30};
  /// So long the broker has to acknowledge.
  static constexpr timespan answer_deadline = std::chrono::seconds{10};
  /// So long Home Assistant has to forget a component before its document is without it.
  static constexpr timespan component_pause = std::chrono::seconds{2};
  /// What failed so often in a row does not keep the daemon from being said to be there: without
  /// that, one topic that the broker forbids would leave everything unavailable for ever.
  static constexpr std::uint32_t patience = 3;
  /// A removal waits so long until it is written down, and is then sent nevertheless.
  static constexpr timespan record_deadline = std::chrono::seconds{2};

  /// A message for the broker, retained, QoS 1. The outcome is told under the token.
  struct outgoing {
    std::uint64_t token = 0;
    /// Which it is about; empty: the house.
    std::string device;
    std::string topic;
    /// Empty: what stands there is removed.
    std::string payload;
    /// See `retained_message`.
    std::chrono::seconds outdated_after{0};
  };

  /// What the store is to remember of a topic; without a record: nothing any more.
  struct record_change {
    std::string topic;
    std::optional<announced_record> record;
  };

  struct figures {
    std::uint64_t documents = 0;
    std::uint64_t pending = 0;
    std::uint64_t removals_pending = 0;
    std::uint64_t announcements = 0;
    std::uint64_t births = 0;
    bool complete = false;
  };

  explicit announcer(announcer_settings settings) : settings_(settings) {}

  // -- what is to stand there ------------------------------------------------------------

  /// Everything about a device, the empty one being the house. What was there about it before
  /// and is no more among these is removed; without messages, all of it. Of states only what
  /// stands before their last member counts as a change, if that is `updated_at` or
  /// `last_updated`.
  void set(const std::string& device, std::vector<retained_message> all, monotonic now);

  /// Everything about a device but its documents, which stay as they are.
  void set_states(const std::string& device, std::vector<retained_message> all, monotonic now);

  /// That the daemon is there; said last. Once, before anything else.
  void set_presence(const std::vector<presentation::presence>& all);

  /// A message about a device was told once, and the broker retains it: it goes with the device.
  void passed(const std::string& device, const std::string& topic);

  /// Something of ours stands there that nobody wants.
  void owe_removal(const std::string& topic, monotonic now);

  // -- the time before -------------------------------------------------------------------

  /// What an earlier process remembered. `keep`: a device that is not yet known may want it; it
  /// stays until `settle`. Otherwise it is removed unless it is wanted already. What is told so
  /// during a link needs an announcement to be sent.
  void restore(const std::string& topic, const announced_record& record, bool keep);

  /// Whoever wants something of the time before has said so: the rest is removed.
  void settle(monotonic now);

  // -- the link --------------------------------------------------------------------------

  void link_up(std::uint64_t generation, monotonic now);
  void link_down();
  void acknowledged(std::uint64_t token, monotonic now);
  void failed(std::uint64_t token, monotonic now);

  /// Announces everything. During an announcement: once more, after it.
  void announce(monotonic now);

  /// Home Assistant has started. `random` in 0..1 picks the moment of the announcement; others
  /// until then are met by the same one.
  void birth(monotonic now, double random);

  /// Somebody has said that the daemon is not there. If it was said before on this link, it is
  /// said again at once, also in the middle of an announcement, and once more at the end of that.
  void contradicted(const std::string& topic, monotonic now);

  /// What is to be sent now.
  [[nodiscard]] std::vector<outgoing> advance(monotonic now);

  /// When `advance` has something to do at the earliest, also in the past; nothing before
  /// something else happens.
  [[nodiscard]] std::optional<monotonic> next_change(monotonic now) const;

  // -- the store -------------------------------------------------------------------------

  /// What has changed since this was asked last.
  [[nodiscard]] std::vector<record_change> take_records();

  /// The removal of this topic is written down.
  void removal_recorded(const std::string& topic, monotonic now);

  // -- questions -------------------------------------------------------------------------

  [[nodiscard]] bool has_link() const noexcept { return generation_ != 0; }
  /// Something of ours is to stand there, or may be wanted by a device that is not yet known.
  [[nodiscard]] bool knows(const std::string& topic) const;
  /// A document of ours stands there.
  [[nodiscard]] bool has_document(const std::string& topic) const;
  /// The broker has acknowledged, on this link, all documents of this device as they are to stand
  /// there, and there are some.
  [[nodiscard]] bool documents_stand(const std::string& device) const;
  /// Devices of which documents are to stand there, and those of the time before that may want
  /// theirs; without the house.
  [[nodiscard]] std::set<std::string> documented() const;
  /// Topics that the broker has refused `patience` times and more; at most 10.
  [[nodiscard]] std::vector<std::string> refused() const;
  /// Announcements that have begun.
  [[nodiscard]] std::uint64_t announcements() const noexcept { return announcements_; }
  [[nodiscard]] figures report() const;

private:
  /// One of `known_components_`; the cameras of a house nearly all have the same.
  using components = const std::map<std::string, std::string>*;

  enum class duty : std::uint8_t {
    /// Something stands there that is sent by nobody, or wanted by nobody yet.
    keep,
    show,
    remove,
    /// That the daemon is there.
    presence,
  };

  /// An `announced_record`, with what many of them share kept once.
  struct told_record {
    announced_record::kind what = announced_record::kind::announced;
    std::string device;
    components parts = nullptr;

    friend bool operator==(const told_record&, const told_record&) = default;
  };

  /// What is under way or acknowledged on this link.
  enum class sending : std::uint8_t {
    nothing,
    /// What is wanted.
    wanted,
    /// Something else, `entry::sent_before`.
    other,
  };

  struct entry {
    duty is = duty::show;
    bool passing = false;
    message_class what = message_class::state;
    sending sent = sending::nothing;
    /// `wanted` is packed.
    bool packed = false;
    std::string device;
    /// Place among the messages of its device.
    std::size_t index = 0;
    std::string wanted;
    std::string sent_before;
    std::chrono::seconds outdated_after{0};
    std::chrono::seconds repeated_after{0};
    /// Of the document that is wanted; that was sent; that Home Assistant may know. Null: none.
    components parts = nullptr;
    components parts_sent = nullptr;
    components known = nullptr;
    /// It told Home Assistant to forget components, and one without them is to follow.
    bool sent_marks = false;
    std::optional<monotonic> marks_acknowledged_at;
    /// Of the message under way; 0: none is.
    std::uint64_t token = 0;
    std::optional<monotonic> sent_at;
    std::uint32_t failures = 0;
    std::optional<monotonic> retry_at;
    /// Belongs to an announcement: is sent even though the broker should have it; is not yet
    /// acknowledged.
    bool again = false;
    bool announcing = false;
    /// Of presence: the broker has acknowledged it on this link; somebody has said otherwise since,
    /// and it is to be said again before anything else.
    bool stood = false;
    bool contradicted = false;
    /// It may stand at the broker.
    bool there = false;
    /// When the removal is sent although it is not written down.
    std::optional<monotonic> unrecorded_until;
    /// What the store was told.
    std::optional<told_record> record;
    /// Its turn among those that wait; see `turn_of`.
    std::optional<monotonic> turn;
    /// `retained_message::signs` of what is wanted, of what is under way, and of what the broker
    /// has acknowledged last, also on an earlier link.
    std::uint8_t signs = 0;
    std::uint8_t signs_sent = 0;
    std::optional<std::uint8_t> signs_known;
    /// Where it waits.
    bool ready = false;
    std::optional<monotonic> later;

    [[nodiscard]] const std::string& sent_text() const noexcept;
    void want(std::string text);
    void forget_sent() noexcept;
  };

  /// Order in which is sent what may be sent.
  struct place {
    std::uint8_t step = 0;
    monotonic turn{};
    std::string device;
    message_class what = message_class::state;
    std::size_t index = 0;
    std::string topic;

    friend auto operator<=>(const place&, const place&) = default;
  };

  struct flight {
    std::string topic;
    monotonic since{};
  };

  using iterator = std::map<std::string, entry>::iterator;

  void put(const std::string& device, std::vector<retained_message> all, bool documents_too,
           monotonic now);
  void drop(iterator at, monotonic now);
  void erase(iterator at);
  void claim(iterator at, const std::string& device);
  void begin(monotonic now);
  void mark_announcing(entry& e, bool on);
  void go_on(monotonic now);
  void schedule(iterator at, monotonic now);
  void repeat_later(iterator at, monotonic now);
  void unqueue(iterator at);
  [[nodiscard]] static monotonic turn_of(const entry& e, monotonic now) noexcept;
  void enqueue(iterator at);
  void go_with_document(iterator at);
  [[nodiscard]] static place place_of(const std::string& topic, const entry& e);
  [[nodiscard]] std::set<place>& ready_of(const entry& e);
  [[nodiscard]] static bool needs_sending(const entry& e);
  [[nodiscard]] bool held_back(const entry& e) const noexcept;
  [[nodiscard]] components shared(std::map<std::string, std::string> all);
  [[nodiscard]] components with(components a, components b);
  [[nodiscard]] std::string text_of(const entry& e) const;
  [[nodiscard]] outgoing send(iterator at, monotonic now);
  void remember(const std::string& topic, entry& e);
  void tell_record(const std::string& topic, entry& e, std::optional<told_record> record);
  void fail(iterator at, monotonic now);
  void forgive(iterator at);

  announcer_settings settings_;
  /// Ours are few, so none is ever taken out.
  std::set<std::map<std::string, std::string>> known_components_;
  text_packer packer_;
  std::map<std::string, entry> entries_;
  std::map<std::string, std::set<std::string>> devices_;
  std::set<std::string> presence_;
  std::set<std::string> refused_;
  std::map<std::string, std::optional<told_record>> records_;
  /// 0: there is no link.
  std::uint64_t generation_ = 0;
  bool announcing_ = false;
  bool complete_ = false;
  /// Another announcement follows.
  bool once_more_ = false;
  /// Messages of the announcement that the broker has not acknowledged, but for presence.
  std::size_t waiting_ = 0;
  std::optional<monotonic> birth_due_;
  std::uint64_t last_token_ = 0;
  std::map<std::uint64_t, flight> in_flight_;
  std::set<place> ready_documents_;
  std::set<place> ready_others_;
  std::set<std::pair<monotonic, std::string>> later_;
  quota document_pace_{documents_a_second, std::chrono::seconds{1}};
  pacer other_pace_{other_interval, other_burst};
  std::uint64_t announcements_ = 0;
  std::uint64_t births_ = 0;
};

} // namespace firefinder
