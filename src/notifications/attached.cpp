#include "notifications/attached.hpp"

#include "events/foreign_out.hpp"
#include "notifications/attached_stix.hpp"
#include "notifications/texts.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tocsin::notifications {
namespace {

constexpr std::array<std::string_view, 5> all_names{"csv", "idf", "idea", "xarf", "stix"};

struct Saying {
    std::string_view what, english;
};
// A console has these in its reader's language: timeline.WHAT.
constexpr std::array sayings{
    Saying{"stix_not_shared", "STIX is not attached, the CSV goes: nothing is shared with the recipient."},
    Saying{"stix_refused", "STIX is not attached, the CSV goes:"},
    Saying{"attachment_short", "A file for programs does not hold all of it; the CSV goes along."},
};

bool holds(Attachments const& all, Attachment one) {
    return std::ranges::find(all, one) != all.end();
}

/// What an X-ARF report can name as its source.
bool has_source(Line const& line) {
    return !line.address.empty() || !line.url.empty() || !line.domain.empty();
}

std::size_t xarf_reports(Digest const& digest) {
    return std::min(static_cast<std::size_t>(std::ranges::count_if(digest.lines, has_source)), most_xarf_reports);
}

/// A finding as an event in the words of IntelMQ. The same finding seen at the same time gives the same text, so that
/// what is made of it has the same id.
std::string event_of(Line const& line) {
    JsonWriter json;
    json.object()
        .field("time.source", line.last_seen)
        .field("time.observation", line.last_seen)
        .field_unless_empty("classification.taxonomy", line.taxonomy)
        .field_unless_empty("classification.type", line.type)
        .field_unless_empty("classification.identifier", line.identifier)
        .field_unless_empty("source.ip", line.address)
        .field_if("source.port", line.port)
        .field_if("source.asn", line.asn)
        .field_unless_empty("source.fqdn", line.domain)
        .field_unless_empty("source.url", line.url)
        .field_unless_empty("protocol.transport", line.transport)
        .field("tlp", gate::label_of(marking_of(line).tlp).substr(std::string_view("TLP:").size()))
        .field("extra.finding", line.finding)
        .end();
    return std::move(json).text();
}

File idf_file(Digest const& digest, std::string_view tlp, Timestamp date) {
    File file{.name = file_name(tlp, "findings", date, ".idf.jsonl"), .type = "application/x-ndjson", .bytes = {}};
    for (auto const& line : digest.lines) (file.bytes += event_of(line)) += '\n';
    return file;
}

File idea_file(Digest const& digest, std::string_view tlp, Timestamp date) {
    File file{.name = file_name(tlp, "findings", date, ".idea.json"), .type = "application/json", .bytes = "["};
    for (auto const& line : digest.lines) {
        if (file.bytes.size() > 1) file.bytes += ",\n";
        file.bytes += events::idea_of_event(event_of(line));
    }
    file.bytes += "]\n";
    return file;
}

void add_xarf_files(std::vector<File>& files, Digest const& digest, std::string_view tlp, Timestamp date,
                    std::string_view reporter) {
    std::size_t count = 0;
    for (auto const& line : digest.lines) {
        if (!has_source(line)) continue;
        if (++count > most_xarf_reports) return;
        files.push_back({.name = file_name(tlp, "xarf", date, fmt::format("_{}.json", count)),
                         .type = "application/json",
                         .bytes = events::xarf_of_event(event_of(line), reporter) + "\n"});
    }
}

}  // namespace

std::string_view name_of(Attachment attachment) {
    return word_of(all_names, attachment);
}

std::span<std::string_view const> attachment_names() {
    return all_names;
}

std::optional<Attachment> parse_attachment(std::string_view text) {
    return value_of<Attachment>(all_names, text);
}

std::string text_of(Attachments const& all) {
    std::string out;
    for (auto const one : all) (out += out.empty() ? "" : " ") += name_of(one);
    return out;
}

Attachments parse_attachments(std::string_view text) {
    Attachments all;
    for (auto const word : split(text, ' '))
        if (auto const one = parse_attachment(word)) all.push_back(*one);
    std::ranges::sort(all);
    auto const [first, last] = std::ranges::unique(all);
    all.erase(first, last);
    return all;
}

std::string english(NotAttached const& one) {
    auto const* const saying = std::ranges::find(sayings, one.what, &Saying::what);
    TOCSIN_ASSERT(saying != sayings.end());
    return one.text.empty() ? std::string(saying->english) : fmt::format("{} {}", saying->english, one.text);
}

Result<AttachedPlan> Attacher::plan(gate::Cleared<Digest> const& digest, Attachments const& wanted) const {
    AttachedPlan plan;
    auto const count = digest->lines.size();
    if (count == 0) return plan;
    std::size_t least = count;  // of the findings that a file holds
    for (auto const one : wanted) {
        if (one == Attachment::csv) continue;
        std::size_t held = 0;
        if (one == Attachment::stix) {
            TRY(held, plan_stix(digest, plan));
            if (!plan.short_of.empty()) continue;
        } else {
            held = one == Attachment::xarf ? xarf_reports(*digest) : count > most_in_a_file ? 0 : count;
        }
        if (held > 0) plan.formats.push_back(one);
        least = std::min(least, held);
    }
    if (least < count) plan.short_of.push_back({"attachment_short", {}});
    if (plan.formats.empty() || !plan.short_of.empty() || holds(wanted, Attachment::csv))
        plan.formats.insert(plan.formats.begin(), Attachment::csv);
    return plan;
}

/// How many findings the bundle would hold. Where it does not stand, `plan` says why.
Result<std::size_t> Attacher::plan_stix(gate::Cleared<Digest> const& digest, AttachedPlan& plan) const {
    if (shares_with_) {
        TRY(plan.shared, shares_with_(digest->recipient));
    }
    if (!plan.shared) {
        plan.short_of.push_back({"stix_not_shared", {}});
        return 0;
    }
    auto const& recipient = plan.shared->recipient;
    auto const decision = gate_.explain(*digest, recipient);
    if (!decision.allowed) {
        auto const reason = decision.removed.empty() ? decision.reason : decision.removed.front().reason;
        plan.short_of.push_back({"stix_refused", std::string(gate::words_of(reason))});
        return 0;
    }
    if (digest->lines.size() > most_in_a_file) return 0;
    TRY(auto const for_peer, gate_.clear(Digest(*digest), recipient));
    return stix_lines(*for_peer);
}

Result<std::vector<File>> Attacher::files(gate::Cleared<Digest> const& digest, AttachedPlan const& plan,
                                          Timestamp date) const {
    auto const tlp = gate::label_of(digest.marking().tlp);
    std::vector<File> files;
    for (auto const one : plan.formats) {
        switch (one) {
            case Attachment::csv:
                files.push_back({csv_name(tlp, date), "text/csv; charset=utf-8", csv_of(digest->lines)});
                break;
            case Attachment::idf:
                files.push_back(idf_file(*digest, tlp, date));
                break;
            case Attachment::idea:
                files.push_back(idea_file(*digest, tlp, date));
                break;
            case Attachment::xarf:
                add_xarf_files(files, *digest, tlp, date, settings_.team_email);
                break;
            case Attachment::stix: {
                TOCSIN_ASSERT(plan.shared);
                TRY(auto const shared, gate_.clear(Digest(*digest), plan.shared->recipient));
                files.push_back({file_name(tlp, "findings", date, ".stix.json"), "application/stix+json;version=2.1",
                                 stix_of(shared, settings_.team_name, plan.shared->team_identity, date)});
                break;
            }
        }
    }
    return files;
}

std::string Attacher::names(gate::Cleared<Digest> const& digest, Attachments const& formats, Timestamp date,
                            std::string_view language) {
    auto const tlp = gate::label_of(digest.marking().tlp);
    std::string out;
    auto const add = [&](std::string name) {
        if (!out.empty()) out += Texts::of(language).comma();
        out += name;
    };
    for (auto const one : formats) {
        auto const reports = one == Attachment::xarf ? xarf_reports(*digest) : 0;
        if (one == Attachment::csv) add(csv_name(tlp, date));
        if (one == Attachment::idf) add(file_name(tlp, "findings", date, ".idf.jsonl"));
        if (one == Attachment::idea) add(file_name(tlp, "findings", date, ".idea.json"));
        if (reports == 1) add(file_name(tlp, "xarf", date, "_1.json"));
        if (reports > 1) add(file_name(tlp, "xarf", date, fmt::format("_1...{}.json", reports)));
        if (one == Attachment::stix) add(file_name(tlp, "findings", date, ".stix.json"));
    }
    return out;
}

}  // namespace tocsin::notifications
