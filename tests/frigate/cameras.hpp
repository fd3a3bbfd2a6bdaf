#pragma once

// Cameras as the camera detection tells of them.

#include "messages/camera.hpp"

#include <string>

namespace firefinder::test {

/// A camera that is online, with a main and a sub stream.
inline camera_facts camera(const std::string& id, const std::string& address = "192.0.2.7") {
  camera_facts result;
  result.id = id;
  result.address = address;
  result.name = "Front door";
  result.condition = camera_condition::online;
  result.streams = {{"main", "rtsp://" + address + ":554/main", 2560, 1440, 15, "h264", ""},
                    {"sub", "rtsp://" + address + ":554/sub", 640, 360, 10, "h264", ""}};
  return result;
}

} // namespace firefinder::test
