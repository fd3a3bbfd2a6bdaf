#pragma once

namespace firefinder {

/// The program's version, such as `0.1.0`.
[[nodiscard]] const char* program_version() noexcept;

} // namespace firefinder
