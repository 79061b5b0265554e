#include "sharing/mappings/candidates.hpp"

#include "sharing/mappings/misp_values.hpp"
#include "sharing/mappings/team_identity.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::sharing {
namespace {

namespace stix = formats::stix;

constexpr std::size_t longest_sample = std::size_t{16} << 10;

std::vector<std::string> marking_refs(gate::Marking const& marking) {
    static_assert(static_cast<int>(stix::TlpLevel::red) == static_cast<int>(gate::Tlp::red));
    static_assert(static_cast<int>(stix::PapLevel::red) == static_cast<int>(gate::Pap::red));
    std::vector<std::string> refs{std::string(stix::tlp2_marking_id(static_cast<stix::TlpLevel>(marking.tlp)))};
    if (marking.pap) refs.emplace_back(stix::pap_marking_id(static_cast<stix::PapLevel>(*marking.pap)));
    return refs;
}

bool is_rule(std::string_view kind) {
    return kind == "yara" || kind == "sigma" || kind == "suricata";
}

/// Empty when STIX has no pattern for it.
std::string pattern_of(Candidate const& candidate) {
    if (is_rule(candidate.kind)) return candidate.value;
    auto const kind = formats::observable_kind_of(candidate.kind);
    return kind ? misp::pattern_of({.values = {{*kind, candidate.value}}, .port = {}}) : std::string();
}

class Making {
  public:
    Making(intelligence::Intelligence const& intelligence, Maker const& maker, access::Principal const& by)
        : intelligence_(intelligence),
          maker_(maker),
          asker_(gate::Recipient::team(by)),
          creator_(team_identity_id(maker.team)),
          refs_(marking_refs(maker.marking)) {}

    std::string const& creator() const { return creator_; }
    /// Empty when nothing can be made of it.
    std::string object_of(Candidate const& candidate) const;

  private:
    std::string made(Candidate const& candidate, stix::Common& common, std::string const& pattern,
                     Timestamp valid_from) const;

    intelligence::Intelligence const& intelligence_;
    Maker const& maker_;
    gate::Recipient asker_;
    std::string creator_;
    std::vector<std::string> refs_;
};

std::string Making::made(Candidate const& candidate, stix::Common& common, std::string const& pattern,
                         Timestamp valid_from) const {
    if (candidate.kind == formats::name_of(formats::ObservableKind::vulnerability)) {
        auto const name = uppered(candidate.value);
        auto const links = fmt::format(R"([{{"source_name":"cve","external_id":{}}}])", json_string(name));
        common.external_references = links;
        JsonWriter members;
        members.object().field("name", name).field_unless_empty("description", candidate.comment).end();
        std::string_view const inside = members.text();
        return stix::object_json("vulnerability", common, inside.substr(1, inside.size() - 2));
    }
    bool const is_own_rule = is_rule(candidate.kind);
    auto const name = is_own_rule || candidate.value.size() > 200 ? std::string() : candidate.value;
    return stix::indicator_json(common, {.name = name,
                                         .description = candidate.comment,
                                         .pattern = pattern,
                                         .pattern_type = is_own_rule ? std::string_view(candidate.kind) : "stix",
                                         .valid_from = valid_from,
                                         .valid_until = candidate.valid_until});
}

std::string Making::object_of(Candidate const& candidate) const {
    auto const pattern = pattern_of(candidate);
    bool const is_vulnerability = candidate.kind == formats::name_of(formats::ObservableKind::vulnerability);
    if (pattern.empty() && !is_vulnerability) return {};
    auto const name_space = stix::parse_uuid(creator_.substr(creator_.find("--") + 2));
    TOCSIN_ASSERT(name_space);
    auto const id =
        stix::format_identifier(is_vulnerability ? "vulnerability" : "indicator",
                                stix::uuid_v5(*name_space, fmt::format("{}\n{}", candidate.kind, candidate.value)));
    stix::Common common{.id = id,
                        .created = maker_.now,
                        .modified = maker_.now,
                        .created_by_ref = creator_,
                        .confidence = candidate.confidence,
                        .labels = candidate.labels,
                        .object_marking_refs = refs_};
    auto const known = intelligence_.object(id, asker_);
    if (!known) return made(candidate, common, pattern, maker_.now);
    formats::JsonTree tree;
    if (!tree.parse((*known)->json)) return made(candidate, common, pattern, maker_.now);
    // Of the same beginning and time, would it be the same?
    auto const root = tree.root();
    common.created = stix::parse_time(root["created"].text()).value_or(maker_.now);
    common.modified = (*known)->version;
    auto const valid_from = stix::parse_time(root["valid_from"].text()).value_or(common.created);
    auto same = made(candidate, common, pattern, valid_from);
    if (same == (*known)->json) return same;
    common.modified = maker_.now;
    return made(candidate, common, pattern, valid_from);
}

/// Without a type, so that the import counts it and keeps it with its reason.
std::string aside_json(SetAside const& one) {
    JsonWriter json;
    json.object().field("unmapped", fmt::format("{}: expected {}", one.field, one.expected)).field("line", one.line);
    json.field_unless_empty("columns", one.columns);
    json.field("as_it_came", repaired_utf8(std::string_view(one.as_it_came).substr(0, longest_sample))).end();
    return std::move(json).text();
}

}  // namespace

void Candidates::compare(intelligence::KnownGood const& lists) {
    for (auto& one : found) {
        auto const kind = formats::observable_kind_of(one.kind);
        if (!kind) continue;
        for (auto const list : lists.lists_with(formats::Observable{*kind, one.value}))
            one.known_good.emplace_back(list);
    }
}

Result<intelligence::ImportTotals> keep(intelligence::Intelligence& intelligence, Candidates const& candidates,
                                        Maker const& maker, intelligence::ImportRequest const& request,
                                        access::Principal const& by) {
    Making const making(intelligence, maker, by);
    std::string lines;
    for (auto const& one : candidates.found) {
        auto object = making.object_of(one);
        if (object.empty())
            object = aside_json({.line = one.line,
                                 .field = "type",
                                 .expected = fmt::format("a kind that STIX has a pattern for, found {}", one.kind),
                                 .as_it_came = one.value});
        lines += object + "\n";
    }
    for (auto const& one : candidates.aside) lines += aside_json(one) + "\n";
    auto const identity = intelligence.object(making.creator(), gate::Recipient::team(by));
    if (!identity && identity.error().code != Code::not_found) return std::unexpected(identity.error());
    if (!identity && !candidates.found.empty()) {
        auto const clear = marking_refs({gate::Tlp::clear, {}});
        auto own = stix::identity_json({.id = making.creator(), .created = maker.now, .object_marking_refs = clear},
                                       {.name = maker.team});
        auto first = request;
        first.terms = {};
        formats::MemorySource source(std::move(own));
        TRY([[maybe_unused]] auto const done, intelligence.import(source, first, by));
    }
    formats::MemorySource source(std::move(lines));
    return intelligence.import(source, request, by);
}

std::string_view name_of(ReportFormat format) {
    switch (format) {
        case ReportFormat::text:
            return "text";
        case ReportFormat::html:
            return "html";
        case ReportFormat::pdf:
            return "pdf";
    }
    return {};
}

ReportFormat report_format_of(std::string_view named, std::string_view body) {
    if (named == "pdf" || (named.empty() && body.starts_with("%PDF-"))) return ReportFormat::pdf;
    auto const start = lowered(trimmed(body.substr(0, 1024)));
    if (named == "html" || (named.empty() && (start.starts_with("<!doctype html") || start.starts_with("<html"))))
        return ReportFormat::html;
    return ReportFormat::text;
}

Result<std::string> readable(ReportFormat format, std::string const& body) {
    std::string text;
    std::vector<std::string> links;
    switch (format) {
        case ReportFormat::text:
            return repaired_utf8(body);
        case ReportFormat::html: {
            TRY(auto page, formats::text_of_html(body));
            text = std::move(page.text);
            links = std::move(page.links);
            break;
        }
        case ReportFormat::pdf: {
            TRY(auto document, formats::text_of_pdf(body));
            text = std::move(document.text);
            links = std::move(document.links);
            break;
        }
    }
    for (auto const& link : links) text += "\n" + link;
    return text;
}

Result<Candidates> candidates_of_report(ReportFormat format, std::string const& body) {
    TRY(auto const text, readable(format, body));
    auto const extraction = formats::extract(text);
    Candidates all;
    all.left_out = extraction.left_out;
    std::size_t from = 0;
    std::uint64_t line = 1;
    for (auto const& found : extraction.found) {
        if (found.offset > from) {
            line +=
                static_cast<std::uint64_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(from),
                                                      text.begin() + static_cast<std::ptrdiff_t>(found.offset), '\n'));
            from = found.offset;
        }
        all.found.push_back({.kind = std::string(formats::name_of(found.observable.kind)),
                             .value = found.observable.value,
                             .comment = found.context,
                             .line = line,
                             .count = found.count});
    }
    static constexpr std::string_view languages[] = {"yara", "sigma", "suricata"};
    for (auto const& rule : extraction.rules)
        all.found.push_back({.kind = std::string(languages[static_cast<std::size_t>(rule.language)]),
                             .value = text.substr(rule.offset, rule.length),
                             .comment = rule.name});
    return all;
}

Result<Candidates> candidates_of_openioc(std::string_view xml) {
    TRY(auto const definitions, formats::openioc::read(xml));
    Candidates all;
    for (auto const& definition : definitions)
        for (auto const& item : definition.items) {
            auto value = item.is_alternative ? formats::openioc::observable_of(item) : std::nullopt;
            if (value) {
                Candidate one{.kind = std::string(formats::name_of(value->kind)), .value = std::move(value->value)};
                one.comment = repaired_utf8(definition.description.empty() ? definition.name : definition.description);
                auto const is_same = [&](Candidate const& other) {
                    return other.kind == one.kind && other.value == one.value;
                };
                if (std::ranges::none_of(all.found, is_same)) all.found.push_back(std::move(one));
                continue;
            }
            auto const* const expected = item.is_alternative
                                             ? "one value of a kind we know"
                                             : "a value that is a match by itself (it stands under AND)";
            all.aside.push_back(
                {.line = 0,
                 .field = item.search.empty() ? "IndicatorItem" : repaired_utf8(item.search),
                 .expected = expected,
                 .as_it_came = repaired_utf8(fmt::format("{} {}{} {}", item.search, item.is_negated ? "not " : "",
                                                         item.condition, item.content))});
        }
    return all;
}

std::string_view import_format_of(std::string_view start, std::string_view file_name) {
    if (start.starts_with("%PDF-")) return "pdf";
    if (formats::misp::looks_like_events(start)) return "misp";
    if (formats::openioc::looks_like_openioc(start)) return "openioc";
    auto text = start;
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    text = trimmed(text);
    if (text.starts_with('{')) return "stix";
    if (text.starts_with('[') && trimmed(text.substr(1)).starts_with('{')) return "stix";
    if (report_format_of({}, text) == ReportFormat::html) return "html";
    auto const name = lowered(file_name);
    if (name.ends_with(".json") || name.ends_with(".jsonl") || name.ends_with(".stix")) return "stix";
    return name.ends_with(".csv") || name.ends_with(".tsv") ? "csv" : "text";
}

}  // namespace tocsin::sharing
