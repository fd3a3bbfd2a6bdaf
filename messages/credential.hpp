#pragma once

#include <string>

namespace firefinder {

/// A user and a password that the owner gave us for cameras. Part of settings, never of a
/// message.
struct camera_credential {
  /// By which we speak of it without telling it: `default`, or its number in the list, from 1.
  std::string reference;
  std::string user;
  std::string password;

  friend bool operator==(const camera_credential&, const camera_credential&) = default;
};

} // namespace firefinder
