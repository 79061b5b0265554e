#include "constituency/readers/readers.hpp"

#include "constituency/sources.hpp"
#include "formats/rpsl.hpp"
#include "store/store.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::constituency {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::filesystem::path const folder = std::filesystem::path(TOCSIN_SOURCE_DIR) / "tests/golden/sources";

std::string bytes_of(std::string_view name) {
    auto const bytes = store::read_file(folder / name);
    EXPECT_TRUE(bytes) << bytes.error().message;
    return bytes ? *bytes : std::string();
}

/// What a reader says, one statement a line.
struct Listener {
    std::string text;
    std::map<std::string, int> left_out;

    StatementSink sink() {
        return {.organisation =
                    [this](SaidOrganisation said) {
                        text +=
                            fmt::format("{}: organisation {}: {}{}\n", said.line, said.key, history_text(said.draft),
                                        said.parent_key.empty() ? "" : " below " + said.parent_key);
                    },
                .resource =
                    [this](SaidResource said) {
                        text += fmt::format("{}: {} {} of {}{}{}{}\n", said.line, name_of(said.draft.kind),
                                            said.draft.value, said.holder, said.draft.verified ? ", verified" : "",
                                            said.draft.from ? ", from " + format_timestamp(*said.draft.from) : "",
                                            said.is_weak ? ", weak" : "");
                    },
                .contact =
                    [this](SaidContact said) {
                        text += fmt::format("{}: {} contact of {}: {:?} {:?} {:?} {} {} {:?}\n", said.line,
                                            name_of(said.draft.role), said.holder, said.draft.email, said.draft.phone,
                                            said.draft.name, said.draft.language, said.draft.key,
                                            said.draft.public_key.substr(0, 40));
                    },
                .fault =
                    [this](ImportFault fault) {
                        text += fmt::format("{}: fault: {}: {}\n", fault.line, fault.field, fault.expected);
                    },
                .left_out = [this](std::string_view why) { ++left_out[std::string(why)]; }};
    }
    static std::string history_text(OrganisationDraft const& draft) {
        return fmt::format("{:?} {} {} {} {:?}", draft.name, name_of(draft.kind), draft.country, draft.sector,
                           draft.note);
    }
    std::string all() const {
        auto whole = text;
        for (auto const& [why, count] : left_out) whole += fmt::format("left out {}: {}\n", count, why);
        return whole;
    }
};

ReaderOptions options_for(std::string_view name, std::string_view country = {}) {
    ReaderOptions options;
    options.name = name;
    options.country = country;
    options.now = *parse_timestamp("2026-11-23T10:00:00Z");
    return options;
}

OpenBytes in_pieces(std::string bytes, std::size_t piece = 7) {
    return [bytes = std::move(bytes), piece]() -> Result<std::unique_ptr<formats::ByteSource>> {
        return std::make_unique<formats::MemorySource>(bytes, piece);
    };
}

Status read(SourceFormat format, std::string const& bytes, ReaderOptions const& options, StatementSink const& sink) {
    switch (format) {
        case SourceFormat::rpsl:
            return read_rpsl(in_pieces(bytes), options, sink);
        case SourceFormat::rdap:
            return read_rdap(bytes, options, sink);
        case SourceFormat::peeringdb:
            return read_peeringdb(bytes, options, sink);
        case SourceFormat::intelmq:
            return read_intelmq(bytes, options, sink);
        case SourceFormat::tuency:
            return read_tuency(bytes, options, sink);
        case SourceFormat::cerebrate:
            return read_cerebrate(bytes, options, sink);
        case SourceFormat::security_txt:
            return read_security_txt(bytes, options, sink);
    }
    return fail(Code::internal, "no such format");
}

struct Example {
    std::string_view file;
    SourceFormat format;
};
class GoldenSource : public testing::TestWithParam<Example> {};

TEST_P(GoldenSource, IsReadAsItWas) {
    auto const& [file, format] = GetParam();
    auto const bytes = bytes_of(file);
    EXPECT_EQ(guess_source(file, bytes), format) << "it is unmistakable";
    Listener listener;
    auto const done = read(format, bytes, options_for(file), listener.sink());
    ASSERT_TRUE(done) << done.error().message;
    auto const golden = folder / fmt::format("{}.golden", file);
    if (auto const* const mode = std::getenv("TOCSIN_GOLDEN"); mode != nullptr && std::string_view(mode) == "write")
        std::ofstream(golden) << listener.all();
    EXPECT_EQ(listener.all(), bytes_of(golden.filename().string()));
}

INSTANTIATE_TEST_SUITE_P(
    Sources, GoldenSource,
    testing::Values(Example{"rpsl.db", SourceFormat::rpsl}, Example{"rdap.json", SourceFormat::rdap},
                    Example{"rdap_several.json", SourceFormat::rdap},
                    Example{"peeringdb.json", SourceFormat::peeringdb}, Example{"intelmq.csv", SourceFormat::intelmq},
                    Example{"fody.json", SourceFormat::intelmq}, Example{"n6.json", SourceFormat::intelmq},
                    Example{"tuency.json", SourceFormat::tuency}, Example{"cerebrate.json", SourceFormat::cerebrate},
                    Example{"security.txt", SourceFormat::security_txt}),
    [](auto const& given) { return replaced(std::string(given.param.file), ".", "_"); });

TEST(GuessSource, TakesNothingForWhatItIsNot) {
    EXPECT_FALSE(guess_source("x.csv", "organisation,kind,value\n"));
    EXPECT_FALSE(guess_source("x.json", R"({"organisations": [{"name": "A"}]})"));
    EXPECT_FALSE(guess_source("x.txt", "Contact: somebody\n"));
    EXPECT_FALSE(guess_source("x", "2|ripencc|20261123|6|19830705|20261122|+0100\n"));
    EXPECT_FALSE(guess_source("x", ""));
}

TEST(Rpsl, ACountryNarrowsByTheResourceOrItsOrganisation) {
    Listener listener;
    ASSERT_TRUE(read_rpsl(in_pieces(bytes_of("rpsl.db"), 1000), options_for("rpsl.db", "FR"), listener.sink()));
    EXPECT_THAT(listener.text, HasSubstr("2001:db8:33::/48 of ORG-CU1-EXAMPLE"));
    EXPECT_THAT(listener.text, testing::Not(HasSubstr("ORG-NP1-EXAMPLE")));
}

TEST(Rpsl, LimitsHoldForLinesObjectsAndAttributes) {
    auto const long_line = "descr: " + std::string(200, 'x') + "\n";
    std::string text = "role: A\n" + long_line + "remarks: 1\nremarks: 2\nremarks: 3\n\nrole: B\n+ more\n";
    formats::RpslReader reader(std::make_unique<formats::MemorySource>(text, 5),
                               {.line_bytes = 50, .object_bytes = 1000, .attributes = 3});
    auto const first = reader.next();
    ASSERT_TRUE(first && *first);
    EXPECT_TRUE((*first)->is_cut);
    EXPECT_EQ((*first)->attributes.size(), 3U);
    EXPECT_EQ((*first)->get("descr").size(), 43U);
    auto const second = reader.next();
    ASSERT_TRUE(second && *second);
    EXPECT_EQ((*second)->key(), "B more");
    EXPECT_EQ((*second)->line, 7U);
    EXPECT_EQ(*reader.next(), nullptr);
}

TEST(Tamed, LeavesNothingThatCouldBreakALineOrTurnIt) {
    EXPECT_EQ(tamed("a\r\nBcc: b\x01\tc", 300), "a Bcc: b c");
    EXPECT_EQ(tamed("x\xe2\x80\xae"
                    "evil\xc2\x85y",
                    300),
              "xevil y");
    EXPECT_EQ(tamed("caf\xc3\xa9", 4), "caf");
    EXPECT_EQ(tamed("\xff", 300), "\xef\xbf\xbd");
}

TEST(NetworksOf, RangesBecomeTheFewestPrefixes) {
    auto const texts = [](std::string_view text) {
        std::vector<std::string> found;
        for (auto const& prefix : networks_of(text)) found.push_back(format_prefix(prefix));
        return found;
    };
    EXPECT_THAT(texts("192.0.2.0 - 192.0.2.191"), ElementsAre("192.0.2.0/25", "192.0.2.128/26"));
    EXPECT_THAT(texts("2001:db8::/32"), ElementsAre("2001:db8::/32"));
    EXPECT_THAT(texts("192.0.2.9-192.0.2.9"), ElementsAre("192.0.2.9/32"));
    EXPECT_THAT(texts("0.0.0.0 - 255.255.255.255"), IsEmpty());
    EXPECT_THAT(texts("192.0.2.9 - 2001:db8::"), IsEmpty());
    EXPECT_THAT(texts("power.example"), IsEmpty());
}

TEST(SecurityTxt, AnExpiredFileIsNotUsed) {
    Listener listener;
    auto const refused = [&](std::string_view text) {
        auto const done = read_security_txt(text, options_for("s.txt"), listener.sink());
        return done ? std::string() : done.error().message;
    };
    EXPECT_THAT(refused("Contact: mailto:a@power.example\nExpires: 2026-01-01T00:00:00Z\n"), HasSubstr("expired"));
    EXPECT_THAT(refused("Contact: mailto:a@power.example\n"), HasSubstr("exactly one Expires"));
    EXPECT_THAT(refused("Expires: 2027-01-01T00:00:00Z\n"), HasSubstr("at least one Contact"));
}

TEST(Readers, WhatIsNoSuchFileIsRefusedWithAReason) {
    Listener listener;
    for (auto const format : {SourceFormat::rpsl, SourceFormat::rdap, SourceFormat::peeringdb, SourceFormat::intelmq,
                              SourceFormat::tuency, SourceFormat::cerebrate, SourceFormat::security_txt})
        for (std::string const text : {"", "{}", "[]", "hello\n", "{\"a\": [", "\xff\xfe"}) {
            auto const done = read(format, text, options_for("file"), listener.sink());
            ASSERT_FALSE(done) << name_of(format) << " took " << text;
            EXPECT_THAT(done.error().message, HasSubstr("file")) << name_of(format);
        }
}

}  // namespace
}  // namespace tocsin::constituency
