#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tocsin::formats {

/// A TLSH digest with 128 buckets and a checksum of one byte: a hash of a file's bytes that changes little when they
/// do.
///
/// Source: Oliver, Cheng, Chen: "TLSH - A Locality Sensitive Hash" (2013), and the form that its authors publish: 70
/// hexadecimal digits, today with "T1" before them.
struct Tlsh {
    std::uint8_t checksum = 0;
    std::uint8_t length = 0;   ///< logarithm of the file's length, a circle of 256
    std::uint8_t ratio_1 = 0;  ///< of quartiles, a circle of 16 each
    std::uint8_t ratio_2 = 0;
    std::array<std::uint8_t, 32> body = {};  ///< the quartiles of 128 buckets, two bits each

    friend bool operator==(Tlsh const&, Tlsh const&) = default;
};

/// None: it is no such digest (other lengths have other buckets or checksums, and can't be compared with these).
std::optional<Tlsh> parse_tlsh(std::string_view text);

/// The published distance: 0 for equal digests, symmetric, no metric. Below 50 files are alike, above 100 hardly.
/// Never above 3,500.
int distance(Tlsh const& a, Tlsh const& b);

}  // namespace tocsin::formats
