#pragma once

#include "actors/discovery/pacer.hpp"
#include "actors/discovery/presentation.hpp"
#include "actors/discovery/text_packer.hpp"
#include "messages/time.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
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
  /// Most messages that the broker has not acknowledged: what mosquitto takes at a time by default,
  /// and far below what it queues for others.
  static constexpr std::size_t window = 20;
  /// Documents make Home Assistant work, other messages do not: in no second more than these.
  static constexpr std::size_t documents_a_second = 50;
  static constexpr timespan other_interval = std::chrono::milliseconds{5};
  static constexpr std::uint32_t other_burst = 40;
  /// Of those that only wait for their turn so many are sent together.
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
  /// `last_updated`. `made_of`: what stands for the facts of which the documents were made.
  void set(const std::string& device, std::vector<retained_message> all, monotonic now,
           std::uint64_t made_of = 0);

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
  /// Of which facts the documents of a device were made; 0: it has none, or nobody has said.
  [[nodiscard]] std::uint64_t made_of(const std::string& device) const;
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
  };

  /// What is under way or acknowledged on this link.
  enum class sending : std::uint8_t {
    nothing,
    /// What is wanted.
    wanted,
    /// Something else, `under_way::sent_before`.
    other,
  };

  struct entry;
  struct device_record {
    std::vector<std::unique_ptr<entry>> entries;
    /// See `set`.
    std::uint64_t made_of = 0;
  };
  using named_device = std::pair<const std::string, device_record>;

  /// What is around the name of a device in topics that are alike.
  struct pattern {
    std::string before;
    std::string after;
    /// Nothing of it is the name of the device: `before` is all of the topic.
    bool whole = false;

    friend auto operator<=>(const pattern&, const pattern&) = default;
  };
  struct topic_kind {
    /// Entries that have it.
    std::size_t used = 0;
    text_packer packer;
  };
  using kind_of_topic = std::pair<const pattern, topic_kind>;

  /// Of an entry that is not at rest.
  struct under_way {
    std::string sent_before;
    /// Of the document that was sent.
    components parts_sent = nullptr;
    /// A document told Home Assistant to forget components, and one without them is to follow.
    std::optional<monotonic> marks_acknowledged_at;
    /// Of the message under way; 0: none is.
    std::uint64_t token = 0;
    std::optional<monotonic> retry_at;
    /// When the removal is sent although it is not written down.
    std::optional<monotonic> unrecorded_until;
    /// Its turn among those that wait; see `turn_of`.
    std::optional<monotonic> turn;
    /// Where it waits.
    std::optional<monotonic> later;
    std::uint32_t failures = 0;
    bool ready = false;
    /// `retained_message::signs` of what is under way.
    std::uint8_t signs_sent = 0;

    [[nodiscard]] bool is_at_rest() const noexcept;
  };

  /// A house has thousands of these, nearly all of them at rest: they are kept small.
  struct entry {
    /// Of those whose topics have the same place in `by_topic_`.
    entry* next = nullptr;
    named_device* device = nullptr;
    kind_of_topic* kind = nullptr;
    /// As `kept` has made it; empty: what stands there is to be removed.
    std::string wanted;
    /// Of the document that is wanted; that Home Assistant may know. Null: none.
    components parts = nullptr;
    components known = nullptr;
    /// `never`: not on this link.
    monotonic sent_at = never;
    /// What stands for what the store was told; 0: nothing.
    std::uint64_t record = 0;
    /// Null: it is at rest.
    std::unique_ptr<under_way> moving;
    std::chrono::duration<std::uint32_t> outdated_after{0};
    std::chrono::duration<std::uint32_t> repeated_after{0};
    /// Of its topic.
    std::uint32_t hash = 0;
    /// Place among the messages of its device.
    std::uint16_t index = 0;
    duty is = duty::show;
    message_class what = message_class::state;
    sending sent = sending::nothing;
    bool passing : 1 = false;
    /// What was sent told Home Assistant to forget components.
    bool sent_marks : 1 = false;
    /// Belongs to an announcement: is sent even though the broker should have it; is not yet
    /// acknowledged.
    bool again : 1 = false;
    bool announcing : 1 = false;
    /// Of presence: the broker has acknowledged it on this link; somebody has said otherwise since,
    /// and it is to be said again before anything else.
    bool stood : 1 = false;
    bool contradicted : 1 = false;
    /// It may stand at the broker.
    bool there : 1 = false;
    /// `retained_message::signs` of what is wanted, and of what the broker has acknowledged last,
    /// also on an earlier link.
    std::uint8_t signs = 0;
    std::optional<std::uint8_t> signs_known;

    [[nodiscard]] const under_way& way() const noexcept;
    [[nodiscard]] under_way& make_way();
    [[nodiscard]] const std::string& sent_text() const noexcept;
    void want(std::string text);
    void forget_sent() noexcept;
    void rest() noexcept;
  };

  /// Order in which is sent what may be sent. What it is made of does not change while it waits.
  struct place {
    std::uint8_t step = 0;
    monotonic turn{};
    entry* which = nullptr;

    friend bool operator<(const place& a, const place& b) { return a.compared(b) < 0; }
    [[nodiscard]] std::strong_ordering compared(const place& other) const;
  };

  struct flight {
    entry* which = nullptr;
    monotonic since{};
  };

  static constexpr monotonic never = monotonic::min();

  void put(const std::string& device, std::vector<retained_message> all, bool documents_too,
           monotonic now);
  void drop(entry& e, monotonic now);
  void erase(entry& e);
  void claim(entry& e, const std::string& device);
  void begin(monotonic now);
  void mark_announcing(entry& e, bool on);
  void go_on(monotonic now);
  void schedule(entry& e, monotonic now);
  void find_place(entry& e, monotonic now);
  void wait_until(entry& e, monotonic due);
  void repeat_later(entry& e, monotonic now);
  void unqueue(entry& e);
  [[nodiscard]] static monotonic turn_of(const entry& e, monotonic now) noexcept;
  void enqueue(entry& e);
  void go_with_document(entry& e);
  [[nodiscard]] static place place_of(entry& e);
  [[nodiscard]] std::set<place>& ready_of(const entry& e);
  [[nodiscard]] static bool needs_sending(const entry& e);
  [[nodiscard]] static bool is_patient(const entry& e) noexcept;
  [[nodiscard]] monotonic next_other(monotonic now) const noexcept;
  [[nodiscard]] bool held_back(const entry& e) const noexcept;
  [[nodiscard]] components shared(std::map<std::string, std::string> all);
  [[nodiscard]] components with(components a, components b);
  [[nodiscard]] static std::string kept(entry& e, std::string_view text);
  [[nodiscard]] static std::string text_of(const entry& e, const std::string& kept);
  [[nodiscard]] outgoing send(entry& e, monotonic now);
  void remember(entry& e);
  void tell_record(entry& e, std::optional<told_record> record);
  [[nodiscard]] static std::uint64_t stand_in(const std::optional<told_record>& record) noexcept;
  void fail(entry& e, monotonic now);
  void forgive(entry& e);

  [[nodiscard]] static std::string topic_of(const entry& e);
  [[nodiscard]] static bool has_topic(const entry& e, std::string_view topic);
  [[nodiscard]] entry* find(std::string_view topic) const;
  entry& add(const std::string& topic, const std::string& device);
  void name(entry& e, const std::string& topic);
  void unname(entry& e);
  [[nodiscard]] std::unique_ptr<entry> take_from_device(entry& e);
  void spread();
  template <class Visit>
  void each(const Visit& visit) const;

  announcer_settings settings_;
  /// Ours are few, so none is ever taken out.
  std::set<std::map<std::string, std::string>> known_components_;
  std::map<pattern, topic_kind> kinds_;
  /// The house is the one without a name.
  std::map<std::string, device_record> devices_;
  /// All entries, by the remainder of the hash of their topic.
  std::vector<entry*> by_topic_;
  std::size_t count_ = 0;
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
  std::set<std::pair<monotonic, entry*>> later_;
  quota document_pace_{documents_a_second, std::chrono::seconds{1}};
  pacer other_pace_{other_interval, other_burst};
  std::uint64_t announcements_ = 0;
  std::uint64_t births_ = 0;
};

} // namespace firefinder
