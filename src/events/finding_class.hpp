#pragma once
#include "events/dictionary.hpp"

#include <array>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

namespace tocsin::events {

/// What many events share, as one number: the words of feed, taxonomy, type, identifier and transport.
struct ClassWords {
    Word feed = 0, taxonomy = 0, type = 0, identifier = 0, transport = 0;
    friend bool operator==(ClassWords const&, ClassWords const&) = default;
};

/// Grows only; saved with the next commit like words. Safe from any thread.
class ClassTable {
  public:
    void load(std::uint32_t number, ClassWords const& words);
    std::uint32_t number_of(ClassWords const& words);
    ClassWords words_of(std::uint32_t number) const;
    std::uint32_t next() const;
    /// Classes from `first` on.
    std::vector<std::pair<std::uint32_t, ClassWords>> from(std::uint32_t first) const;

  private:
    struct Hash {
        std::size_t operator()(ClassWords const& w) const noexcept {
            std::uint64_t h = 0;
            for (auto const word : {w.feed, w.taxonomy, w.type, w.identifier, w.transport})
                h = (h ^ word) * 0xd6e8'feb8'6659'fd93ULL;
            return static_cast<std::size_t>(h ^ (h >> 32));
        }
    };
    mutable std::mutex mutex_;  // guards both
    std::vector<ClassWords> classes_ = {{}};
    std::unordered_map<ClassWords, std::uint32_t, Hash> numbers_;
};

}  // namespace tocsin::events
