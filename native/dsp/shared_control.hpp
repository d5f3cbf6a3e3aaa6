#pragma once
#include <atomic>
#include <cstdint>

#include "control.hpp"

namespace grym::dsp {

/** Two 32-bit words shared with the main thread: [0] non-zero asks to stop, [1] progress in thousandths. */
class SharedControl : public Control {
 public:
  explicit SharedControl(std::int32_t* words) noexcept : words_(words) {}
  void progress(double fraction) override {
    checkpoint();
    std::atomic_ref<std::int32_t>(words_[1]).store(static_cast<std::int32_t>(fraction * 1000.0), std::memory_order_relaxed);
  }
  bool cancelled() const override { return std::atomic_ref<std::int32_t>(words_[0]).load(std::memory_order_relaxed) != 0; }

 private:
  std::int32_t* words_;
};

}  // namespace grym::dsp
