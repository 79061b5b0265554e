#pragma once
#include "base/base.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin::formats {

/// Bytes that come one piece after the other. One reader at a time.
class ByteSource {
  public:
    virtual ~ByteSource() = default;
    /// Fills the front of `into` and says how much; 0 is the end. Errors: the source's own.
    virtual Result<std::size_t> read(std::span<char> into) = 0;
};

/// Bytes in memory, handed out in pieces of at most `piece` (so that tests meet every cut).
class MemorySource final : public ByteSource {
  public:
    explicit MemorySource(std::string bytes, std::size_t piece = std::size_t{1} << 20)
        : bytes_(std::move(bytes)), piece_(piece) {}
    Result<std::size_t> read(std::span<char> into) override {
        auto const size = bytes_.copy(into.data(), into.size() < piece_ ? into.size() : piece_, at_);
        at_ += size;
        return size;
    }

  private:
    std::string bytes_;
    std::size_t piece_;
    std::size_t at_ = 0;
};

}  // namespace tocsin::formats
