#include "check/place.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

namespace sluice::check {

struct PlaceText::Shared {
  std::atomic<std::uint64_t> beats;
  char text[kBytes];
};

namespace {

// Of the thread that called use(); others write nothing.
thread_local char* text_here = nullptr;
thread_local std::atomic<std::uint64_t>* beats_here = nullptr;

}  // namespace

PlaceText::PlaceText() {
  auto* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  shared_ = new (memory) Shared{};
}

PlaceText::~PlaceText() { ::munmap(shared_, sizeof(Shared)); }

std::string_view PlaceText::view() const { return {shared_->text, ::strnlen(shared_->text, kBytes)}; }

void PlaceText::clear() { shared_->text[0] = '\0'; }

std::uint64_t PlaceText::beats() const { return shared_->beats.load(std::memory_order_relaxed); }

void Place::use(PlaceText& text) {
  text_here = text.shared_->text;
  beats_here = &text.shared_->beats;
}

Place::Place(std::string_view what) {
  before_[0] = '\0';
  if (text_here == nullptr) return;
  std::memcpy(before_, text_here, sizeof before_);
  const auto size = std::min(what.size(), PlaceText::kBytes - 1);
  std::memcpy(text_here, what.data(), size);
  text_here[size] = '\0';
  ++*beats_here;
}

Place::~Place() {
  if (text_here == nullptr) return;
  std::memcpy(text_here, before_, sizeof before_);
  ++*beats_here;
}

}  // namespace sluice::check
