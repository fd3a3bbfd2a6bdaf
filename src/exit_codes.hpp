#pragma once

namespace firefinder {

/// Exit codes of the program; the numbers are those of sysexits.h.
namespace exit_code {

inline constexpr int success = 0;
/// `status`: the daemon answers, and not all is well.
inline constexpr int degraded = 1;
/// `drill`: it has failed, or could not be begun.
inline constexpr int failed = 1;
/// `status`: nobody answers.
inline constexpr int unreachable = 2;
/// The command line cannot be understood (EX_USAGE).
inline constexpr int usage = 64;
/// An input holds something that it must not (EX_DATAERR).
inline constexpr int bad_data = 65;
/// An input cannot be read (EX_NOINPUT).
inline constexpr int no_input = 66;
/// An internal fault (EX_SOFTWARE).
inline constexpr int internal = 70;
/// A file cannot be written (EX_IOERR).
inline constexpr int io = 74;
/// Somebody else works with what this program needs; later it can be had (EX_TEMPFAIL).
inline constexpr int busy = 75;
/// The configuration cannot be used (EX_CONFIG).
inline constexpr int configuration = 78;

} // namespace exit_code

} // namespace firefinder
