#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>

namespace firefinder {

/// A queue of at most `Most` small things that lie in one piece of memory, for where there are
/// thousands of queues of a handful each: it takes 16 bytes itself, and has room for little more
/// than what is in it.
template <class T, std::size_t Most>
class compact_queue {
  static_assert(std::is_trivially_copyable_v<T>);

public:
  using const_iterator = const T*;

  compact_queue() = default;
  compact_queue(const compact_queue&) = delete;
  compact_queue& operator=(const compact_queue&) = delete;
  ~compact_queue() = default;

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// So many it has room for without asking for more.
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  [[nodiscard]] T* begin() noexcept { return room_.get() + first_; }
  [[nodiscard]] T* end() noexcept { return begin() + size_; }
  [[nodiscard]] const T* begin() const noexcept { return room_.get() + first_; }
  [[nodiscard]] const T* end() const noexcept { return begin() + size_; }
  [[nodiscard]] auto rbegin() const noexcept { return std::reverse_iterator{end()}; }
  [[nodiscard]] auto rend() const noexcept { return std::reverse_iterator{begin()}; }

  [[nodiscard]] T& operator[](std::size_t i) noexcept { return begin()[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return begin()[i]; }
  [[nodiscard]] const T& front() const noexcept { return *begin(); }
  [[nodiscard]] const T& back() const noexcept { return end()[-1]; }

  /// There must be fewer than `Most`, and it must not be one of them.
  void push_back(const T& x) {
    if (first_ + size_ == capacity_ || size_ < capacity_ / 4)
      make_room();
    *end() = x;
    ++size_;
  }

  void pop_front() noexcept {
    ++first_;
    --size_;
  }

  /// Keeps the first `count` of them.
  void truncate(std::size_t count) noexcept { size_ = static_cast<std::uint16_t>(count); }

  /// Gives its memory back, too.
  void clear() noexcept {
    room_.reset();
    first_ = size_ = capacity_ = 0;
  }

private:
  // More than `Most`, lest a full one is moved for each that comes.
  static constexpr std::size_t most_room = Most + Most / 8;
  static_assert(most_room <= std::numeric_limits<std::uint16_t>::max());

  // So few are moved as quickly as one.
  static constexpr std::size_t few = 16;

  void make_room() {
    const std::size_t size = size_;
    auto wanted = std::min(size + std::max<std::size_t>(1, size / 2), most_room);
    if (size < capacity_ / std::size_t{4})
      wanted = capacity_ / std::size_t{2};
    else if (first_ != 0 && (size < few || first_ >= size / 8 || capacity_ == most_room))
      wanted = capacity_;
    if (wanted == capacity_) {
      std::copy(begin(), end(), room_.get());
    } else {
      std::unique_ptr<T[]> room{new T[wanted]};
      std::copy(begin(), end(), room.get());
      room_ = std::move(room);
      capacity_ = static_cast<std::uint16_t>(wanted);
    }
    first_ = 0;
  }

  std::unique_ptr<T[]> room_;
  std::uint16_t first_ = 0;
  std::uint16_t size_ = 0;
  std::uint16_t capacity_ = 0;
};

} // namespace firefinder
