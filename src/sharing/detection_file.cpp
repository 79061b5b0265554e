#include "sharing/detection_file.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <set>

namespace tocsin::sharing {
namespace {

namespace detection = formats::detection;
namespace stix_pattern = formats::stix_pattern;
using Cleared = gate::Cleared<intelligence::Object>;
using Kind = formats::ObservableKind;
using Strength = stix_pattern::Reduction::Strength;

constexpr std::size_t most_indicators = 200'000, most_rules = 20'000, page_size = 1000;

bool is_hash(Kind kind) {
    return kind == Kind::md5 || kind == Kind::sha1 || kind == Kind::sha224 || kind == Kind::sha256 ||
           kind == Kind::sha384 || kind == Kind::sha512;
}

/// The values of which one alone is enough.
std::vector<formats::Observable> values_of(std::string_view pattern) {
    std::vector<formats::Observable> values;
    auto const parsed = stix_pattern::parse(pattern);
    if (!parsed) return values;
    auto reduction = stix_pattern::atoms(*parsed);
    for (auto& atom : reduction.atoms)
        if (reduction.strength == Strength::decisive ||
            (reduction.strength == Strength::necessary && is_hash(atom.observable.kind)))
            values.push_back(std::move(atom.observable));
    return values;
}

std::string first_reference(formats::JsonValue references) {
    for (auto const reference : references)
        if (auto const url = reference["url"].text(); !url.empty()) return std::string(url);
    return {};
}

class Collecting {
  public:
    Collecting(DetectionRequest const& request, intelligence::KnownGood const* known_good)
        : request_(request), known_good_(known_good) {}

    void add(Cleared object);
    Status add_rule(Cleared object);
    Result<DetectionFile> finish();

  private:
    bool is_left_out(formats::Observable const& value) {
        if (known_good_ == nullptr || request_.with_known_good) return false;
        auto const lists = known_good_->lists_with(value);
        for (auto const list : lists) lists_.emplace(list);
        if (!lists.empty()) ++file_.known_good;
        return !lists.empty();
    }

    DetectionRequest const& request_;
    intelligence::KnownGood const* known_good_;
    formats::stix::Decoder decoder_;
    std::vector<detection::Entry> entries_;
    std::vector<detection::OwnRule> own_rules_;
    std::set<std::string, std::less<>> lists_;  ///< that hold values that were left out
    DetectionFile file_;
};

void Collecting::add(Cleared object) {
    auto const read = decoder_.read(object->json);
    if (!read) return;
    auto const& view = **read;
    auto values = view.pattern_type == "stix" ? values_of(view.pattern) : std::vector<formats::Observable>();
    if (values.empty()) ++file_.compound;
    std::erase_if(values, [&](auto const& value) { return !request_.format->takes(value.kind) || is_left_out(value); });
    if (values.empty()) return;
    detection::Entry entry{.observable = {},
                           .id = object->id,
                           .name = std::string(view.name),
                           .confidence = object->confidence,
                           .reference = first_reference(view.root["external_references"]),
                           .valid_until = {}};
    if (object->live_until.micros != 0) entry.valid_until = object->live_until;
    for (auto& value : values) {
        entry.observable = std::move(value);
        entries_.push_back(entry);
    }
    file_.marking = gate::stricter(file_.marking, object.marking());
    file_.indicators.push_back(std::move(object));
}

/// What is a rule of the format's language, and is in force.
Status Collecting::add_rule(Cleared object) {
    auto const read = decoder_.read(object->json);
    if (!read || (*read)->pattern_type != request_.format->language) return {};
    auto const& view = **read;
    if (view.valid_from.time && *view.valid_from.time > request_.now) return {};
    if (view.valid_until.time && *view.valid_until.time <= request_.now) return {};
    if (own_rules_.size() == most_rules)
        return fail(Code::limit,
                    fmt::format("more than {} rules: export a smaller collection, or by label", most_rules));
    own_rules_.push_back({object->id, std::string(view.pattern)});
    file_.marking = gate::stricter(file_.marking, object.marking());
    file_.indicators.push_back(std::move(object));
    return {};
}

Result<DetectionFile> Collecting::finish() {
    detection::put_in_order(entries_);
    detection::Head head{.title = request_.title, .marking = gate::label_of(file_.marking), .notes = {}};
    std::ranges::sort(own_rules_, {}, &detection::OwnRule::id);
    if (file_.known_good > 0) {
        head.notes.push_back(fmt::format("Known-good values left out: {}", file_.known_good));
        head.notes.push_back(fmt::format("They are on these lists: {}", fmt::join(lists_, ", ")));
    }
    if (file_.compound > 0)
        head.notes.push_back(fmt::format("Indicators that are no single values, left out: {}", file_.compound));
    auto const put = [&](std::string_view text) {
        file_.text += text;
        return Status();
    };
    TRY(auto const written, detection::write(*request_.format, head, entries_, put, own_rules_));
    file_.entries = written.entries;
    file_.own_rules = written.own_rules;
    file_.own_rules_left_out = written.own_left_out.size();
    return std::move(file_);
}

using Take = std::function<Status(Cleared&&)>;

Status each_indicator(intelligence::Intelligence const& intelligence, intelligence::ObjectFilter const& filter,
                      gate::Recipient const& asker, Take const& take) {
    std::string after;
    do {
        TRY(auto page, intelligence.objects(filter, asker, intelligence::ObjectOrder::oldest_first,
                                            {.after = after, .limit = page_size}));
        for (auto& object : page.items) CHECK(take(std::move(object)));
        after = std::move(page.next);
    } while (!after.empty());
    return {};
}

}  // namespace

Result<DetectionFile> detection_file(intelligence::Intelligence const& intelligence,
                                     intelligence::KnownGood const* known_good, DetectionRequest const& request,
                                     gate::Recipient const& asker) {
    auto filter = request.filter;
    Collecting collecting(request, known_good);
    bool const has_indicators =
        filter.types.empty() || std::ranges::find(filter.types, "indicator") != filter.types.end();
    if (!has_indicators) return collecting.finish();
    filter.types = {"indicator"};
    filter.is_revoked = false;
    filter.versions = intelligence::Versions::last;
    auto const all = filter;
    filter.live_at = request.now;
    std::size_t count = 0;
    CHECK(each_indicator(intelligence, filter, asker, [&](Cleared&& object) -> Status {
        if (++count > most_indicators)
            return fail(
                Code::limit,
                fmt::format("more than {} live indicators: export a smaller collection, or by label", most_indicators));
        collecting.add(std::move(object));
        return {};
    }));
    // Rules are matched by tools and not by us: they are never live here, and must be looked for among all.
    if (!request.format->language.empty() && request.with_own_rules)
        CHECK(each_indicator(intelligence, all, asker,
                             [&](Cleared&& object) { return collecting.add_rule(std::move(object)); }));
    return collecting.finish();
}

}  // namespace tocsin::sharing
