#include "actors/frigate/merge.hpp"

#include "actors/frigate/camera_block.hpp"
#include "actors/frigate/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace firefinder {

namespace {

constexpr std::string_view begin_mark = "# firefinder: begin";
constexpr std::string_view end_mark = "# firefinder: end";
constexpr std::size_t usual_indentation = 2;

constexpr auto cameras_key = "cameras";

// -- lines -------------------------------------------------------------------------------

// Each with its line end.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> result;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size() - 1) + 1;
    result.push_back(text.substr(from, end - from));
    from = end;
  }
  return result;
}

std::size_t indentation_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

bool is_mark(std::string_view line, std::string_view mark) {
  line.remove_prefix(indentation_of(line));
  if (!line.starts_with(mark))
    return false;
  line.remove_prefix(mark.size());
  return line.empty() || std::string_view{" :\r\n"}.find(line.front()) != std::string_view::npos;
}

bool has_content(std::string_view line) {
  const auto at = line.find_first_not_of(" \t\r\n");
  return at != std::string_view::npos && line[at] != '#';
}

std::string join(const std::vector<std::string_view>& lines, std::size_t from, std::size_t to) {
  std::string result;
  for (auto i = from; i < to; ++i)
    result += lines[i];
  return result;
}

// -- the place of our cameras ------------------------------------------------------------

// Numbers of lines.
struct region {
  // The first one after the mark of the beginning.
  std::size_t begin = 0;
  // The mark of the end.
  std::size_t end = 0;
  // The first one that is not ours.
  std::size_t after = 0;
  // Of the marks. Without one, `cameras:` itself stands in the region.
  std::size_t indentation = 0;
  // Of the names of our cameras.
  std::size_t names = usual_indentation;
};

struct document {
  std::string text;
  std::vector<std::string_view> lines;
  YAML::Node root;
  YAML::Node cameras;
};

std::size_t line_of(const YAML::Node& key) {
  return static_cast<std::size_t>(std::max(key.Mark().line, 0));
}

bool in_region(const region& where, const YAML::Node& name) {
  const auto line = line_of(name);
  return line >= where.begin && line < where.after;
}

// Who wrote the file anew, as Frigate does, may have put what belongs to the last of our
// cameras behind the mark.
void take_in_what_follows(region& where, const document& of) {
  auto next = of.lines.size();
  const auto look_at = [&](const YAML::Node& map) {
    for (const auto& member : map)
      if (const auto line = line_of(member.first); line > where.end)
        next = std::min(next, line);
  };
  look_at(of.root);
  if (of.cameras.IsMap())
    look_at(of.cameras);
  for (auto i = where.end + 1; i < next; ++i)
    if (has_content(of.lines[i]))
      where.after = i + 1;
}

// -- what to say --------------------------------------------------------------------------

std::string broken() {
  return "it is no YAML that can be read; mend it, and Firefinder adds its cameras";
}

std::string without_place() {
  return fmt::format("it has cameras of its own and no place for others: put the two lines "
                     "\"{}\" and \"{}\" under them, indented as their names are",
                     begin_mark, end_mark);
}

using cameras_by_name = std::map<std::string, YAML::Node>;

// To look up many: yaml-cpp goes through all for each.
cameras_by_name by_name(const YAML::Node& cameras) {
  cameras_by_name result;
  if (cameras.IsMap())
    for (const auto& member : cameras)
      result.emplace(member.first.Scalar(), member.second);
  return result;
}

// The cameras that the region is to have, and their names in order.
struct content {
  std::vector<std::string> names;
  YAML::Node cameras{YAML::NodeType::Map};
};

content content_of(const document& of, const std::optional<region>& where, const YAML::Node& wanted,
                   const frigate_blocks& ours) {
  content result;
  const auto blocks = by_name(wanted);
  // Names that are taken.
  std::set<std::string> taken;
  const auto put = [&](const std::string& name, const YAML::Node& camera) {
    if (!taken.insert(name).second)
      return;
    result.names.push_back(name);
    // The other ways look through all that is there.
    result.cameras.force_insert(name, camera);
  };
  if (of.cameras.IsMap()) {
    for (const auto& member : of.cameras)
      if (!where || !in_region(*where, member.first))
        taken.insert(member.first.Scalar());
    for (const auto& member : of.cameras) {
      const auto& name = member.first.Scalar();
      if (!where || !in_region(*where, member.first))
        continue;
      if (std::find(ours.removed.begin(), ours.removed.end(), name) != ours.removed.end())
        continue;
      const auto block = blocks.find(name);
      put(name,
          block == blocks.end() ? member.second : updated_camera(member.second, block->second));
    }
  }
  for (const auto& member : wanted) {
    const auto& name = member.first.Scalar();
    put(name, member.second);
  }
  return result;
}

std::string text_of(const content& what, const region& where, bool others_follow) {
  std::string result;
  if (where.indentation == 0)
    result = what.names.empty() && !others_follow ? "\"cameras\": {}\n" : "\"cameras\":\n";
  if (!what.names.empty())
    result += yaml_text(what.cameras, where.names);
  return result;
}

// Whether `after` says what `before` says, and of our cameras what it should.
bool is_right(const std::string& after, const document& before, const std::optional<region>& where,
              const content& what) {
  const auto root = parse_yaml(after);
  if (!root || !root->IsMap())
    return false;
  std::vector<std::pair<std::string, YAML::Node>> others;
  if (before.cameras.IsMap())
    for (const auto& member : before.cameras)
      if (!where || !in_region(*where, member.first))
        others.emplace_back(member.first.Scalar(), member.second);
  const auto cameras = yaml_member(*root, cameras_key);
  if (!cameras.IsMap() || cameras.size() != others.size() + what.names.size())
    return false;
  const auto found_cameras = by_name(cameras);
  const auto is_there = [&](const std::string& name, const YAML::Node& camera) {
    const auto there = found_cameras.find(name);
    return there != found_cameras.end() && same_yaml(there->second, camera);
  };
  for (const auto& [name, camera] : others)
    if (!is_there(name, camera))
      return false;
  for (const auto& member : what.cameras)
    if (!is_there(member.first.Scalar(), member.second))
      return false;
  std::size_t found = 0;
  if (before.root.IsMap())
    for (const auto& member : before.root) {
      if (member.first.IsScalar() && member.first.Scalar() == cameras_key)
        continue;
      ++found;
      if (!member.first.IsScalar()
          || !same_yaml(yaml_member(*root, member.first.Scalar()), member.second))
        return false;
    }
  return root->size() == found + 1;
}

// -- where there is no region yet ---------------------------------------------------------

std::string new_region(const YAML::Node& cameras) {
  return fmt::format("{}: what stands between these lines is kept by Firefinder\n{}{}\n",
                     begin_mark, yaml_text(cameras), end_mark);
}

// The line `cameras:` or `cameras: {}`.
std::optional<std::size_t> empty_cameras_line(const document& of) {
  for (const auto& member : of.root)
    if (member.first.IsScalar() && member.first.Scalar() == cameras_key) {
      const auto line = line_of(member.first);
      auto text = of.lines[line];
      text.remove_prefix(std::min(text.find(':'), text.size()));
      text = text.substr(0, text.find('#'));
      const auto rubbish = text.find_first_not_of(": {}\t\r\n");
      return member.first.Mark().column == 0 && rubbish == std::string_view::npos
                 ? std::optional{line}
                 : std::nullopt;
    }
  return std::nullopt;
}

merged_configuration with_new_region(const document& of, const YAML::Node& wanted,
                                     const frigate_blocks& ours) {
  if (of.cameras.IsMap() && of.cameras.size() != 0)
    return {{}, without_place()};
  const auto what = content_of(of, std::nullopt, wanted, ours);
  if (what.names.empty())
    return {of.text, {}};
  YAML::Node cameras;
  cameras[cameras_key] = what.cameras;
  std::string text;
  if (!yaml_member(of.root, cameras_key).IsDefined()) {
    text = of.text;
    if (!text.empty() && text.back() != '\n')
      text += '\n';
    text += new_region(cameras);
  } else {
    const auto line = empty_cameras_line(of);
    if (!line)
      return {{}, without_place()};
    text = join(of.lines, 0, *line) + new_region(cameras)
           + join(of.lines, *line + 1, of.lines.size());
  }
  if (!is_right(text, of, std::nullopt, what))
    return {{}, without_place()};
  return {std::move(text), {}};
}

merged_configuration with_region(const document& of, region where, const YAML::Node& wanted,
                                 const frigate_blocks& ours) {
  take_in_what_follows(where, of);
  const auto what = content_of(of, where, wanted, ours);
  // Cameras that follow ours under the same `cameras:` set how far all are indented.
  bool others_follow = false;
  where.names = where.indentation == 0 ? usual_indentation : where.indentation;
  if (where.indentation == 0 && of.cameras.IsMap())
    for (const auto& member : of.cameras)
      if (line_of(member.first) >= where.after) {
        others_follow = true;
        where.names = static_cast<std::size_t>(std::max(member.first.Mark().column, 1));
      }
  const auto text = join(of.lines, 0, where.begin) + text_of(what, where, others_follow)
                    + std::string{of.lines[where.end]}
                    + join(of.lines, where.after, of.lines.size());
  if (!is_right(text, of, where, what))
    return {{},
            fmt::format("its cameras cannot be changed without changing others: see that the "
                        "lines \"{}\" and \"{}\" stand under \"cameras:\", indented as the names "
                        "of cameras are, or not indented and \"cameras:\" between them",
                        begin_mark, end_mark)};
  return {text, {}};
}

merged_configuration merge(const std::string& before, const frigate_blocks& ours) {
  const auto wanted_root = parse_yaml(ours.cameras);
  const auto root = parse_yaml(before);
  if (!wanted_root || !root || !(root->IsMap() || root->IsNull()))
    return {{}, broken()};
  const auto wanted = yaml_member(*wanted_root, cameras_key);
  document of{before, {}, *root, yaml_member(*root, cameras_key)};
  of.lines = lines_of(of.text);
  std::vector<std::size_t> begins;
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < of.lines.size(); ++i) {
    if (is_mark(of.lines[i], begin_mark))
      begins.push_back(i);
    if (is_mark(of.lines[i], end_mark))
      ends.push_back(i);
  }
  if (begins.empty() && ends.empty())
    return with_new_region(of, wanted, ours);
  if (begins.size() != 1 || ends.size() != 1 || begins[0] > ends[0]
      || indentation_of(of.lines[begins[0]]) != indentation_of(of.lines[ends[0]]))
    return {{},
            fmt::format("the lines \"{}\" and \"{}\" must stand in it once each, in this order and "
                        "equally indented",
                        begin_mark, end_mark)};
  region where;
  where.begin = begins[0] + 1;
  where.end = ends[0];
  where.after = where.end + 1;
  where.indentation = indentation_of(of.lines[begins[0]]);
  return with_region(of, where, wanted, ours);
}

} // namespace

merged_configuration merged(const std::string& before, const frigate_blocks& ours) {
  // What an owner may write yaml-cpp may mind; that is no reason to end.
  try {
    return merge(before, ours);
  } catch (const YAML::Exception&) {
    return {{}, broken()};
  }
}

bool is_untouched(std::string_view text) {
  bool ours = false;
  for (auto line : lines_of(text)) {
    if (is_mark(line, begin_mark) || is_mark(line, end_mark)) {
      ours = is_mark(line, begin_mark);
      continue;
    }
    // `cameras:` itself may stand there.
    const auto first = line.find_first_not_of(" \t\"'");
    line.remove_prefix(std::min(first, line.size()));
    if (ours && has_content(line) && !line.starts_with(cameras_key))
      return false;
  }
  return true;
}

std::string new_file(const frigate_blocks& ours, const new_configuration& with) {
  const auto wanted = parse_yaml(ours.cameras);
  YAML::Node mqtt;
  mqtt["mqtt"]["host"] = yaml_string(with.broker_host);
  mqtt["mqtt"]["port"] = yaml_plain(std::to_string(with.broker_port));
  mqtt["mqtt"]["topic_prefix"] = yaml_string(with.topic_prefix);
  return "# Made by Firefinder, because there was none. See that Frigate reaches the broker by\n"
         "# this name, and add user and password if it asks for them. Frigate also needs a\n"
         "# detector with a model that knows fire and smoke.\n"
         + yaml_text(mqtt) + new_region(wanted ? *wanted : YAML::Node{});
}

std::optional<std::vector<camera_change>> changes_of(const std::string& before,
                                                     const frigate_blocks& ours) {
  try {
    const auto root = parse_yaml(before);
    const auto wanted = parse_yaml(ours.cameras);
    if (!root || !root->IsMap() || !wanted)
      return std::nullopt;
    std::vector<camera_change> result;
    const auto cameras = by_name(yaml_member(*root, cameras_key));
    for (const auto& member : yaml_member(*wanted, cameras_key)) {
      const auto& name = member.first.Scalar();
      const auto there = cameras.find(name);
      const auto present
          = there == cameras.end() ? YAML::Node{YAML::NodeType::Undefined} : there->second;
      const auto after = updated_camera(present, member.second);
      if (!present.IsDefined() || !present.IsMap())
        result.push_back({name, camera_change::kind::add, yaml_as_json(after), {}});
      else if (!same_yaml(present, after))
        result.push_back(
            {name, camera_change::kind::change, yaml_as_json(after), yaml_as_json(present)});
    }
    for (const auto& name : ours.removed)
      if (is_frigate_name(name) && cameras.contains(name))
        result.push_back({name, camera_change::kind::remove, {}, {}});
    return result;
  } catch (const YAML::Exception&) {
    return std::nullopt;
  }
}

} // namespace firefinder
