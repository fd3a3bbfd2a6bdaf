#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace firefinder::test {

/// One measured figure, beside what does nothing but receive or answer.
struct figure {
  /// What it is part of, such as "CPU".
  std::string part;
  std::string name;
  std::string unit;
  double value = 0;
  /// The same of the do-nothing client by paho, or of the echo client.
  std::optional<double> peer{};
  /// The same of the do-nothing client by libmosquitto, or of an echo client that synchronises its
  /// answers to the disk.
  std::optional<double> second_peer{};
  /// To the peer, or to what the name says; none: it has none.
  std::optional<double> ratio{};
  /// What is to be reached, of the ratio if there is one, else of the value.
  std::optional<double> limit{};
  /// The limit is the least and not the most.
  bool at_least = false;
  /// What else is to be said.
  std::string note{};
  /// It is not reached whatever the numbers say, for what the note tells.
  bool failed = false;

  /// Whether the limit is kept; nothing where there is none.
  [[nodiscard]] std::optional<bool> reached() const;
};

/// `value` over that of the peer.
[[nodiscard]] figure beside(figure x);

[[nodiscard]] nlohmann::ordered_json to_json(const figure& x);
[[nodiscard]] figure figure_from(const nlohmann::ordered_json& x);

/// Prints them as a table, a headline before each part.
void print_table(std::ostream& out, const std::vector<figure>& figures);

/// Writes them as a list; throws when the file cannot be written.
void write_figures(const std::string& file, const std::vector<figure>& figures);
[[nodiscard]] std::vector<figure> read_figures(const std::string& file);

/// The middle one, or the one at another share of the sorted values, 0..1; 0 of none.
[[nodiscard]] double quantile(std::vector<double> all, double share);

/// Prints a line of progress.
void say(const std::string& what);

} // namespace firefinder::test
