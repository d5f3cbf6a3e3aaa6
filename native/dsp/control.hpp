#pragma once

namespace grym::dsp {

/** Thrown from a checkpoint when the caller has asked to stop. */
struct Cancelled {};

/** The caller's side of long work: a flag to read, a number to write. */
class Control {
 public:
  virtual ~Control() = default;
  /** Called at least every few milliseconds of work. fraction 0…1. */
  virtual void progress(double fraction) = 0;
  virtual bool cancelled() const = 0;
  void checkpoint() const { if (cancelled()) throw Cancelled{}; }
};

/** Part of a longer piece of work: its 0…1 is a span of the whole's. */
class PartOf : public Control {
 public:
  PartOf(Control& whole, double from, double to) noexcept : whole_(whole), from_(from), to_(to) {}
  void progress(double fraction) override { whole_.progress(from_ + (to_ - from_) * fraction); }
  bool cancelled() const override { return whole_.cancelled(); }

 private:
  Control& whole_;
  double from_, to_;
};

}  // namespace grym::dsp
