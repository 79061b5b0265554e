#include "notifications/texts.hpp"

#include "notifications/notifications.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace tocsin::notifications {
namespace {

std::multiset<std::string> names_in(std::string_view text) {
    std::multiset<std::string> names;
    for (auto open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1))
        names.emplace(text.substr(open, text.find('}', open) - open));
    return names;
}

bool is_plural(std::string_view key) {
    for (std::string_view const category : {".zero", ".one", ".two", ".few", ".many", ".other"})
        if (key.ends_with(category)) return true;
    return false;
}

/// Those that have texts, English among them.
std::set<std::string> written_languages() {
    std::set<std::string> written;
    for (std::string_view const language : {"ar", "en", "es", "fr", "ru", "zh"})
        if (Texts::has(language)) written.emplace(language);
    return written;
}

TEST(Texts, AreCompleteInEveryWrittenLanguage) {
    EXPECT_GE(written_languages().size(), 4U);
    for (auto const& language : written_languages()) {
        auto const& texts = Texts::of(language);
        ASSERT_EQ(texts.code(), language);
        for (auto const& [key, english] : Texts::of("en").all()) {
            if (is_plural(key)) continue;
            auto const found = texts.all().find(key);
            ASSERT_NE(found, texts.all().end()) << language << " lacks " << key;
            EXPECT_EQ(names_in(found->second), names_in(english)) << language << ": " << key;
        }
    }
}

TEST(Texts, HaveEveryPluralOfTheLanguage) {
    for (auto const& language : written_languages()) {
        auto const& texts = Texts::of(language);
        for (std::string_view const key : {"findings", "new_findings", "reminders", "times", "more"})
            for (std::int64_t n = 0; n < 130; ++n) {
                auto const name = fmt::format("{}.{}", key, plural_category(language, n));
                EXPECT_TRUE(texts.all().contains(name)) << language << " lacks " << name;
            }
    }
}

TEST(Texts, CountAsEachLanguageDoes) {
    EXPECT_EQ(Texts::of("en").plural("findings", 1), "1 finding");
    EXPECT_EQ(Texts::of("fr").plural("findings", 0), "0 constat");
    EXPECT_EQ(Texts::of("ar").plural("findings", 2), "ملاحظتان");
    EXPECT_EQ(Texts::of("ar").plural("findings", 5), "5 ملاحظات");
    EXPECT_EQ(Texts::of("ar").plural("findings", 11), "11 ملاحظة");
    EXPECT_EQ(Texts::of("ru").plural("findings", 21), "21 проблема");
    EXPECT_EQ(Texts::of("ru").plural("findings", 12), "12 проблем");
    EXPECT_EQ(Texts::of("ru").plural("findings", 3), "3 проблемы");
    EXPECT_EQ(Texts::of("zh").plural("findings", 3), "3 个安全问题");
}

TEST(Texts, FallBackToEnglishForALanguageWithoutTexts) {
    EXPECT_EQ(Texts::of("de").code(), "en");
    EXPECT_EQ(Texts::of("xx").code(), "en");
}

TEST(Texts, NeverLookIntoAValue) {
    EXPECT_EQ(filled("{a} {b} {c} {", {{"a", "{b}"}, {"b", "x"}}), "{b} x {c} {");
}

TEST(Notes, AreThereForEveryTypeInEveryLanguage) {
    for (auto const& type : events::classification_types()) {
        if (!type.rsit) continue;
        for (auto const& language : written_languages()) {
            auto const note = note_for("", type.name, language);
            EXPECT_EQ(note.language, language) << type.name;
            EXPECT_FALSE(note.title.empty()) << type.name;
            EXPECT_GT(note.text.size(), 80U) << type.name;
        }
    }
}

TEST(Notes, HaveAllTheirLanguages) {
    std::map<std::string, std::set<std::string>> languages;
    for (auto const& entry : embedded::list("texts/remediation/")) {
        auto const parts = split(entry.path.substr(std::string_view("texts/remediation/").size()), '.');
        ASSERT_EQ(parts.size(), 3U) << entry.path;
        languages[std::string(parts[0])].emplace(parts[1]);
    }
    EXPECT_GE(languages.size(), 80U);
    for (auto const& [stem, found] : languages)
        EXPECT_TRUE(std::ranges::includes(found, written_languages())) << stem << " lacks a language";
}

TEST(Notes, BecomeHtmlThatHoldsNothingElse) {
    auto const note =
        parse_note("# T<x>\n\nFirst `a < b` and **bold** & <script>alert(1)</script>.\n\n- one\n- `two`\n");
    EXPECT_EQ(note.title, "T<x>");
    EXPECT_EQ(note.html,
              "<p>First <code dir=\"ltr\">a &lt; b</code> and <strong>bold</strong> &amp; "
              "&lt;script&gt;alert(1)&lt;/script&gt;.</p>\n<ul>\n<li>one</li>\n<li><code "
              "dir=\"ltr\">two</code></li>\n</ul>\n");
    EXPECT_EQ(parse_note("a ` b ** c").html, "<p>a ` b ** c</p>\n");
}

TEST(Notes, ComeByIdentifierThenTypeThenForAll) {
    EXPECT_NE(remediation("open-telnet", "vulnerable-system", "en").find("Telnet"), std::string::npos);
    EXPECT_EQ(remediation("unheard-of", "phishing", "fr"), remediation("", "phishing", "fr"));
    EXPECT_EQ(remediation("../../etc/passwd", "", "en"), remediation("", "", "en"));
}

}  // namespace
}  // namespace tocsin::notifications
