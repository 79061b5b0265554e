#pragma once
#include "events/batch.hpp"
#include "events/feed_definition.hpp"
#include "events/parser.hpp"
#include "events/parsers/values.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::events {

inline constexpr std::uint16_t no_column = 0xffff;

/// What to do with one column of a row.
struct Step {
    std::uint16_t column = 0;
    Conversion as = Conversion::text;
    std::optional<Field> field;  ///< none: an extra.* member
    FieldKind kind = FieldKind::text;
    std::uint16_t greatest_length = 0;
    std::uint64_t required = 0;  ///< the bit of a required column
    bool must_fit = false;       ///< a text that does not fit its field rejects the row
    std::string key;             ///< `"extra.banner":`
    std::string column_key;      ///< `"extra.<column>":`, for a text that does not fit its field
    std::vector<std::uint16_t> hosts;
    std::uint16_t scheme = no_column;
    std::uint16_t or_column = no_column;
    std::vector<std::uint16_t> join;
    TextShape const* shape = nullptr;  ///< none: the text is taken as it is; lives as long as the plan's feed
    std::vector<std::string> formats;
    formats::TimeZone const* zone = nullptr;
    std::string prefix;
};

struct CompiledWhen {
    std::uint16_t column = no_column;
    WhenRule const* rule = nullptr;  ///< lives as long as the plan's feed
};
struct CompiledCondition {
    std::uint16_t column = no_column;
    Condition const* condition = nullptr;  ///< lives as long as the plan's feed
    bool must_hold = false;
};

/// What a mapping did with one record, told by RowFiller when somebody wants to know.
struct RowTrace {
    struct Cell {
        std::uint16_t step;
        std::string column, text;  ///< as it came
        std::string value;         ///< as it was converted
        std::string outcome;       ///< "put", "absent", "kept aside", "refused"
    };
    std::uint32_t offset = 0;
    std::vector<Cell> cells;
    std::vector<std::pair<std::string, std::string>> beside;  ///< what no column is known for, as extra.*
    bool is_left_out = false;
};

class Plan {
  public:
    /// Errors: Code::invalid, for a missing required column or one that stands there twice.
    /// `latest`: times without a year are the last such moments before it.
    static Result<std::shared_ptr<Plan const>> compile(std::shared_ptr<FeedDefinition const> feed,
                                                       std::vector<std::string> columns, ParseLimits const& limits,
                                                       Timestamp latest);

    std::shared_ptr<FeedDefinition const> feed;
    std::vector<std::string> columns;
    std::map<std::string, std::uint16_t, std::less<>> column_numbers;
    std::vector<Step> steps;
    std::vector<std::uint16_t> required;  ///< columns; the n-th has bit n
    std::vector<CompiledWhen> when;
    std::vector<CompiledCondition> conditions;  ///< a row that breaks one is left out
    std::vector<std::uint16_t> into_arrays;     ///< columns that are elements of arrays, as "tags.0"
    ParseLimits limits;
    formats::CsvDialect dialect;
    Timestamp latest;
    std::vector<RowTrace>* traces = nullptr;  ///< only of a plan that one thread uses

    /// A batch with the feed's constants.
    EventBatch make_batch(std::size_t rows) const;

  private:
    void add_steps(std::uint16_t number);
    Step make_step(std::uint16_t number, ColumnMeaning const& meaning) const;
    std::uint16_t number_of(std::string_view column) const;
    bool is_constant(Field field) const;
};

/// Fills rows of one batch: one for each chunk being parsed.
class RowFiller {
  public:
    RowFiller(Plan const& plan, EventBatch& batch) : plan_(plan), batch_(batch) {}

    /// Makes an event of the columns' texts. Nothing when it is one; otherwise what is wrong. `raw` is the record.
    std::optional<RejectedRow> fill(std::uint32_t offset, std::string_view raw,
                                    std::vector<std::string_view> const& texts);

    /// One more extra.* member for the row being filled; `key` is `"extra.name":`. Between `begin` and `end` of a row.
    void add_extra_json(std::string_view key, std::string_view json);
    void begin(std::uint32_t offset, std::string_view raw);
    std::optional<RejectedRow> end(std::vector<std::string_view> const& texts);

  private:
    enum class Outcome : std::uint8_t { absent, put, unfit, broken };
    Outcome apply_traced(Step const& step, std::string_view came, std::string_view text,
                         std::vector<std::string_view> const& texts);
    bool is_wanted(std::vector<std::string_view> const& texts) const;
    std::optional<Timestamp> moment(Step const& step, std::string_view text, bool loosely);
    Outcome apply(Step const& step, std::string_view text, std::vector<std::string_view> const& texts);
    Outcome apply_to_field(Step const& step, std::string_view text, std::vector<std::string_view> const& texts);
    Outcome apply_to_extra(Step const& step, std::string_view text);
    Outcome put_number(Step const& step, std::string_view text);
    Outcome detect(std::string_view text);
    Outcome put_text(Field field, FieldKind kind, std::size_t greatest_length, std::string_view text);
    bool is_absent(std::string_view text) const;
    std::string_view as_url(Step const& step, std::string_view text, std::vector<std::string_view> const& texts);
    std::string& extra_member(std::string_view key);
    RejectedRow rejected(Step const& step, std::string_view text) const;

    Plan const& plan_;
    EventBatch& batch_;
    std::string extra_;  ///< members of the row being filled
    std::string text_;   ///< scratch
    TimeReader times_;
};

/// A column's text as its mapping shapes it, a view into the row, the feed or the arena.
std::string_view shaped(Step const& step, std::string_view text, std::vector<std::string_view> const& texts,
                        Arena& arena);

/// What is wrong with a record as a whole.
RejectedRow rejected_record(std::string_view raw, std::string reason);

Parsed parse_table(Chunk chunk, Plan const& plan);
Parsed parse_list(Chunk chunk, Plan const& plan);
Parsed parse_json(Chunk chunk, Plan const& plan);
Parsed parse_idf(Chunk chunk, Plan const& plan);
Parsed parse_log(Chunk chunk, Plan const& plan);

/// The fields of a table's record as the feed wants them split: by blanks, trimmed, put right. `unescaped` has room for
/// the record.
formats::SplitResult split_row(FeedDefinition const& feed, formats::CsvDialect dialect, std::string_view record,
                               std::vector<std::string_view>& fields, char* unescaped);

/// Records of a chunk one after the other, as UTF-8 without NULs and line ends; comments and blank lines left out.
class Records {
  public:
    Records(Chunk& chunk, Plan const& plan, Arena& arena);

    struct Record {
        std::string_view text;  ///< `csv_padding` bytes behind it are readable
        std::uint32_t offset;   ///< from the chunk's first record
        bool overlong;
    };
    std::optional<Record> next();

  private:
    bool is_left_out(std::string_view text) const;

    Chunk& chunk_;
    Plan const& plan_;
    Arena& arena_;
    std::size_t index_ = 0;
    std::size_t start_ = 0;
    std::size_t next_overlong_ = 0;
    bool valid_utf8_ = true;
};

}  // namespace tocsin::events
