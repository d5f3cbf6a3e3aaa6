#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "test_support.hpp"

int main(int argumentCount, char** arguments) {
    grym::segment::test::useOwnNames();
    doctest::Context context(argumentCount, arguments);
    return context.run();
}
