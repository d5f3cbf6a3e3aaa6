// The generated message codecs, by the one path that this folder uses.
#pragma once

#include "generated/messages.hpp"
