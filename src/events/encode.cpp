#include "events/event_row.hpp"

#include <algorithm>
#include <cstring>

namespace tocsin::events {
namespace {

/// Fields that have archive columns of their own beside the words.
constexpr std::array column_fields = {
    Field::source_ip,        Field::source_port,        Field::source_asn,  Field::source_fqdn,
    Field::source_url,       Field::source_reverse_dns, Field::time_source, Field::destination_ip,
    Field::destination_port, Field::severity,           Field::tlp,
};

/// Never part of an event's identity: who sent it and when it came.
bool is_about_delivery(Field field) {
    switch (field) {
        case Field::time_observation:
        case Field::feed_accuracy:
        case Field::feed_code:
        case Field::feed_documentation:
        case Field::feed_name:
        case Field::feed_provider:
        case Field::feed_url:
        case Field::raw:
        case Field::rtir_id:
            return true;
        default:
            return false;
    }
}

bool is_word(Field field) {
    return std::ranges::find(word_fields, field) != word_fields.end();
}
bool has_column(Field field) {
    return is_word(field) || std::ranges::find(column_fields, field) != column_fields.end();
}

bool is_observable(Field field) {
    return std::ranges::find(observable_fields, field) != std::end(observable_fields);
}

void add_value(KeyHasher& hasher, EventBatch const& batch, std::size_t row, Field field) {
    auto const tag = static_cast<std::uint64_t>(field) + 1;
    switch (storage_of(field)) {
        case Storage::text:
            hasher.add(tag);
            hasher.add(batch.text(row, field));
            return;
        case Storage::address: {
            auto const address = batch.address(row, field);
            hasher.add(tag ^ address.high, address.low);
            return;
        }
        case Storage::network: {
            auto const network = batch.network(row, field);
            hasher.add(tag ^ std::uint64_t{network.length} << 8);
            hasher.add(network.address.high, network.address.low);
            return;
        }
        case Storage::number:
            hasher.add(tag, static_cast<std::uint64_t>(batch.number(row, field)));
            return;
        case Storage::boolean:
            hasher.add(tag, batch.boolean(row, field) ? 1 : 2);
            return;
        case Storage::time:
            hasher.add(tag, static_cast<std::uint64_t>(batch.time(row, field).micros));
            return;
        case Storage::real: {
            std::uint64_t bits = 0;
            auto const real = batch.real(row, field);
            std::memcpy(&bits, &real, 8);
            hasher.add(tag, bits);
            return;
        }
    }
}

constexpr std::array<std::string_view, 6> severities = {"", "info", "low", "medium", "high", "critical"};
constexpr std::array<std::string_view, 6> markings = {"", "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"};

template <class Table>
std::uint8_t rank_in(Table const& table, std::string_view name) {
    auto const found = std::ranges::find(table, name);
    return found == table.end() ? std::uint8_t{0} : static_cast<std::uint8_t>(found - table.begin());
}

/// True for a text that was coded, though others of its field were not.
bool is_in_words(EventRow const& row, Field field) {
    auto const found = std::ranges::find(word_fields, field);
    return found != word_fields.end() && row.words[static_cast<std::size_t>(found - word_fields.begin())] != 0;
}

/// The source's port belongs to the exposure when the source is a server; a client's port is a new one each time.
bool port_tells(EventBatch const& batch, std::size_t row) {
    if (batch.text(row, Field::classification_taxonomy) == "vulnerable") return true;
    if (batch.text(row, Field::classification_type) == "infected-system") return false;
    return !batch.has(row, Field::destination_ip) && !batch.has(row, Field::destination_port) &&
           !batch.has(row, Field::destination_fqdn);
}

}  // namespace

std::uint8_t severity_rank(std::string_view severity) {
    return rank_in(severities, severity);
}
std::string_view severity_named(std::uint8_t rank) {
    return rank < severities.size() ? severities[rank] : severities[0];
}
std::uint8_t tlp_rank(std::string_view tlp) {
    return rank_in(markings, tlp);
}
std::string_view tlp_named(std::uint8_t rank) {
    return rank < markings.size() ? markings[rank] : markings[0];
}

std::uint64_t subject_hash(SubjectKind kind, std::string_view text) {
    static constexpr HashSecret fixed = {{0x243f'6a88'85a3'08d3, 0x1319'8a2e'0370'7345, 0xa409'3822'299f'31d1,
                                          0x082e'fa98'ec4e'6c89, 0x4528'21e6'38d0'1377, 0xbe54'66cf'34e9'0c6d,
                                          0xc0ac'29b7'c97c'50dd, 0x3f84'd5b5'b547'0917}};
    KeyHasher hasher(fixed);
    hasher.add(static_cast<std::uint64_t>(kind));
    hasher.add(text);
    // 63 bits, so that it also fits the ledger's signed integers; never 0, which means "none"
    return (hasher.key().high >> 1) | 1;
}

EncodedBatch Encoder::encode(EventBatch const& batch, Surroundings const* surroundings, EncodeOptions const& options) {
    EncodedBatch out;
    out.head = std::make_unique<RowHead>();
    out.head->report = options.report;
    out.head->round = options.round;
    out.head->window_days = std::max(1, options.feed->dedup_window_days);
    out.head->feed = words_.word(options.feed->id).value_or(0);
    out.rows.resize(batch.size());
    for (auto& row : out.rows) row.head = out.head.get();
    add_keys(batch, options, out);
    add_columns(batch, options, out);
    attribute(batch, surroundings, out);
    add_texts(batch, out);
    return out;
}

void Encoder::add_keys(EventBatch const& batch, EncodeOptions const& options, EncodedBatch& out) {
    std::vector<Field> fields;
    for (auto const& name : options.feed->dedup_key)
        if (auto const field = field_named(name); field && batch.has_any(*field)) fields.push_back(*field);
    bool const whole = options.feed->dedup_key.empty();
    if (whole)
        for (std::size_t i = 0; i < field_count; ++i)
            if (auto const field = static_cast<Field>(i); batch.has_any(field) && !is_about_delivery(field))
                fields.push_back(field);
    KeyHasher start(secret_);
    start.add(options.feed->id);
    std::vector<Field> columns;
    for (auto const field : fields) {
        if (batch.is_constant(field)) {
            add_value(start, batch, 0, field);
        } else {
            columns.push_back(field);
        }
    }
    for (std::size_t row = 0; row < batch.size(); ++row) {
        KeyHasher hasher = start;
        for (auto const field : columns)
            if (batch.has(row, field)) add_value(hasher, batch, row, field);
        if (whole) hasher.add(batch.extra(row));
        out.rows[row].key = hasher.key();
    }
}

void Encoder::add_words(EventBatch const& batch, std::size_t which, EncodedBatch& out) {
    auto const field = word_fields[which];
    if (!batch.has_any(field)) return;
    if (batch.is_constant(field)) {
        auto const word = words_.word(batch.text(0, field));
        if (!word) odd_words_.push_back(field);
        for (auto& row : out.rows) row.words[which] = word.value_or(0);
        return;
    }
    bool odd = false;
    for (std::size_t i = 0; i < out.rows.size(); ++i) {
        if (!batch.has(i, field)) continue;
        auto const word = words_.word(batch.text(i, field));
        if (word) {
            out.rows[i].words[which] = *word;
        } else {
            odd = true;
        }
    }
    if (odd) odd_words_.push_back(field);
}

void Encoder::add_columns(EventBatch const& batch, EncodeOptions const& options, EncodedBatch& out) {
    odd_words_.clear();
    rest_fields_.clear();
    std::string base;
    for (std::size_t which = 0; which < word_fields.size(); ++which) add_words(batch, which, out);
    if (batch.empty()) return;
    for (std::size_t i = 0; i < field_count; ++i) {
        auto const field = static_cast<Field>(i);
        if (!batch.has_any(field) || has_column(field) || field == Field::raw) continue;
        if (!batch.is_constant(field)) {
            rest_fields_.push_back(field);
            continue;
        }
        if (!base.empty()) base += ',';
        base += '"';
        base += name_of(field);
        base += "\":";
        batch.append_value(base, 0, field);
    }
    auto const word = words_.word(base);
    if (word) {
        out.head->base = *word;
    } else {  // too long for a word: with each event
        for (std::size_t i = 0; i < field_count; ++i)
            if (auto const field = static_cast<Field>(i);
                batch.is_constant(field) && !has_column(field) && field != Field::raw)
                rest_fields_.push_back(field);
    }
    rest_fields_.insert(rest_fields_.end(), odd_words_.begin(), odd_words_.end());
    std::ranges::sort(rest_fields_);
    for (std::size_t i = 0; i < out.rows.size(); ++i) {
        auto& row = out.rows[i];
        row.source = batch.address(i, Field::source_ip);
        row.destination = batch.address(i, Field::destination_ip);
        if (batch.has(i, Field::source_port)) row.port = static_cast<std::int32_t>(batch.number(i, Field::source_port));
        if (batch.has(i, Field::destination_port))
            row.destination_port = static_cast<std::int32_t>(batch.number(i, Field::destination_port));
        row.asn = static_cast<std::uint32_t>(batch.number(i, Field::source_asn));
        if (batch.has(i, Field::time_source)) {
            row.time = batch.time(i, Field::time_source).micros;
            row.flags |= EventRow::has_source_time;
        } else {
            row.time = batch.has(i, Field::time_observation) ? batch.time(i, Field::time_observation).micros
                                                             : options.received.micros;
        }
        out.newest = std::max(out.newest, row.time);
        row.severity = severity_rank(batch.text(i, Field::severity));
        row.tlp = tlp_rank(batch.has(i, Field::tlp) ? batch.text(i, Field::tlp) : std::string_view(options.feed->tlp));
        if (batch.has(i, Field::tlp)) row.flags |= EventRow::tlp_is_told;
        if (port_tells(batch, i)) row.flags |= EventRow::port_is_service;
    }
}

void Encoder::attribute(EventBatch const& batch, Surroundings const* surroundings, EncodedBatch& out) {
    if (surroundings == nullptr) return;
    questions_.resize(batch.size());
    answers_.assign(batch.size(), {});
    for (std::size_t i = 0; i < batch.size(); ++i) {
        auto fqdn = batch.text(i, Field::source_fqdn);
        questions_[i] = {out.rows[i].source, out.rows[i].asn, fqdn, batch.text(i, Field::source_cc)};
    }
    surroundings->attribute(questions_, answers_);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        auto& row = out.rows[i];
        auto const& answer = answers_[i];
        row.organisation = static_cast<std::uint32_t>(answer.organisation);
        row.lane = static_cast<std::uint8_t>(answer.lane);
        if (row.asn == 0 && answer.asn != 0) row.asn = answer.asn;
        if (answer.network.length != 0 && !batch.has(i, Field::source_network))
            row.network_length = answer.network.length;
        auto const enrich = [&](Field field, std::size_t which, std::string_view text) {
            if (!text.empty() && !batch.has(i, field)) row.words[which] = words_.word(text).value_or(0);
        };
        enrich(Field::source_cc, word_country, answer.country);
        enrich(Field::source_as_name, word_as_name, answer.as_name);
    }
}

void Encoder::add_texts(EventBatch const& batch, EncodedBatch& out) {
    rest_.clear();
    std::vector<std::size_t> starts(batch.size() + 1);
    bool const has_fqdn = batch.has_any(Field::source_fqdn);
    bool const has_reverse = batch.has_any(Field::source_reverse_dns);
    bool const has_url = batch.has_any(Field::source_url);
    bool const has_account = batch.has_any(Field::source_account);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        auto& row = out.rows[i];
        starts[i] = rest_.size();
        auto const fqdn = has_fqdn ? batch.text(i, Field::source_fqdn) : std::string_view();
        auto const reverse = has_reverse ? batch.text(i, Field::source_reverse_dns) : std::string_view();
        auto const url = has_url ? batch.text(i, Field::source_url) : std::string_view();
        auto const account = has_account ? batch.text(i, Field::source_account) : std::string_view();
        row.fqdn_size = static_cast<std::uint16_t>(std::min<std::size_t>(fqdn.size(), 0xffff));
        row.reverse_size = static_cast<std::uint16_t>(std::min<std::size_t>(reverse.size(), 0xffff));
        row.url_size = static_cast<std::uint32_t>(url.size());
        rest_.append(fqdn.substr(0, row.fqdn_size)).append(reverse.substr(0, row.reverse_size)).append(url);
        auto const rest_start = rest_.size();
        row.flags |= EventRow::rest_is_plain;
        for (auto const field : rest_fields_) {
            if (!batch.has(i, field) || is_in_words(row, field)) continue;
            if (is_observable(field)) row.flags &= static_cast<std::uint8_t>(~EventRow::rest_is_plain);
            if (rest_.size() != rest_start) rest_ += ',';
            rest_ += '"';
            rest_ += name_of(field);
            rest_ += "\":";
            batch.append_value(rest_, i, field);
        }
        if (auto const extra = batch.extra(i); !extra.empty()) {
            if (rest_.size() != rest_start) rest_ += ',';
            rest_ += extra;
        }
        row.rest_size = static_cast<std::uint32_t>(rest_.size() - rest_start);
        auto const kind = !account.empty() ? SubjectKind::account
                          : !url.empty()   ? SubjectKind::url
                          : !fqdn.empty()  ? SubjectKind::domain
                                           : SubjectKind::none;
        if (kind != SubjectKind::none) {
            auto const subject = kind == SubjectKind::account ? account : kind == SubjectKind::url ? url : fqdn;
            row.subject = subject_hash(kind, subject);
            row.flags |= static_cast<std::uint8_t>(static_cast<unsigned>(kind) << EventRow::subject_shift);
            out.subjects.push_back({row.subject, kind, std::string(subject)});
        }
        if (row.subject != 0 || !row.source.is_none()) row.flags |= EventRow::has_finding;
    }
    out.text = std::make_unique_for_overwrite<char[]>(rest_.size());
    out.text_bytes = rest_.size();
    std::memcpy(out.text.get(), rest_.data(), rest_.size());
    for (std::size_t i = 0; i < batch.size(); ++i) out.rows[i].text = out.text.get() + starts[i];
}

}  // namespace tocsin::events
