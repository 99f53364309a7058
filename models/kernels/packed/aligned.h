// SPDX-License-Identifier: Apache-2.0
// Vectors whose storage begins at a cache line.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace binade::kernels {

template <class T>
struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{64};

  CacheLineAllocator() = default;
  template <class U>
  CacheLineAllocator(const CacheLineAllocator<U>&) {}

  T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), kAlignment)); }
  void deallocate(T* storage, std::size_t) { ::operator delete(storage, kAlignment); }
  /// Elements of a resized vector are left for their writer to set.
  template <class U>
  void construct(U*) {}
  template <class U, class... Args>
  void construct(U* place, Args&&... args) {
    ::new (static_cast<void*>(place)) U(static_cast<Args&&>(args)...);
  }
  bool operator==(const CacheLineAllocator&) const { return true; }
};

template <class T>
using AlignedVector = std::vector<T, CacheLineAllocator<T>>;

}  // namespace binade::kernels
