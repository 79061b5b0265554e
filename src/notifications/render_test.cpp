#include "notifications/render.hpp"

#include "notifications/digest.hpp"
#include "notifications/test_house.hpp"
#include "notifications/texts.hpp"

#include <cstdlib>
#include <rapidcheck.h>

namespace tocsin::notifications {
namespace {

Digest digest_of(std::vector<Line> lines) {
    return {.organisation = {12},
            .organisation_name = "Northern Power Company",
            .recipient = {12},
            .recipient_name = "Northern Power Company",
            .is_abroad = false,
            .message_id = "0123456789abcdef0123456789abcdef@cirt.example",
            .lines = std::move(lines)};
}

gate::Cleared<Digest> clear(Digest digest) {
    static gate::Gate const gate([](auto below, auto above) { return below == above; });
    auto const recipient = gate::Recipient::constituent(digest.recipient, digest.recipient_name);
    auto cleared = gate.clear(std::move(digest), recipient);
    EXPECT_TRUE(cleared) << (cleared ? "" : cleared.error().message);
    return *std::move(cleared);
}

std::vector<Line> invented_lines() {
    std::vector<Line> lines;
    for (int i = 1; i <= 23; ++i) lines.push_back(line_of(finding(12, i), i == 2));
    auto site = finding(12, 40, "compromised-website", "critical");
    site.port = 443;
    site.domain = "www.power.example";
    site.type = "system-compromise";
    lines.push_back(line_of(site, false));
    auto six = finding(12, 41, "open-rdp", "high");
    six.address = *parse_ip("2001:db8::7");
    six.port = 3389;
    lines.push_back(line_of(six, false));
    auto odd = finding(12, 42, "brand-new-thing", "");
    odd.tlp = "GREEN";
    odd.times = 1;
    lines.push_back(line_of(odd, false));
    sort_lines(lines);
    return lines;
}

Rendered rendered(gate::Cleared<Digest> const& digest, std::string_view language, Settings const& settings) {
    return render(digest, {.settings = &settings,
                           .language = language,
                           .date = at("2026-11-23T10:00:00Z"),
                           .link = "https://cirt.example/o/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                           .link_expires = at("2027-02-21T10:00:00Z")});
}

std::string eml(std::string_view language) {
    auto const settings = TestHouse::test_settings();
    auto const digest = clear(digest_of(invented_lines()));
    auto const words = rendered(digest, language, settings);
    net::MailMessage message{
        .id = digest->message_id,
        .date = at("2026-11-23T10:00:00Z"),
        .from = {settings.team_name, settings.team_email},
        .reply_to = {},
        .to = {{"", "abuse@power.example"}},
        .subject = words.subject,
        .language = words.language,
        .text = words.text,
        .html = words.html,
        .headers = {{"Auto-Submitted", "auto-generated"}},
        .files = {{csv_name(words.tlp, at("2026-11-23T10:00:00Z")), "text/csv; charset=utf-8", csv_of(digest->lines)}}};
    return *net::mail_bytes(message);
}

class GoldenMail : public testing::TestWithParam<char const*> {};

TEST_P(GoldenMail, ReadsAsItDid) {
    std::string const language = GetParam();
    auto const settings = TestHouse::test_settings();
    auto const digest = clear(digest_of(invented_lines()));
    auto const words = rendered(digest, language, settings);
    std::vector<std::pair<std::string, std::string>> const files{
        {"eml", eml(language)}, {"txt", words.subject + "\n\n" + words.text}, {"html", words.html}};
    for (auto const& [kind, text] : files) {
        auto const path = std::filesystem::path(TOCSIN_SOURCE_DIR) / "tests/golden/mail" /
                          fmt::format("digest.{}.{}", language, kind);
        if (auto const* const mode = std::getenv("TOCSIN_GOLDEN");
            mode != nullptr && std::string_view(mode) == "write") {
            std::filesystem::create_directories(path.parent_path());
            std::ofstream(path, std::ios::binary) << text;
        }
        std::ifstream file(path, std::ios::binary);
        std::string const golden((std::istreambuf_iterator<char>(file)), {});
        EXPECT_EQ(text, golden) << path << ": if the change is meant, ./dev golden and read the diff";
    }
}

INSTANTIATE_TEST_SUITE_P(Languages, GoldenMail, testing::Values("en", "fr", "ar", "ru", "zh"),
                         [](auto const& info) { return std::string(info.param); });

TEST(Render, MarksSubjectBodyAndFileWithTheStrictestMarking) {
    auto const settings = TestHouse::test_settings();
    auto const words = rendered(clear(digest_of(invented_lines())), "en", settings);
    EXPECT_EQ(words.tlp, "TLP:AMBER");
    EXPECT_TRUE(words.subject.starts_with("[TLP:AMBER] "));
    EXPECT_TRUE(words.text.starts_with("TLP:AMBER\n"));
    EXPECT_NE(words.text.find("TLP-AMBER_findings_2026-11-23.csv"), std::string::npos);
}

TEST(Render, LeavesOutWhatTheGateKeeps) {
    auto lines = invented_lines();
    lines[0].tlp = "RED";
    auto const secret = lines[0].finding;
    auto const digest = clear(digest_of(lines));
    EXPECT_EQ(digest->lines.size(), lines.size() - 1);
    EXPECT_EQ(digest.decision().removed.size(), 1U);
    EXPECT_EQ(csv_of(digest->lines).find(secret), std::string::npos);
}

TEST(Render, EscapesWhateverAFeedSays) {
    auto const settings = TestHouse::test_settings();
    EXPECT_TRUE(rc::check("no markup comes out of data", [&] {
        auto line = invented_lines()[0];
        line.domain = *rc::gen::arbitrary<std::string>() + "<script>alert(1)</script>\"'>";
        line.identifier = *rc::gen::arbitrary<std::string>() + "<img src=x onerror=alert(1)>";
        line.severity = "<b>";
        auto digest = digest_of({line});
        digest.organisation_name = "<i>\"&'" + *rc::gen::arbitrary<std::string>();
        auto const words = rendered(clear(std::move(digest)), "ar", settings);
        RC_ASSERT(words.html.find("<script") == std::string::npos);
        RC_ASSERT(words.html.find("<img") == std::string::npos);
        RC_ASSERT(words.html.find("<i>") == std::string::npos);
        RC_ASSERT(words.html.find("<b>") == std::string::npos);
    }));
}

TEST(Render, SaysItOtherwiseToThoseForWhomThereAreOtherWords) {
    auto const settings = TestHouse::test_settings();
    WordingOf const wording = [](std::int64_t organisation, std::string_view identifier, std::string_view language) {
        EXPECT_EQ(organisation, 12);
        EXPECT_EQ(language, "en");
        if (identifier != "open-rdp") return Wording{};
        return Wording{.subject = "[{tlp}] Act today: {organisation}",
                       .intro = "Look at this, {organisation}.",
                       .note = "<b>First"};
    };
    auto const render_for = [&](Digest digest) {
        return render(clear(std::move(digest)), {.settings = &settings,
                                                 .language = "en",
                                                 .date = at("2026-11-23T10:00:00Z"),
                                                 .link = "https://cirt.example/o/A",
                                                 .link_expires = at("2027-02-21T10:00:00Z"),
                                                 .wording = &wording});
    };
    auto const words = render_for(digest_of(invented_lines()));
    EXPECT_EQ(words.subject, "[TLP:AMBER] Act today: Northern Power Company");
    EXPECT_NE(words.text.find("\n\nLook at this, Northern Power Company.\n\n"), std::string::npos);
    EXPECT_EQ(words.text.find("<b>First"), words.text.rfind("<b>First"));  // with the one identifier, once
    EXPECT_NE(words.html.find("&lt;b&gt;First"), std::string::npos);
    auto abroad = digest_of(invented_lines());
    abroad.is_abroad = true;
    EXPECT_EQ(render_for(abroad).subject.find("Act today"), std::string::npos);  // who passes it on: the usual words
}

TEST(Render, TellsOneAboveAndOneAbroadWhyTheyGetIt) {
    auto const settings = TestHouse::test_settings();
    auto digest = digest_of(invented_lines());
    digest.is_abroad = true;
    EXPECT_NE(rendered(clear(digest), "en", settings).text.find("in your country"), std::string::npos);
    digest.is_abroad = false;
    digest.recipient = {13};
    digest.recipient_name = "Ministry of Energy";
    gate::Gate const gate([](auto, auto) { return true; });
    auto const above = gate.clear(std::move(digest), gate::Recipient::constituent({13}, "Ministry of Energy"));
    ASSERT_TRUE(above);
    EXPECT_NE(rendered(*above, "en", settings).text.find("To Ministry of Energy"), std::string::npos);
}

TEST(Digest, LinesSurviveBeingPacked) {
    auto lines = invented_lines();
    lines[3].url = "http://x.example/?a=1&b=\"2\"";
    lines[3].account = "amina";
    auto const back = unpacked(packed(lines));
    ASSERT_EQ(back.size(), lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        EXPECT_EQ(packed({back[i]}), packed({lines[i]}));
        EXPECT_EQ(back[i].is_reminder, lines[i].is_reminder);
        EXPECT_EQ(back[i].port, lines[i].port);
        EXPECT_EQ(back[i].first_seen, lines[i].first_seen);
    }
    EXPECT_EQ(unpacked(packed(lines), 2).size(), 2U);
}

TEST(Digest, PackedValuesNeverMakeMoreLinesOrCells) {
    EXPECT_TRUE(rc::check("any text in any field", [] {
        Line line;
        line.finding = *rc::gen::arbitrary<std::string>() + "\n\x1f";
        line.domain = *rc::gen::arbitrary<std::string>() + "\n\x1f\r";
        line.account = *rc::gen::arbitrary<std::string>();
        RC_ASSERT(unpacked(packed(std::vector{line, line})).size() == 2U);
    }));
}

TEST(Digest, PutsTheWorstFirstAndKeepsGroupsTogether) {
    auto const lines = invented_lines();
    EXPECT_EQ(lines[0].identifier, "compromised-website");
    EXPECT_EQ(lines[1].identifier, "open-rdp");
    EXPECT_EQ(lines[2].identifier, "open-telnet");
    EXPECT_EQ(lines[2].address, "192.0.2.1");
    EXPECT_EQ(lines[3].address, "192.0.2.2");
    EXPECT_EQ(lines.back().identifier, "brand-new-thing");
}

TEST(Csv, HoldsNoFormula) {
    for (std::string_view const evil : {"=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"x\")"}) {
        auto line = invented_lines()[0];
        line.domain = evil;
        line.account = evil;
        auto const csv = csv_of({line});
        EXPECT_EQ(csv.find(fmt::format(",{}", evil)), std::string::npos) << evil;
        EXPECT_EQ(csv.find(fmt::format(",\"{}", replaced(std::string(evil), "\"", "\"\""))), std::string::npos) << evil;
    }
}

}  // namespace
}  // namespace tocsin::notifications
