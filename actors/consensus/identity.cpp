#include "actors/consensus/identity.hpp"

#include "messages/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace firefinder {

std::string common_form(std::string_view name) {
  const auto slash = name.rfind('/');
  const auto start = slash == std::string_view::npos ? 0 : slash + 1;
  if (auto address = spelled_address(name.substr(start)))
    return std::string{name.substr(0, start)} + *address;
  return std::string{name};
}

camera_identity::camera_identity(const std::map<std::string, camera_settings>& cameras) {
  for (const auto& [id, camera] : cameras) {
    known_.emplace(common_form(id), id);
    for (const auto& alias : camera.aliases)
      known_.emplace(common_form(alias), id);
  }
}

camera_identity::identified camera_identity::of(std::string_view name,
                                                std::string_view prefix) const {
  auto form = spelled_address(name);
  identified result{form ? *form : std::string{name}, form.has_value()};
  auto found = known_.end();
  if (!prefix.empty() && !known_.empty())
    found = known_.find(std::string{prefix} + '/' + result.id);
  if (found == known_.end())
    found = known_.find(result.id);
  if (found != known_.end())
    return {found->second, false};
  if (const auto learned = synonyms_.find(result.id); learned != synonyms_.end())
    result = {learned->second, false};
  return result;
}

bool camera_identity::learn(const camera_facts& found) {
  const auto id = common_form(found.id);
  if (found_.size() >= max_known_cameras && found_.count(id) == 0)
    return false;
  std::vector<std::string> names{id};
  for (const auto& alias : found.aliases) {
    if (names.size() > max_aliases)
      break;
    names.push_back(common_form(alias));
  }
  auto& known = found_[id];
  if (known == names)
    return false;
  known = std::move(names);
  return gather();
}

bool camera_identity::forget(const camera_removed& gone) {
  const auto id = common_form(gone.id);
  const auto successor = common_form(gone.successor);
  found_.erase(id);
  // Who heard it by an older name still means it.
  auto names = former_.extract(id);
  if (!gone.successor.empty() && successor != id
      && (former_.size() < max_known_cameras || former_.count(successor) != 0)) {
    auto& all = former_[successor];
    all.insert(id);
    if (!names.empty())
      all.merge(names.mapped());
    while (all.size() > max_aliases)
      all.erase(all.begin());
  }
  return gather();
}

// Which name means what now. Returns whether that is news.
bool camera_identity::gather() {
  std::unordered_map<std::string, std::string> all;
  const auto add = [&](const std::string& id, const auto& names, const std::string& meant) {
    for (const auto& name : names)
      if (name != meant && (name == id || found_.count(name) == 0) && known_.count(name) == 0)
        all.emplace(name, meant);
  };
  const auto meaning_of = [&](const std::string& id, const auto& names) -> const std::string& {
    for (const auto& name : names)
      if (const auto configured = known_.find(name); configured != known_.end())
        return configured->second;
    return id;
  };
  for (const auto& [id, current] : found_) {
    auto names = current;
    if (const auto older = former_.find(id); older != former_.end())
      names.insert(names.end(), older->second.begin(), older->second.end());
    add(id, names, meaning_of(id, names));
  }
  // Of successors that were not told of yet.
  for (const auto& [id, names] : former_)
    if (found_.count(id) == 0) {
      std::vector<std::string> with_id{id};
      with_id.insert(with_id.end(), names.begin(), names.end());
      add(id, with_id, meaning_of(id, with_id));
    }
  if (all == synonyms_)
    return false;
  synonyms_ = std::move(all);
  return true;
}

} // namespace firefinder
