#pragma once

#include "messages/log.hpp"

#include <caf/error.hpp>
#include <caf/sec.hpp>

#include <exception>

namespace firefinder {

/// What every actor does with an exception that a handler lets through: it is a
/// fault of ours, so it is logged with its words, and the actor ends with an error
/// that its supervisor sees. CAF alone would print a line to standard output.
template <class Actor>
void report_exceptions(Actor* self) {
  self->set_exception_handler([self](std::exception_ptr& fault) -> caf::error {
    try {
      std::rethrow_exception(fault);
    } catch (const std::exception& e) {
      FF_LOG("fault", critical, "{} ends by an exception: {}", self->name(), e.what());
    } catch (...) {
      FF_LOG("fault", critical, "{} ends by an exception of unknown type", self->name());
    }
    return caf::make_error(caf::sec::runtime_error, "exception");
  });
}

} // namespace firefinder
