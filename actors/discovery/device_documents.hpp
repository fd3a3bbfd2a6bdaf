#pragma once

#include "actors/discovery/presentation.hpp"

#include <memory>

namespace firefinder {

/// The form `device`: at Home Assistant one device for the house and one for each camera, each
/// by one document (home-assistant.io, integrations/mqtt, device discovery), and the topics that
/// these show, which stand there in every mode: documents are given only in the mode `device`.
///
/// Payloads of one view are the same bytes, but for `updated_at` of a camera, and the minutes
/// that are left of its snooze. `updated_at` is always the last member: two payloads that are
/// alike before it tell the same. That of the house is the newest moment that its view knows.
[[nodiscard]] std::unique_ptr<presentation>
make_device_presentation(const discovery_settings& settings);

} // namespace firefinder
