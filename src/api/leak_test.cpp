#include "api/test_house.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <optional>
#include <set>

/// Nothing leaks, nothing is missing: invented worlds of objects, markings, groups and recipients are asked through
/// every door, and each answer is held against a statement of the rules that knows nothing of the gate's code.
///
/// A case is one question about one object by one recipient through one door. TOCSIN_LEAK_CASES says how many (some
/// thousands if it does not), TOCSIN_LEAK_SEED which.
namespace tocsin::api {
namespace {

namespace json = boost::json;
using gate::OrganisationId;
using gate::Tlp;

std::int64_t environment(char const* name, std::int64_t otherwise) {
    char const* const text = std::getenv(name);
    return text == nullptr ? otherwise : parse_int(text).value_or(otherwise);
}

template <class T>
T must(Result<T> result) {
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    if (!result) std::abort();
    return std::move(*result);
}

constexpr OrganisationId no_one{0};
constexpr std::size_t organisations = 4;  ///< bank, its shop, north, south; numbered as the directory will number them
constexpr std::size_t objects_of_a_world = 36;

struct Terms {
    OrganisationId originator;
    std::int64_t group = 0;
    bool is_embargoed = false, is_controlled = false, is_withdrawn = false;
};

/// What we know of an object because we invented it.
struct Invented {
    std::string id, word, label, address, secret_word;
    Tlp tlp = Tlp::amber;
    std::optional<Tlp> part;    ///< of one property
    std::string part_property;  ///< description, which holds the secret word; labels; name; or one it can't be without
    OrganisationId concerns;    ///< whose machine it names
    Terms terms;
    Tlp seen_under = Tlp::clear;  ///< the marking of the event that met it
    std::string refers_to;
    std::string text;
};

struct Asker {
    std::string name, key;
    bool is_team = false;
    bool is_viewer = false;
    OrganisationId organisation = {};
    Tlp clearance = Tlp::clear;
};

/// The rules once more, as a person would say them (docs/security.md).
class Naive {
  public:
    bool is_member[3][organisations + 1] = {};

    bool may_have(Asker const& asker, Invented const& object, Tlp tlp) const {
        if (asker.is_team) return !asker.is_viewer || tlp != Tlp::red;
        auto const& terms = object.terms;
        if (terms.is_withdrawn || tlp > asker.clearance) return false;
        if (terms.originator && terms.originator == asker.organisation) return true;
        if (terms.is_embargoed || terms.is_controlled) return false;
        if (terms.group != 0) return is_member[terms.group][asker.organisation.value] && tlp != Tlp::red;
        if (tlp == Tlp::red) return false;
        bool const is_own = object.concerns && object.concerns == asker.organisation;
        if (is_own) return true;
        if (tlp == Tlp::amber_strict) return false;
        if (tlp <= Tlp::green || is_above(asker.organisation, object.concerns)) return true;
        return is_above(object.concerns, asker.organisation) || !terms.originator;
    }
    bool may_have(Asker const& asker, Invented const& object) const { return may_have(asker, object, object.tlp); }
    bool may_have(Asker const& asker, Invented const& object, std::string_view property) const {
        bool const is_marked = object.part && object.part_property == property;
        return may_have(asker, object) && (!is_marked || may_have(asker, object, std::max(object.tlp, *object.part)));
    }
    /// The shop belongs to the bank.
    static bool is_above(OrganisationId above, OrganisationId below) { return above.value == 1 && below.value == 2; }
};

std::string_view marking_id(Tlp tlp, bool is_old) {
    using Level = formats::stix::TlpLevel;
    auto const level = static_cast<Level>(static_cast<int>(tlp));
    return is_old && tlp != Tlp::amber_strict ? formats::stix::tlp1_marking_id(level)
                                              : formats::stix::tlp2_marking_id(level);
}

class World {
  public:
    explicit World(std::uint64_t seed) : random_(seed) {
        invent();
        fill();
        let_it_be_seen();
    }
    World(World const&) = delete;

    /// Asks everything; gives how many questions it were.
    std::int64_t ask();

  private:
    void invent();
    Invented invented(std::size_t number);
    void fill();
    void let_it_be_seen();
    void recall(Invented& object);
    TestWorld world();
    Answer get(Asker const& asker, std::string const& target) { return house_.get(target, {.key = asker.key}); }
    bool sees(Asker const& asker, Invented const& object) const { return naive_.may_have(asker, object); }

    std::set<std::string> due(Asker const& asker) const {
        std::set<std::string> ids;
        for (auto const& object : objects_)
            if (sees(asker, object)) ids.insert(object.id);
        return ids;
    }
    void check_texts(Asker const& asker, std::string const& body, std::string_view door);
    void ask_taxii(Asker const& asker);
    void ask_taxii_one(Asker const& asker, Invented const& object);
    void ask_list(Asker const& asker);
    void ask_about(Asker const& asker, Invented const& object);
    void ask_question(Asker const& asker, Invented const& object, std::string const& question, bool expected);
    void ask_matches(Asker const& asker);
    void ask_detections(Asker const& asker);
    void ask_outsider(Asker const& asker);

    Random random_;
    std::int64_t asked_ = 0;
    std::vector<Invented> objects_;
    std::vector<Asker> askers_;
    Naive naive_;
    TestHouse house_{world()};
};

void World::invent() {
    for (auto& row : naive_.is_member)
        for (auto& cell : row) cell = random_.chance(0.5);
    for (std::size_t i = 0; i < objects_of_a_world; ++i) objects_.push_back(invented(i));
}

Invented World::invented(std::size_t number) {
    Invented made;
    auto const pick = [&](std::size_t count) { return random_.below(count); };
    auto const uuid = fmt::format("00000000-0000-4000-8000-{:012}", number + 1);
    made.word = fmt::format("plainword{}q", number);
    made.secret_word = fmt::format("secretword{}q", number);
    made.label = fmt::format("label-{}q", number);
    made.tlp = static_cast<Tlp>(pick(5));
    if (random_.chance(0.3)) made.part = static_cast<Tlp>(pick(5));
    made.concerns = {static_cast<std::int64_t>(pick(organisations + 1))};
    made.address = fmt::format("198.18.{}.{}", made.concerns.value, number);
    made.seen_under = static_cast<Tlp>(pick(5));
    // Terms come with a delivery: a few kinds.
    static Terms const kinds[] = {{},   {{3}}, {{4}}, {no_one, 1}, {{3}, 2}, {no_one, 0, true}, {{4}, 0, false, true},
                                  {{1}}};
    made.terms = kinds[number % std::size(kinds)];
    bool const is_old = random_.chance(0.3);
    auto tlp_ref = fmt::format("\"{}\"", marking_id(made.tlp, is_old));
    if (is_old && made.tlp == Tlp::amber_strict) tlp_ref = fmt::format("\"{}\"", marking_id(made.tlp, false));
    std::string more;
    if (!objects_.empty() && random_.chance(0.3)) {
        made.refers_to = objects_[pick(objects_.size())].id;
        made.id = "report--" + uuid;
        made.address.clear();
        made.concerns = no_one;
        more += fmt::format(R"(,"published":"2026-01-01T00:00:00Z","object_refs":["{}"])", made.refers_to);
    } else {
        made.id = "indicator--" + uuid;
        more += fmt::format(
            R"(,"pattern":"[ipv4-addr:value = '{}']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z","valid_until":"2099-01-01T00:00:00Z")",
            made.address);
    }
    bool const is_report = made.id.starts_with("report");
    if (made.part) {
        std::string const properties[] = {"description", "labels", is_report ? "object_refs" : "name",
                                          is_report ? "published" : "pattern"};
        made.part_property = properties[pick(4)];
        more += fmt::format(R"(,"granular_markings":[{{"marking_ref":"{}","selectors":["{}"]}}])",
                            marking_id(*made.part, false), made.part_property);
        // What an object can't be without makes the whole of it strict.
        if (made.part_property == "object_refs" || made.part_property == "published" ||
            made.part_property == "pattern") {
            made.tlp = std::max(made.tlp, *made.part);
            made.part.reset();
        }
    }
    made.text = fmt::format(
        R"({{"type":"{}","spec_version":"2.1","id":"{}","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"{}","description":"{}","labels":["{}"],"object_marking_refs":[{}]{}}})",
        made.id.substr(0, made.id.find("--")), made.id, made.word, made.secret_word, made.label, tlp_ref, more);
    return made;
}

TestWorld World::world() {
    TestWorld made;
    made.gate.emplace();
    made.gate->is_within = [](OrganisationId below, OrganisationId above) {
        return below == above || Naive::is_above(above, below);
    };
    made.gate->is_member = [this](gate::SharingGroupId group, OrganisationId organisation) {
        return naive_.is_member[group.value][organisation.value];
    };
    made.concerns_of = [](formats::Observable const& value, std::vector<OrganisationId>& into) {
        auto const parts = split(value.value, '.');
        if (parts.size() == 4 && parts[2] != "0") into.push_back({parse_int(parts[2]).value_or(0)});
    };
    made.kin_of = [](OrganisationId organisation) {
        intelligence::Kin kin;
        if (organisation.value == 1) kin.below = {{2}};
        if (organisation.value == 2) kin.above = {{1}};
        return kin;
    };
    return made;
}

/// Some are withdrawn, some get a stricter marking.
void World::recall(Invented& object) {
    intelligence::KeptBack kept{.id = object.id};
    if (random_.chance(0.15)) {
        object.terms.is_withdrawn = true;
    } else if (!object.part && random_.chance(0.3)) {
        kept.how = gate::Recalled::downgraded;
        kept.marking.tlp = static_cast<Tlp>(random_.below(5));
        object.tlp = std::max(object.tlp, kept.marking.tlp);
    } else {
        return;
    }
    EXPECT_TRUE(house_.intelligence().keep_back({kept}, [](store::Transaction&) -> Status { return {}; }));
}

void World::fill() {
    auto const by = access::command_principal();
    for (std::size_t i = 1; i <= organisations; ++i) {
        constituency::OrganisationDraft draft;
        draft.name = fmt::format("Organisation {}", i);
        draft.country = "XA";
        EXPECT_EQ(must(house_.constituency().directory().add(draft, by)).id.value, static_cast<std::int64_t>(i));
    }
    // All terms of one kind come together, in an order of their own: definitions are not needed, TLP's are known.
    for (std::size_t i = 0; i < objects_.size(); ++i) {
        auto& object = objects_[i];
        intelligence::ImportRequest request;
        request.source.kind = "import";
        request.source.name = "invented";
        request.source.organisation = object.terms.originator;
        request.terms.group = {object.terms.group};
        request.terms.originator_control = object.terms.is_controlled;
        if (object.terms.is_embargoed) request.terms.embargo = system_clock().now() + std::chrono::hours(24);
        formats::MemorySource source(object.text);
        auto const totals = must(house_.intelligence().import(source, request, by));
        EXPECT_EQ(totals.stored, 1) << object.text;
        recall(object);
    }
    for (auto const role : {access::Role::viewer, access::Role::analyst, access::Role::administrator}) {
        access::NewKey key;
        key.name = std::string(access::name_of(role));
        key.role = role;
        askers_.push_back({.name = key.name,
                           .key = must(house_.access().add_key(by, key)).key,
                           .is_team = true,
                           .is_viewer = role == access::Role::viewer});
    }
    struct {
        OrganisationId organisation;
        Tlp clearance;
    } const teams[] = {{{3}, Tlp::green}, {{4}, Tlp::amber}, {{1}, Tlp::red}, {{2}, Tlp::amber_strict}};
    for (auto const& team : teams) {
        auto const name = fmt::format("peer {}", team.organisation.value);
        auto const made = must(
            house_.peers().add({.name = name, .organisation = team.organisation, .clearance = team.clearance}, by));
        askers_.push_back(
            {.name = name, .key = made.key, .organisation = team.organisation, .clearance = team.clearance});
    }
}

/// One event for each address an indicator names.
void World::let_it_be_seen() {
    constexpr std::string_view tlps[] = {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"};
    std::string lines;
    for (auto const& object : objects_) {
        if (object.address.empty()) continue;
        lines += fmt::format(
            R"({{"classification.type":"infected-system","source.ip":"{}","time.source":"2026-11-01T04:05:06+00:00","tlp":"{}"}})"
            "\n",
            object.address, tlps[static_cast<std::size_t>(object.seen_under)]);
    }
    must(house_.events().accept(lines, "invented.jsonl", "generic/idf", events::ReportOrigin::command));
    EXPECT_EQ(must(house_.events().process_pending()).rejected, 0);
}

/// No word of what is not for the asker stands anywhere in an answer.
void World::check_texts(Asker const& asker, std::string const& body, std::string_view door) {
    for (auto const& object : objects_) {
        std::pair<std::string_view, std::string const*> const words[] = {
            {"name", &object.word}, {"labels", &object.label}, {"description", &object.secret_word}};
        for (auto const& [property, word] : words) {
            ++asked_;
            if (naive_.may_have(asker, object, property)) continue;
            EXPECT_EQ(body.find(*word), std::string::npos)
                << door << " tells " << asker.name << " the " << property << " of " << object.text;
        }
    }
}

std::set<std::string> ids_in(json::value const& page, std::string_view list) {
    std::set<std::string> ids;
    auto const* const object = page.if_object();
    if (object == nullptr || !object->contains(list)) return ids;
    for (auto const& one : object->at(list).as_array()) ids.emplace(one.at("id").as_string());
    return ids;
}

void World::ask_taxii(Asker const& asker) {
    auto const expected = due(asker);
    for (std::string const resource : {"objects", "manifest"}) {
        std::set<std::string> seen;
        std::string following;
        do {
            auto const answer =
                get(asker, fmt::format("/taxii2/root/collections/all/{}/?limit={}{}", resource, random_.below(9) + 3,
                                       following.empty() ? "" : "&next=" + following));
            ASSERT_EQ(answer.status, 200) << answer.text;
            check_texts(asker, answer.text, "TAXII " + resource);
            auto const page = answer.json();
            for (auto const& id : ids_in(page, "objects")) EXPECT_TRUE(seen.insert(id).second) << id << " comes twice";
            auto const* const next = page.as_object().if_contains("next");
            following = next == nullptr ? "" : std::string(next->as_string());
        } while (!following.empty());
        asked_ += static_cast<std::int64_t>(objects_.size());
        EXPECT_EQ(seen, expected) << "TAXII " << resource << " for " << asker.name;
    }
    for (auto const& object : objects_) ask_taxii_one(asker, object);
}

void World::ask_taxii_one(Asker const& asker, Invented const& object) {
    std::string const nobody = object.id.substr(0, object.id.size() - 4) + "9999";
    for (std::string const tail : {"/", "/versions/"}) {
        auto const answer = get(asker, "/taxii2/root/collections/all/objects/" + object.id + tail);
        asked_ += 2;
        EXPECT_EQ(answer.status, sees(asker, object) ? 200 : 404) << asker.name << " asks TAXII for " << object.text;
        if (answer.status == 200) {
            check_texts(asker, answer.text, "TAXII object");
            bool const is_whole = tail == "/";
            EXPECT_EQ(answer.text.find(object.secret_word) != std::string::npos,
                      is_whole && naive_.may_have(asker, object, "description"))
                << asker.name << ": " << object.text;
            EXPECT_EQ(answer.text.find(object.label) != std::string::npos,
                      is_whole && naive_.may_have(asker, object, "labels"))
                << asker.name << ": " << object.text;
        } else {
            auto const none = get(asker, "/taxii2/root/collections/all/objects/" + nobody + tail);
            EXPECT_EQ(replaced(answer.text, object.id, "ID"), replaced(none.text, nobody, "ID"))
                << "not found is not as not allowed";
        }
    }
    auto const matched = get(asker, "/taxii2/root/collections/all/objects/?match[id]=" + object.id);
    EXPECT_EQ(ids_in(matched.json(), "objects").size(), sees(asker, object) ? 1U : 0U);
    ++asked_;
}

void World::ask_list(Asker const& asker) {
    auto const expected = due(asker);
    auto const list = get(asker, "/api/v1/intelligence/objects?limit=200");
    ASSERT_EQ(list.status, 200) << list.text;
    EXPECT_EQ(ids_in(list.json(), "items"), expected) << asker.name;
    auto const count = get(asker, "/api/v1/intelligence/objects/count").json();
    EXPECT_EQ(count.at("count").to_number<std::size_t>(), expected.size()) << asker.name;
    check_texts(asker, list.text, "the list");
    auto const facets = get(asker, "/api/v1/intelligence/facets?by=type,label,tlp");
    ASSERT_EQ(facets.status, 200) << facets.text;
    check_texts(asker, facets.text, "facets");
    auto const told = facets.json();
    for (auto const* const facet : {"type", "tlp"}) {
        std::size_t sum = 0;
        for (auto const& slice : told.at(facet).as_array()) sum += slice.at("count").to_number<std::size_t>();
        EXPECT_EQ(sum, expected.size()) << facet << " for " << asker.name;
    }
    for (auto const* const format : {"bundle", "jsonl"}) {
        auto const exported = get(asker, fmt::format("/api/v1/intelligence/objects/export?format={}", format));
        ASSERT_EQ(exported.status, 200) << exported.text;
        check_texts(asker, exported.text, "the export");
        for (auto const& object : objects_) {
            ++asked_;
            EXPECT_EQ(exported.text.find("\"id\":\"" + object.id) != std::string::npos, sees(asker, object))
                << asker.name << ": " << object.text;
        }
    }
    asked_ += 3 * static_cast<std::int64_t>(objects_.size());
}

void World::ask_question(Asker const& asker, Invented const& object, std::string const& question, bool expected) {
    auto const found = get(asker, "/api/v1/intelligence/objects?limit=200&" + question);
    ASSERT_EQ(found.status, 200) << found.text;
    EXPECT_EQ(ids_in(found.json(), "items").contains(object.id), expected)
        << asker.name << " asks " << question << " for " << object.text;
    auto const count = get(asker, "/api/v1/intelligence/objects/count?" + question).json();
    EXPECT_EQ(count.at("count").to_number<std::size_t>(), found.json().at("items").as_array().size()) << question;
    asked_ += 2;
}

void World::ask_about(Asker const& asker, Invented const& object) {
    bool const visible = sees(asker, object);
    // Parts with a marking of their own are not searched by their words and labels, whoever asks.
    auto const is_found_by = [&](std::string_view property) {
        return visible && !(object.part && object.part_property == property);
    };
    ask_question(asker, object, "id=" + object.id, visible);
    ask_question(asker, object, "q=" + object.word, is_found_by("name"));
    ask_question(asker, object, "label=" + object.label, is_found_by("labels"));
    ask_question(asker, object, "q=" + object.secret_word, is_found_by("description"));
    if (!object.address.empty()) ask_question(asker, object, "value=" + object.address, visible);
    if (!object.refers_to.empty()) ask_question(asker, object, "refers_to=" + object.refers_to, visible);
    auto const nobody = object.id.substr(0, object.id.size() - 4) + "9999";
    for (std::string const tail : {"", "/related", "/matches", "/graph?steps=6&limit=1000"}) {
        auto const target = "/api/v1/intelligence/objects/";
        auto const answer = get(asker, target + object.id + tail);
        ++asked_;
        EXPECT_EQ(answer.status, visible ? 200 : 404) << asker.name << tail << " " << object.text;
        check_texts(asker, answer.text, "the page of an object" + tail);
        if (!visible)
            EXPECT_EQ(replaced(answer.text, object.id, "ID"),
                      replaced(get(asker, target + nobody + tail).text, nobody, "ID"));
    }
    for (auto const& text : {object.word, object.id, object.address}) {
        if (text.empty()) continue;
        auto const answer = get(asker, "/api/v1/search?q=" + text);
        ++asked_;
        check_texts(asker, answer.text, "the palette's search");
        if (!visible) EXPECT_EQ(replaced(answer.text, text, "").find(object.id), std::string::npos) << asker.name;
    }
}

/// A match is as strict as the indicator and as the event that met it.
void World::ask_matches(Asker const& asker) {
    auto const answer = get(asker, "/api/v1/matches?limit=200");
    ASSERT_EQ(answer.status, 200) << answer.text;
    check_texts(asker, answer.text, "matches");
    std::set<std::string> seen, expected;
    for (auto const& one : answer.json().at("items").as_array()) seen.emplace(one.at("indicator").at("id").as_string());
    for (auto const& object : objects_) {
        bool const was_met = !object.address.empty();
        if (was_met && naive_.may_have(asker, object, std::max(object.tlp, object.seen_under)))
            expected.insert(object.id);
    }
    EXPECT_EQ(seen, expected) << "matches for " << asker.name;
    asked_ += static_cast<std::int64_t>(objects_.size());
}

/// The address stands in the text by itself, forwards or as DNS has it.
bool has_address(std::string_view text, std::string const& address) {
    auto octets = split(address, '.');
    std::string const reversed = fmt::format("32.{}.{}.{}.{}.rpz-ip", octets[3], octets[2], octets[1], octets[0]);
    if (text.find(reversed) != std::string_view::npos) return true;
    auto const is_of_number = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
    for (auto at = text.find(address); at != std::string_view::npos; at = text.find(address, at + 1))
        if (!is_of_number(at + address.size()) && (at == 0 || !is_of_number(at - 1))) return true;
    return false;
}

void World::ask_detections(Asker const& asker) {
    for (auto const& format : formats::detection::formats()) {
        auto const answer = get(asker, fmt::format("/detections/all/{}", format.name));
        ASSERT_EQ(answer.status, 200) << answer.text;
        check_texts(asker, answer.text, format.name);
        bool const has_all = format.name == "csv" || format.name == "ip-list" || format.name == "rpz";
        for (auto const& object : objects_) {
            if (object.address.empty()) continue;
            ++asked_;
            bool const is_there = has_address(answer.text, object.address);
            bool const is_due = sees(asker, object);
            EXPECT_TRUE(is_due || !is_there) << format.name << " tells " << asker.name << " " << object.text;
            EXPECT_TRUE(is_there || !is_due || !has_all)
                << format.name << " keeps from " << asker.name << " " << object.text;
        }
    }
}

/// A peer's key opens TAXII and the files for tools of defence, and nothing else.
void World::ask_outsider(Asker const& asker) {
    for (std::string const path :
         {"/api/v1/intelligence/objects", "/api/v1/intelligence/objects/count", "/api/v1/intelligence/facets",
          "/api/v1/intelligence/objects/export", "/api/v1/matches", "/api/v1/search?q=plainword1q",
          "/api/v1/disclosures", "/api/v1/peers", "/api/v1/collections", "/api/v1/events", "/api/v1/findings"}) {
        auto const answer = get(asker, path);
        EXPECT_TRUE(answer.status == 401 || answer.status == 403)
            << asker.name << " gets " << answer.status << " from " << path;
        for (auto const& object : objects_) {
            ++asked_;
            EXPECT_EQ(answer.text.find(object.word), std::string::npos);
            EXPECT_EQ(answer.text.find(object.id), std::string::npos);
        }
    }
}

std::int64_t World::ask() {
    for (auto const& asker : askers_) {
        ask_taxii(asker);
        ask_detections(asker);
        if (!asker.is_team) {
            ask_outsider(asker);
            continue;
        }
        ask_list(asker);
        ask_matches(asker);
        for (auto const& object : objects_) ask_about(asker, object);
    }
    return asked_;
}

TEST(Leak, NothingLeaksAndNothingIsMissingThroughAnyDoor) {
    auto const wanted = environment("TOCSIN_LEAK_CASES", 20'000);
    auto seed = static_cast<std::uint64_t>(environment("TOCSIN_LEAK_SEED", 20261126));
    std::int64_t asked = 0;
    for (; asked < wanted && !HasFailure(); ++seed) {
        SCOPED_TRACE(fmt::format("TOCSIN_LEAK_SEED={}", seed));
        asked += World(seed).ask();
    }
    RecordProperty("cases", fmt::format("{}", asked));
    std::cout << asked << " cases\n";
}

}  // namespace
}  // namespace tocsin::api
