#include "events/events.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace tocsin::events {
namespace {

FeedCatalogue const& catalogue() {
    static auto const opened = FeedCatalogue::open();
    if (!opened) throw std::runtime_error(opened.error().message);
    return *opened;
}

std::shared_ptr<FeedDefinition const> mapping() {
    auto feed = read_feed_definition("test/small", {"small.toml", R"(
name = "Small"
[classification]
type = "scanner"
[record]
required = ["ip"]
[columns]
ip = "source.ip"
port = "source.port"
note = "extra.note"
)"});
    return std::make_shared<FeedDefinition const>(std::move(*feed));
}

struct Outcome {
    std::vector<std::string> events;    // "192.0.2.1 note"
    std::vector<std::string> rejected;  // "2 port: reason"
    std::string error;
};

Outcome read_all(std::string bytes, OpenOptions options, std::size_t piece = 1 << 20) {
    Outcome outcome;
    auto report = open_report(std::make_unique<formats::MemorySource>(std::move(bytes), piece), options, catalogue());
    if (!report) {
        outcome.error = report.error().message;
        return outcome;
    }
    while (true) {
        auto chunk = report->next();
        if (!chunk) outcome.error = chunk.error().message;
        if (!chunk || !*chunk) return outcome;
        auto const parsed = parse(std::move(**chunk), report->plan());
        for (std::size_t row = 0; row < parsed.batch.size(); ++row)
            outcome.events.push_back(format_ip(parsed.batch.address(row, Field::source_ip)) + " " +
                                     std::string(parsed.batch.extra(row)));
        for (auto const& row : parsed.rejected)
            outcome.rejected.push_back(fmt::format("{} {}: {}", row.record, row.field, row.reason));
    }
}

Outcome read_small(std::string bytes, std::size_t piece = 1 << 20) {
    OpenOptions options;
    options.mapping = mapping();
    return read_all(std::move(bytes), options, piece);
}

using Lines = std::vector<std::string>;

std::string gzip(std::string_view text) {
    std::string out(compressBound(text.size()) + 64, '\0');
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
}

std::string zip(std::vector<std::pair<std::string, std::string>> const& files) {
    std::string out(std::size_t{1} << 20, '\0');
    std::size_t used = 0;
    auto* const a = archive_write_new();
    archive_write_set_format_zip(a);
    archive_write_open_memory(a, out.data(), out.size(), &used);
    for (auto const& [name, text] : files) {
        auto* const entry = archive_entry_new();
        archive_entry_set_pathname(entry, name.c_str());
        archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_write_header(a, entry);
        archive_write_data(a, text.data(), text.size());
        archive_entry_free(entry);
    }
    archive_write_close(a);
    archive_write_free(a);
    out.resize(used);
    return out;
}

std::string const good = "ip,port,note\n192.0.2.1,23,a\n2001:db8::1,24,b\n";
Lines const good_events = {R"(192.0.2.1 "extra.note":"a")", R"(2001:db8::1 "extra.note":"b")"};

TEST(Report, IsReadWhateverThePiecesItComesIn) {
    for (std::size_t const piece : {1u, 2u, 3u, 7u, 64u, 1000u})
        EXPECT_EQ(read_small(good, piece).events, good_events) << piece;
}

TEST(Report, BadRowsNameFieldAndExpectationAndGoodOnesStay) {
    auto const outcome = read_small(
        "ip,port,note\n192.0.2.1,23,a\n192.0.2.300,23,x\n192.0.2.3,99999,x\n,1,x\n192.0.2.4,abc,x\n"
        "192.0.2.5,1\n192.0.2.6,1,x,y\n0.0.0.0,1,x\n2001:db8::1,24,b\n");
    EXPECT_EQ(outcome.events.front(), good_events.front());
    EXPECT_EQ(outcome.events.back(), good_events.back());
    EXPECT_EQ(outcome.events.size(), 3u);  // a port that is no port is kept aside in extra.port, for it is not required
    EXPECT_EQ(
        outcome.rejected,
        (Lines{R"(2 ip: "192.0.2.300" is not an IPv4 or IPv6 address)",
               "4 ip: is empty; expected an IPv4 or IPv6 address", R"(5 port: "abc" is not a port from 0 to 65535)",
               "6 : 2 fields; expected 3 as in the header", "7 : more than 3 fields; expected 3 as in the header",
               R"(8 ip: "0.0.0.0" is not an IPv4 or IPv6 address)"}));
}

TEST(Report, UnbalancedQuotesCostOnlyTheirLine) {
    auto const outcome = read_small(
        "ip,port,note\n\"192.0.2.1\",23,a\n192.0.2.9,1,\"open\n192.0.2.10,1,x\"y\"\n192.0.2.11,\"1\"2,x\n"
        "\"2001:db8::1\",24,\"b\"\n192.0.2.12,1,\"never closed\n");
    EXPECT_EQ(outcome.events.size(), 3u);
    EXPECT_EQ(outcome.events.front(), good_events.front());
    EXPECT_EQ(outcome.events.back(), good_events.back());
    EXPECT_EQ(outcome.rejected,
              (Lines{"2 : a quote is opened and not closed", "4 : field 2 goes on behind its closing quote",
                     "6 : a quote is opened and not closed"}));
}

TEST(Report, NewlinesAndQuotesInsideQuotesAreText) {
    auto const outcome = read_small("ip,port,note\r\n192.0.2.1,23,\"two\nlines and \"\"quotes\"\"\"\r\n");
    EXPECT_EQ(outcome.events, Lines{R"(192.0.2.1 "extra.note":"two\nlines and \"quotes\"")"});
}

TEST(Report, CompressedFilesAreReadAsIfTheyWereNot) {
    std::string zstd(ZSTD_compressBound(good.size()), '\0');
    zstd.resize(ZSTD_compress(zstd.data(), zstd.size(), good.data(), good.size(), 3));
    EXPECT_EQ(read_small(gzip(good)).events, good_events);
    EXPECT_EQ(read_small(gzip(good), 1).events, good_events);
    EXPECT_EQ(read_small(gzip("ip,port,note\n192.0.2.1,23,a\n") + gzip("2001:db8::1,24,b\n")).events, good_events);
    EXPECT_EQ(read_small(zstd).events, good_events);
    EXPECT_EQ(read_small(zstd, 1).events, good_events);
    EXPECT_EQ(read_small(zip({{"report.csv", good}})).events, good_events);
    EXPECT_EQ(read_small(zip({{"report.csv", good}}), 1).events, good_events);
}

TEST(Report, ACutOffGzipGivesWhatCameAndSaysSo) {
    std::string rows = "ip,port,note\n";
    for (int i = 0; i < 20000; ++i) rows += fmt::format("192.0.{}.{},{},{}\n", i / 250, 1 + i % 250, i, i * 7919);
    auto whole = gzip(rows);
    auto const outcome = read_small(whole.substr(0, whole.size() / 2));
    EXPECT_GT(outcome.events.size(), 1000u);
    EXPECT_EQ(outcome.error, "the gzip data ends too early; the file was cut off");
    EXPECT_TRUE(outcome.rejected.empty());
}

TEST(Report, BombsAreStopped) {
    auto const bomb = gzip("ip,port,note\n" + std::string(std::size_t{200} << 20, 'x'));
    auto const outcome = read_small(bomb);
    EXPECT_NE(outcome.error.find("bomb"), std::string::npos) << outcome.error;
    OpenOptions small;
    small.mapping = mapping();
    small.limits.expanded_bytes = 1000;
    EXPECT_NE(read_all(gzip("ip,port,note\n" + std::string(5000, '\n')), small).error.find("larger than 1000 bytes"),
              std::string::npos);
    EXPECT_NE(read_small(gzip(gzip(good))).error.find("compressed twice"), std::string::npos);
}

TEST(Report, NamesInAZipAreNeverPaths) {
    auto const name = "../../../../etc/cron.d/2026-11-22-scan_telnet-1-x.csv";
    auto report = open_report(
        std::make_unique<formats::MemorySource>(zip({{name, "timestamp,ip,port\n2026-11-22 00:00:00,192.0.2.1,23\n"}})),
        {}, catalogue());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->feed().id, "shadowserver/scan_telnet");
    EXPECT_NE(read_small(zip({{"a.csv", good}, {"b.csv", good}})).error.find("more than one file (a.csv, b.csv)"),
              std::string::npos);
    EXPECT_NE(read_small(zip({})).error.find("no file"), std::string::npos);
}

TEST(Report, OtherEncodingsBecomeUtf8) {
    std::string utf16 = "\xFF\xFE", utf16_be;
    for (char const c : std::string("ip,port,note\n192.0.2.1,23,a\n2001:db8::1,24,b\n")) {
        utf16 += {c, '\0'};
        utf16_be += {'\0', c};
    }
    EXPECT_EQ(read_small(utf16).events, good_events);
    EXPECT_EQ(read_small(utf16, 3).events, good_events);
    EXPECT_EQ(read_small(utf16_be).events, good_events);
    EXPECT_EQ(read_small("\xEF\xBB\xBF" + good).events, good_events);
    auto const mixed = read_small("ip,port,note\n192.0.2.1,23,caf\xE9\n2001:db8::1,24,café\n");
    EXPECT_EQ(mixed.events, (Lines{R"(192.0.2.1 "extra.note":"café")", R"(2001:db8::1 "extra.note":"café")"}));
}

TEST(Report, NulsAreTakenOut) {
    std::string text = "ip,port,note\n192.0.2.1,23,a?b\n";
    text[text.find('?')] = '\0';
    EXPECT_EQ(read_small(text).events, Lines{R"(192.0.2.1 "extra.note":"ab")"});
}

TEST(Report, AMillionColumnsAreNoTrouble) {
    auto const wide = std::string(1'000'000, ',');
    EXPECT_EQ(read_small("ip,port,note\n192.0.2.1,23,a\n" + wide + "\n2001:db8::1,24,b\n").rejected,
              Lines{"2 : more than 3 fields; expected 3 as in the header"});
    EXPECT_NE(read_small(wide + "\n").error.find("columns; at most 4096"), std::string::npos);
}

TEST(Report, ARecordPastTheLimitIsRejectedAndItsNeighboursStay) {
    for (auto const& huge : {std::string(3'000'000, 'x'), "192.0.2.2,1," + std::string(1'500'000, 'y')}) {
        auto const outcome = read_small("ip,port,note\n192.0.2.1,23,a\n" + huge + "\n2001:db8::1,24,b\n");
        EXPECT_EQ(outcome.events, good_events);
        EXPECT_EQ(outcome.rejected, Lines{"2 : longer than 1048576 bytes"});
    }
    auto const quoted = read_small("ip,port,note\n192.0.2.1,23,a\n192.0.2.2,1,\"never closed\n2001:db8::1,24,b\n" +
                                   std::string(2'000'000, '\n'));
    EXPECT_EQ(quoted.events, good_events);
    EXPECT_EQ(quoted.rejected, Lines{"2 : a quote is opened and not closed"});
}

TEST(Report, EmptyAndHeaderOnlyFilesDiffer) {
    EXPECT_EQ(read_small("").error, "is empty; expected a header");
    EXPECT_EQ(read_small("\n \n\r\n").error, "is empty; expected a header");
    EXPECT_EQ(read_small("ip,port,note\n").error, "");
    EXPECT_TRUE(read_small("ip,port,note").events.empty());
    EXPECT_EQ(read_all("", {}).error, "is empty; expected a header or rows");
}

TEST(Report, AMissingOrDoubledColumnIsNamed) {
    EXPECT_NE(read_small("port,note\n1,x\n").error.find("lacks the column ip"), std::string::npos);
    EXPECT_NE(read_small("ip,port,ip\n1,x,y\n").error.find("\"ip\" twice"), std::string::npos);
}

TEST(Report, SkipsToARecordAfterARestart) {
    std::string rows = "ip,port,note\n";
    for (int i = 0; i < 10000; ++i) rows += fmt::format("192.0.2.1,{},\"row\n{}\"\n", i, i + 1);
    OpenOptions options;
    options.mapping = mapping();
    auto report = open_report(std::make_unique<formats::MemorySource>(rows), options, catalogue());
    ASSERT_TRUE(report->skip_to(9999));
    auto chunk = report->next();
    ASSERT_TRUE(chunk && *chunk);
    auto const parsed = parse(std::move(**chunk), report->plan());
    ASSERT_EQ(parsed.batch.size(), 2u);
    EXPECT_EQ(parsed.batch.record_number(0), 9999u);
    EXPECT_EQ(parsed.batch.extra(0), R"("extra.note":"row\n9999")");
}

TEST(Report, ColumnsDecideWhenTheNameDoesNot) {
    auto const outcome = read_all("time;what\n1;2\n", {});
    EXPECT_NE(outcome.error.find("no feed has these columns"), std::string::npos) << outcome.error;
}

}  // namespace
}  // namespace tocsin::events
