#pragma once
#include "readiness/readiness.hpp"

#include <atomic>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

/// A room with a small framework of its own, for the tests.
namespace tocsin::readiness {

/// The same text in all languages.
inline std::string six(std::string_view text) {
    return fmt::format(R"({{"ar":"{0}","zh":"{0}","en":"{0}","fr":"{0}","ru":"{0}","es":"{0}"}})", text);
}

inline std::string levels(int first, int last) {
    std::string list;
    for (int value = first; value <= last; ++value)
        list += fmt::format(R"({}{{"value":{},"name":{}}})", list.empty() ? "" : ",", value, six("level"));
    return list;
}

/// sim3-v9: three parameters on levels 0 to 4.
inline std::string maturity() {
    auto const item = [](std::string_view id) {
        return fmt::format(R"({{"id":"{}","group":"O","name":{},"description":{},"sure":"confirmed","scale":"level"}})",
                           id, six(id), six("what it is"));
    };
    return fmt::format(
        R"({{"schema":"tocsin/framework-1","id":"sim3","version":"v9","kind":"maturity","title":{},"publisher":"Test",)"
        R"("published":"2026-01-01","licence":"ours","sources":[{{"about":"x","address":"https://a.example/","sure":"seen"}}],)"
        R"("scales":[{{"id":"level","name":{},"sure":"confirmed","levels":[{}]}}],)"
        R"("groups":[{{"id":"O","name":{},"sure":"confirmed"}}],"items":[{},{},{}]}})",
        six("Test model"), six("Level"), levels(0, 4), six("Organisation"), item("O-2"), item("O-8"), item("T-2"));
}

/// x1060-9: two services, one of them of a group that watches in real time.
inline std::string services() {
    auto const item = [](std::string_view id, std::string_view group) {
        return fmt::format(R"({{"id":"{}","group":"{}","name":{},"description":{},"sure":"to-check"}})", id, group,
                           six(id), six("what it is"));
    };
    return fmt::format(
        R"({{"schema":"tocsin/framework-1","id":"x1060","version":"9","kind":"services","title":{},"publisher":"Test",)"
        R"("published":"","licence":"ours","sources":[{{"about":"x","address":"https://a.example/","sure":"seen"}}],)"
        R"("scales":[{{"id":"insource","name":{},"sure":"to-check","levels":[{},{{"value":null,"name":{}}}]}}],)"
        R"("recommendations":[{{"id":"basic","order":1,"name":{},"gist":{}}}],)"
        R"("assignments":[{{"id":"insourcing","name":{},"scale":"insource"}},{{"id":"combination","name":{},"scale":null}}],)"
        R"("groups":[{{"id":"A","name":{},"sure":"seen"}},{{"id":"B","name":{},"sure":"seen"}}],"items":[{},{}]}})",
        six("Test services"), six("Insourcing"), levels(1, 5), six("no"), six("Basic"), six("the least"), six("own"),
        six("both"), six("Strategy"), six("Real-time analysis"), item("A-1", "A"), item("B-1", "B"));
}

inline std::string proposals() {
    auto const team = [](std::string_view id, int people) {
        return fmt::format(R"({{"id":"{}","people":{},"title":{},"note":{}}})", id, people, six(id), six("note"));
    };
    std::string const one = R"({"recommendation":"basic","assignment":"insourcing","wanted":3,"why":"core"})";
    auto const line = [&](std::string_view id) {
        return fmt::format(R"({{"item":"{}","three":{},"seven":{},"shared":{}}})", id, one, one, one);
    };
    return fmt::format(
        R"({{"schema":"tocsin/proposals-1","framework":"x1060","made_by":"Tocsin","teams":[{},{},{}],"reasons":)"
        R"({{"core":{}}},"items":[{},{}]}})",
        team("three", 3), team("seven", 7), team("shared", 6), six("without it there is no team"), line("A-1"),
        line("B-1"));
}

inline std::string countries() {
    auto const country = [](std::string_view iso2, std::string_view iso3, std::string_view m49, bool ldc) {
        return fmt::format(
            R"({{"iso2":"{}","iso3":"{}","m49":"{}","region":"AFR","ldc":{},"lldc":false,"sids":false,"name":{}}})",
            iso2, iso3, m49, ldc, six(iso3));
    };
    return fmt::format(
        R"({{"schema":"tocsin/countries-1","sources":[{{"about":"x","address":"https://a.example/","sure":"seen"}}],)"
        R"("regions":[{{"id":"AFR","name":{}}}],"countries":[{},{},{}]}})",
        six("Africa"), country("XA", "XAA", "901", false), country("XB", "XBB", "902", true),
        country("XC", "XCC", "903", false));
}

inline std::string profile() {
    return fmt::format(
        R"({{"schema":"tocsin/profile-1","id":"test-target","framework":"sim3","title":{},"publisher":"Test",)"
        R"("sources":[],"levels":{{"O-2":3,"O-8":2}}}})",
        six("Target"));
}

class House {
  public:
    House() {
        static std::atomic<int> count{0};
        path = std::filesystem::temp_directory_path() / fmt::format("tocsin-readiness-{}-{}", ::getpid(), ++count);
        std::filesystem::remove_all(path);
        directory = std::make_unique<store::DataDirectory>(*store::DataDirectory::open(path));
        std::filesystem::create_directories(own());
        write("sim3-v9.json", maturity());
        write("x1060-9.json", services());
        write("x1060-proposals.json", proposals());
        write("countries.json", countries());
        write("profile.json", profile());
        std::vector<store::Migration> all;
        for (auto const part : {access::migrations(), constituency::migrations(), gate::migrations(), migrations()})
            all.insert(all.end(), part.begin(), part.end());
        ledger = *store::Ledger::open(path / "ledger.sqlite", all);
        reopen();
    }
    ~House() {
        room.reset();
        ledger.reset();
        directory.reset();
        std::filesystem::remove_all(path);
    }
    std::filesystem::path own() const { return path / "catalogues"; }
    void write(std::string_view name, std::string_view text) const { std::ofstream(own() / name) << text; }
    void reopen() {
        auto opened = Readiness::open(*ledger, clock, own());
        EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
        room = *std::move(opened);
    }
    Assessment assessment(std::string framework = "sim3-v9", std::vector<std::string> assessors = {}) const {
        auto made = room->assessments.add(
            {.framework = std::move(framework), .title = "Ours", .assessors = std::move(assessors)}, us);
        EXPECT_TRUE(made) << (made ? "" : made.error().message);
        return made.value_or(Assessment());
    }
    std::int64_t audited(std::string_view what) const {
        auto const entries = ledger->read(
            [&](store::Transaction& tx) { return access::audit_entries(tx, {.what = std::string(what)}); });
        return entries ? static_cast<std::int64_t>(entries->size()) : -1;
    }

    FixedClock clock{*parse_timestamp("2026-11-26T10:00:00Z")};
    access::Principal us = access::command_principal();
    std::filesystem::path path;
    std::unique_ptr<store::DataDirectory> directory;
    std::unique_ptr<store::Ledger> ledger;
    std::unique_ptr<Readiness> room;
};

}  // namespace tocsin::readiness
