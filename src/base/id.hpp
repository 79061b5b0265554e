#pragma once
#include <compare>
#include <cstdint>
#include <functional>

namespace tocsin {

/// A number that names one row of one kind: Id<Organisation> and Id<Contact> do not mix. 0 is "none".
template <class Tag>
struct Id {
    std::int64_t value = 0;

    explicit operator bool() const { return value != 0; }
    friend auto operator<=>(Id, Id) = default;
};

}  // namespace tocsin

template <class Tag>
struct std::hash<tocsin::Id<Tag>> {
    std::size_t operator()(tocsin::Id<Tag> id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
