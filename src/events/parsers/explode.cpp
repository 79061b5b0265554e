#include "events/parsers/explode.hpp"

#include "events/parsers/values.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace tocsin::events {
namespace {

constexpr std::size_t longest_row = std::size_t{1} << 20;
constexpr std::size_t most_columns = 4096;
constexpr std::size_t most_values = 4096;
constexpr std::size_t most_expanded = std::size_t{64} << 20;
constexpr std::size_t piece_size = std::size_t{64} << 10;

class ExplodedRows final : public formats::ByteSource {
  public:
    ExplodedRows(std::unique_ptr<formats::ByteSource> source, std::shared_ptr<FeedDefinition const> feed)
        : source_(std::move(source)),
          feed_(std::move(feed)),
          dialect_{feed_->delimiter, feed_->quote},
          fields_(most_columns) {
        if (!feed_->has_header) find_column(feed_->columns);
    }

    Result<std::size_t> read(std::span<char> into) override {
        while (at_ == rows_.size()) {
            rows_.clear();
            at_ = 0;
            auto const end = formats::record_end(input_, from_, dialect_, ended_);
            if (end) {
                take(std::string_view(input_).substr(from_, *end - from_));
                from_ = *end;
                continue;
            }
            if (ended_) return std::size_t{0};
            input_.erase(0, std::exchange(from_, 0));
            if (input_.size() > longest_row) {
                rows_ = std::exchange(input_, {});
                continue;
            }
            std::array<char, piece_size> piece;
            TRY(auto const size, source_->read(piece));
            ended_ = size == 0;
            input_.append(piece.data(), size);
        }
        auto const size = rows_.copy(into.data(), into.size(), at_);
        at_ += size;
        return size;
    }

  private:
    void find_column(std::vector<std::string> const& columns) {
        auto const found = std::ranges::find(columns, feed_->each_split_column);
        column_ = static_cast<std::size_t>(found - columns.begin());
        knows_columns_ = true;
    }

    bool is_left_out(std::string_view row) const {
        return stripped(row).empty() ||
               std::ranges::any_of(feed_->comments, [&](auto const& mark) { return row.starts_with(mark); });
    }

    void take(std::string_view row) {
        if (is_left_out(row)) {
            rows_ = row;
            return;
        }
        std::string padded(formats::without_line_end(row));
        auto const size = padded.size();
        padded.append(formats::csv_padding, '\0');
        std::string unescaped(size, '\0');
        auto const split =
            formats::split_record(std::string_view(padded).substr(0, size), dialect_, fields_, unescaped.data());
        bool const is_whole = split.fault == formats::SplitFault::none;
        if (!knows_columns_) {
            std::vector<std::string> names;
            for (std::size_t i = 0; i < split.count; ++i) names.emplace_back(stripped(fields_[i]));
            find_column(names);
            rows_ = row;
        } else if (is_whole && column_ < split.count && fields_[column_].contains(feed_->each_split)) {
            explode(split.count, row.size());
            if (rows_.empty()) rows_ = row;
        } else {
            rows_ = row;
        }
    }

    void explode(std::size_t count, std::size_t size) {
        auto rest = fields_[column_];
        for (std::size_t i = 0; i < most_values; ++i) {
            bool const is_last = i + 1 == most_values || rows_.size() + size > most_expanded;
            auto const at = is_last ? std::string_view::npos : rest.find(feed_->each_split);
            auto const value = stripped(rest.substr(0, at));
            if (!value.empty()) {
                for (std::size_t j = 0; j < count; ++j) {
                    if (j != 0) rows_ += dialect_.delimiter;
                    append_field(j == column_ ? value : fields_[j]);
                }
                rows_ += '\n';
            }
            if (at == std::string_view::npos) return;
            rest.remove_prefix(at + feed_->each_split.size());
        }
    }

    void append_field(std::string_view text) {
        if (dialect_.quote == '\0' ||
            text.find_first_of(std::string{dialect_.delimiter, dialect_.quote, '\n', '\r'}) == std::string_view::npos) {
            rows_ += text;
            return;
        }
        rows_ += dialect_.quote;
        for (char const c : text) {
            if (c == dialect_.quote) rows_ += c;
            rows_ += c;
        }
        rows_ += dialect_.quote;
    }

    std::unique_ptr<formats::ByteSource> source_;
    std::shared_ptr<FeedDefinition const> feed_;
    formats::CsvDialect dialect_;
    std::vector<std::string_view> fields_;
    std::size_t column_ = 0;
    bool knows_columns_ = false, ended_ = false;
    std::string input_, rows_;
    std::size_t from_ = 0, at_ = 0;
};

}  // namespace

std::unique_ptr<formats::ByteSource> exploded_rows(std::unique_ptr<formats::ByteSource> source,
                                                   std::shared_ptr<FeedDefinition const> feed) {
    return std::make_unique<ExplodedRows>(std::move(source), std::move(feed));
}

}  // namespace tocsin::events
