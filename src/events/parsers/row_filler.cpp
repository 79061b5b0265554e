#include "events/parsers/plan.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

constexpr std::size_t greatest_raw = std::size_t{64} << 10;
constexpr std::size_t greatest_quoted = 80;  // of a value in a message

/// Values that say "nothing" in fields of the data format.
bool says_nothing(std::string_view text) {
    return text.empty() || text == "-" || text == "N/A";
}

std::string shown(std::string_view text) {
    auto const cut = text.substr(0, greatest_quoted);
    return fmt::format("\"{}{}\"", repaired_utf8(cut), cut.size() < text.size() ? "..." : "");
}

void append_whole(std::string& out, std::int64_t number) {
    fmt::format_to(std::back_inserter(out), "{}", number);
}

/// "GET /a/b HTTP/1.1" is "/a/b": what stands before the first slash and behind the first space goes.
std::string_view path_of(std::string_view text) {
    auto const slash = text.find('/');
    if (slash == std::string_view::npos) return {};
    text.remove_prefix(slash);
    return text.substr(0, text.find_first_of(" \t\r\n\v\f"));
}

/// The field of a hash, told by its length.
std::optional<Field> hash_field(std::string_view text) {
    bool const is_hex = std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
    if (!is_hex) return std::nullopt;
    if (text.size() == 32) return Field::malware_hash_md5;
    if (text.size() == 40) return Field::malware_hash_sha1;
    return text.size() == 64 ? std::optional(Field::malware_hash_sha256) : std::nullopt;
}

}  // namespace

RejectedRow rejected_record(std::string_view raw, std::string reason) {
    RejectedRow row;
    row.reason = std::move(reason);
    row.raw = raw.size() > greatest_raw ? repaired_utf8(raw.substr(0, greatest_raw)) : repaired_utf8(raw);
    return row;
}

RejectedRow RowFiller::rejected(Step const& step, std::string_view text) const {
    std::string reason;
    auto const expected = step.field && step.as != Conversion::detect ? expectation(step.kind) : expectation(step.as);
    if (text.empty())
        reason = fmt::format("is empty; expected {}", expected);
    else
        reason = fmt::format("{} is not {}", shown(text), expected);
    auto row = rejected_record({}, std::move(reason));
    row.field = plan_.columns[step.column];
    return row;
}

std::string& RowFiller::extra_member(std::string_view key) {
    if (!extra_.empty()) extra_ += ',';
    extra_ += key;
    return extra_;
}

void RowFiller::add_extra_json(std::string_view key, std::string_view json) {
    extra_member(key) += json;
    if (plan_.traces != nullptr && !plan_.traces->empty()) plan_.traces->back().beside.emplace_back(key, json);
}

void RowFiller::begin(std::uint32_t offset, std::string_view raw) {
    extra_.clear();
    batch_.start_row(offset, raw);
    if (plan_.traces != nullptr) plan_.traces->emplace_back().offset = offset;
}

std::optional<RejectedRow> RowFiller::fill(std::uint32_t offset, std::string_view raw,
                                           std::vector<std::string_view> const& texts) {
    begin(offset, raw);
    return end(texts);
}

std::optional<RejectedRow> RowFiller::end(std::vector<std::string_view> const& texts) {
    if (!plan_.conditions.empty() && !is_wanted(texts)) {
        if (plan_.traces != nullptr) plan_.traces->back().is_left_out = true;
        batch_.drop_row();
        return std::nullopt;
    }
    std::uint64_t got = 0;
    for (auto const& step : plan_.steps) {
        auto const came = texts[step.column];
        auto text = came;
        if (text.empty() && step.or_column != no_column) text = texts[step.or_column];
        if (step.shape != nullptr) text = shaped(step, text, texts, batch_.arena());
        if (text.empty() && plan_.traces == nullptr) continue;
        switch (plan_.traces == nullptr ? apply(step, text, texts) : apply_traced(step, came, text, texts)) {
            case Outcome::absent:
                break;
            case Outcome::put:
                got |= step.required;
                break;
            case Outcome::unfit:
                if (!step.must_fit) {
                    if (step.required == 0) append_json_text(extra_member(step.column_key), text);
                    break;
                }
                [[fallthrough]];
            case Outcome::broken: {
                auto row = rejected(step, text);
                batch_.drop_row();
                return row;
            }
        }
    }
    if (auto const missing = ~got & (plan_.required.size() == 64 ? ~std::uint64_t{0}
                                                                 : (std::uint64_t{1} << plan_.required.size()) - 1)) {
        auto const lacking =
            std::ranges::find_if(plan_.steps, [&](auto const& step) { return (step.required & missing) != 0; });
        if (lacking != plan_.steps.end()) {
            auto row = rejected(*lacking, texts[lacking->column]);
            batch_.drop_row();
            return row;
        }
    }
    for (auto const& when : plan_.when) {
        if (!when.rule->condition.holds(when.column == no_column ? std::string_view() : texts[when.column])) continue;
        for (auto const& [field, value] : when.rule->set) batch_.put_text(field, batch_.arena().store(value));
        break;
    }
    if (!extra_.empty()) batch_.put_extra(batch_.arena().store(extra_));
    return std::nullopt;
}

bool RowFiller::is_wanted(std::vector<std::string_view> const& texts) const {
    return std::ranges::all_of(plan_.conditions, [&](auto const& one) {
        auto const text = one.column == no_column ? std::string_view() : texts[one.column];
        return one.condition->holds(text) == one.must_hold;
    });
}

RowFiller::Outcome RowFiller::apply_traced(Step const& step, std::string_view came, std::string_view text,
                                           std::vector<std::string_view> const& texts) {
    auto const outcome = text.empty() ? Outcome::absent : apply(step, text, texts);
    constexpr auto words = std::to_array<std::string_view>({"absent", "put", "kept aside", "refused"});
    bool const is_refused = outcome == Outcome::unfit && (step.must_fit || step.required != 0);
    auto& cell = plan_.traces->back().cells.emplace_back();
    cell.step = static_cast<std::uint16_t>(&step - plan_.steps.data());
    cell.column = plan_.columns[step.column];
    cell.text = came;
    cell.value = step.prefix + std::string(text);
    cell.outcome = is_refused ? "refused" : words[static_cast<std::size_t>(outcome)];
    return outcome;
}

/// By the step's formats, or in the usual spellings.
std::optional<Timestamp> RowFiller::moment(Step const& step, std::string_view text, bool loosely) {
    if (step.formats.empty()) return loosely ? parse_loose_time(text) : times_.read(text);
    return parse_moment(step.formats, text, {step.zone, plan_.latest});
}

bool RowFiller::is_absent(std::string_view text) const {
    return text.size() <= 16 && std::ranges::any_of(plan_.feed->absent, [&](auto const& word) { return word == text; });
}

RowFiller::Outcome RowFiller::apply(Step const& step, std::string_view text,
                                    std::vector<std::string_view> const& texts) {
    if (step.as == Conversion::text && is_absent(text)) return Outcome::absent;
    if (!step.prefix.empty()) {
        text_ = step.prefix;
        text_ += text;
        text = batch_.arena().store(text_);
    }
    if (step.as == Conversion::detect) return detect(stripped(text));
    return step.field ? apply_to_field(step, text, texts) : apply_to_extra(step, text);
}

RowFiller::Outcome RowFiller::put_text(Field field, FieldKind kind, std::size_t greatest_length,
                                       std::string_view text) {
    if (says_nothing(text)) return Outcome::absent;
    auto const checked = checked_text(kind, greatest_length, text, batch_.arena());
    if (!checked) return Outcome::unfit;
    batch_.put_text(field, *checked);
    return Outcome::put;
}

RowFiller::Outcome RowFiller::put_number(Step const& step, std::string_view text) {
    auto const number = parse_whole(text);
    if (!number) return Outcome::broken;
    if (*number == 0 && step.as == Conversion::nonzero) return Outcome::absent;
    if (!is_valid_number(step.kind, *number)) return Outcome::unfit;
    if (storage_of(*step.field) == Storage::real)
        batch_.put_real(*step.field, static_cast<double>(*number));
    else
        batch_.put_number(*step.field, *number);
    return Outcome::put;
}

RowFiller::Outcome RowFiller::apply_to_field(Step const& step, std::string_view text,
                                             std::vector<std::string_view> const& texts) {
    auto const field = *step.field;
    auto const put_whole_text = [&](std::string_view value) {
        return put_text(field, step.kind, step.greatest_length, value);
    };
    switch (step.as) {
        case Conversion::text:
        case Conversion::verbatim:
            return put_whole_text(text);
        case Conversion::integer:
        case Conversion::nonzero:
            return says_nothing(text) ? Outcome::absent : put_number(step, text);
        case Conversion::real: {
            if (says_nothing(text)) return Outcome::absent;
            auto const number = parse_real(text);
            if (!number) return Outcome::broken;
            if (step.kind == FieldKind::accuracy && (*number < 0 || *number > 100)) return Outcome::unfit;
            batch_.put_real(field, *number);
            return Outcome::put;
        }
        case Conversion::boolean: {
            auto const truth = parse_truth(stripped(text));
            if (truth) batch_.put_boolean(field, *truth);
            return truth ? Outcome::put : Outcome::absent;
        }
        case Conversion::ip: {
            auto const address = parse_real_ip(text);
            if (address) batch_.put_address(field, *address);
            return address ? Outcome::put : Outcome::absent;
        }
        case Conversion::network: {
            auto const network = text.contains('/') ? parse_prefix(stripped(text), true) : std::nullopt;
            if (network) batch_.put_network(field, *network);
            return network ? Outcome::put : Outcome::absent;
        }
        case Conversion::time:
        case Conversion::epoch: {
            auto const time = step.as == Conversion::epoch ? parse_epoch(text) : moment(step, text, false);
            if (time) batch_.put_time(field, *time);
            return time ? Outcome::put : Outcome::unfit;
        }
        case Conversion::fqdn:
            return put_whole_text(text) == Outcome::put ? Outcome::put : Outcome::absent;
        case Conversion::date: {
            auto const time = moment(step, text, true);
            return time ? put_whole_text(batch_.arena().store(format_timestamp(*time))) : Outcome::absent;
        }
        case Conversion::base64:
            return put_whole_text(is_base64(text) ? text : batch_.arena().store(to_base64(text)));
        case Conversion::cve: {
            auto const ids = cve_ids(text);
            return ids.empty() ? Outcome::absent : put_whole_text(batch_.arena().store(ids));
        }
        case Conversion::url:
            return put_whole_text(as_url(step, text, texts));
        case Conversion::detect:
            return detect(text);
    }
    return Outcome::absent;
}

RowFiller::Outcome RowFiller::apply_to_extra(Step const& step, std::string_view text) {
    switch (step.as) {
        case Conversion::integer:
        case Conversion::nonzero: {
            auto const number = parse_whole(text);
            if (!number) return Outcome::broken;
            if (*number == 0 && step.as == Conversion::nonzero) return Outcome::absent;
            append_whole(extra_member(step.key), *number);
            return Outcome::put;
        }
        case Conversion::real: {
            auto const number = parse_real(text);
            if (!number) return Outcome::broken;
            append_real(extra_member(step.key), *number);
            return Outcome::put;
        }
        case Conversion::boolean: {
            auto const truth = parse_truth(text);
            if (truth) extra_member(step.key) += *truth ? "true" : "false";
            return truth ? Outcome::put : Outcome::absent;
        }
        case Conversion::ip:
        case Conversion::network: {
            bool const fits = step.as == Conversion::ip ? parse_real_ip(text).has_value()
                                                        : parse_prefix(stripped(text), true).has_value();
            if (fits) append_json_text(extra_member(step.key), stripped(text));
            return fits ? Outcome::put : Outcome::absent;
        }
        case Conversion::fqdn: {
            auto const name = checked_text(FieldKind::fqdn, 0, text, batch_.arena());
            if (name) append_json_text(extra_member(step.key), *name);
            return name ? Outcome::put : Outcome::absent;
        }
        case Conversion::time:
        case Conversion::date:
        case Conversion::epoch: {
            auto const time = step.as == Conversion::epoch ? parse_epoch(text) : moment(step, text, true);
            if (time) append_json_text(extra_member(step.key), format_timestamp(*time));
            return time ? Outcome::put : Outcome::absent;
        }
        case Conversion::base64:
            append_json_text(extra_member(step.key), is_base64(text) ? std::string(text) : to_base64(text));
            return Outcome::put;
        case Conversion::cve: {
            auto const ids = cve_ids(text);
            if (!ids.empty()) append_json_text(extra_member(step.key), ids);
            return ids.empty() ? Outcome::absent : Outcome::put;
        }
        case Conversion::text:
        case Conversion::verbatim:
        case Conversion::url:
        case Conversion::detect:
            append_json_text(extra_member(step.key), text);
            return Outcome::put;
    }
    return Outcome::absent;
}

/// A whole URL stays; a path gets the first host that is known in front.
std::string_view RowFiller::as_url(Step const& step, std::string_view text,
                                   std::vector<std::string_view> const& texts) {
    auto const colon = text.find("://");
    if (colon != std::string_view::npos && colon < text.find_first_of("/? ")) return text;
    std::string_view host;
    for (auto const column : step.hosts)
        if (host.empty()) host = texts[column];
    if (host.empty()) return text;
    auto const scheme = step.scheme == no_column ? std::string_view() : texts[step.scheme];
    text_ = scheme == "https" ? "https://" : "http://";
    bool const bare_v6 = host.contains(':') && parse_ip(host);
    if (bare_v6) text_ += '[';
    text_ += host;
    if (bare_v6) text_ += ']';
    text_ += path_of(text);
    return batch_.arena().store(text_);
}

RowFiller::Outcome RowFiller::detect(std::string_view text) {
    if (auto const address = parse_real_ip(text)) {
        batch_.put_address(Field::source_ip, *address);
        return Outcome::put;
    }
    if (auto const hash = hash_field(text))
        return put_text(*hash, FieldKind::printable_text, 0, text) == Outcome::put ? Outcome::put : Outcome::broken;
    if (text.contains("://"))
        return put_text(Field::source_url, FieldKind::url, 0, text) == Outcome::put ? Outcome::put : Outcome::broken;
    if (text.contains('/')) {
        auto const network = parse_prefix(text, true);
        if (!network) return Outcome::broken;
        batch_.put_network(Field::source_network, *network);
        return Outcome::put;
    }
    if (auto const colon = text.rfind(':'); colon != std::string_view::npos) {
        auto const port = parse_int(text.substr(colon + 1));
        auto host = text.substr(0, colon);
        if (!port || !is_valid_number(FieldKind::port, *port) || host.empty()) return Outcome::broken;
        if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
        auto const address = parse_real_ip(host);
        if (address)
            batch_.put_address(Field::source_ip, *address);
        else if (host.contains(':') || put_text(Field::source_fqdn, FieldKind::fqdn, 0, host) != Outcome::put)
            return Outcome::broken;
        batch_.put_number(Field::source_port, *port);
        return Outcome::put;
    }
    if (!text.contains('.')) return Outcome::broken;
    return put_text(Field::source_fqdn, FieldKind::fqdn, 0, text) == Outcome::put ? Outcome::put : Outcome::broken;
}

}  // namespace tocsin::events
