#include <doctest/doctest.h>

#include "raw_segment.hpp"
#include "test_support.hpp"

using namespace grym::segment;
using namespace grym::segment::test;

TEST_CASE("a file that was shortened is noticed before it is touched") {
    const auto writer = makeWriter(0.001);
    const auto reader = attachTo(*writer);
    CHECK(reader->fileIsWhole());
    RawSegment raw(writer->name());
    REQUIRE(ftruncate(raw.descriptor(), 4096) == 0);
    CHECK_FALSE(reader->fileIsWhole());
    SegmentProblem problem;
    CHECK_FALSE(SegmentReader::attach(writer->name(), problem));
    CHECK(problem.message.find("size should be 4096") != std::string::npos);
    REQUIRE(ftruncate(raw.descriptor(), static_cast<off_t>(writer->bytes())) == 0);
    CHECK(reader->fileIsWhole());
}
