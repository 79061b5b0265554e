#pragma once
#include "base/base.hpp"
#include "events/event.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::events {

/// Bytes that stay where they are until the arena dies. Not for threads to share.
class Arena {
  public:
    /// Room for `size` bytes; the caller says with `keep` how many of them it used.
    char* reserve(std::size_t size) {
        if (size > left_) grow(size);
        return next_;
    }
    void keep(std::size_t used) {
        next_ += used;
        left_ -= used;
    }
    std::string_view store(std::string_view text);
    std::size_t bytes() const { return bytes_; }

  private:
    void grow(std::size_t size);

    std::vector<std::unique_ptr<char[]>> blocks_;
    char* next_ = nullptr;
    std::size_t left_ = 0;
    std::size_t bytes_ = 0;
};

/// A finite number as JSON, with ".0" when it is whole.
void append_real(std::string& out, double number);

/// Up to a few thousand events of one report, in columns.
///
/// A field is absent from the batch, the same in all rows (`is_constant`), or has a column; `has` says whether a row
/// has it. Texts are views into the batch: into the bytes it was parsed from or into its arena. They die with the
/// batch. What has no field of its own is `extra(row)`: JSON members without braces, ready to be printed or stored. One
/// owner at a time; movable, so batches travel through queues.
class EventBatch {
  public:
    static constexpr std::size_t capacity = 4096;

    /// Room for `rows` events, at most `capacity`.
    explicit EventBatch(std::size_t rows = capacity);

    std::size_t size() const { return rows_.size(); }
    bool empty() const { return rows_.empty(); }

    bool has(std::size_t row, Field field) const { return (word(rows_[row], field) & bit(field)) != 0; }
    /// True if some row may have it.
    bool has_any(Field field) const { return (seen_[index(field) >> 6] & bit(field)) != 0; }
    /// True if every row has it with one value: then `constant_text` and friends of row 0 speak for all.
    bool is_constant(Field field) const { return (constant_[index(field) >> 6] & bit(field)) != 0; }

    /// The value; what it returns for a row that has none is empty or zero. The field's storage must be the one asked
    /// for.
    std::string_view text(std::size_t row, Field field) const {
        return has(row, field) ? columns_[index(field)].texts[cell(row, field)] : std::string_view();
    }
    IpAddress address(std::size_t row, Field field) const {
        return has(row, field) ? columns_[index(field)].addresses[cell(row, field)] : IpAddress();
    }
    IpPrefix network(std::size_t row, Field field) const {
        return has(row, field) ? columns_[index(field)].networks[cell(row, field)] : IpPrefix();
    }
    /// Ports, AS numbers, integers.
    std::int64_t number(std::size_t row, Field field) const {
        return has(row, field) ? columns_[index(field)].numbers[cell(row, field)] : 0;
    }
    double real(std::size_t row, Field field) const {
        return has(row, field) ? columns_[index(field)].reals[cell(row, field)] : 0;
    }
    bool boolean(std::size_t row, Field field) const {
        return has(row, field) && columns_[index(field)].numbers[cell(row, field)] != 0;
    }
    Timestamp time(std::size_t row, Field field) const {
        return has(row, field) ? Timestamp{columns_[index(field)].numbers[cell(row, field)]} : Timestamp();
    }

    /// `"extra.banner":"...","extra.naics":517311`, or nothing.
    std::string_view extra(std::size_t row) const { return rows_[row].extra; }
    /// The record as it came, in UTF-8, without its line end.
    std::string_view raw(std::size_t row) const { return rows_[row].raw; }
    /// Which record of the report it is, counted from 1, the header not counted.
    std::uint64_t record_number(std::size_t row) const { return first_record_ + rows_[row].offset; }

    /// The event as one JSON object with flat dotted keys, in the order of the fields, then extra.*.
    void append_json(std::string& out, std::size_t row) const;
    /// The value of a field the row has, as JSON.
    void append_value(std::string& out, std::size_t row, Field field) const;

    // For the parsers: build a batch row by row.

    /// The bytes that texts may point into.
    void adopt(std::unique_ptr<char[]> bytes) { bytes_ = std::move(bytes); }
    void set_first_record(std::uint64_t number) { first_record_ = number; }
    Arena& arena() { return arena_; }
    /// A text for every row that does not set the field itself. Before the first row.
    void set_constant(Field field, std::string_view value);

    /// Starts a row (the batch must not be full) with the constants; fill it with `put_*`, then `commit_row` or
    /// `drop_row`.
    void start_row(std::uint32_t offset, std::string_view raw);
    void put_text(Field field, std::string_view value) { put(field).texts[filling_] = value; }
    void put_address(Field field, IpAddress value) { put(field).addresses[filling_] = value; }
    void put_network(Field field, IpPrefix value) { put(field).networks[filling_] = value; }
    void put_number(Field field, std::int64_t value) { put(field).numbers[filling_] = value; }
    void put_boolean(Field field, bool value) { put(field).numbers[filling_] = value; }
    void put_time(Field field, Timestamp value) { put(field).numbers[filling_] = value.micros; }
    void put_real(Field field, double value) { put(field).reals[filling_] = value; }
    void put_extra(std::string_view members) { rows_.back().extra = members; }
    bool row_has(Field field) const { return (word(rows_.back(), field) & bit(field)) != 0; }
    void drop_row() { rows_.pop_back(); }

  private:
    struct Row {
        std::array<std::uint64_t, 2> present;
        std::uint32_t offset;
        std::string_view extra;
        std::string_view raw;
    };
    union Column {
        std::string_view* texts = nullptr;
        IpAddress* addresses;
        IpPrefix* networks;
        std::int64_t* numbers;
        double* reals;
    };

    static constexpr std::size_t index(Field field) { return static_cast<std::size_t>(field); }
    static constexpr std::uint64_t bit(Field field) { return std::uint64_t{1} << (index(field) & 63); }
    static std::uint64_t word(Row const& row, Field field) { return row.present[index(field) >> 6]; }
    std::size_t cell(std::size_t row, Field field) const { return is_constant(field) ? 0 : row; }
    Column& put(Field field) {
        auto const i = index(field);
        if ((opened_[i >> 6] & bit(field)) == 0) open_column(field);
        rows_.back().present[i >> 6] |= bit(field);
        return columns_[i];
    }
    void open_column(Field field);

    std::size_t room_;
    std::vector<Row> rows_;
    std::size_t filling_ = 0;  ///< the row being filled
    std::uint64_t first_record_ = 1;
    std::array<std::uint64_t, 2> seen_{};
    std::array<std::uint64_t, 2> defaults_{};  ///< what a new row has
    std::array<std::uint64_t, 2> constant_{};
    std::array<std::uint64_t, 2> opened_{};  ///< has a column of `room_` cells
    std::array<Column, field_count> columns_{};
    std::vector<std::unique_ptr<std::byte[]>> storage_;
    std::unique_ptr<char[]> bytes_;
    Arena arena_;
};

}  // namespace tocsin::events
