// Runs every feed over its example: feeds/<publisher>/<report>.example.* must give <report>.golden.jsonl.
// `./dev golden` rewrites the golden files; read the diff.
#include "events/events.hpp"
#include "events/file_source.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>

namespace tocsin::events {
namespace {

namespace fs = std::filesystem;
fs::path const feeds_folder = fs::path(TOCSIN_SOURCE_DIR) / "feeds";

std::string content_of(fs::path const& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

FeedCatalogue const& catalogue() {
    static auto const opened = FeedCatalogue::open();
    if (!opened) throw std::runtime_error(opened.error().message);
    return *opened;
}

/// Examples by the id of their feed.
std::map<std::string, fs::path> examples() {
    std::map<std::string, fs::path> found;
    for (auto const& file : fs::recursive_directory_iterator(feeds_folder)) {
        auto const name = file.path().filename().string();
        if (auto const at = name.find(".example."); at != std::string::npos)
            found[file.path().parent_path().filename().string() + "/" + name.substr(0, at)] = file.path();
    }
    return found;
}

/// What `tocsin parse` prints: the events, then the rejected rows.
std::string parsed_text(std::string const& id, fs::path const& example) {
    auto source = open_file(example);
    auto report =
        open_report(std::move(*source), {.name = "", .feed = id, .mapping = nullptr, .limits = {}}, catalogue());
    if (!report) return report.error().message + "\n";
    std::string text, rejected;
    while (true) {
        auto chunk = report->next();
        if (!chunk) return text + chunk.error().message + "\n";
        if (!*chunk) return text + rejected;
        auto const parsed = parse(std::move(**chunk), report->plan());
        for (std::size_t row = 0; row < parsed.batch.size(); ++row) {
            parsed.batch.append_json(text, row);
            text += '\n';
        }
        for (auto const& row : parsed.rejected) rejected += rejected_json(row, "") + "\n";
    }
}

TEST(Feeds, EveryDefinitionIsWellFormed) {
    for (auto const& fault : catalogue().check()) ADD_FAILURE() << fault.message;
    EXPECT_GE(catalogue().ids().size(), 177u);
}

TEST(Feeds, EveryFeedHasAnExample) {
    auto const known = examples();
    for (auto const& id : catalogue().ids()) EXPECT_TRUE(known.contains(id)) << id;
}

TEST(Feeds, EveryExampleGivesItsGolden) {
    auto const* const mode = std::getenv("TOCSIN_GOLDEN");
    bool const write = mode != nullptr && std::string_view(mode) == "write";
    for (auto const& [id, example] : examples()) {
        auto golden = example;
        golden.replace_filename(id.substr(id.find('/') + 1) + ".golden.jsonl");
        auto const text = parsed_text(id, example);
        if (write) std::ofstream(golden, std::ios::binary) << text;
        EXPECT_EQ(content_of(golden), text) << id;
    }
}

TEST(Feeds, EveryShadowserverReportIsRecognisedByItsFileName) {
    int count = 0;
    for (auto const& id : catalogue().ids()) {
        if (!id.starts_with("shadowserver/")) continue;
        ++count;
        auto const stem = id.substr(id.find('/') + 1);
        for (auto const& name : {"2024-07-04-" + stem + "-123-sample-asn.csv",
                                 "some/folder/2024-07-04-" + stem + "-x.csv.gz", stem + ".csv"}) {
            auto const feed = catalogue().by_file_name(name);
            ASSERT_TRUE(feed && *feed) << name;
            EXPECT_EQ((**feed)->id, id) << name;
        }
    }
    EXPECT_EQ(count, 170);
}

TEST(Feeds, EveryShadowserverReportIsRecognisedByItsHeaderAndFirstRow) {
    std::vector<std::string> unclear;
    for (auto const& [id, example] : examples()) {
        if (!id.starts_with("shadowserver/")) continue;
        auto source = open_file(example);
        auto const report = open_report(std::move(*source), {}, catalogue());
        if (!report)
            unclear.push_back(id);
        else
            EXPECT_EQ(report->feed().id, id);
    }
    // The two kinds of IPv4 sinkhole reports have the same columns and nothing in a row tells them apart.
    std::vector<std::string> const expected = {"shadowserver/event4_microsoft_sinkhole",
                                               "shadowserver/event4_microsoft_sinkhole_http",
                                               "shadowserver/event4_sinkhole", "shadowserver/event4_sinkhole_http"};
    EXPECT_EQ(unclear, expected);
}

/// The fuzzer of all feeds starts from seeds whose first line names a feed.
TEST(Feeds, EveryFormatHasASeedOfTheFuzzer) {
    std::map<FeedFormat, std::string> seeded;
    auto const corpus = fs::path(TOCSIN_SOURCE_DIR) / "tests/fuzz/corpus/parser_fuzz";
    for (auto const& file : fs::directory_iterator(corpus)) {
        auto const seed = content_of(file.path());
        auto const id = seed.substr(0, seed.find('\n'));
        if (id.empty()) continue;  // told by its header
        auto const feed = catalogue().find(id);
        ASSERT_TRUE(feed) << file.path() << ": " << feed.error().message;
        seeded[(*feed)->format] = id;
    }
    for (auto const& id : catalogue().ids())
        EXPECT_TRUE(seeded.contains((*catalogue().find(id))->format))
            << id << ": no seed in " << corpus << " is of a feed of its format";
}

TEST(Feeds, AnUnknownReportTypeIsReadByItsColumns) {
    auto report = open_report(
        std::make_unique<formats::MemorySource>(
            "\"timestamp\",\"ip\",\"port\",\"asn\",\"geo\",\"brand_new\"\n"
            "\"2026-11-22 01:02:03\",\"2001:db8::7\",\"4711\",\"64500\",\"XA\",\"0\"\n"),
        {.name = "2026-11-22-scan_brandnew-12-sample-asn.csv", .feed = {}, .mapping = nullptr, .limits = {}},
        catalogue());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->feed().id, "shadowserver/scan_brandnew");
    EXPECT_EQ(format_date(*report->report_date()), "2026-11-22");
    auto chunk = report->next();
    ASSERT_TRUE(chunk && *chunk);
    auto const parsed = parse(std::move(**chunk), report->plan());
    ASSERT_EQ(parsed.batch.size(), 1u);
    std::string json;
    parsed.batch.append_json(json, 0);
    EXPECT_EQ(
        json,
        R"({"classification.identifier":"scan-brandnew","classification.taxonomy":"other","classification.type":"undetermined",)"
        R"("feed.name":"scan-brandnew","source.asn":64500,"source.geolocation.cc":"XA","source.ip":"2001:db8::7",)"
        R"("source.port":4711,"time.source":"2026-11-22T01:02:03Z","extra.brand_new":"0"})");
}

TEST(Feeds, APortMayBeEmptyButNotWrong) {
    auto report =
        open_report(std::make_unique<formats::MemorySource>(
                        "timestamp,ip,port\n2026-11-22 00:00:00,192.0.2.1,\n2026-11-22 00:00:00,192.0.2.1,70000\n"),
                    {.name = {}, .feed = "shadowserver/scan_ip_tunnel", .mapping = nullptr, .limits = {}}, catalogue());
    ASSERT_TRUE(report) << report.error().message;
    auto chunk = report->next();
    auto const parsed = parse(std::move(**chunk), report->plan());
    EXPECT_EQ(parsed.batch.size(), 1u);
    ASSERT_EQ(parsed.rejected.size(), 1u);
    EXPECT_EQ(parsed.rejected.front().reason, "\"70000\" is not a port from 0 to 65535");
}

TEST(Feeds, AFeedOfTheFolderWinsOverTheCompiledOne) {
    auto const folder = fs::temp_directory_path() / "tocsin_feeds_test";
    fs::create_directories(folder / "cins");
    std::ofstream(folder / "cins" / "army.toml")
        << "name = \"Ours\"\n[classification]\ntype = \"scanner\"\n[record]\nformat = \"list\"\n";
    auto const opened = FeedCatalogue::open(folder);
    ASSERT_TRUE(opened) << opened.error().message;
    auto const feed = opened->find("cins/army");
    ASSERT_TRUE(feed) << feed.error().message;
    EXPECT_EQ((*feed)->name, "Ours");
    EXPECT_EQ((*feed)->taxonomy, "information-gathering");
    fs::remove_all(folder);
}

TEST(Feeds, AWrongIdIsAnsweredWithNearOnes) {
    auto const feed = catalogue().find("shadow/scan_tel");
    ASSERT_FALSE(feed);
    EXPECT_EQ(feed.error().code, Code::not_found);
    EXPECT_NE(feed.error().message.find("shadowserver/scan_telnet"), std::string::npos) << feed.error().message;
}

}  // namespace
}  // namespace tocsin::events
