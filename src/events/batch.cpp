#include "events/batch.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

namespace tocsin::events {
namespace {

constexpr std::size_t block_size = std::size_t{256} << 10;

template <class T>
T* cells(std::vector<std::unique_ptr<std::byte[]>>& storage, std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    storage.push_back(std::make_unique_for_overwrite<std::byte[]>(count * sizeof(T)));
    auto* first = reinterpret_cast<T*>(storage.back().get());
    std::uninitialized_default_construct_n(first, count);
    return first;
}

void append_number(std::string& out, auto number) {
    std::array<char, 32> text;
    auto const end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    out.append(text.data(), end);
}

}  // namespace

void Arena::grow(std::size_t size) {
    auto const wanted = std::max(size, block_size);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(wanted));
    next_ = blocks_.back().get();
    left_ = wanted;
    bytes_ += wanted;
}

std::string_view Arena::store(std::string_view text) {
    auto* const at = reserve(text.size());
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    keep(text.size());
    return {at, text.size()};
}

EventBatch::EventBatch(std::size_t rows) : room_(std::min(rows, capacity)) {
    rows_.reserve(room_);
}

void EventBatch::set_constant(Field field, std::string_view value) {
    TOCSIN_ASSERT(storage_of(field) == Storage::text && rows_.empty());
    auto* const one = cells<std::string_view>(storage_, 1);
    *one = arena_.store(value);
    auto const i = index(field);
    columns_[i].texts = one;
    for (auto* mask : {&seen_, &defaults_, &constant_}) (*mask)[i >> 6] |= bit(field);
}

void EventBatch::start_row(std::uint32_t offset, std::string_view raw) {
    TOCSIN_ASSERT(rows_.size() < room_);
    filling_ = rows_.size();
    rows_.push_back({defaults_, offset, {}, raw});
}

void EventBatch::open_column(Field field) {
    auto const i = index(field);
    auto& column = columns_[i];
    switch (storage_of(field)) {
        case Storage::text: {
            auto* const texts = cells<std::string_view>(storage_, room_);
            if (is_constant(field)) std::fill_n(texts, room_, *column.texts);
            column.texts = texts;
            break;
        }
        case Storage::address:
            column.addresses = cells<IpAddress>(storage_, room_);
            break;
        case Storage::network:
            column.networks = cells<IpPrefix>(storage_, room_);
            break;
        case Storage::number:
        case Storage::boolean:
        case Storage::time:
            column.numbers = cells<std::int64_t>(storage_, room_);
            break;
        case Storage::real:
            column.reals = cells<double>(storage_, room_);
            break;
    }
    constant_[i >> 6] &= ~bit(field);
    opened_[i >> 6] |= bit(field);
    seen_[i >> 6] |= bit(field);
}

void EventBatch::append_json(std::string& out, std::size_t row) const {
    out += '{';
    for (std::size_t half = 0; half < 2; ++half) {
        for (auto bits = rows_[row].present[half]; bits != 0; bits &= bits - 1) {
            auto const field = static_cast<Field>(half * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
            if (out.back() != '{') out += ',';
            out += '"';
            out += name_of(field);
            out += "\":";
            append_value(out, row, field);
        }
    }
    if (!extra(row).empty()) {
        if (out.back() != '{') out += ',';
        out += extra(row);
    }
    out += '}';
}

void EventBatch::append_value(std::string& out, std::size_t row, Field field) const {
    switch (storage_of(field)) {
        case Storage::text:
            append_json_string(out, text(row, field));
            return;
        case Storage::address:
            out += '"';
            append_ip(out, address(row, field));
            out += '"';
            return;
        case Storage::network:
            out += '"';
            out += format_prefix(network(row, field));
            out += '"';
            return;
        case Storage::number:
            append_number(out, number(row, field));
            return;
        case Storage::real:
            append_real(out, real(row, field));
            return;
        case Storage::boolean:
            out += boolean(row, field) ? "true" : "false";
            return;
        case Storage::time:
            out += '"';
            append_timestamp(out, time(row, field));
            out += '"';
            return;
    }
}

void append_real(std::string& out, double number) {
    std::array<char, 40> text;
    auto const end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    std::string_view const written(text.data(), static_cast<std::size_t>(end - text.data()));
    out += written;
    if (written.find_first_of(".en") == std::string_view::npos) out += ".0";
}

}  // namespace tocsin::events
