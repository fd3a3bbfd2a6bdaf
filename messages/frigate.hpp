#pragma once

#include "messages/detection.hpp"
#include "messages/problem.hpp"
#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace firefinder {

/// What Frigate's API tells of one of its cameras.
struct frigate_camera {
  std::string name;
  /// Size in pixels of the frames in which it looks for objects, by which its boxes and
  /// areas count; 0: it does not say.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  /// Frames per second in which it looks for objects; 0: it does not say.
  double fps = 0;
  /// Whether it looks for objects at all.
  bool detects = false;
  /// Whether it tracks a label that means fire or smoke to us.
  bool sees_fire = false;
  /// Greatest score, 0..1, that it asks of such a label before it tells of an object;
  /// 0: it does not say.
  double threshold = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_camera& x) {
  return f(caf::meta::type_name("frigate_camera"), x.name, x.width, x.height, x.fps, x.detects,
           x.sees_fire, x.threshold);
}

/// What the API of one Frigate instance told of its cameras, or why it told nothing.
struct frigate_cameras {
  /// Topic prefix of the instance.
  std::string prefix;
  /// Why its API told nothing, for people; empty: it answered.
  std::string failure;
  /// Of Frigate, such as `0.16.2-4d58206`; empty: it does not say.
  std::string version;
  /// Those that are switched on in Frigate.
  std::vector<frigate_camera> cameras;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_cameras& x) {
  return f(caf::meta::type_name("frigate_cameras"), x.prefix, x.failure, x.version, x.cameras);
}

/// An object that Frigate's API says to be in sight. When it was last seen, it does not say.
struct frigate_object {
  std::string camera;
  /// Its name at Frigate.
  std::string id;
  fire_sign sign = fire_sign::fire;
  /// Where it was in the best picture of it so far.
  firefinder::box box;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_object& x) {
  return f(caf::meta::type_name("frigate_object"), x.camera, x.id, x.sign, x.box);
}

/// The objects of fire and smoke that an instance has in sight.
struct frigate_objects {
  /// Topic prefix of the instance.
  std::string prefix;
  std::vector<frigate_object> objects;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_objects& x) {
  return f(caf::meta::type_name("frigate_objects"), x.prefix, x.objects);
}

/// A question to the API of one Frigate instance.
struct frigate_query {
  /// Topic prefix of the instance.
  std::string prefix;
  /// Address of its API, such as `http://frigate:5000`; may hold credentials.
  std::string url;
  /// Whether it is also to tell which objects it has in sight.
  bool objects = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_query& x) {
  // Without the address: messages may be written to a log.
  return f(caf::meta::type_name("frigate_query"), x.prefix, x.objects);
}

/// What the API of a Frigate instance told.
struct frigate_report {
  frigate_cameras cameras;
  frigate_objects objects;
  /// Whether it said which objects it has in sight; there may be none.
  bool told_objects = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_report& x) {
  return f(caf::meta::type_name("frigate_report"), x.cameras, x.objects, x.told_objects);
}

/// What a detector says to be in sight may be a fire: who looks for it is not to be disturbed.
struct frigate_candidate {
  /// Topic prefix of the instance; empty: Frigate does not follow it.
  std::string prefix;
  /// Its name there.
  std::string object;
  /// How long it counts if nothing more is heard of it.
  monotonic until{};
  /// More samples of it may raise the alarm. Not so when it is raised, or about to be.
  bool wanted = true;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_candidate& x) {
  return f(caf::meta::type_name("frigate_candidate"), x.prefix, x.object, x.until, x.wanted);
}

// -- its configuration -----------------------------------------------------------------

/// A value that Frigate's configuration names and does not show.
struct frigate_secret {
  /// Also of its file: `FRIGATE_CAM_AABBCCDDEEFF_USER`.
  std::string name;
  std::string value;

  friend bool operator==(const frigate_secret&, const frigate_secret&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_secret& x) {
  // Without the value: messages may be written to a log.
  return f(caf::meta::type_name("frigate_secret"), x.name);
}

/// The cameras that Frigate is to have from us, for a configuration that has others as well.
struct frigate_blocks {
  /// YAML: `cameras:` and what we say of each, with placeholders in place of credentials.
  std::string cameras;
  /// Names of cameras that it had from us and is to have no more. What stands in neither
  /// stays as it is.
  std::vector<std::string> removed;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_blocks& x) {
  return f(caf::meta::type_name("frigate_blocks"), x.cameras, x.removed);
}

/// What files are to say. Secrets are written first.
struct frigate_files {
  /// Frigate's configuration; empty: it stays as it is.
  std::string path;
  frigate_blocks blocks;
  /// Folder of the secrets; empty: none are written.
  std::string secrets_path;
  std::vector<frigate_secret> secrets;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_files& x) {
  return f(caf::meta::type_name("frigate_files"), x.path, x.blocks, x.secrets_path, x.secrets);
}

/// What its API is to make of its configuration.
struct frigate_change {
  /// Address of its API; may hold credentials.
  std::string url;
  /// Of Frigate, as it says.
  std::string version;
  frigate_blocks blocks;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_change& x) {
  return f(caf::meta::type_name("frigate_change"), x.version, x.blocks);
}

/// Frigate is to start anew: for up to a minute it sees nothing.
struct frigate_restart {
  /// Address of its API; may hold credentials.
  std::string url;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_restart&) {
  return f(caf::meta::type_name("frigate_restart"));
}

/// What became of a change of its configuration.
struct frigate_outcome {
  /// Why it was not made, or not as a whole, and the cure, for people; empty: it was.
  std::string failure;
  /// Something was written.
  bool changed = false;
  /// It counts only after a restart of Frigate; when it failed, a restart may mend it.
  bool wants_restart = false;
  /// Names of cameras that Frigate refused.
  std::vector<std::string> refused;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_outcome& x) {
  return f(caf::meta::type_name("frigate_outcome"), x.failure, x.changed, x.wants_restart,
           x.refused);
}

/// Figures of the frigate actor.
struct frigate_figures {
  /// Cameras that Frigate is to have from us.
  std::uint64_t cameras = 0;
  /// Times that its configuration was written, and that it was told to start anew.
  std::uint64_t changes = 0;
  std::uint64_t restarts = 0;
  std::vector<problem> problems;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_figures& x) {
  return f(caf::meta::type_name("frigate_figures"), x.cameras, x.changes, x.restarts, x.problems);
}

/// Most cameras of one instance that are told of.
inline constexpr std::size_t max_frigate_cameras = max_counted_cameras;

/// Most objects of one instance that are told of.
inline constexpr std::size_t max_frigate_objects = 50;

} // namespace firefinder
