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

# Whether a build folder is configured so: cached PRESET NAME=VALUE.
cached() {
  grep -q "^${2%%=*}:BOOL=${2#*=}\$" "$root/build/$1/CMakeCache.txt" 2>/dev/null
}

# How many compilers may run at once: build_jobs PRESET. The largest source of the
# program takes 1.2 GB, one of the tests 1.8, and four of them at a time 2.6; so a
# small machine must not start one per core. CMAKE_BUILD_PARALLEL_LEVEL overrides it.
build_jobs() {
  if [[ -n ${CMAKE_BUILD_PARALLEL_LEVEL:-} ]]; then
    echo "$CMAKE_BUILD_PARALLEL_LEVEL"
    return
  fi
  local jobs cores each=1200
  if cached "$1" FIREFINDER_TESTS=ON; then each=1800; fi
  if cached "$1" FIREFINDER_TESTS=ON && cached "$1" FIREFINDER_UNITY=ON; then each=2600; fi
  cores=$(nproc)
  jobs=$(($(memory_mb) / each))
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
  jobs=$(build_jobs "$preset")
  say "Building ($preset, $jobs at a time)"
  (cd "$root" && cmake --build --preset "$preset" -j "$jobs" "${targets[@]}")
}
