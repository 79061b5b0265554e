#include "intelligence/event_matcher.hpp"

#include "intelligence/observed_event.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::intelligence {
namespace {

using events::EventBatch;
using events::Field;
using formats::ObservableKind;

/// A value of a row that has to be asked for.
struct Question {
    std::uint32_t row;
    Field field;
    ObservableKind kind;
    std::uint8_t detail;  ///< of an address: the network's length; of a name: how many labels are left away
};

struct Column {
    Field field;
    ObservableKind kind;
};
constexpr Column address_columns[] = {{Field::source_ip, ObservableKind::ip},
                                      {Field::destination_ip, ObservableKind::ip}};
constexpr Column name_columns[] = {{Field::source_fqdn, ObservableKind::domain},
                                   {Field::source_reverse_dns, ObservableKind::domain},
                                   {Field::destination_fqdn, ObservableKind::domain},
                                   {Field::destination_reverse_dns, ObservableKind::domain}};
constexpr Column text_columns[] = {{Field::source_url, ObservableKind::url},
                                   {Field::destination_url, ObservableKind::url},
                                   {Field::source_account, ObservableKind::email},
                                   {Field::destination_account, ObservableKind::email},
                                   {Field::malware_hash_md5, ObservableKind::md5},
                                   {Field::malware_hash_sha1, ObservableKind::sha1},
                                   {Field::malware_hash_sha256, ObservableKind::sha256}};

std::string_view side_of(Field field) {
    switch (field) {
        case Field::destination_ip:
        case Field::destination_fqdn:
        case Field::destination_reverse_dns:
        case Field::destination_url:
        case Field::destination_account:
            return "destination";
        case Field::malware_hash_md5:
        case Field::malware_hash_sha1:
        case Field::malware_hash_sha256:
            return "file";
        default:
            return "source";
    }
}

/// All questions of a batch, so that the index is asked for many at a time.
class Questions {
  public:
    Questions(EventBatch const& batch, std::vector<std::uint8_t> const& lengths) : batch_(batch), lengths_(lengths) {
        for (auto const& column : address_columns) each_row(column, [this](auto... args) { add_address(args...); });
        for (auto const& column : name_columns) each_row(column, [this](auto... args) { add_name(args...); });
        for (auto const& column : text_columns) each_row(column, [this](auto... args) { add_text(args...); });
    }

    std::vector<std::uint64_t> fingerprints;
    std::vector<Question> questions;

  private:
    template <class F>
    void each_row(Column const& column, F&& add) {
        if (!batch_.has_any(column.field)) return;
        for (std::uint32_t row = 0; row < batch_.size(); ++row)
            if (batch_.has(row, column.field)) add(column, row);
    }
    void add(Column const& column, std::uint32_t row, std::uint64_t fingerprint, std::uint8_t detail) {
        fingerprints.push_back(fingerprint);
        questions.push_back({row, column.field, column.kind, detail});
    }
    void add_address(Column const& column, std::uint32_t row) {
        auto const address = batch_.address(row, column.field);
        for (auto const length : lengths_)
            add(column, row, address_fingerprint(masked(address, length), length), length);
    }
    void add_name(Column const& column, std::uint32_t row) {
        above_.clear();
        domain_fingerprints(index_kind(column.kind), domain_key(batch_.text(row, column.field)), above_);
        std::uint8_t away = 0;
        for (auto const fingerprint : above_) add(column, row, fingerprint, away++);
    }
    void add_text(Column const& column, std::uint32_t row) {
        auto const text = batch_.text(row, column.field);
        if (column.kind == ObservableKind::email && text.find('@') == std::string_view::npos) return;
        auto const value = formats::normalised({column.kind, std::string(text)});
        if (!value) return;
        auto const keys = keys_of(*value);
        if (!keys.empty()) add(column, row, text_fingerprint(keys.front().kind, keys.front().key), 0);
    }

    EventBatch const& batch_;
    std::vector<std::uint8_t> const& lengths_;
    std::vector<std::uint64_t> above_;
};

/// A name without its first `away` labels.
std::string_view shortened(std::string_view name, std::uint8_t away) {
    for (; away > 0; --away) name.remove_prefix(name.find('.') + 1);
    return name;
}

ValueKey key_of(EventBatch const& batch, Question const& question) {
    int const kind = index_kind(question.kind);
    if (question.kind == ObservableKind::ip) {
        auto const address = batch.address(question.row, question.field);
        return {kind, address_key(masked(address, question.detail), question.detail)};
    }
    auto const text = batch.text(question.row, question.field);
    if (question.kind == ObservableKind::domain) return {kind, domain_key(shortened(text, question.detail))};
    return keys_of(*formats::normalised({question.kind, std::string(text)})).front();
}

std::string value_of(EventBatch const& batch, Question const& question) {
    if (question.kind == ObservableKind::ip) return format_ip(batch.address(question.row, question.field));
    return std::string(batch.text(question.row, question.field));
}

/// The machine an event is about.
std::string subject_of(EventBatch const& batch, std::size_t row) {
    if (batch.has(row, Field::source_ip)) return format_ip(batch.address(row, Field::source_ip));
    for (auto const field : {Field::source_fqdn, Field::source_url, Field::source_account})
        if (batch.has(row, field)) return std::string(batch.text(row, field));
    return {};
}

std::int64_t time_of(EventBatch const& batch, std::size_t row, Timestamp received) {
    for (auto const field : {Field::time_source, Field::time_observation})
        if (batch.has(row, field)) return batch.time(row, field).micros;
    return received.micros;
}

/// What can't be read is taken for strict.
gate::Tlp marking_of(EventBatch const& batch, std::size_t row, events::MatchContext const& context) {
    auto const told = batch.has(row, Field::tlp) ? batch.text(row, Field::tlp) : context.tlp;
    return gate::parse_tlp(told).value_or(gate::Tlp::red);
}

/// What of the event its finding needs: who, where, when; nothing that another feed marked for fewer eyes.
std::string event_of(EventBatch const& batch, std::size_t row, std::int64_t time) {
    static constexpr Field kept[] = {Field::source_ip,           Field::source_port,      Field::source_fqdn,
                                     Field::source_url,          Field::source_account,   Field::destination_ip,
                                     Field::destination_port,    Field::destination_fqdn, Field::protocol_transport,
                                     Field::protocol_application};
    std::string json = "{\"time.source\":" + json_string(format_timestamp({time}));
    for (auto const field : kept) {
        if (!batch.has(row, field)) continue;
        json += ",\"" + std::string(events::name_of(field)) + "\":";
        batch.append_value(json, row, field);
    }
    return json + "}";
}

/// A row of a batch, for observed_objects.
struct BatchRow {
    EventBatch const& batch;
    std::size_t row;
    bool has(Field field) const { return batch.has(row, field); }
    std::string text(Field field) const {
        bool const is_address = field == Field::source_ip || field == Field::destination_ip;
        return is_address ? format_ip(batch.address(row, field)) : std::string(batch.text(row, field));
    }
    std::string json(Field field) const {
        std::string out;
        batch.append_value(out, row, field);
        return out;
    }
};

}  // namespace

std::uint64_t EventMatcher::match(EventBatch const& batch, events::MatchContext const& context) {
    auto const tiers = tiers_();
    if (tiers->empty() || context.feed == match_feed) return tiers->last_seq;
    Questions const asked(batch, tiers->lengths);
    std::vector<Hit> hits;
    for (auto const& tier : tiers->tiers)
        tier->find(asked.fingerprints, [&](std::size_t place, std::uint32_t slot) {
            auto const& question = asked.questions[place];
            auto subject = subject_of(batch, question.row);
            if (subject.empty()) return;
            auto const time = time_of(batch, question.row, context.received);
            bool const is_whole = (slot & whole_pattern) != 0;
            hits.push_back({.seq = slot & ~whole_pattern,
                            .key = key_of(batch, question),
                            .side = side_of(question.field),
                            .subject = std::move(subject),
                            .observed = time,
                            .value = value_of(batch, question),
                            .event = event_of(batch, question.row, time),
                            .feed = std::string(context.feed),
                            .report = context.report,
                            .tlp = marking_of(batch, question.row, context),
                            .observation = is_whole ? observed_objects(BatchRow{batch, question.row}) : std::string()});
        });
    if (!hits.empty()) take(std::move(hits));
    return tiers->last_seq;
}

void EventMatcher::take(std::vector<Hit> hits) {
    std::lock_guard const lock(mutex_);
    for (auto& hit : hits) {
        auto identity = fmt::format("{} {} {} {} {} {}", hit.seq, hit.key.key, hit.side, hit.subject,
                                    Timestamp{hit.observed}.day(), hit.observation);
        if (seen_.insert(std::move(identity)).second) hits_.push_back(std::move(hit));
    }
}

Status EventMatcher::before_commit(std::int64_t segment, std::uint64_t known) {
    if (auto const newest = tiers_()->last_seq; known < newest && missed_) CHECK(missed_(segment, known, newest));
    std::vector<Hit> hits;
    {
        std::lock_guard const lock(mutex_);
        hits.swap(hits_);
        seen_.clear();
    }
    return hits.empty() ? Status() : keep_(hits);
}

}  // namespace tocsin::intelligence
