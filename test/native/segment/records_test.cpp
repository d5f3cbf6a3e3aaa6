#include <doctest/doctest.h>

#include <limits>

#include "segment/segment_records.hpp"

using namespace grym::segment;

namespace {

Command launch(CommandWhen when) {
    Command command{};
    command.kind = CommandKind::launch;
    command.when = when;
    command.slot = 15;
    return command;
}

} // namespace

TEST_CASE("commands are well formed exactly inside the documented ranges") {
    CHECK(isWellFormed(launch(CommandWhen::slotQuantise)));
    CHECK(isWellFormed(launch(CommandWhen::now)));
    CHECK(isWellFormed(launch(CommandWhen::beat)));
    CHECK_FALSE(isWellFormed(launch(static_cast<CommandWhen>(6))));

    Command command = launch(CommandWhen::bars);
    CHECK_FALSE(isWellFormed(command));
    command.quantiseBars = 64;
    CHECK(isWellFormed(command));
    command.quantiseBars = 65;
    CHECK_FALSE(isWellFormed(command));

    command = launch(CommandWhen::songPosition);
    command.songQuarters = -16;
    CHECK(isWellFormed(command));
    command.songQuarters = std::numeric_limits<double>::quiet_NaN();
    CHECK_FALSE(isWellFormed(command));

    command = launch(CommandWhen::now);
    command.slot = 16;
    CHECK_FALSE(isWellFormed(command));
    command = launch(CommandWhen::now);
    command.kind = static_cast<CommandKind>(0);
    CHECK_FALSE(isWellFormed(command));

    command.kind = CommandKind::gain;
    for (const double gain : {-90.0, 0.0, 12.0}) {
        command.value = gain;
        CHECK(isWellFormed(command));
    }
    for (const double gain : {-90.5, 12.5, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        command.value = gain;
        CHECK_FALSE(isWellFormed(command));
    }
    command.kind = CommandKind::mode;
    command.value = 2;
    CHECK(isWellFormed(command));
    command.value = 1.5;
    CHECK_FALSE(isWellFormed(command));
}
