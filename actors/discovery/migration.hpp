#pragma once

#include "actors/discovery/presentation.hpp"
#include "messages/time.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace firefinder {

/// How far each camera is that is taken over from the form `argusai`, or was. Every camera goes
/// its own way: those that are told of late are taken over late. Plain data.
class migration {
public:
  /// Home Assistant unloads entities in the background: what brings them back must come later,
  /// else it is refused as a duplicate.
  static constexpr timespan let_go_pause = std::chrono::seconds{2};
  /// After that the old documents are taken away.
  static constexpr timespan bring_back_pause = std::chrono::seconds{5};

  /// There are such cameras. Without them the configured form holds.
  [[nodiscard]] bool exists() const noexcept { return !cameras_.empty(); }
  /// Some of them are under way.
  [[nodiscard]] bool runs() const noexcept { return under_way_ != 0; }
  [[nodiscard]] takeover of(const std::string& camera) const;
  [[nodiscard]] std::set<std::string> cameras() const;
  /// Those that are under way.
  [[nodiscard]] std::set<std::string> unfinished() const;

  void begin(const std::set<std::string>& cameras);

  /// What the store is to remember, and what it has remembered. Text that is none of ours counts
  /// for nothing.
  [[nodiscard]] std::string to_text() const;
  void restore(std::string_view text);
  /// The text, if it is another one since this was asked last.
  [[nodiscard]] std::optional<std::string> take_change();

  /// Its documents of now are at the broker.
  void acknowledged(const std::string& camera, monotonic now);

  /// There is nothing of it that could be taken over any more.
  void give_up(const std::string& camera);

  /// Where a camera is, it begins again with the next link.
  void link_down();

  /// Lets time pass: cameras whose documents are others from now on.
  [[nodiscard]] std::vector<std::string> advance(monotonic now);
  /// When `advance` has something to do.
  [[nodiscard]] std::optional<monotonic> next_change() const;

private:
  struct progress {
    takeover at = takeover::let_go;
    /// When the next step begins; nothing: the broker has not acknowledged this one.
    std::optional<monotonic> due;
  };

  [[nodiscard]] static bool is_under_way(takeover x) noexcept;
  void move(progress& x, takeover to);

  std::map<std::string, progress> cameras_;
  std::set<std::pair<monotonic, std::string>> due_;
  std::size_t under_way_ = 0;
  bool changed_ = false;
};

} // namespace firefinder
