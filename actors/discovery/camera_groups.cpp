#include "actors/discovery/camera_groups.hpp"

#include "messages/camera_key.hpp"
#include "messages/text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace firefinder {

namespace {

// The form that all spellings of a camera's name have in common, as decisions go by it.
std::string common_form(std::string_view name) {
  return spelled_address(name).value_or(std::string{name});
}

// The more a device is there, the more is shown of it.
int presence_of(const camera_facts& x) noexcept {
  return x.condition == camera_condition::online ? 2 : x.reachable() ? 1 : 0;
}

} // namespace

void camera_groups::configure(const std::map<std::string, std::set<std::string>>& aliases) {
  for (const auto& [id, names] : aliases)
    configured_.insert_or_assign(common_form(id), id);
  for (const auto& [id, names] : aliases)
    for (const auto& name : names)
      configured_.emplace(common_form(name), id);
}

bool camera_groups::knows_device(const std::string& id) const {
  return devices_.count(common_form(id)) != 0;
}

camera_groups::ids camera_groups::told_ids() const {
  ids result;
  for (const auto& [id, x] : told_)
    result.insert(id);
  return result;
}

camera_groups::ids camera_groups::tell(const house_camera& told) {
  ids names;
  insert_told(told.id, heard_camera{told}, names);
  return regroup(std::move(names), {told.id});
}

void camera_groups::insert_told(const std::string& id, heard_camera told, ids& names) {
  const auto form = common_form(id);
  const bool is_new_form = told_as(form) == nullptr;
  const auto [place, fresh] = told_.try_emplace(id, told_place{told});
  if (fresh) {
    if (is_new_form && form == id)
      place->second.is_form = true;
    else if (is_new_form)
      forms_.emplace(form, id);
    meant_.erase(form);
    for (const auto& [name, meant] : meant_)
      if (meant == id)
        names.insert(name);
  } else {
    place->second.camera = std::move(told);
  }
  names.insert(form);
}

// The told id of this common form; null: there is none.
const std::string* camera_groups::told_as(const std::string& form) const {
  if (const auto known = forms_.find(form); known != forms_.end())
    return &known->second;
  const auto known = told_.find(form);
  return known != told_.end() && known->second.is_form ? &known->first : nullptr;
}

camera_groups::ids camera_groups::untell(const house_camera_gone& gone) {
  const auto old = told_.extract(gone.id);
  if (old.empty())
    return {};
  const auto form = common_form(gone.id);
  ids names{form};
  if (const auto found = forms_.find(form); found != forms_.end() && found->second == gone.id)
    forms_.erase(found);
  ids touched{gone.id};
  if (const auto found = hidden_.find(gone.id); found != hidden_.end()) {
    touched.insert(found->second);
    hidden_.erase(found);
  }
  const bool goes_on = !gone.successor.empty() && gone.successor != gone.id;
  for (auto x = meant_.begin(); x != meant_.end();) {
    if (x->second != gone.id) {
      ++x;
      continue;
    }
    names.insert(x->first);
    x->second = gone.successor;
    const bool stays = goes_on && x->first != common_form(gone.successor);
    x = stays ? std::next(x) : meant_.erase(x);
  }
  if (goes_on) {
    if (!knows_told(gone.successor)) {
      auto moved = std::move(old.mapped().camera);
      moved.key = camera_key(gone.successor);
      insert_told(gone.successor, std::move(moved), names);
    }
    if (meant_.size() < max_known_cameras && form != common_form(gone.successor))
      meant_.insert_or_assign(form, gone.successor);
    touched.insert(gone.successor);
  }
  return regroup(std::move(names), std::move(touched));
}

camera_groups::ids camera_groups::find(const camera_facts& found) {
  const auto id = common_form(found.id);
  std::vector<std::string> names{id};
  for (const auto& alias : found.aliases) {
    if (names.size() > max_aliases)
      break;
    if (auto name = common_form(alias); std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  }
  const auto [place, fresh] = devices_.try_emplace(id);
  auto& x = place->second;
  x.facts = found;
  if (!fresh && x.names == names)
    return {x.home};
  ids changed{names.begin(), names.end()};
  for (const auto& name : x.names) {
    changed.insert(name);
    if (const auto known = names_.find(name); known->second.erase(id), known->second.empty())
      names_.erase(known);
  }
  x.names = std::move(names);
  for (const auto& name : x.names)
    names_[name].insert(id);
  ids touched;
  if (!fresh)
    touched.insert(x.home);
  return regroup(std::move(changed), std::move(touched));
}

camera_groups::ids camera_groups::lose(const camera_removed& gone) {
  const auto id = common_form(gone.id);
  const auto known = devices_.find(id);
  if (known == devices_.end())
    return {};
  auto facts = std::move(known->second.facts);
  ids changed{known->second.names.begin(), known->second.names.end()};
  changed.insert(common_form(known->second.home));
  ids touched;
  remove_device(id, touched);
  touched.merge(regroup(std::move(changed), touched));
  const auto successor = common_form(gone.successor);
  if (gone.successor.empty() || successor == id)
    return touched;
  // Who was told of it by its old name still means it.
  if (const auto next = devices_.find(successor); next != devices_.end())
    facts = next->second.facts;
  else
    facts.id = gone.successor;
  if (std::find(facts.aliases.begin(), facts.aliases.end(), gone.id) == facts.aliases.end())
    facts.aliases.insert(facts.aliases.begin(), gone.id);
  touched.merge(find(facts));
  return touched;
}

void camera_groups::remove_device(const std::string& id, ids& touched) {
  const auto known = devices_.find(id);
  for (const auto& name : known->second.names)
    if (const auto having = names_.find(name); having->second.erase(id), having->second.empty())
      names_.erase(having);
  homes_[known->second.home].erase(id);
  touched.insert(known->second.home);
  devices_.erase(known);
}

// A name that is the id of another device means that one.
std::string camera_groups::place_of(const found_device& x) const {
  const auto& own = x.names.front();
  const std::string* best = nullptr;
  bool best_expected = false;
  const std::string* meant = nullptr;
  for (const auto& name : x.names) {
    if (name != own && devices_.count(name) != 0)
      continue;
    if (const auto known = configured_.find(name); known != configured_.end())
      return known->second;
    if (const auto known = meant_.find(name);
        meant == nullptr && known != meant_.end() && knows_told(known->second))
      meant = &known->second;
    if (const auto* known = told_as(name); known != nullptr) {
      const bool expected = told_.at(*known).camera.expected;
      if (best == nullptr || (expected && !best_expected)) {
        best = known;
        best_expected = expected;
      }
    }
  }
  if (best != nullptr && (best_expected || meant == nullptr))
    return *best;
  return meant != nullptr ? *meant : x.facts.id;
}

// The home of a camera that consensus tells of by two ids, and the network knows for one
// device; empty: this id is its home.
std::string camera_groups::hidden_behind(const std::string& told) const {
  if (const auto home = homes_.find(told); home != homes_.end() && !home->second.empty())
    return {};
  const auto form = common_form(told);
  if (const auto known = devices_.find(form); known != devices_.end())
    return known->second.home;
  const auto known = names_.find(form);
  return known == names_.end() ? std::string{} : devices_.at(*known->second.begin()).home;
}

// Names that may mean another camera than before, and homes that have changed already.
camera_groups::ids camera_groups::regroup(ids names, ids touched) {
  ids devices;
  for (const auto& name : names)
    if (const auto having = names_.find(name); having != names_.end())
      devices.insert(having->second.begin(), having->second.end());
  for (const auto& id : devices) {
    auto& x = devices_.at(id);
    names.insert(x.names.begin(), x.names.end());
    auto home = place_of(x);
    if (home == x.home)
      continue;
    // Whether a camera that consensus tells of has its home there depends on its devices.
    if (!x.home.empty()) {
      homes_[x.home].erase(id);
      names.insert(common_form(x.home));
      touched.insert(x.home);
    }
    homes_[home].insert(id);
    names.insert(common_form(home));
    touched.insert(home);
    x.home = std::move(home);
  }
  for (const auto& name : names) {
    const auto* known = told_as(name);
    if (known == nullptr)
      continue;
    const auto& id = *known;
    auto home = hidden_behind(id);
    const auto before = hidden_.find(id);
    if (before == hidden_.end() ? home.empty() : before->second == home)
      continue;
    touched.insert(id);
    if (home.empty()) {
      hidden_.erase(before);
    } else {
      touched.insert(home);
      hidden_.insert_or_assign(id, std::move(home));
    }
  }
  for (const auto& home : touched) {
    if (const auto known = told_.find(home); known != told_.end())
      known->second.is_home = hidden_.count(home) == 0;
    if (const auto known = homes_.find(home); known != homes_.end() && known->second.empty())
      homes_.erase(known);
  }
  return touched;
}

bool camera_groups::is_home(const std::string& id) const {
  const auto known = told_.find(id);
  return (known != told_.end() && known->second.is_home) || homes_.count(id) != 0;
}

std::string camera_groups::home_of(const std::string& name) const {
  const auto settled = [this](const std::string& id) -> std::string {
    if (is_home(id))
      return id;
    const auto hidden = hidden_.find(id);
    return hidden == hidden_.end() ? std::string{} : hidden->second;
  };
  if (auto home = settled(name); !home.empty())
    return home;
  const auto form = common_form(name);
  if (const auto known = devices_.find(form); known != devices_.end())
    return known->second.home;
  for (const auto* table : {&meant_, &configured_})
    if (const auto known = table->find(form); known != table->end())
      if (auto home = settled(known->second); !home.empty())
        return home;
  if (const auto* known = told_as(form); known != nullptr)
    if (auto home = settled(*known); !home.empty())
      return home;
  const auto known = names_.find(form);
  return known == names_.end() ? std::string{} : devices_.at(*known->second.begin()).home;
}

const heard_camera* camera_groups::told(const std::string& home) const {
  const auto known = told_.find(home);
  return known == told_.end() ? nullptr : &known->second.camera;
}

const camera_facts* camera_groups::device(const std::string& home) const {
  const auto known = homes_.find(home);
  if (known == homes_.end())
    return nullptr;
  const camera_facts* best = nullptr;
  for (const auto& id : known->second)
    if (const auto& facts = devices_.at(id).facts;
        best == nullptr || presence_of(facts) > presence_of(*best))
      best = &facts;
  return best;
}

} // namespace firefinder
