#include "events/parsers/foreign.hpp"
#include "events/parsers/values.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

using formats::JsonValue;

constexpr std::size_t most_sources = 4096;
constexpr std::size_t most_expanded = std::size_t{64} << 20;

struct Category {
    std::string_view idea, type;
};
/// The first category of a type is the one that is written for it.
constexpr auto categories = std::to_array<Category>({
    {"Abusive.Spam", "spam"},
    {"Abusive.Harassment", "harmful-speech"},
    {"Abusive.Child", "violence"},
    {"Abusive.Sexual", "violence"},
    {"Abusive.Violence", "violence"},
    {"Malware", "infected-system"},
    {"Malware.Virus", "infected-system"},
    {"Malware.Worm", "infected-system"},
    {"Malware.Trojan", "infected-system"},
    {"Malware.Spyware", "infected-system"},
    {"Malware.Dialer", "infected-system"},
    {"Malware.Rootkit", "infected-system"},
    {"Recon.Scanning", "scanner"},
    {"Recon.Sniffing", "sniffing"},
    {"Recon.SocialEngineering", "social-engineering"},
    {"Recon.Searching", "scanner"},
    {"Attempt.Exploit", "ids-alert"},
    {"Attempt.Login", "brute-force"},
    {"Attempt.NewSignature", "exploit"},
    {"Intrusion.AdminCompromise", "privileged-account-compromise"},
    {"Intrusion.UserCompromise", "unprivileged-account-compromise"},
    {"Intrusion.AppCompromise", "application-compromise"},
    {"Intrusion", "system-compromise"},
    {"Intrusion.Botnet", "c2-server"},
    {"Availability.DoS", "dos"},
    {"Availability.DDoS", "ddos"},
    {"Availability.Sabotage", "sabotage"},
    {"Availability.Outage", "outage"},
    {"Availability", "misconfiguration"},
    {"Information.UnauthorizedAccess", "unauthorised-information-access"},
    {"Information.UnauthorizedModification", "unauthorised-information-modification"},
    {"Information", "data-leak"},
    {"Fraud.UnauthorizedUsage", "unauthorised-use-of-resources"},
    {"Fraud.Copyright", "copyright"},
    {"Fraud.Masquerade", "masquerade"},
    {"Fraud.Phishing", "phishing"},
    {"Fraud.Scam", "masquerade"},
    {"Vulnerable.Open", "potentially-unwanted-accessible"},
    {"Vulnerable.Config", "vulnerable-system"},
    {"Vulnerable", "vulnerable-system"},
    {"Anomaly", "undetermined"},
    {"Other", "other"},
    {"Test", "test"},
});

std::string_view text_or_raw(JsonValue value) {
    return value.is_text() ? value.text() : value.is_number() || value.is_boolean() ? value.raw() : std::string_view();
}

JsonValue first_of(JsonValue array) {
    for (auto const value : array) return value;
    return {};
}

bool is_transport(std::string_view word) {
    auto const name = lowered(word);
    return name == "tcp" || name == "udp" || name == "icmp" || name == "sctp";
}

/// Writes the events of one IDEA0 object.
class IdeaWriter {
  public:
    IdeaWriter(JsonValue idea, std::string_view raw, std::string& lines) : idea_(idea), raw_(raw), lines_(lines) {}

    Status write() {
        std::size_t count = 0;
        auto const begin = lines_.size();
        for (auto const source : idea_["Source"]) {
            for (auto const* const kind : {"IP4", "IP6"})
                for (auto const address : source[kind]) {
                    if (++count > most_sources || lines_.size() - begin > most_expanded)
                        return fail(Code::limit, fmt::format("an IDEA0 object has more than {} sources", most_sources));
                    line(source, address.text());
                }
            bool const has_address = source["IP4"].size() + source["IP6"].size() > 0;
            if (!has_address && (source["Hostname"].size() > 0 || source["URL"].size() > 0) && ++count <= most_sources)
                line(source, "");
        }
        if (count == 0) line({}, "");
        return {};
    }

  private:
    void line(JsonValue source, std::string_view address) {
        JsonWriter json;
        json.object();
        classification(json);
        for (auto const* const name : {"EventTime", "WinStartTime", "DetectTime"}) {
            if (!idea_[name].is_text()) continue;
            json.field("time.source", idea_[name].text());
            break;
        }
        json.field_unless_empty("event_description.text", idea_["Description"].text());
        if (auto const confidence = idea_["Confidence"].number(); confidence && *confidence >= 0 && *confidence <= 1)
            json.field("feed.accuracy", *confidence * 100);
        end(json, "source", source, address);
        protocol(json, source);
        auto const target = first_of(idea_["Target"]);
        auto const to = target["IP4"].size() > 0 ? target["IP4"] : target["IP6"];
        end(json, "destination", target, first_of(to).text());
        vulnerabilities(json);
        beside(json);
        json.end();
        lines_ += std::move(json).text();
        lines_ += '\n';
    }

    void classification(JsonWriter& json) {
        std::string_view best = "undetermined", category = "Other";
        for (auto const one : idea_["Category"]) {
            auto const type = type_of_idea_category(one.text());
            if (best == "undetermined") {
                best = type;
                category = one.text();
            }
        }
        if (first_of(idea_["Category"]).text() == "Test") best = "test";
        json.field("classification.type", best).field("classification.taxonomy", classification_type(best)->taxonomy);
        json.field("classification.identifier", replaced(lowered(category), ".", "-"));
    }

    static void end(JsonWriter& json, std::string_view which, JsonValue node, std::string_view address) {
        auto const key = [&](std::string_view name) { return fmt::format("{}.{}", which, name); };
        if (parse_ip(address))
            json.field(key("ip"), address);
        else if (address.contains('/') && parse_prefix(address, true))
            json.field(key("network"), address);
        else if (!address.empty())
            json.field(fmt::format("extra.idea.{}_range", which), address);
        if (auto const port = first_of(node["Port"]).integer()) json.field(key("port"), *port);
        json.field_unless_empty(key("fqdn"), first_of(node["Hostname"]).text());
        json.field_unless_empty(key("url"), first_of(node["URL"]).text());
        if (auto const asn = first_of(node["ASN"]).integer(); asn && *asn > 0) json.field(key("asn"), *asn);
        auto const note = first_of(node["Type"]).text();
        json.field_unless_empty(fmt::format("extra.idea.{}_type", which), note);
    }

    static void protocol(JsonWriter& json, JsonValue source) {
        std::string_view transport, application;
        for (auto const word : source["Proto"]) (is_transport(word.text()) ? transport : application) = word.text();
        json.field_unless_empty("protocol.transport", lowered(transport));
        json.field_unless_empty("protocol.application", lowered(application));
    }

    void vulnerabilities(JsonWriter& json) {
        std::string all;
        for (auto const reference : idea_["Ref"]) {
            auto const ids = cve_ids(replaced(lowered(reference.text()), "cve:", ""));
            if (!ids.empty()) all += (all.empty() ? "" : ";") + ids;
        }
        json.field_unless_empty("product.vulnerabilities", all);
    }

    void beside(JsonWriter& json) {
        json.field_unless_empty("extra.idea.id", idea_["ID"].text());
        json.field_unless_empty("extra.idea.detect_time", idea_["DetectTime"].text());
        json.field_unless_empty("extra.idea.cease_time", idea_["CeaseTime"].text());
        json.field_unless_empty("extra.idea.note", idea_["Note"].text());
        for (auto const* const count : {"ConnCount", "FlowCount", "PacketCount", "ByteCount", "AttackCount"})
            if (auto const number = idea_[count].integer())
                json.field(fmt::format("extra.idea.{}", lowered(count)), *number);
        auto const node = first_of(idea_["Node"]);
        json.field_unless_empty("extra.idea.node", text_or_raw(node["Name"]));
        if (raw_.size() <= std::size_t{64} << 10) json.field("raw", to_base64(raw_));
    }

    JsonValue idea_;
    std::string_view raw_;
    std::string& lines_;
};

}  // namespace

std::string_view type_of_idea_category(std::string_view category) {
    while (true) {
        auto const found =
            std::ranges::find_if(categories, [&](auto const& one) { return equal_ignoring_case(one.idea, category); });
        if (found != categories.end()) return found->type;
        auto const dot = category.rfind('.');
        if (dot == std::string_view::npos) return "undetermined";
        category = category.substr(0, dot);
    }
}

std::string_view idea_category_of_type(std::string_view type) {
    auto const found = std::ranges::find(categories, type, &Category::type);
    if (found != categories.end()) return found->idea;
    auto const known = classification_type(type);
    if (!known) return "Other";
    if (known->taxonomy == "vulnerable") return "Vulnerable.Config";
    if (known->taxonomy == "malicious-code") return "Malware";
    if (known->taxonomy == "intrusions") return "Intrusion";
    return known->taxonomy == "information-content-security" ? "Information" : "Other";
}

std::unique_ptr<formats::ByteSource> idea_events(std::unique_ptr<formats::ByteSource> source,
                                                 std::size_t record_bytes) {
    formats::JsonRecordsOptions options;
    options.record_bytes = record_bytes;
    auto tree = std::make_shared<formats::JsonTree>();
    options.rewrite = [tree](std::string_view record, std::string& lines) -> Status {
        bool const is_idea = tree->parse(record) && tree->root()["Format"].text() == "IDEA0";
        if (is_idea) return IdeaWriter(tree->root(), record, lines).write();
        lines += record;
        lines += '\n';
        return {};
    };
    return formats::json_records(std::move(source), std::move(options));
}

}  // namespace tocsin::events
