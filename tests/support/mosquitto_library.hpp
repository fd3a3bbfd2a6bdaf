#pragma once

#include <mosquitto.h>

#include <stdexcept>
#include <string>

namespace firefinder::test {

/// libmosquitto, ready for use while this lives.
struct mosquitto_library {
  mosquitto_library() { mosquitto_lib_init(); }
  ~mosquitto_library() { mosquitto_lib_cleanup(); }
  mosquitto_library(const mosquitto_library&) = delete;
  mosquitto_library& operator=(const mosquitto_library&) = delete;
};

/// Throws when `code` says that `what` failed.
inline void check_mosquitto(int code, const std::string& what) {
  if (code != MOSQ_ERR_SUCCESS)
    throw std::runtime_error(what + ": " + mosquitto_strerror(code));
}

} // namespace firefinder::test
