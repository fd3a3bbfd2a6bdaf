# shellcheck shell=bash
# Shared by the scripts in this folder; sourced, never run.

# The folder above scripts/, whatever the working directory.
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  bold=$'\e[1m' plain=$'\e[0m'
else
  bold='' plain=''
fi

# A headline of the script's progress.
say() { printf '%s== %s%s\n' "$bold" "$*" "$plain"; }

# Ends the script with a reason.
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Prints the comment at the top of the running script.
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; }

# Memory that may still be taken, in MB: the machine's, or less inside a
# container with a limit.
memory_mb() {
  local machine limit used
  machine=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null || true)
  machine=${machine:-2048}
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
  used=$(cat /sys/fs/cgroup/memory.current 2>/dev/null || echo 0)
  if [[ $limit =~ ^[0-9]+$ ]]; then
    limit=$(((limit - used) / 1048576))
    if ((limit < machine)); then machine=$limit; fi
  fi
  echo "$machine"
}

# How many compilers may run at once: a file that sees CAF takes up to 500 MB,
# so a small machine must not start one per core. CMAKE_BUILD_PARALLEL_LEVEL
# overrides it.
build_jobs() {
  if [[ -n ${CMAKE_BUILD_PARALLEL_LEVEL:-} ]]; then
    echo "$CMAKE_BUILD_PARALLEL_LEVEL"
    return
  fi
  local jobs cores
  cores=$(nproc)
  jobs=$(($(memory_mb) / 700))
  if ((jobs > cores)); then jobs=$cores; fi
  if ((jobs < 1)); then jobs=1; fi
  echo "$jobs"
}

# configure PRESET CMAKE-ARGUMENT…: its output appears only when it fails.
configure() {
  local said
  if ! said=$(cd "$root" && cmake --preset "$@" 2>&1); then
    printf '%s\n' "$said" >&2
    return 1
  fi
}

# build PRESET TARGET…: builds what is configured; all without a target.
build() {
  local preset=$1 jobs target targets=()
  shift
  for target in "$@"; do targets+=(--target "$target"); done
  jobs=$(build_jobs)
  say "Building ($preset, $jobs at a time)"
  (cd "$root" && cmake --build --preset "$preset" -j "$jobs" "${targets[@]}")
}
