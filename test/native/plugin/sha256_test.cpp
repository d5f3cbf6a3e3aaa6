#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "session/sha256.hpp"

using grym::bridge::isSha256Hex;
using grym::bridge::Sha256;

namespace {

std::string digestOf(const std::string& text, std::size_t step) {
    Sha256 sha256;
    const auto bytes = std::as_bytes(std::span(text));
    for (std::size_t at = 0; at < bytes.size(); at += step)
        sha256.add(bytes.subspan(at, std::min(step, bytes.size() - at)));
    return sha256.finish();
}

} // namespace

TEST_CASE("the examples of FIPS 180-4 (NIST, SHA256.pdf and SHA2_Additional.pdf)") {
    for (const std::size_t step : {std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{65}, std::size_t{100'000}}) {
        CHECK(digestOf("abc", step) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        CHECK(digestOf("", step) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        CHECK(digestOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", step)
            == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
        CHECK(digestOf(std::string(55, '\0'), step) == "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7");
        CHECK(digestOf(std::string(56, '\0'), step) == "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb");
        CHECK(digestOf(std::string(64, '\0'), step) == "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b");
    }
    CHECK(digestOf(std::string(1'000'000, 'a'), 4096) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("only 64 lower-case hexadecimal digits are a digest") {
    CHECK(isSha256Hex(std::string(64, 'a')));
    for (const std::string& text : {std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'A'), "../" + std::string(61, 'a'), std::string()})
        CHECK_FALSE(isSha256Hex(text));
}
