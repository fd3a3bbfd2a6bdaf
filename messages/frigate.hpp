#pragma once

#include "messages/detection.hpp"
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

/// An object that Frigate follows may become a fire that raises the alarm, and has not yet.
struct frigate_candidate {
  /// Topic prefix of the instance.
  std::string prefix;
  /// Its name at Frigate.
  std::string object;
  /// How long it counts if nothing more is heard of it.
  monotonic until{};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_candidate& x) {
  return f(caf::meta::type_name("frigate_candidate"), x.prefix, x.object, x.until);
}

/// Most cameras of one instance that are told of.
inline constexpr std::size_t max_frigate_cameras = max_counted_cameras;

/// Most objects of one instance that are told of.
inline constexpr std::size_t max_frigate_objects = 50;

} // namespace firefinder
