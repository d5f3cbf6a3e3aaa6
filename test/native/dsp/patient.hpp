#pragma once
#include <doctest/doctest.h>

#include "control.hpp"

/** Never stops the work, and checks that its progress only grows. */
class Patient : public grym::dsp::Control {
 public:
  void progress(double fraction) override {
    CHECK(fraction >= last - 1e-9);
    CHECK(fraction <= 1.0 + 1e-9);
    last = fraction;
  }
  bool cancelled() const override { return false; }
  double last = 0.0;
};
